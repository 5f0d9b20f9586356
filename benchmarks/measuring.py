"""Taking times in turns, counting SQL statements, and the rows that a measurement gives."""

from __future__ import annotations

import gc
import time
from contextlib import contextmanager
from dataclasses import dataclass
from statistics import median
from typing import TYPE_CHECKING

from sqlalchemy import Engine, event

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping


@dataclass(frozen=True, slots=True)
class Scale:
    """How much is measured: the whole, or just enough to see that every row comes out."""

    #: Laps of the loop at which a step is measured, the first of them early.
    laps: tuple[int, int, int]
    #: How often each thing is measured, in turns.
    rounds: int
    #: Open tasks in the inbox: few and many.
    tasks: tuple[int, int]
    #: Journeys of the demonstration that make the small caseload.
    journeys: int
    #: Timers due at one instant.
    timers: int
    #: Lives of workload W that each process lives.
    lives: int
    #: Laps of one life whose bytes are counted.
    kept: int


FULL = Scale(
    laps=(1, 50, 500), rounds=30, tasks=(1_000, 100_000), journeys=12, timers=10_000, lives=150, kept=1_000
)
QUICK = Scale(laps=(1, 2, 3), rounds=2, tasks=(5, 20), journeys=1, timers=20, lives=2, kept=5)


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table. Times in seconds."""

    group: str
    name: str
    #: How long one call took, by the median.
    seconds: float | None
    #: How many times what it is compared with; none for a row that only tells.
    ratio: float | None
    #: The ratio it should not pass.
    aim: float | None
    #: What was done and what it is compared with, for who reads the table for the first time.
    meaning: str
    #: Statements sent to the database, where that says something.
    statements: float | None = None
    #: A figure that is no time, with its unit.
    figure: str | None = None

    @property
    def within(self) -> bool | None:
        """Whether the aim is met; none without an aim."""
        return None if self.aim is None or self.ratio is None else self.ratio <= self.aim


def rounds_of(rounds: int, actions: Mapping[str, Callable[[], object]]) -> list[dict[str, float]]:
    """The seconds of each action in each round, taken A B C A B C …, while no garbage is collected."""
    taken = []
    gc.collect()
    gc.disable()
    try:
        for _ in range(rounds):
            taken.append({name: _seconds(action) for name, action in actions.items()})
    finally:
        gc.enable()
    return taken


def _seconds(action: Callable[[], object]) -> float:
    began = time.perf_counter()
    action()
    return time.perf_counter() - began


def in_turns(rounds: int, actions: Mapping[str, Callable[[], object]]) -> dict[str, float]:
    """The median seconds of each action, taken in turns."""
    taken = rounds_of(rounds, actions)
    return {name: median(one[name] for one in taken) for name in actions}


class Statements:
    """How many statements an engine sent, transaction marks apart."""

    def __init__(self) -> None:
        self.count = 0

    def note(self, *_: object) -> None:
        """One more."""
        self.count += 1


@contextmanager
def counted(engine: Engine) -> Iterator[Statements]:
    """Count the statements sent by an engine."""
    statements = Statements()
    event.listen(engine, "before_cursor_execute", statements.note)
    try:
        yield statements
    finally:
        event.remove(engine, "before_cursor_execute", statements.note)
