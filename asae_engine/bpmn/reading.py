"""Reads what a diagram says of its processes and elements, in the values the other rooms use."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from asae_engine.bpmn.definition import Element, Expression, ProcessDefinition, ProcessKind, Start
from asae_engine.bpmn.document import asae, camunda, child, children, text
from asae_engine.bpmn.script_engine import feel

if TYPE_CHECKING:
    from collections.abc import Iterator

    from asae_engine.bpmn.diagram import Diagram, Frame, Shape
    from asae_engine.bpmn.specifications import ProcessSpecification

KINDS = ("main", "called", "side")
#: Attributes of a user task that may hold FEEL.
_DYNAMIC = ("candidateGroups", "assignee", "dueDate", "followUpDate", "priority")


def define(
    diagram: Diagram, process: Frame, elements: dict[str, Element], specification: ProcessSpecification | None
) -> ProcessDefinition:
    """The definition of a process; without a specification it does not run."""
    kind = asae(process.xml, "kind") or "called"
    shapes = list(process.all_shapes())
    starts = [shape for shape in process.shapes.values() if shape.type == "startEvent"]
    offered_when = asae(process.xml, "offeredWhen")
    return ProcessDefinition(
        key=process.id,
        name=process.name or process.id,
        kind=cast("ProcessKind", kind if kind in KINDS else "called"),
        start_form=next((form for start in starts if (form := camunda(start.xml, "formKey"))), None),
        starter_groups=_listed(camunda(process.xml, "candidateStarterGroups")),
        offered_when=None if offered_when is None else feel(offered_when),
        door=asae(process.xml, "door"),
        elements={shape.id: elements[shape.id] for shape in shapes},
        calls=frozenset(
            called
            for shape in shapes
            if shape.type == "callActivity" and (called := shape.xml.get("calledElement"))
        ),
        decisions=frozenset(
            decision
            for shape in shapes
            if shape.type == "businessRuleTask" and (decision := camunda(shape.xml, "decisionRef"))
        ),
        forms=frozenset(
            element.form_key
            for element in map(elements.get, (s.id for s in shapes))
            if element and element.form_key
        ),
        messages=frozenset(name for shape in shapes if (name := message_of(diagram, shape))),
        file=diagram.file,
        expressions=tuple(expressions(process)),
        documentation=text(child(process.xml, "documentation")),
        topics=frozenset(topic for shape in shapes if (topic := shape.topic)),
        starts=tuple(_start(diagram, start) for start in starts),
        specification=specification,
    )


def _start(diagram: Diagram, start: Shape) -> Start:
    name = message_of(diagram, start)
    for event in children(start.xml, "signalEventDefinition"):
        name = diagram.signals.get(event.get("signalRef", ""))
    return Start(start.id, start.event, name)


def elements(diagram: Diagram) -> dict[str, Element]:
    """Every flow node of the file by id."""
    return {
        shape.id: _element(diagram, shape) for process in diagram.processes for shape in process.all_shapes()
    }


def _element(diagram: Diagram, shape: Shape) -> Element:
    xml = shape.xml
    return Element(
        id=shape.id,
        name=shape.name or shape.id,
        type=shape.type,
        lane=_lane(diagram, shape),
        form_key=camunda(xml, "formKey"),
        candidate_groups=camunda(xml, "candidateGroups"),
        assignee=camunda(xml, "assignee"),
        due_date=camunda(xml, "dueDate"),
        follow_up_date=camunda(xml, "followUpDate"),
        priority=camunda(xml, "priority"),
        delays=asae(xml, "delays"),
        distinct_people=asae(xml, "distinctPeople") == "true",
        documentation=text(child(xml, "documentation")),
        line=shape.line,
        scope=None if shape.frame.shape is None else shape.frame.id,
        multi_instance=shape.loop is not None,
    )


def _lane(diagram: Diagram, shape: Shape) -> str | None:
    """The lane of the shape, else of the sub-process around it."""
    at: Shape | None = shape
    while at is not None:
        if (name := diagram.lanes.get(at.id)) is not None:
            return name or None
        at = at.frame.shape
    return None


def message_of(diagram: Diagram, shape: Shape) -> str | None:
    """Name of the message a shape waits for or sends."""
    holders = children(shape.xml, "messageEventDefinition")
    if shape.type in ("receiveTask", "sendTask"):
        holders = [shape.xml]
    for holder in holders:
        if (reference := holder.get("messageRef")) is not None:
            return diagram.messages.get(reference) or None
    return None


def expressions(process: Frame) -> Iterator[Expression]:
    """Every FEEL expression of a process."""
    if (offered := asae(process.xml, "offeredWhen")) is not None:
        yield Expression(process.id, "offeredWhen", feel(offered), "expression")
    for frame in process.frames():
        for arrow in frame.arrows:
            if arrow.condition:
                yield Expression(arrow.id, "condition", feel(arrow.condition), "expression", arrow.source)
        for shape in frame.shapes.values():
            yield from _of_shape(shape)


def _of_shape(shape: Shape) -> Iterator[Expression]:
    def found(attribute: str, expression: str) -> Expression:
        return Expression(shape.id, attribute, feel(expression), "expression")

    if shape.type == "scriptTask" and (script := text(child(shape.xml, "script"))) is not None:
        yield found("script", script)
    if shape.type == "userTask":
        for attribute in _DYNAMIC:
            if (written := camunda(shape.xml, attribute) or "").startswith("="):
                yield found(attribute, written)
    for name, written in shape.parameters.items():
        if written.startswith("="):
            yield found(f"inputParameter:{name}", written)
    for event in children(shape.xml, "timerEventDefinition"):
        for kind in ("timeDate", "timeDuration", "timeCycle"):
            if (written := text(child(event, kind)) or "").startswith("="):
                yield found(kind, written)
    for event in children(shape.xml, "conditionalEventDefinition"):
        if (awaited := text(child(event, "condition"))) is not None:
            yield found("conditionalEvent", awaited)
    repeat = child(shape.xml, "standardLoopCharacteristics")
    if repeat is not None and (goes_on := text(child(repeat, "loopCondition"))) is not None:
        yield found("loopCondition", goes_on)
    if (loop := shape.loop) is not None:
        for tag in ("loopCardinality", "completionCondition"):
            if (inner := text(child(loop, tag))) is not None:
                yield found(tag, inner)
        if (collection := camunda(loop, "collection")) is not None:
            yield found("collection", collection)


def _listed(written: str | None) -> tuple[str, ...]:
    return tuple(part.strip() for part in (written or "").split(",") if part.strip())
