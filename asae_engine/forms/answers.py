"""Takes answers or refuses them: the schema first, then what depends on others, in few trips to FEEL."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING

from marshmallow import ValidationError

from asae_engine import feel
from asae_engine.calendar import local_date
from asae_engine.feel import FeelError
from asae_engine.forms import schema, values
from asae_engine.forms.body import CONFIRM, tidy
from asae_engine.forms.definition import Field, Form, Kind, Option, Rule
from asae_engine.forms.errors import Confirmation, InvalidAnswers
from asae_engine.forms.offering import Directory, options
from asae_engine.forms.prefilling import readonly
from asae_engine.forms.settling import (
    Occurrence,
    Settled,
    is_empty,
    settle,
    value_at,
    values_of,
)

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from asae_engine.feel import FeelValue


@dataclass(frozen=True, slots=True)
class Answers:
    """Answers that were taken: plain JSON by key, without hidden fields, computed ones worked out."""

    values: dict[str, object]
    #: Names of the fields whose unusual answer was confirmed.
    confirmations: frozenset[str] = field(default_factory=frozenset)


def validate(
    form: Form,
    raw: Mapping[str, object],
    context: Mapping[str, object],
    *,
    now: datetime,
    directory: Directory | None = None,
) -> Answers:
    """Take answers, or raise `InvalidAnswers` with a French sentence for each field that is refused.

    `raw` is nested JSON or what `from_body` made; it may hold `_confirm`, a list of tokens. `context` is the
    case as conditions see it, typed. Without a `directory`, people, cases and files are not looked up.
    """
    given = {key: value for key, value in raw.items() if key != CONFIRM}
    given = _received(form, tidy(form, given), directory)
    tokens = raw.get(CONFIRM)
    told = {str(token) for token in tokens} if isinstance(tokens, list) else {str(tokens)}
    errors: dict[str, list[str]] = {}
    loaded = _loaded(form, given, errors)
    loaded.update(readonly(form, context, now))
    settled = settle(form, loaded, context, now=now, judged=True)
    judge = _Judge(form, settled, context, now, directory, errors)
    judge.judge()
    asked = judge.confirmations()
    refused = judge.in_order()
    missing = {name: question for name, question in asked.items() if question.token not in told}
    if refused or missing:
        raise InvalidAnswers(refused, missing, {**given, **({CONFIRM: sorted(told)} if told else {})})
    return Answers(settled.answers, frozenset(asked))


def _received(form: Form, given: dict[str, object], directory: Directory | None) -> dict[str, object]:
    """Attachments by what was received for them, not by what is said of them."""
    if directory is None:
        return given
    for item in form.fields:
        found = given.get(item.key)
        if item.type is not Kind.FILES or found is None:
            continue
        files: list[object] = []
        for said in found if isinstance(found, list) else [found]:
            identifier = said.get("id") if isinstance(said, Mapping) else said
            upload = directory.attachment(identifier) if isinstance(identifier, str) else None
            files.append(upload.as_json() if upload else None)
        given[item.key] = files
    return given


def _loaded(form: Form, given: Mapping[str, object], errors: dict[str, list[str]]) -> dict[str, object]:
    try:
        loaded = schema.schema(form).load(given)
    except ValidationError as refusal:
        errors.update(schema.flat(refusal.messages))
        loaded = refusal.valid_data
    return _pruned(form.fields, loaded if isinstance(loaded, Mapping) else {})


def _pruned(children: Sequence[Field], loaded: Mapping[str, object]) -> dict[str, object]:
    """Only what says something; disabled fields are never kept."""
    kept: dict[str, object] = {}
    for child in children:
        value = loaded.get(child.key)
        if value is None or child.disabled or child.readonly:
            continue
        if child.type is Kind.ROWS:
            rows = value if isinstance(value, list) else []
            value = [_pruned(child.children, row) if isinstance(row, Mapping) else {} for row in rows]
        elif child.type is Kind.GROUP and isinstance(value, Mapping):
            value = _pruned(child.children, value)
        if child.type is Kind.BOOLEAN or value not in ([], ""):
            kept[child.key] = value
    return kept


def readable(form: Form, raw: Mapping[str, object]) -> dict[str, object]:
    """The answers that can be read among unfinished ones, to work out what shows."""
    return _loaded(form, {key: value for key, value in raw.items() if key in form.by_key}, {})


class _Judge:
    """Judges settled answers; gathers sentences by field."""

    def __init__(
        self,
        form: Form,
        settled: Settled,
        context: Mapping[str, object],
        now: datetime,
        directory: Directory | None,
        errors: Mapping[str, list[str]],
    ) -> None:
        self.form = form
        self.settled = settled
        self.context = context
        self.now = now
        self.directory = directory
        self.errors = {name: said for name, said in errors.items() if not self._is_hidden(name)}
        self._refused = {name.split(".", 1)[0] for name in self.errors}
        self.places = [
            place for place in settled.occurrences if place.block.field and place.name not in settled.hidden
        ]

    def _is_hidden(self, name: str) -> bool:
        parts = name.split(".")
        return any(".".join(parts[:length]) in self.settled.hidden for length in range(1, len(parts) + 1))

    def judge(self) -> None:
        """Required answers, bounds, patterns, options, then rules."""
        self._required()
        self._bounds()
        self._patterns()
        self._lookups()
        self._rules()

    def _refuse(self, place: Occurrence, sentence: str) -> None:
        if place.name not in self.errors:
            self.errors[place.name] = [sentence]

    def _value(self, place: Occurrence) -> object:
        return value_at(self.settled.answers, place.path)

    def _answered(self) -> list[tuple[Occurrence, Field, object]]:
        found = [(place, place.block.field, self._value(place)) for place in self.places]
        return [(place, item, value) for place, item, value in found if item and not is_empty(item, value)]

    def _required(self) -> None:
        waiting: list[tuple[Occurrence, Field]] = []
        for place in self.places:
            item = place.block.field
            if item is None or item.type in (Kind.COMPUTED, Kind.GROUP) or item.readonly or item.disabled:
                continue
            if not is_empty(item, self._value(place)) or place.name in self.errors:
                continue
            if item.required:
                self._refuse(place, missing(item))
            elif item.required_if:
                waiting.append((place, item))
        outcome = self._evaluated([(place, item.required_if or "") for place, item in waiting])
        for (place, item), value in zip(waiting, outcome, strict=True):
            if value is True:
                self._refuse(place, missing(item))

    def _bounds(self) -> None:
        asked: list[tuple[Occurrence, Field, object, str, str]] = []
        for place, item, value in self._answered():
            for side, bound in (("min", item.limits.minimum), ("max", item.limits.maximum)):
                if isinstance(bound, str):
                    asked.append((place, item, value, side, bound))
            if (
                item.limits.no_past
                and isinstance(value, str)
                and value[:10] < local_date(self.now).isoformat()
            ):
                self._refuse(place, "Cette date est passée : donnez une date à venir.")
        outcome = self._evaluated([(place, bound) for place, _, _, _, bound in asked])
        for (place, item, value, side, _), limit in zip(asked, outcome, strict=True):
            if not _beyond(values.typed_field(item, value), limit, side):
                continue
            said = values.with_unit(item, values.spoken(values.to_json(limit)))
            self._refuse(place, f"La réponse doit être au {'moins' if side == 'min' else 'plus'} {said}.")

    def _patterns(self) -> None:
        for place, item, value in self._answered():
            pattern = item.limits.pattern
            if pattern is None or not isinstance(value, str):
                continue
            try:
                matched = feel.evaluate("matches(v, p)", {"v": value, "p": pattern}, now=self.now)
            except FeelError:
                matched = False
            if matched is not True:
                self._refuse(place, item.limits.pattern_message or _FORMAT)

    def _lookups(self) -> None:
        offered = options(
            self.form,
            self.settled.answers,
            self.context,
            now=self.now,
            directory=self.directory,
            settled=self.settled,
        )
        for place, item, value in self._answered():
            if place.name in offered:
                self._check_options(place, item, value, offered[place.name])
            if (
                item.cases
                and self.directory
                and isinstance(value, str)
                and not self.directory.case_exists(value)
            ):
                self._refuse(
                    place, "Aucune situation ne porte ce numéro : vérifiez-le, par exemple 2026-0042."
                )

    def _check_options(
        self, place: Occurrence, item: Field, value: object, offered: Sequence[Option]
    ) -> None:
        if item.people and self.directory is None:
            return
        try:
            for chosen in value if isinstance(value, list) else [value]:
                values.read_option(chosen, offered)
        except values.Unreadable as error:
            self._refuse(place, str(error))

    def _rules(self) -> None:
        asked: list[tuple[Occurrence | None, Rule]] = [(None, rule) for rule in self.form.rules]
        for place in self.places:
            field_rules = place.block.field.rules if place.block.field else ()
            asked.extend((place, rule) for rule in field_rules)
        asked = [(place, rule) for place, rule in asked if not self._reads_refused(rule)]
        outcome = self._evaluated([(place, rule.expression) for place, rule in asked])
        for (where, rule), value in zip(asked, outcome, strict=True):
            if value is False:
                self.errors.setdefault(where.name if where else "", []).append(rule.message)

    def _reads_refused(self, rule: Rule) -> bool:
        """A rule over an answer that was itself refused has nothing to add."""
        return bool(self._refused) and not self._refused.isdisjoint(feel.names(rule.expression))

    def confirmations(self) -> dict[str, Confirmation]:
        """The unusual answers, each with its question."""
        asked = [
            (place, item.confirm, value)
            for place, item, value in self._answered()
            if item.confirm and place.name not in self.errors
        ]
        outcome = self._evaluated([(place, rule.expression) for place, rule, _ in asked])
        return {
            place.name: Confirmation(rule.message, token(place.name, value))
            for (place, rule, value), unusual in zip(asked, outcome, strict=True)
            if unusual is True
        }

    def in_order(self) -> dict[str, list[str]]:
        """The errors as a reader meets them; what concerns the form as a whole comes first."""
        order = {place.name: number for number, place in enumerate(self.settled.occurrences, 1)}
        return {name: self.errors[name] for name in sorted(self.errors, key=lambda name: order.get(name, 0))}

    def _evaluated(self, asked: Sequence[tuple[Occurrence | None, str]]) -> list[FeelValue]:
        places = [(place.row if place else None, text) for place, text in asked]
        return values_of(self.form, self.settled.scope, places, now=self.now)


_FORMAT = "Cette réponse n’a pas la forme attendue : vérifiez-la."


def token(name: str, value: object) -> str:
    """What says yes to one unusual answer: another answer asks again."""
    written = json.dumps([name, value], sort_keys=True, ensure_ascii=False)
    return f"{name}:{hashlib.sha256(written.encode()).hexdigest()[:16]}"


def missing(item: Field) -> str:
    """What to do about a question that must be answered; its label stands beside it wherever it is shown."""
    return _MISSING.get(item.type, "Écrivez une réponse.")


_MISSING = {
    Kind.CHOICE: "Choisissez une réponse.",
    Kind.CHOICES: "Cochez au moins une réponse.",
    Kind.BOOLEAN: "Cochez la case.",
    Kind.FILES: "Joignez un fichier.",
    Kind.ROWS: "Ajoutez au moins une ligne.",
    Kind.DATE: "Donnez une date.",
    Kind.DATETIME: "Donnez une date et une heure.",
    Kind.TIME: "Donnez une heure.",
    Kind.INTEGER: "Donnez un nombre.",
    Kind.NUMBER: "Donnez un nombre.",
    Kind.MONEY: "Donnez un montant.",
}


def _beyond(value: FeelValue, limit: FeelValue, side: str) -> bool:
    match value, limit:
        case (bool(), _) | (_, bool()):
            return False
        case (int() | float(), int() | float()):
            return value < limit if side == "min" else value > limit
        case (date(), date()) if type(value) is type(limit):
            return value < limit if side == "min" else value > limit
        case _:
            return False
