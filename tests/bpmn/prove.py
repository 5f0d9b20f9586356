"""Many walks beside the token game, and what they reached: `python -m tests.bpmn.prove [--walks N]`.

A walk is one seed: `--seed` walks it alone and prints its diagram and where the two part.
"""

from __future__ import annotations

import argparse
import random
import sys
import time
import traceback
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from functools import cache
from secrets import randbelow
from typing import Any, NamedTuple

from tests.bpmn.beside import Walk
from tests.bpmn.plans import TOP, Planner
from tests.bpmn.programme_plans import Programme

#: Moves of a walk; one that ends, or comes where no rule decides, begins again on another diagram.
MOVES = 60


class Outcome(NamedTuple):
    """What one walk did."""

    seed: int
    steps: int
    reached: Counter[str]
    #: Where the two parted, or what was raised; none when all was well.
    trouble: str | None


class Chance:
    """Choices of one seed, as the planner and the walk ask for them."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)  # noqa: S311 - a walk, not a secret

    def strategy(self, asked: Any) -> int:
        """What the planner asks for: whole numbers between two."""
        return self._random.randint(asked.wrapped_strategy.start, asked.wrapped_strategy.end)

    def number(self, upper: int, _label: str) -> int:
        return self._random.randrange(upper)


def walk(seed: int) -> Outcome:
    """One walk of at least `MOVES` moves, over as many diagrams as that takes."""
    chance, steps, reached = Chance(seed), 0, Counter[str]()
    while steps < MOVES:
        planner = Planner(chance.strategy)
        one = Walk(planner.whole(TOP), planner.roots, chance.number)
        if one.refused:
            continue
        try:
            one.go(MOVES)
        except Exception:
            return Outcome(seed, steps, reached, f"{traceback.format_exc()}\n{one.content.decode()}")
        steps += one.steps
        reached += one.reached
    return Outcome(seed, steps, reached, None)


@cache
def programme() -> Programme:
    """The programme's diagrams, read whole, once in each process."""
    read = Programme()
    for key in read.keys:
        read.plan(key)
    return read


def walk_programme(seed: int) -> Outcome:
    """One walk over a diagram of the programme."""
    key = programme().keys[seed % len(programme().keys)]
    written = programme().written()
    one = Walk(programme().plan(key), [], Chance(seed).number, key=key, written=written)
    try:
        one.go(MOVES)
    except Exception:
        return Outcome(seed, 0, Counter(), f"{key}\n{traceback.format_exc()}")
    return Outcome(seed, one.steps, one.reached, None)


def main() -> int:
    """Walk, print, and exit 1 when the two parted anywhere."""
    parser = argparse.ArgumentParser(prog="python -m tests.bpmn.prove")
    parser.add_argument("--walks", type=int, default=5_000)
    parser.add_argument("--seed", type=int, help="walk this one alone")
    parser.add_argument("--programme", action="store_true", help="over the programme's own diagrams")
    options = parser.parse_args()
    step = walk_programme if options.programme else walk
    if options.seed is not None:
        outcome = step(options.seed)
        print(outcome.trouble or f"{outcome.steps} moves, no difference")
        return 1 if outcome.trouble else 0
    first, began = randbelow(2**40), time.monotonic()
    seeds = range(first, first + options.walks)
    troubles, steps, reached = [], 0, Counter[str]()
    with ProcessPoolExecutor() as pool:
        for number, outcome in enumerate(pool.map(step, seeds, chunksize=10), 1):
            steps += outcome.steps
            reached += outcome.reached
            if outcome.trouble:
                troubles.append(outcome.seed)
                print(f"\nseed {outcome.seed}: {outcome.trouble.splitlines()[-1][:200]}", flush=True)
            if number % 100 == 0:
                print(
                    f"\r{number} walks, {steps} moves, {len(troubles)} differences", end="", file=sys.stderr
                )
    print(f"\nseeds {first} to {seeds[-1]}, {time.monotonic() - began:.0f} s")
    print(f"{options.walks} walks, {steps} moves, {len(troubles)} differences or exceptions")
    for name, count in sorted(reached.items()):
        print(f"  {count:>9,} {name}")
    if troubles:
        print("again: python -m tests.bpmn.prove --seed", *troubles[:5])
    return 1 if troubles else 0


if __name__ == "__main__":
    sys.exit(main())
