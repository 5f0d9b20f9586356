"""Where the path leads, from referral to engagement: lived through the real diagrams and tables."""

from __future__ import annotations

from datetime import date

import pytest

from tests.programme.journeys import (
    access,
    retention,
    to_diagnostic,
    to_first_committee,
    to_second_committee,
)

# -- admission and the first passage --


def test_an_incomplete_referral_goes_back_to_who_made_it_as_often_as_needed() -> None:
    journey = retention()
    for _ in range(2):
        journey.do("Task_Admissibility", decision="send_back", missing=["lease_reference"])
        assert journey.waiting == ["Task_CompletionLandlord"]
        assert journey.attribute("Task_CompletionLandlord", "candidate_groups") == "landlord_worker@alogea"
        journey.do("Task_CompletionLandlord", answer="Bail retrouvé.")
    assert journey.waiting == ["Task_Admissibility"]
    state = access(reasons=[], urgency="none").do("Task_Admissibility", decision="send_back")
    assert state.waiting == ["Task_CompletionState"]
    assert state.do("Task_CompletionState").waiting == ["Task_Admissibility"]


def test_a_case_put_on_the_agenda_waits_for_the_sitting_that_the_coordinator_chose() -> None:
    journey = retention()
    assert journey.instance.variables["sitting"] == date(2026, 2, 12)
    to_first_committee(journey)
    assert journey.waiting == ["Task_CommitteeFirst"]
    assert journey.attribute("Task_CommitteeFirst", "due_date") == date(2026, 2, 12)


@pytest.mark.parametrize(("decision", "reason"), [("refuse", "refused"), ("redirect", "common_law")])
def test_who_is_not_admitted_leaves_at_once_and_the_referrer_is_told(decision: str, reason: str) -> None:
    journey = retention().do("Task_Admissibility", decision=decision)
    assert journey.instance.is_ended
    assert journey.closed_for == reason
    assert journey.notices[0][0] == "landlord_worker@alogea"


def test_two_different_members_give_an_opinion_on_an_emergency_and_the_assessment_starts_at_once() -> None:
    journey = access().do("Task_Admissibility", decision="emergency")
    assert journey.waiting == ["Task_EmergencyOpinion"] * 2
    assert journey.task("Task_EmergencyOpinion").element.distinct_people
    journey.do("Task_EmergencyOpinion", opinion="favourable")
    assert journey.waiting == ["Task_EmergencyOpinion"]
    journey.do("Task_EmergencyOpinion", opinion="abstain")
    assert journey.instance.variables["opinions"] == ["favourable", "abstain"]
    assert journey.waiting == ["Task_DiagnosticAssignment"]


@pytest.mark.parametrize(
    "opinions", [("favourable", "unfavourable"), ("abstain", "abstain"), ("unfavourable",) * 2]
)
def test_an_emergency_without_more_favourable_opinions_waits_for_the_committee(
    opinions: tuple[str, str],
) -> None:
    journey = access().do("Task_Admissibility", decision="emergency")
    for opinion in opinions:
        journey.do("Task_EmergencyOpinion", opinion=opinion)
    assert journey.waiting == ["Task_CommitteeFirst"]
    assert journey.attribute("Task_CommitteeFirst", "due_date") == date(2026, 2, 12)


def test_a_complement_asked_by_the_committee_comes_back_at_the_next_sitting() -> None:
    journey = to_first_committee(retention()).wait(days=38)
    journey.do("Task_CommitteeFirst", decision="more_information")
    assert journey.waiting == ["Task_InformationLandlord"]
    journey.do("Task_InformationLandlord", answer="Voici.")
    assert journey.attribute("Task_CommitteeFirst", "due_date") == date(2026, 3, 12)
    elsewhere = to_first_committee(access()).do("Task_CommitteeFirst", decision="more_information")
    assert elsewhere.do("Task_InformationState").waiting == ["Task_CommitteeFirst"]


@pytest.mark.parametrize(("decision", "reason"), [("refuse", "refused"), ("redirect", "common_law")])
def test_the_committee_may_refuse_or_redirect(decision: str, reason: str) -> None:
    journey = to_first_committee(retention()).do("Task_CommitteeFirst", decision=decision)
    assert journey.instance.is_ended
    assert journey.closed_for == reason


# -- the assessment --


def test_three_attempts_without_an_answer_bring_the_household_back_to_the_committee() -> None:
    journey = to_first_committee(retention()).do("Task_CommitteeFirst", decision="diagnostic")
    for _ in range(2):
        journey.do("Task_DiagnosticAssignment", worker="claire.adaff")
        for way in ("phone", "letter", "visit"):
            assert journey.attribute("Task_ContactAttempt", "assignee") == "claire.adaff"
            journey.do("Task_ContactAttempt", way=way, result="no_answer")
        assert journey.instance.variables["ways_tried"] == ["phone", "letter", "visit"]
        assert journey.waiting == ["Task_CommitteeFirst"]
        journey.do("Task_CommitteeFirst", decision="diagnostic")
    journey.do("Task_DiagnosticAssignment", worker="claire.adaff")
    for way in ("phone", "letter", "visit"):
        journey.do("Task_ContactAttempt", way=way, result="wrong_contact")
    journey.do("Task_CommitteeFirst", decision="refuse")
    assert journey.closed_for == "unreachable"


@pytest.mark.parametrize(("named", "operator"), [(None, "adaff"), ("soliha", "soliha")])
def test_the_assessment_goes_to_adaff_unless_the_committee_names_another(
    named: str | None, operator: str
) -> None:
    journey = to_first_committee(retention())
    journey.do("Task_CommitteeFirst", decision="diagnostic", diagnostic_operator=named)
    offered = journey.attribute("Task_DiagnosticAssignment", "candidate_groups")
    assert offered == ["coordinator@asae", f"diagnostic_worker@{operator}"]
    journey.do("Task_DiagnosticAssignment", worker="claire")
    assert journey.attribute("Task_ContactAttempt", "candidate_groups") == f"diagnostic_worker@{operator}"


def test_an_attempt_that_meets_the_household_opens_the_assessment() -> None:
    journey = to_first_committee(retention()).do("Task_CommitteeFirst", decision="diagnostic")
    journey.do("Task_DiagnosticAssignment", worker="claire.adaff")
    journey.do("Task_ContactAttempt", way="phone", result="no_answer")
    journey.do("Task_ContactAttempt", way="letter", result="no_answer")
    journey.do("Task_ContactAttempt", way="visit", result="met")
    assert journey.waiting == ["Task_Diagnostic"]


def test_the_assessment_is_due_from_the_committee_s_decision_and_not_from_the_meeting() -> None:
    journey = to_first_committee(retention()).do("Task_CommitteeFirst", decision="diagnostic")
    journey.do("Task_DiagnosticAssignment", worker="claire.adaff").wait(days=9)
    journey.do("Task_ContactAttempt", way="visit", result="appointment")
    assert journey.deadlines("Task_Diagnostic") == {
        "reminder": date(2026, 1, 25), "due": date(2026, 2, 4),
        "escalation_1": date(2026, 2, 4), "escalation_1_to": "coordinator@asae",
        "escalation_2": date(2026, 2, 19), "escalation_2_to": "manager",
    }  # fmt: skip


def test_a_household_that_declines_the_assessment_leaves_without_prejudice() -> None:
    journey = to_first_committee(access()).do("Task_CommitteeFirst", decision="diagnostic")
    journey.do("Task_DiagnosticAssignment", worker="claire.adaff")
    journey.do("Task_ContactAttempt", way="phone", result="refused")
    assert journey.instance.is_ended
    assert journey.closed_for == "no_diagnostic"
    assert journey.notices[0][0] == "state_officer@ddetspp"


# -- the second passage and the engagement --


def test_the_table_proposes_and_the_committee_validates_the_worker_s_recommendation() -> None:
    journey = to_second_committee(to_diagnostic(retention()))
    assert journey.instance.variables["proposed"] == {
        "needed": True,
        "level": 2,
        "intensity": "strong",
        "months": 12,
    }
    journey.do("Task_CommitteeSecond", decision="validate", operator="soliha")
    current = {
        name: journey.instance.variables[name]
        for name in ("current_level", "current_intensity", "current_months")
    }
    assert current == {"current_level": 2, "current_intensity": "strong", "current_months": 12}
    assert journey.attribute("Task_Engagement", "candidate_groups") == "support_worker@soliha"
    assert journey.attribute("Task_Engagement", "assignee") is None


def test_the_committee_amends_or_asks_again_or_declines() -> None:
    journey = to_second_committee(to_diagnostic(retention()))
    journey.do("Task_CommitteeSecond", decision="more_information")
    assert journey.waiting == ["Task_RecommendationComplement"]
    journey.do("Task_RecommendationComplement", needed=True, level=2, intensity="light", months=6)
    journey.do(
        "Task_CommitteeSecond", decision="amend", level=3, intensity="medium", months=9, operator="soliha"
    )
    assert journey.instance.variables["current_level"] == 3
    declined = to_second_committee(to_diagnostic(retention())).do("Task_CommitteeSecond", decision="decline")
    assert declined.closed_for == "refused"
    needless = to_second_committee(to_diagnostic(retention()), commitment="no")
    assert needless.instance.variables["proposed"] == {
        "needed": False,
        "level": None,
        "intensity": None,
        "months": None,
    }
    assert needless.do("Task_CommitteeSecond", decision="decline").closed_for == "common_law"


def test_hesitating_is_part_of_the_path_up_to_three_proposals() -> None:
    journey = to_second_committee(to_diagnostic(retention())).do(
        "Task_CommitteeSecond", decision="validate", operator="adaff"
    )
    journey.do("Task_Engagement", answer="hesitates", worker="samir.adaff")
    assert journey.attribute("Task_Engagement", "assignee") == "samir.adaff"
    journey.do("Task_Engagement", answer="hesitates", worker="samir.adaff")
    assert journey.waiting == ["Task_Engagement"]
    journey.do("Task_Engagement", answer="hesitates", worker="samir.adaff")
    assert journey.closed_for == "declined"
