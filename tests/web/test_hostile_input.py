"""What does not belong is answered by a clear French sentence, harms nothing and loses nothing."""

from __future__ import annotations

import io
import logging
import re
from typing import TYPE_CHECKING
from uuid import uuid4

import pytest

from asae_engine import commands
from asae_engine.model import Attachment, Case, Draft, Task
from tests import builders
from tests.web.conftest import Visitor
from web import health
from web.app import create_app
from web.settings import Settings

if TYPE_CHECKING:
    from flask import Flask
    from sqlalchemy.orm import Session

    from asae_engine.clock import TurnedClock

SCRIPT = "<script>alert('x')</script>"
NOTHING = uuid4()


def _opened(session: Session, clock: TurnedClock, **changes: object) -> Case:
    return builders.opened(session, clock.now(), **changes).case


def _task(session: Session, case: Case) -> Task:
    return session.query(Task).filter_by(case_id=case.id, element_id="prepare").one()


def test_a_name_made_of_html_is_shown_as_it_was_written(
    remi: Visitor, wafa: Visitor, session: Session, clock: TurnedClock
) -> None:
    case = _opened(session, clock, last_name=SCRIPT, first_name='"><img src=x onerror=alert(1)>', town=SCRIPT)
    for visitor in (remi, wafa):
        for path in (
            "/",
            "/situations",
            f"/situations/{case.id}",
            "/recherche?q=script",
            f"/taches/{_task(session, case).id}",
        ):
            text = visitor.get(path).text
            assert "<script>alert" not in text
            assert "<img src=x" not in text
    assert "&lt;script&gt;" in remi.get(f"/situations/{case.id}").text


def test_any_search_is_answered(remi: Visitor, session: Session, clock: TurnedClock) -> None:
    _opened(session, clock)
    for query in [SCRIPT, "%", "_", "' or 1=1 --", "\x00", "é" * 500, "2026-", "2026-9999", "-", "   ", "ﷺ"]:
        answer = remi.get("/recherche", query_string={"q": query})
        assert answer.status_code == 200
        assert "<script>alert" not in answer.text
        if query in ("%", "_", "' or 1=1 --", "2026-9999"):
            assert "Durand" not in answer.text


def test_a_filter_that_means_nothing_is_left_aside(wafa: Visitor) -> None:
    for address in [
        "/?apres=x",
        "/?apres=bnVsbA",
        "/?apres=WyIyMDI2IiwgIngiXQ",
        "/?pour=tous",
        "/?quand=hier",
        "/?etape=" + "x" * 3000,
        "/situations?etat=volee",
        "/?etape=%00",
        "/recherche?q=%00",
        "/?situation=%00",
        "/?situation=%25",
    ]:
        assert wafa.get(address).status_code == 200


def test_what_does_not_exist_is_said_with_a_reference_that_the_log_has(
    cora: Visitor, caplog: pytest.LogCaptureFixture
) -> None:
    for path in [
        f"/taches/{NOTHING}",
        f"/situations/{NOTHING}",
        f"/situations/{NOTHING}/lectures",
        f"/situations/{NOTHING}/historique/opening/last_name",
        f"/situations/{NOTHING}/corriger/opening/last_name",
        f"/situations/{NOTHING}/demarrer/note",
        f"/situations/pieces/{NOTHING}",
        "/situations/nouvelle/nowhere",
        "/situations/nouvelle/..%2f..%2fetc%2fpasswd",
        "/static/../app.py",
        "/static/build/..%2f..%2f..%2fapp.py",
        "/taches/1",
        "/taches/00000000-0000-0000-0000-00000000000g",
        "/n-existe-pas",
    ]:
        with caplog.at_level(logging.WARNING, "asae.web"):
            answer = cora.get(path)
        assert answer.status_code == 404, path
        if not path.startswith("/static"):
            reference = re.search(r'class="reference">([0-9A-F]{8})<', answer.text)
            assert reference
            assert reference.group(1) in caplog.text
        assert not re.search(r"Traceback|werkzeug|sqlalchemy|Exception", answer.text, re.IGNORECASE)


def test_someone_elses_task_and_case_do_not_exist_for_strangers_to_them(
    wafa: Visitor, app: Flask, session: Session, clock: TurnedClock
) -> None:
    case = _opened(session, clock)
    task = _task(session, case)
    wafa.post(f"/taches/{task.id}/prendre")
    walid = Visitor(app.test_client())
    walid.sign_in("walid")
    assert walid.get(f"/taches/{task.id}").status_code == 404
    assert walid.get(f"/situations/{case.id}").status_code == 404
    for verb, fields in (
        ("terminer", {"decision": "opinion"}),
        ("rendre", {}),
        ("attribuer", {"username": "walid"}),
        ("prendre", {}),
    ):
        answer = walid.post(f"/taches/{task.id}/{verb}", fields)
        assert answer.status_code in (302, 403, 409), verb
    assert walid.put(f"/taches/{task.id}/brouillon", {"answers": {"who": "x"}}).status_code in (403, 409)
    session.rollback()
    session.refresh(task)
    assert task.status == "open"
    assert session.query(Draft).count() == 0


def test_a_wrong_method_is_refused(cora: Visitor) -> None:
    for method, path in [
        ("POST", "/"),
        ("GET", f"/taches/{NOTHING}/terminer"),
        ("DELETE", f"/taches/{NOTHING}"),
        ("PUT", "/connexion"),
        ("GET", "/deconnexion"),
    ]:
        answer = cora.client.open(path, method=method, headers={"X-CSRFToken": cora.token()})
        assert answer.status_code == 405
        assert "Référence" in answer.text


@pytest.mark.parametrize("token", [None, "", "forged", "x" * 5000])
def test_nothing_changes_without_the_sessions_own_token(
    token: str | None, wafa: Visitor, session: Session, clock: TurnedClock
) -> None:
    task = _task(session, _opened(session, clock))
    fields = {} if token is None else {"csrf_token": token}
    for path in (
        f"/taches/{task.id}/prendre",
        f"/taches/{task.id}/terminer",
        "/deconnexion",
        "/mon-compte/langue",
    ):
        answer = wafa.client.post(path, data=fields)
        assert answer.status_code == 400
        assert "Rechargez-la" in answer.text
    answer = wafa.client.put(f"/taches/{task.id}/brouillon", json={"answers": {}})
    assert answer.status_code == 400
    session.refresh(task)
    assert task.assignee_id is None


def test_a_huge_body_is_refused_before_it_is_read(
    settings: Settings, clock: TurnedClock, programme: None
) -> None:
    app = create_app(Settings(settings.database_url, settings.secret_key, max_request=20_000), clock=clock)
    visitor = Visitor(app.test_client())
    visitor.sign_in("remi")
    answer = visitor.post("/situations/nouvelle/journey", {"last_name": "x" * 30_000})
    assert answer.status_code == 413
    assert "C’est trop lourd" in answer.text
    app.extensions["asae.sessions"].kw["bind"].dispose()


def test_a_draft_that_is_no_draft_is_refused(wafa: Visitor, session: Session, clock: TurnedClock) -> None:
    task = _task(session, _opened(session, clock))
    for body in [
        b"",
        b"{",
        b"[]",
        b'"x"',
        b'{"answers": []}',
        b'{"answers": null}',
        b'{"answers": {"a": ' + b"[" * 5000,
    ]:
        answer = wafa.client.put(
            f"/taches/{task.id}/brouillon",
            data=body,
            content_type="application/json",
            headers={"X-CSRFToken": wafa.token(), "Accept": "application/json"},
        )
        assert answer.status_code == 400
        assert answer.json is not None
        assert answer.json["error"]


def test_fields_that_do_not_belong_are_refused_and_the_rest_is_kept(remi: Visitor, session: Session) -> None:
    fields = {**builders.answers(), "town": "Narbonne", "is_admin": "true", "case_id": str(NOTHING)}
    answer = remi.post("/situations/nouvelle/journey", fields)
    assert answer.status_code == 422
    assert 'value="Durand"' in answer.text
    assert session.query(Case).count() == 0


def test_a_file_named_like_a_path_keeps_its_last_word_only(
    remi: Visitor, session: Session, clock: TurnedClock
) -> None:
    papers = {"type": "filepicker", "key": "papers", "properties": {}}
    names = builders.text("last_name", required=True, mark="P"), builders.text("first_name", mark="P")
    rest = builders.day("birth_date", mark="P"), builders.text("town"), papers
    files = {"form_opening": builders.form("opening", *names, *rest)}
    commands.deploy(session, None, builders.bundle(**files), "fichiers", now=clock.now())
    sent = {"last_name": "Durand", "papers": (io.BytesIO(b"x"), "../../etc/<b>passwd.txt")}
    answer = remi.post("/situations/nouvelle/journey", sent, content_type="multipart/form-data")
    assert answer.status_code == 302
    stored = session.query(Attachment).one()
    assert "/" not in stored.filename
    page = remi.get(answer.location).text
    assert "<b>passwd" not in page


def test_a_stranger_is_sent_to_sign_in_whatever_the_door(stranger: Visitor, app: Flask) -> None:
    for rule in app.url_map.iter_rules():
        if rule.endpoint in ("static", "health.health", "auth.sign_in", "auth.enter"):
            continue
        values = {name: _value(converter) for name, converter in rule._converters.items()}
        with app.test_request_context():
            path = app.url_map.bind("").build(
                rule.endpoint, values, method=sorted(rule.methods or ())[0] if rule.methods else None
            )
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}:
            answer = stranger.client.open(path, method=method)
            assert answer.status_code in (302, 401), (method, path, answer.status_code)
            assert "Durand" not in answer.text


def _value(converter: object) -> object:
    kind = type(converter).__name__
    return {"UUIDConverter": NOTHING, "ColumnNumber": 1}.get(kind, "x")


def test_pages_are_not_kept_and_say_what_a_browser_may_do(cora: Visitor, stranger: Visitor) -> None:
    for answer in (cora.get("/"), stranger.get("/connexion"), cora.get("/n-existe-pas")):
        policy = answer.headers["Content-Security-Policy"]
        assert "default-src 'self'" in policy
        assert "frame-ancestors 'none'" in policy
        assert "unsafe" not in policy
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["Referrer-Policy"] == "same-origin"
        assert answer.headers["Cache-Control"] == "no-store"
        assert "style=" not in answer.text
        assert not re.search(r"<script(?![^>]*src=)(?![^>]*application/json)", answer.text)


def test_an_unforeseen_failure_says_nothing_technical_and_is_found_in_the_log(
    cora: Visitor, app: Flask, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken() -> str:
        raise ZeroDivisionError("very technical")

    app.view_functions["search.results"] = broken
    answer = cora.get("/recherche?q=x")
    assert answer.status_code == 500
    assert "very technical" not in answer.text
    reference = re.search(r'class="reference">([0-9A-F]{8})<', answer.text)
    assert reference
    assert reference.group(1) in caplog.text
    assert "ZeroDivisionError" in caplog.text
    in_place = cora.get("/recherche?q=x", headers={"HX-Request": "true"})
    assert in_place.headers["HX-Retarget"] == "#messages"
    assert "<html" not in in_place.text


def test_health_answers_without_signing_in(stranger: Visitor) -> None:
    answer = stranger.get("/sante")
    assert answer.status_code == 200
    assert answer.json is not None
    assert (answer.json["status"], answer.json["database"]) == ("ok", "ok")
    assert answer.json["due"].keys() == {"waiting", "stalled", "late_median", "late_95", "late_worst"}
    assert health.blueprint.name == "health"
