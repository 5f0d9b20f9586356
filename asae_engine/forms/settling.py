"""What depends on several answers: which fields show, what the computed ones hold. form.js does the same.

FEEL sees the case's context overlaid by the form's own answers; a key of the form without an answer is null,
also when the dossier knows one. In a row, the row's own answers come on top, with `i`, its number from 1, and
`parent`.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from asae_engine import feel
from asae_engine.forms import values
from asae_engine.forms.definition import Block, Field, Form, Kind, words

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from datetime import datetime

    from asae_engine.feel import FeelValue

Path = tuple[str | int, ...]
#: An expression and the row it stands in, if it does.
Asked = tuple["Path | None", str]
#: Conditions that read what other conditions hide: after so many rounds the last one stands.
_MOST_ROUNDS = 6
_log = logging.getLogger("asae.forms")


@dataclass(frozen=True, slots=True)
class Occurrence:
    """A block in its place among the answers: one for each row of a list."""

    block: Block
    path: Path
    #: The row it stands in, if it does.
    row: Path | None
    #: Where the conditions that hide it stand: its own and its containers'.
    conditions: tuple[tuple[Path | None, str], ...]

    @property
    def name(self) -> str:
        """Dotted path: `members.0.first_name`; `#id` for a block that holds no answer."""
        return dotted(self.path) if self.block.field else f"#{self.block.id}"


@dataclass(frozen=True, slots=True)
class Settled:
    """Answers once conditions and computed fields were worked out."""

    #: Plain JSON by key: without what is hidden, with what is computed.
    answers: dict[str, object]
    #: Names of the occurrences that do not show.
    hidden: frozenset[str]
    occurrences: tuple[Occurrence, ...]
    #: What FEEL sees, for rules and conditions.
    scope: Scope


class Scope:
    """The context of a form's expressions, made once for the form and once for each row."""

    def __init__(self, form: Form, context: Mapping[str, object], answers: Mapping[str, object]) -> None:
        self._form = form
        self._answers = answers
        case = relevant(form, context)
        own = {field.key: values.typed_field(field, answers.get(field.key)) for field in form.fields}
        self.root: dict[str, object] = {**case, **own}
        self._rows: dict[Path, dict[str, object]] = {}
        #: What expressions gave here already, by the row they stand in.
        self.known: dict[Asked, FeelValue] = {}

    def at(self, row: Path | None) -> Mapping[str, object]:
        """The context for an expression that stands in a row, or outside of rows."""
        if row is None:
            return self.root
        if row not in self._rows:
            self._rows[row] = self._row(row)
        return self._rows[row]

    def _row(self, row: Path) -> dict[str, object]:
        name = ".".join(str(step) for step in row if isinstance(step, str))
        found = value_at(self._answers, row)
        parts = values.typed_parts(self._form.by_name[name], found if isinstance(found, Mapping) else {})
        number = row[-1]
        return {**self.root, **parts, "parent": self.root, "i": number + 1 if isinstance(number, int) else 1}


def relevant(form: Form, context: Mapping[str, object]) -> dict[str, object]:
    """What of the case the form's expressions may read: the rest need not travel."""
    return {key: value for key, value in context.items() if key in form.words or not key.isidentifier()}


def settle(
    form: Form,
    answers: Mapping[str, object],
    context: Mapping[str, object],
    *,
    now: datetime,
    judged: bool = False,
) -> Settled:
    """Work out computed fields and conditions until they agree.

    `judged` when the answers are to be judged next: what that asks goes to FEEL together with the conditions.
    """
    places = tuple(occurrences(form, answers))
    later = list(_judgements(form, places)) if judged else []
    asked = [*(condition for place in places for condition in place.conditions), *later]
    computed = {field.name for level in form.computed for field in level}
    hidden: frozenset[str] = frozenset()
    for _ in range(_MOST_ROUNDS):
        given = without(answers, places, hidden)
        kept, scope = _computed(form, context, given, hidden, now, asked)
        found = _hidden(form, places, scope, now, asked)
        if found == hidden:
            break
        if computed.isdisjoint(found ^ hidden) and without(answers, places, found) == given:
            hidden = found  # nothing that was hidden had an answer: another round would see the same
            break
        hidden = found
    else:
        kept, scope = _computed(form, context, without(answers, places, hidden), hidden, now, ())
    return Settled(kept, hidden, places, scope)


def occurrences(form: Form, answers: Mapping[str, object]) -> Iterator[Occurrence]:
    """Every block of the form, those of lists once for each row, in reading order."""
    yield from _walk(form.layout, (), None, (), answers)


def _walk(
    blocks: Iterable[Block],
    path: Path,
    row: Path | None,
    conditions: tuple[tuple[Path | None, str], ...],
    answers: Mapping[str, object],
) -> Iterator[Occurrence]:
    for block in blocks:
        here = (*conditions, (row, block.hide)) if block.hide else conditions
        own = (*path, block.field.key) if block.field else path
        yield Occurrence(block, own, row, here)
        if block.field is not None and block.field.type is Kind.ROWS:
            found = value_at(answers, own)
            for number in range(len(found) if isinstance(found, list) else 0):
                yield from _walk(block.blocks, (*own, number), (*own, number), here, answers)
        else:
            yield from _walk(block.blocks, own, row, here, answers)


def _computed(
    form: Form,
    context: Mapping[str, object],
    answers: Mapping[str, object],
    hidden: frozenset[str],
    now: datetime,
    asked: Sequence[Asked],
) -> tuple[dict[str, object], Scope]:
    """The answers with the computed fields, worked out level by level. What is `asked` besides and reads none
    of them goes to FEEL with the first level.
    """
    kept = dict(answers)
    scope = Scope(form, context, kept)
    own = {field.key for level in form.computed for field in level}
    beside = [(row, text) for row, text in asked if own and row is None and own.isdisjoint(words(text))]
    for level in form.computed:
        shown = [field for field in level if field.name not in hidden]
        expressions = [(None, field.expression or "null") for field in shown]
        found = values_of(form, scope, [*expressions, *beside], now=now)
        for field, value in zip(shown, found, strict=False):
            result = values.rounded(field, value)
            kept[field.key] = values.to_json(result)
            scope.root[field.key] = result
    return kept, scope


def _hidden(
    form: Form, places: Sequence[Occurrence], scope: Scope, now: datetime, asked: Sequence[Asked]
) -> frozenset[str]:
    values_of(form, scope, asked, now=now)
    conditions = {condition for place in places for condition in place.conditions}
    true = {condition for condition in conditions if scope.known[condition] is True}
    return frozenset(place.name for place in places if not true.isdisjoint(place.conditions))


def _judgements(form: Form, places: Sequence[Occurrence]) -> Iterator[Asked]:
    """Every expression that says whether answers are good: `answers` asks them one kind after the other."""
    for rule in form.rules:
        yield None, rule.expression
    for place in places:
        item = place.block.field
        if item is None:
            continue
        texts = [item.required_if, item.limits.minimum, item.limits.maximum, item.options_from]
        texts += [rule.expression for rule in (*item.rules, *((item.confirm,) if item.confirm else ()))]
        if item.people and item.people.startswith("="):
            texts.append(item.people)
        yield from ((place.row, text) for text in texts if isinstance(text, str))


def values_of(form: Form, scope: Scope, asked: Sequence[Asked], *, now: datetime) -> list[FeelValue]:
    """The values of expressions over a scope; those that it knows already are not asked again."""
    unknown = [one for one in dict.fromkeys(asked) if one not in scope.known]
    outcome = evaluated(form, [(text, scope.at(row)) for row, text in unknown], now=now)
    scope.known.update(zip(unknown, outcome, strict=True))
    return [scope.known[one] for one in asked]


def evaluated(
    form: Form, pairs: Sequence[tuple[str, Mapping[str, object]]], *, now: datetime
) -> list[FeelValue]:
    """The values of expressions; one that fails over these answers is null, and the log says which.

    A condition that cannot be decided must not keep a worker from their work; its author learns of it from
    the check at deployment and from the log.
    """
    if not pairs:
        return []
    try:
        outcome = feel.evaluate_each(pairs, now=now)
    except feel.FeelError:
        outcome = _apart(pairs, now)
    found: list[FeelValue] = []
    for (expression, _), value in zip(pairs, outcome, strict=True):
        if isinstance(value, feel.FeelError):
            extra = {"form": form.key, "expression": expression, "reason": value.message_fr}
            _log.warning("form expression failed", extra=extra)
            found.append(None)
        else:
            found.append(value)
    return found


def _apart(
    pairs: Sequence[tuple[str, Mapping[str, object]]], now: datetime
) -> list[FeelValue | feel.FeelError]:
    """One by one, after they were stopped together by time or memory; at most two more may be stopped."""
    found: list[FeelValue | feel.FeelError] = []
    stopped = 0
    for expression, context in pairs:
        try:
            if stopped > 1:
                raise feel.FeelTimeout(expression, "D’autres expressions ont pris trop de temps.")
            found.append(feel.evaluate(expression, context, now=now))
        except feel.FeelError as error:
            stopped += isinstance(error, feel.FeelTimeout | feel.FeelMemory)
            found.append(error)
    return found


def without(
    answers: Mapping[str, object], places: Sequence[Occurrence], hidden: frozenset[str]
) -> dict[str, object]:
    """A copy of the answers without those that are hidden."""
    kept = _copy(answers)
    for place in places:
        if place.block.field and place.name in hidden:
            container = value_at(kept, place.path[:-1])
            if isinstance(container, dict):
                container.pop(place.path[-1], None)
    return kept


def _copy(answers: Mapping[str, object]) -> dict[str, object]:
    return {key: _copied(value) for key, value in answers.items()}


def _copied(value: object) -> object:
    if isinstance(value, Mapping):
        return _copy(value)
    return [_copied(item) for item in value] if isinstance(value, list) else value


def value_at(answers: object, path: Path) -> object:
    """What stands at a path, or None."""
    found = answers
    for step in path:
        if isinstance(found, Mapping) and isinstance(step, str):
            found = found.get(step)
        elif isinstance(found, list) and isinstance(step, int) and step < len(found):
            found = found[step]
        else:
            return None
    return found


def dotted(path: Path) -> str:
    """`members.0.first_name`."""
    return ".".join(str(step) for step in path)


def is_empty(field: Field, value: object) -> bool:
    """Whether an answer says nothing: also a required box that is not ticked."""
    return value is None or value == "" or value == [] or (field.type is Kind.BOOLEAN and value is False)
