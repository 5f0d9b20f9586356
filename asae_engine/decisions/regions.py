"""A table's rules as boxes: each column is cut where its cells have a bound, so that within a piece every
cell holds or does not (Calvanese and others, « Semantics and analysis of DMN decision tables », 2016).

Only cells that can be read without running are understood: values, lists, `not(…)`, comparisons and ranges
of numbers, texts, dates and yes or no. A table with any other cell, or with two columns that ask the same,
has no boxes. The last piece of each column is the absent value: only cells that say nothing or deny hold
for it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING

from asae_engine.decisions.cells import split_list
from asae_engine.decisions.definition import says_something

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from asae_engine.decisions.definition import Decision

Value = bool | float | str | date
#: For each column the pieces that a rule holds for, as bits.
Box = tuple[int, ...]
#: Tables with more rules, and columns with more bounds, are not judged: pairs of rules are compared.
MOST_RULES, MOST_BOUNDS = 500, 1_000
#: Steps that a search for a place outside of boxes may take.
PATIENCE = 20_000
#: Stands for every text that no cell names.
OTHER = "\uffff"

_NUMBER = re.compile(r"-?(\d+(\.\d+)?|\.\d+)")
_TEXT = re.compile(r'"([^"\\]*)"')
_DATE = re.compile(r'date\(\s*"(\d{4}-\d{2}-\d{2})"\s*\)|@"(\d{4}-\d{2}-\d{2})"')
_RANGE = re.compile(r"([\[(\]])(.+?)\.\.(.+?)([\])\[])")
_COMPARED = re.compile(r"(<=|>=|<|>)\s*(.+)")


def literal(text: str) -> Value | None:
    """The value that a text is, when it is a plain one."""
    written = text.strip()
    if written in ("true", "false"):
        return written == "true"
    if _NUMBER.fullmatch(written):
        return float(written)
    if (found := _TEXT.fullmatch(written)) is not None:
        return found[1]
    if (found := _DATE.fullmatch(written)) is not None:
        try:
            return date.fromisoformat(found[1] or found[2])
        except ValueError:
            return None
    return None


@dataclass(frozen=True, slots=True)
class Interval:
    """One test of a cell: what lies between two bounds; the absent value too when it has none."""

    low: Value | None
    high: Value | None
    with_low: bool = True
    with_high: bool = True

    def holds(self, value: Value | None) -> bool:
        """Whether it holds for a value of the type of its bounds."""
        if value is None:
            return self.low is None and self.high is None
        above = self.low is None or self.low < value or (self.with_low and self.low == value)  # type: ignore[operator]  # of one type
        below = self.high is None or value < self.high or (self.with_high and self.high == value)  # type: ignore[operator]  # of one type
        return above and below

    @property
    def is_reversed(self) -> bool:
        """Whether it goes from the greater to the smaller."""
        return self.low is not None and self.high is not None and self.low > self.high  # type: ignore[operator]  # of one type


@dataclass(frozen=True, slots=True)
class Cell:
    """What a cell asks of the value of its column."""

    tests: tuple[Interval, ...]
    negated: bool = False

    def holds(self, value: Value | None) -> bool:
        """Whether it holds for a value of the type of its bounds; None is the absent value."""
        return any(test.holds(value) for test in self.tests) is not self.negated

    def bounds(self) -> Iterator[Value]:
        """The values that it names."""
        for test in self.tests:
            yield from (bound for bound in (test.low, test.high) if bound is not None)


def read_cell(text: str) -> Cell | None:
    """A cell as tests; none for one that cannot be read without running."""
    written = text.strip()
    if not says_something(written):
        return Cell((Interval(None, None),))
    if written.startswith("not(") and written.endswith(")"):
        inner = read_cell(written[4:-1]) if not written[4:].lstrip().startswith("not(") else None
        return None if inner is None else Cell(inner.tests, negated=True)
    tests = [_test(part) for part in split_list(written)]
    return None if None in tests else Cell(tuple(test for test in tests if test is not None))


def _test(text: str) -> Interval | None:
    if (value := literal(text)) is not None:
        return Interval(value, value)
    if (compared := _COMPARED.fullmatch(text)) is not None:
        bound = literal(compared[2])
        if bound is None or isinstance(bound, bool | str):
            return None
        closed = compared[1].endswith("=")
        return Interval(bound, None, closed) if compared[1][0] == ">" else Interval(None, bound, True, closed)
    if (ranged := _RANGE.fullmatch(text)) is not None:
        low, high = literal(ranged[2]), literal(ranged[3])
        if low is None or type(low) is not type(high) or isinstance(low, bool | str):
            return None
        return Interval(low, high, ranged[1] == "[", ranged[4] == "]")
    return None


@dataclass(frozen=True, slots=True)
class Column:
    """A column, cut into pieces."""

    label: str
    #: A value of each piece, the absent one last.
    pieces: tuple[Value | None, ...]
    #: The pieces of the values that it may have, the absent one among them.
    possible: int
    #: The pieces where a rule is missed: what the column says that it may have; else what is between its
    #: outermost bounds, or its values alone where cells name nothing but values. Never the absent one.
    asked: int


def _column(label: str, cells: Sequence[Cell], allowed: Cell | None) -> Column | None:
    bounds = {bound for cell in [*cells, *([] if allowed is None else [allowed])] for bound in cell.bounds()}
    kinds = {type(bound) for bound in bounds}
    if len(kinds) > 1 or len(bounds) > MOST_BOUNDS:
        return None
    pieces, asked = _pieces(bounds, cells)
    possible = (1 << len(pieces)) - 1
    if allowed is not None:
        asked = mask(allowed, pieces)
        possible = asked | 1 << len(pieces)
    else:
        possible |= 1 << len(pieces)
    return Column(label, (*pieces, None), possible, asked)


def _pieces(bounds: set[Value], cells: Sequence[Cell]) -> tuple[list[Value], int]:
    """A value of each piece that these bounds make, and the pieces that are asked for."""
    if not bounds:
        return [0.0], 1
    if any(isinstance(bound, bool) for bound in bounds):
        return [True, False], 0b11
    ordered = sorted(bounds)
    if any(isinstance(bound, str) for bound in bounds):
        return [*ordered, OTHER], (1 << len(ordered)) - 1
    pieces = [_beside(ordered[0], -1)]
    for one, following in zip(ordered, [*ordered[1:], None], strict=True):
        pieces += [one, _beside(one, 1) if following is None else _between(one, following)]
    if all(test.low == test.high for cell in cells for test in cell.tests):
        return pieces, sum(1 << number for number, value in enumerate(pieces) if value in bounds)
    return pieces, ((1 << len(pieces)) - 1) & ~1 & ~(1 << (len(pieces) - 1))


def _beside(value: Value, step: int) -> Value:
    if isinstance(value, date):
        edge = date.min if step < 0 else date.max
        return value if value == edge else value + timedelta(days=step)
    return float(value) + step


def _between(one: Value, other: Value) -> Value:
    """A value between two bounds; of two days that follow each other the first, where nothing is between."""
    if isinstance(one, date) and isinstance(other, date):
        return one + (other - one) // 2
    return (float(one) + float(other)) / 2  # type: ignore[arg-type]  # numbers


def mask(cell: Cell, pieces: Sequence[Value | None]) -> int:
    """The pieces that a cell holds for."""
    return sum(1 << number for number, value in enumerate(pieces) if cell.holds(value))


def boxes_of(decision: Decision) -> tuple[list[Column], list[Box]] | None:
    """The columns cut into pieces, and for each rule its box; none for a table that is not understood."""
    if len(decision.rules) > MOST_RULES or not decision.inputs:
        return None
    if any(len(rule.inputs) != len(decision.inputs) for rule in decision.rules):
        return None
    if len({written.expression for written in decision.inputs}) < len(decision.inputs):
        return None
    columns, masks = [], []
    for number, written in enumerate(decision.inputs):
        cells = [read_cell(rule.inputs[number]) for rule in decision.rules]
        allowed = read_cell(written.allowed) if written.allowed else None
        understood = [cell for cell in cells if cell is not None]
        if len(understood) < len(cells) or (written.allowed and allowed is None):
            return None
        if any(test.is_reversed for cell in understood for test in cell.tests):
            return None
        column = _column(written.label, understood, allowed)
        if column is None:
            return None
        columns.append(column)
        masks.append([mask(cell, column.pieces) & column.possible for cell in understood])
    return columns, list(zip(*masks, strict=True))


def outside(within: Box, boxes: Iterable[Box]) -> list[int] | None:
    """A place of a box, a piece of each column, that lies in none of some boxes; none when they cover it.

    Raises `TimeoutError` when the search takes more than `PATIENCE` steps.
    """
    left = [PATIENCE]
    covered: set[tuple[int, frozenset[int]]] = set()
    known = [box for box in boxes if all(one & other for one, other in zip(box, within, strict=True))]

    def search(depth: int, live: frozenset[int]) -> list[int] | None:
        if (depth, live) in covered:
            return None
        left[0] -= 1
        if left[0] < 0:
            raise TimeoutError
        if not live:
            return [lowest(pieces) for pieces in within[depth:]]
        if depth < len(within):
            for piece in bits(within[depth]):
                found = search(depth + 1, frozenset(one for one in live if known[one][depth] >> piece & 1))
                if found is not None:
                    return [piece, *found]
        covered.add((depth, live))
        return None

    return search(0, frozenset(range(len(known)))) if all(within) else None


def lowest(pieces: int) -> int:
    """The first of some pieces."""
    return (pieces & -pieces).bit_length() - 1


def bits(pieces: int) -> Iterator[int]:
    """Each of some pieces."""
    return (number for number in range(pieces.bit_length()) if pieces >> number & 1)
