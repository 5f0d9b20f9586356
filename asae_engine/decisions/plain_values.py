"""Checks the plain values of a table's cells against their column: its type, its values, their order."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from asae_engine.decisions.coverage import said_of
from asae_engine.decisions.regions import Cell, Value, literal, read_cell
from asae_engine.findings import Finding

if TYPE_CHECKING:
    from collections.abc import Iterator

    from asae_engine.decisions.definition import Decision, Input, Output, Rule

_NAMES = {bool: "boolean", float: "number", str: "string", date: "date"}
#: FEEL's types that a cell of ours can have.
_KNOWN = {"number", "integer", "double", "long", "string", "boolean", "date"}
_FIX_TYPE = "Corrigez la valeur, ou le type de la colonne."
_FIX_RESULT = "Choisissez une des valeurs permises, ou ajoutez celle-ci."


def check(decision: Decision, findings: list[Finding]) -> None:
    """Say which values are of another type than their column's, not among those that it may have, or ranges
    from the greater to the smaller.
    """
    for number, rule in enumerate(decision.rules, 1):
        for index, (column, cell) in enumerate(zip(decision.inputs, rule.inputs, strict=False)):
            for code, message, advice in _of_input(column, cell):
                findings.append(_refused(decision, code, number, index, column.label, message, advice))
        for index, (output, cell) in enumerate(zip(decision.outputs, rule.outputs, strict=False)):
            for code, message, advice in _of_output(output, cell):
                place = len(decision.inputs) + index
                findings.append(_refused(decision, code, number, place, output.label, message, advice))
    for output in decision.outputs:
        for code, message, advice in _of_output(output, output.default or ""):
            told = (
                f"Décision « {decision.name} », résultat par défaut, colonne « {output.label} » : {message}"
            )
            findings.append(_finding(decision, code, output.line, told, advice, output.id))


def _of_input(column: Input, written: str) -> Iterator[tuple[str, str, str]]:
    cell = read_cell(written)
    if cell is None:
        return
    wrong = next((value for value in cell.bounds() if _clashes(value, column.type)), None)
    if wrong is not None:
        yield "cell_type", f"{said_of(wrong)} n’est pas du type « {column.type} ».", _FIX_TYPE
    if any(test.is_reversed for test in cell.tests):
        message = f"« {written.strip()[:60]} » va du plus grand au plus petit."
        yield "reversed_range", message, "Échangez les deux bornes de l’intervalle."


def _of_output(output: Output, written: str) -> Iterator[tuple[str, str, str]]:
    given = literal(written)
    if given is None:
        return
    if _clashes(given, output.type):
        yield "cell_type", f"{said_of(given)} n’est pas du type « {output.type} ».", _FIX_TYPE
    elif output.values and not _permits(read_cell(", ".join(output.values)), given):
        yield (
            "cell_value",
            f"{said_of(given)} n’est pas une valeur permise de ce résultat.",
            _FIX_RESULT,
        )


def _permits(permitted: Cell | None, value: Value) -> bool:
    """Whether a value is among those permitted, as far as one can tell without running."""
    if permitted is None:
        return True
    same = [
        test for test in permitted.tests if type(test.low if test.high is None else test.high) is type(value)
    ]
    return any(test.holds(value) for test in same) is not permitted.negated


def _refused(
    decision: Decision, code: str, number: int, index: int, label: str, message: str, advice: str
) -> Finding:
    rule: Rule = decision.rules[number - 1]
    place = f"Décision « {decision.name} », règle {number}, colonne « {label} »"
    cell = rule.cells[index] if index < len(rule.cells) else ""
    return _finding(decision, code, rule.line, f"{place} : {message}", advice, cell or rule.id)


def _finding(decision: Decision, code: str, line: int, told: str, advice: str, part: str) -> Finding:
    return Finding(
        f"dmn.{code}", "error", decision.file, line, decision.id, decision.name, told, advice, part or None
    )


def _clashes(value: Value, declared: str | None) -> bool:
    kind = (declared or "").partition(":")[2] or declared or ""
    if kind not in _KNOWN:
        return False
    named = _NAMES[type(value)]
    return named != ("number" if kind in ("integer", "double", "long") else kind)
