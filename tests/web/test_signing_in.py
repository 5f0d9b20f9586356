"""Signing in and out, and what a session is worth."""

from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from asae_engine import commands
from asae_engine.access import attempts, passwords
from asae_engine.access.attempts import Allowance
from asae_engine.model import Draft, SignInAttempts, User
from tests.web.conftest import PASSWORD, Visitor
from web.app import create_app
from web.settings import Settings

if TYPE_CHECKING:
    from pathlib import Path

    from flask import Flask
    from sqlalchemy.orm import Session, sessionmaker

    from asae_engine.clock import TurnedClock


def test_a_good_password_opens_the_inbox_in_a_session_of_its_own(stranger: Visitor) -> None:
    stranger.get("/connexion")
    with stranger.client.session_transaction() as before:
        before["left_by_a_stranger"] = "x"
    answer = stranger.sign_in("remi")
    assert answer.status_code == 302
    assert answer.location == "/"
    with stranger.client.session_transaction() as after:
        assert "left_by_a_stranger" not in after
    assert "Mes tâches" in stranger.get("/").text


def test_an_unknown_name_a_wrong_password_and_a_blocked_account_get_the_same_answer(
    stranger: Visitor, session: Session, clock: TurnedClock
) -> None:
    commands.set_active(session, None, "walid", active=False, now=clock.now())
    said = set()
    for username, password in (("nobody", "x" * 12), ("remi", "not his"), ("walid", PASSWORD), ("", "")):
        answer = stranger.sign_in(username, password)
        assert answer.status_code == 401
        assert "Identifiant ou mot de passe incorrect." in answer.text
        said.add(re.sub(r'value="[^"]*"|content="[^"]*"', "", answer.text))
    assert len(said) == 1


def test_the_ninth_failure_on_an_account_waits_and_good_ones_do_not_count(
    stranger: Visitor, app: Flask
) -> None:
    for _ in range(3):
        assert stranger.sign_in("cora").status_code == 302
        stranger.post("/deconnexion")
    for _ in range(8):
        assert stranger.sign_in("remi", "wrong").status_code == 401
    answer = stranger.sign_in("remi", PASSWORD)
    assert answer.status_code == 429
    assert "Trop d’essais" in answer.text
    assert stranger.sign_in("wafa").status_code == 302


def test_failures_on_many_accounts_from_one_address_wait_too(
    settings: Settings, clock: TurnedClock, programme: None
) -> None:
    narrow = Settings(
        settings.database_url, settings.secret_key, failures_per_address=Allowance(3, timedelta(minutes=1))
    )
    app = create_app(narrow, clock=clock)
    visitor = Visitor(app.test_client())
    assert [visitor.sign_in(f"someone{n}", "x").status_code for n in range(4)] == [401, 401, 401, 429]
    app.extensions["asae.sessions"].kw["bind"].dispose()


def test_failures_count_in_every_web_process_and_are_forgotten_in_time(
    settings: Settings, clock: TurnedClock, programme: None
) -> None:
    narrow = replace(settings, failures_per_account=Allowance(3, timedelta(minutes=15)))
    apps = [create_app(narrow, clock=clock), create_app(narrow, clock=clock)]
    here, there = (Visitor(app.test_client()) for app in apps)
    assert [visitor.sign_in("remi", "x").status_code for visitor in (here, there, here)] == [401] * 3
    clock.advance(timedelta(minutes=14))
    assert there.sign_in("remi").status_code == 429
    clock.advance(timedelta(minutes=2))
    assert there.sign_in("remi").status_code == 302
    for app in apps:
        app.extensions["asae.sessions"].kw["bind"].dispose()


def test_many_attempts_at_once_are_no_more_than_many_in_turn(
    sessions: sessionmaker[Session], clock: TurnedClock
) -> None:
    allowances = {
        "account": Allowance(4, timedelta(minutes=15)),
        "address": Allowance(40, timedelta(minutes=15)),
    }

    def attempt(_: int) -> bool:
        with sessions() as session:
            return attempts.begin(session, allowances, now=clock.now())

    with ThreadPoolExecutor(6) as pool:
        assert sum(pool.map(attempt, range(12))) == 4
    with sessions() as session:
        attempts.forgive(session, allowances, now=clock.now())
        assert attempts.begin(session, allowances, now=clock.now())
        assert not attempts.begin(session, allowances, now=clock.now())


def test_what_is_counted_names_neither_the_account_nor_the_address(
    stranger: Visitor, session: Session, clock: TurnedClock
) -> None:
    stranger.sign_in("remi", "un mot de passe tapé au mauvais endroit")
    kept = session.query(SignInAttempts).all()
    assert len(kept) == 2
    assert all(re.fullmatch(r"[0-9a-f]{64}", one.key) for one in kept)
    clock.advance(timedelta(days=2))
    stranger.sign_in("wafa", "x")
    session.expire_all()
    assert session.query(SignInAttempts).count() == 2


def test_one_never_leaves_the_site_by_signing_in(stranger: Visitor) -> None:
    for target in [
        "//evil.example",
        "https://evil.example/",
        "/\\evil.example",
        "javascript:alert(1)",
        "/nulle-part",
        "\t//evil",
        "/deconnexion",
    ]:
        answer = stranger.sign_in("remi", next=target)
        assert answer.status_code == 302
        assert answer.location == "/"


def test_one_arrives_where_one_was_going(stranger: Visitor) -> None:
    asked = stranger.get("/recherche?q=Lef%C3%A8vre")
    assert asked.status_code == 302
    assert asked.location.startswith("/connexion?next=")
    target = re.search(r'name="next" value="([^"]+)"', stranger.get(asked.location).text)
    assert target
    assert stranger.sign_in("remi", next=target.group(1)).location == "/recherche?q=Lef%C3%A8vre"


def test_a_session_left_alone_for_an_hour_ends(remi: Visitor, clock: TurnedClock) -> None:
    clock.advance(timedelta(minutes=50))
    assert remi.get("/").status_code == 200
    clock.advance(timedelta(minutes=50))
    assert remi.get("/").status_code == 200
    clock.advance(timedelta(minutes=61))
    assert remi.get("/").status_code == 302


def test_signing_out_everywhere_ends_the_sessions_of_other_machines(remi: Visitor, app: Flask) -> None:
    elsewhere = Visitor(app.test_client())
    elsewhere.sign_in("remi")
    remi.post("/deconnexion/partout")
    assert elsewhere.get("/").status_code == 302
    assert remi.get("/").status_code == 302


def test_a_blocked_account_is_out_at_once(remi: Visitor, session: Session, clock: TurnedClock) -> None:
    commands.set_active(session, None, "remi", active=False, now=clock.now())
    assert remi.get("/").status_code == 302


def test_a_new_password_keeps_this_session_and_ends_the_others(
    remi: Visitor, app: Flask, session: Session
) -> None:
    elsewhere = Visitor(app.test_client())
    elsewhere.sign_in("remi")
    new = "une autre phrase assez longue"
    asked = {"current": PASSWORD, "new": new, "again": new}
    assert remi.post("/mon-compte/mot-de-passe", asked).status_code == 302
    assert remi.get("/").status_code == 200
    assert elsewhere.get("/").status_code == 302
    assert elsewhere.sign_in("remi").status_code == 401
    assert elsewhere.sign_in("remi", new).status_code == 302
    stored = session.query(User).filter_by(username="remi").one().password_hash
    assert stored is not None
    assert stored.startswith("$argon2id$")


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        (
            {"current": "wrong", "new": "x" * 6 + "abcdefgh", "again": "x" * 6 + "abcdefgh"},
            "n’est pas le bon",
        ),
        ({"current": PASSWORD, "new": "court", "again": "court"}, "au moins 12"),
        ({"current": PASSWORD, "new": "une autre phrase", "again": "différente phrase"}, "diffèrent"),
        (
            {"current": PASSWORD, "new": "je suis remi et voila", "again": "je suis remi et voila"},
            "identifiant",
        ),
        ({"current": PASSWORD, "new": "aaaaaaaaaaaaaa", "again": "aaaaaaaaaaaaaa"}, "facile à deviner"),
    ],
)
def test_a_bad_new_password_is_refused_with_the_reason(
    fields: dict[str, str], sentence: str, remi: Visitor
) -> None:
    answer = remi.post("/mon-compte/mot-de-passe", fields)
    assert answer.status_code in (401, 422)
    assert sentence in answer.text


def test_the_language_is_the_persons_else_the_browsers_else_french(stranger: Visitor, remi: Visitor) -> None:
    assert '<html lang="en">' in stranger.get("/connexion", headers={"Accept-Language": "en-GB,en"}).text
    assert '<html lang="fr">' in stranger.get("/connexion", headers={"Accept-Language": "de"}).text
    remi.post("/mon-compte/langue", {"locale": "en"})
    assert '<html lang="en">' in remi.get("/", headers={"Accept-Language": "fr"}).text
    remi.post("/mon-compte/langue", {"locale": "tlh"})
    assert '<html lang="en">' in remi.get("/").text


def test_what_was_typed_when_the_session_ended_is_there_after_signing_in(
    remi: Visitor, clock: TurnedClock, session: Session
) -> None:
    token = remi.token()
    clock.advance(timedelta(hours=2))
    sent = {"csrf_token": token, "last_name": "Lefèvre <b>", "first_name": "Ana", "_action": "complete"}
    asked = remi.client.post("/situations/nouvelle/journey", data=sent)
    assert asked.status_code == 401
    assert "Rien n’est perdu" in asked.text
    assert "<b>" not in asked.text
    fields = dict(re.findall(r'name="(next|typed)" value="([^"]*)"', asked.text))
    import html

    answer = remi.sign_in("remi", **{name: html.unescape(value) for name, value in fields.items()})
    assert answer.location == "/situations/nouvelle/journey"
    page = remi.get(answer.location)
    assert "Lefèvre &lt;b&gt;" in page.text
    assert session.query(Draft).one().data["first_name"] == "Ana"


def test_a_form_that_another_site_sent_is_not_carried_through_signing_in(stranger: Visitor) -> None:
    answer = stranger.client.post(
        "/situations/nouvelle/journey",
        data={"last_name": "Piège"},
        headers={"Origin": "https://evil.example"},
    )
    assert answer.status_code == 401
    assert "Piège" not in answer.text


@pytest.mark.parametrize(
    "typed", ["[]", "not json", '{"last_name": "x"}', '{"last_name": [{"a": 1}]}', "x" * 600_000]
)
def test_a_forged_carried_form_harms_nothing(typed: str, stranger: Visitor) -> None:
    assert stranger.sign_in("remi", typed=typed, next="/situations/nouvelle/journey").status_code == 302


def test_cookies_are_for_this_site_and_not_for_scripts(
    stranger: Visitor, settings: Settings, clock: TurnedClock
) -> None:
    cookie = stranger.get("/connexion").headers["Set-Cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie
    assert "Secure" not in cookie
    secure = Settings(settings.database_url, settings.secret_key, secure_cookies=True, proxies=1)
    app = create_app(secure, clock=clock)
    answer = app.test_client().get("/connexion", headers={"X-Forwarded-Proto": "https"})
    assert answer.headers["Set-Cookie"].startswith("__Host-asae=")
    assert "Secure" in answer.headers["Set-Cookie"]
    assert "max-age" in answer.headers["Strict-Transport-Security"]
    app.extensions["asae.sessions"].kw["bind"].dispose()


def test_a_hash_made_weaker_is_made_again_at_the_next_sign_in(stranger: Visitor, session: Session) -> None:
    from argon2 import PasswordHasher

    weak = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(PASSWORD)
    account = session.query(User).filter_by(username="remi").one()
    account.password_hash = weak
    session.commit()
    assert passwords.is_outdated(weak)
    assert stranger.sign_in("remi").status_code == 302
    session.refresh(account)
    assert account.password_hash is not None
    assert not passwords.is_outdated(account.password_hash)


def test_an_installation_keeps_the_secret_it_made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    first = Settings.from_environment({})
    second = Settings.from_environment(
        {"ASAE_SECURE_COOKIES": "yes", "ASAE_PROXIES": "2", "ASAE_IDLE_MINUTES": "5"}
    )
    assert first.secret_key == second.secret_key
    assert len(first.secret_key) > 40
    assert (tmp_path / "var/secret").stat().st_mode & 0o777 == 0o600
    assert (second.secure_cookies, second.proxies, second.idle_timeout) == (True, 2, timedelta(minutes=5))
