"""Engines, sessions and migrations, for the two databases.

SQLite: WAL, foreign keys, a busy timeout, full synchronous commits, and `BEGIN IMMEDIATE` for a transaction
that will write (so that it waits for its turn at its start instead of failing at its end). PostgreSQL: READ
COMMITTED; the version columns do the rest.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psycopg
from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, Engine, create_engine, event, make_url, text
from sqlalchemy.exc import DisconnectionError
from sqlalchemy.orm import Session, sessionmaker

from asae_engine.model.base import to_json

if TYPE_CHECKING:
    import sqlite3

    from sqlalchemy.pool import ConnectionPoolEntry

#: How long a writer waits for another on SQLite, in milliseconds.
BUSY_TIMEOUT = 30_000
#: A PostgreSQL connection that was not used for so many seconds is asked whether it still stands.
REST = 10.0
#: Two web processes that start together must not both migrate.
_MIGRATION_LOCK = 4_217_003


def create_engine_for(url: str, **options: Any) -> Engine:
    """An engine for `sqlite:///path` or `postgresql+psycopg://…`; `options` go to SQLAlchemy's
    `create_engine`.

    Its errors never show the parameters of a statement: they are people's answers.
    """
    options = {"hide_parameters": True, "json_serializer": to_json, **options}
    backend = make_url(url).get_backend_name()
    if backend == "postgresql":
        connecting = {"cursor_factory": _Cursor}
        engine = create_engine(url, isolation_level="READ COMMITTED", connect_args=connecting, **options)
        event.listen(engine, "checkin", _note_rest)
        event.listen(engine, "checkout", _ping_the_rested)
        return engine
    if backend != "sqlite":
        raise ValueError("the database is sqlite:///path or postgresql+psycopg://…")
    engine = create_engine(url, connect_args={"timeout": BUSY_TIMEOUT / 1000}, **options)
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


class _Cursor(psycopg.Cursor[Any]):
    """Describes its columns to who looks at them: SQLAlchemy asks after each statement, and keeps what it
    learned of the first.
    """

    @property
    def description(self) -> list[psycopg.Column] | None:
        """What the statement gave, column by column; None when it gives no rows."""
        result = self.pgresult
        if result is None or not result.nfields:
            return super().description
        return _Columns(self, result.nfields)  # type: ignore[return-value]  # DB-API asks for a sequence


class _Columns(Sequence[psycopg.Column]):
    """The columns of a result, described when one is looked at."""

    def __init__(self, cursor: _Cursor, count: int) -> None:
        self._cursor, self._count = cursor, count

    @cached_property
    def _all(self) -> list[psycopg.Column]:
        return [psycopg.Column(self._cursor, index) for index in range(self._count)]

    def __len__(self) -> int:
        return self._count

    def __getitem__(self, index: Any) -> Any:
        return self._all[index]


def _note_rest(_connection: object, record: ConnectionPoolEntry) -> None:
    record.info["rests_since"] = time.monotonic()


def _ping_the_rested(
    connection: psycopg.Connection | None, record: ConnectionPoolEntry, _proxy: object
) -> None:
    """Ask a connection that rested whether it still stands; the pool opens another when it does not.

    SQLAlchemy's `pool_pre_ping` asks each time: one round trip more for every command and every page.
    """
    rests_since = record.info.get("rests_since")
    if connection is None or rests_since is None or time.monotonic() - rests_since < REST:
        return
    try:
        connection.execute("SELECT 1")
        connection.rollback()
    except psycopg.Error as error:
        raise DisconnectionError from error


def _prepare_sqlite(connection: sqlite3.Connection, _record: object) -> None:
    connection.isolation_level = None  # we say BEGIN ourselves
    for pragma in (
        "journal_mode = WAL",
        "synchronous = FULL",
        "foreign_keys = ON",
        f"busy_timeout = {BUSY_TIMEOUT}",
    ):
        connection.execute(f"PRAGMA {pragma}")


def _begin_sqlite(connection: Connection) -> None:
    writes = connection.get_execution_options().get("asae_writes", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def session_factory(database: str | Engine) -> sessionmaker[Session]:
    """Sessions on a URL or an engine. Objects stay readable after a commit; nothing is flushed behind one's
    back.
    """
    engine = create_engine_for(database) if isinstance(database, str) else database
    return sessionmaker(engine, expire_on_commit=False, autoflush=False)


def begin_writing(session: Session, *, by_one_statement: bool = False) -> None:
    """Begin a transaction that will write. The session must not be in one already.

    `by_one_statement`: it locks nothing that it reads, and all that it writes is one statement, unless
    `begin_now` says otherwise first. PostgreSQL is told of no transaction then: two trips less.
    """
    options: dict[str, object] = {"asae_writes": True}
    if by_one_statement and session.get_bind().dialect.name == "postgresql":
        options["isolation_level"] = "AUTOCOMMIT"
    session.connection(execution_options=options)


def begin_now(session: Session) -> None:
    """Have what is written from now on be one transaction, until the session's commit or rollback."""
    connection = session.connection().connection.driver_connection
    if isinstance(connection, psycopg.Connection) and connection.autocommit:
        connection.autocommit = False


def migrations(connection: Connection) -> Config:
    """Alembic's configuration for an open connection, with no ini file to find."""
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    config.attributes["connection"] = connection
    return config


def upgrade(url: str, revision: str = "head") -> None:
    """Bring the database at `url` to the newest schema (or `revision`); a database that is there already is
    left alone.
    """
    engine = create_engine_for(url)
    try:
        with engine.connect().execution_options(asae_writes=True) as connection, connection.begin():
            if engine.dialect.name == "postgresql":
                connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _MIGRATION_LOCK})
            command.upgrade(migrations(connection), revision)
    finally:
        engine.dispose()
