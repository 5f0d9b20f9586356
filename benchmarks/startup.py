"""How long a web process takes until its first page, and the memory that it holds after some work."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
import urllib.request
from pathlib import Path
from statistics import median

from benchmarks.measuring import Row

#: Seconds, and bytes.
SECONDS, MEMORY = 2.0, 300 * 2**20
_TRIES = 5
#: Pages asked for before memory is read.
_PAGES = 200


def first_page(url: str) -> list[Row]:
    """A server started as `make run` starts it, on a database that is there."""
    taken, memory = [], None
    for _ in range(_TRIES):
        seconds, memory = _once(url)
        taken.append(seconds)
    seconds = median(taken)
    rows = [
        Row(
            "A web process",
            "start until the first page",
            seconds,
            seconds / SECONDS,
            1.0,
            f"« Connexion » answered, from the command on; against {SECONDS:g} s",
        )
    ]
    if memory is not None:
        rows.append(
            Row(
                "A web process",
                "resident memory",
                None,
                memory / MEMORY,
                1.0,
                f"after {_PAGES} pages; against {MEMORY / 2**20:.0f} MB",
                figure=f"{memory / 2**20:.0f} MB",
            )
        )
    return rows


def _once(url: str) -> tuple[float, int | None]:
    began = time.perf_counter()
    with subprocess.Popen(
        [sys.executable, "-m", "web.cli", "serve", "--port", "0"],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        env={**os.environ, "ASAE_DATABASE_URL": url},
    ) as server:
        try:
            if server.stdout is None:
                raise RuntimeError("the server says nothing")
            address = re.search(r"http://\S+", server.stdout.readline())
            if address is None:
                raise RuntimeError("the server did not start")
            _get(address[0] + "/connexion")
            seconds = time.perf_counter() - began
            for _ in range(_PAGES):
                _get(address[0] + "/connexion")
            return seconds, _resident(server.pid)
        finally:
            server.terminate()
            server.wait()


def _get(address: str) -> None:
    with urllib.request.urlopen(address, timeout=60) as answer:  # noqa: S310 - our own server
        answer.read()


def _resident(pid: int) -> int | None:
    """Bytes; none where the system does not tell them so."""
    status = Path(f"/proc/{pid}/status")
    if not status.exists():
        return None
    found = re.search(r"VmRSS:\s+(\d+) kB", status.read_text())
    return None if found is None else int(found[1]) * 1024
