"""`python -m benchmarks [--quick]`: measure everything, print one table, leave nothing behind."""

from __future__ import annotations

import argparse
import logging
import sys
import time
from typing import TYPE_CHECKING

from benchmarks import expressions, pages, steps, timers
from benchmarks.databases import KINDS, databases
from benchmarks.measuring import FULL, QUICK
from benchmarks.table import table

if TYPE_CHECKING:
    from collections.abc import Iterator

    from benchmarks.measuring import Row, Scale


def main(arguments: list[str] | None = None) -> int:
    """Measure and print. The figures of `--quick` mean nothing: it only shows that everything runs."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description="What the programme costs.")
    parser.add_argument("--quick", action="store_true", help="run everything as briefly as possible")
    scale = QUICK if parser.parse_args(arguments).quick else FULL
    logging.disable(logging.ERROR)
    began = time.monotonic()
    rows = list(_measured(scale))
    print(table(rows))
    print(
        f"\nRatios are against what each line names; « ! » marks a missed aim."
        f" Measured in {time.monotonic() - began:.0f} s."
    )
    return 0


def _measured(scale: Scale) -> Iterator[Row]:
    with databases() as made:
        for kind in KINDS:
            _say(f"user tasks on {kind}")
            yield from steps.user_task(kind, made.make(kind), scale)
            yield from steps.with_deadlines(kind, made.make(kind), scale)
        _say("the engine alone")
        yield from steps.engine_alone(scale)
        for kind in KINDS:
            _say(f"the inbox on {kind}")
            yield from pages.inbox(kind, made.make(kind), made.make(kind), scale)
        _say("pages")
        yield from pages.main_pages(made.make("SQLite"), scale)
        _say("timers due at once")
        yield from timers.due_at_once(made, scale)
        _say("expressions")
        yield from expressions.expressions(scale)


def _say(what: str) -> None:
    print(f"→ {what} …", file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
