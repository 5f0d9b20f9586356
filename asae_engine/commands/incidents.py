"""What stopped: tried again by itself, later each time, and by people, who may also lead it past its step or
set a variable right.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from asae_engine import access, bpmn, feel
from asae_engine.commands.casework import CaseWork
from asae_engine.commands.deployed import bundle_of
from asae_engine.commands.errors import InvalidAnswers, NotAllowed, NotOffered, Unknown
from asae_engine.commands.moves import Cause
from asae_engine.commands.transactions import in_one_transaction
from asae_engine.model import IncidentEnd, InstanceStatus, due, lookups

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime
    from uuid import UUID

    from sqlalchemy.orm import Session

    from asae_engine.access import Actor
    from asae_engine.commands.moves import Move
    from asae_engine.model import Incident
    from asae_engine.model.lookups import Running

_NAME = re.compile(r"[^\W\d]\w{0,99}")


def retry_incident(session: Session, actor: Actor, incident_id: UUID, *, now: datetime) -> Incident:
    """Let what stopped try again, after what caused it was set right. Stopping again, it stays open.

    Raises `Unknown`, `NotAllowed`, `NotOffered` when it is resolved already, `Conflict`.
    """

    def work() -> Incident:
        return retry_within(session, actor, incident_id, now=now)

    return in_one_transaction(session, work, case_id=_case_of(session, incident_id))


def retry_within(session: Session, actor: Actor, incident_id: UUID, *, now: datetime) -> Incident:
    """`retry_incident` inside a transaction that has begun; its caller commits."""
    incident, running = _open(session, actor, incident_id)
    work = _work_on(session, incident, running, actor, now)
    work.change(running.instance, failures=0, retry_at=None)
    due.resume_deadlines(session, incident.instance_id)
    if incident.token_id is None or running.instance.status is not InstanceStatus.ACTIVE:
        work.stops.resolve(incident, IncidentEnd.RETRIED)
    else:
        _move(work, running).retry(incident.token_id, now)
    work.finish()
    return incident


def pass_over_incident(
    session: Session, actor: Actor, incident_id: UUID, reason: str, *, flow: str | None = None, now: datetime
) -> Incident:
    """Lead the token past the step on which it stopped, as if that had been done; it was not. `flow` is the
    way that is taken where the diagram offers several (`bpmn.Instance.ways`).

    Raises `Unknown`, `NotAllowed`, `NotOffered` when it is resolved or cannot be passed, `InvalidAnswers`
    without a reason, `Conflict`.
    """

    def work() -> Incident:
        incident, running = _open(session, actor, incident_id)
        _require_reason(reason, "Dites pourquoi cette étape est passée.")
        if incident.token_id is None:
            raise NotOffered("Ce n’est pas une étape qui s’est arrêtée\u00a0: relancez-la.")
        deed = _work_on(session, incident, running, actor, now)
        incident.reason = reason.strip()
        try:
            _move(deed, running).pass_over(incident.token_id, flow, now)
        except bpmn.NotPassable as error:
            raise NotOffered(error.message_fr) from error
        deed.finish()
        return incident

    return in_one_transaction(session, work, case_id=_case_of(session, incident_id))


def correct_variable(
    session: Session, actor: Actor, incident_id: UUID, name: str, value: str, reason: str, *, now: datetime
) -> Incident:
    """Set a variable of the instance, then let what stopped try again. `value` is FEEL that reads nothing.

    Answers of forms are corrected by `correct_answer` instead. Raises as `pass_over_incident` does.
    """

    def work() -> Incident:
        incident, running = _open(session, actor, incident_id)
        _require_reason(reason, "Dites pourquoi cette valeur est corrigée.")
        bundle = bundle_of(session, running.deployment)
        if not _NAME.fullmatch(name):
            raise InvalidAnswers({"name": ["Ce n’est pas le nom d’une variable."]})
        if name in bundle.forms:
            raise NotOffered("C’est la réponse d’un formulaire\u00a0: elle se corrige dans le dossier.")
        if incident.token_id is None or running.instance.status is not InstanceStatus.ACTIVE:
            raise NotOffered("Ce n’est pas une étape qui s’est arrêtée\u00a0: relancez-la.")
        deed = _work_on(session, incident, running, actor, now)
        move = _move(deed, running)
        try:
            if not value.strip():
                raise InvalidAnswers({"value": ["Donnez la nouvelle valeur."]})
            move.instance.set_variable(name, feel.evaluate(value, {}, now=now))
        except (feel.FeelError, bpmn.StepFailed) as error:
            raise InvalidAnswers({"value": [error.message_fr]}) from error
        incident.reason = reason.strip()
        deed.tell(
            "incident.corrected",
            move=move,
            process_key=incident.process_key,
            element_id=incident.element_id,
            element_name=incident.element_name,
            data={"variable": name},
        )
        move.retry(incident.token_id, now)
        deed.finish()
        return incident

    return in_one_transaction(session, work, case_id=_case_of(session, incident_id))


def try_again(session: Session, running: Running, incident_id: UUID, now: datetime) -> bool:
    """Let a stopped token try again by itself, if that is still due; its caller commits."""
    incident = lookups.incident(session, incident_id)
    if incident is None or incident.retry_at is None or incident.retry_at > now:
        return False
    work = _work_on(session, incident, running, None, now)
    if running.instance.status is not InstanceStatus.ACTIVE or incident.token_id is None:
        work.stops.resolve(incident, IncidentEnd.GONE)
    else:
        incident.tries += 1
        _move(work, running).retry(incident.token_id, now)
    work.finish()
    return True


def _open(session: Session, actor: Actor, incident_id: UUID) -> tuple[Incident, Running]:
    incident = lookups.incident(session, incident_id)
    if incident is None:
        raise Unknown("incident")
    running = lookups.running(session, incident.instance_id)
    if running is None:
        raise Unknown("instance")
    refusal = access.permitted(session, actor, "cancel", running.case)
    if refusal is not None:
        raise NotAllowed(refusal.reason_fr)
    if incident.resolved_at is not None:
        raise NotOffered("Cet incident est déjà réglé.")
    return incident, running


def _work_on(
    session: Session, incident: Incident, running: Running, actor: Actor | None, now: datetime
) -> CaseWork:
    bundle = bundle_of(session, running.deployment)
    cause = Cause("retry", incident.element_name, None if actor is None else actor.username)
    return CaseWork(session, running.case, bundle, actor=actor, now=now, cause=cause)


def _move(work: CaseWork, running: Running) -> Move:
    return work.resume(running, bundle_of(work.session, running.deployment))


def _require_reason(reason: str, message: str) -> None:
    if not reason.strip():
        raise InvalidAnswers({"reason": [message]})


def _case_of(session: Session, incident_id: UUID) -> Callable[[], UUID | None]:
    def case_id() -> UUID | None:
        found = lookups.incident(session, incident_id)
        return None if found is None else found.case_id

    return case_id
