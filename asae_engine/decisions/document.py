"""Reads a DMN file into an XML tree without letting it do anything: no DOCTYPE, no entities, no network."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lxml import etree

from asae_engine.findings import Finding

if TYPE_CHECKING:
    from lxml.etree import _Element as XmlElement

#: DMN 1.3 is what dmn-js writes; 1.2, 1.4 and 1.5 say the same with another address.
NAMESPACES = (
    "https://www.omg.org/spec/DMN/20191111/MODEL/",
    "http://www.omg.org/spec/DMN/20180521/MODEL/",
    "https://www.omg.org/spec/DMN/20211108/MODEL/",
    "https://www.omg.org/spec/DMN/20230324/MODEL/",
)

#: A table of a hundred rules weighs about 60 KB.
SIZE_LIMIT = 2_000_000


def read(content: bytes, file: str) -> tuple[XmlElement | None, list[Finding]]:
    """The root of the document, or the finding that says why it is not read."""

    def refuse(code: str, message: str, advice: str, line: int | None = None) -> tuple[None, list[Finding]]:
        return None, [Finding(f"dmn.{code}", "error", file, line, None, None, message, advice)]

    if len(content) > SIZE_LIMIT:
        return refuse(
            "too_large",
            f"Le fichier pèse {len(content) // 1000} Ko, plus que la limite de {SIZE_LIMIT // 1000} Ko.",
            "Répartissez les décisions dans plusieurs fichiers.",
        )
    if not content.strip():
        return refuse(
            "empty", "Le fichier est vide.", "Enregistrez une table de décision, ou retirez le fichier."
        )
    if b"<!DOCTYPE" in content or b"<!ENTITY" in content:
        return refuse(*_DOCTYPE)
    parser = etree.XMLParser(
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
    )
    try:
        root = etree.fromstring(content, parser)
    except etree.XMLSyntaxError as error:
        line = error.lineno or None
        return refuse(
            "broken_xml",
            f"Le fichier n’est pas du XML bien formé{f' (ligne {line})' if line else ''}.",
            "Rouvrez la décision dans l’éditeur et enregistrez-la de nouveau.",
            line,
        )
    except (ValueError, LookupError):
        return refuse(
            "broken_xml",
            "Le fichier n’est pas lisible : son encodage est inconnu ou ne correspond pas à son contenu.",
            "Enregistrez la décision en UTF-8.",
        )
    if getattr(
        root.getroottree().docinfo, "doctype", ""
    ):  # in an encoding where the bytes above do not show it
        return refuse(*_DOCTYPE)
    name = etree.QName(root)
    if name.localname != "definitions" or name.namespace not in NAMESPACES:
        return refuse(
            "not_dmn",
            "Le fichier n’est pas une décision DMN 1.3 : sa racine n’est pas « definitions ».",
            "Choisissez un fichier enregistré par un éditeur DMN ; l’éditeur de l’atelier convient.",
            1,
        )
    return root, []


_DOCTYPE = (
    "doctype",
    "Le fichier contient une déclaration DOCTYPE, qui est refusée.",
    "Supprimez la ligne « <!DOCTYPE … > » ; une décision n’en a pas besoin.",
)


def local_name(node: XmlElement) -> str:
    """The tag without its namespace."""
    return str(etree.QName(node).localname)


def children(node: XmlElement, name: str) -> list[XmlElement]:
    """Every child of that DMN tag."""
    return [child for child in node if local_name(child) == name]


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
