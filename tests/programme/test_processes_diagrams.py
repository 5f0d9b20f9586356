"""The diagrams hold together, are laid out for people, and open unchanged in bpmn.io and Camunda Modeler."""

import json
import re
import shutil
import subprocess
import sys
from itertools import pairwise
from pathlib import Path

import pytest
from lxml import etree

from asae_engine import bpmn
from asae_engine.bpmn import ProcessDefinition

ROOT = Path(__file__).parents[2]
DIAGRAMS = sorted((ROOT / "processes").glob("*.bpmn"))
TABLES = sorted((ROOT / "processes").glob("*.dmn"))
FORMS = {path.stem for path in (ROOT / "forms").glob("*.form")}
#: Node comes from a Python package beside this interpreter.
NODE = shutil.which("node", path=str(Path(sys.executable).parent)) or "node"
BPMN = "{http://www.omg.org/spec/BPMN/20100524/MODEL}"
DI = "{http://www.omg.org/spec/BPMN/20100524/DI}"
DC = "{http://www.omg.org/spec/DD/20100524/DC}"
WAYPOINT = "{http://www.omg.org/spec/DD/20100524/DI}waypoint"
DMN = "{https://www.omg.org/spec/DMN/20191111/MODEL/}"
#: Made of words, as a person who edits the source would write it; bpmn.io's own look like `Activity_0x1f2ab`.
READABLE = re.compile(r"[A-Z][a-z]+(_[A-Za-z0-9]+)+")
PROMISED = {
    *("referral_retention", "referral_access", "household_path", "referral_admission"),
    *("committee_passage_first", "assessment", "committee_passage_second", "engagement", "support_level_1"),
    *("support_level_2", "support_level_3", "dwelling_wait", "reassessment", "pause", "closure", "follow_up"),
    *("reminder_escalation", "visit_note", "incident", "worker_change", "stop_request", "workshop"),
}
#: Reads every diagram as the editors do, writes it again and reads that: warnings, and whether it changed.
ROUND_TRIP = """
import fs from 'node:fs';
import { BpmnModdle } from 'bpmn-moddle';
const camunda = JSON.parse(fs.readFileSync('node_modules/camunda-bpmn-moddle/resources/camunda.json'));
const out = {};
for (const file of process.argv.slice(1)) {
  const moddle = new BpmnModdle({ camunda });
  const first = await moddle.fromXML(fs.readFileSync(file, 'utf8'));
  const written = (await moddle.toXML(first.rootElement, { format: true })).xml;
  const second = await moddle.fromXML(written);
  const again = (await moddle.toXML(second.rootElement, { format: true })).xml;
  out[file] = { warnings: first.warnings.concat(second.warnings).map(w => w.message),
                stable: written === again, written };
}
console.log(JSON.stringify(out));
"""


def parsed() -> dict[str, ProcessDefinition]:
    definitions: dict[str, ProcessDefinition] = {}
    for path in DIAGRAMS:
        found, findings = bpmn.parse(path.read_bytes(), path.name)
        assert not findings, [f"{finding.file}:{finding.line} {finding.message}" for finding in findings]
        definitions |= {definition.key: definition for definition in found}
    return definitions


DEFINITIONS = parsed()


def test_every_promised_process_is_drawn_and_runs() -> None:
    assert set(DEFINITIONS) >= PROMISED
    assert all(definition.runnable for definition in DEFINITIONS.values())
    assert all(Path(definition.file).stem == key for key, definition in DEFINITIONS.items())


def test_what_a_diagram_names_exists() -> None:
    tables = {decision.get("id") for path in TABLES for decision in etree.parse(path).iter(f"{DMN}decision")}
    delays = (ROOT / "processes" / "delays.dmn").read_text(encoding="utf-8")
    roles = {
        role["key"]
        for role in json.loads((ROOT / "processes" / "programme.json").read_text(encoding="utf-8"))["roles"]
    }
    for key, definition in DEFINITIONS.items():
        assert definition.forms <= FORMS, key
        assert definition.calls <= set(DEFINITIONS), key
        assert definition.decisions <= tables, key
        assert set(definition.starter_groups) <= roles, key
        for element in definition.elements.values():
            assert element.delays is None or f'<text>"{element.delays}"</text>' in delays, element.id


def test_a_message_that_a_process_sends_is_awaited_by_another() -> None:
    sent = {
        name
        for definition in DEFINITIONS.values()
        if definition.kind == "side"
        for name in definition.messages
    }
    awaited = {
        name
        for definition in DEFINITIONS.values()
        if definition.kind == "called"
        for name in definition.messages
    }
    assert sent == awaited == {"household_leaves", "household_pauses"}


def test_a_door_opens_with_its_form_and_a_side_process_says_when_it_is_offered() -> None:
    doors = {
        definition.door: definition.start_form
        for definition in DEFINITIONS.values()
        if definition.kind == "main"
    }
    assert doors == {"retention": "referral_retention", "access": "referral_access"}
    for key, definition in DEFINITIONS.items():
        if definition.kind == "side":
            assert definition.offered_when, key
            assert definition.start_form, key
            assert definition.starter_groups, key


def test_every_form_is_used_once_somewhere() -> None:
    assert set().union(*(definition.forms for definition in DEFINITIONS.values())) == FORMS


def test_every_user_task_says_who_does_it_why_and_by_when() -> None:
    for key, definition in DEFINITIONS.items():
        assert definition.documentation, key
        for element in definition.elements.values():
            if element.type != "userTask":
                continue
            where = f"{key} {element.id}"
            assert element.candidate_groups, where
            assert element.form_key, where
            assert element.lane, where
            assert element.documentation, where
            assert len(element.documentation) > 40, where
            # A dwelling may be offered at any time and the lease waits for the dwelling: no date.
            assert (
                element.delays or element.due_date or element.form_key in {"dwelling_offer", "iml_lease"}
            ), where


@pytest.mark.parametrize("path", DIAGRAMS, ids=lambda path: path.stem)
def test_a_diagram_is_laid_out_in_lanes_with_ids_made_of_words(path: Path) -> None:
    tree = etree.parse(path)
    drawn = {shape.get("bpmnElement") for shape in tree.iter(f"{DI}BPMNShape", f"{DI}BPMNEdge")}
    process = tree.find(f"{BPMN}process")
    assert process is not None
    nodes = [node for node in process.iter() if node.get("id") and node.tag not in (f"{BPMN}laneSet",)]
    shown = [node for node in nodes if node.tag.removeprefix(BPMN) in DRAWN]
    assert {node.get("id") for node in shown} <= drawn
    laned = {reference.text for reference in process.iter(f"{BPMN}flowNodeRef")}
    for node in process:
        if node.tag.removeprefix(BPMN) in DRAWN - {"sequenceFlow", "lane", "textAnnotation"}:
            assert node.get("id") in laned, node.get("id")
    for node in shown:
        assert READABLE.fullmatch(node.get("id", "")), node.get("id")
        assert not re.search(r"_[0-9][a-z0-9]{6}$", node.get("id", "")), node.get("id")
        if node.tag.removeprefix(BPMN).endswith("Task") or node.tag == f"{BPMN}callActivity":
            assert node.get("name"), node.get("id")


@pytest.mark.parametrize("path", DIAGRAMS, ids=lambda path: path.stem)
def test_lines_are_straight_and_shapes_and_labels_do_not_overlap(path: Path) -> None:
    tree = etree.parse(path)
    boxes: dict[str, tuple[float, ...]] = {}
    attached = {node.get("id") for node in tree.iter(f"{BPMN}boundaryEvent")}
    containers = {
        node.get("id") for node in tree.iter(f"{BPMN}participant", f"{BPMN}lane", f"{BPMN}subProcess")
    }
    for shape in tree.iter(f"{DI}BPMNShape", f"{DI}BPMNEdge"):
        name = shape.get("bpmnElement")
        points = [numbers(point, "x", "y") for point in shape.findall(WAYPOINT)]
        for (x1, y1), (x2, y2) in pairwise(points):
            assert x1 == x2 or y1 == y2, name
        for bounds in shape.iter(f"{DC}Bounds"):
            is_label = bounds.getparent().tag != shape.tag  # type: ignore[union-attr] # every bounds has a parent
            if is_label or (name not in attached and name not in containers):
                box = numbers(bounds, "x", "y", "width", "height")
                boxes[f"label of {name}" if is_label else str(name)] = box
    assert boxes
    names = list(boxes)
    for index, one in enumerate(names):
        for other in names[index + 1 :]:
            if other == f"label of {one}":  # beside a gateway's corner, inside its square
                continue
            x, y, width, height = boxes[one]
            left, top, wide, high = boxes[other]
            apart = x >= left + wide or left >= x + width or y >= top + high or top >= y + height
            assert apart, f"{one} / {other}"


def test_the_editors_read_and_write_every_diagram_without_losing_a_thing() -> None:
    answer = subprocess.run(  # noqa: S603 # node of the virtual environment, on our own files
        [NODE, "--input-type=module", "-e", ROUND_TRIP, *map(str, DIAGRAMS)],  # found on the PATH
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    for file, result in json.loads(answer.stdout).items():
        assert result["warnings"] == [], file
        assert result["stable"], file
        before, after = etree.parse(file), etree.fromstring(result["written"].encode())
        assert meaning(before.getroot()) == meaning(after), file


def numbers(node: etree._Element, *names: str) -> tuple[float, ...]:
    return tuple(float(node.get(name, "nan")) for name in names)


def meaning(root: etree._Element) -> list[tuple[str, str, tuple[tuple[str, str], ...]]]:
    """Every element with its attributes and text, whatever the order and the prefixes."""
    return sorted(
        (
            str(node.tag),
            (node.text or "").strip(),
            tuple(
                sorted((str(name), str(value).removeprefix("bpmn:")) for name, value in node.attrib.items())
            ),
        )
        for node in root.iter()
        if isinstance(node.tag, str)
    )


DRAWN = {
    *("userTask", "scriptTask", "businessRuleTask", "sendTask", "serviceTask", "callActivity", "subProcess"),
    *("exclusiveGateway", "parallelGateway", "startEvent", "endEvent", "boundaryEvent"),
    *("intermediateCatchEvent", "sequenceFlow", "lane", "textAnnotation"),
}
