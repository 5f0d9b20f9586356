"""Process instances as the engine saves them, and the incidents of tokens that stopped."""

# ruff: noqa: TC003 - SQLAlchemy reads the annotations of mapped classes at run time
from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, Index, LargeBinary, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from asae_engine.model.base import Base, enumeration, new_id


class InstanceKind(StrEnum):
    MAIN = "main"
    SIDE = "side"
    #: The engine's own, which nobody started: what runs when a task's deadline is reached, and what awaits
    #: the start of a side process. Kept under the name of the first.
    ENGINE = "deadline"


class InstanceStatus(StrEnum):
    ACTIVE = "active"
    ENDED = "ended"
    CANCELED = "canceled"


class ProcessInstance(Base):
    """A run of a process definition. `state` is opaque to everything but `bpmn`; `version` is the optimistic
    lock.

    `failures` and `retry_at` belong to the scheduler: an instance whose timers raise each time waits longer
    each time.
    """

    __tablename__ = "process_instance"
    __table_args__ = (
        Index(
            "ix_process_instance_due",
            "next_due_at",
            sqlite_where=text("status = 'active' AND next_due_at IS NOT NULL"),
            postgresql_where=text("status = 'active' AND next_due_at IS NOT NULL"),
        ),
        Index("ix_process_instance_case_id", "case_id", "status"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    case_id: Mapped[UUID] = mapped_column(ForeignKey("case.id"))
    deployment_id: Mapped[UUID] = mapped_column(ForeignKey("deployment.id"))
    process_key: Mapped[str] = mapped_column(String(100))
    name: Mapped[str] = mapped_column(String(200))
    kind: Mapped[InstanceKind] = mapped_column(enumeration(InstanceKind))
    state: Mapped[bytes] = mapped_column(LargeBinary, deferred=True)
    #: Where its tokens stand beside those of open tasks, for who reads and does not load the state: process
    #: key, element id, how many.
    places: Mapped[dict[str, Any]] = mapped_column(default=dict)
    version: Mapped[int] = mapped_column(default=1)
    next_due_at: Mapped[datetime | None]
    status: Mapped[InstanceStatus] = mapped_column(enumeration(InstanceStatus), default=InstanceStatus.ACTIVE)
    started_at: Mapped[datetime]
    started_by_id: Mapped[UUID | None] = mapped_column(ForeignKey("user.id"))
    updated_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    #: "normal", "terminated", an error code, or None while it runs.
    ended_how: Mapped[str | None] = mapped_column(String(100))
    failures: Mapped[int] = mapped_column(default=0)
    retry_at: Mapped[datetime | None]

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 - SQLAlchemy reads it from the class


class IncidentEnd(StrEnum):
    """How an incident ended."""

    RETRIED = "retried"
    #: A person led the token past its element.
    PASSED_OVER = "passed_over"
    #: The token was taken away, or its instance ended.
    GONE = "gone"


class Incident(Base):
    """A token that stopped, or an instance whose timer raises each time: visible until it goes on.

    A token is tried again by itself at `retry_at`, later each time; without one it waits for a person.
    """

    __tablename__ = "incident"
    __table_args__ = (
        Index("ix_incident_case_id", "case_id"),
        Index(
            "ix_incident_open",
            "at",
            sqlite_where=text("resolved_at IS NULL"),
            postgresql_where=text("resolved_at IS NULL"),
        ),
        Index("ix_incident_instance_id", "instance_id"),
        Index(
            "ix_incident_retry_at",
            "retry_at",
            sqlite_where=text("retry_at IS NOT NULL"),
            postgresql_where=text("retry_at IS NOT NULL"),
        ),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    case_id: Mapped[UUID] = mapped_column(ForeignKey("case.id"))
    instance_id: Mapped[UUID] = mapped_column(ForeignKey("process_instance.id"))
    process_key: Mapped[str] = mapped_column(String(100))
    #: None when it is not one token that stopped but the instance's timers, or a deadline.
    token_id: Mapped[str | None] = mapped_column(String(100))
    element_id: Mapped[str | None] = mapped_column(String(200))
    element_name: Mapped[str | None] = mapped_column(String(200))
    message: Mapped[str] = mapped_column(Text)
    at: Mapped[datetime]
    #: How often it was tried again by itself.
    tries: Mapped[int] = mapped_column(default=0)
    retry_at: Mapped[datetime | None]
    resolved_at: Mapped[datetime | None]
    resolved_by_id: Mapped[UUID | None] = mapped_column(ForeignKey("user.id"))
    resolved_how: Mapped[IncidentEnd | None] = mapped_column(enumeration(IncidentEnd))
    #: What a person wrote who led it past its element, or set a variable right.
    reason: Mapped[str | None] = mapped_column(Text)
