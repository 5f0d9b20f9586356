"""Reads a DMN file into an XML tree without letting it do anything: no DOCTYPE, no entities, no network."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lxml import etree

from asae_engine import markup

if TYPE_CHECKING:
    from lxml.etree import _Element as XmlElement

    from asae_engine.findings import Finding

#: DMN 1.3 is what dmn-js writes; 1.1, 1.2, 1.4 and 1.5 say the same with another address.
NAMESPACES = (
    "https://www.omg.org/spec/DMN/20191111/MODEL/",
    "http://www.omg.org/spec/DMN/20180521/MODEL/",
    "https://www.omg.org/spec/DMN/20211108/MODEL/",
    "https://www.omg.org/spec/DMN/20230324/MODEL/",
    "http://www.omg.org/spec/DMN/20151101/dmn.xsd",
)

_DECISION = markup.Kind(
    "dmn",
    NAMESPACES,
    "une décision DMN 1.3",
    "Répartissez les décisions dans plusieurs fichiers.",
    "Rouvrez la décision dans l’éditeur et enregistrez-la de nouveau, en UTF-8.",
    "Choisissez un fichier enregistré par un éditeur DMN ; l’éditeur de l’atelier convient.",
)


def read(content: bytes, file: str) -> tuple[XmlElement | None, list[Finding]]:
    """The root of the document, or the finding that says why it is not read."""
    return markup.read(content, file, _DECISION)


def local_name(node: XmlElement) -> str:
    """The tag without its namespace."""
    return str(etree.QName(node).localname)


def elements(node: XmlElement) -> list[XmlElement]:
    """Every child that is DMN's; what other tools add in namespaces of their own says nothing here."""
    return [child for child in node if etree.QName(child).namespace in NAMESPACES]


def children(node: XmlElement, name: str) -> list[XmlElement]:
    """Every child of that DMN tag."""
    return [child for child in elements(node) if local_name(child) == name]


def child(node: XmlElement, name: str) -> XmlElement | None:
    """The first child of that DMN tag."""
    return next(iter(children(node, name)), None)


def text_of(node: XmlElement | None) -> str:
    """What stands in the `<text>` of an expression, trimmed; empty when there is none."""
    inner = None if node is None else child(node, "text")
    return "" if inner is None else "".join(str(part) for part in inner.itertext()).strip()


def line_of(node: XmlElement) -> int:
    """The line in the file."""
    line: object = node.sourceline
    return line if isinstance(line, int) else 1


def type_of(node: XmlElement) -> str | None:
    """The type that an element names, FEEL's own without the prefix that DMN 1.1 gives them."""
    written = node.get("typeRef")
    return None if not written else written.removeprefix("feel:")
