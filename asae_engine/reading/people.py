"""Groups and people as pages name them: whom a task is offered to, whom it may be given to, who belongs to a
case.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import or_, select

from asae_engine.model import CaseMember, Organisation, Task, User, UserRole

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime
    from uuid import UUID

    from sqlalchemy.orm import Session

    from asae_engine.bundles import Bundle

#: Beyond this a list of people is no help; one searches the account instead.
LIMIT = 300


@dataclass(frozen=True, slots=True)
class Member:
    """Someone, or a whole organisation, that belongs to a case."""

    name: str
    organisation: str | None
    since: datetime
    until: datetime | None


def named(session: Session, reasons: Iterable[Mapping[str, Any]]) -> dict[str, str]:
    """The display names of those whose deed brought tasks: the usernames in their `why`."""
    usernames = {str(reason["by"]) for reason in reasons if reason.get("by")}
    if not usernames:
        return {}
    rows = session.execute(select(User.username, User.display_name).where(User.username.in_(usernames)))
    return {row.username: row.display_name for row in rows}


def candidates(session: Session, task: Task) -> list[tuple[str, str]]:
    """The people a task may be given to: those of the groups it is offered to."""
    groups = {(candidate.role, candidate.organisation_key) for candidate in task.candidates}
    if not groups:
        return []
    fits = [
        UserRole.role == role
        if organisation is None
        else ((UserRole.role == role) & (User.organisation_key == organisation))
        for role, organisation in groups
    ]
    rows = session.execute(
        select(User.username, User.display_name, Organisation.label)
        .join(UserRole, UserRole.user_id == User.id)
        .outerjoin(Organisation, Organisation.key == User.organisation_key)
        .where(User.active, or_(*fits))
        .distinct()
        .order_by(User.display_name)
        .limit(LIMIT)
    )
    return [
        (row.username, f"{row.display_name} ({row.label})" if row.label else row.display_name) for row in rows
    ]


def groups_in_words(session: Session, bundle: Bundle, task: Task) -> list[str]:
    """The groups a task is offered to: « Travailleur social, ADAFF »."""
    roles = {role.key: role.label for role in bundle.programme.roles.values()}
    return sorted({group_in_words(session, roles, c.role, c.organisation_key) for c in task.candidates})


def group_in_words(session: Session, roles: dict[str, str], role: str, organisation: str | None) -> str:
    """One group in words."""
    label = roles.get(role, role)
    if organisation is None:
        return label
    known = session.get(Organisation, organisation)
    name = known.label if known else organisation
    return label if name in label else f"{label}, {name}"


def members(session: Session, case_id: UUID) -> list[Member]:
    """Who belongs to a case, those of today first."""
    rows = session.execute(
        select(CaseMember.since, CaseMember.until, User.display_name, Organisation.label)
        .outerjoin(User, User.id == CaseMember.user_id)
        .outerjoin(
            Organisation,
            or_(
                Organisation.key == CaseMember.organisation_key,
                Organisation.key == User.organisation_key,
            ),
        )
        .where(CaseMember.case_id == case_id)
        .order_by(CaseMember.until.is_not(None), CaseMember.since)
    )
    return [
        Member(
            row.display_name or row.label or "", row.label if row.display_name else None, row.since, row.until
        )
        for row in rows
    ]
