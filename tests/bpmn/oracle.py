"""A small token game, written from BPMN 2.0 chapter 13 alone: what the engine is walked beside, step by step.

It shares nothing with the engine but the plan of a diagram. It plays depth first where the engine plays in
turn, it counts tokens in numbers where the engine keeps them as tasks, and it never saves anything.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator


@dataclass
class Spot:
    """A flow node of a plan."""

    id: str
    #: task, pass, xor, par, or, timer, choice (event gateway), sub, call, start, end, stop (terminate),
    #: fail (error end), cry (escalation end), watch (boundary)
    kind: str
    #: Flow ids out, in order; for xor and or each but the default one has the flag of its name.
    outs: list[str] = field(default_factory=list)
    ins: list[str] = field(default_factory=list)
    default: str | None = None
    #: Seconds, for a timer or a watch.
    wait: int = 0
    #: For a watch: timer, cycle, message, error, escalation.
    event: str = ""
    interrupting: bool = True
    watchers: list[str] = field(default_factory=list)
    inner: Plan | None = None
    #: Multi-instance: number, sequential, completed instances that end it (0: all).
    loop: tuple[int, bool, int] | None = None


@dataclass
class Plan:
    """A scope: its nodes, and where each flow leads."""

    name: str
    spots: dict[str, Spot] = field(default_factory=dict)
    flows: dict[str, tuple[str, str]] = field(default_factory=dict)
    #: For a called process, drawn apart.
    called: bool = False

    def all(self) -> Iterator[Plan]:
        yield self
        for spot in self.spots.values():
            if spot.inner is not None:
                yield from spot.inner.all()


@dataclass(eq=False)
class Pawn:
    """A token that rests at a node: a task, a timer, a sub-process, an event gateway, a multi-instance."""

    spot: Spot
    game: Game
    number: int = 0
    of: Pawn | None = None
    inside: Game | None = None
    #: Watchers and event gateways: id -> (due, seconds of the cycle or 0), none for what is no timer.
    armed: dict[str, tuple[datetime, int] | None] = field(default_factory=dict)
    pawns: list[Pawn] = field(default_factory=list)
    done: int = 0

    @property
    def path(self) -> tuple[object, ...]:
        before = self.game.path
        return (*before, self.spot.id, self.number) if self.number else (*before, self.spot.id)


@dataclass(eq=False)
class Game:
    """A scope at play."""

    plan: Plan
    table: Table
    owner: Pawn | None = None
    pawns: list[Pawn] = field(default_factory=list)
    #: Tokens that wait at joins, by flow.
    heaps: Counter[str] = field(default_factory=Counter)
    dead: bool = False

    @property
    def path(self) -> tuple[object, ...]:
        return () if self.owner is None else self.owner.path

    @property
    def over(self) -> bool:
        return not self.pawns and not +self.heaps


class Table:
    """The whole game: who moves, and what can be seen."""

    def __init__(self, plan: Plan, flags: dict[str, bool], now: datetime) -> None:
        self.flags = flags
        self.now = now
        self.ended: str | None = None
        self.game = Game(plan, self)
        self._arrive(self.game, _start(plan), None)
        self._calm()

    # -- moves --

    def complete(self, pawn: Pawn) -> None:
        self._leave(pawn)
        self._calm()

    def message(self, name: str) -> bool:
        """Give a message to whoever waits, outermost first."""
        waiting = [
            (len(pawn.path), pawn, watcher)
            for pawn in self.pawns()
            for watcher in pawn.armed
            if self._spot(pawn, watcher).event == "message" and name == "go"
        ]
        waiting.sort(key=lambda entry: _depth(entry[1]))
        for _, pawn, watcher in waiting:
            if watcher in pawn.armed and self._alive(pawn):
                self._ring(pawn, watcher)
                self._calm()
        return bool(waiting)

    def fire(self, now: datetime) -> int:
        """Fire what is due, in order."""
        self.now = now
        fired = 0
        while True:
            due = [
                (armed[0], pawn, watcher)
                for pawn in self.pawns()
                for watcher, armed in pawn.armed.items()
                if armed is not None and armed[0] <= now
            ]
            if not due:
                return fired
            _, pawn, watcher = min(due, key=lambda entry: entry[0])
            self._ring(pawn, watcher)
            self._calm()
            fired += 1

    # -- what can be seen --

    def pawns(self, game: Game | None = None) -> Iterator[Pawn]:
        for pawn in list((game or self.game).pawns):
            yield from self._below(pawn)

    def _below(self, pawn: Pawn) -> Iterator[Pawn]:
        yield pawn
        for instance in list(pawn.pawns):
            yield from self._below(instance)
        if pawn.inside is not None:
            yield from self.pawns(pawn.inside)

    def tasks(self) -> list[Pawn]:
        return [pawn for pawn in self.pawns() if pawn.spot.kind == "task" and not _repeats(pawn)]

    def may_move(self) -> bool:
        """Whether anything but a join may still let a token go: a person, a time or a message."""
        return any(pawn.armed or (pawn.inside is None and not _repeats(pawn)) for pawn in self.pawns())

    def seen(self) -> tuple[object, ...]:
        """Open tasks, tokens at joins and running timers, by their paths."""
        games = [self.game, *(pawn.inside for pawn in self.pawns() if pawn.inside is not None)]
        heaps = [
            (*game.path, flow) for game in games for flow, number in game.heaps.items() for _ in range(number)
        ]
        timers = [
            (*pawn.path, watcher, armed[0].isoformat())
            for pawn in self.pawns()
            for watcher, armed in pawn.armed.items()
            if armed is not None
        ]
        return (
            sorted(map(str, (pawn.path for pawn in self.tasks()))),
            sorted(map(str, heaps)),
            sorted(map(str, timers)),
            self.ended,
        )

    # -- the rules --

    def _spot(self, pawn: Pawn, name: str) -> Spot:
        return pawn.game.plan.spots[name]

    def _alive(self, pawn: Pawn) -> bool:
        return any(pawn is other for other in self.pawns())

    def _out(self, game: Game, flows: list[str]) -> None:
        for flow in flows:
            self._arrive(game, game.plan.flows[flow][1], flow)

    def _arrive(self, game: Game, name: str, by: str | None) -> None:
        if game.dead or self.ended:
            return
        spot = game.plan.spots[name]
        if spot.kind in ("start", "pass"):
            self._out(game, spot.outs)
        elif spot.kind == "xor":
            self._out(game, [self._chosen(spot)[0]])
        elif spot.kind in ("par", "or") and len(spot.ins) > 1:
            game.heaps[by or ""] += 1
            if spot.kind == "par" and all(game.heaps[flow] for flow in spot.ins):
                game.heaps.subtract(spot.ins)
                self._out(game, spot.outs)
        elif spot.kind == "par":
            self._out(game, spot.outs)
        elif spot.kind == "or":
            self._out(game, self._chosen(spot))
        elif spot.kind in ("end", "stop", "fail", "cry"):
            self._end(game, spot)
        else:
            self._rest(game, spot)

    def _chosen(self, spot: Spot) -> list[str]:
        if len(spot.outs) == 1:
            return spot.outs
        held = [flow for flow in spot.outs if flow != spot.default and self.flags.get(flow, False)]
        return held or [spot.default or ""]

    def _rest(self, game: Game, spot: Spot) -> None:
        pawn = Pawn(spot, game)
        game.pawns.append(pawn)
        if spot.kind == "timer":
            pawn.armed[spot.id] = (self.now + timedelta(seconds=spot.wait), 0)
        elif spot.kind == "choice":
            for flow in spot.outs:
                self._arm(pawn, game.plan.spots[game.plan.flows[flow][1]])
        else:
            for watcher in spot.watchers:
                self._arm(pawn, game.plan.spots[watcher])
            self._open(pawn)

    def _arm(self, pawn: Pawn, spot: Spot) -> None:
        timed = spot.event in ("timer", "cycle")
        due = self.now + timedelta(seconds=spot.wait)
        pawn.armed[spot.id] = (due, spot.wait if spot.event == "cycle" else 0) if timed else None

    def _open(self, pawn: Pawn) -> None:
        if pawn.spot.loop is None or pawn.of is not None:
            self._work(pawn)
            return
        number, sequential, _ = pawn.spot.loop
        for turn in range(1, (1 if sequential else number) + 1):
            self._instance(pawn, turn)
        if number == 0:
            self._leave(pawn)

    def _instance(self, pawn: Pawn, turn: int) -> None:
        instance = Pawn(pawn.spot, pawn.game, turn, pawn)
        pawn.pawns.append(instance)
        self._work(instance)

    def _work(self, pawn: Pawn) -> None:
        if pawn.spot.inner is not None:
            pawn.inside = Game(pawn.spot.inner, self, pawn)
            self._arrive(pawn.inside, _start(pawn.spot.inner), None)

    def _leave(self, pawn: Pawn) -> None:
        if pawn.inside is not None:
            pawn.inside.dead = True
        whole = pawn.of
        if whole is None:
            pawn.game.pawns.remove(pawn)
            self._out(pawn.game, pawn.spot.outs)
            return
        whole.pawns.remove(pawn)
        whole.done += 1
        number, sequential, enough = whole.spot.loop or (0, False, 0)
        if whole.done == number or (enough and whole.done >= enough):
            self._leave(whole)
        elif sequential:
            self._instance(whole, whole.done + 1)

    def _ring(self, pawn: Pawn, name: str) -> None:
        """The event of a timer, an event gateway or a boundary comes."""
        game, spot = pawn.game, self._spot(pawn, name)
        armed = pawn.armed[name]
        if pawn.spot.kind in ("timer", "choice") or spot.interrupting:
            self._kill(pawn)
            game.pawns.remove(pawn)
        elif armed is not None:
            del pawn.armed[name]
            if armed[1]:
                due = armed[0]
                while due <= self.now:
                    due += timedelta(seconds=armed[1])
                pawn.armed[name] = (due, armed[1])
        self._out(game, spot.outs)

    def _kill(self, pawn: Pawn) -> None:
        for instance in pawn.pawns:
            self._kill(instance)
        if pawn.inside is not None:
            pawn.inside.dead = True
            for inner in pawn.inside.pawns:
                self._kill(inner)

    def _end(self, game: Game, spot: Spot) -> None:
        if spot.kind == "stop":
            for pawn in game.pawns:
                self._kill(pawn)
            game.pawns.clear()
            game.heaps.clear()
            if game.owner is None:
                self.ended = "terminated"
        elif spot.kind in ("fail", "cry"):
            event = "error" if spot.kind == "fail" else "escalation"
            at: Game | None = game
            while at is not None and at.owner is not None:
                host = at.owner if at.owner.of is None else at.owner.of
                for watcher in host.armed:
                    if host.game.plan.spots[watcher].event == event:
                        self._ring(host, watcher)
                        return
                at = host.game
            if event == "error":
                self.ended = "boom"

    def _calm(self) -> None:
        """Until nothing moves: scopes that are over complete their owner, inclusive joins that may go on."""
        while self.ended is None and (self._close() or self._join()):
            pass
        if self.ended is None and self.game.over:
            self.ended = "normal"
        if self.ended:
            self.game.pawns.clear()
            self.game.heaps.clear()

    def _close(self) -> bool:
        for pawn in self.pawns():
            if pawn.inside is not None and pawn.inside.over:
                self._leave(pawn)
                return True
        return False

    def _join(self) -> bool:
        games = [self.game, *(pawn.inside for pawn in self.pawns() if pawn.inside is not None)]
        for game in games:
            for spot in game.plan.spots.values():
                if spot.kind == "or" and len(spot.ins) > 1 and self._may_join(game, spot):
                    held = [flow for flow in spot.ins if game.heaps[flow]]
                    game.heaps.subtract(held)
                    self._out(game, self._chosen(spot))
                    return True
        return False

    def _may_join(self, game: Game, join: Spot) -> bool:
        """BPMN 2.0, 13.3.3: no token can still come to an empty flow, unless to a full one too."""
        held = {flow for flow in join.ins if game.heaps[flow]}
        if not held:
            return False
        places = {pawn.spot.id for pawn in game.pawns}
        places |= {game.plan.flows[flow][1] for flow, number in (+game.heaps).items() if number} - {join.id}
        for place in places:
            reached = _reached(game.plan, place, join)
            if reached - held and not reached & held:
                return False
        return True


def _reached(plan: Plan, place: str, join: Spot) -> set[str]:
    seen, waiting, reached = set(), [place], set()
    while waiting:
        name = waiting.pop()
        if name in seen:
            continue
        seen.add(name)
        spot = plan.spots[name]
        waiting.extend(spot.watchers)
        for flow in spot.outs:
            target = plan.flows[flow][1]
            if target == join.id:
                reached.add(flow)
            else:
                waiting.append(target)
    return reached


def _repeats(pawn: Pawn) -> bool:
    return pawn.spot.loop is not None and pawn.of is None


def _depth(pawn: Pawn) -> int:
    depth, game = 0, pawn.game
    while game.owner is not None:
        depth, game = depth + 1, game.owner.game
    return depth


def _start(plan: Plan) -> str:
    return next(spot.id for spot in plan.spots.values() if spot.kind == "start")
