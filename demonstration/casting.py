"""Who plays which part in a case, and who does a task that opened."""

from __future__ import annotations

from typing import TYPE_CHECKING

from demonstration.accounts import COORDINATOR, with_role

if TYPE_CHECKING:
    from datetime import date

    from demonstration.answers import Story
    from demonstration.journeys import Journey

_COMMITTEE = {"committee_first", "committee_second", "committee_review", "closure_validation"}
_REFERRER = {"referral_retention", "referral_access", "referral_completion", "dwelling_offer"}
_DIAGNOSTIC = {"contact_attempt", "diagnostic", "recommendation"}
_COORDINATION = {"admissibility", "diagnostic_assignment", "worker_change"}


def cast(journey: Journey) -> dict[str, str]:
    """The username of each part, the same at each run."""
    number = journey.number
    landlord = "alogea" if number % 2 else "habitat_audois"
    referrers = (
        with_role("state_officer") if journey.door == "access" else with_role("landlord_worker", landlord)
    )
    workers = with_role("support_worker", journey.operator)
    diagnosing = with_role("diagnostic_worker")
    return {
        "referrer": referrers[number // 2 % len(referrers)].username,
        "diagnostic_worker": diagnosing[number % len(diagnosing)].username,
        "support_worker": workers[number % len(workers)].username,
        "next_worker": workers[(number + 1) % len(workers)].username,
    }


def actor_of(form_key: str, story: Story, day: date) -> str:
    """The username of who answers this form on this day when nobody has the task yet."""
    if form_key in _COMMITTEE:
        members = with_role("committee_member")
        return members[day.month % len(members)].username
    if form_key == "emergency_opinion":
        members = with_role("committee_member")
        return members[(story.journey.number + story.times(form_key)) % len(members)].username
    if form_key in _REFERRER:
        return story.people["referrer"]
    if form_key in _DIAGNOSTIC:
        return story.people["diagnostic_worker"]
    if form_key in _COORDINATION:
        return COORDINATOR
    if form_key == "iml_lease":
        iml = with_role("support_worker", "soliha")
        own = story.people["support_worker"]
        return own if own in {one.username for one in iml} else iml[0].username
    return story.people["support_worker"]
