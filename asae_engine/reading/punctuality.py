"""How late what is due is fired: due instant against fired instant, and what still waits.

Everything comes from the events and the tables of what is due. Numbers only: monitoring reads them too.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import median
from typing import TYPE_CHECKING

from sqlalchemy import select

from asae_engine.model import Event, due
from asae_engine.model.history import WAS_FIRED

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

#: After so long without anything fired although something is due, nobody is at work.
STALLED = timedelta(minutes=5)

#: The newest so many are measured.
_MOST = 2000


@dataclass(frozen=True, slots=True)
class Lateness:
    """How late things were fired, in seconds."""

    count: int
    median: float
    #: Nineteen in twenty were not later.
    high: float
    worst: float


@dataclass(frozen=True, slots=True)
class Punctuality:
    """How what is due goes at an instant."""

    hour: Lateness | None
    day: Lateness | None
    #: How many things are due and not fired, those apart that failed and wait to be tried again.
    waiting: int
    #: Since when the eldest of them is due.
    since: datetime | None
    #: And for how many seconds.
    waited: float
    #: Whether things are due and nothing was fired for a while: no worker is running.
    stalled: bool


def punctuality(session: Session, *, now: datetime) -> Punctuality:
    """How punctual things are fired, over the last hour and the last day."""
    fired = _fired(session, now - timedelta(days=1))
    waiting, since = due.waiting(session, now)
    newest = max((at for at, _ in fired), default=None)
    late = since is not None and now - since > STALLED
    return Punctuality(
        hour=_lateness([seconds for at, seconds in fired if at > now - timedelta(hours=1)]),
        day=_lateness([seconds for _, seconds in fired]),
        waiting=waiting,
        since=since,
        waited=0.0 if since is None else (now - since).total_seconds(),
        stalled=late and (newest is None or now - newest > STALLED),
    )


def _fired(session: Session, since: datetime) -> list[tuple[datetime, float]]:
    """When each thing was fired, and how many seconds late: the event has the instant it was due at."""
    rows = session.execute(
        select(Event.at, Event.data).where(WAS_FIRED, Event.at > since).order_by(Event.at.desc()).limit(_MOST)
    )
    return [
        (at, max(0.0, (at - datetime.fromisoformat(data["due_at"])).total_seconds()))
        for at, data in rows
        if "due_at" in data  # timers did not tell it at first
    ]


def _lateness(seconds: list[float]) -> Lateness | None:
    if not seconds:
        return None
    seconds = sorted(seconds)
    return Lateness(len(seconds), median(seconds), seconds[(len(seconds) - 1) * 19 // 20], seconds[-1])
