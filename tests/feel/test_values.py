"""What goes into FEEL and what comes out of it."""

import re
from datetime import UTC, date, datetime, time, timedelta, timezone
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from asae_engine import feel
from asae_engine.calendar import ZONE, Duration, add_working_days, working_days_between

NOW = datetime(2026, 3, 1, 23, 30, tzinfo=UTC)  # already 2 March in Paris


def _offset(quarters: int) -> timezone:
    return timezone(timedelta(minutes=15 * quarters))


days = st.dates(date(2000, 1, 1), date(2080, 12, 31))
# hypothesis takes naive bounds; the zone is put on what it gives.
earliest, latest = datetime(1990, 1, 1), datetime(2080, 1, 1)  # noqa: DTZ001 - see above
instants = st.datetimes(earliest, latest).map(lambda wall: wall.replace(tzinfo=UTC))
texts = st.text(max_size=20)
scalars = (
    st.none()
    | st.booleans()
    | st.integers(-(2**53) + 1, 2**53 - 1)
    | st.floats(-1e12, 1e12).map(lambda number: round(number, 2))
    | texts
    | days
    | instants
    | st.times(timezones=st.none() | st.integers(-14 * 4, 14 * 4).map(_offset))
    | st.builds(Duration, months=st.integers(1, 500))
    | st.builds(Duration, days=st.integers(1, 500), seconds=st.integers(0, 86_399))
)
keys = st.text(min_size=1, max_size=12).filter(lambda key: key != "__proto__")
values = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(keys, inner, max_size=4)
)


def value(expression: str, **context: object) -> feel.FeelValue:
    return feel.evaluate(expression, context, now=NOW)


@settings(deadline=None, max_examples=150)
@given(values)
def test_a_value_that_only_passes_through_is_unchanged(given_value: object) -> None:
    assert value("x", x=given_value) == given_value
    assert value("{kept: [x]}", x=given_value) == {"kept": [given_value]}


def test_numbers_without_a_fraction_are_integers_and_others_lose_their_noise() -> None:
    assert value("1.0 + 1") == 2
    assert isinstance(value("4 / 2"), int)
    assert value("0.1 + 0.2") == 0.3
    assert value("x * 3", x=Decimal("0.10")) == 0.3


def test_durations_come_back_with_their_civil_parts() -> None:
    assert value('duration("P1Y2M")') == Duration(months=14)
    assert value('duration("P2DT3H")') == Duration(days=2, seconds=10_800)
    assert value("d + p", d=date(2026, 1, 31), p=Duration(months=1)) == date(2026, 2, 28)
    assert value("d + p", d=date(2026, 1, 31), p=timedelta(days=1)) == date(2026, 2, 1)
    assert value("t", t=time(8, 30)) == time(8, 30)


def test_today_and_now_tell_the_given_instant_in_paris() -> None:
    assert value("today()") == date(2026, 3, 2)
    assert value("now()") == NOW
    assert value("date(now())") == date(2026, 3, 2)
    assert value("x <= now()", x=NOW) is True
    assert value("x.hour", x=NOW) == 0


def test_instants_keep_their_place_through_the_change_of_hour() -> None:
    first, second = (datetime(2026, 10, 25, hour, 30, tzinfo=UTC) for hour in (0, 1))  # both 2:30 on the wall
    assert value("[a, b, a < b]", a=first, b=second) == [first, second, True]
    spring = datetime(2026, 3, 28, 8, 0, tzinfo=ZONE)
    assert value('x + duration("P1D")', x=spring) == datetime(2026, 3, 29, 8, 0, tzinfo=ZONE)


@settings(deadline=None, max_examples=80)
@given(days, st.integers(-40, 40))
def test_working_days_agree_with_the_calendar(day: date, n: int) -> None:
    found = add_working_days(day, n)
    assert value("[working days(d, n), working days between(d, e)]", d=day, n=n, e=found) == [
        found,
        working_days_between(day, found),
    ]


@pytest.mark.parametrize(
    ("born", "age"),
    [(date(2008, 3, 2), 18), (date(2008, 3, 3), 17), (date(2004, 2, 29), 22), (None, None)],
)
def test_age_counts_completed_years_in_paris(born: date | None, age: int | None) -> None:
    assert value("age(born)", born=born) == age


def test_names_may_bear_accents_and_spaces() -> None:
    assert value("prénom + nom d'usage", **{"prénom": "Zoé", "nom d'usage": " É."}) == "Zoé É."
    assert value("monthly income * 2", **{"monthly income": 500}) == 1000


def test_a_leading_equals_sign_is_dropped() -> None:
    assert value("= 1 + 1") == 2


@pytest.mark.parametrize(
    "bad", [float("nan"), float("inf"), 2**60, object(), {"a": [b"bytes-\xff" and object()]}]
)
def test_a_value_that_feel_has_no_type_for_is_refused_without_being_shown(bad: object) -> None:
    with pytest.raises(feel.FeelError) as caught:
        value("x", x=bad)
    assert "0x" not in caught.value.message_fr
    assert not re.search("object|bytes", caught.value.message_fr)
    assert caught.value.message_fr.endswith(".")


def test_data_nested_without_end_is_refused() -> None:
    deep: dict[str, object] = {}
    for _ in range(5_000):
        deep = {"a": deep}
    with pytest.raises(feel.FeelError, match="profondément"):
        value("x", x=deep)
