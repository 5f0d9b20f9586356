"""The three invented households of the programme, from referral to the news after, on both databases."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select

from asae_engine import commands
from asae_engine.model import CaseStatus, DossierField, Household, ProcessInstance
from asae_engine.reading import cases
from tests.scenarios.programme import Programme, days_after, scores

if TYPE_CHECKING:
    from sqlalchemy.orm import Session, sessionmaker

    from asae_engine.clock import TurnedClock


@pytest.fixture
def programme(sessions: sessionmaker[Session], session: Session, clock: TurnedClock) -> Programme:
    return Programme(sessions, session, clock)


def test_a_tenant_of_71_keeps_his_home(programme: Programme) -> None:
    p = programme
    case = p.opens(
        "nora", "referral_retention", last_name="Vidal", first_name="Robert", birth_date="1954-05-03",
        dwelling_type="T2", reasons=["rent_arrears", "isolation"], main_reason="rent_arrears",
        arrears=1840.50, eviction_stage="summons", hearing_date=days_after(p.today, 20), urgency="high",
        urgency_reason="Audience dans vingt jours.",
    )  # fmt: skip
    assert p.steps(case) == ["Task_Admissibility"]
    assert p.due(case, "Task_Admissibility") == date(2026, 3, 9)

    # The coordinator is reminded on the third working day, the manager told on the third after the due one.
    p.on("2026-03-13")
    assert p.told(case) == [
        ("reminder", "coordinator@asae", date(2026, 3, 5)),
        ("due", "coordinator@asae", date(2026, 3, 9)),
        ("escalation_1", "manager", date(2026, 3, 12)),
    ]
    p.does("coralie", case, "Task_Admissibility", urgency="high", agenda="2026-04-09")
    assert p.due(case, "Task_CommitteeFirst") == date(2026, 4, 9)
    p.on("2026-04-09").does("gilles", case, "Task_CommitteeFirst")

    # Three attempts, each by another way; the third meets him at home.
    p.on("2026-04-10").does("coralie", case, "Task_DiagnosticAssignment")
    assert p.assignee(case, "Task_ContactAttempt") == "claire"
    p.does("claire", case, "Task_ContactAttempt", way="phone", result="no_answer")
    with pytest.raises(commands.InvalidAnswers) as refused:
        p.does("claire", case, "Task_ContactAttempt", way="phone", result="no_answer")
    assert set(refused.value.errors) == {"way"}
    p.does("claire", case, "Task_ContactAttempt", way="letter", result="no_answer")
    p.does("claire", case, "Task_ContactAttempt", way="visit", result="met")

    # Thirty days from the committee's decision, not from the meeting; late, and told to the right people.
    assert p.due(case, "Task_Diagnostic") == date(2026, 5, 9)
    p.on("2026-05-11")
    assert p.told(case)[3:] == [
        ("reminder", "claire", date(2026, 4, 29)),
        ("escalation_1", "coordinator@asae", date(2026, 5, 9)),
        ("due", "claire", date(2026, 5, 9)),
    ]
    p.does(
        "claire", case, "Task_Diagnostic", **scores(1, 1, 0, 2, 1, 1, 0, 2, 1), clutter=7, isolation="strong",
        incomes=[{"kind": "aspa", "amount": 1034.28}], work="retired",
    )  # fmt: skip
    p.does("claire", case, "Task_Recommendation", level=2, intensity="strong", months=12)
    assert p.due(case, "Task_CommitteeSecond") == date(
        2026, 6, 11
    )  # 14 May is a holiday and the 15th too near
    p.on("2026-06-11").does(
        "gilles", case, "Task_CommitteeSecond", level=2, intensity="strong", months=12, operator="adaff"
    )

    # He hesitates, then signs at the second proposal; the same worker stays.
    p.on("2026-06-15").does("samir", case, "Task_Engagement", answer="hesitates", worker="samir")
    assert p.assignee(case, "Task_Engagement") == "samir"
    p.on("2026-06-26").does("samir", case, "Task_Engagement", worker="samir")
    assert p.due(case, "Task_Reassessment") == date(2026, 9, 26)

    # First lap: reminded fifteen days before; the committee continues.
    p.starts("samir", case, "visit_note").on("2026-09-14")
    assert p.told(case)[-1] == ("reminder", "samir", date(2026, 9, 11))
    p.does("samir", case, "Task_Reassessment")
    assert p.due(case, "Task_CommitteeReview") == date(2026, 10, 8)
    p.on("2026-10-08").does("paule", case, "Task_CommitteeReview")

    # Second lap: five weeks in hospital. No reassessment is asked for meanwhile.
    p.on("2026-10-20").does("samir", case, "Task_Reassessment", proposal="pause")
    p.on("2026-11-12").does("paule", case, "Task_CommitteeReview", decision="pause")
    p.does("samir", case, "Task_Pause", until="2026-12-17")
    assert p.steps(case) == ["Task_Resume"]
    before = len(p.told(case))
    p.on("2026-12-17")
    assert len(p.told(case)) == before
    p.does("samir", case, "Task_Resume")

    # Third lap: down to medium.
    assert p.due(case, "Task_Reassessment") == date(2027, 3, 17)
    p.on("2027-03-01").does(
        "samir", case, "Task_Reassessment", proposal="down", level=2, intensity="medium", months=6
    )
    p.on("2027-03-11").does(
        "paule", case, "Task_CommitteeReview", decision="change", level=2, intensity="medium", months=6
    )

    # Fourth lap: the end, validated by the committee; news six months later.
    p.on("2027-06-01").does("samir", case, "Task_Reassessment", proposal="end", arrears_now=0)
    p.on("2027-06-10").does("paule", case, "Task_CommitteeReview", decision="end")
    p.on("2027-06-20").does("samir", case, "Task_Closure", arrears_exit=0)
    p.on("2027-07-08").does("paule", case, "Task_ClosureValidation", decision="send_back", reason="Précisez.")
    p.does("samir", case, "Task_Closure", arrears_exit=0)
    p.on("2027-08-12").does("paule", case, "Task_ClosureValidation")
    assert case.status is CaseStatus.CLOSED
    assert p.steps(case) == []
    p.on("2028-01-12", hour=11)
    assert p.due(case, "Task_FollowUp") == date(2028, 2, 12)
    p.on("2028-01-30").does("samir", case, "Task_FollowUp")
    assert p.told(case)[-1] == ("reminder", "samir", date(2028, 1, 28))
    (instance,) = p.session.scalars(
        select(ProcessInstance).where(ProcessInstance.case_id == case.id, ProcessInstance.kind == "main")
    )
    assert instance.ended_how == "normal"
    assert "case.closed" in p.events(case)


def test_a_mother_and_two_children_find_a_home_under_a_protected_address(
    programme: Programme, clock: TurnedClock
) -> None:
    p = programme
    case = p.opens(
        "etienne", "referral_access", last_name="Sorel", first_name="Inès", birth_date="1992-09-14",
        household_type="single_parent", children=2, dalo_number="DALO-11-77", reasons=["domestic_violence"],
        address="7 impasse du Puits", address_protected=True, urgency="immediate",
        urgency_reason="Violences : départ récent.",
    )  # fmt: skip
    p.does(
        "coralie", case, "Task_Admissibility", urgency="immediate", decision="emergency", agenda="2026-03-12"
    )

    # Two different members within two working days; the assessment begins before any sitting.
    assert p.due(case, "Task_EmergencyOpinion") == date(2026, 3, 4)
    p.does("gilles", case, "Task_EmergencyOpinion")
    with pytest.raises(commands.NotAllowed):
        p.does("gilles", case, "Task_EmergencyOpinion")
    p.on("2026-03-04").does("paule", case, "Task_EmergencyOpinion")
    p.does("coralie", case, "Task_DiagnosticAssignment")
    p.on("2026-03-09").does("claire", case, "Task_ContactAttempt", result="met")
    p.on("2026-03-16").does(
        "claire", case, "Task_Diagnostic", **scores(1, 1, 2, 2, 1, 2, 1, 2, 2), violence="present",
        protection_order="yes", safe_contact="Chez sa sœur, le mardi.", health_note="Fatigue, sommeil.",
    )  # fmt: skip
    p.does("claire", case, "Task_Recommendation", level=3, intensity="strong", months=12)
    p.on("2026-04-09").does(
        "gilles", case, "Task_CommitteeSecond", level=3, intensity="strong", months=12, operator="soliha"
    )
    p.on("2026-04-13").does("solene", case, "Task_Engagement", worker="solene")

    # The new building comes four months late: the link is kept, the landlords are told she is ready.
    assert p.steps(case) == ["Task_DwellingWait", "Task_DwellingOffer"]
    for month in ("05", "06", "07"):
        p.on(f"2026-{month}-11").does("solene", case, "Task_DwellingWait")
    p.on("2026-08-10").does("solene", case, "Task_DwellingWait", next="offer")
    assert p.told(case)[-1][:2] == ("notice", "state_officer@ddetspp")

    # A landlord who is asked for a dwelling, and has offered none, reads what a dwelling must be: no more.
    page = cases.case_page(p.session, p.actor("hugo"), case.id, now=p.clock.now())
    assert page is not None
    entries = [one for chapter in page.dossier for part in chapter.parts for one in part.entries]
    read = {one.key for one in entries if not one.shown.is_veiled}
    assert {"household_type", "adults", "children"} <= read
    assert read <= {"household_type", "adults", "children", "wanted_towns", "wanted_type"}
    p.on("2026-08-24").does("nora", case, "Task_DwellingOffer", answer="refused", refusal_reason="Trop loin.")
    p.on("2026-09-01").does("nora", case, "Task_DwellingOffer")
    assert p.steps(case) == ["Task_ImlLease"]

    # The landlord who offered the dwelling never reads why, nor where she came from; her worker does.
    secrets = (
        "7 impasse du Puits",
        "Chez sa sœur",
        "Fatigue, sommeil",
        "Violences familiales",
        "départ récent",
    )
    page = cases.case_page(p.session, p.actor("solene"), case.id, now=p.clock.now())
    assert page is not None
    assert all(secret in str(page.dossier) for secret in secrets[:3])
    page = cases.case_page(p.session, p.actor("nora"), case.id, now=p.clock.now())
    assert page is not None
    assert not [secret for secret in secrets if secret in str(page)]
    p.does("solene", case, "Task_ImlLease", sliding_date="2027-08-01")

    # Laps with the lease signed once; at the eleventh month it slides.
    p.on("2026-11-20").does("solene", case, "Task_Reassessment")
    p.on("2026-12-10").does("gilles", case, "Task_CommitteeReview")
    p.on("2027-03-01").does("solene", case, "Task_Reassessment")
    p.on("2027-03-11").does("gilles", case, "Task_CommitteeReview")
    p.on("2027-06-01").does("solene", case, "Task_Reassessment")
    p.on("2027-06-10").does("gilles", case, "Task_CommitteeReview")
    p.on("2027-08-02").does("solene", case, "Task_Reassessment", proposal="end")
    p.on("2027-08-12").does("gilles", case, "Task_CommitteeReview", decision="end")
    p.does("solene", case, "Task_Closure", exit_housing="iml_slid")
    p.on("2027-09-09").does("gilles", case, "Task_ClosureValidation")
    assert case.status is CaseStatus.CLOSED
    p.on("2028-02-10").does("solene", case, "Task_FollowUp", wants_return=True)
    assert p.told(case)[-1][:2] == ("notice", "coordinator@asae")


def test_a_young_man_declines_comes_back_changes_worker_pauses_and_breaks_off(programme: Programme) -> None:
    p = programme
    who: dict[str, object] = {
        "last_name": "Perrin", "first_name": "Lucas", "birth_date": "2007-01-20", "housing_status": "hotel",
        "reasons": ["young_adult", "exit_institution"], "income_kinds": ["none"], "income_total": 0,
    }  # fmt: skip
    first = p.opens("etienne", "referral_access", **who)
    p.does("coralie", first, "Task_Admissibility", agenda="2026-03-12")
    p.on("2026-03-12").does("gilles", first, "Task_CommitteeFirst")
    p.does("coralie", first, "Task_DiagnosticAssignment")
    p.does("claire", first, "Task_ContactAttempt", way="phone", result="refused")
    assert first.status is CaseStatus.CLOSED
    assert p.told(first)[-1][:2] == ("notice", "state_officer@ddetspp")

    # Three months later the same household, a new case.
    p.on("2026-06-15")
    with pytest.raises(commands.DuplicatesFound):
        p.opens("etienne", "referral_access", **who)
    household = p.session.get_one(Household, first.household_id)
    case = p.opens_again("etienne", "referral_access", household, who)
    assert case.household_id == first.household_id
    assert case.number != first.number
    p.does("coralie", case, "Task_Admissibility", agenda="2026-07-09")
    p.on("2026-07-09").does("gilles", case, "Task_CommitteeFirst")
    p.does("coralie", case, "Task_DiagnosticAssignment")
    p.does("claire", case, "Task_ContactAttempt", way="through_partner", result="met")
    p.on("2026-07-20").does(
        "claire", case, "Task_Diagnostic", **scores(2, 2, 2, 3, 2, 2, 2, 2, 3), incomes=None, work="seeking",
    )  # fmt: skip
    p.does("claire", case, "Task_Recommendation", level=2, intensity="medium", months=9)
    p.on("2026-08-13").does(
        "gilles", case, "Task_CommitteeSecond", level=2, intensity="medium", months=9, operator="adaff"
    )
    p.on("2026-08-20").does("samir", case, "Task_Engagement", worker="samir")
    p.on("2026-08-27").does("hugo", case, "Task_DwellingOffer", type="T1")

    # Another worker takes over: the open step goes with the case, and the next ones too.
    assert p.assignee(case, "Task_Reassessment") == "samir"
    p.on("2026-10-01").starts("coralie", case, "worker_change", **{"from": "samir", "to": "lea"})
    assert p.assignee(case, "Task_Reassessment") == "lea"

    # He asks to stop, and pauses; he comes back earlier than said.
    p.on("2026-10-12").starts("lea", case, "stop_request", answer="pauses")
    assert p.steps(case) == ["Task_Pause"]
    assert p.assignee(case, "Task_Pause") == "lea"
    p.does("lea", case, "Task_Pause", reason="hesitation", until=None)
    p.on("2026-11-06")
    assert p.told(case)[-1] == ("reminder", "lea", date(2026, 11, 6))
    p.does("lea", case, "Task_PauseCheck", next="resume").does("lea", case, "Task_Resume")
    p.on("2027-01-28").does("lea", case, "Task_Reassessment")
    p.on("2027-02-11").does("gilles", case, "Task_CommitteeReview")

    # Seventh month: he leaves. The message takes the reassessment away and the closure opens.
    p.on("2027-03-22").starts("lea", case, "stop_request", answer="stops")
    assert p.steps(case) == ["Task_Closure"]
    p.does("lea", case, "Task_Closure", reason="breakdown", exit_housing="hosted")
    p.on("2027-04-08").does("gilles", case, "Task_ClosureValidation")
    reason = p.session.get_one(DossierField, (case.id, "closure", "reason"))
    assert reason.value == "breakdown"
    p.on("2027-09-20").does(
        "lea", case, "Task_FollowUp", reached=False, housing=None, arrears=None, rights=None
    )
    assert p.steps(case) == []
