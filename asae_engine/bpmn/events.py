"""Events: what is caught (boundary and intermediate events, event-based gateways), thrown, and how things
end.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from SpiffWorkflow.bpmn.specs.event_definitions import (
    ErrorEventDefinition,
    EscalationEventDefinition,
    MessageEventDefinition,
    SignalEventDefinition,
    TerminateEventDefinition,
)
from SpiffWorkflow.util.task import TaskState

from asae_engine.bpmn.activities import Activity, act
from asae_engine.bpmn.conditions import MET
from asae_engine.bpmn.errors import NotPassable, StepFailed
from asae_engine.bpmn.happenings import Happened
from asae_engine.bpmn.specifications import Node, ProcessSpecification, leave_gateway
from asae_engine.bpmn.timers import Armed, Timer
from asae_engine.bpmn.workflow import HANDLER

if TYPE_CHECKING:
    from SpiffWorkflow.bpmn.specs.event_definitions.base import EventDefinition
    from SpiffWorkflow.task import Task


class CatchingNode(Node):
    """A node that waits for a timer, a message, a signal or a condition."""

    catches_events = True

    def __init__(
        self, wf_spec: ProcessSpecification, bpmn_id: str, event_definition: EventDefinition, **kwargs: Any
    ) -> None:
        super().__init__(wf_spec, bpmn_id, **kwargs)
        self.event_definition = event_definition

    @property
    def message(self) -> str | None:
        """Name of the message it waits for."""
        return (
            self.event_definition.name if isinstance(self.event_definition, MessageEventDefinition) else None
        )

    def prepare(self, task: Task) -> dict[str, object] | None:
        """What the task needs to wait for the event, evaluated at `task`; none when there is nothing to
        wait for.
        """
        return prepared(self.event_definition, task)

    def _must_prepare(self, task: Task) -> dict[str, object]:
        values = self.prepare(task)
        if values is None:
            raise StepFailed(f"L’échéance de « {self.bpmn_name or self.name} » n’a pas de valeur.")
        return values


def prepared(definition: EventDefinition, task: Task) -> dict[str, object] | None:
    """What a token needs to wait for an event, evaluated at `task`; none for a timer that has no date."""
    if not isinstance(definition, Timer):
        return {}
    engine = task.workflow.script_engine
    armed = definition.arm(
        lambda expression: engine.evaluate(task, expression), task.workflow.top_workflow.environment.now
    )
    return None if armed is None else {"timer": armed}


def watch_again(task: Task) -> dict[str, object] | None:
    """What a token needs to go on watching after its event came; none when its timer is spent."""
    armed = task.internal_data.get("timer")
    if not isinstance(armed, Armed):
        return {MET: 1} if MET in task.internal_data else {}
    following = armed.next(task.workflow.top_workflow.environment.now)
    return None if following is None else {"timer": following}


def catches(definition: EventDefinition, event: EventDefinition) -> bool:
    """Whether a definition catches a thrown error or escalation; one without a code catches each."""
    return type(definition) is type(event) and definition.code in (None, event.code)


class IntermediateCatchEvent(CatchingNode):
    """Waits for its event, on its own or for an event-based gateway."""

    def _run_hook(self, my_task: Task) -> bool | None:
        values = self._must_prepare(my_task)
        my_task.internal_data.update(values)
        armed = values.get("timer")
        if isinstance(armed, Armed) and armed.due <= my_task.workflow.top_workflow.environment.now:
            return True
        return None

    def _on_complete_hook(self, my_task: Task) -> None:
        leave_gateway(my_task)
        my_task.workflow.go(my_task, self.flows)


class EventBasedGateway(Node):
    """Waits for the first of the events that follow it."""

    chooses_by_event = True

    def pass_over(self, task: Task, flow: str | None) -> None:
        """Nothing came, so there is no way to go."""
        raise NotPassable(
            "Cette passerelle attend un évènement et ne peut pas être passée\u00a0: corrigez ce qui l’arrête."
        )

    def _run_hook(self, my_task: Task) -> bool | None:
        prepared = []
        for flow in self.flows:
            values = flow.target._must_prepare(my_task) if isinstance(flow.target, CatchingNode) else {}
            prepared.append((flow, values))
        for flow, values in prepared:
            my_task.workflow.place(
                flow.target,
                flow=flow.id,
                parent=my_task,
                values={"watch": 1, **values},
                state=TaskState.WAITING,
            )
        return None


class Boundary(CatchingNode):
    """Watches the activity it stands on."""

    def __init__(
        self,
        wf_spec: ProcessSpecification,
        bpmn_id: str,
        event_definition: EventDefinition,
        cancel_activity: bool,
        **kwargs: Any,
    ) -> None:
        super().__init__(wf_spec, bpmn_id, event_definition, **kwargs)
        self.cancel_activity = cancel_activity

    def _on_complete_hook(self, my_task: Task) -> None:
        """The event came: take the activity away, or go on watching; a token goes out along the flows."""
        scope = my_task.workflow
        host = my_task.parent
        if self.cancel_activity:
            scope.drop(host)
        else:
            again = watch_again(my_task)
            scope.drop(my_task)
            if again is not None:
                scope.place(self, parent=host, values={"watch": 1, **again}, state=TaskState.WAITING)
        for flow in self.flows:
            scope.place(flow.target, flow=flow.id)

    def catches(self, event: EventDefinition) -> bool:
        """Whether it catches a thrown error or escalation; one without a code catches each."""
        return catches(self.event_definition, event)


class ThrowingNode(Node):
    """An intermediate or end event that throws, and the send task with a message."""

    def __init__(
        self,
        wf_spec: ProcessSpecification,
        bpmn_id: str,
        event_definition: EventDefinition,
        topic: str | None = None,
        parameters: dict[str, str] | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(wf_spec, bpmn_id, **kwargs)
        self.event_definition = event_definition
        self.topic = topic
        self.parameters = parameters or {}

    def _run_hook(self, my_task: Task) -> bool | None:
        if self.topic is not None:
            act(my_task, self.topic, self.parameters)
        return True

    def _on_complete_hook(self, my_task: Task) -> None:
        event, scope = self.event_definition, my_task.workflow
        top = scope.top_workflow
        scope.go(my_task, self.flows)
        if isinstance(event, MessageEventDefinition) and self.topic is None:
            top.note(Happened.MESSAGE_THROWN, my_task, message=event.name)
        elif isinstance(event, SignalEventDefinition):
            top.note(Happened.SIGNAL_THROWN, my_task, signal=event.name)
            top.signals.append(event.name)
        elif isinstance(event, EscalationEventDefinition):
            top.note(Happened.ESCALATION_THROWN, my_task, code=event.code)
            if (listener := _listener(scope, event)) is not None:
                top.note(Happened.ESCALATION_CAUGHT, listener, code=event.code)
                listener.complete()


class EndEvent(ThrowingNode):
    """Ends its token; a terminate ends its scope, an error whatever catches it or the whole instance."""

    def _on_complete_hook(self, my_task: Task) -> None:
        super()._on_complete_hook(my_task)
        event, scope = self.event_definition, my_task.workflow
        top = scope.top_workflow
        if isinstance(event, TerminateEventDefinition):
            scope.clear()
            if scope is top:
                top.end("terminated")
        elif isinstance(event, ErrorEventDefinition):
            code = event.code or event.name or "error"
            top.note(Happened.ERROR_THROWN, my_task, code=code)
            if (listener := _listener(scope, event)) is None:
                top.end(code)
            else:
                top.note(Happened.ERROR_CAUGHT, listener, code=code)
                listener.complete()


def _listener(scope: Any, event: EventDefinition) -> Task | None:
    """The nearest that catches a thrown event, from its scope outwards: an event sub-process of the scope
    (not the one that it comes from), then a boundary event on the scope's activity; the one that names the
    code first.
    """
    comes_from: Node | None = None
    while True:
        listening = [
            task
            for task in scope.task_tree.children
            if HANDLER in task.internal_data
            and task.task_spec is not comes_from
            and catches(task.task_spec.event_definition, event)
        ]
        host = scope.owner
        if host is not None and "instance" in host.internal_data:
            host = host.parent
        if not listening and host is not None:
            listening = [
                child
                for child in host.children
                if isinstance(child.task_spec, Boundary) and child.task_spec.catches(event)
            ]
        if listening:
            return min(listening, key=lambda task: task.task_spec.event_definition.code is None)
        if host is None:
            return None
        comes_from, scope = host.task_spec, host.workflow


def is_timer(task: Task) -> bool:
    """Whether a running timer stands on the task."""
    return "timer" in task.internal_data and task.state in (TaskState.STARTED, TaskState.WAITING)


def awaits_message(task: Task, name: str) -> bool:
    """Whether the task waits for that message now."""
    node = task.task_spec
    if not node.listens(task):
        return False
    if isinstance(node, Activity) and node.repeats(task):
        return False
    return getattr(node, "message", None) == name
