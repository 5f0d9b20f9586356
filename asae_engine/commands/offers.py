"""Whether a side process has a place in a case now."""

from __future__ import annotations

from typing import TYPE_CHECKING

from asae_engine import feel

if TYPE_CHECKING:
    from asae_engine.bpmn import ProcessDefinition
    from asae_engine.commands.casework import CaseWork


def is_offered(work: CaseWork, definition: ProcessDefinition) -> bool:
    """Whether the diagram's condition holds, if it has one. Raises `feel.FeelError`."""
    if definition.offered_when is None:
        return True
    return feel.evaluate(definition.offered_when, work.dossier.context(), now=work.now) is True


def has_a_place(work: CaseWork, definition: ProcessDefinition) -> bool:
    """The same for what an event starts: a condition that cannot be read gives no place, as it offers
    nothing to people.
    """
    try:
        return is_offered(work, definition)
    except feel.FeelError:
        return False
