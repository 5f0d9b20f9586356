"""A bundle is checked whole: what one file says of another, all at once, with the file and the element."""

import json
import time
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path

import pytest

from asae_engine import bundles, decisions
from asae_engine.commands.actions import TOPICS as ACTIONS
from tests.decisions import dmn

ROOT = Path(__file__).parents[2]


@lru_cache(maxsize=1)
def programme_files() -> dict[str, bytes]:
    return bundles.read_folder(ROOT / "processes", ROOT / "forms")


def errors(**changes: bytes | None) -> list[bundles.Finding]:
    """The errors of the programme with some files replaced (`forms__x__form`) or, with None, taken away."""
    files = dict(programme_files())
    for name, content in changes.items():
        folder, stem, suffix = name.split("__")
        files.pop(f"{folder}/{stem}.{suffix}", None)
        if content is not None:
            files[f"{folder}/{stem}.{suffix}"] = content
    return [finding for finding in bundles.check(files)[1] if finding.severity == "error"]


def replaced(path: str, old: str, new: str) -> bytes:
    text = programme_files()[path].decode()
    assert old in text
    return text.replace(old, new, 1).encode()


def test_the_programme_would_deploy() -> None:
    bundle, findings = bundles.check(programme_files())
    assert [finding for finding in findings if finding.severity == "error"] == []
    assert bundle is not None
    assert bundle.programme.organisations["alogea"] == "Alogéa"
    assert {"referral_retention", "household_path"} <= bundle.processes.keys()
    now = datetime(2026, 3, 1, tzinfo=UTC)
    assert decisions.evaluate(bundle.decisions, "next_committee", {}, now=now) is not None


def test_checking_again_parses_nothing_again() -> None:
    bundles.check(programme_files())
    began = time.monotonic()
    bundles.check(programme_files())
    assert time.monotonic() - began < 0.2


@pytest.mark.parametrize(
    ("changes", "code", "element"),
    [
        ({"forms__diagnostic__form": None}, "bundle.missing_form", "diagnostic"),
        ({"processes__assessment__bpmn": None}, "bundle.missing_process", "household_path"),
        ({"processes__visit_frequency__dmn": None}, "bundle.missing_decision", None),
        ({"processes__reminder_escalation__bpmn": None}, "bundle.missing_process", "delays"),
        ({"processes__programme__json": None}, "bundle.no_programme", None),
    ],
)
def test_a_missing_file_is_missed_by_those_that_name_it(
    changes: dict[str, None], code: str, element: str | None
) -> None:
    found = errors(**changes)
    assert code in {finding.code for finding in found}
    if element:
        assert any(
            element in f"{finding.element} {finding.message}" for finding in found if finding.code == code
        )


@pytest.mark.parametrize(
    ("path", "old", "new", "code"),
    [
        (
            "processes/referral_admission.bpmn",
            "coordinator@asae",
            "coordinator@nobody",
            "bundle.unknown_role",
        ),
        ("processes/referral_admission.bpmn", "coordinator@asae", "wizard", "bundle.unknown_role"),
        (
            "processes/assessment.bpmn",
            'asae:delays="diagnostic"',
            'asae:delays="nope"',
            "bundle.missing_delays",
        ),
        ("processes/visit_note.bpmn", 'topic="notify"', 'topic="launch"', "bundle.unknown_topic"),
        (
            "processes/visit_note.bpmn",
            "diagnostic_assignment.worker",
            "diagnostic_assignment.wrker",
            "bundle.unknown_name",
        ),
        (
            "processes/visit_note.bpmn",
            "diagnostic_assignment.worker",
            "nothing.worker",
            "bundle.unknown_name",
        ),
        ("processes/visit_note.bpmn", "case.number", "case.numero", "bundle.unknown_name"),
        ("processes/visit_frequency.dmn", "engagement", "engagment", "bundle.unknown_name"),
        ("processes/delays.dmn", '"coordinator@asae"', '"coordinator@mars"', "bundle.unknown_role"),
        ("processes/programme.json", '"town": "town"', '"town": "twn"', "programme.unknown_field"),
        ("processes/programme.json", '"committee_first"', '"comittee_first"', "programme.unknown_field"),
        ("processes/programme.json", '"cases": "organisation"', '"cases": "some"', "programme.shape"),
        ("processes/programme.json", '"role": "coordinator"', '"role": "wizard"', "programme.unknown_role"),
        ("processes/programme.json", '"correct"', '"fly"', "programme.unknown_permission"),
        ("processes/programme.json", '"key": "alogea"', '"key": "Alogéa !"', "programme.bad_key"),
        ("processes/programme.json", '"key": "ended"', '"key": "closed"', "programme.duplicate_key"),
        ("processes/programme.json", "{", "{,", "programme.unreadable"),
        ("processes/programme.json", "53400", "NaN", "programme.unreadable"),
    ],
)
def test_what_one_file_says_of_another_is_checked(path: str, old: str, new: str, code: str) -> None:
    folder, _, rest = path.partition("/")
    stem, _, suffix = rest.rpartition(".")
    found = errors(**{f"{folder}__{stem}__{suffix}": replaced(path, old, new)})
    assert code in {finding.code for finding in found}
    said = next(finding for finding in found if finding.code == code)
    assert said.message.endswith(".")
    assert said.advice.endswith(".")


def test_everything_is_said_at_once() -> None:
    found = errors(
        forms__diagnostic__form=b"{",
        processes__delays__dmn=b"<!DOCTYPE a><a/>",
        processes__programme__json=b"\xff\xfe",
        processes__assessment__bpmn=b"",
    )
    assert len({finding.file for finding in found}) >= 4


def test_one_key_in_two_files_is_refused() -> None:
    content = programme_files()["processes/retention.dmn"]
    assert [finding.code for finding in errors(processes__again__dmn=content)] == [
        "bundle.duplicate_decision"
    ]
    drawn = programme_files()["processes/visit_note.bpmn"]
    assert "bundle.duplicate_process" in [finding.code for finding in errors(processes__again__bpmn=drawn)]


@pytest.mark.parametrize(
    "data", [[], 3, None, "x", {}, {"roles": 3, "marks": {}, "figures": [1, {"kind": "count"}]}]
)
def test_a_programme_of_any_shape_gives_findings(data: object) -> None:
    found = errors(processes__programme__json=json.dumps(data).encode())
    assert "programme.shape" in {finding.code for finding in found}


def test_a_programme_nested_without_end_is_refused() -> None:
    found = errors(processes__programme__json=b"[" * 100_000)
    assert "programme.unreadable" in {finding.code for finding in found}


def test_actions_are_those_that_commands_carry_out() -> None:
    assert bundles.TOPICS == ACTIONS


def test_a_bundle_is_parsed_once_in_a_process() -> None:
    asked: list[int] = []

    def load() -> dict[str, bytes]:
        asked.append(1)
        return programme_files()

    digest = bundles.digest_of(programme_files())
    first = bundles.get(digest + "-test", load)
    assert bundles.get(digest + "-test", load) is first
    assert len(asked) == 1
    assert first.digest == digest
    assert first.processes.keys() == bundles.get(digest, load).processes.keys()


def test_the_digest_tells_paths_from_contents() -> None:
    assert bundles.digest_of({"a": b"bc"}) != bundles.digest_of({"ab": b"c"})


def graph(body: str, entries: str = "") -> bytes:
    """The decision that the programme calls, as boxes that lean on a knowledge model."""
    return dmn.file(
        '<businessKnowledgeModel id="twice" name="twice of"><encapsulatedLogic><formalParameter name="v"/>'
        f"<literalExpression><text>{body}</text></literalExpression></encapsulatedLogic></businessKnowledgeModel>"
        '<decision id="visit_frequency" name="V"><knowledgeRequirement><requiredKnowledge href="#twice"/>'
        '</knowledgeRequirement><context><contextEntry><variable name="own"/><literalExpression>'
        "<text>twice of(2)</text></literalExpression></contextEntry><contextEntry><literalExpression>"
        f"<text>own + 1</text></literalExpression></contextEntry>{entries}</context></decision>"
    )


@pytest.mark.parametrize(
    ("condition", "unknown"),
    [
        ("sitting != null", "sitting"),
        ("loopCounter = 1", "loopCounter"),
        ("actor.username = null", "actor.username"),
        ("case.numero = null", "case.numero"),
        ("visit_note.nothing = null", "visit_note.nothing"),
        ('counts.visit_note > 3 and door = "access" and case.opened_on &lt; today()', None),
        ("visit_note.alert = null and alert = null", None),
    ],
)
def test_what_is_asked_before_a_process_runs_reads_no_variable_of_a_process(
    condition: str, unknown: str | None
) -> None:
    own = programme_files()["processes/visit_note.bpmn"].decode()
    start = (
        '<bpmn:startEvent id="Start_Alone" name="De soi-même"><bpmn:outgoing>Flow_Alone</bpmn:outgoing>'
        '<bpmn:conditionalEventDefinition id="Alone"><bpmn:condition xsi:type="bpmn:tFormalExpression">'
        f"={condition}</bpmn:condition></bpmn:conditionalEventDefinition></bpmn:startEvent>"
        '<bpmn:sequenceFlow id="Flow_Alone" sourceRef="Start_Alone" targetRef="Gateway_Alert" />'
    )
    gateway = '<bpmn:exclusiveGateway id="Gateway_Alert"'
    for drawn, element in (
        (own.replace(gateway, start + gateway, 1), "Start_Alone"),
        (own.replace("asae:offeredWhen='=", f"asae:offeredWhen='={condition} and ", 1), "visit_note"),
    ):
        found = errors(processes__visit_note__bpmn=drawn.encode())
        said = [(one.code, one.element) for one in found]
        assert said == ([("bundle.unknown_name", element)] if unknown else []), found
        assert all(str(unknown) in one.message for one in found)


def test_the_names_that_boxes_and_parameters_give_are_known() -> None:
    kept = (
        '<contextEntry><variable name="kept"/><filter><in><literalExpression><text>[{a: 1}]</text>'
        "</literalExpression></in><match><literalExpression><text>a = own</text></literalExpression></match>"
        "</filter></contextEntry>"
    )
    assert errors(processes__visit_frequency__dmn=graph("v * 2", kept)) == []


def test_a_knowledge_model_that_reads_the_dossier_is_refused() -> None:
    found = errors(processes__visit_frequency__dmn=graph("v * door"))
    assert [(finding.code, finding.element) for finding in found] == [("bundle.unknown_name", "twice")]


def test_what_an_import_should_bring_must_be_in_the_bundle() -> None:
    lonely = dmn.file(
        '<import namespace="urn:b" name="b"/><decision id="lonely" name="L"><informationRequirement>'
        '<requiredDecision href="urn:b#nowhere"/></informationRequirement><literalExpression><text>b.N</text>'
        "</literalExpression></decision>"
    )
    assert [finding.code for finding in errors(processes__lonely__dmn=lonely)] == ["dmn.missing_decision"]
