"""Reads a BPMN file into an XML tree without letting it do anything: no DOCTYPE, no entities, no network,
no size.

Knows the namespaces and how an attribute is spelled; knows nothing of what an element means.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from lxml import etree

from asae_engine import markup

if TYPE_CHECKING:
    from lxml.etree import _Element as XmlElement

    from asae_engine.findings import Finding

BPMN = "http://www.omg.org/spec/BPMN/20100524/MODEL"
BPMNDI = "http://www.omg.org/spec/BPMN/20100524/DI"
CAMUNDA = "http://camunda.org/schema/1.0/bpmn"
ASAE = "urn:asae:bpmn:1"
NAMESPACES = {"bpmn": BPMN, "bpmndi": BPMNDI, "camunda": CAMUNDA, "asae": ASAE}

_DIAGRAM = markup.Kind(
    "bpmn",
    (BPMN,),
    "un diagramme BPMN 2.0",
    "Découpez le processus en processus appelés, un fichier pour chacun.",
    "Rouvrez le diagramme dans un éditeur BPMN et enregistrez-le de nouveau, en UTF-8.",
    "Choisissez un fichier enregistré par un éditeur BPMN 2.0.",
)


def read(content: bytes, file: str) -> tuple[XmlElement | None, list[Finding]]:
    """The root of the document, or the finding that says why it is not read."""
    return markup.read(content, file, _DIAGRAM)


def local_name(node: XmlElement) -> str:
    """The tag without its namespace."""
    return str(etree.QName(node).localname)


def camunda(node: XmlElement, attribute: str) -> str | None:
    """A Camunda attribute, or none when it is absent or blank."""
    return _present(node.get(f"{{{CAMUNDA}}}{attribute}"))


def asae(node: XmlElement, attribute: str) -> str | None:
    """One of our own attributes, or none when it is absent or blank."""
    return _present(node.get(f"{{{ASAE}}}{attribute}"))


def child(node: XmlElement, tag: str) -> XmlElement | None:
    """The first child of that BPMN tag."""
    return node.find(f"{{{BPMN}}}{tag}")


def children(node: XmlElement, tag: str) -> list[XmlElement]:
    """Every child of that BPMN tag."""
    return node.findall(f"{{{BPMN}}}{tag}")


def text(node: XmlElement | None) -> str | None:
    """The text of a node, trimmed; none when there is no node or no text."""
    return None if node is None else _present(node.text)


def parameters(node: XmlElement) -> dict[str, str]:
    """The `camunda:inputParameter` values of an element by name, as written."""
    found = node.iterfind(f"{{{BPMN}}}extensionElements/{{{CAMUNDA}}}inputOutput/{{{CAMUNDA}}}inputParameter")
    return {entry.get("name", ""): (entry.text or "").strip() for entry in found}


def line_of(node: XmlElement) -> int:
    """The line in the file; 0 when it is not known."""
    line: object = node.sourceline
    return line if isinstance(line, int) else 0


def _present(value: str | None) -> str | None:
    stripped = (value or "").strip()
    return stripped or None
