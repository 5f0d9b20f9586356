"""Reads each flow node of a sound diagram: its specification class and what the file says of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from SpiffWorkflow.bpmn.parser.event_parsers import EventDefinitionParser
from SpiffWorkflow.bpmn.parser.TaskParser import TaskParser
from SpiffWorkflow.bpmn.parser.util import full_tag

from asae_engine.bpmn import activities, compensation, event_subprocesses, specifications, starts
from asae_engine.bpmn.conditions import Condition
from asae_engine.bpmn.definition import AWAITED
from asae_engine.bpmn.document import BPMN, camunda, child, children, local_name, parameters, text
from asae_engine.bpmn.script_engine import feel
from asae_engine.bpmn.timers import Timer, TimerKind

if TYPE_CHECKING:
    from lxml.etree import _Element as XmlElement

    from asae_engine.bpmn.specifications import Node, ProcessSpecification

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
        cardinality=feel_or_none(text(child(loop, "loopCardinality"))),
        collection=feel_or_none(camunda(loop, "collection")),
        item=camunda(loop, "elementVariable"),
        condition=feel_or_none(text(child(loop, "completionCondition"))),
        output=text(child(loop, "loopDataOutputRef")),
        output_item=None if item is None else item.get("name"),
    )


def standard_loop(loop: XmlElement) -> activities.StandardLoop:
    """The loop as the diagram has it."""
    maximum = loop.get("loopMaximum")
    return activities.StandardLoop(
        condition=feel_or_none(text(child(loop, "loopCondition"))),
        test_before=loop.get("testBefore") == "true",
        maximum=None if maximum is None else int(maximum),
    )


def feel_or_none(written: str | None) -> str | None:
    """The FEEL of a text; none where nothing is written."""
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


def is_compensation(event: XmlElement | None) -> bool:
    """Whether an event is one of compensation."""
    return event is not None and child(event, "compensateEventDefinition") is not None


def has_event(start: XmlElement) -> bool:
    """Whether a start waits for something."""
    return any(local_name(found).endswith("EventDefinition") for found in start.iterchildren(f"{{{BPMN}}}*"))


def watches_for_compensation(drawn: XmlElement) -> bool:
    """Whether it is a boundary event that has an activity undone."""
    return drawn.tag == full_tag("boundaryEvent") and is_compensation(drawn)
