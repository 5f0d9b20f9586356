"""The manager's pages through the door: who may open them, what addresses they bear, what they never show."""

import re
from collections.abc import Iterator
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session, sessionmaker

from asae_engine import commands
from asae_engine.clock import TurnedClock
from asae_engine.model import Task
from asae_engine.reading import works
from tests import builders
from web.app import create_app
from web.settings import Settings

PASSWORD = "une phrase de passe d'essai"


@pytest.fixture
def app(database_url: str, session: Session, clock: TurnedClock) -> Iterator[Flask]:
    """The small bundle, its people, and one late case of a household with a hostile name."""
    builders.deployed(session, clock.now())
    for username in ("mona", "wafa", "otto"):
        commands.set_password(session, None, username, PASSWORD, now=clock.now())
    builders.opened(session, clock.now(), last_name="<script>alert(1)</script>Durand")
    clock.advance(timedelta(days=30))
    app = create_app(Settings(database_url=database_url, secret_key="only for tests"), clock=clock)
    yield app
    app.extensions["asae.sessions"].kw["bind"].dispose()


def signed_in(app: Flask, username: str) -> FlaskClient:
    client = app.test_client()
    page = client.get("/connexion").text
    token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', page)
    assert token
    sent = {"csrf_token": token.group(1), "username": username, "password": PASSWORD}
    assert client.post("/connexion", data=sent).status_code == 302
    return client


PAGES = (
    "/pilotage",
    "/pilotage/travaux",
    "/pilotage/carte/journey",
    "/pilotage/chiffres",
    "/pilotage/chiffres?format=csv",
)


def test_the_manager_opens_every_page_and_reads_no_name(app: Flask) -> None:
    client = signed_in(app, "mona")
    for address in PAGES:
        answer = client.get(address)
        assert answer.status_code == 200, address
        assert "Durand" not in answer.text
        assert "alert(1)" not in answer.text
    assert "2026-0001" in client.get("/pilotage").text
    assert client.get("/pilotage/carte", follow_redirects=True).status_code == 200


def test_those_who_do_not_watch_over_the_programme_are_refused(app: Flask) -> None:
    client = signed_in(app, "wafa")
    for address in PAGES:
        answer = client.get(address)
        assert answer.status_code == 403
        assert "Le pilotage ne vous est pas ouvert." in answer.text


def test_a_stranger_is_asked_to_sign_in(app: Flask) -> None:
    answer = app.test_client().get("/pilotage")
    assert answer.status_code == 302
    assert "/connexion" in answer.headers["Location"]


@pytest.mark.parametrize(
    "address",
    [
        "/pilotage?page=abc&voir=x&organisation=%00&etape=" + "x" * 500,
        "/pilotage?page=99999999999999999999",
        "/pilotage?page=٣",
        "/pilotage?organisation=' OR 1=1--",
        "/pilotage/chiffres?du=hier&au=demain",
        "/pilotage/chiffres?du=9999-12-31&au=0001-01-01",
        "/pilotage/chiffres?du=2026-02-30",
        "/pilotage/chiffres?volet=nope&part=<script>",
    ],
)
def test_a_strange_address_gives_a_page(app: Flask, address: str) -> None:
    answer = signed_in(app, "mona").get(address)
    assert answer.status_code == 200
    assert "<script>alert" not in answer.text


def test_what_does_not_exist_is_not_found(app: Flask) -> None:
    client = signed_in(app, "mona")
    assert client.get("/pilotage/chiffres/nope").status_code == 404
    assert client.get("/pilotage/carte/nope").status_code == 404


def _token(page: str) -> str:
    found = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', page)
    assert found
    return found.group(1)


def test_the_board_says_that_nobody_fires_what_is_due_and_then_how_late_it_was(
    app: Flask, sessions: sessionmaker[Session], clock: TurnedClock
) -> None:
    client = signed_in(app, "mona")
    for address in ("/pilotage", "/pilotage/travaux"):
        assert "rien n’est exécuté" in client.get(address).text
    assert client.get("/sante").get_json()["due"] == {
        "waiting": 4,
        "stalled": True,
        "late_median": None,
        "late_95": None,
        "late_worst": None,
    }
    commands.fire_due(sessions, now=clock.now())
    page = client.get("/pilotage").text
    assert "rien n’est exécuté" not in page
    assert re.search(r"exécutées avec \d+ jours de retard \(médiane\), 27 jours au pire", page)
    assert "0 en attente" in page
    assert client.get("/sante").get_json()["due"]["waiting"] == 0


def test_the_coordination_gives_all_steps_of_a_person_to_another_and_follows_it(
    app: Flask, session: Session, sessions: sessionmaker[Session], clock: TurnedClock
) -> None:
    commands.set_password(session, None, "cora", PASSWORD, now=clock.now())
    [task] = session.query(Task).all()
    commands.claim(session, builders.actor(session, "wafa"), task.id, now=clock.now())
    client = signed_in(app, "cora")
    page = client.get("/pilotage/travaux").text
    assert "Wafa (1)" in page
    assert "every 2s" not in page
    sent = {"csrf_token": _token(page), "de": "wafa", "a": "walid"}
    page = client.post("/pilotage/travaux/confier", data=sent, follow_redirects=True).text
    assert "1 étape va être confiée" in page
    assert "Confier à Walid les étapes de Wafa" in page
    assert 'hx-trigger="every 2s"' in page
    work = re.search(r"/pilotage/travaux/([0-9a-f-]{36})/suspendre", page)
    assert work
    address, token = f"/pilotage/travaux/{work.group(1)}", {"csrf_token": sent["csrf_token"]}
    page = client.post(f"{address}/suspendre", data=token, follow_redirects=True).text
    assert "Suspendu" in page
    assert f"{address}/reprendre" in page
    assert signed_in(app, "mona").post(f"{address}/reprendre", data=token).status_code in (400, 403)
    client.post(f"{address}/reprendre", data=token)
    assert client.post(f"{address}/x", data=token).status_code == 404
    while commands.do_works(sessions, now=clock.now()):
        pass
    listing = client.get("/pilotage/travaux/liste").text
    assert "Terminé" in listing
    assert "1 sur 1" in listing
    assert "hx-get" not in listing
    session.rollback()
    assert [name for name, _, _ in works.holders(session)] == ["walid"]


def test_a_message_is_sent_to_all_cases_by_who_may_and_only_one_of_the_diagrams(
    app: Flask, session: Session, sessions: sessionmaker[Session], clock: TurnedClock
) -> None:
    commands.set_password(session, None, "cora", PASSWORD, now=clock.now())
    client = signed_in(app, "cora")
    page = client.get("/pilotage/travaux").text
    assert '<option value="household_leaves">' in page
    sent = {"csrf_token": _token(page), "message": "household_leaves"}
    assert client.post("/pilotage/travaux/transmettre", data={**sent, "message": "x"}).status_code == 404
    page = client.post("/pilotage/travaux/transmettre", data=sent, follow_redirects=True).text
    assert "1 situation va être examinée" in page
    while commands.do_works(sessions, now=clock.now()):
        pass
    assert "dont 1 sans objet" in client.get("/pilotage/travaux").text
    assert "Transmettre un message" not in signed_in(app, "mona").get("/pilotage/travaux").text
