"""The application with a small bundle deployed, and people of it at their pages."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from asae_engine import commands
from asae_engine.model.database import create_engine_for, session_factory
from tests.studio.bundle import FILES
from web.app import create_app
from web.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from flask import Flask
    from flask.testing import FlaskClient
    from sqlalchemy.orm import Session, sessionmaker

    from asae_engine.clock import TurnedClock

PASSWORD = "only for this test"
PEOPLE = (
    ("karim", "Karim Référant", "process_owner"),
    ("lise", "Lise Seconde", "process_owner"),
    ("fatou", "Fatou Ouvrière", "worker"),
)


@pytest.fixture
def studio_sessions(sqlite_url: str, clock: TurnedClock) -> Iterator[sessionmaker[Session]]:
    engine = create_engine_for(sqlite_url)
    sessions = session_factory(engine)
    with sessions() as session:
        commands.deploy(session, None, FILES, "Première version", now=clock.now())
        for username, name, role in PEOPLE:
            commands.add_user(session, None, username, name, "asae", (role,), PASSWORD, now=clock.now())
    yield sessions
    engine.dispose()


@pytest.fixture
def app(studio_sessions: sessionmaker[Session], sqlite_url: str, clock: TurnedClock) -> Flask:
    app = create_app(Settings(database_url=sqlite_url, secret_key="only for this test"), clock=clock)
    app.config["WTF_CSRF_ENABLED"] = False
    return app


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
