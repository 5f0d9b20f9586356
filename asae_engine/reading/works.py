"""Long works as people see them: what was asked, by whom, how far it is, what failed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from uuid import UUID

from sqlalchemy import func, select

from asae_engine.model import Task, TaskStatus, User
from asae_engine.model.works import ItemState, LongWork, LongWorkItem, WorkKind, WorkState

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy.orm import Session


@dataclass(frozen=True, slots=True)
class Work:
    """A long work and how far it is."""

    id: UUID
    kind: WorkKind
    state: WorkState
    total: int
    done: int
    #: There was nothing to do.
    void: int
    failed: int
    asked_by: str
    asked_at: datetime
    ended_at: datetime | None
    #: Display names of who gives and who takes; or the message's name.
    giver: str
    taker: str
    message: str
    #: The first failures' sentences.
    failures: tuple[str, ...]

    @property
    def settled(self) -> int:
        """How many items are behind it."""
        return self.done + self.void + self.failed

    @property
    def is_under_way(self) -> bool:
        return self.state in (WorkState.WAITING, WorkState.RUNNING)


def works(session: Session, *, limit: int = 20) -> list[Work]:
    """The newest long works, newest first."""
    found = session.scalars(
        select(LongWork).order_by(LongWork.asked_at.desc(), LongWork.id.desc()).limit(limit)
    )
    return [_work(session, one) for one in found]


def work(session: Session, work_id: UUID) -> Work | None:
    """One of them."""
    found = session.get(LongWork, work_id, populate_existing=True)
    return None if found is None else _work(session, found)


def holders(session: Session) -> list[tuple[str, str, int]]:
    """Username, display name and number of open tasks of those who have any."""
    rows = session.execute(
        select(User.username, User.display_name, func.count())
        .join(Task, Task.assignee_id == User.id)
        .where(Task.status == TaskStatus.OPEN)
        .group_by(User.username, User.display_name)
        .order_by(User.display_name)
    )
    return [(username, name, count) for username, name, count in rows]


def takers(session: Session) -> list[tuple[str, str]]:
    """Username and display name of every open account."""
    rows = session.execute(
        select(User.username, User.display_name).where(User.active).order_by(User.display_name)
    )
    return [(username, name) for username, name in rows]


def _work(session: Session, found: LongWork) -> Work:
    rows = session.execute(
        select(LongWorkItem.state, func.count())
        .where(LongWorkItem.work_id == found.id)
        .group_by(LongWorkItem.state)
    )
    counts = {row[0]: row[1] for row in rows}
    failures = session.scalars(
        select(LongWorkItem.message)
        .where(LongWorkItem.work_id == found.id, LongWorkItem.state == ItemState.FAILED)
        .distinct()
        .limit(5)
    )
    return Work(
        id=found.id,
        kind=found.kind,
        state=found.state,
        total=found.total,
        done=counts.get(ItemState.DONE, 0),
        void=counts.get(ItemState.VOID, 0),
        failed=counts.get(ItemState.FAILED, 0),
        asked_by=_name(session, found.asked_by_id),
        asked_at=found.asked_at,
        ended_at=found.ended_at,
        giver=_name(session, found.parameters.get("from")),
        taker=_name(session, found.parameters.get("to")),
        message=str(found.parameters.get("message", "")),
        failures=tuple(str(one) for one in failures),
    )


def _name(session: Session, user_id: UUID | str | None) -> str:
    if user_id is None:
        return ""
    known = session.get(User, user_id if isinstance(user_id, UUID) else UUID(user_id))
    return "" if known is None else known.display_name
