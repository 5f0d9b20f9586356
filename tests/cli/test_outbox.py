"""What waits to be sent, webhooks, and whether an account wants mail, from a terminal."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select, update

from asae_engine import commands
from asae_engine.clock import SystemClock
from asae_engine.model import Letter, User
from asae_engine.model.database import create_engine_for, session_factory
from asae_engine.post import Bounds, MailServer, Security
from tests.builders import actor, deployed, opened
from web import cli
from web.settings import SettingRefused, Settings

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy.orm import Session, sessionmaker

HOOK = "https://hooks.example.org/asae"


@pytest.fixture
def installed(sqlite_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[sessionmaker[Session]]:
    """A database with the small bundle, in the environment as an installation has it."""
    monkeypatch.setenv("ASAE_DATABASE_URL", sqlite_url)
    monkeypatch.setenv("ASAE_SECRET_KEY", "for this test")
    engine = create_engine_for(sqlite_url)
    sessions = session_factory(engine)
    with sessions() as session:
        deployed(session, SystemClock().now())
    yield sessions
    engine.dispose()


def test_a_webhook_is_added_listed_and_removed_and_its_secret_shown_once(
    installed: sessionmaker[Session], capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["webhook", "add", HOOK, "--event", "task.completed", "--event", "case.closed"]) == 0
    said = capsys.readouterr().out
    [number] = re.findall(r"Abonnement\u00a0: (\S+)", said)
    [secret] = re.findall(r"whsec_\S+", said)
    with installed() as session:
        opened(session, SystemClock().now())
    assert cli.main(["webhook", "list"]) == 0
    listed = capsys.readouterr().out
    assert listed == f"{number}  {HOOK}  en attente\u00a0: 0  case.closed, task.completed\n"
    assert secret not in listed
    assert cli.main(["webhook", "remove", number]) == 0
    assert cli.main(["webhook", "remove", number]) == 1
    assert "Cet abonnement n’existe pas" in capsys.readouterr().err
    cli.main(["webhook", "list"])
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["http://hooks.example.org/"], "doit commencer par https://"),
        (["https://me:secret@hooks.example.org/"], "ni identifiant, ni mot de passe"),
        ([HOOK, "--event", "task.finished"], "L’événement «\u00a0task.finished\u00a0» n’existe pas"),
    ],
)
def test_a_webhook_that_cannot_be_is_refused_with_a_sentence(
    installed: sessionmaker[Session],
    capsys: pytest.CaptureFixture[str],
    arguments: list[str],
    sentence: str,
) -> None:
    assert cli.main(["webhook", "add", *arguments]) == 1
    assert sentence in capsys.readouterr().err
    cli.main(["webhook", "list"])
    assert capsys.readouterr().out == ""


def test_a_webhook_without_types_hears_of_all(
    installed: sessionmaker[Session], capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["webhook", "add", HOOK]) == 0
    cli.main(["webhook", "list"])
    assert ", ".join(commands.EVENT_TYPES) in capsys.readouterr().out


def test_letters_are_listed_and_those_given_up_tried_again(
    installed: sessionmaker[Session], capsys: pytest.CaptureFixture[str]
) -> None:
    cli.main(["webhook", "add", HOOK, "--event", "case.opened", "--event", "task.opened"])
    with installed() as session:
        opened(session, SystemClock().now())
    capsys.readouterr()
    assert cli.main(["outbox", "list"]) == 0
    first, second = capsys.readouterr().out.splitlines()
    assert re.match(
        r"\d+  webhook  case\.opened  \d{4}-0001  hooks\.example\.org  0 essais, prochain essai le ", first
    )
    now = SystemClock().now()
    with installed() as session:
        session.execute(update(Letter).values(given_up_at=now, error="tls", attempts=16))
        session.commit()
    cli.main(["outbox", "list"])
    assert capsys.readouterr().out == ""
    cli.main(["outbox", "list", "--given-up"])
    assert "16 essais, abandonné le" in (said := capsys.readouterr().out)
    assert "(tls)" in said
    assert cli.main(["outbox", "retry", second.split()[0]]) == 0
    assert "À envoyer de nouveau\u00a0: 1." in capsys.readouterr().out
    assert cli.main(["outbox", "retry"]) == 0
    assert "À envoyer de nouveau\u00a0: 1." in capsys.readouterr().out
    assert cli.main(["outbox", "retry", "x"]) == 2
    with installed() as session:
        assert [one.attempts for one in session.scalars(select(Letter))] == [0, 0]


def test_mail_is_switched_on_and_off_and_the_address_changed(
    installed: sessionmaker[Session], capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["user", "mail", "wafa", "oui"]) == 0
    assert "n’a pas d’adresse" in capsys.readouterr().out
    assert cli.main(["user", "mail", "wafa", "oui", "--email", "wafa@south.example"]) == 0
    assert "reçoit ses avis par courriel" in capsys.readouterr().out
    assert cli.main(["user", "mail", "wafa", "non"]) == 0
    with installed() as session:
        wafa = session.scalars(select(User).where(User.username == "wafa")).one()
        assert (wafa.email, wafa.mail) == ("wafa@south.example", False)
    assert cli.main(["user", "mail", "wafa", "oui", "--email", "wafa@x\nBcc: y@z"]) == 1
    assert "Cette adresse électronique ne peut pas être utilisée." in capsys.readouterr().err
    assert cli.main(["user", "mail", "nobody", "non"]) == 1


def test_nobody_changes_the_mail_of_another_or_her_own_address_or_a_webhook(session: Session) -> None:
    now = SystemClock().now() - timedelta(days=1)
    deployed(session, now)
    wafa = actor(session, "wafa")
    commands.set_mail(session, wafa, "wafa", wanted=False)
    with pytest.raises(commands.NotAllowed):
        commands.set_mail(session, wafa, "walid", wanted=False)
    with pytest.raises(commands.NotAllowed):
        commands.set_mail(session, wafa, "wafa", email="wafa@elsewhere.example", wanted=True)
    commands.set_mail(session, actor(session, "otto"), "wafa", email="wafa@south.example", wanted=True)
    with pytest.raises(commands.NotAllowed):
        commands.add_webhook(session, wafa, HOOK, [], bounds=Bounds(), now=now)
    with pytest.raises(commands.NotAllowed):
        commands.remove_webhook(session, wafa, wafa.user_id, now=now)


def test_the_environment_says_by_whom_mail_goes() -> None:
    given = {
        "ASAE_SECRET_KEY": "x",
        "ASAE_MAIL_HOST": "smtp.example.org",
        "ASAE_MAIL_FROM": "asae@example.org",
    }
    read = Settings.from_environment
    assert read({"ASAE_SECRET_KEY": "x"}).mail is None
    assert read(given).mail == MailServer("smtp.example.org", 587, "asae@example.org", Security.STARTTLS)
    more = {
        "ASAE_MAIL_SECURITY": "tls",
        "ASAE_MAIL_USER": "asae",
        "ASAE_MAIL_PASSWORD": "a secret",
        "ASAE_WEBHOOKS_PRIVATE": "yes",
        "ASAE_PUBLIC_URL": "https://asae.example.org/",
    }
    settings = read({**given, **more})
    assert settings.mail == MailServer(
        "smtp.example.org", 465, "asae@example.org", Security.TLS, "asae", "a secret"
    )
    assert "a secret" not in repr(settings)
    assert settings.webhooks == Bounds(private=True)
    assert settings.public_url == "https://asae.example.org"
    for wrong in (
        {"ASAE_MAIL_FROM": ""},
        {"ASAE_MAIL_FROM": "asae@example.org\r\nBcc: x@y"},
        {"ASAE_MAIL_SECURITY": "ssl"},
        {"ASAE_MAIL_PORT": "smtp"},
    ):
        with pytest.raises(SettingRefused):
            read({**given, **wrong})
