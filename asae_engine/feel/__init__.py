"""FEEL, the one language of conditions, deadlines, decision tables and forms, run by feelin in V8.

An unknown variable is null and null runs through what is computed from it; an unknown function, a comparison
or a calculation between types that do not go together, and a result that is no data raise `FeelError`.
`now()` and `today()` tell the instant that the caller gives, in Europe/Paris.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import lru_cache
from typing import TYPE_CHECKING, Literal, TypeAlias, TypeVar, cast

from asae_engine.calendar import local_date
from asae_engine.feel import isolate, sentences
from asae_engine.feel.errors import FeelError, FeelMemory, FeelSyntaxError, FeelTimeout, Problem
from asae_engine.feel.values import FeelValue, UnfitValueError, decode, encode, local_text

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Sequence

T = TypeVar("T")
#: Names of a context, each with the entries that are read of it, or None when it is read whole.
Reads: TypeAlias = "Mapping[str, Collection[str] | None]"
_NOTHING: frozenset[str] = frozenset()

__all__ = [
    "FUNCTION_NAMES",
    "DecidingError",
    "FeelError",
    "FeelMemory",
    "FeelSyntaxError",
    "FeelTimeout",
    "FeelValue",
    "Model",
    "Problem",
    "check",
    "decide",
    "entries",
    "evaluate",
    "evaluate_all",
    "evaluate_each",
    "names",
    "paths",
    "unary_test",
    "unary_tests",
]

#: The programme's own functions. A variable of the same name hides the function.
FUNCTION_NAMES = ("working days", "working days between", "age", "today", "now")

#: An expression longer than this is no expression that a person wrote.
MOST_CHARACTERS = 10_000

_STUDY_INSTANT = datetime(2000, 1, 1, tzinfo=UTC)


class DecidingError(FeelError):
    """A decision that cannot be made; `trouble` is what the isolate said of it, its place among it."""

    def __init__(self, error: FeelError, trouble: Mapping[str, object]) -> None:
        super().__init__(error.expression, error.message_fr, error.position)
        self.trouble = trouble


class Model:
    """Decisions as decide.js reads them, and every expression in them with whether it is a unary test.

    Its text travels once: the isolate keeps it by its digest.
    """

    def __init__(self, written: Mapping[str, object], expressions: Iterable[tuple[str, bool]]) -> None:
        self.written = written
        self.digest = hashlib.sha256(json.dumps(written, sort_keys=True).encode()).hexdigest()
        self.reads: dict[str, set[str] | None] = {}
        for text, unary in expressions:
            _add_reads(self.reads, _read_by(_stripped(text), "unary" if unary else "expression"))


def evaluate(expression: str, context: Mapping[str, object], *, now: datetime) -> FeelValue:
    """The value of an expression over a context. A leading `=` is dropped. Raises `FeelError`."""
    return evaluate_all([(expression, context)], now=now)[0]


def evaluate_all(
    expressions: Iterable[tuple[str, Mapping[str, object]]], *, now: datetime
) -> list[FeelValue]:
    """The values of several expressions, in one round trip; a context that several share travels once.

    The first expression that fails raises its `FeelError`.
    """
    request = _Request(now)
    sources = [request.add_expression(expression, context) for expression, context in expressions]
    return [_decoded(source, value) for source, value in zip(sources, request.send(sources), strict=True)]


def evaluate_each(
    expressions: Iterable[tuple[str, Mapping[str, object]]], *, now: datetime
) -> list[FeelValue | FeelError]:
    """The same, with the error itself in the place of each expression that fails.

    A request that is stopped by its time or memory raises all the same: nobody knows which expression did it.
    """
    request = _Request(now)
    sources = [request.add_expression(expression, context) for expression, context in expressions]
    outcomes: list[FeelValue | FeelError] = []
    for source, answer in zip(sources, request.answers(sources[0]) if sources else [], strict=True):
        trouble = answer.get("x")
        if isinstance(trouble, dict):
            outcomes.append(sentences.error(source, trouble))
            continue
        try:
            outcomes.append(_decoded(source, answer["v"]))
        except FeelError as error:
            outcomes.append(error)
    return outcomes


def unary_test(expression: str, value: object, context: Mapping[str, object], *, now: datetime) -> bool:
    """Whether a value passes a unary test (`> 5`, `"a", "b"`, `not(null)`, `-`); unknown is False."""
    return unary_tests([(expression, value)], context, now=now)[0]


def unary_tests(
    tests: Sequence[tuple[str, object]], context: Mapping[str, object], *, now: datetime
) -> list[bool]:
    """The outcome of several unary tests over one context, in one round trip."""
    request = _Request(now)
    sources = [request.add_test(expression, value, context) for expression, value in tests]
    return [outcome is True for outcome in request.send(sources)]


def decide(model: Model, decision: str, context: Mapping[str, object], *, now: datetime) -> FeelValue:
    """What a decision of a model gives, in one round trip. Raises `DecidingError`."""
    item: dict[str, object] = {"k": "d", "h": model.digest, "d": decision}
    answer = _asked_of(model, item, context, now)
    trouble = answer.get("x")
    if isinstance(trouble, dict) and trouble.get("kind") == "NO_MODEL":
        answer = _asked_of(model, {**item, "m": model.written}, context, now)
        trouble = answer.get("x")
    if isinstance(trouble, dict):
        raise DecidingError(sentences.error(str(trouble.get("cell") or ""), trouble), trouble)
    return _decoded("", answer["v"])


def _asked_of(
    model: Model, item: dict[str, object], context: Mapping[str, object], now: datetime
) -> dict[str, object]:
    request = _Request(now)
    request.add(item, context, model.reads)
    return request.answers("decision")[0]


def check(
    expression: str,
    *,
    kind: Literal["expression", "unary"] = "expression",
    known: tuple[str, ...] = (),
) -> list[Problem]:
    """What is wrong with an expression as written: syntax and unknown functions. It is not evaluated."""
    try:
        source = _stripped(expression)
        found = _studied(source, kind, known)["problems"]
    except (FeelSyntaxError, FeelTimeout, FeelMemory) as stopped:
        return [Problem(stopped.message_fr, 1, 1, code="feel.syntax")]
    return [
        Problem(
            sentences.sentence(source, trouble),
            *sentences.line_and_column(source, trouble),
            code="feel.unknown_function" if trouble["kind"] == "NO_FUNCTION_FOUND" else "feel.syntax",
        )
        for trouble in cast("list[dict[str, object]]", found)
    ]


def names(
    expression: str,
    *,
    kind: Literal["expression", "unary"] = "expression",
    known: tuple[str, ...] = (),
) -> set[str]:
    """The variables that an expression reads; not those that it binds itself, nor those inside a filter.

    Those that are `known` are left out.
    """
    return set(cast("list[str]", _studied(_stripped(expression), kind, known)["names"]))


def paths(expression: str, *, kind: Literal["expression", "unary"] = "expression") -> set[str]:
    """The same variables, each with the entries that are read from it: `committee_first.decision`."""
    return set(cast("list[str]", _studied(_stripped(expression), kind)["paths"]))


def entries(expression: str) -> list[str]:
    """The keys of the context that an expression is written as (a script task's variables); else none."""
    return cast("list[str]", _studied(_stripped(expression), "expression")["entries"])


class _Request:
    """One message to the isolate, while it is put together."""

    def __init__(self, now: datetime) -> None:
        self._now = now
        self._contexts: list[Mapping[str, object]] = []
        self._reads: list[dict[str, set[str] | None]] = []
        self._known: dict[int, int] = {}
        self._items: list[dict[str, object]] = []

    def add_expression(self, expression: str, context: Mapping[str, object]) -> str:
        source = _stripped(expression)
        self.add({"k": "e", "e": source}, context, _read_by(source, "expression"))
        return source

    def add_test(self, expression: str, value: object, context: Mapping[str, object]) -> str:
        source = _stripped(expression)
        self.add({"k": "u", "e": source, "v": _encoded(source, value)}, context, _read_by(source, "unary"))
        return source

    def add(self, item: dict[str, object], context: Mapping[str, object], reads: Reads) -> None:
        """Add an item; of its context only what it reads will travel."""
        index = self._known.get(id(context))
        if index is None:
            index = self._known[id(context)] = len(self._contexts)
            self._contexts.append(context)
            self._reads.append({})
        _add_reads(self._reads[index], reads)
        self._items.append({**item, "c": index})

    def send(self, sources: Sequence[str]) -> list[object]:
        if not sources:
            return []
        answers = self.answers(sources[0])
        for source, answer in zip(sources, answers, strict=True):
            trouble = answer.get("x")
            if isinstance(trouble, dict):
                raise sentences.error(source, trouble)
        return [answer["v"] for answer in answers]

    def answers(self, source: str) -> list[dict[str, object]]:
        message: dict[str, object] = {
            "today": local_date(self._now).isoformat(),
            "now": local_text(self._now),
            "contexts": [
                _encoded(source, _narrowed(context, reads))
                for context, reads in zip(self._contexts, self._reads, strict=True)
            ],
            "items": self._items,
        }
        return _ask(source, message)


@lru_cache(maxsize=4_000)
def _studied(source: str, kind: str, known: tuple[str, ...] = ()) -> dict[str, object]:
    item = {"k": "s", "e": source, "u": kind == "unary", "n": known}
    message: dict[str, object] = {
        "today": "2000-01-01",
        "now": local_text(_STUDY_INSTANT),
        "contexts": [],
        "items": [item],
    }
    answer = _ask(source, message)[0]
    trouble = answer.get("x")
    if isinstance(trouble, dict):
        return {"problems": [trouble], "names": [], "paths": [], "entries": [], "reads": {}}
    return cast("dict[str, object]", answer["v"])


def _read_by(source: str, kind: str) -> Reads:
    """What an expression may look up; nothing when it cannot be read: its evaluation will say so."""
    return cast("Reads", _studied(source, kind)["reads"])


def _add_reads(to: dict[str, set[str] | None], reads: Reads) -> None:
    for name, entries in reads.items():
        known = to.get(name, _NOTHING)
        to[name] = None if entries is None or known is None else {*known, *entries}


def _narrowed(context: Mapping[str, object], reads: Reads) -> Mapping[str, object]:
    """The part of a context that is read. Names with signs in them may be read otherwise: then all of it."""
    if not all(map(str.isidentifier, context)):
        return context
    return {name: _part(context[name], entries) for name, entries in reads.items() if name in context}


def _part(value: object, entries: Collection[str] | None) -> object:
    """The entries that are read of a form; a list or a date is read whole."""
    if entries is None or not isinstance(value, Mapping) or not all(map(str.isidentifier, value)):
        return value
    return {entry: value[entry] for entry in entries if entry in value}


def _ask(source: str, message: dict[str, object]) -> list[dict[str, object]]:
    try:
        return isolate.ask(json.dumps(message, allow_nan=False))
    except isolate.TimeLimitError:
        raise FeelTimeout(
            source, "L’expression demande trop de temps de calcul : elle a été arrêtée."
        ) from None
    except isolate.MemoryLimitError:
        raise FeelMemory(source, "L’expression demande trop de mémoire : elle a été arrêtée.") from None
    except (isolate.DepthError, RecursionError):
        raise FeelError(source, "Les données sont imbriquées trop profondément.") from None


def _stripped(expression: str) -> str:
    source = expression.strip().removeprefix("=").strip()
    if len(source) > MOST_CHARACTERS:
        raise FeelSyntaxError(source[:60], f"L’expression dépasse {MOST_CHARACTERS} caractères.")
    if "\x00" in source:
        raise FeelSyntaxError(source[:60], "L’expression contient un caractère nul.")
    return source


def _encoded(source: str, value: object) -> object:
    return _brought(encode, source, value)


def _decoded(source: str, value: object) -> FeelValue:
    return _brought(decode, source, value)


def _brought(way: Callable[[object], T], source: str, value: object) -> T:
    try:
        return way(value)
    except UnfitValueError as unfit:
        raise FeelError(source, str(unfit)) from None
    except RecursionError:
        raise FeelError(source, "Les données sont imbriquées trop profondément.") from None
