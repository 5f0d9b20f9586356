"""Conditional events: what waits for a FEEL condition to become true.

Asked whenever everything rests. An event that does not interrupt fires once for each time its condition
becomes true: it has to be seen false before it fires again (BPMN 2.0, 10.5.5).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from SpiffWorkflow.bpmn.specs.event_definitions.base import EventDefinition

from asae_engine.bpmn.errors import StepFailed

if TYPE_CHECKING:
    from SpiffWorkflow.task import Task

#: On a token: its condition was true when it was last asked.
MET = "met"


class Condition(EventDefinition):  # type: ignore[misc]  # the library ships no types
    """The event definition: a FEEL expression over what its token sees."""

    def __init__(self, name: str, expression: str, **kwargs: Any) -> None:
        super().__init__(name, **kwargs)
        self.expression = expression


def condition_of(task: Task) -> Condition | None:
    """The condition that a token waits for now."""
    node = task.task_spec
    if not node.catches_events or not node.listens(task):
        return None
    return node.event_definition if isinstance(node.event_definition, Condition) else None


def becomes_true(task: Task, condition: Condition) -> bool:
    """Ask a condition; true when it holds and did not when it was last asked. Null is not true.

    Raises `StepFailed` for a value that is neither true nor false, and whatever the environment raises.
    """
    value = task.workflow.script_engine.evaluate(task, condition.expression)
    if value is not None and not isinstance(value, bool):
        raise StepFailed(
            f"La condition « {condition.expression} » ne donne ni vrai ni faux ; comparez avec une valeur."
        )
    held = MET in task.internal_data
    if value is True and not held:
        task.internal_data[MET] = 1
        return True
    if value is not True and held:
        del task.internal_data[MET]
    return False
