"""A file of a case, for who may read the question it answers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import select
from sqlalchemy.orm import undefer

from asae_engine import access
from asae_engine.access import Sight
from asae_engine.model import Attachment
from asae_engine.reading import redaction

if TYPE_CHECKING:
    from datetime import datetime
    from uuid import UUID

    from sqlalchemy.orm import Session

    from asae_engine.access import Actor


def attachment(session: Session, actor: Actor, attachment_id: UUID, *, now: datetime) -> Attachment | None:
    """A file with its content; none when it is not there or its question is not the reader's to read whole.

    A file that was not sent yet (no case, or no answer holds it) is its author's alone.
    """
    found = session.execute(
        select(Attachment).where(Attachment.id == attachment_id).options(undefer(Attachment.content))
    ).scalar_one_or_none()
    if found is None:
        return None
    if found.case_id is None:
        return found if found.by_id == actor.user_id else None
    tie = access.tie(session, actor, found.case_id)
    if tie is None:
        return None
    redactor = redaction.redactor(session, actor, found.case_id, tie, now=now)
    return found if _sight(redactor, found) is Sight.FULL else None


def _sight(redactor: redaction.Redactor, found: Attachment) -> Sight:
    for answer in redactor.answers:
        if (answer.form_key, answer.key) == (found.form_key, found.field_key):
            # The stored mark too: a form that lost its mark does not open what was given under it.
            stored = access.sight(
                redactor.rules, redactor.actor, redactor.tie, access.marks_of(found.mark), frozenset()
            )
            named = answer.question is not None and redactor.actor.plays(*answer.question.readers)
            return redactor.cut(answer).sight if named else min(stored, redactor.cut(answer).sight)
    return Sight.FULL if found.by_id == redactor.actor.user_id else Sight.MASKED
