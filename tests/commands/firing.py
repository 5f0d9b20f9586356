"""A scheduler in a process of its own, for `test_timers_at_scale`; says how many it fired, ten at a time."""

from __future__ import annotations

import sys
from datetime import datetime

from asae_engine import commands
from asae_engine.model.database import create_engine_for, session_factory


def main() -> None:
    """`python firing.py URL INSTANT`: wait for a line, then fire until nothing is due."""
    url, now = sys.argv[1], datetime.fromisoformat(sys.argv[2])
    sessions = session_factory(create_engine_for(url))
    print("ready", flush=True)
    sys.stdin.readline()
    while fired := commands.fire_due(sessions, now=now, limit=10):
        print(fired, flush=True)


if __name__ == "__main__":
    main()
