"""Reads JSON and remembers the line of each object, so that a finding can say where it speaks of.

Refuses what JSON allows and a form never holds: the same name twice in one object, nesting without end, NaN.
"""

from __future__ import annotations

import json
import re
from bisect import bisect_right
from dataclasses import dataclass, field
from json.decoder import scanstring  # type: ignore[attr-defined]  # public in CPython since 2.6, not in typeshed
from typing import TypeAlias

Json: TypeAlias = "bool | int | float | str | list[Json] | dict[str, Json] | None"

#: A form larger than this is no form that a person designed.
MOST_BYTES = 1_000_000
_MOST_DEPTH = 60

_SPACE = re.compile(r"[ \t\n\r]*")
_NUMBER = re.compile(r"-?(?:0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?", re.ASCII)
_CONSTANTS: dict[str, bool | None] = {"true": True, "false": False, "null": None}


class Located(dict[str, Json]):
    """A JSON object that knows the line where it begins, from 1."""

    line: int = 1


class SourceError(ValueError):
    """The text is not JSON that a form may be written in. The message is a French sentence."""

    def __init__(self, message: str, line: int) -> None:
        super().__init__(message)
        self.line = line


@dataclass(slots=True)
class Source:
    """A text that was read."""

    value: Json
    #: Names that stand twice in one object, with the line of the second.
    repeated: list[tuple[str, int]] = field(default_factory=list)


def read(content: bytes) -> Source:
    """Read a file. Raises `SourceError`."""
    if len(content) > MOST_BYTES:
        raise SourceError(f"Le fichier dépasse {MOST_BYTES // 1000} Ko.", 1)
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        raise SourceError("Le fichier n’est pas écrit en UTF-8.", line) from None
    return _Reader(text).read()


class _Reader:
    def __init__(self, text: str) -> None:
        self._text = text
        self._ends = [match.start() for match in re.finditer("\n", text)]
        self._repeated: list[tuple[str, int]] = []

    def read(self) -> Source:
        value, position = self._value(self._skip(0), 0)
        if self._skip(position) != len(self._text):
            raise self._error("Il reste du texte après la fin du document JSON.", position)
        return Source(value, self._repeated)

    def _line(self, position: int) -> int:
        return bisect_right(self._ends, position - 1) + 1

    def _error(self, message: str, position: int) -> SourceError:
        return SourceError(message, self._line(position))

    def _skip(self, position: int) -> int:
        match = _SPACE.match(self._text, position)
        return match.end() if match else position

    def _value(self, position: int, depth: int) -> tuple[Json, int]:
        if depth > _MOST_DEPTH:
            raise self._error("Les objets sont imbriqués trop profondément.", position)
        start = self._text[position : position + 1]
        if start == "{":
            return self._object(position, depth)
        if start == "[":
            return self._array(position, depth)
        if start == '"':
            return self._string(position)
        for word, value in _CONSTANTS.items():
            if self._text.startswith(word, position):
                return value, position + len(word)
        if match := _NUMBER.match(self._text, position):
            whole = match[1] is None and match[2] is None
            if len(match[0]) > 30:
                raise self._error("Un nombre est trop long.", position)
            return (int(match[0]) if whole else float(match[0])), match.end()
        raise self._error("Le fichier n’est pas du JSON : une valeur est attendue ici.", position)

    def _string(self, position: int) -> tuple[str, int]:
        try:
            value, end = scanstring(self._text, position + 1, True)
        except json.JSONDecodeError:
            raise self._error("Un texte entre guillemets n’est pas terminé.", position) from None
        return value, end

    def _array(self, position: int, depth: int) -> tuple[list[Json], int]:
        items: list[Json] = []
        position = self._skip(position + 1)
        if self._text.startswith("]", position):
            return items, position + 1
        while True:
            value, position = self._value(position, depth + 1)
            items.append(value)
            position, more = self._separator(position, "]")
            if not more:
                return items, position

    def _object(self, position: int, depth: int) -> tuple[Located, int]:
        entries = Located()
        entries.line = self._line(position)
        position = self._skip(position + 1)
        if self._text.startswith("}", position):
            return entries, position + 1
        while True:
            if not self._text.startswith('"', position):
                raise self._error("Un nom entre guillemets est attendu ici.", position)
            start = position
            name, position = self._string(position)
            position = self._skip(position)
            if not self._text.startswith(":", position):
                raise self._error("Deux-points attendus après un nom.", position)
            value, position = self._value(self._skip(position + 1), depth + 1)
            if name in entries:
                self._repeated.append((name, self._line(start)))
            entries[name] = value
            position, more = self._separator(position, "}")
            if not more:
                return entries, position

    def _separator(self, position: int, end: str) -> tuple[int, bool]:
        position = self._skip(position)
        if self._text.startswith(end, position):
            return position + 1, False
        if not self._text.startswith(",", position):
            raise self._error(f"Une virgule ou « {end} » est attendue ici.", position)
        return self._skip(position + 1), True
