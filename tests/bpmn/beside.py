"""The engine and the token game side by side: the same moves, the same position after each.

After every move the engine is saved and restored. A position is told whole: each token with what it waits for
and what is inside it, joins with the flows that arrived, event sub-processes that are armed.
"""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Protocol

from asae_engine.bpmn import Instance, parse
from tests.bpmn.drawing import Surroundings, document
from tests.bpmn.oracle import Ambiguous, Table
from tests.bpmn.plans import SIGNALS, drawn

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tests.bpmn.pieces import Plan

#: A random graph may pile up tokens for ever.
MOST_TASKS = 60


class Draw(Protocol):
    """Where the random choices of a walk come from."""

    def __call__(self, upper: int, label: str) -> int:
        """A number from 0 to upper - 1."""


class Flags(Surroundings):
    """Conditions are the names of flags; two more names say how many instances there are and when to stop."""

    def __init__(self) -> None:
        super().__init__()
        self.flags: dict[str, bool] = {}

    def decide(self, decision: str, variables: Mapping[str, object]) -> object:
        return None

    def evaluate(self, expression: str, variables: Mapping[str, object]) -> object:
        if expression.startswith("{"):
            return {}
        if expression.startswith("number"):
            return int(expression.removeprefix("number"))
        if expression.startswith("enough"):
            return int(str(variables["nrOfCompletedInstances"])) >= int(expression.removeprefix("enough"))
        return self.flags.get(expression, False)


def _form(task: Any) -> tuple[object, ...]:
    """What `Pawn.form` tells, of the engine's token."""
    data, process = task.internal_data, task.workflow.top_workflow
    watching = [child for child in task.children if "instance" not in child.internal_data]
    if type(task.task_spec).__name__ == "IntermediateCatchEvent":
        watching.append(task)
    inner = process.subprocesses.get(task.id)
    return (
        task.task_spec.name,
        data.get("instance", 0),
        data.get("done", 0),
        tuple(sorted(map(_arming, watching))),
        tuple(sorted(_form(child) for child in task.children if "instance" in child.internal_data)),
        () if inner is None else _scope(inner),
        _deeds(data.get("log", []) if task.task_spec.repeats(task) else []),
        _deeds(data.get("undo", [])),
    )


def _deeds(entries: list[dict[str, Any]]) -> tuple[object, ...]:
    return tuple(sorted(((entry["node"], _deeds(entry.get("log", []))) for entry in entries), key=str))


def _arming(task: Any) -> tuple[str, str, bool]:
    timer = task.internal_data.get("timer")
    return (task.task_spec.name, "" if timer is None else timer.due.isoformat(), "met" in task.internal_data)


def _scope(scope: Any) -> tuple[object, ...]:
    tokens = scope.task_tree.children
    armed = [task for task in tokens if "handler" in task.internal_data]
    heaps = [task for task in tokens if task not in armed and task.state & (8 | 128) and not task.children]
    heaps = [task for task in heaps if type(task.task_spec).__name__.endswith("lelGateway") or _joins(task)]
    pawns = [task for task in tokens if task not in armed and task not in heaps]
    return (
        tuple(sorted(map(_form, pawns))),
        tuple(sorted(task.internal_data["flow"] for task in heaps)),
        tuple(sorted(map(_arming, armed))),
        _deeds(scope.log),
    )


def _joins(task: Any) -> bool:
    return type(task.task_spec).__name__ == "InclusiveGateway"


def _standing(task: Any) -> tuple[object, ...]:
    if "instance" in task.internal_data:
        return (*_standing(task.parent), _form(task))
    owner = task.workflow.owner
    return (_form(task),) if owner is None else (*_standing(owner), _form(task))


def seen(instance: Instance) -> tuple[object, ...]:
    """What `Table.seen` shows, of the engine."""
    return (_scope(instance._process), instance.ended_how)


class Walk:
    """One diagram, walked on both sides with the moves that `draw` chooses."""

    def __init__(
        self, plan: Plan, called: list[Plan], draw: Draw, *, key: str = "p", written: bytes | None = None
    ) -> None:
        """`written` is the diagram of the plan, when it was drawn by someone else; `key` its process."""
        self.draw = draw
        self.content = written or document(drawn(plan), *(drawn(other, other.name) for other in called))
        definitions, findings = parse(self.content, "random.bpmn")
        self.refused = [finding for finding in findings if finding.severity == "error"]
        self._by_key = {definition.key: definition for definition in definitions}
        self._key, self._plan, self._called = key, plan, called
        self.env = Flags()
        self.steps = 0
        self.reached: Counter[str] = Counter()
        spots = [spot for whole in (plan, *called) for part in whole.all() for spot in part.spots.values()]
        self._messages = sorted({spot.word for spot in spots if spot.event == "message"})
        self._names = [
            name
            for whole in (plan, *called)
            for part in whole.all()
            for name in (
                *(
                    f
                    for f, (source, _) in part.flows.items()
                    if part.spots[source].kind in ("xor", "or", "task")
                ),
                *(spot.id for spot in part.spots.values() if spot.event == "condition"),
                *(spot.rounds.flag for spot in part.spots.values() if spot.rounds is not None),
            )
        ]

    def _choose_flags(self) -> None:
        chosen = self.draw(2**16, "flags")
        self.env.flags.update({name: bool(chosen >> (n % 16) & 1) for n, name in enumerate(self._names)})

    def go(self, moves: int) -> None:
        """Walk so many moves, or until the end, or until a position that no rule decides."""
        self._choose_flags()
        try:
            table = Table(self._plan, self.env.flags, self.env.now)
        except Ambiguous:
            return
        self.reached = table.reached
        instance = Instance.start(self._by_key, self._key, {}, self.env)
        for _ in range(moves):
            blocked = not table.may_move() and not instance.is_ended
            assert bool(instance.errors()) == blocked, "an incident just when only joins are left to wait"
            assert seen(instance) == table.seen()
            assert [name for name in self._messages if instance.waits_for(name)] == self._awaited(table)
            if instance.is_ended or len(table.tasks()) > MOST_TASKS:
                return
            instance = Instance.restore(self._by_key, instance.save())
            assert seen(instance) == table.seen()
            self._choose_flags()
            try:
                self._move(instance, table)
            except Ambiguous:
                return
            self.steps += 1

    def _awaited(self, table: Table) -> list[str]:
        return sorted({one.spot.word for one in table.listeners() if one.spot.event == "message"})

    def _move(self, instance: Instance, table: Table) -> None:
        """One random move: the token game first, which says when no rule decides."""
        kind = self.draw(14, "move")
        tasks = sorted(
            (
                (_standing(instance._process.tokens[task.token_id]), task.token_id)
                for task in instance.user_tasks()
            ),
            key=lambda entry: (str(entry[0]), entry[1]),
        )
        table.now = self.env.now
        if tasks and kind < 9:
            standing, token = tasks[self.draw(len(tasks), "task")]
            table.complete(table.task(standing))
            instance.complete(token, {}, self.env)
        elif kind == 9 and (awaited := self._awaited(table)):
            name = awaited[self.draw(len(awaited), "message")]
            assert table.message(name)
            instance.deliver(name, {}, self.env)
        elif kind == 10:
            name = f"s{self.draw(SIGNALS, 'signal')}"
            waited = instance.waits_for_signal(name)
            assert table.signal(name) == waited
            assert instance.signal(name, {}, self.env) == waited
            if not waited:
                instance.reconsider(self.env)
        elif kind == 11:
            table.look()
            instance.reconsider(self.env)
        else:
            now = self.env.now + timedelta(hours=(1, 7, 100)[self.draw(3, "hours")])
            fired = table.fire(now)
            table.look()
            self.env.now = now
            assert instance.fire_due(self.env) == fired
