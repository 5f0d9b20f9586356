"""The application on both databases, on a turned clock, and visitors who sign in and send forms as a browser
does.
"""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING, Any

import pytest

from asae_engine.access import passwords
from asae_engine.model import User
from tests import builders
from web.app import create_app
from web.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Iterator

    from flask import Flask
    from flask.testing import FlaskClient
    from sqlalchemy.orm import Session
    from werkzeug.test import TestResponse

    from asae_engine.clock import TurnedClock

PASSWORD = "une phrase de passe d'essai"
_TOKEN = re.compile(r'name="csrf-token" content="([^"]+)"')


class Visitor:
    """A browser without scripts: it keeps its cookies and sends the token of the last page it read."""

    def __init__(self, client: FlaskClient) -> None:
        self.client = client
        self._token = ""

    def sign_in(self, username: str, password: str = PASSWORD, **more: str) -> TestResponse:
        self._token = ""
        answer = self.post("/connexion", {"username": username, "password": password, **more})
        self._token = ""
        return answer

    def get(self, path: str, **options: Any) -> TestResponse:
        return self.client.get(path, **options)

    def token(self) -> str:
        """The anti-forgery token of this session, as every page has it."""
        if not self._token:
            found = _TOKEN.search(self.client.get("/mon-compte", follow_redirects=True).text)
            assert found
            self._token = found.group(1)
        return self._token

    def post(self, path: str, fields: dict[str, Any] | None = None, **options: Any) -> TestResponse:
        return self.client.post(path, data={"csrf_token": self.token(), **(fields or {})}, **options)

    def put(self, path: str, body: object, **options: Any) -> TestResponse:
        return self.client.put(path, json=body, headers={"X-CSRFToken": self.token()}, **options)


@pytest.fixture
def settings(database_url: str) -> Settings:
    return Settings(database_url=database_url, secret_key="only for tests")


@pytest.fixture
def app(settings: Settings, clock: TurnedClock) -> Iterator[Flask]:
    app = create_app(settings, clock=clock)
    yield app
    app.extensions["asae.sessions"].kw["bind"].dispose()


@pytest.fixture
def programme(session: Session, clock: TurnedClock) -> None:
    """The small bundle of `builders`, deployed, and its people, who can sign in."""
    builders.deployed(session, clock.now())
    session.query(User).update({"password_hash": hash_of_password()})
    session.commit()


@cache
def hash_of_password() -> str:
    """Made once: hashing is slow by design."""
    return passwords.hashed(PASSWORD)


@pytest.fixture
def stranger(app: Flask, programme: None) -> Visitor:
    """Someone who has not signed in."""
    return Visitor(app.test_client())


@pytest.fixture
def remi(stranger: Visitor, app: Flask) -> Visitor:
    """A referrer of the north."""
    return _signed_in(app, "remi")


@pytest.fixture
def wafa(stranger: Visitor, app: Flask) -> Visitor:
    """A worker of the south."""
    return _signed_in(app, "wafa")


@pytest.fixture
def cora(stranger: Visitor, app: Flask) -> Visitor:
    """The coordinator."""
    return _signed_in(app, "cora")


def _signed_in(app: Flask, username: str) -> Visitor:
    visitor = Visitor(app.test_client())
    assert visitor.sign_in(username).status_code == 302
    return visitor
