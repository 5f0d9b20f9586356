"""`asae clock`: live through time on a copy of the database, and see what deadlines and timers would do."""

from __future__ import annotations

import argparse
import contextlib
import shutil
import sqlite3
import tempfile
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from sqlalchemy import create_engine, make_url, select, text
from sqlalchemy.exc import SQLAlchemyError

from asae_engine import commands
from asae_engine.calendar import ZONE, end_of_day
from asae_engine.clock import SystemClock, TurnedClock
from asae_engine.model import Case, Event
from asae_engine.model.database import create_engine_for, session_factory

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import URL
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


class CopyFailed(Exception):  # noqa: N818 - it tells what happened
    """The database could not be copied; nothing was done."""

    def __init__(self, message_fr: str) -> None:
        super().__init__(message_fr)
        self.message_fr = message_fr


def register(subcommands: argparse._SubParsersAction[Any]) -> None:
    """The subcommand."""
    parser = subcommands.add_parser("clock", help="vivre les échéances à venir sur une copie de la base")
    parser.add_argument(
        "--until", required=True, type=_moment, metavar="DATE", help="jour, par exemple 2026-06-01"
    )
    parser.add_argument("--database-url", metavar="URL", help="défaut : ASAE_DATABASE_URL")
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
        last = session.scalar(select(Event.id).order_by(Event.id.desc()).limit(1)) or 0
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
                raise CopyFailed("Une échéance ne peut pas être exécutée : voyez les incidents.")
        fired += done
    clock.turn(max(until, clock.now()))
    return fired


def _tell(sessions: sessionmaker[Session], last: int) -> int:
    """Print the events since `last`, and return the newest one's number."""
    with sessions() as session:
        rows = session.execute(
            select(Event.id, Event.at, Event.type, Event.element_name, Case.number)
            .outerjoin(Case, Case.id == Event.case_id)
            .where(Event.id > last, Event.type.in_(_WORDS))
            .order_by(Event.id)
        ).all()
        newest = session.scalar(select(Event.id).order_by(Event.id.desc()).limit(1)) or last
    for _, at, kind, element, number in rows:
        moment = at.astimezone(ZONE)
        print(f"{moment:%d/%m/%Y %H:%M}  {number or '—':<10}  {_WORDS[kind]:<15}  {element or ''}".rstrip())
    return newest


@contextlib.contextmanager
def copy_of(url: URL) -> Iterator[str]:
    """The address of a copy of a database that lives as long as the block. Raises `CopyFailed`."""
    if url.get_backend_name() == "sqlite":
        folder = Path(tempfile.mkdtemp(prefix="asae-clock-"))
        try:
            yield _copy_sqlite(url, folder / "copy.db")
        finally:
            shutil.rmtree(folder, ignore_errors=True)
        return
    name = f"asae_clock_{uuid4().hex[:12]}"
    server = create_engine(url.set(database="postgres"), isolation_level="AUTOCOMMIT")
    try:
        with server.connect() as connection:
            connection.execute(text(f'CREATE DATABASE "{name}" TEMPLATE "{url.database}"'))
    except SQLAlchemyError:
        server.dispose()
        raise CopyFailed(
            "La base PostgreSQL n’a pas pu être copiée : arrêtez l’application le temps de l’essai, "
            "et utilisez un compte qui peut créer une base."
        ) from None
    try:
        yield url.set(database=name).render_as_string(hide_password=False)
    finally:
        with server.connect() as connection:
            connection.execute(text(f'DROP DATABASE "{name}" WITH (FORCE)'))
        server.dispose()


def _copy_sqlite(url: URL, target: Path) -> str:
    source = Path(url.database or "")
    if not source.is_file():
        raise CopyFailed("La base n’existe pas encore : lancez « asae upgrade », ou « make run ».")
    with (
        contextlib.closing(sqlite3.connect(f"file:{source}?mode=ro", uri=True)) as original,
        contextlib.closing(sqlite3.connect(target)) as copied,
    ):
        original.backup(copied)
    return f"sqlite:///{target}"


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
