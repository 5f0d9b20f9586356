"""From a file to its process definitions and everything there is to say about it."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from asae_engine.bpmn import diagram, document, linter, parser, reading
from asae_engine.findings import Finding, in_order, refused

if TYPE_CHECKING:
    from lxml.etree import _Element as XmlElement

    from asae_engine.bpmn.definition import ProcessDefinition
    from asae_engine.bpmn.specifications import ProcessSpecification

logger = logging.getLogger(__name__)


def parse(content: bytes, file: str) -> tuple[list[ProcessDefinition], list[Finding]]:
    """The processes of a BPMN file and the findings about it, errors first.

    With an error in the file its processes are still described, so that a bundle can be checked whole, but
    they do not run. Never raises for what stands in the file.
    """
    root, findings = document.read(content, file)
    if root is None:
        return [], findings
    try:
        return _read(root, file)
    except Exception:  # the checks missed something: a finding for people, the trace for us
        logger.exception("a diagram could not be read")
        return [], [_unreadable(file)]


def _read(root: XmlElement, file: str) -> tuple[list[ProcessDefinition], list[Finding]]:
    drawn = diagram.draw(root, file)
    findings = in_order(linter.lint(drawn))
    elements = reading.elements(drawn)
    specifications: dict[str, ProcessSpecification] = {}
    if not refused(findings):
        try:
            specifications = parser.specify(root, file, elements)
        except Exception:  # as in `parse`; the processes are still described
            logger.exception("a diagram without a finding could not be specified")
            findings.append(_unreadable(file))
    definitions = [
        reading.define(drawn, process, elements, specifications.get(process.id))
        for process in drawn.processes
    ]
    return definitions, findings


def _unreadable(file: str) -> Finding:
    return Finding(
        "bpmn.unreadable",
        "error",
        file,
        None,
        None,
        None,
        "Le diagramme contient une construction que le moteur n’a pas su lire.",
        "Signalez ce fichier à l’équipe technique ; en attendant, revenez à la version précédente.",
    )
