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

from asae_engine.model import Base, InstanceKind, InstanceStatus, ProcessInstance
from asae_engine.reading import soundness
from tests.builders import deployed
from tests.commands.deeds import ALONE, AWAITING, DEADLY, VISIT, followed

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sqlalchemy.orm import Session

    from asae_engine.clock import TurnedClock

ROOT = Path(__file__).parents[2]


def _everything(engine: Engine) -> dict[str, list[str]]:
    with engine.connect() as connection:
        return {
            table.name: sorted(str(tuple(row)) for row in connection.execute(select(table)))
            for table in Base.metadata.sorted_tables
        }


def _deaths(
    deeds: Iterable[tuple[str, bool]], engine: Engine, url: str, session: Session, clock: TurnedClock
) -> dict[str, int]:
    """Of how many deaths each deed was died; `True` for those that get a case of their own."""
    deaths: dict[str, int] = {}
    with subprocess.Popen(  # noqa: S603 - our own module, with arguments of ours
        [sys.executable, "-m", "tests.commands.killed", url, clock.now().isoformat()],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": f"{ROOT}:{os.environ.get('PYTHONPATH', '')}"},
    ) as process:
        assert process.stdout is not None
        assert process.stdin is not None
        for number, (deed, apart) in enumerate(deeds):
            if apart:
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
    session.rollback()
    assert list(soundness.look(session)) == []
    return deaths


def test_killed_between_any_two_writes_of_any_command_leaves_no_trace_and_it_can_be_done_again(
    engine: Engine, database_url: str, session: Session, clock: TurnedClock
) -> None:
    deployed(session, clock.now())
    deeds = [(deed, number <= len(ALONE)) for number, deed in enumerate((*ALONE, *DEADLY))]
    deaths = _deaths(deeds, engine, database_url, session, clock)
    # A write and the commit at least, where anything is written and its one statement is not the commit.
    at_once = {"complete"} if engine.dialect.name == "postgresql" else set()
    assert {deed for deed, number in deaths.items() if number < 2} - {"signal"} == at_once, deaths
    assert all(deaths[deed] for deed in at_once), deaths
    assert sum(deaths.values()) > (60 if engine.dialect.name == "sqlite" else 30), deaths


def test_killed_while_a_start_comes_by_itself_or_its_case_opens_or_ends_it_comes_once(
    engine: Engine, database_url: str, session: Session, clock: TurnedClock
) -> None:
    deployed(session, clock.now(), visit=VISIT)
    deeds = [(deed, number == 0) for number, deed in enumerate(AWAITING)]
    deaths = _deaths(deeds, engine, database_url, session, clock)
    assert min(deaths.values()) >= 2, deaths
    found = session.execute(
        select(ProcessInstance.kind, ProcessInstance.status)
        .where(ProcessInstance.process_key == "visit")
        .order_by(ProcessInstance.id)
    ).all()
    # Of the first case it came, and was canceled with it; the second still awaits it.
    assert found == [
        (InstanceKind.ENGINE, InstanceStatus.ENDED),
        (InstanceKind.SIDE, InstanceStatus.CANCELED),
        (InstanceKind.ENGINE, InstanceStatus.ACTIVE),
    ]
