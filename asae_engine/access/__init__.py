"""Who may see and do what: organisation, role, case membership and the sensitivity of fields.

The rules come from the `programme.json` of the newest deployment, never from Python. Queries ask for an SQL filter, commands
for a refusal with its French reason. Everything here errs on the side of silence: a role, a mark or a case that the programme
does not know gives nothing.
"""

from __future__ import annotations

from asae_engine.access.actor import Actor, CaseScope

__all__ = ["Actor", "CaseScope"]
