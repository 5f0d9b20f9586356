"""Turns the XML of a sound diagram into specifications, through SpiffWorkflow's parser and the overrides it
offers; `node_parsers` reads each flow node.

It runs after the linter has found no error, so it refuses nothing. The library's own walk follows the flows
from the start event by recursion; ours takes every node of a scope in turn, then ties them together.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from SpiffWorkflow.bpmn.parser.BpmnParser import BpmnParser
from SpiffWorkflow.bpmn.parser.node_parser import DEFAULT_NSMAP
from SpiffWorkflow.bpmn.parser.ProcessParser import ProcessParser
from SpiffWorkflow.bpmn.parser.util import full_tag

from asae_engine.bpmn import (
    activities,
    event_subprocesses,
    events,
    joins,
    specifications,
)
from asae_engine.bpmn.document import BPMN, NAMESPACES, child, children, text
from asae_engine.bpmn.node_parsers import (
    ActivityParser,
    BoundaryParser,
    BusinessRuleTaskParser,
    CallActivityParser,
    CatchingParser,
    NodeParser,
    ReceiveTaskParser,
    ScriptTaskParser,
    SendTaskParser,
    ServiceTaskParser,
    StartParser,
    SubProcessParser,
    ThrowingParser,
    feel_or_none,
    has_event,
    is_compensation,
    watches_for_compensation,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from lxml.etree import _Element as XmlElement

    from asae_engine.bpmn.definition import Element
    from asae_engine.bpmn.specifications import Node, ProcessSpecification

_GATEWAYS = frozenset(
    full_tag(f"{kind}Gateway") for kind in ("exclusive", "inclusive", "parallel", "eventBased")
)


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
            if found.tag in self.parser.OVERRIDE_PARSER_CLASSES and not watches_for_compensation(found)
        ]
        nodes: dict[str, Node] = {found.get("id", ""): self.parse_node(found) for found in drawn}
        for found in drawn:
            node = nodes[found.get("id", "")]
            node.element = self.parser.elements[node.name]
            if isinstance(node, event_subprocesses.EventSubProcess):
                if is_compensation(child(found, "startEvent")):
                    self.spec.undone_by = node
                else:
                    self.spec.handlers.append(node)
            if isinstance(node, events.Boundary):
                host = nodes[found.get("attachedToRef", "")]
                if isinstance(host, activities.Activity):
                    host.watchers.append(node)
        first = min((found for found in drawn if found.tag == full_tag("startEvent")), key=has_event)
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
            if is_compensation(found)
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
                specifications.Flow(
                    found.get("id"), target, feel_or_none(condition), is_default, found.get("name")
                )
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
