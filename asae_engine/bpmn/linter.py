"""Checks a diagram whole: what the engine does not run right is refused, what people probably did not mean
is told.

This module checks the file and its processes; what concerns one element, the flow between elements and
expressions have modules of their own.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from asae_engine.bpmn import lint_elements, lint_expressions, lint_flow, lint_foreign
from asae_engine.bpmn.document import BPMN, asae, camunda, line_of
from asae_engine.bpmn.reading import KINDS
from asae_engine.bpmn.report import Report, called

if TYPE_CHECKING:
    from asae_engine.bpmn.diagram import Diagram, Frame
    from asae_engine.findings import Finding

#: Sub-processes within each other: more is no drawing that people read.
DEEPEST = 30


def lint(diagram: Diagram) -> list[Finding]:
    """Everything there is to say about a diagram."""
    report = Report(diagram.file)
    _check_ids(diagram, report)
    lint_foreign.check(diagram, report)
    if not diagram.processes:
        report.at_line(
            "no_process",
            1,
            None,
            "Le fichier ne contient aucun processus.",
            "Dessinez au moins un processus, avec un évènement de début et un évènement de fin.",
        )
    for process in diagram.processes:
        _check_process(process, report)
        _check_depth(process, report)
        for frame in process.frames():
            lint_flow.check(frame, report)
        for shape in process.all_shapes():
            lint_elements.check(diagram, shape, report)
        lint_expressions.check(process, report)
    return report.findings


def _check_process(process: Frame, report: Report) -> None:
    if process.xml.get("isExecutable") != "true":
        report.error(
            "not_executable",
            process,
            f"Le processus {called(process)} n’est pas déclaré exécutable.",
            "Cochez « Exécutable » dans les propriétés du processus, ou retirez-le du fichier.",
        )
    if not process.name:
        report.warning(
            "no_name", process, "Le processus n’a pas de nom.", "Donnez-lui le nom que les équipes emploient."
        )
    kind = asae(process.xml, "kind")
    if kind is not None and kind not in KINDS:
        report.error(
            "unknown_kind",
            process,
            f"La sorte de processus « {kind} » n’existe pas.",
            "Choisissez « main » (parcours), « called » (processus appelé) ou « side » (processus annexe).",
        )
    starts = [shape for shape in process.shapes.values() if shape.type == "startEvent"]
    if kind == "main" and starts and not any(camunda(start.xml, "formKey") for start in starts):
        report.error(
            "no_start_form",
            starts[0],
            "Le parcours n’a pas de formulaire d’ouverture.",
            "Indiquez la clé du formulaire (formKey) sur l’évènement de début.",
        )
    if kind == "main" and asae(process.xml, "door") is None:
        report.error(
            "no_door",
            process,
            f"Le parcours {called(process)} n’indique pas par quel volet un ménage y entre.",
            "Renseignez « asae:door » : « access » ou « retention », par exemple.",
        )
    by_people = not starts or any(not start.events for start in starts)
    if kind in ("main", "side") and by_people and camunda(process.xml, "candidateStarterGroups") is None:
        report.warning(
            "no_starters",
            process,
            f"Personne ne peut démarrer {called(process)}.",
            "Indiquez les rôles qui peuvent le démarrer (candidateStarterGroups).",
        )


def _check_depth(process: Frame, report: Report) -> None:
    depths = {process.id: 0}
    for frame in process.frames():
        if frame.shape is None:
            continue
        depths[frame.id] = depths.get(frame.shape.frame.id, 0) + 1
        if depths[frame.id] == DEEPEST + 1:
            report.error(
                "too_deep",
                frame,
                f"Le sous-processus {called(frame)} est au {DEEPEST + 1}e niveau\u00a0: c’est illisible.",
                f"Faites des processus appelés ; {DEEPEST} niveaux au plus dans un fichier.",
            )


def _check_ids(diagram: Diagram, report: Report) -> None:
    nodes = [node for node in diagram.root.iter(f"{{{BPMN}}}*") if node.get("id") is not None]
    counts = Counter(node.get("id") for node in nodes)
    for node in nodes:
        if counts[node.get("id")] > 1:
            report.at_line(
                "duplicate_id",
                line_of(node),
                node.get("id"),
                f"L’identifiant « {node.get('id')} » est porté par {counts[node.get('id')]} éléments.",
                "Donnez à chaque élément un identifiant unique dans le fichier.",
            )
    for process in diagram.processes:
        if not process.id:
            report.error(
                "no_id", process, "Un processus n’a pas d’identifiant.", "Donnez-lui un identifiant (id)."
            )
        for frame in process.frames():
            for arrow in frame.arrows:
                if not arrow.id:
                    report.error(
                        "no_id", arrow, "Un flux n’a pas d’identifiant.", "Enregistrez avec un éditeur BPMN."
                    )
            for shape in frame.shapes.values():
                if not shape.id:
                    report.error(
                        "no_id", shape, "Un élément n’a pas d’identifiant.", "Donnez-lui un identifiant (id)."
                    )
