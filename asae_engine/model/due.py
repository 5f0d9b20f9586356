"""What the scheduler asks: what is due, in order of time, and who steps aside after it failed."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple

from sqlalchemy import func, or_, select, update

from asae_engine.model.instances import InstanceStatus, ProcessInstance
from asae_engine.model.tasks import DeadlineKind, Task, TaskDeadline

if TYPE_CHECKING:
    from datetime import datetime
    from uuid import UUID

    from sqlalchemy.orm import Session

#: After this many failures in a row a thing is an incident and waits for a person.
MOST_FAILURES = 5


class Sort(StrEnum):
    DEADLINE = "deadline"
    TIMER = "timer"


class DueItem(NamedTuple):
    """A deadline of a task, or the next timer of an instance. Sorts by time, then deadlines first."""

    at: datetime
    sort: Sort
    id: UUID
    kind: DeadlineKind | None


def items(session: Session, now: datetime, limit: int) -> list[DueItem]:
    """What is due at `now`, the earliest first; those that step aside after a failure are left out."""
    deadlines = session.execute(
        select(TaskDeadline.at, TaskDeadline.task_id, TaskDeadline.kind)
        .where(
            TaskDeadline.fired_at.is_(None),
            TaskDeadline.at <= now,
            TaskDeadline.failures < MOST_FAILURES,
            or_(TaskDeadline.retry_at.is_(None), TaskDeadline.retry_at <= now),
        )
        .order_by(TaskDeadline.at, TaskDeadline.task_id, TaskDeadline.kind)
        .limit(limit)
    )
    timers = session.execute(
        select(ProcessInstance.next_due_at, ProcessInstance.id)
        .where(
            ProcessInstance.status == InstanceStatus.ACTIVE,
            ProcessInstance.next_due_at <= now,
            ProcessInstance.failures < MOST_FAILURES,
            or_(ProcessInstance.retry_at.is_(None), ProcessInstance.retry_at <= now),
        )
        .order_by(ProcessInstance.next_due_at, ProcessInstance.id)
        .limit(limit)
    )
    found = [DueItem(at, Sort.DEADLINE, task_id, kind) for at, task_id, kind in deadlines]
    found += [DueItem(at, Sort.TIMER, instance_id, None) for at, instance_id in timers if at is not None]
    return sorted(found, key=lambda item: (item.at, item.sort, item.id))[:limit]


_NEXT_DEADLINE = select(func.min(TaskDeadline.at)).where(
    TaskDeadline.fired_at.is_(None), TaskDeadline.failures < MOST_FAILURES
)
_NEXT_TIMER = select(func.min(ProcessInstance.next_due_at)).where(
    ProcessInstance.status == InstanceStatus.ACTIVE,
    ProcessInstance.next_due_at.is_not(None),
    ProcessInstance.failures < MOST_FAILURES,
)


def next_instant(session: Session) -> datetime | None:
    """The earliest instant at which something is due; a simulation turns its clock there."""
    deadline = session.execute(_NEXT_DEADLINE).scalar()
    timer = session.execute(_NEXT_TIMER).scalar()
    return min((at for at in (deadline, timer) if at is not None), default=None)


def deadline(session: Session, item: DueItem) -> TaskDeadline | None:
    """The deadline if it has not fired and no other scheduler holds it; held until the transaction ends."""
    return session.scalars(
        select(TaskDeadline)
        .where(
            TaskDeadline.task_id == item.id,
            TaskDeadline.kind == item.kind,
            TaskDeadline.fired_at.is_(None),
        )
        .with_for_update(skip_locked=True),
        execution_options={"populate_existing": True},
    ).first()


def failures(session: Session, item: DueItem) -> int:
    """How often a thing failed in a row so far."""
    if item.sort is Sort.DEADLINE:
        statement = select(TaskDeadline.failures).where(
            TaskDeadline.task_id == item.id, TaskDeadline.kind == item.kind
        )
    else:
        statement = select(ProcessInstance.failures).where(ProcessInstance.id == item.id)
    return session.execute(statement).scalar() or 0


def step_aside(session: Session, item: DueItem, failures: int, until: datetime) -> None:
    """Note how often a thing failed in a row, and let it wait. Not a change of the instance: its version
    stays.
    """
    if item.sort is Sort.DEADLINE:
        statement = update(TaskDeadline).where(
            TaskDeadline.task_id == item.id, TaskDeadline.kind == item.kind
        )
    else:
        statement = update(ProcessInstance).where(ProcessInstance.id == item.id)
    session.execute(
        statement.values(failures=failures, retry_at=until),
        execution_options={"synchronize_session": False},
    )


def resume_deadlines(session: Session, instance_id: UUID) -> None:
    """Let the deadlines of an instance's tasks that became an incident fire again."""
    session.execute(
        update(TaskDeadline)
        .where(
            TaskDeadline.fired_at.is_(None),
            TaskDeadline.failures > 0,
            TaskDeadline.task_id.in_(select(Task.id).where(Task.instance_id == instance_id)),
        )
        .values(failures=0, retry_at=None),
        execution_options={"synchronize_session": False},
    )
