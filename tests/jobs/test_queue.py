"""The queue beside our tables on PostgreSQL: enqueued with a command, shared by workers, kept in step."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import text

from asae_engine.jobs import Job
from asae_engine.jobs.queue import QueueWorker
from asae_engine.model import queue
from asae_engine.model.database import create_engine_for, session_factory

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Engine

    from asae_engine.clock import TurnedClock


@pytest.fixture
def engine(postgresql_url: str) -> Iterator[Engine]:
    engine = create_engine_for(postgresql_url)
    yield engine
    engine.dispose()


def _waiting(engine: Engine) -> list[str]:
    with engine.connect() as connection:
        return list(connection.execute(text("SELECT task_name FROM procrastinate_jobs")).scalars())


def test_a_job_is_enqueued_with_the_transaction_of_the_command_or_not_at_all(engine: Engine) -> None:
    sessions = session_factory(engine)
    with sessions() as session:
        queue.enqueue(session, "works")
        session.rollback()
    assert _waiting(engine) == []
    with sessions() as session:
        queue.enqueue(session, "works")
        queue.enqueue(session, "works")
        assert _waiting(engine) == []
        session.commit()
    assert _waiting(engine) == ["works"]


def test_the_embedded_scheduler_needs_no_queue(sqlite_url: str) -> None:
    with session_factory(sqlite_url)() as session:
        queue.enqueue(session, "works")
        assert not session.in_transaction()


def test_the_database_has_every_change_of_the_installed_queue(engine: Engine) -> None:
    """Fails when procrastinate's version was raised without a revision that calls `bring_up_to_date`."""
    with engine.begin() as connection:
        assert queue.applied(connection) == queue.shipped()


def test_a_change_that_the_queue_brings_later_is_made_once(
    engine: Engine, tmp_path: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    from pathlib import Path

    newer = Path(str(tmp_path)) / "99.00.00_01_pre_newer.sql"
    newer.write_text("CREATE TABLE procrastinate_newer (id int); SELECT '100%';", encoding="utf-8")
    monkeypatch.setattr(queue.SchemaManager, "get_migrations_path", lambda: str(tmp_path))
    for _ in range(2):
        with engine.begin() as connection:
            queue.bring_up_to_date(connection)
    with engine.connect() as connection:
        assert connection.execute(text("SELECT count(*) FROM procrastinate_newer")).scalar() == 0


def test_a_backlog_calls_a_second_worker(postgresql_url: str, engine: Engine, clock: TurnedClock) -> None:
    together = threading.Barrier(2)

    def slice_(_sessions: object, _now: object) -> int:
        try:
            together.wait(timeout=0.5)
        except threading.BrokenBarrierError:
            if not met.is_set():
                together.reset()
            return 10
        met.set()
        return 0

    met = threading.Event()
    workers = [
        QueueWorker(postgresql_url, clock, interval=5, jobs=[Job("fire_due", slice_, full=10)]) for _ in "ab"
    ]
    for worker in workers:
        worker.start()
    assert met.wait(20)
    for worker in workers:
        worker.stop()
    assert _waiting(engine) == []


def test_what_a_killed_worker_had_taken_is_forgotten(
    postgresql_url: str, engine: Engine, clock: TurnedClock
) -> None:
    with engine.begin() as connection:
        connection.execute(
            text(
                "WITH dead AS (INSERT INTO procrastinate_workers (last_heartbeat)"
                " VALUES (now() - interval '1 hour') RETURNING id)"
                " INSERT INTO procrastinate_jobs (queue_name, task_name, status, worker_id)"
                " SELECT 'due', 'gone', 'doing', id FROM dead"
            )
        )
    looked = threading.Event()

    def slice_(_sessions: object, _now: object) -> int:
        looked.set()
        return 0

    worker = QueueWorker(postgresql_url, clock, interval=1, jobs=[Job("fire_due", slice_)])
    worker.start()
    assert looked.wait(20)
    worker.stop()
    assert "gone" not in _waiting(engine)
