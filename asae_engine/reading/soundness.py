"""Whether a database holds together: what `asae doctor` finds. It changes nothing.

Each finding names a case and a place, never a person. A case that changes while it is looked at is looked at
again: only what is found twice is told.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import func, select, text
from sqlalchemy.orm import undefer

from asae_engine import bpmn, bundles
from asae_engine.model import (
    Attachment,
    Case,
    Deployment,
    DeploymentFile,
    Event,
    Incident,
    InstanceStatus,
    ProcessInstance,
    Submission,
    Task,
    TaskDeadline,
    TaskStatus,
)
from asae_engine.model.answers import DossierField
from asae_engine.reading import deployed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from datetime import datetime
    from uuid import UUID

    from sqlalchemy.orm import Session


#: Cases looked at together.
BATCH = 100


@dataclass(frozen=True, slots=True)
class Unsound:
    """Something that does not hold together."""

    #: state, task_without_token, token_without_task, due, places, incident, deadline, history, dossier,
    #: deployment, attachment, database.
    code: str
    #: Number of the case; none for what concerns no case.
    case_number: str | None
    #: An element, a form and field, a file…
    place: str
    message: str
    #: What is done about it with `--mend`; none when a person must decide.
    mends: str | None = None
    case_id: UUID | None = None


def look(session: Session, tell: Callable[[int, int], None] = lambda _done, _all: None) -> Iterator[Unsound]:
    """Everything that is unsound. `tell` hears how many cases were looked at, and of how many."""
    yield from _database(session)
    yield from _deployments(session)
    yield from _attachments(session)
    total = session.scalar(select(func.count()).select_from(Case)) or 0
    done, last = 0, None
    while True:
        query = select(Case.id).order_by(Case.id).limit(BATCH)
        if last is not None:
            query = query.where(Case.id > last)
        ids = session.scalars(query).all()
        if not ids:
            return
        for case_id in ids:
            yield from _of_case(session, case_id)
        session.rollback()
        session.expunge_all()
        done, last = done + len(ids), ids[-1]
        tell(done, total)


def _of_case(session: Session, case_id: UUID) -> list[Unsound]:
    first = list(_look_at(session, case_id))
    if not first:
        return []
    session.rollback()  # the next look sees the present
    session.expire_all()
    again = list(_look_at(session, case_id))
    return [one for one in again if one in first]


def _look_at(session: Session, case_id: UUID) -> Iterator[Unsound]:
    case = session.get(Case, case_id)
    if case is None:
        return
    for code, place, message, mends in (
        *_instances(session, case_id),
        *_history(session, case),
        *_dossier(session, case_id),
    ):
        yield Unsound(code, case.number, place, message, mends, case_id)


_Found = tuple[str, str, str, str | None]


def _instances(session: Session, case_id: UUID) -> Iterator[_Found]:
    rows = session.scalars(
        select(ProcessInstance)
        .where(ProcessInstance.case_id == case_id)
        .options(undefer(ProcessInstance.state))
    ).all()
    tasks: dict[UUID, dict[str, Task]] = {row.id: {} for row in rows}
    open_tasks = select(Task).where(Task.case_id == case_id, Task.status == TaskStatus.OPEN)
    for task in session.scalars(open_tasks):
        tasks[task.instance_id][task.token_id] = task
    stopped: dict[UUID, dict[str, Incident]] = {row.id: {} for row in rows}
    unresolved = select(Incident).where(Incident.case_id == case_id, Incident.resolved_at.is_(None))
    for incident in session.scalars(unresolved):
        if incident.token_id is not None:
            stopped[incident.instance_id][incident.token_id] = incident
    late = select(Task.name).join(TaskDeadline, TaskDeadline.task_id == Task.id)
    for name in session.scalars(
        late.where(Task.case_id == case_id, Task.status != TaskStatus.OPEN, TaskDeadline.fired_at.is_(None))
    ):
        yield "deadline", name, "Une étape close a encore des échéances à venir.", "les retirer"
    for row in rows:
        if row.status is InstanceStatus.ACTIVE:
            yield from _running(session, row, tasks[row.id], stopped[row.id])
        else:
            for task in tasks[row.id].values():
                yield _orphan(task)


def _running(
    session: Session, row: ProcessInstance, tasks: Mapping[str, Task], stopped: Mapping[str, Incident]
) -> Iterator[_Found]:
    try:
        _, bundle = deployed.of(session, row.deployment_id)
        instance = bpmn.Instance.restore(bundle.processes, bytes(row.state))
    except (bpmn.BpmnError, bundles.UnreadableBundle):
        yield "state", row.name, "L’état de cette démarche ne se lit plus.", None
        return
    waiting = {task.token_id: task for task in instance.user_tasks()}
    for token, task in tasks.items():
        if token not in waiting:
            yield _orphan(task)
    for token, one in waiting.items():
        if token not in tasks:
            yield (
                "token_without_task",
                one.element.name,
                "Une étape attendue n’est proposée à personne.",
                "l’ouvrir",
            )
    if instance.next_due_at != row.next_due_at:
        yield (
            "due",
            row.name,
            "La prochaine minuterie n’est pas celle du parcours.",
            "reprendre celle du parcours",
        )
    if instance.places() != row.places:
        yield "places", row.name, "Le schéma ne montre pas où en est le parcours.", "reprendre le parcours"
    errors = {one.token_id: one.element.name for one in instance.errors()}
    for token in errors.keys() ^ stopped.keys():
        place = errors.get(token) or stopped[token].element_name or row.name
        missing = token in errors
        yield (
            "incident",
            place,
            "Une étape arrêtée n’est signalée à personne."
            if missing
            else "Un arrêt est signalé, qui n’est plus.",
            "le signaler" if missing else "le clore",
        )


def _orphan(task: Task) -> _Found:
    return (
        "task_without_token",
        task.name,
        "Une étape proposée n’est plus attendue.",
        "la clore",
    )


def _history(session: Session, case: Case) -> Iterator[_Found]:
    count, last = session.execute(
        select(func.count(), func.max(Event.rank)).where(Event.case_id == case.id)
    ).one()
    if not count == (last or 0) == case.event_count:
        yield "history", "fil des événements", f"{count} événements au lieu de {case.event_count}.", None
    done = session.scalar(
        select(func.count()).where(Task.case_id == case.id, Task.status == TaskStatus.COMPLETED)
    )
    told = session.scalar(
        select(func.count()).where(Event.case_id == case.id, Event.type == "task.completed")
    )
    if done != told:
        yield "history", "étapes terminées", f"{done} étapes terminées, {told} racontées.", None


def _dossier(session: Session, case_id: UUID) -> Iterator[_Found]:
    """The present value of a field is that of the newest submission of its form that nothing replaced; of
    several of one instant any.
    """
    newest: dict[str, tuple[datetime, list[dict[str, Any]]]] = {}
    rows = select(Submission.form_key, Submission.answered_at, Submission.data)
    for form, at, data in session.execute(rows.where(Submission.case_id == case_id, ~Submission.superseded)):
        last, held = newest.get(form, (at, []))
        if at >= last:
            newest[form] = (at, [*held, data] if at == last else [data])
    for entry in session.scalars(select(DossierField).where(DossierField.case_id == case_id)):
        _, held = newest.get(entry.form_key, (None, []))
        if entry.given and entry.value not in [data.get(entry.field_key) for data in held]:
            place = f"{entry.form_key}.{entry.field_key}"
            yield "dossier", place, "Le dossier ne montre pas la dernière réponse.", "reprendre la réponse"


def _deployments(session: Session) -> Iterator[Unsound]:
    for deployment_id, number, digest in session.execute(
        select(Deployment.id, Deployment.number, Deployment.digest).order_by(Deployment.number)
    ).all():
        rows = session.execute(
            select(DeploymentFile.path, DeploymentFile.content).where(
                DeploymentFile.deployment_id == deployment_id
            )
        )
        files = {path: bytes(content) for path, content in rows}
        if bundles.digest_of(files) != digest:
            yield Unsound(
                "deployment", None, f"version {number}", "Ses fichiers ont changé depuis la publication."
            )


def _attachments(session: Session) -> Iterator[Unsound]:
    rows: Any = session.execute(
        select(Attachment.size, Attachment.sha256, Attachment.content, Case.number)
        .outerjoin(Case, Case.id == Attachment.case_id)
        .execution_options(yield_per=20)
    )
    for size, digest, content, number in rows:
        if len(content) != size or hashlib.sha256(content).hexdigest() != digest:
            yield Unsound(
                "attachment", number, "pièce jointe", "Le fichier a changé depuis qu’il a été joint."
            )


def _database(session: Session) -> Iterator[Unsound]:
    """What the database itself knows of its tables: SQLite is asked; PostgreSQL holds its own keys."""
    if session.get_bind().dialect.name != "sqlite":
        return
    for (said,) in session.execute(text("PRAGMA integrity_check")).all():
        if said != "ok":
            yield Unsound("database", None, "fichier", "Le fichier de la base est abîmé.")
            return
    for row in session.execute(text("PRAGMA foreign_key_check")).all():
        yield Unsound("database", None, str(row[0]), "Une ligne en nomme une autre, qui n’est plus là.")
