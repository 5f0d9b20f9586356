"""Writes decisions as the isolate reads them (feel/decide.js): once for a model, kept while it is in use."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from asae_engine import feel
from asae_engine.decisions.definition import Boxed, Decision, Parameter, says_something

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping


def reachable(decisions: Mapping[str, Decision], decision_id: str) -> dict[str, Decision]:
    """A decision and all that it needs, directly or through others."""
    found: dict[str, Decision] = {}
    waiting = [decision_id]
    while waiting:
        decision = decisions.get(waiting.pop())
        if decision is not None and decision.id not in found:
            found[decision.id] = decision
            waiting += (*decision.requires, *decision.outputs_of_service, *decision.inputs_of_service)
    return found


@lru_cache(maxsize=200)
def model(decisions: tuple[Decision, ...]) -> feel.Model:
    """The model that these decisions make."""
    known = {decision.id for decision in decisions}
    types = {kind.name: kind for decision in decisions for kind in decision.types}
    written = {
        "elements": {decision.id: _element(decision, known) for decision in decisions},
        "types": {
            name: {"b": kind.base, "m": kind.is_collection, "c": dict(kind.components), "a": kind.allowed}
            for name, kind in types.items()
        },
    }
    return feel.Model(written, [pair for decision in decisions for pair in _expressions(decision)])


def _expressions(decision: Decision) -> Iterator[tuple[str, bool]]:
    yield from ((text, kind == "unary") for text, kind, _ in decision.expressions())


def _element(decision: Decision, known: set[str]) -> dict[str, object]:
    prefixes = dict(decision.prefixes)
    return {
        "k": decision.kind.value,
        "n": decision.name,
        "t": decision.type,
        "q": [[required, prefixes.get(required)] for required in decision.requires if required in known],
        "l": _logic(decision),
        "p": _parameters(decision.parameters),
        "i": list(decision.inputs_of_service),
        "o": list(decision.outputs_of_service),
    }


def _logic(decision: Decision) -> dict[str, object]:
    if decision.boxed is not None:
        return _box(decision.boxed)
    if decision.expression is not None:
        return {"k": "literal", "e": _bare(decision.expression)}
    return {
        "k": "table",
        "h": decision.hit_policy.value,
        "g": None if decision.aggregation is None else decision.aggregation.value,
        "i": [
            {"e": _bare(column.expression), "t": column.type, "a": _bare(column.allowed)}
            for column in decision.inputs
        ],
        "o": [
            {
                "n": output.name,
                "t": output.type,
                "v": list(output.values),
                "a": ", ".join(output.values),
                "d": None if output.default is None else _bare(output.default),
            }
            for output in decision.outputs
        ],
        "r": [
            {
                "i": [_bare(cell) for cell in rule.inputs],
                "o": [_bare(cell) if says_something(cell) else "null" for cell in rule.outputs],
            }
            for rule in decision.rules
        ],
    }


def _box(box: Boxed) -> dict[str, object]:
    if box.table is not None:
        return {**_logic(box.table), "t": box.type}
    return {
        "k": box.kind,
        "e": _bare(box.text),
        "n": list(box.names),
        "p": [_box(part) for part in box.parts],
        "f": _parameters(box.parameters),
        "t": box.type,
    }


def _parameters(parameters: tuple[Parameter, ...]) -> list[list[str | None]]:
    return [[parameter.name, parameter.type] for parameter in parameters]


def _bare(text: str) -> str:
    return text.strip().removeprefix("=").strip()
