"""Checks a table: its shape, its names and every expression, each finding with its rule and its column."""

from __future__ import annotations

from typing import TYPE_CHECKING

from asae_engine import feel
from asae_engine.decisions.definition import Decision, HitPolicy, says_something
from asae_engine.findings import Finding

if TYPE_CHECKING:
    from collections.abc import Iterator


def check_shape(decision: Decision, findings: list[Finding]) -> None:
    """Findings on a table as a whole: columns, names of outputs, rules that say the same."""

    def report(
        code: str, line: int, message: str, advice: str, *, warning: bool = False, part: str | None = None
    ) -> None:
        findings.append(
            Finding(
                f"dmn.{code}",
                "warning" if warning else "error",
                decision.file,
                line,
                decision.id,
                decision.name,
                f"Table « {decision.name} » : {message}",
                advice,
            )
        )

    line, outputs = decision.line, decision.outputs
    if not outputs:
        report("no_output", line, "elle n’a pas de colonne de résultat.", "Ajoutez une colonne de résultat.")
    if not decision.rules:
        report("no_rule", line, "elle n’a aucune règle.", "Ajoutez au moins une règle.", warning=True)
    names = [output.name for output in outputs]
    if len(outputs) > 1 and ("" in names or len(set(names)) < len(names)):
        report(
            "output_names",
            line,
            "ses colonnes de résultat doivent porter des noms différents.",
            "Nommez chaque colonne.",
        )
    if decision.aggregation is not None and len(outputs) > 1:
        report(
            "aggregation_of_several",
            line,
            "une agrégation ne porte que sur une colonne de résultat.",
            "Gardez une seule colonne, ou retirez l’agrégation.",
        )
    ordered = decision.hit_policy in (HitPolicy.PRIORITY, HitPolicy.OUTPUT_ORDER)
    if ordered and not any(output.values for output in outputs):
        report(
            "no_priorities",
            line,
            "l’ordre d’importance des résultats n’est pas donné.",
            "Listez les valeurs permises du résultat, de la plus importante à la moins importante.",
        )
    seen: dict[tuple[str, ...], int] = {}
    for number, rule in enumerate(decision.rules, 1):
        if len(rule.inputs) != len(decision.inputs) or len(rule.outputs) != len(outputs):
            report(
                "rule_width",
                rule.line,
                f"la règle {number} n’a pas une case par colonne.",
                "Complétez la règle, ou supprimez-la.",
                part=rule.id or None,
            )
        if decision.hit_policy is HitPolicy.UNIQUE and rule.inputs in seen:
            report(
                "same_rule",
                rule.line,
                f"les règles {seen[rule.inputs]} et {number} ont les mêmes conditions.",
                "Supprimez l’une des deux : elles s’appliqueraient ensemble.",
                part=rule.id or None,
            )
        seen.setdefault(rule.inputs, number)


def check_cells(decision: Decision, findings: list[Finding], known: tuple[str, ...] = ()) -> None:
    """Findings on every expression of a decision: what is no FEEL, and functions that do not exist."""
    for place, text, kind, line, part in _expressions(decision):
        source = f"Décision « {decision.name} »{place}"
        try:
            problems = feel.check(text, kind="unary" if kind == "unary" else "expression", known=known)
        except feel.FeelError as error:
            problems = [feel.Problem(error.message_fr, 1, 1, error.code)]
        for problem in problems:
            findings.append(
                Finding(
                    problem.code.replace("feel.", "dmn.feel_"),
                    "error",
                    decision.file,
                    line + problem.line - 1,
                    decision.id,
                    decision.name,
                    f"{source} : {problem.message_fr}",
                    "Corrigez l’expression ; le FEEL attendu est décrit dans l’aide de l’atelier.",
                    part or None,
                )
            )


def _expressions(decision: Decision) -> Iterator[tuple[str, str, str, int, str]]:
    """Each with its place in words, its kind, its line and the id of its cell or column."""
    if decision.expression is not None:
        yield "", decision.expression, "expression", decision.line, ""
    for box in () if decision.boxed is None else decision.boxed.every():
        if box.kind == "literal":
            yield "", box.text, "expression", box.line, ""
        if box.table is not None:
            yield from _expressions(box.table)
    for column in decision.inputs:
        place = f", colonne « {column.label} »"
        if column.allowed:
            yield place, column.allowed, "unary", column.line, column.id
        yield place, column.expression, "expression", column.line, column.id
    for output in decision.outputs:
        place = f", colonne « {output.label} »"
        yield from ((place, value, "expression", output.line, output.id) for value in output.values)
        if output.default is not None:
            yield place, output.default, "expression", output.line, output.id
    labels = [column.label for column in decision.inputs] + [output.label for output in decision.outputs]
    for number, rule in enumerate(decision.rules, 1):
        kinds = ["unary"] * len(rule.inputs) + ["expression"] * len(rule.outputs)
        parts = zip(labels, kinds, rule.inputs + rule.outputs, rule.cells, strict=False)
        for label, kind, cell, part in parts:
            if says_something(cell):
                yield f", règle {number}, colonne « {label} »", cell, kind, rule.line, part or rule.id


def split_list(text: str) -> list[str]:
    """The parts of a comma list of FEEL values, commas inside texts, brackets and parentheses left alone."""
    parts, depth, quoted, current = [], 0, False, ""
    for index, sign in enumerate(text):
        if sign == '"' and (index == 0 or text[index - 1] != "\\"):
            quoted = not quoted
        if not quoted:
            depth += (sign in "([{") - (sign in ")]}")
            if sign == "," and depth == 0:
                parts.append(current.strip())
                current = ""
                continue
        current += sign
    return [part for part in [*parts, current.strip()] if part]
