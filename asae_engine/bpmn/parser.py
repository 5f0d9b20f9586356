"""Turns the XML of a sound diagram into specifications, through SpiffWorkflow's parser and the overrides it
offers.

It runs after the linter has found no error, so it refuses nothing. The library's own walk follows the flows
from the start event by recursion; ours takes every node of a scope in turn, then ties them together.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from SpiffWorkflow.bpmn.parser.BpmnParser import BpmnParser
from SpiffWorkflow.bpmn.parser.event_parsers import EventDefinitionParser
from SpiffWorkflow.bpmn.parser.node_parser import DEFAULT_NSMAP
from SpiffWorkflow.bpmn.parser.ProcessParser import ProcessParser
from SpiffWorkflow.bpmn.parser.TaskParser import TaskParser
from SpiffWorkflow.bpmn.parser.util import full_tag

from asae_engine.bpmn import (
    activities,
    compensation,
    event_subprocesses,
    events,
    joins,
    specifications,
    starts,
)
from asae_engine.bpmn.conditions import Condition
from asae_engine.bpmn.definition import AWAITED
from asae_engine.bpmn.document import BPMN, NAMESPACES, camunda, child, children, local_name, parameters, text
from asae_engine.bpmn.script_engine import feel
from asae_engine.bpmn.timers import Timer, TimerKind

if TYPE_CHECKING:
    from collections.abc import Mapping

    from lxml.etree import _Element as XmlElement

    from asae_engine.bpmn.definition import Element
    from asae_engine.bpmn.specifications import Node, ProcessSpecification

_GATEWAYS = frozenset(
    full_tag(f"{kind}Gateway") for kind in ("exclusive", "inclusive", "parallel", "eventBased")
)
EVENT_PATHS = [
    f".//bpmn:{kind}EventDefinition"
    for kind in ("message", "error", "escalation", "terminate", "timer", "signal", "conditional")
]
_TIMER_KINDS: tuple[TimerKind, ...] = ("timeDate", "timeDuration", "timeCycle")


class Reader:
    """What the readers of all flow nodes do, in place of the library's walk along the flows."""

    spec: ProcessSpecification
    spec_class: type[Node]
    bpmn_id: str
    bpmn_attributes: dict[str, Any]

    def arguments(self) -> dict[str, Any]:
        """The specification's own arguments."""
        return {}

    def create_task(self) -> Node:
        """The specification of the node, not yet tied to others."""
        node: Node = self.spec_class(self.spec, self.bpmn_id, **self.bpmn_attributes, **self.arguments())
        return node

    def parse_node(self) -> Node:
        """The same: flows and boundary events are tied by the process parser."""
        return self.create_task()

    def get_description(self) -> str:
        """The library's English name of the element; nobody reads it."""
        return ""


class NodeParser(Reader, TaskParser):  # type: ignore[misc]  # the library ships no types
    """Reads a gateway, a start event or a manual task: the common attributes are all there is."""


class ActivityParser(NodeParser):
    """Reads an activity: its multi-instance, and what the tag's reader below it adds."""

    def create_task(self) -> activities.Activity:
        """The activity with its multi-instance."""
        node: activities.Activity = super().create_task()
        if (loop := child(self.node, "multiInstanceLoopCharacteristics")) is not None:
            node.loop = multi_instance(loop)
        elif (loop := child(self.node, "standardLoopCharacteristics")) is not None:
            node.loop = standard_loop(loop)
        return node


def multi_instance(loop: XmlElement) -> activities.MultiInstance:
    """The repetition as the diagram has it."""
    item = child(loop, "outputDataItem")
    return activities.MultiInstance(
        sequential=loop.get("isSequential") == "true",
        cardinality=_feel(text(child(loop, "loopCardinality"))),
        collection=_feel(camunda(loop, "collection")),
        item=camunda(loop, "elementVariable"),
        condition=_feel(text(child(loop, "completionCondition"))),
        output=text(child(loop, "loopDataOutputRef")),
        output_item=None if item is None else item.get("name"),
    )


def standard_loop(loop: XmlElement) -> activities.StandardLoop:
    """The loop as the diagram has it."""
    maximum = loop.get("loopMaximum")
    return activities.StandardLoop(
        condition=_feel(text(child(loop, "loopCondition"))),
        test_before=loop.get("testBefore") == "true",
        maximum=None if maximum is None else int(maximum),
    )


def _feel(written: str | None) -> str | None:
    return None if written is None else feel(written)


class ScriptTaskParser(ActivityParser):
    """Reads the script."""

    def arguments(self) -> dict[str, Any]:
        """Its FEEL context."""
        return {"script": feel(text(child(self.node, "script")) or "")}


class BusinessRuleTaskParser(ActivityParser):
    """Reads the decision and the variable for its result."""

    def arguments(self) -> dict[str, Any]:
        """Both names."""
        return {"decision": camunda(self.node, "decisionRef"), "result": camunda(self.node, "resultVariable")}


class ServiceTaskParser(ActivityParser):
    """Reads the action and its parameters."""

    def arguments(self) -> dict[str, Any]:
        """Topic and parameters as written."""
        return {"topic": camunda(self.node, "topic"), "parameters": parameters(self.node)}


class CallActivityParser(ActivityParser):
    """Reads which process is called."""

    def arguments(self) -> dict[str, Any]:
        """Its key."""
        return {"called": self.node.get("calledElement")}


class SubProcessParser(ActivityParser):
    """Reads an embedded sub-process, a scope of its own."""

    def create_task(self) -> activities.Activity:
        """The event sub-process it is when an event starts it, else what runs in turn."""
        if self.node.get("triggeredByEvent") == "true":
            self.spec_class = event_subprocesses.EventSubProcess
        return super().create_task()

    def arguments(self) -> dict[str, Any]:
        """Its specification; for an event sub-process its start, too."""
        if self.node.get("triggeredByEvent") != "true":
            return self._inside()
        start = child(self.node, "startEvent")
        event = EventParser(self.process_parser, specifications.StartEvent, start, self.nsmap).event()
        interrupting = start is not None and start.get("isInterrupting", "true") == "true"
        return {**self._inside(), "event_definition": event, "interrupting": interrupting}

    def _inside(self) -> dict[str, Any]:
        """Read by the library's parser as a process below this one."""
        parser = self.process_parser.parser
        parser.create_parser(self.node, filename=self.filename, lane=self.lane)
        inner = parser.process_parsers[self.bpmn_id]
        inner.parent = self.process_parser
        return {"inner": inner.get_spec()}


class EventParser(Reader, EventDefinitionParser):  # type: ignore[misc]  # the library ships no types
    """Reads an event with the library's readers, and timers with ours."""

    def parse_timer_event(self, event: XmlElement) -> Timer:
        """Our timer, which takes its clock from the call."""
        for kind in _TIMER_KINDS:
            if (expression := text(child(event, kind))) is not None:
                return Timer(self.node.get("name") or self.bpmn_id, expression, kind)
        raise AssertionError("the linter lets no empty timer pass")

    def parse_conditional_event(self, event: XmlElement) -> Condition:
        """Our condition, in FEEL."""
        name = self.node.get("name") or self.bpmn_id
        return Condition(name, feel(text(child(event, "condition")) or ""))

    def event(self) -> Any:
        """The event definition, of none when there is none."""
        return self.get_event_definition(EVENT_PATHS)

    def arguments(self) -> dict[str, Any]:
        """The event definition."""
        return {"event_definition": self.event()}


class StartParser(EventParser):
    """Reads a start event. What it waits for matters at the top of a process alone, when it is a time or a
    condition: an event sub-process waits itself, a message or a signal is heard outside.
    """

    def create_task(self) -> Node:
        """What the process awaits, or else where a token simply begins."""
        awaited = any(child(self.node, f"{sort}EventDefinition") is not None for sort in AWAITED)
        if self.process_parser.parent is None and awaited:
            self.spec_class = starts.AwaitedStart
        return super().create_task()

    def arguments(self) -> dict[str, Any]:
        """The event definition that is awaited."""
        return super().arguments() if self.spec_class is starts.AwaitedStart else {}


class CatchingParser(EventParser):
    """Reads an intermediate event that waits, or where a link goes on."""

    def create_task(self) -> Node:
        """What passes each token on, for a link."""
        return _link_end(self) or super().create_task()


class ThrowingParser(EventParser):
    """Reads an event that throws, or where a link begins; a message may be carried by a registered action."""

    def create_task(self) -> Node:
        """What passes each token on, for a link; what has things undone, for a compensation."""
        return _link_end(self) or _compensation(self) or super().create_task()

    def arguments(self) -> dict[str, Any]:
        """The event definition, topic and parameters."""
        found = next(iter(children(self.node, "messageEventDefinition")), self.node)
        topic = camunda(found, "topic")
        return {**super().arguments(), "topic": topic, "parameters": parameters(found)}


def _link_end(reader: EventParser) -> Node | None:
    if child(reader.node, "linkEventDefinition") is None:
        return None
    return specifications.PassThrough(reader.spec, reader.bpmn_id, **reader.bpmn_attributes)


def _compensation(reader: EventParser) -> Node | None:
    thrown = child(reader.node, "compensateEventDefinition")
    if thrown is None:
        return None
    waits = thrown.get("waitForCompletion", "true") == "true"
    return compensation.ThrowCompensation(
        reader.spec, reader.bpmn_id, thrown.get("activityRef"), waits, **reader.bpmn_attributes
    )


class SendTaskParser(EventParser):
    """Reads a send task: an action, or a message."""

    def create_task(self) -> Node:
        """The service task it is when it has a topic, else what throws the message."""
        if camunda(self.node, "topic") is not None:
            reader = ServiceTaskParser(self.process_parser, activities.ServiceTask, self.node, self.nsmap)
            return reader.create_task()
        return super().create_task()

    def event(self) -> Any:
        """Its message."""
        return self.parse_message_event(self.node)


class ReceiveTaskParser(ActivityParser):
    """Reads the message a receive task waits for."""

    def arguments(self) -> dict[str, Any]:
        """The message's name."""
        return {"message": self.process_parser.parser.messages[self.node.get("messageRef")]}


class BoundaryParser(EventParser):
    """Reads a boundary event."""

    def arguments(self) -> dict[str, Any]:
        """The event definition, and whether it takes the activity away."""
        return {**super().arguments(), "cancel_activity": self.node.get("cancelActivity", "true") == "true"}


def _is_compensation(event: XmlElement | None) -> bool:
    return event is not None and child(event, "compensateEventDefinition") is not None


def _has_event(start: XmlElement) -> bool:
    return any(local_name(found).endswith("EventDefinition") for found in start.iterchildren(f"{{{BPMN}}}*"))


def _watches_for_compensation(drawn: XmlElement) -> bool:
    return drawn.tag == full_tag("boundaryEvent") and _is_compensation(drawn)


class ScopeParser(ProcessParser):  # type: ignore[misc]  # the library ships no types
    """Reads a process or an embedded sub-process."""

    spec: ProcessSpecification

    def create_spec(self) -> ProcessSpecification:
        """Our specification of it, empty."""
        top = self
        while top.parent is not None:
            top = top.parent
        return specifications.ProcessSpecification(
            self.bpmn_id, self.get_name(), self.filename or "", top.bpmn_id
        )

    def _parse(self) -> None:
        """Without the data objects of the library, which the linter refuses."""
        self.spec = self.create_spec()
        self.add_tasks()

    def add_tasks(self) -> None:
        """Every node of the scope, then the flows between them, the boundary events and the reach of
        joins.
        """
        drawn = [
            found
            for found in self.node.iterchildren(f"{{{BPMN}}}*")
            if found.tag in self.parser.OVERRIDE_PARSER_CLASSES and not _watches_for_compensation(found)
        ]
        nodes: dict[str, Node] = {found.get("id", ""): self.parse_node(found) for found in drawn}
        for found in drawn:
            node = nodes[found.get("id", "")]
            node.element = self.parser.elements[node.name]
            if isinstance(node, event_subprocesses.EventSubProcess):
                if _is_compensation(child(found, "startEvent")):
                    self.spec.undone_by = node
                else:
                    self.spec.handlers.append(node)
            if isinstance(node, events.Boundary):
                host = nodes[found.get("attachedToRef", "")]
                if isinstance(host, activities.Activity):
                    host.watchers.append(node)
        first = min((found for found in drawn if found.tag == full_tag("startEvent")), key=_has_event)
        self.spec.first = nodes[first.get("id", "")]
        for found in drawn:
            self._tie(found, nodes[found.get("id", "")], nodes)
        self._tie_links(drawn, nodes)
        self._tie_compensation(nodes)
        for node in nodes.values():
            if isinstance(node, joins.InclusiveGateway) and node.joins_inclusively:
                joins.measure_reach(node, list(nodes.values()))

    def _tie_links(self, drawn: list[XmlElement], nodes: dict[str, Node]) -> None:
        """A link is a flow that nobody drew."""
        ends = {
            link.get("name"): nodes[found.get("id", "")]
            for found in drawn
            if found.tag == full_tag("intermediateCatchEvent")
            and (link := child(found, "linkEventDefinition")) is not None
        }
        for found in drawn:
            link = child(found, "linkEventDefinition")
            if link is None or found.tag != full_tag("intermediateThrowEvent"):
                continue
            node, target = nodes[found.get("id", "")], ends[link.get("name")]
            node.flows.append(specifications.Flow(f"{node.name} link", target))
            target.incoming.append(f"{node.name} link")
            node.connect(target)

    def _tie_compensation(self, nodes: dict[str, Node]) -> None:
        """An association leads from the boundary event of an activity to its compensation handler."""
        hosts = {
            found.get("id"): found.get("attachedToRef", "")
            for found in children(self.node, "boundaryEvent")
            if _is_compensation(found)
        }
        for association in children(self.node, "association"):
            host = hosts.get(association.get("sourceRef"))
            if host is not None and (handler := nodes.get(association.get("targetRef", ""))) is not None:
                nodes[host].undone_by = handler

    def _split(self, node: Node, nodes: dict[str, Node]) -> Node:
        """The split that follows a node of which several flows leave, or one under a condition."""
        split = joins.ImplicitSplit(self.spec, f"{node.name} split", bpmn_name=node.bpmn_name)
        split.element = node.element
        nodes[split.name] = split
        node.flows.append(specifications.Flow(split.name, split))
        node.connect(split)
        return split

    def _tie(self, drawn: XmlElement, node: Node, nodes: dict[str, Node]) -> None:
        default = drawn.get("default")
        outgoing = list(self.get_outgoing_sequence_flows(node.name))
        conditional = any(child(found, "conditionExpression") is not None for found in outgoing)
        if drawn.tag not in _GATEWAYS and (len(outgoing) > 1 or conditional):
            node = self._split(node, nodes)
        for found in outgoing:
            target = nodes[found.get("targetRef")]
            is_default = found.get("id") == default
            condition = None if is_default else text(child(found, "conditionExpression"))
            node.flows.append(
                specifications.Flow(found.get("id"), target, _feel(condition), is_default, found.get("name"))
            )
            target.incoming.append(found.get("id"))
            node.connect(target)


class DiagramParser(BpmnParser):  # type: ignore[misc]  # the library ships no types
    """The library's parser with our readers and our specifications for each element we run."""

    PROCESS_PARSER_CLASS = ScopeParser
    OVERRIDE_PARSER_CLASSES: ClassVar[dict[str, tuple[type, type]]] = {
        full_tag(tag): classes
        for tag, classes in {
            "startEvent": (StartParser, specifications.StartEvent),
            "endEvent": (ThrowingParser, events.EndEvent),
            "intermediateThrowEvent": (ThrowingParser, events.ThrowingNode),
            "intermediateCatchEvent": (CatchingParser, events.IntermediateCatchEvent),
            "boundaryEvent": (BoundaryParser, events.Boundary),
            "userTask": (ActivityParser, activities.UserTask),
            "task": (NodeParser, specifications.PassThrough),
            "manualTask": (NodeParser, specifications.PassThrough),
            "scriptTask": (ScriptTaskParser, activities.ScriptTask),
            "businessRuleTask": (BusinessRuleTaskParser, activities.BusinessRuleTask),
            "serviceTask": (ServiceTaskParser, activities.ServiceTask),
            "sendTask": (SendTaskParser, events.ThrowingNode),
            "receiveTask": (ReceiveTaskParser, activities.ReceiveTask),
            "subProcess": (SubProcessParser, activities.SubProcess),
            "callActivity": (CallActivityParser, activities.CallActivity),
            "exclusiveGateway": (NodeParser, specifications.ExclusiveGateway),
            "inclusiveGateway": (NodeParser, joins.InclusiveGateway),
            "parallelGateway": (NodeParser, joins.ParallelGateway),
            "eventBasedGateway": (NodeParser, events.EventBasedGateway),
        }.items()
    }

    def __init__(self, elements: Mapping[str, Element]) -> None:
        super().__init__(namespaces={**DEFAULT_NSMAP, **NAMESPACES})
        #: What the linter read of each element, by id.
        self.elements = elements

    def _add_diagram_indexes(self, bpmn: XmlElement) -> None:
        """Lanes come with the elements, and positions mean nothing to an engine."""

    def _add_data_stores(self, bpmn: XmlElement) -> None:
        """Drawn for people; the linter refuses what is tied to them."""

    def _add_signals(self, bpmn: XmlElement) -> None:
        """Those that can be referred to; the linter sees to it that no other is."""
        self.signals = {
            signal.get("id"): signal.get("name") for signal in children(bpmn, "signal") if signal.get("id")
        }

    def _add_correlations(self, bpmn: XmlElement) -> None:
        """Which case a message is for is decided outside."""


def specify(root: XmlElement, file: str, elements: Mapping[str, Element]) -> dict[str, ProcessSpecification]:
    """The specifications of the processes of a sound document, by key."""
    parser = DiagramParser(elements)
    parser.add_bpmn_xml(root, file)
    return {key: parser.get_spec(key) for key in list(parser.process_parsers)}
