"""Reads an XML file of the bundle without letting it do anything: no DOCTYPE, no entity, no network, no size.

The one place that parses XML from outside. Knows nothing of what an element means: `bpmn` and `decisions` do.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from lxml import etree

from asae_engine.findings import Finding

if TYPE_CHECKING:
    from collections.abc import Collection

    from lxml.etree import _Element as XmlElement

#: Bytes. A drawn process of a hundred steps weighs about 150 KB, a table of a hundred rules about 60.
SIZE_LIMIT = 2_000_000

_DECLARED = re.compile(r"""\A(<\?xml[^>]*?encoding\s*=\s*["'])[^"']*(["'])""")


@dataclass(frozen=True, slots=True)
class Kind:
    """What a file is expected to be, and what its findings say to do; codes begin with `code`."""

    code: str
    #: Namespaces in which the root `definitions` may stand.
    namespaces: Collection[str]
    #: « un diagramme BPMN 2.0 »
    name: str
    split: str
    reopen: str
    choose: str


def read(content: bytes, file: str, kind: Kind) -> tuple[XmlElement | None, list[Finding]]:
    """The root of the document, or the finding that says why it is not read."""

    def refuse(code: str, message: str, advice: str, line: int | None = None) -> tuple[None, list[Finding]]:
        return None, [Finding(f"{kind.code}.{code}", "error", file, line, None, None, message, advice)]

    if len(content) > SIZE_LIMIT:
        size, limit = len(content) // 1000, SIZE_LIMIT // 1000
        return refuse(
            "too_large", f"Le fichier pèse {size} Ko, plus que la limite de {limit} Ko.", kind.split
        )
    if not content.strip():
        return refuse("empty", "Le fichier est vide.", kind.choose)
    try:
        root = _parsed(content, without_remarks=True)
    except _DoctypeError:
        return refuse(
            "doctype",
            "Le fichier contient une déclaration DOCTYPE, qui est refusée.",
            f"Supprimez la ligne « <!DOCTYPE … > » ; {kind.name} n’en a pas besoin.",
        )
    except etree.XMLSyntaxError as error:
        line = error.lineno or None
        where = f" (ligne {line})" if line else ""
        return refuse("broken_xml", f"Le fichier n’est pas du XML bien formé{where}.", kind.reopen, line)
    except (ValueError, LookupError):
        return refuse(
            "broken_xml",
            "Le fichier n’est pas lisible : son encodage est inconnu ou ne correspond pas à son contenu.",
            kind.reopen,
        )
    name = etree.QName(root)
    if name.localname != "definitions" or name.namespace not in kind.namespaces:
        return refuse(
            f"not_{kind.code}",
            f"Le fichier n’est pas {kind.name} : sa racine n’est pas « definitions ».",
            kind.choose,
            1,
        )
    return root, []


def glance(content: bytes) -> XmlElement | None:
    """The root of any XML file, its comments kept for whoever writes it back; None when it is refused."""
    if len(content) > SIZE_LIMIT:
        return None
    try:
        return _parsed(content, without_remarks=False)
    except (_DoctypeError, etree.XMLSyntaxError, ValueError, LookupError):
        return None


def as_text(content: bytes) -> str:
    """A file as the text that an editor shows, in whatever encoding it says that it is.

    The text says of itself that it is UTF-8, as it will be once it is saved.
    """
    root = glance(content)
    encoding = "utf-8" if root is None else root.getroottree().docinfo.encoding or "utf-8"
    try:
        text = content.decode(encoding)
    except (LookupError, UnicodeDecodeError):
        return content.decode("utf-8", "replace")
    if encoding.lower() in ("utf-8", "utf8", "us-ascii", "ascii"):
        return text
    return _DECLARED.sub(r"\1UTF-8\2", text.removeprefix("\ufeff"), count=1)


class _DoctypeError(Exception):
    """The file declares a DOCTYPE or an entity."""


def _parsed(content: bytes, *, without_remarks: bool) -> XmlElement:
    if b"<!DOCTYPE" in content or b"<!ENTITY" in content:
        raise _DoctypeError
    parser = etree.XMLParser(
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        dtd_validation=False,
        huge_tree=False,
        remove_comments=without_remarks,
        remove_pis=without_remarks,
    )
    root = etree.fromstring(content, parser)
    if getattr(root.getroottree().docinfo, "doctype", ""):
        raise _DoctypeError  # in an encoding where the bytes above do not show it
    return root
