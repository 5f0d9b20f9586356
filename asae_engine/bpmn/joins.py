"""Joins that count tokens by the flow they came along (BPMN 2.0, 13.3.2), right in loops.

A token that waits at a join remembers its flow. The parallel join goes on when every incoming flow has one,
and consumes one of each. The inclusive join goes on when no token elsewhere in the scope could still bring
one to an incoming flow that has none; it is asked when nothing else moves.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from SpiffWorkflow.util.task import TaskState

from asae_engine.bpmn.compensation import FOR
from asae_engine.bpmn.specifications import ExclusiveGateway, Node, holds

if TYPE_CHECKING:
    from SpiffWorkflow.task import Task


def _waiting(task: Task) -> dict[str, Task]:
    """The eldest token that waits on each incoming flow of a task's join, itself included."""
    eldest: dict[str, Task] = {}
    for other in task.workflow.task_tree.children:
        if other.task_spec is task.task_spec and other.state in (TaskState.WAITING, TaskState.FUTURE):
            eldest.setdefault(other.internal_data.get("flow", ""), other)
    return eldest


def _pass_join(task: Task) -> None:
    """Go on with the tokens that have come, one of each flow, without those that are missing."""
    stopped: dict[str, Task] = {}
    for other in task.workflow.task_tree.children:
        if other.task_spec is task.task_spec and other.state in (TaskState.WAITING, TaskState.ERROR):
            stopped.setdefault(other.internal_data.get("flow", ""), other)
    stopped[task.internal_data.get("flow", "")] = task
    _consume(stopped, task)


def _consume(joined: dict[str, Task], goes_on: Task) -> None:
    for other in joined.values():
        if other is not goes_on:
            other._state = TaskState.COMPLETED
            other.workflow.drop(other)


class ParallelGateway(Node):
    """Waits for one token on each incoming flow, then sends one along each outgoing flow."""

    def _update_hook(self, my_task: Task) -> bool:
        if len(self.incoming) > 1:
            joined = _waiting(my_task)
            if len(joined) < len(self.incoming):
                my_task._set_state(TaskState.WAITING)
                return False
            # The one that completes the set is alone on its flow: an elder one would have completed it
            # before.
            _consume(joined, my_task)
        return True

    def pass_over(self, task: Task, flow: str | None) -> None:
        """Wait no longer for the tokens that are missing."""
        _pass_join(task)


class InclusiveGateway(ExclusiveGateway):
    """Waits for the tokens that can still come, then sends one along each flow whose condition holds."""

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]  # as the library calls it
        #: For each node of the scope, the incoming flows of this gateway that a token there can come by
        #: without passing the gateway.
        self.reach: dict[str, frozenset[str]] = {}

    @property
    def joins_inclusively(self) -> bool:  # type: ignore[override]  # a constant for every other node
        """Whether it joins at all."""
        return len(self.incoming) > 1

    def _update_hook(self, my_task: Task) -> bool:
        if self.joins_inclusively:
            my_task._set_state(TaskState.WAITING)
            return False
        return True

    def activate(self, my_task: Task) -> bool:
        """Join if the rule allows it; says whether it did."""
        joined = _waiting(my_task)
        for other in my_task.workflow.live():
            if other.task_spec is self or FOR in other.internal_data:
                continue  # what undoes goes on nowhere
            reached = self.reach.get(other.task_spec.name, frozenset())
            if reached and reached.isdisjoint(joined):
                return False
        goes_on = next(iter(joined.values()))
        _consume(joined, goes_on)
        goes_on._ready()
        return True

    def pass_over(self, task: Task, flow: str | None) -> None:
        """Take the flow that was chosen, and wait no longer for the tokens that are missing."""
        super().pass_over(task, flow)
        if self.joins_inclusively:
            _pass_join(task)

    def choose(self, my_task: Task) -> list[int]:
        """Every flow whose condition holds; the default flow when none does."""
        if len(self.flows) == 1 and self.flows[0].condition is None:
            return [0]
        chosen = [
            number for number, flow in enumerate(self.flows) if not flow.is_default and holds(my_task, flow)
        ]
        return chosen or self.otherwise()


class ImplicitSplit(InclusiveGateway):
    """Where several flows leave a node that is no gateway: each without a condition, and each whose condition
    holds, gets a token; the default flow when none with a condition does (BPMN 2.0, 13.2.1).
    """

    def reports(self, task: Task) -> bool:
        """Nobody drew it."""
        return False

    def choose(self, my_task: Task) -> list[int]:
        """The numbers of the flows to take."""
        always = [
            number for number, flow in enumerate(self.flows) if not flow.is_default and flow.condition is None
        ]
        conditional = [number for number, flow in enumerate(self.flows) if flow.condition is not None]
        held = [number for number in conditional if holds(my_task, self.flows[number])]
        if held or not conditional:
            return sorted([*always, *held])
        return sorted([*always, *self._default()]) or self.otherwise()

    def _default(self) -> list[int]:
        return [number for number, flow in enumerate(self.flows) if flow.is_default]


def measure_reach(gateway: InclusiveGateway, nodes: list[Node]) -> None:
    """Work out, once for a diagram, from which nodes a token can still come to each flow of an inclusive
    join.
    """
    before: dict[str, list[Node]] = {node.name: [] for node in nodes}
    for node in nodes:
        for target in node.visible_successors():
            before[target.name].append(node)
    into: dict[str, set[str]] = {node.name: set() for node in nodes}
    for source in nodes:
        for flow in source.flows:
            if flow.target is not gateway:
                continue
            waiting = [source]
            while waiting:
                node = waiting.pop()
                if node is not gateway and flow.id not in into[node.name]:
                    into[node.name].add(flow.id)
                    waiting.extend(before[node.name])
    gateway.reach = {name: frozenset(flows) for name, flows in into.items() if flows}
