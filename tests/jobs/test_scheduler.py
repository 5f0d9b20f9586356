"""The scheduler in its own thread, with its own connections."""

from __future__ import annotations

import threading
from datetime import timedelta
from typing import TYPE_CHECKING

from sqlalchemy import func, select

from asae_engine.jobs import Scheduler
from asae_engine.model import Notice
from tests.builders import deployed, opened

if TYPE_CHECKING:
    from datetime import datetime

    import pytest
    from sqlalchemy.orm import Session

    from asae_engine.clock import TurnedClock


class Watched:
    """A clock that says when it was looked at: a round begins by asking it."""

    def __init__(self, clock: TurnedClock) -> None:
        self._clock = clock
        self.looked = threading.Semaphore(0)

    def now(self) -> datetime:
        self.looked.release()
        return self._clock.now()


def test_a_scheduler_fires_what_was_due_while_it_slept_and_stops(
    database_url: str, session: Session, clock: TurnedClock
) -> None:
    deployed(session, clock.now())
    opened(session, clock.now())
    session.commit()
    clock.advance(timedelta(days=30))
    watched = Watched(clock)
    scheduler = Scheduler(database_url, watched, interval=0.05)
    assert not scheduler.is_running
    assert scheduler.run_round() == 0
    scheduler.start()
    scheduler.start()
    assert watched.looked.acquire(timeout=20)
    assert watched.looked.acquire(timeout=20)
    scheduler.stop()
    scheduler.stop()
    assert not scheduler.is_running
    assert session.scalar(select(func.count()).select_from(Notice)) == 4


def test_a_database_that_is_away_does_not_end_the_scheduler(
    tmp_path: object, clock: TurnedClock, caplog: pytest.LogCaptureFixture
) -> None:
    watched = Watched(clock)
    scheduler = Scheduler(f"sqlite:///{tmp_path}/empty.sqlite", watched, interval=0.05)
    scheduler.start()
    for _ in range(3):
        assert watched.looked.acquire(timeout=20)
    scheduler.stop()
    assert any(record.message == "round failed" for record in caplog.records)
