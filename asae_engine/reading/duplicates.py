"""Households that may be the one about to be opened, told to someone without telling what they may not
know.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from asae_engine import access
from asae_engine.access import Tie
from asae_engine.reading import identity

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date, datetime
    from uuid import UUID

    from sqlalchemy.orm import Session

    from asae_engine.access import Actor


class Case(Protocol):
    """A case of a known household."""

    @property
    def case_id(self) -> UUID: ...
    @property
    def number(self) -> str: ...
    @property
    def status(self) -> str: ...
    @property
    def opened_at(self) -> datetime: ...


class Likeness(Protocol):
    """A known household that is much like the one asked about."""

    @property
    def household_id(self) -> UUID: ...
    @property
    def last_name(self) -> str: ...
    @property
    def first_name(self) -> str: ...
    @property
    def birth_date(self) -> date | None: ...
    @property
    def reason(self) -> str: ...
    @property
    def certain(self) -> bool: ...
    @property
    def cases(self) -> Sequence[Case]: ...


@dataclass(frozen=True, slots=True)
class KnownCase:
    """A case of a known household that the reader may open."""

    case_id: UUID
    number: str
    is_open: bool
    opened_at: datetime


@dataclass(frozen=True, slots=True)
class Known:
    """A known household, as far as the reader may know it."""

    household_id: UUID
    #: None when the reader may not read it: it was typed nearly so, but it is not theirs to learn.
    name: str | None
    birth_date: date | None
    reason: str
    certain: bool
    cases: list[KnownCase]
    #: Cases that the reader may not open.
    others: int


def shown(session: Session, actor: Actor, found: Sequence[Likeness]) -> list[Known]:
    """What is told of each household that was found."""
    names = identity.reader(session, actor)
    return [_known(session, actor, names, one) for one in found]


def _known(session: Session, actor: Actor, names: identity.Names, one: Likeness) -> Known:
    ties = {case.case_id: access.tie(session, actor, case.case_id) for case in one.cases}
    closest = max((tie for tie in ties.values() if tie is not None), default=None)
    # Names that agree to the letter with what was typed teach nothing.
    readable = one.certain or (closest is not None and names.shown[Tie(closest)])
    return Known(
        household_id=one.household_id,
        name=f"{one.last_name} {one.first_name}".strip() if readable else None,
        birth_date=one.birth_date if readable else None,
        reason=one.reason,
        certain=one.certain,
        cases=[
            KnownCase(case.case_id, case.number, case.status == "open", case.opened_at)
            for case in one.cases
            if ties[case.case_id] is not None
        ],
        others=sum(1 for tie in ties.values() if tie is None),
    )
