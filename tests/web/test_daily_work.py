"""A day’s work by the pages: the inbox, a task from taking to completing, opening a case, correcting an
answer.
"""

from __future__ import annotations

import re
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from asae_engine import commands
from asae_engine.model import Case, Draft, Event, Household, Notice, Submission, Task, TaskStatus
from tests import builders
from tests.web.conftest import Visitor

if TYPE_CHECKING:
    from flask import Flask
    from sqlalchemy.orm import Session

    from asae_engine.clock import TurnedClock


@pytest.fixture
def case(programme: None, session: Session, clock: TurnedClock) -> Case:
    return builders.opened(session, clock.now()).case


@pytest.fixture
def task(case: Case, session: Session) -> Task:
    return session.query(Task).filter_by(case_id=case.id, element_id="prepare").one()


def _fresh(session: Session, task: Task) -> Task:
    session.rollback()
    session.refresh(task)
    return task


def test_the_inbox_says_what_whom_which_case_and_why(wafa: Visitor, case: Case, task: Task) -> None:
    text = wafa.get("/").text
    assert "Préparer" in text
    assert "Durand Émilie, Narbonne" in text
    assert case.number in text
    assert "ouverte par Remi" in text
    assert "Plus tard" in text
    assert "aucune tâche prise" in text


def test_tasks_pass_from_later_to_late_as_days_go_by(wafa: Visitor, task: Task, clock: TurnedClock) -> None:
    def sections() -> list[str]:
        return re.findall(r'id="groupe-(\w+)"', wafa.get("/").text)

    assert sections() == ["later"]  # Monday 2 March; due on Monday 9
    for instant, section in (
        (timedelta(days=6), "later"),
        (timedelta(days=1), "today"),
        (timedelta(days=1), "late"),
    ):
        clock.advance(instant)
        wafa.sign_in("wafa")
        assert sections() == [section]
    assert "en retard de 1 jour" in wafa.get("/").text
    assert sections() == ["late"]
    assert re.findall(r'id="groupe-(\w+)"', wafa.get("/?quand=later").text) == []


def test_filters_keep_in_the_address_and_say_what_they_hide(wafa: Visitor, task: Task) -> None:
    hidden = wafa.get("/?pour=moi&etape=Autre").text
    assert "1 tâche est masquée par les filtres." in hidden
    assert re.search(r'href="/\?[^"]*pour=moi[^"]*quand=late', hidden)
    assert "Préparer" in wafa.get("/?pour=groupe").text
    assert "Durand" in wafa.get("/?situation=2026").text
    assert "Durand" not in wafa.get("/?situation=2027").text


def test_an_empty_inbox_says_what_will_come(wafa: Visitor) -> None:
    assert "Rien ne vous attend" in wafa.get("/").text


def test_a_task_is_taken_in_place_or_by_a_page_and_given_back(
    wafa: Visitor, app: Flask, task: Task, session: Session
) -> None:
    here = f"/taches/{task.id}"
    answer = wafa.post(f"{here}/prendre", {"retour": "/?pour=toutes"}, headers={"HX-Request": "true"})
    assert answer.status_code == 200
    assert "<html" not in answer.text
    assert 'hx-swap-oob="true"' in answer.text
    assert "Rendre" in answer.text
    assert _fresh(session, task).assignee is not None
    walid = Visitor(app.test_client())
    walid.sign_in("walid")
    assert "Préparer" not in walid.get("/").text
    assert wafa.post(f"{here}/rendre").location == here
    assert _fresh(session, task).assignee_id is None
    assert "Préparer" in walid.get("/").text


def test_two_people_who_take_the_same_task_are_told_who_has_it(wafa: Visitor, app: Flask, task: Task) -> None:
    walid = Visitor(app.test_client())
    walid.sign_in("walid")
    wafa.post(f"/taches/{task.id}/prendre")
    answer = walid.post(f"/taches/{task.id}/prendre", {"retour": "/"}, follow_redirects=True)
    assert answer.status_code == 200
    assert "Wafa a déjà pris cette étape" in answer.text


def test_a_coordinator_gives_a_task_to_someone(
    cora: Visitor, wafa: Visitor, task: Task, session: Session
) -> None:
    page = cora.get(f"/taches/{task.id}").text
    assert "Attribuer à" in page
    assert "Walid (Sud)" in page
    cora.post(f"/taches/{task.id}/attribuer", {"username": "walid"})
    found = _fresh(session, task).assignee
    assert found is not None
    assert found.username == "walid"
    assert "Walid s’en occupe" in cora.get(f"/taches/{task.id}").text
    assert wafa.post(f"/taches/{task.id}/attribuer", {"username": "wafa"}).status_code == 403


def test_a_completed_task_leads_to_ones_next_in_the_case_else_to_the_inbox(
    wafa: Visitor, task: Task, session: Session
) -> None:
    here = f"/taches/{task.id}"
    again = wafa.post(f"{here}/terminer", {"decision": "again", "_action": "complete"})
    assert again.location == "/"
    assert "Étape «\u00a0Préparer\u00a0» terminée." in wafa.get("/").text
    session.rollback()
    second = session.query(Task).filter_by(case_id=task.case_id, element_id="prepare", status="open").one()
    wafa.post(f"/taches/{second.id}/prendre")
    done = wafa.post(
        f"/taches/{second.id}/terminer", {"decision": "opinion", "operator": "south", "who": "wafa"}
    )
    assert done.location == "/"
    assert _fresh(session, second).status is TaskStatus.COMPLETED
    assert "Cette étape est terminée" in wafa.get(here).text


def test_a_double_click_completes_once_and_goes_on(wafa: Visitor, task: Task, session: Session) -> None:
    sent = {"decision": "opinion", "_action": "complete"}
    assert wafa.post(f"/taches/{task.id}/terminer", sent).status_code == 302
    assert wafa.post(f"/taches/{task.id}/terminer", sent).location == "/"
    session.rollback()
    assert session.query(Submission).filter_by(form_key="prepare").count() == 1


def test_what_was_typed_comes_back_after_a_refusal(wafa: Visitor, task: Task, session: Session) -> None:
    sent = {"decision": "", "health": "à revoir <i>", "_action": "complete"}
    answer = wafa.post(f"/taches/{task.id}/terminer", sent)
    assert answer.status_code == 422
    assert "à revoir &lt;i&gt;" in answer.text
    assert "à revoir &lt;i&gt;" in wafa.get(f"/taches/{task.id}").text
    session.rollback()
    assert session.query(Draft).one().data["health"] == "à revoir <i>"


def test_someone_faster_is_named_and_what_was_typed_is_given_back(
    wafa: Visitor, app: Flask, task: Task, session: Session
) -> None:
    walid = Visitor(app.test_client())
    walid.sign_in("walid")
    walid.get(f"/taches/{task.id}")
    wafa.post(f"/taches/{task.id}/terminer", {"decision": "again"})
    answer = walid.post(f"/taches/{task.id}/terminer", {"decision": "opinion", "operator": "Mon <b>avis</b>"})
    assert answer.status_code == 409
    assert "terminée par Wafa le 02/03/2026 à 09:00" in answer.text
    assert "Mon &lt;b&gt;avis&lt;/b&gt;" in answer.text


def test_drafts_are_saved_as_one_types_and_a_newer_one_is_not_overwritten(
    wafa: Visitor, task: Task, clock: TurnedClock
) -> None:
    at = f"/taches/{task.id}/brouillon"
    first = wafa.put(at, {"answers": {"operator": "un", "nowhere": "x"}, "known": None})
    assert first.status_code == 200
    assert first.json is not None
    clock.advance(timedelta(minutes=5))
    second = wafa.put(at, {"answers": {"operator": "deux"}, "known": first.json["saved_at"]})
    assert second.status_code == 200
    stale = wafa.put(at, {"answers": {"operator": "trois"}, "known": first.json["saved_at"]})
    assert stale.status_code == 409
    assert stale.json is not None
    assert stale.json["answers"] == {"operator": "deux"}
    assert 'value="deux"' in wafa.get(f"/taches/{task.id}").text


def test_a_form_may_be_kept_for_later_without_scripts(wafa: Visitor, task: Task) -> None:
    answer = wafa.post(f"/taches/{task.id}/terminer", {"operator": "plus tard", "_action": "save"})
    assert answer.location == "/"
    assert "Votre saisie est gardée" in wafa.get("/").text
    assert 'value="plus tard"' in wafa.get(f"/taches/{task.id}").text


def test_a_known_household_is_shown_before_a_second_case_is_opened(
    remi: Visitor, case: Case, session: Session
) -> None:
    here = "/situations/nouvelle/journey"
    asked = remi.post(here, {**builders.answers(), "_action": "complete"})
    assert asked.status_code == 409
    assert "Ce ménage est peut-être déjà connu" in asked.text
    assert case.number in asked.text
    assert 'value="Narbonne"' in asked.text
    household = re.search(r'name="_household"[^>]*value="([0-9a-f-]{36})"', asked.text)
    assert household
    opened = remi.post(here, {**builders.answers(), "_household": household.group(1)})
    assert opened.status_code == 302
    session.rollback()
    assert session.query(Household).count() == 1
    second = remi.get(opened.location)
    assert "Autres situations du ménage" in second.text
    other = remi.post(here, {**builders.answers(), "_household": "other"})
    assert other.status_code == 302
    session.rollback()
    assert session.query(Household).count() == 2


def test_who_may_not_see_a_known_household_learns_only_that_it_is_followed(
    app: Flask, session: Session, case: Case, clock: TurnedClock
) -> None:
    commands.add_user(
        session, None, "rita", "Rita", "south", ["referrer"], "une phrase de passe d'essai", now=clock.now()
    )
    rita = Visitor(app.test_client())
    rita.sign_in("rita")
    almost = {**builders.answers(), "last_name": "Durant", "_action": "complete"}
    asked = rita.post("/situations/nouvelle/journey", almost)
    assert asked.status_code == 409
    assert case.number not in asked.text
    assert "Durand<" not in asked.text
    assert "1 situation suivie par d’autres" in asked.text


def test_a_side_process_is_offered_where_it_may_be_started(
    cora: Visitor, remi: Visitor, case: Case, session: Session
) -> None:
    page = cora.get(f"/situations/{case.id}").text
    here = f"/situations/{case.id}/demarrer/note"
    assert here in page
    assert f"/situations/{case.id}/demarrer/leave" not in page
    assert here not in remi.get(f"/situations/{case.id}").text
    assert remi.get(here).status_code == 403
    refused = cora.post(here, {"done": ""})
    assert refused.status_code == 422
    assert cora.post(here, {"done": "Visite faite"}).location == f"/situations/{case.id}"
    session.rollback()
    assert session.query(Submission).filter_by(form_key="note").one().data["done"] == "Visite faite"
    assert "Visite faite" in cora.get(f"/situations/{case.id}").text


def test_an_answer_is_corrected_with_a_reason_and_its_history_kept(
    cora: Visitor, wafa: Visitor, case: Case
) -> None:
    here = f"/situations/{case.id}/corriger/opening/town"
    assert 'value="Narbonne"' in cora.get(here).text
    assert cora.post(here, {"town": "Leucate", "_reason": " "}).status_code == 422
    assert cora.post(here, {"town": "Leucate", "_reason": "Erreur de <saisie>"}).status_code == 302
    history = cora.get(f"/situations/{case.id}/historique/opening/town").text
    assert history.index("Leucate") < history.index("Narbonne")
    assert "Erreur de &lt;saisie&gt;" in history
    assert "Réponse corrigée" in cora.get(f"/situations/{case.id}").text
    assert wafa.get(here).status_code in (403, 404)
    assert cora.get(f"/situations/{case.id}/corriger/opening/nowhere").status_code == 404


def test_a_case_is_found_by_its_number_and_by_name_in_any_order_without_accents(
    remi: Visitor, app: Flask, case: Case
) -> None:
    assert remi.get(f"/recherche?q={case.number}").location == f"/situations/{case.id}"
    for asked in ("durand", "DURAND", "emilie dur", "Émilie", "dur émi", "2026", "2026-00"):
        assert case.number in remi.get("/recherche", query_string={"q": asked}).text, asked
    assert case.number not in remi.get("/recherche?q=urand").text
    otto = Visitor(app.test_client())
    otto.sign_in("otto")
    for asked in ("durand", case.number):
        assert "Durand" not in otto.get("/recherche", query_string={"q": asked}).text


def test_notices_stand_above_the_inbox_until_they_are_seen(
    cora: Visitor, session: Session, case: Case, task: Task, clock: TurnedClock
) -> None:
    clock.advance(timedelta(days=20))
    commands.fire_due(_sessions(session), now=clock.now())
    cora.sign_in("cora")
    text = cora.get("/").text
    assert "En retard" in text
    assert "À votre attention" in text
    notices = re.findall(r'name="avis" value="([^"]+)"', text)
    assert cora.post("/avis/vus", {"avis": notices}).location == "/"
    assert "À votre attention" not in cora.get("/").text
    session.rollback()
    assert session.query(Notice).filter(Notice.role == "coordinator", Notice.read_at.is_(None)).count() == 0
    assert cora.post("/avis/vus", {"avis": "not an id"}).status_code == 400
    assert "signalé" in cora.get(f"/situations/{case.id}?fil=echeances").text


def _sessions(session: Session):  # type: ignore[no-untyped-def]  # a factory on the same database
    from asae_engine.model.database import session_factory

    return session_factory(session.get_bind())  # type: ignore[arg-type]  # an engine, not a connection


def test_the_timeline_goes_back_page_by_page(
    cora: Visitor, case: Case, session: Session, clock: TurnedClock
) -> None:
    for turn in range(30):
        task = session.query(Task).filter_by(case_id=case.id, element_id="prepare", status="open").one()
        commands.complete_task(
            session, builders.actor(session, "wafa"), task.id, {"decision": "again"}, now=clock.now()
        )
        assert turn < 31
    first = cora.get(f"/situations/{case.id}?fil=etapes").text
    older = re.search(r'href="(/situations/[^"]*avant=\d+[^"]*)"', first)
    assert older
    second = cora.get(older.group(1).replace("&amp;", "&").split("#")[0])
    assert second.status_code == 200
    assert "Étape" in second.text
    session.rollback()
    assert session.query(Event).filter_by(case_id=case.id, type="task.completed").count() == 30
