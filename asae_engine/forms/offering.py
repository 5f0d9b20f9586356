"""The answers that a choice offers when its form does not write them: people, or what an expression gives."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from asae_engine.forms.definition import Field, Form, Option
from asae_engine.forms.settling import Path, Settled, dotted, settle, values_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from asae_engine.feel import FeelValue
    from asae_engine.forms.files import Upload


class Directory(Protocol):
    """What a form asks of the outside: who may be chosen, which cases exist, which files were received."""

    def people(self, spec: str) -> Sequence[Option]:
        """The active people of a role (`role` or `role@organisation`): username and display name."""

    def case_exists(self, number: str) -> bool:
        """Whether there is a case of that number that the actor may know of."""

    def attachment(self, identifier: str) -> Upload | None:
        """A file that was received for this task, and none of another's."""


def options(
    form: Form,
    answers: Mapping[str, object],
    context: Mapping[str, object],
    *,
    now: datetime,
    directory: Directory | None = None,
    settled: Settled | None = None,
) -> dict[str, tuple[Option, ...]]:
    """The options of the choices that are not written in the form, by the name of their occurrence."""
    if not any(item.options_from or item.people for item in form.by_name.values()):
        return {}
    known = settled or settle(form, answers, context, now=now)
    asked: list[tuple[str, Path | None, Field, str]] = []
    found: dict[str, tuple[Option, ...]] = {}
    for place in known.occurrences:
        item = place.block.field
        if item is None:
            continue
        name = dotted(place.path)
        if item.options_from:
            asked.append((name, place.row, item, item.options_from))
        elif item.people and item.people.startswith("="):
            asked.append((name, place.row, item, item.people))
        elif item.people:
            found[name] = tuple(directory.people(item.people)) if directory else ()
    outcome = values_of(form, known.scope, [(row, text) for _, row, _, text in asked], now=now)
    for (name, _, item, _), value in zip(asked, outcome, strict=True):
        if item.people:
            specs = value if isinstance(value, list) else [value]
            offered = [
                person
                for spec in specs
                if isinstance(spec, str) and directory
                for person in directory.people(spec)
            ]
            found[name] = tuple(dict.fromkeys(offered))
        else:
            found[name] = tuple(_offered(value))
    return found


def _offered(value: FeelValue) -> list[Option]:
    found: list[Option] = []
    for item in value if isinstance(value, list) else []:
        if isinstance(item, dict):
            chosen, label = item.get("value"), item.get("label")
            if isinstance(chosen, str | int | float | bool):
                found.append(Option(chosen, str(label if label is not None else chosen)))
        elif isinstance(item, str | int | float | bool):
            found.append(Option(item, str(item)))
    return found
