"""All that one command does to one case, gathered while it works and written in order at its end.

A `CaseWork` holds the dossier, the instances that move (`Move`), what is to be told (events, notices) and who
joins. It never commits: `transactions.in_one_transaction` does, around the command.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

from sqlalchemy.orm.attributes import set_committed_value

from asae_engine import bpmn
from asae_engine.commands import hearing, starts
from asae_engine.commands.dossier import Dossier
from asae_engine.commands.moves import Cause, Move
from asae_engine.commands.stops import Stops
from asae_engine.model import (
    Case,
    CaseMember,
    CaseStatus,
    DeadlineKind,
    Incident,
    InstanceKind,
    InstanceStatus,
    Notice,
    ProcessInstance,
    Submission,
    Task,
    TaskCandidate,
    TaskDeadline,
    TaskStatus,
    closing,
    dossiers,
    lookups,
    new_id,
    outbox,
)

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence
    from datetime import datetime
    from uuid import UUID

    from sqlalchemy.orm import Session

    from asae_engine.access import Actor
    from asae_engine.bundles import Bundle
    from asae_engine.model.lookups import Running

log = logging.getLogger(__name__)

#: What a mail about a task that was given to someone is called; the others have their notice's kind.
ASSIGNED = "assigned"


class CaseWork:
    """One command's work on one case. Call `finish` once, at the end.

    `bundle` is the one whose forms the dossier is read by; None when the command reads no answers. `dossier`
    gives its rows, when they were read already.
    """

    def __init__(
        self,
        session: Session,
        case: Case,
        bundle: Bundle | None,
        *,
        actor: Actor | None,
        now: datetime,
        cause: Cause,
        dossier: Iterable[Sequence[Any]] | None = None,
    ) -> None:
        self.session = session
        self.case = case
        self.actor = actor
        self.now = now
        self.cause = cause
        self.dossier = Dossier(session, case, bundle.forms if bundle else {}, rows=dossier)
        self.moves: list[Move] = []
        self.opened: list[Task] = []
        #: Messages that processes threw, with the move they came from.
        self.outbox: list[tuple[str, Mapping[str, object], Move]] = []
        #: Signals that they threw, with the move they came from.
        self.signals: list[tuple[str, Move]] = []
        #: Start events that came, with the move that awaited them.
        self.starts: list[tuple[Move, str]] = []
        self.stops = Stops(self)
        self._closing = closing.Closing(case.id, now, dossier=self.dossier.writes)
        #: The process of the last event.
        self._told_of: str | None = None
        self._members: set[tuple[UUID | None, str | None, str]] = set()

    # -- what is told
    # ---------------------------------------------------------------------------------------------

    def tell(
        self,
        type_: str,
        *,
        at: datetime | None = None,
        move: Move | None = None,
        task: Task | None = None,
        instance_id: UUID | None = None,
        element_id: str | None = None,
        element_name: str | None = None,
        process_key: str | None = None,
        data: Mapping[str, object] | None = None,
    ) -> None:
        """Add an event to the case's history: of a task, or of an element. `data` never holds what a person
        typed.
        """
        if move is not None and task is None:
            instance_id = move.row.id
        self._told_of = process_key if task is None else task.process_key
        self._closing.events.append(
            {
                "case_id": self.case.id,
                "instance_id": instance_id,
                "task_id": None if task is None else task.id,
                "type": type_,
                "at": at or self.now,
                "actor_id": None if self.actor is None else self.actor.user_id,
                "process_key": process_key,
                "element_id": element_id,
                "element_name": element_name,
                "data": dict(data or {}),
            }
        )

    def tell_passed(self, process_key: str, element_id: str) -> None:
        """Add to the last event that a token passed an element at once after it."""
        if not self._closing.events:
            self.tell("element.passed", process_key=process_key)
        last = self._closing.events[-1]
        name = element_id if self._told_of == process_key else f"{process_key}:{element_id}"
        last["data"].setdefault("passed", []).append(name)

    def notify(
        self,
        message: str,
        *,
        kind: str,
        task_id: UUID | None = None,
        user_id: UUID | None = None,
        role: str | None = None,
        organisation: str | None = None,
    ) -> None:
        """Put a sentence in someone's inbox: a person's, or that of all who hold a role. Those who want mail
        are told by mail that it is there.
        """
        self._closing.mails.append(outbox.Mail(kind, task_id, user_id, role, organisation))
        self._closing.entities.append(
            Notice(
                id=new_id(),
                case_id=self.case.id,
                task_id=task_id,
                kind=kind,
                user_id=user_id,
                role=role,
                organisation_key=organisation,
                message=message,
                at=self.now,
            )
        )

    def announce(self, task: Task, person_id: UUID) -> None:
        """Tell a person by mail that a task is theirs now, unless they took it themselves."""
        if self.actor is None or self.actor.user_id != person_id:
            self._closing.mails.append(outbox.Mail(ASSIGNED, task.id, person_id))

    def join(self, *, user_id: UUID | None = None, organisation: str | None = None, role: str) -> None:
        """Let a person or an organisation belong to the case from now on, unless they do already."""
        if user_id is not None and not any(member[0] == user_id for member in self._members):
            self._members.add((user_id, None, role))
        if organisation and not any(member[1] == organisation for member in self._members):
            self._members.add((None, organisation, role))

    def change(self, entity: Task | ProcessInstance, **values: object) -> None:
        """Change columns of a task or an instance; `finish` writes them, if nobody was faster."""
        self._closing.change(entity, **values)

    def change_case(self, **values: object) -> None:
        """Change columns of the case's own line."""
        self._closing.changes.update(values)

    @property
    def is_closed(self) -> bool:
        """Whether the case is closed, or closes by this command."""
        return self._closing.changes.get("status", self.case.status) is CaseStatus.CLOSED

    def close_case(self) -> None:
        """The journey is over; what still runs (a follow-up) stays to be done."""
        if not self.is_closed:
            self.change_case(status=CaseStatus.CLOSED, closed_at=self.now)
            self.tell("case.closed")

    def forget_draft(self, subject: str) -> None:
        """The actor's draft has been sent: it goes."""
        if self.actor is not None:
            self._closing.drafts.append((self.actor.user_id, subject))

    # -- tasks
    # ----------------------------------------------------------------------------------------------------

    def close_task(self, task: Task, status: TaskStatus) -> None:
        """Close a task, as completed by the actor or canceled by the process."""
        self.change(task, status=status, closed_at=self.now)
        self._closing.closed.append(task.id)
        if task.delays_step is not None:
            self._closing.silenced.append(task.id)
        if status is TaskStatus.COMPLETED and self.actor is not None:
            self.change(task, completed_by_id=self.actor.user_id)
            self.tell("task.completed", task=task)
        else:
            self.tell("task.canceled", task=task)

    def open_task(
        self,
        task: Task,
        candidates: Sequence[tuple[str, str | None]],
        deadlines: Sequence[tuple[DeadlineKind, datetime, str | None]],
    ) -> None:
        """Open a task for these roles (with their organisation, or any), with these deadlines (and whom they
        tell).
        """
        self.opened.append(task)
        self._closing.entities.append(task)
        for role, organisation in candidates:
            self._closing.add(
                TaskCandidate,
                {"id": new_id(), "task_id": task.id, "role": role, "organisation_key": organisation},
            )
        for kind, at, to in deadlines:
            self._closing.add(
                TaskDeadline,
                {
                    "task_id": task.id,
                    "kind": kind,
                    "at": at,
                    "to": to,
                    "fired_at": None,
                    "failures": 0,
                    "retry_at": None,
                },
            )

    def tasks_at(self, instance_id: UUID, token_ids: Collection[str]) -> list[Task]:
        """The open tasks of an instance at these tokens, those that opened a moment ago too."""
        new = [
            task
            for task in self.opened
            if task.instance_id == instance_id
            and task.token_id in token_ids
            and task.status is TaskStatus.OPEN
        ]
        if len(new) == len(token_ids):
            return new
        return [*lookups.open_tasks(self.session, instance_id, token_ids), *new]

    def keep(self, new: Submission | Incident) -> None:
        """Keep a form's answers, or what stopped."""
        self._closing.entities.append(new)

    def is_new(self, instance_id: UUID) -> bool:
        """Whether an instance was started by this command."""
        return any(
            isinstance(one, ProcessInstance) and one.id == instance_id for one in self._closing.entities
        )

    def bind_files(self, ids: list[UUID], task: Task | None, form_key: str) -> None:
        """Tie files that the actor uploaded to the case, if they belong to none yet."""
        if ids and self.actor is not None:
            of_task = None if task is None else task.id
            self._closing.files.append(dossiers.Uploaded(ids, self.actor.user_id, of_task, form_key))

    # -- instances
    # ------------------------------------------------------------------------------------------------

    def resume(self, running: Running, bundle: Bundle) -> Move:
        """Take up a saved instance."""
        row = running.instance
        move = Move(self, row, bundle, bpmn.Instance.restore(bundle.processes, bytes(row.state)))
        self.moves.append(move)
        return move

    def start(
        self,
        deployment_id: UUID,
        bundle: Bundle,
        key: str,
        kind: InstanceKind,
        variables: Mapping[str, object],
        *,
        row_id: UUID | None = None,
        at: str | None = None,
        lived_at: datetime | None = None,
    ) -> Move:
        """Start an instance of the process `key` on the case, at a start event, and run it to its waits. It
        lives from now on, or from when it should have begun.
        """
        move = self._begun(deployment_id, bundle, key, kind, row_id)
        move.started_with = variables
        self.tell("instance.started", move=move, process_key=key, element_name=move.row.name)
        move.instance = bpmn.Instance.start(
            bundle.processes, key, dict(variables), move.environment(lived_at or self.now), at=at
        )
        self.moves.append(move)
        move.settle()
        return move

    def await_start(self, deployment_id: UUID, bundle: Bundle, key: str) -> None:
        """Have an instance of its own await what starts the process `key` in the case."""
        move = self._begun(deployment_id, bundle, key, InstanceKind.ENGINE, None)
        move.instance = bpmn.Instance.await_start(bundle.processes, key, move.environment(self.now))
        self.moves.append(move)
        move.settle()

    def _begun(
        self, deployment_id: UUID, bundle: Bundle, key: str, kind: InstanceKind, row_id: UUID | None
    ) -> Move:
        row = ProcessInstance(
            id=row_id or new_id(),
            case_id=self.case.id,
            deployment_id=deployment_id,
            process_key=key,
            name=bundle.processes[key].name,
            kind=kind,
            status=InstanceStatus.ACTIVE,
            started_at=self.now,
            started_by_id=None if self.actor is None else self.actor.user_id,
            updated_at=self.now,
            failures=0,
        )
        self._closing.entities.append(row)
        return Move(self, row, bundle, None)

    # -- the end
    # --------------------------------------------------------------------------------------------------

    def finish(self) -> None:
        """Deliver what processes threw, then write everything, always in the same order of tables."""
        if self.dossier.writes and self.case.watches_conditions:
            hearing.reconsider(self)
        hearing.bring_what_was_thrown(self)
        if self._closing.changes.get("status") is CaseStatus.CLOSED:
            starts.leave(self)
        for user_id, organisation, role in sorted(self._members, key=str):
            self._closing.add(
                CaseMember,
                {
                    "id": new_id(),
                    "case_id": self.case.id,
                    "user_id": user_id,
                    "organisation_key": organisation,
                    "role": role,
                    "since": self.now,
                    "until": None,
                },
            )
        closing.write(self.session, self._closing)
        for name, value in self._closing.changes.items():
            set_committed_value(self.case, name, value)
        log.info(
            "case changed",
            extra={
                "case_number": self.case.number,
                "cause": self.cause.kind,
                "events": [event["type"] for event in self._closing.events],
            },
        )
        self.opened = [task for task in self.opened if task.status is TaskStatus.OPEN]
