"""Timers: when an armed one is due, and when a repeated one is due again.

Our own event definition in place of the library's, which reads the machine's clock, counts a day as 24
hours and evaluates Python. Here the clock is the one that the call brings, days are civil days in
Europe/Paris (`asae_engine.calendar`), and expressions are ISO 8601 text or FEEL beginning with `=`.

A repetition that was missed (nobody asked for a week) is not made up for: the timer fires once for all the
occurrences that passed, they count as used, and the next one stays on the timer's own grid. The grid is
counted from its start, so a monthly timer armed on the 31st comes back to the 31st.
"""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Literal, NamedTuple

from SpiffWorkflow.bpmn.specs.event_definitions.timer import TimerEventDefinition

from asae_engine.bpmn.errors import StepFailed
from asae_engine.calendar import ZONE, Duration, add_duration, parse_duration, start_of_day

if TYPE_CHECKING:
    from collections.abc import Callable

TimerKind = Literal["timeDate", "timeDuration", "timeCycle"]

_CYCLE = re.compile(r"R(?P<times>\d{0,6})/(?:(?P<start>[^/P][^/]*)/)?(?P<period>P[^/]+)")


class Cycle(NamedTuple):
    """A repetition: occurrence number n lies n periods after `start`, up to number `last` (none: without
    end).
    """

    last: int | None
    start: datetime
    period: Duration

    def occurrence(self, number: int) -> datetime:
        """The instant of an occurrence; number 0 is the start itself."""
        length = Duration(
            self.period.months * number, self.period.days * number, self.period.seconds * number
        )
        return add_duration(self.start, length)

    def first_after(self, instant: datetime, number: int) -> int | None:
        """Number of the first occurrence after `instant`, from `number` on; none when none is left."""
        mean = (self.period.months * 30.436875 + self.period.days) * 86_400 + self.period.seconds
        # Near enough to leave a few steps to count, however long the silence was.
        number = max(number, int((instant - self.start).total_seconds() / mean) - 3)
        while self.occurrence(number) <= instant:
            number += 1
        return None if self.last is not None and number > self.last else number


class Armed(NamedTuple):
    """A timer that runs: when it is due next, and which occurrence that is when it repeats."""

    due: datetime
    cycle: Cycle | None = None
    number: int = 1

    def next(self, now: datetime) -> Armed | None:
        """What is armed after it has fired at `now`; none when it is spent."""
        if self.cycle is None:
            return None
        try:
            number = self.cycle.first_after(now, self.number + 1)
            return None if number is None else Armed(self.cycle.occurrence(number), self.cycle, number)
        except ValueError:  # beyond the year 9999
            return None

    def as_json(self) -> list[object]:
        """The compact form kept in the state."""
        if self.cycle is None:
            return [self.due.isoformat()]
        last, start, period = self.cycle
        return [self.due.isoformat(), last, start.isoformat(), period.isoformat(), self.number]

    @staticmethod
    def from_json(saved: list[object]) -> Armed:
        """The timer of a saved state."""
        due = datetime.fromisoformat(str(saved[0]))
        if len(saved) == 1:
            return Armed(due)
        last = None if saved[1] is None else int(str(saved[1]))
        cycle = Cycle(last, datetime.fromisoformat(str(saved[2])), parse_duration(str(saved[3])))
        return Armed(due, cycle, int(str(saved[4])))


class Timer(TimerEventDefinition):  # type: ignore[misc]  # the library ships no types
    """The timer of a diagram: which of the three sorts, and its expression as written."""

    def __init__(
        self, name: str, expression: str, kind: TimerKind = "timeDuration", **kwargs: object
    ) -> None:
        super().__init__(name, expression, **kwargs)
        self.kind: TimerKind = kind

    def arm(self, evaluate: Callable[[str], object], now: datetime) -> Armed | None:
        """Start the timer; none when its FEEL expression is null. Raises `StepFailed` when it makes no
        sense.
        """
        text = str(self.expression).strip()
        value = evaluate(text[1:]) if text.startswith("=") else text
        if value is None:
            return None
        try:
            return armed_at(value, self.kind, now)
        except ValueError as error:
            raise StepFailed(f"L’échéance « {self.name} » ne se lit pas : {error}") from None


def armed_at(value: object, kind: TimerKind, now: datetime) -> Armed:
    """The timer that a value starts at `now`; raises `ValueError`, in French, when the value is not a
    time.
    """
    if kind == "timeCycle":
        return _cycle(value, now)
    if isinstance(value, str):
        value = parse_duration(value) if value.startswith(("P", "-P")) else _instant(value)
    if isinstance(value, Duration):
        return Armed(add_duration(now, value))
    if isinstance(value, timedelta):
        return Armed(now.astimezone(UTC) + value)
    return Armed(_to_utc(value))


def _cycle(value: object, now: datetime) -> Armed:
    if isinstance(value, str) and (match := _CYCLE.fullmatch(value.strip())) is not None:
        times = int(match["times"]) if match["times"] else None
        period = parse_duration(match["period"])
        start = _instant(match["start"]) if match["start"] else None
    elif isinstance(value, str) and value.startswith("P"):
        times, period, start = None, parse_duration(value), None
    elif isinstance(value, Duration | timedelta):
        period = value if isinstance(value, Duration) else Duration(seconds=value.total_seconds())
        times, start = None, None
    else:
        raise ValueError("un cycle s’écrit R/P1M (sans fin) ou R3/P7D (trois fois).")
    origin = now.astimezone(UTC)
    if add_duration(origin, period) <= origin:
        raise ValueError("la période d’un cycle doit être positive.")
    if times == 0:
        raise ValueError("un cycle se répète au moins une fois.")
    if start is not None:  # the start is itself the first occurrence
        return Armed(start, Cycle(None if times is None else times - 1, start, period), 0)
    cycle = Cycle(times, origin, period)
    return Armed(cycle.occurrence(1), cycle, 1)


def _instant(text: str) -> datetime:
    """ISO text as an instant: a date is the start of that day, a local time is one of Europe/Paris."""
    cleaned = text.strip()
    try:
        if re.fullmatch(r"\d{4}-\d\d-\d\d", cleaned):
            return start_of_day(date.fromisoformat(cleaned))
        return _to_utc(datetime.fromisoformat(cleaned))
    except ValueError:
        raise ValueError(f"« {cleaned[:40]} » n’est ni une date ni une durée ISO 8601.") from None


def _to_utc(value: object) -> datetime:
    if isinstance(value, datetime):
        return (value if value.tzinfo else value.replace(tzinfo=ZONE)).astimezone(UTC)
    if isinstance(value, date):
        return start_of_day(value)
    raise ValueError("une date, une date et heure ou une durée est attendue.")
