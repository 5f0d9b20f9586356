"""Long works: asked for, paused, resumed, given up, and done item by item.

Each item is one transaction, which does the thing and marks the item: killed between two items or in the
midst of one, a work goes on where it was and does nothing twice. Any number of workers may do one work
together. What fails is noted at its item, and the rest goes on. An item is done in the name of who asked,
with the rights that they have at that moment.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any
from uuid import UUID

from sqlalchemy import exists, insert, select, update
from sqlalchemy.exc import OperationalError

from asae_engine import access
from asae_engine.commands.errors import CommandError, NotAllowed, NothingWaits, NotOffered, TaskGone, Unknown
from asae_engine.commands.incidents import retry_within
from asae_engine.commands.running import deliver_within
from asae_engine.commands.tasks import assign_within
from asae_engine.commands.transactions import in_one_transaction
from asae_engine.model import (
    Case,
    CaseStatus,
    Incident,
    ProcessInstance,
    Task,
    TaskStatus,
    User,
    lookups,
    queue,
)
from asae_engine.model.works import ItemState, LongWork, LongWorkItem, WorkKind, WorkState

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from sqlalchemy.orm import Session, sessionmaker

    from asae_engine.access import Actor

log = logging.getLogger(__name__)

#: The job that does them, in `jobs.catalogue`.
JOB = "do_works"

#: What one must be allowed to ask for a work, and to stop it.
RIGHTS = {WorkKind.REASSIGN: "assign", WorkKind.MESSAGE: "cancel", WorkKind.RETRY: "cancel"}
_UNDER_WAY = (WorkState.WAITING, WorkState.RUNNING)
_UNFORESEEN = "Une erreur imprévue est survenue. L’administration en trouve la trace dans le journal."


class _NothingToDo(Exception):  # noqa: N818 - an outcome, not an error
    """The item has no object any more."""


def request_reassignment(
    session: Session, actor: Actor, leaving: str, coming: str, *, now: datetime
) -> LongWork:
    """Give every open task that one person has now to another (usernames).

    Raises `NotAllowed`, `Unknown("user")`, `NotOffered` when there is nothing to give.
    """

    def work() -> LongWork:
        giver, taker = lookups.account(session, leaving), lookups.user_named(session, coming)
        if giver is None or taker is None:
            raise Unknown("user")
        if giver.id == taker.id:
            raise NotOffered("Choisissez deux personnes différentes.")
        tasks = session.scalars(
            select(Task.id)
            .where(Task.assignee_id == giver.id, Task.status == TaskStatus.OPEN)
            .order_by(Task.id)
        ).all()
        if not tasks:
            raise NotOffered(
                f"{giver.display_name} n’a aucune étape en cours\u00a0: il n’y a rien à confier."
            )
        parameters = {"from": str(giver.id), "to": str(taker.id)}
        return _requested(session, actor, WorkKind.REASSIGN, parameters, tasks, now)

    return in_one_transaction(session, work)


def request_message(session: Session, actor: Actor, name: str, *, now: datetime) -> LongWork:
    """Bring a message to every open case that waits for it when its turn comes.

    Raises `NotAllowed`, `NotOffered` when no case is open.
    """

    def work() -> LongWork:
        cases = session.scalars(select(Case.id).where(Case.status == CaseStatus.OPEN).order_by(Case.id)).all()
        if not cases:
            raise NotOffered("Aucune situation n’est ouverte.")
        return _requested(session, actor, WorkKind.MESSAGE, {"message": name}, cases, now)

    return in_one_transaction(session, work)


def request_retries(
    session: Session, actor: Actor, deployment_id: UUID, process_key: str, element_id: str, *, now: datetime
) -> LongWork:
    """Let all that stopped on one element, in cases that the actor sees, try again.

    Raises `NotAllowed`, `NotOffered` when nothing is stopped there.
    """

    def work() -> LongWork:
        stopped = session.scalars(
            select(Incident.id)
            .join(ProcessInstance, ProcessInstance.id == Incident.instance_id)
            .join(Case, Case.id == Incident.case_id)
            .where(
                Incident.resolved_at.is_(None),
                Incident.process_key == process_key,
                Incident.element_id == element_id,
                ProcessInstance.deployment_id == deployment_id,
                access.visible_cases(actor),
            )
            .order_by(Incident.at, Incident.id)
        ).all()
        if not stopped:
            raise NotOffered("Plus rien n’est arrêté à cette étape.")
        return _requested(session, actor, WorkKind.RETRY, {"element": element_id}, stopped, now)

    return in_one_transaction(session, work)


def _requested(
    session: Session,
    actor: Actor,
    kind: WorkKind,
    parameters: dict[str, Any],
    subjects: Sequence[UUID],
    now: datetime,
) -> LongWork:
    _require(actor, kind)
    work = LongWork(
        kind=kind, parameters=parameters, total=len(subjects), asked_by_id=actor.user_id, asked_at=now
    )
    session.add(work)
    session.flush()
    rows = [
        {"work_id": work.id, "position": position, "subject_id": subject, "state": ItemState.WAITING}
        for position, subject in enumerate(subjects, 1)
    ]
    session.execute(insert(LongWorkItem), rows)
    queue.enqueue(session, JOB)
    log.info("long work asked", extra={"work": str(work.id), "kind": kind.value, "total": work.total})
    return work


def pause_work(session: Session, actor: Actor | None, work_id: UUID, *, now: datetime) -> LongWork:
    """Begin no further item until it is resumed. Raises `Unknown`, `NotAllowed`, `NotOffered`."""
    return _turn(session, actor, work_id, _UNDER_WAY, WorkState.PAUSED, now)


def resume_work(session: Session, actor: Actor | None, work_id: UUID, *, now: datetime) -> LongWork:
    """Go on where it was paused. Raises `Unknown`, `NotAllowed`, `NotOffered`."""
    return _turn(session, actor, work_id, (WorkState.PAUSED,), WorkState.WAITING, now)


def cancel_work(session: Session, actor: Actor | None, work_id: UUID, *, now: datetime) -> LongWork:
    """Give up what is not done yet; what is done stays. Raises `Unknown`, `NotAllowed`, `NotOffered`."""
    return _turn(session, actor, work_id, (*_UNDER_WAY, WorkState.PAUSED), WorkState.CANCELED, now)


def _turn(
    session: Session,
    actor: Actor | None,
    work_id: UUID,
    before: tuple[WorkState, ...],
    after: WorkState,
    now: datetime,
) -> LongWork:
    def work() -> LongWork:
        found = session.get(LongWork, work_id, populate_existing=True, with_for_update=True)
        if found is None:
            raise Unknown("work")
        if actor is not None:
            _require(actor, found.kind)
        if found.state not in before:
            raise NotOffered("Ce travail n’en est plus là\u00a0: rechargez la page pour voir où il en est.")
        found.state = after
        found.ended_at = now if after is WorkState.CANCELED else None
        session.flush()
        if after is WorkState.WAITING:
            queue.enqueue(session, JOB)
        log.info("long work turned", extra={"work": str(work_id), "state": after.value})
        return found

    return in_one_transaction(session, work)


def _require(actor: Actor, kind: WorkKind) -> None:
    if not actor.may(RIGHTS[kind]):
        raise NotAllowed("Votre rôle ne permet pas de demander ni d’arrêter ce travail.")


def do_works(sessions: sessionmaker[Session], *, now: datetime, limit: int = 20) -> int:
    """Do at most `limit` items of the works under way, the eldest first; say how many."""
    with sessions() as session:
        under_way = session.scalars(
            select(LongWork.id).where(LongWork.state.in_(_UNDER_WAY)).order_by(LongWork.asked_at, LongWork.id)
        ).all()
    done = 0
    for work_id in under_way:
        while done < limit and _do_next(sessions, work_id, now):
            done += 1
    return done


def _do_next(sessions: sessionmaker[Session], work_id: UUID, now: datetime) -> bool:
    """Do one item. False when there is none to do, or the work was stopped."""
    begun: list[int] = []
    with sessions() as session:
        try:
            return in_one_transaction(session, lambda: _do(session, work_id, now, begun))
        except OperationalError:
            raise
        except _NothingToDo:
            outcome, message = ItemState.VOID, None
        except CommandError as error:
            outcome, message = ItemState.FAILED, error.message_fr
        except Exception as error:
            log.error("item failed", extra={"work": str(work_id), "error": type(error).__name__})
            outcome, message = ItemState.FAILED, _UNFORESEEN
        if not begun:
            raise RuntimeError("a long work could not be read")
        in_one_transaction(session, lambda: _mark(session, work_id, begun[-1], outcome, message))
    return True


def _do(session: Session, work_id: UUID, now: datetime, begun: list[int]) -> bool:
    work = session.get(LongWork, work_id, populate_existing=True)
    if work is None or work.state not in _UNDER_WAY:
        return False
    item = session.execute(
        select(LongWorkItem.position, LongWorkItem.subject_id)
        .where(LongWorkItem.work_id == work_id, LongWorkItem.state == ItemState.WAITING)
        .order_by(LongWorkItem.position)
        .limit(1)
        .with_for_update(skip_locked=True)
    ).first()
    if item is None:
        _finish(session, work_id, now)
        return False
    begun.append(item.position)
    _mark(session, work_id, item.position, ItemState.DONE, None)
    if work.state is WorkState.WAITING:
        session.execute(
            update(LongWork)
            .where(LongWork.id == work_id, LongWork.state == WorkState.WAITING)
            .values(state=WorkState.RUNNING)
        )
    asker = session.get(User, work.asked_by_id, populate_existing=True)
    if asker is None or not asker.active:
        raise NotAllowed("La personne qui a demandé ce travail n’a plus de compte ouvert.")
    _DEEDS[work.kind](session, access.actor_for(session, asker.username), work, item.subject_id, now)
    return True


def _finish(session: Session, work_id: UUID, now: datetime) -> None:
    """The last item is done, unless another worker is at it."""
    waiting = exists().where(LongWorkItem.work_id == work_id, LongWorkItem.state == ItemState.WAITING)
    session.execute(
        update(LongWork)
        .where(LongWork.id == work_id, LongWork.state.in_(_UNDER_WAY), ~waiting)
        .values(state=WorkState.FINISHED, ended_at=now),
        execution_options={"synchronize_session": False},
    )


def _mark(session: Session, work_id: UUID, position: int, state: ItemState, message: str | None) -> None:
    session.execute(
        update(LongWorkItem)
        .where(
            LongWorkItem.work_id == work_id,
            LongWorkItem.position == position,
            LongWorkItem.state == ItemState.WAITING,
        )
        .values(state=state, message=message),
        execution_options={"synchronize_session": False},
    )


def _reassign(session: Session, actor: Actor, work: LongWork, task_id: UUID, now: datetime) -> None:
    found = lookups.task(session, task_id)
    if found is None or str(found[0].assignee_id) != work.parameters["from"]:
        raise _NothingToDo  # done, or given to someone else, since
    taker = session.get(User, UUID(work.parameters["to"]))
    if taker is None:
        raise Unknown("user")
    try:
        assign_within(session, actor, task_id, taker.username, now=now)
    except TaskGone:
        raise _NothingToDo from None


def _message(session: Session, actor: Actor, work: LongWork, case_id: UUID, now: datetime) -> None:
    try:
        deliver_within(session, actor, case_id, str(work.parameters["message"]), {}, now=now)
    except NothingWaits:
        raise _NothingToDo from None


def _retry(session: Session, actor: Actor, _work: LongWork, incident_id: UUID, now: datetime) -> None:
    found = lookups.incident(session, incident_id)
    if found is None or found.resolved_at is not None:
        raise _NothingToDo
    if retry_within(session, actor, incident_id, now=now).resolved_at is None:
        raise NotOffered("L’étape s’est arrêtée de nouveau.")


_DEEDS: dict[WorkKind, Callable[[Session, Actor, LongWork, UUID, datetime], None]] = {
    WorkKind.REASSIGN: _reassign,
    WorkKind.MESSAGE: _message,
    WorkKind.RETRY: _retry,
}
