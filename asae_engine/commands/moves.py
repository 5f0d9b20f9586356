"""One process instance on the move: what it waits for before and after, and what that means for tasks and
history.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from asae_engine.bpmn import Happened
from asae_engine.commands import opening_tasks
from asae_engine.commands.environment import CaseEnvironment
from asae_engine.model import (
    IncidentEnd,
    InstanceKind,
    InstanceStatus,
    ProcessInstance,
    TaskStatus,
)

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime
    from uuid import UUID

    from asae_engine.bpmn import Happening, Instance
    from asae_engine.bundles import Bundle
    from asae_engine.commands.casework import CaseWork

#: How happenings are called in history. Those of user tasks are told as `task.…` events instead.
_EVENTS = {
    Happened.ENTERED: "element.entered",
    Happened.LEFT: "element.left",
    Happened.CANCELED: "element.canceled",
    Happened.TIMER_FIRED: "timer.fired",
    Happened.MESSAGE_CAUGHT: "message.delivered",
    Happened.MESSAGE_THROWN: "message.thrown",
    Happened.SIGNAL_CAUGHT: "signal.caught",
    Happened.SIGNAL_THROWN: "signal.thrown",
    Happened.CONDITION_MET: "condition.met",
    Happened.ERROR_THROWN: "error.thrown",
    Happened.ERROR_CAUGHT: "error.caught",
    Happened.ESCALATION_THROWN: "escalation.thrown",
    Happened.ESCALATION_CAUGHT: "escalation.caught",
    Happened.COMPENSATION_THROWN: "compensation.thrown",
    Happened.RETRIED: "incident.retried",
    Happened.PASSED_OVER: "incident.passed_over",
}
_ON_ITS_WAY = {Happened.ENTERED, Happened.LEFT}
#: What of a happening's data is kept, and under which name. With `due_at` an event tells how late it came.
_TOLD = {
    "token_id": "token_id",
    "message": "message",
    "signal": "signal",
    "code": "code",
    "how": "how",
    "due": "due_at",
}
_OF_TASKS = {Happened.ENTERED, Happened.LEFT, Happened.CANCELED}


@dataclass(frozen=True, slots=True)
class Cause:
    """Why a process moves: kept on the tasks that open ("why is this here?").

    `kind`: opened, started, completed, timer, message, signal, retry or canceled.
    """

    kind: str
    element_name: str | None = None
    by: str | None = None
    #: The multi-instance group of the task that was completed, and its element.
    siblings: UUID | None = None
    element_id: str | None = None

    def as_json(self) -> dict[str, Any]:
        return {"cause": self.kind, "element_name": self.element_name, "by": self.by}


class Move:
    """An instance inside a command. After each call that makes it advance, `settle` draws the
    consequences.
    """

    def __init__(
        self, work: CaseWork, row: ProcessInstance, bundle: Bundle, instance: Instance | None
    ) -> None:
        self.work = work
        self.row = row
        self.bundle = bundle
        self._instance = instance
        self.started_with: Mapping[str, object] = {}
        #: The instant at which it lived last.
        self.lived_at = work.now
        self._waiting: frozenset[str] = frozenset()
        #: The token that is being set going again, and how.
        self._again: tuple[str, IncidentEnd] | None = None
        self._stopped: frozenset[str] = frozenset()
        if instance is not None:
            self._waiting = frozenset(task.token_id for task in instance.user_tasks())
            self._stopped = frozenset(stopped.token_id for stopped in instance.errors())

    @property
    def instance(self) -> Instance:
        """The engine's instance."""
        if self._instance is None:
            raise RuntimeError("the instance is only being started")
        return self._instance

    @instance.setter
    def instance(self, instance: Instance) -> None:
        self._instance = instance

    @property
    def instance_variables(self) -> Mapping[str, object]:
        """Its variables; those it was started with while it is being started."""
        return self.started_with if self._instance is None else self._instance.variables

    @property
    def is_over(self) -> bool:
        """Whether nothing more can happen in it."""
        return self.row.status is not InstanceStatus.ACTIVE

    def environment(self, now: datetime) -> CaseEnvironment:
        """The surroundings for one call; `now` may be earlier than the command's when a timer fires late."""
        self.lived_at = now
        return CaseEnvironment(self.work, self, now)

    def settle(self, *, done: str | None = None) -> None:
        """Draw the consequences of an advance. `done` is the token whose task the command itself closes."""
        instance, work = self.instance, self.work
        waiting = {task.token_id: task for task in instance.user_tasks()}
        gone = self._waiting - waiting.keys() - {done}
        happenings = instance.drain_events()
        self._tell(happenings)
        if gone:
            for task in work.tasks_at(self.row.id, gone):
                work.close_task(task, TaskStatus.CANCELED)
        opening_tasks.open_all(
            work, self, [task for token, task in waiting.items() if token not in self._waiting]
        )
        self._waiting = frozenset(waiting)
        self._settle_incidents()
        self._save()
        for happening in happenings:
            if happening.kind is Happened.SIGNAL_THROWN:
                work.signals.append((str(happening.data["signal"]), self))
            elif happening.kind is Happened.START_CAME:
                work.starts.append((self, happening.element_id or ""))
            elif happening.kind is Happened.MESSAGE_THROWN:
                values = happening.data.get("variables")
                work.outbox.append(
                    (str(happening.data["message"]), values if isinstance(values, dict) else {}, self)
                )

    def retry(self, token_id: str, now: datetime) -> None:
        """Let a stopped token try again. One that went another way meanwhile has nothing left to retry."""
        self._again = (token_id, IncidentEnd.RETRIED)
        if token_id in self._stopped:
            self.instance.retry(token_id, self.environment(now))
        self.settle()

    def pass_over(self, token_id: str, flow: str | None, now: datetime) -> None:
        """Lead a stopped token past its element; raises `bpmn.NotPassable`."""
        self._again = (token_id, IncidentEnd.PASSED_OVER)
        if token_id in self._stopped:
            self.instance.pass_over(token_id, self.environment(now), flow=flow)
        self.settle()

    def _save(self) -> None:
        instance, row, work = self.instance, self.row, self.work
        work.change(
            row,
            state=instance.save(),
            places=instance.places(),
            next_due_at=instance.next_due_at,
            updated_at=work.now,
            failures=0,
            retry_at=None,
        )
        if instance.watches_conditions and not work.case.watches_conditions:
            work.change_case(watches_conditions=True)
        if instance.is_ended and row.status is InstanceStatus.ACTIVE:
            work.change(
                row,
                status=InstanceStatus.ENDED,
                ended_at=work.now,
                ended_how=instance.ended_how,
                next_due_at=None,
            )
            if not instance.awaits_start:  # of which nobody was told that it began
                work.tell(
                    "instance.ended",
                    move=self,
                    process_key=row.process_key,
                    element_name=row.name,
                    data={"how": row.ended_how},
                )
            work.stops.resolve_all(row.id)
            if row.kind is InstanceKind.MAIN:
                work.close_case()
        if row.kind is InstanceKind.MAIN and not instance.is_ended:
            stage = self._stage()
            if stage and stage != work.case.stage:
                work.change_case(stage=stage)

    def _stage(self) -> str | None:
        """Where the journey stands, for lists: the called process it is in, or else the element itself."""
        places = [(task.process_key, task.element.name) for task in self.instance.user_tasks()]
        places += [
            (process_key, self.bundle.processes[process_key].elements[element_id].name)
            for process_key, element_id, _token in self.instance.tokens()
            if element_id in self.bundle.processes[process_key].elements
        ]
        if not places:
            return None
        process_key, element_name = places[0]
        definition = self.bundle.processes[process_key]
        return (definition.name if definition.kind == "called" else element_name)[:200]

    def _tell(self, happenings: list[Happening]) -> None:
        entered = {
            happening.data["token_id"] for happening in happenings if happening.kind is Happened.ENTERED
        }
        passed = entered & {
            happening.data["token_id"] for happening in happenings if happening.kind is Happened.LEFT
        }
        for happening in happenings:
            type_ = _EVENTS.get(happening.kind)
            if type_ is None or (happening.kind in _OF_TASKS and self._is_task(happening)):
                continue
            if happening.kind in _ON_ITS_WAY and happening.data.get("token_id") in passed:
                # What a token passes at once (a gateway) is told with what had it pass, and once.
                if happening.kind is Happened.LEFT:
                    self.work.tell_passed(happening.process_key, happening.element_id or "")
                continue
            self.work.tell(
                type_,
                move=self,
                process_key=happening.process_key,
                element_id=happening.element_id,
                element_name=happening.element_name,
                data={
                    _TOLD[name]: value
                    for name, value in happening.data.items()
                    if name in _TOLD and isinstance(value, str)
                },
            )

    def _is_task(self, happening: Happening) -> bool:
        """Whether it happened at a user task, of which `task.…` events tell."""
        definition = self.bundle.processes.get(happening.process_key)
        element = definition.elements.get(happening.element_id or "") if definition else None
        return element is not None and element.type == "userTask"

    def _settle_incidents(self) -> None:
        """Incidents of what stopped now, or still stops; those of what goes on are resolved."""
        stopped = {one.token_id: one for one in self.instance.errors()}
        again, how = self._again or (None, IncidentEnd.GONE)
        if self._stopped - stopped.keys() or again is not None:
            for incident in self.work.stops.open(self.row.id):
                if incident.token_id == again and again in stopped:
                    self.work.stops.keep_waiting(
                        incident, stopped[again].message, lasting=stopped[again].lasting
                    )
                elif incident.token_id is not None and incident.token_id not in stopped:
                    self.work.stops.resolve(incident, how if incident.token_id == again else IncidentEnd.GONE)
        for token_id, one in stopped.items():
            if token_id not in self._stopped:
                self.work.stops.add(
                    self.row,
                    one.message,
                    token_id=token_id,
                    element_id=one.element.id,
                    element_name=one.element.name,
                    process_key=one.process_key,
                    lasting=one.lasting,
                )
        self._stopped, self._again = frozenset(stopped), None
