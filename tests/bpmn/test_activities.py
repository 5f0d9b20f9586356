"""Scripts, rules, actions, sub-processes, calls and multi-instances do their work once, in their scope."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from asae_engine.bpmn import UnknownToken
from asae_engine.calendar import Duration
from tests.bpmn.drawing import Drawing, Surroundings, Walk, after, defined, several


def external(topic: str, **parameters: str) -> str:
    inner = "".join(
        f'<camunda:inputParameter name="{name}">{value}</camunda:inputParameter>'
        for name, value in parameters.items()
    )
    return f"<extensionElements><camunda:inputOutput>{inner}</camunda:inputOutput></extensionElements>"


def test_the_entries_of_a_script_become_variables_of_their_own_types() -> None:
    drawing = Drawing().start().end()
    drawing.script("s", '={attempts: if attempts = null then 1 else attempts + 1, day: date("2026-02-03")}')
    drawing.script("s2", '{attempts: attempts + 1, half: 1 / 2, due: duration("P2D")}')
    walk = Walk(defined(drawing.path("start", "s", "s2", "end")))
    day, due = date(2026, 2, 3), Duration(days=2)
    assert walk.instance.variables == {"attempts": 2, "day": day, "half": 0.5, "due": due}


def test_a_rule_keeps_the_result_of_its_decision() -> None:
    drawing = Drawing().start().end()
    drawing.add(
        "businessRuleTask", "r", name="r", camunda_decisionRef="level", camunda_resultVariable="advice"
    )
    env = Surroundings()
    env.decisions["level"] = lambda variables: {"level": variables["score"], "on": date(2026, 1, 2)}
    walk = Walk(defined(drawing.path("start", "r", "end")), variables={"score": 2}, env=env)
    assert walk.instance.variables == {"score": 2, "advice": {"level": 2, "on": date(2026, 1, 2)}}


@pytest.mark.parametrize("tag", ["serviceTask", "sendTask"])
def test_an_action_gets_its_parameters_over_the_variables_and_gives_variables_back(tag: str) -> None:
    drawing = Drawing().start().end()
    inner = external("notify", to="=role", message="Bonjour")
    drawing.add(tag, "n", inner, name="n", camunda_type="external", camunda_topic="notify")
    env = Surroundings()
    env.answers["notify"] = {"sent": 1}
    walk = Walk(defined(drawing.path("start", "n", "end")), variables={"role": "manager"}, env=env)
    assert env.acted == [("notify", {"role": "manager", "to": "manager", "message": "Bonjour"})]
    assert walk.instance.variables == {"role": "manager", "sent": 1}


def test_a_called_process_shares_variables_and_says_where_it_was_called_from() -> None:
    deepest = Drawing("deepest").start("s3").user("deep").end("e3").path("s3", "deep", "e3")
    middle = Drawing("middle").start("s2").script("count", "{n: n + 1}").call("c2", "deepest").end("e2")
    middle.path("s2", "count", "c2", "e2")
    drawing = Drawing().start().call("c1", "middle").user("after").end().path("start", "c1", "after", "end")
    walk = Walk(defined(drawing, middle, deepest), variables={"n": 1})
    task = walk.instance.user_tasks()[0]
    assert (task.process_key, task.called_from) == ("deepest", ("c1", "c2"))
    assert walk.instance.variables == {"n": 2}
    assert walk.instance.tokens() == [
        ("p", "c1", walk.instance.tokens()[0][2]),
        ("middle", "c2", walk.instance.tokens()[1][2]),
        ("deepest", "deep", task.token_id),
    ]
    assert walk.do("deep").open == ["after"]


def test_the_same_sub_process_id_in_two_processes_is_two_sub_processes() -> None:
    def inner(name: str) -> Drawing:
        return (
            Drawing("x")
            .start(f"{name}_s")
            .user(f"{name}_t")
            .end(f"{name}_e")
            .path(f"{name}_s", f"{name}_t", f"{name}_e")
        )

    other = Drawing("other").start("os").end("oe").inside("same2", inner("b")).path("os", "same2", "oe")
    drawing = Drawing().start().inside("same", inner("a")).call("c", "other").end()
    one = defined(drawing.path("start", "same", "c", "end"))
    two = defined(other)
    walk = Walk({**one, **two})
    assert walk.open == ["a_t"]
    assert walk.do("a_t").open == ["b_t"]


def opinions(**more: object) -> Drawing:
    drawing = Drawing().start().user("ask", several(**more)).user("after").end()  # type: ignore[arg-type]  # by keyword
    return drawing.path("start", "ask", "after", "end")


def test_a_parallel_multi_instance_opens_one_task_an_item_and_gathers_answers_in_order() -> None:
    walk = Walk(
        defined(opinions(collection="=members", item="member", into=("opinions", "opinion"))),
        variables={"members": ["ana", "bo", "cy"]},
    )
    tasks = walk.instance.user_tasks()
    assert [dict(task.variables) for task in tasks] == [
        {"loopCounter": 1, "member": "ana"},
        {"loopCounter": 2, "member": "bo"},
        {"loopCounter": 3, "member": "cy"},
    ]
    for number in (2, 0, 1):
        walk.instance.complete(
            tasks[number].token_id, {"opinion": f"o{number}", "name": "kept out"}, walk.env
        )
        walk._turn()
    assert walk.instance.variables["opinions"] == ["o0", "o1", "o2"]
    assert walk.open == ["after"]
    assert b"kept out" not in walk.instance.save()


def test_a_completion_condition_ends_the_instances_that_are_left() -> None:
    until = "=count(opinions[item = true]) >= 2"
    walk = Walk(defined(opinions(number="=4", into=("opinions", "agree"), until=until)))
    for answer in (True, False, True):
        walk.instance.complete(walk.token_of("ask"), {"agree": answer}, walk.env)
        walk._turn()
    assert (walk.open, walk.told("canceled")) == (["after"], ["ask"])


def test_a_sequential_multi_instance_opens_one_at_a_time() -> None:
    walk = Walk(defined(opinions(collection="=[10, 20]", item="amount", sequential=True)))
    seen = []
    while walk.open == ["ask"]:
        seen.append(dict(walk.instance.user_tasks()[0].variables))
        walk.do("ask")
    assert seen == [{"loopCounter": 1, "amount": 10}, {"loopCounter": 2, "amount": 20}]


def test_counts_are_seen_by_the_completion_condition() -> None:
    until = "=nrOfCompletedInstances / nrOfInstances >= 0.5 and nrOfActiveInstances = 2"
    walk = Walk(defined(opinions(number="4", until=until))).do("ask")
    assert walk.open == ["ask", "ask", "ask"]
    assert walk.do("ask").open == ["after"]


def test_the_second_of_two_opinions_may_come_from_anybody_once() -> None:
    walk = Walk(defined(opinions(number="2")))
    token = walk.token_of("ask")
    walk.do("ask")
    with pytest.raises(UnknownToken):
        walk.instance.complete(token, {}, walk.env)
    assert walk.do("ask").open == ["after"]


@pytest.mark.parametrize("more", [{"collection": "=[]"}, {"collection": "=nothing"}, {"number": "0"}])
def test_a_multi_instance_of_nothing_passes(more: dict[str, str]) -> None:
    assert Walk(defined(opinions(**more))).open == ["after"]


@pytest.mark.parametrize(
    "more",
    [{"collection": "=3"}, {"number": '="x"'}, {"number": "=-1"}, {"number": "=1000"}, {"number": "=true"}],
)
def test_a_multi_instance_of_what_is_no_number_or_list_is_an_incident(more: dict[str, str]) -> None:
    assert Walk(defined(opinions(**more))).problems == ["ask"]


def test_an_instance_of_a_sub_process_sees_its_item_all_the_way_down() -> None:
    deep = Drawing("deep").start("ds").user("visit").end("de").path("ds", "visit", "de")
    inner = Drawing("inner").start("is").call("c", "deep").end("ie").path("is", "c", "ie")
    drawing = Drawing().start().end()
    drawing.inside("each", inner, several(collection='=["a", "b"]', item="child", sequential=True))
    walk = Walk(defined(drawing.path("start", "each", "end"), deep))
    assert dict(walk.instance.user_tasks()[0].variables) == {"loopCounter": 1, "child": "a"}
    walk.do("visit")
    assert dict(walk.instance.user_tasks()[0].variables) == {"loopCounter": 2, "child": "b"}
    assert walk.do("visit").ended == "normal"


def test_instances_of_a_sub_process_may_give_variables_to_their_list() -> None:
    inner = Drawing("inner").start("is").script("double", "{twice: amount * 2}").end("ie")
    inner.path("is", "double", "ie")
    drawing = Drawing().start().end()
    loop = several(collection="=[1, 2, 3]", item="amount", sequential=True, into=("all", "twice"))
    walk = Walk(defined(drawing.inside("each", inner, loop).path("start", "each", "end")))
    assert walk.instance.variables["all"] == [2, 4, 6]


def test_a_boundary_event_watches_a_multi_instance_as_a_whole() -> None:
    drawing = opinions(number="3").user("late").end("end2").watch("clock", "ask", after("P1D"))
    walk = Walk(defined(drawing.path("clock", "late", "end2"))).do("ask")
    assert walk.later(days=1) == 1
    assert walk.open == ["late"]
    assert walk.told("canceled") == ["ask", "ask", "ask"]


def test_actions_of_a_parallel_multi_instance_stop_when_the_condition_holds() -> None:
    drawing = Drawing().start().end()
    loop = several(number="5", until="=nrOfCompletedInstances = 2")
    drawing.add(
        "serviceTask", "n", external("notify", n="=loopCounter") + loop, name="n",
        camunda_type="external", camunda_topic="notify",
    )  # fmt: skip
    walk = Walk(defined(drawing.path("start", "n", "end")))
    assert [given["n"] for _, given in walk.env.acted] == [1, 2]
    assert walk.ended == "normal"


def test_a_repeated_receive_task_takes_one_message_for_all_its_instances() -> None:
    drawing = Drawing().start().end()
    drawing.message("news")
    drawing.add("receiveTask", "r", several(number="2"), name="r", messageRef="m_news")
    walk = Walk(defined(drawing.path("start", "r", "end")))
    assert walk.instance.waits_for("news")
    assert walk.tell("news").ended == "normal"
    assert walk.told("message_caught") == ["r", "r"]


def test_a_length_of_time_that_an_action_gives_is_kept_as_one() -> None:
    drawing = Drawing().start().end()
    drawing.add("serviceTask", "n", name="n", camunda_type="external", camunda_topic="notify")
    env = Surroundings()
    env.answers["notify"] = {"length": timedelta(hours=36)}
    walk = Walk(defined(drawing.path("start", "n", "end")), env=env)
    assert walk.instance.variables == {"length": Duration(seconds=36 * 3600)}


def test_an_element_may_be_called_start() -> None:
    drawing = Drawing().start("Start").user("Root").end("End").path("Start", "Root", "End")
    assert Walk(defined(drawing)).do("Root").ended == "normal"
