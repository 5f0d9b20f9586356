"""Procrastinate's queue inside our database (PostgreSQL only): its tables, and a job enqueued by a command.

The queue only wakes workers. What there is to do stands in our own tables, so that a job that is lost or
comes twice does no harm. `jobs.queue` runs the workers.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import procrastinate
from procrastinate.exceptions import AlreadyEnqueued
from procrastinate.schema import SchemaManager
from sqlalchemy import text

if TYPE_CHECKING:
    from sqlalchemy import Connection
    from sqlalchemy.orm import Session

#: Every table, type and function of the queue begins with this.
PREFIX = "procrastinate_"
_QUEUES = {"fire_due": "due", "deliver_letters": "letters"}


def queue_of(name: str) -> str:
    """The queue a job waits in: what is due has one of its own, no long work stands before it; so have
    letters, which others make wait.
    """
    return _QUEUES.get(name, "works")


def enqueue(session: Session, name: str) -> None:
    """Wake a worker for the job of that name when the session's transaction commits; never when it does not.

    Once: a job that waits already is not doubled. On SQLite nothing: there the embedded scheduler looks
    every few seconds.
    """
    if session.get_bind().dialect.name != "postgresql":
        return
    try:
        with session.begin_nested():  # the queue refuses a second one by an error
            raw = session.connection().connection.dbapi_connection  # the savepoint is made by asking for it
            _app().configure_task(
                name, queue=queue_of(name), queueing_lock=f"once:{name}", connection=raw
            ).defer()
    except AlreadyEnqueued:
        return


@cache
def _app() -> procrastinate.App:
    """An app without connections of its own."""
    return procrastinate.App(connector=procrastinate.SyncPsycopgConnector())


def bring_up_to_date(connection: Connection) -> None:
    """Give the queue the tables of the installed version: all of them the first time, later the changes that
    the package brings and that are not there yet.

    Called by Alembic's revisions: whoever raises the version of procrastinate adds one (a test asks for it).
    """
    connection.execute(text("CREATE TABLE IF NOT EXISTS procrastinate_asae (change text PRIMARY KEY)"))
    known = applied(connection)
    if not known:
        _run(connection, SchemaManager.get_schema())
    for name in sorted(shipped() - known):
        if known:
            _run(connection, (_folder() / name).read_text(encoding="utf-8"))
        connection.execute(text("INSERT INTO procrastinate_asae VALUES (:name)"), {"name": name})


def applied(connection: Connection) -> set[str]:
    """The package's changes that this database has."""
    return set(connection.execute(text("SELECT change FROM procrastinate_asae")).scalars())


def shipped() -> set[str]:
    """The changes that the installed package brings; its whole schema holds them all."""
    return {path.name for path in _folder().glob("*.sql")}


def _folder() -> Path:
    return Path(SchemaManager.get_migrations_path())


def _run(connection: Connection, script: str) -> None:
    raw = connection.connection.dbapi_connection
    if raw is None:
        raise RuntimeError("the connection is closed")
    raw.execute(script)  # psycopg's: several statements, no parameters
