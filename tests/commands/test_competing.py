"""Two processes do two things to one case at the same moment: each with each."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from contextlib import contextmanager
from itertools import combinations_with_replacement
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy import Engine, and_, func, select

from asae_engine import commands
from asae_engine.model import Case, CaseStatus, InstanceKind, ProcessInstance
from asae_engine.model.database import session_factory
from asae_engine.reading import soundness
from tests.builders import deployed
from tests.commands.deeds import COMPETING, ELEVEN_DAYS, VISIT, followed
from tests.limits import assert_plain

if TYPE_CHECKING:
    from collections.abc import Iterator
    from uuid import UUID

    from sqlalchemy.orm import Session

    from asae_engine.clock import TurnedClock

ROOT = Path(__file__).parents[2]
#: Of two of these at once only one can be.
ONCE = {"complete", "cancel", "message"}
#: What the other may be told.
TOLD = {"Conflict", "TaskGone", "TaskTaken", "NothingWaits", "NotOffered", "NotAllowed"}


class Worker:
    """A process that does deeds."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process

    def ask(self, deed: str, case_id: UUID, who: str, now: str) -> None:
        self._say(json.dumps({"deed": deed, "case": str(case_id), "who": who, "now": now}))

    def go(self) -> None:
        self._say("go")

    def answer(self) -> str:
        assert self._process.stdout is not None
        return self._process.stdout.readline().strip()

    def _say(self, line: str) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(f"{line}\n")
        self._process.stdin.flush()


@contextmanager
def worker(url: str) -> Iterator[Worker]:
    process = subprocess.Popen(  # noqa: S603 - our own module, with an address of ours
        [sys.executable, "-m", "tests.commands.competing", url],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": f"{ROOT}:{os.environ.get('PYTHONPATH', '')}"},
    )
    with process:
        yield Worker(process)
        process.kill()


def _together(one: Worker, other: Worker) -> list[dict[str, Any]]:
    """Let both write at the same moment, once both stand before their first write or are done without."""
    first, second = one.answer(), other.answer()
    for side, said in ((one, first), (other, second)):
        if said == "at write":
            side.go()
    return [
        json.loads(side.answer() if said == "at write" else said)
        for side, said in ((one, first), (other, second))
    ]


def test_of_two_at_once_one_wins_the_other_is_told_who_and_what_and_nothing_is_in_between(
    session: Session, engine: Engine, database_url: str, clock: TurnedClock
) -> None:
    deployed(session, clock.now(), visit=VISIT)
    now = clock.now()
    wrong: list[str] = []
    with worker(database_url) as one, worker(database_url) as other:
        for number, pair in enumerate(combinations_with_replacement(COMPETING, 2)):
            case_id = followed(session, now, number)
            session.rollback()
            for side, deed, who in ((one, pair[0], "wafa"), (other, pair[1], "walid")):
                side.ask(deed, case_id, who, now.isoformat())
            results = _together(one, other)
            wrong += [f"{pair}: {sentence}" for sentence in _wrong(pair, results)]
    assert wrong == []
    session.rollback()
    assert list(soundness.look(session)) == []
    session.rollback()
    commands.fire_due(session_factory(engine), now=now + ELEVEN_DAYS)
    # What starts by itself started once in each case, but for those that closed before.
    of_visits = (ProcessInstance.case_id == Case.id, ProcessInstance.process_key == "visit")
    visits = func.count(ProcessInstance.id).filter(ProcessInstance.kind == InstanceKind.SIDE)
    found = session.execute(
        select(Case.status, visits).join(ProcessInstance, and_(*of_visits)).group_by(Case.id, Case.status)
    ).all()
    assert {number for status, number in found if status is CaseStatus.OPEN} == {1}
    assert {number for status, number in found if status is CaseStatus.CLOSED} <= {0, 1}
    assert len(found) == number + 1


def _wrong(pair: tuple[str, str], results: list[dict[str, Any]]) -> Iterator[str]:
    """What should not be so."""
    done = [one for one in results if "done" in one]
    refused = [one for one in results if "refused" in one]
    if len(done) + len(refused) != 2 or not done:
        yield str(results)
    if pair[0] == pair[1] and pair[0] in ONCE and len(done) != 1:
        yield f"{len(done)} were done"
    for one in refused:
        assert_plain(one["message"])
        if one["refused"] not in TOLD:
            yield str(one)
    if pair == ("complete", "complete") and not {"Wafa", "Walid"} & {*refused[0]["message"].split()}:
        yield f"nobody is named: {refused}"
