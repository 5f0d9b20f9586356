"""Gateways send tokens where BPMN says, and joins wait for what can still come, on each lap."""

from __future__ import annotations

from itertools import permutations

import pytest

from tests.bpmn.drawing import Drawing, Walk, after, defined


def test_an_exclusive_gateway_takes_the_first_flow_whose_condition_holds() -> None:
    drawing = Drawing().start().xor("which", default="d").user("a").user("b").user("c").xor("merge").end()
    drawing.path("start", "which").flow("which", "a", "=level > 1").flow("which", "b", "=level > 0")
    drawing.flow("which", "c", id_="d")
    for name in "abc":
        drawing.flow(name, "merge")
    definitions = defined(drawing.flow("merge", "end"))
    assert Walk(definitions, variables={"level": 2}).open == ["a"]
    assert Walk(definitions, variables={"level": 1}).open == ["b"]
    assert Walk(definitions, variables={"level": 0}).open == ["c"]
    assert Walk(definitions).open == ["c"], "what nobody answered is not true"


def test_an_exclusive_gateway_without_a_way_out_stops_its_token_and_loses_nothing() -> None:
    drawing = Drawing().start().user("first").xor("which").user("a").user("b").end().end("end2")
    drawing.path("start", "first", "which").flow("which", "a", "=x = 1").flow("which", "b", "=x = 2")
    walk = Walk(defined(drawing.path("a", "end").path("b", "end2")))
    walk.do("first", x=3)
    assert (walk.problems, walk.open, walk.ended) == (["which"], [], None)
    assert "Aucune condition" in walk.instance.errors()[0].message
    walk.env.dossier["x"] = 2
    assert walk.retry().open == ["b"]


def test_a_condition_that_is_no_yes_or_no_stops_its_token() -> None:
    drawing = Drawing().start().xor("which", default="d").end().end("end2")
    drawing.path("start", "which").flow("which", "end", "=level").flow("which", "end2", id_="d")
    walk = Walk(defined(drawing), variables={"level": 3})
    assert walk.problems == ["which"]


def lap_of_three(join: str = "parallelGateway") -> Drawing:
    drawing = Drawing().start().xor("again").both("fork").user("a").user("b").user("c")
    drawing.add(join, "join").xor("more", default="out").end()
    drawing.path("start", "again", "fork")
    for name in "abc":
        drawing.path("fork", name, "join")
    return drawing.path("join", "more").flow("more", "again", "=again").flow("more", "end", id_="out")


@pytest.mark.parametrize("join", ["parallelGateway", "inclusiveGateway"])
def test_a_join_in_a_loop_waits_for_every_branch_on_each_lap(join: str) -> None:
    walk = Walk(defined(lap_of_three(join)))
    for order in permutations("abc"):
        assert walk.open == ["a", "b", "c"]
        walk.do(order[0]).do(order[1])
        assert walk.open == [order[2]]
        walk.do(order[2], again=True)
    walk.do("a", "b").do("c", again=False)
    assert walk.ended == "normal"


def test_a_parallel_join_consumes_one_token_of_each_flow_and_keeps_the_others() -> None:
    # Two tokens come by one flow before the first comes by the other.
    drawing = Drawing().start().both("fork").both("twice").user("a1").user("a2").xor("merge").user("b")
    drawing.both("join").user("after").end()
    drawing.path("start", "fork", "twice").path("twice", "a1", "merge").path("twice", "a2", "merge")
    drawing.path("merge", "join").path("fork", "b", "join").path("join", "after", "end")
    walk = Walk(defined(drawing)).do("a1", "a2")
    assert walk.places == ["b", "join", "join"]
    assert walk.do("b").places == ["after", "join"]


def test_two_flows_between_the_same_two_gateways_are_two_flows() -> None:
    drawing = Drawing().start().both("fork").both("join").user("after").end()
    drawing.path("start", "fork", "join").path("fork", "join", "after", "end")
    assert Walk(defined(drawing)).places == ["after"]


def inclusive() -> Drawing:
    drawing = Drawing().start().either("split", default="d").user("a").user("b").user("c")
    drawing.either("join").user("after").end()
    drawing.path("start", "split").flow("split", "a", "=x").flow("split", "b", "=y").flow(
        "split", "c", id_="d"
    )
    for name in "abc":
        drawing.flow(name, "join")
    return drawing.path("join", "after", "end")


def test_an_inclusive_gateway_takes_every_flow_that_holds_and_its_join_waits_for_just_these() -> None:
    definitions = defined(inclusive())
    both = Walk(definitions, variables={"x": True, "y": True})
    assert both.open == ["a", "b"]
    assert both.do("b").open == ["a"]
    assert both.do("a").places == ["after"]
    one = Walk(definitions, variables={"x": True, "y": False})
    assert one.do("a").open == ["after"]
    neither = Walk(definitions, variables={"x": False, "y": False})
    assert neither.open == ["c"]


def test_an_inclusive_join_does_not_wait_for_a_token_that_cannot_come() -> None:
    drawing = Drawing().start().both("fork").user("aside").user("a").user("b").both("inner")
    drawing.either("join").user("after").end().end("end2")
    drawing.path("start", "fork", "aside", "end2").path("fork", "inner")
    drawing.path("inner", "a", "join").path("inner", "b", "join").path("join", "after", "end")
    walk = Walk(defined(drawing)).do("a")
    assert walk.open == ["aside", "b"]
    assert walk.do("b").open == ["after", "aside"]


def test_an_inclusive_join_goes_on_when_the_token_it_waited_for_leaves_another_way() -> None:
    drawing = Drawing().start().both("fork").user("a").user("b").xor("way", default="d").either("join")
    drawing.user("after").end().end("end2")
    drawing.path("start", "fork", "a", "join").path("fork", "b", "way").flow("way", "join", "=comes")
    drawing.flow("way", "end2", id_="d").path("join", "after", "end")
    walk = Walk(defined(drawing)).do("a")
    assert walk.open == ["b"]
    assert walk.do("b", comes=False).open == ["after"]


def test_an_inclusive_join_waits_for_what_a_boundary_event_may_send() -> None:
    drawing = Drawing().start().both("fork").user("a").user("b").user("late").either("join").user("after")
    drawing.end().end("end2").watch("clock", "b", after("P1D"))
    drawing.path("start", "fork", "a", "join").path("fork", "b", "end2").path("clock", "late", "join")
    walk = Walk(defined(drawing.path("join", "after", "end"))).do("a")
    assert walk.open == ["b"], "the boundary event can still send a token"
    assert walk.later(days=2) == 1
    assert walk.open == ["late"]
    assert walk.do("late").open == ["after"]


def test_a_case_lives_on_beside_a_branch_that_waits_for_its_whole_life() -> None:
    drawing = Drawing().start().both("fork").user("watch").end("end2").both("all").end()
    drawing.xor("again").user("work").xor("more", default="out")
    drawing.path("start", "fork", "watch", "all").path("fork", "again", "work", "more")
    drawing.flow("more", "again", "=again").flow("more", "all", id_="out").path("all", "end")
    drawing.lines = [line for line in drawing.lines if 'id="end2"' not in line]
    walk = Walk(defined(drawing))
    for _ in range(5):
        walk.do("work", again=True)
    assert walk.open == ["watch", "work"]
    walk.do("work", again=False)
    assert walk.places == ["all", "watch"]
    assert walk.do("watch").ended == "normal"
