"""Where open steps stand on the diagrams: how many, how many late, how many stopped.

Two queries, grouped by element; only cases that the person may see are counted.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import case, func, select

from asae_engine import access
from asae_engine.model import Case, Incident, Task, TaskStatus
from asae_engine.reading import deployed

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from sqlalchemy.orm import Session

    from asae_engine.access import Actor
    from asae_engine.bundles import Bundle


@dataclass(frozen=True, slots=True)
class Place:
    """What stands on one element of a diagram."""

    element_id: str
    name: str
    open: int
    late: int
    stopped: int


@dataclass(frozen=True, slots=True)
class Total:
    """What stands in a process, those that it calls included."""

    key: str
    name: str
    open: int
    late: int
    stopped: int


@dataclass(frozen=True, slots=True)
class Chart:
    """A diagram with what stands on it, and the others one can look at."""

    process_key: str
    name: str
    xml: bytes
    deployment: int
    places: list[Place]
    #: Steps of older versions that this drawing no longer has.
    elsewhere: list[Place]
    #: Every process, those with the most in them first.
    processes: list[Total]
    #: What stands inside each process that the diagram calls, by its key; without what two of them call.
    called: dict[str, Total]
    #: Processes that two of the called ones call: which way a step came is not known.
    shared: list[Total]


def chart(session: Session, actor: Actor, process_key: str, *, now: datetime) -> Chart | None:
    """The diagram of a process with what is open, late and stopped in the cases that the person may see.

    None when nothing is deployed or no process has that key; "" asks for the one that the most goes through.
    """
    newest = deployed.newest(session)
    if newest is None:
        return None
    deployment, bundle = newest
    places = _places(session, actor, now)
    totals = _totals(bundle, places)
    if not process_key:
        process_key = max(totals, key=lambda one: (one.open, len(bundle.processes[one.key].calls))).key
    definition = bundle.processes.get(process_key)
    if definition is None:
        return None
    here = [place for key, place in places if key == process_key]
    shared = _shared(bundle, definition.calls)
    return Chart(
        process_key=process_key,
        name=definition.name,
        xml=bundle.files[definition.file],
        deployment=deployment.number,
        places=[place for place in here if place.element_id in definition.elements],
        elsewhere=[place for place in here if place.element_id not in definition.elements],
        processes=totals,
        called={one: _total(bundle, one, _called(bundle, one) - shared, places) for one in definition.calls},
        shared=[_total(bundle, one, {one}, places) for one in sorted(shared)],
    )


def _totals(bundle: Bundle, places: list[tuple[str, Place]]) -> list[Total]:
    totals = [_total(bundle, key, _called(bundle, key), places) for key in bundle.processes]
    return sorted(totals, key=lambda one: (-one.open - one.stopped, one.name))


def _total(bundle: Bundle, key: str, inside: set[str], places: list[tuple[str, Place]]) -> Total:
    here = [place for owner, place in places if owner in inside]
    return Total(
        key,
        bundle.processes[key].name,
        sum(place.open for place in here),
        sum(place.late for place in here),
        sum(place.stopped for place in here),
    )


def _shared(bundle: Bundle, keys: Iterable[str]) -> set[str]:
    """The processes that are reached from two of these."""
    reached = Counter(key for one in keys for key in _called(bundle, one))
    return {key for key, count in reached.items() if count > 1}


def _called(bundle: Bundle, key: str) -> set[str]:
    """A process and every one that it calls, directly or not."""
    found: set[str] = set()
    waiting = [key]
    while waiting:
        one = waiting.pop()
        if one not in found and one in bundle.processes:
            found.add(one)
            waiting.extend(bundle.processes[one].calls)
    return found


def _places(session: Session, actor: Actor, now: datetime) -> list[tuple[str, Place]]:
    late = func.sum(case((Task.due_at < now, 1), else_=0))
    tasks = session.execute(
        select(Task.process_key, Task.element_id, func.max(Task.name).label("name"), func.count(), late)
        .join(Case, Case.id == Task.case_id)
        .where(Task.status == TaskStatus.OPEN, access.visible_cases(actor))
        .group_by(Task.process_key, Task.element_id)
    )
    found = {(key, element): Place(element, name, count, few, 0) for key, element, name, count, few in tasks}
    incidents = session.execute(
        select(Incident.process_key, Incident.element_id, func.max(Incident.element_name), func.count())
        .join(Case, Case.id == Incident.case_id)
        .where(Incident.resolved_at.is_(None), access.visible_cases(actor))
        .group_by(Incident.process_key, Incident.element_id)
    )
    for key, element, name, count in incidents:
        before = found.get((key, element or ""), Place(element or "", name or "", 0, 0, 0))
        found[key, element or ""] = Place(before.element_id, before.name, before.open, before.late, count)
    return [(key, place) for (key, _), place in sorted(found.items())]
