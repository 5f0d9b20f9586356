"""Numbers given one after the other, without a race: the row of the counter is locked until the writer
commits.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy.dialects import postgresql, sqlite

from asae_engine.model.cases import Counter

if TYPE_CHECKING:
    from sqlalchemy.orm import Session


def upsert(session: Session) -> type[postgresql.Insert] | type[sqlite.Insert]:
    """The INSERT of the session's database, which knows ON CONFLICT."""
    return postgresql.Insert if session.get_bind().dialect.name == "postgresql" else sqlite.Insert


def next_number(session: Session, key: str) -> int:
    """The next number under `key`, from 1. A rolled-back transaction gives its number back."""
    statement = (
        upsert(session)(Counter)
        .values(key=key, last=1)
        .on_conflict_do_update(index_elements=[Counter.key], set_={"last": Counter.last + 1})
        .returning(Counter.last)
    )
    return session.execute(statement).scalar_one()
