"""Attachments among the answers: what a form keeps of a file and what it refuses. Bytes live elsewhere."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from asae_engine.forms.values import Unreadable

if TYPE_CHECKING:
    from asae_engine.forms.definition import Field

MOST_FILES = 10
#: Bytes.
MOST_BYTES = 10 * 1024 * 1024
#: What is taken when the form does not say: documents and pictures, nothing that runs.
USUAL = (
    ".pdf",
    ".jpg",
    ".jpeg",
    ".png",
    ".heic",
    ".webp",
    ".doc",
    ".docx",
    ".odt",
    ".xls",
    ".xlsx",
    ".ods",
    ".txt",
)


@dataclass(frozen=True, slots=True)
class Upload:
    """A file that was received and stored."""

    id: str
    #: Its name only, without a path.
    name: str
    #: Bytes.
    size: int
    #: Media type as the browser says it.
    type: str

    def as_json(self) -> dict[str, object]:
        """What an answer keeps of it."""
        return {"id": self.id, "name": self.name, "size": self.size, "type": self.type}


def plain_name(name: str) -> str:
    """The last part of a file's name, without control characters; never a path."""
    last = name.replace("\\", "/").rsplit("/", 1)[-1]
    kept = "".join(character for character in last if character.isprintable()).strip(". ")
    return kept[-150:] or "document"


def read_files(field: Field, value: object) -> list[dict[str, object]]:
    """The attachments of an answer. Raises `Unreadable`."""
    if value is None or value == "":
        return []
    items = value if isinstance(value, list) else [value]
    most = MOST_FILES if field.limits.multiple else 1
    if len(items) > most:
        raise Unreadable(f"Joignez au plus {most} fichiers." if most > 1 else "Joignez un seul fichier.")
    return [check_file(field, item).as_json() for item in items]


def check_file(field: Field, value: object) -> Upload:
    """One attachment, within the limits of its field. Raises `Unreadable`."""
    if isinstance(value, Upload):
        value = value.as_json()
    if not isinstance(value, Mapping):
        raise Unreadable("Ce fichier n’a pas été reçu : joignez-le de nouveau.")
    name, size, kind = value.get("name"), value.get("size"), value.get("type", "")
    if (
        not isinstance(name, str)
        or not isinstance(size, int)
        or isinstance(size, bool)
        or not isinstance(kind, str)
    ):
        raise Unreadable("Ce fichier n’a pas été reçu : joignez-le de nouveau.")
    name = plain_name(name)
    if size > MOST_BYTES:
        raise Unreadable(f"« {name} » dépasse {MOST_BYTES // 1024 // 1024} Mo : réduisez-le.")
    if not accepted(field, name, kind):
        taken = ", ".join(field.limits.accept or USUAL)
        raise Unreadable(f"« {name} » n’est pas d’un type accepté ({taken}).")
    return Upload(str(value.get("id", ""))[:64], name, max(size, 0), kind[:100])


def accepted(field: Field, name: str, kind: str) -> bool:
    """Whether a file's name or type is among those that the field takes."""
    lower = name.lower()
    for wanted in field.limits.accept or USUAL:
        asked = wanted.lower()
        if asked.startswith("."):
            if lower.endswith(asked):
                return True
        elif asked.endswith("/*"):
            if kind.lower().startswith(asked[:-1]):
                return True
        elif kind.lower() == asked:
            return True
    return False
