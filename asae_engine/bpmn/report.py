"""Collects findings about one file, each at its place."""

from __future__ import annotations

from typing import TYPE_CHECKING

from asae_engine.findings import Finding

if TYPE_CHECKING:
    from asae_engine.bpmn.diagram import Arrow, Frame, Shape
    from asae_engine.findings import Severity


class Report:
    """What the checks of one file found so far."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.findings: list[Finding] = []

    def error(self, code: str, at: Shape | Arrow | Frame, message: str, advice: str) -> None:
        """Something that would run wrong or not at all: the bundle is refused."""
        self._add("error", code, at, message, advice)

    def warning(self, code: str, at: Shape | Arrow | Frame, message: str, advice: str) -> None:
        """Something that runs, and is probably not meant."""
        self._add("warning", code, at, message, advice)

    def at_line(
        self,
        code: str,
        line: int,
        element: str | None,
        message: str,
        advice: str,
        *,
        severity: Severity = "error",
    ) -> None:
        """Something about what is no shape, arrow or frame."""
        self.findings.append(
            Finding(f"bpmn.{code}", severity, self.file, line or None, element, None, message, advice)
        )

    def _add(
        self, severity: Severity, code: str, at: Shape | Arrow | Frame, message: str, advice: str
    ) -> None:
        self.findings.append(
            Finding(
                f"bpmn.{code}",
                severity,
                self.file,
                at.line or None,
                at.id or None,
                at.name or None,
                message,
                advice,
            )
        )


def called(at: Shape | Arrow | Frame) -> str:
    """What people call the place: its name between quotation marks, else its id."""
    return f"« {at.name or at.id or '?'} »"
