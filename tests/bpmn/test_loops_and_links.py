"""Standard loops, links, tasks of no type, and several flows out of one activity."""

from __future__ import annotations

import pytest

from tests.bpmn.drawing import Drawing, Surroundings, Walk, after, defined, link, rounds


def _looped(loop: str) -> Drawing:
    return Drawing().start().user("a", loop).user("b").end().path("start", "a", "b", "end")


def _with(**dossier: object) -> Surroundings:
    env = Surroundings()
    env.dossier.update(dossier)
    return env


def test_a_loop_is_done_once_and_again_while_its_condition_holds() -> None:
    walk = Walk(defined(_looped(rounds("=again"))), env=_with(again=True))
    assert walk.do("a").do("a").open == ["a"]
    assert walk.do("a", again=False).open == ["b"]


def test_a_loop_that_tests_before_may_not_be_done_at_all() -> None:
    assert Walk(defined(_looped(rounds("=again", before=True))), env=_with(again=False)).open == ["b"]
    walk = Walk(defined(_looped(rounds("=loopCounter <= 2", before=True))))
    assert walk.do("a").open == ["a"]
    assert walk.do("a").open == ["b"]


@pytest.mark.parametrize("loop", [rounds(most=3), rounds("=loopCounter < 3"), rounds("=true", most=3)])
def test_a_loop_ends_at_its_maximum_and_its_rounds_are_numbered(loop: str) -> None:
    walk = Walk(defined(_looped(loop)))
    for number in (1, 2, 3):
        [task] = walk.instance.user_tasks()
        assert task.variables == {"loopCounter": number}
        walk.do("a")
    assert walk.open == ["b"]


def test_what_watches_a_loop_watches_all_its_rounds() -> None:
    drawing = _looped(rounds("=true", most=5)).watch("late", "a", after("P3D")).end("e2").path("late", "e2")
    walk = Walk(defined(drawing)).do("a")
    walk.later(days=2)
    walk.do("a")
    assert walk.later(days=2) == 1
    assert walk.ended == "normal"


def test_a_loop_of_sub_processes_stays_flat() -> None:
    inner = Drawing("i").start("is").user("x").end("ie").path("is", "x", "ie")
    drawing = (
        Drawing().start().inside("sub", inner, rounds("=true", most=400)).end().path("start", "sub", "end")
    )
    walk = Walk(defined(drawing))
    sizes = []
    for _ in range(400):
        sizes.append(len(walk.instance.save()))
        walk.do("x")
    assert walk.ended == "normal"
    assert sizes[-1] - sizes[0] <= 24  # numbers with more digits


def test_a_loop_that_waits_for_nobody_is_stopped() -> None:
    drawing = (
        Drawing()
        .start()
        .add("scriptTask", "s", rounds("=true") + "<script>{a: 1}</script>", name="s", scriptFormat="feel")
    )
    assert Walk(defined(drawing.end().path("start", "s", "end"))).problems == ["s"]


def test_a_condition_of_a_loop_that_is_no_condition_is_an_incident() -> None:
    walk = Walk(defined(_looped(rounds("=again"))), env=_with(again=3)).do("a")
    assert walk.problems == ["a"]
    walk.env.dossier["again"] = False
    assert walk.retry().open == ["b"]


def test_a_link_goes_on_where_its_name_is_caught() -> None:
    drawing = Drawing().start().xor("x", default="d").user("mid").user("a").end()
    drawing.throw("l1", link("on")).throw("l2", link("on")).catch("here", link("on"))
    drawing.path("start", "x").path("here", "a", "end")
    drawing.flow("x", "l1", "=straight").flow("x", "mid", id_="d").path("mid", "l2")
    assert Walk(defined(drawing), env=_with(straight=True)).open == ["a"]
    assert Walk(defined(drawing), env=_with(straight=False)).do("mid").open == ["a"]


def test_a_task_of_no_type_waits_for_nobody() -> None:
    drawing = Drawing().start().add("task", "t", name="t").user("a").end().path("start", "t", "a", "end")
    walk = Walk(defined(drawing))
    assert walk.open == ["a"]
    assert walk.told("left") == ["start", "t"]


def test_every_flow_out_of_an_activity_is_followed() -> None:
    drawing = Drawing().start().user("a").user("b").user("c").both("join").user("d").end()
    drawing.path("start", "a", "b", "join", "d", "end").path("a", "c", "join")
    walk = Walk(defined(drawing)).do("a")
    assert walk.open == ["b", "c"]
    assert walk.do("b", "c").open == ["d"]


@pytest.mark.parametrize(
    ("answers", "opened"),
    [
        ({"x": True, "y": False}, ["always", "b"]),
        ({"x": True, "y": True}, ["always", "b", "c"]),
        ({"x": False, "y": False}, ["always", "other"]),
    ],
)
def test_flows_with_conditions_are_followed_when_these_hold_and_else_the_default(
    answers: dict[str, bool], opened: list[str]
) -> None:
    drawing = Drawing().start().user("a", default="d").user("b").user("c").user("always").user("other").end()
    drawing.path("start", "a").flow("a", "b", "=x").flow("a", "c", "=y").flow("a", "always")
    drawing.flow("a", "other", id_="d")
    for name in ("b", "c", "always", "other"):
        drawing.path(name, "end")
    walk = Walk(defined(drawing), env=_with(**answers)).do("a")
    assert walk.open == opened
    assert set(walk.told("entered")) == {"start", "a", *opened}


def test_no_condition_that_holds_and_no_default_stops_at_the_activity_and_can_be_retried() -> None:
    drawing = Drawing().start().user("a").user("b").end().path("start", "a").flow("a", "b", "=x")
    walk = Walk(defined(drawing.path("b", "end")), env=_with(x=False)).do("a")
    assert walk.problems == ["a"]
    walk.env.dossier["x"] = True
    assert walk.retry().open == ["b"]


def test_a_boundary_event_may_fork() -> None:
    drawing = Drawing().start().user("a").end().user("b").user("c").watch("late", "a", after("P1D"))
    drawing.path("start", "a", "end").path("late", "b", "end").path("late", "c", "end")
    walk = Walk(defined(drawing))
    walk.later(days=1)
    assert walk.open == ["b", "c"]
