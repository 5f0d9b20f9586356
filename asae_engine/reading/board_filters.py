"""What a manager asks the board for, and the SQL conditions it makes over steps and over incidents."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import ColumnElement, and_, exists, literal, or_

from asae_engine.model import Case, Incident, Task, TaskCandidate, User

#: A group that no organisation is named for, in the address of the page.
ANY = "-"


class State(StrEnum):
    """Which lines are asked for."""

    TROUBLE = "soucis"
    STOPPED = "arret"
    LATE = "retard"
    OPEN = "ouvertes"


@dataclass(frozen=True, slots=True)
class Filters:
    """What the address of the page asks for."""

    state: State = State.TROUBLE
    organisation: str = ""
    step: str = ""
    #: Username.
    worker: str = ""
    door: str = ""
    #: Place on a diagram.
    process: str = ""
    element: str = ""
    page: int = 1


def _assignee_or_offered(organisation: str) -> ColumnElement[bool]:
    """Of a `Task`: it stands with that organisation, by the person who has it or by the group it is offered
    to.
    """
    wanted = (
        TaskCandidate.organisation_key.is_(None)
        if organisation == ANY
        else TaskCandidate.organisation_key == organisation
    )
    offered = exists().where(TaskCandidate.task_id == Task.id, wanted)
    return or_(User.organisation_key == organisation, and_(Task.assignee_id.is_(None), offered))


def of_tasks(filters: Filters) -> list[ColumnElement[bool]]:
    wanted: list[ColumnElement[bool]] = []
    if filters.organisation:
        wanted.append(_assignee_or_offered(filters.organisation))
    if filters.step:
        wanted.append(Task.name == filters.step)
    if filters.worker:
        wanted.append(User.username == filters.worker)
    if filters.door:
        wanted.append(Case.door == filters.door)
    if filters.process:
        wanted.append(Task.process_key == filters.process)
    if filters.element:
        wanted.append(Task.element_id == filters.element)
    return wanted


def of_incidents(filters: Filters) -> list[ColumnElement[bool]]:
    """An incident waits for whoever keeps the programme running, not for a worker or an organisation."""
    wanted: list[ColumnElement[bool]] = []
    if filters.organisation or filters.worker:
        wanted.append(literal(value=False))
    if filters.step:
        wanted.append(Incident.element_name == filters.step)
    if filters.door:
        wanted.append(Case.door == filters.door)
    if filters.process:
        wanted.append(Incident.process_key == filters.process)
    if filters.element:
        wanted.append(Incident.element_id == filters.element)
    return wanted
