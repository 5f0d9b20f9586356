"""One test for each trap measured in SpiffWorkflow 3.2.0, so that an upgrade tells which are gone.

What has a test elsewhere in this room is named in the comments; here stands the rest, and what the library
does on its own where that is cheap to show.
"""

from __future__ import annotations

import io
import logging
from datetime import UTC, date, datetime, timedelta
from importlib.metadata import version

import pytest
from lxml import etree
from SpiffWorkflow.bpmn.parser.BpmnParser import BpmnParser
from SpiffWorkflow.bpmn.specs.event_definitions.timer import TimerEventDefinition
from SpiffWorkflow.bpmn.workflow import BpmnWorkflow
from SpiffWorkflow.util.task import TaskState

from asae_engine.bpmn import parse
from tests.bpmn.drawing import TERMINATE, Drawing, Surroundings, Walk, after, defined, document, link, timer


def stock(drawing: Drawing) -> BpmnWorkflow:
    """The library's own reading of a drawing, started."""
    parser = BpmnParser()
    parser.add_bpmn_io(io.BytesIO(document(drawing)))
    workflow = BpmnWorkflow(parser.get_spec("p"), parser.get_subprocess_specs("p"))
    workflow.do_engine_steps()
    return workflow


def codes(drawing: Drawing) -> set[str]:
    return {finding.code for finding in parse(document(drawing), "x.bpmn")[1] if finding.severity == "error"}


def test_the_version_whose_traps_are_known_is_the_one_installed() -> None:
    assert version("spiffworkflow") == "3.2.0"


def loop() -> Drawing:
    drawing = Drawing().start().xor("m").both("f").user("a").user("b").both("j").xor("x", default="o").end()
    drawing.path("start", "m", "f", "a", "j", "x").path("f", "b", "j")
    return drawing.flow("x", "m", "again").flow("x", "end", id_="o")


def test_a_join_in_a_loop_that_fires_early_in_the_library_waits_here() -> None:
    workflow = stock(loop())

    def complete(name: str) -> None:
        task = next(t for t in workflow.get_tasks(state=TaskState.READY) if t.task_spec.name == name)
        task.data["again"] = True
        task.run()
        workflow.do_engine_steps()

    fired_early = False
    try:
        for first, second in ("ab", "ba", "ab", "ba", "ba", "ab"):
            complete(first)
            fired_early |= any(t.task_spec.name == first for t in workflow.get_tasks(state=TaskState.READY))
            complete(second)
    except Exception:  # the library then cannot go on
        fired_early = True
    assert fired_early, "gone in this version: simplify joins.py"

    walk = Walk(defined(loop()))
    for first, second in ("ab", "ba", "ab", "ba", "ba", "ab"):
        walk.do(first, again=True)
        assert walk.open == [second]
        walk.do(second)
    # Long loops, and their cost: test_state.test_the_500th_lap_costs_what_the_first_cost_…


def test_link_events_do_nothing_in_the_library_and_go_on_here() -> None:
    drawing = Drawing().start().throw("x", link("l")).catch("y", link("l")).user("a").end()
    drawing.path("start", "x").path("y", "a", "end")
    stock(drawing)  # without a word
    assert Walk(defined(drawing)).open == ["a"]
    # Event sub-processes, conditions, signals: test_event_subprocesses, test_conditions, test_signals
    # Compensation: test_compensation. Ad-hoc, complex gateway, transaction, cancel: test_refusals.REFUSED
    # Several messages at one boundary: test_events.test_a_message_boundary_that_does_not_interrupt_works_…
    # Cyclic timers: test_timers.test_the_tasks_of_a_repeated_reminder_survive_the_completion_of_its_host
    # Event gateways: test_timers.test_the_first_of_several_timers_of_an_event_gateway_wins_…


def test_no_python_is_ever_evaluated() -> None:
    drawing = Drawing().start().xor("x", default="o").user("hacked").end().end("e2").path("start", "x")
    drawing.flow("x", "hacked", "__import__('os').getpid() > 0").flow("x", "end", id_="o").path(
        "hacked", "e2"
    )
    workflow = stock(drawing)
    assert [t.task_spec.name for t in workflow.get_tasks(state=TaskState.READY, manual=True)] == ["hacked"]
    assert "bpmn.feel" in codes(drawing)


@pytest.mark.parametrize(
    "expression", ["open('/etc/passwd')", "__import__('os')", "().__class__", "lambda: 1", "exec('1')"]
)
def test_python_in_a_timer_a_script_or_a_cardinality_is_refused(expression: str) -> None:
    drawing = (
        Drawing().start().catch("t", timer("after", f"={expression}")).script("s", f"{{a: {expression}}}")
    )
    drawing.end().path("start", "t", "s", "end")
    assert "bpmn.feel" in codes(drawing)


def test_what_parses_without_a_word_in_the_library_is_told() -> None:
    bad = Drawing().start().user("a").user("alone").script("s", "{a:").path("start", "a", "s")
    assert codes(bad) >= {"bpmn.no_end", "bpmn.unreachable", "bpmn.feel", "bpmn.dead_end"}


def test_every_finding_has_the_line_of_its_element() -> None:
    drawing = Drawing().start().user("a").end().path("start", "a", "end")
    drawing.end("bad", '<errorEventDefinition errorRef="nothing"/>').flow("a", "nowhere")
    content = document(drawing)
    for finding in parse(content, "x.bpmn")[1]:
        line = content.splitlines()[(finding.line or 1) - 1].decode()
        assert finding.element is not None
        assert f'id="{finding.element}"' in line


def test_no_entity_is_resolved_and_nothing_is_fetched(tmp_path: object) -> None:
    content = document(Drawing().start().user("a").end().path("start", "a", "end"))
    entity = b'<!DOCTYPE d [<!ENTITY x SYSTEM "http://127.0.0.1:9/x">]>'
    content = content.replace(b"<definitions", entity + b"<definitions", 1)
    assert [finding.code for finding in parse(content, "x.bpmn")[1]] == ["bpmn.doctype"]
    assert etree.LXML_VERSION >= (6, 0)


def test_variables_keep_their_order_and_any_name() -> None:
    drawing = Drawing().start().user("a").end().path("start", "a", "end")
    walk = Walk(defined(drawing), variables={"typename": "UUID", "z": 1, "a": 2, "value": {"typename": "x"}})
    assert list(walk.instance.variables) == ["typename", "z", "a", "value"]
    assert walk.do("a").ended == "normal"


def test_dates_decimals_and_tuples_come_back_as_what_they_were() -> None:
    drawing = Drawing().start().script("s", '{d: date("2026-01-02"), t: time("10:00:00"), l: [1, 2]}').end()
    walk = Walk(defined(drawing.path("start", "s", "end")))
    assert walk.instance.variables["d"] == date(2026, 1, 2)
    assert walk.instance.variables["l"] == [1, 2]


def test_branches_do_not_overwrite_each_other_at_a_join() -> None:
    drawing = Drawing().start().both("f").user("a").user("b").both("j").end()
    drawing.script("sa", "{x: {from: 1}}").script("sb", "{y: {from: 2}}")
    drawing.path("start", "f", "a", "sa", "j", "end").path("f", "b", "sb", "j")
    walk = Walk(defined(drawing)).do("b", "a")
    assert walk.instance.variables == {"y": {"from": 2}, "x": {"from": 1}}


def test_timers_know_neither_the_machine_s_clock_nor_its_zone() -> None:
    assert TimerEventDefinition.get_datetime.__name__ == "get_datetime"  # what ours never calls
    far = Surroundings(datetime(1999, 12, 31, 23, tzinfo=UTC))
    drawing = Drawing().start().user("a").end().end("e2").watch("w", "a", after("P1D"))
    walk = Walk(defined(drawing.path("start", "a", "end").path("w", "e2")), env=far)
    assert walk.instance.next_due_at == far.now + timedelta(days=1)
    assert walk.later(hours=23) == 0
    assert walk.later(hours=1) == 1
    # Civil days, months and changes of hour: test_timers


def test_a_timer_is_armed_when_its_token_comes_and_stays_so() -> None:
    drawing = Drawing().start().user("a").end().end("e2").watch("w", "a", timer("at", "=due"))
    env = Surroundings()
    env.dossier["due"] = datetime(2026, 3, 1, tzinfo=UTC)
    walk = Walk(defined(drawing.path("start", "a", "end").path("w", "e2")), env=env)
    env.dossier["due"] = datetime(2027, 3, 1, tzinfo=UTC)
    assert walk.instance.next_due_at == datetime(2026, 3, 1, tzinfo=UTC)


def test_the_library_s_loggers_compute_no_extras() -> None:
    for name in ("spiff.task", "spiff.workflow"):
        assert logging.getLogger(name).level >= logging.WARNING


def test_a_message_does_not_reach_a_token_by_anything_but_its_name() -> None:
    drawing = Drawing().start().both("f").end()
    drawing.catch("a", drawing.message("one")).catch("b", drawing.message("two"))
    drawing.path("start", "f", "a", "end").path("f", "b", "end")
    walk = Walk(defined(drawing)).tell("two")
    assert walk.places == ["a"]


def test_a_script_that_failed_can_be_retried() -> None:
    drawing = Drawing().start().script("s", '{a: if ready = true then 1 else 1 + "x"}').end()
    walk = Walk(defined(drawing.path("start", "s", "end")))
    assert walk.problems == ["s"]
    walk.env.dossier["ready"] = True
    assert walk.retry().ended == "normal"


def test_two_threads_never_share_an_encoder_and_specifications_stay_as_they_were() -> None:
    # test_state.test_threads_share_definitions_while_each_has_its_own_instances
    # test_state.test_no_instance_writes_into_the_definitions_it_runs
    drawing = Drawing().start().both("f").user("a").user("b").end().end("stop", TERMINATE)
    definitions = defined(drawing.path("start", "f", "a", "stop").path("f", "b", "end"))
    assert Walk(definitions).do("a").ended == "terminated"
    assert Walk(definitions).open == ["a", "b"], "a later case is not touched by an earlier one"
