"""What fails stops its own token, says why in French, loses nothing and can be tried again."""

from __future__ import annotations

import pytest

from asae_engine.bpmn import BpmnError, Instance, NotPassable, StepFailed, UnknownProcess, UnknownToken
from tests.bpmn.drawing import Drawing, Surroundings, Walk, after, defined, several, timer, when


def notifying() -> Drawing:
    drawing = Drawing().start().both("f").user("beside").end()
    drawing.add("serviceTask", "n", name="prévenir", camunda_type="external", camunda_topic="notify")
    return drawing.path("start", "f", "beside", "end").path("f", "n", "end")


def test_an_action_that_fails_stops_its_token_and_the_others_go_on() -> None:
    env = Surroundings()
    env.broken["notify"] = StepFailed("Le rôle « x » n’existe pas.")
    walk = Walk(defined(notifying()), env=env)
    (incident,) = walk.instance.errors()
    assert (incident.element.name, incident.message) == ("prévenir", "Le rôle « x » n’existe pas.")
    walk.do("beside")
    assert (walk.ended, walk.problems) == (None, ["n"])
    walk.retry()
    assert walk.problems == ["n"], "it fails again, and can be tried again"
    env.broken.clear()
    assert walk.retry().ended == "normal"
    assert len(env.acted) == 1
    assert walk.told("stopped") == ["n", "n"]
    assert walk.told("retried") == ["n", "n"]


def test_an_unexpected_failure_shows_no_detail_of_what_it_met() -> None:
    env = Surroundings()
    env.broken["notify"] = KeyError("Madame Martin")
    walk = Walk(defined(notifying()), env=env)
    assert "Martin" not in walk.instance.errors()[0].message
    assert b"Martin" not in walk.instance.save()


def test_what_the_environment_calls_fatal_passes_through() -> None:
    class LostDatabaseError(Exception):
        pass

    env = Surroundings()
    env.fatal = (LostDatabaseError,)  # type: ignore[attr-defined]  # optional for an environment
    env.broken["notify"] = LostDatabaseError()
    with pytest.raises(LostDatabaseError):
        Walk(defined(notifying()), env=env)


@pytest.mark.parametrize("script", ["{a: 1 / 0}", '{a: "x" + 1}', "[1]", "{a: b(1)}", "{a: function(x) x}"])
def test_a_script_that_fails_is_an_incident_and_sets_nothing(script: str) -> None:
    drawing = Drawing().start().user("one").script("s", script).end().path("start", "one", "s", "end")
    from asae_engine.bpmn import parse
    from tests.bpmn.drawing import document

    definitions, findings = parse(document(drawing), "x.bpmn")
    if any(finding.severity == "error" for finding in findings):
        assert not definitions[0].runnable
        return
    walk = Walk({"p": definitions[0]}).do("one")
    assert walk.problems == ["s"] or walk.instance.variables == {"a": None}


def test_a_task_whose_timer_makes_no_sense_stops_before_anything_opens() -> None:
    drawing = Drawing().start().user("work").end().end("end2")
    drawing.watch("good", "work", timer("after", "P1D"), interrupting=False)
    drawing.watch("bad", "work", timer("after", "=5"))
    drawing.user("a").user("b").path("good", "a", "end2").path("bad", "b", "end2")
    walk = Walk(defined(drawing.path("start", "work", "end")))
    assert (walk.problems, walk.open, walk.instance.next_due_at) == (["work"], [], None)


def test_a_failing_completion_condition_keeps_what_was_answered() -> None:
    until = '=if limit = null then "x" + 1 > 2 else nrOfCompletedInstances >= limit'
    loop = several(number="3", until=until, into=("all", "n"))
    drawing = Drawing().start().user("ask", loop).user("after").end().path("start", "ask", "after", "end")
    walk = Walk(defined(drawing))
    walk.instance.complete(walk.token_of("ask"), {"n": 7}, walk.env)
    walk._turn()
    assert walk.problems == ["ask"]
    assert (walk.open, walk.instance.variables) == (["ask", "ask"], {"all": [7]})
    walk.instance.complete(walk.token_of("ask"), {"n": 8}, walk.env)
    walk._turn()
    walk.env.dossier["limit"] = 2
    assert walk.retry().open == ["after"]
    assert walk.instance.variables == {"all": [7, 8]}


def runaway(inside: Drawing) -> list[Drawing]:
    """A loop the linter takes for one that waits: the process it calls may end at once."""
    drawing = Drawing().start().both("f").user("beside").end().xor("again").xor("more", default="o").end("e2")
    drawing.call("c", "inner")
    drawing.path("start", "f", "beside", "end").path("f", "again", "c", "more")
    return [drawing.flow("more", "again", "=not(stop = true)").flow("more", "e2", id_="o"), inside]


def test_a_loop_that_waits_for_nobody_is_stopped_and_can_be_set_free() -> None:
    inner = Drawing("inner").start("is").script("count", "{n: n + 1}").end("ie").path("is", "count", "ie")
    walk = Walk(defined(*runaway(inner)), variables={"n": 0})
    (incident,) = walk.instance.errors()
    assert "boucle" in incident.message
    assert walk.open == ["beside"]
    assert walk.instance.variables["n"] == 200
    walk.env.dossier["stop"] = True
    assert walk.retry().problems == []
    assert walk.do("beside").ended == "normal"


def test_a_process_that_calls_itself_at_once_is_stopped() -> None:
    drawing = Drawing().start().call("c", "p").end().path("start", "c", "end")
    walk = Walk(defined(drawing))
    assert walk.problems == ["c"]
    assert "sans fin" in walk.instance.errors()[0].message


def test_a_called_process_that_is_missing_is_an_incident() -> None:
    drawing = Drawing().start().call("c", "nowhere").end().path("start", "c", "end")
    walk = Walk(defined(drawing))
    assert "nowhere" in walk.instance.errors()[0].message


def test_nothing_can_be_done_to_what_is_not_there() -> None:
    drawing = Drawing().start().user("work").end().path("start", "work", "end")
    definitions = defined(drawing)
    walk = Walk(definitions)
    token = walk.token_of("work")
    with pytest.raises(UnknownToken):
        walk.instance.retry(token, walk.env)
    with pytest.raises(UnknownToken):
        walk.instance.complete("t999", {}, walk.env)
    walk.do("work")
    with pytest.raises(UnknownToken):
        walk.instance.complete(token, {}, walk.env)
    with pytest.raises(UnknownProcess) as caught:
        Instance.start(definitions, "q", {}, walk.env)
    assert isinstance(caught.value, BpmnError)


def test_a_process_in_which_nothing_can_move_any_more_is_an_incident() -> None:
    # The classic slip: a choice whose ways are joined by a parallel gateway.
    inner = Drawing("inner").start("is").xor("way", default="d").user("a").user("b").both("j").end("ie")
    inner.path("is", "way").flow("way", "a", "=x").flow("way", "b", id_="d")
    inner.path("a", "j", "ie").path("b", "j")
    drawing = Drawing().start().both("f").user("beside").inside("sub", inner).end()
    walk = Walk(defined(drawing.path("start", "f", "beside", "end").path("f", "sub", "end"))).do("b")
    assert walk.problems == [], "something else can still move"
    walk.do("beside")
    assert walk.problems == ["j"]
    assert "bloqué" in walk.instance.errors()[0].message
    assert walk.retry().problems == ["j"], "a retry does not force the join"
    assert walk.told("left").count("j") == 0


def test_a_gateway_cannot_be_completed_as_a_task() -> None:
    drawing = Drawing().start().both("f").user("a").user("b").both("j").end()
    drawing.path("start", "f", "a", "j", "end").path("f", "b", "j")
    walk = Walk(defined(drawing)).do("a")
    waiting = next(token for _, element, token in walk.instance.tokens() if element == "j")
    with pytest.raises(UnknownToken):
        walk.instance.complete(waiting, {}, walk.env)


def test_a_variable_that_the_state_cannot_hold_is_an_incident() -> None:
    env = Surroundings()
    env.answers["notify"] = {"x": object()}
    walk = Walk(defined(notifying()), env=env)
    assert walk.problems == ["n"]
    env.answers["notify"] = {"x": float("nan")}
    assert walk.retry().problems == ["n"]
    env.answers["notify"] = {"x": (1, 2)}
    assert walk.retry().instance.variables == {"x": [1, 2]}


def test_a_step_that_is_passed_over_has_no_effect_and_the_path_goes_on() -> None:
    env = Surroundings()
    env.broken["notify"] = StepFailed("Personne à prévenir.")
    walk = Walk(defined(notifying()), env=env).do("beside")
    (incident,) = walk.instance.errors()
    assert not incident.lasting
    assert walk.instance.ways(incident.token_id) == []
    assert walk.pass_over().ended == "normal"
    assert (env.acted, walk.told("passed_over")) == ([], ["n"])


def test_only_one_instance_of_several_is_passed_over() -> None:
    loop = several(number="2")
    drawing = (
        Drawing()
        .start()
        .add("serviceTask", "n", loop, name="n", camunda_type="external", camunda_topic="notify")
    )
    env = Surroundings()
    env.broken["notify"] = StepFailed("Personne.")
    walk = Walk(defined(drawing.user("after").end().path("start", "n", "after", "end")), env=env)
    assert walk.problems == ["n", "n"]
    assert walk.pass_over().problems == ["n"]
    env.broken.clear()
    assert walk.retry().open == ["after"]


def test_a_choice_is_passed_over_by_the_way_that_is_chosen() -> None:
    drawing = Drawing().start().xor("x").user("a").user("b").end()
    drawing.flow("x", "a", '="n" > 1', "to_a").flow("x", "b", '="n" > 2', "to_b")
    walk = Walk(defined(drawing.path("start", "x").path("a", "end").path("b", "end")))
    (incident,) = walk.instance.errors()
    assert [(way.flow, way.name) for way in walk.instance.ways(incident.token_id)] == [
        ("to_a", "a"),
        ("to_b", "b"),
    ]
    for wrong in (None, "nowhere"):
        with pytest.raises(NotPassable):
            walk.instance.pass_over(incident.token_id, walk.env, flow=wrong)
        assert walk.problems == ["x"]
    assert walk.pass_over(flow="to_b").open == ["b"]


def test_a_join_that_is_passed_over_waits_no_longer_for_what_is_missing() -> None:
    drawing = (
        Drawing().start().xor("way", default="d").user("a").user("b").both("fork").user("c").both("j").end()
    )
    drawing.path("start", "way").flow("way", "a", "=x").flow("way", "b", id_="d")
    drawing.path("a", "fork", "c", "j", "end").path("fork", "j").path("b", "j")
    walk = Walk(defined(drawing), variables={"x": True}).do("a", "c")
    assert walk.problems == ["j", "j"]
    assert all(incident.lasting for incident in walk.instance.errors())
    assert walk.pass_over().ended == "normal"
    assert walk.told("left").count("j") == 1


def test_a_condition_that_cannot_be_asked_watches_no_longer() -> None:
    drawing = Drawing().start().user("work").end().watch("odd", "work", when('="a" < 1'), interrupting=False)
    walk = Walk(defined(drawing.path("start", "work", "end").path("odd", "end")))
    assert walk.problems == ["odd"]
    assert walk.pass_over().problems == []
    assert walk.do("work").ended == "normal"


def test_a_gateway_of_events_is_not_passed_over() -> None:
    drawing = (
        Drawing()
        .start()
        .add("eventBasedGateway", "g")
        .catch("t", timer("after", "=5"))
        .catch("u", after("P1D"))
    )
    drawing.end().path("start", "g", "t", "end").path("g", "u", "end")
    walk = Walk(defined(drawing))
    assert walk.problems == ["g"]
    with pytest.raises(NotPassable):
        walk.pass_over()
    assert walk.problems == ["g"]


def test_what_a_stopped_step_reads_can_be_set_right() -> None:
    drawing = Drawing().start().script("s", "{ n: if limit > 2 then 1 else n }").user("a").end()
    walk = Walk(defined(drawing.path("start", "s", "a", "end")), variables={"limit": "x"})
    if walk.problems:
        walk.instance.set_variable("limit", 3)
        assert walk.retry().open == ["a"]
    with pytest.raises(StepFailed):
        walk.instance.set_variable("limit", object())
