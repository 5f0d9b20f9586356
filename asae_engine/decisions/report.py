"""Collects what is wrong in a DMN file, where."""

from __future__ import annotations

from typing import TYPE_CHECKING

from asae_engine.decisions.document import line_of
from asae_engine.findings import Finding

if TYPE_CHECKING:
    from lxml.etree import _Element as XmlElement


class Report:
    """The findings about one file."""

    def __init__(self, file: str, findings: list[Finding]) -> None:
        self.file = file
        self.findings = findings

    def error(self, code: str, node: XmlElement, name: str | None, message: str, advice: str) -> None:
        """Something that would decide wrong or not at all: the bundle is refused."""
        self.findings.append(
            Finding(f"dmn.{code}", "error", self.file, line_of(node), node.get("id"), name, message, advice)
        )

    def check_language(self, node: XmlElement, name: str) -> None:
        """Say so when a part of the decision `name` claims to be in another language than FEEL."""
        language = node.get("expressionLanguage") or ""
        if language and "feel" not in language.lower():
            self.error(
                "not_feel",
                node,
                name,
                f"La décision « {name} » est écrite en « {language[:60]} » : seul FEEL est permis.",
                "Retirez le langage choisi et écrivez l’expression en FEEL.",
            )

    def check_languages(self, node: XmlElement, name: str) -> None:
        """The same for all that stands in a node."""
        for part in node.iter():
            if isinstance(part.tag, str):
                self.check_language(part, name)
