"""One case with all that its page shows. What the reader may not see never enters the values given here."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import case, select

from asae_engine import access
from asae_engine.model import (
    Case,
    CaseStatus,
    Incident,
    InstanceKind,
    InstanceStatus,
    ProcessInstance,
    Task,
    TaskStatus,
    User,
)
from asae_engine.reading import deployed, identity, people, redaction
from asae_engine.reading import dossier as dossiers
from asae_engine.reading import timeline as timelines

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime
    from uuid import UUID

    from sqlalchemy.orm import Session

    from asae_engine.access import Actor, Tie
    from asae_engine.bundles import Bundle
    from asae_engine.reading.dossier import Chapter, Entry
    from asae_engine.reading.people import Member
    from asae_engine.reading.timeline import About, Timeline


@dataclass(frozen=True, slots=True)
class OpenStep:
    """A step that is waited for, and by whom."""

    task_id: UUID
    name: str
    process_key: str
    element_id: str
    process_name: str
    opened_at: datetime
    due_at: datetime | None
    assignee: str | None
    offered_to: list[str]
    mine: bool
    claimable: bool


@dataclass(frozen=True, slots=True)
class Place:
    """Where tokens stand: an element of a diagram, and how many."""

    process_key: str
    element_id: str
    count: int
    #: The earliest deadline of the tasks there.
    due_at: datetime | None


@dataclass(frozen=True, slots=True)
class Drawing:
    """A diagram in which the case stands now."""

    deployment: int
    process_key: str
    name: str
    #: Where the outline in words is made from.
    xml: bytes
    places: list[Place]


@dataclass(frozen=True, slots=True)
class Sibling:
    """Another case of the same household."""

    case_id: UUID
    number: str
    status: CaseStatus
    opened_at: datetime
    closed_at: datetime | None


@dataclass(frozen=True, slots=True)
class Stopped:
    """A step that stopped by an error of its diagram."""

    incident_id: UUID
    element_name: str | None
    message: str
    at: datetime
    #: When it is tried again by itself.
    retry_at: datetime | None


@dataclass(frozen=True, slots=True)
class CasePage:
    """What the page of a case shows."""

    case: Case
    household: str | None
    door: str | None
    tie: Tie
    essentials: list[Entry]
    steps: list[OpenStep]
    stopped: list[Stopped]
    timeline: Timeline
    dossier: list[Chapter]
    drawings: list[Drawing]
    members: list[Member]
    siblings: list[Sibling]
    may_correct: bool
    may_read_log: bool
    may_resolve: bool
    marks_shown: frozenset[str]


def case_page(
    session: Session,
    actor: Actor,
    case_id: UUID,
    *,
    about: About | None = None,
    before: int | None = None,
    now: datetime,
) -> CasePage | None:
    """The page of a case; none when it is not there or not the reader's to see."""
    found = session.get(Case, case_id)
    tie = None if found is None else access.tie(session, actor, case_id)
    if found is None or tie is None:
        return None
    main = _main_instance(session, case_id)
    bundle = deployed.of(session, main.deployment_id)[1]
    redactor = redaction.redactor(session, actor, case_id, tie, now=now)
    names = identity.reader(session, actor)
    steps = open_steps(session, actor, case_id, bundle)
    return CasePage(
        case=found,
        household=names.household(found.title, tie),
        door=names.door(found.door),
        tie=tie,
        essentials=dossiers.essentials(session, redactor, bundle.programme.essentials),
        steps=steps,
        stopped=_stopped(session, case_id),
        timeline=timelines.timeline(session, case_id, about=about, before=before),
        dossier=dossiers.dossier(session, redactor),
        drawings=drawings(session, case_id, steps),
        members=people.members(session, case_id),
        siblings=_siblings(session, actor, found),
        may_correct=access.permitted(session, actor, "correct", found) is None,
        may_read_log=access.permitted(session, actor, "read_log") is None,
        may_resolve=access.permitted(session, actor, "cancel", found) is None,
        marks_shown=frozenset(redactor.shown),
    )


def open_steps(session: Session, actor: Actor, case_id: UUID, bundle: Bundle) -> list[OpenStep]:
    """The open tasks of a case, the most urgent first. Index `ix_task_case_id`."""
    claimable = case((access.claimable_tasks(actor), 1), else_=0)
    rows = session.execute(
        select(Task, User.display_name, claimable.label("claimable"))
        .outerjoin(User, User.id == Task.assignee_id)
        .where(Task.case_id == case_id, Task.status == TaskStatus.OPEN)
        .order_by(Task.due_at.is_(None), Task.due_at, Task.id)
    ).all()
    return [_step(session, actor, bundle, *row) for row in rows]


def drawings(session: Session, case_id: UUID, steps: list[OpenStep]) -> list[Drawing]:
    """The diagrams in which the case stands, the innermost first."""
    instances = (
        session.execute(
            select(ProcessInstance).where(
                ProcessInstance.case_id == case_id,
                ProcessInstance.status == InstanceStatus.ACTIVE,
                ProcessInstance.kind != InstanceKind.ENGINE,
            )
        )
        .scalars()
        .all()
    )
    if not instances:
        instances = [_main_instance(session, case_id)]
    places = _places(instances, steps)
    found: list[Drawing] = []
    for instance in sorted(instances, key=lambda one: (one.kind is not InstanceKind.MAIN, one.id)):
        deployment, bundle = deployed.of(session, instance.deployment_id)
        keys = [key for key in places if key in _reachable(bundle, instance.process_key)]
        for key in keys or [instance.process_key]:
            definition = bundle.processes[key]
            if any((one.deployment, one.process_key) == (deployment.number, key) for one in found):
                continue
            found.append(
                Drawing(
                    deployment=deployment.number,
                    process_key=key,
                    name=definition.name,
                    xml=bundle.files[definition.file],
                    places=places.get(key, []),
                )
            )
    # A step that people do is what one looks for; the diagrams that only wait for an inner one come after.
    with_steps = {step.process_key for step in steps}
    return sorted(found, key=lambda drawing: drawing.process_key not in with_steps)


def _places(instances: Sequence[ProcessInstance], steps: list[OpenStep]) -> dict[str, list[Place]]:
    """Where tokens stand: the open tasks, and where else the instances wait."""
    places: dict[str, dict[str, Place]] = {}
    for instance in instances:
        for process_key, counts in instance.places.items():
            held = places.setdefault(process_key, {})
            for element_id, count in counts.items():
                before = held[element_id].count if element_id in held else 0
                held[element_id] = Place(process_key, element_id, before + count, None)
    for step in steps:
        held = places.setdefault(step.process_key, {})
        known = held.get(step.element_id)
        count = known.count + 1 if known is not None and known.due_at is not None else 1
        due = min(filter(None, (step.due_at, known.due_at if known else None)), default=None)
        held[step.element_id] = Place(step.process_key, step.element_id, count, due)
    return {key: list(held.values()) for key, held in places.items()}


def _reachable(bundle: Bundle, key: str) -> set[str]:
    """A process and those it calls, whatever the depth."""
    seen: set[str] = set()
    waiting = [key]
    while waiting:
        one = waiting.pop()
        if one not in seen and one in bundle.processes:
            seen.add(one)
            waiting.extend(bundle.processes[one].calls)
    return seen


def _step(
    session: Session, actor: Actor, bundle: Bundle, task: Task, assignee: str | None, claimable: int
) -> OpenStep:
    definition = bundle.processes.get(task.process_key)
    return OpenStep(
        task_id=task.id,
        name=task.name,
        process_key=task.process_key,
        element_id=task.element_id,
        process_name=definition.name if definition else task.process_key,
        opened_at=task.opened_at,
        due_at=task.due_at,
        assignee=assignee,
        offered_to=people.groups_in_words(session, bundle, task),
        mine=task.assignee_id == actor.user_id,
        claimable=bool(claimable),
    )


def _main_instance(session: Session, case_id: UUID) -> ProcessInstance:
    return (
        session.execute(
            select(ProcessInstance)
            .where(ProcessInstance.case_id == case_id, ProcessInstance.kind == InstanceKind.MAIN)
            .order_by(ProcessInstance.id)
            .limit(1)
        )
        .scalars()
        .one()
    )


def _stopped(session: Session, case_id: UUID) -> list[Stopped]:
    rows = session.execute(
        select(Incident)
        .where(Incident.case_id == case_id, Incident.resolved_at.is_(None))
        .order_by(Incident.at)
    ).scalars()
    return [Stopped(row.id, row.element_name, row.message, row.at, row.retry_at) for row in rows]


def _siblings(session: Session, actor: Actor, one: Case) -> list[Sibling]:
    rows: Any = session.execute(
        select(Case)
        .where(Case.household_id == one.household_id, Case.id != one.id, access.visible_cases(actor))
        .order_by(Case.opened_at.desc())
    ).scalars()
    return [Sibling(row.id, row.number, row.status, row.opened_at, row.closed_at) for row in rows]
