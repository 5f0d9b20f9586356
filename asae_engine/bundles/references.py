"""What one file of a bundle says of another: the forms, decisions, processes, roles and fields it names."""

from __future__ import annotations

from typing import TYPE_CHECKING

from asae_engine import feel
from asae_engine.decisions import ElementKind
from asae_engine.findings import Finding

if TYPE_CHECKING:
    from collections.abc import Iterable

    from asae_engine.bpmn import Element, ProcessDefinition
    from asae_engine.bundles.bundle import Bundle
    from asae_engine.bundles.knowledge import Knowledge
    from asae_engine.decisions import Decision

#: Actions that a service or send task may name; `commands.actions` carries them out.
TOPICS = frozenset({"notify", "close_case", "reassign"})

#: The decision that gives each step its deadlines, and the process that runs when one is reached.
DELAYS = "delays"
ESCALATION = "reminder_escalation"

#: Recipients of a notice that are no role: who has the task, or the organisation that has it.
_ASSIGNEE = "assignee"


class Report:
    """Collects findings on the files of one bundle."""

    def __init__(self, bundle: Bundle, knowledge: Knowledge, findings: list[Finding]) -> None:
        self.bundle = bundle
        self.knowledge = knowledge
        self._findings = findings

    def error(
        self, code: str, definition: ProcessDefinition, element: Element | None, message: str, advice: str
    ) -> None:
        """An error on an element of a diagram, or on its process."""
        where = f"{definition.name} » : " if element is None else f"{element.name or element.id} » : "
        self._findings.append(
            Finding(
                f"bundle.{code}",
                "error",
                definition.file,
                None if element is None else element.line,
                definition.key if element is None else element.id,
                definition.name if element is None else element.name,
                f"« {where}{message}",
                advice,
            )
        )

    def decision_error(self, code: str, decision: Decision, line: int, message: str, advice: str) -> None:
        """An error on a decision."""
        self._findings.append(
            Finding(
                f"bundle.{code}",
                "error",
                decision.file,
                line,
                decision.id,
                decision.name,
                f"Décision « {decision.name} » : {message}",
                advice,
            )
        )


def check_process(definition: ProcessDefinition, report: Report) -> None:
    """Everything that a diagram names elsewhere exists."""
    bundle = report.bundle
    for key in sorted(definition.calls - bundle.processes.keys()):
        report.error(
            "missing_process",
            definition,
            None,
            f"le processus appelé « {key} » n’existe pas.",
            "Ajoutez son diagramme au lot, ou corrigez l’appel.",
        )
    for key in sorted(definition.calls & bundle.processes.keys()):
        if bundle.processes[key].kind != "called":
            report.error(
                "not_callable",
                definition,
                None,
                f"le processus « {key} » est appelé, mais sa nature n’est pas « appelé ».",
                'Changez la nature du processus (asae:kind="called").',
            )
    for key in sorted(definition.decisions - bundle.decisions.keys()):
        report.error(
            "missing_decision",
            definition,
            None,
            f"la décision « {key} » n’existe pas.",
            "Ajoutez la table au lot, ou corrigez la référence.",
        )
    for topic in sorted(definition.topics - TOPICS):
        report.error(
            "unknown_topic",
            definition,
            None,
            f"l’action « {topic} » n’existe pas.",
            f"Choisissez parmi : {', '.join(sorted(TOPICS))}.",
        )
    if definition.start_form is not None and definition.start_form not in bundle.forms:
        _missing_form(definition, None, definition.start_form, report)
    _check_groups(definition, None, definition.starter_groups, report)
    for element in definition.elements.values():
        _check_element(definition, element, report)
    _check_expressions(definition, report)


def check_delays(report: Report) -> None:
    """Steps with deadlines need the process that carries a deadline out, and recipients that exist."""
    bundle = report.bundle
    steps = [
        element
        for process in bundle.processes.values()
        for element in process.elements.values()
        if element.delays
    ]
    decision = bundle.decisions.get(DELAYS)
    if decision is None:
        return
    if steps and ESCALATION not in bundle.processes:
        report.decision_error(
            "missing_process",
            decision,
            decision.line,
            f"le processus « {ESCALATION} », qui porte les rappels et les escalades, n’existe pas.",
            "Ajoutez son diagramme au lot.",
        )
    columns = [index for index, output in enumerate(decision.outputs) if output.name.endswith("_to")]
    for rule in decision.rules:
        for column in columns:
            cell = rule.outputs[column] if column < len(rule.outputs) else ""
            if cell.startswith('"') and cell.endswith('"') and cell.count('"') == 2:
                reason = _unknown_group(cell.strip('"'), bundle)
                if reason:
                    report.decision_error(
                        "unknown_role", decision, rule.line, reason, "Corrigez le destinataire de l’escalade."
                    )


def called_decisions(bundle: Bundle) -> list[Decision]:
    """The decisions that diagrams call, those that give deadlines, and what these need.

    The others are called by code, with names of its own.
    """
    waiting = [DELAYS, *sorted({key for process in bundle.processes.values() for key in process.decisions})]
    found: dict[str, Decision] = {}
    while waiting:
        decision = bundle.decisions.get(waiting.pop())
        if decision is not None and decision.id not in found:
            found[decision.id] = decision
            waiting += (*decision.requires, *decision.outputs_of_service)
    return list(found.values())


def check_decision(decision: Decision, report: Report) -> None:
    """The variables that a decision reads exist somewhere in the bundle."""
    if not report.knowledge.is_whole:
        return
    own = frozenset((*decision.requires, *decision.bound())) | {
        report.bundle.decisions[key].name for key in decision.requires if key in report.bundle.decisions
    }
    filtered = decision.filtered()
    for text, kind, line in decision.expressions():
        if text in filtered:
            continue
        for path in sorted(feel.paths(text, kind="unary" if kind == "unary" else "expression")):
            reason = report.knowledge.unknown(path, own)
            if decision.kind is ElementKind.KNOWLEDGE and path.partition(".")[0] not in own:
                reason = "une connaissance métier ne lit que ses paramètres et ce qu’elle requiert"
            if reason:
                report.decision_error(
                    "unknown_name",
                    decision,
                    line,
                    f"l’expression lit « {path} », mais {reason}.",
                    "Corrigez le nom : une valeur inconnue vaut toujours « null ».",
                )


def _check_element(definition: ProcessDefinition, element: Element, report: Report) -> None:
    bundle = report.bundle
    key = element.form_key
    if key is not None and key not in bundle.forms and key != definition.start_form:
        _missing_form(definition, element, key, report)
    if element.candidate_groups is not None and not element.candidate_groups.startswith("="):
        _check_groups(definition, element, element.candidate_groups.split(","), report)
    if element.delays is not None and element.delays not in _delay_steps(bundle):
        report.error(
            "missing_delays",
            definition,
            element,
            f"la table des délais n’a pas de ligne « {element.delays} ».",
            f"Ajoutez cette ligne à la décision « {DELAYS} », ou corrigez le délai de l’étape.",
        )


def _missing_form(definition: ProcessDefinition, element: Element | None, key: str, report: Report) -> None:
    report.error(
        "missing_form",
        definition,
        element,
        f"le formulaire « {key} » n’existe pas.",
        f"Ajoutez forms/{key}.form au lot, ou choisissez un autre formulaire.",
    )


def _check_groups(
    definition: ProcessDefinition, element: Element | None, groups: Iterable[str], report: Report
) -> None:
    if not report.bundle.programme.roles:
        return
    for group in groups:
        reason = _unknown_group(group.strip(), report.bundle)
        if reason:
            report.error(
                "unknown_role",
                definition,
                element,
                reason,
                "Écrivez « rôle » ou « rôle@organisation » avec les clés du programme.",
            )


def _unknown_group(group: str, bundle: Bundle) -> str | None:
    role, _, organisation = group.partition("@")
    programme = bundle.programme
    if role == _ASSIGNEE and not organisation:
        return None
    if role not in programme.roles:
        return f"le rôle « {role} » n’existe pas dans le programme."
    if organisation and organisation != _ASSIGNEE and organisation not in programme.organisations:
        return f"l’organisation « {organisation} » n’existe pas dans le programme."
    return None


def _delay_steps(bundle: Bundle) -> set[str]:
    """The texts that the first column of the table names, alternatives among them."""
    decision = bundle.decisions.get(DELAYS)
    cells = [] if decision is None else [rule.inputs[0] for rule in decision.rules if rule.inputs]
    return {part.strip().strip('"') for cell in cells for part in cell.split(",")}


def _check_expressions(definition: ProcessDefinition, report: Report) -> None:
    if not report.knowledge.is_whole:
        return
    before = {definition.key, *(start.element for start in definition.starts)}
    for written in definition.expressions:
        element = definition.elements.get(written.element)
        try:
            paths = feel.paths(written.expression, kind="unary" if written.kind == "unary" else "expression")
        except feel.FeelError:
            continue  # the diagram's own check says it
        for path in sorted(paths):
            # Whether a process is offered, and when it starts by itself, is asked before it runs.
            reason = report.knowledge.unknown(path, of_case=written.element in before)
            if reason:
                report.error(
                    "unknown_name",
                    definition,
                    element,
                    f"l’expression « {written.attribute} » lit « {path} », mais {reason}.",
                    "Corrigez le nom : une valeur inconnue vaut toujours « null ».",
                )
