"""Runs as a process of its own: does deeds in children that kill themselves at their n-th statement, n = 1,
2, 3… until one lives.

Says after each child what became of it, and waits to be told to go on: the test looks at the database
meanwhile. A child is forked before anything starts a thread or the FEEL isolate.
"""

from __future__ import annotations

import os
import signal
import sys
import traceback
from datetime import datetime
from typing import TYPE_CHECKING
from uuid import UUID

from sqlalchemy import event

from asae_engine.model.database import create_engine_for, session_factory
from tests.commands.deeds import ALONE, AWAITING, DEADLY

if TYPE_CHECKING:
    from sqlalchemy.engine import Connection

#: What changes nothing and need not be died in.
QUIET = ("SELECT pg_", "BEGIN", "PRAGMA")


def _do(url: str, deed: str, case_id: UUID, now: datetime, deadly: int) -> None:
    engine = create_engine_for(url)
    left, wrote = [deadly], [False]

    def count(connection: Connection, _cursor: object = None, statement: str = "COMMIT", *_: object) -> None:
        alone = getattr(connection.connection.driver_connection, "autocommit", None) is True
        if statement == "COMMIT" and alone:
            left[0] = -1  # the one statement was its own commit
        # From the first write to its commit: before it all is as it was, after it all is done.
        wrote[0] = wrote[0] or not statement.lstrip().startswith(("SELECT", *QUIET, "COMMIT"))
        left[0] -= wrote[0]
        if left[0] == 0 and wrote[0]:
            os.kill(os.getpid(), signal.SIGKILL)
        if statement == "COMMIT" and wrote[0]:
            left[0] = -1

    event.listen(engine, "before_cursor_execute", count)
    event.listen(engine, "commit", count)
    with session_factory(engine)() as session:
        {**DEADLY, **ALONE, **AWAITING}[deed](session, case_id, "wafa", now)


def main() -> None:
    url, now = sys.argv[1], datetime.fromisoformat(sys.argv[2])
    for line in sys.stdin:
        deed, case_id = line.split()
        for deadly in range(1, 100):
            child = os.fork()
            if child == 0:
                try:
                    _do(url, deed, UUID(case_id), now, deadly)
                except BaseException:
                    traceback.print_exc()
                    os._exit(1)
                os._exit(0)
            _, status = os.waitpid(child, 0)
            print("killed" if os.WIFSIGNALED(status) else f"ended {status}", flush=True)
            if not os.WIFSIGNALED(status) or sys.stdin.readline().strip() != "go":
                break


if __name__ == "__main__":
    main()
