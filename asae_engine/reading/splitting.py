"""Splits what a figure counts: by door, year, or an answer, each value with its French label."""

from __future__ import annotations

from typing import TYPE_CHECKING

from asae_engine.reading.identity import doors

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import date

    from asae_engine.bundles import Bundle, Figure
    from asae_engine.reading.counting import Counted
    from asae_engine.reading.happenings import Record

NOT_GIVEN = "Non renseigné"
_YES_NO = {"True": "Oui", "False": "Non", "yes": "Oui", "no": "Non", "unknown": "Ne sait pas"}


class Splitter:
    """Knows the labels of one bundle and the answers of one record."""

    def __init__(self, bundle: Bundle, record: Record, until: date) -> None:
        self._bundle = bundle
        self._record = record
        self._until = until
        self._doors = doors(bundle)

    def groups(self, figure: Figure, found: Iterable[Counted]) -> list[tuple[str, str, list[Counted]]]:
        """(key, label, cases) of each value that appears, in the order of the form's choices."""
        groups: dict[str, list[Counted]] = {}
        for one in found:
            groups.setdefault(self._key(figure, one), []).append(one)
        labels = self._labels(figure)
        order = {key: place for place, key in enumerate(labels)}
        return [
            (key, labels.get(key, _YES_NO.get(key, key or NOT_GIVEN)), group)
            for key, group in sorted(
                groups.items(), key=lambda item: (item[0] == "", order.get(item[0], len(order)), item[0])
            )
        ]

    def _key(self, figure: Figure, one: Counted) -> str:
        split = figure.split or ""
        if split == "door":
            return one.case.door or ""
        if split == "year":
            return str(one.day.year)
        form, name = self._field(figure)
        if form == figure.of.form and one.happened is not None and "." not in split:
            value = one.happened.answers.get(name)
        else:
            latest = self._record.latest(form).get(one.case.id)
            value = None if latest is None else latest.answers.get(name)
        if value in (0, 1) and self._is_yes_or_no(form, name):
            value = bool(value)  # SQLite knows no other truth
        return "" if value is None else str(value)

    def _is_yes_or_no(self, form_key: str, name: str) -> bool:
        form = self._bundle.forms.get(form_key)
        field = None if form is None else form.by_key.get(name)
        return field is not None and all(isinstance(option.value, bool) for option in field.options)

    def _field(self, figure: Figure) -> tuple[str, str]:
        split = figure.split or ""
        form, dot, name = split.partition(".")
        return (form, name) if dot else (figure.of.form, split)

    def _labels(self, figure: Figure) -> dict[str, str]:
        if figure.split == "door":
            return self._doors
        form_key, name = self._field(figure)
        form = self._bundle.forms.get(form_key)
        field = None if form is None else form.by_key.get(name)
        return {} if field is None else {str(option.value): option.label for option in field.options}
