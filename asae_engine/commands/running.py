"""What is done to running instances: a message or a signal comes in, an instance is given up."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from asae_engine import access
from asae_engine.commands import hearing
from asae_engine.commands.casework import CaseWork
from asae_engine.commands.deployed import bundle_of, newest
from asae_engine.commands.errors import InvalidAnswers, NotAllowed, NothingWaits, NotOffered, Unknown
from asae_engine.commands.moves import Cause
from asae_engine.commands.results import Delivery
from asae_engine.commands.transactions import in_one_transaction
from asae_engine.model import Case, InstanceKind, InstanceStatus, lookups

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime
    from uuid import UUID

    from sqlalchemy.orm import Session

    from asae_engine.access import Actor
    from asae_engine.commands.moves import Move
    from asae_engine.model import ProcessInstance


def deliver_message(
    session: Session,
    actor: Actor | None,
    case_id: UUID,
    name: str,
    variables: Mapping[str, object] | None = None,
    *,
    now: datetime,
) -> Delivery:
    """Deliver a message to the instances of the case that wait for it, in one transaction.

    `variables` become the instances' own: small, plain and never personal. An actor of None is the engine.
    Raises `NothingWaits`, `Unknown`, `NotAllowed`, `Conflict`.
    """

    def work() -> Delivery:
        return deliver_within(session, actor, case_id, name, variables or {}, now=now)

    return in_one_transaction(session, work, case_id=lambda: case_id)


def deliver_within(
    session: Session,
    actor: Actor | None,
    case_id: UUID,
    name: str,
    variables: Mapping[str, object],
    *,
    now: datetime,
) -> Delivery:
    """`deliver_message` inside a transaction that has begun; its caller commits."""
    deed = _hearing(session, actor, case_id, Cause("message", name), now)
    heard = hearing.deliver(deed, name, variables)
    if not heard:
        raise NothingWaits(name)
    deed.finish()
    return Delivery([move.row.id for move in heard], deed.opened)


def deliver_signal(
    session: Session,
    actor: Actor | None,
    case_id: UUID,
    name: str,
    variables: Mapping[str, object] | None = None,
    *,
    now: datetime,
) -> Delivery:
    """Let the instances of the case hear a signal, in one transaction; nobody may have waited for it.

    `variables` and the actor are as for `deliver_message`. Raises `Unknown`, `NotAllowed`, `Conflict`.
    """

    def work() -> Delivery:
        deed = _hearing(session, actor, case_id, Cause("signal", name), now)
        heard = hearing.signal(deed, name, variables or {})
        deed.finish()
        return Delivery([move.row.id for move in heard], deed.opened)

    return in_one_transaction(session, work, case_id=lambda: case_id)


def _hearing(session: Session, actor: Actor | None, case_id: UUID, cause: Cause, now: datetime) -> CaseWork:
    """Work on a case that someone, or the engine, lets hear something."""
    case = _case(session, case_id)
    if actor is not None and (refusal := access.permitted(session, actor, "cancel", case)) is not None:
        raise NotAllowed(refusal.reason_fr)
    by = None if actor is None else actor.username
    _, bundle = newest(session)
    return CaseWork(session, case, bundle, actor=actor, now=now, cause=replace(cause, by=by))


def cancel_instance(
    session: Session, actor: Actor, instance_id: UUID, reason: str, *, now: datetime
) -> ProcessInstance:
    """Give up a process instance: its tasks leave the inboxes. Giving up the main one closes the case and all
    of it.

    Raises `Unknown`, `NotAllowed`, `NotOffered` when it is over already, `InvalidAnswers` without a reason,
    `Conflict`.
    """

    def work() -> ProcessInstance:
        running = lookups.running(session, instance_id)
        if running is None:
            raise Unknown("instance")
        refusal = access.permitted(session, actor, "cancel", running.case)
        if refusal is not None:
            raise NotAllowed(refusal.reason_fr)
        if running.instance.status is not InstanceStatus.ACTIVE:
            raise NotOffered("Cette démarche est déjà terminée.")
        if not reason.strip():
            raise InvalidAnswers({"reason": ["Dites pourquoi cette démarche est annulée."]})
        bundle = bundle_of(session, running.deployment)
        cause = Cause("canceled", running.instance.name, actor.username)
        deed = CaseWork(session, running.case, bundle, actor=actor, now=now, cause=cause)
        _cancel(deed, deed.resume(running, bundle), now)
        if running.instance.kind is InstanceKind.MAIN:
            others = lookups.active_instances(session, running.case.id, but=[instance_id])
            for other in others:
                _cancel(deed, deed.resume(other, bundle_of(session, other.deployment)), now)
            deed.close_case()
        deed.finish()
        return running.instance

    return in_one_transaction(session, work, case_id=_case_of_instance(session, instance_id))


def _cancel(deed: CaseWork, move: Move, now: datetime) -> None:
    deed.change(move.row, status=InstanceStatus.CANCELED, ended_at=now, ended_how="canceled")
    if not move.instance.awaits_start:
        key, name = move.row.process_key, move.row.name
        deed.tell("instance.canceled", move=move, process_key=key, element_name=name)
    move.instance.cancel(move.environment(now))
    move.settle()
    deed.change(move.row, next_due_at=None)
    deed.stops.resolve_all(move.row.id)


def _case(session: Session, case_id: UUID) -> Case:
    case = lookups.case(session, case_id)
    if case is None:
        raise Unknown("case")
    return case


def _case_of_instance(session: Session, instance_id: UUID) -> Callable[[], UUID | None]:
    def case_id() -> UUID | None:
        found = lookups.running(session, instance_id)
        return None if found is None else found.case.id

    return case_id
