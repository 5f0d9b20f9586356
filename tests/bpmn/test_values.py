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
    st.sampled_from(
        [
            datetime(2026, 7, 1, 10, 30, tzinfo=ZoneInfo("America/New_York")),
            datetime(2026, 7, 1, 10, 30, tzinfo=ZoneInfo("Etc/UTC")),
            datetime(2026, 7, 1, 10, 30, tzinfo=timezone(timedelta(hours=5, minutes=30))),
        ]
    ),
    st.builds(Duration, months=st.integers(-1200, 1200)),
    st.builds(Duration, days=st.integers(0, 5000), seconds=st.integers(0, 86_399).map(float)),
)
_NAMES = st.from_regex(r"[a-z_][a-z_0-9]{0,6}", fullmatch=True) | st.sampled_from(
    ["@", "v", "__proto__", "7"]
)
#: What only a state or a request to the isolate may say, given as a value from outside.
_FORGED = st.fixed_dictionaries(
    {
        "@": st.sampled_from(
            ["date", "instant", "time", "duration", "mapping", "d", "z", "t", "p", "o", "x"]
        ),
        "v": st.sampled_from(["no day", "2026-03-01", "P1D", "", None, 3, [["a", 1]], [], {"@": "date"}]),
    }
)
VALUES = st.recursive(
    _SCALARS | _FORGED,
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
    assert walk.instance.variables["same"] in (True, None)  # a time and one without a zone are not compared
    assert bpmn.variables_of(walk.instance.save())["again"] == value
    assert _written(bpmn.variables_of(walk.instance.save())["again"]) == _written(value)
    assert bpmn.from_json(bpmn.to_json({"x": value})) == {"x": value}


def _written(value: FeelValue) -> FeelValue:
    """A value as FEEL writes it, its zone or offset with it."""
    return feel.evaluate("[string(x), x]", {"x": value}, now=datetime(2026, 3, 1, tzinfo=UTC))


def test_a_script_cannot_make_a_state_that_is_not_read_again() -> None:
    forged = [
        '{"@": "date", v: "no day"}',
        '{"@": "x"}',
        '[{"@": "mapping", v: 1}]',
        '{a: {"@": "duration"}}',
    ]
    for written in forged:
        drawing = Drawing().start().script("one", f"{{ given: {written} }}").user("wait").end()
        walk = Walk(defined(drawing.path("start", "one", "wait", "end")))
        meant = feel.evaluate(written, {}, now=walk.env.now)
        assert bpmn.variables_of(walk.instance.save())["given"] == meant
        walk.do("wait")
        assert (walk.problems, walk.instance.variables["given"]) == ([], meant)


def test_a_variable_that_nests_deeper_at_each_step_stops_with_a_sentence() -> None:
    """And not later, where the state is saved or read."""
    drawing = Drawing().start().xor("again").script("grow", '{ a: { on: [@"2026-03-01", a] } }').user("wait")
    drawing.xor("more", default="out").end()
    drawing.path("start", "again", "grow", "wait", "more").flow("more", "again", "=true")
    walk = Walk(defined(drawing.flow("more", "end", id_="out")))
    for _ in range(60):
        if "wait" not in walk.open:
            break
        walk.do("wait")
    assert [one.message for one in walk.instance.errors()] == [
        "L’expression s’appelle elle-même sans fin ou est imbriquée trop profondément."
    ]
    assert bpmn.Instance.restore(walk.definitions, walk.instance.save()).errors()


def test_what_an_older_release_took_for_a_day_and_is_none_is_read_as_a_mapping() -> None:
    """Such a state could not be read: its case had come to an end that nobody could mend."""
    walk = Walk(TWO_STEPS, variables={"given": 1})
    poisoned = walk.instance.save().replace(b'"given":1', b'"given":{"@":"date","v":"no day"}')
    instance = bpmn.Instance.restore(TWO_STEPS, poisoned)
    assert instance.variables["given"] == {"@": "date", "v": "no day"}
    assert bpmn.variables_of(instance.save()) == instance.variables


def test_values_that_an_older_release_tagged_are_read_as_they_were() -> None:
    walk = Walk(TWO_STEPS, variables={"given": 1})
    older = (
        '"given":[{"@":"instant","v":"2026-03-01T08:00:00+00:00"},{"@":"date","v":"2026-03-01"},'
        '{"@":"time","v":"10:30:00@Europe/Paris"},{"@":"duration","v":"-P1Y2M"},{"@":"x","v":1}]'
    )
    blob = walk.instance.save().replace(b'"given":1', older.encode())
    assert bpmn.variables_of(blob)["given"] == [
        datetime(2026, 3, 1, 8, tzinfo=UTC),
        date(2026, 3, 1),
        time(10, 30, tzinfo=ZoneInfo("Europe/Paris")),
        Duration(months=-14),
        {"@": "x", "v": 1},
    ]


def test_half_a_character_leaves_a_state_readable() -> None:
    walk = Walk(TWO_STEPS, variables={"given": "\ud800"})
    assert bpmn.variables_of(walk.instance.save()) == {"given": "\ud800"}


@pytest.mark.parametrize(
    ("written", "asked"),
    [
        ('date("2026-03-01")', 'given + duration("P1D") = date("2026-03-02")'),
        ('time("10:00:00+02:00")', 'given = time("10:00:00+02:00")'),
        ('time("10:00:00@Europe/Paris")', "given instance of time"),
        ('date and time("2026-07-01T10:00:00Z")', "given.hour = 10"),
        (
            'date and time("2026-07-01T10:00:00@America/New_York")',
            'string(given + duration("P1D")) = "2026-07-02T10:00:00@America/New_York"',
        ),
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
