"""`asae clock`: live through time on a copy of the database, and see what deadlines and timers would do."""

from __future__ import annotations

import argparse
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import make_url

from asae_engine import commands
from asae_engine.calendar import ZONE, end_of_day
from asae_engine.clock import SystemClock, TurnedClock
from asae_engine.model.copies import CopyFailed, copy_of
from asae_engine.model.database import create_engine_for, session_factory
from asae_engine.reading import lately

if TYPE_CHECKING:
    from sqlalchemy.orm import Session, sessionmaker

#: A run that fires this many things is taken to be a loop of timers.
MOST_FIRED = 100_000

_WORDS = {
    "task.reminder": "rappel",
    "task.overdue": "en retard",
    "task.escalated": "escalade",
    "task.opened": "étape ouverte",
    "task.canceled": "étape retirée",
    "timer.fired": "minuterie",
    "notice.sent": "avis envoyé",
    "incident.raised": "incident",
    "case.closed": "situation close",
}


def register(subcommands: argparse._SubParsersAction[Any]) -> None:
    """The subcommand."""
    parser = subcommands.add_parser("clock", help="vivre les échéances à venir sur une copie de la base")
    parser.add_argument(
        "--until", required=True, type=_moment, metavar="DATE", help="jour, par exemple 2026-06-01"
    )
    parser.add_argument("--database-url", metavar="URL", help="défaut : ASAE_DATABASE_URL")
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Turn a clock over a copy from one due instant to the next, and print what happened at each."""
    from web.settings import Settings

    url = make_url(options.database_url or Settings.from_environment().database_url)
    clock = TurnedClock(SystemClock().now())
    if options.until < clock.now():
        raise CopyFailed(f"Le {_day(options.until)} est déjà passé.")
    with copy_of(url) as copied:
        engine = create_engine_for(copied)
        try:
            fired = _live(session_factory(engine), clock, options.until)
        finally:
            engine.dispose()
    plural = "s" if fired > 1 else ""
    print(f"{fired} échéance{plural} jusqu’au {_day(options.until)}. La base n’a pas changé.")
    return 0


def _live(sessions: sessionmaker[Session], clock: TurnedClock, until: datetime) -> int:
    with sessions() as session:
        last = lately.newest(session)
    fired = 0
    while fired < MOST_FIRED:
        with sessions() as session:
            due = commands.next_due(session)
        if due is None or due > until:
            break
        clock.turn(max(due, clock.now()))
        done = commands.fire_due(sessions, now=clock.now())
        last = _tell(sessions, last)
        if not done and due <= clock.now():
            with sessions() as session:
                again = commands.next_due(session)
            if again is not None and again <= due:
                raise CopyFailed("Une échéance ne peut pas être exécutée : voyez les incidents.")
        fired += done
    clock.turn(max(until, clock.now()))
    return fired


def _tell(sessions: sessionmaker[Session], last: int) -> int:
    """Print what happened since `last`, and return the rank of the newest event."""
    with sessions() as session:
        told, newest = lately.since(session, last, _WORDS), lately.newest(session)
    for one in told:
        moment = one.at.astimezone(ZONE)
        columns = (f"{moment:%d/%m/%Y %H:%M}", f"{one.case_number or '—':<10}", f"{_WORDS[one.type]:<15}")
        print("  ".join([*columns, one.element or ""]).rstrip())
    return newest


def _moment(written: str) -> datetime:
    """The end of a day, or an instant with its zone."""
    try:
        if len(written) == 10:
            return end_of_day(date.fromisoformat(written))
        instant = datetime.fromisoformat(written)
    except ValueError:
        raise argparse.ArgumentTypeError("écrivez un jour, par exemple 2026-06-01") from None
    return instant.replace(tzinfo=instant.tzinfo or ZONE).astimezone(UTC)


def _day(instant: datetime) -> str:
    return f"{instant.astimezone(ZONE):%d/%m/%Y}"
