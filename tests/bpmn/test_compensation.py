"""Compensation: what was done is undone, the last first; saved and restored at each step."""

from __future__ import annotations

import json

import pytest

from asae_engine.bpmn import parse
from tests.bpmn.drawing import TERMINATE, Drawing, Walk, after, compensate, defined, document, several

UNDO = {"isForCompensation": "true"}


def two_done(throw: Drawing) -> Drawing:
    """Two steps that can be undone, one that cannot, then what the drawing says."""
    return (
        throw.start()
        .user("visit")
        .user("letter")
        .user("call")
        .user("unvisit", **UNDO)
        .user("uncall", **UNDO)
        .undone("visit", "unvisit")
        .undone("call", "uncall")
        .path("start", "visit", "letter", "call", "back")
    )


def test_what_was_done_is_undone_the_last_first_and_then_the_path_goes_on() -> None:
    walk = Walk(
        defined(
            two_done(Drawing()).throw("back", compensate()).user("after").end().path("back", "after", "end")
        )
    )
    walk.do("visit", "letter", "call")
    assert walk.open == ["uncall"]
    walk.do("uncall")
    assert walk.open == ["unvisit"]
    walk.do("unvisit")
    assert walk.open == ["after"]
    assert walk.do("after").ended == "normal"
    assert walk.told("compensation_thrown") == ["back"]


def test_a_compensation_end_ends_its_path_once_all_is_undone() -> None:
    walk = Walk(defined(two_done(Drawing()).end("back", compensate())))
    walk.do("visit", "letter", "call", "uncall")
    assert walk.ended is None
    assert walk.do("unvisit").ended == "normal"


def test_one_activity_named_is_undone_alone_and_only_once() -> None:
    drawing = two_done(Drawing()).throw("back", compensate("visit")).throw("again", compensate("visit"))
    walk = Walk(defined(drawing.end("all", compensate()).path("back", "again", "all")))
    walk.do("visit", "letter", "call")
    assert walk.open == ["unvisit"]
    walk.do("unvisit")
    assert walk.open == ["uncall"]  # the second time nothing was left of the visit
    assert walk.do("uncall").ended == "normal"


def test_what_does_not_wait_goes_on_at_once_and_its_scope_ends_with_the_last_handler() -> None:
    drawing = two_done(Drawing()).throw("back", compensate(wait=False)).user("after").end()
    walk = Walk(defined(drawing.path("back", "after", "end")))
    walk.do("visit", "letter", "call")
    assert walk.open == ["after", "uncall"]
    walk.do("after", "uncall")
    assert walk.ended is None
    assert walk.do("unvisit").ended == "normal"


def test_what_was_not_done_or_was_interrupted_is_not_undone() -> None:
    drawing = (
        Drawing()
        .start()
        .user("visit")
        .user("unvisit", **UNDO)
        .undone("visit", "unvisit")
        .watch("late", "visit", after("P1D"))
        .end("back", compensate())
        .end()
        .path("start", "visit", "end")
        .path("late", "back")
    )
    walk = Walk(defined(drawing))
    walk.later(days=2)
    assert walk.ended == "normal"
    assert walk.told("compensation_thrown") == ["back"]


def test_each_lap_and_each_instance_is_undone_with_what_it_saw() -> None:
    drawing = (
        Drawing()
        .start()
        .user("ask", several(collection='=["a", "b"]', item="who"))
        .user("unask", **UNDO)
        .undone("ask", "unask")
        .end("back", compensate())
        .path("start", "ask", "back")
    )
    walk = Walk(defined(drawing)).do("ask", "ask")
    seen = []
    while walk.open:
        seen.append(walk.instance.user_tasks()[0].variables["who"])
        walk.do("unask")
    assert seen == ["b", "a"]
    assert walk.ended == "normal"


def test_a_multi_instance_that_is_not_over_is_not_undone() -> None:
    drawing = (
        Drawing()
        .start()
        .both("fork")
        .user("ask", several(number="=2"))
        .user("unask", **UNDO)
        .undone("ask", "unask")
        .user("stop")
        .end("back", compensate())
        .end()
        .path("start", "fork", "ask", "end")
        .path("fork", "stop", "back")
    )
    walk = Walk(defined(drawing)).do("ask", "stop")
    assert walk.open == ["ask"]
    assert walk.do("ask").ended == "normal"


def household(inside: Drawing) -> Drawing:
    """A sub-process, `home`, then a way back."""
    return (
        Drawing()
        .start()
        .inside("home", inside)
        .user("then")
        .throw("back", compensate())
        .end()
        .path("start", "home", "then", "back", "end")
    )


def inside() -> Drawing:
    return (
        Drawing("in")
        .start("in_start")
        .user("move")
        .user("unmove", **UNDO)
        .undone("move", "unmove")
        .user("key")
        .user("unkey", **UNDO)
        .undone("key", "unkey")
        .end("in_end")
        .path("in_start", "move", "key", "in_end")
    )


def test_a_sub_process_is_opened_again_to_undo_what_was_done_inside() -> None:
    walk = Walk(defined(household(inside()))).do("move", "key", "then")
    assert walk.open == ["unkey"]
    assert walk.places == ["back", "home", "unkey"]
    walk.do("unkey", "unmove")
    assert walk.ended == "normal"


def test_a_sub_process_with_a_handler_of_its_own_is_not_opened_again() -> None:
    drawing = household(inside()).user("unhome", **UNDO).undone("home", "unhome")
    walk = Walk(defined(drawing)).do("move", "key", "then")
    assert walk.open == ["unhome"]
    assert walk.do("unhome").ended == "normal"


def test_an_event_sub_process_undoes_the_scope_and_may_ask_for_what_it_saw() -> None:
    undoing = (
        Drawing("un")
        .user("report")
        .throw("partly", compensate("move"))
        .end("un_end")
        .path("undo_start", "report", "partly", "un_end")
    )
    drawing = household(inside().handler("undo", compensate(), undoing))
    walk = Walk(defined(drawing)).do("move", "key", "then")
    assert walk.open == ["report"]
    walk.do("report")
    assert walk.open == ["unmove"]
    assert walk.do("unmove").ended == "normal"


def test_an_error_handler_undoes_what_was_done_before_the_error() -> None:
    wrong = (
        Drawing("wrong")
        .throw("clean", compensate())
        .end("clean_end")
        .path("oops_start", "clean", "clean_end")
    )
    body = (
        Drawing("in")
        .start("in_start")
        .user("move")
        .user("unmove", **UNDO)
        .undone("move", "unmove")
        .user("fails")
        .path("in_start", "move", "fails", "in_error")
    )
    body.end("in_error", body.error("boom")).handler("oops", body.error("boom"), wrong)
    walk = Walk(defined(household(body))).do("move", "fails")
    assert walk.open == ["unmove"]
    walk.do("unmove")
    assert walk.open == ["then"]
    # What was undone once is not undone again by the one who asks later.
    assert walk.do("then").ended == "normal"


def test_a_called_process_is_undone_like_a_sub_process() -> None:
    called = inside()
    called.key = "q"
    drawing = (
        Drawing()
        .start()
        .call("home", "q")
        .user("then")
        .end("back", compensate())
        .path("start", "home", "then", "back")
    )
    walk = Walk(defined(drawing, called)).do("move", "key", "then")
    assert walk.open == ["unkey"]
    assert walk.do("unkey", "unmove").ended == "normal"


def test_what_is_taken_away_while_it_undoes_leaves_nothing_behind() -> None:
    body = inside().throw("in_back", compensate()).path("key", "in_back")
    body.lines = [line for line in body.lines if 'targetRef="in_end"' not in line]
    body.path("in_back", "in_end")
    drawing = (
        household(body).watch("late", "home", after("P3D")).user("apology").path("late", "apology", "end")
    )
    walk = Walk(defined(drawing)).do("move", "key")
    assert walk.open == ["unkey"]
    walk.later(days=4)
    assert walk.open == ["apology"]
    assert walk.places == ["apology"]
    assert walk.do("apology").ended == "normal"


def test_a_handler_that_fails_stops_there_and_goes_on_after_its_retry() -> None:
    drawing = (
        two_done(Drawing())
        .end("back", compensate())
        .add(
            "serviceTask", "unletter", name="unletter", camunda_type="external", camunda_topic="tell", **UNDO
        )
        .undone("letter", "unletter")
    )
    walk = Walk(defined(drawing))
    walk.env.broken["tell"] = RuntimeError("down")
    walk.do("visit", "letter", "call", "uncall")
    assert (walk.problems, walk.open) == (["unletter"], [])
    walk.env.broken.clear()
    assert walk.retry().open == ["unvisit"]
    assert walk.do("unvisit").ended == "normal"


def test_many_laps_are_undone_by_steps_that_wait_for_nobody() -> None:
    drawing = (
        Drawing()
        .start()
        .xor("again")
        .user("lap")
        .add(
            "scriptTask",
            "unlap",
            "<script>{ undone: undone + 1 }</script>",
            name="unlap",
            scriptFormat="feel",
            **UNDO,
        )
        .undone("lap", "unlap")
        .xor("enough", "out")
        .end("back", compensate())
        .path("start", "again", "lap", "enough")
        .flow("enough", "again", "=not(over)")
        .flow("enough", "back", id_="out")
    )
    walk = Walk(defined(drawing), variables={"undone": 0})
    for _ in range(259):
        walk.do("lap", over=False)
    assert walk.do("lap", over=True).ended == "normal"
    assert walk.instance.variables["undone"] == 260


def test_a_scope_that_nothing_can_undo_remembers_nothing() -> None:
    walk = Walk(defined(Drawing().start().user("a").user("b").end().path("start", "a", "b", "end"))).do("a")
    assert [len(scope) for scope in json.loads(walk.instance.save())["scopes"]] == [2]


def test_a_terminated_process_undoes_nothing() -> None:
    drawing = two_done(Drawing()).end("back", TERMINATE)
    assert Walk(defined(drawing)).do("visit", "letter", "call").ended == "terminated"


def one_done() -> Drawing:
    return Drawing().start().user("a").user("un", **UNDO).end().path("start", "a", "end")


def undoing() -> Drawing:
    return Drawing("un").end("un_end").path("undo_start", "un_end")


REFUSED = {
    "a handler that nothing leads to": (one_done(), "compensation"),
    "a flow out of a handler": (one_done().undone("a", "un").path("un", "end"), "compensation"),
    "an event on a handler": (
        one_done().undone("a", "un").watch("late", "un", after("P1D")).path("late", "end"),
        "compensation",
    ),
    "an event that leads to no handler": (one_done().undone("a", "end"), "compensation"),
    "a handler that can be undone": (
        one_done().undone("a", "un").user("unun", **UNDO).undone("un", "unun"),
        "boundary_host",
    ),
    "a flow out of the event": (one_done().undone("a", "un").path("undo_a", "end"), "compensation"),
    "an activity that cannot be undone": (
        Drawing().start().user("a").end("end", compensate("a")).path("start", "a", "end"),
        "unknown_activity",
    ),
    "an activity of another level": (
        Drawing()
        .start()
        .inside("home", inside())
        .end("out", compensate("move"))
        .path("start", "home", "out"),
        "unknown_activity",
    ),
    "a handler of the whole process": (one_done().handler("undo", compensate(), undoing()), "compensation"),
    "an event sub-process that undoes": (
        household(inside()).handler("undo", compensate(), undoing()),
        "compensation",
    ),
    "two ways to undo one activity": (
        household(inside().handler("undo", compensate(), undoing())).user("un", **UNDO).undone("home", "un"),
        "compensation",
    ),
    "a compensation that starts a process": (
        Drawing().add("startEvent", "start", compensate()).user("a").end().path("start", "a", "end"),
        "unsupported_event",
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_could_not_be_undone_as_drawn_is_refused(name: str) -> None:
    drawing, code = REFUSED[name]
    _, findings = parse(document(drawing), "test.bpmn")
    errors = [finding for finding in findings if finding.severity == "error"]
    assert f"bpmn.{code}" in {finding.code for finding in errors}
    assert all(finding.line and finding.element and finding.advice for finding in errors)


def test_a_compensation_of_nothing_is_told() -> None:
    drawing = Drawing().start().user("a").end("end", compensate()).path("start", "a", "end")
    _, findings = parse(document(drawing), "test.bpmn")
    assert [finding.code for finding in findings if "undo" in finding.code] == ["bpmn.nothing_to_undo"]
    assert Walk(defined(drawing)).do("a").ended == "normal"


def test_what_undoes_keeps_no_inclusive_join_waiting() -> None:
    drawing = (
        Drawing()
        .start()
        .both("fork")
        .inside("home", inside())
        .xor("gate")
        .user("other")
        .either("join")
        .xor("again", "out")
        .user("after")
        .user("regrets")
        .end("back", compensate())
        .end()
        .path("start", "fork", "home", "join", "again")
        .path("fork", "gate", "other", "join")
        .path("fork", "regrets", "back")
        .flow("again", "gate", "=round")
        .flow("again", "after", id_="out")
        .path("after", "end")
    )
    walk = Walk(defined(drawing)).do("move", "key", "other", round=True)
    assert walk.open == ["other", "regrets"], "the second time round goes by the other way alone"
    walk.do("regrets").do("other", round=False)
    assert walk.open == ["after", "unkey"]
