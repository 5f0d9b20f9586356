"""Long works: every item once, stopped and gone on, killed and gone on, the failed ones told."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import event, func, select, update

from asae_engine import commands
from asae_engine.jobs.catalogue import DO_WORKS
from asae_engine.jobs.catalogue import run as run_job
from asae_engine.model import Event, Task, TaskStatus, User, WorkState, new_id
from asae_engine.reading import works
from tests.builders import actor, answers, deployed

if TYPE_CHECKING:
    from sqlalchemy import Engine
    from sqlalchemy.orm import Session, sessionmaker

    from asae_engine.clock import TurnedClock
    from asae_engine.model import LongWork


def _cases(session: Session, clock: TurnedClock, count: int) -> None:
    """Cases whose first task Wafa has."""
    deployed(session, clock.now())
    for number in range(count):
        opening = commands.open_case(
            session,
            actor(session, "remi"),
            "journey",
            answers(last_name=f"Ménage {number}"),
            confirm_duplicate=True,
            now=clock.now(),
        )
        commands.claim(session, actor(session, "wafa"), opening.opened[0].id, now=clock.now())


def _asked(session: Session, clock: TurnedClock) -> LongWork:
    return commands.request_reassignment(session, actor(session, "cora"), "wafa", "walid", now=clock.now())


def _holders(session: Session) -> dict[str, int]:
    session.rollback()
    return {name: count for name, _, count in works.holders(session)}


def test_all_open_tasks_of_a_person_go_to_another_and_the_work_says_how_far_it_is(
    session: Session, sessions: sessionmaker[Session], clock: TurnedClock
) -> None:
    _cases(session, clock, 5)
    asked = _asked(session, clock)
    assert commands.do_works(sessions, now=clock.now(), limit=2) == 2
    session.rollback()
    half = works.work(session, asked.id)
    assert half is not None
    assert (half.state, half.settled, half.total, half.is_under_way) == (WorkState.RUNNING, 2, 5, True)
    assert (half.giver, half.taker, half.asked_by) == ("Wafa", "Walid", "Cora")
    assert _holders(session) == {"wafa": 3, "walid": 2}
    run_job(DO_WORKS, sessions, clock, lambda: False)
    assert _holders(session) == {"walid": 5}
    [whole] = works.works(session)
    assert (whole.state, whole.done, whole.failed) == (WorkState.FINISHED, 5, 0)
    assert whole.ended_at == clock.now()
    told = select(func.count()).where(Event.type == "task.assigned")
    assert session.scalar(told) == 5


def test_a_paused_work_begins_nothing_more_and_goes_on_where_it_was(
    session: Session, sessions: sessionmaker[Session], clock: TurnedClock
) -> None:
    _cases(session, clock, 4)
    asked = _asked(session, clock)
    commands.do_works(sessions, now=clock.now(), limit=1)
    cora = actor(session, "cora")
    commands.pause_work(session, cora, asked.id, now=clock.now())
    assert commands.do_works(sessions, now=clock.now()) == 0
    assert _holders(session) == {"wafa": 3, "walid": 1}
    with pytest.raises(commands.NotOffered):
        commands.pause_work(session, cora, asked.id, now=clock.now())
    with pytest.raises(commands.NotAllowed):
        commands.resume_work(session, actor(session, "wafa"), asked.id, now=clock.now())
    commands.resume_work(session, cora, asked.id, now=clock.now())
    assert commands.do_works(sessions, now=clock.now()) == 3
    commands.do_works(sessions, now=clock.now())
    with pytest.raises(commands.NotOffered):
        commands.cancel_work(session, cora, asked.id, now=clock.now())


def test_a_canceled_work_keeps_what_it_did_and_does_no_more(
    session: Session, sessions: sessionmaker[Session], clock: TurnedClock
) -> None:
    _cases(session, clock, 3)
    asked = _asked(session, clock)
    commands.do_works(sessions, now=clock.now(), limit=1)
    commands.cancel_work(session, None, asked.id, now=clock.now())
    assert commands.do_works(sessions, now=clock.now()) == 0
    assert _holders(session) == {"wafa": 2, "walid": 1}
    found = works.work(session, asked.id)
    assert found is not None
    assert found.state is WorkState.CANCELED
    with pytest.raises(commands.Unknown):
        commands.cancel_work(session, None, new_id(), now=clock.now())


def test_what_changed_hands_meanwhile_is_left_and_what_fails_is_told(
    session: Session, sessions: sessionmaker[Session], clock: TurnedClock
) -> None:
    _cases(session, clock, 3)
    asked = _asked(session, clock)
    first, second, _ = session.scalars(select(Task).order_by(Task.id)).all()
    commands.assign(session, actor(session, "cora"), first.id, "willy", now=clock.now())
    commands.complete_task(
        session, actor(session, "wafa"), second.id, {"decision": "opinion"}, now=clock.now()
    )
    commands.do_works(sessions, now=clock.now())
    found = works.work(session, asked.id)
    assert found is not None
    assert (found.done, found.void, found.failed) == (1, 2, 0)
    again = commands.request_reassignment(session, actor(session, "cora"), "walid", "wafa", now=clock.now())
    session.execute(update(User).where(User.username == "wafa").values(active=False))
    session.commit()
    commands.do_works(sessions, now=clock.now())
    session.rollback()
    failed = works.work(session, again.id)
    assert failed is not None
    assert failed.failed == 1
    assert failed.failures == ("Cette personne n’existe pas, ou n’existe plus.",)


def test_a_worker_that_dies_in_the_midst_of_an_item_leaves_it_to_be_done_once(
    engine: Engine, session: Session, sessions: sessionmaker[Session], clock: TurnedClock
) -> None:
    class Death(BaseException):
        pass

    def die(_connection: object) -> None:
        raise Death

    _cases(session, clock, 3)
    asked = _asked(session, clock)
    commands.do_works(sessions, now=clock.now(), limit=1)
    event.listen(engine, "commit", die)
    with pytest.raises(Death):
        commands.do_works(sessions, now=clock.now())
    event.remove(engine, "commit", die)
    run_job(DO_WORKS, sessions, clock, lambda: False)
    assert _holders(session) == {"walid": 3}
    found = works.work(session, asked.id)
    assert found is not None
    assert (found.state, found.done) == (WorkState.FINISHED, 3)
    assert session.scalar(select(func.count()).where(Event.type == "task.assigned")) == 3


def test_several_workers_do_one_work_and_each_item_once(
    session: Session, sessions: sessionmaker[Session], clock: TurnedClock
) -> None:
    _cases(session, clock, 12)
    asked = _asked(session, clock)
    threads = [
        threading.Thread(target=run_job, args=(DO_WORKS, sessions, clock, lambda: False)) for _ in range(3)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    session.rollback()
    found = works.work(session, asked.id)
    assert found is not None
    assert (found.state, found.done, found.failed) == (WorkState.FINISHED, 12, 0)
    assert session.scalar(select(func.count()).where(Event.type == "task.assigned")) == 12


def test_a_message_reaches_the_cases_that_wait_for_it_and_no_other(
    session: Session, sessions: sessionmaker[Session], clock: TurnedClock
) -> None:
    _cases(session, clock, 3)
    waits = session.scalars(select(Task).order_by(Task.id)).first()
    assert waits is not None
    done = commands.complete_task(
        session, actor(session, "wafa"), waits.id, {"decision": "opinion", "who": "walid"}, now=clock.now()
    )
    for who, task in zip(("carl", "cleo"), done.opened, strict=True):
        commands.complete_task(session, actor(session, who), task.id, {"opinion": "for"}, now=clock.now())
    asked = commands.request_message(session, actor(session, "cora"), "household_leaves", now=clock.now())
    run_job(DO_WORKS, sessions, clock, lambda: False)
    session.rollback()
    found = works.work(session, asked.id)
    assert found is not None
    assert (found.state, found.done, found.void) == (WorkState.FINISHED, 1, 2)
    final = session.scalars(select(Task).where(Task.status == TaskStatus.OPEN, Task.element_id == "final"))
    assert final.one().case_id == waits.case_id


def test_who_may_not_assign_asks_for_no_work_and_nothing_to_give_is_said(
    session: Session, clock: TurnedClock
) -> None:
    _cases(session, clock, 1)
    with pytest.raises(commands.NotAllowed):
        commands.request_reassignment(session, actor(session, "mona"), "wafa", "walid", now=clock.now())
    cora = actor(session, "cora")
    for leaving, coming, refusal in (
        ("walid", "wafa", commands.NotOffered),
        ("wafa", "wafa", commands.NotOffered),
        ("wafa", "nobody", commands.Unknown),
    ):
        with pytest.raises(refusal):
            commands.request_reassignment(session, cora, leaving, coming, now=clock.now())
    assert works.works(session) == []
