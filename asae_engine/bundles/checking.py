"""Checks a bundle whole: each file by itself, then what one file says of another; all is said at once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from asae_engine import decisions, forms
from asae_engine.bundles import figures
from asae_engine.bundles.bundle import Bundle, build, parse_decisions, parse_processes
from asae_engine.bundles.files import PROGRAMME, check_paths
from asae_engine.bundles.knowledge import Knowledge
from asae_engine.bundles.references import (
    Report,
    called_decisions,
    check_decision,
    check_delays,
    check_process,
)
from asae_engine.findings import Finding, in_order, refused

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping


def check(files: Mapping[str, bytes]) -> tuple[Bundle | None, list[Finding]]:
    """The bundle that these files are, and every finding on them. None when one finding is an error."""
    findings = check_paths(files)
    kept = {
        path: content for path, content in files.items() if path not in {found.file for found in findings}
    }
    bundle, said = build(kept)
    findings.extend(said)
    broken = {finding.file for finding in findings if finding.severity == "error"}
    findings.extend(_duplicates(bundle))
    findings.extend(decisions.check_requirements(bundle.decisions))
    if PROGRAMME not in files:
        findings.append(_no_programme())
    if not any(definition.kind == "main" for definition in bundle.processes.values()):
        findings.append(_no_main())
    knowledge = Knowledge(bundle, broken)
    report = Report(bundle, knowledge, findings)
    for definition in bundle.processes.values():
        check_process(definition, report)
    check_delays(report)
    for decision in called_decisions(bundle):
        check_decision(decision, report)
    findings.extend(_forms(bundle, knowledge))
    if PROGRAMME not in broken:
        findings.extend(_programme(bundle, knowledge))
    ordered = in_order(findings)
    return (None if refused(ordered) else bundle), ordered


def check_each(files: Mapping[str, bytes]) -> list[Finding]:
    """The findings of each file by itself, when the rest of the bundle is not at hand."""
    findings = check_paths(files)
    kept = {
        path: content for path, content in files.items() if path not in {found.file for found in findings}
    }
    return in_order([*findings, *build(kept)[1]])


def _forms(bundle: Bundle, knowledge: Knowledge) -> Iterable[Finding]:
    programme = bundle.programme
    for form in bundle.forms.values():
        yield from forms.check(
            form,
            f"forms/{form.key}.form",
            known_names=knowledge.names,
            marks=programme.marks.keys() - {""} if programme.marks else None,
            roles=programme.roles.keys() if programme.roles else None,
        )


def _programme(bundle: Bundle, knowledge: Knowledge) -> Iterable[Finding]:
    programme = bundle.programme
    if not knowledge.forms_are_whole:
        return
    yield from figures.unknown_fields(programme.figures, PROGRAMME, knowledge.fields)
    known = frozenset().union(*knowledge.fields.values())
    for place, keys in (("essentials", programme.essentials), ("household", programme.household.values())):
        for key in keys:
            if key not in known:
                yield Finding(
                    "programme.unknown_field",
                    "error",
                    PROGRAMME,
                    None,
                    key,
                    None,
                    f"Le programme (« {place} ») nomme le champ « {key} », qu’aucun formulaire ne contient.",
                    "Corrigez la clé, ou ajoutez le champ à un formulaire.",
                )


def _duplicates(bundle: Bundle) -> Iterable[Finding]:
    """Processes and decisions that two files define: only the first would run."""
    seen: dict[tuple[str, str], str] = {}
    for path in sorted(bundle.files):
        content = bundle.files[path]
        keys: list[tuple[str, str, int | None]] = []
        if path.endswith(".bpmn"):
            keys = [("process", definition.key, None) for definition in parse_processes(content, path)[0]]
        elif path.endswith(".dmn"):
            keys = [
                ("decision", decision.id, decision.line) for decision in parse_decisions(content, path)[0]
            ]
        for kind, key, line in keys:
            first = seen.setdefault((kind, key), path)
            if first != path:
                what = "Le processus" if kind == "process" else "La décision"
                yield Finding(
                    f"bundle.duplicate_{kind}",
                    "error",
                    path,
                    line,
                    key,
                    None,
                    f"{what} « {key} » existe déjà dans {first}.",
                    "Changez l’un des deux identifiants.",
                )


def _no_programme() -> Finding:
    return Finding(
        "bundle.no_programme",
        "error",
        PROGRAMME,
        None,
        None,
        None,
        "Le fichier du programme manque : rôles, marques, organisations et chiffres.",
        "Ajoutez processes/programme.json au lot.",
    )


def _no_main() -> Finding:
    return Finding(
        "bundle.no_main_process",
        "error",
        "processes/",
        None,
        None,
        None,
        "Aucun processus n’ouvre de situation.",
        'Donnez à l’un des processus la nature « principal » (asae:kind="main").',
    )
