"""Reads a decision table: hit policy, aggregation, columns and rules."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from asae_engine import feel
from asae_engine.decisions.cells import check_shape, split_list
from asae_engine.decisions.definition import Aggregation, Decision, HitPolicy, Input, Output, Rule
from asae_engine.decisions.document import child, children, line_of, text_of, type_of

if TYPE_CHECKING:
    from lxml.etree import _Element as XmlElement

    from asae_engine.decisions.report import Report


def read_table(node: XmlElement, empty: Decision, report: Report) -> Decision:
    """The decision with the table that its node holds."""
    report.check_languages(node, empty.name)
    table = replace(
        empty,
        expression=None,
        hit_policy=_hit_policy(node, empty.name, report),
        aggregation=_aggregation(node, empty.name, report),
        inputs=tuple(_input(column, number) for number, column in enumerate(children(node, "input"), 1)),
        outputs=tuple(_output(column, number) for number, column in enumerate(children(node, "output"), 1)),
        rules=tuple(_rule(rule) for rule in children(node, "rule")),
    )
    check_shape(table, report.findings)
    _check_input_variables(node, table, report)
    return table


def _check_input_variables(node: XmlElement, table: Decision, report: Report) -> None:
    """Refuse a cell that reads its column's value by the name that Camunda 7 lets a column give it."""
    for number, column in enumerate(children(node, "input")):
        given = [str(value) for key, value in column.items() if str(key).endswith("}inputVariable")]
        name = next(iter(given), "cellInput")
        cells = [rule.inputs[number] for rule in table.rules if number < len(rule.inputs)]
        if any(name in cell and name in feel.names(cell, kind="unary") for cell in cells):
            report.error(
                "input_variable",
                column,
                table.name,
                f"Table « {table.name} », colonne « {table.inputs[number].label} » : des cases lisent "
                f"« {name[:60]} », un nom que seul Camunda 7 donne à la valeur de la colonne.",
                "Écrivez « ? » à sa place.",
            )


def _hit_policy(node: XmlElement, name: str, report: Report) -> HitPolicy:
    written = node.get("hitPolicy", "UNIQUE")
    try:
        return HitPolicy(written)
    except ValueError:
        report.error(
            "unknown_hit_policy",
            node,
            name,
            f"La table « {name} » a une règle de sélection inconnue : « {written[:40]} ».",
            "Choisissez Unique, First, Any, Priority, Collect, Rule order ou Output order.",
        )
        return HitPolicy.UNIQUE


def _aggregation(node: XmlElement, name: str, report: Report) -> Aggregation | None:
    written = node.get("aggregation")
    if written is None:
        return None
    if node.get("hitPolicy") != HitPolicy.COLLECT:
        report.error(
            "aggregation_without_collect",
            node,
            name,
            f"La table « {name} » agrège ses résultats sans être de type Collect.",
            "Choisissez Collect, ou retirez l’agrégation.",
        )
        return None
    try:
        return Aggregation(written)
    except ValueError:
        report.error(
            "unknown_aggregation",
            node,
            name,
            f"La table « {name} » a une agrégation inconnue : « {written[:40]} ».",
            "Choisissez somme, minimum, maximum ou nombre.",
        )
        return None


def _input(node: XmlElement, number: int) -> Input:
    inner = child(node, "inputExpression")
    expression = text_of(inner)
    return Input(
        node.get("id", ""),
        node.get("label") or expression or f"entrée {number}",
        expression,
        None if inner is None else type_of(inner),
        line_of(node),
        text_of(child(node, "inputValues")),
    )


def _output(node: XmlElement, number: int) -> Output:
    values = text_of(child(node, "outputValues"))
    name = node.get("name") or node.get("label") or ""
    return Output(
        node.get("id", ""),
        node.get("label") or name or f"sortie {number}",
        name,
        type_of(node),
        tuple(split_list(values)),
        text_of(child(node, "defaultOutputEntry")) or None,
        line_of(node),
    )


def _rule(node: XmlElement) -> Rule:
    description = child(node, "description")
    conditions, results = children(node, "inputEntry"), children(node, "outputEntry")
    return Rule(
        node.get("id", ""),
        tuple(text_of(cell) for cell in conditions),
        tuple(text_of(cell) for cell in results),
        line_of(node),
        None if description is None else (description.text or "").strip() or None,
        tuple(cell.get("id", "") for cell in (*conditions, *results)),
    )
