"""Many things due at one instant, two processes, one of them killed: each fires once, in order of time."""

from __future__ import annotations

import subprocess
import sys
from collections import defaultdict
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import event, func, select, text

from asae_engine import commands
from asae_engine.commands import deadlines
from asae_engine.model import Event, Incident, Notice, Task, TaskDeadline
from tests.builders import actor, answers, deployed, diagram, flows

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Engine
    from sqlalchemy.orm import Session, sessionmaker

    from asae_engine.clock import TurnedClock

FIRED = ("timer.fired", "task.reminder", "task.overdue", "task.escalated")

#: A task with four deadlines (3, 5, 7 and 10 working days) and a timer that lies between them, twice.
JOURNEY = diagram(
    "journey",
    """<startEvent id="start" camunda:formKey="opening"/>
    <userTask id="prepare" name="Préparer" camunda:formKey="opinion" camunda:candidateGroups="worker"
      asae:delays="prepare"/>
    <boundaryEvent id="early" name="Cinq jours" attachedToRef="prepare" cancelActivity="false">
      <timerEventDefinition><timeDuration xsi:type="tFormalExpression">P5D</timeDuration>
      </timerEventDefinition></boundaryEvent>
    <intermediateCatchEvent id="later" name="Encore quatre"><timerEventDefinition>
      <timeDuration xsi:type="tFormalExpression">P4D</timeDuration></timerEventDefinition>
    </intermediateCatchEvent><endEvent id="end"/><endEvent id="told"/>"""
    + flows("start>prepare", "prepare>end", "early>later", "later>told"),
    attributes='asae:kind="main" asae:door="retention" camunda:candidateStarterGroups="referrer"',
)
EACH = 6


def _open(session: Session, now: datetime, count: int) -> None:
    deployed(session, now, journey=JOURNEY)
    for number in range(count):
        commands.open_case(
            session,
            actor(session, "remi"),
            "journey",
            answers(last_name=f"Ménage {number}"),
            confirm_duplicate=True,
            now=now,
        )
    session.commit()


def _in_order(session: Session) -> dict[object, list[str]]:
    """What fired in each case by the ranks of its history, as the instants it was due at."""
    moments = defaultdict(list)
    for one in session.scalars(
        select(Event).where(Event.type.in_(FIRED)).order_by(Event.case_id, Event.rank)
    ):
        moments[one.case_id].append(one.data["due_at"])
    return moments


def test_deadlines_and_timers_of_a_case_fire_in_order_of_time_together(
    session: Session, sessions: sessionmaker[Session], clock: TurnedClock
) -> None:
    _open(session, clock.now(), 25)
    assert commands.fire_due(sessions, now=clock.advance(timedelta(days=60))) == 25 * EACH
    by_case = _in_order(session)
    assert len(by_case) == 25
    for moments in by_case.values():
        assert len(moments) == EACH
        assert moments == sorted(moments)


def _firing(url: str, now: datetime) -> subprocess.Popen[str]:
    process = subprocess.Popen(  # noqa: S603 - our own module, with arguments of ours
        [sys.executable, str(Path(__file__).with_name("firing.py")), url, now.isoformat()],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    return process


def test_two_workers_share_what_is_due_and_one_that_is_killed_loses_none_and_doubles_none(
    database_url: str, session: Session, sessions: sessionmaker[Session], clock: TurnedClock
) -> None:
    _open(session, clock.now(), 60)
    now = clock.advance(timedelta(days=60))
    with _firing(database_url, now) as killed, _firing(database_url, now) as other:
        # The one to be killed is at work first: on a busy machine the other could have done everything.
        for process in (killed, other):
            assert process.stdin is not None
            process.stdin.write("\n")
            process.stdin.flush()
            assert killed.stdout is not None
            assert int(killed.stdout.readline()) > 0
        killed.kill()
        by_other = sum(int(line) for line in other.communicate(timeout=60)[0].split())
    assert other.returncode == 0
    assert by_other > 0
    # What the killed one held when it died may have been passed by: the next round takes it.
    commands.fire_due(sessions, now=now)
    by_case = _in_order(session)
    assert len(by_case) == 60
    for moments in by_case.values():
        assert len(set(moments)) == len(moments) == EACH
        assert moments == sorted(moments)
    assert session.scalar(select(func.count()).select_from(Notice)) == 60 * 4
    assert session.scalar(select(func.count()).where(TaskDeadline.fired_at.is_(None))) == 0


def test_a_case_that_fails_steps_aside_and_those_of_its_transaction_fire(
    engine: Engine, session: Session, sessions: sessionmaker[Session], clock: TurnedClock
) -> None:
    _open(session, clock.now(), 5)
    bad = session.scalars(select(Task.case_id).order_by(Task.case_id).offset(2).limit(1)).one()
    where = "new.case_id = " + (f"'{bad}'" if engine.dialect.name == "postgresql" else f"'{bad.hex}'")
    _break_notices(session, where)
    now = clock.advance(timedelta(days=60))
    assert commands.fire_due(sessions, now=now) == 4 * EACH + 2  # its two timers tell nobody
    assert {len(moments) for moments in _in_order(session).values()} == {EACH, 2}
    assert session.scalar(select(func.count()).select_from(Incident)) == 0
    assert session.scalar(select(func.max(TaskDeadline.failures))) == 1


def _break_notices(session: Session, where: str) -> None:
    if session.get_bind().dialect.name == "postgresql":
        session.execute(
            text(
                "CREATE FUNCTION broken() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
                " RAISE EXCEPTION 'broken'; END $$"
            )
        )
        session.execute(
            text(
                f"CREATE TRIGGER broken BEFORE INSERT ON notice FOR EACH ROW WHEN ({where})"
                " EXECUTE FUNCTION broken()"
            )
        )
    else:
        session.execute(
            text(
                f"CREATE TRIGGER broken BEFORE INSERT ON notice WHEN {where}"
                " BEGIN SELECT RAISE(ABORT, 'broken'); END"
            )
        )
    session.commit()


def test_many_due_things_share_their_commits_and_their_reads(
    engine: Engine, session: Session, sessions: sessionmaker[Session], clock: TurnedClock
) -> None:
    count = 2 * deadlines.TOGETHER
    _open(session, clock.now(), count)
    now = clock.advance(timedelta(days=3, hours=1))  # the reminder alone is due
    commits = []
    sent = []
    event.listen(engine, "commit", commits.append)
    event.listen(engine, "before_cursor_execute", lambda *parts: sent.append(parts[2]))
    assert commands.fire_due(sessions, now=now) == count
    assert len(commits) <= 6
    reads = [one for one in sent if one.lstrip().startswith("SELECT")]
    assert len(reads) <= 20
