"""What is answered when a support ends, and six months later."""

from __future__ import annotations

from typing import TYPE_CHECKING

from demonstration import texts
from demonstration.answers.story import LEVERS, SCORES, Answers, Story, day

if TYPE_CHECKING:
    from datetime import datetime


def closure(story: Story, now: datetime) -> Answers:
    chance = story.chance
    journey = story.journey
    answers: Answers = {
        "end_date": day(now),
        "reason": journey.reason,
        "exit_housing": journey.exit_housing,
        "levers_worked": chance.sample(LEVERS, 2),
        "household_words": chance.choice(texts.FAREWELLS) if journey.reason != "death" else None,
        "handover_to": chance.sample(("cms", "ccas", "landlord"), 1),
        "summary": texts.SUMMARIES[journey.reason],
    }
    if journey.door == "retention":
        story.arrears = round(story.arrears * (0.2 if journey.reason == "goals_reached" else 0.8), 2)
        answers["arrears_exit"] = story.arrears
    if journey.reason in ("goals_reached", "common_law", "duration_ended"):
        answers |= {key: min(4, story.scores.get(key, 2) + chance.randint(0, 1)) for key in SCORES}
    return answers


def closure_validation(story: Story, now: datetime) -> Answers:
    return {"decision": "validate"}


def follow_up(story: Story, now: datetime) -> Answers:
    chance = story.chance
    if not story.journey.reached:
        return {"reached": False, "wants_return": False, "note": texts.NOT_REACHED}
    return {
        "reached": True,
        "housing": story.journey.exit_housing,
        "arrears": chance.choice(("no", "no", "yes")),
        "rights": chance.choice(("yes", "yes", "unknown")),
        "wants_return": False,
        "note": chance.choice(texts.NEWS),
    }
