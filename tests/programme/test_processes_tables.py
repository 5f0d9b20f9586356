"""The decision tables say what the programme wrote, case by case. Expected values are worked out by hand."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime

import pytest

from asae_engine import decisions
from tests.programme.journeys import scores, tables

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)


def decide(
    decision: str, context: Mapping[str, object] | None = None, *, now: datetime = NOW, **more: object
) -> object:
    return decisions.evaluate(tables(), decision, {**(context or {}), **more}, now=now)


def on(year: int, month: int, day: int) -> datetime:
    return datetime(year, month, day, 9, tzinfo=UTC)


# -- a. urgency --


@pytest.mark.parametrize(
    ("referral", "urgency", "path"),
    [
        ({"violence": "present"}, "immediate", "emergency"),
        ({"reasons": ["isolation", "domestic_violence"]}, "immediate", "emergency"),
        ({"violence": "past", "reasons": ["isolation"]}, "none", "agenda"),
        ({"eviction_stage": "force_granted"}, "immediate", "emergency"),
        ({"eviction_stage": "force_asked"}, "high", "agenda"),
        ({"eviction_stage": "bailiff_attempt"}, "high", "agenda"),
        ({"eviction_stage": "hearing", "hearing_date": date(2026, 3, 17)}, "high", "agenda"),
        ({"eviction_stage": "summons", "hearing_date": date(2026, 3, 18)}, "none", "agenda"),
        ({"eviction_stage": "hearing", "hearing_date": date(2026, 3, 2)}, "high", "agenda"),
        ({"eviction_stage": "judgment", "hearing_date": date(2026, 3, 1)}, "none", "agenda"),
        ({"children": 2, "housing_status": "street"}, "high", "agenda"),
        ({"children": 1, "housing_status": "hotel"}, "high", "agenda"),
        ({"children": 1, "reasons": ["homeless"]}, "high", "agenda"),
        ({"children": 0, "housing_status": "street"}, "none", "agenda"),
        ({"children": 2, "housing_status": "hosted"}, "none", "agenda"),
        ({"eviction_stage": "order_to_leave", "reasons": ["rent_arrears"], "children": 3}, "none", "agenda"),
        ({}, "none", "agenda"),
        # The first rule that holds wins: violence before the rest.
        ({"violence": "present", "eviction_stage": "force_asked"}, "immediate", "emergency"),
    ],
)
def test_urgency(referral: dict[str, object], urgency: str, path: str) -> None:
    assert decide("admissibility_urgency", referral) == {"urgency": urgency, "path": path}


# -- b. recommended support --

MEAN_3_2 = (4, 4, 4, 3, 3, 3, 3, 3, 2)  # 29 / 9 = 3.22
MEAN_3_1 = (4, 4, 3, 3, 3, 3, 3, 3, 2)  # 28 / 9 = 3.11
MEAN_2_5 = (3, 3, 3, 3, 3, 2, 2, 2, 2)  # 23 / 9 = 2.56
MEAN_2_4 = (3, 3, 3, 3, 2, 2, 2, 2, 2)  # 22 / 9 = 2.44
MEAN_2_0 = (2,) * 9
MEAN_1_9 = (2, 2, 2, 2, 2, 2, 2, 2, 1)  # 17 / 9 = 1.89
TENANT: dict[str, object] = {"door": "retention"}
HOSTED: dict[str, object] = {"door": "access", "housing_status": "hosted"}


@pytest.mark.parametrize(
    ("marks", "home", "more", "expected"),
    [
        (MEAN_1_9, TENANT, {"commitment": "no"}, (False, None, None, None)),
        (MEAN_3_2, TENANT, {}, (False, None, None, None)),
        (MEAN_3_1, TENANT, {}, (True, 1, "light", 6)),
        (MEAN_2_5, TENANT, {}, (True, 1, "light", 6)),
        (MEAN_2_5, HOSTED, {}, (True, 1, "light", 6)),
        (MEAN_2_4, TENANT, {}, (True, 2, "medium", 9)),
        (MEAN_2_0, HOSTED, {}, (True, 2, "medium", 9)),
        (MEAN_1_9, HOSTED, {}, (True, 3, "strong", 12)),
        (MEAN_1_9, {"door": "access", "housing_status": "tenant_private"}, {}, (True, 2, "strong", 12)),
        (MEAN_1_9, {"door": "access", "housing_status": "tenant_iml"}, {}, (True, 2, "strong", 12)),
        (MEAN_1_9, TENANT, {}, (True, 2, "strong", 12)),
        ((4, 4, 3, 3, 2, 2, 2, 2, 0), TENANT, {}, (True, 2, "strong", 12)),  # 2.44, but one score of 0
        (MEAN_2_4, TENANT, {"violence": "present"}, (True, 2, "strong", 12)),
        (MEAN_2_4, TENANT, {"violence": "past"}, (True, 2, "medium", 9)),
        (MEAN_2_4, TENANT, {"mental_health_suffering": "yes"}, (True, 2, "medium", 9)),
        (MEAN_1_9, TENANT, {"mental_health_suffering": "yes"}, (True, 2, "strong", 12)),
        (MEAN_3_1, TENANT, {"commitment": "hesitates", "violence": "present"}, (True, 1, "light", 6)),
        # The three households invented for tests.
        ((1, 1, 0, 2, 1, 1, 0, 2, 1), TENANT, {}, (True, 2, "strong", 12)),
        ((1, 1, 2, 2, 1, 2, 1, 2, 2), HOSTED, {"violence": "present"}, (True, 3, "strong", 12)),
        (
            (2, 2, 2, 3, 2, 2, 2, 2, 3),
            {"door": "access", "housing_status": "hotel"},
            {},
            (True, 2, "medium", 9),
        ),
    ],
)
def test_recommended_support(
    marks: tuple[int, ...], home: dict[str, object], more: dict[str, object], expected: tuple[object, ...]
) -> None:
    found = {"commitment": "yes", "violence": "none", "mental_health_suffering": "no", **more}
    proposed = decide("recommended_support", home, diagnostic={**scores(*marks), **found})
    assert proposed == dict(zip(("needed", "level", "intensity", "months"), expected, strict=True))


def test_the_mean_and_the_lowest_score_come_from_the_assessment_alone() -> None:
    context = {"diagnostic": scores(4, 4, 4, 4, 4, 4, 4, 4, 1), "s_home": 0}
    found = decide("scores", context)
    assert isinstance(found, Mapping)
    assert found["lowest"] == 1
    assert found["mean"] == pytest.approx(33 / 9)


# -- c. visit frequency --


@pytest.mark.parametrize(
    ("intensity", "started", "frequency", "visits", "per"),
    [
        ("light", date(2026, 1, 1), "two_a_month", 2, "month"),
        ("medium", date(2026, 1, 1), "one_a_week", 1, "week"),
        ("strong", date(2026, 1, 1), "two_a_week", 2, "week"),
        # The first month, one step stronger; nothing is stronger than two a week.
        ("light", None, "one_a_week", 1, "week"),
        ("light", date(2026, 2, 3), "one_a_week", 1, "week"),
        ("light", date(2026, 2, 2), "two_a_month", 2, "month"),
        ("medium", date(2026, 3, 2), "two_a_week", 2, "week"),
        ("strong", date(2026, 3, 2), "two_a_week", 2, "week"),
    ],
)
def test_visit_frequency(intensity: str, started: date | None, frequency: str, visits: int, per: str) -> None:
    found = decide("visit_frequency", current_intensity=intensity, engagement={"start_date": started})
    assert isinstance(found, Mapping)
    assert (found["frequency"], found["visits"], found["per"]) == (frequency, visits, per)


# -- d. delays: a task that arrives on Thursday 30 April 2026, before 1 and 8 May --

ARRIVED = date(2026, 4, 30)
C, M = "coordinator@asae", "manager"


def d(month: int, day: int) -> date:
    return date(2026, month, day)


#: step: reminder, due, first escalation and to whom, second escalation and to whom.
DELAYS: dict[str, tuple[object, ...]] = {
    "admissibility": (d(5, 6), d(5, 11), d(5, 15), M, None, None),
    "emergency_opinion": (d(5, 4), d(5, 5), d(5, 6), C, d(5, 7), M),
    "referral_completion": (d(5, 7), d(5, 15), d(5, 22), C, None, None),
    "diagnostic_assignment": (d(5, 5), d(5, 6), d(5, 11), C, None, None),
    "contact_attempt": (d(5, 7), d(5, 11), d(5, 15), C, None, None),
    "diagnostic": (d(5, 20), d(5, 30), d(5, 30), C, d(6, 14), M),
    "recommendation": (d(5, 6), d(5, 11), d(5, 19), C, None, None),
    "engagement": (d(5, 10), d(5, 15), d(5, 22), C, None, None),
    "dwelling_wait": (d(5, 25), d(5, 30), d(6, 9), C, None, None),
    "reassessment": (d(7, 15), d(7, 30), d(7, 31), C, d(8, 13), M),
    "pause_check": (d(5, 25), d(5, 30), d(6, 9), C, None, None),
    "closure": (d(5, 7), d(5, 15), d(5, 25), C, None, None),
    "follow_up": (d(10, 15), d(10, 30), d(11, 29), C, None, None),
}  # fmt: skip


@pytest.mark.parametrize("step", DELAYS)
def test_delays(step: str) -> None:
    names = ("reminder", "due", "escalation_1", "escalation_1_to", "escalation_2", "escalation_2_to")
    assert decide("delays", step=step, arrived=ARRIVED) == dict(zip(names, DELAYS[step], strict=True))


def test_delays_count_from_what_the_programme_names_when_it_is_known() -> None:
    known = {
        "decided_on": "2026-04-01",
        "period_start": "2026-02-01",
        "current_level": 1,
        "closed_on": "2026-01-31",
    }

    def due(step: str) -> object:
        found = decide("delays", known, step=step, arrived=ARRIVED)
        assert isinstance(found, Mapping)
        return found["due"]

    assert due("diagnostic") == date(2026, 5, 1)
    assert due("reassessment") == date(2026, 8, 1)  # six months at level 1
    assert due("follow_up") == date(2026, 7, 31)
    assert due("closure") == date(2026, 5, 15)


# -- e. weight of a case --


@pytest.mark.parametrize(
    ("context", "weight"),
    [
        ({"stage": "diagnostic"}, 1),
        ({"level": 1, "intensity": "light"}, 0.5),
        ({"level": 2, "intensity": "light"}, 1),
        ({"level": 2, "intensity": "medium"}, 1.5),
        ({"level": 2, "intensity": "strong"}, 2),
        ({"level": 3, "intensity": "light"}, 1.5),
        ({"level": 3, "intensity": "medium"}, 2),
        ({"level": 3, "intensity": "strong"}, 2.5),
        ({"stage": "pause", "level": 2, "intensity": "strong"}, 0.2),
        ({"paused": True, "level": 3, "intensity": "strong"}, 0.2),
    ],
)
def test_case_weight(context: dict[str, object], weight: float) -> None:
    assert decide("case_weight", context) == weight


# -- f. retention --


@pytest.mark.parametrize(
    ("reason", "period"),
    [
        *((reason, "P1Y") for reason in ("refused", "no_diagnostic", "unreachable", "death")),
        *((reason, "P2Y") for reason in ("goals_reached", "common_law", "duration_ended", "moved_away")),
        *((reason, "P2Y") for reason in ("declined", "breakdown", "exclusion")),
    ],
)
def test_retention(reason: str, period: str) -> None:
    expected = {"period": period, "counted_from": "last_contact", "afterwards": "erase_with_certificate"}
    assert decide("retention", closure_reason=reason) == expected


# -- the next sitting: the second Thursday, five days ahead, never on a public holiday --


@pytest.mark.parametrize(
    ("today", "sitting"),
    [
        (on(2026, 1, 2), date(2026, 1, 8)),
        (on(2026, 1, 3), date(2026, 1, 8)),
        (on(2026, 1, 4), date(2026, 2, 12)),
        (on(2026, 12, 20), date(2027, 1, 14)),
        (on(2026, 5, 4), date(2026, 5, 15)),  # Thursday 14 May 2026 is Ascension Day
        (on(2026, 5, 10), date(2026, 5, 15)),
        (on(2026, 5, 11), date(2026, 6, 11)),
        (on(2028, 1, 31), date(2028, 2, 10)),
    ],
)
def test_next_committee(today: datetime, sitting: date) -> None:
    assert decide("next_committee", now=today) == sitting
