"""The runner beside PostgreSQL: Procrastinate workers, any number of them, on as many machines.

Every few seconds one worker gets each job from the queue, and at once when a command enqueued it. Who finds
more than a slice of a shared job enqueues one for a colleague, who does the same: a backlog wakes all that
are idle. A process works with three hands: one does nothing but what is due, one nothing but letters.
"""

from __future__ import annotations

import asyncio
import logging
import threading
from typing import TYPE_CHECKING

import procrastinate
from procrastinate.exceptions import ConnectorException
from procrastinate.jobs import Status
from sqlalchemy import make_url

from asae_engine.jobs.catalogue import INTERVAL, JOBS, Job, run
from asae_engine.model import queue
from asae_engine.model.database import create_engine_for, session_factory

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy import Engine
    from sqlalchemy.orm import Session, sessionmaker

    from asae_engine.clock import Clock

log = logging.getLogger(__name__)

#: A job of the queue whose worker gave no sign for so many seconds is forgotten; the next look does its work.
STALLED = 30


class QueueWorker:
    """Works off the queue of `database_url` while it runs. `start` and `stop` may be called again."""

    def __init__(
        self, database_url: str, clock: Clock, *, interval: int = INTERVAL, jobs: Sequence[Job] = JOBS
    ) -> None:
        self._url = database_url
        self._clock = clock
        self._interval = interval
        self._jobs = jobs
        self._ending = threading.Event()
        self._thread: threading.Thread | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._work: asyncio.Task[None] | None = None
        self._begun = threading.Event()

    @property
    def is_running(self) -> bool:
        """Whether jobs are being taken."""
        return self._thread is not None

    def start(self) -> None:
        """Begin to take jobs, in a thread of its own."""
        if self._thread is not None:
            return
        self._ending.clear()
        self._begun.clear()
        self._thread = threading.Thread(
            target=lambda: asyncio.run(self._live()), name="queue worker", daemon=True
        )
        self._thread.start()
        self._begun.wait()

    def stop(self) -> None:
        """Let the slices that are under way finish, then stop and close the connections."""
        if self._thread is None:
            return
        self._ending.set()
        if self._loop is not None and self._work is not None:
            self._loop.call_soon_threadsafe(self._work.cancel)
        self._thread.join()
        self._thread = None

    async def _live(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._work = asyncio.create_task(self._work_on())
        self._begun.set()
        try:
            await self._work
        except asyncio.CancelledError:
            log.debug("worker ended")

    async def _work_on(self) -> None:
        """Work; when the database was away, which ends procrastinate's worker, begin again."""
        engine = create_engine_for(self._url, pool_size=len(self._jobs) + 1)
        try:
            while not self._ending.is_set():
                try:
                    await self._work_once(engine)
                except Exception as error:
                    log.error("worker lost its queue", extra={"error": type(error).__name__})
                await asyncio.sleep(self._interval)
        finally:
            engine.dispose()

    async def _work_once(self, engine: Engine) -> None:
        with engine.connect():
            pass  # procrastinate's pool would try for half a minute before it said that nobody answers
        connector = procrastinate.PsycopgConnector(conninfo=_conninfo(self._url), min_size=1, max_size=6)
        app = procrastinate.App(connector=connector)
        for job in self._jobs:
            self._register(app, job, engine)
        async with app.open_async():
            await _forget_stalled(app)
            hands = [
                asyncio.create_task(
                    app.run_worker_async(
                        queues=[name],
                        name=name,
                        concurrency=1,
                        install_signal_handlers=False,
                        delete_jobs="always",
                        fetch_job_polling_interval=self._interval,
                    )
                )
                for name in sorted({queue.queue_of(job.name) for job in self._jobs})
            ]
            try:
                await asyncio.wait(hands, return_when=asyncio.FIRST_COMPLETED)
            finally:
                for hand in hands:
                    hand.cancel()
                await asyncio.gather(*hands, return_exceptions=True)

    def _register(self, app: procrastinate.App, job: Job, engine: Engine) -> None:
        sessions = session_factory(engine)

        def slice_and_call(sessions: sessionmaker[Session], now: datetime) -> int:
            done = job.slice(sessions, now)
            if job.full is not None and done >= job.full:
                _call_a_colleague(sessions, job.name)
            return done

        def work(timestamp: int | None = None) -> None:
            run(Job(job.name, slice_and_call), sessions, self._clock, self._ending.is_set)

        task = app.task(name=job.name, queue=queue.queue_of(job.name), queueing_lock=f"once:{job.name}")(work)
        app.periodic(cron=f"* * * * * */{self._interval}", periodic_id=job.name)(task)


def _call_a_colleague(sessions: sessionmaker[Session], name: str) -> None:
    """Wake one more worker, unless one is being woken."""
    with sessions() as session:
        queue.enqueue(session, name)
        session.commit()


async def _forget_stalled(app: procrastinate.App) -> None:
    """Take from the queue what killed workers had taken."""
    for job in await app.job_manager.get_stalled_jobs(seconds_since_heartbeat=STALLED):
        try:
            await app.job_manager.finish_job(job, Status.FAILED, delete_job=True)
        except ConnectorException:
            continue  # another worker did


def _conninfo(url: str) -> str:
    """The address as libpq wants it."""
    return make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)
