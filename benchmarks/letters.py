"""What it costs that others hear: a user task with and without a webhook for all of its events, and how many
letters are sent in a second to receivers on the same machine, who are a process of their own.
"""

from __future__ import annotations

import subprocess
import sys
import time
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING

from sqlalchemy import func, select

from asae_engine import commands
from asae_engine.model import Letter
from asae_engine.model.database import create_engine_for, session_factory
from asae_engine.post import Bounds, Post
from benchmarks.measuring import Row, in_turns
from benchmarks.walks import NOON, Walk, deployed, journey

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Engine

    from benchmarks.databases import Databases
    from benchmarks.measuring import Scale

HERE = Bounds(http=True, private=True)
#: Receivers that are served at once.
RECEIVERS = 8


def letters(kind: str, made: Databases, scale: Scale) -> list[Row]:
    """A lap that nobody hears of beside one that is heard; then the letters of many laps, sent."""
    quiet, heard = create_engine_for(made.make(kind)), create_engine_for(made.make(kind))
    try:
        with session_factory(quiet)() as alone, session_factory(heard)() as told, _receiver() as url:
            for session in (alone, told):
                deployed(session, journey())
            commands.add_webhook(told, None, url, [], bounds=HERE, now=NOON)
            walks = [Walk(session, 1) for session in (alone, told)]
            for walk in walks:
                walk.laps(2)
            taken = in_turns(scale.rounds * 4, {"quiet": walks[0].lap, "heard": walks[1].lap})
            told.commit()
            written = told.scalars(select(func.count()).select_from(Letter)).one()
            one = _sent(heard, written)
            for _ in range(RECEIVERS - 1):
                commands.add_webhook(told, None, url, [], bounds=HERE, now=NOON)
            walks[1].laps(max(scale.rounds // 2, 1))
            told.commit()
            waiting = select(func.count()).select_from(Letter).where(Letter.delivered_at.is_(None))
            many = _sent(heard, told.scalars(waiting).one())
    finally:
        quiet.dispose()
        heard.dispose()
    return [
        Row(
            "Letters",
            f"{kind}, a task that is heard",
            taken["heard"] / walks[1].tasks_of_a_lap,
            taken["heard"] / taken["quiet"],
            None,
            "a user task whose every event a webhook hears of, against one that nobody hears of",
        ),
        Row(
            "Letters", f"{kind}, sent to one", one, None, None, "a signed webhook: sent and marked, in order"
        ),
        Row("Letters", f"{kind}, sent to {RECEIVERS}", many, None, None, "the same, to several at once"),
    ]


def _sent(engine: Engine, count: int) -> float:
    """The seconds that one letter takes when all that wait are sent."""
    sending = commands.Deliverer(Post(bounds=HERE), patience=30)
    sessions = session_factory(engine)
    began = time.perf_counter()
    done = 0
    while tried := sending.deliver(sessions, NOON.replace(year=NOON.year + 1)):
        done += tried
    taken = time.perf_counter() - began
    sending.close()
    if done != count:
        raise RuntimeError(f"{done} letters were sent instead of {count}")
    return taken / count


@contextmanager
def _receiver() -> Iterator[str]:
    """The address of a web server that says yes, in a process of its own."""
    command = [sys.executable, "-m", "benchmarks.letters"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as one:  # noqa: S603 - our own module
        try:
            if one.stdout is None:
                raise RuntimeError("the receiver has no output")
            yield f"http://127.0.0.1:{one.stdout.readline().strip()}/"
        finally:
            one.kill()


class _Yes(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(204)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Nothing."""


def main() -> None:
    """Say the port, then say yes to everything."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Yes)
    print(server.server_address[1], flush=True)
    server.serve_forever()


if __name__ == "__main__":
    main()
