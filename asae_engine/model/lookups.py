"""What commands read before they write: each function is one query, and reads past what the session
remembers.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any, NamedTuple

from sqlalchemy import ColumnElement, Select, and_, bindparam, exists, or_, select
from sqlalchemy.orm import load_only, undefer

from asae_engine.model.answers import Attachment
from asae_engine.model.cases import Case, CaseMember, Household
from asae_engine.model.deployments import Deployment, DeploymentFile
from asae_engine.model.history import NAME_OF_ELEMENT, Event
from asae_engine.model.instances import Incident, InstanceStatus, ProcessInstance
from asae_engine.model.people import User, UserRole
from asae_engine.model.tasks import Draft, Task, TaskStatus

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence
    from datetime import date, datetime
    from uuid import UUID

    from sqlalchemy.orm import Session

_FRESH = {"populate_existing": True}


class Running(NamedTuple):
    """A process instance with its state, its case and the deployment it runs under."""

    instance: ProcessInstance
    case: Case
    deployment: Deployment


class TaskAtWork(NamedTuple):
    """A task with what it takes to complete it."""

    task: Task
    instance: ProcessInstance
    case: Case
    deployment: Deployment
    #: Whether someone keeps a draft of it.
    drafted: bool
    #: Whether the person who was asked about belongs to the case.
    member: bool
    #: What else was asked, in order.
    more: tuple[Any, ...]


class LastDeed(NamedTuple):
    """The newest event of a case, with the display name of who did it."""

    who: str | None
    type: str
    element_name: str | None
    when: datetime


@cache
def _task_at_work(more: tuple[ColumnElement[Any], ...]) -> Select[*tuple[Any, ...]]:
    """Built once: that costs more than asking."""
    return (
        select(
            Task,
            ProcessInstance,
            Case,
            Deployment,
            exists().where(Draft.task_id == Task.id),
            exists().where(
                CaseMember.case_id == Task.case_id,
                CaseMember.user_id == bindparam("user_id"),
                CaseMember.until.is_(None),
            ),
            *more,
        )
        .join(ProcessInstance, ProcessInstance.id == Task.instance_id)
        .join(Case, Case.id == Task.case_id)
        .join(Deployment, Deployment.id == ProcessInstance.deployment_id)
        .where(Task.id == bindparam("task_id"))
        .options(undefer(ProcessInstance.state), load_only(Deployment.digest))
    )


def task_at_work(
    session: Session,
    task_id: UUID,
    *,
    user_id: UUID | None = None,
    more: tuple[ColumnElement[Any], ...] = (),
    parameters: Mapping[str, object] | None = None,
) -> TaskAtWork | None:
    """The task, whatever its status. `user_id`: whose membership of the case is asked. `more`: what else to
    ask of the `Task` and its `Case`, always the same columns, with their parameters.
    """
    row = session.execute(
        _task_at_work(more),
        {"task_id": task_id, "user_id": user_id, **(parameters or {})},
        execution_options=_FRESH,
    ).first()
    if row is None:
        return None
    task, instance, case, deployment, drafted, member, *others = row
    return TaskAtWork(task, instance, case, deployment, drafted, member, tuple(others))


def task(session: Session, task_id: UUID) -> tuple[Task, Case] | None:
    row = session.execute(
        select(Task, Case).join(Case, Case.id == Task.case_id).where(Task.id == task_id),
        execution_options=_FRESH,
    ).first()
    return None if row is None else (row[0], row[1])


def task_and_deployment(session: Session, task_id: UUID) -> tuple[Task, Deployment] | None:
    row = session.execute(
        select(Task, Deployment)
        .join(ProcessInstance, ProcessInstance.id == Task.instance_id)
        .join(Deployment, Deployment.id == ProcessInstance.deployment_id)
        .where(Task.id == task_id),
        execution_options=_FRESH,
    ).first()
    return None if row is None else (row[0], row[1])


def attachment(session: Session, attachment_id: UUID) -> Attachment | None:
    """A stored file, without its content."""
    return session.get(Attachment, attachment_id)


def case_numbered(session: Session, number: str, seen: ColumnElement[bool]) -> bool:
    """Whether a case has this number, among those that the filter lets through."""
    return session.execute(select(Case.id).where(Case.number == number, seen)).first() is not None


def _running(session: Session, *criteria: ColumnElement[bool], skip_locked: bool = False) -> list[Running]:
    statement = (
        select(ProcessInstance, Case, Deployment)
        .join(Case, Case.id == ProcessInstance.case_id)
        .join(Deployment, Deployment.id == ProcessInstance.deployment_id)
        .where(*criteria)
        .order_by(ProcessInstance.id)
        .options(undefer(ProcessInstance.state))
    )
    if skip_locked:
        statement = statement.with_for_update(of=ProcessInstance, skip_locked=True)
    return [Running(*row) for row in session.execute(statement, execution_options=_FRESH)]


def running(session: Session, instance_id: UUID) -> Running | None:
    """The instance, whatever its status."""
    found = _running(session, ProcessInstance.id == instance_id)
    return found[0] if found else None


def running_among(
    session: Session, instance_ids: Collection[UUID], *, skip_locked: bool = False
) -> list[Running]:
    """These instances. With `skip_locked` held until the transaction ends, but for those that others hold."""
    return _running(session, ProcessInstance.id.in_(list(instance_ids)), skip_locked=skip_locked)


def active_instances(session: Session, case_id: UUID, *, but: Collection[UUID] = ()) -> list[Running]:
    """The running instances of a case, the oldest first."""
    return _running(
        session,
        ProcessInstance.case_id == case_id,
        ProcessInstance.status == InstanceStatus.ACTIVE,
        ProcessInstance.id.not_in(list(but)),
    )


def case(session: Session, case_id: UUID) -> Case | None:
    return session.get(Case, case_id, populate_existing=True)


def newest_deployment(session: Session) -> Deployment | None:
    """The deployment that new cases and new side processes start from."""
    return session.scalars(select(Deployment).order_by(Deployment.number.desc()).limit(1)).first()


def deployments(session: Session) -> Sequence[Deployment]:
    """Every deployment, the newest first, without its files."""
    return session.scalars(select(Deployment).order_by(Deployment.number.desc())).all()


def deployment_files(session: Session, deployment_id: UUID) -> dict[str, bytes]:
    """The files of a deployment by their path."""
    rows = session.execute(
        select(DeploymentFile.path, DeploymentFile.content)
        .where(DeploymentFile.deployment_id == deployment_id)
        .order_by(DeploymentFile.path)
    )
    return {path: bytes(content) for path, content in rows}


def user_named(session: Session, username: str) -> User | None:
    """The active account of that name."""
    return session.scalars(select(User).where(User.username == username, User.active)).first()


def account(session: Session, username: str) -> User | None:
    """The account of that name, active or not."""
    return session.scalars(select(User).where(User.username == username), execution_options=_FRESH).first()


def username_taken(session: Session, username: str) -> bool:
    return session.execute(select(User.id).where(User.username == username)).first() is not None


def users_with_role(session: Session, role: str, organisation: str | None) -> list[tuple[str, str]]:
    """Username and display name of the active accounts that hold a role (in one organisation), by name."""
    statement = (
        select(User.username, User.display_name)
        .join(UserRole, UserRole.user_id == User.id)
        .where(UserRole.role == role, User.active)
        .order_by(User.display_name)
    )
    if organisation:
        statement = statement.where(User.organisation_key == organisation)
    return [(username, name) for username, name in session.execute(statement)]


def display_name(session: Session, user_id: UUID | None) -> str | None:
    if user_id is None:
        return None
    return session.execute(select(User.display_name).where(User.id == user_id)).scalar()


def open_tasks(session: Session, instance_id: UUID, token_ids: Collection[str]) -> Sequence[Task]:
    """The open tasks of an instance at these tokens."""
    return session.scalars(
        select(Task).where(
            Task.instance_id == instance_id,
            Task.status == TaskStatus.OPEN,
            Task.token_id.in_(list(token_ids)),
        )
    ).all()


def tasks_assigned(session: Session, case_id: UUID, user_id: UUID) -> Sequence[Task]:
    """The open tasks of a case that someone has."""
    return session.scalars(
        select(Task).where(
            Task.case_id == case_id, Task.status == TaskStatus.OPEN, Task.assignee_id == user_id
        )
    ).all()


def siblings(session: Session, group: UUID, *, held: bool) -> Sequence[Task]:
    """The tasks of a multi-instance group. `held`: nobody else may change one until the transaction ends;
    always taken in the same order, so that two who want them wait for each other.
    """
    statement = select(Task).where(Task.siblings == group).order_by(Task.id)
    if held:
        statement = statement.with_for_update()
    return session.scalars(statement, execution_options=_FRESH).all()


def membership(session: Session, case_id: UUID, user_id: UUID) -> CaseMember | None:
    """A person's present membership of a case."""
    return session.scalars(
        select(CaseMember).where(
            CaseMember.case_id == case_id, CaseMember.user_id == user_id, CaseMember.until.is_(None)
        )
    ).first()


def member_people(session: Session, case_id: UUID) -> Sequence[UUID]:
    """The people who belong to a case today."""
    return session.scalars(
        select(CaseMember.user_id).where(
            CaseMember.case_id == case_id, CaseMember.user_id.is_not(None), CaseMember.until.is_(None)
        )
    ).all()  # type: ignore[return-value]  # the filter leaves no None


def incident(session: Session, incident_id: UUID) -> Incident | None:
    return session.scalars(select(Incident).where(Incident.id == incident_id)).first()


def open_incidents(session: Session, instance_id: UUID) -> Sequence[Incident]:
    """The incidents of an instance that nobody resolved yet."""
    return session.scalars(
        select(Incident).where(Incident.instance_id == instance_id, Incident.resolved_at.is_(None))
    ).all()


def like_households(
    session: Session, *, last: str, first: str, birth_dates: Collection[date], limit: int = 200
) -> Sequence[Household]:
    """Households with these search names in either order, or born on one of these days."""
    names = or_(
        and_(Household.search_last == last, Household.search_first == first),
        and_(Household.search_last == first, Household.search_first == last),
    )
    criteria = or_(names, Household.birth_date.in_(list(birth_dates))) if birth_dates else names
    return session.scalars(select(Household).where(criteria).order_by(Household.number).limit(limit)).all()


def cases_of(session: Session, household_ids: Collection[UUID]) -> Sequence[Case]:
    return session.scalars(
        select(Case).where(Case.household_id.in_(list(household_ids))).order_by(Case.opened_at, Case.id)
    ).all()


def last_deed(session: Session, case_id: UUID) -> LastDeed | None:
    """The newest event of a case that a person or the scheduler is behind."""
    row = session.execute(
        select(User.display_name, Event.type, NAME_OF_ELEMENT, Event.at)
        .join(User, User.id == Event.actor_id, isouter=True)
        .join(Task, Task.id == Event.task_id, isouter=True)
        .where(Event.case_id == case_id, Event.type.not_like("element.%"))
        .order_by(Event.rank.desc())
        .limit(1)
    ).first()
    return None if row is None else LastDeed(*row)
