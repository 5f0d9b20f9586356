"""The rights of roles and the readers of marks, as the deployed `programme.json` gives them.

Only what access needs is read here; `bundles.programme` checks the whole file before it is deployed. What is
not understood gives no right.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from enum import IntEnum, StrEnum
from functools import lru_cache
from typing import TYPE_CHECKING

from sqlalchemy import select

from asae_engine.access.actor import CaseScope
from asae_engine.model import Deployment, DeploymentFile

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from sqlalchemy.orm import Session

PROGRAMME = "processes/programme.json"


class Sight(IntEnum):
    """How much of a field someone sees, from nothing to all."""

    MASKED = 0
    #: That something was answered, never what.
    PRESENCE = 1
    FULL = 2


class Tie(IntEnum):
    """What binds someone to a case, from the loosest to the closest."""

    NONE = 0
    #: An open task of the case is offered to the person's group.
    CANDIDATE = 1
    #: The person's organisation belongs to the case.
    ORGANISATION = 2
    #: The person belongs to the case, or has one of its open tasks.
    PERSON = 3


class When(StrEnum):
    """From which tie on a role reads a mark."""

    ALWAYS = "always"
    CANDIDATE = "candidate"
    MEMBER = "member"
    PERSON = "person"


_NEEDS = {
    When.ALWAYS: Tie.NONE,
    When.CANDIDATE: Tie.CANDIDATE,
    When.MEMBER: Tie.ORGANISATION,
    When.PERSON: Tie.PERSON,
}
_AS = {"full": Sight.FULL, "presence": Sight.PRESENCE}


@dataclass(frozen=True, slots=True)
class Reader:
    """One role that reads a mark."""

    role: str
    needs: Tie
    sight: Sight


@dataclass(frozen=True, slots=True)
class MarkRule:
    """Who reads the fields that carry a mark."""

    key: str
    label: str
    readers: tuple[Reader, ...]
    #: The sentence shown in place of a value that is hidden by a condition (« adresse protégée »), and of a
    #: presence.
    masked: str
    presence: str
    #: Roles, and organisations written `@key`, that never read the mark whatever else they are or a form
    #: says.
    never: frozenset[str]


@dataclass(frozen=True, slots=True)
class RoleRule:
    """What a role may do, and in which cases."""

    key: str
    label: str
    scope: CaseScope
    permissions: frozenset[str]


@dataclass(frozen=True, slots=True)
class Rules:
    """The access rules of one deployment."""

    roles: Mapping[str, RoleRule]
    marks: Mapping[str, MarkRule]
    organisations: Mapping[str, str]

    def permissions(self, roles: Iterable[str]) -> frozenset[str]:
        """The union of what these roles may do."""
        return frozenset().union(*(self.roles[role].permissions for role in roles if role in self.roles))

    def scope(self, roles: Iterable[str]) -> CaseScope:
        """The widest scope among these roles."""
        held = {self.roles[role].scope for role in roles if role in self.roles}
        for scope in (CaseScope.ALL, CaseScope.ORGANISATION):
            if scope in held:
                return scope
        return CaseScope.MEMBER


NONE = Rules({}, {}, {})


def current(session: Session) -> Rules:
    """The rules of the newest deployment; none before the first."""
    newest = session.execute(
        select(Deployment.id, Deployment.digest).order_by(Deployment.number.desc()).limit(1)
    ).first()
    if newest is None:
        return NONE
    known = _BY_DIGEST.get(newest.digest)
    if known is None:
        content = session.execute(
            select(DeploymentFile.content).where(
                DeploymentFile.deployment_id == newest.id, DeploymentFile.path == PROGRAMME
            )
        ).scalar()
        known = NONE if content is None else parse(bytes(content))
        if len(_BY_DIGEST) > 50:
            _BY_DIGEST.clear()
        _BY_DIGEST[newest.digest] = known
    return known


_BY_DIGEST: dict[str, Rules] = {}


@lru_cache(maxsize=16)
def parse(content: bytes) -> Rules:
    """Read the access rules of a `programme.json`."""
    document = json.loads(content)
    return Rules(
        roles={entry["key"]: _role(entry) for entry in document.get("roles", ())},
        marks={entry["key"]: _mark(entry) for entry in document.get("marks", ())},
        organisations={entry["key"]: _label(entry) for entry in document.get("organisations", ())},
    )


def _role(entry: Mapping[str, object]) -> RoleRule:
    scope = entry.get("cases")
    permissions = entry.get("permissions")
    return RoleRule(
        key=str(entry["key"]),
        label=_label(entry),
        scope=CaseScope(str(scope)) if scope in list(CaseScope) else CaseScope.MEMBER,
        permissions=frozenset(map(str, permissions)) if isinstance(permissions, list) else frozenset(),
    )


def _mark(entry: Mapping[str, object]) -> MarkRule:
    readers = entry.get("readers")
    never = entry.get("never")
    return MarkRule(
        key=str(entry["key"]),
        label=_label(entry),
        readers=tuple(_reader(reader) for reader in readers) if isinstance(readers, list) else (),
        masked=_sentence(entry.get("masked")),
        presence=_sentence(entry.get("presence")),
        never=frozenset(map(str, never)) if isinstance(never, list) else frozenset(),
    )


def _reader(entry: Mapping[str, str]) -> Reader:
    when = entry.get("when")
    return Reader(
        role=str(entry["role"]),
        needs=_NEEDS[When(when)] if when in list(When) else Tie.PERSON,
        sight=_AS.get(str(entry.get("as", "full")), Sight.MASKED),
    )


def _label(entry: Mapping[str, object]) -> str:
    return _sentence(entry.get("label")) or str(entry["key"])


def _sentence(value: object) -> str:
    if isinstance(value, dict):
        return str(value.get("fr") or next(iter(value.values()), ""))
    return "" if value is None else str(value)
