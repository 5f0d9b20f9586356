"""Reads the decisions of a DMN file and says everything that is wrong with it, with the line."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from asae_engine.decisions.cells import check_cells, check_shape, split_list
from asae_engine.decisions.definition import Aggregation, Decision, HitPolicy, Input, Output, Rule
from asae_engine.decisions.document import child, children, line_of, local_name, read, text_of
from asae_engine.findings import Finding

if TYPE_CHECKING:
    from lxml.etree import _Element as XmlElement

#: Elements of a decision that need no reading.
_SILENT = frozenset(
    {
        "description",
        "question",
        "allowedAnswers",
        "variable",
        "informationRequirement",
        "knowledgeRequirement",
        "authorityRequirement",
        "extensionElements",
    }
)


def parse(content: bytes, file: str) -> tuple[list[Decision], list[Finding]]:
    """The decisions of a file, and its findings. One that holds an error still comes, for the editor."""
    root, findings = read(content, file)
    if root is None:
        return [], findings
    nodes = children(root, "decision")
    report = _Report(file, findings)
    if not nodes:
        report.error(
            "no_decision",
            root,
            None,
            "Le fichier ne contient aucune décision.",
            "Ajoutez une décision, ou retirez le fichier.",
        )
    for name in ("businessKnowledgeModel", "decisionService", "import"):
        for node in children(root, name):
            report.error(
                "unsupported",
                node,
                node.get("name"),
                f"L’élément DMN « {name} » n’est pas pris en charge.",
                "Utilisez une table de décision ou une expression littérale.",
            )
    decisions = [_decision(node, report) for node in nodes]
    _check_ids(nodes, report)
    _check_requirements(decisions, nodes, report)
    for decision in decisions:
        check_cells(decision, findings)
    return decisions, findings


class _Report:
    """Collects what is wrong, where."""

    def __init__(self, file: str, findings: list[Finding]) -> None:
        self.file = file
        self.findings = findings

    def error(self, code: str, node: XmlElement, name: str | None, message: str, advice: str) -> None:
        self.findings.append(
            Finding(f"dmn.{code}", "error", self.file, line_of(node), node.get("id"), name, message, advice)
        )


def _decision(node: XmlElement, report: _Report) -> Decision:
    identifier = node.get("id") or ""
    name = node.get("name") or identifier
    if not identifier:
        report.error(
            "no_id",
            node,
            name,
            f"La décision « {name} » n’a pas d’identifiant.",
            "Donnez-lui un identifiant.",
        )
    description = child(node, "description")
    empty = Decision(
        identifier,
        name,
        report.file,
        line_of(node),
        expression="null",
        requires=_requirements(node, name, report),
        description=None if description is None else (description.text or "").strip() or None,
    )
    body = [part for part in node if local_name(part) not in _SILENT]
    if not body:
        report.error(
            "no_logic",
            node,
            name,
            f"La décision « {name} » est vide.",
            "Ajoutez-lui une table ou une expression.",
        )
        return empty
    match local_name(body[0]):
        case "decisionTable":
            return _table(body[0], empty, report)
        case "literalExpression":
            return _literal(body[0], empty, report)
        case other:
            report.error(
                "unsupported",
                body[0],
                name,
                f"La décision « {name} » emploie « {other} », qui n’est pas pris en charge.",
                "Utilisez une table de décision ou une expression littérale.",
            )
            return empty


def _literal(node: XmlElement, empty: Decision, report: _Report) -> Decision:
    _check_language(node, empty.name, report)
    expression = text_of(node)
    if not expression:
        report.error(
            "empty_expression",
            node,
            empty.name,
            f"L’expression de la décision « {empty.name} » est vide.",
            "Écrivez une expression FEEL.",
        )
        return empty
    return replace(empty, expression=expression, line=line_of(node))


def _table(node: XmlElement, empty: Decision, report: _Report) -> Decision:
    for part in node.iter():
        if isinstance(part.tag, str):
            _check_language(part, empty.name, report)
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
    return table


def _hit_policy(node: XmlElement, name: str, report: _Report) -> HitPolicy:
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


def _aggregation(node: XmlElement, name: str, report: _Report) -> Aggregation | None:
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
        None if inner is None else inner.get("typeRef"),
        line_of(node),
    )


def _output(node: XmlElement, number: int) -> Output:
    values = text_of(child(node, "outputValues"))
    name = node.get("name") or node.get("label") or ""
    return Output(
        node.get("id", ""),
        node.get("label") or name or f"sortie {number}",
        name,
        node.get("typeRef"),
        tuple(split_list(values)),
        text_of(child(node, "defaultOutputEntry")) or None,
        line_of(node),
    )


def _rule(node: XmlElement) -> Rule:
    description = child(node, "description")
    return Rule(
        node.get("id", ""),
        tuple(text_of(cell) for cell in children(node, "inputEntry")),
        tuple(text_of(cell) for cell in children(node, "outputEntry")),
        line_of(node),
        None if description is None else (description.text or "").strip() or None,
    )


def _requirements(node: XmlElement, name: str, report: _Report) -> tuple[str, ...]:
    found = []
    for requirement in children(node, "informationRequirement"):
        for required in children(requirement, "requiredDecision"):
            href = required.get("href", "")
            if not href.startswith("#"):
                report.error(
                    "outside_requirement",
                    required,
                    name,
                    f"La décision « {name} » a besoin d’une décision d’un autre fichier.",
                    "Réunissez les deux décisions dans un même fichier.",
                )
                continue
            found.append(href[1:])
    if children(node, "knowledgeRequirement"):
        report.error(
            "unsupported",
            node,
            name,
            f"La décision « {name} » appelle une connaissance métier, ce qui n’est pas pris en charge.",
            "Écrivez le calcul dans une décision, et demandez-la par un lien d’information.",
        )
    return tuple(dict.fromkeys(found))


def _check_language(node: XmlElement, name: str, report: _Report) -> None:
    language = node.get("expressionLanguage") or ""
    if language and "feel" not in language.lower():
        report.error(
            "not_feel",
            node,
            name,
            f"La décision « {name} » est écrite en « {language[:60]} » : seul FEEL est permis.",
            "Retirez le langage choisi et écrivez l’expression en FEEL.",
        )


def _check_ids(nodes: list[XmlElement], report: _Report) -> None:
    seen: set[str] = set()
    for node in nodes:
        identifier = node.get("id", "")
        if identifier and identifier in seen:
            report.error(
                "duplicate_id",
                node,
                node.get("name"),
                f"Deux décisions portent l’identifiant « {identifier} ».",
                "Donnez à chacune un identifiant à elle.",
            )
        seen.add(identifier)


def _check_requirements(decisions: list[Decision], nodes: list[XmlElement], report: _Report) -> None:
    known = {decision.id: decision for decision in decisions}
    for decision, node in zip(decisions, nodes, strict=True):
        for required in decision.requires:
            if required not in known:
                report.error(
                    "missing_decision",
                    node,
                    decision.name,
                    f"La décision « {decision.name} » a besoin de « {required} », qui n’existe pas.",
                    "Retirez le lien, ou ajoutez la décision au fichier.",
                )
        if _reaches(decision.id, decision, known, set()):
            report.error(
                "cycle",
                node,
                decision.name,
                f"La décision « {decision.name} » a besoin d’elle-même, directement ou par d’autres.",
                "Retirez l’un des liens du cercle.",
            )


def _reaches(target: str, decision: Decision, known: dict[str, Decision], seen: set[str]) -> bool:
    for required in decision.requires:
        if required == target:
            return True
        if required in known and required not in seen:
            seen.add(required)
            if _reaches(target, known[required], known, seen):
                return True
    return False
