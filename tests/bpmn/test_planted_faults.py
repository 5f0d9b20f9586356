"""A proof that cannot fail proves nothing: each rule that the token game is made to break, the walks find."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.bpmn.beside import Walk
from tests.bpmn.oracle import Table
from tests.bpmn.plans import TOP, Planner
from tests.bpmn.prove import Chance

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.bpmn.pieces import Pawn, Spot

#: Walks within which each fault has to be found.
MOST_WALKS = 250


def _flipped(kind: str, *events: str) -> Callable[[Spot], bool]:
    """What interrupts does not, and the other way round."""

    def fault(spot: Spot) -> bool:
        if spot.kind != kind or spot.event not in events:
            return False
        spot.interrupting = not spot.interrupting
        return True

    return fault


def _deaf(event: str) -> Callable[[Spot], bool]:
    """An event is never heard."""

    def fault(spot: Spot) -> bool:
        if spot.event != event:
            return False
        spot.event = "nothing"
        return True

    return fault


def _early(spot: Spot) -> bool:
    """A parallel join lets the first go on."""
    if spot.kind != "par" or len(spot.ins) < 2:
        return False
    spot.kind = "pass"
    return True


def _one_too_many(spot: Spot) -> bool:
    if spot.loop is None or spot.loop[0] == 0:
        return False
    number, sequential, enough = spot.loop
    spot.loop = (number + 1, sequential, enough)
    return True


def _asked_late(spot: Spot) -> bool:
    """A loop that tests before tests after."""
    if spot.rounds is None or not spot.rounds.before:
        return False
    spot.rounds.before = False
    return True


def _bounded(spot: Spot) -> bool:
    if spot.rounds is None or not spot.rounds.most:
        return False
    spot.rounds.most -= 1
    return True


def _silent(spot: Spot) -> bool:
    """A signal is not thrown."""
    if spot.kind != "shout":
        return False
    spot.kind = "pass"
    return True


def _mild(spot: Spot) -> bool:
    """A terminate, an error or an escalation ends its own token only."""
    if spot.kind not in ("stop", "fail", "cry"):
        return False
    spot.kind = "end"
    return True


def _slow(spot: Spot) -> bool:
    """A timer is an hour late."""
    if spot.event not in ("timer", "cycle"):
        return False
    spot.wait += 3600
    return True


def _no_default(spot: Spot) -> bool:
    """Of the flows out of an activity the default is followed too."""
    if spot.kind != "task" or spot.default is None:
        return False
    spot.default = None
    return True


def _forgotten(spot: Spot) -> bool:
    """What was done is not remembered."""
    if not spot.undo:
        return False
    spot.undo = ""
    return True


def _impatient(spot: Spot) -> bool:
    """Who has things undone waits for it or does not."""
    if spot.kind != "regret" or not spot.outs:
        return False
    spot.patient = not spot.patient
    return True


def _all_or_one(spot: Spot) -> bool:
    """Everything is undone instead of one activity."""
    if spot.kind != "regret" or not spot.word:
        return False
    spot.word = ""
    return True


FAULTS: dict[str, Callable[[Spot], bool]] = {
    "a boundary timer": _flipped("watch", "timer"),
    "a boundary message": _flipped("watch", "message"),
    "a boundary signal": _flipped("watch", "signal"),
    "a boundary condition": _flipped("watch", "condition"),
    "an event sub-process": _flipped("handler", "timer", "message", "signal", "condition"),
    "a deaf message": _deaf("message"),
    "a deaf signal": _deaf("signal"),
    "a deaf condition": _deaf("condition"),
    "an early join": _early,
    "one instance too many": _one_too_many,
    "a loop asked late": _asked_late,
    "a loop too short": _bounded,
    "a silent signal": _silent,
    "a mild end": _mild,
    "a slow timer": _slow,
    "a default beside": _no_default,
    "a deed forgotten": _forgotten,
    "an impatient regret": _impatient,
    "a regret of all": _all_or_one,
}


def is_found(fault: Callable[[Spot], bool]) -> bool:
    """Whether a walk parts from the token game once that was changed in its plan."""
    for seed in range(MOST_WALKS):
        chance = Chance(seed)
        planner = Planner(chance.strategy)
        plan = planner.whole(TOP)
        walk = Walk(plan, planner.roots, chance.number)
        spots = [
            spot for whole in (plan, *planner.roots) for part in whole.all() for spot in part.spots.values()
        ]
        if walk.refused or not [spot for spot in spots if fault(spot)]:
            continue
        try:
            walk.go(40)
        except Exception:  # the two part: a difference, or a move that one of them cannot make
            return True
    return False


@pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS.keys())
def test_a_rule_that_is_broken_on_one_side_is_found(fault: Callable[[Spot], bool]) -> None:
    assert is_found(fault), f"not found in {MOST_WALKS} walks"


def test_undoing_the_first_first_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    right = Table._undo_next

    def wrong(table: Table, pawn: Pawn) -> None:
        pawn.left.reverse()
        right(table, pawn)

    monkeypatch.setattr(Table, "_undo_next", wrong)
    assert is_found(lambda spot: spot.kind == "regret")
