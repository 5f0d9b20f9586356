"""`asae clock` lives through time on a copy: it says what fires, and the database does not change."""

from datetime import timedelta

import pytest
from sqlalchemy import URL, func, make_url, select, table
from sqlalchemy.orm import Session, sessionmaker

from asae_engine.calendar import local_date
from asae_engine.clock import SystemClock
from asae_engine.model.copies import CopyFailed, copy_of
from asae_engine.model.database import create_engine_for
from tests import builders
from web.cli import main

COUNTED = ("event", "task", "notice", "submission", "dossier_field", "task_deadline", "process_instance")


def counts(url: str) -> dict[str, int]:
    engine = create_engine_for(url)
    with engine.connect() as connection:
        found = {
            name: connection.scalar(select(func.count()).select_from(table(name))) or 0 for name in COUNTED
        }
    engine.dispose()
    return found


def test_what_will_happen_is_told_in_order_and_changes_nothing(
    capsys: pytest.CaptureFixture[str], session: Session, sessions: sessionmaker[Session], database_url: str
) -> None:
    now = SystemClock().now()
    builders.deployed(session, now)
    builders.opened(session, now)
    before = counts(database_url)
    until = local_date(now + timedelta(days=40)).isoformat()
    assert main(["clock", "--until", until, "--database-url", database_url]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split("  ")[2].strip() for line in lines if "Préparer" in line] == [
        "rappel",
        "en retard",
        "escalade",
        "escalade",
    ]
    assert lines[-1].startswith("4 échéances jusqu’au ")
    assert counts(database_url) == before


def test_a_copy_holds_every_row_and_goes_away(session: Session, database_url: str) -> None:
    now = SystemClock().now()
    builders.deployed(session, now)
    builders.opened(session, now)
    url = make_url(database_url)
    with copy_of(url) as address:
        assert counts(address) == counts(database_url)
    with pytest.raises(Exception):  # noqa: B017, PT011 - each driver has its own
        counts(address)


def test_a_day_that_is_past_and_a_base_that_is_not_are_sentences(
    capsys: pytest.CaptureFixture[str], sqlite_url: str
) -> None:
    assert main(["clock", "--until", "2020-01-01", "--database-url", sqlite_url]) == 1
    assert "est déjà passé" in capsys.readouterr().err
    assert main(["clock", "--until", "2099-01-01", "--database-url", "sqlite:////nowhere.db"]) == 1
    assert "n’existe pas encore" in capsys.readouterr().err


def test_a_server_that_does_not_answer_is_a_sentence() -> None:
    nowhere = URL.create("postgresql+psycopg", host="127.0.0.1", port=1, database="asae")
    with pytest.raises(CopyFailed, match="copiée"), copy_of(nowhere):
        pass
