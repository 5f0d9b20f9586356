"""The person who acts: what every command and every query is told of them. Built once a request by
`access.accounts`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from uuid import UUID


class CaseScope(StrEnum):
    """Which cases a role opens, from the widest to the narrowest."""

    #: Every case of the programme.
    ALL = "all"
    #: The cases that the actor's organisation, or one of its people, is a member of.
    ORGANISATION = "organisation"
    #: The cases that the actor is a member of, or has an open task in.
    MEMBER = "member"


@dataclass(frozen=True, slots=True)
class Actor:
    """A signed-in person with the rights that the deployed programme gives to their roles."""

    user_id: UUID
    username: str
    display_name: str
    #: Key of the organisation, as `programme.json` has it.
    organisation: str
    #: Keys of the roles, as `programme.json` has them.
    roles: frozenset[str]
    #: The union of the permissions of those roles (`open_case`, `assign`, `see_board`, `correct`, `cancel`,
    #: `design`, …).
    permissions: frozenset[str] = frozenset()
    #: The widest scope among those roles.
    scope: CaseScope = CaseScope.MEMBER
    #: Language of the pages that the person chose; none follows the browser.
    locale: str | None = field(default=None, compare=False)

    def may(self, permission: str) -> bool:
        """Whether one of the actor's roles gives this permission."""
        return permission in self.permissions

    def plays(self, *roles: str) -> bool:
        """Whether the actor has one of these roles."""
        return not self.roles.isdisjoint(roles)
