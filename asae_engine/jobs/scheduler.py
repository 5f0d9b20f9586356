"""The embedded runner: APScheduler in the server's own process (or alone in a worker), for one machine.

It has its own engine and connections, so that it shares nothing with the pages; a round that takes longer
than the interval swallows those it overlaps. Several may run at once, in several processes.
"""

from __future__ import annotations

import threading
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.schedulers.background import BackgroundScheduler

from asae_engine.jobs.catalogue import INTERVAL, JOBS, Job, run
from asae_engine.model.database import create_engine_for, session_factory

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Engine

    from asae_engine.clock import Clock


class Scheduler:
    """Runs the jobs on `database_url` while it runs. `start` and `stop` may be called again."""

    def __init__(
        self, database_url: str, clock: Clock, *, interval: float = INTERVAL, jobs: Sequence[Job] = JOBS
    ) -> None:
        self._url = database_url
        self._clock = clock
        self._interval = interval
        self._jobs = jobs
        self._ending = threading.Event()
        self._engine: Engine | None = None
        self._scheduler: BackgroundScheduler | None = None

    @property
    def is_running(self) -> bool:
        """Whether rounds are being run."""
        return self._scheduler is not None

    def start(self) -> None:
        """Begin to run rounds, the first at once."""
        if self._scheduler is not None:
            return
        self._ending.clear()
        engine = create_engine_for(self._url, pool_size=len(self._jobs) + 1)
        scheduler = BackgroundScheduler(
            executors={"default": ThreadPoolExecutor(len(self._jobs))},
            job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None},
            timezone="UTC",
        )
        for job in self._jobs:
            arguments = (job, session_factory(engine), self._clock, self._ending.is_set)
            scheduler.add_job(
                run,
                "interval",
                args=arguments,
                seconds=self._interval,
                id=job.name,
                next_run_time=datetime.now(UTC),  # the machine's: a turned clock wakes no thread
            )
        scheduler.start()
        self._engine, self._scheduler = engine, scheduler

    def stop(self) -> None:
        """Let the slices that are under way finish, then stop and close the connections."""
        if self._scheduler is None:
            return
        self._ending.set()
        self._scheduler.shutdown(wait=True)
        self._scheduler = None
        if self._engine is not None:
            self._engine.dispose()
            self._engine = None
