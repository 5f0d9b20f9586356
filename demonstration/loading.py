"""The whole load: the programme is deployed, accounts are made, journeys are lived, in an empty database."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import event, select

from asae_engine import access, bundles, commands
from asae_engine.calendar import ZONE, local_date
from asae_engine.clock import TurnedClock
from asae_engine.model import Deployment, User
from asae_engine.model.database import create_engine_for, session_factory
from demonstration.accounts import ACCOUNTS, PASSWORD
from demonstration.journeys import BEGINNING
from demonstration.living import Life, Lived
from demonstration.plans import plan

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable
    from datetime import date

    from sqlalchemy.orm import Session, sessionmaker

ROOT = Path(__file__).parents[1]


class NotEmpty(Exception):  # noqa: N818 - named by what it says
    """The database holds a deployment or accounts already: nothing was written."""


def load(url: str, now: datetime, progress: Callable[[date, Lived], None]) -> Lived:
    """Live the demonstration into the database at `url`, which is migrated and empty, as seen at `now`.

    Raises `NotEmpty`. On SQLite the load does not wait for the disk at each commit (`PRAGMA synchronous =
    OFF`): an interrupted load is thrown away whole.
    """
    engine = create_engine_for(url)
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _do_not_wait_for_the_disk)
    try:
        return _load(session_factory(engine), now, progress)
    finally:
        engine.dispose()


def _do_not_wait_for_the_disk(connection: sqlite3.Connection, _record: object) -> None:
    connection.execute("PRAGMA synchronous = OFF")


def _load(sessions: sessionmaker[Session], now: datetime, progress: Callable[[date, Lived], None]) -> Lived:
    beginning = datetime.combine(BEGINNING, time(8, 0), ZONE).astimezone(UTC)
    clock = TurnedClock(beginning - timedelta(days=3))
    files = bundles.read_folder(ROOT / "processes", ROOT / "forms")
    with sessions() as session:
        if (
            session.scalars(select(Deployment.id).limit(1)).first()
            or session.scalars(select(User.id)).first()
        ):
            raise NotEmpty
        session.rollback()
        commands.deploy(session, None, files, "Première version du programme", now=clock.now())
        # One password, so one hash: making it slowly is what it is for.
        hashed = access.passwords.hashed(PASSWORD)
        for account in ACCOUNTS:
            commands.add_user(
                session,
                None,
                account.username,
                account.name,
                account.organisation,
                account.roles,
                None,
                password_hash=hashed,
                now=clock.now(),
            )
    bundle, _ = bundles.check(files)
    assert bundle is not None  # noqa: S101 - it was deployed just above
    life = Life(sessions, clock, now, dict(bundle.forms), progress)
    clock.turn(beginning)
    return life.live(plan(local_date(now)))
