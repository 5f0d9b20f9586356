"""People with addresses, webhooks, and a deliverer whose receivers are on this machine."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import select, update

from asae_engine import commands
from asae_engine.commands import Deliverer
from asae_engine.model import Letter, User
from asae_engine.post import MailServer, Post, Security
from tests.post.conftest import HERE
from web import correspondence

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy.orm import Session

    from asae_engine.model import Webhook
    from asae_engine.post import Occasion
    from tests.post.receivers import Hook, Mailbox


def with_addresses(session: Session) -> None:
    """Give everyone an address: wafa@asae.example."""
    session.execute(update(User).values(email=User.username + "@asae.example"))
    session.commit()


def subscribed(session: Session, hook: Hook, now: datetime, *types: str) -> Webhook:
    return commands.add_webhook(session, None, hook.url, types, bounds=HERE, now=now)


def deliverer(mailbox: Mailbox | None = None, *, patience: float = 5.0) -> Deliverer:
    """Sends to this machine; mail only when there is a mailbox."""
    server = None
    if mailbox is not None:
        server = MailServer("127.0.0.1", mailbox.port, "asae@aude.example", Security.NONE)
    return Deliverer(Post(server, _words, HERE), patience=patience)


def _words(occasion: Occasion) -> tuple[str, str]:
    return correspondence.mail(occasion, "https://asae.example")


def letters(session: Session) -> Sequence[Letter]:
    """All letters, as they are now."""
    session.rollback()
    session.expire_all()
    return session.scalars(select(Letter).order_by(Letter.id)).all()
