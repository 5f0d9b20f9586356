"""What happened since a moment, across all cases: for whoever lives through time on a copy."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import func, select

from asae_engine.model import NAME_OF_ELEMENT, Case, Event, Task

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import datetime

    from sqlalchemy.orm import Session


@dataclass(frozen=True, slots=True)
class Told:
    """One event, in words that hold nothing personal."""

    at: datetime
    type: str
    element: str | None
    case_number: str | None


def newest(session: Session) -> int:
    """The rank of the last event; 0 before the first."""
    return session.scalar(select(func.max(Event.id))) or 0


def since(session: Session, rank: int, types: Collection[str]) -> list[Told]:
    """The events of these types after a rank, in their order."""
    rows = session.execute(
        select(Event.at, Event.type, NAME_OF_ELEMENT.label("element"), Case.number)
        .outerjoin(Case, Case.id == Event.case_id)
        .outerjoin(Task, Task.id == Event.task_id)
        .where(Event.id > rank, Event.type.in_(types))
        .order_by(Event.id)
    )
    return [Told(row.at, row.type, row.element, row.number) for row in rows]
