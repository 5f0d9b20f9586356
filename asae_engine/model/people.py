"""Who works here: organisations, accounts, the roles an account holds, and who tries to be let in. Passwords
are hashed by `access`.
"""

# ruff: noqa: TC003 - SQLAlchemy reads the annotations of mapped classes at run time
from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from asae_engine.model.base import Base, new_id


class Organisation(Base):
    """A partner. Its key is the one that diagrams and `programme.json` use."""

    __tablename__ = "organisation"

    key: Mapped[str] = mapped_column(String(60), primary_key=True)
    label: Mapped[str] = mapped_column(String(200))


class User(Base):
    """An account. `session_epoch` goes up when every open session of the account must end (new password,
    blocked).
    """

    __tablename__ = "user"
    __table_args__ = (Index("uq_user_username", "username", unique=True),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    username: Mapped[str] = mapped_column(String(80))
    display_name: Mapped[str] = mapped_column(String(200))
    email: Mapped[str | None] = mapped_column(String(254))
    #: Whether notices come by mail as well, when there is an address.
    mail: Mapped[bool] = mapped_column(default=True)
    password_hash: Mapped[str | None] = mapped_column(String(200))
    organisation_key: Mapped[str | None] = mapped_column(ForeignKey("organisation.key"), index=True)
    active: Mapped[bool] = mapped_column(default=True)
    #: Language of the pages; None follows the browser.
    locale: Mapped[str | None] = mapped_column(String(8))
    session_epoch: Mapped[int] = mapped_column(default=0)
    created_at: Mapped[datetime | None]

    roles: Mapped[list[UserRole]] = relationship(cascade="all, delete-orphan", order_by="UserRole.role")
    organisation: Mapped[Organisation | None] = relationship()


class UserRole(Base):
    """A role an account holds; keys come from the deployed `programme.json`."""

    __tablename__ = "user_role"
    __table_args__ = (Index("ix_user_role_role", "role"),)

    user_id: Mapped[UUID] = mapped_column(ForeignKey("user.id", ondelete="CASCADE"), primary_key=True)
    role: Mapped[str] = mapped_column(String(60), primary_key=True)


class SignInAttempts(Base):
    """The failed sign-ins of late on one account or from one address. The key is a digest: an address is
    personal, and what is typed as a name may be a password.
    """

    __tablename__ = "sign_in_attempts"

    key: Mapped[str] = mapped_column(String(64), primary_key=True)
    #: Seconds since 1970, in order.
    at: Mapped[list[Any]]
    last: Mapped[datetime] = mapped_column(index=True)
