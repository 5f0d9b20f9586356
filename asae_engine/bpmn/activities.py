"""Activities: what does work, alone or as a multi-instance, watched by boundary events.

An activity that opens evaluates everything that may fail first (its timers, its collection, its action),
then arms its boundary events and waits. A multi-instance is a token that holds its instances under it;
after each of them ends it runs again, to ask its completion condition and to open the next one.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from SpiffWorkflow.util.task import TaskState

from asae_engine.bpmn.errors import StepFailed
from asae_engine.bpmn.script_engine import feel, plain, visible
from asae_engine.bpmn.specifications import Node, ProcessSpecification, leave_gateway, waits

if TYPE_CHECKING:
    from SpiffWorkflow.task import Task

    from asae_engine.bpmn.events import Boundary

#: More instances than people ever have tasks at once: a wrong collection.
INSTANCES_LIMIT = 500


@dataclass(frozen=True, slots=True)
class MultiInstance:
    """How an activity is repeated: once for each item of a collection or number of a cardinality."""

    sequential: bool
    #: FEEL; exactly one of the two is given.
    cardinality: str | None
    collection: str | None
    #: Name under which an instance sees its item.
    item: str | None
    #: FEEL, asked after each instance; true ends the others.
    condition: str | None
    #: List variable that gathers `output_item` of each instance.
    output: str | None
    output_item: str | None


@dataclass(frozen=True, slots=True)
class StandardLoop:
    """How an activity is done again and again, one round at a time (BPMN 2.0, 13.3.6)."""

    #: FEEL; the loop goes on while it is true. None: until the maximum.
    condition: str | None
    #: Asked before each round, the first one too; else after each.
    test_before: bool
    maximum: int | None

    sequential: ClassVar[bool] = True
    item: ClassVar[None] = None
    output: ClassVar[None] = None
    output_item: ClassVar[None] = None


class Activity(Node):
    """An activity that does its work at once and may wait; subclasses say what the work is."""

    def __init__(self, wf_spec: ProcessSpecification, bpmn_id: str, **kwargs: Any) -> None:
        super().__init__(wf_spec, bpmn_id, **kwargs)
        self.watchers: list[Boundary] = []
        self.loop: MultiInstance | StandardLoop | None = None

    def perform(self, task: Task) -> bool:
        """Do the work; true when it is done, false when the token waits for the outside now."""
        raise NotImplementedError

    def visible_successors(self) -> list[Node]:
        """Its flows, and the boundary events by which a token may leave it."""
        return [*super().visible_successors(), *self.watchers]

    def repeats(self, task: Task) -> bool:
        """Whether the task is the multi-instance or the loop itself and not one of its instances."""
        return self.loop is not None and "instance" not in task.internal_data

    def _run_hook(self, my_task: Task) -> bool | None:
        if self.loop is not None and "instance" not in my_task.internal_data:
            opens = "done" not in my_task.internal_data
            if isinstance(self.loop, StandardLoop):
                return self._open_loop(my_task, self.loop) if opens else self._next_round(my_task, self.loop)
            if opens:
                return self._open_instances(my_task, self.loop)
            return self._next_instance(my_task, self.loop)
        armed = self._armed(my_task)
        if self.perform(my_task):
            return True
        self._watch(my_task, armed)
        return None

    def _armed(self, task: Task) -> list[tuple[Boundary, dict[str, object]]]:
        """What each boundary event needs to watch; none of them stands yet."""
        if "instance" in task.internal_data:
            return []
        prepared = [(watcher, watcher.prepare(task)) for watcher in self.watchers]
        return [(watcher, values) for watcher, values in prepared if values is not None]

    def _watch(self, task: Task, armed: list[tuple[Boundary, dict[str, object]]]) -> None:
        for watcher, values in armed:
            task.workflow.place(watcher, parent=task, values={"watch": 1, **values}, state=TaskState.WAITING)

    def _on_complete_hook(self, my_task: Task) -> None:
        if "instance" not in my_task.internal_data:
            my_task.workflow.go(my_task, self.flows)
            return
        outer = my_task.parent
        self._gather(my_task, outer)
        my_task.workflow.go(my_task, [])
        outer.internal_data["done"] += 1
        if waits(outer):
            outer._set_state(TaskState.READY)
            outer.workflow.top_workflow.enqueue(outer, first=True)

    # -- multi-instance
    # ---------------------------------------------------------------------------------------

    def _open_instances(self, task: Task, loop: MultiInstance) -> bool | None:
        armed = self._armed(task)
        items = self._items(task, loop)
        if len(items) > INSTANCES_LIMIT:
            raise StepFailed(
                f"« {self.bpmn_name or self.name} » devrait s’ouvrir {len(items)} fois, "
                f"plus que la limite de {INSTANCES_LIMIT}."
            )
        task.internal_data.update(done=0, total=len(items))
        if loop.output is not None:
            task.workflow.top_workflow.variables[loop.output] = []
            task.internal_data["results"] = {}
        if not items:
            return True
        self._watch(task, armed)
        if loop.sequential:
            task.internal_data["items"] = items
            self._open_instance(task, loop, 1, items[0])
        else:
            for number, item in enumerate(items, 1):
                self._open_instance(task, loop, number, item)
        return None

    def _items(self, task: Task, loop: MultiInstance) -> list[object]:
        evaluate = task.workflow.script_engine.evaluate
        if loop.collection is not None:
            found = evaluate(task, loop.collection)
            if found is None:
                return []
            if not isinstance(found, list):
                raise StepFailed(f"« {loop.collection} » ne donne pas une liste.")
            return [plain(item) for item in found]
        number = evaluate(task, loop.cardinality)
        if isinstance(number, bool) or not isinstance(number, int) or number < 0:
            raise StepFailed(f"« {loop.cardinality} » ne donne pas un nombre d’instances.")
        return list(range(1, min(number, INSTANCES_LIMIT + 1) + 1))

    def _open_loop(self, task: Task, loop: StandardLoop) -> bool | None:
        armed = self._armed(task)
        if loop.test_before and not self._goes_on(task, loop, 1):
            return True
        task.internal_data["done"] = 0
        self._watch(task, armed)
        self._open_instance(task, loop, 1, None)
        return None

    def _next_round(self, task: Task, loop: StandardLoop) -> bool | None:
        done = task.internal_data["done"]
        if loop.maximum is not None and done >= loop.maximum:
            return True
        if not self._goes_on(task, loop, done + 1 if loop.test_before else done):
            return True
        if not any("instance" in child.internal_data for child in task.children):
            self._open_instance(task, loop, done + 1, None)
        return None

    def _goes_on(self, task: Task, loop: StandardLoop, number: int) -> bool:
        if loop.condition is None:
            return True
        value = task.workflow.script_engine.evaluate(task, loop.condition, {"loopCounter": number})
        if value is not None and not isinstance(value, bool):
            raise StepFailed(
                f"La condition de boucle « {loop.condition} » ne donne ni vrai ni faux ; "
                "comparez avec une valeur."
            )
        return value is True

    def _open_instance(
        self, outer: Task, loop: MultiInstance | StandardLoop, number: int, item: object
    ) -> None:
        data: dict[str, object] = {"loopCounter": number}
        if loop.item is not None:
            data[loop.item] = item
        outer.workflow.place(self, parent=outer, values={"instance": number}, data=data)

    def _gather(self, instance: Task, outer: Task) -> None:
        """Add what the instance gave to the list variable, in the order of the items."""
        loop = self.loop
        if loop is None or loop.output is None:
            return
        name = loop.output_item or ""
        collected = instance.internal_data.pop("collected", {})
        value = collected.get(name, visible(instance).get(name))
        results = outer.internal_data["results"]
        results[str(instance.internal_data["instance"])] = value
        in_order = sorted(results.items(), key=lambda entry: int(entry[0]))
        outer.workflow.top_workflow.variables[loop.output] = [result for _, result in in_order]

    def _next_instance(self, task: Task, loop: MultiInstance) -> bool | None:
        done, total = task.internal_data["done"], task.internal_data["total"]
        if loop.condition is not None:
            counts = {
                "nrOfInstances": total,
                "nrOfCompletedInstances": done,
                "nrOfActiveInstances": min(1, total - done) if loop.sequential else total - done,
            }
            if task.workflow.script_engine.evaluate(task, loop.condition, counts) is True:
                return True
        if done == total:
            return True
        if loop.sequential and not any("instance" in child.internal_data for child in task.children):
            items = task.internal_data["items"]
            self._open_instance(task, loop, done + 1, items[done])
        return None


class UserTask(Activity):
    """Waits for a person."""

    def perform(self, task: Task) -> bool:
        """Nothing to do but to wait."""
        return False


class ReceiveTask(Activity):
    """Waits for a message, on its own or for an event-based gateway."""

    def __init__(self, wf_spec: ProcessSpecification, bpmn_id: str, message: str, **kwargs: Any) -> None:
        super().__init__(wf_spec, bpmn_id, **kwargs)
        self.message = message

    def _on_complete_hook(self, my_task: Task) -> None:
        leave_gateway(my_task)
        super()._on_complete_hook(my_task)

    def perform(self, task: Task) -> bool:
        """Nothing to do but to wait."""
        return False


class ScriptTask(Activity):
    """Evaluates a FEEL context whose entries become variables."""

    def __init__(self, wf_spec: ProcessSpecification, bpmn_id: str, script: str, **kwargs: Any) -> None:
        super().__init__(wf_spec, bpmn_id, **kwargs)
        self.script = script

    def perform(self, task: Task) -> bool:
        """Run the script."""
        return bool(task.workflow.script_engine.execute(task, self.script))


class BusinessRuleTask(Activity):
    """Asks a decision and keeps its result in a variable."""

    def __init__(
        self, wf_spec: ProcessSpecification, bpmn_id: str, decision: str, result: str, **kwargs: Any
    ) -> None:
        super().__init__(wf_spec, bpmn_id, **kwargs)
        self.decision = decision
        self.result = result

    def perform(self, task: Task) -> bool:
        """Ask it."""
        top = task.workflow.top_workflow
        top.variables[self.result] = plain(top.environment.decide(self.decision, visible(task)))
        return True


class ServiceTask(Activity):
    """Has a registered action done; its parameters are text, or FEEL beginning with `=`."""

    def __init__(
        self,
        wf_spec: ProcessSpecification,
        bpmn_id: str,
        topic: str,
        parameters: dict[str, str],
        **kwargs: Any,
    ) -> None:
        super().__init__(wf_spec, bpmn_id, **kwargs)
        self.topic = topic
        self.parameters = parameters

    def perform(self, task: Task) -> bool:
        """Evaluate the parameters, then act once."""
        act(task, self.topic, self.parameters)
        return True


def act(task: Task, topic: str, parameters: dict[str, str]) -> None:
    """Have an action done with the parameters of a token's element; what it returns becomes variables."""
    top = task.workflow.top_workflow
    engine = task.workflow.script_engine
    given = visible(task)
    for name, written in parameters.items():
        given[name] = engine.evaluate(task, feel(written)) if written.startswith("=") else written
    result = top.environment.act(topic, given, task.task_spec.element)
    if result:
        top.variables.update({name: plain(value) for name, value in result.items()})


class SubProcess(Activity):
    """Opens an inner scope and waits for its end."""

    def __init__(
        self, wf_spec: ProcessSpecification, bpmn_id: str, inner: ProcessSpecification, **kwargs: Any
    ) -> None:
        super().__init__(wf_spec, bpmn_id, **kwargs)
        self.inner = inner

    def specification(self, task: Task) -> ProcessSpecification:
        """What runs inside."""
        return self.inner

    def perform(self, task: Task) -> bool:
        """Open the scope on its start event."""
        inner = task.workflow.top_workflow.create_subprocess(task, self.specification(task))
        inner.begin()
        return False


class CallActivity(Activity):
    """Runs another process of the bundle as an inner scope; variables are shared."""

    def __init__(self, wf_spec: ProcessSpecification, bpmn_id: str, called: str, **kwargs: Any) -> None:
        super().__init__(wf_spec, bpmn_id, **kwargs)
        self.called = called

    def specification(self, task: Task) -> ProcessSpecification:
        """What runs inside: the process of that key in the instance's bundle."""
        definition = task.workflow.top_workflow.definitions.get(self.called)
        if definition is None or definition.specification is None:
            raise StepFailed(f"Le processus appelé « {self.called} » n’existe pas dans cette version.")
        if task.workflow.depth >= 50:
            raise StepFailed(f"Le processus « {self.called} » s’appelle lui-même sans fin.", lasting=True)
        specification: ProcessSpecification = definition.specification
        return specification

    def perform(self, task: Task) -> bool:
        """Open the scope on the called process's start event."""
        inner = task.workflow.top_workflow.create_subprocess(task, self.specification(task))
        inner.begin()
        return False
