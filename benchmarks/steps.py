"""What one step of a case costs: a user task from end to end against a bare write, and the engine alone.

The case walks in a loop with a fork, a join and a boundary timer beside a branch that waits for its whole
life (benchmarks/journey). One lap is two user tasks; a step's time is half a lap's.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Any

from sqlalchemy import Column, Integer, LargeBinary, MetaData, Table, func, insert, select, update

from asae_engine import access, bpmn, bundles, commands
from asae_engine.model import ProcessInstance, Task, TaskStatus
from asae_engine.model.database import create_engine_for, session_factory
from benchmarks.measuring import Row, counted, in_turns, rounds_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from uuid import UUID

    from sqlalchemy import Engine
    from sqlalchemy.orm import Session

    from asae_engine.bpmn import Element
    from benchmarks.measuring import Scale

JOURNEY = Path(__file__).parent / "journey"
NOON = datetime(2026, 3, 2, 11, 0, tzinfo=UTC)
ANSWERS: Mapping[str, Mapping[str, object]] = {
    "visit": {"on": "2026-03-02", "way": "home", "minutes": 45, "note": "Le point sur le loyer. " * 10},
    "report": {"again": "yes", "rent": 512.4, "arrears": 1537.2, "summary": "Le plan est suivi. " * 10},
}
#: How many times a bare write a user task may cost.
AIMS = {"SQLite": 15.0, "PostgreSQL": 8.0}
FLAT = 1.1


def journey(*, deadlines: bool = False) -> dict[str, bytes]:
    """The measured bundle; with `deadlines`, the loop's tasks take theirs from the decision table."""
    files = bundles.read_folder(JOURNEY)
    if deadlines:
        path = "processes/journey.bpmn"
        for task in ("visit", "report"):
            element = f'id="Task_{task.capitalize()}"'.encode()
            files[path] = files[path].replace(element, element + f' asae:delays="{task}"'.encode())
    return files


def deployed(session: Session, files: dict[str, bytes]) -> None:
    """The bundle in service, and one worker."""
    commands.deploy(session, None, files, "mesures", now=NOON)
    commands.add_organisation(session, None, "north", "Nord", now=NOON)
    commands.add_user(session, None, "wafa", "Wafa", "north", ["worker"], None, now=NOON)


class Walk:
    """One case on its way through the loop."""

    def __init__(self, session: Session, number: int) -> None:
        self._session = session
        self._actor = access.actor_for(session, "wafa")
        self.now = NOON
        answers = {
            "last_name": f"Ménage{number}",
            "first_name": "Émilie",
            "birth_date": f"1984-03-{number % 28 + 1:02}",
            "town": "Narbonne",
        }
        opening = commands.open_case(
            session, self._actor, "journey", answers, confirm_duplicate=True, now=self.now
        )
        self.case_id = opening.case.id
        self._waiting = self._loop_tasks(opening.opened)

    def lap(self) -> None:
        """Both tasks of a lap: the first waits at the join, the second runs on and opens the next lap."""
        visit, report = self._waiting["Task_Visit"], self._waiting["Task_Report"]
        self._complete(visit, "visit")
        self._waiting = self._loop_tasks(self._complete(report, "report"))

    def laps(self, count: int) -> None:
        """So many laps."""
        for _ in range(count):
            self.lap()

    def _complete(self, task_id: UUID, form: str) -> list[Task]:
        self.now += timedelta(seconds=1)
        done = commands.complete_task(self._session, self._actor, task_id, ANSWERS[form], now=self.now)
        # A request has a session of its own: nothing that one step loaded is left to the next.
        self._session.expunge_all()
        return done.opened

    @staticmethod
    def _loop_tasks(opened: list[Task]) -> dict[str, UUID]:
        return {task.element_id: task.id for task in opened}


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

    def twice(self) -> None:
        """As many writes as a lap has tasks."""
        for _ in range(2):
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
    walks = {lap: Walk(session, lap) for lap in scale.laps}
    for lap, walk in walks.items():
        walk.laps(lap - 1)
    state = session.scalars(
        select(ProcessInstance.state).where(ProcessInstance.case_id == walks[scale.laps[0]].case_id)
    ).one()
    session.commit()
    bare = BareWrite(engine, bytes(state))
    actions: dict[str, Callable[[], object]] = {}
    for lap, walk in walks.items():
        actions[f"bare {lap}"] = bare.twice
        actions[f"lap {lap}"] = walk.lap
    rounds = rounds_of(scale.rounds, actions)
    taken = {name: median(one[name] for one in rounds) / 2 for name in actions}
    bare.close()
    with counted(engine) as statements:
        walks[scale.laps[0]].lap()
    plain = sum(taken[f"bare {lap}"] for lap in scale.laps) / len(scale.laps)
    rows = [
        Row(
            "A user task, end to end",
            f"{kind}, a bare write",
            plain,
            1.0,
            None,
            f"UPDATE + COMMIT of one row of {len(state)} bytes: what the rest is compared with",
            statements=1,
        )
    ]
    for lap in scale.laps:
        step = taken[f"lap {lap}"]
        meaning = (
            "complete_task: load, check the form, dossier, run, events, tasks, commit; against the bare write"
        )
        rows.append(
            Row(
                "A user task, end to end",
                f"{kind}, lap {lap}",
                step,
                # Within each round, so that what slows the machine for a while slows both alike.
                median(one[f"lap {lap}"] / _bare(one) for one in rounds),
                AIMS[kind],
                meaning,
                statements=statements.count / 2 if lap == scale.laps[0] else None,
            )
        )
    last = scale.laps[-1]
    rows.append(
        Row(
            "A user task, end to end",
            f"{kind}, lap {last} against lap {scale.laps[0]}",
            None,
            median(one[f"lap {last}"] / one[f"lap {scale.laps[0]}"] for one in rounds),
            FLAT,
            "does a long life make a case slower? 1 = not at all",
        )
    )
    still_open = session.scalar(select(func.count()).where(Task.status == TaskStatus.OPEN))
    if still_open != 3 * len(walks):
        raise RuntimeError("a lap was measured that opened no tasks")
    session.commit()
    return rows


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
            taken = in_turns(scale.rounds, {"bare": bare.twice, "lap": walk.lap})
            bare.close()
            with counted(engine) as statements:
                walk.lap()
    finally:
        engine.dispose()
    return [
        Row(
            "A user task, end to end",
            f"{kind}, with deadlines",
            taken["lap"] / 2,
            taken["lap"] / taken["bare"],
            None,
            "the same, when each task gets its reminder, due date and escalations from the table `delays`",
            statements=statements.count / 2,
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
