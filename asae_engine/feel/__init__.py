"""FEEL, the one language of conditions, deadlines, decision tables and forms, run by feelin in V8.

An unknown variable is null and null runs through what is computed from it; an unknown function, a comparison
or a calculation between types that do not go together, and a result that is no data raise `FeelError`.
`now()` and `today()` tell the instant that the caller gives, in Europe/Paris.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime
from functools import lru_cache
from typing import TYPE_CHECKING, Literal, cast

from asae_engine.calendar import local_date
from asae_engine.feel import isolate, sentences
from asae_engine.feel.errors import FeelError, FeelMemory, FeelSyntaxError, FeelTimeout, Problem
from asae_engine.feel.values import FeelValue, UnfitValueError, decode, encode, local_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

__all__ = [
    "FUNCTION_NAMES",
    "CellError",
    "FeelError",
    "FeelMemory",
    "FeelSyntaxError",
    "FeelTimeout",
    "FeelValue",
    "Problem",
    "check",
    "entries",
    "evaluate",
    "evaluate_all",
    "evaluate_each",
    "matching_rules",
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


class CellError(FeelError):
    """A cell of a decision table that cannot be evaluated; an input expression when `rule` is None."""

    def __init__(self, error: FeelError, rule: int | None, column: int) -> None:
        super().__init__(error.expression, error.message_fr, error.position)
        self.rule = rule
        self.column = column


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
    return [decode(value) for value in request.send(sources)]


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
        outcomes.append(
            sentences.error(source, trouble) if isinstance(trouble, dict) else decode(answer["v"])
        )
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


def matching_rules(
    inputs: Sequence[str], rules: Sequence[Sequence[str]], context: Mapping[str, object], *, now: datetime
) -> list[int]:
    """Which rules of a decision table hold, by their index: each input's value passes the rule's cell.

    A rule's cells are tried from the left until one fails. Raises `CellError`.
    """
    request = _Request(now)
    cells = [[_stripped(cell) for cell in rule] for rule in rules]
    expressions = [_stripped(text) for text in inputs]
    request.add({"k": "t", "i": expressions, "r": cells}, context)
    answer = request.answers("table")[0]
    trouble = answer.get("x")
    if isinstance(trouble, dict):
        rule, column = trouble.get("rule"), int(trouble.get("column", 0))
        source = expressions[column] if rule is None else cells[rule][column]
        raise CellError(sentences.error(source, trouble), rule, column)
    return cast("list[int]", answer["v"])


def check(expression: str, *, kind: Literal["expression", "unary"] = "expression") -> list[Problem]:
    """What is wrong with an expression as written: syntax and unknown functions. It is not evaluated."""
    source = _stripped(expression)
    found = _studied(source, kind)["problems"]
    return [
        Problem(
            sentences.sentence(source, trouble),
            *sentences.line_and_column(source, trouble),
            code="feel.unknown_function" if trouble["kind"] == "NO_FUNCTION_FOUND" else "feel.syntax",
        )
        for trouble in cast("list[dict[str, object]]", found)
    ]


def names(expression: str, *, kind: Literal["expression", "unary"] = "expression") -> set[str]:
    """The variables that an expression reads; not those that it binds itself, nor those inside a filter."""
    return set(cast("list[str]", _studied(_stripped(expression), kind)["names"]))


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
        self._contexts: list[object] = []
        self._known: dict[int, int] = {}
        self._kept: list[object] = []
        self._items: list[dict[str, object]] = []

    def add_expression(self, expression: str, context: Mapping[str, object]) -> str:
        source = _stripped(expression)
        self.add({"k": "e", "e": source}, context)
        return source

    def add_test(self, expression: str, value: object, context: Mapping[str, object]) -> str:
        source = _stripped(expression)
        self.add({"k": "u", "e": source, "v": _encoded(source, value)}, context)
        return source

    def add(self, item: dict[str, object], context: Mapping[str, object]) -> None:
        index = self._known.get(id(context))
        if index is None:
            index = self._known[id(context)] = len(self._contexts)
            self._contexts.append(_encoded(str(item.get("e", "")), context))
            self._kept.append(context)  # an id is only good while its object lives
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
            "contexts": self._contexts,
            "items": self._items,
        }
        return _ask(source, message)


@lru_cache(maxsize=4_000)
def _studied(source: str, kind: str) -> dict[str, object]:
    item = {"k": "s", "e": source, "u": kind == "unary"}
    message: dict[str, object] = {
        "today": "2000-01-01",
        "now": local_text(_STUDY_INSTANT),
        "contexts": [],
        "items": [item],
    }
    answer = _ask(source, message)[0]
    trouble = answer.get("x")
    if isinstance(trouble, dict):
        return {"problems": [trouble], "names": [], "paths": [], "entries": []}
    return cast("dict[str, object]", answer["v"])


def _ask(source: str, message: dict[str, object]) -> list[dict[str, object]]:
    try:
        return isolate.ask(json.dumps(message, allow_nan=False))
    except isolate.TimeLimitError:
        raise FeelTimeout(
            source, "L’expression demande trop de temps de calcul : elle a été arrêtée."
        ) from None
    except isolate.MemoryLimitError:
        raise FeelMemory(source, "L’expression demande trop de mémoire : elle a été arrêtée.") from None
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
    try:
        return encode(value)
    except UnfitValueError as unfit:
        raise FeelError(source, str(unfit)) from None
    except RecursionError:
        raise FeelError(source, "Les données sont imbriquées trop profondément.") from None
