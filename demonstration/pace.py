"""How long people take: when a task that opened will be done."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING

from asae_engine.calendar import ZONE, add_working_days, is_working_day, local_date

if TYPE_CHECKING:
    from random import Random

    from asae_engine.model import Task
    from demonstration.answers import Story

#: Working days from a task's opening to its end: fewest and most.
WORKING_DAYS = {
    "admissibility": (1, 2),
    "referral_completion": (2, 5),
    "emergency_opinion": (1, 1),
    "diagnostic_assignment": (1, 1),
    "contact_attempt": (2, 3),
    "diagnostic": (5, 9),
    "recommendation": (1, 2),
    "engagement": (3, 6),
    "iml_lease": (2, 5),
    "pause": (1, 3),
    "closure": (2, 5),
    "visit_note": (3, 8),
    "follow_up": (4, 11),
}
_COMMITTEE = {"committee_first", "committee_second", "committee_review", "closure_validation"}
#: Days before a task that comes back each month.
_MONTHLY = {"dwelling_wait": (21, 26), "pause_check": (21, 26)}


def moment(day: date, chance: Random) -> datetime:
    """An instant of a working day, by office hours in Paris."""
    while not is_working_day(day):
        day += timedelta(days=1)
    return datetime.combine(day, time(chance.randint(9, 16), chance.randrange(0, 60, 5)), ZONE).astimezone(
        UTC
    )


def done_at(task: Task, story: Story, now: datetime) -> datetime | None:
    """When the task will be done; none: it is left as it is, as the journey's plan says."""
    chance = story.chance
    key = task.form_key or ""
    today = local_date(now)
    if _left(key, story):
        return None
    held = [day for form, day in story.journey.holds if form == key]
    if held and held[0] > today:
        return moment(held[0], chance)
    if key in _COMMITTEE:
        sitting = local_date(task.due_at) if task.due_at is not None else add_working_days(today, 5)
        when = datetime.combine(sitting, time(14, chance.randrange(0, 60, 2)), ZONE).astimezone(UTC)
        return when if when > now else moment(add_working_days(today, 1), chance)
    if key == "reassessment":
        due = local_date(task.due_at) if task.due_at is not None else today + timedelta(days=90)
        return moment(max(today + timedelta(days=1), due - timedelta(days=chance.randint(13, 22))), chance)
    if key == "dwelling_offer":
        found = story.dwelling_on or today + timedelta(days=30)
        return moment(max(today + timedelta(days=1), found), chance)
    if key == "resume":
        return moment(max(today + timedelta(days=1), story.back_on or today), chance)
    if key in _MONTHLY:
        return moment(today + timedelta(days=chance.randint(*_MONTHLY[key])), chance)
    return moment(add_working_days(today, chance.randint(*WORKING_DAYS.get(key, (2, 5)))), chance)


def _left(key: str, story: Story) -> bool:
    journey = story.journey
    if journey.left_at != key:
        return False
    if key == "contact_attempt":
        return story.times(key) >= len(journey.contacts) - 1
    if key == "engagement":
        return story.times(key) >= len(journey.proposals) - 1
    # One of the two opinions is given.
    return key != "emergency_opinion" or story.times("emergency_expected") > 1
