"""Where the path leads, from the support to the end, and what happens along the way."""

from __future__ import annotations

from datetime import date

import pytest

from asae_engine.bpmn import Instance
from tests.programme.journeys import (
    Journey,
    access,
    definitions,
    lap,
    retention,
    to_diagnostic,
    to_first_committee,
    to_second_committee,
    to_support,
)


def close(journey: Journey, reason: str) -> Journey:
    journey.do("Task_Closure", reason=reason, exit_housing="stays")
    return journey.do("Task_ClosureValidation", decision="validate")


# -- the support --


@pytest.mark.parametrize(("level", "called"), [(2, "Call_Level2"), (3, "Call_Level3")])
def test_each_level_has_its_own_support(level: int, called: str) -> None:
    journey = to_support(to_second_committee(to_diagnostic(retention())), level=level, operator="soliha")
    if level == 3:
        assert journey.waiting == ["Task_ImlLease"]
        journey.do("Task_ImlLease", start=date(2026, 2, 1))
    assert called in journey.task("Task_Reassessment").called_from
    again = lap(journey, "continue")
    assert again.waiting == ["Task_Reassessment"]  # the lease is signed once


def test_at_level_1_the_handover_is_checked_at_three_months_and_reassessed_at_six() -> None:
    journey = to_support(to_second_committee(to_diagnostic(retention())), level=1)
    assert journey.waiting == []
    journey.wait(days=91)
    assert journey.waiting == ["Task_HandoverCheck"]
    journey.do("Task_HandoverCheck", at="2026-04-06")
    assert journey.deadlines("Task_Reassessment")["due"] == date(2026, 7, 5)


def test_a_reassessment_always_goes_through_the_committee_and_three_laps_keep_the_same_worker() -> None:
    journey = to_support(to_second_committee(to_diagnostic(retention())))
    assert journey.deadlines("Task_Reassessment") == {
        "reminder": date(2026, 3, 21), "due": date(2026, 4, 5),
        "escalation_1": date(2026, 4, 6), "escalation_1_to": "coordinator@asae",
        "escalation_2": date(2026, 4, 20), "escalation_2_to": "manager",
    }  # fmt: skip
    for _ in range(3):
        journey.wait(days=80).do("Task_Reassessment", proposal="continue")
        assert journey.waiting == ["Task_CommitteeReview"]
        journey.do("Task_CommitteeReview", decision="continue")
        assert journey.attribute("Task_Reassessment", "assignee") == "samir.adaff"
    journey.do("Task_Reassessment", proposal="up").do("Task_CommitteeReview", decision="more_information")
    journey.do("Task_ReassessmentComplement", proposal="up")
    journey.do("Task_CommitteeReview", decision="change", level=3, intensity="medium")
    assert journey.waiting == ["Task_ImlLease"]
    assert journey.instance.variables["current_intensity"] == "medium"
    assert journey.instance.variables["current_months"] == 12


def test_a_pause_with_a_date_waits_for_it_and_asks_for_no_reassessment() -> None:
    journey = lap(to_support(to_second_committee(to_diagnostic(retention()))), "pause")
    journey.do("Task_Pause", reason="hospital", until=date(2026, 5, 10))
    assert journey.waiting == ["Task_Resume"]
    assert journey.attribute("Task_Resume", "due_date") == date(2026, 5, 10)
    journey.wait(days=42).do("Task_Resume", same_terms=True)
    assert journey.waiting == ["Task_Reassessment"]
    assert journey.instance.variables["period_start"] == "2026-05-12"


def test_who_does_not_come_back_at_the_date_is_asked_after_every_month() -> None:
    journey = lap(to_support(to_second_committee(to_diagnostic(retention()))), "pause")
    journey.do("Task_Pause", reason="absence", until=date(2026, 5, 10)).wait(days=80)
    assert journey.waiting == ["Task_PauseCheck"]
    journey.do("Task_PauseCheck", next="wait").do("Task_PauseCheck", next="resume").wait(days=10)
    journey.do("Task_Resume", same_terms=False)
    assert journey.waiting == ["Task_Engagement"]  # the contract is negotiated again, with the same worker
    assert journey.attribute("Task_Engagement", "assignee") == "samir.adaff"
    journey.do("Task_Engagement", answer="signs", worker="samir.adaff", start_date=date(2026, 6, 20))
    assert journey.waiting == ["Task_Reassessment"]


def test_a_date_of_return_learned_later_takes_the_place_of_the_monthly_news() -> None:
    journey = lap(to_support(to_second_committee(to_diagnostic(retention()))), "pause")
    journey.do("Task_Pause", reason="prison", until=None).wait(days=20)
    journey.do("Task_PauseCheck", next="wait", until=date(2026, 7, 1))
    assert journey.attribute("Task_Resume", "follow_up_date") == date(2026, 7, 1)
    journey.wait(days=101)  # 30 July: thirty days after the date and no longer
    assert journey.waiting == ["Task_Resume"]
    journey.wait(days=1)
    assert journey.waiting == ["Task_PauseCheck"]


def test_a_pause_without_a_date_may_end_the_support() -> None:
    journey = lap(to_support(to_second_committee(to_diagnostic(retention()))), "pause")
    journey.do("Task_Pause", reason="prison", until=None)
    assert journey.waiting == ["Task_PauseCheck"]
    journey.do("Task_PauseCheck", next="stop")
    assert journey.waiting == ["Task_Closure"]


# -- waiting for a dwelling --


def test_a_household_without_a_home_waits_for_one_and_the_link_is_kept_each_month() -> None:
    journey = to_support(to_second_committee(to_diagnostic(access())), operator="soliha")
    assert journey.waiting == ["Task_DwellingWait", "Task_DwellingOffer"]
    for _ in range(4):
        journey.wait(days=28).do("Task_DwellingWait", next="wait")
    journey.do("Task_DwellingWait", next="offer")
    assert journey.notices[-1][0] == "state_officer@ddetspp"
    journey.do("Task_DwellingOffer", answer="refused").do("Task_DwellingOffer", answer="accepted")
    assert journey.waiting == ["Task_ImlLease"]
    journey.do("Task_ImlLease", start=date(2026, 6, 1))
    lap(journey, "continue")
    assert journey.waiting == ["Task_Reassessment"]  # never asked for a dwelling again


def test_a_household_tired_of_waiting_leaves_by_the_closure() -> None:
    journey = to_support(to_second_committee(to_diagnostic(access())))
    journey.do("Task_DwellingWait", next="stop")
    assert journey.waiting == ["Task_Closure"]


# -- along the way --


def test_a_stop_request_takes_the_household_out_from_wherever_it_is() -> None:
    early = to_first_committee(retention()).do("Task_CommitteeFirst", decision="diagnostic")
    early.side("stop_request", answer="stops")
    assert early.closed_for == "declined"
    second = to_second_committee(to_diagnostic(retention()))
    second.side("stop_request", answer="stops")
    assert second.closed_for == "declined"
    supported = to_support(to_second_committee(to_diagnostic(retention())))
    supported.side("stop_request", answer="stops")
    assert supported.waiting == ["Task_Closure"]
    waiting = to_support(to_second_committee(to_diagnostic(access())))
    waiting.side("stop_request", answer="stops")
    assert waiting.waiting == ["Task_Closure"]


def test_a_stop_request_may_pause_or_go_on() -> None:
    journey = to_support(to_second_committee(to_diagnostic(retention())))
    journey.side("stop_request", answer="goes_on")
    assert journey.waiting == ["Task_Reassessment"]
    journey.side("stop_request", answer="pauses")
    assert journey.waiting == ["Task_Pause"]


def test_a_death_stops_everything_and_asks_for_no_news_at_six_months() -> None:
    journey = to_support(to_second_committee(to_diagnostic(retention())))
    journey.side("death", on=date(2026, 3, 1))
    close(journey, "death")
    assert journey.instance.is_ended
    early = to_first_committee(retention())
    early.side("incident", urgent_committee=False)
    early.do("Task_CommitteeFirst", decision="diagnostic").side("death", on=date(2026, 3, 1))
    assert early.closed_for == "death"


def test_a_move_out_of_the_territory_ends_the_measure_and_one_inside_does_not() -> None:
    journey = to_support(to_second_committee(to_diagnostic(retention())))
    journey.side("move", territory="inside")
    assert journey.waiting == ["Task_Reassessment"]
    journey.side("move", territory="outside")
    assert journey.waiting == ["Task_Closure"]


@pytest.mark.parametrize(
    ("decision", "then"),
    [
        ("continue", "Task_Reassessment"),
        ("change", "Task_Reassessment"),
        ("pause", "Task_Pause"),
        ("end", "Task_Closure"),
    ],
)
def test_an_incident_may_bring_the_committee_together_at_once(decision: str, then: str) -> None:
    journey = to_support(to_second_committee(to_diagnostic(retention())))
    beside = journey.side("incident", urgent_committee=True, kind="violence")
    (task,) = beside.user_tasks()
    assert task.element.candidate_groups == "committee_member"
    journey.flat["decision"] = decision
    journey.dossier["committee_review"] = {"decision": decision}
    beside.complete(task.token_id, {}, journey)
    journey.carry_messages(beside)
    assert beside.is_ended
    assert journey.waiting == [then]


def test_a_change_of_worker_gives_the_open_steps_and_the_next_ones_to_the_new_one() -> None:
    journey = to_support(to_second_committee(to_diagnostic(retention())))
    journey.side("worker_change", **{"from": "samir.adaff", "to": "lea.adaff"})
    assert [(name, given["from"], given["to"]) for name, given in journey.acted if name == "reassign"] == [
        ("reassign", "samir.adaff", "lea.adaff")
    ]
    lap(journey, "continue")
    assert journey.attribute("Task_Reassessment", "assignee") == "lea.adaff"


def test_a_visit_note_is_kept_and_an_alert_is_told() -> None:
    journey = to_diagnostic(retention())
    assert journey.side("visit_note", alert=False).is_ended
    assert journey.notices == []
    assert journey.side("visit_note", alert=True).is_ended
    assert journey.notices[0][0] == "coordinator@asae"


def test_a_workshop_asks_who_came() -> None:
    journey = to_support(to_second_committee(to_diagnostic(retention())))
    (task,) = journey.side("workshop", at=journey.now, title="Budget").user_tasks()
    assert task.element.form_key == "attendance"


def test_side_processes_are_offered_when_they_make_sense() -> None:
    def offered(journey: Journey) -> set[str]:
        conditions = {key: definition.offered_when for key, definition in definitions().items()}
        known = journey.instance.variables
        return {key for key, when in conditions.items() if when and journey.evaluate(when, known) is True}

    assert offered(retention()) == {"incident", "death"}
    begun = offered(to_diagnostic(retention()))
    assert begun == {"incident", "death", "visit_note", "stop_request", "move"}
    supported = to_support(to_second_committee(to_diagnostic(retention())))
    assert offered(supported) == begun | {"worker_change", "workshop"}
    assert offered(close(lap(supported, "end"), "goals_reached")) == set()


# -- closure and after --


def test_a_closure_is_validated_by_the_committee_then_news_are_taken_six_months_later() -> None:
    journey = lap(to_support(to_second_committee(to_diagnostic(retention()))), "end")
    journey.do("Task_Closure", reason="goals_reached").do("Task_ClosureValidation", decision="send_back")
    close(journey, "goals_reached")
    assert journey.closed_for == "goals_reached"
    assert journey.waiting == []
    journey.wait(days=152)
    assert journey.waiting == []
    journey.wait(days=1)
    assert journey.waiting == ["Task_FollowUp"]
    assert journey.deadlines("Task_FollowUp") == {
        "reminder": date(2026, 9, 15), "due": date(2026, 9, 30), "escalation_1": date(2026, 10, 30),
        "escalation_1_to": "coordinator@asae", "escalation_2": None, "escalation_2_to": None,
    }  # fmt: skip
    journey.do("Task_FollowUp", reached=True, wants_return=True)
    assert "souhaite revenir" in journey.notices[-1][1]
    assert journey.instance.is_ended
    assert journey.instance.ended_how == "normal"


@pytest.mark.parametrize(
    ("deadline", "to"),
    [
        ("reminder", "assignee"),
        ("due", "assignee"),
        ("escalation_1", "coordinator@asae"),
        ("escalation_2", "manager"),
    ],
)
def test_a_deadline_tells_the_right_people_which_step_is_late(deadline: str, to: str) -> None:
    journey = retention()
    given = {
        "deadline": deadline,
        "step": "diagnostic",
        "step_name": "Réaliser le diagnostic",
        "to": to,
        "task_id": "x",
    }
    beside = Instance.start(definitions(), "reminder_escalation", given, journey)
    assert beside.is_ended
    assert not beside.errors()
    ((told, message),) = journey.notices
    assert told == to
    assert "« Réaliser le diagnostic »" in message.replace("\u00a0", " ")
