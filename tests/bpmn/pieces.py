"""What the token game is played with: the plan of a diagram, and the pieces on it. No rules."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from tests.bpmn.oracle import Table


@dataclass
class Rounds:
    """A standard loop: asked before or after, at most so often (0: no bound), while a flag holds."""

    before: bool
    most: int
    flag: str


@dataclass
class Spot:
    """A flow node of a plan."""

    id: str
    #: task, pass, leap and land (a link), shout (throws a signal), xor, par, or, timer (waits for an event),
    #: choice (event gateway), sub, call, handler (event sub-process), start, end, stop (terminate), fail
    #: (error end), cry (escalation end), regret (throws a compensation, an end when no flow leaves), watch
    #: (boundary)
    kind: str
    #: Flow ids out, in order; for xor and or each but the default one has the flag of its name.
    outs: list[str] = field(default_factory=list)
    ins: list[str] = field(default_factory=list)
    default: str | None = None
    #: Seconds, for a timer, a watch or a handler.
    wait: int = 0
    #: What it waits for: timer, cycle, message, signal, condition, error, escalation, compensation. A
    #: condition is the flag of the spot's name.
    event: str = ""
    #: Which message, signal, error or escalation it waits for or throws; each error when it is empty. For a
    #: regret the spot to undo, or all of them.
    word: str = ""
    interrupting: bool = True
    #: For a regret: whether it goes on only when all is undone.
    patient: bool = True
    #: The spot that undoes it, which no flow touches.
    undo: str = ""
    watchers: list[str] = field(default_factory=list)
    inner: Plan | None = None
    #: Multi-instance: number, sequential, completed instances that end it (0: all).
    loop: tuple[int, bool, int] | None = None
    rounds: Rounds | None = None

    @property
    def repeated(self) -> bool:
        """Whether it is done several times by itself."""
        return self.loop is not None or self.rounds is not None


@dataclass
class Plan:
    """A scope: its nodes, and where each flow leads."""

    name: str
    spots: dict[str, Spot] = field(default_factory=dict)
    flows: dict[str, tuple[str, str]] = field(default_factory=dict)
    #: Flows out of a task that are followed when the flag of their name holds.
    guarded: set[str] = field(default_factory=set)
    #: For a called process, drawn apart.
    called: bool = False

    def all(self) -> Iterator[Plan]:
        yield self
        for spot in self.spots.values():
            if spot.inner is not None:
                yield from spot.inner.all()

    @property
    def handlers(self) -> list[Spot]:
        """The event sub-processes that wait for their start."""
        return [
            spot for spot in self.spots.values() if spot.kind == "handler" and spot.event != "compensation"
        ]

    @property
    def undone_by(self) -> Spot | None:
        """The event sub-process that undoes the whole scope."""
        spots = self.spots.values()
        return next((spot for spot in spots if spot.kind == "handler" and spot.event == "compensation"), None)


@dataclass(eq=False)
class Deed:
    """An activity that ended and that something can undo."""

    spot: Spot
    #: Its place among all that ended.
    number: int
    #: For a scope without a handler on its boundary: what was done inside.
    inside: list[Deed]
    #: The move in which it ended beside other tokens: which of them was first is chance.
    loose: int = 0

    def form(self) -> tuple[object, ...]:
        return (self.spot.id, forms(self.inside))


def forms(deeds: list[Deed]) -> tuple[object, ...]:
    return tuple(sorted(map(Deed.form, deeds), key=str))


@dataclass(eq=False)
class Arming:
    """An event that is waited for, since which move; when it is due and how often, for a timer."""

    born: int
    due: datetime | None = None
    every: int = 0
    #: For a condition: it was true when it was last asked.
    met: bool = False

    def form(self, name: str) -> tuple[str, str, bool]:
        return (name, "" if self.due is None else self.due.isoformat(), self.met)


@dataclass(eq=False)
class Pawn:
    """A token that rests: at a task, an event, a sub-process, an event gateway, a repeated activity."""

    spot: Spot
    game: Game
    number: int = 0
    of: Pawn | None = None
    inside: Game | None = None
    #: What it waits for beside itself: boundary events, the events of a gateway, its own event.
    armed: dict[str, Arming] = field(default_factory=dict)
    pawns: list[Pawn] = field(default_factory=list)
    done: int = 0
    #: What the instances of a repeated activity did.
    kept: list[Deed] = field(default_factory=list)
    #: For whom it undoes something.
    undoes: Pawn | None = None
    #: What others have still to undo for it, and in which scope; the next one last.
    left: list[tuple[Game, Deed]] = field(default_factory=list)

    @property
    def whole(self) -> bool:
        """Whether it only holds the instances of a repeated activity."""
        return self.spot.repeated and self.of is None

    def form(self) -> tuple[object, ...]:
        """All that can be told of it, the same for two that cannot be told apart."""
        return (
            self.spot.id,
            self.number,
            self.done,
            tuple(sorted(arming.form(name) for name, arming in self.armed.items())),
            tuple(sorted(pawn.form() for pawn in self.pawns)),
            () if self.inside is None else self.inside.form(),
            forms(self.kept),
            forms([deed for _, deed in self.left]),
        )

    def standing(self) -> tuple[object, ...]:
        """The forms of all that is around it, the outermost first, then its own."""
        if self.of is not None:
            return (*self.of.standing(), self.form())
        around = self.game.owner
        return (self.form(),) if around is None else (*around.standing(), self.form())

    def past(self) -> tuple[object, ...]:
        """Since when it and all around it wait, in which order was done what they remember, and for whom it
        undoes: what a form does not tell of two that look alike.
        """
        around = self.of or self.game.owner
        mine = (
            [deed.number for deed in self.kept],
            [deed.number for deed in self.game.deeds],
            [deed.number for _, deed in self.left],
            id(self.undoes),
            sorted((name, arming.born) for name, arming in self.armed.items()),
            sorted((name, arming.born) for name, arming in self.game.handlers.items()),
        )
        return (mine,) if around is None else (*around.past(), mine)


@dataclass(eq=False)
class Game:
    """A scope at play."""

    plan: Plan
    table: Table
    owner: Pawn | None = None
    pawns: list[Pawn] = field(default_factory=list)
    #: Tokens that wait at joins, by flow.
    heaps: Counter[str] = field(default_factory=Counter)
    #: Event sub-processes that wait for their start.
    handlers: dict[str, Arming] = field(default_factory=dict)
    #: What was done in it and can be undone.
    deeds: list[Deed] = field(default_factory=list)
    dead: bool = False

    @property
    def over(self) -> bool:
        return not self.pawns and not +self.heaps

    @property
    def depth(self) -> int:
        return 0 if self.owner is None else self.owner.game.depth + 1

    def form(self) -> tuple[object, ...]:
        return (
            tuple(sorted(pawn.form() for pawn in self.pawns)),
            tuple(sorted((+self.heaps).elements())),
            tuple(sorted(arming.form(name) for name, arming in self.handlers.items())),
            forms(self.deeds),
        )
