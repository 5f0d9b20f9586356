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
    #: A unary test, or nothing: the values that it may have.
    allowed: str = ""


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
    #: Ids of the cells, conditions first, as the editor knows them.
    cells: tuple[str, ...] = ()


class ElementKind(StrEnum):
    """What an element of a requirements graph is."""

    DECISION = "decision"
    #: A business knowledge model: a function with parameters.
    KNOWLEDGE = "knowledge"
    #: A decision service: what its output decisions give, decided or called as a function.
    SERVICE = "service"


@dataclass(frozen=True, slots=True)
class Parameter:
    """What a function is given."""

    name: str
    type: str | None


@dataclass(frozen=True, slots=True)
class Boxed:
    """An expression as a tree of boxes (DMN 1.5, 10.2): a literal, a table or one of the others of `kind`."""

    kind: str
    line: int
    text: str = ""
    #: Entries of a context (a nameless one is its result), columns, bindings, the iterator's variable.
    names: tuple[str, ...] = ()
    parts: tuple[Boxed, ...] = ()
    parameters: tuple[Parameter, ...] = ()
    table: Decision | None = None
    type: str | None = None

    def every(self) -> Iterator[Boxed]:
        """This box and all within it."""
        yield self
        for part in self.parts:
            yield from part.every()


@dataclass(frozen=True, slots=True)
class ItemType:
    """A type that a file defines."""

    name: str
    base: str | None
    is_collection: bool
    components: tuple[tuple[str, str], ...]
    allowed: str


@dataclass(frozen=True, slots=True)
class Decision:
    """One decision: a table, a literal expression when `expression` is given, or `boxed`.

    Business knowledge models and decision services, which decisions call, are read as their kin.
    """

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
    kind: ElementKind = ElementKind.DECISION
    boxed: Boxed | None = None
    type: str | None = None
    parameters: tuple[Parameter, ...] = ()
    #: Of a service.
    outputs_of_service: tuple[str, ...] = ()
    inputs_of_service: tuple[str, ...] = ()
    #: Id of what is required from another file, and the name that its import has here.
    prefixes: tuple[tuple[str, str], ...] = ()
    #: The types that its file defines.
    types: tuple[ItemType, ...] = ()

    @property
    def is_table(self) -> bool:
        """Whether the decision is a table rather than one expression."""
        return self.expression is None and self.boxed is None

    def expressions(self) -> Iterator[tuple[str, str, int]]:
        """Every expression with its kind (`expression` or `unary`) and line, but cells that say nothing."""
        if self.expression is not None:
            yield self.expression, "expression", self.line
        for box in () if self.boxed is None else self.boxed.every():
            if box.kind == "literal":
                yield box.text, "expression", box.line
            if box.table is not None:
                yield from box.table.expressions()
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
            found |= feel.names(text, kind="unary" if kind == "unary" else "expression", known=self.bound())
        return found

    def filtered(self) -> frozenset[str]:
        """The expressions that choose items in a filter: what they read may be entries of an item."""
        return frozenset(
            inner.text
            for box in (() if self.boxed is None else self.boxed.every())
            if box.kind == "filter"
            for inner in box.parts[1].every()
        )

    def bound(self) -> tuple[str, ...]:
        """The names that the decision's own boxes and parameters give."""
        own = {parameter.name for parameter in self.parameters} | {prefix for _, prefix in self.prefixes}
        for box in () if self.boxed is None else self.boxed.every():
            own |= {*box.names, *(parameter.name for parameter in box.parameters)}
            own |= {"for": {"partial"}, "filter": {"item"}}.get(box.kind, set())
        return tuple(sorted(own - {""}))


def says_something(cell: str) -> bool:
    """Whether a cell is more than « any value » (`-` or empty)."""
    return cell.strip() not in ("", "-")
