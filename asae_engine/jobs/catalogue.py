"""What is done in the background, whoever runs it: `scheduler` on one machine, `queue` beside PostgreSQL.

A job does one slice of its work and says how many things it did; a runner calls it again at once while it did
any, and looks again every few seconds. What there is to do stands in tables: a job may be run twice, or by
several at once, and may be killed at any point.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING

from asae_engine import commands

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from sqlalchemy.orm import Session, sessionmaker

    from asae_engine.clock import Clock
    from asae_engine.post import Post

log = logging.getLogger(__name__)

#: Seconds between two looks: what is due is seen at most this late.
INTERVAL = 5

#: How many things one slice of `fire_due` does: short enough that the instant it notes is the present one,
#: and that a worker that is asked to stop stops within a second.
SLICE = 200


@dataclass(frozen=True, slots=True)
class Job:
    """One sort of background work."""

    name: str
    #: Does a slice at an instant; says how many things it did.
    slice: Callable[[sessionmaker[Session], datetime], int]
    #: A slice that did so many left more, and several workers get on faster than one; none: one is enough.
    full: int | None = None


def _fire_due(sessions: sessionmaker[Session], now: datetime) -> int:
    return commands.fire_due(sessions, now=now, limit=SLICE)


FIRE_DUE = Job("fire_due", _fire_due, full=SLICE)


def _do_works(sessions: sessionmaker[Session], now: datetime) -> int:
    return commands.do_works(sessions, now=now)


DO_WORKS = Job("do_works", _do_works)
#: What every installation does in the same way.
JOBS = (FIRE_DUE, DO_WORKS)


def delivering(post: Post) -> Job:
    """The sending of letters, by an installation's post."""
    return Job("deliver_letters", commands.Deliverer(post).deliver)


def run(job: Job, sessions: sessionmaker[Session], clock: Clock, is_ending: Callable[[], bool]) -> int:
    """Do a job until nothing is left of it or the runner ends. Never raises: the next look tries again."""
    done = 0
    try:
        while not is_ending():
            sliced = job.slice(sessions, clock.now())
            done += sliced
            if not sliced:
                break
    except Exception as error:  # a database that is away, or our mistake: the runner must live on
        log.error("round failed", extra={"job": job.name, "error": type(error).__name__})
    if done:
        log.info("job done", extra={"job": job.name, "count": done})
    return done
