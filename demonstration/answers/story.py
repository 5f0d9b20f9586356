"""A story: a journey as far as it was lived, which its next answers depend on."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING

from asae_engine.calendar import ZONE, is_working_day, local_date

if TYPE_CHECKING:
    from datetime import date, datetime
    from random import Random

    from demonstration.households import Household
    from demonstration.journeys import Journey

Answers = dict[str, object]

SCORES = (
    "s_home",
    "s_budget",
    "s_admin",
    "s_health",
    "s_daily",
    "s_family",
    "s_network",
    "s_work",
    "s_rights",
)
LEVERS = ("l_living", "l_home", "l_daily", "l_rights", "l_agency", "l_links")


@dataclass(slots=True)
class Story:
    """A journey as far as it was lived: what its next answers depend on."""

    journey: Journey
    household: Household
    chance: Random
    #: Username of each part that someone plays in this case.
    people: dict[str, str]
    #: How often each form was answered.
    told: dict[str, int] = field(default_factory=dict)
    scores: dict[str, int] = field(default_factory=dict)
    level: int = 2
    intensity: str = "medium"
    lap: int = 0
    arrears: float = 0.0
    goals: list[str] = field(default_factory=list)
    started_on: date | None = None
    #: When a dwelling will be found; the monthly contacts wait for it.
    dwelling_on: date | None = None
    back_on: date | None = None
    stopping: bool = False

    def times(self, form: str) -> int:
        return self.told.get(form, 0)

    @property
    def next_lap(self) -> str:
        return self.journey.laps[min(self.lap, len(self.journey.laps) - 1)]


def next_sitting(when: datetime) -> str:
    """The committee where a file of this day is put: second Thursday of a month, five days ahead at least."""
    today = local_date(when)
    first = today.replace(day=1)
    while True:
        sitting = first + timedelta(days=(3 - first.weekday()) % 7 + 7)
        while not is_working_day(sitting):
            sitting += timedelta(days=1)
        if sitting >= today + timedelta(days=5):
            return sitting.isoformat()
        first = (first + timedelta(days=32)).replace(day=1)


def day(when: datetime) -> str:
    return local_date(when).isoformat()


def wall(when: datetime) -> str:
    return when.astimezone(ZONE).strftime("%Y-%m-%dT%H:%M")


def euros(chance: Random, low: int, high: int) -> float:
    return round(chance.uniform(low, high), 2)
