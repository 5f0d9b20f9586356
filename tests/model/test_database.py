"""The schema, and what both databases promise alike."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Engine, delete, select, text, update
from sqlalchemy.exc import DBAPIError, StatementError

from asae_engine.model import Base, Event, Organisation, User, database, new_id, queue
from asae_engine.model.database import create_engine_for, upgrade

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from asae_engine.clock import TurnedClock


def test_the_migrations_make_exactly_the_tables_of_the_model(engine: Engine) -> None:
    with engine.connect() as connection:
        context = MigrationContext.configure(
            connection, opts={"compare_type": True, "include_object": _not_the_queue}
        )
        assert compare_metadata(context, Base.metadata) == []


def _not_the_queue(_object: object, name: str | None, kind: str, *_: object) -> bool:
    """The tables of the job queue are its package's (`tests/jobs/test_queue.py`)."""
    return not (kind == "table" and (name or "").startswith(queue.PREFIX))


def test_upgrading_twice_changes_nothing(database_url: str) -> None:
    upgrade(database_url)


@pytest.mark.parametrize("change", [update(Event).values(type="x"), delete(Event)])
def test_history_refuses_to_be_changed(session: Session, clock: TurnedClock, change: object) -> None:
    session.add(Event(type="deployment.created", at=clock.now(), data={}))
    session.commit()
    with pytest.raises(DBAPIError, match="append-only"):
        session.execute(change)  # type: ignore[call-overload] # either statement
    session.rollback()
    assert session.scalars(select(Event.type)).all() == ["deployment.created"]


def test_an_instant_comes_back_aware_and_a_naive_one_is_refused(session: Session) -> None:
    at = datetime(2026, 10, 25, 0, 30, tzinfo=UTC)
    session.add(Organisation(key="adaff", label="ADAFF"))
    session.flush()
    session.add(User(username="a", display_name="A", organisation_key="adaff", created_at=at))
    session.commit()
    session.expire_all()
    user = session.scalars(select(User)).one()
    assert user.created_at == at
    assert user.created_at is not None
    assert user.created_at.tzinfo is UTC
    user.created_at = datetime(2026, 1, 1)  # noqa: DTZ001 - the naive one that must be refused
    with pytest.raises(StatementError, match="aware"):
        session.flush()


def test_a_foreign_key_is_held(session: Session) -> None:
    session.add(User(username="a", display_name="A", organisation_key="nobody"))
    with pytest.raises(DBAPIError):
        session.flush()


def test_ids_sort_in_the_order_they_were_made() -> None:
    ids = [new_id() for _ in range(5000)]
    assert ids == sorted(ids)
    assert len(set(ids)) == 5000
    assert {one.version for one in ids} == {7}


def test_only_the_two_databases_are_known() -> None:
    with pytest.raises(ValueError, match="sqlite"):
        create_engine_for("mysql://localhost/asae")


def test_a_connection_that_was_cut_while_it_rested_is_replaced(
    postgresql_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine, other = create_engine_for(postgresql_url), create_engine_for(postgresql_url)
    with engine.connect() as connection:
        rested = connection.execute(text("SELECT pg_backend_pid()")).scalar_one()
    with other.begin() as connection:
        connection.execute(text("SELECT pg_terminate_backend(:pid)"), {"pid": rested})
    monkeypatch.setattr(database, "REST", 0.0)
    with engine.connect() as connection:
        assert connection.execute(text("SELECT pg_backend_pid()")).scalar_one() != rested
    engine.dispose()
    other.dispose()
