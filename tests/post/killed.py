"""Runs as a process of its own: sends what is due, and kills itself when it is about to mark the n-th letter
as delivered.
"""

from __future__ import annotations

import os
import signal
import sys
from datetime import datetime

from sqlalchemy import event

from asae_engine.model.database import create_engine_for, session_factory
from tests.post.building import deliverer


def main() -> None:
    """`python -m tests.post.killed URL INSTANT N`."""
    url, now, left = sys.argv[1], datetime.fromisoformat(sys.argv[2]), [int(sys.argv[3])]
    engine = create_engine_for(url)

    def die(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        if statement.startswith("UPDATE letter") and "delivered_at=" in statement.partition("WHERE")[0]:
            left[0] -= 1
            if not left[0]:
                os.kill(os.getpid(), signal.SIGKILL)

    event.listen(engine, "before_cursor_execute", die)
    sending = deliverer()
    while sending.deliver(session_factory(engine), now):
        pass


if __name__ == "__main__":
    main()
