"""Whole lives of workload W: tasks in a second by one process and by two, and the bytes that each leaves."""

from __future__ import annotations

import argparse
import subprocess
import sys
import time
from typing import TYPE_CHECKING

from sqlalchemy import Column, MetaData, Table, insert, text

from asae_engine.model.base import type_json
from asae_engine.model.database import create_engine_for, session_factory
from benchmarks.measuring import Row
from benchmarks.walks import LONG, Life, deployed, journey

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from benchmarks.databases import Databases
    from benchmarks.measuring import Scale

LAPS = 3
#: Tasks in a second by one process; by two against one; bytes for each task beside its answers.
PER_SECOND, GAIN, BYTES = 300, 1.7, 1_000
_GROUP = "Workload W"
_SIZE = text(
    "SELECT sum(pg_total_relation_size(c.oid)) FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace"
    " WHERE nspname = 'public' AND relkind = 'r'"
)


def whole_lives(made: Databases, scale: Scale) -> list[Row]:
    """Start and every task, by one process and by two."""
    one, two = (_rate(made.make("PostgreSQL"), scale.lives, processes) for processes in (1, 2))
    return [
        Row(
            _GROUP,
            "PostgreSQL, one process",
            1 / one,
            PER_SECOND / one,
            1.0,
            f"start and {LAPS + Life.OTHERS} tasks of W, a transaction each; against {PER_SECOND} a second",
            figure=f"{one:.0f} tasks/s",
        ),
        Row(
            _GROUP,
            "PostgreSQL, two processes",
            1 / two,
            one / two,
            1 / GAIN,
            f"together; against one process ({two / one:.2f} times as many, at least {GAIN} is the aim)",
            figure=f"{two:.0f} tasks/s",
        ),
    ]


def _rate(url: str, lives: int, processes: int) -> float:
    engine = create_engine_for(url)
    with session_factory(engine)() as session:
        deployed(session, journey())
    engine.dispose()
    command = [sys.executable, "-m", "benchmarks.throughput", url, str(lives)]
    workers = [
        subprocess.Popen([*command, str(number)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)  # noqa: S603 - our own module, with an address of ours
        for number in range(processes)
    ]
    for worker in workers:
        if worker.stdout is None or worker.stdout.readline() != "ready\n":
            raise RuntimeError("a worker did not start")
    began = time.perf_counter()
    for worker in workers:
        if worker.stdin is None:
            raise RuntimeError("a worker has no input")
        worker.stdin.write("go\n")
        worker.stdin.flush()
    done = [int(worker.communicate()[0]) for worker in workers]
    if done != [lives * (LAPS + Life.OTHERS)] * processes:
        raise RuntimeError(f"the workers completed {done} tasks")
    return sum(done) / (time.perf_counter() - began)


def bytes_kept(kind: str, url: str, scale: Scale) -> list[Row]:
    """How the database grows with each completed task, indexes too, without what the same database takes for
    its answers in a table of nothing else.
    """
    engine = create_engine_for(url)
    with session_factory(engine)() as session:
        deployed(session, journey())
        life = Life(session, 1).start()
        life.laps(5)
        before = _size(engine)
        life.laps(scale.kept)
        grown = (_size(engine) - before) / scale.kept
    answers = _of_answers_alone(engine, scale.kept)
    engine.dispose()
    kept = grown - answers
    return [
        Row(
            _GROUP,
            f"{kind}, bytes kept for a task",
            None,
            kept / BYTES,
            1.0,
            f"tables and indexes after a VACUUM, less the {answers:.0f} bytes of its answers in a table of"
            f" their own; against {BYTES}",
            figure=f"{kept:.0f} bytes",
        )
    ]


def _of_answers_alone(engine: Engine, count: int) -> float:
    """The bytes of one task's answers in a table that holds nothing else."""
    table = Table("answers_alone", MetaData(), Column("answers", type_json))
    table.create(engine)
    before = _size(engine)
    with engine.begin() as connection:
        connection.execute(insert(table), [{"answers": dict(LONG)}] * count)
    return (_size(engine) - before) / count


def _size(engine: Engine) -> int:
    """The bytes of the whole database once it is packed."""
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        if engine.dialect.name == "sqlite":
            connection.exec_driver_sql("COMMIT")
            connection.exec_driver_sql("VACUUM")
            pages, size = (
                connection.exec_driver_sql(f"PRAGMA page_{what}").scalar_one() for what in ("count", "size")
            )
            connection.exec_driver_sql("BEGIN")
            return int(pages) * int(size)
        connection.execute(text("VACUUM FULL"))
        return int(connection.execute(_SIZE).scalar_one())


def main() -> None:
    """One process: open its cases, wait for the word, live W on each, say how many tasks that were."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.throughput")
    parser.add_argument("url")
    parser.add_argument("lives", type=int)
    parser.add_argument("number", type=int)
    options = parser.parse_args()
    with session_factory(create_engine_for(options.url))() as session:
        lives = [Life(session, 10_000 * options.number + life) for life in range(options.lives + 1)]
        lives.pop().whole(LAPS)  # the first one reads the bundle
        print("ready", flush=True)
        sys.stdin.readline()
        print(sum(life.whole(LAPS) for life in lives))


if __name__ == "__main__":
    main()
