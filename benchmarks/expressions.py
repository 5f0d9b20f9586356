"""What the languages inside files cost: a FEEL expression, a decision, a form’s check, one call each."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from asae_engine import bundles, decisions, feel, forms
from benchmarks.measuring import Row, in_turns
from benchmarks.walks import ANSWERS, NOON, journey

if TYPE_CHECKING:
    from collections.abc import Callable

    from benchmarks.measuring import Scale

GROUP = "Expressions, decisions, forms"
#: Calls that are timed together: one alone is too short.
_TOGETHER = 10


def expressions(scale: Scale) -> list[Row]:
    """Each against the shortest round trip to the isolate that runs FEEL."""
    bundle, _ = bundles.check(journey())
    if bundle is None:
        raise RuntimeError("the measured bundle would be refused")
    case = {
        "report": {"again": "yes", "rent": 512.4, "arrears": 1537.2},
        "visit": {"on": date(2026, 2, 20), "way": "home"},
        **{f"field_{number}": f"value {number}" for number in range(150)},
    }
    delays = {**case, "step": "report", "arrived": date(2026, 3, 2)}
    several = [(f"report.arrears > {limit} * report.rent", case) for limit in range(10)]
    measured: list[tuple[str, str, Callable[[], object]]] = [
        (
            "a FEEL constant",
            "1 + 1: one round trip to the isolate",
            lambda: feel.evaluate("1 + 1", {}, now=NOON),
        ),
        (
            "a FEEL condition",
            'report.again = "yes" over a case of 150 fields',
            lambda: feel.evaluate('report.again = "yes"', case, now=NOON),
        ),
        (
            "ten FEEL conditions",
            "evaluate_all: one round trip for all of them",
            lambda: feel.evaluate_all(several, now=NOON),
        ),
        (
            "a DMN decision",
            "the deadlines of one step: two rules, six outputs with working days",
            lambda: decisions.evaluate(bundle.decisions, "delays", delays, now=NOON),
        ),
        (
            "a form’s check",
            "five fields with a condition and a rule, as complete_task does it",
            lambda: forms.validate(bundle.forms["visit"], dict(ANSWERS["visit"]), case, now=NOON),
        ),
        (
            "a form’s check, computed",
            "five fields with a computed one and a rule",
            lambda: forms.validate(bundle.forms["report"], dict(ANSWERS["report"]), case, now=NOON),
        ),
    ]
    actions: dict[str, Callable[[], object]] = {}
    for name, _, call in measured:
        call()
        actions[name] = lambda call=call: [call() for _ in range(_TOGETHER)]  # type: ignore[misc]  # bound now, not at the call
    taken = in_turns(scale.rounds, actions)
    shortest = taken[measured[0][0]]
    return [
        Row(
            GROUP,
            name,
            taken[name] / _TOGETHER,
            taken[name] / shortest,
            None,
            f"{meaning}; {_TOGETHER / taken[name]:,.0f} a second",
        )
        for name, meaning, _ in measured
    ]
