"""`python -m benchmarks` runs from end to end, prints every row and leaves nothing behind."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
LAPS = ("lap 1", "lap 2", "lap 3")
ROWS = (
    *(
        f"{kind}, {what}"
        for kind in ("SQLite", "PostgreSQL")
        for what in (
            "a bare write",
            *LAPS,
            "lap 3 against lap 1, alone",
            "lap 3 against lap 1, beside a branch that waits",
            "with deadlines",
            "bytes kept for a task",
        )
    ),
    *LAPS,
    *("PostgreSQL, one process", "PostgreSQL, two processes", "start until the first page"),
    *(
        f"{kind}, {what}"
        for kind in ("SQLite", "PostgreSQL")
        for what in ("a task that is heard", "sent to one", "sent to 8")
    ),
    *(
        f"{kind}, {count} open tasks, {whose} hers"
        for kind in ("SQLite", "PostgreSQL")
        for count in (5, 20)
        for whose in ("all", "50")
    ),
    *("health", "inbox", "task", "case", "open a case", "search", "board", "figures", "studio"),
    *("a FEEL constant", "a FEEL condition", "ten FEEL conditions", "a DMN decision", "a form’s check"),
)


def test_the_table_has_every_row_and_the_databases_are_gone(tmp_path: Path) -> None:
    before = set((ROOT / "var").glob("bench-*"))
    ran = subprocess.run(
        [sys.executable, "-m", "benchmarks", "--quick"],
        cwd=ROOT,
        env={**os.environ, "TMPDIR": str(tmp_path)},
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr
    printed = [line.strip() for line in ran.stdout.splitlines()]
    for row in ROWS:
        assert any(line.startswith(f"{row}  ") for line in printed), f"{row} is not in\n{ran.stdout}"
    assert set((ROOT / "var").glob("bench-*")) <= before
    assert not list(tmp_path.glob("asae-bench-*"))
