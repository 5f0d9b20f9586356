"""The household and its journeys: cases, who belongs to them, and the counters their numbers come from."""

# ruff: noqa: TC001, TC003 - SQLAlchemy reads the annotations of mapped classes at run time
from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from asae_engine.model.base import Base, enumeration, new_id
from asae_engine.model.people import User


class CaseStatus(StrEnum):
    OPEN = "open"
    CLOSED = "closed"


class Household(Base):
    """The people a case is about, as far as they must be found again: the rest is in the dossier.

    `search_last`, `search_first` are the names without accents, case or punctuation; `search_key` is "last
    first last", so that a search meets the names in either order.
    """

    __tablename__ = "household"
    __table_args__ = (
        Index("uq_household_number", "number", unique=True),
        Index("ix_household_search_key", "search_key"),
        Index("ix_household_search_last", "search_last"),
        Index("ix_household_search_first", "search_first"),
        Index("ix_household_birth_date", "birth_date"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    number: Mapped[int]
    last_name: Mapped[str] = mapped_column(String(200), default="")
    first_name: Mapped[str] = mapped_column(String(200), default="")
    birth_date: Mapped[date | None]
    town: Mapped[str | None] = mapped_column(String(200))
    search_last: Mapped[str] = mapped_column(String(200), default="")
    search_first: Mapped[str] = mapped_column(String(200), default="")
    search_key: Mapped[str] = mapped_column(String(610), default="")

    cases: Mapped[list[Case]] = relationship(back_populates="household", order_by="Case.opened_at")


class Case(Base):
    """One journey, from referral to closure. `number` is `2026-0042`: the year it was opened in, and its
    rank.

    `title` is the household's name as lists show it (personal, mark P); `stage` the step the journey stands
    at, for lists; `event_count` the rank of its last event.
    """

    __tablename__ = "case"
    __table_args__ = (
        Index("uq_case_number", "number", unique=True),
        Index("ix_case_household_id", "household_id"),
        Index("ix_case_status_opened_at", "status", "opened_at"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    number: Mapped[str] = mapped_column(String(20))
    household_id: Mapped[UUID] = mapped_column(ForeignKey("household.id"))
    process_key: Mapped[str] = mapped_column(String(100))
    door: Mapped[str | None] = mapped_column(String(60))
    status: Mapped[CaseStatus] = mapped_column(enumeration(CaseStatus), default=CaseStatus.OPEN)
    opened_at: Mapped[datetime]
    opened_by_id: Mapped[UUID | None] = mapped_column(ForeignKey("user.id"))
    closed_at: Mapped[datetime | None]
    title: Mapped[str] = mapped_column(String(400), default="")
    stage: Mapped[str] = mapped_column(String(200), default="")
    event_count: Mapped[int] = mapped_column(default=0)
    #: Whether a process of the case ever waited for a condition: then each new answer asks them again.
    watches_conditions: Mapped[bool] = mapped_column(default=False)

    household: Mapped[Household] = relationship(back_populates="cases")
    members: Mapped[list[CaseMember]] = relationship(back_populates="case")


class CaseMember(Base):
    """A person or a whole organisation that belongs to a case, since when and until when (None: still)."""

    __tablename__ = "case_member"
    __table_args__ = (
        CheckConstraint("(user_id IS NULL) <> (organisation_key IS NULL)", name="one_member"),
        Index(
            "uq_case_member_user",
            "case_id",
            "user_id",
            unique=True,
            sqlite_where=text("until IS NULL AND user_id IS NOT NULL"),
            postgresql_where=text("until IS NULL AND user_id IS NOT NULL"),
        ),
        Index(
            "uq_case_member_organisation",
            "case_id",
            "organisation_key",
            unique=True,
            sqlite_where=text("until IS NULL AND organisation_key IS NOT NULL"),
            postgresql_where=text("until IS NULL AND organisation_key IS NOT NULL"),
        ),
        Index("ix_case_member_user_id", "user_id", "case_id"),
        Index("ix_case_member_organisation_key", "organisation_key", "case_id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    case_id: Mapped[UUID] = mapped_column(ForeignKey("case.id"))
    user_id: Mapped[UUID | None] = mapped_column(ForeignKey("user.id"))
    organisation_key: Mapped[str | None] = mapped_column(ForeignKey("organisation.key"))
    #: Why it belongs: "opener", "assignee" or "designated".
    role: Mapped[str] = mapped_column(String(60))
    since: Mapped[datetime]
    until: Mapped[datetime | None]

    case: Mapped[Case] = relationship(back_populates="members")
    user: Mapped[User | None] = relationship()


class Counter(Base):
    """The last number given under a key ("case-2026", "household", "deployment"). Taken in the writer's
    transaction.
    """

    __tablename__ = "counter"

    key: Mapped[str] = mapped_column(String(60), primary_key=True)
    last: Mapped[int]
