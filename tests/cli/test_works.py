"""Long works from a terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from asae_engine import commands
from asae_engine.clock import SystemClock
from asae_engine.model.database import create_engine_for, session_factory
from tests.builders import actor, deployed, opened
from web import cli

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy.orm import Session, sessionmaker


@pytest.fixture
def installed(sqlite_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[sessionmaker[Session]]:
    """A database with the small bundle and one open case, in the environment as an installation has it."""
    monkeypatch.setenv("ASAE_DATABASE_URL", sqlite_url)
    monkeypatch.setenv("ASAE_SECRET_KEY", "for this test")
    engine = create_engine_for(sqlite_url)
    sessions = session_factory(engine)
    with sessions() as session:
        deployed(session, SystemClock().now())
        opened(session, SystemClock().now())
    yield sessions
    engine.dispose()


def test_a_work_is_asked_for_listed_paused_resumed_and_given_up(
    installed: sessionmaker[Session], capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["job", "message", "household_leaves", "--by", "cora"]) == 0
    assert "1 situations" in capsys.readouterr().out
    assert cli.main(["job", "list"]) == 0
    number, kind, state, progress = capsys.readouterr().out.split()
    assert (kind, state, progress) == ("message", "waiting", "0/1")
    for verb, said, state in (
        ("pause", "Le travail est suspendu.", "paused"),
        ("resume", "Le travail reprend.", "waiting"),
        ("cancel", "Le travail est abandonné.", "canceled"),
    ):
        assert cli.main(["job", verb, number]) == 0
        assert said in capsys.readouterr().out
        cli.main(["job", "list"])
        assert state in capsys.readouterr().out
    assert commands.do_works(installed, now=SystemClock().now()) == 0


def test_what_cannot_be_is_refused_with_a_sentence(
    installed: sessionmaker[Session], capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["job", "message", "household_leaves", "--by", "nobody"]) == 1
    assert "Cette personne n’existe pas" in capsys.readouterr().err
    assert cli.main(["job", "message", "household_leaves", "--by", "wafa"]) == 1
    assert "Votre rôle ne permet pas" in capsys.readouterr().err
    with installed() as session:
        work = commands.request_message(
            session, actor(session, "cora"), "household_leaves", now=SystemClock().now()
        )
    assert cli.main(["job", "resume", str(work.id)]) == 1
    assert "rechargez la page" in capsys.readouterr().err
    assert cli.main(["job", "resume", "x"]) == 2
    assert "n’est pas une valeur permise" in capsys.readouterr().err
