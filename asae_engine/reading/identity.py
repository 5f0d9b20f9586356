"""Whether someone may read whom a case is about, and how doors are called. Asked once a page, for all its
lines.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from asae_engine import access
from asae_engine.access import Sight, Tie, rules
from asae_engine.reading import deployed

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from sqlalchemy.orm import Session

    from asae_engine.access import Actor
    from asae_engine.bundles import Bundle

#: What a household's name is marked with when no form says: then nobody reads it.
_UNKNOWN = frozenset({"?"})


@dataclass(frozen=True, slots=True)
class Names:
    """What a person may read of the identity of households."""

    #: For each tie, whether names are shown.
    shown: Mapping[Tie, bool]
    #: For each tie, whether the town is.
    located: Mapping[Tie, bool]
    #: Names of the doors.
    doors: Mapping[str, str]

    def household(self, title: str, tie: Tie) -> str | None:
        """The household's name, or none when this person may not read it."""
        return title if title and self.shown[tie] else None

    def town(self, town: str | None, tie: Tie) -> str | None:
        """The household's town, or none when this person may not read it."""
        return town if town and self.located[tie] else None

    def door(self, door: str | None) -> str | None:
        """What people call a door."""
        return None if door is None else self.doors.get(door, door)


def reader(session: Session, actor: Actor) -> Names:
    """What this person may read, under the rules and forms of the newest deployment."""
    newest = deployed.newest(session)
    current = rules.current(session)

    def readable(*parts: str) -> dict[Tie, bool]:
        marks = _UNKNOWN if newest is None else identity_marks(newest[1], parts)
        return {tie: access.sight(current, actor, tie, marks) is Sight.FULL for tie in Tie}

    return Names(
        shown=readable("last_name", "first_name"),
        located=readable("town"),
        doors={} if newest is None else doors(newest[1]),
    )


def identity_marks(bundle: Bundle, parts: Iterable[str]) -> frozenset[str]:
    """Every mark that some form puts on these parts of a household's identity (keys of the programme)."""
    keys = {bundle.programme.household.get(part) for part in parts}
    fields = [form.by_key[key] for form in bundle.forms.values() for key in keys if key in form.by_key]
    return frozenset().union(*(field.marks for field in fields)) if fields else _UNKNOWN


def doors(bundle: Bundle) -> dict[str, str]:
    """The name of each door: that of the main process behind it."""
    return {
        definition.door: definition.name
        for definition in bundle.processes.values()
        if definition.door is not None
    }
