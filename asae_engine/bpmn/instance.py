"""An instance of a process: started, completed step by step, saved as bytes and restored. The door of this
room.

An instance belongs to one thread; the definitions it runs may be shared. Each verb that moves tokens takes
the environment of the call and runs on until every token waits. An error of this room changes nothing;
after any other exception (one the environment calls fatal) the instance is to be thrown away and restored.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from SpiffWorkflow.util.task import TaskState

from asae_engine.bpmn import state
from asae_engine.bpmn.activities import CallActivity, UserTask
from asae_engine.bpmn.conditions import condition_of
from asae_engine.bpmn.definition import AWAITED
from asae_engine.bpmn.errors import NobodyWaits, UnknownToken
from asae_engine.bpmn.events import awaits_message, is_timer
from asae_engine.bpmn.happenings import Environment, Happened, Happening
from asae_engine.bpmn.script_engine import local, plain
from asae_engine.bpmn.specifications import waits
from asae_engine.bpmn.workflow import RunningProcess, awaits_signal

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import datetime

    from SpiffWorkflow.task import Task

    from asae_engine.bpmn.definition import Element, ProcessDefinition

#: Timers one call may fire before it leaves the rest to the next.
FIRINGS_LIMIT = 1_000


@dataclass(frozen=True, slots=True)
class WaitingTask:
    """A user task that waits for a person."""

    #: Stable from its opening to its end, unique in the instance.
    token_id: str
    element: Element
    #: The process whose diagram the task stands in.
    process_key: str
    #: Its own variables: the item of a multi-instance, `loopCounter` (from 1), and those of the activities
    #: around.
    variables: Mapping[str, object]
    #: The call activities around it, outermost first.
    called_from: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Incident:
    """A token stopped by an expression, an action or a runaway loop; `Instance.retry` has it try again."""

    token_id: str
    element: Element
    process_key: str
    message: str
    #: Trying again later would not help.
    lasting: bool = False


@dataclass(frozen=True, slots=True)
class Way:
    """A flow by which a person may lead a stopped token out of a gateway."""

    flow: str
    #: As drawn; else where it leads.
    name: str


class Instance:
    """A process at work."""

    def __init__(self, process: RunningProcess) -> None:
        self._process = process

    # -- coming and going --

    @classmethod
    def start(
        cls,
        definitions: Mapping[str, ProcessDefinition],
        key: str,
        variables: Mapping[str, object],
        env: Environment,
        *,
        at: str | None = None,
    ) -> Instance:
        """Start a process of the bundle and run it to its first waits; raises `UnknownProcess`.

        `at` is the start event, where it has several; the one that people start is the default.
        """
        process = _opened(definitions, key)
        process.variables.update({name: plain(value) for name, value in variables.items()})
        with _Call(process, env):
            process.begin(at)
        return cls(process)

    @classmethod
    def await_start(
        cls, definitions: Mapping[str, ProcessDefinition], key: str, env: Environment
    ) -> Instance:
        """Have an instance watch for the times and conditions that start a process. It holds nothing else:
        each time one comes, `drain_events` tells `START_CAME`. Raises `UnknownProcess`.
        """
        process = _opened(definitions, key)
        process.awaits_start = True
        with _Call(process, env):
            for start in definitions[key].starts:
                if start.sort in AWAITED:
                    process.begin(start.element)
        return cls(process)

    @classmethod
    def restore(cls, definitions: Mapping[str, ProcessDefinition], blob: bytes) -> Instance:
        """The instance of a saved state; raises `UnreadableState` or `UnknownProcess`."""
        return cls(state.restore(definitions, blob))

    def save(self) -> bytes:
        """The state: tokens and variables. The order of its keys matters; keep it as bytes, never as
        `jsonb`.
        """
        return state.save(self._process)

    # -- what can be done --

    def complete(self, token_id: str, collected: Mapping[str, object], env: Environment) -> None:
        """Complete a user task and run on; raises `UnknownToken` when it waits no more.

        `collected` holds the unmarked answers that a multi-instance gathers by its `outputDataItem`;
        nothing else of it is kept.
        """
        task = self._process.tokens.get(token_id)
        if task is None or not _open_user_task(task):
            raise UnknownToken("Cette tâche n’attend plus personne.")
        if "instance" in task.internal_data and (output := task.task_spec.loop.output_item) in collected:
            task.internal_data["collected"] = {output: plain(collected[output])}
        with _Call(self._process, env):
            task.complete()

    def fire_due(self, env: Environment) -> int:
        """Fire every timer due at `env.now`, in the order they were due; says how many fired.

        A timer armed by what these set off fires in its turn when it is due as well. A repetition fires
        once for all the occurrences that were missed.
        """
        fired = 0
        with _Call(self._process, env) as process:
            while fired < FIRINGS_LIMIT and (task := self._next_timer()) is not None:
                if task.internal_data["timer"].due > env.now:
                    break
                process.note(Happened.TIMER_FIRED, task, due=task.internal_data["timer"].due.isoformat())
                task.complete()
                process.settle()
                fired += 1
        return fired

    @property
    def next_due_at(self) -> datetime | None:
        """When the next timer is due; none when no timer runs."""
        task = self._next_timer()
        if task is None:
            return None
        due: datetime = task.internal_data["timer"].due
        return due

    def waits_for(self, message: str) -> bool:
        """Whether a token waits for that message."""
        return any(awaits_message(task, message) for task in self._process.tokens.values())

    def deliver(self, message: str, variables: Mapping[str, object], env: Environment) -> None:
        """Bring a message to every token that waits for it now; raises `NobodyWaits`.

        The outermost scope comes first, then the eldest token: what an interrupting event takes away no
        longer gets the message. Its variables become the instance's.
        """
        process = self._process
        waiting = [task for task in process.tokens.values() if awaits_message(task, message)]
        waiting.sort(key=lambda task: int(task.workflow.depth))
        if not waiting:
            raise NobodyWaits(f"Personne n’attend le message « {message} » dans ce processus.")
        with _Call(process, env):
            process.variables.update({name: plain(value) for name, value in variables.items()})
            for task in waiting:
                if task.id in process.tokens and awaits_message(task, message):
                    process.note(Happened.MESSAGE_CAUGHT, task, message=message)
                    task.complete()
                    process.settle()

    def signal(self, name: str, variables: Mapping[str, object], env: Environment) -> bool:
        """Bring a signal to every token that waits for it now, in the order of `deliver`; says whether one
        did.

        Its variables become the instance's, when someone hears it.
        """
        process = self._process
        if not self.waits_for_signal(name):
            return False
        with _Call(process, env):
            process.variables.update({key: plain(value) for key, value in variables.items()})
            process.signals.appendleft(name)
        return True

    def waits_for_signal(self, name: str) -> bool:
        """Whether a token waits for that signal."""
        return any(awaits_signal(task, name) for task in self._process.tokens.values())

    def reconsider(self, env: Environment) -> None:
        """Ask the conditions that are waited for again: what they read changed outside."""
        with _Call(self._process, env):
            pass

    @property
    def watches_conditions(self) -> bool:
        """Whether a token waits for a condition."""
        return any(condition_of(task) is not None for task in self._process.tokens.values())

    def cancel(self, env: Environment | None = None) -> None:
        """Take every token away; `ended_how` becomes `canceled`."""
        self._process.carry(env)
        try:
            self._process.end("canceled")
        finally:
            self._process.carry(None)

    def retry(self, token_id: str, env: Environment) -> None:
        """Have a stopped token try again; raises `UnknownToken` when none of that id is stopped."""
        task = self._stopped(token_id)
        with _Call(self._process, env) as process:
            _forget_error(task)
            process.note(Happened.RETRIED, task)
            if "watch" in task.internal_data:
                task._state = TaskState.WAITING  # its condition is asked again
                return
            task._state = TaskState.FUTURE
            task.task_spec._update(task)

    def pass_over(self, token_id: str, env: Environment, *, flow: str | None = None) -> None:
        """Lead a stopped token past its element as if that had done its work, which it has not: no variable
        is set, nothing is thrown. What only watched (a condition at a boundary) watches no longer; a join
        waits no longer for what is missing.

        `flow` is one of `ways`, where there are any. Raises `UnknownToken`, `NotPassable`.
        """
        task = self._stopped(token_id)
        with _Call(self._process, env) as process:
            if "watch" not in task.internal_data:
                task.task_spec.pass_over(task, flow)
            _forget_error(task)
            process.note(Happened.PASSED_OVER, task)
            scope = task.workflow
            if "watch" in task.internal_data:
                scope.drop(task)
            else:
                task._state = TaskState.STARTED
                task.complete()
            process.close(scope)

    def ways(self, token_id: str) -> list[Way]:
        """Where a person must choose one to lead a stopped token on; raises `UnknownToken`."""
        task = self._stopped(token_id)
        return [
            Way(flow.id, flow.name or flow.target.bpmn_name or flow.target.name)
            for flow in ([] if "watch" in task.internal_data else task.task_spec.ways())
        ]

    def set_variable(self, name: str, value: object) -> None:
        """Set a variable of the instance from outside; raises `StepFailed` for what a state cannot keep."""
        self._process.variables[name] = plain(value)

    def _stopped(self, token_id: str) -> Task:
        task = self._process.tokens.get(token_id)
        if task is None or task.state != TaskState.ERROR:
            raise UnknownToken("Cette étape n’est pas arrêtée.")
        return task

    # -- what can be seen --

    def user_tasks(self) -> list[WaitingTask]:
        """The user tasks that wait for a person, in the order they opened."""
        return [
            WaitingTask(
                task.id, task.task_spec.element, task.workflow.process_key, local(task), _called_from(task)
            )
            for task in self._process.tokens.values()
            if _open_user_task(task)
        ]

    def tokens(self) -> list[tuple[str, str, str]]:
        """The place of every token: process key, element id, token id."""
        return [
            (task.workflow.process_key, task.task_spec.name, task.id)
            for task in self._process.tokens.values()
            if not task.internal_data.get("watch")
        ]

    def places(self) -> dict[str, dict[str, int]]:
        """Where tokens stand beside those of user tasks: process key, element id, how many."""
        places: dict[str, dict[str, int]] = {}
        for process_key, element_id, token_id in self.tokens():
            element = self._process.tokens[token_id].task_spec.element
            if element.id == element_id and element.type != "userTask":
                held = places.setdefault(process_key, {})
                held[element_id] = held.get(element_id, 0) + 1
        return places

    def errors(self) -> list[Incident]:
        """The tokens that are stopped, and why."""
        return [
            Incident(
                task.id,
                task.task_spec.element,
                task.workflow.process_key,
                str(task.internal_data.get("error", "")),
                "lasting" in task.internal_data,
            )
            for task in self._process.tokens.values()
            if task.state == TaskState.ERROR
        ]

    def drain_events(self) -> list[Happening]:
        """What happened since the last drain, in order."""
        happened, self._process.happenings = self._process.happenings, []
        return happened

    @property
    def process_key(self) -> str:
        """Key of the process that was started."""
        return self._process.process_key

    @property
    def awaits_start(self) -> bool:
        """Whether it only watches for the events by which its process starts."""
        return self._process.awaits_start

    @property
    def variables(self) -> dict[str, object]:
        """The instance's variables, shared with the processes it calls."""
        return self._process.variables

    @property
    def is_ended(self) -> bool:
        """Whether no token is left."""
        return self._process.ended_how is not None

    @property
    def ended_how(self) -> str | None:
        """`normal`, `terminated`, `canceled`, or the code of the error nobody caught; none while it runs."""
        return self._process.ended_how

    def _next_timer(self) -> Task | None:
        running = [task for task in self._process.tokens.values() if is_timer(task)]
        return min(running, key=lambda task: task.internal_data["timer"].due, default=None)


class _Call:
    """A call that moves tokens: it brings the environment, runs on at its end and lays the environment
    down.
    """

    def __init__(self, process: RunningProcess, env: Environment) -> None:
        self._process = process
        self._env = env

    def __enter__(self) -> RunningProcess:
        self._process.carry(self._env)
        return self._process

    def __exit__(self, kind: type[BaseException] | None, *_: Any) -> None:
        try:
            if kind is None:
                self._process.settle()
        finally:
            self._process.carry(None)


def _opened(definitions: Mapping[str, ProcessDefinition], key: str) -> RunningProcess:
    process = RunningProcess(definitions, state.specification_of(definitions, key))
    process.open()
    return process


def _forget_error(task: Task) -> None:
    del task.internal_data["error"]
    task.internal_data.pop("lasting", None)


def _open_user_task(task: Task) -> bool:
    node = task.task_spec
    return isinstance(node, UserTask) and waits(task) and not node.repeats(task)


def _called_from(task: Task) -> tuple[str, ...]:
    return tuple(
        around.task_spec.name
        for around in reversed(list(_around(task)))
        if isinstance(around.task_spec, CallActivity)
    )


def _around(task: Task) -> Iterator[Task]:
    owner = task.workflow.owner
    while owner is not None:
        yield owner
        owner = owner.workflow.owner
