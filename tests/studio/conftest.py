"""The application with a small bundle deployed, and people of it at their pages."""

from __future__ import annotations

import shutil
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from asae_engine import commands
from asae_engine.model.database import create_engine_for, session_factory
from tests.studio.bundle import FILES
from web.app import create_app
from web.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from flask import Flask
    from flask.testing import FlaskClient

    from asae_engine.clock import TurnedClock

PASSWORD = "only for this test"
PEOPLE = (
    ("karim", "Karim Référant", "process_owner"),
    ("lise", "Lise Seconde", "process_owner"),
    ("fatou", "Fatou Ouvrière", "worker"),
)


@pytest.fixture(scope="session")
def deployed(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database with the small bundle deployed and its people, to be copied."""
    path = tmp_path_factory.mktemp("studio") / "deployed.sqlite"
    shutil.copyfile(sqlite_template, path)
    engine = create_engine_for(f"sqlite:///{path}")
    now = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
    with session_factory(engine)() as session:
        commands.deploy(session, None, FILES, "Première version", now=now)
        for username, name, role in PEOPLE:
            commands.add_user(session, None, username, name, "asae", (role,), PASSWORD, now=now)
    with engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    engine.dispose()
    return path


@pytest.fixture
def app(deployed: Path, tmp_path: Path, clock: TurnedClock) -> Iterator[Flask]:
    path = tmp_path / "studio.sqlite"
    shutil.copyfile(deployed, path)
    app = create_app(Settings(database_url=f"sqlite:///{path}", secret_key="only for this test"), clock=clock)
    app.config["WTF_CSRF_ENABLED"] = False
    yield app
    app.extensions["asae.sessions"].kw["bind"].dispose()


@pytest.fixture
def sign_in(app: Flask) -> Callable[[str], FlaskClient]:
    """A browser of one of the people, signed in."""

    def enter(username: str) -> FlaskClient:
        client = app.test_client()
        answer = client.post("/connexion", data={"username": username, "password": PASSWORD})
        assert answer.status_code == 302
        return client

    return enter


@pytest.fixture
def karim(sign_in: Callable[[str], FlaskClient]) -> FlaskClient:
    """A process owner."""
    return sign_in("karim")
