"""The lives that are measured: workload W, and a loop beside a branch that waits for ever."""

from __future__ import annotations

import string
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING

from asae_engine import access, bundles, commands

if TYPE_CHECKING:
    from collections.abc import Mapping
    from uuid import UUID

    from sqlalchemy.orm import Session

    from asae_engine.model import Task

JOURNEY = Path(__file__).parent / "journey"
NOON = datetime(2026, 3, 2, 11, 0, tzinfo=UTC)
ANSWERS: Mapping[str, Mapping[str, object]] = {
    "visit": {"on": "2026-03-02", "way": "home", "minutes": 45, "note": "Le point sur le loyer. " * 10},
    "report": {"again": "yes", "rent": 512.4, "arrears": 1537.2, "summary": "Le plan est suivi. " * 10},
}


#: Two kilobytes that no database compresses.
LONG: Mapping[str, object] = {
    **ANSWERS["report"],
    "summary": "".join(Random(7).choices(string.ascii_letters + string.digits + " ", k=1_960)),  # noqa: S311  # a text
}


def journey(*, deadlines: bool = False) -> dict[str, bytes]:
    """The measured bundle; with `deadlines`, the loop's tasks take theirs from the decision table."""
    files = bundles.read_folder(JOURNEY)
    if deadlines:
        path = "processes/journey.bpmn"
        for task in ("visit", "report"):
            element = f'id="Task_{task.capitalize()}"'.encode()
            files[path] = files[path].replace(element, element + f' asae:delays="{task}"'.encode())
    return files


def deployed(session: Session, files: dict[str, bytes]) -> None:
    """The bundle in service, and one worker."""
    commands.deploy(session, None, files, "mesures", now=NOON)
    commands.add_organisation(session, None, "north", "Nord", now=NOON)
    commands.add_user(session, None, "wafa", "Wafa", "north", ["worker"], None, now=NOON)


class Case:
    """One case, and the worker who completes its tasks."""

    #: User tasks of one lap.
    tasks_of_a_lap = 1

    def __init__(self, session: Session, number: int) -> None:
        self._session = session
        self._actor = access.actor_for(session, "wafa")
        self.now = NOON
        answers = {
            "last_name": f"Ménage{number}",
            "first_name": "Émilie",
            "birth_date": f"1984-03-{number % 28 + 1:02}",
            "town": "Narbonne",
        }
        opening = commands.open_case(
            session, self._actor, "journey", answers, confirm_duplicate=True, now=self.now
        )
        self.case_id = opening.case.id
        self._waiting = _by_element(opening.opened)

    def lap(self) -> None:
        """The tasks of a lap."""
        raise NotImplementedError

    def laps(self, count: int) -> None:
        """So many laps."""
        for _ in range(count):
            self.lap()

    def _complete(self, element: str, answers: Mapping[str, object]) -> None:
        self.now += timedelta(seconds=1)
        task_id = self._waiting.pop(element)
        done = commands.complete_task(self._session, self._actor, task_id, answers, now=self.now)
        # A request has a session of its own: nothing that one step loaded is left to the next.
        self._session.expunge_all()
        self._waiting.update(_by_element(done.opened))


class Walk(Case):
    """In a loop with a fork, a join and a boundary timer, beside a branch that waits for ever."""

    tasks_of_a_lap = 2

    def lap(self) -> None:
        """The first task waits at the join, the second runs on and opens the next lap."""
        self._complete("Task_Visit", ANSWERS["visit"])
        self._complete("Task_Report", ANSWERS["report"])


class Life(Case):
    """Workload W: start, task, choice, task, fork, two tasks, join, laps of a task with a timer, script,
    task, end; two kilobytes of answers each time. It runs on a case that was opened before.
    """

    #: Tasks beside those of the laps.
    OTHERS = 5

    def start(self) -> Life:
        """As far as the first lap."""
        start = commands.start_side_process(
            self._session, self._actor, self.case_id, "workload", {}, now=self.now
        )
        self._session.expunge_all()
        self._waiting = _by_element(start.opened)
        for element in ("Task_First", "Task_Second", "Task_Left", "Task_Right"):
            self._complete(element, LONG)
        return self

    def lap(self) -> None:
        """One more lap."""
        self._complete("Task_Lap", LONG)

    def whole(self, laps: int) -> int:
        """The whole life; says how many tasks were completed."""
        self.start()
        self.laps(laps - 1)
        self._complete("Task_Lap", {**LONG, "again": "no"})
        self._complete("Task_Last", LONG)
        return laps + self.OTHERS


def _by_element(opened: list[Task]) -> dict[str, UUID]:
    return {task.element_id: task.id for task in opened}
