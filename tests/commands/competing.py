"""Runs as a process of its own: does what it is told to a case, and waits before its first write for a word.

One line of JSON for each deed; answers « at write » when it stands before its first write, then what became
of it.
"""

from __future__ import annotations

import json
import sys
from datetime import datetime
from uuid import UUID

from sqlalchemy import event

from asae_engine import commands
from asae_engine.model.database import create_engine_for, session_factory
from tests.commands.deeds import COMPETING

WRITES = ("BEGIN IMMEDIATE", "INSERT", "UPDATE", "DELETE", "WITH")


def main() -> None:
    engine = create_engine_for(sys.argv[1])
    held = [False]

    def pause(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        if held[0] and statement.lstrip().startswith(WRITES):
            held[0] = False
            print("at write", flush=True)
            sys.stdin.readline()

    event.listen(engine, "before_cursor_execute", pause)
    sessions = session_factory(engine)
    for line in sys.stdin:
        asked = json.loads(line)
        held[0] = True
        with sessions() as session:
            try:
                given = COMPETING[asked["deed"]](
                    session, UUID(asked["case"]), asked["who"], datetime.fromisoformat(asked["now"])
                )
                said = {"done": given if isinstance(given, int) else True}
            except commands.CommandError as refused:
                said = {"refused": type(refused).__name__, "message": refused.message_fr}
            except Exception as error:
                said = {"raised": f"{type(error).__name__}: {error}"}
        held[0] = False
        print(json.dumps(said), flush=True)


if __name__ == "__main__":
    main()
