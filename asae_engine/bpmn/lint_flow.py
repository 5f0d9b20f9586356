"""Checks how the elements of a frame are tied: starts, ends, gateways, dead ends, and loops that wait for
nobody.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from asae_engine.bpmn.lint_elements import GATEWAYS
from asae_engine.bpmn.lint_events import is_side
from asae_engine.bpmn.report import called

if TYPE_CHECKING:
    from asae_engine.bpmn.diagram import Frame, Shape
    from asae_engine.bpmn.report import Report

#: What holds a token until somebody, a time or a message comes. A call activity is taken to wait inside.
_WAITING = frozenset(
    {"userTask", "receiveTask", "intermediateCatchEvent", "eventBasedGateway", "callActivity"}
)


def check(frame: Frame, report: Report) -> None:
    """Everything there is to say about the flow of one frame."""
    if frame.shape is not None and frame.shape.type != "subProcess":
        return
    _check_ends(frame, report)
    _check_arrows(frame, report)
    for shape in frame.shapes.values():
        _check_ties(shape, report)
        if shape.type in GATEWAYS:
            _check_gateway(shape, report)
    _check_reached(frame, report)
    _check_endless(frame, report)


def _check_ends(frame: Frame, report: Report) -> None:
    starts = [shape for shape in frame.shapes.values() if shape.type == "startEvent"]
    if not starts:
        report.error(
            "no_start",
            frame,
            f"{called(frame)} n’a pas d’évènement de début.",
            "Ajoutez un évènement de début simple et reliez-le à la première étape.",
        )
    alike = [start for start in starts if not start.events] if is_side(frame) else starts
    for extra in alike[1:]:
        report.error(
            "several_starts",
            extra,
            f"{called(frame)} a {len(alike)} évènements de début" + (" simples." if is_side(frame) else "."),
            "N’en gardez qu’un, suivi d’une passerelle s’il y a plusieurs chemins.",
        )
    if not any(shape.type == "endEvent" for shape in frame.shapes.values()):
        report.error(
            "no_end",
            frame,
            f"{called(frame)} n’a pas d’évènement de fin.",
            "Ajoutez un évènement de fin et reliez-y les dernières étapes.",
        )


def _check_arrows(frame: Frame, report: Report) -> None:
    for arrow in frame.arrows:
        for reference in (arrow.source, arrow.target):
            if reference not in frame.shapes:
                report.error(
                    "dangling_flow",
                    arrow,
                    f"Le flux {called(arrow)} n’est pas relié à un élément du même niveau « {reference} ».",
                    "Reliez-le des deux côtés, sans traverser le bord d’un sous-processus.",
                )
        source = frame.shapes.get(arrow.source)
        if arrow.condition is None or source is None:
            continue
        if source.type in ("parallelGateway", "eventBasedGateway"):
            report.error(
                "misplaced_condition",
                arrow,
                f"La condition du flux {called(arrow)} part d’une passerelle qui ne choisit pas.",
                "Placez une passerelle exclusive ou inclusive avant la condition, ou retirez-la.",
            )
        elif not arrow.condition and source.type not in GATEWAYS:
            report.error(
                "no_condition",
                arrow,
                f"La condition du flux {called(arrow)}, à la sortie de {called(source)}, est vide.",
                "Écrivez une condition FEEL, ou retirez-la.",
            )


def _check_ties(shape: Shape, report: Report) -> None:
    if shape.incoming and shape.type in ("startEvent", "boundaryEvent"):
        report.error(
            "incoming_flow",
            shape,
            f"Un flux arrive sur {called(shape)}, qui ne peut pas en recevoir.",
            "Faites-le arriver sur une étape ou une passerelle.",
        )
    if shape.type == "endEvent":
        if shape.outgoing:
            report.error(
                "flow_after_end",
                shape,
                f"Un flux part de l’évènement de fin {called(shape)}.",
                "Retirez ce flux, ou remplacez la fin par un évènement intermédiaire.",
            )
    elif not shape.outgoing and not _stands_alone(shape) and not _begins_link(shape):
        report.error(
            "dead_end",
            shape,
            f"{called(shape)} ne mène nulle part.",
            "Reliez-le à la suite, ou à un évènement de fin.",
        )
    elif shape.type not in GATEWAYS:
        _check_implicit_split(shape, report)
    if _begins_link(shape) and shape.outgoing:
        report.error(
            "link",
            shape,
            f"Un flux part du lien {called(shape)}.",
            "Retirez ce flux : le parcours continue au lien d’arrivée du même nom.",
        )
    if shape.link is not None and shape.type == "intermediateCatchEvent" and shape.incoming:
        report.error(
            "link",
            shape,
            f"Un flux arrive sur le lien {called(shape)}.",
            "Retirez ce flux : on y arrive par le lien de départ du même nom.",
        )


def _stands_alone(shape: Shape) -> bool:
    """Whether it needs no flow out: what an event opens, and what undoes."""
    compensates = shape.type == "boundaryEvent" and shape.event == "compensate"
    return shape.starts_by_event or shape.undoes or compensates


def _begins_link(shape: Shape) -> bool:
    return shape.link is not None and shape.type == "intermediateThrowEvent"


def _check_implicit_split(shape: Shape, report: Report) -> None:
    """Several flows out of what is no gateway: each without a condition, and each whose condition holds."""
    if shape.default is not None and shape.default not in {arrow.id for arrow in shape.outgoing}:
        _unknown_default(shape, report)
    conditions = [arrow for arrow in shape.outgoing if arrow.condition is not None]
    if conditions and len(conditions) == len(shape.outgoing) and shape.default is None:
        report.warning(
            "no_default",
            shape,
            f"{called(shape)} n’a pas de sortie par défaut : sans condition remplie, tout s’arrête.",
            "Choisissez un flux par défaut.",
        )
    elif not conditions and len(shape.outgoing) > 1:
        report.warning(
            "implicit_split",
            shape,
            f"Plusieurs flux partent de {called(shape)} : ils sont suivis tous à la fois.",
            "C’est permis ; une passerelle parallèle le montre mieux, une exclusive ferait choisir.",
        )


def _check_gateway(shape: Shape, report: Report) -> None:
    if shape.type == "eventBasedGateway":
        _check_event_gateway(shape, report)
        return
    if shape.type == "parallelGateway" or len(shape.outgoing) < 2:
        return
    for arrow in shape.outgoing:
        if arrow.id == shape.default:
            if arrow.condition is not None:
                report.warning(
                    "condition_on_default",
                    arrow,
                    f"La condition du flux par défaut {called(arrow)} n’est jamais lue.",
                    "Retirez la condition : ce flux est pris quand aucune autre n’est remplie.",
                )
        elif not arrow.condition:
            report.error(
                "no_condition",
                arrow,
                f"Le flux {called(arrow)}, à la sortie de {called(shape)}, n’a pas de condition.",
                "Écrivez une condition FEEL, ou faites-en le flux par défaut.",
            )
    if shape.default is None:
        report.warning(
            "no_default",
            shape,
            f"{called(shape)} n’a pas de sortie par défaut : sans condition remplie, tout s’arrête.",
            "Choisissez un flux par défaut.",
        )
    elif shape.default not in {arrow.id for arrow in shape.outgoing}:
        _unknown_default(shape, report)


def _unknown_default(shape: Shape, report: Report) -> None:
    report.error(
        "unknown_default",
        shape,
        f"Le flux par défaut de {called(shape)} n’en part pas.",
        "Choisissez le flux par défaut parmi les sorties.",
    )


def _check_event_gateway(shape: Shape, report: Report) -> None:
    if shape.xml.get("instantiate") == "true" or shape.xml.get("eventGatewayType") == "Parallel":
        report.error(
            "instantiate",
            shape,
            f"La passerelle {called(shape)} voudrait démarrer le processus ou attendre tous les évènements.",
            "Gardez une passerelle évènementielle simple : le premier évènement l’emporte.",
        )
    if len(shape.outgoing) < 2:
        report.error(
            "event_gateway",
            shape,
            f"La passerelle évènementielle {called(shape)} doit offrir au moins deux évènements.",
            "Reliez-la à chaque évènement attendu.",
        )
    for arrow in shape.outgoing:
        target = shape.frame.shapes.get(arrow.target)
        if target is None:
            continue
        plain = target.type == "receiveTask" and not target.watchers and target.loop is None
        if not plain and (target.type != "intermediateCatchEvent" or target.link is not None):
            report.error(
                "event_gateway",
                target,
                f"Après la passerelle {called(shape)}, {called(target)} n’attend pas d’évènement.",
                "Placez un délai, un message, un signal, une condition ou une tâche de réception simple.",
            )
        elif len(target.incoming) > 1:
            report.error(
                "event_gateway",
                target,
                f"{called(target)} suit une passerelle évènementielle : aucun autre flux ne peut y arriver.",
                "Dessinez un évènement pour chaque chemin.",
            )


def _check_reached(frame: Frame, report: Report) -> None:
    reached: set[str] = set()
    waiting = [shape for shape in frame.shapes.values() if shape.type == "startEvent"]
    if not waiting:
        return
    while waiting:
        shape = waiting.pop()
        if shape.id in reached:
            continue
        reached.add(shape.id)
        waiting.extend(following(shape))
    for shape in frame.shapes.values():
        if shape.id not in reached and not shape.starts_by_event and not shape.undoes:
            report.error(
                "unreachable",
                shape,
                f"Aucun chemin ne mène à {called(shape)}.",
                "Reliez-le à ce qui précède, ou supprimez-le.",
            )


def following(shape: Shape) -> list[Shape]:
    """The shapes a token may come to from a shape, by its flows and by the boundary events on it."""
    shapes = shape.frame.shapes
    linked = []
    if _begins_link(shape):
        linked = [
            other
            for other in shapes.values()
            if other.type == "intermediateCatchEvent" and other.link == shape.link
        ]
    return [*(shapes[one.target] for one in shape.outgoing if one.target in shapes), *linked, *shape.watchers]


def _check_endless(frame: Frame, report: Report) -> None:
    """Loops in which no token ever waits: on one, each pass leads at once to the next."""
    after = {
        shape.id: [other.id for other in _at_once(shape)]
        for shape in frame.shapes.values()
        if passes_at_once(shape)
    }
    before: dict[str, list[str]] = {name: [] for name in after}
    for name, targets in after.items():
        for other in targets:
            if other in before:
                before[other].append(name)
    left = _on_or_between_loops(after, before)
    for name in list(left):
        if name in left and name in (reached := _reached(name, after, left)):
            report.error(
                "endless",
                frame.shapes[name],
                f"Une boucle passe par {called(frame.shapes[name])} sans attendre personne ni aucun délai.",
                "Placez dans la boucle une tâche utilisateur, un délai ou un message.",
            )
            for other in reached & _reached(name, before, left):
                del left[other]


def _on_or_between_loops(after: dict[str, list[str]], before: dict[str, list[str]]) -> dict[str, None]:
    """What is left once whatever leads nowhere at once is taken away, again and again; in drawing order."""
    ways = {name: sum(other in after for other in targets) for name, targets in after.items()}
    left = dict.fromkeys(after)
    ends = [name for name, number in ways.items() if number == 0]
    while ends:
        name = ends.pop()
        del left[name]
        for other in before[name]:
            ways[other] -= 1
            if ways[other] == 0:
                ends.append(other)
    return left


def _reached(name: str, after: dict[str, list[str]], within: dict[str, None]) -> set[str]:
    reached: set[str] = set()
    waiting = list(after[name])
    while waiting:
        other = waiting.pop()
        if other in within and other not in reached:
            reached.add(other)
            waiting.extend(after[other])
    return reached


def _at_once(shape: Shape) -> list[Shape]:
    """Where a token may come from a shape without any wait: an error inside may come at once too."""
    inner = [watcher for watcher in shape.watchers if watcher.event in ("error", "escalation")]
    return [other for other in following(shape) if other not in shape.watchers] + inner


def passes_at_once(shape: Shape) -> bool:
    """Whether a token may go through a shape without waiting."""
    if shape.type in _WAITING and shape.link is None:
        return False
    if shape.type == "boundaryEvent":
        return shape.event in ("error", "escalation")
    if shape.inside is None:
        return True
    seen: set[str] = set()
    waiting = [inner for inner in shape.inside.shapes.values() if inner.type == "startEvent"]
    while waiting:
        inner = waiting.pop()
        if inner.id in seen or not passes_at_once(inner):
            continue
        if inner.type == "endEvent":
            return True
        seen.add(inner.id)
        waiting.extend(_at_once(inner))
    return False
