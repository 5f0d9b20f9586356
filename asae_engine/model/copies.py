"""A copy of a database that lives as long as a trial: what happens in it happens nowhere else.

SQLite is copied by its own backup, PostgreSQL table by table in one snapshot, so that neither has to stop.
There the account needs the right to create a database (`CREATEDB`).
"""

from __future__ import annotations

import contextlib
import shutil
import sqlite3
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import uuid4

from sqlalchemy import URL, Connection, create_engine, insert, select, text
from sqlalchemy.exc import SQLAlchemyError

from asae_engine.model.base import Base
from asae_engine.model.database import create_engine_for, upgrade

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Table

_BATCH = 500


class CopyFailed(Exception):  # noqa: N818 - it tells what happened
    """The database could not be copied; nothing was done."""

    def __init__(self, message_fr: str) -> None:
        super().__init__(message_fr)
        self.message_fr = message_fr


@contextlib.contextmanager
def copy_of(url: URL) -> Iterator[str]:
    """The address of a copy, which is gone after the block. Raises `CopyFailed`."""
    copying = _sqlite(url) if url.get_backend_name() == "sqlite" else _postgresql(url)
    with copying as address:
        yield address


@contextlib.contextmanager
def _sqlite(url: URL) -> Iterator[str]:
    source = Path(url.database or "")
    if not source.is_file():
        raise CopyFailed("La base n’existe pas encore : lancez « asae upgrade », ou « make run ».")
    with tempfile.TemporaryDirectory(prefix="asae-copy-") as folder:
        target = Path(folder) / "copy.db"
        if shutil.disk_usage(folder).free < 2 * source.stat().st_size:
            raise CopyFailed("Il n’y a pas la place de copier la base sur ce disque.")
        original = sqlite3.connect(f"{source.resolve().as_uri()}?mode=ro", uri=True)
        copied = sqlite3.connect(target)
        with contextlib.closing(original), contextlib.closing(copied):
            original.backup(copied)
        yield f"sqlite:///{target}"


@contextlib.contextmanager
def _postgresql(url: URL) -> Iterator[str]:
    name = f"asae_copy_{uuid4().hex[:12]}"
    address = url.set(database=name).render_as_string(hide_password=False)
    server = create_engine(url, isolation_level="AUTOCOMMIT", hide_parameters=True)
    try:
        with server.connect() as connection:
            connection.execute(text(f'CREATE DATABASE "{name}"'))
        try:
            upgrade(address)
            _fill(url.render_as_string(hide_password=False), address)
            yield address
        finally:
            with server.connect() as connection:
                connection.execute(text(f'DROP DATABASE "{name}" WITH (FORCE)'))
    except SQLAlchemyError as error:
        raise CopyFailed(
            "La base PostgreSQL n’a pas pu être copiée : le compte doit pouvoir créer une base."
        ) from error
    finally:
        server.dispose()


def _fill(source: str, target: str) -> None:
    """Copy every row as one instant saw them, parents before children."""
    original, copied = create_engine_for(source), create_engine_for(target)
    try:
        with (
            original.connect().execution_options(isolation_level="REPEATABLE READ") as reading,
            copied.begin() as writing,
        ):
            for table in Base.metadata.sorted_tables:
                _copy_table(table, reading, writing)
    finally:
        original.dispose()
        copied.dispose()


def _copy_table(table: Table, reading: Connection, writing: Connection) -> None:
    keys = list(table.primary_key.columns)
    rows = reading.execution_options(yield_per=_BATCH).execute(select(table).order_by(*keys)).mappings()
    for batch in rows.partitions(_BATCH):
        writing.execute(insert(table), [dict(row) for row in batch])
    counter = table.autoincrement_column
    if counter is not None and counter.type.python_type is int:
        writing.execute(
            text(
                f"SELECT setval(pg_get_serial_sequence('\"{table.name}\"', '{counter.name}'), "  # noqa: S608 - our own names
                f'(SELECT COALESCE(MAX("{counter.name}"), 1) FROM "{table.name}"))'
            )
        )
