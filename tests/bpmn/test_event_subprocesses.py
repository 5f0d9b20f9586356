"""Event sub-processes: started by their event, in place of their scope's steps or beside them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.bpmn.drawing import TERMINATE, Drawing, Surroundings, Walk, after, defined, timer, when

if TYPE_CHECKING:
    from collections.abc import Callable


def _steps(key: str = "h", task: str = "react") -> Drawing:
    return Drawing(f"{key}_inside").user(task).end(f"{key}_end").path(f"{key}_start", task, f"{key}_end")


def _beside(event: Callable[[Drawing], str], *, interrupting: bool) -> Drawing:
    drawing = Drawing().start().user("a").end().path("start", "a", "end")
    return drawing.handler("h", event(drawing), _steps(), interrupting=interrupting)


EVENTS: list[tuple[str, Callable[[Drawing], str], Callable[[Walk], object]]] = [
    ("timer", lambda _: after("P3D"), lambda walk: walk.later(days=4)),
    ("message", lambda d: d.message("m"), lambda walk: walk.tell("m")),
    ("signal", lambda d: d.signal("s"), lambda walk: walk.signal("s")),
    ("condition", lambda _: when("=danger"), lambda walk: walk.look(danger=True)),
]


@pytest.mark.parametrize(("event", "happen"), [one[1:] for one in EVENTS], ids=[one[0] for one in EVENTS])
def test_one_that_interrupts_takes_the_place_of_the_steps(
    event: Callable[[Drawing], str], happen: Callable[[Walk], object]
) -> None:
    walk = Walk(defined(_beside(event, interrupting=True)))
    assert walk.open == ["a"]
    happen(walk)
    assert walk.open == ["react"]
    assert walk.told("canceled") == ["a"]
    assert walk.do("react").ended == "normal"


@pytest.mark.parametrize(("event", "happen"), [one[1:] for one in EVENTS], ids=[one[0] for one in EVENTS])
def test_one_that_does_not_interrupt_runs_beside_them(
    event: Callable[[Drawing], str], happen: Callable[[Walk], object]
) -> None:
    walk = Walk(defined(_beside(event, interrupting=False)))
    happen(walk)
    assert walk.open == ["a", "react"]
    assert walk.do("a").ended is None
    assert walk.do("react").ended == "normal"


def test_one_that_is_only_armed_keeps_nobody_waiting() -> None:
    walk = Walk(defined(_beside(lambda d: d.message("m"), interrupting=False)))
    assert walk.do("a").ended == "normal"
    assert not walk.instance.waits_for("m")


def test_a_message_starts_as_many_as_come_and_each_runs_by_itself() -> None:
    walk = Walk(defined(_beside(lambda d: d.message("m"), interrupting=False)))
    walk.tell("m").tell("m").tell("m")
    assert walk.open == ["a", "react", "react", "react"]
    size = len(walk.instance.save())
    walk.do("react").tell("m").do("react").tell("m")
    assert len(walk.instance.save()) - size <= 6  # the names of tokens
    assert walk.do("a", "react", "react", "react").ended == "normal"


def test_a_repeated_timer_starts_one_each_time_and_a_single_one_once() -> None:
    walk = Walk(defined(_beside(lambda _: timer("every", "R3/P1D"), interrupting=False)))
    assert walk.later(days=1) == 1
    assert walk.later(days=1) == 1
    assert walk.open == ["a", "react", "react"]
    once = Walk(defined(_beside(lambda _: after("P1D"), interrupting=False)))
    assert once.later(days=1) == 1
    assert once.instance.next_due_at is None


def test_a_timer_without_a_date_arms_nothing() -> None:
    walk = Walk(defined(_beside(lambda _: after("=null"), interrupting=True)))
    assert walk.instance.next_due_at is None
    assert walk.do("a").ended == "normal"


def test_a_timer_that_cannot_be_read_stops_at_the_start_and_goes_on_when_retried() -> None:
    env = Surroundings()
    env.dossier["length"] = "soon"
    walk = Walk(defined(_beside(lambda _: after("=length"), interrupting=True)), env=env)
    assert walk.problems == ["start"]
    env.dossier["length"] = "P1D"
    walk.retry()
    assert walk.open == ["a"]
    assert walk.later(days=2) == 1
    assert walk.open == ["react"]


def _failing(sort: str, *, interrupting: bool = True, code: str | None = "boom") -> Drawing:
    inner = Drawing("i").start("is").user("work").end("ie")
    inner.end("ie", getattr(inner, sort)("boom")).lines.pop(-2)
    inner.path("is", "work", "ie")
    drawing = Drawing().start().inside("sub", inner).end().path("start", "sub", "end")
    event = f"<{sort}EventDefinition/>" if code is None else getattr(drawing, sort)(code)
    return drawing.handler("h", event, _steps(), interrupting=interrupting)


@pytest.mark.parametrize("code", ["boom", None])
def test_an_error_that_no_boundary_catches_is_caught_by_the_scope(code: str | None) -> None:
    walk = Walk(defined(_failing("error", code=code))).do("work")
    assert walk.open == ["react"]
    assert walk.told("error_caught") == ["h"]
    assert walk.do("react").ended == "normal"


def test_an_error_of_another_code_ends_the_instance() -> None:
    assert Walk(defined(_failing("error", code="other"))).do("work").ended == "boom"


def test_an_escalation_is_caught_beside_and_the_rest_goes_on() -> None:
    walk = Walk(defined(_failing("escalation", interrupting=False))).do("work")
    assert walk.open == ["react"]
    assert walk.do("react").ended == "normal"


def test_an_error_thrown_by_the_handler_itself_looks_outside_its_scope() -> None:
    react = Drawing("r").end("re").path("h_start", "re")
    react = Drawing("r").user("react")
    react.end("re", react.error("boom")).path("h_start", "react", "re")
    inner = Drawing("i").start("is").user("work")
    inner.end("ie", inner.error("boom")).path("is", "work", "ie").handler("h", inner.error("boom"), react)
    drawing = Drawing().start().inside("sub", inner).end().user("rescue").end("e2")
    drawing.watch("b", "sub", drawing.error("boom")).path("start", "sub", "end").path("b", "rescue", "e2")
    walk = Walk(defined(drawing)).do("work")
    assert walk.open == ["react"]
    assert walk.do("react").open == ["rescue"]


def test_one_in_a_sub_process_watches_that_sub_process_only() -> None:
    inner = Drawing("i").start("is").user("deep").end("ie").path("is", "deep", "ie")
    inner.handler("h", inner.message("m"), _steps())
    drawing = Drawing().start().inside("sub", inner).user("after").end().path("start", "sub", "after", "end")
    walk = Walk(defined(drawing))
    assert walk.instance.waits_for("m")
    assert walk.tell("m").open == ["react"]
    assert not walk.instance.waits_for("m")
    assert walk.do("react").open == ["after"]
    other = Walk(defined(drawing)).do("deep")
    assert other.open == ["after"]
    assert not other.instance.waits_for("m")


def test_one_in_a_called_process_is_armed_on_each_call() -> None:
    called = Drawing("q").start("qs").user("deep").end("qe").path("qs", "deep", "qe")
    called.handler("h", after("P1D"), _steps(), interrupting=False)
    drawing = (
        Drawing().start().xor("in").call("c", "q").xor("again", default="out").end().path("start", "in", "c")
    )
    drawing.path("c", "again").flow("again", "in", "=more").flow("again", "end", id_="out")
    walk = Walk(defined(drawing, called), env=_more())
    sizes = []
    for _ in range(5):
        assert walk.later(days=2) == 1
        assert walk.open == ["deep", "react"]
        walk.do("deep", "react")
        sizes.append(len(walk.instance.save()))
    assert sizes[-1] - sizes[1] <= 4


def _more() -> Surroundings:
    env = Surroundings()
    env.dossier["more"] = True
    return env


def test_a_terminate_inside_ends_the_handler_alone() -> None:
    react = Drawing("r").user("react").end("re", TERMINATE).path("h_start", "react", "re")
    drawing = Drawing().start().user("a").end().path("start", "a", "end")
    drawing.handler("h", drawing.message("m"), react, interrupting=False)
    walk = Walk(defined(drawing)).tell("m").do("react")
    assert (walk.open, walk.ended) == (["a"], None)
    assert walk.instance.waits_for("m")


def test_one_that_interrupts_disarms_the_others_of_its_scope() -> None:
    drawing = Drawing().start().user("a").end().path("start", "a", "end")
    drawing.handler("h", drawing.message("m"), _steps())
    drawing.handler("k", drawing.message("n"), _steps("k", "other"), interrupting=False)
    walk = Walk(defined(drawing)).tell("n").tell("m")
    assert walk.open == ["react"]
    assert not walk.instance.waits_for("n")


def test_a_case_that_waits_at_a_join_is_not_blocked_while_an_event_may_still_come() -> None:
    drawing = Drawing().start().xor("x", default="d").both("join").user("a").end()
    drawing.path("start", "x").flow("x", "join", id_="d").flow("x", "a", "=never").path("a", "join", "end")
    drawing.handler("h", drawing.message("m"), _steps())
    env = Surroundings()
    env.dossier["never"] = False
    walk = Walk(defined(drawing), env=env)
    assert walk.problems == []
    assert walk.tell("m").open == ["react"]
