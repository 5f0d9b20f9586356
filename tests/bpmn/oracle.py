"""A small token game, written from BPMN 2.0 chapter 13 alone: what the engine is walked beside, step by step.

It shares nothing with the engine but the plan of a diagram. It plays depth first where the engine plays in
turn, it counts tokens in numbers where the engine keeps them as tasks, and it never saves anything.
"""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

from tests.bpmn.pieces import Arming, Deed, Game, Pawn, Plan, Spot

if TYPE_CHECKING:
    from collections.abc import Iterator


class Ambiguous(Exception):  # noqa: N818 - it says what a position is
    """What comes next depends on the order in which parallel tokens were stepped: no rule says it."""


class Listener(NamedTuple):
    """Something armed: on a pawn, or for a scope's event sub-process."""

    name: str
    spot: Spot
    arming: Arming
    game: Game
    pawn: Pawn | None


class Table:
    """The whole game: who moves, and what can be seen."""

    def __init__(self, plan: Plan, flags: dict[str, bool], now: datetime) -> None:
        self.flags = flags
        self.now = now
        self.ended: str | None = None
        self.turn = 0
        self.signals: list[str] = []
        #: How many activities ended, and the moves in which tokens parted, and in which one regretted.
        self.ends = 0
        self.parted = 0
        self.regretted = 0
        #: How often each kind of thing happened.
        self.reached: Counter[str] = Counter()
        self.game = Game(plan, self)
        self._begin(self.game)
        self._settle()

    # -- moves --

    def complete(self, pawn: Pawn) -> None:
        self.turn += 1
        self.reached["a task is completed"] += 1
        self._leave(pawn)
        self._settle()

    def message(self, name: str) -> bool:
        """Give a message to whoever waits, outermost first."""
        self.turn += 1
        return self._hear("message", name)

    def signal(self, name: str) -> bool:
        """Let everyone hear a signal from outside."""
        self.turn += 1
        return self._hear("signal", name)

    def look(self) -> None:
        """Ask the conditions again: the flags changed."""
        self.turn += 1
        self._settle()

    def fire(self, now: datetime) -> int:
        """Fire what is due, in order."""
        self.turn += 1
        self.now = now
        fired = 0
        while True:
            due = [one for one in self.listeners() if one.arming.due is not None and one.arming.due <= now]
            if not due:
                return fired
            first = min(one.arming.due for one in due if one.arming.due is not None)
            at_once = [one for one in due if one.arming.due == first]
            if len({str(_standing(one)) for one in at_once}) > 1:
                raise Ambiguous
            self._ring(at_once[0])
            self._settle()
            fired += 1

    # -- what can be seen --

    def games(self) -> Iterator[Game]:
        yield self.game
        for pawn in self.pawns():
            if pawn.inside is not None:
                yield pawn.inside

    def pawns(self, game: Game | None = None) -> Iterator[Pawn]:
        for pawn in list((game or self.game).pawns):
            yield from self._below(pawn)

    def _below(self, pawn: Pawn) -> Iterator[Pawn]:
        yield pawn
        for instance in list(pawn.pawns):
            yield from self._below(instance)
        if pawn.inside is not None:
            yield from self.pawns(pawn.inside)

    def listeners(self) -> list[Listener]:
        """All that is waited for beside people."""
        found = [
            Listener(name, pawn.game.plan.spots[name], arming, pawn.game, pawn)
            for pawn in self.pawns()
            for name, arming in pawn.armed.items()
        ]
        for game in self.games():
            found += [
                Listener(name, game.plan.spots[name], a, game, None) for name, a in game.handlers.items()
            ]
        return found

    def task(self, standing: tuple[object, ...]) -> Pawn:
        """The task that stands so; of several alike any one, unless it will matter which."""
        alike = [pawn for pawn in self.tasks() if pawn.standing() == standing]
        if len({str(pawn.past()) for pawn in alike}) > 1:
            raise Ambiguous
        return alike[0]

    def tasks(self) -> list[Pawn]:
        return [pawn for pawn in self.pawns() if pawn.spot.kind == "task" and not pawn.whole]

    def may_move(self) -> bool:
        """Whether anything but a join may still let a token go: a person, a time, a message, an event."""
        if any(game.handlers for game in self.games()):
            return True
        return any(
            pawn.armed or (pawn.inside is None and not pawn.whole and pawn.spot.kind != "regret")
            for pawn in self.pawns()
        )

    def seen(self) -> tuple[object, ...]:
        """The whole position."""
        return (self.game.form(), self.ended)

    # -- the rules --

    def _begin(self, game: Game) -> None:
        for spot in game.plan.handlers:
            game.handlers[spot.id] = self._arming(spot)
        self._arrive(game, _start(game.plan), None)

    def _out(self, game: Game, flows: list[str]) -> None:
        if len(flows) > 1:
            self.parted = self.turn
        for flow in flows:
            self._arrive(game, game.plan.flows[flow][1], flow)

    def _arrive(self, game: Game, name: str, by: str | None) -> None:
        if game.dead or self.ended:
            return
        spot = game.plan.spots[name]
        if spot.kind in ("start", "pass", "leap", "land", "shout"):
            if spot.kind == "shout":
                self.reached["a signal is thrown"] += 1
                self.signals.append(spot.word)
            if spot.kind == "leap":
                self.reached["a link"] += 1
            self._out(game, spot.outs)
        elif spot.kind == "xor":
            self._out(game, [self._chosen(spot)[0]])
        elif spot.kind in ("par", "or") and len(spot.ins) > 1:
            game.heaps[by or ""] += 1
            if spot.kind == "par" and all(game.heaps[flow] for flow in spot.ins):
                self.reached["a parallel join"] += 1
                game.heaps.subtract(spot.ins)
                self._out(game, spot.outs)
        elif spot.kind == "par":
            self._out(game, spot.outs)
        elif spot.kind == "or":
            self._out(game, self._chosen(spot))
        elif spot.kind in ("end", "stop", "fail", "cry"):
            self._end(game, spot)
        elif spot.kind == "regret":
            self._regret(game, spot)
        else:
            self._rest(game, spot)

    def _chosen(self, spot: Spot) -> list[str]:
        if len(spot.outs) == 1:
            return spot.outs
        held = [flow for flow in spot.outs if flow != spot.default and self.flags.get(flow, False)]
        return held or [spot.default or ""]

    def _followed(self, game: Game, spot: Spot) -> list[str]:
        """The flows out of an activity: all without a guard, those whose guard holds, else the default."""
        if len(spot.outs) > 1:
            self.reached["several flows out of an activity"] += 1
        guarded = [flow for flow in spot.outs if flow in game.plan.guarded]
        held = [flow for flow in guarded if self.flags.get(flow, False)]
        return [
            flow
            for flow in spot.outs
            if (flow in held)
            or (flow == spot.default and bool(guarded) and not held)
            or (flow not in guarded and flow != spot.default)
        ]

    def _rest(self, game: Game, spot: Spot, undoes: Pawn | None = None) -> None:
        pawn = Pawn(spot, game, undoes=undoes)
        game.pawns.append(pawn)
        if spot.kind == "timer":
            pawn.armed[spot.id] = self._arming(spot)
        elif spot.kind == "choice":
            for flow in spot.outs:
                target = game.plan.spots[game.plan.flows[flow][1]]
                pawn.armed[target.id] = self._arming(target)
        elif spot.rounds is not None and spot.rounds.before and not self._goes_on(spot):
            self.reached["a loop of no round"] += 1
            self._leave(pawn)
        else:
            for watcher in spot.watchers:
                pawn.armed[watcher] = self._arming(game.plan.spots[watcher])
            self._open(pawn)

    def _arming(self, spot: Spot) -> Arming:
        if spot.event not in ("timer", "cycle"):
            return Arming(self.turn)
        due = self.now + timedelta(seconds=spot.wait)
        return Arming(self.turn, due, spot.wait if spot.event == "cycle" else 0)

    def _goes_on(self, spot: Spot) -> bool:
        return spot.rounds is not None and self.flags.get(spot.rounds.flag, False)

    def _open(self, pawn: Pawn) -> None:
        if not pawn.whole:
            self._work(pawn)
        elif pawn.spot.loop is None:
            self._instance(pawn, 1)
        else:
            number, sequential, _ = pawn.spot.loop
            if number > 1 and not sequential and pawn.spot.inner is not None:
                self.parted = self.turn
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
            self._begin(pawn.inside)

    def _leave(self, pawn: Pawn) -> None:
        if pawn.inside is not None:
            pawn.inside.dead = True
        whole = pawn.of
        if pawn.undoes is None and not pawn.whole:
            self._remember(pawn)
        if whole is None:
            pawn.game.pawns.remove(pawn)
            if pawn.undoes is not None:
                self._undone(pawn.undoes)
                return
            pawn.game.deeds += pawn.kept
            self._out(pawn.game, self._followed(pawn.game, pawn.spot))
            return
        whole.pawns.remove(pawn)
        whole.done += 1
        if whole.spot.loop is None:
            self._next_round(whole)
            return
        number, sequential, enough = whole.spot.loop
        if whole.done == number or (enough and whole.done >= enough):
            self.reached["a multi-instance ends"] += 1
            self._leave(whole)
        elif sequential:
            self._instance(whole, whole.done + 1)

    def _remember(self, pawn: Pawn) -> None:
        """BPMN 2.0, 13.5.5: what ended can be undone by its handler, or by those inside it."""
        inside = [] if pawn.inside is None or pawn.spot.undo else pawn.inside.deeds
        inner = pawn.spot.inner
        if not (pawn.spot.undo or inside or (inner is not None and inner.undone_by is not None)):
            return
        if self.parted == self.turn == self.regretted:
            raise Ambiguous
        self.ends += 1
        deed = Deed(pawn.spot, self.ends, inside, self.turn if self.parted == self.turn else 0)
        (pawn.game.deeds if pawn.of is None else pawn.of.kept).append(deed)

    def _regret(self, game: Game, spot: Spot) -> None:
        """Have what was done here, or around the event sub-process that this is, undone: the last first."""
        taken: list[tuple[Game, Deed]] = []
        at = game
        while True:
            found = [deed for deed in at.deeds if spot.word in ("", deed.spot.id)]
            at.deeds = [deed for deed in at.deeds if deed not in found]
            taken += [(at, deed) for deed in found]
            if at.owner is None or at.owner.spot.kind != "handler":
                break
            at = at.owner.game
        loose = [deed.loose for _, deed in taken if deed.loose]
        if self.parted == self.turn and (self.turn in loose or self.regretted == self.turn):
            raise Ambiguous
        if len(loose) > len(set(loose)):
            raise Ambiguous
        self.regretted = self.turn
        self.reached[f"a compensation of {min(len(taken), 3)}"] += 1
        if not taken:
            self._out(game, spot.outs)
            return
        pawn = Pawn(spot, game, left=sorted(taken, key=lambda one: one[1].number))
        game.pawns.append(pawn)
        if not spot.patient:
            self._out(game, spot.outs)
        self._undo_next(pawn)

    def _undo_next(self, pawn: Pawn) -> None:
        game, deed = pawn.left.pop()
        if deed.spot.undo:
            self.reached["a handler undoes"] += 1
            self._rest(game, game.plan.spots[deed.spot.undo], pawn)
            return
        again = Pawn(deed.spot, game, undoes=pawn)
        game.pawns.append(again)
        plan = deed.spot.inner
        if plan is None:
            raise RuntimeError("only a scope is undone by what is inside")
        again.inside = Game(plan, self, again)
        if plan.undone_by is not None:
            self.reached["an event sub-process undoes"] += 1
            again.inside.deeds = deed.inside
            self._rest(again.inside, plan.undone_by)
        else:
            self.reached["a scope is opened again"] += 1
            again.left = [(again.inside, one) for one in deed.inside]
            self._undo_next(again)

    def _undone(self, pawn: Pawn) -> None:
        """What was undone for a pawn is; it may have been taken away meanwhile."""
        if pawn.game.dead or not any(pawn is other for other in pawn.game.pawns):
            return
        if pawn.left:
            self._undo_next(pawn)
        elif pawn.spot.kind == "regret":
            pawn.game.pawns.remove(pawn)
            self._out(pawn.game, pawn.spot.outs if pawn.spot.patient else [])

    def _next_round(self, whole: Pawn) -> None:
        rounds = whole.spot.rounds
        if (rounds is not None and rounds.most and whole.done >= rounds.most) or not self._goes_on(
            whole.spot
        ):
            self.reached["a loop ends"] += 1
            self._leave(whole)
        else:
            self._instance(whole, whole.done + 1)

    def _ring(self, one: Listener) -> None:
        """What is waited for comes."""
        place = one.spot.kind if one.pawn is None or one.spot.kind == "watch" else one.pawn.spot.kind
        manner = "interrupts" if one.spot.interrupting else "beside"
        self.reached[f"{one.spot.event} at {place}, {manner}"] += 1
        if one.pawn is None:
            self._handle(one)
        elif one.pawn.spot.kind in ("timer", "choice") or one.spot.interrupting:
            self._kill(one.pawn)
            one.game.pawns.remove(one.pawn)
            self._out(one.game, one.spot.outs)
        else:
            self._again(one.pawn.armed, one)
            self._out(one.game, one.spot.outs)

    def _handle(self, one: Listener) -> None:
        """An event sub-process starts: in place of its scope's steps, or beside them."""
        if one.spot.interrupting:
            self._clear(one.game)
        else:
            self._again(one.game.handlers, one)
        pawn = Pawn(one.spot, one.game)
        one.game.pawns.append(pawn)
        self._work(pawn)

    def _again(self, armed: dict[str, Arming], one: Listener) -> None:
        """Wait again for what does not interrupt; a single timer is spent."""
        del armed[one.name]
        if one.arming.due is None:
            armed[one.name] = Arming(self.turn, met=one.arming.met)
        elif one.arming.every:
            due = one.arming.due
            while due <= self.now:
                due += timedelta(seconds=one.arming.every)
            armed[one.name] = Arming(self.turn, due, one.arming.every)

    def _clear(self, game: Game) -> None:
        for pawn in game.pawns:
            self._kill(pawn)
        game.pawns.clear()
        game.heaps.clear()
        game.handlers.clear()

    def _kill(self, pawn: Pawn) -> None:
        for instance in pawn.pawns:
            self._kill(instance)
        if pawn.inside is not None:
            pawn.inside.dead = True
            for inner in pawn.inside.pawns:
                self._kill(inner)

    def _end(self, game: Game, spot: Spot) -> None:
        if spot.kind == "stop":
            self.reached["a terminate"] += 1
            self._clear(game)
            if game.owner is None:
                self.ended = "terminated"
        elif spot.kind in ("fail", "cry"):
            self._throw(game, "error" if spot.kind == "fail" else "escalation", spot.word)

    def _throw(self, game: Game, event: str, code: str) -> None:
        """From the scope outwards: its event sub-processes, not the one it comes from, then its boundary; at
        each the one that names the code first, then one that names none.
        """
        at, comes_from = game, None
        while True:
            catching = [
                Listener(name, at.plan.spots[name], arming, at, None)
                for name, arming in at.handlers.items()
                if at.plan.spots[name] is not comes_from
            ]
            if self._caught(catching, event, code):
                return
            if at.owner is None:
                break
            host = at.owner if at.owner.of is None else at.owner.of
            on_boundary = [
                Listener(name, host.game.plan.spots[name], arming, host.game, host)
                for name, arming in host.armed.items()
            ]
            if self._caught(on_boundary, event, code):
                return
            comes_from, at = host.spot, host.game
        if event == "error":
            self.ended = code

    def _caught(self, catching: list[Listener], event: str, code: str) -> bool:
        for wanted in (code, ""):
            for one in catching:
                if one.spot.event == event and one.spot.word == wanted:
                    self._ring(one)
                    return True
        return False

    # -- what everyone hears, and rest --

    def _hear(self, event: str, name: str) -> bool:
        waiting = [one for one in self.listeners() if one.spot.event == event and one.spot.word == name]
        for one in _in_order(waiting):
            if self._still(one):
                self._ring(one)
                self._calm() if event == "signal" else self._settle()
        if event == "signal":
            self._settle()
        return bool(waiting)

    def _still(self, one: Listener) -> bool:
        held = one.game.handlers if one.pawn is None else one.pawn.armed
        here = one.pawn is None or any(one.pawn is other for other in self.pawns())
        return (
            here
            and held.get(one.name) is one.arming
            and any(one.game is game for game in self.games())
            and self.ended is None
        )

    def _settle(self) -> None:
        """Until all rests: then signals that were thrown, then conditions that became true, one at a time."""
        self._calm()
        while self.ended is None:
            if self.signals:
                name = self.signals.pop(0)
                waiting = [o for o in self.listeners() if o.spot.event == "signal" and o.spot.word == name]
                for one in _in_order(waiting):
                    if self._still(one):
                        self._ring(one)
                        self._calm()
            elif not self._meet():
                return

    def _meet(self) -> bool:
        waiting = [one for one in self.listeners() if one.spot.event == "condition"]
        true = []
        for one in waiting:
            if not self.flags.get(one.spot.id, False):
                one.arming.met = False
            elif not one.arming.met:
                true.append(one)
        if not true:
            return False
        first = _in_order(true)[0]
        first.arming.met = True
        self._ring(first)
        self._calm()
        return True

    def _calm(self) -> None:
        """Until nothing moves: scopes that are over complete their owner, inclusive joins that may go on."""
        while self.ended is None and (self._close() or self._join()):
            pass
        if self.ended is None and self.game.over:
            self.ended = "normal"
        if self.ended:
            self._clear(self.game)
            self.signals.clear()

    def _close(self) -> bool:
        for pawn in self.pawns():
            if pawn.inside is not None and pawn.inside.over:
                self._leave(pawn)
                return True
        return False

    def _join(self) -> bool:
        for game in self.games():
            for spot in game.plan.spots.values():
                if spot.kind == "or" and len(spot.ins) > 1 and self._may_join(game, spot):
                    self.reached["an inclusive join"] += 1
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
        places = {pawn.spot.id for pawn in game.pawns if pawn.undoes is None}
        places |= {game.plan.flows[flow][1] for flow, number in (+game.heaps).items() if number} - {join.id}
        for place in places:
            reached = _reached(game.plan, place, join)
            if reached - held and not reached & held:
                return False
        return True


def _in_order(waiting: list[Listener]) -> list[Listener]:
    """The outermost first, then who waits since longest. Raises `Ambiguous` where only chance would say."""
    ordered = sorted(waiting, key=lambda one: (one.game.depth, one.arming.born))
    for one, other in pairwise(ordered):
        alike = (one.game.depth, one.arming.born) == (other.game.depth, other.arming.born)
        if alike and (one.pawn is not other.pawn or one.game is not other.game):
            raise Ambiguous
    return ordered


def _standing(one: Listener) -> tuple[object, ...]:
    if one.pawn is not None:
        return (one.name, one.pawn.standing(), one.pawn.past())
    owner, deeds = one.game.owner, [deed.number for deed in one.game.deeds]
    around = () if owner is None else (owner.standing(), owner.past())
    return (one.name, one.game.form(), deeds, around)


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


def _start(plan: Plan) -> str:
    return next(spot.id for spot in plan.spots.values() if spot.kind == "start")
