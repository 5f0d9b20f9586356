"""The plan of the demonstration: the same at each run, with the counts of the sheet whatever the day."""

from __future__ import annotations

import json
from collections import Counter
from datetime import UTC, date, datetime

import pytest

from asae_engine import forms
from asae_engine.calendar import is_working_day
from demonstration.accounts import ACCOUNTS, PASSWORD, table
from demonstration.answers import complete
from demonstration.households import invent
from demonstration.journeys import SHEET
from demonstration.loading import ROOT
from demonstration.plans import plan

DAYS = [date(2026, 11, 18), date(2026, 12, 25), date(2027, 2, 28), date(2028, 8, 13)]


@pytest.mark.parametrize("today", DAYS)
def test_the_plan_holds_the_counts_of_the_sheet_whatever_the_day(today: date) -> None:
    first = [journey for journey in plan(today) if journey.number <= SHEET.presented]
    assert len(first) == SHEET.presented
    recommended = Counter(journey.door for journey in first if journey.first == "diagnostic")
    assert recommended == {"access": SHEET.recommended_access, "retention": SHEET.recommended_retention}
    assert sum(journey.follows is not None for journey in first) == SHEET.entered - SHEET.households
    assert len({journey.number for journey in plan(today)}) == len(plan(today))


@pytest.mark.parametrize("today", DAYS)
def test_nobody_is_referred_in_the_future_or_on_a_closed_day(today: date) -> None:
    assert all(
        journey.referred_on <= today and is_working_day(journey.referred_on) for journey in plan(today)
    )


def test_the_plan_and_its_households_are_the_same_at_each_run() -> None:
    today = DAYS[0]
    assert plan(today) == plan(today)
    for journey in plan(today)[:20]:
        one, again = (
            invent(journey.chance, journey.number, journey.referred_on, journey.door) for _ in range(2)
        )
        assert one == again
        assert len(one.members) == one.adults + one.children


def test_who_comes_back_comes_by_the_same_door_after_the_first_time() -> None:
    journeys = {journey.number: journey for journey in plan(DAYS[0])}
    for journey in journeys.values():
        if journey.follows is not None:
            before = journeys[journey.follows]
            assert before.door == journey.door
            assert before.referred_on < journey.referred_on


def test_a_question_that_a_partner_adds_to_a_form_is_answered() -> None:
    path = ROOT / "forms" / "resume.form"
    document = json.loads(path.read_text(encoding="utf-8"))
    document["components"] += [
        {
            "type": "radio",
            "id": "resume_mood",
            "key": "mood",
            "label": "Moral",
            "values": [{"label": "Bon", "value": "good"}],
            "validate": {"required": True},
        },
        {
            "type": "number",
            "id": "resume_days",
            "key": "days",
            "label": "Jours",
            "decimalDigits": 0,
            "validate": {"required": True, "min": 3},
        },
    ]
    form, findings = forms.parse(json.dumps(document).encode(), "forms/resume.form")
    assert form is not None
    assert findings == []
    now = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
    answers = complete(
        form, {"on": "2026-03-02", "same_terms": True, "unknown": "x"}, plan(DAYS[0])[0].chance, now
    )
    assert answers == {"on": "2026-03-02", "same_terms": True, "mood": "good", "days": 3}
    assert forms.validate(form, answers, {}, now=now).values["mood"] == "good"


def test_the_accounts_to_try_are_told_with_their_password() -> None:
    told = table()
    assert PASSWORD in told
    roles = {role for account in ACCOUNTS if account.try_for for role in account.roles}
    assert roles == {role for account in ACCOUNTS for role in account.roles}
