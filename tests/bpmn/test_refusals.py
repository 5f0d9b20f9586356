"""What is not proven to run right is refused before it runs, at its element and line, with what to do."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from asae_engine.bpmn import Instance, UnknownProcess, parse
from asae_engine.markup import SIZE_LIMIT
from tests.bpmn.drawing import (
    TERMINATE,
    Drawing,
    Surroundings,
    after,
    document,
    link,
    rounds,
    several,
    timer,
    when,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from asae_engine.findings import Finding


def findings_of(*drawings: Drawing) -> list[Finding]:
    return parse(document(*drawings), "processes/x.bpmn")[1]


def plain() -> Drawing:
    """A process without fault, and room before its task for something else."""
    return Drawing(name="Parcours").start().user("work").end()


def between(tag: str, inner: str = "", **attributes: str) -> Drawing:
    return plain().add(tag, "x", inner, **{"name": "X", **attributes}).path("start", "x", "work", "end")


def watched(event: str, host: str = "work", **attributes: str) -> Drawing:
    drawing = plain().path("start", "work", "end").end("end2")
    drawing.add("boundaryEvent", "x", event, **{"name": "X", "attachedToRef": host, **attributes})
    return drawing.path("x", "end2")


def user(loop: str = "", **attributes: str) -> Drawing:
    return plain().user("x", loop, **attributes).path("start", "x", "work", "end")


def choice(condition: str | None, **flow: str) -> Drawing:
    drawing = plain().xor("x", default="d").end("end2").path("start", "x").flow("work", "end")
    drawing.flow("x", "work", condition, id_="c")
    return drawing.flow("x", "end2", id_="d", **flow)


def event_gateway(*targets: str) -> Drawing:
    drawing = plain().add("eventBasedGateway", "x", name="X").path("start", "x").path("work", "end")
    for target in targets:
        drawing.flow("x", target)
    return drawing


def message_refs() -> Drawing:
    return between("intermediateCatchEvent", '<messageEventDefinition messageRef="nothing"/>')


def started_by(event: str) -> Drawing:
    drawing = Drawing().add("startEvent", "start", event).user("work").end()
    return drawing.path("start", "work", "end")


def ended_by(event: str) -> Drawing:
    return Drawing().start().user("work").end("end", event).path("start", "work", "end")


def edited(drawing: Drawing, old: str, new: str) -> Drawing:
    drawing.lines = [line.replace(old, new) for line in drawing.lines]
    return drawing


def sent_twice() -> Drawing:
    drawing = plain()
    drawing.message("m")
    drawing.add("sendTask", "x", several(number="2"), name="X", messageRef="m_m")
    return drawing.path("start", "x", "work", "end")


def nested(inner: Drawing) -> Drawing:
    return plain().inside("x", inner).path("start", "x", "work", "end")


UNHEARD = '<signalEventDefinition signalRef="no"/>'


def begun_by(event: str, form: str | None = None, **attributes: str) -> Drawing:
    more = {} if form is None else {"camunda_formKey": form}
    drawing = Drawing(**attributes).add("startEvent", "start", event, **more)
    return drawing.user("work").end().path("start", "work", "end")


EXTERNAL = {"camunda_type": "external", "camunda_topic": "notify"}
JAVA = '<extensionElements><camunda:executionListener class="a.B" event="start"/></extensionElements>'
CONNECTOR = "<extensionElements><camunda:connector/></extensionElements>"

REFUSED: list[tuple[str, str | None, Callable[[], Drawing]]] = [
    ("unsupported", "x", lambda: between("transaction")),
    ("unsupported", "x", lambda: between("adHocSubProcess")),
    ("unsupported", "x", lambda: between("complexGateway")),
    ("unsupported", "x", lambda: between("inventedThing")),
    ("event_subprocess", "x", lambda: between("subProcess", triggeredByEvent="true")),
    ("event_subprocess", "h_start", lambda: plain().path("start", "work", "end")
        .handler("h", "", Drawing("i").end("he").path("h_start", "he"))),
    ("event_subprocess", "h", lambda: plain().path("start", "work", "end").path("h", "end")
        .handler("h", after("P1D"), Drawing("i").end("he").path("h_start", "he"))),
    ("error_not_interrupting", "h_start", lambda: plain().path("start", "work", "end").handler(
        "h", "<errorEventDefinition/>", Drawing("i").end("he").path("h_start", "he"), interrupting=False)),
    ("cycle", "h_start", lambda: plain().path("start", "work", "end")
        .handler("h", timer("every", "R/P1D"), Drawing("i").end("he").path("h_start", "he"))),
    ("no_start", "x", lambda: between("subProcess", triggeredByEvent="true")),
    ("link", "x", lambda: plain().throw("x", link("l")).path("start", "x").path("work", "end")),
    ("link", "x", lambda: plain().throw("x", link("")).path("start", "x").path("work", "end")),
    ("link", "x", lambda: plain().catch("x", link("l")).path("start", "work", "end").path("x", "end")),
    ("link", "x", lambda: between("intermediateThrowEvent", link("l"))),
    ("link", "x", lambda: plain().catch("x", link("l")).throw("y", link("l")).path("start", "y")
        .path("start", "x", "work", "end")),
    ("unknown_signal", "x", lambda: between("intermediateThrowEvent", "<signalEventDefinition/>")),
    ("no_condition", "x", lambda: between("intermediateCatchEvent", "<conditionalEventDefinition/>")),
    ("no_condition", "x", lambda: watched("<conditionalEventDefinition/>")),
    ("feel", "x", lambda: watched(when("=1 +"))),
    ("compensation", "x", lambda: watched("<compensateEventDefinition/>")),
    ("unsupported_event", "x", lambda: watched("<cancelEventDefinition/>")),
    ("unsupported_event", "start", lambda: started_by(after("P1D"))),
    ("unsupported_event", "start", lambda: started_by("<messageEventDefinition/>")),
    ("unknown_signal", "end", lambda: ended_by("<signalEventDefinition/>")),
    ("multiple_events", "x", lambda: between("intermediateCatchEvent", after("P1D") + after("P2D"))),
    ("no_event", "x", lambda: between("intermediateCatchEvent")),
    ("no_event", "x", lambda: watched("")),
    ("unknown_message", "x", message_refs),
    ("unknown_message", "x", lambda: between("receiveTask")),
    ("unknown_error", "end", lambda: ended_by('<errorEventDefinition errorRef="none"/>')),
    ("unknown_escalation", "x", lambda: between("intermediateThrowEvent", "<escalationEventDefinition/>")),
    ("unknown_host", "x", lambda: watched(after("P1D"), host="nobody")),
    ("boundary_host", "x", lambda: watched("<errorEventDefinition/>")),
    ("boundary_host", "x", lambda: watched(after("P1D"), host="start")),
    ("error_not_interrupting", "x", lambda: watched("<errorEventDefinition/>", cancelActivity="false")),
    ("no_form", "x", lambda: between("userTask")),
    ("form_key", "x", lambda: user(camunda_formKey="camunda-forms:bpmn:x")),
    ("form_key", "x", lambda: user(camunda_formKey="../x")),
    ("candidate_users", "x", lambda: user(camunda_candidateUsers="ana")),
    ("script_format", "x", lambda: between("scriptTask", "<script>a = 1</script>", scriptFormat="python")),
    ("script_format", "x", lambda: between("scriptTask", "<script>{a: 1}</script>")),
    ("no_script", "x", lambda: between("scriptTask", "", scriptFormat="feel")),
    ("feel", "x", lambda: between("scriptTask", "<script>{a: </script>", scriptFormat="feel")),
    ("no_decision", "x", lambda: between("businessRuleTask", camunda_resultVariable="r")),
    ("no_decision", "x", lambda: between("businessRuleTask", camunda_decisionRef="d")),
    ("no_topic", "x", lambda: between("serviceTask", camunda_class="a.B")),
    ("no_topic", "x", lambda: between("serviceTask", camunda_topic="notify")),
    ("no_topic", "x", lambda: between("sendTask")),
    ("no_called_element", "x", lambda: between("callActivity")),
    ("variable_mapping", "x", lambda: between(
        "callActivity", '<extensionElements><camunda:in source="a" target="b"/></extensionElements>',
        calledElement="q")),
    ("parameter", "x", lambda: between(
        "serviceTask", "<extensionElements><camunda:inputOutput><camunda:inputParameter name='a'>"
        "<camunda:list/></camunda:inputParameter></camunda:inputOutput></extensionElements>", **EXTERNAL)),
    ("instantiate", "x", lambda: between("receiveTask", instantiate="true")),
    ("camunda_extension", "x", lambda: between("serviceTask", JAVA, **EXTERNAL)),
    ("camunda_extension", "x", lambda: between("serviceTask", CONNECTOR, **EXTERNAL)),
    ("juel", "x", lambda: user(camunda_assignee="${boss}")),
    ("juel", "c", lambda: choice("${level > 1}")),
    ("juel", "x", lambda: watched(after("${delay}"))),
    ("feel", "c", lambda: choice("=level >")),
    ("feel", "c", lambda: choice("=nosuch(level)")),
    ("feel", "x", lambda: user(camunda_assignee="=if")),
    ("feel", "x", lambda: user(several(number="=1 +"))),
    ("feel", "x", lambda: watched(after("=1 +"))),
    ("feel", "p", lambda: Drawing(asae_offeredWhen="=a b c (").start().user("work").end()
        .path("start", "work", "end")),
    ("language", "c", lambda: edited(choice("=1 = 1"), "xsi:type", 'language="python" xsi:type')),
    ("language", "x", lambda: between(
        "scriptTask", '<script camunda:resource="a.feel">{a: 1}</script>', scriptFormat="feel")),
    ("no_condition", "c", lambda: choice(None)),
    ("unknown_default", "x", lambda: plain().xor("x", default="nothing").end("e2").path("start", "x")
        .path("work", "end").flow("x", "work", "=a").flow("x", "e2", "=b")),
    ("misplaced_condition", "c", lambda: plain().both("x").path("start", "x").path("work", "end")
        .flow("x", "work", "=a", id_="c")),
    ("no_condition", "c", lambda: plain().flow("start", "work", "", id_="c").path("work", "end")),
    ("unknown_default", "x", lambda: user(default="nothing")),
    ("timer", "x", lambda: watched(after("soon"))),
    ("timer", "x", lambda: watched("<timerEventDefinition/>")),
    ("timer", "x", lambda: watched(after("2026-01-01"))),
    ("timer", "x", lambda: watched("<timerEventDefinition><timeDuration>P1D</timeDuration>"
        "<timeDate>2026-01-01</timeDate></timerEventDefinition>")),
    ("timer", "x", lambda: watched(timer("every", "0 0 12 * * ?"), cancelActivity="false")),
    ("cycle", "x", lambda: watched(timer("every", "R/P1D"))),
    ("cycle", "x", lambda: between("intermediateCatchEvent", timer("every", "R/P1D"))),
    ("short_cycle", "x", lambda: watched(timer("every", "R/PT59S"), cancelActivity="false")),
    ("standard_loop", "x", lambda: user("<standardLoopCharacteristics/>")),
    ("standard_loop", "x", lambda: user(rounds(most=0))),
    ("standard_loop", "x", lambda: between("manualTask", rounds(most=2))),
    ("feel", "x", lambda: user(rounds("=1 +"))),
    ("multi_instance", "x", lambda: user(several())),
    ("multi_instance", "x", lambda: user(several(number="2", collection="=a"))),
    ("multi_instance", "x", lambda: user(several(number="2").replace(
        "<loopCardinality>", "<loopDataInputRef>a</loopDataInputRef><loopCardinality>"))),
    ("multi_instance", "x", lambda: user(several(number="2").replace(
        "</multi", "<loopDataOutputRef>a</loopDataOutputRef></multi"))),
    ("multi_instance", "x", lambda: user(several(number="2").replace("Characteristics>",
        'Characteristics behavior="One">', 1))),
    ("multi_instance", "x", lambda: between("manualTask", several(number="2"))),
    ("multi_instance", "x", sent_twice),
    ("compensation", "x", lambda: user(isForCompensation="true")),
    ("quantity", "x", lambda: user(startQuantity="2")),
    ("no_start", "p", lambda: Drawing().user("work").end().path("work", "end")),
    ("several_starts", "start2", lambda: plain().start("start2").path("start", "work", "end")
        .path("start2", "work")),
    ("no_end", "p", lambda: Drawing().start().user("work").path("start", "work")),
    ("dead_end", "x", lambda: plain().user("x").path("start", "work", "end")),
    ("unreachable", "x", lambda: plain().user("x").path("start", "work", "end").path("x", "end")),
    ("dangling_flow", "c", lambda: plain().path("start", "work", "end").flow("work", "nowhere", id_="c")),
    ("flow_after_end", "end", lambda: plain().path("start", "work", "end", "work")),
    ("incoming_flow", "start", lambda: plain().path("start", "work", "end").path("work", "start")),
    ("duplicate_id", "work", lambda: plain().user("work").path("start", "work", "end")),
    ("not_executable", "p", lambda: Drawing(isExecutable="false").start().user("work").end()
        .path("start", "work", "end")),
    ("unknown_kind", "p", lambda: Drawing(asae_kind="odd").start().user("work").end()
        .path("start", "work", "end")),
    ("no_start_form", "start", lambda: Drawing(asae_kind="main", asae_door="access").start().user("work")
        .end().path("start", "work", "end")),
    ("no_door", "p", lambda: Drawing(asae_kind="main").start(camunda_formKey="f").user("work").end()
        .path("start", "work", "end")),
    ("endless", "x", lambda: plain().xor("x").xor("y", default="d").path("start", "x", "y")
        .path("work", "end")
        .flow("y", "x", "=again").flow("y", "work", id_="d")),
    ("event_gateway", "x", lambda: event_gateway("work")),
    ("event_gateway", "work", lambda: event_gateway("work", "end")),
    ("event_gateway", "w", lambda: event_gateway("w").catch("w", after("P1D")).path("w", "work")
        .path("work", "w")),
    ("event_gateway", "x", lambda: event_gateway("w").catch("w", after("P1D")).path("w", "end")),
    ("instantiate", "x", lambda: edited(event_gateway("w", "v").catch("w", after("P1D")).path("w", "end")
        .catch("v", after("P2D")).path("v", "end"), 'id="x"', 'id="x" instantiate="true"')),
    ("dangling_flow", "c", lambda: event_gateway("w").catch("w", after("P1D")).path("w", "end")
        .flow("x", "nowhere", id_="c")),
    ("feel", "c", lambda: choice("=" + "1 + " * 5000 + "1")),
    ("unsupported_event", "start", lambda: begun_by(timer("after", "P1D"), asae_kind="called")),
    ("unsupported_event", "start", lambda: begun_by("<messageEventDefinition/>", asae_kind="called")),
    ("unknown_signal", "start", lambda: begun_by(UNHEARD, asae_kind="side")),
    ("start_form", "start", lambda: begun_by(UNHEARD, "f", asae_kind="side")),
    ("no_end", "x", lambda: nested(Drawing("i").start("is").user("it").path("is", "it"))),
    ("dangling_flow", "c", lambda: nested(
        Drawing("i").start("is").user("it").end("ie").path("is", "it", "ie").flow("it", "work", id_="c"))),
]  # fmt: skip


@pytest.mark.parametrize(
    ("code", "element", "make"), REFUSED, ids=[f"{c}-{i}" for i, (c, _, _) in enumerate(REFUSED)]
)
def test_it_is_refused_where_it_stands(code: str, element: str | None, make: Callable[[], Drawing]) -> None:
    drawing = make()
    content = document(drawing)
    definitions, findings = parse(content, "processes/x.bpmn")
    found = [found for found in findings if (found.code, found.element) == (f"bpmn.{code}", element)]
    assert found, [(finding.code, finding.element, finding.severity) for finding in findings]
    assert {finding.severity for finding in found} == {"error"}
    for finding in findings:
        assert finding.file == "processes/x.bpmn"
        assert finding.line is not None
        assert 0 < finding.line <= content.count(b"\n") + 1
        assert finding.message.endswith((".", "…", "?"))
        assert finding.advice.endswith(".")
        assert "«»" not in finding.message
    assert found[0].line is not None
    line = content.splitlines()[found[0].line - 1].decode()
    assert element is None or f'"{element}"' in line or element == "p"
    definition = definitions[0]
    assert not definition.runnable
    with pytest.raises(UnknownProcess):
        Instance.start({definition.key: definition}, definition.key, {}, Surroundings())


WARNED: list[tuple[str, str, Callable[[], Drawing]]] = [
    ("no_default", "x", lambda: plain().xor("x").end("e2").path("start", "x").path("work", "end")
        .flow("x", "work", "=a").flow("x", "e2", "=b")),
    ("condition_on_default", "d", lambda: choice("=a", when="=b")),
    ("no_name", "x", lambda: user(name="")),
    ("no_name", "p", lambda: Drawing(name="").start().user("work").end().path("start", "work", "end")),
    ("nobody", "x", lambda: between("userTask", camunda_formKey="f")),
    ("manual_task", "x", lambda: between("manualTask")),
    ("manual_task", "x", lambda: between("task")),
    ("data_association", "x", lambda: user("<dataInputAssociation/>")),
    ("data_association", "x", lambda: user("<ioSpecification/>")),
    ("implicit_split", "work", lambda: plain().end("e2").path("start", "work", "end").path("work", "e2")),
    ("no_default", "work", lambda: plain().path("start", "work").flow("work", "end", "=a")),
    ("script_context", "x", lambda: between("scriptTask", "<script>1 + 1</script>", scriptFormat="feel")),
    ("no_starters", "p", lambda: Drawing(asae_kind="side").start().user("work").end()
        .path("start", "work", "end")),
]  # fmt: skip


@pytest.mark.parametrize(
    ("code", "element", "make"), WARNED, ids=[f"{c}-{i}" for i, (c, _, _) in enumerate(WARNED)]
)
def test_what_is_probably_not_meant_is_told_and_runs(
    code: str, element: str, make: Callable[[], Drawing]
) -> None:
    definitions, findings = parse(document(make()), "x.bpmn")
    assert [f for f in findings if f.severity == "error"] == []
    assert (f"bpmn.{code}", element) in [(finding.code, finding.element) for finding in findings]
    assert definitions[0].runnable


def test_a_sound_diagram_has_nothing_to_be_told() -> None:
    assert findings_of(plain().path("start", "work", "end")) == []


def test_a_call_may_say_that_it_passes_all_variables() -> None:
    inner = (
        '<extensionElements><camunda:in variables="all"/><camunda:out variables="all"/></extensionElements>'
    )
    assert findings_of(between("callActivity", inner, calledElement="q")) == []


def test_a_construct_the_linter_missed_is_a_finding_and_is_logged(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(*_: object) -> None:
        raise KeyError("something unforeseen")

    monkeypatch.setattr("asae_engine.bpmn.parser.specify", fail)
    definitions, findings = parse(document(plain().path("start", "work", "end")), "x.bpmn")
    assert [finding.code for finding in findings] == ["bpmn.unreadable"]
    assert not definitions[0].runnable
    assert "could not be specified" in caplog.text


def test_loops_that_wait_somewhere_are_let_pass() -> None:
    waiting = [
        lambda d: d.catch("w", after("P1D")),
        lambda d: d.user("w"),
        lambda d: d.call("w", "q"),
        lambda d: d.inside("w", Drawing("i").start("is").user("it").end("ie").path("is", "it", "ie")),
    ]
    for add in waiting:
        drawing = add(plain().xor("x").xor("y", default="d")).path("start", "x", "w", "y").path("work", "end")
        drawing.flow("y", "x", "=again").flow("y", "work", id_="d")
        assert [f.code for f in findings_of(drawing) if f.severity == "error"] == []


def test_a_loop_through_a_sub_process_that_may_pass_at_once_is_endless() -> None:
    inner = Drawing("i").start("is").xor("ix", default="id").user("it").end("ie").path("is", "ix")
    inner.flow("ix", "it", "=a").flow("ix", "ie", id_="id").path("it", "ie")
    drawing = plain().xor("x").xor("y", default="d").inside("w", inner).path("start", "x", "w", "y")
    drawing.path("work", "end").flow("y", "x", "=again").flow("y", "work", id_="d")
    assert "bpmn.endless" in [finding.code for finding in findings_of(drawing)]


def test_each_endless_loop_is_told_once() -> None:
    drawing = plain().path("start", "a1").path("work", "end")
    for name, following in (("a", "b1"), ("b", "work")):
        drawing.xor(f"{name}1").xor(f"{name}2", default=f"{name}d").path(f"{name}1", f"{name}2")
        drawing.flow(f"{name}2", f"{name}1", "=again").flow(f"{name}2", following, id_=f"{name}d")
    endless = [finding.element for finding in findings_of(drawing) if finding.code == "bpmn.endless"]
    assert endless == ["a1", "b1"]


def test_a_loop_by_an_error_that_comes_at_once_is_endless() -> None:
    inner = Drawing("i").start("is")
    inner.end("ie", inner.error("again")).path("is", "ie")
    drawing = plain().xor("x").inside("w", inner).watch("b", "w", "<errorEventDefinition/>")
    drawing.path("start", "x", "w", "work", "end").path("b", "x")
    assert "bpmn.endless" in [finding.code for finding in findings_of(drawing)]


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "empty"),
        (b"<definitions>", "broken_xml"),
        (b"\x00\x01", "broken_xml"),
        (b'<?xml version="1.0" encoding="none-such"?><a/>', "broken_xml"),
        (b'<?xml version="1.0"?><html/>', "not_bpmn"),
        (b'<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]><a>&b;</a>', "doctype"),
        ("<!DOCTYPE a><a/>".encode("utf-16"), "doctype"),
        (b" " * (SIZE_LIMIT + 1), "too_large"),
        (b"<a>" * 400 + b"</a>" * 400, "broken_xml"),
        (document(), "no_process"),
    ],
)
def test_a_hostile_file_is_a_finding_and_never_an_exception(content: bytes, code: str) -> None:
    definitions, findings = parse(content, "x.bpmn")
    assert definitions == []
    assert [finding.code for finding in findings] == [f"bpmn.{code}"]
    assert "/etc" not in findings[0].message


def test_elements_without_an_id_are_refused() -> None:
    content = document(plain().path("start", "work", "end")).replace(b'id="work"', b"")
    assert "bpmn.no_id" in [finding.code for finding in parse(content, "x.bpmn")[1]]
    content = document(plain().path("start", "work", "end")).replace(b'id="p_flow1"', b"")
    assert "bpmn.no_id" in [finding.code for finding in parse(content, "x.bpmn")[1]]
    content = document(plain().path("start", "work", "end")).replace(b'id="p"', b"")
    assert "bpmn.no_id" in [finding.code for finding in parse(content, "x.bpmn")[1]]


def test_what_is_only_drawn_for_people_is_ignored() -> None:
    drawing = plain().path("start", "work", "end")
    drawing.lines += [
        '<laneSet id="ls"><lane id="l" name="ADAFF"><flowNodeRef>work</flowNodeRef></lane></laneSet>',
        '<textAnnotation id="t"><text>Prix ${x}</text></textAnnotation>',
        '<association id="a" sourceRef="t" targetRef="work"/>',
        '<dataObjectReference id="r" dataObjectRef="o"/><dataObject id="o"/>',
        '<dataStoreReference id="dr" dataStoreRef="ds"/>',
    ]
    drawing.roots += ['<dataStore id="ds" name="x"/>', '<signal name="nobody"/>', "<correlationProperty/>"]
    definitions, findings = parse(document(drawing), "x.bpmn")
    assert findings == []
    assert definitions[0].elements["work"].lane == "ADAFF"


def test_a_definition_says_what_the_diagram_says() -> None:
    inner = Drawing("i").start("is").user("it", camunda_assignee="=boss").end("ie").path("is", "it", "ie")
    drawing = Drawing(
        "referral", name="Saisine", asae_kind="main", asae_door="access", asae_offeredWhen="=case.open",
        camunda_candidateStarterGroups="landlord_worker, state_officer",
    )  # fmt: skip
    drawing.start(camunda_formKey="referral").user(
        "work", asae_delays="diagnostic", asae_distinctPeople="true", camunda_priority="80",
        camunda_dueDate='=date("2026-01-01")', camunda_followUpDate="2026-01-01",
    )  # fmt: skip
    drawing.call("c", "assessment").inside("sub", inner).end("end", TERMINATE)
    drawing.add("businessRuleTask", "r", name="r", camunda_decisionRef="level", camunda_resultVariable="v")
    drawing.add("serviceTask", "n", name="n", **EXTERNAL).catch("m", drawing.message("news"))
    definitions, _ = parse(
        document(drawing.path("start", "work", "c", "sub", "r", "n", "m", "end")), "x.bpmn"
    )
    (definition,) = definitions
    assert (definition.key, definition.name, definition.kind) == ("referral", "Saisine", "main")
    assert (definition.door, definition.offered_when) == ("access", "case.open")
    assert definition.start_form == "referral"
    assert definition.starter_groups == ("landlord_worker", "state_officer")
    assert definition.calls == {"assessment"}
    assert definition.decisions == {"level"}
    assert definition.messages == {"news"}
    assert definition.topics == {"notify"}
    assert definition.forms == {"referral", "form"}
    work = definition.elements["work"]
    assert (work.delays, work.distinct_people, work.priority) == ("diagnostic", True, "80")
    assert (work.follow_up_date, work.candidate_groups, work.scope) == ("2026-01-01", "role", None)
    assert definition.elements["it"].scope == "sub"
    assert {(e.element, e.attribute) for e in definition.expressions} == {
        ("referral", "offeredWhen"), ("it", "assignee"), ("work", "dueDate"),
    }  # fmt: skip
