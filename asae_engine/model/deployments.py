"""Bundles as they were deployed (numbered, immutable), and the drafts a process owner has not published
yet.
"""

# ruff: noqa: TC001, TC003 - SQLAlchemy reads the annotations of mapped classes at run time
from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, Index, LargeBinary, String, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from asae_engine.model.base import Base, new_id
from asae_engine.model.people import User


class Deployment(Base):
    """A bundle that was checked whole and stored whole. `number` counts from 1; `digest` is the hash of all
    its files.
    """

    __tablename__ = "deployment"
    __table_args__ = (
        Index("uq_deployment_number", "number", unique=True),
        Index("ix_deployment_digest", "digest"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    number: Mapped[int]
    digest: Mapped[str] = mapped_column(String(64))
    at: Mapped[datetime]
    by_id: Mapped[UUID | None] = mapped_column(ForeignKey("user.id"))
    reason: Mapped[str] = mapped_column(Text)

    by: Mapped[User | None] = relationship()


class DeploymentFile(Base):
    __tablename__ = "deployment_file"

    deployment_id: Mapped[UUID] = mapped_column(ForeignKey("deployment.id"), primary_key=True)
    path: Mapped[str] = mapped_column(String(255), primary_key=True)
    content: Mapped[bytes] = mapped_column(LargeBinary)


class BundleDraft(Base):
    """A file that a process owner is changing: the whole of it, and the deployment it started from.

    `content` None: the file is to leave the bundle. One draft a path, shared; `by` is who saved it last.
    `version` is counted up by whoever saves (room `drafts`), so that two people do not overwrite each other.
    """

    __tablename__ = "bundle_draft"
    __table_args__ = (Index("uq_bundle_draft_path", "path", unique=True),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    path: Mapped[str] = mapped_column(String(255))
    content: Mapped[bytes | None] = mapped_column(LargeBinary)
    based_on_id: Mapped[UUID | None] = mapped_column(ForeignKey("deployment.id"))
    version: Mapped[int] = mapped_column(default=1)
    by_id: Mapped[UUID | None] = mapped_column(ForeignKey("user.id"))
    at: Mapped[datetime]

    based_on: Mapped[Deployment | None] = relationship()
    by: Mapped[User | None] = relationship()
