"""Firing what is due: the deadlines of open tasks, the timers of instances, stopped tokens that are tried
again, each once, and in order of time within each case.

Any number of schedulers may do this at once: they share the cases (`due.hold`), several of which are done in
one transaction, one thing of each, because there a commit costs as much as firing. Something that raises
undoes its transaction; then each case is done alone, and what raises steps aside, waits longer each time, and
becomes an incident, while all the rest goes on.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from sqlalchemy.exc import OperationalError

from asae_engine.calendar import local_date
from asae_engine.commands import incidents
from asae_engine.commands.casework import CaseWork
from asae_engine.commands.deployed import bundle_of
from asae_engine.commands.errors import Conflict
from asae_engine.commands.moves import Cause
from asae_engine.commands.transactions import in_one_transaction
from asae_engine.model import DeadlineKind, InstanceKind, InstanceStatus, due, lookups
from asae_engine.model.due import MOST_FAILURES, DueItem, Sort

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime
    from uuid import UUID

    from sqlalchemy.orm import Session, sessionmaker

    from asae_engine.model import Task
    from asae_engine.model.due import TaskDue
    from asae_engine.model.lookups import Running

log = logging.getLogger(__name__)

#: The process that says what happens when a deadline is reached (a bundle without it is refused).
ESCALATION = "reminder_escalation"

#: How many cases with something due are read at a time: many more than the other workers may hold.
_WINDOW = 1000

#: How many cases are done in one transaction. The more, the longer a person's command on one of them may
#: wait: some fifty milliseconds.
TOGETHER = 20

_EVENTS = {
    DeadlineKind.REMINDER: "task.reminder",
    DeadlineKind.DUE: "task.overdue",
    DeadlineKind.ESCALATION_1: "task.escalated",
    DeadlineKind.ESCALATION_2: "task.escalated",
}


def fire_due(sessions: sessionmaker[Session], *, now: datetime, limit: int = 1000) -> int:
    """Fire what is due at `now`, at most `limit` things, and say how many fired.

    In order of time within each case, also what becomes due by firing another. Never raises for one thing's
    sake; a database that cannot be reached raises.
    """
    fired = 0
    while fired < limit:
        with sessions() as session:
            cases = due.cases(session, now, _WINDOW)
        progress = 0
        for start in range(0, len(cases), TOGETHER):
            most = limit - fired - progress
            if not most:
                break
            progress += _fire_cases(sessions, cases[start : start + TOGETHER], now, most)
        if not progress:
            return fired  # nothing is due, or others are at work on all of it, or it stepped aside
        fired += progress
    return fired


def next_due(session: Session) -> datetime | None:
    """The earliest instant at which `fire_due` has something to do: where a simulation turns its clock to."""
    return due.next_instant(session)


def _fire_cases(sessions: sessionmaker[Session], cases: Sequence[UUID], now: datetime, most: int) -> int:
    """Fire what is due in these cases, one thing of each at a time: in a transaction the line of a case is
    written once, after all else of that case, as every command does it.
    """
    fired = 0
    while cases and fired < most:
        again: list[UUID] = []
        with sessions() as session:
            fired += _fire_first(session, cases[: most - fired], now, again)
        cases = again
    return fired


def _fire_first(session: Session, cases: Sequence[UUID], now: datetime, again: list[UUID]) -> int:
    """Fire the first due thing of each of these cases; put into `again` those where more is due."""
    tried: list[DueItem] = []
    try:
        fired, more = in_one_transaction(session, lambda: _fire_together(session, cases, now, tried))
    except OperationalError:
        raise
    except Exception as error:
        if len(cases) > 1:
            return sum(_fire_first(session, [one], now, again) for one in cases)
        if not tried:
            raise
        if not isinstance(error, Conflict):  # else people were faster, twice: it is due at the next round
            session.rollback()
            _step_aside(session, tried[-1], now, error)
            again += cases  # what else is due in it does not wait with it
        return 0
    again += more
    return fired


def _fire_together(
    session: Session, cases: Sequence[UUID], now: datetime, tried: list[DueItem]
) -> tuple[int, list[UUID]]:
    """How many fired, and the cases where more is due than what fired; puts what a case alone has first into
    `tried`.
    """
    held = due.hold(session, cases)
    if not held:
        return 0, []
    found = due.items(session, now, held)
    firsts = _firsts(found)
    more = {item.case_id for item in found if item != firsts[item.case_id]}
    if len(firsts) == 1:
        tried += firsts.values()
    # All that is read and held is so at once, and before anything is written.
    instances = due.instances(session, [one.instance_id for one in firsts.values() if one.instance_id])
    tasks = due.take(session, [one for one in firsts.values() if one.sort is Sort.DEADLINE], now)
    done = []
    for item in firsts.values():
        running = None if item.instance_id is None else instances.get(item.instance_id)
        if item.id in tasks:
            _fire_deadline(session, item, tasks[item.id], now)
        elif running is None:
            continue
        elif item.sort is Sort.INCIDENT:
            if not incidents.try_again(session, running, item.id, now):
                continue
        elif not _fire_timers(session, running, now):
            continue
        done.append(item.case_id)
    return len(done), [case_id for case_id in done if case_id in more]


def _firsts(found: Iterable[DueItem]) -> dict[UUID, DueItem]:
    """The first due thing of each case."""
    firsts: dict[UUID, DueItem] = {}
    for item in found:
        firsts.setdefault(item.case_id, item)
    return firsts


def _fire_timers(session: Session, running: Running, now: datetime) -> bool:
    due_at = running.instance.next_due_at
    if running.instance.status is not InstanceStatus.ACTIVE or due_at is None or due_at > now:
        return False
    bundle = bundle_of(session, running.deployment)
    work = CaseWork(session, running.case, bundle, actor=None, now=now, cause=Cause("timer"))
    move = work.resume(running, bundle)
    # The process lives at the instant the timer was due, as if nobody had slept; what people get is dated
    # now.
    lived = min(max(due_at, running.instance.updated_at), now)
    move.instance.fire_due(move.environment(lived))
    move.settle()
    work.finish()
    return True


def _fire_deadline(session: Session, item: DueItem, found: TaskDue, now: datetime) -> None:
    kind = item.kind
    if kind is None:
        raise RuntimeError("a timer is no deadline")
    bundle = bundle_of(session, found.deployment)
    work = CaseWork(session, found.case, bundle, actor=None, now=now, cause=Cause("timer", found.task.name))
    work.tell(
        _EVENTS[kind],
        task=found.task,
        data={"kind": kind.value, "due_at": item.at.isoformat(), "to": item.to},
    )
    variables = _variables(found.task, kind, item.to)
    work.start(found.deployment.id, bundle, ESCALATION, InstanceKind.ENGINE, variables)
    work.finish()


def _variables(task: Task, kind: DeadlineKind, to: str | None) -> dict[str, object]:
    """What the process of a deadline knows. Nothing personal: it is saved in the engine's state."""
    return {
        "deadline": kind.value,
        "step": task.delays_step,
        "step_name": task.name,
        "to": to,
        "task_id": str(task.id),
        "assigned": task.assignee_id is not None,
        "due_on": None if task.due_at is None else local_date(task.due_at).isoformat(),
    }


def _step_aside(session: Session, item: DueItem, now: datetime, error: Exception) -> None:
    """Let something that raised wait; after `MOST_FAILURES` it is an incident that a person must retry."""

    def work() -> str:
        found = (
            lookups.task_at_work(session, item.id)
            if item.sort is Sort.DEADLINE
            else lookups.running(session, item.instance_id or item.id)
        )
        if found is None:
            return ""
        failures = due.failures(session, item) + 1
        due.step_aside(session, item, failures, due.next_try(failures, now))
        if failures >= MOST_FAILURES and item.sort is not Sort.INCIDENT:
            bundle = bundle_of(session, found.deployment)
            deed = CaseWork(session, found.case, bundle, actor=None, now=now, cause=Cause("timer"))
            deed.stops.add(
                found.instance,
                "Une échéance n’a pas pu être traitée, malgré plusieurs essais. Prévenez "
                "l’administration\u00a0; une fois la cause corrigée, relancez.",
            )
            deed.finish()
        return found.case.number

    number = in_one_transaction(session, work)
    log.error(
        "due thing failed",
        extra={"case_number": number, "sort": item.sort.value, "error": type(error).__name__},
    )
