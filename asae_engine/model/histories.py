"""What is written on its own, beside the closing of a command: an event of no case, a draft."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import insert

from asae_engine.model.history import Event
from asae_engine.model.numbers import upsert
from asae_engine.model.tasks import Draft

if TYPE_CHECKING:
    from datetime import datetime
    from uuid import UUID

    from sqlalchemy.orm import Session


def append_outside(session: Session, event: dict[str, Any]) -> None:
    """Append an event that belongs to no case (a deployment, an account)."""
    session.execute(insert(Event), [event])


def keep_draft(
    session: Session, *, user_id: UUID, subject: str, task_id: UUID | None, data: dict[str, Any], at: datetime
) -> None:
    """Save what someone typed, over what they typed before."""
    statement = upsert(session)(Draft).values(
        user_id=user_id, subject=subject, task_id=task_id, data=data, saved_at=at
    )
    session.execute(
        statement.on_conflict_do_update(
            index_elements=[Draft.user_id, Draft.subject],
            set_={"data": statement.excluded.data, "saved_at": statement.excluded.saved_at},
        )
    )
