"""What only the whole bundle can tell of a form: marks, roles and names of the case that do not exist."""

from __future__ import annotations

from typing import TYPE_CHECKING

from asae_engine import feel
from asae_engine.findings import Finding

if TYPE_CHECKING:
    from collections.abc import Collection

    from asae_engine.forms.definition import Form


def check(
    form: Form,
    file: str,
    *,
    known_names: Collection[str] | None = None,
    marks: Collection[str] | None = None,
    roles: Collection[str] | None = None,
) -> list[Finding]:
    """Findings about a form among the others. What is not given is not checked."""
    findings: list[Finding] = []
    for field in form.by_name.values():
        for mark in sorted(field.marks - {m for child in field.children for m in child.marks}):
            if marks is not None and mark not in marks:
                findings.append(
                    Finding(
                        "form.unknown_mark",
                        "error",
                        file,
                        field.line,
                        field.name,
                        field.label,
                        f"La marque « {mark} » n’existe pas dans le programme : personne ne lirait le champ.",
                        f"Choisissez parmi : {', '.join(sorted(marks))}.",
                    )
                )
        asked = set(field.readers)
        if field.people and not field.people.startswith("="):
            asked.add(field.people.split("@", 1)[0])
        for role in sorted(asked):
            if roles is not None and role not in roles:
                findings.append(
                    Finding(
                        "form.unknown_role",
                        "error",
                        file,
                        field.line,
                        field.name,
                        field.label,
                        f"Le rôle « {role} » n’existe pas dans le programme.",
                        f"Choisissez parmi : {', '.join(sorted(roles))}.",
                    )
                )
    if known_names is not None:
        findings.extend(_unknown_names(form, file, known_names))
    return findings


def _unknown_names(form: Form, file: str, known: Collection[str]) -> list[Finding]:
    own = set(form.by_key) | {field.key for field in form.by_name.values()} | {"i", "parent", "this"}
    found: list[Finding] = []
    for item in form.expressions:
        for name in sorted(feel.names(item.text)):
            if name in own or name in known:
                continue
            found.append(
                Finding(
                    "form.unknown_name",
                    "warning",
                    file,
                    item.line,
                    item.element,
                    None,
                    f"« {item.attribute} » lit « {name} », que ni ce formulaire ni la situation ne donne.",
                    "Vérifiez l’orthographe : une valeur inconnue vaut toujours « null ».",
                )
            )
    return found
