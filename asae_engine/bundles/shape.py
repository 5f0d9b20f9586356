"""Reads JSON whose shape is not trusted: each question gives a value of the right type, or a finding."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from asae_engine.findings import Finding

if TYPE_CHECKING:
    from collections.abc import Sequence


class Shape:
    """One object of the file, with where it stands."""

    def __init__(
        self, data: object, file: str, source: str, findings: list[Finding], place: str = ""
    ) -> None:
        self._file = file
        self._source = source
        self._findings = findings
        self.place = place
        if not isinstance(data, dict):
            self.error(
                "shape", None, f"{self._where()} doit être un objet « {{ … }} ».", "Corrigez le fichier."
            )
        self.data: dict[str, object] = data if isinstance(data, dict) else {}

    def error(self, code: str, element: str | None, message: str, advice: str) -> None:
        """Note an error about this object; its line is found by the element's text when there is one."""
        self._findings.append(
            Finding(
                f"programme.{code}", "error", self._file, self._line(element), element, None, message, advice
            )
        )

    def has(self, key: str) -> bool:
        """Whether the object says something under that key."""
        return self.data.get(key) is not None

    def text(self, key: str, *, empty: bool = False, required: bool = True) -> str:
        """A text that is not empty (unless `empty`)."""
        value = self.data.get(key)
        if isinstance(value, str) and (value.strip() or empty):
            return value
        if required or value is not None:
            self._wrong(key, "un texte")
        return ""

    def texts(self, key: str, *, required: bool = True) -> list[str]:
        """A list of texts."""
        value = self.data.get(key)
        if isinstance(value, list) and all(isinstance(item, str) for item in value):
            return list(value)
        if required or value is not None:
            self._wrong(key, "une liste de textes")
        return []

    def words(self, key: str, *, required: bool = True) -> dict[str, str]:
        """A text in each language, French at least; a bare text is French."""
        value = self.data.get(key)
        if isinstance(value, str) and value.strip():
            return {"fr": value}
        if isinstance(value, dict) and isinstance(value.get("fr"), str) and value["fr"].strip():
            return {str(language): str(text) for language, text in value.items() if isinstance(text, str)}
        if required or value is not None:
            self._wrong(key, "un texte en français (« fr »)")
        return {}

    def choice(self, key: str, among: Sequence[str]) -> str:
        """One of these texts; the last, which gives the least, when the file says none of them."""
        value = self.data.get(key)
        if isinstance(value, str) and value in among:
            return value
        self._wrong(key, f"l’un de : {', '.join(among)}")
        return among[-1]

    def mapping(self, key: str, *, required: bool = True) -> dict[str, object]:
        """An object, as it is."""
        value = self.data.get(key)
        if isinstance(value, dict):
            return dict(value)
        if required or value is not None:
            self._wrong(key, "un objet « { … } »")
        return {}

    def text_mapping(self, key: str) -> dict[str, str]:
        """An object whose values are texts."""
        value = self.mapping(key)
        if any(not isinstance(item, str) for item in value.values()):
            self._wrong(key, "un objet dont les valeurs sont des textes")
        return {name: item for name, item in value.items() if isinstance(item, str)}

    def objects(self, key: str) -> list[Shape]:
        """A list of objects."""
        value = self.data.get(key)
        if not isinstance(value, list):
            self._wrong(key, "une liste")
            return []
        return [
            Shape(item, self._file, self._source, self._findings, f"{self.place}{key}[{number}]")
            for number, item in enumerate(value, 1)
        ]

    def inner(self, key: str) -> Shape:
        """An object of its own under that key."""
        return Shape(
            self.data.get(key), self._file, self._source, self._findings, f"{self.place}.{key}".lstrip(".")
        )

    def _wrong(self, key: str, wanted: str) -> None:
        name = self.data.get("key")
        self.error(
            "shape",
            name if isinstance(name, str) and name else key,
            f"{self._where()} : « {key} » doit être {wanted}.",
            "Corrigez le fichier du programme.",
        )

    def _where(self) -> str:
        return self.place or "Le fichier"

    def _line(self, element: str | None) -> int | None:
        if not element:
            return None
        at = self._source.find(json.dumps(element, ensure_ascii=False))
        return None if at < 0 else self._source.count("\n", 0, at) + 1
