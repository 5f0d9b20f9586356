"""What the processes of a case hear of each other and of the outside: messages, signals, and answers that may
meet a condition.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from asae_engine.commands import starts
from asae_engine.commands.deployed import bundle_of, newest
from asae_engine.commands.offers import has_a_place
from asae_engine.model import CaseStatus, InstanceKind, lookups

if TYPE_CHECKING:
    from collections.abc import Mapping

    from asae_engine.commands.casework import CaseWork
    from asae_engine.commands.moves import Move

#: How many messages and signals one command brings from one process to others: more is an echo without end.
MOST_BROUGHT = 100

_ECHO = (
    "Deux démarches se répondent sans fin par des messages ou des signaux ; elles ont été arrêtées. "
    "Corrigez leurs schémas."
)


def deliver(
    work: CaseWork, name: str, variables: Mapping[str, object], *, sender: Move | None = None
) -> list[Move]:
    """Hand a message to every running instance of the case that waits for it, the main one first, then the
    oldest, and start the side processes that begin with it. Gives those that heard it.
    """
    heard = []
    for move in running(work):
        if move is sender or move.is_over or not move.instance.waits_for(name):
            continue
        move.instance.deliver(name, dict(variables), move.environment(work.now))
        move.settle()
        heard.append(move)
    return [*heard, *_begun(work, ("message", name), variables)]


def signal(
    work: CaseWork, name: str, variables: Mapping[str, object], *, sender: Move | None = None
) -> list[Move]:
    """Let every running instance of the case hear a signal, in the same order, and start the side processes
    that begin with it. The sender's own has heard it already. Gives those that waited for it.
    """
    heard = []
    for move in running(work):
        if move is sender or move.is_over:
            continue
        if move.instance.signal(name, variables, move.environment(work.now)):
            move.settle()
            heard.append(move)
    return [*heard, *_begun(work, ("signal", name), variables)]


def _begun(work: CaseWork, event: tuple[str, str], variables: Mapping[str, object]) -> list[Move]:
    """Start the side processes of the newest deployment that begin with an event, in an open case that has a
    place for them (BPMN 2.0, 13.5.1).
    """
    if work.case.status is not CaseStatus.OPEN:
        return []
    deployment, bundle = newest(work.session)
    return [
        work.start(deployment.id, bundle, key, InstanceKind.SIDE, variables, at=start.element)
        for key, definition in sorted(bundle.processes.items())
        for start in definition.starts
        if (start.sort, start.name) == event and has_a_place(work, definition)
    ]


def reconsider(work: CaseWork) -> None:
    """Ask the conditions that the case's instances wait for: an answer may have met them."""
    for move in running(work):
        if not move.is_over and move.instance.watches_conditions:
            move.instance.reconsider(move.environment(work.now))
            move.settle()


def bring_what_was_thrown(work: CaseWork) -> None:
    """Start what its start event came to, bring the messages and signals that processes threw to the others,
    and what these throw in turn.
    """
    brought = 0
    while work.starts or work.outbox or work.signals:
        brought += 1
        if brought > MOST_BROUGHT:
            senders = [move for move, _ in work.starts] + [thrown[-1] for thrown in work.outbox]
            work.stops.add([*senders, *(thrown[-1] for thrown in work.signals)][0].row, _ECHO)
            for thrown in (work.starts, work.outbox, work.signals):
                thrown.clear()
        elif work.starts:
            starts.begin(work, *work.starts.pop(0))
        elif work.outbox:
            name, variables, sender = work.outbox.pop(0)
            if not deliver(work, name, variables, sender=sender):
                work.tell("message.unheard", move=sender, data={"message": name})
        else:
            signal_name, sender = work.signals.pop(0)
            signal(work, signal_name, {}, sender=sender)


def running(work: CaseWork) -> list[Move]:
    """Every instance of the case that runs or moved in this command, the main one first, then the oldest."""
    held = {move.row.id for move in work.moves}
    for one in lookups.active_instances(work.session, work.case.id, but=held):
        work.resume(one, bundle_of(work.session, one.deployment))
    return sorted(work.moves, key=lambda move: (move.row.kind is not InstanceKind.MAIN, move.row.id))
