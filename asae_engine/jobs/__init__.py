"""Background work behind one seam: what there is to do (`catalogue`), and two runners; the database chooses.

On SQLite, which is one machine, APScheduler inside the server or a worker (`scheduler`). On PostgreSQL,
Procrastinate workers (`queue`), as many as one likes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from sqlalchemy import make_url

from asae_engine.jobs.catalogue import JOBS, Job, delivering
from asae_engine.jobs.scheduler import Scheduler

if TYPE_CHECKING:
    from asae_engine.clock import Clock
    from asae_engine.post import Post

__all__ = ["JOBS", "Job", "Runner", "Scheduler", "delivering", "is_queued", "runner_for"]


class Runner(Protocol):
    """Runs the jobs in threads of its own, from `start` to `stop`, which waits for what is under way."""

    @property
    def is_running(self) -> bool: ...

    def start(self) -> None: ...

    def stop(self) -> None: ...


def is_queued(database_url: str) -> bool:
    """Whether jobs go through a queue that any number of workers share."""
    return make_url(database_url).get_backend_name() == "postgresql"


def runner_for(database_url: str, clock: Clock, post: Post) -> Runner:
    """The runner that this database asks for, with all there is to do."""
    jobs = (*JOBS, delivering(post))
    if not is_queued(database_url):
        return Scheduler(database_url, clock, jobs=jobs)
    from asae_engine.jobs.queue import QueueWorker  # a web process that runs no jobs need not load it

    return QueueWorker(database_url, clock, jobs=jobs)
