"""What every table shares: the declarative base, its naming rules, and the column types both databases agree
on.

No table lives here. Ids are UUIDs that sort by creation, so that an index grows at its end; instants are
aware UTC and a naive one is refused where it enters.
"""

# ruff: noqa: TC003 - SQLAlchemy reads the annotations of mapped classes at run time
from __future__ import annotations

import json
import os
import threading
import time
from datetime import UTC, datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Any, TypeVar
from uuid import UUID

from sqlalchemy import JSON, DateTime, Enum, MetaData, Uuid
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import DeclarativeBase
from sqlalchemy.types import TypeDecorator

if TYPE_CHECKING:
    from sqlalchemy.engine import Dialect

#: A JSON document as the drivers give it: what forms.to_json writes and nothing else.
type_json = JSON().with_variant(JSONB(), "postgresql")


class UtcDateTime(TypeDecorator[datetime]):
    """An instant. Stored as UTC, read back aware; a naive datetime raises `ValueError` before it reaches a
    column.
    """

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("an instant must be aware; a naive datetime has no place in the database")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


#: JSON as it is stored and sent: « é » is one character of it, not six.
to_json = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


def enumeration(kind: type[StrEnum]) -> Enum:
    """A string column that only takes the values of `kind` (a check on both databases, no native type to
    migrate).
    """
    return Enum(
        kind,
        native_enum=False,
        create_constraint=True,
        length=20,
        name=kind.__name__.lower(),
        values_callable=lambda members: [member.value for member in members],
    )


class Base(DeclarativeBase):
    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map = {  # noqa: RUF012 - SQLAlchemy reads this attribute from the class
        datetime: UtcDateTime(),
        UUID: Uuid(),
        dict[str, Any]: type_json,
        list[Any]: type_json,
    }


Row = TypeVar("Row", bound=Base)


class _Stamps:
    """Instants in 4096ths of a millisecond, none given twice by this process."""

    def __init__(self) -> None:
        self._last = 0
        self._lock = threading.Lock()

    def next(self) -> int:
        with self._lock:
            self._last = max(time.time_ns() * 4096 // 1_000_000, self._last + 1)
            return self._last


_stamps = _Stamps()


def new_id() -> UUID:
    """A UUID of version 7 (RFC 9562): 48 bits of milliseconds, 12 of a fraction of one, then chance.

    Ids made by one process sort in the order they were made, even within a millisecond.
    """
    milliseconds, fraction = divmod(_stamps.next(), 4096)
    chance = int.from_bytes(os.urandom(8), "big") >> 2
    return UUID(int=milliseconds << 80 | 7 << 76 | fraction << 64 | 2 << 62 | chance)


def new_row(kind: type[Row], **columns: Any) -> Row:
    """A new row whose columns the unit of work does not watch: a `Closing` writes it, whole."""
    row = kind()
    row.__dict__.update(columns)
    return row
