"""Checks what undoes what: compensation events, and the activities that undo (BPMN 2.0, 10.7)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from asae_engine.bpmn.document import child, children
from asae_engine.bpmn.report import called

if TYPE_CHECKING:
    from collections.abc import Iterator

    from asae_engine.bpmn.diagram import Frame, Shape
    from asae_engine.bpmn.report import Report


def check(shape: Shape, report: Report) -> None:
    """Everything there is to say about a shape on its own, as far as compensation goes."""
    if shape.undoes:
        _check_handler(shape, report)
    if shape.event != "compensate":
        return
    if shape.type == "boundaryEvent":
        _check_boundary(shape, report)
    elif shape.type == "startEvent":
        _check_start(shape, report)
    else:
        _check_throw(shape, report)


def _check_handler(shape: Shape, report: Report) -> None:
    if shape.starts_by_event or shape.type == "boundaryEvent":
        report.error(
            "compensation",
            shape,
            f"{called(shape)} ne peut pas être une activité de compensation.",
            "Choisissez une tâche, un sous-processus ou un appel.",
        )
    if shape.incoming or shape.outgoing or shape.watchers:
        report.error(
            "compensation",
            shape,
            f"Un flux ou un évènement touche l’activité de compensation {called(shape)}.",
            "Seule une association y mène, depuis l’évènement de compensation au bord de l’étape à défaire.",
        )
    if not any(shape in handlers(other) for other in shape.frame.shapes.values()):
        report.error(
            "compensation",
            shape,
            f"L’activité de compensation {called(shape)} ne défait aucune étape.",
            "Reliez-la par une association à un évènement de compensation posé au bord d’une étape.",
        )


def _check_boundary(shape: Shape, report: Report) -> None:
    found = list(handlers(shape))
    if len(found) != 1 or not found[0].undoes:
        report.error(
            "compensation",
            shape,
            f"L’évènement de compensation {called(shape)} n’est pas relié à une activité de compensation.",
            "Tirez une association de l’évènement vers une activité marquée « compensation », une seule.",
        )
    host = shape.frame.shapes.get(shape.xml.get("attachedToRef", ""))
    if shape.outgoing:
        report.error(
            "compensation",
            shape,
            f"Un flux part de l’évènement de compensation {called(shape)}.",
            "Retirez ce flux : ce qui défait l’étape se relie par une association.",
        )
    if host is not None and sum(_is_compensation(other) for other in _handling(host)) > 1:
        report.error(
            "compensation",
            shape,
            f"Il y a plusieurs façons de défaire {called(host)}.",
            "Gardez un seul évènement de compensation : au bord de l’étape, ou dans le sous-processus.",
        )


def _check_start(shape: Shape, report: Report) -> None:
    handler = shape.frame.shape
    around = None if handler is None else handler.frame.shape
    if around is None or around.starts_by_event:
        report.error(
            "compensation",
            shape,
            f"Rien ne peut défaire ce qui entoure {called(shape)} : ce n’est pas un sous-processus.",
            "Placez le sous-processus évènementiel de compensation dans un sous-processus, "
            "ou posez un évènement de compensation au bord d’une étape.",
        )
    elif sum(_is_compensation(other) for other in _handling(around)) > 1:
        report.error(
            "compensation",
            shape,
            f"Il y a plusieurs façons de défaire {called(around)}.",
            "Gardez un seul évènement de compensation : au bord de l’étape, ou dans le sous-processus.",
        )


def _check_throw(shape: Shape, report: Report) -> None:
    seen = [other for frame in _visible(shape.frame) for other in frame.shapes.values()]
    for event in children(shape.xml, "compensateEventDefinition"):
        wanted = event.get("activityRef")
        if wanted is None:
            if not any(map(can_be_undone, seen)):
                report.warning(
                    "nothing_to_undo",
                    shape,
                    f"{called(shape)} demande de défaire des étapes ; aucune de ce niveau ne peut l’être.",
                    "Posez un évènement de compensation au bord des étapes à défaire.",
                )
        elif not any(other.id == wanted and can_be_undone(other) for other in seen):
            report.error(
                "unknown_activity",
                shape,
                f"{called(shape)} demande de défaire « {wanted} », qui ne peut pas l’être d’ici.",
                "Choisissez une étape du même niveau, avec un évènement de compensation à son bord.",
            )


def handlers(event: Shape) -> Iterator[Shape]:
    """What an association leads to from a compensation event on a boundary."""
    if event.type != "boundaryEvent" or event.event != "compensate":
        return
    for reference in event.frame.ties.get(event.id, ()):
        if (target := event.frame.shapes.get(reference)) is not None:
            yield target


def can_be_undone(shape: Shape) -> bool:
    """Whether something undoes an activity: a handler of its own, or those of what is inside."""
    if shape.undoes:
        return False
    if shape.type == "callActivity" or any(map(_is_compensation, _handling(shape))):
        return True
    return shape.inside is not None and any(map(can_be_undone, shape.inside.shapes.values()))


def _visible(frame: Frame) -> Iterator[Frame]:
    """A frame, and when it is an event sub-process the one around it."""
    yield frame
    if frame.shape is not None and frame.shape.starts_by_event:
        yield from _visible(frame.shape.frame)


def _handling(shape: Shape) -> Iterator[Shape]:
    """The events on an activity, and the starts of the event sub-processes in it."""
    yield from shape.watchers
    if shape.inside is None or shape.starts_by_event:
        return
    for inner in shape.inside.shapes.values():
        if inner.starts_by_event and inner.inside is not None:
            yield from (start for start in inner.inside.shapes.values() if start.type == "startEvent")


def _is_compensation(event: Shape) -> bool:
    return child(event.xml, "compensateEventDefinition") is not None
