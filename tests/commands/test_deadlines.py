"""What is due fires once, in order, whoever looks and however late."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import func, select, text, update

from asae_engine import commands
from asae_engine.model import (
    Event,
    Incident,
    Notice,
    ProcessInstance,
    Task,
    TaskDeadline,
    TaskStatus,
    due,
    new_id,
)
from asae_engine.model.database import create_engine_for, session_factory
from tests.builders import actor, deployed, diagram, flows, named, opened

if TYPE_CHECKING:
    from sqlalchemy.orm import Session, sessionmaker

    from asae_engine.clock import TurnedClock


def _told(session: Session) -> list[tuple[str, str | None, str | None, bool]]:
    session.rollback()
    return [
        (one.kind, one.role, one.organisation_key, one.user_id is not None)
        for one in session.scalars(select(Notice).order_by(Notice.id))
    ]


def _happened(session: Session, *types: str) -> list[str]:
    session.rollback()
    return list(session.scalars(select(Event.type).where(Event.type.in_(types)).order_by(Event.id)))


DEADLINES = ("task.reminder", "task.overdue", "task.escalated")


def test_reminder_due_and_escalations_reach_the_right_people(
    session: Session, sessions: sessionmaker[Session], clock: TurnedClock
) -> None:
    deployed(session, clock.now())
    [task] = opened(session, clock.now()).opened
    assert commands.fire_due(sessions, now=clock.now()) == 0
    # Nobody has it: the reminder goes to the group.
    assert commands.next_due(session) == datetime(2026, 3, 5, 5, 0, tzinfo=UTC)
    commands.fire_due(sessions, now=clock.turn(datetime(2026, 3, 5, 5, 0, tzinfo=UTC)))
    assert _told(session) == [("reminder", "worker", None, False)]
    commands.claim(session, actor(session, "wafa"), task.id, now=clock.now())
    commands.fire_due(sessions, now=clock.turn(datetime(2026, 3, 10, 0, 0, tzinfo=UTC)))
    assert _told(session)[1:] == [("due", None, None, True)]
    commands.fire_due(sessions, now=clock.advance(timedelta(days=30)))
    assert _told(session)[2:] == [
        ("escalation_1", "coordinator", None, False),
        ("escalation_2", "manager", "south", False),
    ]
    assert _happened(session, *DEADLINES) == [
        "task.reminder",
        "task.overdue",
        "task.escalated",
        "task.escalated",
    ]
    messages = list(session.scalars(select(Notice.message).order_by(Notice.id)))
    assert messages[0] == "À faire\u00a0: Préparer"
    assert messages[3] == "En retard\u00a0: Préparer"


def test_a_completed_task_never_reminds(
    session: Session, sessions: sessionmaker[Session], clock: TurnedClock
) -> None:
    deployed(session, clock.now())
    [task] = opened(session, clock.now()).opened
    commands.complete_task(session, actor(session, "wafa"), task.id, {"decision": "opinion"}, now=clock.now())
    assert commands.fire_due(sessions, now=clock.advance(timedelta(days=20))) == 0
    assert _told(session) == []


def test_after_a_week_of_silence_each_thing_fires_once_in_order(
    session: Session, sessions: sessionmaker[Session], clock: TurnedClock
) -> None:
    deployed(session, clock.now())
    opened(session, clock.now())
    opened(session, clock.advance(timedelta(days=1)), last_name="Martin")
    clock.advance(timedelta(days=30))
    assert commands.fire_due(sessions, now=clock.now()) == 8
    assert commands.fire_due(sessions, now=clock.now()) == 0
    session.expire_all()
    fired = session.scalars(select(Event).where(Event.type.in_(DEADLINES)).order_by(Event.id)).all()
    moments = [event.data["due_at"] for event in fired]
    assert moments == sorted(moments)
    assert len(moments) == 8


def test_a_timer_takes_its_task_away_and_the_journey_goes_on(
    session: Session, sessions: sessionmaker[Session], clock: TurnedClock
) -> None:
    deployed(session, clock.now())
    follow = _follow(session, clock)
    commands.fire_due(sessions, now=clock.advance(timedelta(days=31)))
    session.expire_all()
    gone = session.get_one(Task, follow.id)
    assert gone.status is TaskStatus.CANCELED
    final = session.scalars(select(Task).where(Task.element_id == "final")).one()
    assert final.opened_at == clock.now()
    assert final.why["cause"] == "timer"
    assert "timer.fired" in _happened(session, "timer.fired")


def _follow(session: Session, clock: TurnedClock) -> Task:
    [task] = opened(session, clock.now()).opened
    done = commands.complete_task(
        session, actor(session, "wafa"), task.id, {"decision": "opinion", "who": "walid"}, now=clock.now()
    )
    commands.complete_task(
        session, actor(session, "carl"), done.opened[0].id, {"opinion": "for"}, now=clock.now()
    )
    last = commands.complete_task(
        session, actor(session, "cleo"), done.opened[1].id, {"opinion": "for"}, now=clock.now()
    )
    return named(last.opened, "follow")


def test_two_schedulers_at_once_fire_each_thing_once(
    database_url: str, session: Session, clock: TurnedClock
) -> None:
    deployed(session, clock.now())
    for name in ("Un", "Deux", "Trois", "Quatre"):
        opened(session, clock.now(), last_name=name)
    session.commit()
    now = clock.advance(timedelta(days=30))
    counts: list[int] = []
    barrier = threading.Barrier(3)

    def look() -> None:
        engine = create_engine_for(database_url)
        barrier.wait()
        counts.append(commands.fire_due(session_factory(engine), now=now))
        engine.dispose()

    threads = [threading.Thread(target=look) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(counts) == 16
    assert len(_told(session)) == 16
    assert len(_happened(session, *DEADLINES)) == 16


POISON = diagram(
    "journey",
    """<startEvent id="start" camunda:formKey="opening"/>
    <userTask id="prepare" name="Préparer" camunda:formKey="prepare" camunda:candidateGroups="worker"/>
    <boundaryEvent id="late" name="Tard" attachedToRef="prepare" cancelActivity="false"><timerEventDefinition>
      <timeDuration xsi:type="tFormalExpression">P1D</timeDuration></timerEventDefinition></boundaryEvent>
    <endEvent id="end"/><endEvent id="told"/>"""
    + flows("start>prepare", "prepare>end", "late>told"),
    attributes='asae:kind="main" asae:door="retention" camunda:candidateStarterGroups="referrer"',
)


def test_an_instance_that_raises_each_time_steps_aside_and_becomes_an_incident(
    session: Session, sessions: sessionmaker[Session], clock: TurnedClock
) -> None:
    deployed(session, clock.now(), journey=POISON)
    bad = opened(session, clock.now())
    good = opened(session, clock.now(), last_name="Martin")
    session.execute(
        update(ProcessInstance)
        .where(ProcessInstance.id == bad.instance.id)
        .values(state=b"{}", version=ProcessInstance.version)
    )
    session.commit()
    clock.advance(timedelta(days=2))
    assert commands.fire_due(sessions, now=clock.now()) == 1
    assert _happened(session, "timer.fired") == ["timer.fired"]
    assert commands.fire_due(sessions, now=clock.now()) == 0
    for _ in range(due.MOST_FAILURES - 1):
        assert session.scalar(select(func.count()).select_from(Incident)) == 0
        commands.fire_due(sessions, now=clock.advance(timedelta(hours=2)))
        session.commit()
    incident = session.scalars(select(Incident)).one()
    assert incident.instance_id == bad.instance.id
    assert commands.fire_due(sessions, now=clock.advance(timedelta(days=1))) == 0
    assert session.get_one(ProcessInstance, good.instance.id).failures == 0


def test_a_notice_is_read_by_whom_it_is_for(
    session: Session, sessions: sessionmaker[Session], clock: TurnedClock
) -> None:
    deployed(session, clock.now())
    opened(session, clock.now())
    commands.fire_due(sessions, now=clock.turn(datetime(2026, 3, 5, 5, 0, tzinfo=UTC)))
    notice = session.scalars(select(Notice)).one()
    with pytest.raises(commands.NotAllowed):
        commands.mark_notice_read(session, actor(session, "carl"), notice.id, now=clock.now())
    commands.mark_notice_read(session, actor(session, "willy"), notice.id, now=clock.now())
    assert notice.read_at == clock.now()
    assert notice.read_by_id == actor(session, "willy").user_id
    with pytest.raises(commands.Unknown):
        commands.mark_notice_read(session, actor(session, "willy"), new_id(), now=clock.now())


def test_a_deadline_that_raises_steps_aside_becomes_an_incident_and_fires_once_set_right(
    sqlite_url: str, clock: TurnedClock
) -> None:
    engine = create_engine_for(sqlite_url)
    sessions = session_factory(engine)
    with sessions() as session:
        deployed(session, clock.now())
        bad = opened(session, clock.now())
        session.execute(
            text("CREATE TRIGGER broken BEFORE INSERT ON notice BEGIN SELECT RAISE(ABORT, 'broken'); END")
        )
        session.commit()
        clock.turn(datetime(2026, 3, 5, 5, 0, tzinfo=UTC))
        for _ in range(due.MOST_FAILURES):
            assert commands.fire_due(sessions, now=clock.advance(timedelta(hours=1))) == 0
        assert _told(session) == []
        assert _happened(session, *DEADLINES) == []
        incident = session.scalars(select(Incident)).one()
        assert incident.instance_id == bad.instance.id
        assert incident.token_id is None
        session.execute(text("DROP TRIGGER broken"))
        session.commit()
        assert commands.fire_due(sessions, now=clock.advance(timedelta(hours=1))) == 0
        commands.retry_incident(session, actor(session, "cora"), incident.id, now=clock.now())
        assert commands.fire_due(sessions, now=clock.now()) == 1
        assert _told(session) == [("reminder", "worker", None, False)]
    engine.dispose()


def test_repeated_timers_slept_through_are_lived_one_after_the_other(
    session: Session, sessions: sessionmaker[Session], clock: TurnedClock
) -> None:
    """Two waits of two days in a row: after a week both are over, the second counted from the first."""
    journey = diagram(
        "journey",
        """<startEvent id="start" name="Début" camunda:formKey="opening"/>
        <intermediateCatchEvent id="a" name="Deux jours"><timerEventDefinition>
          <timeDuration xsi:type="tFormalExpression">P2D</timeDuration></timerEventDefinition>
        </intermediateCatchEvent>
        <intermediateCatchEvent id="b" name="Encore deux"><timerEventDefinition>
          <timeDuration xsi:type="tFormalExpression">P2D</timeDuration></timerEventDefinition>
        </intermediateCatchEvent>
        <userTask id="prepare" name="Préparer" camunda:formKey="opinion" camunda:candidateGroups="worker"
          asae:delays="prepare"/><endEvent id="end" name="Fin"/>"""
        + flows("start>a", "a>b", "b>prepare", "prepare>end"),
        attributes='asae:kind="main" asae:door="retention" camunda:candidateStarterGroups="referrer"',
    )
    deployed(session, clock.now(), journey=journey)
    opening = opened(session, clock.now())
    assert opening.opened == []
    assert opening.case.stage == "Deux jours"
    session.commit()
    late = clock.advance(timedelta(days=7))
    assert commands.fire_due(sessions, now=late) == 2
    session.rollback()
    session.expire_all()
    [task] = session.scalars(select(Task)).all()
    # What people get is dated when they can see it: nobody is late before they knew.
    assert task.opened_at == late
    assert task.due_at is not None
    assert task.due_at > late
    fired = session.scalars(select(Event).where(Event.type == "timer.fired").order_by(Event.id)).all()
    assert [event.element_name for event in fired] == ["Deux jours", "Encore deux"]


def test_the_limit_bounds_a_round(
    session: Session, sessions: sessionmaker[Session], clock: TurnedClock
) -> None:
    deployed(session, clock.now())
    opened(session, clock.now())
    clock.advance(timedelta(days=30))
    assert commands.fire_due(sessions, now=clock.now(), limit=3) == 3
    assert session.scalar(select(func.count()).where(TaskDeadline.fired_at.is_(None))) == 1
