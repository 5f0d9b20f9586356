"""What is answered from the first contact to the second passage in committee."""

from __future__ import annotations

from typing import TYPE_CHECKING

from asae_engine.calendar import add_working_days, local_date
from demonstration import texts
from demonstration.answers.referral import members
from demonstration.answers.story import LEVERS, SCORES, Answers, Story, day, euros, wall

if TYPE_CHECKING:
    from datetime import datetime


def diagnostic_assignment(story: Story, now: datetime) -> Answers:
    return {"worker": story.people["diagnostic_worker"]}


def contact_attempt(story: Story, now: datetime) -> Answers:
    turn = story.times("contact_attempt")
    results = story.journey.contacts
    result = results[min(turn, len(results) - 1)]
    way = ("phone", "letter", "visit")[min(turn, 2)]
    met = add_working_days(local_date(now), 6)
    return {
        "at": wall(now),
        "way": way,
        "result": result,
        "appointment_at": f"{met}T10:00" if result == "appointment" else None,
        "note": texts.CONTACTS[result],
    }


def _scores(story: Story) -> dict[str, int]:
    """Scores from which the table proposes what the plan has, or near it."""
    if not story.journey.needed:
        low, high = 3, 4
    elif story.journey.level == 1:
        low, high = 2, 3
    else:
        low, high = {"light": (2, 3), "medium": (1, 3), "strong": (0, 2)}[story.journey.intensity]
    return {key: story.chance.randint(low, high) for key in SCORES}


def diagnostic(story: Story, now: datetime) -> Answers:
    chance = story.chance
    story.scores = _scores(story)
    people = len(story.household.members)
    income = round(560 + 240 * (people - 1) + chance.uniform(0, 520), 2)
    rent = euros(chance, 280, 520)
    debts = [{"kind": "rent", "amount": story.arrears, "plan": "no"}] if story.arrears else []
    if chance.random() < 0.4:
        debts.append({"kind": "energy", "amount": euros(chance, 120, 900), "plan": "no"})
    low = story.journey.intensity == "strong"
    return {
        "visit_date": day(now),
        "place": "home" if story.journey.door == "retention" else chance.choice(("home", "agency", "other")),
        "present": ["household"],
        "members": members(story),
        "condition": chance.choice(
            ("good", "worn", "degraded") if not low else ("worn", "degraded", "unfit")
        ),
        "clutter": chance.randint(0, 3) if not low else chance.randint(2, 8),
        "adapted": chance.choice(("yes", "no")),
        "energy_trouble": chance.choice(("yes", "no", "unknown")),
        "surroundings": chance.choice(texts.SURROUNDINGS),
        "incomes": [
            {"kind": chance.choice(("rsa", "aah", "salary", "pension", "unemployment")), "amount": income},
            {"kind": "apl", "amount": euros(chance, 150, 310)},
        ],
        "charges": [
            {"kind": "rent", "amount": rent},
            {"kind": "energy", "amount": euros(chance, 60, 160)},
            {"kind": "phone", "amount": euros(chance, 15, 60)},
            {"kind": "food", "amount": round(130 + 90 * (people - 1) + chance.uniform(0, 60), 2)},
        ],
        "debts": debts,
        "overindebtedness": chance.choice(("none", "none", "possible", "filed")),
        "rights_open": chance.sample(("housing_aid", "health_cover", "c2s", "rsa"), 2),
        "rights_to_open": chance.sample(("c2s", "housing_aid", "energy_help"), 1),
        "papers_valid": chance.choice(("yes", "yes", "no")),
        "digital": chance.choice(("autonomous", "helped", "excluded")),
        "doctor": chance.choice(("yes", "yes", "no")),
        "care_broken": chance.choice(("yes", "no", "no")),
        "mental_health_suffering": "yes" if low and chance.random() < 0.5 else "no",
        "addiction": chance.choice(("no", "no", "unknown", "yes")),
        "disability": chance.choice(("no", "no", "yes")),
        "follow_up": ["gp"],
        "violence": "none",
        "isolation": chance.choice(("none", "relative", "strong")),
        "work": chance.choice(("job", "training", "seeking", "none")),
        **story.scores,
        "strengths": chance.choice(texts.STRENGTHS),
        "difficulties": chance.choice(texts.DIFFICULTIES),
        "household_words": chance.choice(texts.WORDS),
        "wishes": chance.sample(LEVERS, 2),
        "commitment": "hesitates" if "hesitates" in story.journey.proposals else "yes",
    }


def recommendation(story: Story, now: datetime) -> Answers:
    journey = story.journey
    synthesis = story.chance.choice(texts.SYNTHESES_SECOND)
    if not journey.needed:
        return {"needed": False, "differs_because": texts.DIFFERS, "synthesis": texts.NOT_NEEDED}
    return {
        "needed": True,
        "level": journey.level,
        "intensity": journey.intensity,
        "months": _months(journey.intensity),
        "differs_because": texts.DIFFERS,
        "levers": story.chance.sample(LEVERS, 3),
        "synthesis": synthesis,
    }


def _months(intensity: str) -> int:
    return {"light": 6, "medium": 9, "strong": 12}[intensity]


def committee_second(story: Story, now: datetime) -> Answers:
    journey = story.journey
    story.level, story.intensity = journey.level, journey.intensity
    answers: Answers = {"decision": journey.second, "reason": texts.SECOND[journey.second]}
    if journey.second != "decline":
        answers |= {
            "level": journey.level,
            "intensity": journey.intensity,
            "months": _months(journey.intensity),
            "operator": journey.operator,
        }
    return answers
