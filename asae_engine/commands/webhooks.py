"""Webhooks: other systems that hear of events. Asked by an administrator, or by the command line (no
actor).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from asae_engine import access, post
from asae_engine.commands.errors import CommandError, NotAllowed, Unknown
from asae_engine.commands.transactions import in_one_transaction
from asae_engine.model import Webhook, WebhookEvent, histories, new_id, outbox
from asae_engine.post import Bounds, UrlRefused
from asae_engine.reading import timeline

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime
    from uuid import UUID

    from sqlalchemy.orm import Session

    from asae_engine.access import Actor

#: What a webhook may hear of: what people find in a case's history.
EVENT_TYPES = tuple(sorted({one for types in timeline.TYPES.values() for one in types}))


class WebhookRefused(CommandError):  # noqa: N818 - as in errors
    """The webhook was not made; the message says why."""

    status = 422

    def __init__(self, message: str) -> None:
        super().__init__("webhook_refused", message)


def add_webhook(
    session: Session,
    actor: Actor | None,
    url: str,
    types: Sequence[str],
    *,
    bounds: Bounds,
    now: datetime,
) -> Webhook:
    """Let an address hear of events of these types (all, when none is given) from now on.

    Its secret was made by chance; show it once. Raises `WebhookRefused`, `NotAllowed`.
    """
    try:
        post.check_url(url, bounds)
    except UrlRefused as refused:
        raise WebhookRefused(refused.message_fr) from None
    for unknown in sorted(set(types) - set(EVENT_TYPES)):
        raise WebhookRefused(
            f"L’événement «\u00a0{unknown}\u00a0» n’existe pas. Choix\u00a0: {', '.join(EVENT_TYPES)}."
        )

    def work() -> Webhook:
        _require(session, actor)
        webhook = Webhook(
            id=new_id(),
            url=url,
            secret=post.new_secret(),
            created_at=now,
            events=[WebhookEvent(type=one) for one in sorted(set(types) or EVENT_TYPES)],
        )
        session.add(webhook)
        session.flush()
        _tell(session, "webhook.added", actor, webhook.id, now)
        return webhook

    return in_one_transaction(session, work)


def remove_webhook(session: Session, actor: Actor | None, webhook_id: UUID, *, now: datetime) -> None:
    """Send nothing more to an address, what waits for it included. Raises `Unknown`, `NotAllowed`."""

    def work() -> None:
        _require(session, actor)
        webhook = session.get(Webhook, webhook_id)
        if webhook is None:
            raise Unknown("webhook")
        session.delete(webhook)
        session.flush()
        outbox.forget_of(session, webhook_id)
        _tell(session, "webhook.removed", actor, webhook_id, now)

    in_one_transaction(session, work)


def _require(session: Session, actor: Actor | None) -> None:
    if actor is not None and (refusal := access.permitted(session, actor, "administer")) is not None:
        raise NotAllowed(refusal.reason_fr)


def _tell(session: Session, type_: str, actor: Actor | None, webhook_id: UUID, now: datetime) -> None:
    histories.append_outside(
        session,
        {
            "type": type_,
            "at": now,
            "actor_id": None if actor is None else actor.user_id,
            "data": {"webhook_id": str(webhook_id)},
        },
    )
