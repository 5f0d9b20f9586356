"""Checks what is written: FEEL expressions, the language they claim to be in, and times."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from asae_engine import feel
from asae_engine.bpmn.document import CAMUNDA, child, children, text
from asae_engine.bpmn.reading import expressions
from asae_engine.bpmn.report import called
from asae_engine.bpmn.timers import armed_at

if TYPE_CHECKING:
    from asae_engine.bpmn.diagram import Arrow, Frame, Shape
    from asae_engine.bpmn.report import Report
    from asae_engine.bpmn.timers import TimerKind

_TIMER_KINDS: tuple[TimerKind, ...] = ("timeDate", "timeDuration", "timeCycle")
#: A repeated timer costs its case a step each time.
SHORTEST_CYCLE = timedelta(minutes=1)
#: Any instant: whether a text reads as a time does not depend on it.
_SOME_DAY = datetime(2026, 1, 15, tzinfo=UTC)

_WORDS = {
    "condition": "La condition",
    "script": "Le script",
    "offeredWhen": "La condition d’offre",
    "collection": "La liste de la multi-instance",
    "loopCardinality": "Le nombre d’instances",
    "completionCondition": "La condition d’achèvement",
    "loopCondition": "La condition de la boucle",
    "conditionalEvent": "La condition attendue",
    "candidateGroups": "Le choix des rôles",
    "assignee": "Le choix de la personne",
    "dueDate": "L’échéance",
    "followUpDate": "La date de relance",
    "priority": "La priorité",
}


def check(process: Frame, report: Report) -> None:
    """Everything there is to say about what is written in a process."""
    places: dict[str, Shape | Arrow | Frame] = {process.id: process}
    for frame in process.frames():
        places.update({arrow.id: arrow for arrow in frame.arrows})
        places.update(frame.shapes)
    for written in expressions(process):
        if "${" in written.expression or "#{" in written.expression:
            continue  # told once, as JUEL
        word = _WORDS.get(written.attribute, "L’expression")
        try:
            problems = [problem.message_fr for problem in feel.check(written.expression)]
        except feel.FeelError as error:
            problems = [error.message_fr]
        for problem in dict.fromkeys(problems):
            report.error(
                "feel",
                places[written.element],
                f"{word} « {written.expression[:200]} » ne se lit pas : {problem}",
                "Corrigez l’expression FEEL.",
            )
    for place in places.values():
        _check_language(place, report)
    for shape in process.all_shapes():
        for event in children(shape.xml, "timerEventDefinition"):
            _check_timer(shape, [(kind, text(child(event, kind))) for kind in _TIMER_KINDS], report)


def _check_language(place: Shape | Arrow | Frame, report: Report) -> None:
    for node in place.xml.iterchildren():
        language = (node.get("language") or "").strip().lower()
        if language and "feel" not in language:
            report.error(
                "language",
                place,
                f"{called(place)} emploie le langage « {language} » ; seul FEEL est reconnu.",
                "Écrivez l’expression en FEEL et indiquez le langage « feel ».",
            )
        if node.get(f"{{{CAMUNDA}}}resource"):
            report.error(
                "language",
                place,
                f"{called(place)} renvoie à un script extérieur, que le moteur ne lit pas.",
                "Écrivez l’expression en FEEL dans le diagramme.",
            )


def _check_timer(shape: Shape, written: list[tuple[TimerKind, str | None]], report: Report) -> None:
    given = [(kind, expression) for kind, expression in written if expression is not None]
    if len(given) != 1:
        report.error(
            "timer",
            shape,
            f"{called(shape)} doit indiquer une échéance, et une seule.",
            "Donnez une date, une durée (P30D) ou un cycle (R/P1M).",
        )
        return
    kind, expression = given[0]
    begins = shape.type == "startEvent" and shape.frame.shape is None
    repeats = begins or (shape.type in ("boundaryEvent", "startEvent") and not shape.interrupting)
    if kind == "timeCycle" and not repeats:
        report.error(
            "cycle",
            shape,
            f"{called(shape)} se répète, mais un tel évènement ne peut se produire qu’une fois.",
            "Donnez une durée, ou posez un évènement non interruptif sur le bord d’une activité.",
        )
        return
    if expression is None or expression.startswith("=") or "${" in expression or "#{" in expression:
        return
    try:
        armed = armed_at(expression, kind, _SOME_DAY)
        if kind == "timeDuration" and not expression.startswith("P"):
            raise ValueError("une durée ISO 8601 est attendue, comme P30D, P3M ou PT36H.")
    except ValueError as error:
        report.error(
            "timer",
            shape,
            f"L’échéance « {expression[:80]} » de {called(shape)} ne se lit pas : {error}",
            "Écrivez une date (2026-09-01), une durée (P30D), un cycle (R/P1M) ou « = » suivi de FEEL.",
        )
        return
    if armed.cycle is not None and armed.cycle.occurrence(2) - armed.cycle.occurrence(1) < SHORTEST_CYCLE:
        report.error(
            "short_cycle",
            shape,
            f"{called(shape)} se répéterait plus d’une fois par minute.",
            "Donnez une période d’au moins une minute.",
        )
