"""How late what is due is fired, and whether anybody is at work."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from sqlalchemy import select, update

from asae_engine import commands
from asae_engine.model import TaskDeadline
from asae_engine.reading.punctuality import Lateness, punctuality
from tests.builders import deployed, opened

if TYPE_CHECKING:
    from sqlalchemy.orm import Session, sessionmaker

    from asae_engine.clock import TurnedClock


def test_lateness_is_the_fired_instant_against_the_due_one(
    session: Session, sessions: sessionmaker[Session], clock: TurnedClock
) -> None:
    deployed(session, clock.now())
    opened(session, clock.now())
    before = punctuality(session, now=clock.now())
    assert (before.hour, before.day, before.waiting, before.stalled) == (None, None, 0, False)
    reminder, due, *_ = session.scalars(select(TaskDeadline.at).order_by(TaskDeadline.at)).all()
    clock.turn(reminder + timedelta(seconds=4))
    waiting = punctuality(session, now=clock.now())
    assert (waiting.waiting, waiting.since, waiting.stalled) == (1, reminder, False)
    session.rollback()
    commands.fire_due(sessions, now=clock.now())
    after = punctuality(session, now=clock.advance(timedelta(hours=2)))
    assert after.hour is None
    assert after.day == Lateness(1, 4, 4, 4)
    assert after.waiting == 0
    session.rollback()
    commands.fire_due(sessions, now=clock.turn(due + timedelta(seconds=10)))
    assert punctuality(session, now=clock.now()).hour == Lateness(1, 10, 10, 10)


def test_when_nobody_fires_what_is_due_it_is_said_after_five_minutes(
    session: Session, sessions: sessionmaker[Session], clock: TurnedClock
) -> None:
    deployed(session, clock.now())
    opened(session, clock.now())
    reminder = session.scalars(select(TaskDeadline.at).order_by(TaskDeadline.at)).first()
    assert reminder is not None
    assert not punctuality(session, now=clock.turn(reminder + timedelta(minutes=5))).stalled
    assert punctuality(session, now=clock.advance(timedelta(seconds=1))).stalled
    session.rollback()
    commands.fire_due(sessions, now=clock.now())
    assert not punctuality(session, now=clock.now()).stalled
    # What failed and waits to be tried again says nothing of the workers.
    session.execute(update(TaskDeadline).values(failures=1))
    session.commit()
    assert not punctuality(session, now=clock.advance(timedelta(days=30))).stalled
