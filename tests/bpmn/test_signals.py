"""Signals: heard by everyone who waits, once all that moves has come to rest."""

from __future__ import annotations

from tests.bpmn.drawing import Drawing, Walk, after, defined


def _two_branches() -> Drawing:
    drawing = (
        Drawing().start().both("fork").user("speak").user("listen").end("e1").end("e2").end("e3").user("told")
    )
    drawing.throw("shout", drawing.signal("heat")).watch("hears", "listen", drawing.signal("heat"))
    drawing.path("start", "fork", "speak", "shout", "e1").path("fork", "listen", "e2")
    return drawing.path("hears", "told", "e3")


def test_a_thrown_signal_is_heard_in_its_own_instance_and_leaves_it() -> None:
    walk = Walk(defined(_two_branches())).do("speak")
    assert walk.open == ["told"]
    assert walk.told("signal_thrown") == ["shout"]
    assert walk.told("signal_caught") == ["hears"]
    assert walk.do("told").ended == "normal"


def test_a_signal_from_outside_reaches_every_catcher_and_is_lost_when_nobody_waits() -> None:
    drawing = Drawing().start().both("fork").user("a").user("b").end().end("e2").user("more")
    drawing.catch("waits", drawing.signal("heat")).watch(
        "beside", "b", drawing.signal("heat"), interrupting=False
    )
    drawing.path("start", "fork", "waits", "a", "end").path("fork", "b", "end").path("beside", "more", "e2")
    walk = Walk(defined(drawing))
    assert not walk.instance.waits_for_signal("cold")
    assert walk.signal("cold").open == ["b"]
    assert walk.signal("heat", degrees=41).open == ["a", "b", "more"]
    assert walk.instance.variables["degrees"] == 41
    assert walk.signal("heat").open == ["a", "b", "more", "more"]
    assert walk.do("a", "b", "more", "more").ended == "normal"


def test_a_signal_thrown_before_anyone_waits_is_still_heard_by_who_arrives_in_the_same_advance() -> None:
    drawing = Drawing().start().both("fork").end().end("e2").user("heard")
    drawing.throw("shout", drawing.signal("s")).throw("slow").catch("waits", drawing.signal("s"))
    drawing.path("start", "fork", "shout", "end").path("fork", "slow", "waits", "heard", "e2")
    assert Walk(defined(drawing)).open == ["heard"]


def test_an_event_gateway_takes_the_first_of_timers_messages_signals_and_conditions() -> None:
    def gateway() -> Walk:
        drawing = Drawing().start().add("eventBasedGateway", "first", name="first").end()
        drawing.catch("t", after("P1D")).catch("t2", after("P2D")).catch("g", drawing.signal("s"))
        drawing.catch("m", drawing.message("m")).catch("g2", drawing.signal("other"))
        drawing.path("start", "first")
        for name in ("t", "t2", "g", "m", "g2"):
            drawing.user(f"after_{name}").path("first", name, f"after_{name}", "end")
        return Walk(defined(drawing))

    assert gateway().signal("s").open == ["after_g"]
    assert gateway().signal("other").open == ["after_g2"]
    assert gateway().tell("m").open == ["after_m"]
    late = gateway()
    assert late.later(days=3) == 1
    assert late.open == ["after_t"]
    assert not late.instance.waits_for_signal("s")


def test_a_signal_that_calls_itself_for_ever_is_an_incident() -> None:
    drawing = Drawing().start().user("a").end().end("e2").end("e3").user("go").both("fork")
    drawing.watch("hears", "a", drawing.signal("s"), interrupting=False)
    drawing.throw("again", drawing.signal("s")).throw("first", drawing.signal("s"))
    drawing.path("start", "fork", "a", "end").path("fork", "go", "first", "e2").path("hears", "again", "e3")
    walk = Walk(defined(drawing)).do("go")
    assert walk.problems == ["again"]
    assert walk.open == ["a"]


def test_a_signal_reaches_the_processes_that_are_called() -> None:
    inner = Drawing("q").start("qs").user("deep").end("qe").user("q2").end("qe2")
    inner.watch("qb", "deep", inner.signal("s")).path("qs", "deep", "qe").path("qb", "q2", "qe2")
    drawing = Drawing().start().call("c", "q").end().path("start", "c", "end")
    assert Walk(defined(drawing, inner)).signal("s").open == ["q2"]
