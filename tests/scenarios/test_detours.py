"""What happens beside the straight path, through the real forms and commands: what is incomplete, what turns
badly, what ends early.
"""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import pytest

from asae_engine import access, commands
from asae_engine.model import CaseStatus
from asae_engine.reading import cases, redaction
from asae_engine.reading import dossier as readings
from tests.scenarios.programme import Programme

if TYPE_CHECKING:
    from sqlalchemy.orm import Session, sessionmaker

    from asae_engine.clock import TurnedClock
    from asae_engine.model import Case


@pytest.fixture
def programme(sessions: sessionmaker[Session], session: Session, clock: TurnedClock) -> Programme:
    return Programme(sessions, session, clock)


WHO: dict[str, object] = {"last_name": "Marty", "first_name": "Odile", "birth_date": "1961-11-02"}


def supported(p: Programme) -> Case:
    case = p.opens("nora", "referral_retention", **WHO)
    p.does("coralie", case, "Task_Admissibility", agenda="2026-03-12")
    p.on("2026-03-12").does("gilles", case, "Task_CommitteeFirst")
    p.does("coralie", case, "Task_DiagnosticAssignment").does("claire", case, "Task_ContactAttempt")
    p.does("claire", case, "Task_Diagnostic")
    measure = {"level": 2, "intensity": "medium", "months": 9}
    p.does("claire", case, "Task_Recommendation", **measure)
    p.on("2026-04-09").does("gilles", case, "Task_CommitteeSecond", operator="adaff", **measure)
    return p.does("samir", case, "Task_Engagement", worker="samir") and case


def offered(p: Programme, username: str, case: Case) -> set[str]:
    found = commands.offered_processes(p.session, p.actor(username), case.id, now=p.clock.now())
    return {definition.key for definition in found}


def test_what_is_missing_is_asked_of_the_referrer_then_of_the_committee_s_sitting(
    programme: Programme,
) -> None:
    p = programme
    case = p.opens("nora", "referral_retention", **WHO)
    p.does(
        "coralie",
        case,
        "Task_Admissibility",
        complete=False,
        missing=["lease"],
        decision="send_back",
        agenda=None,
    )
    assert p.due(case, "Task_CompletionLandlord") == date(2026, 3, 17)
    with pytest.raises(commands.NotAllowed):
        p.does("hugo", case, "Task_CompletionLandlord")
    p.on("2026-03-05").does("nora", case, "Task_CompletionLandlord")
    assert p.due(case, "Task_Admissibility") == date(2026, 3, 12)
    p.does("coralie", case, "Task_Admissibility", agenda="2026-03-12")
    p.on("2026-03-12").does(
        "gilles", case, "Task_CommitteeFirst", decision="more_information", information_wanted="Le bail."
    )
    p.on("2026-03-20").does("nora", case, "Task_InformationLandlord", lease_reference="AL-77")
    assert p.due(case, "Task_CommitteeFirst") == date(2026, 4, 9)
    p.on("2026-04-09").does("gilles", case, "Task_CommitteeFirst", decision="redirect", redirect_to="CCAS")
    assert case.status is CaseStatus.CLOSED
    assert p.told(case)[-1][:2] == ("notice", "landlord_worker@alogea")
    assert offered(p, "coralie", case) == set()


def test_an_unreachable_household_goes_back_to_the_committee(programme: Programme) -> None:
    p = programme
    case = p.opens("nora", "referral_retention", **WHO)
    p.does("coralie", case, "Task_Admissibility", agenda="2026-03-12")
    p.on("2026-03-12").does("gilles", case, "Task_CommitteeFirst").does(
        "coralie", case, "Task_DiagnosticAssignment"
    )
    for way in ("phone", "letter", "visit"):
        p.does("claire", case, "Task_ContactAttempt", way=way, result="no_answer")
    assert p.due(case, "Task_CommitteeFirst") == date(2026, 4, 9)
    p.on("2026-04-09").does("gilles", case, "Task_CommitteeFirst", decision="refuse", refusal_reason="other")
    assert case.status is CaseStatus.CLOSED


def test_an_incident_brings_the_committee_together_and_pauses_the_measure(programme: Programme) -> None:
    p = programme
    case = supported(p)
    p.starts("nora", case, "incident", urgent_committee=True)
    assert p.told(case)[-1][:2] == ("notice", "coordinator@asae")
    assert p.due(case, "Task_UrgentReview") == date(2026, 4, 13)
    p.does("paule", case, "Task_UrgentReview", decision="pause")
    assert p.steps(case) == ["Task_Pause"]
    p.does("samir", case, "Task_Pause", until=None)
    assert p.due(case, "Task_PauseCheck") == date(2026, 5, 9)
    p.on("2026-05-05").does("samir", case, "Task_PauseCheck", until="2026-06-01")
    assert p.due(case, "Task_Resume") == date(2026, 6, 1)
    p.on("2026-07-02", hour=7)
    assert p.steps(case) == ["Task_PauseCheck"]
    p.does("samir", case, "Task_PauseCheck", next="stop")
    assert p.steps(case) == ["Task_Closure"]


def test_a_landlord_never_reads_that_a_pause_is_a_hospital_s_or_an_incident_is_of_health(
    programme: Programme,
) -> None:
    p = programme
    case = supported(p)

    def dossier(username: str) -> str:
        page = cases.case_page(p.session, p.actor(username), case.id, now=p.clock.now())
        assert page is not None
        return str(page.dossier)

    p.starts("samir", case, "incident", kind="health_crisis", urgent_committee=True)
    p.does("paule", case, "Task_UrgentReview", decision="pause")
    p.does("samir", case, "Task_Pause", reason="hospital", until="2026-06-01")
    for username, reads in (("nora", ()), ("samir", ("Crise de santé", "Hospitalisation"))):
        shown = [word for word in ("Crise de santé", "Hospitalisation") if word in dossier(username)]
        assert (username, shown) == (username, list(reads))
    assert "Crise de santé" in dossier("paule")
    assert "Hospitalisation" in dossier("coralie")
    # What was marked once is not told by what came after it either.
    p.starts("samir", case, "incident", kind="fire_water", urgent_committee=False)

    def history(username: str) -> str:
        actor = p.actor(username)
        tie = access.tie(p.session, actor, case.id)
        assert tie is not None
        redactor = redaction.redactor(p.session, actor, case.id, tie, now=p.clock.now())
        return str(readings.history(p.session, redactor, case.id, "incident", "kind"))

    assert history("nora") == "None"
    assert "Crise de santé" in history("samir")
    for username, has_history in (("nora", False), ("samir", True)):
        page = cases.case_page(p.session, p.actor(username), case.id, now=p.clock.now())
        assert page is not None
        entries = [one for chapter in page.dossier for part in chapter.parts for one in part.entries]
        [kind] = [one for one in entries if (one.form_key, one.key) == ("incident", "kind")]
        assert (username, kind.is_whole, kind.has_history) == (username, True, has_history)


def test_a_renegotiated_contract_may_be_declined_and_the_measure_ends(programme: Programme) -> None:
    p = programme
    case = supported(p)
    p.starts("samir", case, "stop_request", answer="pauses").does(
        "samir", case, "Task_Pause", until="2026-05-20"
    )
    p.on("2026-05-20").does("samir", case, "Task_Resume", same_terms=False)
    declined = {"answer": "declines", "goals": None, "frequency": None, "start_date": None}
    p.does("samir", case, "Task_Engagement", worker="samir", **declined)
    assert p.steps(case) == ["Task_Closure"]


def test_a_death_stops_what_was_awaited_and_nobody_calls_six_months_later(programme: Programme) -> None:
    p = programme
    case = supported(p)
    assert offered(p, "samir", case) == {
        "visit_note", "incident", "stop_request", "move", "death", "workshop",
    }  # fmt: skip
    p.starts("samir", case, "move").starts("samir", case, "workshop")
    p.does("samir", case, "Task_Attendance", attendees=[{"case": case.number, "came": True}])
    p.on("2026-05-02").starts("nora", case, "death")
    assert p.steps(case) == ["Task_Closure"]
    p.does("samir", case, "Task_Closure", reason="death", exit_housing="deceased", levers_worked=None)
    p.on("2026-05-15").does("gilles", case, "Task_ClosureValidation")
    assert case.status is CaseStatus.CLOSED
    p.on("2027-01-04")
    assert p.steps(case) == []


def test_a_death_closes_the_case_even_before_the_first_committee(programme: Programme) -> None:
    p = programme
    case = p.opens("nora", "referral_retention", **WHO)
    p.starts("nora", case, "death")
    assert p.steps(case) == []
    assert case.status is CaseStatus.CLOSED


def test_a_message_that_nobody_waits_for_leaves_a_trace_and_no_trouble(programme: Programme) -> None:
    p = programme
    case = supported(p)
    p.starts("samir", case, "stop_request", answer="stops").starts(
        "samir", case, "stop_request", answer="pauses"
    )
    assert p.events(case).count("message.unheard") == 1
    assert p.steps(case) == ["Task_Closure"]
