"""Firing what is due: the deadlines of open tasks and the timers of instances, each once, in order of time.

Any number of schedulers may do this at once: each thing is claimed inside the transaction that fires it.
Something that raises steps aside, waits longer each time, and becomes an incident, while all the rest goes
on.
"""

from __future__ import annotations

import heapq
import logging
from datetime import timedelta
from typing import TYPE_CHECKING

from sqlalchemy.exc import OperationalError

from asae_engine.calendar import local_date
from asae_engine.commands.casework import CaseWork
from asae_engine.commands.deployed import bundle_of
from asae_engine.commands.errors import Conflict
from asae_engine.commands.moves import Cause
from asae_engine.commands.transactions import in_one_transaction
from asae_engine.model import DeadlineKind, InstanceKind, InstanceStatus, TaskStatus, due, lookups
from asae_engine.model.due import MOST_FAILURES, DueItem, Sort

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy.orm import Session, sessionmaker

    from asae_engine.model import TaskDeadline
    from asae_engine.model.lookups import TaskAtWork

log = logging.getLogger(__name__)

#: The process that says what happens when a deadline is reached (a bundle without it is refused).
ESCALATION = "reminder_escalation"

#: How long something that raised waits before it is tried again; doubled each time.
FIRST_WAIT = timedelta(minutes=1)

#: How many due things are read at a time.
_BATCH = 100

_EVENTS = {
    DeadlineKind.REMINDER: "task.reminder",
    DeadlineKind.DUE: "task.overdue",
    DeadlineKind.ESCALATION_1: "task.escalated",
    DeadlineKind.ESCALATION_2: "task.escalated",
}


def fire_due(sessions: sessionmaker[Session], *, now: datetime, limit: int = 1000) -> int:
    """Fire what is due at `now`, at most `limit` things, and say how many fired.

    Each is one transaction, in order of time, also what becomes due by firing another. Never raises for one
    thing's sake; a database that cannot be reached raises.
    """
    fired = 0
    while fired < limit:
        with sessions() as session:
            waiting = [_Due(item) for item in due.items(session, now, min(_BATCH, limit - fired))]
        if not waiting:
            return fired
        heapq.heapify(waiting)
        progress = False
        while waiting and fired < limit:
            item = heapq.heappop(waiting).item
            outcome, again = _fire(sessions, item, now)
            fired += outcome
            progress = progress or outcome
            if again is not None:
                heapq.heappush(waiting, _Due(again))
        if not progress:
            return fired  # another scheduler is at work on all of these, or they stepped aside
    return fired


def next_due(session: Session) -> datetime | None:
    """The earliest instant at which `fire_due` has something to do: where a simulation turns its clock to."""
    return due.next_instant(session)


class _Due:
    """A due thing in a heap: by time, deadlines before timers."""

    def __init__(self, item: DueItem) -> None:
        self.item = item

    def __lt__(self, other: _Due) -> bool:
        mine, theirs = self.item, other.item
        return (mine.at, mine.sort, mine.id, mine.kind or "") < (
            theirs.at,
            theirs.sort,
            theirs.id,
            theirs.kind or "",
        )


def _fire(sessions: sessionmaker[Session], item: DueItem, now: datetime) -> tuple[bool, DueItem | None]:
    """Fire one thing. Whether it fired, and the instance's next timer when that is due as well."""
    with sessions() as session:
        try:
            if item.sort is Sort.TIMER:
                return in_one_transaction(session, lambda: _fire_timers(session, item, now))
            return in_one_transaction(session, lambda: _fire_deadline(session, item, now)), None
        except Conflict:
            return False, None  # people were faster, twice: it is still due at the next round
        except OperationalError:
            raise
        except Exception as error:
            session.rollback()
            _step_aside(session, item, now, error)
            return False, None


def _fire_timers(session: Session, item: DueItem, now: datetime) -> tuple[bool, DueItem | None]:
    running = lookups.running(session, item.id, skip_locked=True)
    if running is None or running.instance.status is not InstanceStatus.ACTIVE:
        return False, None
    due_at = running.instance.next_due_at
    if due_at is None or due_at > now:
        return False, None
    bundle = bundle_of(session, running.deployment)
    work = CaseWork(session, running.case, bundle, actor=None, now=now, cause=Cause("timer"))
    move = work.resume(running, bundle)
    # The process lives at the instant the timer was due, as if nobody had slept; what people get is dated
    # now.
    lived = min(max(due_at, running.instance.updated_at), now)
    move.instance.fire_due(move.environment(lived))
    move.settle()
    work.finish()
    follows = running.instance.next_due_at
    if follows is None or follows > now or follows == due_at:
        return True, None
    return True, DueItem(follows, Sort.TIMER, item.id, None)


def _fire_deadline(session: Session, item: DueItem, now: datetime) -> bool:
    # The task first, as who completes it does: a task that is being completed reminds nobody.
    found = lookups.task_at_work(session, item.id, held=True)
    if found is None or found.task.status is not TaskStatus.OPEN:
        return False
    deadline = due.deadline(session, item)
    if deadline is None or deadline.at > now:
        return False
    deadline.fired_at = now
    kind = deadline.kind
    bundle = bundle_of(session, found.deployment)
    work = CaseWork(session, found.case, bundle, actor=None, now=now, cause=Cause("timer", found.task.name))
    work.tell(
        _EVENTS[kind],
        task=found.task,
        data={"kind": kind.value, "due_at": deadline.at.isoformat(), "to": deadline.to},
    )
    variables = _variables(found, deadline)
    work.start(found.deployment, bundle, ESCALATION, InstanceKind.DEADLINE, variables)
    work.finish()
    return True


def _variables(found: TaskAtWork, deadline: TaskDeadline) -> dict[str, object]:
    """What the process of a deadline knows. Nothing personal: it is saved in the engine's state."""
    task = found.task
    return {
        "deadline": deadline.kind.value,
        "step": task.delays_step,
        "step_name": task.name,
        "to": deadline.to,
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
            else lookups.running(session, item.id)
        )
        if found is None:
            return ""
        failures = due.failures(session, item) + 1
        due.step_aside(session, item, failures, now + FIRST_WAIT * 2 ** (failures - 1))
        if failures >= MOST_FAILURES:
            bundle = bundle_of(session, found.deployment)
            deed = CaseWork(session, found.case, bundle, actor=None, now=now, cause=Cause("timer"))
            deed.raise_incident(
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
