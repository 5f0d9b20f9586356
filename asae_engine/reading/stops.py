"""What stopped: grouped by the element it stopped on, and one of them with all that helps to set it going."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from sqlalchemy import case, func, select

from asae_engine import access, bpmn, feel
from asae_engine.model import Case, Deployment, Event, Incident, InstanceStatus, ProcessInstance, User, due
from asae_engine.reading import deployed

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime
    from uuid import UUID

    from sqlalchemy.orm import Session

    from asae_engine.access import Actor
    from asae_engine.bpmn import ProcessDefinition, Way
    from asae_engine.bundles import Bundle

#: Groups on the page, and cases named in each: the rest is counted.
MOST_GROUPS = 100
MOST_CASES = 12


@dataclass(frozen=True, slots=True)
class StoppedCase:
    """One case of a group."""

    incident_id: UUID
    case_id: UUID
    number: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Group:
    """All that stopped on one element of one version."""

    deployment_id: UUID
    deployment: int
    process_key: str
    process_name: str
    element_id: str | None
    element_name: str
    #: What the engine said, of the last that stopped.
    message: str
    count: int
    #: How many of them are tried no more by themselves.
    waiting: int
    since: datetime
    #: The next that is tried again by itself.
    retry_at: datetime | None
    #: The first of them.
    cases: list[StoppedCase] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Variable:
    """A variable that the process holds or the stopped element reads."""

    name: str
    #: As FEEL; none when it has no value.
    value: str | None
    #: Whether an expression of the stopped element reads it.
    is_read: bool


@dataclass(frozen=True, slots=True)
class Deed:
    """Something that was done about it."""

    type: str
    at: datetime
    who: str | None


@dataclass(frozen=True, slots=True)
class Stop:
    """One incident."""

    incident: Incident
    case: Case
    deployment: int
    process_name: str
    #: Whether a token stopped: else an instance's deadline or timer.
    is_step: bool
    #: What the element evaluates, as written.
    expressions: list[str]
    #: Where the diagram leaves a choice to who passes the element over.
    ways: list[Way]
    variables: list[Variable]
    #: Forms whose answers the element reads: these are corrected in the dossier.
    forms: list[str]
    deeds: list[Deed]
    #: How often it is tried by itself before it waits for a person.
    most_tries: int = due.MOST_FAILURES


def groups(session: Session, actor: Actor) -> list[Group]:
    """What stopped in cases that the person sees, by element, the largest first."""
    place = (ProcessInstance.deployment_id, Incident.process_key, Incident.element_id)
    seen = (Incident.resolved_at.is_(None), access.visible_cases(actor))
    tables = (
        select(*place)
        .select_from(Incident)
        .join(ProcessInstance, ProcessInstance.id == Incident.instance_id)
        .join(Case, Case.id == Incident.case_id)
        .where(*seen)
    )
    counted = tables.add_columns(
        func.count(),
        func.sum(case((Incident.retry_at.is_(None), 1), else_=0)),
        func.min(Incident.at),
        func.min(Incident.retry_at),
        func.max(Incident.element_name),
        func.max(Incident.message),
    ).group_by(*place)
    rows = session.execute(
        counted.order_by(func.count().desc(), func.min(Incident.at)).limit(MOST_GROUPS)
    ).all()
    rank = func.row_number().over(partition_by=place, order_by=(Incident.at, Incident.id)).label("rank")
    ranked = tables.add_columns(
        Incident.id.label("incident_id"), Case.id.label("case_id"), Case.number, Incident.at, rank
    ).subquery()
    cases: dict[tuple[object, ...], list[StoppedCase]] = {}
    first = select(ranked).where(ranked.c.rank <= MOST_CASES).order_by(ranked.c.rank)
    for deployment_id, process, element, incident_id, case_id, number, at, _ in session.execute(first):
        cases.setdefault((deployment_id, process, element), []).append(
            StoppedCase(incident_id, case_id, number, at)
        )
    found = []
    for deployment_id, process, element, count, waiting, since, retry_at, name, message in rows:
        deployment, bundle = deployed.of(session, deployment_id)
        found.append(
            Group(
                deployment_id=deployment_id,
                deployment=deployment.number,
                process_key=process,
                process_name=_process_name(bundle, process),
                element_id=element,
                element_name=name or process,
                message=message,
                count=count,
                waiting=waiting,
                since=since,
                retry_at=retry_at,
                cases=cases.get((deployment_id, process, element), []),
            )
        )
    return found


def stop(session: Session, actor: Actor, incident_id: UUID) -> Stop | None:
    """One incident of a case that the person sees; none for any other."""
    row = session.execute(
        select(Incident, Case, ProcessInstance, Deployment.number)
        .join(Case, Case.id == Incident.case_id)
        .join(ProcessInstance, ProcessInstance.id == Incident.instance_id)
        .join(Deployment, Deployment.id == ProcessInstance.deployment_id)
        .where(Incident.id == incident_id, access.visible_cases(actor))
    ).first()
    if row is None:
        return None
    incident, of_case, instance, number = row
    _, bundle = deployed.of(session, instance.deployment_id)
    definition = bundle.processes.get(incident.process_key)
    written = [] if definition is None else _expressions(definition, incident.element_id)
    names = set().union(*(_names(one) for one in written))
    is_open = incident.resolved_at is None and instance.status is InstanceStatus.ACTIVE
    is_step = is_open and incident.token_id is not None
    return Stop(
        incident=incident,
        case=of_case,
        deployment=number,
        process_name=_process_name(bundle, incident.process_key),
        is_step=is_step,
        expressions=written,
        ways=_ways(bundle, instance, incident) if is_step else [],
        variables=_variables(bundle, instance, names) if is_step else [],
        forms=sorted(bundle.forms[name].title for name in names & bundle.forms.keys()),
        deeds=_deeds(session, incident),
    )


def _process_name(bundle: Bundle, key: str) -> str:
    definition = bundle.processes.get(key)
    return key if definition is None else definition.name


def _expressions(definition: ProcessDefinition, element_id: str | None) -> list[str]:
    return [one.expression for one in definition.expressions if element_id in (one.element, one.source)]


def _names(expression: str) -> Iterable[str]:
    try:
        return feel.names(expression)
    except feel.FeelError:
        return ()


def _ways(bundle: Bundle, instance: ProcessInstance, incident: Incident) -> list[Way]:
    try:
        return bpmn.Instance.restore(bundle.processes, bytes(instance.state)).ways(incident.token_id or "")
    except bpmn.BpmnError:
        return []


def _variables(bundle: Bundle, instance: ProcessInstance, names: set[str]) -> list[Variable]:
    """Those that are read first. What the dossier holds is not among them."""
    held = bpmn.variables_of(bytes(instance.state))
    known = [name for name in sorted({*held, *names}) if name not in bundle.forms and name.isidentifier()]
    known.sort(key=lambda name: name not in names)
    return [
        Variable(
            name,
            None if held.get(name) is None else _as_feel(held[name]),
            name in names,
        )
        for name in known
    ]


def _as_feel(value: object) -> str:
    """A value as one would write it."""
    return json.dumps(value, ensure_ascii=False, default=str)


def _deeds(session: Session, incident: Incident) -> list[Deed]:
    rows = session.execute(
        select(Event.type, Event.at, User.display_name)
        .outerjoin(User, User.id == Event.actor_id)
        .where(
            Event.case_id == incident.case_id,
            Event.instance_id == incident.instance_id,
            Event.type.like("incident.%"),
            Event.at >= incident.at,
            Event.element_id == incident.element_id
            if incident.element_id is not None
            else Event.element_id.is_(None),
        )
        .order_by(Event.rank)
        .limit(30)
    )
    return [Deed(*row) for row in rows]
