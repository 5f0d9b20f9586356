"""What one step of a case costs: a user task from end to end against a bare write, and the engine alone."""

from __future__ import annotations

from statistics import median
from typing import TYPE_CHECKING, Any

from sqlalchemy import Column, Integer, LargeBinary, MetaData, Table, func, insert, select, update

from asae_engine import bpmn, bundles
from asae_engine.model import InstanceKind, ProcessInstance, Task, TaskStatus
from asae_engine.model.database import create_engine_for, session_factory
from benchmarks.measuring import Row, counted, in_turns, rounds_of
from benchmarks.walks import NOON, Case, Life, Walk, deployed, journey

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from sqlalchemy import Engine
    from sqlalchemy.orm import Session

    from asae_engine.bpmn import Element
    from benchmarks.measuring import Scale

#: How many times a bare write a user task may cost.
AIMS = {"SQLite": 15.0, "PostgreSQL": 8.0}
FLAT = 1.1


class BareWrite:
    """UPDATE and COMMIT of one row as large as an instance's, by its key, through the same library."""

    def __init__(self, engine: Engine, state: bytes) -> None:
        metadata = MetaData()
        self._table = Table(
            "bare_write",
            metadata,
            Column("id", Integer, primary_key=True),
            Column("state", LargeBinary),
            Column("version", Integer),
        )
        metadata.create_all(engine)
        self._state = state
        self._connection = engine.connect().execution_options(asae_writes=True)
        with self._connection.begin():
            self._connection.execute(insert(self._table).values(id=1, state=state, version=1))
        self._statement = (
            update(self._table)
            .where(self._table.c.id == 1)
            .values(state=state, version=self._table.c.version + 1)
        )

    def once(self) -> None:
        """One write."""
        with self._connection.begin():
            self._connection.execute(self._statement)

    def close(self) -> None:
        """Give the connection back."""
        self._connection.close()


def user_task(kind: str, url: str, scale: Scale) -> list[Row]:
    """A user task end to end at each of the laps, against the bare write."""
    engine = create_engine_for(url)
    try:
        with session_factory(engine)() as session:
            return _user_task(kind, engine, session, scale)
    finally:
        engine.dispose()


def _user_task(kind: str, engine: Engine, session: Session, scale: Scale) -> list[Row]:
    deployed(session, journey())
    lives: dict[int, Case] = {lap: Life(session, lap).start() for lap in scale.laps}
    first, _, last = scale.laps
    beside: dict[int, Case] = {lap: Walk(session, 100 + lap) for lap in (first, last)}
    for cases in (lives, beside):
        for lap, case in cases.items():
            case.laps(lap - 1)
    state = _state(session, lives[first])
    bare = BareWrite(engine, state)
    actions: dict[str, Callable[[], object]] = {}
    for lap, life in lives.items():
        actions[f"bare {lap}"] = bare.once
        actions[f"lap {lap}"] = life.lap
    actions.update({f"beside {lap}": case.lap for lap, case in beside.items()})
    rounds = rounds_of(scale.rounds, actions)
    taken = {name: median(one[name] for one in rounds) for name in actions}
    bare.close()
    with counted(engine) as statements:
        lives[first].lap()
    plain = sum(taken[f"bare {lap}"] for lap in scale.laps) / len(scale.laps)
    rows = [
        Row(
            _GROUP,
            f"{kind}, a bare write",
            plain,
            1.0,
            None,
            f"UPDATE + COMMIT of one row of {len(state)} bytes: what the rest is compared with",
            statements=1,
        )
    ]
    rows += [
        Row(
            _GROUP,
            f"{kind}, lap {lap}",
            taken[f"lap {lap}"],
            # Within each round, so that what slows the machine for a while slows both alike.
            median(one[f"lap {lap}"] / _bare(one) for one in rounds),
            AIMS[kind],
            "a task of W: load, check the form, dossier, run, events, tasks, commit; against the bare write",
            statements=statements.count if lap == first else None,
        )
        for lap in scale.laps
    ]
    for words, name in (("alone", "lap"), ("beside a branch that waits", "beside")):
        rows.append(
            Row(
                _GROUP,
                f"{kind}, lap {last} against lap {first}, {words}",
                None,
                median(one[f"{name} {last}"] / one[f"{name} {first}"] for one in rounds),
                FLAT,
                "does a long life make a case slower? 1 = not at all",
            )
        )
    still_open = session.scalar(select(func.count()).where(Task.status == TaskStatus.OPEN))
    # A case of W keeps the two tasks it was opened with, and the loop's own; the other walk has three.
    if still_open != (3 + 1) * len(lives) + 3 * len(beside):
        raise RuntimeError(f"{still_open} tasks are open: a lap was measured that opened none")
    session.commit()
    return rows


_GROUP = "A user task, end to end"


def _state(session: Session, case: Case) -> bytes:
    """The saved state of a case's own W."""
    state = session.scalars(
        select(ProcessInstance.state).where(
            ProcessInstance.case_id == case.case_id, ProcessInstance.kind == InstanceKind.SIDE
        )
    ).one()
    session.commit()
    return bytes(state)


def _bare(one: Mapping[str, float]) -> float:
    """The bare writes of one round."""
    return median(seconds for name, seconds in one.items() if name.startswith("bare"))


def with_deadlines(kind: str, url: str, scale: Scale) -> list[Row]:
    """The same step when the tasks that open take their deadlines from the decision table."""
    engine = create_engine_for(url)
    try:
        with session_factory(engine)() as session:
            deployed(session, journey(deadlines=True))
            walk = Walk(session, 1)
            walk.lap()
            bare = BareWrite(engine, b"x" * 700)
            taken = in_turns(scale.rounds, {"bare": bare.once, "lap": walk.lap})
            bare.close()
            with counted(engine) as statements:
                walk.lap()
    finally:
        engine.dispose()
    return [
        Row(
            _GROUP,
            f"{kind}, with deadlines",
            taken["lap"] / walk.tasks_of_a_lap,
            taken["lap"] / walk.tasks_of_a_lap / taken["bare"],
            None,
            "the same, when each task gets its reminder, due date and escalations from the table `delays`",
            statements=statements.count / walk.tasks_of_a_lap,
        )
    ]


class _Surroundings:
    """An environment without FEEL, dossier or actions: what is left is the engine's own work."""

    now = NOON

    def evaluate(self, _expression: str, _variables: Mapping[str, object]) -> object:
        """Every condition holds."""
        return True

    def decide(self, _decision: str, _variables: Mapping[str, object]) -> object:
        """No decision is taken."""

    def act(
        self, _action: str, _variables: Mapping[str, object], _element: Element
    ) -> Mapping[str, object] | None:
        """No action is done."""


class _EngineWalk:
    """An instance that is saved and restored around every step."""

    def __init__(self, processes: Mapping[str, Any]) -> None:
        self._processes = processes
        self._env = _Surroundings()
        self.state = bpmn.Instance.start(processes, "journey", {}, self._env).save()

    def lap(self) -> None:
        """Two steps, each restored from bytes and saved to bytes."""
        for element in ("Task_Visit", "Task_Report"):
            instance = bpmn.Instance.restore(self._processes, self.state)
            token = next(task.token_id for task in instance.user_tasks() if task.element.id == element)
            instance.complete(token, {}, self._env)
            self.state = instance.save()

    def laps(self, count: int) -> None:
        """So many laps."""
        for _ in range(count):
            self.lap()


def engine_alone(scale: Scale) -> list[Row]:
    """Restore, complete and save, with no database and no FEEL, at each of the laps."""
    bundle, _ = bundles.check(journey())
    if bundle is None:
        raise RuntimeError("the measured bundle would be refused")
    walks = {lap: _EngineWalk(bundle.processes) for lap in scale.laps}
    for lap, walk in walks.items():
        walk.laps(lap - 1)
    taken = in_turns(scale.rounds, {str(lap): walk.lap for lap, walk in walks.items()})
    first = scale.laps[0]
    return [
        Row(
            "The engine alone",
            f"lap {lap}",
            taken[str(lap)] / 2,
            taken[str(lap)] / taken[str(first)],
            None if lap == first else FLAT,
            f"restore, complete, save; no database, no FEEL; {len(walk.state)} bytes; against lap {first}",
        )
        for lap, walk in walks.items()
    ]
