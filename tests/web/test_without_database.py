"""The database is gone for a while, locked, or out of room: a clear page, what was typed is in it, and all
goes on by itself when it is back.
"""

from __future__ import annotations

import html
import re
import resource
import sqlite3
from contextlib import contextmanager
from typing import TYPE_CHECKING

from sqlalchemy import create_engine, event, make_url, text

from tests import builders
from tests.limits import assert_plain

if TYPE_CHECKING:
    from collections.abc import Iterator

    from flask import Flask
    from sqlalchemy.orm import Session
    from werkzeug.test import TestResponse

    from asae_engine.clock import TurnedClock
    from tests.web.conftest import Visitor

TYPED = {"decision": "opinion", "operator": "south", "who": "walid", "health": "Écrit <b>à la main</b>"}


@contextmanager
def gone(app: Flask) -> Iterator[None]:
    """PostgreSQL no longer knows the database; every connection to it is cut."""
    url = make_url(app.extensions["asae.settings"].database_url)
    server = create_engine(url.set(database="postgres"), isolation_level="AUTOCOMMIT")
    name, aside = str(url.database), f"{url.database}_gone"
    cut = text("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname IN (:one, :other)")
    with server.connect() as connection:
        connection.execute(cut, {"one": name, "other": aside})
        connection.execute(text(f'ALTER DATABASE "{name}" RENAME TO "{aside}"'))
        try:
            yield
        finally:
            connection.execute(text(f'ALTER DATABASE "{aside}" RENAME TO "{name}"'))
    server.dispose()


@contextmanager
def set_to(app: Flask, pragma: str) -> Iterator[None]:
    """SQLite under a setting, as every new connection has it."""
    engine = app.extensions["asae.sessions"].kw["bind"]

    def apply(connection: sqlite3.Connection, _record: object) -> None:
        connection.execute(f"PRAGMA {pragma}")

    event.listen(engine, "connect", apply)
    engine.dispose()
    try:
        yield
    finally:
        event.remove(engine, "connect", apply)
        engine.dispose()


@contextmanager
def full(app: Flask) -> Iterator[None]:
    """No file can grow: not the journal that every write begins with."""
    app.extensions["asae.sessions"].kw["bind"].dispose()
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (4_000, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


@contextmanager
def locked(app: Flask) -> Iterator[None]:
    """Someone else writes, for longer than one waits."""
    path = str(make_url(app.extensions["asae.settings"].database_url).database)
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    try:
        with set_to(app, "busy_timeout = 50"):
            yield
    finally:
        other.close()


def _told(answer: TestResponse) -> str:
    """What the page says, once it is sure that it says nothing of a program."""
    assert answer.status_code == 503
    assert answer.headers["Retry-After"] == "30"
    assert "Le service ne répond pas pour le moment" in answer.text
    assert_plain(answer.text)
    return answer.text


def _sent_again(page: str) -> dict[str, str]:
    """The fields that the page's button sends."""
    found = re.findall(r'<input type="hidden" name="([^"]*)" value="([^"]*)">', page)
    return {html.unescape(name): html.unescape(value) for name, value in found}


FAULTS = {"sqlite": (full, locked), "postgresql": (gone,)}


def test_what_was_typed_is_in_the_page_and_goes_in_when_the_database_is_back(
    app: Flask, wafa: Visitor, session: Session, clock: TurnedClock
) -> None:
    kind = session.get_bind().dialect.name
    for fault in FAULTS[kind]:
        task = builders.opened(session, clock.now(), last_name=fault.__name__ * 3).opened[0].id
        session.close()
        session.get_bind().engine.dispose()
        address, token = f"/taches/{task}", wafa.token()
        assert wafa.get(address).status_code == 200
        typed = {**TYPED, "csrf_token": token}
        with fault(app):
            again = _sent_again(_told(wafa.client.post(f"{address}/terminer", data=typed)))
            assert again == typed, fault
            if kind == "postgresql":
                assert wafa.get("/sante").status_code == 503
                _told(wafa.get(address))
        assert wafa.client.post(f"{address}/terminer", data=again).status_code == 302, fault
        assert wafa.get("/sante").status_code == 200
