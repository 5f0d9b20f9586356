"""The rows as a table, for a terminal and for `RESULTS.md`."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from benchmarks.measuring import Row

_HEAD = ("", "one call or figure", "ratio", "aim", "SQL", "what it is")


def table(rows: Sequence[Row]) -> str:
    """Rows under the name of their group; a missed aim is marked."""
    lines: list[tuple[str, ...]] = [_HEAD]
    group = ""
    for row in rows:
        if row.group != group:
            group = row.group
            lines.append(("", "", "", "", "", ""))
            lines.append((group, "", "", "", "", ""))
        lines.append(tuple(_cells(row)))
    widths = [max(len(line[column]) for line in lines) for column in range(5)]
    return "\n".join(
        "  ".join(
            [
                line[0].ljust(widths[0]),
                *(line[column].rjust(widths[column]) for column in range(1, 5)),
                line[5],
            ]
        ).rstrip()
        for line in lines
    )


def markdown(rows: Sequence[Row], heading: str) -> str:
    """The same as a page."""
    lines = [
        f"# What it costs\n\n{heading}\n",
        "| | one call or figure | ratio | aim | SQL | what it is |",
        "|---|---|---|---|---|---|",
    ]
    group = ""
    for row in rows:
        if row.group != group:
            group = row.group
            lines.append(f"| **{group}** | | | | | |")
        lines.append("| " + " | ".join(cell.strip().replace("|", "/") for cell in _cells(row)) + " |")
    return "\n".join(lines) + "\n"


def _cells(row: Row) -> Iterator[str]:
    yield f"  {row.name}"
    yield row.figure or ("" if row.seconds is None else _time(row.seconds))
    yield "" if row.ratio is None else f"{row.ratio:.2f}"
    yield "" if row.aim is None else f"≤ {row.aim:g}{'' if row.within else ' !'}"
    yield "" if row.statements is None else f"{row.statements:g}"
    yield row.meaning


def _time(seconds: float) -> str:
    if seconds >= 1:
        return f"{seconds:.2f} s"
    return f"{seconds * 1000:.2f} ms" if seconds >= 0.001 else f"{seconds * 1_000_000:.0f} µs"
