"""The side processes of a case that start by themselves: at a time, or when a condition becomes true.

From the opening of the case to its closing, one instance for each such process awaits the start, of the
case's own deployment. It is a row like any other: its timers fire with all others, once and in order.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from asae_engine.commands.deployed import bundle_of
from asae_engine.commands.offers import has_a_place
from asae_engine.model import InstanceKind, InstanceStatus, lookups

if TYPE_CHECKING:
    from uuid import UUID

    from asae_engine.bundles import Bundle
    from asae_engine.commands.casework import CaseWork
    from asae_engine.commands.moves import Move


def await_all(work: CaseWork, deployment_id: UUID, bundle: Bundle) -> None:
    """Await, from the opening of a case on, each start that comes by itself."""
    for key, definition in sorted(bundle.processes.items()):
        if definition.kind == "side" and definition.awaits_start and definition.runnable:
            work.await_start(deployment_id, bundle, key)


def begin(work: CaseWork, awaiting: Move, element_id: str) -> Move | None:
    """Start a process whose start came, unless its case closes or it has no place in it now."""
    definition = awaiting.bundle.processes[awaiting.row.process_key]
    if work.is_closed or not has_a_place(work, definition):
        return None
    return work.start(
        awaiting.row.deployment_id,
        awaiting.bundle,
        definition.key,
        InstanceKind.SIDE,
        {},
        at=element_id,
        lived_at=awaiting.lived_at,
    )


def leave(work: CaseWork) -> None:
    """Await nothing more: the case closes."""
    held = [move.row.id for move in work.moves]
    for running in lookups.active_instances(work.session, work.case.id, but=held):
        if running.instance.kind is InstanceKind.ENGINE:
            work.resume(running, bundle_of(work.session, running.deployment))
    for move in work.moves:
        if not move.is_over and move.instance.awaits_start:
            work.change(move.row, status=InstanceStatus.ENDED, ended_at=work.now, ended_how="case_closed")
            move.instance.cancel(move.environment(work.now))
            move.settle()
            work.change(move.row, next_due_at=None)
            work.stops.resolve_all(move.row.id)
