"""The engine and the token game of `oracle`, side by side over random diagrams and random orders of moves.

After every move the engine is saved and restored, and both must show the same open tasks, the same tokens at
joins, the same running timers with the same due times, and the same end.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from hypothesis import assume, given
from hypothesis import strategies as st

from asae_engine.bpmn import Instance, parse
from tests.bpmn.drawing import Surroundings, document
from tests.bpmn.oracle import Pawn, Plan, Table
from tests.bpmn.plans import blocks, drawn, graphs
from tests.limits import hostile

if TYPE_CHECKING:
    from collections.abc import Mapping

SETTINGS = hostile(120)
#: A random graph may pile up tokens for ever.
MOST_TASKS = 60


class Flags(Surroundings):
    """Conditions are the names of flags; two more names say how many instances there are and when to stop."""

    def __init__(self) -> None:
        super().__init__()
        self.flags: dict[str, bool] = {}

    def evaluate(self, expression: str, variables: Mapping[str, object]) -> object:
        if expression.startswith("number"):
            return int(expression.removeprefix("number"))
        if expression.startswith("enough"):
            return int(str(variables["nrOfCompletedInstances"])) >= int(expression.removeprefix("enough"))
        return self.flags.get(expression, False)


def path_of(task: Any) -> tuple[object, ...]:
    """The activities around a token, with the numbers of their instances, then its own."""
    steps: list[object] = []
    at = task
    while at is not None:
        number = at.internal_data.get("instance")
        steps = [at.task_spec.name, *([] if number is None else [number]), *steps]
        at = at.workflow.owner
    return tuple(steps)


def open_tasks(instance: Instance) -> list[tuple[str, str]]:
    tokens = instance._process.tokens
    return [(str(path_of(tokens[task.token_id])), task.token_id) for task in instance.user_tasks()]


def seen(instance: Instance) -> tuple[object, ...]:
    """What `Table.seen` shows, of the engine."""
    heaps, timers = [], []
    for task in instance._process.tokens.values():
        if task.state & (8 | 128) and "watch" not in task.internal_data:
            heaps.append((*path_of(task)[:-1], task.internal_data["flow"]))
        if "timer" in task.internal_data:
            around = path_of(task.parent) if "watch" in task.internal_data else path_of(task)
            due = task.internal_data["timer"].due.isoformat()
            timers.append((*around, task.task_spec.name, due))
    return (
        sorted(path for path, _ in open_tasks(instance)),
        sorted(map(str, heaps)),
        sorted(map(str, timers)),
        instance.ended_how,
    )


def walk(plan: Plan, called: list[Plan], data: st.DataObject, moves: int) -> None:
    content = document(drawn(plan), *(drawn(other, other.name) for other in called))
    definitions, findings = parse(content, "random.bpmn")
    assume(not any(finding.severity == "error" for finding in findings))
    by_key = {definition.key: definition for definition in definitions}
    env = Flags()
    conditional = [
        flow
        for whole in (plan, *called)
        for part in whole.all()
        for flow, (source, _) in part.flows.items()
        if part.spots[source].kind in ("xor", "or")
    ]

    def choose_flags() -> None:
        chosen = data.draw(st.integers(0, 2**16 - 1), label="flags")
        env.flags.update({flow: bool(chosen >> (number % 16) & 1) for number, flow in enumerate(conditional)})

    choose_flags()
    table = Table(plan, env.flags, env.now)
    instance = Instance.start(by_key, "p", {}, env)
    for _ in range(moves):
        blocked = not table.may_move() and not instance.is_ended
        assert bool(instance.errors()) == blocked, "an incident just when only joins are left to wait"
        assert seen(instance) == table.seen()
        if instance.is_ended or len(table.tasks()) > MOST_TASKS:
            return
        instance = Instance.restore(by_key, instance.save())
        assert seen(instance) == table.seen()
        choose_flags()
        move(instance, table, env, data)


def move(instance: Instance, table: Table, env: Flags, data: st.DataObject) -> None:
    """One random move, made on both sides."""
    tasks = sorted(open_tasks(instance), key=lambda entry: entry[0])
    kind = data.draw(st.integers(0, 9), label="move")
    if tasks and kind < 7:
        path, token = tasks[data.draw(st.integers(0, len(tasks) - 1), label="task")]
        alike = [other for other, _ in open_tasks(instance) if other == path]
        number = [t for p, t in open_tasks(instance) if p == path].index(token)
        pawns: list[Pawn] = [pawn for pawn in table.tasks() if str(pawn.path) == path]
        assert len(alike) == len(pawns)
        table.now = env.now
        instance.complete(token, {}, env)
        table.complete(pawns[number])
    elif kind == 7 and instance.waits_for("go"):
        table.now = env.now
        instance.deliver("go", {}, env)
        assert table.message("go")
    else:
        env.now += timedelta(hours=data.draw(st.sampled_from([1, 7, 100]), label="hours"))
        assert instance.fire_due(env) == table.fire(env.now)


@SETTINGS
@given(blocks(), st.data())
def test_nested_blocks_run_as_the_token_game_says(
    drawn_plan: tuple[Plan, list[Plan]], data: st.DataObject
) -> None:
    plan, called = drawn_plan
    walk(plan, called, data, 30)


@SETTINGS
@given(graphs(), st.data())
def test_tangled_graphs_run_as_the_token_game_says(
    drawn_plan: tuple[Plan, list[Plan]], data: st.DataObject
) -> None:
    plan, called = drawn_plan
    walk(plan, called, data, 30)
