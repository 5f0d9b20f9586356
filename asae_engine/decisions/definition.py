"""A decision as written: a table or one expression, and the decisions it needs. Plain frozen values."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from asae_engine import feel

if TYPE_CHECKING:
    from collections.abc import Iterator


class HitPolicy(StrEnum):
    """Which of the rules that hold give the result (DMN 1.3, 8.2.8)."""

    UNIQUE = "UNIQUE"
    FIRST = "FIRST"
    ANY = "ANY"
    PRIORITY = "PRIORITY"
    COLLECT = "COLLECT"
    RULE_ORDER = "RULE ORDER"
    OUTPUT_ORDER = "OUTPUT ORDER"


class Aggregation(StrEnum):
    """What a COLLECT table makes of its outputs (C+, C<, C>, C#)."""

    SUM = "SUM"
    MIN = "MIN"
    MAX = "MAX"
    COUNT = "COUNT"


@dataclass(frozen=True, slots=True)
class Input:
    """A column that rules are chosen by."""

    id: str
    label: str
    expression: str
    type: str | None
    line: int


@dataclass(frozen=True, slots=True)
class Output:
    """A column that rules give a value for."""

    id: str
    label: str
    #: Key in the result when the table has several outputs.
    name: str
    type: str | None
    #: FEEL, as written: for PRIORITY and OUTPUT ORDER, the values from the most to the least important.
    values: tuple[str, ...]
    #: FEEL: the value when no rule holds.
    default: str | None
    line: int


@dataclass(frozen=True, slots=True)
class Rule:
    """A line of a table: unary tests, then expressions."""

    id: str
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    line: int
    description: str | None = None


@dataclass(frozen=True, slots=True)
class Decision:
    """One decision: a table, or a literal expression when `expression` is given."""

    id: str
    name: str
    file: str
    line: int
    hit_policy: HitPolicy = HitPolicy.UNIQUE
    aggregation: Aggregation | None = None
    inputs: tuple[Input, ...] = ()
    outputs: tuple[Output, ...] = ()
    rules: tuple[Rule, ...] = ()
    expression: str | None = None
    #: Ids of the decisions whose results this one reads, under their id and under their name.
    requires: tuple[str, ...] = ()
    description: str | None = None

    @property
    def is_table(self) -> bool:
        """Whether the decision is a table rather than one expression."""
        return self.expression is None

    def expressions(self) -> Iterator[tuple[str, str, int]]:
        """Every expression with its kind (`expression` or `unary`) and line, but cells that say nothing."""
        if self.expression is not None:
            yield self.expression, "expression", self.line
        for column in self.inputs:
            yield column.expression, "expression", column.line
        for output in self.outputs:
            if output.default is not None:
                yield output.default, "expression", output.line
        for rule in self.rules:
            yield from ((cell, "unary", rule.line) for cell in rule.inputs if says_something(cell))
            yield from ((cell, "expression", rule.line) for cell in rule.outputs if says_something(cell))

    def reads(self) -> set[str]:
        """The variables that the decision reads, results of required decisions among them."""
        found: set[str] = set()
        for text, kind, _ in self.expressions():
            found |= feel.names(text, kind="unary" if kind == "unary" else "expression")
        return found


def says_something(cell: str) -> bool:
    """Whether a cell is more than « any value » (`-` or empty)."""
    return cell.strip() not in ("", "-")
