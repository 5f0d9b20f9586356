"""Random plans: nested blocks of every construct, and unstructured graphs; each is also drawn as BPMN."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hypothesis import strategies as st

from tests.bpmn.drawing import TERMINATE, Drawing, compensate, link, rounds, several, timer, when
from tests.bpmn.pieces import Plan, Rounds, Spot

if TYPE_CHECKING:
    from collections.abc import Callable

    Draw = Callable[[st.SearchStrategy[int]], int]


#: How many signals there are.
SIGNALS = 2
#: How deep blocks are nested.
TOP = 3


class Planner:
    """Builds a plan from the choices that hypothesis makes."""

    def __init__(self, draw: Draw) -> None:
        self._draw = draw
        self._count = 0
        self.roots: list[Plan] = []

    def pick(self, upper: int) -> int:
        """A number from 0 to upper - 1."""
        return self._draw(st.integers(0, upper - 1))

    def _name(self, prefix: str) -> str:
        self._count += 1
        return f"{prefix}{self._count}"

    def _spot(self, plan: Plan, kind: str, **more: object) -> Spot:
        spot = Spot(self._name(kind), kind, **more)  # type: ignore[arg-type]  # by name
        plan.spots[spot.id] = spot
        return spot

    def tie(self, plan: Plan, source: Spot, target: Spot) -> str:
        flow = self._name("f")
        plan.flows[flow] = (source.id, target.id)
        source.outs.append(flow)
        target.ins.append(flow)
        return flow

    def whole(self, depth: int, *, called: bool = False) -> Plan:
        """A process or sub-process of blocks."""
        plan = Plan(self._name("called" if called else "plan"), called=called)
        start = self._spot(plan, "start")
        if depth == TOP and self.pick(2) == 0:
            events = ["timer", "cycle", "message", "signal", "signal", "condition"]
            self._handler(plan, events[self.pick(len(events))], depth)
        last = self.block(plan, start, depth)
        self.tie(plan, last, self._regret(plan) if self.pick(4) == 0 else self._spot(plan, "end"))
        return plan

    def block(self, plan: Plan, before: Spot, depth: int) -> Spot:
        """Add a block after a node; gives the node it ends with."""
        blocks = [self.task, self.task, self.wait]
        if depth > 0:
            blocks += [
                self.row, self.row, self.fork, self.fork, self.choose, self.some, self.again,
                self.scope, self.scope, self.events, self.events, self.aside, self.shout, self.jump,
                self.spread, self.condition, self.regret, self.regret,
            ]  # fmt: skip
        return blocks[self.pick(len(blocks))](plan, before, depth)

    def row(self, plan: Plan, before: Spot, depth: int) -> Spot:
        for _ in range(2 + self.pick(2)):
            before = self.block(plan, before, depth - 1)
        return before

    def task(self, plan: Plan, before: Spot, depth: int) -> Spot:
        loops = [None, None, None, (2, False, 0), (3, True, 0), (3, False, 2), (3, True, 2), (0, False, 0)]
        spot = self._spot(plan, "task")
        if self.pick(5) == 0:
            spot.rounds = Rounds(self.pick(2) == 0, self.pick(2) * 3, f"again_{spot.id}")
        else:
            spot.loop = loops[self.pick(len(loops))]
        self.tie(plan, before, spot)
        self._undoable(plan, spot)
        return self.watched(plan, spot, depth)

    def _undoable(self, plan: Plan, spot: Spot) -> None:
        """Perhaps a compensation handler."""
        if self.pick(3) == 0:
            handler = self._spot(plan, "task", loop=[None, None, (2, False, 0), (2, True, 0)][self.pick(4)])
            spot.undo = handler.id

    def regret(self, plan: Plan, before: Spot, depth: int) -> Spot:
        """A compensation is thrown; a task comes before it, or nothing would ever have been done."""
        task = self._spot(plan, "task")
        self._undoable(plan, task)
        self.tie(plan, before, task)
        spot = self._regret(plan)
        self.tie(plan, task, spot)
        out = self._spot(plan, "pass")
        self.tie(plan, spot, out)
        return out

    def _regret(self, plan: Plan, around: Plan | None = None) -> Spot:
        undone = [spot.id for part in (plan, around or plan) for spot in part.spots.values() if spot.undo]
        word = undone[self.pick(len(undone))] if undone and self.pick(3) == 0 else ""
        return self._spot(plan, "regret", word=word, patient=self.pick(4) > 0)

    def wait(self, plan: Plan, before: Spot, depth: int) -> Spot:
        spot = self._spot(plan, "timer", wait=self._seconds(), event="timer")
        self.tie(plan, before, spot)
        return spot

    def condition(self, plan: Plan, before: Spot, depth: int) -> Spot:
        spot = self._spot(plan, "timer", event="condition")
        self.tie(plan, before, spot)
        return spot

    def shout(self, plan: Plan, before: Spot, depth: int) -> Spot:
        """A signal is thrown, after a task: an echo without a wait would never end."""
        task, spot = self._spot(plan, "task"), self._spot(plan, "shout", word=self._word("signal"))
        self.tie(plan, before, task)
        self.tie(plan, task, spot)
        return spot

    def _word(self, event: str) -> str:
        """Which message, or which of the signals."""
        if event in ("error", "escalation"):
            return ("", "boom", "help")[self.pick(3)]
        return {"message": "go", "signal": f"s{self.pick(SIGNALS)}"}.get(event, "")

    def jump(self, plan: Plan, before: Spot, depth: int) -> Spot:
        """A link."""
        leap, land = self._spot(plan, "leap"), self._spot(plan, "land")
        self.tie(plan, before, leap)
        self.tie(plan, leap, land)
        return land

    def spread(self, plan: Plan, before: Spot, depth: int) -> Spot:
        """Several flows out of a task: all of them, or those whose guard holds."""
        task, join = self._spot(plan, "task"), self._spot(plan, "or")
        self.tie(plan, before, task)
        guarded = self.pick(2) == 0
        for number in range(3):
            first = self._spot(plan, "pass")
            flow = self.tie(plan, task, first)
            if guarded and number == 0:
                task.default = flow
            elif guarded and number == 1:
                plan.guarded.add(flow)
            self.tie(plan, self.block(plan, first, depth - 1), join)
        return join

    def _seconds(self) -> int:
        """Whole hours and a number of seconds that no other timer of the plan has: no two are due at once."""
        self._count += 1
        return 3600 * (1 + self.pick(30)) + self._count

    def fork(self, plan: Plan, before: Spot, depth: int) -> Spot:
        return self._branches(plan, before, depth, "par")

    def some(self, plan: Plan, before: Spot, depth: int) -> Spot:
        return self._branches(plan, before, depth, "or")

    def choose(self, plan: Plan, before: Spot, depth: int) -> Spot:
        return self._branches(plan, before, depth, "xor")

    def _branches(self, plan: Plan, before: Spot, depth: int, kind: str) -> Spot:
        split, join = self._spot(plan, kind), self._spot(plan, kind)
        self.tie(plan, before, split)
        for _ in range(2 + self.pick(2)):
            if self.pick(5) == 0:
                step = self._spot(plan, "pass")
                self.tie(plan, split, step)
                self.tie(plan, step, join)
            else:
                first = self._spot(plan, "pass")
                self.tie(plan, split, first)
                self.tie(plan, self.block(plan, first, depth - 1), join)
        if kind != "par":
            split.default = split.outs[-1]
        return join

    def again(self, plan: Plan, before: Spot, depth: int) -> Spot:
        entry, way = self._spot(plan, "xor"), self._spot(plan, "xor")
        self.tie(plan, before, entry)
        first = self._spot(plan, "task")
        self.tie(plan, entry, first)
        self.tie(plan, self.block(plan, first, depth - 1), way)
        self.tie(plan, way, entry)
        out = self._spot(plan, "pass")
        way.default = self.tie(plan, way, out)
        return out

    def scope(self, plan: Plan, before: Spot, depth: int) -> Spot:
        called = self.pick(3) == 0
        inner = self.whole(depth - 1, called=called)
        if called:
            self.roots.append(inner)
        loops = [None, None, (2, False, 0), (2, True, 0), (3, False, 1)]
        spot = self._spot(plan, "call" if called else "sub", inner=inner, loop=loops[self.pick(len(loops))])
        self.tie(plan, before, spot)
        ways = {"fail": "error", "cry": "escalation", "stop": ""}
        for kind, event in ways.items():
            if self.pick(3) == 0:
                self._way_out(inner, kind)
                if event and self.pick(3) > 0:
                    interrupting = kind == "fail" or self.pick(2) == 0
                    self._boundary(plan, spot, event, depth, interrupting=interrupting)
                if event and self.pick(2) == 0:
                    self._handler(plan if self.pick(2) else inner, event, depth)
        if self.pick(2) == 0:
            events = ["timer", "cycle", "message", "signal", "signal", "condition"]
            self._handler(inner, events[self.pick(len(events))], depth)
        if not called and self.pick(4) == 0:
            self._handler(inner, "compensation", depth)
        else:
            self._undoable(plan, spot)
        return self.watched(plan, spot, depth)

    def _handler(self, plan: Plan, event: str, depth: int) -> None:
        """An event sub-process of a scope."""
        if any(spot.event == event for spot in plan.handlers if event in ("error", "escalation")):
            return  # which of two catches is not said
        inner = Plan(self._name("react"))
        start = self._spot(inner, "start")
        first = self._spot(inner, "task")
        self.tie(inner, start, first)
        last = self.block(inner, first, 0 if depth < 2 else 1)
        regrets = self.pick(2) == 0
        self.tie(inner, last, self._regret(inner, plan) if regrets else self._spot(inner, "end"))
        interrupting = event == "error" or (event != "cycle" and self.pick(2) == 0)
        spot = self._spot(plan, "handler", event=event, interrupting=interrupting, inner=inner)
        spot.wait, spot.word = self._seconds(), self._word(event)

    def _way_out(self, inner: Plan, kind: str) -> None:
        """A branch beside the whole scope: a task, then an end that stops, fails or cries out."""
        start = next(spot for spot in inner.spots.values() if spot.kind == "start")
        fork, task, end = self._spot(inner, "par"), self._spot(inner, "task"), self._spot(inner, kind)
        end.word = ("boom", "help")[self.pick(2)] if kind != "stop" else ""
        flow = start.outs[0]
        target = inner.spots[inner.flows[flow][1]]
        inner.flows[flow] = (start.id, fork.id)
        target.ins.remove(flow)
        fork.ins.append(flow)
        self.tie(inner, fork, target)
        self.tie(inner, fork, task)
        way = self._spot(inner, "xor")
        self.tie(inner, task, way)
        self.tie(inner, way, end)
        way.default = self.tie(inner, way, self._spot(inner, "end"))

    def events(self, plan: Plan, before: Spot, depth: int) -> Spot:
        gateway, join = self._spot(plan, "choice"), self._spot(plan, "xor")
        self.tie(plan, before, gateway)
        for number in range(2 + self.pick(2)):
            event = ["timer", "timer", "message", "signal", "condition"][self.pick(5)]
            if (event == "message" and number) or (event == "signal" and number >= SIGNALS):
                event = "timer"  # one of each word at most: two would be caught by the same
            spot = self._spot(plan, "timer", event=event, wait=self._seconds())
            spot.word = f"s{number}" if event == "signal" else self._word(event)
            self.tie(plan, gateway, spot)
            self.tie(plan, self.block(plan, spot, depth - 1), join)
        return join

    def aside(self, plan: Plan, before: Spot, depth: int) -> Spot:
        """A fork of which one branch ends on its own."""
        fork = self._spot(plan, "par")
        self.tie(plan, before, fork)
        self.tie(plan, self.block(plan, fork, depth - 1), self._spot(plan, "end"))
        out = self._spot(plan, "pass")
        self.tie(plan, fork, out)
        return out

    def watched(self, plan: Plan, spot: Spot, depth: int) -> Spot:
        """Boundary events on an activity; gives the node after it."""
        kinds = [
            ("timer", True), ("timer", False), ("cycle", False), ("message", True), ("message", False),
            ("signal", True), ("signal", False), ("condition", True), ("condition", False),
        ]  # fmt: skip
        merge = spot
        for _ in range(max(0, self.pick(5) - 1)):
            event, interrupting = kinds[self.pick(len(kinds))]
            merge = self._boundary(plan, spot, event, depth, interrupting=interrupting, merge=merge)
        return merge

    def _boundary(
        self,
        plan: Plan,
        host: Spot,
        event: str,
        depth: int,
        *,
        interrupting: bool,
        merge: Spot | None = None,
    ) -> Spot:
        watch = self._spot(plan, "watch", event=event, interrupting=interrupting, wait=self._seconds())
        watch.word = self._word(event)
        host.watchers.append(watch.id)
        last = self.block(plan, watch, 0 if depth < 2 else 1)
        if merge is None or self.pick(3) != 0:
            self.tie(plan, last, self._spot(plan, "end"))
            return merge or host
        # Back into the main path: after an event that does not interrupt, more tokens than the drawing shows.
        after = self._spot(plan, "xor")
        self.tie(plan, merge, after)
        self.tie(plan, last, after)
        return after


@st.composite
def blocks(draw: Draw, depth: int = TOP) -> tuple[Plan, list[Plan]]:
    """A plan of nested blocks, and the processes it calls."""
    planner = Planner(draw)
    return planner.whole(depth), planner.roots


@st.composite
def graphs(draw: Draw) -> tuple[Plan, list[Plan]]:
    """A plan of nodes tied at random: most hold joins that wait for ever or tokens that pile up."""
    planner = Planner(draw)
    plan = Plan("graph")
    kinds = ["task", "task", "task", "par", "par", "xor", "timer"]
    start = planner._spot(plan, "start")
    nodes = [
        planner._spot(plan, kinds[planner.pick(len(kinds))], event="timer", wait=planner._seconds())
        for _ in range(4 + planner.pick(8))
    ]
    if planner.pick(2):
        nodes.append(planner._spot(plan, "or"))
    ends = [planner._spot(plan, "end"), planner._spot(plan, "end")]
    planner.tie(plan, start, nodes[0])
    for number, node in enumerate(nodes):
        following = nodes[number + 1] if number + 1 < len(nodes) else ends[0]
        planner.tie(plan, node, following)
        if node.kind in ("par", "xor", "or"):
            others = [*nodes, *ends]
            for _ in range(1 + planner.pick(2)):
                planner.tie(plan, node, others[planner.pick(len(others))])
            node.default = None if node.kind == "par" else node.outs[0]
    plan.spots = {spot.id: spot for spot in plan.spots.values() if spot.ins or spot is start}
    return plan, []


def drawn(plan: Plan, key: str = "p") -> Drawing:
    """The drawing of a plan."""
    drawing = Drawing(key)
    for spot in plan.spots.values():
        _draw_spot(drawing, plan, spot)
    for flow, (source, target) in plan.flows.items():
        origin = plan.spots[source]
        conditional = origin.kind in ("xor", "or") and len(origin.outs) > 1 and flow != origin.default
        conditional = conditional or flow in plan.guarded
        if origin.kind == "leap":
            continue  # the link is its flow
        drawing.flow(source, target, f"={flow}" if conditional else None, flow)
    return drawing


def _draw_spot(drawing: Drawing, plan: Plan, spot: Spot) -> None:
    if spot.undo:
        drawing.undone(spot.id, spot.undo)
    loop = ""
    if spot.rounds is not None:
        loop = rounds(f"={spot.rounds.flag}", before=spot.rounds.before, most=spot.rounds.most or None)
    if spot.loop is not None:
        number, sequential, enough = spot.loop
        until = f"=enough{enough}" if enough else None
        loop = several(number=f"=number{number}", sequential=sequential, until=until)
    match spot.kind:
        case "start":
            drawing.start(spot.id)
        case "end":
            drawing.end(spot.id)
        case "stop":
            drawing.end(spot.id, TERMINATE)
        case "fail":
            drawing.end(spot.id, drawing.error(spot.word))
        case "cry":
            drawing.end(spot.id, drawing.escalation(spot.word))
        case "pass":
            drawing.throw(spot.id)
        case "task":
            undoes = any(other.undo == spot.id for other in plan.spots.values())
            more = {"isForCompensation": "true"} if undoes else {}
            drawing.user(spot.id, loop, **more, **({} if spot.default is None else {"default": spot.default}))
        case "regret":
            event = compensate(spot.word or None, wait=spot.patient)
            drawing.throw(spot.id, event) if spot.outs else drawing.end(spot.id, event)
        case "shout":
            drawing.throw(spot.id, drawing.signal(spot.word))
        case "leap":
            drawing.throw(spot.id, link(plan.flows[spot.outs[0]][1]))
        case "land":
            drawing.catch(spot.id, link(spot.id))
        case "handler" if spot.inner is not None:
            inside = drawn(spot.inner, spot.inner.name)
            start = next(other for other in spot.inner.spots.values() if other.kind == "start")
            inside.lines = [line for line in inside.lines if not line.startswith("<startEvent")]
            inside.lines = [
                line.replace(f'sourceRef="{start.id}"', f'sourceRef="{spot.id}_start"')
                for line in inside.lines
            ]
            drawing.handler(spot.id, _event(drawing, spot), inside, interrupting=spot.interrupting)
        case "xor":
            drawing.xor(spot.id, spot.default)
        case "or":
            drawing.either(spot.id, spot.default)
        case "par":
            drawing.both(spot.id)
        case "timer":
            drawing.catch(spot.id, _event(drawing, spot))
        case "choice":
            drawing.add("eventBasedGateway", spot.id)
        case "sub" | "call" if spot.inner is not None:
            if spot.kind == "sub":
                drawing.inside(spot.id, drawn(spot.inner, spot.inner.name), loop)
            else:
                drawing.call(spot.id, spot.inner.name, loop)
        case "watch":
            host = next(other.id for other in plan.spots.values() if spot.id in other.watchers)
            drawing.watch(spot.id, host, _event(drawing, spot), interrupting=spot.interrupting)


def _event(drawing: Drawing, spot: Spot) -> str:
    match spot.event:
        case "message":
            return drawing.message(spot.word)
        case "compensation":
            return compensate()
        case "error":
            return drawing.error(spot.word) if spot.word else "<errorEventDefinition/>"
        case "escalation":
            return drawing.escalation(spot.word) if spot.word else "<escalationEventDefinition/>"
        case "cycle":
            return timer("every", f"R/PT{spot.wait}S")
        case "signal":
            return drawing.signal(spot.word)
        case "condition":
            return when(f"={spot.id}")
    return timer("after", f"PT{spot.wait}S")
