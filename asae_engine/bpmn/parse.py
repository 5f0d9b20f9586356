"""From a file to its process definitions and everything there is to say about it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from asae_engine.bpmn import diagram, document, linter, parser, reading
from asae_engine.findings import Finding, in_order, refused

if TYPE_CHECKING:
    from asae_engine.bpmn.definition import ProcessDefinition


def parse(content: bytes, file: str) -> tuple[list[ProcessDefinition], list[Finding]]:
    """The processes of a BPMN file and the findings about it, errors first.

    With an error in the file its processes are still described, so that a bundle can be checked whole, but
    they do not run. Never raises for what stands in the file.
    """
    root, findings = document.read(content, file)
    if root is None:
        return [], findings
    drawn = diagram.draw(root, file)
    findings = in_order(linter.lint(drawn))
    elements = reading.elements(drawn)
    specifications = {} if refused(findings) else parser.specify(root, file, elements)
    definitions = [
        reading.define(drawn, process, elements, specifications.get(process.id))
        for process in drawn.processes
    ]
    return definitions, findings
