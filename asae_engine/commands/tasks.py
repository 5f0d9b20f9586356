"""What people do with a task: take it, give it back, give it to someone, keep a draft, complete it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from asae_engine import access, bpmn, forms
from asae_engine.commands import answering
from asae_engine.commands.casework import CaseWork
from asae_engine.commands.deployed import bundle_of, form_of
from asae_engine.commands.errors import NotAllowed, TaskGone, TaskTaken, Unknown
from asae_engine.commands.moves import Cause
from asae_engine.commands.results import Completion
from asae_engine.commands.transactions import in_one_transaction
from asae_engine.model import Case, Task, TaskStatus, dossiers, histories, lookups

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime
    from uuid import UUID

    from sqlalchemy.orm import Session

    from asae_engine.access import Actor

_TWICE = "Cette étape doit être faite par des personnes différentes\u00a0: {} en a déjà une."


def claim(session: Session, actor: Actor, task_id: UUID, *, now: datetime) -> Task:
    """Take a task that is offered to the actor's group; taking one's own again changes nothing.

    Raises `Unknown`, `NotAllowed`, `TaskGone`, `TaskTaken`, `Conflict`.
    """

    def work() -> Task:
        task, case = _open_task(session, task_id)
        if task.assignee_id == actor.user_id:
            return task
        _require_free(session, actor, task)
        _require(session, actor, "claim", task)
        _require_other_person(session, task, actor.user_id, "vous", held=True)
        deed = _deed(session, case, actor, now)
        deed.change(task, assignee_id=actor.user_id, claimed_at=now)
        deed.join(user_id=actor.user_id, role="assignee")
        deed.tell("task.claimed", task=task)
        deed.finish()
        return task

    return in_one_transaction(session, work, case_id=_case_of(session, task_id))


def release(session: Session, actor: Actor, task_id: UUID, *, now: datetime) -> Task:
    """Give a task back to the group it was offered to. Raises `Unknown`, `NotAllowed`, `TaskGone`,
    `Conflict`.
    """

    def work() -> Task:
        task, case = _open_task(session, task_id)
        _require(session, actor, "release", task)
        deed = _deed(session, case, actor, now)
        deed.change(task, assignee_id=None, claimed_at=None)
        deed.tell("task.released", task=task)
        deed.finish()
        return task

    return in_one_transaction(session, work, case_id=_case_of(session, task_id))


def assign(session: Session, actor: Actor, task_id: UUID, username: str | None, *, now: datetime) -> Task:
    """Give a task to a person, by username, or to nobody (None). The person joins the case.

    Raises `Unknown` (task or user), `NotAllowed`, `TaskGone`, `Conflict`.
    """

    def work() -> Task:
        return assign_within(session, actor, task_id, username, now=now, announced=True)

    return in_one_transaction(session, work, case_id=_case_of(session, task_id))


def assign_within(
    session: Session,
    actor: Actor,
    task_id: UUID,
    username: str | None,
    *,
    now: datetime,
    announced: bool = False,
) -> Task:
    """`assign` inside a transaction that has begun; its caller commits. `announced`: the person gets a mail
    (not four hundred for the steps of a colleague who leaves).
    """
    task, case = _open_task(session, task_id)
    _require(session, actor, "assign", task)
    deed = _deed(session, case, actor, now)
    if username is None:
        deed.change(task, assignee_id=None, claimed_at=None)
        deed.tell("task.released", task=task)
    else:
        person = lookups.user_named(session, username)
        if person is None:
            raise Unknown("user")
        _require_other_person(session, task, person.id, person.display_name, held=True)
        deed.change(task, assignee_id=person.id, claimed_at=now)
        deed.join(user_id=person.id, role="assignee")
        deed.tell("task.assigned", task=task, data={"assignee_id": str(person.id)})
        if announced:
            deed.announce(task, person.id)
    deed.finish()
    return task


def save_draft(
    session: Session, actor: Actor, task_id: UUID, data: Mapping[str, object], *, now: datetime
) -> None:
    """Keep what the actor typed so far into a task's form. Only keys of the form are kept, nothing is
    checked.

    Raises `Unknown`, `NotAllowed`, `TaskGone`.
    """

    def work() -> None:
        found = lookups.task_and_deployment(session, task_id)
        if found is None:
            raise Unknown("task")
        task, deployment = found
        _require_open(session, task)
        _require(session, actor, "draft", task)
        form = form_of(bundle_of(session, deployment), task.form_key)
        if form is None:
            raise Unknown("form")
        histories.keep_draft(
            session,
            user_id=actor.user_id,
            subject=draft_subject(task_id),
            task_id=task_id,
            data=dict(forms.draft(form, data)),
            at=now,
        )

    in_one_transaction(session, work)


def draft_subject(task_id: UUID) -> str:
    """The subject of a task's draft."""
    return f"task:{task_id}"


def complete_task(
    session: Session, actor: Actor, task_id: UUID, answers: Mapping[str, object], *, now: datetime
) -> Completion:
    """Complete a user task with its form's answers and run the process on to its next waits.

    `answers` is the parsed form body or JSON, by field key. Whoever completes a task that nobody had takes it
    by that. Raises `Unknown`, `NotAllowed`, `InvalidAnswers` (per field), `TaskGone` when someone was first
    (it says who and when), `TaskTaken`, `Conflict`. `now` is aware.
    """

    def work() -> Completion:
        return _complete(session, actor, task_id, answers, now)

    return in_one_transaction(session, work, case_id=_case_of(session, task_id), by_one_statement=True)


def _complete(
    session: Session, actor: Actor, task_id: UUID, answers: Mapping[str, object], now: datetime
) -> Completion:
    found = lookups.task_at_work(
        session,
        task_id,
        user_id=actor.user_id,
        more=(*access.standing_columns(actor), dossiers.as_json(session.get_bind().dialect.name)),
        parameters=access.standing_parameters(actor),
    )
    if found is None:
        raise Unknown("task")
    task = found.task
    *standing, dossier = found.more
    _require_open(session, task)
    _require_free(session, actor, task)
    _require(session, actor, "complete", task, access.standing_of(actor, standing))
    _require_other_person(session, task, actor.user_id, "vous", held=False)
    bundle = bundle_of(session, found.deployment)
    cause = Cause("completed", task.name, actor.username, task.siblings, task.element_id)
    work = CaseWork(session, found.case, bundle, actor=actor, now=now, cause=cause, dossier=dossier or ())
    move = work.resume(lookups.Running(found.instance, found.case, found.deployment), bundle)
    form = form_of(bundle, task.form_key)
    submission = None
    collected = {}
    if form is not None:
        values = answering.checked(
            work, form, answers, {**move.instance.variables, **bpmn.from_json(task.variables)}
        )
        submission = answering.submit(
            work, form, values, instance_id=move.row.id, deployment=found.deployment, task=task
        )
        answering.bind_files(work, form, values, task)
        collected = answering.unmarked(form, values)
        if found.drafted:
            work.forget_draft(draft_subject(task_id))
    if task.assignee_id is None:
        work.change(task, assignee_id=actor.user_id, claimed_at=now)
        if not found.member:
            work.join(user_id=actor.user_id, role="assignee")
    work.close_task(task, TaskStatus.COMPLETED)
    move.instance.complete(task.token_id, collected, move.environment(now))
    move.settle(done=task.token_id)
    work.finish()
    return Completion(task, submission, work.opened, move.instance.is_ended)


def _open_task(session: Session, task_id: UUID) -> tuple[Task, Case]:
    found = lookups.task(session, task_id)
    if found is None:
        raise Unknown("task")
    _require_open(session, found[0])
    return found


def _require_open(session: Session, task: Task) -> None:
    if task.status is not TaskStatus.OPEN:
        who = lookups.display_name(session, task.completed_by_id)
        raise TaskGone(who, task.closed_at, completed=task.status is TaskStatus.COMPLETED)


def _require_free(session: Session, actor: Actor, task: Task) -> None:
    if task.assignee_id is None or task.assignee_id == actor.user_id:
        return
    who = lookups.display_name(session, task.assignee_id)
    raise TaskTaken(who or "Une autre personne", task.claimed_at)


def _require(
    session: Session, actor: Actor, verb: str, task: Task, standing: access.Standing | None = None
) -> None:
    refusal = access.permitted(session, actor, verb, task, standing=standing)
    if refusal is not None:
        raise NotAllowed(refusal.reason_fr)


def _require_other_person(session: Session, task: Task, user_id: UUID, name: str, *, held: bool) -> None:
    """Nobody does two tasks of a group that asks for distinct people (`asae:distinctPeople`).

    Two claims would not see each other: they hold the group. Two completions meet on their instance's
    version.
    """
    if not task.distinct_people or task.siblings is None:
        return
    for sibling in lookups.siblings(session, task.siblings, held=held):
        holder = sibling.completed_by_id or sibling.assignee_id
        if sibling.id != task.id and sibling.status is not TaskStatus.CANCELED and holder == user_id:
            raise NotAllowed(_TWICE.format(name), code="distinct_people")


def _deed(session: Session, case: Case, actor: Actor, now: datetime) -> CaseWork:
    """Work on a case that moves no instance."""
    return CaseWork(session, case, None, actor=actor, now=now, cause=Cause("claimed"))


def _case_of(session: Session, task_id: UUID) -> Callable[[], UUID | None]:
    def case_id() -> UUID | None:
        found = lookups.task(session, task_id)
        return None if found is None else found[1].id

    return case_id
