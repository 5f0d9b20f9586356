"""Conditional events: asked whenever everything rests, and when what they read changed outside."""

from __future__ import annotations

from tests.bpmn.drawing import Drawing, Walk, after, defined, when


def test_an_intermediate_condition_waits_until_it_is_true() -> None:
    drawing = Drawing().start().catch("c", when("=debt > 500")).user("a").end().path("start", "c", "a", "end")
    walk = Walk(defined(drawing))
    assert (walk.open, walk.places) == ([], ["c"])
    assert walk.instance.watches_conditions
    assert walk.look(debt=100).open == []
    assert walk.look(debt=900).open == ["a"]
    assert not walk.instance.watches_conditions


def test_a_condition_that_is_true_from_the_first_is_met_at_once() -> None:
    drawing = Drawing().start().catch("c", when("=1 = 1")).user("a").end().path("start", "c", "a", "end")
    assert Walk(defined(drawing)).open == ["a"]


def _watched(*, interrupting: bool) -> Walk:
    drawing = Drawing().start().user("a").end().end("e2").user("b")
    drawing.watch("c", "a", when("=debt > 500"), interrupting=interrupting)
    return Walk(defined(drawing.path("start", "a", "end").path("c", "b", "e2")))


def test_a_condition_on_an_activity_interrupts_it() -> None:
    walk = _watched(interrupting=True).look(debt=600)
    assert walk.open == ["b"]
    assert walk.told("condition_met") == ["c"]


def test_a_condition_beside_an_activity_fires_each_time_it_becomes_true() -> None:
    walk = _watched(interrupting=False)
    assert walk.look(debt=600).open == ["a", "b"]
    assert walk.look(debt=700).open == ["a", "b"]
    assert walk.look(debt=10).open == ["a", "b"]
    assert walk.look(debt=800).open == ["a", "b", "b"]
    assert walk.do("b", "b", "a").ended == "normal"


def test_what_one_step_answers_is_seen_by_the_condition_on_another() -> None:
    drawing = Drawing().start().both("fork").user("a").user("b").end().end("e2").user("alarm")
    drawing.watch("c", "a", when("=danger")).path("start", "fork", "a", "end").path("fork", "b", "end")
    walk = Walk(defined(drawing.path("c", "alarm", "e2"))).do("b", danger=True)
    assert walk.open == ["alarm"]


def test_a_condition_of_an_event_gateway_wins_when_it_is_true() -> None:
    drawing = (
        Drawing().start().add("eventBasedGateway", "first", name="first").end().user("late").user("early")
    )
    drawing.catch("t", after("P9D")).catch("c", when("=ready")).path("start", "first", "t", "late", "end")
    walk = Walk(defined(drawing.path("first", "c", "early", "end")))
    assert walk.look(ready=True).open == ["early"]
    assert walk.later(days=10) == 0


def test_a_condition_that_is_neither_true_nor_false_is_an_incident_and_is_asked_again() -> None:
    walk = _watched(interrupting=True)
    walk.env.dossier["debt"] = 100
    for expression in ("=debt", "=debt + 1"):
        drawing = Drawing().start().user("a").end().end("e2").user("b").watch("c", "a", when(expression))
        walk = Walk(defined(drawing.path("start", "a", "end").path("c", "b", "e2")))
        walk.look(debt=3)
        assert walk.problems == ["c"]
        assert walk.open == ["a"]
        walk.env.dossier["debt"] = None
        walk.retry()
        assert walk.problems == []
        assert walk.open == ["a"]
