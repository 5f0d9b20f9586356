"""The whole application on a turned clock, behind a real server, for a real browser.

`site` serves it from a thread. The test turns time with `site.pass_time(until)`, which fires what is due
instant by instant, as the scheduler does on the machine's clock.
"""

from __future__ import annotations

import threading
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from waitress import wasyncore
from waitress.server import create_server

from asae_engine import bundles, commands
from asae_engine.access import passwords
from asae_engine.clock import TurnedClock
from asae_engine.model.database import create_engine_for, session_factory
from demonstration.accounts import ACCOUNTS, PASSWORD
from web.app import create_app
from web.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy.orm import Session, sessionmaker

ROOT = Path(__file__).parent.parent.parent


class Site:
    """A running installation, its address, its clock and a way to look into its database."""

    def __init__(self, url: str, sessions: sessionmaker[Session], clock: TurnedClock) -> None:
        self.url = url
        self.sessions = sessions
        self.clock = clock

    def pass_time(self, until: datetime) -> None:
        """Live until an instant: the clock stops at each thing that becomes due, and it is fired."""
        while True:
            with self.sessions() as session:
                due = commands.next_due(session)
            if due is None or due > until:
                break
            if due > self.clock.now():
                self.clock.turn(due)
            commands.fire_due(self.sessions, now=self.clock.now())
        self.clock.turn(until)


@pytest.fixture
def site(sqlite_url: str) -> Iterator[Site]:
    """The programme deployed, its people with accounts, nobody referred yet: Monday 2 March 2026."""
    clock = TurnedClock(datetime(2026, 3, 2, 8, 0, tzinfo=UTC))
    engine = create_engine_for(sqlite_url)
    sessions = session_factory(engine)
    with sessions() as session:
        files = bundles.read_folder(ROOT / "processes", ROOT / "forms")
        commands.deploy(session, None, files, "Première mise en service", now=clock.now())
        secret = passwords.hashed(PASSWORD)
        for one in ACCOUNTS:
            commands.add_user(
                session,
                None,
                one.username,
                one.name,
                one.organisation,
                one.roles,
                None,
                password_hash=secret,
                now=clock.now(),
            )
    settings = Settings(database_url=sqlite_url, secret_key="only for this test")
    sockets: dict[int, object] = {}
    server = create_server(
        create_app(settings, clock=clock), map=sockets, host="127.0.0.1", port=0, threads=4
    )
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    yield Site(f"http://127.0.0.1:{server.effective_port}", sessions, clock)
    # In the server's own thread: closed from here, its sockets would go while it waits on them.
    server.trigger.pull_trigger(lambda: wasyncore.close_all(sockets, ignore_all=True))
    thread.join(timeout=5)
    assert not thread.is_alive()
    server.task_dispatcher.shutdown()
    engine.dispose()
