"""The same jobs behind both runners: in the server's own process, and in workers beside PostgreSQL."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import func, select

from asae_engine import commands
from asae_engine.jobs import Job, Runner, Scheduler, delivering, runner_for
from asae_engine.jobs.catalogue import FIRE_DUE
from asae_engine.jobs.queue import QueueWorker
from asae_engine.model import Letter, Notice
from asae_engine.post import Bounds, Post
from tests.builders import deployed, opened
from tests.post.receivers import Hook

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy.orm import Session, sessionmaker

    from asae_engine.clock import Clock, TurnedClock


class Watched:
    """A clock that says when it was looked at: a round begins by asking it."""

    def __init__(self, clock: TurnedClock) -> None:
        self._clock = clock
        self.looked = threading.Semaphore(0)

    def now(self) -> datetime:
        self.looked.release()
        return self._clock.now()


@dataclass(frozen=True)
class Maker:
    """Makes runners of one kind on one database."""

    kind: str
    url: str

    def __call__(self, clock: Clock, *jobs: Job) -> Runner:
        if self.kind == "queue":
            return QueueWorker(self.url, clock, interval=1, jobs=jobs)
        return Scheduler(self.url, clock, interval=0.05, jobs=jobs)


@pytest.fixture(params=["embedded", "embedded on PostgreSQL", "queue"])
def make(request: pytest.FixtureRequest) -> Maker:
    """A runner of each kind on the database it is for; the embedded one on the other as well."""
    url = request.getfixturevalue("sqlite_url" if request.param == "embedded" else "postgresql_url")
    return Maker(request.param.split()[0], url)


@pytest.fixture
def database_url(make: Maker) -> str:
    """The database of the runner, which `session` and `sessions` are on as well."""
    return make.url


def test_the_database_says_which_runner_it_is(sqlite_url: str, clock: TurnedClock) -> None:
    assert isinstance(runner_for(sqlite_url, clock, Post()), Scheduler)
    assert isinstance(runner_for("postgresql+psycopg://asae@db/asae", clock, Post()), QueueWorker)


def test_a_runner_fires_what_was_due_while_it_slept_and_stops(
    make: Maker, session: Session, clock: TurnedClock
) -> None:
    deployed(session, clock.now())
    opened(session, clock.now())
    session.commit()
    clock.advance(timedelta(days=30))
    watched = Watched(clock)
    runner = make(watched, FIRE_DUE)
    assert not runner.is_running
    runner.stop()
    runner.start()
    runner.start()
    assert runner.is_running
    for _ in range(3):  # a slice that did something, one that found nothing, the next round
        assert watched.looked.acquire(timeout=20)
    runner.stop()
    runner.stop()
    assert not runner.is_running
    assert session.scalar(select(func.count()).select_from(Notice)) == 4
    runner.start()
    assert watched.looked.acquire(timeout=20)
    runner.stop()


def test_a_runner_sends_what_waits(make: Maker, session: Session, clock: TurnedClock) -> None:
    deployed(session, clock.now())
    with Hook() as hook:
        here = Bounds(http=True, private=True)
        commands.add_webhook(session, None, hook.url, ["case.opened"], bounds=here, now=clock.now())
        opened(session, clock.now())
        runner = make(clock, delivering(Post(bounds=here)))
        runner.start()
        assert hook.come.acquire(timeout=20)
        runner.stop()
        assert len(hook.got) == 1
    session.rollback()
    assert session.scalar(select(Letter.delivered_at)) is not None


def test_what_is_under_way_is_finished_before_a_runner_stops(make: Maker, clock: TurnedClock) -> None:
    begun, finished = threading.Event(), []

    def slowly(_sessions: object, _now: object) -> int:
        begun.set()
        time.sleep(0.3)
        finished.append(True)
        return 1  # there would be more, but the runner is asked to stop

    runner = make(clock, Job("slowly", slowly))
    runner.start()
    assert begun.wait(20)
    runner.stop()
    assert finished == [True]


def test_a_job_that_raises_does_not_end_the_runner(
    make: Maker, clock: TurnedClock, caplog: pytest.LogCaptureFixture
) -> None:
    tried = threading.Semaphore(0)

    def broken(_sessions: sessionmaker[Session], _now: datetime) -> int:
        tried.release()
        raise ValueError("broken")

    runner = make(clock, Job("broken", broken))
    runner.start()
    for _ in range(2):
        assert tried.acquire(timeout=20)
    runner.stop()
    assert [record.message for record in caplog.records].count("round failed") >= 2


def test_a_database_that_is_away_does_not_end_a_runner(
    tmp_path: object, clock: TurnedClock, caplog: pytest.LogCaptureFixture
) -> None:
    watched = Watched(clock)
    embedded = Scheduler(f"sqlite:///{tmp_path}/empty.sqlite", watched, interval=0.05)
    embedded.start()
    for _ in range(3):
        assert watched.looked.acquire(timeout=20)
    embedded.stop()
    assert any(record.message == "round failed" for record in caplog.records)


def test_a_worker_whose_database_is_away_waits_for_it(
    tmp_path: object, clock: TurnedClock, caplog: pytest.LogCaptureFixture
) -> None:
    worker = QueueWorker(f"postgresql+psycopg://asae@/asae?host={tmp_path}", clock, interval=1)
    worker.start()
    until = time.monotonic() + 20
    while not any(record.message == "worker lost its queue" for record in caplog.records):
        assert time.monotonic() < until
        time.sleep(0.05)
    worker.stop()
    assert not worker.is_running
