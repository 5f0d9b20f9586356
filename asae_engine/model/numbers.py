"""Numbers given one after the other, without a race: the row of the counter is locked until the writer
commits.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from sqlalchemy.dialects import postgresql, sqlite

from asae_engine.model.cases import Counter

if TYPE_CHECKING:
    from sqlalchemy import Table
    from sqlalchemy.orm import Session

    from asae_engine.model.base import Base


def upsert(session: Session) -> type[postgresql.Insert] | type[sqlite.Insert]:
    """The INSERT of the session's database, which knows ON CONFLICT."""
    return upsert_on(session.get_bind().dialect.name)


def upsert_on(database: str) -> type[postgresql.Insert] | type[sqlite.Insert]:
    """The same by the name of the database: `sqlite` or `postgresql`."""
    return postgresql.Insert if database == "postgresql" else sqlite.Insert


def table_of(entity: type[Base]) -> Table:
    """The table of a mapped class. Rows written through it go as they are, all in one statement: the mapped
    class would make one of each set of columns that is not null.
    """
    return cast("Table", entity.__table__)


def next_number(session: Session, key: str) -> int:
    """The next number under `key`, from 1. A rolled-back transaction gives its number back."""
    statement = (
        upsert(session)(Counter)
        .values(key=key, last=1)
        .on_conflict_do_update(index_elements=[Counter.key], set_={"last": Counter.last + 1})
        .returning(Counter.last)
    )
    return session.execute(statement).scalar_one()
