"""« Envois », for administrators; the switch for mail on one's own account; what monitoring is told."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from sqlalchemy import select, update

from asae_engine import commands
from asae_engine.model import Letter, User, Webhook
from asae_engine.post import MailServer
from tests import builders
from tests.web.conftest import Visitor
from web.app import create_app

if TYPE_CHECKING:
    from flask import Flask
    from sqlalchemy.orm import Session

    from asae_engine.clock import TurnedClock
    from web.settings import Settings

HOOK = "https://hooks.example.org/asae"


def _administrator(app: Flask) -> Visitor:
    visitor = Visitor(app.test_client())
    assert visitor.sign_in("otto").status_code == 302
    return visitor


def test_an_administrator_adds_a_webhook_sees_its_secret_once_and_removes_it(
    app: Flask, programme: None, session: Session
) -> None:
    otto = _administrator(app)
    assert "Aucun autre système n’est prévenu." in otto.get("/envois").text
    made = otto.post("/envois/abonnements", {"url": HOOK, "type": ["case.opened", "case.closed"]})
    assert made.status_code == 200
    webhook = session.scalars(select(Webhook)).one()
    assert webhook.secret in made.text
    page = otto.get("/envois").text
    assert HOOK in page
    assert "case.closed, case.opened" in page
    assert "whsec_" not in page
    assert otto.post(f"/envois/abonnements/{webhook.id}/retirer").status_code == 302
    assert HOOK not in otto.get("/envois").text
    assert otto.post(f"/envois/abonnements/{webhook.id}/retirer").status_code == 404


def test_what_cannot_be_is_refused_with_a_sentence_and_what_was_typed_comes_back(
    app: Flask, programme: None, session: Session
) -> None:
    otto = _administrator(app)
    for fields, sentence in (
        ({"url": "http://hooks.example.org/", "type": "case.opened"}, "doit commencer par https://"),
        ({"url": HOOK}, "Choisissez au moins un événement."),
        ({"url": HOOK, "type": "nothing"}, "n’existe pas"),
    ):
        refused = otto.post("/envois/abonnements", fields)
        assert refused.status_code == 422
        assert sentence in refused.text
        assert f'value="{fields["url"]}"' in refused.text
    assert session.scalars(select(Webhook)).all() == []


def test_the_page_is_for_administrators(app: Flask, cora: Visitor) -> None:
    assert cora.get("/envois").status_code == 403
    assert cora.post("/envois/abonnements", {"url": HOOK, "type": "case.opened"}).status_code == 403
    assert "/envois" not in cora.get("/").text
    assert 'href="/envois"' in _administrator(app).get("/").text
    assert Visitor(app.test_client()).get("/envois").status_code == 302


def test_what_was_given_up_is_shown_with_its_reason_and_tried_again(
    app: Flask, programme: None, session: Session, clock: TurnedClock, settings: Settings
) -> None:
    commands.add_webhook(session, None, HOOK, [], bounds=settings.webhooks, now=clock.now())
    builders.opened(session, clock.now())
    codes = ["http_500", "tls", "a_new_word"]
    for letter, code in zip(session.scalars(select(Letter)).all(), codes, strict=False):
        session.execute(
            update(Letter).where(Letter.id == letter.id).values(error=code, given_up_at=clock.now())
        )
    session.commit()
    clock.advance(timedelta(minutes=3))
    otto, total = _administrator(app), len(session.scalars(select(Letter)).all())
    page = otto.get("/envois").text
    assert f"Envois\u00a0: {total - 3} en attente, le plus ancien depuis 3 minutes. 3 abandonnés." in page
    for sentence in ("hooks.example.org", "l’autre système a répondu 500", "certificat refusé", "a_new_word"):
        assert sentence in page
    health = otto.get("/sante").get_json()["outbox"]
    assert health == {"waiting": total - 3, "waited": 180.0, "given_up": 3}
    otto.post("/envois/reessayer")
    assert otto.get("/sante").get_json()["outbox"]["given_up"] == 0
    assert "Abandonnés" not in otto.get("/envois").text


def test_each_person_switches_mail_on_and_off_for_herself(wafa: Visitor, session: Session) -> None:
    assert "n’a pas d’adresse électronique" in wafa.get("/mon-compte").text
    session.execute(update(User).where(User.username == "wafa").values(email="wafa@south.example"))
    session.commit()
    box = re.compile(r'id="mail"[^>]*?( checked)?>')
    for fields, is_on in (({}, False), ({"mail": "yes"}, True)):
        wafa.post("/mon-compte/courriel", fields)
        page = wafa.get("/mon-compte").text
        assert "wafa@south.example" in page
        found = box.search(page)
        assert found is not None
        assert bool(found[1]) is is_on
        session.rollback()
        session.expire_all()
        assert session.scalars(select(User.mail).where(User.username == "wafa")).one() is is_on


def test_an_installation_without_a_mail_server_says_so(
    app: Flask, programme: None, settings: Settings
) -> None:
    assert "Aucun serveur de courriel n’est réglé" in _administrator(app).get("/envois").text
    mailing = replace(settings, mail=MailServer("127.0.0.1", 25, "asae@aude.example"))
    other = create_app(mailing)
    assert "Aucun serveur de courriel" not in _administrator(other).get("/envois").text
    other.extensions["asae.sessions"].kw["bind"].dispose()
