"""A backup: every row of every table as one instant saw it, in a file that either database is made from.

The file is a zip: a table is a file of JSON lines, and the last entry, `manifest.json`, tells the schema and,
for each table, how many rows there are and their SHA-256. Taken while people work: on both databases a
transaction that only reads sees one instant. Jobs that wait in a queue are not in it: what there is to do
stands in tables.
"""

from __future__ import annotations

import base64
import contextlib
import hashlib
import json
import os
import zipfile
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

from alembic.script import ScriptDirectory
from alembic.script.revision import RevisionError
from alembic.util import CommandError as AlembicError
from sqlalchemy import JSON, Date, LargeBinary, Uuid, column, insert, inspect, select, table, text, update

from asae_engine.model.base import Base, UtcDateTime
from asae_engine.model.database import create_engine_for, migrations, upgrade
from asae_engine.model.letters import Letter
from asae_engine.model.numbers import table_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

    from sqlalchemy import Connection, Table
    from sqlalchemy.types import TypeEngine

FORMAT = 1
MANIFEST = "manifest.json"
_BATCH = 500
#: One row with its attached file, at most.
_LONGEST = 64 * 2**20
_NEWER = "Cette sauvegarde vient d’une version plus récente\u00a0: installez-la d’abord."


class BackupFailed(Exception):  # noqa: N818 - it tells what happened
    """The backup was not taken, or not put back; nothing was changed. `code` is for programs."""

    def __init__(self, code: str, message_fr: str) -> None:
        super().__init__(code)
        self.code = code
        self.message_fr = message_fr


def take(url: str, path: Path, *, now: datetime, tell: Callable[[str, int], None]) -> int:
    """Write a backup of the database at `url`; says how many rows it holds. `tell` hears each table.

    The file appears whole or not at all, readable by its owner alone. Raises `BackupFailed`: `exists`,
    `no_schema`, `not_written`.
    """
    if path.exists():
        raise BackupFailed("exists", f"«\u00a0{path.name}\u00a0» existe déjà\u00a0; choisissez un autre nom.")
    aside = path.with_name(f"{path.name}.part")
    engine = create_engine_for(url)
    try:
        with engine.connect() as connection:
            if engine.dialect.name == "postgresql":
                connection.execution_options(isolation_level="REPEATABLE READ")
            with connection.begin(), _aside(aside) as archive:
                rows = _write(connection, archive, now, tell)
        aside.rename(path)
    except OSError as error:
        raise BackupFailed(
            "not_written", "La sauvegarde n’a pas pu être écrite\u00a0: place ou droits manquants."
        ) from error
    finally:
        engine.dispose()
        with contextlib.suppress(OSError):
            aside.unlink(missing_ok=True)
    return rows


@contextlib.contextmanager
def _aside(path: Path) -> Iterator[zipfile.ZipFile]:
    """A file for its owner alone, on the disk when the block is left."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
            yield archive
        file.flush()
        os.fsync(file.fileno())


def _write(
    connection: Connection, archive: zipfile.ZipFile, now: datetime, tell: Callable[[str, int], None]
) -> int:
    manifest: dict[str, Any] = {"format": FORMAT, "schema": _schema(connection), "taken_at": now.isoformat()}
    manifest["tables"] = {}
    for one in Base.metadata.sorted_tables:
        count, digest = _write_table(connection, archive, one)
        manifest["tables"][one.name] = {"rows": count, "sha256": digest}
        tell(one.name, count)
    archive.writestr(MANIFEST, json.dumps(manifest, indent=1))
    return sum(entry["rows"] for entry in manifest["tables"].values())


def _write_table(connection: Connection, archive: zipfile.ZipFile, one: Table) -> tuple[int, str]:
    digest, count = hashlib.sha256(), 0
    rows = connection.execution_options(yield_per=_BATCH).execute(
        select(one).order_by(*one.primary_key.columns)
    )
    with archive.open(f"{one.name}.jsonl", "w", force_zip64=True) as file:
        for row in rows.mappings():
            line = json.dumps({name: _told(value) for name, value in row.items()}, ensure_ascii=False)
            written = f"{line}\n".encode()
            digest.update(written)
            file.write(written)
            count += 1
    return count, digest.hexdigest()


def _told(value: object) -> object:
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, bytes | memoryview):
        return base64.b64encode(value).decode()
    if isinstance(value, UUID):
        return str(value)
    return value


def _schema(connection: Connection) -> str:
    if not inspect(connection).has_table("alembic_version"):
        raise BackupFailed("no_schema", "Cette base est vide\u00a0: il n’y a rien à sauvegarder.")
    return str(connection.execute(text("SELECT version_num FROM alembic_version")).scalar_one())


def put_back(path: Path, url: str, *, tell: Callable[[str, int], None]) -> int:
    """Make the database at `url`, which must be empty, from a backup; says how many rows it holds.

    The whole file is checked before anything is written, then written in one transaction, at the schema it
    was taken at; at last the schema becomes this version's. Letters that waited are held (`asae outbox
    retry` sends them). Raises `BackupFailed`: `unreadable`, `damaged`,
    `newer`, `not_empty`.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            manifest = _checked(archive)
            schema = str(manifest["schema"])
            _require_known(url, schema)
            _require_empty(url)
            upgrade(url, schema)
            rows = _fill(url, archive, manifest, tell)
    except (OSError, zipfile.BadZipFile, zipfile.LargeZipFile, EOFError, NotImplementedError) as error:
        raise BackupFailed("unreadable", "Ce fichier n’est pas une sauvegarde, ou il est abîmé.") from error
    upgrade(url)
    return rows


def _checked(archive: zipfile.ZipFile) -> dict[str, Any]:
    """The manifest, once each table is what it says."""
    try:
        if archive.getinfo(MANIFEST).file_size > 2**20:
            raise ValueError
        manifest: dict[str, Any] = json.loads(archive.read(MANIFEST))
        tables = {name: (int(one["rows"]), str(one["sha256"])) for name, one in manifest["tables"].items()}
        known = {one.name for one in Base.metadata.sorted_tables} >= tables.keys()
        readable = known and manifest["format"] == FORMAT and isinstance(manifest["schema"], str)
    except (KeyError, ValueError, TypeError, AttributeError):
        raise BackupFailed("unreadable", "Ce fichier n’est pas une sauvegarde, ou il est abîmé.") from None
    if not readable:
        raise BackupFailed("newer", _NEWER)
    for name, (rows, digest) in tables.items():
        found, counted = hashlib.sha256(), 0
        try:
            for line in _lines(archive, name):
                found.update(line)
                counted += 1
        except (KeyError, zipfile.BadZipFile):
            counted = -1
        if (counted, found.hexdigest()) != (rows, digest):
            raise BackupFailed("damaged", f"La sauvegarde est abîmée (table «\u00a0{name}\u00a0»).")
    return manifest


def _lines(archive: zipfile.ZipFile, name: str) -> Iterator[bytes]:
    with archive.open(f"{name}.jsonl") as file:
        while line := file.readline(_LONGEST):
            yield line


def _require_known(url: str, schema: str) -> None:
    engine = create_engine_for(url)
    try:
        with engine.connect() as connection:
            ScriptDirectory.from_config(migrations(connection)).get_revision(schema)
    except (AlembicError, RevisionError):
        raise BackupFailed("newer", _NEWER) from None
    finally:
        engine.dispose()


def _require_empty(url: str) -> None:
    engine = create_engine_for(url)
    try:
        with engine.connect() as connection:
            there = set(inspect(connection).get_table_names())
            for one in Base.metadata.sorted_tables:
                if one.name in there and connection.execute(select(one.c[0]).limit(1)).first() is not None:
                    raise BackupFailed(
                        "not_empty",
                        "Cette base contient déjà des données\u00a0: il faut une base vide.",
                    )
    finally:
        engine.dispose()


def _fill(
    url: str, archive: zipfile.ZipFile, manifest: Mapping[str, Any], tell: Callable[[str, int], None]
) -> int:
    engine = create_engine_for(url)
    try:
        with engine.connect().execution_options(asae_writes=True) as connection, connection.begin():
            total = 0
            for one in Base.metadata.sorted_tables:
                if one.name in manifest["tables"]:
                    count = _fill_table(connection, archive, one)
                    tell(one.name, count)
                    total += count
            if "letter" in manifest["tables"]:
                _hold_letters(connection, datetime.fromisoformat(manifest["taken_at"]))
            return total
    finally:
        engine.dispose()


def _hold_letters(connection: Connection, taken_at: datetime) -> None:
    """What waited to be sent may have left since, from where the backup was taken: a person decides."""
    letter = table_of(Letter)
    connection.execute(
        update(letter)
        .where(letter.c.delivered_at.is_(None), letter.c.given_up_at.is_(None))
        .values(given_up_at=taken_at, error="restored")
    )


def _fill_table(connection: Connection, archive: zipfile.ZipFile, one: Table) -> int:
    batch: list[dict[str, Any]] = []
    count = 0

    def send() -> None:
        if batch:
            # The columns that the backup has, of the types they have today: no default of today's is added.
            plain = table(one.name, *(column(name, one.c[name].type) for name in batch[0]))
            connection.execute(insert(plain), batch)
            batch.clear()

    for line in _lines(archive, one.name):
        row = json.loads(line)
        batch.append({name: _meant(value, one.c[name].type) for name, value in row.items() if name in one.c})
        count += 1
        if len(batch) == _BATCH:
            send()
    send()
    counter = one.autoincrement_column
    if connection.dialect.name == "postgresql" and counter is not None and counter.type.python_type is int:
        connection.execute(
            text(
                f"SELECT setval(pg_get_serial_sequence('\"{one.name}\"', '{counter.name}'), "  # noqa: S608 - our own names
                f'(SELECT COALESCE(MAX("{counter.name}"), 1) FROM "{one.name}"))'
            )
        )
    return count


def _meant(value: Any, kind: TypeEngine[Any]) -> Any:
    if isinstance(kind, JSON) and value is None:
        return JSON.NULL
    if value is None or isinstance(kind, JSON):
        return value
    if isinstance(kind, UtcDateTime):
        return datetime.fromisoformat(value).astimezone(UTC)
    if isinstance(kind, Date):
        return date.fromisoformat(value)
    if isinstance(kind, LargeBinary):
        return base64.b64decode(value)
    return UUID(value) if isinstance(kind, Uuid) else value
