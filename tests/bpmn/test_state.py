"""The state is small, flat, complete and readable, whatever the case has lived through."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from statistics import median
from time import perf_counter

import pytest

from asae_engine.bpmn import Instance, ProcessDefinition, UnknownProcess, UnreadableState
from tests.bpmn.drawing import Drawing, Surroundings, Walk, after, defined, several, timer

Definitions = dict[str, ProcessDefinition]


class Quick(Surroundings):
    """Conditions are names of the dossier: what is measured is the engine, not FEEL."""

    def evaluate(self, expression: str, variables: object) -> object:
        return self.dossier.get(expression)


def long_case() -> Definitions:
    """A loop with fork, join, boundary timers, a call and a message, beside a branch that waits for life."""
    called = Drawing("called").start("cs").user("deep").end("ce").path("cs", "deep", "ce")
    drawing = Drawing().start().both("life").user("watching").both("all").end().end("end2").end("end3")
    drawing.xor("again").both("fork").user("a").user("b").user("ask", several(number="=two")).call(
        "c", "called"
    )
    drawing.both("join").xor("more", default="out").user("remind").user("late").xor("mb")
    drawing.watch("remind_a", "a", timer("every", "R/P1D"), interrupting=False)
    drawing.watch("late_b", "b", after("P40D")).watch(
        "told", "c", drawing.message("news"), interrupting=False
    )
    drawing.path("start", "life", "watching", "all").path("life", "again", "fork")
    drawing.path("fork", "a", "join").path("fork", "b", "mb", "join").path("fork", "c", "ask", "join")
    drawing.path("join", "more").flow("more", "again", "=again").flow("more", "all", id_="out")
    drawing.path("remind_a", "remind", "end2").path("late_b", "late", "mb")
    drawing.path("told", "end3").path("all", "end")
    return defined(drawing, called)


def live(definitions: Definitions, laps: int) -> tuple[list[float], list[int], list[int], Instance]:
    """Live through laps, saved and restored at each step; seconds, bytes and tasks of each lap."""
    env = Quick()
    env.dossier.update(two=2, again=True)
    instance = Instance.start(definitions, "p", {}, env)
    blob = instance.save()
    seconds, sizes, tasks = [], [], []
    for _ in range(laps):
        began = perf_counter()
        most = 0
        for element in ("deep", "b", "ask", None, "remind", "ask", "a"):
            instance = Instance.restore(definitions, blob)
            if element is None:
                env.pass_time(days=1, hours=1)
                assert instance.fire_due(env) == 1
                instance.drain_events()
            else:
                token = next(t.token_id for t in instance.user_tasks() if t.element.id == element)
                if element == "deep":
                    instance.deliver("news", {}, env)
                instance.complete(token, {}, env)
            blob = instance.save()
            most = max(most, len(instance._process.tokens))
        seconds.append(perf_counter() - began)
        sizes.append(len(blob))
        tasks.append(most)
    return seconds, sizes, tasks, Instance.restore(definitions, blob)


def test_the_500th_lap_costs_what_the_first_cost_and_the_case_ends_right() -> None:
    definitions = long_case()
    live(definitions, 20)  # warm
    seconds, sizes, tasks, instance = live(definitions, 500)
    assert set(tasks) == {tasks[0]}, "as many tasks in each lap"
    assert max(sizes) <= sizes[0] + 60, "only the serial numbers of tokens get longer"
    assert median(seconds[-50:]) < 2 * median(seconds[:50]), "no slower, but for a busy machine"
    walk_to_the_end(definitions, instance)


def walk_to_the_end(definitions: Definitions, instance: Instance) -> None:
    env = Quick()
    env.dossier.update(two=2, again=False)
    for element in ("watching", "deep", "ask", "ask", "b", "a"):
        assert instance.ended_how is None
        token = next(t.token_id for t in instance.user_tasks() if t.element.id == element)
        instance.complete(token, {}, env)
    assert instance.ended_how == "normal"
    assert instance.tokens() == []
    assert instance.next_due_at is None


def test_a_repeated_call_leaves_nothing_of_its_ended_scopes() -> None:
    called = Drawing("called").start("cs").user("deep").end("ce").path("cs", "deep", "ce")
    drawing = Drawing().start().xor("again").call("c", "called").xor("more", default="out").end()
    drawing.path("start", "again", "c", "more").flow("more", "again", "=again").flow("more", "end", id_="out")
    walk = Walk(defined(drawing, called))
    scopes = []
    for _ in range(6):
        walk.do("deep", again=True)
        scopes.append(len(json.loads(walk.instance.save())["scopes"]))
    assert scopes == [2] * 6
    assert walk.do("deep", again=False).ended == "normal"


def test_token_ids_are_stable_and_never_used_twice() -> None:
    drawing = (
        Drawing().start().xor("again").both("f").user("a").user("b").both("j").xor("more", default="o").end()
    )
    drawing.path("start", "again", "f", "a", "j", "more").path("f", "b", "j")
    walk = Walk(defined(drawing.flow("more", "again", "=again").flow("more", "end", id_="o")))
    seen: set[str] = set()
    for _ in range(3):
        token = walk.token_of("b")
        walk.do("a")
        assert walk.token_of("b") == token
        assert token not in seen
        seen.add(token)
        walk.do("b", again=True)


def test_saving_what_was_restored_gives_the_same_bytes() -> None:
    definitions = long_case()
    *_, instance = live(definitions, 3)
    blob = instance.save()
    assert Instance.restore(definitions, blob).save() == blob


def test_the_place_of_each_token_is_readable_in_the_state() -> None:
    drawing = Drawing().start().user("work").end().path("start", "work", "end")
    walk = Walk(defined(drawing), variables={"b": 1, "a": {"z": 1, "y": [1, "é"]}, "typename": "Task"})
    saved = json.loads(walk.instance.save())
    assert saved["scopes"] == [["", [[walk.token_of("work"), "work", "s", "", {"flow": "p_flow1"}]]]]
    assert list(saved["variables"]) == ["b", "a", "typename"], "in the order they were set"
    assert walk.instance.variables == {"b": 1, "a": {"z": 1, "y": [1, "é"]}, "typename": "Task"}


@pytest.mark.parametrize(
    "blob",
    [
        b"",
        b"not json",
        b"[]",
        b"{}",
        b'{"v":2}',
        b'{"v":1,"process":"p","serial":1,"ended":null,"variables":{},"scopes":[["t9",[]]]}',
        b'{"v":1,"process":"p","serial":1,"ended":null,"variables":{},"scopes":[["",[["t1","work","?",""]]]]}',
        b'{"v":1,"process":"p","serial":1,"ended":null,"variables":{},"scopes":[["",[["t1","gone","s",""]]]]}',
        b"\xff\xfe",
    ],
)
def test_a_damaged_state_is_refused_with_a_sentence(blob: bytes) -> None:
    definitions = defined(Drawing().start().user("work").end().path("start", "work", "end"))
    with pytest.raises(UnreadableState) as caught:
        Instance.restore(definitions, blob)
    assert caught.value.message_fr.endswith(".")


def test_a_state_of_a_process_that_is_gone_is_refused() -> None:
    definitions = defined(Drawing().start().user("work").end().path("start", "work", "end"))
    blob = Walk(definitions).instance.save()
    with pytest.raises(UnknownProcess):
        Instance.restore({}, blob)


def test_an_ended_instance_may_be_saved_and_restored() -> None:
    definitions = defined(Drawing().start().user("work").end().path("start", "work", "end"))
    walk = Walk(definitions).do("work")
    assert (walk.ended, walk.instance.tokens(), walk.instance.process_key) == ("normal", [], "p")


def test_threads_share_definitions_while_each_has_its_own_instances() -> None:
    definitions = long_case()
    alone = live(definitions, 15)[1:3]
    with ThreadPoolExecutor(6) as pool:
        results = list(pool.map(lambda _: live(definitions, 15)[1:3], range(12)))
    assert all(result == alone for result in results)


def test_no_instance_writes_into_the_definitions_it_runs() -> None:
    definitions = long_case()
    live(definitions, 5)
    specification = definitions["p"].specification
    for node in specification.task_specs.values():
        for event in (node.completed_event, node.ready_event, node.update_event, node.cancelled_event):
            assert event.n_subscribers() == 0
        assert node.data == {}
