"""Starts that a process comes to by itself: at a time, or when a condition becomes true (BPMN 2.0, 10.5.2).

An instance that awaits its start (`Instance.await_start`) only watches these events, each by a token that
goes nowhere: each time one comes, it is noted, and whoever runs the instance starts another there.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from SpiffWorkflow.util.task import TaskState

from asae_engine.bpmn.events import prepared, watch_again
from asae_engine.bpmn.happenings import Happened
from asae_engine.bpmn.specifications import ProcessSpecification, StartEvent

if TYPE_CHECKING:
    from SpiffWorkflow.bpmn.specs.event_definitions.base import EventDefinition
    from SpiffWorkflow.task import Task


class AwaitedStart(StartEvent):
    """A start event with a timer or a condition. In an instance that runs, a start like any other."""

    catches_events = True

    def __init__(
        self, wf_spec: ProcessSpecification, bpmn_id: str, event_definition: EventDefinition, **kwargs: Any
    ) -> None:
        super().__init__(wf_spec, bpmn_id, **kwargs)
        self.event_definition = event_definition

    def reports(self, task: Task) -> bool:
        """Nothing has come here while the start is awaited."""
        return not task.workflow.top_workflow.awaits_start and super().reports(task)

    def _run_hook(self, my_task: Task) -> bool | None:
        scope = my_task.workflow
        if not scope.top_workflow.awaits_start:
            return super()._run_hook(my_task)
        if (values := prepared(self.event_definition, my_task)) is not None:
            scope.place(self, values={"watch": 1, **values}, state=TaskState.WAITING)
        return True

    def _on_complete_hook(self, my_task: Task) -> None:
        scope = my_task.workflow
        top = scope.top_workflow
        if not top.awaits_start:
            super()._on_complete_hook(my_task)
            return
        if "watch" in my_task.internal_data:
            top.note(Happened.START_CAME, my_task)
            if (again := watch_again(my_task)) is not None:
                scope.place(self, values={"watch": 1, **again}, state=TaskState.WAITING)
        scope.drop(my_task)
        top.close(scope)
