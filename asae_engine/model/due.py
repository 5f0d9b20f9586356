"""What the scheduler asks: which cases have something due, what that is in order of time, and who steps aside
after it failed.

Several schedulers share the work by cases: who holds a case (an advisory lock on PostgreSQL, the one writer's
turn on SQLite) fires what is due in it, all others pass by.
"""

from __future__ import annotations

from datetime import timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple

from sqlalchemy import ARRAY, Text, Uuid, bindparam, cast, func, or_, select, tuple_, update
from sqlalchemy.orm import selectinload

from asae_engine.model import lookups
from asae_engine.model.cases import Case
from asae_engine.model.deployments import Deployment
from asae_engine.model.instances import Incident, InstanceStatus, ProcessInstance
from asae_engine.model.numbers import table_of
from asae_engine.model.tasks import DeadlineKind, Task, TaskDeadline, TaskStatus

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime
    from uuid import UUID

    from sqlalchemy.orm import Session

    from asae_engine.model.lookups import Running

#: After this many failures in a row a thing waits for a person.
MOST_FAILURES = 5
#: How long what failed waits before it is tried again; doubled each time.
FIRST_WAIT = timedelta(minutes=1)

#: Sets the holding of cases apart from other advisory locks.
_HOLD = 4_217_004


def next_try(failures: int, now: datetime) -> datetime:
    """When what failed so often in a row is tried again."""
    return now + FIRST_WAIT * int(2 ** (failures - 1))


class Sort(StrEnum):
    DEADLINE = "deadline"
    INCIDENT = "incident"
    TIMER = "timer"


class DueItem(NamedTuple):
    """A deadline of a task, a stopped token that is tried again, or the next timer of an instance. Sorts by
    time, then deadlines first.
    """

    at: datetime
    sort: Sort
    #: Of the task, the incident or the instance.
    id: UUID
    kind: DeadlineKind | None
    #: Whom the deadline names.
    to: str | None
    case_id: UUID
    #: Whose token or timer it is.
    instance_id: UUID | None = None


_CASES_OF_DEADLINES = (
    select(TaskDeadline.at, Task.case_id)
    .join(Task, Task.id == TaskDeadline.task_id)
    .where(
        TaskDeadline.fired_at.is_(None),
        TaskDeadline.at <= bindparam("now"),
        TaskDeadline.failures < MOST_FAILURES,
        or_(TaskDeadline.retry_at.is_(None), TaskDeadline.retry_at <= bindparam("now")),
    )
    .order_by(TaskDeadline.at)
    .limit(bindparam("most"))
)
_CASES_OF_TIMERS = (
    select(ProcessInstance.next_due_at, ProcessInstance.case_id)
    .where(
        ProcessInstance.status == InstanceStatus.ACTIVE,
        ProcessInstance.next_due_at <= bindparam("now"),
        ProcessInstance.failures < MOST_FAILURES,
        or_(ProcessInstance.retry_at.is_(None), ProcessInstance.retry_at <= bindparam("now")),
    )
    .order_by(ProcessInstance.next_due_at)
    .limit(bindparam("most"))
)
_CASES_OF_INCIDENTS = (
    select(Incident.retry_at, Incident.case_id)
    .where(Incident.retry_at <= bindparam("now"))
    .order_by(Incident.retry_at)
    .limit(bindparam("most"))
)
# What is due in known cases is sifted here and not by the database: were the instants in these statements,
# its planner might read all that is due anywhere to find what few cases have (1.2 s instead of 0.5 ms for
# twenty cases among four thousand, before the tables' first ANALYZE). For the same reason no status of the
# task.
_DEADLINES_OF_CASES = (
    select(
        TaskDeadline.at,
        TaskDeadline.failures,
        TaskDeadline.retry_at,
        TaskDeadline.task_id,
        TaskDeadline.kind,
        TaskDeadline.to,
        Task.case_id,
        TaskDeadline.fired_at,
    )
    .join(Task, Task.id == TaskDeadline.task_id)
    .where(Task.case_id.in_(bindparam("case_ids", expanding=True)), Task.closed_at.is_(None))
)
_TIMERS_OF_CASES = select(
    ProcessInstance.next_due_at,
    ProcessInstance.failures,
    ProcessInstance.retry_at,
    ProcessInstance.id,
    ProcessInstance.case_id,
).where(
    ProcessInstance.case_id.in_(bindparam("case_ids", expanding=True)),
    ProcessInstance.status == InstanceStatus.ACTIVE,
)

_INCIDENTS_OF_CASES = select(Incident.retry_at, Incident.id, Incident.case_id, Incident.instance_id).where(
    Incident.retry_at.is_not(None), Incident.case_id.in_(bindparam("case_ids", expanding=True))
)


def _is_due(now: datetime, at: datetime, failures: int, retry_at: datetime | None) -> bool:
    return at is not None and at <= now and failures < MOST_FAILURES and (retry_at is None or retry_at <= now)


def cases(session: Session, now: datetime, limit: int) -> list[UUID]:
    """The cases in which something is due at `now`, whose first due thing is the earliest first; things that
    step aside after a failure are left out.
    """
    asked = {"now": now, "most": limit}
    asking = (_CASES_OF_DEADLINES, _CASES_OF_TIMERS, _CASES_OF_INCIDENTS)
    found = [(at, case_id) for statement in asking for at, case_id in session.execute(statement, asked)]
    return list(dict.fromkeys(case_id for _, case_id in sorted(found)))


def hold(session: Session, case_ids: Sequence[UUID]) -> Sequence[UUID]:
    """Hold these cases against other schedulers until the transaction ends; those that one holds already are
    left out. People's commands are not held up.
    """
    if session.get_bind().dialect.name == "sqlite":
        return case_ids  # whoever may write is alone
    wanted = func.unnest(bindparam("case_ids", list(case_ids), ARRAY(Uuid()))).column_valued("case_id")
    key = func.hashtextextended(cast(wanted, Text), _HOLD)
    return session.scalars(select(wanted).where(func.pg_try_advisory_xact_lock(key))).all()


def items(session: Session, now: datetime, case_ids: Sequence[UUID]) -> list[DueItem]:
    """What is due in these cases at `now`, the earliest first."""
    asked = {"case_ids": list(case_ids)}
    found = [
        DueItem(at, Sort.DEADLINE, task_id, kind, to, case_id)
        for at, failures, retry_at, task_id, kind, to, case_id, fired_at in session.execute(
            _DEADLINES_OF_CASES, asked
        )
        if fired_at is None and _is_due(now, at, failures, retry_at)
    ]
    found += [
        DueItem(at, Sort.TIMER, instance_id, None, None, case_id, instance_id)
        for at, failures, retry_at, instance_id, case_id in session.execute(_TIMERS_OF_CASES, asked)
        if at is not None and _is_due(now, at, failures, retry_at)
    ]
    found += [
        DueItem(at, Sort.INCIDENT, incident_id, None, None, case_id, instance_id)
        for at, incident_id, case_id, instance_id in session.execute(_INCIDENTS_OF_CASES, asked)
        if at is not None and at <= now
    ]
    return sorted(found, key=lambda item: (item.at, item.sort, item.id, item.kind or ""))


_DEADLINES_WAITING = select(func.count(), func.min(TaskDeadline.at)).where(
    TaskDeadline.fired_at.is_(None),
    TaskDeadline.at <= bindparam("now"),
    TaskDeadline.failures == 0,
)
_TIMERS_WAITING = select(func.count(), func.min(ProcessInstance.next_due_at)).where(
    ProcessInstance.status == InstanceStatus.ACTIVE,
    ProcessInstance.next_due_at <= bindparam("now"),
    ProcessInstance.failures == 0,
)


def waiting(session: Session, now: datetime) -> tuple[int, datetime | None]:
    """How many things are due and not fired, and since when the eldest is; those that failed are left out."""
    rows = [session.execute(one, {"now": now}).one() for one in (_DEADLINES_WAITING, _TIMERS_WAITING)]
    return sum(row[0] for row in rows), min((row[1] for row in rows if row[1] is not None), default=None)


_NEXT_DEADLINE = select(func.min(TaskDeadline.at)).where(
    TaskDeadline.fired_at.is_(None), TaskDeadline.failures < MOST_FAILURES
)
_NEXT_TIMER = select(func.min(ProcessInstance.next_due_at)).where(
    ProcessInstance.status == InstanceStatus.ACTIVE,
    ProcessInstance.next_due_at.is_not(None),
    ProcessInstance.failures < MOST_FAILURES,
)
_NEXT_RETRY = select(func.min(Incident.retry_at)).where(Incident.retry_at.is_not(None))


def next_instant(session: Session) -> datetime | None:
    """The earliest instant at which something is due; a simulation turns its clock there."""
    instants = [session.execute(one).scalar() for one in (_NEXT_DEADLINE, _NEXT_TIMER, _NEXT_RETRY)]
    return min((at for at in instants if at is not None), default=None)


def instances(session: Session, instance_ids: Sequence[UUID]) -> dict[UUID, Running]:
    """These instances, held until the transaction ends; those that someone is changing are left out."""
    found = lookups.running_among(session, instance_ids, skip_locked=True) if instance_ids else []
    return {one.instance.id: one for one in found}


class TaskDue(NamedTuple):
    """An open task with its candidates, and where it belongs."""

    task: Task
    case: Case
    deployment: Deployment
    instance: ProcessInstance


_TASKS = (
    select(Task, Case, Deployment, ProcessInstance)
    .join(ProcessInstance, ProcessInstance.id == Task.instance_id)
    .join(Case, Case.id == Task.case_id)
    .join(Deployment, Deployment.id == ProcessInstance.deployment_id)
    .where(Task.id.in_(bindparam("task_ids", expanding=True)), Task.status == TaskStatus.OPEN)
    .options(selectinload(Task.candidates))
    .order_by(Task.id)
    .with_for_update(of=Task, skip_locked=True)
)
_TAKE = (
    update(table_of(TaskDeadline))
    .where(
        tuple_(table_of(TaskDeadline).c.task_id, table_of(TaskDeadline).c.kind).in_(
            bindparam("taken", expanding=True)
        ),
        table_of(TaskDeadline).c.fired_at.is_(None),
    )
    .values(fired_at=bindparam("now"))
    .returning(table_of(TaskDeadline).c.task_id)
)


def take(session: Session, deadlines: Sequence[DueItem], now: datetime) -> dict[UUID, TaskDue]:
    """Mark these deadlines, of one task each, as fired, and give their tasks, which nobody else may change
    until the transaction ends. Left out: tasks that someone is changing or that are closed, deadlines that
    fired already.
    """
    if not deadlines:
        return {}
    rows = session.execute(
        _TASKS, {"task_ids": [item.id for item in deadlines]}, execution_options={"populate_existing": True}
    )
    tasks = {row[0].id: TaskDue(*row) for row in rows}
    pairs = [(item.id, item.kind) for item in deadlines if item.id in tasks]
    if not pairs:
        return {}
    taken = session.connection().execute(_TAKE, {"taken": pairs, "now": now}).scalars()
    return {task_id: tasks[task_id] for task_id in taken}


def failures(session: Session, item: DueItem) -> int:
    """How often a thing failed in a row so far."""
    if item.sort is Sort.DEADLINE:
        statement = select(TaskDeadline.failures).where(
            TaskDeadline.task_id == item.id, TaskDeadline.kind == item.kind
        )
    elif item.sort is Sort.INCIDENT:
        statement = select(Incident.tries).where(Incident.id == item.id)
    else:
        statement = select(ProcessInstance.failures).where(ProcessInstance.id == item.id)
    return session.execute(statement).scalar() or 0


def step_aside(session: Session, item: DueItem, failures: int, until: datetime) -> None:
    """Note how often a thing failed in a row, and let it wait. Not a change of the instance: its version
    stays.
    """
    if item.sort is Sort.INCIDENT:
        last = failures >= MOST_FAILURES
        session.execute(
            update(Incident)
            .where(Incident.id == item.id)
            .values(tries=failures, retry_at=None if last else until),
            execution_options={"synchronize_session": False},
        )
        return
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
            TaskDeadline.task_id.in_(
                select(Task.id).where(Task.instance_id == instance_id, Task.status == TaskStatus.OPEN)
            ),
        )
        .values(failures=0, retry_at=None),
        execution_options={"synchronize_session": False},
    )
