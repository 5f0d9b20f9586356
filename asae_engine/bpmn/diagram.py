"""A diagram as its checks see it: processes and sub-processes as frames, their shapes, the arrows between
them.

Plain reading of the XML, without judging: whatever stands in the file is here, also what cannot run.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from asae_engine.bpmn.document import BPMN, camunda, child, children, line_of, local_name, parameters, text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lxml.etree import _Element as XmlElement

#: Children of a process that are not flow nodes and mean nothing to the engine.
SILENT = frozenset(
    {
        "documentation",
        "extensionElements",
        "laneSet",
        "sequenceFlow",
        "textAnnotation",
        "group",
        "category",
        "incoming",
        "outgoing",
        "dataObject",
        "dataObjectReference",
        "dataStoreReference",
        "property",
    }
)


@dataclass(slots=True, eq=False)
class Arrow:
    """A sequence flow."""

    id: str
    name: str
    source: str
    target: str
    #: As written; none when it has no condition.
    condition: str | None
    line: int
    xml: XmlElement


@dataclass(slots=True, eq=False)
class Shape:
    """A flow node, known to the engine or not."""

    id: str
    name: str
    type: str
    line: int
    xml: XmlElement
    frame: Frame
    incoming: list[Arrow] = field(default_factory=list)
    outgoing: list[Arrow] = field(default_factory=list)
    #: Boundary events that stand on it.
    watchers: list[Shape] = field(default_factory=list)
    #: Its own frame, for an embedded sub-process.
    inside: Frame | None = None

    @property
    def events(self) -> list[XmlElement]:
        """Its event definitions."""
        return [
            node
            for node in self.xml.iterchildren(f"{{{BPMN}}}*")
            if local_name(node).endswith("EventDefinition")
        ]

    @property
    def event(self) -> str | None:
        """The sort of its event when it has just one: `timer`, `message`, `error`…"""
        found = self.events
        return local_name(found[0]).removesuffix("EventDefinition") if len(found) == 1 else None

    @property
    def default(self) -> str | None:
        """Id of its default flow."""
        return self.xml.get("default")

    @property
    def interrupting(self) -> bool:
        """For a boundary event, or the start of an event sub-process: whether it takes away what it is on."""
        attribute = "isInterrupting" if self.type == "startEvent" else "cancelActivity"
        return self.xml.get(attribute, "true") == "true"

    @property
    def starts_by_event(self) -> bool:
        """Whether it is an event sub-process."""
        return self.type == "subProcess" and self.xml.get("triggeredByEvent") == "true"

    @property
    def undoes(self) -> bool:
        """Whether it is a compensation handler: an activity that undoes another."""
        return self.xml.get("isForCompensation") == "true"

    @property
    def link(self) -> str | None:
        """Name of the link it is an end of."""
        for event in children(self.xml, "linkEventDefinition"):
            return (event.get("name") or "").strip() or None
        return None

    @property
    def loop(self) -> XmlElement | None:
        """Its multi-instance characteristics."""
        return child(self.xml, "multiInstanceLoopCharacteristics")

    @property
    def topic(self) -> str | None:
        """Topic of the action of a service or send task, or of an event that throws a message."""
        for event in children(self.xml, "messageEventDefinition"):
            return camunda(event, "topic")
        return camunda(self.xml, "topic")

    @property
    def parameters(self) -> dict[str, str]:
        """Parameters of that action, as written."""
        for event in children(self.xml, "messageEventDefinition"):
            return parameters(event)
        return parameters(self.xml)


@dataclass(slots=True, eq=False)
class Frame:
    """A process or an embedded sub-process."""

    id: str
    name: str
    line: int
    xml: XmlElement
    #: The sub-process shape whose inside this is; none for a process.
    shape: Shape | None
    shapes: dict[str, Shape] = field(default_factory=dict)
    arrows: list[Arrow] = field(default_factory=list)
    #: Associations: target ids by source id.
    ties: dict[str, list[str]] = field(default_factory=dict)

    def all_shapes(self) -> Iterator[Shape]:
        """Its shapes and those of the sub-processes in it."""
        for shape in self.shapes.values():
            yield shape
            if shape.inside is not None:
                yield from shape.inside.all_shapes()

    def frames(self) -> Iterator[Frame]:
        """Itself and the sub-processes in it."""
        yield self
        for shape in self.shapes.values():
            if shape.inside is not None:
                yield from shape.inside.frames()


@dataclass(slots=True, eq=False)
class Diagram:
    """A file: its processes, and what they refer to by id."""

    file: str
    root: XmlElement
    processes: list[Frame]
    #: Message names, error codes and escalation codes by id.
    messages: dict[str, str]
    errors: dict[str, str]
    escalations: dict[str, str]
    #: Signal names by id.
    signals: dict[str, str]
    #: Lane name by element id.
    lanes: dict[str, str]


def draw(root: XmlElement, file: str) -> Diagram:
    """The diagram of a document."""
    lanes = {
        (reference.text or "").strip(): lane.get("name", "")
        for lane in root.iter(f"{{{BPMN}}}lane")
        for reference in children(lane, "flowNodeRef")
    }
    return Diagram(
        file=file,
        root=root,
        processes=[_frame(node, None) for node in children(root, "process")],
        messages={node.get("id", ""): node.get("name", "") for node in children(root, "message")},
        errors={node.get("id", ""): node.get("errorCode", "") for node in children(root, "error")},
        escalations={
            node.get("id", ""): node.get("escalationCode", "") for node in children(root, "escalation")
        },
        signals={node.get("id", ""): node.get("name", "") for node in children(root, "signal")},
        lanes=lanes,
    )


def _frame(xml: XmlElement, shape: Shape | None) -> Frame:
    frame = Frame(xml.get("id", ""), name_of(xml), line_of(xml), xml, shape)
    for node in xml.iterchildren(f"{{{BPMN}}}*"):
        kind = local_name(node)
        if kind == "sequenceFlow":
            frame.arrows.append(_arrow(node))
        elif kind == "association":
            frame.ties.setdefault(node.get("sourceRef", ""), []).append(node.get("targetRef", ""))
        elif kind not in SILENT and not _belongs_to_activity(kind):
            found = Shape(node.get("id", ""), name_of(node), kind, line_of(node), node, frame)
            if kind in ("subProcess", "transaction", "adHocSubProcess"):
                found.inside = _frame(node, found)
            frame.shapes[found.id] = found
    for arrow in frame.arrows:
        if arrow.source in frame.shapes:
            frame.shapes[arrow.source].outgoing.append(arrow)
        if arrow.target in frame.shapes:
            frame.shapes[arrow.target].incoming.append(arrow)
    for found in frame.shapes.values():
        host = found.xml.get("attachedToRef")
        if found.type == "boundaryEvent" and host in frame.shapes:
            frame.shapes[host].watchers.append(found)
    return frame


def _belongs_to_activity(kind: str) -> bool:
    """Whether a child of a sub-process says something of the sub-process itself."""
    return kind.endswith("LoopCharacteristics") or kind in (
        "ioSpecification",
        "dataInputAssociation",
        "dataOutputAssociation",
        "completionCondition",
    )


def _arrow(node: XmlElement) -> Arrow:
    condition = child(node, "conditionExpression")
    return Arrow(
        id=node.get("id", ""),
        name=name_of(node),
        source=node.get("sourceRef", ""),
        target=node.get("targetRef", ""),
        condition=None if condition is None else text(condition) or "",
        line=line_of(node),
        xml=node,
    )


def name_of(node: XmlElement) -> str:
    """The name people gave, on one line."""
    return " ".join((node.get("name") or "").split())
