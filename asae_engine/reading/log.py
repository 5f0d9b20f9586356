"""Who read which file: written once for each page of a case that is opened, with the marks of what was
shown.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import select

from asae_engine.model import Organisation, ReadingLog, User, database

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime
    from uuid import UUID

    from sqlalchemy.orm import Session

    from asae_engine.access import Actor


@dataclass(frozen=True, slots=True)
class Reading:
    """One reading of a file."""

    who: str
    organisation: str
    at: datetime
    what: str
    marks: list[str]


def note(
    session: Session, actor: Actor, case_id: UUID, what: str, marks: Iterable[str] = (), *, now: datetime
) -> None:
    """Record that someone read a file. `what` names the page, never a content. Ends the session's
    transaction.
    """
    session.commit()
    database.begin_writing(session)
    session.add(
        ReadingLog(
            user_id=actor.user_id, case_id=case_id, at=now, what=what[:200], marks=sorted(set(marks) - {""})
        )
    )
    session.commit()


def readings(session: Session, case_id: UUID, limit: int = 200) -> list[Reading]:
    """The last readings of a file, newest first. Index `ix_reading_log_case_id`."""
    rows = session.execute(
        select(User.display_name, Organisation.label, ReadingLog.at, ReadingLog.what, ReadingLog.marks)
        .join(User, User.id == ReadingLog.user_id)
        .outerjoin(Organisation, Organisation.key == User.organisation_key)
        .where(ReadingLog.case_id == case_id)
        .order_by(ReadingLog.at.desc(), ReadingLog.id.desc())
        .limit(limit)
    )
    return [Reading(row.display_name, row.label or "", row.at, row.what, list(row.marks)) for row in rows]
