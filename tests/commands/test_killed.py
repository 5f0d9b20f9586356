"""A process that dies between any two writes of any command leaves everything as it was; begun again, the
command ends as it would have.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Engine, select

from asae_engine.model import Base
from asae_engine.reading import soundness
from tests.builders import deployed
from tests.commands.deeds import ALONE, DEADLY, followed

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


def test_killed_between_any_two_writes_of_any_command_leaves_no_trace_and_it_can_be_done_again(
    engine: Engine, database_url: str, session: Session, clock: TurnedClock
) -> None:
    deployed(session, clock.now())
    deaths: dict[str, int] = {}
    with subprocess.Popen(  # noqa: S603 - our own module, with arguments of ours
        [sys.executable, "-m", "tests.commands.killed", database_url, clock.now().isoformat()],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": f"{ROOT}:{os.environ.get('PYTHONPATH', '')}"},
    ) as process:
        assert process.stdout is not None
        assert process.stdin is not None
        for number, deed in enumerate((*ALONE, *DEADLY)):
            if number <= len(ALONE):
                case_id = followed(session, clock.now(), number)
                session.rollback()
            before = _everything(engine)
            process.stdin.write(f"{deed} {case_id}\n")
            process.stdin.flush()
            deaths[deed] = 0
            while (said := process.stdout.readline().strip()) == "killed":
                deaths[deed] += 1
                assert _everything(engine) == before, deed
                process.stdin.write("go\n")
                process.stdin.flush()
            assert said == "ended 0", deed
            changed = _everything(engine) != before
            assert changed == (deed not in ("signal",)), deed
        process.stdin.close()
    # A write and the commit at least, where anything is written and its one statement is not the commit.
    at_once = {"complete"} if engine.dialect.name == "postgresql" else set()
    assert {deed for deed, number in deaths.items() if number < 2} - {"signal"} == at_once, deaths
    assert all(deaths[deed] for deed in at_once), deaths
    assert sum(deaths.values()) > (60 if engine.dialect.name == "sqlite" else 30), deaths
    session.rollback()
    assert list(soundness.look(session)) == []
