"""Event sub-processes: armed when their scope opens, started by their event, beside the scope's tokens or in
their place (BPMN 2.0, 13.5.4).

An armed one is a token under the root of its scope that keeps nobody waiting; a running one is an ordinary
token of the scope, on the same node.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from SpiffWorkflow.bpmn.specs.event_definitions import MessageEventDefinition
from SpiffWorkflow.util.task import TaskState

from asae_engine.bpmn.activities import SubProcess
from asae_engine.bpmn.events import prepared, watch_again
from asae_engine.bpmn.workflow import HANDLER

if TYPE_CHECKING:
    from SpiffWorkflow.bpmn.specs.event_definitions.base import EventDefinition
    from SpiffWorkflow.task import Task

    from asae_engine.bpmn.specifications import ProcessSpecification


class EventSubProcess(SubProcess):
    """A sub-process that its start event opens, and no flow."""

    catches_events = True

    def __init__(
        self,
        wf_spec: ProcessSpecification,
        bpmn_id: str,
        inner: ProcessSpecification,
        event_definition: EventDefinition,
        interrupting: bool,
        **kwargs: Any,
    ) -> None:
        super().__init__(wf_spec, bpmn_id, inner, **kwargs)
        self.event_definition = event_definition
        self.interrupting = interrupting

    @property
    def message(self) -> str | None:
        """Name of the message that starts it."""
        definition = self.event_definition
        return definition.name if isinstance(definition, MessageEventDefinition) else None

    def listens(self, task: Task) -> bool:
        """Whether it is armed: one that runs waits for its own steps."""
        return HANDLER in task.internal_data and super().listens(task)

    def prepare(self, task: Task) -> dict[str, object] | None:
        """What it needs to wait for its event; none when its timer has no date."""
        return prepared(self.event_definition, task)

    def arm(self, scope: Any, values: dict[str, object]) -> None:
        """Have it wait for its event in a scope."""
        scope.place(self, values={"watch": 1, HANDLER: 1, **values}, state=TaskState.WAITING)

    def _on_complete_hook(self, my_task: Task) -> None:
        scope = my_task.workflow
        if HANDLER not in my_task.internal_data:
            scope.go(my_task, [])
            return
        again = None if self.interrupting else watch_again(my_task)
        if self.interrupting:
            scope.clear()
        else:
            scope.drop(my_task)
        if again is not None:
            self.arm(scope, again)
        scope.place(self)
