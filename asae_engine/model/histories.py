"""The statements that close a command: the case's line, its events, its members, and what leaves with a
task.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import delete, insert, update

from asae_engine.model.base import new_id
from asae_engine.model.cases import Case, CaseMember
from asae_engine.model.history import Event
from asae_engine.model.numbers import table_of, upsert
from asae_engine.model.tasks import Draft, TaskDeadline

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import datetime
    from uuid import UUID

    from sqlalchemy.orm import Session

_QUIET = {"synchronize_session": False}


def append(session: Session, case_id: UUID, events: list[dict[str, Any]], changes: dict[str, Any]) -> None:
    """Append events to a case and change its line. The case's row stays locked until the commit: ranks have
    no gap.
    """
    last = session.execute(
        update(Case)
        .where(Case.id == case_id)
        .values(event_count=Case.event_count + len(events), **changes)
        .returning(Case.event_count),
        execution_options=_QUIET,
    ).scalar_one()
    if events:
        first = last - len(events) + 1
        session.connection().execute(
            insert(table_of(Event)), [{**one, "rank": first + i} for i, one in enumerate(events)]
        )


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


def forget_deadlines(session: Session, task_ids: Collection[UUID]) -> None:
    """A closed task reminds nobody: its unfired deadlines go."""
    session.execute(
        delete(TaskDeadline).where(TaskDeadline.task_id.in_(list(task_ids)), TaskDeadline.fired_at.is_(None)),
        execution_options=_QUIET,
    )


def forget_draft(session: Session, user_id: UUID, subject: str) -> None:
    session.execute(
        delete(Draft).where(Draft.user_id == user_id, Draft.subject == subject), execution_options=_QUIET
    )


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
