"""Checks each event: is it one we run at that place, and does what it refers to exist."""

from __future__ import annotations

from typing import TYPE_CHECKING

from asae_engine.bpmn.document import children
from asae_engine.bpmn.reading import message_of
from asae_engine.bpmn.report import called

if TYPE_CHECKING:
    from asae_engine.bpmn.diagram import Diagram, Shape
    from asae_engine.bpmn.report import Report

EVENTS: dict[str, frozenset[str]] = {
    "startEvent": frozenset(),
    "endEvent": frozenset({"message", "error", "escalation", "terminate"}),
    "intermediateThrowEvent": frozenset({"message", "escalation"}),
    "intermediateCatchEvent": frozenset({"timer", "message"}),
    "boundaryEvent": frozenset({"timer", "message", "error", "escalation"}),
}
#: Where a boundary event makes sense: on what waits.
HOSTS = frozenset({"userTask", "receiveTask", "subProcess", "callActivity"})
#: Where an error or an escalation can come from.
SCOPES = frozenset({"subProcess", "callActivity"})

_REFUSED_EVENTS = {
    "link": ("un lien", "Reliez les deux points par un flux."),
    "compensate": ("une compensation", "Dessinez les étapes d’annulation à la suite d’une passerelle."),
    "compensation": ("une compensation", "Dessinez les étapes d’annulation à la suite d’une passerelle."),
    "conditional": ("une condition", "Utilisez une passerelle exclusive, ou un message."),
    "signal": ("un signal", "Utilisez un message, qui a le même nom des deux côtés."),
    "cancel": ("une annulation de transaction", "Utilisez un évènement d’erreur."),
    "timer": ("un délai", "Placez le délai sur un évènement intermédiaire ou sur le bord d’une activité."),
    "message": (
        "un message",
        "Utilisez un évènement intermédiaire, une tâche de réception ou une étape annexe.",
    ),
    "error": (
        "une erreur",
        "Une erreur se lève par un évènement de fin et se traite au bord d’un sous-processus.",
    ),
    "escalation": (
        "une escalade",
        "Une escalade se traite au bord d’un sous-processus ou d’une activité d’appel.",
    ),
    "terminate": ("une terminaison", "Elle ne se place que sur un évènement de fin."),
}


def check(diagram: Diagram, shape: Shape, report: Report) -> None:
    """Everything there is to say about an event on its own."""
    sorts = shape.events
    if len(sorts) > 1 or shape.xml.get("parallelMultiple") == "true":
        report.error(
            "multiple_events",
            shape,
            f"{called(shape)} attend ou lève plusieurs évènements à la fois.",
            "Dessinez un évènement pour chacun.",
        )
        return
    sort = shape.event
    if sort is None:
        if shape.type == "boundaryEvent" or shape.type == "intermediateCatchEvent":
            report.error(
                "no_event",
                shape,
                f"{called(shape)} n’attend rien.",
                "Choisissez ce qu’il attend : un délai ou un message.",
            )
            return
    elif sort not in EVENTS[shape.type]:
        what, advice = _REFUSED_EVENTS.get(sort, (f"« {sort} »", "Choisissez un autre évènement."))
        report.error(
            "unsupported_event",
            shape,
            f"L’évènement {called(shape)} porte {what} ; le moteur ne l’exécute pas à cet endroit.",
            advice,
        )
        return
    _check_references(diagram, shape, sort, report)
    if shape.type == "boundaryEvent":
        _check_boundary(shape, sort, report)


def _check_references(diagram: Diagram, shape: Shape, sort: str | None, report: Report) -> None:
    if sort == "message" and message_of(diagram, shape) is None and shape.topic is None:
        unknown_message(shape, report)
    for tag, attribute, known, word in (
        ("errorEventDefinition", "errorRef", diagram.errors, "erreur"),
        ("escalationEventDefinition", "escalationRef", diagram.escalations, "escalade"),
    ):
        for event in children(shape.xml, tag):
            reference = event.get(attribute)
            if reference is None and shape.type == "boundaryEvent":
                continue
            if reference is None or not known.get(reference):
                report.error(
                    f"unknown_{attribute.removesuffix('Ref')}",
                    shape,
                    f"{called(shape)} renvoie à une {word} qui n’existe pas ou n’a pas de code.",
                    f"Choisissez une {word} du diagramme et donnez-lui un code.",
                )


def _check_boundary(shape: Shape, sort: str | None, report: Report) -> None:
    host = shape.frame.shapes.get(shape.xml.get("attachedToRef", ""))
    if host is None:
        report.error(
            "unknown_host",
            shape,
            f"L’évènement {called(shape)} n’est posé sur aucune activité.",
            "Posez-le sur le bord d’une activité.",
        )
        return
    allowed = SCOPES if sort in ("error", "escalation") else HOSTS
    if host.type not in allowed:
        report.error(
            "boundary_host",
            shape,
            f"L’évènement {called(shape)} ne peut rien surveiller sur {called(host)}.",
            "Posez-le sur une activité qui attend : tâche utilisateur, réception, sous-processus, appel."
            if allowed is HOSTS
            else "Une erreur ou une escalade se traite au bord d’un sous-processus ou d’un appel.",
        )
    if sort == "error" and not shape.interrupting:
        report.error(
            "error_not_interrupting",
            shape,
            f"L’évènement d’erreur {called(shape)} doit interrompre l’activité.",
            "Rendez-le interruptif, ou utilisez une escalade.",
        )


def unknown_message(shape: Shape, report: Report) -> None:
    """Say that a shape refers to no message with a name."""
    report.error(
        "unknown_message",
        shape,
        f"{called(shape)} renvoie à un message qui n’existe pas ou n’a pas de nom.",
        "Choisissez un message du diagramme et donnez-lui un nom.",
    )
