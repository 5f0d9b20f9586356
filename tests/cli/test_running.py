"""An installation from a terminal: the schema, the server, the worker, the accounts."""

from __future__ import annotations

import io
import json
import logging
import os
import re
import signal
import subprocess
import sys
import time
import urllib.request
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import func, select

from asae_engine import access
from asae_engine.clock import SystemClock
from asae_engine.model import Event, Notice, TaskDeadline, User
from asae_engine.model.database import create_engine_for, session_factory
from tests.builders import deployed, opened
from web import cli
from web.cli_running import JsonLines

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy.orm import Session, sessionmaker

ROOT = Path(__file__).parents[2]
PASSWORD = "quatre mots au hasard 27"


@pytest.fixture
def url(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """The address of a database that is not there yet, in the environment as an installation has it."""
    address = f"sqlite:///{tmp_path}/var/asae.db"
    monkeypatch.setenv("ASAE_DATABASE_URL", address)
    monkeypatch.setenv("ASAE_SECRET_KEY", "for this test")
    return address


@pytest.fixture
def installed(url: str) -> Iterator[sessionmaker[Session]]:
    """An upgraded database, with the small bundle in service."""
    assert cli.main(["upgrade"]) == 0
    engine = create_engine_for(url)
    sessions = session_factory(engine)
    with sessions() as session:
        deployed(session, SystemClock().now())
    yield sessions
    engine.dispose()


def test_upgrade_makes_the_database_and_leaves_it_alone_afterwards(
    url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["upgrade"]) == 0
    assert cli.main(["upgrade"]) == 0
    assert capsys.readouterr().out == "La base est à jour.\n" * 2
    assert Path(url.removeprefix("sqlite:///")).is_file()


def _typed(monkeypatch: pytest.MonkeyPatch, password: str) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO(password + "\n"))


def test_accounts_are_made_changed_blocked_and_reopened(
    installed: sessionmaker[Session], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    _typed(monkeypatch, PASSWORD)
    made = ["user", "add", "nina", "--name", "Nina N.", "--organisation", "north", "--role", "worker"]
    assert cli.main(made) == 0
    with installed() as session:
        assert access.accounts.authenticate(session, "nina", PASSWORD) is not None
    _typed(monkeypatch, PASSWORD[::-1])
    assert cli.main(["user", "passwd", "nina"]) == 0
    assert cli.main(["user", "block", "nina"]) == 0
    with installed() as session:
        assert access.accounts.authenticate(session, "nina", PASSWORD[::-1]) is None
    assert cli.main(["user", "unblock", "nina"]) == 0
    with installed() as session:
        assert access.accounts.authenticate(session, "nina", PASSWORD[::-1]) is not None
    capsys.readouterr()
    _typed(monkeypatch, PASSWORD)
    assert cli.main(made) == 1
    assert "déjà pris" in capsys.readouterr().err
    _typed(monkeypatch, "court")
    assert cli.main(["user", "passwd", "nina"]) == 1
    assert cli.main(["user", "block", "ghost"]) == 1
    with installed() as session:
        assert session.scalar(select(func.count()).where(User.username == "nina")) == 1


def test_a_log_line_is_an_object_with_the_case_number() -> None:
    lines = JsonLines()
    failed = logging.makeLogRecord(
        {
            "name": "asae_engine.commands.deadlines",
            "msg": "due thing failed",
            "levelname": "ERROR",
            "case_number": "2026-0001",
        }
    )
    said = json.loads(lines.format(failed))
    assert said["event"] == "due thing failed"
    assert said["case_number"] == "2026-0001"
    assert said["level"] == "error"
    page = logging.makeLogRecord({"msg": '{"event": "signed_in", "account": 3}'})
    assert json.loads(lines.format(page))["event"] == "signed_in"
    assert json.loads(lines.format(logging.makeLogRecord({"msg": "{broken"})))["event"] == "{broken"


def _started(*arguments: str) -> subprocess.Popen[str]:
    return subprocess.Popen(  # noqa: S603 - our own command, with arguments of ours
        [sys.executable, "-m", "web.cli", *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        cwd=ROOT,
        env=dict(os.environ),
    )


def test_serve_answers_until_it_is_told_to_end(installed: sessionmaker[Session]) -> None:
    with _started("serve", "--port", "0") as server:
        assert server.stdout is not None
        address = re.search(r"http://\S+", server.stdout.readline())
        assert address is not None
        with urllib.request.urlopen(address[0] + "/sante", timeout=20) as answer:  # noqa: S310 - our own server
            assert answer.status == 200
        server.send_signal(signal.SIGTERM)
        assert server.wait(timeout=20) == 0


def _wait_until_all_are_told(session: Session) -> None:
    """Until the deadlines of the one case have told whom they tell, at most 20 seconds."""
    for _ in range(200):
        told = session.scalar(select(func.count()).select_from(Notice))
        session.rollback()
        if told == 4:
            return
        time.sleep(0.1)


def test_a_worker_fires_what_is_due_and_ends_cleanly(installed: sessionmaker[Session]) -> None:
    from datetime import timedelta

    with installed() as session:
        opened(session, SystemClock().now() - timedelta(days=60))
        session.commit()
        with _started("worker") as worker:
            assert worker.stdout is not None
            worker.stdout.readline()
            _wait_until_all_are_told(session)
            worker.send_signal(signal.SIGTERM)
            assert worker.wait(timeout=20) == 0
        assert session.scalar(select(func.count()).where(TaskDeadline.fired_at.is_not(None))) == 4
        assert session.scalar(select(func.count()).select_from(Notice)) == 4
        assert session.scalar(select(func.count()).where(Event.type == "task.overdue")) == 1
