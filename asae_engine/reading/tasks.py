"""One user task with all that its page shows: the form and what it begins with, and what surrounds it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from asae_engine import access, bpmn, calendar, forms
from asae_engine.forms.prefilling import readonly
from asae_engine.model import Case, Draft, ProcessInstance, Task, TaskDeadline, TaskStatus
from asae_engine.reading import deployed, identity, people, redaction
from asae_engine.reading import dossier as dossiers
from asae_engine.reading import timeline as timelines

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime
    from uuid import UUID

    from sqlalchemy.orm import Session

    from asae_engine.access import Actor, Tie
    from asae_engine.bpmn import Element
    from asae_engine.forms import Form
    from asae_engine.reading.dossier import Entry
    from asae_engine.reading.redaction import Redactor
    from asae_engine.reading.timeline import Happened


@dataclass(frozen=True, slots=True)
class Filled:
    """A form with what it shows first: the draft when there is one, else the prefill. Readable values
    only.
    """

    form: Form
    values: Mapping[str, object]
    #: FEEL context for the form's conditions, without what the reader may not see.
    context: Mapping[str, object]
    #: The latest readable values, for « valeur précédente ».
    previous: Mapping[str, object]
    draft_saved_at: datetime | None


@dataclass(frozen=True, slots=True)
class Deadline:
    """An instant at which something is said about a task."""

    kind: str
    at: datetime
    to: str | None
    fired_at: datetime | None


@dataclass(frozen=True, slots=True)
class TaskPage:
    """What the page of a task shows."""

    task: Task
    household: str | None
    door: str | None
    element: Element | None
    filled: Filled | None
    #: Name of who brought it here, when someone did.
    author: str | None
    essentials: list[Entry]
    recent: list[Happened]
    deadlines: list[Deadline]
    may_claim: bool
    may_release: bool
    may_complete: bool
    #: Whom it may be given to: username and name. Empty when the reader may not assign.
    assignable: list[tuple[str, str]]
    #: Groups it is offered to, in words.
    offered_to: list[str]
    marks_shown: frozenset[str]

    @property
    def is_open(self) -> bool:
        """Whether it is still to be done."""
        return self.task.status is TaskStatus.OPEN


def task_page(session: Session, actor: Actor, task_id: UUID, *, now: datetime) -> TaskPage | None:
    """The page of a task; none when it is not there or its case is not the reader's to see."""
    task = (
        session.execute(
            select(Task)
            .where(Task.id == task_id)
            .options(
                joinedload(Task.case),
                joinedload(Task.instance).undefer(ProcessInstance.state),
                joinedload(Task.assignee),
                joinedload(Task.completed_by),
                joinedload(Task.candidates),
            )
        )
        .unique()
        .scalar_one_or_none()
    )
    if task is None:
        return None
    tie = access.tie(session, actor, task.case_id)
    if tie is None:
        return None
    bundle = deployed.of(session, task.instance.deployment_id)[1]
    redactor = redaction.redactor(session, actor, task.case_id, tie, now=now)
    definition = bundle.processes.get(task.process_key)
    form = bundle.forms.get(task.form_key) if task.form_key else None
    names = identity.reader(session, actor)
    may_complete = access.permitted(session, actor, "complete", task) is None
    filled = None
    if form is not None and may_complete:
        variables = {**bpmn.variables_of(task.instance.state), **bpmn.from_json(task.variables)}
        filled = fill(session, actor, form, redactor, f"task:{task.id}", task.case, variables, now=now)
    essentials = dossiers.essentials(session, redactor, bundle.programme.essentials)
    may_assign = task.status is TaskStatus.OPEN and access.permitted(session, actor, "assign", task) is None
    return TaskPage(
        task=task,
        household=names.household(task.case.title, tie),
        door=names.door(task.case.door),
        element=None if definition is None else definition.elements.get(task.element_id),
        filled=filled,
        author=next(iter(people.named(session, [task.why]).values()), None),
        essentials=essentials,
        recent=timelines.timeline(session, task.case_id, limit=6).events,
        deadlines=_deadlines(session, task.id),
        may_claim=task.assignee_id is None and access.permitted(session, actor, "claim", task) is None,
        may_release=access.permitted(session, actor, "release", task) is None,
        may_complete=may_complete,
        assignable=people.candidates(session, task) if may_assign else [],
        offered_to=people.groups_in_words(session, bundle, task),
        marks_shown=frozenset(redactor.shown),
    )


def form_of(session: Session, actor: Actor, task_id: UUID) -> Form | None:
    """The form of a task, for reading what was typed into it; none without one, or when the case is not
    visible.
    """
    task = session.execute(
        select(Task).where(Task.id == task_id).options(joinedload(Task.instance))
    ).scalar_one_or_none()
    if task is None or task.form_key is None or access.tie(session, actor, task.case_id) is None:
        return None
    return deployed.of(session, task.instance.deployment_id)[1].forms.get(task.form_key)


def case_of(session: Session, task_id: UUID) -> UUID | None:
    """The case of a task."""
    return session.execute(select(Task.case_id).where(Task.id == task_id)).scalar()


def completed_by(session: Session, task_id: UUID) -> UUID | None:
    """Who completed a task, when someone did."""
    return session.execute(select(Task.completed_by_id).where(Task.id == task_id)).scalar()


def fill(
    session: Session,
    actor: Actor,
    form: Form,
    redactor: Redactor,
    subject: str,
    case: Case | None = None,
    variables: Mapping[str, Any] | None = None,
    *,
    now: datetime,
) -> Filled:
    """A form as its page opens it for this person. `subject` names the draft, as `Draft.subject` does."""
    context = {**redactor.readable_context(), **about(case), **for_actor(actor), **(variables or {})}
    draft = session.get(Draft, (actor.user_id, subject))
    values: Mapping[str, object] = forms.prefill(form, context, now)
    if draft is not None:
        values = {**readonly(form, context, now), **draft.data}
    return Filled(form, values, context, redactor.values(), None if draft is None else draft.saved_at)


def about(case: Case | None) -> dict[str, object]:
    """What conditions know of a case beside its answers."""
    if case is None:
        return {}
    opened_on = calendar.local_date(case.opened_at)
    told = {"number": case.number, "opened_on": opened_on, "door": case.door, "status": case.status.value}
    return {"door": case.door, "case": told}


def for_actor(actor: Actor) -> dict[str, object]:
    """What forms know of who fills them in."""
    return {"actor": {"username": actor.username, "organisation": actor.organisation}}


def start_form(session: Session, actor: Actor, process_key: str, form: Form, *, now: datetime) -> Filled:
    """The form that opens a case, as its page opens it."""
    redactor = redaction.stranger(session, actor, now=now)
    return fill(session, actor, form, redactor, f"start:{process_key}", now=now)


def side_form(
    session: Session, actor: Actor, case: Case, process_key: str, form: Form, tie: Tie, *, now: datetime
) -> Filled:
    """The form that starts a side process of a case, as its page opens it."""
    redactor = redaction.redactor(session, actor, case.id, tie, now=now)
    return fill(session, actor, form, redactor, f"side:{case.id}:{process_key}", case, now=now)


def next_of_case(session: Session, actor: Actor, case_id: UUID) -> Task | None:
    """The most urgent open task of a case that the person has. Index `ix_task_case_id`."""
    return (
        session.execute(
            select(Task)
            .where(Task.case_id == case_id, access.own_tasks(actor))
            .order_by(Task.due_at.is_(None), Task.due_at, Task.id)
            .limit(1)
        )
        .scalars()
        .first()
    )


def _deadlines(session: Session, task_id: UUID) -> list[Deadline]:
    rows = session.execute(
        select(TaskDeadline).where(TaskDeadline.task_id == task_id).order_by(TaskDeadline.at)
    )
    return [Deadline(str(row.kind), row.at, row.to, row.fired_at) for row in rows.scalars()]
