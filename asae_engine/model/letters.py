"""What leaves the house: letters that wait to be sent or were, and the webhooks that subscribe to events.

A letter holds references, never a text: what it says is made when it is sent, of what its receiver may know.
"""

# ruff: noqa: TC003 - SQLAlchemy reads the annotations of mapped classes at run time
from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import BigInteger, ForeignKey, Index, Integer, String, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from asae_engine.model.base import Base, enumeration, new_id

_serial = BigInteger().with_variant(Integer(), "sqlite")
_WAITS = text("delivered_at IS NULL AND given_up_at IS NULL")


class LetterKind(StrEnum):
    MAIL = "mail"
    WEBHOOK = "webhook"


class Webhook(Base):
    """An address of another system, which hears of events. `secret` signs what it is sent: 24 to 64 bytes
    after `whsec_`, in base 64 (Standard Webhooks).
    """

    __tablename__ = "webhook"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    url: Mapped[str] = mapped_column(String(2000))
    secret: Mapped[str] = mapped_column(String(100))
    created_at: Mapped[datetime]

    events: Mapped[list[WebhookEvent]] = relationship(
        cascade="all, delete-orphan", passive_deletes=True, order_by="WebhookEvent.type"
    )


class WebhookEvent(Base):
    """A type of event that a webhook hears of."""

    __tablename__ = "webhook_event"
    __table_args__ = (Index("ix_webhook_event_type", "type"),)

    webhook_id: Mapped[UUID] = mapped_column(ForeignKey("webhook.id", ondelete="CASCADE"), primary_key=True)
    type: Mapped[str] = mapped_column(String(60), primary_key=True)


class Letter(Base):
    """Something that is to be sent to one receiver, written in the transaction of the command that it tells
    of.

    Ids rise in the order in which the events of a case happened, and a receiver's letters go in that order.
    `key` stays the same however often the letter is sent: by it a receiver knows that it came twice.
    """

    __tablename__ = "letter"
    __table_args__ = (
        Index("ix_letter_waiting", "receiver_id", "id", sqlite_where=_WAITS, postgresql_where=_WAITS),
        Index("ix_letter_delivered_at", "delivered_at"),
        Index("ix_letter_given_up_at", "given_up_at"),
        Index("ix_letter_case_id", "case_id"),
    )

    id: Mapped[int] = mapped_column(_serial, primary_key=True, autoincrement=True)
    key: Mapped[UUID] = mapped_column(default=new_id)
    kind: Mapped[LetterKind] = mapped_column(enumeration(LetterKind))
    #: The account (mail) or the webhook.
    receiver_id: Mapped[UUID]
    #: What is told: the kind of a notice or `assigned` (mail), the type of the event (webhook).
    what: Mapped[str] = mapped_column(String(60))
    case_id: Mapped[UUID] = mapped_column(ForeignKey("case.id"))
    task_id: Mapped[UUID | None] = mapped_column(ForeignKey("task.id"))
    event_id: Mapped[int | None] = mapped_column(_serial, ForeignKey("event.id"))
    at: Mapped[datetime]
    attempts: Mapped[int] = mapped_column(default=0)
    #: Not to be sent before; while a worker holds it, the end of its lease.
    next_try_at: Mapped[datetime]
    delivered_at: Mapped[datetime | None]
    given_up_at: Mapped[datetime | None]
    #: Why the last try failed: a word for programs, nothing that the other side said.
    error: Mapped[str | None] = mapped_column(String(60))
