"""A file of any modelling tool runs as it is drawn, or says where and why it does not, and soon."""

from __future__ import annotations

from pathlib import Path

import pytest

from asae_engine.bpmn import parse, what_runs
from tests.bpmn import other_tools
from tests.bpmn.drawing import Walk
from tests.limits import assert_plain, within_limits


def runs(content: bytes) -> list[str]:
    """Walk the only path there is; gives the warnings."""
    with within_limits():
        definitions, findings = parse(content, "processes/visits.bpmn")
    assert [found for found in findings if found.severity == "error"] == []
    walk = Walk({one.key: one for one in definitions}, "visits")
    while walk.ended is None:
        walk.do(walk.open[0])
    assert walk.ended == "normal"
    return [found.message for found in findings]


@pytest.mark.parametrize("tool", other_tools.RUN)
def test_it_runs_as_it_is_drawn_and_nothing_is_said_of_what_only_looks(tool: str) -> None:
    said = runs(other_tools.RUN[tool])
    assert not any("gardés mais ignorés" in message for message in said)


@pytest.mark.parametrize("tool", other_tools.TOLD)
def test_what_is_kept_and_ignored_is_told_once(tool: str) -> None:
    content, word = other_tools.TOLD[tool]
    if tool != "a result of a decision in another shape":
        runs(content)
    _, findings = parse(content, "x.bpmn")
    told = [found for found in findings if "gardés mais ignorés" in found.message]
    assert len(told) == 1
    assert word in told[0].message
    assert (told[0].code, told[0].severity) == ("bpmn.foreign_setting", "warning")
    assert told[0].line


@pytest.mark.parametrize("tool", other_tools.REFUSED)
def test_it_is_refused_where_it_stands(tool: str) -> None:
    content, code = other_tools.REFUSED[tool]
    with within_limits():
        _, findings = parse(content, "x.bpmn")
    found = [one for one in findings if one.code == code]
    assert found, [one.code for one in findings]
    assert {one.severity for one in found} == {"error"}
    for one in findings:
        assert_plain(f"{one.message} {one.advice}")


def test_thousands_of_steps_are_read_within_the_limits_and_run() -> None:
    assert len(runs(other_tools.long(2_500))) < 10


def test_sub_processes_as_deep_as_is_allowed_run() -> None:
    content = other_tools.deep(30).replace(
        b'<bpmn:sequenceFlow id="f2" sourceRef="go" targetRef="done"/>', b""
    )
    content = content.replace(b"<bpmn:outgoing>f2</bpmn:outgoing>", b"")
    runs(content)


def test_the_page_of_what_runs_is_the_one_that_the_checks_make() -> None:
    page = Path(__file__).parents[2] / "docs" / "what-runs.md"
    assert page.read_text(encoding="utf-8") == what_runs()
