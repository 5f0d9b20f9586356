"""Checks what decisions need of one another: it exists, and no one needs itself in the end."""

from __future__ import annotations

from typing import TYPE_CHECKING

from asae_engine.decisions.definition import Decision, ElementKind
from asae_engine.findings import Finding

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping


def check_requirements(known: Mapping[str, Decision], file: str | None = None) -> list[Finding]:
    """Findings on the requirements of a file by itself, or of a bundle's files together when none is given.

    What a file imports is looked for only when the files are together.
    """
    findings = []
    for decision in known.values():
        imported = {target for target, _ in decision.prefixes}
        looked_for = imported if file is None else set(_needs(decision)) - imported
        for required in sorted(looked_for - known.keys()):
            findings.append(
                _finding(
                    "missing_decision",
                    decision,
                    f"La décision « {decision.name} » a besoin de « {required} », qui n’existe pas.",
                    "Retirez le lien, ou ajoutez la décision au fichier.",
                )
            )
        circle = _circle(decision, known)
        if circle and (file is not None or len({known[key].file for key in circle}) > 1):
            findings.append(
                _finding(
                    "cycle",
                    decision,
                    f"La décision « {decision.name} » a besoin d’elle-même, directement ou par d’autres.",
                    "Retirez l’un des liens du cercle.",
                )
            )
    return findings


def functions_of(decision: Decision, decisions: Iterable[Decision]) -> tuple[str, ...]:
    """The names that what a decision requires has in its expressions: results, and functions to call."""
    found = set(decision.requires) | {
        other.name for other in decisions if other.id in decision.requires or other is decision
    }
    if decision.kind is not ElementKind.KNOWLEDGE:
        found.discard(decision.name)
    return tuple(sorted(found | set(decision.bound())))


def _needs(decision: Decision) -> tuple[str, ...]:
    return (*decision.requires, *decision.outputs_of_service, *decision.inputs_of_service)


def _circle(start: Decision, known: Mapping[str, Decision]) -> list[str]:
    """The decisions on a way from one back to itself; none when there is no such way."""
    came_from: dict[str, str] = {}
    waiting = [start.id]
    while waiting:
        current = waiting.pop()
        for required in _needs(known[current]):
            if required == start.id:
                way = [current]
                while way[-1] != start.id:
                    way.append(came_from[way[-1]])
                return way
            if required in known and required not in came_from:
                came_from[required] = current
                waiting.append(required)
    return []


def _finding(code: str, decision: Decision, message: str, advice: str) -> Finding:
    return Finding(
        f"dmn.{code}", "error", decision.file, decision.line, decision.id, decision.name, message, advice
    )
