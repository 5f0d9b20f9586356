"""The clock: aware, in UTC, and turned by hand in tests and simulations."""

from datetime import UTC, datetime, timedelta, timezone

import pytest

from asae_engine.clock import SystemClock, TurnedClock, as_utc


def test_the_system_clock_tells_an_aware_instant_in_utc() -> None:
    assert SystemClock().now().tzinfo is UTC


def test_a_turned_clock_stands_still_until_it_is_turned() -> None:
    clock = TurnedClock(datetime(2026, 3, 1, 12, tzinfo=timezone(timedelta(hours=1))))
    assert clock.now() == clock.now() == datetime(2026, 3, 1, 11, tzinfo=UTC)
    assert clock.now().tzinfo is UTC
    assert clock.advance(timedelta(hours=2)) == clock.now() == datetime(2026, 3, 1, 13, tzinfo=UTC)
    assert clock.turn(datetime(2027, 1, 1, tzinfo=UTC)) == clock.now()


def test_a_turned_clock_does_not_go_back() -> None:
    clock = TurnedClock(datetime(2026, 3, 1, tzinfo=UTC))
    with pytest.raises(ValueError, match="cannot go back"):
        clock.turn(datetime(2026, 2, 28, tzinfo=UTC))
    assert clock.now() == datetime(2026, 3, 1, tzinfo=UTC)


def test_a_naive_instant_is_refused() -> None:
    with pytest.raises(ValueError, match="zone"):
        as_utc(datetime(2026, 3, 1))  # noqa: DTZ001 - the naive instant is what the test is about
