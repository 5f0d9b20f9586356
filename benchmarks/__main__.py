"""`python -m benchmarks [--quick] [PART ...]`: measure, print one table, leave nothing behind.

A whole run is kept in `RESULTS.md`; one of some parts, or a quick one, is only printed.
"""

from __future__ import annotations

import argparse
import logging
import os
import platform
import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks import expressions, letters, pages, startup, steps, stock, throughput, timers
from benchmarks.databases import KINDS, Databases, databases
from benchmarks.measuring import FULL, QUICK
from benchmarks.table import markdown, table

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from benchmarks.measuring import Row, Scale

RESULTS = Path(__file__).parent / "RESULTS.md"


def main(arguments: list[str] | None = None) -> int:
    """Measure and print. The figures of `--quick` mean nothing: it only shows that everything runs."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description="What the programme costs.")
    parser.add_argument("--quick", action="store_true", help="run everything as briefly as possible")
    parser.add_argument("parts", nargs="*", metavar="PART", help=", ".join(PARTS))
    options = parser.parse_args(arguments)
    unknown = set(options.parts) - PARTS.keys()
    if unknown:
        parser.error(f"unknown parts: {', '.join(sorted(unknown))}")
    scale = QUICK if options.quick else FULL
    logging.disable(logging.ERROR)
    began = time.monotonic()
    with databases() as made:
        rows = [row for name in options.parts or PARTS for row in _said(name, PARTS[name](made, scale))]
    print(table(rows))
    ended = (
        f"Ratios are against what each line names; « ! » marks a missed aim."
        f" Measured in {time.monotonic() - began:.0f} s."
    )
    print(f"\n{ended}")
    if not options.quick and not options.parts:
        RESULTS.write_text(markdown(rows, f"{_machine()} {ended}"), encoding="utf-8")
    return 0


def _said(name: str, rows: Iterator[Row]) -> Iterator[Row]:
    print(f"→ {name} …", file=sys.stderr, flush=True)
    yield from rows


def _steps(made: Databases, scale: Scale) -> Iterator[Row]:
    for kind in KINDS:
        yield from steps.user_task(kind, made.make(kind), scale)
        yield from steps.with_deadlines(kind, made.make(kind), scale)
    yield from steps.engine_alone(scale)
    yield from stock.on_postgresql(made.make("PostgreSQL"), scale)


def _lives(made: Databases, scale: Scale) -> Iterator[Row]:
    yield from throughput.whole_lives(made, scale)
    for kind in KINDS:
        yield from throughput.bytes_kept(kind, made.make(kind), scale)


def _pages(made: Databases, scale: Scale) -> Iterator[Row]:
    for kind in KINDS:
        yield from pages.inbox(kind, made.make(kind), made.make(kind), scale)
    yield from pages.main_pages(made.make("SQLite"), scale)
    yield from startup.first_page(made.make("SQLite"))


def _timers(made: Databases, scale: Scale) -> Iterator[Row]:
    yield from timers.due_at_once(made, scale)


def _letters(made: Databases, scale: Scale) -> Iterator[Row]:
    for kind in KINDS:
        yield from letters.letters(kind, made, scale)


def _expressions(_made: Databases, scale: Scale) -> Iterator[Row]:
    yield from expressions.expressions(scale)


PARTS: dict[str, Callable[[Databases, Scale], Iterator[Row]]] = {
    "steps": _steps,
    "lives": _lives,
    "pages": _pages,
    "timers": _timers,
    "letters": _letters,
    "expressions": _expressions,
}


def _machine() -> str:
    today = datetime.now(UTC).date().isoformat()
    return f"{today}, Python {platform.python_version()}, {os.cpu_count()} cores, by `make bench`."


if __name__ == "__main__":
    sys.exit(main())
