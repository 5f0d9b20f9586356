"""Setting right what `reading.soundness` finds and that a rule decides: one case, one transaction."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import delete, select, update

from asae_engine import bpmn
from asae_engine.commands import opening_tasks
from asae_engine.commands.casework import CaseWork
from asae_engine.commands.deployed import bundle_of
from asae_engine.commands.errors import Unknown
from asae_engine.commands.moves import Cause
from asae_engine.commands.transactions import in_one_transaction
from asae_engine.model import (
    IncidentEnd,
    InstanceStatus,
    ProcessInstance,
    Submission,
    Task,
    TaskDeadline,
    TaskStatus,
    lookups,
)
from asae_engine.model.answers import DossierField

if TYPE_CHECKING:
    from datetime import datetime
    from uuid import UUID

    from sqlalchemy.orm import Session

    from asae_engine.model import Case


def mend(session: Session, case_id: UUID, *, now: datetime) -> None:
    """Have a case's tasks, timers, stops and dossier follow its processes and its submissions again.

    History tells that it was done. What cannot be read is left alone. Raises `Unknown`, `Conflict`.
    """

    def work() -> None:
        case = lookups.case(session, case_id)
        if case is None:
            raise Unknown("case")
        session.execute(
            delete(TaskDeadline).where(
                TaskDeadline.fired_at.is_(None),
                TaskDeadline.task_id.in_(
                    select(Task.id).where(Task.case_id == case_id, Task.status != TaskStatus.OPEN)
                ),
            ),
            execution_options={"synchronize_session": False},
        )
        _mend_dossier(session, case_id)
        deed = CaseWork(session, case, None, actor=None, now=now, cause=Cause("mended"))
        _mend_processes(session, deed, case)
        deed.tell("case.mended")
        deed.finish()

    in_one_transaction(session, work, case_id=lambda: case_id)


def _mend_processes(session: Session, deed: CaseWork, case: Case) -> None:
    rows = session.scalars(select(ProcessInstance).where(ProcessInstance.case_id == case.id)).all()
    for row in rows:
        tasks = session.scalars(
            select(Task).where(Task.instance_id == row.id, Task.status == TaskStatus.OPEN)
        ).all()
        if row.status is not InstanceStatus.ACTIVE:
            for task in tasks:
                deed.close_task(task, TaskStatus.CANCELED)
            continue
        running = lookups.running(session, row.id)
        if running is None:
            continue
        try:
            move = deed.resume(running, bundle_of(session, running.deployment))
        except bpmn.BpmnError:
            continue  # a person must decide
        waiting = {one.token_id: one for one in move.instance.user_tasks()}
        held = {task.token_id for task in tasks}
        for task in tasks:
            if task.token_id not in waiting:
                deed.close_task(task, TaskStatus.CANCELED)
        opening_tasks.open_all(deed, move, [one for token, one in waiting.items() if token not in held])
        errors = {one.token_id: one for one in move.instance.errors()}
        incidents = [one for one in deed.stops.open(row.id) if one.token_id is not None]
        for incident in incidents:
            if incident.token_id not in errors:
                deed.stops.resolve(incident, IncidentEnd.GONE)
        known = {incident.token_id for incident in incidents}
        for token, one in errors.items():
            if token not in known:
                deed.stops.add(
                    row,
                    one.message,
                    token_id=token,
                    element_id=one.element.id,
                    element_name=one.element.name,
                    process_key=one.process_key,
                    lasting=one.lasting,
                )
        move.settle()


def _mend_dossier(session: Session, case_id: UUID) -> None:
    """Each field has the value of the newest submission of its form that nothing replaced."""
    newest: dict[str, Submission] = {}
    for submission in session.scalars(
        select(Submission)
        .where(Submission.case_id == case_id, ~Submission.superseded)
        .order_by(Submission.answered_at, Submission.id)
    ):
        newest[submission.form_key] = submission
    for entry in session.scalars(select(DossierField).where(DossierField.case_id == case_id)):
        if entry.form_key not in newest:
            continue
        source = newest[entry.form_key]
        value = source.data.get(entry.field_key)
        if entry.value == value or not entry.given:
            continue
        session.execute(
            update(DossierField)
            .where(
                DossierField.case_id == case_id,
                DossierField.form_key == entry.form_key,
                DossierField.field_key == entry.field_key,
            )
            .values(
                value=value,
                given=entry.field_key in source.data,
                submission_id=source.id,
                by_id=source.by_id,
                at=source.answered_at,
            ),
            execution_options={"synchronize_session": False},
        )
