"""The closing of a command on PostgreSQL: one statement, because there each statement is a trip.

Each table's part is a common table expression; rows travel as JSON, which `json_populate_recordset` reads as
rows of their table. The texts hold names of tables and columns alone, made once for each set of parts.
"""

# ruff: noqa: S608 - no value ever stands in these texts
from __future__ import annotations

import json
from datetime import datetime
from functools import cache
from typing import TYPE_CHECKING, Any
from uuid import UUID

from psycopg.errors import DivisionByZero
from sqlalchemy.exc import DataError
from sqlalchemy.types import JSON

from asae_engine.model import dossiers, outbox
from asae_engine.model.answers import DossierField
from asae_engine.model.cases import CaseMember
from asae_engine.model.history import Event
from asae_engine.model.numbers import table_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sqlalchemy import Column
    from sqlalchemy.orm import Session

    from asae_engine.model.base import Base
    from asae_engine.model.closing import Closing

Rows = list[dict[str, Any]]


def write(
    session: Session,
    closing: Closing,
    changed: Mapping[type[Base], Rows],
    growing: Mapping[type[Base], Rows],
) -> bool:
    """All at once; false when a row that was to be changed is no longer at its version."""
    *before, (dossier, counts) = closing.dossier or [([], False)]
    for rows, counted in before:
        dossiers.write(session, rows, counts=counted)
    given: dict[str, object] = {"case_id": closing.case_id, "more": len(closing.events), **closing.changes}
    for kind, rows in changed.items():
        name = f"changed_{kind.__tablename__}"
        given |= {name: _sent(rows), f"{name}_rows": len(rows)}
    given |= {f"new_{kind.__tablename__}": _sent(rows) for kind, rows in growing.items()}
    if dossier:
        given["dossier"] = _as_json(sorted(dossier, key=lambda row: (row["form_key"], row["field_key"])))
    if closing.events:
        given["events"] = _as_json([{**one, "rank": i} for i, one in enumerate(closing.events, 1)])
        given["now"] = closing.now
    if closing.mails:
        given |= {"mails": _as_json([one._asdict() for one in closing.mails]), "now": closing.now}
    if closing.closed:
        given["closed"] = closing.closed
    if closing.silenced:
        given["silenced"] = closing.silenced
    for number, (user_id, subject) in enumerate(closing.drafts):
        given |= {f"draft_by_{number}": user_id, f"draft_on_{number}": subject}
    text = _statement(
        tuple((kind, tuple(rows[0]), len(rows) == 1) for kind, rows in changed.items()),
        tuple((kind, len(rows) == 1) for kind, rows in growing.items()),
        tuple(closing.changes),
        len(closing.drafts),
        "events" in given,
        "closed" in given,
        "silenced" in given,
        "mails" in given,
        counts if dossier else None,
    )
    try:
        session.connection().exec_driver_sql(text, given)
    except DataError as error:
        if isinstance(error.orig, DivisionByZero):
            return False
        raise
    return True


@cache
def _statement(
    changed: tuple[tuple[type[Base], tuple[str, ...], bool], ...],
    growing: tuple[tuple[type[Base], bool], ...],
    changes: tuple[str, ...],
    drafts: int,
    events: bool,
    closed: bool,
    silenced: bool,
    mails: bool,
    counts: bool | None,
) -> str:
    """The statement for these parts. When it does not find each row to change it divides by zero: so it
    undoes itself, whether there is a transaction around it or not.

    The case's line comes last among those that are locked: it waits for the count of each other part.
    """
    parts = {f"changed_{kind.__tablename__}": _change_part(kind, names, one) for kind, names, one in changed}
    expected = {"counted": "1", **{name: f"%({name}_rows)s" for name in parts}}
    parts |= {f"new_{kind.__tablename__}": _grow_part(kind, one) for kind, one in growing}
    if counts is not None:
        parts["dossier"] = _dossier_part(counts)
    if closed:
        parts["candidates"] = "DELETE FROM task_candidate WHERE task_id = ANY(%(closed)s)"
    if silenced:
        parts["deadlines"] = (
            "DELETE FROM task_deadline WHERE task_id = ANY(%(silenced)s) AND fired_at IS NULL"
        )
    for number in range(drafts):
        parts[f"draft_{number}"] = (
            f"DELETE FROM draft WHERE user_id = %(draft_by_{number})s AND subject = %(draft_on_{number})s"
        )
    locking = "".join(f" AND (SELECT count(*) FROM {name}) >= 0" for name in parts)
    parts = {name: f"{part} RETURNING 1" for name, part in parts.items()}
    values = "".join(f", {name} = %({name})s" for name in changes)
    parts["counted"] = (
        f'UPDATE "case" SET event_count = event_count + %(more)s{values}'
        f" WHERE id = %(case_id)s{locking} RETURNING event_count"
    )
    if events:
        columns = ", ".join(f'"{name}"' for name in _EVENT_COLUMNS)
        values = ", ".join(
            "counted.event_count - %(more)s + new.rank" if name == "rank" else f'new."{name}"'
            for name in _EVENT_COLUMNS
        )
        parts["events"] = (
            f"INSERT INTO event ({columns}) SELECT {values}"
            " FROM counted, json_populate_recordset(NULL::event, %(events)s::json) AS new ORDER BY new.rank"
            " RETURNING id, case_id, task_id, type, rank"
        )
        parts["hooks"] = outbox.HOOKS_AT_ONCE
    if mails:
        parts["mails"] = outbox.MAILS_AT_ONCE
    expressions = ", ".join(f"{name} AS ({part})" for name, part in parts.items())
    found = " AND ".join(f"(SELECT count(*) FROM {name}) = {rows}" for name, rows in expected.items())
    return f"WITH {expressions} SELECT 1 / (CASE WHEN {found} THEN 1 ELSE 0 END)"


def _change_part(kind: type[Base], names: tuple[str, ...], one: bool) -> str:
    table = kind.__tablename__
    values = ", ".join(f"{name} = new.{name}" for name in names if name not in ("id", "version"))
    return (
        f"UPDATE {table} AS kept SET {values}, version = kept.version + 1"
        f" FROM {_received(table, f'changed_{table}', one)} AS new"
        " WHERE kept.id = new.id AND kept.version = new.version"
    )


def _grow_part(kind: type[Base], one: bool) -> str:
    """Every column in the table's own order, whatever that is: psycopg keeps only short statements parsed."""
    table = kind.__tablename__
    kept = " ON CONFLICT DO NOTHING" if kind is CaseMember else ""
    return f"INSERT INTO {table} SELECT * FROM {_received(table, f'new_{table}', one)}{kept}"


def _received(table: str, name: str, one: bool) -> str:
    """The rows that came as JSON. Where there is one, PostgreSQL is told so: of a set it expects a hundred,
    and reads the whole table to find them while it is small.
    """
    function = "json_populate_record" if one else "json_populate_recordset"
    return f"{function}(NULL::{table}, %({name})s::json)"


def _dossier_part(counts: bool) -> str:
    table = table_of(DossierField)
    columns = ", ".join(f'"{column.key}"' for column in table.columns)
    values = ", ".join(_read(column) for column in table.columns)
    taken = ", ".join(f'"{name}" = excluded."{name}"' for name in dossiers.TAKEN)
    again = ", times = dossier_field.times + 1" if counts else ""
    return (
        f"INSERT INTO dossier_field ({columns}) SELECT {values}"
        " FROM json_populate_recordset(NULL::dossier_field, %(dossier)s::json) AS new"
        f" ON CONFLICT (case_id, form_key, field_key) DO UPDATE SET {taken}{again}"
    )


def _read(column: Column[Any]) -> str:
    """A column of a row that came as JSON, where SQL's null and JSON's are the same word."""
    if isinstance(column.type, JSON) and not column.nullable:
        return f"coalesce(new.\"{column.key}\", 'null')"
    return f'new."{column.key}"'


_EVENT_COLUMNS = [column.key for column in table_of(Event).columns if column.key != "id"]


def _sent(rows: Rows) -> str:
    return _as_json(rows[0] if len(rows) == 1 else rows)


def _as_json(rows: Rows | dict[str, Any]) -> str:
    return _encoder.encode(rows)


def _plain(value: object) -> str:
    """What JSON has no word for, as PostgreSQL reads it."""
    if isinstance(value, UUID):
        return value.hex
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, bytes):
        return f"\\x{value.hex()}"
    raise TypeError(f"{type(value).__name__} has no place in a row")


_encoder = json.JSONEncoder(ensure_ascii=False, check_circular=False, separators=(",", ":"), default=_plain)
