"""Ten thousand things due at the same instant: how many are fired in a second by one process, and by two.

Two sorts, the usual ones of the programme: a boundary timer of a user task whose path puts a notice in
someone's inbox, and the due date of a task, which runs the side process `reminder_escalation`. Every case has
one. The cases are copies of one that was opened for good. Each worker is a process of its own; what is
measured begins when all stand ready and ends when the last has found nothing left.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import time
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import delete, func, insert, select

from asae_engine import access, commands
from asae_engine.model import (
    Case,
    DeadlineKind,
    Event,
    Household,
    Notice,
    ProcessInstance,
    Task,
    TaskCandidate,
    TaskDeadline,
    new_id,
)
from asae_engine.model.database import create_engine_for, session_factory
from benchmarks.measuring import Row
from benchmarks.walks import NOON, deployed, journey

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from asae_engine.model import Base
    from benchmarks.databases import Databases
    from benchmarks.measuring import Scale

#: Fired in a second by one worker on PostgreSQL; by two against one.
PER_SECOND, GAIN = 400, 1.6
LATER = NOON + timedelta(days=60)

_HEAD = """<?xml version="1.0" encoding="UTF-8"?>
<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL"
  xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xmlns:camunda="http://camunda.org/schema/1.0/bpmn"
  xmlns:asae="urn:asae:bpmn:1" id="Definitions_timers" targetNamespace="urn:asae:benchmarks">
  <process id="journey" name="Parcours mesuré" isExecutable="true" asae:kind="main" asae:door="retention"
    camunda:candidateStarterGroups="worker">
    <startEvent id="Start" name="Ménage orienté" camunda:formKey="opening"/>"""
_TAIL = """<endEvent id="End" name="Fin"/>
    <sequenceFlow id="f1" sourceRef="Start" targetRef="Task_Visit"/>
    <sequenceFlow id="f2" sourceRef="Task_Visit" targetRef="End"/></process></definitions>"""
_TIMER = """<userTask id="Task_Visit" name="Visiter" camunda:formKey="visit"
      camunda:candidateGroups="worker"/>
    <boundaryEvent id="Timer" name="Trente jours" attachedToRef="Task_Visit" cancelActivity="false">
      <timerEventDefinition><timeDuration xsi:type="tFormalExpression">P30D</timeDuration>
      </timerEventDefinition></boundaryEvent>
    <sendTask id="Send" name="Prévenir" camunda:type="external" camunda:topic="notify"><extensionElements>
      <camunda:inputOutput><camunda:inputParameter name="to">worker</camunda:inputParameter>
      <camunda:inputParameter name="message">="Sans visite depuis trente jours"</camunda:inputParameter>
      </camunda:inputOutput></extensionElements></sendTask><endEvent id="Told" name="Prévenu"/>
    <sequenceFlow id="f3" sourceRef="Timer" targetRef="Send"/>
    <sequenceFlow id="f4" sourceRef="Send" targetRef="Told"/>"""
_DEADLINE = """<userTask id="Task_Visit" name="Visiter" camunda:formKey="visit"
      camunda:candidateGroups="worker" asae:delays="visit"/>"""
SORTS = {"a boundary timer that notifies": _TIMER, "a deadline of a task": _DEADLINE}


def due_at_once(made: Databases, scale: Scale) -> list[Row]:
    """Each sort on PostgreSQL with one and with two workers, and on SQLite with one."""
    rows = []
    for name, body in SORTS.items():
        one = _seconds(made.make("PostgreSQL"), body, scale.timers, workers=1)
        two = _seconds(made.make("PostgreSQL"), body, scale.timers, workers=2)
        alone = _seconds(made.make("SQLite"), body, scale.timers, workers=1)
        rows += [
            _row(f"PostgreSQL, {name}", one, scale.timers, 1 / PER_SECOND),
            Row(
                _GROUP,
                f"PostgreSQL, {name}, one worker against two",
                two / scale.timers,
                two / one,
                1 / GAIN,
                f"two processes fire {scale.timers / two:.0f} a second: {one / two:.2f} times as many as one",
            ),
            _row(f"SQLite, {name}", alone, scale.timers, None),
        ]
    return rows


_GROUP = "Timers due at once"


def _row(name: str, seconds: float, count: int, aim: float | None) -> Row:
    meaning = f"{count} due at one instant, each fired once by one process: {count / seconds:.0f} a second"
    if aim is None:
        return Row(_GROUP, name, seconds / count, None, None, meaning)
    return Row(
        _GROUP, name, seconds / count, seconds / count / aim, 1.0, f"{meaning}; against {PER_SECOND} a second"
    )


def _seconds(url: str, body: str, count: int, *, workers: int) -> float:
    prepare(url, body, count)
    command = [sys.executable, "-m", "benchmarks.timers", url]
    processes = [
        subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)  # noqa: S603 - our own module, with an address of ours
        for _ in range(workers)
    ]
    for process in processes:
        if process.stdout is None or process.stdout.readline() != "ready\n":
            raise RuntimeError("a worker did not start")
    began = time.perf_counter()
    for process in processes:
        if process.stdin is None:
            raise RuntimeError("a worker has no input")
        process.stdin.write("go\n")
        process.stdin.flush()
    fired = [int(process.communicate()[0]) for process in processes]
    taken = time.perf_counter() - began
    _hold_to(url, count, fired)
    return taken


def _hold_to(url: str, count: int, fired: list[int]) -> None:
    """Refuse a figure of a run that fired anything twice or not at all."""
    engine = create_engine_for(url)
    with session_factory(engine)() as session:
        notices = session.scalar(select(func.count()).select_from(Notice))
        events = session.scalar(select(func.count()).where(Event.type.in_(["timer.fired", "task.overdue"])))
    engine.dispose()
    if not count == notices == events == sum(fired):
        raise RuntimeError(f"{count} were due; {notices} notices, {events} events, {fired} fired")


def prepare(url: str, body: str, count: int) -> None:
    """`count` cases, each with one thing that is due at `LATER`."""
    files = journey()
    files["processes/journey.bpmn"] = (_HEAD + body + _TAIL).encode()
    engine = create_engine_for(url)
    with session_factory(engine)() as session:
        deployed(session, files)
        answers = {
            "last_name": "Ménage",
            "first_name": "Émilie",
            "birth_date": "1984-03-01",
            "town": "Narbonne",
        }
        commands.open_case(session, access.actor_for(session, "wafa"), "journey", answers, now=NOON)
        copy_case(session, count - 1)
    engine.dispose()


def copy_case(session: Session, copies: int) -> None:
    """The only case of the database, so many times more, without its history and its answers."""
    [household, case, instance, task] = [
        _values(session, table)[0] for table in (Household, Case, ProcessInstance, Task)
    ]
    candidates = _values(session, TaskCandidate)
    deadlines = [row for row in _values(session, TaskDeadline) if row["kind"] == "due"]
    written: dict[type[Base], list[dict[str, Any]]] = {
        table: [] for table in (Household, Case, ProcessInstance, Task, TaskCandidate, TaskDeadline)
    }
    for number in range(copies):
        ids = {table: new_id() for table in (Household, Case, ProcessInstance, Task)}
        of_case = {"case_id": ids[Case]}
        written[Household].append({**household, "id": ids[Household], "number": 100_000 + number})
        written[Case].append(
            {
                **case,
                "id": ids[Case],
                "household_id": ids[Household],
                "number": f"C-{number}",
                "event_count": 0,
            }
        )
        written[ProcessInstance].append({**instance, "id": ids[ProcessInstance], **of_case})
        written[Task].append({**task, "id": ids[Task], "instance_id": ids[ProcessInstance], **of_case})
        written[TaskCandidate] += [{**one, "id": new_id(), "task_id": ids[Task]} for one in candidates]
        written[TaskDeadline] += [{**one, "task_id": ids[Task]} for one in deadlines]
    session.execute(delete(TaskDeadline).where(TaskDeadline.kind != DeadlineKind.DUE))
    for table, rows in written.items():
        if rows:
            session.execute(insert(table), rows)
    session.commit()


def _values(session: Session, table: type[Base]) -> list[dict[str, Any]]:
    return [dict(row._mapping) for row in session.execute(select(*table.__table__.columns))]


def main() -> None:
    """One worker: make ready, wait for the word, fire until nothing is due, say how many."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.timers")
    parser.add_argument("url")
    sessions = session_factory(create_engine_for(parser.parse_args().url))
    commands.fire_due(sessions, now=NOON)
    print("ready", flush=True)
    sys.stdin.readline()
    fired = 0
    while now_fired := commands.fire_due(sessions, now=LATER):
        fired += now_fired
    print(fired)


if __name__ == "__main__":
    main()
