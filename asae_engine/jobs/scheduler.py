"""The embedded scheduler: one job that fires what is due, every few seconds.

It has its own engine and connections, so that it shares nothing with the pages; a round that takes longer
than the interval swallows those it overlaps. Several may run at once, in several processes: firing is
idempotent.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.schedulers.background import BackgroundScheduler

from asae_engine.commands import fire_due
from asae_engine.model.database import create_engine_for, session_factory

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from asae_engine.clock import Clock

log = logging.getLogger(__name__)

#: Seconds between two rounds: a deadline is seen at most this late.
INTERVAL = 5


class Scheduler:
    """Fires what is due at `database_url` while it runs. `start` and `stop` may be called again."""

    def __init__(self, database_url: str, clock: Clock, *, interval: float = INTERVAL) -> None:
        self._url = database_url
        self._clock = clock
        self._interval = interval
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
        self._engine = create_engine_for(self._url, pool_size=2)
        scheduler = BackgroundScheduler(
            executors={"default": ThreadPoolExecutor(1)},
            job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None},
            timezone="UTC",
        )
        scheduler.add_job(self.run_round, id="first_round")
        scheduler.add_job(self.run_round, "interval", seconds=self._interval, id="fire_due")
        scheduler.start()
        self._scheduler = scheduler

    def stop(self) -> None:
        """Let a round that is under way finish, then stop and close the connections."""
        if self._scheduler is None:
            return
        self._scheduler.shutdown(wait=True)
        self._scheduler = None
        if self._engine is not None:
            self._engine.dispose()
            self._engine = None

    def run_round(self) -> int:
        """Fire what is due now and say how many fired. Never raises: a round that failed is followed by the
        next.
        """
        engine = self._engine
        if engine is None:
            return 0
        try:
            fired = fire_due(session_factory(engine), now=self._clock.now())
        except Exception as error:  # the loop must live on; the next round tries again
            log.error("round failed", extra={"error": type(error).__name__})
            return 0
        if fired:
            log.info("due things fired", extra={"count": fired})
        return fired
