"""Which inputs a table's rules share, and which they leave out: told at a bundle's check, with an example.

Each column is cut where its cells have a bound, so that within a piece every cell holds or does not; a rule
is then a box of pieces (Calvanese and others, « Semantics and analysis of DMN decision tables », 2016). Only
cells that can be read without running are understood: values, lists, `not(…)`, comparisons and ranges of
numbers, texts, dates and yes or no. A table with any other cell is not judged.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import islice
from typing import TYPE_CHECKING

from asae_engine.decisions.cells import split_list
from asae_engine.decisions.definition import Decision, HitPolicy, says_something
from asae_engine.findings import Finding

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

Value = bool | float | str | date
#: Told of one table at most: more would hide the first.
MOST_TOLD = 5
#: Steps that the search for a gap may take.
PATIENCE = 20_000
#: Tables with more rules, and columns with more bounds, are not judged: pairs of rules are compared.
MOST_RULES, MOST_BOUNDS = 500, 1_000
#: Stands for every text that no cell names.
_OTHER = "\uffff"

_NUMBER = re.compile(r"-?(\d+(\.\d+)?|\.\d+)")
_TEXT = re.compile(r'"([^"\\]*)"')
_DATE = re.compile(r'date\(\s*"(\d{4}-\d{2}-\d{2})"\s*\)|@"(\d{4}-\d{2}-\d{2})"')
_RANGE = re.compile(r"([\[(\]])(.+?)\.\.(.+?)([\])\[])")
_COMPARED = re.compile(r"(<=|>=|<|>)\s*(.+)")
_NAMES = {bool: "boolean", float: "number", str: "string", date: "date"}
#: FEEL's types that a cell of ours can have.
_KNOWN = {"number", "integer", "double", "long", "string", "boolean", "date"}


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
class _Test:
    """One test of a cell: a value lies in it when it is between its bounds."""

    low: Value | None
    high: Value | None
    with_low: bool = True
    with_high: bool = True

    def holds(self, value: Value) -> bool:
        above = self.low is None or self.low < value or (self.with_low and self.low == value)  # type: ignore[operator]  # of one type
        below = self.high is None or value < self.high or (self.with_high and self.high == value)  # type: ignore[operator]  # of one type
        return above and below


@dataclass(frozen=True, slots=True)
class _Cell:
    tests: tuple[_Test, ...]
    negated: bool = False

    def holds(self, value: Value) -> bool:
        return any(test.holds(value) for test in self.tests) is not self.negated

    def bounds(self) -> Iterator[Value]:
        for test in self.tests:
            yield from (bound for bound in (test.low, test.high) if bound is not None)


def _cell(text: str) -> _Cell | None:
    """A cell as tests; none for one that cannot be read without running."""
    written = text.strip()
    if not says_something(written):
        return _Cell((_Test(None, None),))
    if written.startswith("not(") and written.endswith(")"):
        inner = _cell(written[4:-1]) if not written[4:].lstrip().startswith("not(") else None
        return None if inner is None else _Cell(inner.tests, negated=True)
    tests = [_test(part) for part in split_list(written)]
    return None if None in tests else _Cell(tuple(test for test in tests if test is not None))


def _test(text: str) -> _Test | None:
    if (value := literal(text)) is not None:
        return _Test(value, value)
    if (compared := _COMPARED.fullmatch(text)) is not None:
        bound = literal(compared[2])
        if bound is None or isinstance(bound, bool | str):
            return None
        closed = compared[1].endswith("=")
        return _Test(bound, None, closed) if compared[1][0] == ">" else _Test(None, bound, True, closed)
    if (ranged := _RANGE.fullmatch(text)) is not None:
        low, high = literal(ranged[2]), literal(ranged[3])
        if low is None or type(low) is not type(high) or isinstance(low, bool | str):
            return None
        return _Test(low, high, ranged[1] == "[", ranged[4] == "]")
    return None


@dataclass(frozen=True, slots=True)
class _Column:
    label: str
    #: A value of each piece.
    pieces: tuple[Value, ...]
    #: The pieces that the search for gaps looks at: what the column says that it may have; else what is
    #: between its outermost bounds, or its values alone where cells name nothing but values.
    asked: int


def _column(label: str, cells: Sequence[_Cell], allowed: _Cell | None) -> _Column | None:
    bounds = {bound for cell in [*cells, *([] if allowed is None else [allowed])] for bound in cell.bounds()}
    kinds = {type(bound) for bound in bounds}
    if not kinds:
        return _Column(label, (0.0,), 1)
    if len(kinds) > 1 or len(bounds) > MOST_BOUNDS:
        return None
    [kind] = kinds
    if kind is bool:
        return _Column(label, (True, False), 0b11)
    ordered = sorted(bounds)
    if kind is str:
        pieces: list[Value] = [*ordered, _OTHER]
        asked = (1 << len(ordered)) - 1
    else:
        pieces = [_beside(ordered[0], -1)]
        for one, following in zip(ordered, [*ordered[1:], None], strict=True):
            pieces += [one, _beside(one, 1) if following is None else _between(one, following)]
        asked = ((1 << len(pieces)) - 1) & ~1 & ~(1 << (len(pieces) - 1))
        if all(test.low == test.high for cell in cells for test in cell.tests):
            asked = sum(1 << number for number, value in enumerate(pieces) if value in bounds)
    if allowed is not None:
        asked = _mask(allowed, pieces)
    return _Column(label, tuple(pieces), asked)


def _beside(value: Value, step: int) -> Value:
    if isinstance(value, date):
        return value if value in (date.min, date.max) else value + timedelta(days=step)
    return float(value) + step


def _between(one: Value, other: Value) -> Value:
    """A value between two bounds; of two days that follow each other the first, where nothing is between."""
    if isinstance(one, date) and isinstance(other, date):
        return one + (other - one) // 2
    return (float(one) + float(other)) / 2  # type: ignore[arg-type]  # numbers


def _mask(cell: _Cell, pieces: Sequence[Value]) -> int:
    return sum(1 << number for number, value in enumerate(pieces) if cell.holds(value))


def check(decision: Decision, findings: list[Finding]) -> None:
    """Say where two rules hold together and should not, what no rule is for, what is never reached, and which
    plain values are not of their column's type.
    """
    findings += _types(decision)
    judged = _boxes(decision)
    if judged is None:
        return
    columns, boxes = judged
    findings += islice(_overlaps(decision, columns, boxes), MOST_TOLD)
    needs_one = decision.hit_policy not in (HitPolicy.COLLECT, HitPolicy.RULE_ORDER, HitPolicy.OUTPUT_ORDER)
    if needs_one and all(output.default is None for output in decision.outputs):
        gap = _gap(columns, boxes)
        if gap is not None:
            message = f"aucune règle n’est prévue pour {_example(columns, gap)}."
            advice = "Ajoutez une règle, ou un résultat par défaut ; sinon la décision ne donne rien."
            findings.append(_warning(decision, "gap", decision.line, message, advice))


def _warning(decision: Decision, code: str, line: int, message: str, advice: str) -> Finding:
    told = f"Table « {decision.name} » : {message}"
    return Finding(f"dmn.{code}", "warning", decision.file, line, decision.id, decision.name, told, advice)


def _boxes(decision: Decision) -> tuple[list[_Column], list[tuple[int, ...]]] | None:
    """The columns cut into pieces, and for each rule the pieces of each column that it holds for."""
    if len(decision.rules) > MOST_RULES or not decision.inputs:
        return None
    if any(len(rule.inputs) != len(decision.inputs) for rule in decision.rules):
        return None
    columns, masks = [], []
    for number, written in enumerate(decision.inputs):
        cells = [_cell(rule.inputs[number]) for rule in decision.rules]
        allowed = _cell(written.allowed) if written.allowed else None
        understood = [cell for cell in cells if cell is not None]
        if len(understood) < len(cells) or (written.allowed and allowed is None):
            return None
        column = _column(written.label, understood, allowed)
        if column is None:
            return None
        columns.append(column)
        masks.append([_mask(cell, column.pieces) for cell in understood])
    return columns, list(zip(*masks, strict=True))


def _overlaps(decision: Decision, columns: list[_Column], boxes: list[tuple[int, ...]]) -> Iterator[Finding]:
    """What two rules that hold together do against the table's hit policy."""
    for second, box in enumerate(boxes):
        for first in range(second):
            shared = [one & other for one, other in zip(boxes[first], box, strict=True)]
            if not all(shared):
                continue
            line, pair = decision.rules[second].line, f"{first + 1} et {second + 1}"
            same = decision.rules[first].outputs == decision.rules[second].outputs
            example = _example(columns, [_lowest(mask) for mask in shared])
            if decision.hit_policy is HitPolicy.UNIQUE and boxes[first] != box:
                message = f"les règles {pair} s’appliquent ensemble pour {example}."
                advice = "Séparez leurs conditions, ou choisissez « First » : la première l’emporte."
                yield _warning(decision, "overlap", line, message, advice)
            elif decision.hit_policy is HitPolicy.ANY and not same:
                message = f"les règles {pair} donnent des résultats différents pour {example}."
                advice = "Donnez-leur le même résultat, ou séparez leurs conditions."
                yield _warning(decision, "overlap", line, message, advice)
            elif decision.hit_policy is HitPolicy.FIRST and tuple(shared) == box:
                message = f"la règle {second + 1} n’est jamais atteinte : la {first + 1} la couvre."
                advice = "Placez-la plus haut, ou supprimez-la."
                yield _warning(decision, "masked", line, message, advice)


def _gap(columns: list[_Column], boxes: list[tuple[int, ...]]) -> list[int] | None:
    """The pieces, one of each column, that no rule holds for; none when there is no such, or none was found
    in time.
    """
    left = [PATIENCE]
    covered: set[tuple[int, frozenset[int]]] = set()

    def search(depth: int, rules: frozenset[int]) -> list[int] | None:
        left[0] -= 1
        if left[0] < 0 or (depth, rules) in covered:
            return None
        if not rules:
            return [_lowest(column.asked) for column in columns[depth:]]
        if depth < len(columns):
            for piece in range(len(columns[depth].pieces)):
                if columns[depth].asked >> piece & 1:
                    within = frozenset(rule for rule in rules if boxes[rule][depth] >> piece & 1)
                    found = search(depth + 1, within)
                    if found is not None:
                        return [piece, *found]
        covered.add((depth, rules))
        return None

    if not all(column.asked for column in columns):
        return None
    return search(0, frozenset(range(len(boxes)))) if boxes else None


def _lowest(mask: int) -> int:
    return (mask & -mask).bit_length() - 1


def _example(columns: list[_Column], pieces: Sequence[int]) -> str:
    said = [
        f"{column.label} : {_said(column.pieces[piece])}"
        for column, piece in zip(columns, pieces, strict=True)
        if len(column.pieces) > 1
    ]
    return ", ".join(said) or "toute entrée"


def _said(value: Value) -> str:
    if isinstance(value, bool):
        return "oui" if value else "non"
    if isinstance(value, date):
        return value.strftime("%d/%m/%Y")
    if value == _OTHER:
        return "une autre valeur"
    return f"« {value} »" if isinstance(value, str) else f"{value:g}".replace(".", ",")


def _types(decision: Decision) -> Iterator[Finding]:
    """Plain values of another type than their column's, or not among those it may have."""

    def refused(line: int, label: str, number: int, value: Value, message: str, advice: str) -> Finding:
        place = f"Décision « {decision.name} », règle {number}, colonne « {label} »"
        told = f"{place} : {_said(value)} {message}"
        return Finding(
            "dmn.cell_type", "error", decision.file, line, decision.id, decision.name, told, advice
        )

    another = "Corrigez la valeur, ou le type de la colonne."
    for number, rule in enumerate(decision.rules, 1):
        for column, cell in zip(decision.inputs, rule.inputs, strict=False):
            read = _cell(cell)
            wrong = [value for value in (read.bounds() if read else ()) if _clashes(value, column.type)]
            for value in wrong[:1]:
                message = f"n’est pas du type « {column.type} »."
                yield refused(rule.line, column.label, number, value, message, another)
        for output, cell in zip(decision.outputs, rule.outputs, strict=False):
            given = literal(cell)
            if given is None:
                continue
            permitted = [literal(value) for value in output.values]
            if _clashes(given, output.type):
                message = f"n’est pas du type « {output.type} »."
                yield refused(rule.line, output.label, number, given, message, another)
            elif permitted and None not in permitted and given not in permitted:
                message = "n’est pas une valeur permise de ce résultat."
                advice = "Choisissez une des valeurs permises, ou ajoutez celle-ci."
                yield refused(rule.line, output.label, number, given, message, advice)


def _clashes(value: Value, declared: str | None) -> bool:
    kind = (declared or "").partition(":")[2] or declared or ""
    if kind not in _KNOWN:
        return False
    named = _NAMES[type(value)]
    return named != ("number" if kind in ("integer", "double", "long") else kind)
