"""Reminders and escalations that were said to someone and not read yet: what stands above the inbox."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import ColumnElement, and_, case, literal, or_, select

from asae_engine import access
from asae_engine.access import Tie
from asae_engine.model import Case, Notice, Task, TaskStatus
from asae_engine.reading import identity

if TYPE_CHECKING:
    from datetime import datetime
    from uuid import UUID

    from sqlalchemy.orm import Session

    from asae_engine.access import Actor

LIMIT = 30


@dataclass(frozen=True, slots=True)
class Told:
    """One notice."""

    #: This one and the older ones about the same task: what « vu » puts away.
    notice_ids: list[UUID]
    kind: str
    message: str
    at: datetime
    case_id: UUID
    case_number: str
    household: str | None
    task_id: UUID | None
    task_name: str | None
    #: Whether the reader may open the case.
    is_open_to_me: bool


def addressed_to(actor: Actor) -> ColumnElement[bool]:
    """Of a `Notice`: it speaks to this person, or to a role of theirs (in their organisation, or in any)."""
    to_role = and_(
        Notice.user_id.is_(None),
        Notice.role.in_(sorted(actor.roles)),
        or_(Notice.organisation_key.is_(None), Notice.organisation_key == actor.organisation),
    )
    return or_(Notice.user_id == actor.user_id, to_role)


def unread(session: Session, actor: Actor, limit: int = LIMIT) -> list[Told]:
    """What was said to someone and not read, newest first; of several about one task, the last.

    Indexes `ix_notice_user_id`, `ix_notice_role`.
    """
    visible = case((access.visible_cases(actor), literal(1)), else_=literal(0))
    rows = session.execute(
        select(
            Notice.id,
            Notice.kind,
            Notice.message,
            Notice.at,
            Notice.case_id,
            Notice.task_id,
            Case.number,
            Case.title,
            Task.name.label("task_name"),
            Task.status.label("task_status"),
            access.tie_column(actor).label("tie"),
            visible.label("visible"),
        )
        .join(Case, Case.id == Notice.case_id)
        .outerjoin(Task, Task.id == Notice.task_id)
        .where(Notice.read_at.is_(None), addressed_to(actor))
        .order_by(Notice.at.desc(), Notice.id.desc())
        .limit(limit)
    )
    names = identity.reader(session, actor)
    by_task: dict[UUID, Told] = {}
    for row in rows:
        earlier = by_task.get(row.task_id or row.id)
        if earlier is not None:
            earlier.notice_ids.append(row.id)
            continue
        by_task[row.task_id or row.id] = Told(
            notice_ids=[row.id],
            kind=row.kind,
            message=row.message,
            at=row.at,
            case_id=row.case_id,
            case_number=row.number,
            household=names.household(row.title, Tie(row.tie)),
            task_id=row.task_id if row.task_status == TaskStatus.OPEN else None,
            task_name=row.task_name,
            is_open_to_me=bool(row.visible),
        )
    return list(by_task.values())
