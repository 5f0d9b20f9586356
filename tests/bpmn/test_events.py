"""Messages, errors, escalations and ends reach what should hear of them, and nothing else."""

from __future__ import annotations

import pytest

from asae_engine.bpmn import Instance, NobodyWaits, UnknownToken
from tests.bpmn.drawing import TERMINATE, Drawing, Surroundings, Walk, after, defined, several


def test_a_message_boundary_that_does_not_interrupt_works_several_times() -> None:
    drawing = Drawing().start().user("work").user("note").end().end("end2")
    drawing.watch("told", "work", drawing.message("news"), interrupting=False)
    walk = Walk(defined(drawing.path("start", "work", "end").path("told", "note", "end2")))
    walk.tell("news").tell("news", level=3).tell("news")
    assert walk.open == ["note", "note", "note", "work"]
    assert walk.instance.variables == {"level": 3}
    assert walk.do("work").open == ["note", "note", "note"]
    assert not walk.instance.waits_for("news")


def test_a_message_that_nobody_waits_for_is_refused_and_changes_nothing() -> None:
    drawing = Drawing().start().user("work").end()
    walk = Walk(defined(drawing.path("start", "work", "end")))
    before = walk.instance.save()
    with pytest.raises(NobodyWaits, match="news"):
        walk.tell("news", level=1)
    assert walk.instance.save() == before


def test_a_receive_task_and_an_intermediate_event_wait_for_their_message() -> None:
    drawing = Drawing().start().end()
    drawing.message("one")
    drawing.add("receiveTask", "rt", name="rt", messageRef="m_one").catch("ic", drawing.message("two"))
    walk = Walk(defined(drawing.path("start", "rt", "ic", "end")))
    assert (walk.instance.waits_for("one"), walk.instance.waits_for("two")) == (True, False)
    assert walk.tell("one").instance.waits_for("two")
    assert walk.tell("two").ended == "normal"
    assert walk.told("message_caught") == ["rt", "ic"]


def test_a_message_interrupts_the_outermost_activity_that_waits_for_it() -> None:
    inner = Drawing("inner").start("is").user("deep").user("inner_way").end("ie").end("ie2")
    inner.watch("inner_told", "deep", inner.message("leaves"))
    inner.path("is", "deep", "ie").path("inner_told", "inner_way", "ie2")
    drawing = Drawing().start().call("called", "inner").user("outer_way").end().end("end2")
    drawing.watch("outer_told", "called", drawing.message("leaves"))
    drawing.path("start", "called", "end").path("outer_told", "outer_way", "end2")
    walk = Walk(defined(drawing, inner)).tell("leaves")
    assert walk.open == ["outer_way"]
    assert walk.told("canceled") == ["deep", "called"]


def test_one_message_reaches_every_token_that_waits_for_it() -> None:
    drawing = Drawing().start().both("fork").end()
    event = drawing.message("go")
    drawing.path("start", "fork")
    for name in "ab":
        drawing.catch(name, event).user(f"after_{name}")
        drawing.path("fork", name, f"after_{name}", "end")
    assert Walk(defined(drawing)).tell("go").open == ["after_a", "after_b"]


def test_a_message_thrown_leaves_the_instance_for_whoever_runs_it() -> None:
    drawing = Drawing().start().end()
    drawing.throw("t", drawing.message("sent")).end("last", drawing.message("gone"))
    drawing.add("sendTask", "s", name="s", messageRef="m_sent")
    drawing.lines = [line for line in drawing.lines if 'id="end"' not in line]
    walk = Walk(defined(drawing.path("start", "t", "s", "last")))
    thrown = [happening for happening in walk.happenings if happening.kind == "message_thrown"]
    assert [(happening.element_id, happening.data["message"]) for happening in thrown] == [
        ("t", "sent"),
        ("s", "sent"),
        ("last", "gone"),
    ]
    assert walk.ended == "normal"


def test_a_message_carried_by_an_action_is_done_by_the_action_alone() -> None:
    drawing = Drawing().start()
    drawing.end(
        "last",
        '<messageEventDefinition camunda:type="external" camunda:topic="notify"><extensionElements>'
        '<camunda:inputOutput><camunda:inputParameter name="to">=role</camunda:inputParameter>'
        "</camunda:inputOutput></extensionElements></messageEventDefinition>",
    )
    walk = Walk(defined(drawing.path("start", "last")), variables={"role": "manager"})
    assert walk.env.acted == [("notify", {"role": "manager", "to": "manager"})]
    assert walk.told("message_thrown") == []


def failing(*, caught: str | None, code: str = "lost", called: bool = True) -> list[Drawing]:
    inner = Drawing("inner").start("is").both("f").user("one").user("two").end("ie")
    inner.end("bad", inner.error(code))
    inner.path("is", "f", "one", "bad").path("f", "two", "ie")
    drawing = Drawing().start().user("after").user("rescue").end().end("end2")
    if called:
        drawing.call("host", "inner")
    else:
        drawing.inside("host", inner)
    if caught is not None:
        event = drawing.error(caught) if caught else "<errorEventDefinition/>"
        drawing.watch("caught", "host", event).path("caught", "rescue", "end2")
    else:
        drawing.lines = [line for line in drawing.lines if "rescue" not in line]
    drawing.path("start", "host", "after", "end")
    return [drawing, inner] if called else [drawing]


@pytest.mark.parametrize("called", [True, False])
@pytest.mark.parametrize("caught", ["lost", ""])
def test_an_error_end_is_caught_around_the_scope_and_takes_it_away(caught: str, called: bool) -> None:
    walk = Walk(defined(*failing(caught=caught, called=called))).do("one")
    assert walk.open == ["rescue"]
    assert sorted(walk.told("canceled"), key=str) == ["host", "two"]
    assert walk.told("error_caught") == ["caught"]


@pytest.mark.parametrize("caught", ["other", None])
def test_an_error_that_nobody_catches_ends_the_instance_with_its_code(caught: str | None) -> None:
    drawings = failing(caught=caught) if caught else failing(caught=None)
    if caught is None:
        drawings[0].lines = [line for line in drawings[0].lines if "end2" not in line]
    walk = Walk(defined(*drawings)).do("one")
    assert (walk.ended, walk.open, walk.places) == ("lost", [], [])


def test_the_boundary_that_names_the_code_goes_before_the_one_that_catches_all() -> None:
    drawings = failing(caught="")
    drawing = drawings[0]
    drawing.user("exact").end("end3").watch("named", "host", drawing.error("lost"))
    drawing.path("named", "exact", "end3")
    assert Walk(defined(*drawings)).do("one").open == ["exact"]


def test_an_error_in_one_instance_takes_the_whole_multi_instance_away() -> None:
    drawings = failing(caught="lost")
    drawings[0].lines = [
        line.replace('calledElement="inner">', f'calledElement="inner">{several(number="3")}')
        for line in drawings[0].lines
    ]
    walk = Walk(defined(*drawings))
    assert walk.open == ["one", "one", "one", "two", "two", "two"]
    assert walk.do("one").open == ["rescue"]


@pytest.mark.parametrize("interrupting", [True, False])
def test_an_escalation_reaches_the_scope_around_and_goes_on_when_it_does_not_interrupt(
    interrupting: bool,
) -> None:
    inner = Drawing("inner").start("is").user("one").user("two").end("ie")
    inner.throw("cry", inner.escalation("help"))
    inner.path("is", "one", "cry", "two", "ie")
    drawing = Drawing().start().inside("host", inner).user("helper").end().end("end2")
    drawing.watch("heard", "host", drawing.escalation("help"), interrupting=interrupting)
    walk = Walk(defined(drawing.path("start", "host", "end").path("heard", "helper", "end2"))).do("one")
    assert walk.open == (["helper"] if interrupting else ["helper", "two"])


def test_an_escalation_that_nobody_hears_changes_nothing() -> None:
    drawing = Drawing().start().user("one").user("two").end()
    drawing.throw("cry", drawing.escalation("help"))
    walk = Walk(defined(drawing.path("start", "one", "cry", "two", "end"))).do("one")
    assert walk.open == ["two"]
    assert walk.do("two").ended == "normal"


def test_an_escalation_end_is_heard_before_its_scope_ends() -> None:
    inner = Drawing("inner").start("is").user("one")
    inner.end("cry", inner.escalation("help"))
    inner.path("is", "one", "cry")
    drawing = Drawing().start().inside("host", inner).user("helper").user("after").end().end("end2")
    drawing.watch("heard", "host", drawing.escalation("help"), interrupting=False)
    drawing.path("start", "host", "after", "end").path("heard", "helper", "end2")
    assert Walk(defined(drawing)).do("one").open == ["after", "helper"]


@pytest.mark.parametrize("called", [True, False])
def test_a_terminate_end_ends_its_own_scope_only(called: bool) -> None:
    inner = Drawing("inner").start("is").both("f").user("one").user("two").end("ie").end("stop", TERMINATE)
    inner.path("is", "f", "one", "stop").path("f", "two", "ie")
    drawing = Drawing().start().both("fork").user("beside").user("after").end().end("end2")
    if called:
        drawing.call("host", "inner")
    else:
        drawing.inside("host", inner)
    drawing.path("start", "fork", "beside", "end").path("fork", "host", "after", "end2")
    walk = Walk(defined(*([drawing, inner] if called else [drawing])))
    assert walk.do("one").open == ["after", "beside"]
    assert walk.told("canceled") == ["two"]


def test_a_terminate_end_of_the_process_ends_the_instance() -> None:
    drawing = Drawing().start().both("f").user("one").user("two").end().end("stop", TERMINATE)
    walk = Walk(defined(drawing.path("start", "f", "one", "stop").path("f", "two", "end"))).do("one")
    assert (walk.ended, walk.open) == ("terminated", [])


def test_a_process_ends_when_its_last_token_does_whichever_end_it_takes() -> None:
    drawing = Drawing().start().both("f").user("one").user("two").end("e1").end("e2")
    walk = Walk(defined(drawing.path("start", "f", "one", "e1").path("f", "two", "e2"))).do("two")
    assert walk.ended is None
    assert walk.do("one").ended == "normal"
    assert walk.told("ended") == [None]


def test_a_cancelled_instance_holds_nothing_any_more() -> None:
    drawing = Drawing().start().user("work").end().end("end2").watch("clock", "work", after("P1D"))
    walk = Walk(defined(drawing.path("start", "work", "end").path("clock", "end2")))
    token = walk.token_of("work")
    walk.instance.cancel(walk.env)
    assert (walk.instance.ended_how, walk.instance.user_tasks()) == ("canceled", [])
    assert walk.instance.next_due_at is None
    walk._turn()
    assert walk.told("canceled") == ["work"]
    with pytest.raises(UnknownToken):
        walk.instance.complete(token, {}, walk.env)


def test_a_cancellation_needs_no_clock() -> None:
    drawing = Drawing().start().user("work").end()
    instance = Instance.start(defined(drawing.path("start", "work", "end")), "p", {}, Surroundings())
    instance.drain_events()
    instance.cancel()
    assert [happening.at for happening in instance.drain_events()] == [None, None]


def test_milestones_and_manual_tasks_are_told_and_wait_for_nobody() -> None:
    drawing = Drawing().start().throw("milestone").add("manualTask", "by_hand", name="by hand").end()
    walk = Walk(defined(drawing.path("start", "milestone", "by_hand", "end")))
    assert walk.ended == "normal"
    assert walk.told("entered") == ["start", "milestone", "by_hand", "end"] == walk.told("left")
