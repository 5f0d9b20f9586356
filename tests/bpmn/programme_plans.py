"""The programme's own diagrams as plans: each node and flow as it is drawn, and what only data decides made a
matter of flags and fixed times, in the file that the engine reads as well.
"""

from __future__ import annotations

from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING

from lxml import etree

from tests.bpmn.pieces import Plan, Spot

if TYPE_CHECKING:
    from collections.abc import Iterator

FOLDER = Path(__file__).parents[2] / "processes"
_BPMN = "{http://www.omg.org/spec/BPMN/20100524/MODEL}"
_KINDS = {
    "startEvent": "start",
    "userTask": "task",
    "exclusiveGateway": "xor",
    "parallelGateway": "par",
    "inclusiveGateway": "or",
    "eventBasedGateway": "choice",
    "receiveTask": "timer",
    "intermediateCatchEvent": "timer",
    "boundaryEvent": "watch",
    "subProcess": "sub",
    "callActivity": "call",
    **dict.fromkeys(
        (
            "task",
            "manualTask",
            "serviceTask",
            "sendTask",
            "scriptTask",
            "businessRuleTask",
            "intermediateThrowEvent",
        ),
        "pass",
    ),
}
_REFERENCES = (
    "id",
    "sourceRef",
    "targetRef",
    "attachedToRef",
    "default",
    "messageRef",
    "errorRef",
    "escalationRef",
    "signalRef",
)
_ENDS = {"terminate": "stop", "error": "fail", "escalation": "cry"}


def _rename(node: etree._Element, file: str) -> None:
    """Ids are each file's own; in one document they need its name."""
    for attribute in _REFERENCES:
        if (written := node.get(attribute)) is not None:
            node.set(attribute, f"{file}_{written}")


class Programme:
    """Every diagram of the programme, in one document."""

    def __init__(self) -> None:
        self._seconds = count(3_600, 61)
        self.root = etree.Element(f"{_BPMN}definitions", nsmap={None: _BPMN[1:-1]})
        processes: dict[str, etree._Element] = {}
        #: Names of messages and signals, codes of errors and escalations, by id.
        self.words: dict[str, str] = {}
        for path in sorted(FOLDER.glob("*.bpmn")):
            for node in etree.parse(path).getroot():
                tag = etree.QName(node).localname
                if tag in ("message", "error", "escalation", "signal"):
                    _rename(node, path.stem)
                    self.root.append(node)
                    code = node.get(f"{tag}Code") or node.get("name", "")
                    self.words[node.get("id", "")] = code
                elif tag == "process":
                    for inner in node.iterdescendants():
                        _rename(inner, path.stem)
                    processes[node.get("id", "")] = node
        for process in processes.values():
            for lanes in process.findall(f"{_BPMN}laneSet"):
                process.remove(lanes)
            self.root.append(process)
        self._processes = processes
        self._plans: dict[str, Plan] = {}

    @property
    def keys(self) -> list[str]:
        return sorted(self._processes)

    def plan(self, key: str) -> Plan:
        """The plan of a process, with those that it calls inside."""
        if key not in self._plans:
            self._plans[key] = Plan(key, called=True)
            self._read(self._processes[key], self._plans[key])
        return self._plans[key]

    def written(self) -> bytes:
        """The document, once every plan was read."""
        return etree.tostring(self.root)

    def _read(self, scope: etree._Element, plan: Plan) -> None:
        for node in self._nodes(scope):
            spot = Spot(node.get("id", ""), self._kind(node), default=node.get("default"))
            plan.spots[spot.id] = spot
            self._events(node, spot)
            if spot.kind == "sub":
                spot.inner = Plan(spot.id)
                self._read(node, spot.inner)
            elif spot.kind == "call":
                spot.inner = self.plan(node.get("calledElement", ""))
            if (loop := node.find(f"{_BPMN}multiInstanceLoopCharacteristics")) is not None:
                spot.loop = (2, self._twice(loop), 0)
        for node in self._nodes(scope):
            if (host := node.get("attachedToRef")) is not None:
                plan.spots[host].watchers.append(node.get("id", ""))
        for flow in scope.findall(f"{_BPMN}sequenceFlow"):
            name, source, target = flow.get("id", ""), flow.get("sourceRef", ""), flow.get("targetRef", "")
            plan.flows[name] = (source, target)
            plan.spots[source].outs.append(name)
            plan.spots[target].ins.append(name)
            if (condition := flow.find(f"{_BPMN}conditionExpression")) is not None:
                condition.text = f"={name}"

    @staticmethod
    def _nodes(scope: etree._Element) -> Iterator[etree._Element]:
        for node in scope.iterchildren(f"{_BPMN}*"):
            tag = etree.QName(node).localname
            if tag in _KINDS or tag == "endEvent":
                yield node

    @staticmethod
    def _kind(node: etree._Element) -> str:
        if node.tag != f"{_BPMN}endEvent":
            return _KINDS[etree.QName(node).localname]
        for event, kind in _ENDS.items():
            if node.find(f"{_BPMN}{event}EventDefinition") is not None:
                return kind
        return "end"

    def _events(self, node: etree._Element, spot: Spot) -> None:
        spot.interrupting = node.get("cancelActivity", "true") == "true"
        if node.tag == f"{_BPMN}scriptTask":
            for script in node.findall(f"{_BPMN}script"):
                script.text = "{}"
        if node.tag == f"{_BPMN}receiveTask":
            spot.event, spot.word = "message", self.words[node.get("messageRef", "")]
        for event in node.iterchildren(f"{_BPMN}*"):
            tag = etree.QName(event).localname
            if not tag.endswith("EventDefinition"):
                continue
            sort = tag.removesuffix("EventDefinition")
            spot.word = self.words.get(event.get(f"{sort}Ref", ""), "")
            if spot.kind in ("timer", "watch"):
                spot.event = {"conditional": "condition"}.get(sort, sort)
            if sort == "timer":
                self._time(event, spot)

    def _time(self, event: etree._Element, spot: Spot) -> None:
        spot.wait = next(self._seconds)
        for time in event:
            if etree.QName(time).localname == "timeCycle":
                spot.event, time.text = "cycle", f"R/PT{spot.wait}S"
            else:
                time.tag, time.text = f"{_BPMN}timeDuration", f"PT{spot.wait}S"

    @staticmethod
    def _twice(loop: etree._Element) -> bool:
        """Make it two instances; whether they come one after the other."""
        for part in list(loop):
            loop.remove(part)
        for attribute in list(loop.attrib):
            if attribute != "isSequential":
                del loop.attrib[attribute]
        etree.SubElement(loop, f"{_BPMN}loopCardinality").text = "=number2"
        return loop.get("isSequential") == "true"
