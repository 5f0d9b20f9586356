"""FEEL values on their way through a process: what one step gives, the next one reads as it was."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta, timezone
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from asae_engine import bpmn, feel
from asae_engine.calendar import Duration
from tests.bpmn.drawing import Drawing, Walk, defined, several
from tests.limits import hostile

if TYPE_CHECKING:
    from asae_engine.feel import FeelValue

#: Money, and what binary numbers get wrong.
_MONEY = st.decimals(-(10**9), 10**9, places=2, allow_nan=False).map(float)
_OFFSETS = st.integers(-14 * 60, 14 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))
_SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**53) + 1, 2**53 - 1),
    _MONEY,
    st.text(st.characters(codec="utf-8", exclude_categories=("Cs", "Cc")), max_size=12),
    st.dates(date(1, 1, 1), date(9999, 12, 31)),
    # Without fractions of seconds: FEEL has none here.
    st.integers(0, 10**10).map(lambda seconds: datetime(1900, 1, 1, tzinfo=UTC) + timedelta(seconds=seconds)),
    st.times(timezones=st.none() | _OFFSETS).map(lambda at: at.replace(microsecond=0, fold=0)),
    st.sampled_from([time(10, 30, tzinfo=ZoneInfo("Europe/Paris")), time(0, 0)]),
    st.builds(Duration, months=st.integers(-1200, 1200)),
    st.builds(Duration, days=st.integers(0, 5000), seconds=st.integers(0, 86_399).map(float)),
)
_NAMES = st.from_regex(r"[a-z_][a-z_0-9]{0,6}", fullmatch=True)
VALUES = st.recursive(
    _SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_NAMES, inner, max_size=3),
    max_leaves=6,
)
AT = 'date and time("2026-07-01T'
TWO_STEPS = defined(
    Drawing()
    .start()
    .user("wait")
    .script("again", "{ again: given, same: again = given }")
    .user("last")
    .end()
    .path("start", "wait", "again", "last", "end")
)


@hostile(60)
@given(value=VALUES)
def test_a_variable_comes_back_from_the_state_and_from_feel_as_what_it_was(value: FeelValue) -> None:
    walk = Walk(TWO_STEPS, variables={"given": value}).do("wait")  # saved and restored at each step
    assert walk.problems == []
    assert walk.instance.variables["given"] == value
    assert walk.instance.variables["again"] == value
    assert type(walk.instance.variables["again"]) is type(value)
    assert bpmn.variables_of(walk.instance.save())["again"] == value
    assert bpmn.from_json(bpmn.to_json({"x": value})) == {"x": value}


@pytest.mark.parametrize(
    ("written", "asked"),
    [
        ('date("2026-03-01")', 'given + duration("P1D") = date("2026-03-02")'),
        ('time("10:00:00+02:00")', 'given = time("10:00:00+02:00")'),
        ('time("10:00:00@Europe/Paris")', "given instance of time"),
        (
            'date and time("2026-07-01T10:00:00@Europe/Paris")',
            'given = date and time("2026-07-01T08:00:00Z")',
        ),
        ('duration("P1Y2M")', 'given = duration("P14M")'),
        (
            'duration("PT36H")',
            'date and time("2026-03-01T00:00:00Z") + given = date and time("2026-03-02T12:00:00Z")',
        ),
        ("0.1 + 0.2", "given = 0.3"),
        (
            '{ rent: 512.40, since: date("2026-01-31"), paid: [null, true] }',
            "given.since.month = 1 and given.paid[2]",
        ),
        ('"2026-03-01"', "given instance of string"),
    ],
)
def test_what_one_step_works_out_another_works_on(written: str, asked: str) -> None:
    drawing = Drawing().start().script("one", f"{{ given: {written} }}").user("wait")
    drawing.script("two", f"{{ told: {asked} }}").user("last").end()
    walk = Walk(defined(drawing.path("start", "one", "wait", "two", "last", "end"))).do("wait")
    assert (walk.problems, walk.instance.variables.get("told")) == ([], True)


def test_the_items_of_several_steps_keep_their_types() -> None:
    loop = several(collection='=[date("2026-03-01"), date("2026-04-01")]', item="on", sequential=True)
    drawing = Drawing().start().user("ask", loop).user("after").end().path("start", "ask", "after", "end")
    walk = Walk(defined(drawing))
    seen = []
    while "ask" in walk.open:
        [task] = walk.instance.user_tasks()
        seen.append(task.variables["on"])
        assert feel.evaluate("on.year", dict(task.variables), now=walk.env.now) == 2026
        walk.do("ask")
    assert seen == [date(2026, 3, 1), date(2026, 4, 1)]
