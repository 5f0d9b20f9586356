"""A running process as SpiffWorkflow's workflow and task objects, kept flat.

A *scope* is a process or an embedded sub-process at work. Its tree has three levels at most: the root, its
tokens, and under a token what belongs to it (the boundary events that watch it, the instances of a multi-
instance, the events an event-based gateway waits for). A token that goes on is placed under the root and
the one it came from is dropped: there is no history to grow, to walk or to read ancestry from.
`RunningProcess` is the outermost scope and holds what all share: variables, the queue of tokens that are
ready, the environment of the current call.
"""

from __future__ import annotations

import logging
from collections import Counter, deque
from typing import TYPE_CHECKING, Any

from SpiffWorkflow.bpmn.specs.event_definitions import SignalEventDefinition
from SpiffWorkflow.bpmn.util.subworkflow import BpmnSubWorkflow
from SpiffWorkflow.bpmn.workflow import BpmnWorkflow
from SpiffWorkflow.task import Task
from SpiffWorkflow.util.task import TaskState

from asae_engine.bpmn import compensation
from asae_engine.bpmn.conditions import becomes_true, condition_of
from asae_engine.bpmn.errors import StepFailed
from asae_engine.bpmn.happenings import Environment, Happened, Happening
from asae_engine.bpmn.script_engine import FeelEngine

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from asae_engine.bpmn.definition import ProcessDefinition
    from asae_engine.bpmn.specifications import Flow, Node, ProcessSpecification

# Below WARNING the library gathers costly extras for every change of state.
for _name in ("spiff", "spiff.task", "spiff.workflow"):
    logging.getLogger(_name).setLevel(logging.WARNING)

#: On a token: it stands for an event sub-process that waits for its start.
HANDLER = "handler"
#: How often one element may be passed in one scope during one advance: more is a loop that waits for nobody.
PASSES_LIMIT = 200
#: How many steps one advance may take over all scopes.
STEPS_LIMIT = 20_000

_RUNAWAY = (
    "Le processus tourne en boucle sur cette étape sans attendre personne ; il a été arrêté. "
    "Corrigez la condition de sortie de la boucle, puis relancez l’étape."
)
_DEADLOCK = (
    "Cette passerelle attend un chemin par lequel plus rien ne peut arriver ; le processus est bloqué. "
    "Réunissez par une passerelle exclusive les chemins d’un choix, puis annulez ou déplacez ce parcours."
)
_UNEXPECTED = "L’étape n’a pas pu être exécutée : erreur inattendue ({})."


def awaits_signal(task: Task, name: str) -> bool:
    """Whether a token waits for that signal now."""
    node = task.task_spec
    if not node.catches_events or not node.listens(task):
        return False
    definition = node.event_definition
    return isinstance(definition, SignalEventDefinition) and definition.name == name


class Scope:
    """What the outermost and the inner workflows have in common: placing, moving and dropping tokens."""

    spec: ProcessSpecification
    tasks: dict[str, Task]
    task_tree: Task
    top_workflow: RunningProcess
    #: The token whose activity this scope is; none for the outermost.
    owner: Task | None
    process_key: str

    def open(self) -> None:
        """Set the root, which stands for the scope itself and never moves."""
        #: What was done and can be undone, the last entry last (`compensation`).
        self.log: list[dict[str, Any]] = []
        name = "root" if self.owner is None else f"{self.owner.id}.root"
        self.task_tree = Task(self, self.spec.start, state=TaskState.COMPLETED, id=name)

    def begin(self, start: str | None = None) -> None:
        """Place the first token, on that start event; without one, on the first."""
        self.place(self.spec.first if start is None else self.spec.task_specs[start])

    def place(
        self,
        node: Node,
        *,
        flow: str | None = None,
        parent: Task | None = None,
        values: dict[str, object] | None = None,
        data: dict[str, object] | None = None,
        state: int = TaskState.FUTURE,
    ) -> Task:
        """Put a token on a node; unless another state is asked for, the node receives it at once."""
        top = self.top_workflow
        task = Task(self, node, parent or self.task_tree, state=state, id=top.next_id())
        if flow is not None:
            task.internal_data["flow"] = flow
        if values:
            task.internal_data.update(values)
        if data:
            task.data = data
        top.tokens[task.id] = task
        if state == TaskState.FUTURE:
            if node.reports(task):
                top.note(Happened.ENTERED, task)
            node._update(task)
        return task

    def go(self, task: Task, flows: Iterable[Flow]) -> None:
        """Move a token on: it is dropped here and one is placed at the end of each flow."""
        if task.task_spec.reports(task):
            self.top_workflow.note(Happened.LEFT, task)
        compensation.remember(self, task)
        self.drop(task)
        if (undoer := task.internal_data.get(compensation.FOR)) is not None:
            compensation.went_on(self.top_workflow, undoer)
            return
        for flow in flows:
            self.place(flow.target, flow=flow.id)

    def drop(self, task: Task) -> None:
        """Take a token away with all that belongs to it, inner scopes included."""
        top = self.top_workflow
        for child in task.children:
            self.drop(child)
        inner = top.subprocesses.pop(task.id, None)
        if inner is not None:
            inner.clear()
        parent = task.parent
        parent._children.remove(task.id)
        del self.tasks[task.id]
        del top.tokens[task.id]
        if not task.has_state(TaskState.FINISHED_MASK):
            task._state = TaskState.CANCELLED
            if task.task_spec.reports(task):
                top.note(Happened.CANCELED, task)

    def clear(self) -> None:
        """Take every token of the scope away."""
        for task in self.task_tree.children:
            self.drop(task)

    @property
    def empty(self) -> bool:
        """Whether no token is left: the scope has come to its end. What is only armed keeps nobody."""
        return all(HANDLER in self.tasks[child].internal_data for child in self.task_tree._children)

    def live(self) -> Iterator[Task]:
        """The tokens of the scope, without what belongs to them or is only armed."""
        for task in self.task_tree.children:
            if HANDLER not in task.internal_data:
                yield task

    def _task_completed_notify(self, task: Task) -> None:
        """The library would update every waiting task here; ours wait for what concerns them."""


class InnerScope(Scope, BpmnSubWorkflow):  # type: ignore[misc]  # the library ships no types
    """An embedded sub-process or a called process at work."""

    def __init__(self, spec: ProcessSpecification, owner: Task, top: RunningProcess) -> None:
        self.owner = owner
        self.process_key = spec.process_key
        super().__init__(spec, owner.id, top, deserializing=True)

    def _calculate_depth(self) -> int:
        return int(self.parent_workflow.depth) + 1


class RunningProcess(Scope, BpmnWorkflow):  # type: ignore[misc]  # the library ships no types
    """The outermost scope of an instance, and its engine: it runs what is ready until everything waits."""

    def __init__(self, definitions: Mapping[str, ProcessDefinition], spec: ProcessSpecification) -> None:
        self.definitions = definitions
        self.owner = None
        self.process_key = spec.process_key
        self.serial = 0
        self.tokens: dict[str, Task] = {}
        self.ready: deque[Task] = deque()
        #: Signals that were thrown in this call and not yet heard.
        self.signals: deque[str] = deque()
        self.happenings: list[Happening] = []
        self.ended_how: str | None = None
        #: It only watches for the events by which the process starts (`starts`).
        self.awaits_start = False
        self._environment: Environment | None = None
        super().__init__(spec, script_engine=FeelEngine(), deserializing=True)

    # -- what the call brings --

    @property
    def environment(self) -> Environment:
        """The surroundings of the current call."""
        if self._environment is None:
            raise RuntimeError("a process moves only inside a call that brings its environment")
        return self._environment

    def carry(self, environment: Environment | None) -> None:
        """Take up the surroundings of a call, or lay them down."""
        self._environment = environment

    @property
    def variables(self) -> dict[str, object]:
        """The instance's variables: one flat scope, shared with the processes it calls."""
        data: dict[str, object] = self.data
        return data

    # -- tokens --

    def next_id(self) -> str:
        """A name no token of this instance ever had."""
        self.serial += 1
        return f"t{self.serial}"

    def create_subprocess(self, my_task: Task, spec: ProcessSpecification) -> InnerScope:
        """Open the scope of an activity."""
        inner = InnerScope(spec, my_task, self)
        inner.open()
        self.subprocesses[my_task.id] = inner
        return inner

    def get_task_from_id(self, task_id: str) -> Task | None:
        """The token of that id, in whichever scope."""
        return self.tokens.get(task_id)

    def enqueue(self, task: Task, *, first: bool = False) -> None:
        """Have a token run in its turn."""
        if first:
            self.ready.appendleft(task)
        else:
            self.ready.append(task)

    # -- running --

    def settle(self) -> None:
        """Run on until every token waits for the outside, for another token, or is stopped.

        What everything can hear or see is brought when everything rests: signals that were thrown, then
        conditions that became true, one at a time.
        """
        passes: Counter[tuple[str, str]] = Counter()
        self.run_to_rest(passes)
        while self.bring_signal(passes) or self.meet_condition():
            self.run_to_rest(passes)
        if self.tokens and not any(map(self.may_move, self.tokens.values())):
            for task in list(self.tokens.values()):
                if task.state == TaskState.WAITING and HANDLER not in task.internal_data:
                    self.stop(task, StepFailed(_DEADLOCK, lasting=True))

    def bring_signal(self, passes: Counter[tuple[str, str]]) -> bool:
        """Bring the next signal to whoever waits for it; says whether there was one."""
        if not self.signals:
            return False
        self.hear(self.signals.popleft(), passes)
        return True

    def hear(self, signal: str, passes: Counter[tuple[str, str]]) -> bool:
        """Bring a signal to every token that waits for it now, the outermost scope first, then the eldest;
        says whether one did.
        """
        waiting = [task for task in self.tokens.values() if awaits_signal(task, signal)]
        waiting.sort(key=lambda task: int(task.workflow.depth))
        for task in waiting:
            if task.id in self.tokens and awaits_signal(task, signal):
                self.note(Happened.SIGNAL_CAUGHT, task, signal=signal)
                task.complete()
                self.run_to_rest(passes)
        return bool(waiting)

    def meet_condition(self) -> bool:
        """Let the first condition that became true have its effect; says whether one did."""
        fatal: tuple[type[BaseException], ...] = getattr(self.environment, "fatal", ())
        waiting = [(task, condition) for task in self.tokens.values() if (condition := condition_of(task))]
        for task, condition in sorted(waiting, key=lambda entry: int(entry[0].workflow.depth)):
            try:
                met = becomes_true(task, condition)
            except fatal:
                raise
            except Exception as error:  # as in `step`: an incident of this event, and everything else goes on
                self.stop(task, error)
                continue
            if met:
                self.note(Happened.CONDITION_MET, task)
                task.complete()
                return True
        return False

    def run_to_rest(self, passes: Counter[tuple[str, str]]) -> None:
        """Run whatever is ready until nothing is."""
        steps = 0
        while True:
            while self.ready:
                task = self.ready.popleft()
                if task.state != TaskState.READY or task.id not in self.tokens:
                    continue
                steps += 1
                if task.parent is task.workflow.task_tree and compensation.FOR not in task.internal_data:
                    place = (task.parent.id, task.task_spec.name)
                    passes[place] += 1
                    if passes[place] > PASSES_LIMIT or steps > STEPS_LIMIT:
                        self.stop(task, StepFailed(_RUNAWAY, lasting=True))
                        continue
                self.step(task)
            if not self.join_inclusively():
                break

    def may_move(self, task: Task) -> bool:
        """Whether a token may still move by itself: a person, a time, a message or a retry can reach it."""
        if task.state == TaskState.STARTED:
            holds = task.id in self.subprocesses or compensation.LEFT in task.internal_data
            return not holds and not task.task_spec.repeats(task)
        return task.state == TaskState.ERROR or "watch" in task.internal_data

    def step(self, task: Task) -> None:
        """Run one ready token; what goes wrong stops it where it is."""
        fatal: tuple[type[BaseException], ...] = getattr(self.environment, "fatal", ())
        try:
            task.run()
        except fatal:
            raise
        except Exception as error:  # whatever an expression or an action throws is an incident, not a crash
            self.stop(task, error)
        else:
            self.close(task.workflow)

    def join_inclusively(self) -> bool:
        """Let one inclusive join go on, now that all is quiet; says whether one did."""
        for task in self.tokens.values():
            joins = task.state == TaskState.WAITING and task.task_spec.joins_inclusively
            if joins and task.task_spec.activate(task):
                return True
        return False

    def close(self, scope: Any) -> None:
        """End a scope that holds no token any more, and with it those around it that this empties."""
        while scope.empty:
            if scope.owner is None:
                self.end("normal")
                return
            owner = scope.owner
            if owner.id not in self.tokens:
                return
            compensation.close(scope)
            scope.clear()
            del self.subprocesses[owner.id]
            scope = owner.workflow
            owner.complete()

    def end(self, how: str) -> None:
        """The instance has come to its end; the first reason stands."""
        if self.ended_how is not None:
            return
        self.ended_how = how
        self.clear()
        self.ready.clear()
        self.completed = True
        self.happenings.append(
            Happening(Happened.ENDED, None, None, self.process_key, self._now(), {"how": how})
        )

    def stop(self, task: Task, error: Exception) -> None:
        """Stop a token as an incident: it stays where it is, and everything else goes on."""
        message = getattr(error, "message_fr", None) or _UNEXPECTED.format(type(error).__name__)
        task._state = TaskState.ERROR
        task.internal_data["error"] = message
        if getattr(error, "lasting", False):
            task.internal_data["lasting"] = 1
        self.note(Happened.STOPPED, task, error=message)

    def note(self, kind: Happened, task: Task, **data: object) -> None:
        """Remember that something happened at a token's element."""
        node = task.task_spec
        if (number := task.internal_data.get("instance")) is not None:
            data["instance"] = number
        self.happenings.append(
            Happening(
                kind,
                node.name,
                node.bpmn_name,
                task.workflow.process_key,
                self._now(),
                {"token_id": task.id, **data},
            )
        )

    def _now(self) -> Any:
        return None if self._environment is None else self._environment.now
