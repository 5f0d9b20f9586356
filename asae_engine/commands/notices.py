"""Notices in inboxes: read is all that happens to them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from asae_engine.commands.errors import NotAllowed, Unknown
from asae_engine.commands.transactions import in_one_transaction
from asae_engine.model import Notice

if TYPE_CHECKING:
    from datetime import datetime
    from uuid import UUID

    from sqlalchemy.orm import Session

    from asae_engine.access import Actor


def mark_notice_read(session: Session, actor: Actor, notice_id: UUID, *, now: datetime) -> Notice:
    """Note that a notice was read. One that is for a role is read for all who hold it.

    Raises `Unknown`, `NotAllowed` when it is for someone else.
    """

    def work() -> Notice:
        notice = session.get(Notice, notice_id, populate_existing=True)
        if notice is None:
            raise Unknown("notice")
        mine = notice.user_id == actor.user_id or (
            notice.role in actor.roles and notice.organisation_key in (None, actor.organisation)
        )
        if not mine:
            raise NotAllowed("Ce message ne vous est pas adressé.")
        if notice.read_at is None:
            notice.read_at = now
            notice.read_by_id = actor.user_id
            session.flush()
        return notice

    return in_one_transaction(session, work)
