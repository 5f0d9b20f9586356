"""The nodes of a diagram as SpiffWorkflow task specifications of our own: the base, the gateways but the
joins, tasks.

The library's protocol is kept: a token that arrives is updated (`_update_hook`), becomes ready, is run
(`_run_hook`: true when done, none when it now waits for the outside) and completes (`_on_complete_hook`).
What differs is that nothing is predicted, that a token goes on along flows that have names, and that all
that may throw does so in `_run_hook` before anything has changed, so that an incident can be retried.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from SpiffWorkflow.bpmn.specs.bpmn_process_spec import BpmnProcessSpec
from SpiffWorkflow.bpmn.specs.defaults import BpmnSpecMixin
from SpiffWorkflow.util.task import TaskState

from asae_engine.bpmn.errors import NotPassable, StepFailed
from asae_engine.bpmn.happenings import Happened

if TYPE_CHECKING:
    from SpiffWorkflow.task import Task

    from asae_engine.bpmn.definition import Element


@dataclass(frozen=True, slots=True, eq=False)
class Flow:
    """A sequence flow, by which a token comes to its target."""

    id: str
    target: Node
    #: FEEL, without the leading `=`.
    condition: str | None = None
    is_default: bool = False
    name: str | None = None


class ProcessSpecification(BpmnProcessSpec):  # type: ignore[misc]  # the library ships no types
    """A process or an embedded sub-process. Shared by threads: read only once parsed."""

    def __init__(self, name: str, description: str, filename: str, process_key: str) -> None:
        super().__init__(name=name, description=description, filename=filename)
        # The library's own nodes, named "Start" and "End", are in the way of elements of those ids.
        self.task_specs.clear()
        #: Key of the process; for an embedded sub-process, of the one it stands in.
        self.process_key = process_key
        self.first: Node
        #: Event sub-processes, armed when the scope opens.
        self.handlers: list[Handler] = []
        #: The compensation event sub-process, which undoes what was done in the whole scope.
        self.undone_by: Node | None = None

    def node(self, name: str) -> Node | None:
        """The node of that element id."""
        found = self.task_specs.get(name)
        return found if isinstance(found, Node) else None


class Node(BpmnSpecMixin):  # type: ignore[misc]  # the library ships no types
    """A flow node. On its own: passes each token on (none events, manual tasks)."""

    #: Inclusive joins are asked when all is quiet whether they may go on.
    joins_inclusively = False
    #: It waits for its event definition; others with one throw it.
    catches_events = False
    #: An event-based gateway holds the events it waits for under its token.
    chooses_by_event = False

    def __init__(self, wf_spec: ProcessSpecification, bpmn_id: str, **kwargs: Any) -> None:
        super().__init__(wf_spec, bpmn_id, **kwargs)
        self.element: Element
        self.flows: list[Flow] = []
        self.incoming: list[str] = []
        #: Its compensation handler.
        self.undone_by: Node | None = None

    def reports(self, task: Task) -> bool:
        """Whether what happens to this task is told: a token or an instance, not what merely watches."""
        return not task.internal_data.get("watch")

    def repeats(self, task: Task) -> bool:
        """Whether the task only holds the instances of a multi-instance."""
        return False

    def listens(self, task: Task) -> bool:
        """Whether the task may hear what comes from outside now."""
        return task.state in (TaskState.STARTED, TaskState.WAITING)

    def visible_successors(self) -> list[Node]:
        """Where a token that rests here may come out: for the reach of inclusive joins."""
        return [flow.target for flow in self.flows]

    def pass_over(self, task: Task, flow: str | None) -> None:
        """Prepare a stopped token to go on as if the element had done its work. `flow` is the way to take
        where there is a choice. Raises `NotPassable`, before anything has changed.
        """

    def ways(self) -> list[Flow]:
        """Among what a person must choose to lead a token past the element."""
        return []

    # -- the library's protocol --

    def test(self) -> None:
        """The linter has seen to it."""

    def _predict(self, my_task: Task, *_: Any, **__: Any) -> None:
        """Nothing is predicted: the tree holds tokens only."""

    def _update_hook(self, my_task: Task) -> bool:
        return True

    def _on_ready_hook(self, my_task: Task) -> None:
        my_task.workflow.top_workflow.enqueue(my_task)

    def _run_hook(self, my_task: Task) -> bool | None:
        return True

    def _on_complete_hook(self, my_task: Task) -> None:
        my_task.workflow.go(my_task, self.flows)


class Handler(Protocol):
    """An event sub-process, as its scope knows it."""

    def prepare(self, task: Task) -> dict[str, object] | None: ...

    def arm(self, scope: Any, values: dict[str, object]) -> None: ...


class StartEvent(Node):
    """A start event. The scope opens with it: its event sub-processes are armed, once all of them can be."""

    def _run_hook(self, my_task: Task) -> bool | None:
        scope = my_task.workflow
        prepared = [(handler, handler.prepare(my_task)) for handler in scope.spec.handlers]
        for handler, values in prepared:
            if values is not None:
                handler.arm(scope, values)
        return True


class PassThrough(Node):
    """A none intermediate event (a milestone), a task of no type, a manual task, one end of a link: told in
    the history, waits for nobody.
    """


class ExclusiveGateway(Node):
    """Sends the token along the first flow whose condition holds, else along the default flow."""

    def _run_hook(self, my_task: Task) -> bool | None:
        my_task.internal_data["go"] = self.choose(my_task)
        return True

    def choose(self, my_task: Task) -> list[int]:
        """The numbers of the flows to take."""
        if len(self.flows) == 1 and self.flows[0].condition is None:
            return [0]
        for number, flow in enumerate(self.flows):
            if not flow.is_default and holds(my_task, flow):
                return [number]
        return self.otherwise()

    def otherwise(self) -> list[int]:
        """The default flow; raises `StepFailed` when there is none."""
        for number, flow in enumerate(self.flows):
            if flow.is_default:
                return [number]
        raise StepFailed(
            f"Aucune condition n’est remplie à la sortie de « {self.bpmn_name or self.name} », "
            "et aucune sortie par défaut n’est prévue."
        )

    def ways(self) -> list[Flow]:
        """The flows of a choice."""
        return self.flows if len(self.flows) > 1 else []

    def pass_over(self, task: Task, flow: str | None) -> None:
        """Take the flow that was chosen."""
        chosen = [number for number, one in enumerate(self.flows) if flow in (None, one.id)]
        if len(chosen) != 1:
            raise NotPassable("Choisissez par quel chemin continuer.")
        task.internal_data["go"] = chosen

    def _on_complete_hook(self, my_task: Task) -> None:
        my_task.workflow.go(my_task, [self.flows[number] for number in my_task.internal_data["go"]])


def holds(task: Task, flow: Flow) -> bool:
    """Whether the condition of a flow is true for a token; null, for what nobody answered yet, is not."""
    value = task.workflow.script_engine.evaluate(task, flow.condition or "")
    if value is None:
        return False
    if not isinstance(value, bool):
        raise StepFailed(
            f"La condition « {flow.condition} » ne donne ni vrai ni faux ; comparez avec une valeur."
        )
    return value


def waits(task: Task) -> bool:
    """Whether a token waits for the outside world: a person, a time or a message."""
    return bool(task.state == TaskState.STARTED)


def leave_gateway(task: Task) -> None:
    """When the task was one of an event-based gateway's, take the gateway and its other events away."""
    gateway, scope = task.parent, task.workflow
    if not getattr(gateway.task_spec, "chooses_by_event", False):
        return
    # The event becomes a token of the scope's own, then the gateway goes with what is left under it.
    gateway._children.remove(task.id)
    task.parent = scope.task_tree
    scope.task_tree._children.append(task.id)
    gateway._state = TaskState.COMPLETED
    del task.internal_data["watch"]
    scope.go(gateway, [])
    scope.top_workflow.note(Happened.ENTERED, task)
