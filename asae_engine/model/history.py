"""What happened and what was said: events (append-only), notices, who read what, and the committee's
calendar.
"""

# ruff: noqa: TC003 - SQLAlchemy reads the annotations of mapped classes at run time
from __future__ import annotations

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, ForeignKey, Index, Integer, String, Text, func, text
from sqlalchemy.orm import Mapped, mapped_column

from asae_engine.model.base import Base, new_id
from asae_engine.model.tasks import Task

_serial = BigInteger().with_variant(Integer(), "sqlite")


#: What was due and came: for how punctual that is. As text, so that a query asks just what the index holds.
WAS_FIRED = text("type IN ('timer.fired', 'task.reminder', 'task.overdue', 'task.escalated')")


class Event(Base):
    """Something that happened. Never changed, never deleted (a trigger on both databases refuses it).

    `rank` counts the events of one case from 1 without a gap. `data` names field keys, kinds and dates, never
    a value that a person typed: those are in submissions. Its `passed` lists the elements that tokens passed
    at once after it (gateways, scripts), each with its process when that is another one. The event of a task
    leaves process, instance and element to the task (`NAME_OF_ELEMENT` reads either).
    """

    __tablename__ = "event"
    __table_args__ = (
        Index("uq_event_case_rank", "case_id", "rank", unique=True),
        Index("ix_event_fired", "at", sqlite_where=WAS_FIRED, postgresql_where=WAS_FIRED),
    )

    id: Mapped[int] = mapped_column(_serial, primary_key=True, autoincrement=True)
    case_id: Mapped[UUID | None] = mapped_column(ForeignKey("case.id"))
    rank: Mapped[int | None]
    instance_id: Mapped[UUID | None] = mapped_column(ForeignKey("process_instance.id"))
    task_id: Mapped[UUID | None] = mapped_column(ForeignKey("task.id"))
    type: Mapped[str] = mapped_column(String(60))
    at: Mapped[datetime]
    actor_id: Mapped[UUID | None] = mapped_column(ForeignKey("user.id"))
    process_key: Mapped[str | None] = mapped_column(String(100))
    element_id: Mapped[str | None] = mapped_column(String(200))
    element_name: Mapped[str | None] = mapped_column(String(200))
    data: Mapped[dict[str, Any]] = mapped_column(default=dict)


#: The name of the element or of the task that an event is of; wants `Task` joined by `Event.task_id`.
NAME_OF_ELEMENT = func.coalesce(Event.element_name, Task.name)


class Notice(Base):
    """A sentence for someone's inbox: one person (`user_id`), or a role (of one organisation, or of any when
    None).

    `kind` is a deadline's kind ("reminder", "due", "escalation_1", "escalation_2") or "notice".
    """

    __tablename__ = "notice"
    __table_args__ = (
        Index("ix_notice_user_id", "user_id", "read_at"),
        Index("ix_notice_role", "role", "organisation_key", "read_at"),
        Index("ix_notice_case_id", "case_id"),
        Index("ix_notice_task_id", "task_id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    case_id: Mapped[UUID] = mapped_column(ForeignKey("case.id"))
    task_id: Mapped[UUID | None] = mapped_column(ForeignKey("task.id"))
    kind: Mapped[str] = mapped_column(String(20))
    user_id: Mapped[UUID | None] = mapped_column(ForeignKey("user.id"))
    role: Mapped[str | None] = mapped_column(String(60))
    organisation_key: Mapped[str | None] = mapped_column(String(60))
    message: Mapped[str] = mapped_column(Text)
    at: Mapped[datetime]
    read_at: Mapped[datetime | None]
    read_by_id: Mapped[UUID | None] = mapped_column(ForeignKey("user.id"))


class ReadingLog(Base):
    """Who read which file, when and through which page; `marks` are the kinds of sensitive fields that were
    shown.
    """

    __tablename__ = "reading_log"
    __table_args__ = (
        Index("ix_reading_log_case_id", "case_id", "at"),
        Index("ix_reading_log_user_id", "user_id", "at"),
    )

    id: Mapped[int] = mapped_column(_serial, primary_key=True, autoincrement=True)
    user_id: Mapped[UUID] = mapped_column(ForeignKey("user.id"))
    case_id: Mapped[UUID] = mapped_column(ForeignKey("case.id"))
    at: Mapped[datetime]
    what: Mapped[str] = mapped_column(String(200))
    marks: Mapped[list[Any]] = mapped_column(default=list)


class CommitteeSession(Base):
    """A sitting of the committee, on a day."""

    __tablename__ = "committee_session"
    __table_args__ = (Index("uq_committee_session_date", "date", unique=True),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    date: Mapped[date]
    place: Mapped[str | None] = mapped_column(String(200))
