"""Runs as a process of its own: completes a task in a child that kills itself at its n-th statement, for n =
1, 2, 3…

Says after each child what became of it, and waits to be told to go on: the test looks at the database
meanwhile. A child is forked before anything starts a thread or the FEEL isolate.
"""

from __future__ import annotations

import os
import signal
import sys
from datetime import datetime
from uuid import UUID

from sqlalchemy import event

from asae_engine import access, commands
from asae_engine.model.database import create_engine_for, session_factory


def _complete(url: str, task_id: UUID, now: datetime, deadly: int) -> None:
    engine = create_engine_for(url)
    left = [deadly]

    def count(*_: object) -> None:
        left[0] -= 1
        if left[0] == 0:
            os.kill(os.getpid(), signal.SIGKILL)

    with session_factory(engine)() as session:
        actor = access.actor_for(session, "wafa")
        session.commit()
        event.listen(engine, "before_cursor_execute", count)
        event.listen(engine, "commit", count)
        commands.complete_task(
            session, actor, task_id, {"decision": "opinion", "operator": "south", "who": "walid"}, now=now
        )


def main() -> None:
    url, task_id, now = sys.argv[1], UUID(sys.argv[2]), datetime.fromisoformat(sys.argv[3])
    for deadly in range(1, 60):
        child = os.fork()
        if child == 0:
            _complete(url, task_id, now, deadly)
            os._exit(0)
        _, status = os.waitpid(child, 0)
        print("killed" if os.WIFSIGNALED(status) else f"done {status}", flush=True)
        if not os.WIFSIGNALED(status) or sys.stdin.readline().strip() != "go":
            return


if __name__ == "__main__":
    main()
