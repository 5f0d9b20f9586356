"""The engine and the token game of `oracle`, over random diagrams and random orders of moves (`beside`).

Each run draws anew; what fails is shrunk, and its choices are printed so that it can be walked again.
`python -m tests.bpmn.prove` walks thousands.
"""

from __future__ import annotations

from collections import Counter
from secrets import randbelow
from typing import TYPE_CHECKING

from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from tests.bpmn.beside import Walk
from tests.bpmn.plans import blocks, graphs
from tests.bpmn.prove import Chance, programme

if TYPE_CHECKING:
    from tests.bpmn.pieces import Plan

    Planned = tuple[Plan, list[Plan]]

SETTINGS = settings(
    max_examples=120,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much],
)


def walk(planned: Planned, data: st.DataObject) -> None:
    plan, called = planned
    one = Walk(plan, called, lambda upper, label: data.draw(st.integers(0, upper - 1), label=label))
    assume(not one.refused)
    one.go(60)


@SETTINGS
@given(blocks(), st.data())
def test_nested_blocks_run_as_the_token_game_says(planned: Planned, data: st.DataObject) -> None:
    walk(planned, data)


@SETTINGS
@given(graphs(), st.data())
def test_tangled_graphs_run_as_the_token_game_says(planned: Planned, data: st.DataObject) -> None:
    walk(planned, data)


def test_every_diagram_of_the_programme_runs_as_the_token_game_says() -> None:
    keys, written = programme().keys, programme().written()
    seed = randbelow(2**40)
    steps: Counter[str] = Counter()
    for number, key in enumerate([*keys * 5, *["household_path"] * 20]):
        walk = Walk(programme().plan(key), [], Chance(seed + number).number, key=key, written=written)
        assert walk.refused == []
        try:
            walk.go(60)
        except Exception as parted:
            raise AssertionError(f"{key}, seed {seed + number}") from parted
        steps[key] += walk.steps
    assert steps["household_path"] > 30
    assert sum(steps.values()) > 150
