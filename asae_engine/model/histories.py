"""The statements that close a command: the case's line, its events, its members, and what leaves with a
task.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, delete, insert, update
from sqlalchemy.orm import make_transient_to_detached
from sqlalchemy.orm.attributes import set_committed_value
from sqlalchemy.orm.exc import StaleDataError
from sqlalchemy.sql.schema import ScalarElementColumnDefault

from asae_engine.model.base import new_id
from asae_engine.model.cases import Case, CaseMember
from asae_engine.model.history import Event
from asae_engine.model.instances import ProcessInstance
from asae_engine.model.numbers import table_of, upsert
from asae_engine.model.tasks import Draft, Task, TaskDeadline

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from datetime import datetime
    from uuid import UUID

    from sqlalchemy import Insert, Table, Update
    from sqlalchemy.orm import Session

    from asae_engine.model.base import Base

_QUIET = {"synchronize_session": False}


_EVENTS = insert(table_of(Event))
_COUNT = (
    update(table_of(Case))
    .where(table_of(Case).c.id == bindparam("of_case"))
    .values(event_count=table_of(Case).c.event_count + bindparam("more"))
    .returning(table_of(Case).c.event_count)
)


def append(session: Session, case_id: UUID, events: list[dict[str, Any]], changes: dict[str, Any]) -> None:
    """Append events to a case and change its line. The case's row stays locked until the commit: ranks have
    no gap.
    """
    connection = session.connection()
    counting = _COUNT.values(changes) if changes else _COUNT
    last = connection.execute(counting, {"of_case": case_id, "more": len(events)}).scalar_one()
    if events:
        first = last - len(events) + 1
        connection.execute(_EVENTS, [{**one, "rank": first + i} for i, one in enumerate(events)])


def insert_new(session: Session, entities: Sequence[Base]) -> None:
    """Insert mapped objects of one class that the session does not hold yet, in one statement, and let it
    hold them.

    What the session's own unit of work would do, at a third of its cost: nothing here has to be sorted or
    looked up. What was not set is the column's constant default, or null.
    """
    if not entities:
        return
    statement, blank = _inserting(table_of(type(entities[0])))
    rows = [{name: entity.__dict__.get(name, value) for name, value in blank.items()} for entity in entities]
    session.connection().execute(statement, rows)
    for entity in entities:
        make_transient_to_detached(entity)
        session.add(entity)


@cache
def _inserting(table: Table) -> tuple[Insert, dict[str, Any]]:
    blank = {
        column.key: column.default.arg if isinstance(column.default, ScalarElementColumnDefault) else None
        for column in table.columns
    }
    return insert(table), blank


def change(entity: Task | ProcessInstance, **values: object) -> None:
    """Set columns of a row that `write_changed` will write; the session's unit of work does not see it."""
    for name, value in values.items():
        set_committed_value(entity, name, value)


def write_changed(session: Session, entities: Collection[Task | ProcessInstance]) -> None:
    """Write rows that were changed by `change`, instances before tasks and each in order of id.

    Raises `StaleDataError` when someone changed one since it was read.
    """
    connection = session.connection()
    for entity in sorted(entities, key=lambda one: (isinstance(one, Task), one.id)):
        statement, columns = _UPDATES[type(entity)]
        values = {f"new_{name}": getattr(entity, name) for name in columns}
        written = connection.execute(statement, {"of_id": entity.id, "of_version": entity.version, **values})
        if written.rowcount != 1:
            raise StaleDataError("a row was changed by another transaction")
        set_committed_value(entity, "version", entity.version + 1)


def _updating(entity: type[Base], *columns: str) -> tuple[Update, tuple[str, ...]]:
    table = table_of(entity)
    statement = (
        update(table)
        .where(table.c.id == bindparam("of_id"), table.c.version == bindparam("of_version"))
        .values({name: bindparam(f"new_{name}") for name in columns} | {"version": table.c.version + 1})
    )
    return statement, columns


_UPDATES = {
    ProcessInstance: _updating(
        ProcessInstance,
        "state",
        "next_due_at",
        "status",
        "updated_at",
        "ended_at",
        "ended_how",
        "failures",
        "retry_at",
    ),
    Task: _updating(Task, "assignee_id", "claimed_at", "status", "closed_at", "completed_by_id"),
}


def insert_rows(session: Session, entity: type[Base], rows: list[dict[str, Any]]) -> None:
    """Insert rows that nobody needs as objects, in one statement. Each holds every column."""
    if rows:
        session.connection().execute(_inserting(table_of(entity))[0], rows)


def append_outside(session: Session, event: dict[str, Any]) -> None:
    """Append an event that belongs to no case (a deployment, an account)."""
    session.execute(insert(Event), [event])


def add_members(
    session: Session, case_id: UUID, members: Collection[tuple[UUID | None, str | None, str]], since: datetime
) -> None:
    """Let people (user id) and organisations (key) belong to a case; those that do already are left as they
    are.
    """
    if not members:
        return
    rows = [
        {
            "id": new_id(),
            "case_id": case_id,
            "user_id": user_id,
            "organisation_key": organisation,
            "role": role,
            "since": since,
            "until": None,
        }
        for user_id, organisation, role in members
    ]
    session.connection().execute(upsert(session)(table_of(CaseMember)).on_conflict_do_nothing(), rows)


_FORGET_DEADLINES = delete(table_of(TaskDeadline)).where(
    table_of(TaskDeadline).c.task_id == bindparam("of_task"), table_of(TaskDeadline).c.fired_at.is_(None)
)
_FORGET_DRAFT = delete(table_of(Draft)).where(
    table_of(Draft).c.user_id == bindparam("of_user"), table_of(Draft).c.subject == bindparam("of_subject")
)


def forget_deadlines(session: Session, task_ids: Collection[UUID]) -> None:
    """A closed task reminds nobody: its unfired deadlines go."""
    session.connection().execute(_FORGET_DEADLINES, [{"of_task": task_id} for task_id in sorted(task_ids)])


def forget_draft(session: Session, user_id: UUID, subject: str) -> None:
    """What was sent is no draft any more."""
    session.connection().execute(_FORGET_DRAFT, {"of_user": user_id, "of_subject": subject})


def keep_draft(
    session: Session, *, user_id: UUID, subject: str, task_id: UUID | None, data: dict[str, Any], at: datetime
) -> None:
    """Save what someone typed, over what they typed before."""
    statement = upsert(session)(Draft).values(
        user_id=user_id, subject=subject, task_id=task_id, data=data, saved_at=at
    )
    session.execute(
        statement.on_conflict_do_update(
            index_elements=[Draft.user_id, Draft.subject],
            set_={"data": statement.excluded.data, "saved_at": statement.excluded.saved_at},
        )
    )
