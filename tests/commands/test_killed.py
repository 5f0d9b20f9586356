"""A process that dies between any two statements leaves everything as it was."""

from __future__ import annotations

import os
import subprocess
import sys
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Engine, select

from asae_engine.model import Base, Task, TaskStatus
from tests.builders import deployed, opened

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from asae_engine.clock import TurnedClock

ROOT = Path(__file__).parents[2]


def _everything(engine: Engine) -> dict[str, list[str]]:
    with engine.connect() as connection:
        return {
            table.name: sorted(str(tuple(row)) for row in connection.execute(select(table)))
            for table in Base.metadata.sorted_tables
        }


def test_killed_at_each_of_its_statements_a_completion_leaves_no_trace(
    engine: Engine, database_url: str, session: Session, clock: TurnedClock
) -> None:
    deployed(session, clock.now())
    [task] = opened(session, clock.now()).opened
    session.commit()
    before = _everything(engine)
    now = clock.advance(timedelta(hours=1))
    with subprocess.Popen(  # noqa: S603 - our own module, with arguments of ours
        [sys.executable, "-m", "tests.commands.killed", database_url, str(task.id), now.isoformat()],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": f"{ROOT}:{os.environ.get('PYTHONPATH', '')}"},
    ) as process:
        assert process.stdout is not None
        assert process.stdin is not None
        deaths = 0
        while (said := process.stdout.readline().strip()) == "killed":
            deaths += 1
            assert _everything(engine) == before
            process.stdin.write("go\n")
            process.stdin.flush()
        assert said == "done 0"
    assert deaths >= (10 if engine.dialect.name == "sqlite" else 4)  # PostgreSQL closes in one
    session.rollback()
    session.expire_all()
    assert session.get_one(Task, task.id).status is TaskStatus.COMPLETED
