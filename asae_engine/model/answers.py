"""What people typed: submissions (whole forms, never changed), the dossier (latest value of each field),
files.
"""

# ruff: noqa: TC003 - SQLAlchemy reads the annotations of mapped classes at run time
from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import JSON, ForeignKey, Index, LargeBinary, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from asae_engine.model.base import Base, new_id, type_json


class Submission(Base):
    """A form as it was sent: `data` maps field keys to JSON values, and holds them all.

    A correction is a new row with the whole form again: `corrects` is the row it replaces, `reason` why, `at`
    when it was typed; `answered_at` stays the instant of the first answer, and `task_id` its task. The row it
    replaces gets `superseded`: figures read the rows where it is false, at `answered_at`.
    """

    __tablename__ = "submission"
    __table_args__ = (
        Index("ix_submission_case_id", "case_id", "form_key"),
        Index("ix_submission_form_key", "form_key", "answered_at"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    case_id: Mapped[UUID] = mapped_column(ForeignKey("case.id"))
    task_id: Mapped[UUID | None] = mapped_column(ForeignKey("task.id"))
    instance_id: Mapped[UUID] = mapped_column(ForeignKey("process_instance.id"))
    form_key: Mapped[str] = mapped_column(String(100))
    deployment_id: Mapped[UUID] = mapped_column(ForeignKey("deployment.id"))
    data: Mapped[dict[str, Any]]
    by_id: Mapped[UUID | None] = mapped_column(ForeignKey("user.id"))
    at: Mapped[datetime]
    answered_at: Mapped[datetime]
    corrects: Mapped[UUID | None] = mapped_column(ForeignKey("submission.id"))
    reason: Mapped[str | None] = mapped_column(Text)
    superseded: Mapped[bool] = mapped_column(default=False)


class DossierField(Base):
    """The latest value of one field of one form in one case, with its type, its mark and where it came from.

    `given` is false when the latest submission of the form did not hold the field (it was hidden): the value
    is then null, and the field does not count when the latest value across forms is sought.
    """

    __tablename__ = "dossier_field"

    case_id: Mapped[UUID] = mapped_column(ForeignKey("case.id"), primary_key=True)
    form_key: Mapped[str] = mapped_column(String(100), primary_key=True)
    field_key: Mapped[str] = mapped_column(String(100), primary_key=True)
    value: Mapped[Any] = mapped_column(type_json, default=JSON.NULL)
    type: Mapped[str] = mapped_column(String(40))
    mark: Mapped[str | None] = mapped_column(String(40))
    given: Mapped[bool] = mapped_column(default=True)
    #: How often the form was submitted in this case (corrections do not count).
    times: Mapped[int] = mapped_column(default=1)
    submission_id: Mapped[UUID] = mapped_column(ForeignKey("submission.id"))
    by_id: Mapped[UUID | None] = mapped_column(ForeignKey("user.id"))
    #: When it was answered; a correction keeps that instant (its own is the submission's `at`).
    at: Mapped[datetime]


class Attachment(Base):
    """A file that came with an answer. Its `mark` is the field's. `case_id` is None until its case is
    opened.
    """

    __tablename__ = "attachment"
    __table_args__ = (Index("ix_attachment_case_id", "case_id"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    case_id: Mapped[UUID | None] = mapped_column(ForeignKey("case.id"))
    task_id: Mapped[UUID | None] = mapped_column(ForeignKey("task.id"))
    form_key: Mapped[str | None] = mapped_column(String(100))
    field_key: Mapped[str | None] = mapped_column(String(100))
    mark: Mapped[str | None] = mapped_column(String(40))
    filename: Mapped[str] = mapped_column(String(255))
    content_type: Mapped[str] = mapped_column(String(100))
    size: Mapped[int]
    sha256: Mapped[str] = mapped_column(String(64))
    content: Mapped[bytes] = mapped_column(LargeBinary, deferred=True)
    by_id: Mapped[UUID | None] = mapped_column(ForeignKey("user.id"))
    at: Mapped[datetime]
