"""Reads the decisions of a DMN file and says everything that is wrong with it, with the line."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from asae_engine.decisions import coverage, plain_values
from asae_engine.decisions.boxes import Reader, UnreadableBoxError
from asae_engine.decisions.cells import check_cells
from asae_engine.decisions.definition import Decision, ElementKind, ItemType, Parameter
from asae_engine.decisions.document import (
    child,
    children,
    elements,
    line_of,
    local_name,
    read,
    text_of,
    type_of,
)
from asae_engine.decisions.report import Report
from asae_engine.decisions.requirements import check_requirements, functions_of
from asae_engine.decisions.tables import read_table

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lxml.etree import _Element as XmlElement

    from asae_engine.findings import Finding

_KINDS = {
    "decision": ElementKind.DECISION,
    "businessKnowledgeModel": ElementKind.KNOWLEDGE,
    "decisionService": ElementKind.SERVICE,
}

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
        "supportedObjective",
        "impactedPerformanceIndicator",
        "decisionMaker",
        "decisionOwner",
        "usingProcess",
        "usingTask",
    }
)


def parse(content: bytes, file: str) -> tuple[list[Decision], list[Finding]]:
    """The decisions of a file, and its findings. One that holds an error still comes, for the editor."""
    root, findings = read(content, file)
    if root is None:
        return [], findings
    nodes = [node for node in elements(root) if local_name(node) in _KINDS]
    report = Report(file, findings)
    report.check_language(root, root.get("name", file))
    if not nodes:
        report.error(
            "no_decision",
            root,
            None,
            "Le fichier ne contient aucune décision.",
            "Ajoutez une décision, ou retirez le fichier.",
        )
    surroundings = _Surroundings(root)
    decisions = [_element(node, report, surroundings) for node in nodes]
    _check_ids(nodes, report)
    findings.extend(check_requirements({decision.id: decision for decision in decisions}, file))
    for decision in decisions:
        check_cells(decision, findings, functions_of(decision, decisions))
        if decision.is_table:
            plain_values.check(decision, findings)
            coverage.check(decision, findings)
    return decisions, findings


class _Surroundings:
    """What the elements of a file refer to by name or by address."""

    def __init__(self, root: XmlElement) -> None:
        #: The name of an import by the namespace that it brings.
        self.imports = {node.get("namespace", ""): node.get("name", "") for node in children(root, "import")}
        self.inputs = {
            node.get("id", ""): Parameter(node.get("name", ""), _type_of_variable(node))
            for node in children(root, "inputData")
        }
        self.decisions = {
            node.get("id", ""): Parameter(node.get("name", ""), _type_of_variable(node))
            for node in children(root, "decision")
        }
        self.types = tuple(_item_type(node) for node in children(root, "itemDefinition"))
        self.types += tuple(
            inner for node in children(root, "itemDefinition") for inner in _inner_types(node)
        )


def _type_of_variable(node: XmlElement) -> str | None:
    variable = child(node, "variable")
    return None if variable is None else type_of(variable)


def _item_type(node: XmlElement, name: str | None = None) -> ItemType:
    name = name or node.get("name") or ""
    base = child(node, "typeRef")
    allowed = [text_of(child(node, tag)) for tag in ("allowedValues", "typeConstraint")]
    return ItemType(
        name,
        None if base is None else (base.text or "").strip().removeprefix("feel:") or None,
        node.get("isCollection") == "true",
        tuple(
            (part.get("name", ""), f"{name}.{part.get('name', '')}")
            for part in children(node, "itemComponent")
        ),
        next((text for text in allowed if text), ""),
    )


def _inner_types(node: XmlElement, prefix: str = "") -> Iterator[ItemType]:
    """The types of the components of a type, each by the path that leads to it."""
    path = f"{prefix}{node.get('name', '')}."
    for part in children(node, "itemComponent"):
        yield _item_type(part, path + part.get("name", ""))
        yield from _inner_types(part, path)


def _element(node: XmlElement, report: Report, surroundings: _Surroundings) -> Decision:
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
    required = [_reference(href, name, node, report, surroundings) for href in _required(node)]
    empty = Decision(
        identifier,
        name,
        report.file,
        line_of(node),
        expression="null",
        requires=tuple(dict.fromkeys(target for target, _ in required)),
        description=None if description is None else (description.text or "").strip() or None,
        kind=_KINDS[local_name(node)],
        type=_type_of_variable(node),
        prefixes=tuple(dict.fromkeys((target, prefix) for target, prefix in required if prefix)),
        types=surroundings.types,
    )
    match empty.kind:
        case ElementKind.SERVICE:
            return _service(node, empty, surroundings)
        case ElementKind.KNOWLEDGE:
            return _knowledge(node, empty, report)
        case _:
            return _decision(node, empty, report)


def _decision(node: XmlElement, empty: Decision, report: Report) -> Decision:
    body = [part for part in elements(node) if local_name(part) not in _SILENT]
    if not body:
        report.error(
            "no_logic",
            node,
            empty.name,
            f"La décision « {empty.name} » est vide.",
            "Ajoutez-lui une table ou une expression.",
        )
        return empty
    match local_name(body[0]):
        case "decisionTable":
            return read_table(body[0], empty, report)
        case "literalExpression":
            return _literal(body[0], empty, report)
        case _:
            return _boxed(body[0], empty, report)


def _knowledge(node: XmlElement, empty: Decision, report: Report) -> Decision:
    logic = child(node, "encapsulatedLogic")
    if logic is None:
        report.error(
            "no_logic",
            node,
            empty.name,
            f"La connaissance métier « {empty.name} » est vide.",
            "Ajoutez-lui des paramètres et une table ou une expression.",
        )
        return empty
    # The type of what the function gives; a type that is a function's own lets all pass.
    read = _boxed(logic, replace(empty, type=type_of(logic) or empty.type), report)
    if read.boxed is None:
        return read
    return replace(read, boxed=read.boxed.parts[0], parameters=read.boxed.parameters)


def _service(node: XmlElement, empty: Decision, surroundings: _Surroundings) -> Decision:
    def ids(name: str) -> tuple[str, ...]:
        return tuple(part.get("href", "").rpartition("#")[2] for part in children(node, name))

    inputs = [surroundings.inputs[key] for key in ids("inputData") if key in surroundings.inputs]
    decided = [surroundings.decisions[key] for key in ids("inputDecision") if key in surroundings.decisions]
    return replace(
        empty,
        expression="null",
        parameters=(*inputs, *decided),
        outputs_of_service=ids("outputDecision"),
        inputs_of_service=ids("inputDecision"),
    )


def _boxed(node: XmlElement, empty: Decision, report: Report) -> Decision:
    report.check_languages(node, empty.name)
    try:
        box = Reader(lambda table: read_table(table, empty, report)).box(node)
    except UnreadableBoxError as error:
        report.error(
            error.code,
            error.node,
            empty.name,
            f"Décision « {empty.name} » : {error.message_fr}",
            error.advice,
        )
        return empty
    return replace(empty, expression=None, boxed=box, line=line_of(node))


def _literal(node: XmlElement, empty: Decision, report: Report) -> Decision:
    report.check_language(node, empty.name)
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


def _required(node: XmlElement) -> list[str]:
    """The addresses of the decisions, knowledge models and services that an element requires."""
    return [
        required.get("href", "")
        for link in ("informationRequirement", "knowledgeRequirement")
        for requirement in children(node, link)
        for name in ("requiredDecision", "requiredKnowledge")
        for required in children(requirement, name)
    ]


def _reference(
    href: str, name: str, node: XmlElement, report: Report, surroundings: _Surroundings
) -> tuple[str, str]:
    """The id that an address leads to, and the name of the import that it goes through, if any."""
    namespace, _, target = href.rpartition("#")
    if namespace and namespace not in surroundings.imports:
        report.error(
            "outside_requirement",
            node,
            name,
            f"La décision « {name} » a besoin d’une décision d’un autre fichier, qui n’est pas importé.",
            "Ajoutez l’import de ce fichier, ou réunissez les deux décisions dans un même fichier.",
        )
    return target, surroundings.imports.get(namespace, "") if namespace else ""


def _check_ids(nodes: list[XmlElement], report: Report) -> None:
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
