"""What waits to be sent and what could not be, for administrators and monitoring: never what it says."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import urlsplit

from sqlalchemy import func, select
from sqlalchemy.orm import selectinload

from asae_engine.model import Case, Letter, LetterKind, User, Webhook

if TYPE_CHECKING:
    from datetime import datetime
    from uuid import UUID

    from sqlalchemy.orm import Session


@dataclass(frozen=True, slots=True)
class Outbox:
    """How sending goes."""

    waiting: int
    #: For how many seconds the eldest waits.
    waited: float
    given_up: int


class Listed(NamedTuple):
    """A letter that waits or was given up."""

    id: int
    kind: LetterKind
    what: str
    case_number: str
    #: The account's name, or the machine of the webhook: its whole address may hold a secret.
    receiver: str
    at: datetime
    attempts: int
    next_try_at: datetime
    given_up_at: datetime | None
    error: str | None


class Subscription(NamedTuple):
    """A webhook, without its secret."""

    id: UUID
    url: str
    types: list[str]
    waiting: int


_WAITS = (Letter.delivered_at.is_(None), Letter.given_up_at.is_(None))
_WAITING = select(func.count(), func.min(Letter.at)).where(*_WAITS)
_GIVEN_UP = select(func.count()).select_from(Letter).where(Letter.given_up_at.is_not(None))


def outbox(session: Session, *, now: datetime) -> Outbox:
    """How many letters wait, for how long, and how many were given up (and not forgotten yet)."""
    waiting, since = session.execute(_WAITING).one()
    waited = 0.0 if since is None else max((now - since).total_seconds(), 0.0)
    return Outbox(waiting, waited, session.execute(_GIVEN_UP).scalar_one())


def letters(session: Session, *, given_up: bool, limit: int = 200) -> list[Listed]:
    """The letters that wait, or those that were given up, in their order."""
    which = (Letter.given_up_at.is_not(None),) if given_up else _WAITS
    rows = session.execute(
        select(Letter, Case.number, User.username, Webhook.url)
        .join(Case, Case.id == Letter.case_id)
        .outerjoin(User, User.id == Letter.receiver_id)
        .outerjoin(Webhook, Webhook.id == Letter.receiver_id)
        .where(*which)
        .order_by(Letter.id)
        .limit(limit)
    )
    return [
        Listed(
            letter.id,
            letter.kind,
            letter.what,
            number,
            username or urlsplit(url or "").hostname or "—",
            letter.at,
            letter.attempts,
            letter.next_try_at,
            letter.given_up_at,
            letter.error,
        )
        for letter, number, username, url in rows
    ]


def webhooks(session: Session) -> list[Subscription]:
    """The webhooks, the eldest first."""
    counts = select(Letter.receiver_id, func.count()).where(*_WAITS).group_by(Letter.receiver_id)
    waiting = {row[0]: row[1] for row in session.execute(counts)}
    found = session.scalars(select(Webhook).options(selectinload(Webhook.events)).order_by(Webhook.id))
    return [
        Subscription(one.id, one.url, [event.type for event in one.events], waiting.get(one.id, 0))
        for one in found
    ]
