"""Long works: what someone asked to be done to many cases, item by item, and how far it is."""

# ruff: noqa: TC003 - SQLAlchemy reads the annotations of mapped classes at run time
from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, Index, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from asae_engine.model.base import Base, enumeration, new_id


class WorkKind(StrEnum):
    #: All open tasks of a person are given to another.
    REASSIGN = "reassign"
    #: A message is brought to every case that waits for it.
    MESSAGE = "message"
    #: What stopped on one element of one deployment is tried again.
    RETRY = "retry"


class WorkState(StrEnum):
    WAITING = "waiting"
    RUNNING = "running"
    PAUSED = "paused"
    CANCELED = "canceled"
    FINISHED = "finished"


class ItemState(StrEnum):
    WAITING = "waiting"
    DONE = "done"
    #: There was nothing to do any more, or not yet.
    VOID = "void"
    FAILED = "failed"


_UNDER_WAY = text("state IN ('waiting', 'running')")


class LongWork(Base):
    """Something to be done to many things, each in a transaction of its own. `parameters` hold ids and keys.

    How far it is stands in its items and is counted when asked: a counter here would be a row that all
    workers wait for.
    """

    __tablename__ = "long_work"
    __table_args__ = (
        Index("ix_long_work_under_way", "asked_at", sqlite_where=_UNDER_WAY, postgresql_where=_UNDER_WAY),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    kind: Mapped[WorkKind] = mapped_column(enumeration(WorkKind))
    state: Mapped[WorkState] = mapped_column(enumeration(WorkState), default=WorkState.WAITING)
    parameters: Mapped[dict[str, Any]] = mapped_column(default=dict)
    total: Mapped[int]
    asked_by_id: Mapped[UUID] = mapped_column(ForeignKey("user.id"))
    asked_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]


class LongWorkItem(Base):
    """One thing of a long work: a task or a case (`subject_id`). `message` says in French why it failed."""

    __tablename__ = "long_work_item"
    __table_args__ = (
        Index(
            "ix_long_work_item_waiting",
            "work_id",
            "position",
            sqlite_where=text("state = 'waiting'"),
            postgresql_where=text("state = 'waiting'"),
        ),
    )

    work_id: Mapped[UUID] = mapped_column(ForeignKey("long_work.id", ondelete="CASCADE"), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True)
    subject_id: Mapped[UUID]
    state: Mapped[ItemState] = mapped_column(enumeration(ItemState), default=ItemState.WAITING)
    message: Mapped[str | None] = mapped_column(Text)
