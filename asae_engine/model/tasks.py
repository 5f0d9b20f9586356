"""User tasks as people see them: who may do them, by when, and what was typed but not sent yet."""

# ruff: noqa: TC001, TC003 - SQLAlchemy reads the annotations of mapped classes at run time
from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from asae_engine.model.base import Base, enumeration, new_id
from asae_engine.model.cases import Case
from asae_engine.model.instances import ProcessInstance
from asae_engine.model.people import User


class TaskStatus(StrEnum):
    OPEN = "open"
    COMPLETED = "completed"
    CANCELED = "canceled"


class DeadlineKind(StrEnum):
    REMINDER = "reminder"
    DUE = "due"
    ESCALATION_1 = "escalation_1"
    ESCALATION_2 = "escalation_2"


_OPEN = text("status = 'open'")
_GROUPED = text("siblings IS NOT NULL")


class Task(Base):
    """A user task that a token waits at. `variables` are the token's own (a multi-instance item), never
    personal.

    `why` says what brought it here: `{"cause": "opened"|"completed"|"timer"|"message"|"retry",
    "element_name": …, "by": username or null}`. `siblings` groups the instances of one multi-instance
    activity; with `distinct_people` nobody does two of a group.
    """

    __tablename__ = "task"
    __table_args__ = (
        Index("ix_task_open_due", "due_at", "id", sqlite_where=_OPEN, postgresql_where=_OPEN),
        Index(
            "ix_task_open_assignee", "assignee_id", "due_at", "id", sqlite_where=_OPEN, postgresql_where=_OPEN
        ),
        Index("ix_task_case_id", "case_id", "status"),
        Index("ix_task_open_instance", "instance_id", "token_id", sqlite_where=_OPEN, postgresql_where=_OPEN),
        Index("ix_task_siblings", "siblings", sqlite_where=_GROUPED, postgresql_where=_GROUPED),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    case_id: Mapped[UUID] = mapped_column(ForeignKey("case.id"))
    instance_id: Mapped[UUID] = mapped_column(ForeignKey("process_instance.id"))
    token_id: Mapped[str] = mapped_column(String(100))
    element_id: Mapped[str] = mapped_column(String(200))
    process_key: Mapped[str] = mapped_column(String(100))
    name: Mapped[str] = mapped_column(String(200))
    form_key: Mapped[str | None] = mapped_column(String(100))
    lane: Mapped[str | None] = mapped_column(String(200))
    #: The row of the decision `delays` that gave its deadlines.
    delays_step: Mapped[str | None] = mapped_column(String(100))
    assignee_id: Mapped[UUID | None] = mapped_column(ForeignKey("user.id"))
    priority: Mapped[int] = mapped_column(default=50)
    opened_at: Mapped[datetime]
    due_at: Mapped[datetime | None]
    follow_up_at: Mapped[datetime | None]
    claimed_at: Mapped[datetime | None]
    closed_at: Mapped[datetime | None]
    completed_by_id: Mapped[UUID | None] = mapped_column(ForeignKey("user.id"))
    status: Mapped[TaskStatus] = mapped_column(enumeration(TaskStatus), default=TaskStatus.OPEN)
    variables: Mapped[dict[str, Any]] = mapped_column(default=dict)
    why: Mapped[dict[str, Any]] = mapped_column(default=dict)
    distinct_people: Mapped[bool] = mapped_column(default=False)
    siblings: Mapped[UUID | None]
    version: Mapped[int] = mapped_column(default=1)

    case: Mapped[Case] = relationship()
    instance: Mapped[ProcessInstance] = relationship()
    assignee: Mapped[User | None] = relationship(foreign_keys=[assignee_id])
    completed_by: Mapped[User | None] = relationship(foreign_keys=[completed_by_id])
    candidates: Mapped[list[TaskCandidate]] = relationship(passive_deletes=True)

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 - SQLAlchemy reads it from the class


class TaskCandidate(Base):
    """A role (of one organisation, or of any when None) whose holders may claim the task. They leave with it
    when it closes.
    """

    __tablename__ = "task_candidate"
    __table_args__ = (
        UniqueConstraint("task_id", "role", "organisation_key"),
        Index("ix_task_candidate_role", "role", "organisation_key", "task_id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    task_id: Mapped[UUID] = mapped_column(ForeignKey("task.id", ondelete="CASCADE"))
    role: Mapped[str] = mapped_column(String(60))
    organisation_key: Mapped[str | None] = mapped_column(String(60))


class TaskDeadline(Base):
    """An instant at which something is to be said about an open task, once. Unfired ones leave with their
    task.

    `to` is whom an escalation names: a role, `role@organisation`, or None for the people of the task.
    """

    __tablename__ = "task_deadline"
    __table_args__ = (
        Index(
            "ix_task_deadline_due",
            "at",
            sqlite_where=text("fired_at IS NULL"),
            postgresql_where=text("fired_at IS NULL"),
        ),
    )

    task_id: Mapped[UUID] = mapped_column(ForeignKey("task.id", ondelete="CASCADE"), primary_key=True)
    kind: Mapped[DeadlineKind] = mapped_column(enumeration(DeadlineKind), primary_key=True)
    at: Mapped[datetime]
    to: Mapped[str | None] = mapped_column(String(200))
    fired_at: Mapped[datetime | None]
    failures: Mapped[int] = mapped_column(default=0)
    retry_at: Mapped[datetime | None]


class Draft(Base):
    """What one person typed into one form and has not sent.

    `subject` is `task:<task id>`, `start:<process key>` (a new case) or `side:<case id>:<process key>`.
    """

    __tablename__ = "draft"
    __table_args__ = (Index("ix_draft_task_id", "task_id"),)

    user_id: Mapped[UUID] = mapped_column(ForeignKey("user.id", ondelete="CASCADE"), primary_key=True)
    subject: Mapped[str] = mapped_column(String(200), primary_key=True)
    task_id: Mapped[UUID | None] = mapped_column(ForeignKey("task.id", ondelete="CASCADE"))
    data: Mapped[dict[str, Any]]
    saved_at: Mapped[datetime]
