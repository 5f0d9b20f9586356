"""The calendar: working days, civil durations and the changes of hour."""

from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from asae_engine.calendar import (
    ZONE,
    Duration,
    add_duration,
    add_months,
    add_working_days,
    at_time,
    end_of_day,
    holiday_texts,
    is_working_day,
    local_date,
    parse_duration,
    start_of_day,
    working_days_between,
)

days = st.dates(date(2015, 1, 1), date(2040, 12, 31))

#: Written by hand from a printed calendar, so that the library is not its own witness.
HOLIDAYS_2026 = {
    (1, 1),
    (4, 6),
    (5, 1),
    (5, 8),
    (5, 14),
    (5, 25),
    (7, 14),
    (8, 15),
    (11, 1),
    (11, 11),
    (12, 25),
}


def naive_working_day(day: date) -> bool:
    return day.strftime("%u") not in "67" and day.isoformat() not in set(holiday_texts())


def test_the_public_holidays_of_2026_are_those_of_the_labour_code() -> None:
    found = {(int(text[5:7]), int(text[8:10])) for text in holiday_texts() if text.startswith("2026")}
    assert found == HOLIDAYS_2026
    assert not is_working_day(date(2026, 5, 14))
    assert is_working_day(date(2026, 5, 15))
    assert not is_working_day(date(2026, 5, 16))


def test_working_days_skip_weekends_and_holidays() -> None:
    assert add_working_days(date(2026, 4, 30), 1) == date(2026, 5, 4)  # 1 May is a Friday
    assert add_working_days(date(2026, 5, 2), 1) == date(2026, 5, 4)  # from a Saturday
    assert add_working_days(date(2026, 5, 4), -1) == date(2026, 4, 30)
    assert add_working_days(date(2026, 5, 2), 0) == date(2026, 5, 2)


@settings(deadline=None)
@given(days, st.integers(-60, 60))
def test_adding_working_days_agrees_with_counting_them_one_by_one(day: date, n: int) -> None:
    found = add_working_days(day, n)
    step = 1 if n > 0 else -1
    between = [day + timedelta(days=step * k) for k in range(1, abs((found - day).days) + 1)]
    assert sum(naive_working_day(d) for d in between) == abs(n)
    assert n == 0 or naive_working_day(found)
    assert working_days_between(day, found) == n


@settings(deadline=None)
@given(days, days)
def test_working_days_between_two_dates_is_additive(start: date, end: date) -> None:
    middle = start + (end - start) // 2
    assert working_days_between(start, middle) + working_days_between(middle, end) == working_days_between(
        start, end
    )


def test_an_absurd_number_of_working_days_is_refused_at_once() -> None:
    with pytest.raises(ValueError, match="jours ouvrés"):
        add_working_days(date(2026, 1, 1), 10**9)


@pytest.mark.parametrize(
    ("text", "duration"),
    [
        ("P30D", Duration(days=30)),
        ("P1Y2M", Duration(months=14)),
        ("P2W", Duration(days=14)),
        ("PT36H", Duration(seconds=129_600)),
        ("-P3D", Duration(days=-3)),
        ("P1M2DT3H4M5.5S", Duration(1, 2, 11_045.5)),
        (" PT0S ", Duration()),
    ],
)
def test_iso_durations_are_read(text: str, duration: Duration) -> None:
    assert parse_duration(text) == duration


@pytest.mark.parametrize(
    "text",
    ["", "P", "PT", "P1", "1D", "P1DT", "P-1D", "P1.5D", "P٣D", "30", "P1D; DROP", "P" + "9" * 400 + "D"],
)
def test_what_is_no_duration_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="durée"):
        parse_duration(text)


@settings(deadline=None)
@given(st.integers(0, 500), st.integers(0, 9999), st.integers(0, 10**6), st.booleans())
def test_a_duration_written_and_read_again_is_the_same(
    months: int, days: int, seconds: int, negative: bool
) -> None:
    sign = -1 if negative else 1
    duration = Duration(sign * months, sign * days, sign * seconds)
    assert parse_duration(duration.isoformat()) == duration


def test_a_day_keeps_the_hour_on_the_wall_across_a_change_of_hour() -> None:
    before = datetime(2026, 3, 28, 8, 0, tzinfo=ZONE)  # the night of the 28th to the 29th is an hour short
    assert add_duration(before, "P1D") == datetime(2026, 3, 29, 8, 0, tzinfo=ZONE)
    assert add_duration(before, "P1D") - before.astimezone(UTC) == timedelta(hours=23)
    assert add_duration(before, "PT24H") - before.astimezone(UTC) == timedelta(hours=24)
    autumn = datetime(2026, 10, 24, 8, 0, tzinfo=ZONE)
    assert add_duration(autumn, "P1D") - autumn.astimezone(UTC) == timedelta(hours=25)


def test_an_hour_that_the_change_of_hour_skips_becomes_the_next_one() -> None:
    moved = add_duration(datetime(2026, 3, 28, 2, 30, tzinfo=ZONE), "P1D")
    assert moved.astimezone(ZONE).replace(tzinfo=None) == datetime(2026, 3, 29, 3, 30)  # noqa: DTZ001 - a wall clock


def test_months_end_where_the_month_ends() -> None:
    assert add_months(date(2026, 1, 31), 1) == date(2026, 2, 28)
    assert add_months(date(2028, 1, 31), 1) == date(2028, 2, 29)
    assert add_months(date(2028, 2, 29), 12) == date(2029, 2, 28)
    assert add_months(date(2026, 3, 31), -1) == date(2026, 2, 28)
    assert local_date(add_duration(start_of_day(date(2026, 8, 31)), "P6M")) == date(2027, 2, 28)


def test_a_duration_beyond_the_calendar_is_refused() -> None:
    for text in ("P9999Y", "P9999999D", "PT999999999H", "-P3000Y"):
        with pytest.raises(ValueError, match="calendrier"):
            add_duration(datetime(2026, 1, 1, tzinfo=UTC), text)


@settings(deadline=None)
@given(days)
def test_a_day_begins_and_ends_on_itself(day: date) -> None:
    assert local_date(start_of_day(day)) == local_date(end_of_day(day)) == day
    assert end_of_day(day) < start_of_day(day + timedelta(days=1))
    assert end_of_day(day).tzinfo is UTC
    assert at_time(day, time(12)).astimezone(ZONE).hour == 12
