"""The time: the only place that asks the machine what time it is.

Commands and jobs receive an instant; who starts them (a page, the scheduler, a simulation) asks one `Clock`.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Protocol


class Clock(Protocol):
    """Tells the present instant."""

    def now(self) -> datetime:
        """The present instant, aware, in UTC."""
        ...


class SystemClock:
    """The machine's own clock."""

    def now(self) -> datetime:
        """The present instant, aware, in UTC."""
        return datetime.now(UTC)


class TurnedClock:
    """A clock that stands still until someone turns it: tests and simulations live through time with it."""

    def __init__(self, now: datetime) -> None:
        self._now = as_utc(now)

    def now(self) -> datetime:
        """The instant that the clock was last turned to, in UTC."""
        return self._now

    def turn(self, to: datetime) -> datetime:
        """Turn the clock to an instant. Time does not run backwards: an earlier one raises `ValueError`."""
        instant = as_utc(to)
        if instant < self._now:
            raise ValueError(
                f"The clock stands at {self._now.isoformat()} and cannot go back to {instant.isoformat()}."
            )
        self._now = instant
        return instant

    def advance(self, delta: timedelta) -> datetime:
        """Turn the clock forward by a duration of exact seconds."""
        return self.turn(self._now + delta)


def as_utc(instant: datetime) -> datetime:
    """The same instant in UTC. A naive one raises `ValueError`: nobody can know which zone it meant."""
    if instant.tzinfo is None:
        raise ValueError("An instant must carry its time zone.")
    return instant.astimezone(UTC)
