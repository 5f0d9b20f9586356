"""A diagram in words: its steps in reading order, for those who do not see the drawing.

Reads the BPMN file itself, so that what is said is what is drawn. Called by the case page, the board and the
studio; `templates/studio/diagram.html` shows it beside the drawing.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from flask_babel import gettext
from lxml import etree

from asae_engine import markup
from web.studio.wording import NODES, element_kind

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

BPMN = "{http://www.omg.org/spec/BPMN/20100524/MODEL}"


@dataclass(frozen=True)
class Onward:
    """A flow that leads to a step already listed."""

    label: str
    number: int
    name: str


@dataclass
class Step:
    element: str
    number: int
    kind: str  # in words: « Tâche », « Choix »
    name: str
    lane: str
    depth: int
    condition: str  # the label of the flow that leads here, "" for the only way on
    boundary: str  # "" or how the event hangs on its step
    called: str  # key of the called process, "" otherwise
    marks: list[str] = field(default_factory=list)
    onward: list[Onward] = field(default_factory=list)


def outline(diagram: bytes, marks: Iterable[Mapping[str, object]] = ()) -> list[Step]:
    """The steps of every process of the file, each once, numbered from 1; [] when it is not readable XML.

    `marks` are those of the drawing ({"element", "kind", "text", "title"}); their words are put on the steps.
    """
    root = markup.glance(diagram)
    if root is None:
        return []
    words: dict[str, list[str]] = {}
    for mark in marks:
        words.setdefault(str(mark.get("element")), []).append(_mark_words(mark))
    walk = _Walk(root, words)
    for process in root.iter(f"{BPMN}process"):
        walk.container(process, 0)
    return walk.steps


class _Walk:
    def __init__(self, root: etree._Element, words: Mapping[str, list[str]]) -> None:
        self.words = words
        self.steps: list[Step] = []
        self.numbers: dict[str, Step] = {}
        self.nodes = {
            str(e.get("id")): e for e in root.iter(*(f"{BPMN}{tag}" for tag in NODES)) if e.get("id")
        }
        self.flows = list(root.iter(f"{BPMN}sequenceFlow"))
        self.lanes = {
            (ref.text or "").strip(): lane.get("name") or ""
            for lane in root.iter(f"{BPMN}lane")
            for ref in lane.iter(f"{BPMN}flowNodeRef")
        }

    def container(self, container: etree._Element, depth: int) -> None:
        starts = container.findall(f"{BPMN}startEvent")
        for start in starts:
            self.visit(start, depth, "", "")
        for child in container:  # what no flow reaches is listed too: it is drawn
            if child.get("id") in self.nodes and child.tag != f"{BPMN}boundaryEvent":
                self.visit(child, depth, "", "")

    def visit(self, first: etree._Element, depth: int, condition: str, boundary: str) -> None:
        pending: list[tuple[etree._Element, int, str, str]] = [(first, depth, condition, boundary)]
        while pending:
            node, level, label, hung = pending.pop()
            if str(node.get("id")) in self.numbers:
                continue
            self._add(node, level, label, hung)
            if _local(node) in ("subProcess", "transaction", "adHocSubProcess"):
                self.container(node, level + 1)
            onward = self._leaving(node)
            branches = level + 1 if len(onward) > 1 else level
            events = [
                (event, level + 1, "", _hanging(event))
                for event in self.nodes.values()
                if event.get("attachedToRef") == node.get("id")
            ]
            pending += [(target, branches, text, "") for text, target in reversed(onward)] + events[::-1]
        self._join_up()

    def _add(self, node: etree._Element, depth: int, condition: str, boundary: str) -> None:
        key = str(node.get("id"))
        step = Step(
            element=key,
            number=len(self.steps) + 1,
            kind=_kind(node),
            name=_flat(node.get("name")),
            lane=self.lanes.get(key, ""),
            depth=min(depth, 6),
            condition=condition,
            boundary=boundary,
            called=node.get("calledElement") or "",
            marks=self.words.get(key, []),
        )
        self.numbers[key] = step
        self.steps.append(step)

    def _leaving(self, node: etree._Element) -> list[tuple[str, etree._Element]]:
        return [
            (_flat(flow.get("name")), self.nodes[str(flow.get("targetRef"))])
            for flow in self.flows
            if flow.get("sourceRef") == node.get("id") and flow.get("targetRef") in self.nodes
        ]

    def _join_up(self) -> None:
        """Say, on each step, the ways on that do not lead to the very next line."""
        for position, step in enumerate(self.steps):
            step.onward.clear()
            following = self.steps[position + 1] if position + 1 < len(self.steps) else None
            onward = self._leaving(self.nodes[step.element])
            for label, target in onward:
                reached = self.numbers.get(str(target.get("id")))
                if reached is None or (
                    reached is following and reached.condition == label and not reached.boundary
                ):
                    continue
                if reached.condition == label and label and reached.number > step.number:
                    continue  # its own line says « si … »
                step.onward.append(Onward(label, reached.number, reached.name or reached.kind))


def _local(node: etree._Element) -> str:
    return etree.QName(node).localname


def _flat(text: str | None) -> str:
    return " ".join((text or "").split())


def _hanging(event: etree._Element) -> str:
    if event.get("cancelActivity") == "false":
        return str(gettext("sans interrompre l’étape"))
    return str(gettext("en interrompant l’étape"))


def _mark_words(mark: Mapping[str, object]) -> str:
    if mark.get("title"):
        return str(mark["title"])
    text = str(mark.get("text") or "")
    kinds = {
        "token": gettext("en cours"),
        "late": gettext("en retard"),
        "count": gettext("situations"),
        "finding": gettext("à corriger"),
    }
    return f"{text} {kinds.get(str(mark.get('kind')), '')}".strip()


def _kind(node: etree._Element) -> str:
    """The kind of an event is what it waits for or throws, when it says so."""
    if _local(node).endswith("Event"):
        for child in node:
            if isinstance(child.tag, str) and _local(child).endswith("EventDefinition"):
                return f"{element_kind(_local(node))} ({element_kind(_local(child)).lower()})"
    return element_kind(_local(node))
