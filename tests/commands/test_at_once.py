"""People, and machines, doing things at the same moment."""

from __future__ import annotations

import threading
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import Engine, event, func, select, text

from asae_engine import commands
from asae_engine.model import Case, Event, Submission, Task, TaskStatus
from asae_engine.model.database import create_engine_for, session_factory
from tests.builders import actor, answers, deployed, opened

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from uuid import UUID

    from sqlalchemy.orm import Session, sessionmaker

    from asae_engine.access import Actor
    from asae_engine.clock import TurnedClock


def _at_once(sessions: sessionmaker[Session], *deeds: Callable[[Session], object]) -> list[object]:
    """Do these in threads that start together. What each gave, or the error it raised."""
    barrier = threading.Barrier(len(deeds))
    results: list[object] = [None] * len(deeds)

    def run(place: int, deed: Callable[[Session], object]) -> None:
        with sessions() as session:
            barrier.wait()
            try:
                results[place] = deed(session)
            except commands.CommandError as error:
                results[place] = error

    threads = [threading.Thread(target=run, args=(place, deed)) for place, deed in enumerate(deeds)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


def test_two_people_complete_one_task_and_one_of_them_is_told(
    session: Session, sessions: sessionmaker[Session], clock: TurnedClock
) -> None:
    deployed(session, clock.now())
    wafa, walid = actor(session, "wafa"), actor(session, "walid")
    now = clock.now()
    for name in ("Alpha", "Bravo", "Charlie", "Delta"):
        [task] = opened(session, clock.now(), last_name=name).opened
        session.commit()

        def complete(who: Actor, task_id: UUID = task.id) -> Callable[[Session], object]:
            def deed(db: Session) -> commands.Completion:
                return commands.complete_task(db, who, task_id, {"decision": "opinion"}, now=now)

            return deed

        results = _at_once(sessions, complete(wafa), complete(walid))
        winners = [one for one in results if isinstance(one, commands.Completion)]
        gone = [one for one in results if isinstance(one, commands.TaskGone)]
        assert len(winners) == len(gone) == 1
        assert gone[0].who in ("Wafa", "Walid")
        session.rollback()
        assert (
            session.scalar(
                select(func.count()).where(Submission.task_id == task.id, Submission.superseded.is_(False))
            )
            == 1
        )
        assert (
            session.scalar(
                select(func.count()).where(Task.case_id == task.case_id, Task.status == TaskStatus.OPEN)
            )
            == 2
        )


def test_siblings_completed_at_once_both_count(
    session: Session, sessions: sessionmaker[Session], clock: TurnedClock
) -> None:
    deployed(session, clock.now())
    [task] = opened(session, clock.now()).opened
    done = commands.complete_task(
        session, actor(session, "wafa"), task.id, {"decision": "opinion", "who": "walid"}, now=clock.now()
    )
    first, second = (one.id for one in done.opened)
    carl, cleo, now = actor(session, "carl"), actor(session, "cleo"), clock.now()
    session.commit()
    results = _at_once(
        sessions,
        lambda one: commands.complete_task(one, carl, first, {"opinion": "for"}, now=now),
        lambda one: commands.complete_task(one, cleo, second, {"opinion": "for"}, now=now),
    )
    assert [type(one) for one in results] == [commands.Completion, commands.Completion]
    session.rollback()
    open_tasks = session.scalars(select(Task).where(Task.status == TaskStatus.OPEN)).all()
    assert [one.element_id for one in open_tasks] == ["follow"]
    ranks = list(
        session.scalars(select(Event.rank).where(Event.case_id == task.case_id).order_by(Event.rank))
    )
    assert ranks == list(range(1, len(ranks) + 1))


def test_one_person_cannot_take_two_siblings_with_two_clicks(
    session: Session, sessions: sessionmaker[Session], clock: TurnedClock
) -> None:
    deployed(session, clock.now())
    [task] = opened(session, clock.now()).opened
    done = commands.complete_task(
        session, actor(session, "wafa"), task.id, {"decision": "opinion"}, now=clock.now()
    )
    carl, now = actor(session, "carl"), clock.now()
    session.commit()
    first, second = (one.id for one in done.opened)
    results = _at_once(
        sessions,
        lambda one: commands.claim(one, carl, first, now=now),
        lambda one: commands.claim(one, carl, second, now=now),
    )
    assert sorted(type(one).__name__ for one in results) in (["NotAllowed", "Task"], ["Conflict", "Task"])


def test_cases_opened_at_once_have_numbers_without_gap_or_double(
    session: Session, sessions: sessionmaker[Session], clock: TurnedClock
) -> None:
    deployed(session, clock.now())
    remi, now = actor(session, "remi"), clock.now()
    session.commit()
    names = ["Alpha", "Bravo", "Charlie", "Delta", "Echo", "Foxtrot"]

    def opening(name: str) -> Callable[[Session], object]:
        typed = answers(last_name=name, birth_date="1970-01-01")
        return lambda one: commands.open_case(one, remi, "journey", typed, now=now)

    _at_once(sessions, *map(opening, names))
    session.rollback()
    numbers = sorted(session.scalars(select(Case.number)))
    assert numbers == [f"2026-{rank:04d}" for rank in range(1, len(names) + 1)]


def test_the_year_of_a_number_is_the_one_in_paris(session: Session, clock: TurnedClock) -> None:
    deployed(session, clock.now())
    new_year = clock.now().replace(year=2026, month=12, day=31, hour=23, minute=30)
    assert opened(session, new_year).case.number == "2027-0001"


@pytest.fixture
def raced(postgresql_url: str) -> Iterator[Engine]:
    """PostgreSQL only: on SQLite a writer waits for its turn, nobody can be faster."""
    engine = create_engine_for(postgresql_url)
    yield engine
    engine.dispose()


@pytest.mark.parametrize("times", [1, 2])
def test_someone_faster_means_once_more_and_twice_faster_a_conflict_that_names_them(
    raced: Engine, clock: TurnedClock, times: int
) -> None:
    with session_factory(raced)() as session:
        deployed(session, clock.now())
        [task] = opened(session, clock.now()).opened
        wafa = actor(session, "wafa")
        commands.claim(session, wafa, task.id, now=clock.now())
        left = [times]

        def overtake(_connection: object, _cursor: object, statement: str, *_: object) -> None:
            if "UPDATE process_instance AS kept SET" in statement and left[0]:
                left[0] -= 1
                with raced.begin() as other:
                    other.execute(text("UPDATE process_instance SET version = version + 1"))

        event.listen(raced, "before_cursor_execute", overtake)
        later = clock.advance(timedelta(minutes=1))
        if times == 1:
            done = commands.complete_task(session, wafa, task.id, {"decision": "again"}, now=later)
            assert len(done.opened) == 1
            return
        with pytest.raises(commands.Conflict) as conflict:
            commands.complete_task(session, wafa, task.id, {"decision": "again"}, now=later)
        assert conflict.value.who == "Wafa"
        assert conflict.value.what == "étape prise\u00a0: «\u00a0Préparer\u00a0»"
        assert conflict.value.when is not None
        assert "Wafa" in conflict.value.message_fr
        assert session.scalar(select(func.count()).where(Submission.form_key == "prepare")) == 0


def test_a_command_wants_a_clean_session(session: Session, clock: TurnedClock) -> None:
    deployed(session, clock.now())
    case = opened(session, clock.now()).case
    case.stage = "changed behind its back"
    with pytest.raises(RuntimeError, match="no pending change"):
        opened(session, clock.now(), last_name="Autre")
    session.rollback()
