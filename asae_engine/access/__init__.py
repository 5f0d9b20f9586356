"""Who may see and do what: organisation, role, case membership and the sensitivity of fields.

The rules come from the `programme.json` of the newest deployment, never from Python. Queries ask for an SQL
filter, commands for a refusal with its French reason. Everything here errs on the side of silence: a role, a
mark or a case that the programme does not know gives nothing.
"""

from __future__ import annotations

from asae_engine.access.accounts import actor_for
from asae_engine.access.actor import Actor, CaseScope
from asae_engine.access.cases import (
    Standing,
    claimable_tasks,
    own_tasks,
    standing_columns,
    standing_of,
    standing_parameters,
    tie,
    tie_column,
    tied_cases,
    visible_cases,
)
from asae_engine.access.fields import marks_of, masked_sentence, presence_sentence, sight
from asae_engine.access.permissions import Refusal, belongs, permitted, permitted_field
from asae_engine.access.rules import Rules, Sight, Tie

__all__ = [
    "Actor",
    "CaseScope",
    "Refusal",
    "Rules",
    "Sight",
    "Standing",
    "Tie",
    "actor_for",
    "belongs",
    "claimable_tasks",
    "marks_of",
    "masked_sentence",
    "own_tasks",
    "permitted",
    "permitted_field",
    "presence_sentence",
    "sight",
    "standing_columns",
    "standing_of",
    "standing_parameters",
    "tie",
    "tie_column",
    "tied_cases",
    "visible_cases",
]
