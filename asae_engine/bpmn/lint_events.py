"""Checks each event: is it one we run at that place, and does what it refers to exist."""

from __future__ import annotations

from typing import TYPE_CHECKING

from asae_engine.bpmn.definition import AWAITED
from asae_engine.bpmn.document import asae, camunda, child, children, text
from asae_engine.bpmn.reading import message_of
from asae_engine.bpmn.report import called

if TYPE_CHECKING:
    from asae_engine.bpmn.diagram import Diagram, Frame, Shape
    from asae_engine.bpmn.report import Report

EVENTS: dict[str, frozenset[str]] = {
    "startEvent": frozenset(),
    "endEvent": frozenset({"message", "signal", "error", "escalation", "compensate", "terminate"}),
    "intermediateThrowEvent": frozenset({"message", "signal", "escalation", "compensate", "link"}),
    "intermediateCatchEvent": frozenset({"timer", "message", "signal", "conditional", "link"}),
    "boundaryEvent": frozenset(
        {"timer", "message", "signal", "conditional", "error", "escalation", "compensate"}
    ),
}
#: What starts a side process, in an open case, besides people.
SIDE_STARTS = frozenset({"message", "signal"}) | AWAITED
#: What starts an event sub-process.
STARTS = frozenset({"timer", "message", "signal", "conditional", "error", "escalation", "compensate"})
#: Where a boundary event makes sense: on what waits.
HOSTS = frozenset({"userTask", "receiveTask", "subProcess", "callActivity"})
#: What can be undone once it is done.
UNDONE = HOSTS | {"scriptTask", "businessRuleTask", "serviceTask", "sendTask", "task", "manualTask"}
#: Where an error or an escalation can come from.
SCOPES = frozenset({"subProcess", "callActivity"})

_REFUSED_EVENTS = {
    "link": ("un lien", "Un lien relie deux évènements intermédiaires ; ici, reliez par un flux."),
    "compensate": (
        "une compensation",
        "Elle se lève par un évènement intermédiaire ou de fin, et se traite au bord d’une étape.",
    ),
    "conditional": (
        "une condition",
        "Seul un processus annexe peut commencer par une condition : sans situation, pas de dossier à lire. "
        "Ailleurs : évènement intermédiaire, bord d’activité, sous-processus évènementiel.",
    ),
    "signal": (
        "un signal",
        "Seul un processus annexe peut commencer par un signal ; ailleurs, un sous-processus évènementiel.",
    ),
    "cancel": ("une annulation de transaction", "Utilisez un évènement d’erreur."),
    "timer": (
        "un délai",
        "Seul un processus annexe peut commencer par un délai : un parcours s’ouvre pour un ménage, par une "
        "personne. Ailleurs : évènement intermédiaire ou bord d’activité.",
    ),
    "message": (
        "un message",
        "Seul un processus annexe peut commencer par un message ; ailleurs, attendez-le en chemin.",
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
                "Choisissez ce qu’il attend : un délai, un message, un signal ou une condition.",
            )
            return
    elif sort not in _allowed(shape):
        what, advice = _REFUSED_EVENTS.get(sort, (f"« {sort} »", "Choisissez un autre évènement."))
        report.error(
            "unsupported_event",
            shape,
            f"L’évènement {called(shape)} porte {what} ; le moteur ne l’exécute pas à cet endroit.",
            advice,
        )
        return
    _check_references(diagram, shape, sort, report)
    if sort == "conditional":
        _check_condition(shape, report)
    if sort == "link":
        _check_link(shape, report)
    if shape.type == "boundaryEvent":
        _check_boundary(shape, sort, report)
    if shape.type == "startEvent" and sort is not None and camunda(shape.xml, "formKey") is not None:
        report.error(
            "start_form",
            shape,
            f"{called(shape)} commence par un évènement : personne n’est là pour remplir son formulaire.",
            "Retirez le formulaire, ou faites-en la première étape.",
        )


def _allowed(shape: Shape) -> frozenset[str]:
    around = shape.frame.shape
    if shape.type == "startEvent" and around is not None and around.starts_by_event:
        return STARTS
    if shape.type == "startEvent" and is_side(shape.frame):
        return SIDE_STARTS
    return EVENTS[shape.type]


def is_side(frame: Frame) -> bool:
    """Whether a frame is a side process: one that events may start, each in its way."""
    return frame.shape is None and asae(frame.xml, "kind") == "side"


def _check_condition(shape: Shape, report: Report) -> None:
    for event in children(shape.xml, "conditionalEventDefinition"):
        if text(child(event, "condition")) is None:
            report.error(
                "no_condition",
                shape,
                f"{called(shape)} n’a pas de condition.",
                "Écrivez la condition attendue en FEEL, par exemple « =loyer_impaye > 500 ».",
            )


def _check_link(shape: Shape, report: Report) -> None:
    if shape.link is None:
        report.error("link", shape, f"Le lien {called(shape)} n’a pas de nom.", "Donnez-lui un nom.")
        return
    ends = [other for other in shape.frame.shapes.values() if other.link == shape.link]
    catches = [other for other in ends if other.type == "intermediateCatchEvent"]
    throws = [other for other in ends if other.type == "intermediateThrowEvent"]
    if shape.type == "intermediateThrowEvent" and not catches:
        report.error(
            "link",
            shape,
            f"Le lien « {shape.link} » ne continue nulle part à ce niveau.",
            "Placez un lien d’arrivée du même nom dans le même processus.",
        )
    if shape.type == "intermediateCatchEvent" and (len(catches) > 1 or not throws):
        report.error(
            "link",
            shape,
            f"Le lien d’arrivée « {shape.link} » "
            + ("est dessiné plusieurs fois." if throws else "n’a pas de départ."),
            "Gardez un lien d’arrivée par nom, et au moins un lien de départ.",
        )


def check_event_subprocess(shape: Shape, report: Report) -> None:
    """Whether an event sub-process can wait for its start."""
    inside = {} if shape.inside is None else shape.inside.shapes
    starts = [inner for inner in inside.values() if inner.type == "startEvent"]
    if shape.incoming or shape.outgoing or shape.watchers:
        report.error(
            "event_subprocess",
            shape,
            f"Un flux ou un évènement touche le sous-processus évènementiel {called(shape)}.",
            "Rien n’y mène et rien n’en part : son évènement de début l’ouvre.",
        )
    if shape.loop is not None or child(shape.xml, "standardLoopCharacteristics") is not None:
        report.error(
            "event_subprocess",
            shape,
            f"Le sous-processus évènementiel {called(shape)} ne peut pas être répété.",
            "Retirez la répétition ; un début non interruptif peut l’ouvrir plusieurs fois.",
        )
    for start in starts:
        if start.event is None:
            report.error(
                "event_subprocess",
                start,
                f"Rien n’ouvre le sous-processus évènementiel {called(shape)}.",
                "Choisissez son début : délai, message, signal, condition, erreur, escalade ou compensation.",
            )
        elif start.event == "error" and not start.interrupting:
            report.error(
                "error_not_interrupting",
                start,
                f"L’évènement d’erreur {called(start)} doit interrompre ce qui l’entoure.",
                "Rendez-le interruptif, ou utilisez une escalade.",
            )


def _check_references(diagram: Diagram, shape: Shape, sort: str | None, report: Report) -> None:
    if sort == "message" and message_of(diagram, shape) is None and shape.topic is None:
        unknown_message(shape, report)
    if sort == "signal":
        for event in children(shape.xml, "signalEventDefinition"):
            if not diagram.signals.get(event.get("signalRef", "")):
                report.error(
                    "unknown_signal",
                    shape,
                    f"{called(shape)} renvoie à un signal qui n’existe pas ou n’a pas de nom.",
                    "Choisissez un signal du diagramme et donnez-lui un nom.",
                )
    for tag, attribute, known, word in (
        ("errorEventDefinition", "errorRef", diagram.errors, "erreur"),
        ("escalationEventDefinition", "escalationRef", diagram.escalations, "escalade"),
    ):
        for event in children(shape.xml, tag):
            reference = event.get(attribute)
            if reference is None and shape.type in ("boundaryEvent", "startEvent"):
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
    if sort == "compensate":
        if host.type not in UNDONE or host.undoes or host.starts_by_event:
            report.error(
                "boundary_host",
                shape,
                f"L’évènement de compensation {called(shape)} est posé sur {called(host)}, "
                "qui ne peut pas être défait.",
                "Posez-le sur une tâche, un sous-processus ou un appel.",
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
