"""What is answered while a household is supported, and along the way."""

from __future__ import annotations

from datetime import datetime, timedelta

from asae_engine.calendar import add_working_days, local_date
from demonstration import texts
from demonstration.answers.story import LEVERS, SCORES, Answers, Story, day, euros, wall


def engagement(story: Story, now: datetime) -> Answers:
    proposals = story.journey.proposals
    answer = proposals[min(story.times("engagement"), len(proposals) - 1)]
    if story.started_on is not None:
        answer = "signs"
    answers: Answers = {"proposal_date": day(now), "answer": answer, "worker": story.people["support_worker"]}
    if answer != "signs":
        return answers
    start = add_working_days(local_date(now), 1)
    story.started_on = story.started_on or start
    story.goals = story.chance.sample(texts.GOALS, 2)
    levers = story.chance.sample(LEVERS, 2)
    answers |= {
        "goals": [
            {"goal": goal, "lever": lever, "by": (start + timedelta(days=180)).isoformat()}
            for goal, lever in zip(story.goals, levers, strict=True)
        ],
        "frequency": {"light": "two_a_month", "medium": "one_a_week", "strong": "two_a_week"}[
            story.intensity
        ],
        "start_date": start.isoformat(),
        "household_goal": story.chance.choice(texts.WORDS),
    }
    return answers


def dwelling_wait(story: Story, now: datetime) -> Answers:
    return {
        "contact_date": day(now),
        "searches": story.chance.choice(texts.SEARCHES),
        "still_wishes": True,
        "mood": story.chance.choice(("good", "tired", "tired")),
        "next": "wait",
    }


def dwelling_offer(story: Story, now: datetime) -> Answers:
    return {
        "address": f"{story.chance.randint(1, 60)} résidence Les Tamaris, {story.household.town}",
        "type": f"T{min(5, 1 + len(story.household.members))}",
        "rent": euros(story.chance, 280, 520),
        "charges": euros(story.chance, 30, 90),
        "available_from": day(now),
        "visit_date": day(now),
        "answer": "accepted",
    }


def iml_lease(story: Story, now: datetime) -> Answers:
    start = local_date(now)
    return {
        "start": start.isoformat(),
        "months": 12,
        "rent": euros(story.chance, 320, 520),
        "deposit": euros(story.chance, 320, 520),
        "sliding_planned": True,
        "sliding_date": (start + timedelta(days=330)).isoformat(),
    }


def visit_note(story: Story, now: datetime) -> Answers:
    chance = story.chance
    return {
        "at": wall(now - timedelta(hours=1)),
        "way": chance.choice(("home", "home", "home", "office", "phone", "accompaniment")),
        "minutes": chance.choice((30, 45, 60, 75, 90)),
        "present": ["household"],
        "levers": chance.sample(LEVERS, chance.randint(1, 2)),
        "done": chance.choice(texts.VISITS),
        "agreed": chance.choice(texts.AGREED),
        "alert": False,
    }


def reassessment(story: Story, now: datetime) -> Answers:
    chance = story.chance
    for key in chance.sample(SCORES, 3):
        story.scores[key] = min(4, story.scores.get(key, 1) + 1)
    story.arrears = round(max(0.0, story.arrears * chance.uniform(0.5, 0.85)), 2)
    coming = "end" if story.stopping else story.next_lap
    answers: Answers = {
        **{key: story.scores.get(key, 2) for key in SCORES},
        "levers_worked": chance.sample(LEVERS, 2),
        "goals_state": [
            {"goal": goal, "state": chance.choice(("reached", "on_way", "on_way", "blocked"))}
            for goal in story.goals or texts.GOALS[:1]
        ],
        "arrears_now": story.arrears if story.journey.door == "retention" else None,
        "household_words": chance.choice(texts.WORDS),
        "proposal": coming,
        "why": texts.LAPS[coming],
        "synthesis": chance.choice(texts.SYNTHESES_LAP),
    }
    if coming in ("up", "down"):
        answers |= {"level": story.level, "intensity": _changed(story.intensity, coming)}
    return answers


def _changed(intensity: str, way: str) -> str:
    steps = ("light", "medium", "strong")
    place = steps.index(intensity) + (1 if way == "up" else -1)
    return steps[max(0, min(2, place))]


def committee_review(story: Story, now: datetime) -> Answers:
    coming = story.next_lap
    decision = "change" if coming in ("up", "down") else coming
    answers: Answers = {"decision": decision, "reason": texts.LAPS[coming]}
    if decision == "change":
        story.intensity = _changed(story.intensity, coming)
        answers |= {"level": story.level, "intensity": story.intensity, "months": 6}
    story.lap += 1
    return answers


def pause(story: Story, now: datetime) -> Answers:
    away = story.journey.away or story.chance.randint(20, 30)
    story.back_on = add_working_days(local_date(now), away)
    return {
        "reason": story.chance.choice(("hospital", "hospital", "absence", "family", "prison")),
        "from": day(now),
        "until": None if story.journey.open_pause else story.back_on.isoformat(),
        "contact_kept": "monthly",
    }


def pause_check(story: Story, now: datetime) -> Answers:
    return {"contact_date": day(now), "next": "wait", "note": texts.PAUSED}


def resume(story: Story, now: datetime) -> Answers:
    return {"on": day(now), "same_terms": True}


def worker_change(story: Story, now: datetime) -> Answers:
    return {
        "from": story.people["support_worker"],
        "to": story.people["next_worker"],
        "on": day(now),
        "handover": texts.HANDOVER,
        "household_told": True,
    }


def stop_request(story: Story, now: datetime) -> Answers:
    return {"on": day(now), "reason": texts.STOPS, "answer": "stops"}


def death(story: Story, now: datetime) -> Answers:
    return {"on": day(now), "informed_by": texts.DEATH}


def incident(story: Story, now: datetime) -> Answers:
    return {
        "at": wall(now - timedelta(hours=3)),
        "kind": story.chance.choice(("fire_water", "eviction_step", "other")),
        "facts": texts.INCIDENT,
        "done": texts.INCIDENT_DONE,
        "urgent_committee": False,
    }
