"""What a command leaves behind, written at its end: rows that changed, rows that are new, the dossier, the
case's line, its events, and the letters that tell others of them.

Always in the same order, so that two writers of one case wait for each other instead of locking each other.
SQLite takes it table by table, PostgreSQL in one statement (`closing_at_once`).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, delete, exists, insert, literal, select, update
from sqlalchemy.orm import make_transient_to_detached
from sqlalchemy.orm.attributes import set_committed_value
from sqlalchemy.orm.exc import StaleDataError
from sqlalchemy.sql.schema import ScalarElementColumnDefault

from asae_engine.model import closing_at_once, database, dossiers, outbox
from asae_engine.model.answers import Submission
from asae_engine.model.cases import Case, CaseMember
from asae_engine.model.history import Event, Notice
from asae_engine.model.instances import Incident, ProcessInstance
from asae_engine.model.letters import WebhookEvent
from asae_engine.model.numbers import table_of, upsert
from asae_engine.model.tasks import Draft, Task, TaskCandidate, TaskDeadline

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import datetime
    from uuid import UUID

    from sqlalchemy import Executable
    from sqlalchemy.orm import Session

    from asae_engine.model.base import Base

#: Columns that a command may change, with the tables in the order in which their rows are locked.
_CHANGEABLE: dict[type[Base], tuple[str, ...]] = {
    ProcessInstance: (
        "state",
        "places",
        "next_due_at",
        "status",
        "updated_at",
        "ended_at",
        "ended_how",
        "failures",
        "retry_at",
    ),
    Task: ("assignee_id", "claimed_at", "status", "closed_at", "completed_by_id"),
}
#: Tables that get new rows, each after those it refers to.
_GROWING: tuple[type[Base], ...] = (
    ProcessInstance,
    Task,
    TaskCandidate,
    TaskDeadline,
    Submission,
    Incident,
    Notice,
    CaseMember,
)


@dataclass(slots=True)
class Closing:
    """All that one command writes to one case."""

    case_id: UUID
    now: datetime
    #: New values of the case's own columns.
    changes: dict[str, Any] = field(default_factory=dict)
    #: Events in order, without their rank.
    events: list[dict[str, Any]] = field(default_factory=list)
    #: Tasks and instances that were changed by `change`, by their id.
    changed: dict[UUID, Task | ProcessInstance] = field(default_factory=dict)
    #: New mapped objects, and new rows that nobody needs as objects: each holds every column.
    entities: list[Base] = field(default_factory=list)
    rows: dict[type[Base], list[dict[str, Any]]] = field(default_factory=dict)
    #: Rows of the dossier, and whether they count as another submission of their form (a correction does
    #: not).
    dossier: list[tuple[list[dict[str, Any]], bool]] = field(default_factory=list)
    #: Tasks that are offered to nobody any more, and those of them that remind nobody any more.
    closed: list[UUID] = field(default_factory=list)
    silenced: list[UUID] = field(default_factory=list)
    #: Whose drafts, on which subjects, were sent.
    drafts: list[tuple[UUID, str]] = field(default_factory=list)
    #: What is told by mail, to whom. Who that is, and whether they want mail, is found when it is written.
    mails: list[outbox.Mail] = field(default_factory=list)
    #: Uploaded files that belong to the case from now on.
    files: list[dossiers.Uploaded] = field(default_factory=list)

    def change(self, entity: Task | ProcessInstance, **values: object) -> None:
        """Set columns of a row; the session's unit of work does not see it."""
        for name, value in values.items():
            set_committed_value(entity, name, value)
        self.changed[entity.id] = entity

    def add(self, entity: type[Base], row: dict[str, Any]) -> None:
        """A new row."""
        self.rows.setdefault(entity, []).append(row)


def write(session: Session, closing: Closing) -> None:
    """Write it all. Raises `StaleDataError` when someone changed a row since it was read.

    The case's row stays locked until the commit: the ranks of its events have no gap.
    """
    if session.new or session.dirty or session.deleted or closing.files or len(closing.dossier) > 1:
        database.begin_now(session)  # else PostgreSQL's one statement is the transaction
    session.flush()
    new = {id(entity) for entity in closing.entities}
    changed = [one for one in closing.changed.values() if id(one) not in new]
    changed.sort(key=lambda one: one.id)
    changes = {
        kind: [_changes(one) for one in changed if type(one) is kind]
        for kind in _CHANGEABLE
        if any(type(one) is kind for one in changed)
    }
    growing = dict(_growing(closing))
    at_once = session.get_bind().dialect.name == "postgresql"
    written = closing_at_once.write if at_once else _write_in_turn
    if not written(session, closing, changes, growing):
        raise StaleDataError("a row was changed by another transaction")
    for uploaded in closing.files:
        dossiers.bind_attachments(session, closing.case_id, uploaded)
    for one in changed:
        set_committed_value(one, "version", one.version + 1)
    for entity in closing.entities:
        make_transient_to_detached(entity)


def _changes(one: Task | ProcessInstance) -> dict[str, Any]:
    return {name: getattr(one, name) for name in ("id", "version", *_CHANGEABLE[type(one)])}


def _growing(closing: Closing) -> Iterator[tuple[type[Base], list[dict[str, Any]]]]:
    """The new rows of each table. What was not set of an object is the column's constant default, or null."""
    for kind in _GROWING:
        blank = _blank(kind)
        rows = [
            {name: entity.__dict__.get(name, value) for name, value in blank.items()}
            for entity in closing.entities
            if type(entity) is kind
        ]
        rows += closing.rows.get(kind, ())
        if kind in (TaskCandidate, TaskDeadline):
            rows = [row for row in rows if row["task_id"] not in closing.closed]
        if rows:
            yield kind, rows


@cache
def _blank(kind: type[Base]) -> dict[str, Any]:
    return {
        column.key: column.default.arg if isinstance(column.default, ScalarElementColumnDefault) else None
        for column in table_of(kind).columns
    }


def _write_in_turn(
    session: Session,
    closing: Closing,
    changed: Mapping[type[Base], list[dict[str, Any]]],
    growing: Mapping[type[Base], list[dict[str, Any]]],
) -> bool:
    """Table by table; false when a row that was to be changed is no longer at its version."""
    connection = session.connection()
    for kind, rows in changed.items():
        for row in rows:
            values = {f"new_{name}": value for name, value in row.items()}
            if connection.execute(_changing(kind), values).rowcount != 1:
                return False
    for kind, rows in growing.items():
        statement: Executable = _INSERTS[kind]
        if kind is CaseMember:
            statement = upsert(session)(table_of(CaseMember)).on_conflict_do_nothing()
        connection.execute(statement, rows)
    for rows, counts in closing.dossier:
        dossiers.write(session, rows, counts=counts)
    if closing.closed:
        connection.execute(_FORGET_CANDIDATES, [{"of_task": one} for one in sorted(closing.closed)])
    if closing.silenced:
        connection.execute(_FORGET_DEADLINES, [{"of_task": one} for one in sorted(closing.silenced)])
    for user_id, subject in closing.drafts:
        connection.execute(_FORGET_DRAFT, {"of_user": user_id, "of_subject": subject})
    counting = _COUNT.values(closing.changes) if closing.changes else _COUNT
    more = len(closing.events)
    last, is_heard = connection.execute(counting, {"of_case": closing.case_id, "more": more}).one()
    if more:
        connection.execute(
            _INSERT_EVENTS, [{**one, "rank": last - more + 1 + i} for i, one in enumerate(closing.events)]
        )
    if closing.mails:
        outbox.write_mails(connection, closing.case_id, closing.mails, closing.now)
    if more and is_heard:
        outbox.write_for_webhooks(connection, closing.case_id, last - more, closing.now)
    return True


@cache
def _changing(kind: type[Base]) -> Executable:
    table = table_of(kind)
    return (
        update(table)
        .where(table.c.id == bindparam("new_id"), table.c.version == bindparam("new_version"))
        .values(
            {name: bindparam(f"new_{name}") for name in _CHANGEABLE[kind]} | {"version": table.c.version + 1}
        )
    )


_CASE, _DRAFT = table_of(Case), table_of(Draft)
_CANDIDATE, _DEADLINE = table_of(TaskCandidate), table_of(TaskDeadline)
_INSERTS = {kind: insert(table_of(kind)) for kind in _GROWING}
_INSERT_EVENTS = insert(table_of(Event))
_COUNT = (
    update(_CASE)
    .where(_CASE.c.id == bindparam("of_case"))
    .values(event_count=_CASE.c.event_count + bindparam("more"))
    .returning(_CASE.c.event_count, exists(select(literal(1)).select_from(table_of(WebhookEvent))))
)
_FORGET_CANDIDATES = delete(_CANDIDATE).where(_CANDIDATE.c.task_id == bindparam("of_task"))
_FORGET_DEADLINES = delete(_DEADLINE).where(
    _DEADLINE.c.task_id == bindparam("of_task"), _DEADLINE.c.fired_at.is_(None)
)
_FORGET_DRAFT = delete(_DRAFT).where(
    _DRAFT.c.user_id == bindparam("of_user"), _DRAFT.c.subject == bindparam("of_subject")
)
