"""Which letters a command writes: with all else that it writes, or not at all."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import Engine, event, select, update

from asae_engine import commands
from asae_engine.model import Event, Letter, LetterKind, Notice, User, UserRole
from tests.builders import actor, deployed, diagram, flows, named, opened
from tests.post.building import letters, subscribed, with_addresses

if TYPE_CHECKING:
    from sqlalchemy.orm import Session, sessionmaker

    from asae_engine.clock import TurnedClock
    from tests.post.receivers import Hook

#: A side process that tells two roles the same.
TELL = diagram(
    "tells",
    """<startEvent id="s" camunda:formKey="note"/>
    <sendTask id="tell" name="Prévenir" camunda:type="external" camunda:topic="notify"><extensionElements>
      <camunda:inputOutput><camunda:inputParameter name="to">manager,coordinator</camunda:inputParameter>
      <camunda:inputParameter name="message">À lire</camunda:inputParameter>
      </camunda:inputOutput></extensionElements></sendTask><endEvent id="e"/>"""
    + flows("s>tell", "tell>e"),
    attributes='asae:kind="side" camunda:candidateStarterGroups="coordinator"',
)
ANSWERS = {"decision": "opinion", "operator": "south", "who": "walid"}


def _receivers(session: Session) -> set[tuple[str, str]]:
    """Who gets which mail."""
    names = {user.id: user.username for user in session.scalars(select(User))}
    return {(names[one.receiver_id], one.what) for one in letters(session) if one.kind is LetterKind.MAIL}


def test_a_reminder_is_mailed_to_each_person_whom_the_notice_means(
    session: Session, sessions: sessionmaker[Session], clock: TurnedClock
) -> None:
    deployed(session, clock.now())
    with_addresses(session)
    [task] = opened(session, clock.now()).opened
    assert _receivers(session) == set()
    commands.fire_due(sessions, now=clock.advance(timedelta(days=30)))
    # Nobody took the step: all workers are reminded of it, then the coordinator and the south's manager.
    assert _receivers(session) == {
        *((who, what) for who in ("wafa", "walid", "willy") for what in ("reminder", "due")),
        ("cora", "escalation_1"),
        ("mona", "escalation_2"),
    }
    for one in letters(session):
        assert (one.task_id, one.case_id, one.at) == (task.id, task.case_id, clock.now())
        assert one.delivered_at is None
    assert len({one.key for one in letters(session)}) == len(letters(session))


def test_who_has_no_address_is_blocked_or_wants_no_mail_gets_none(
    session: Session, sessions: sessionmaker[Session], clock: TurnedClock
) -> None:
    deployed(session, clock.now())
    with_addresses(session)
    commands.set_mail(session, None, "wafa", wanted=False)
    commands.set_active(session, None, "walid", active=False, now=clock.now())
    session.execute(update(User).where(User.username == "willy").values(email=None))
    session.commit()
    opened(session, clock.now())
    commands.fire_due(sessions, now=clock.advance(timedelta(days=30)))
    assert _receivers(session) == {("cora", "escalation_1"), ("mona", "escalation_2")}
    assert len(session.scalars(select(Notice)).all()) == 4  # in the inbox it is all the same


def test_a_person_of_two_roles_that_are_told_gets_one_mail(session: Session, clock: TurnedClock) -> None:
    deployed(session, clock.now(), tells=TELL)
    with_addresses(session)
    session.add(UserRole(user_id=actor(session, "cora").user_id, role="manager"))
    session.commit()
    case = opened(session, clock.now()).case
    commands.start_side_process(
        session, actor(session, "cora"), case.id, "tells", {"done": "x"}, now=clock.now()
    )
    assert len(session.scalars(select(Notice)).all()) == 2
    assert sorted(_receivers(session)) == [("cora", "notice"), ("mona", "notice")]
    assert len(letters(session)) == 2


def test_a_step_that_another_gives_is_mailed_and_one_that_is_taken_is_not(
    session: Session, clock: TurnedClock
) -> None:
    deployed(session, clock.now())
    with_addresses(session)
    [task] = opened(session, clock.now()).opened
    commands.assign(session, actor(session, "cora"), task.id, "wafa", now=clock.now())
    assert _receivers(session) == {("wafa", "assigned")}
    commands.assign(session, actor(session, "cora"), task.id, "cora", now=clock.now())
    commands.assign(session, actor(session, "cora"), task.id, None, now=clock.now())
    commands.claim(session, actor(session, "walid"), task.id, now=clock.now())
    assert _receivers(session) == {("wafa", "assigned")}


def test_a_step_that_the_process_gives_is_mailed(session: Session, clock: TurnedClock) -> None:
    deployed(session, clock.now())
    with_addresses(session)
    [task] = opened(session, clock.now()).opened
    opinions = commands.complete_task(
        session, actor(session, "wafa"), task.id, ANSWERS, now=clock.now()
    ).opened
    for who, opinion in zip(("carl", "cleo"), opinions, strict=True):
        done = commands.complete_task(
            session, actor(session, who), opinion.id, {"opinion": "for"}, now=clock.now()
        )
    follow = named(done.opened, "follow")
    [letter] = letters(session)
    assert (letter.what, letter.task_id) == ("assigned", follow.id)
    assert letter.receiver_id == actor(session, "walid").user_id


def test_a_webhook_hears_of_the_events_it_asked_for_in_order(
    session: Session, clock: TurnedClock, hook: Hook
) -> None:
    deployed(session, clock.now())
    some = subscribed(session, hook, clock.now(), "task.completed", "case.opened")
    every = subscribed(session, hook, clock.now())
    [task] = opened(session, clock.now()).opened
    commands.complete_task(session, actor(session, "wafa"), task.id, ANSWERS, now=clock.now())
    told = [one for one in letters(session) if one.receiver_id == some.id]
    assert [one.what for one in told] == ["case.opened", "task.completed"]
    heard = [one.event_id for one in letters(session) if one.receiver_id == every.id]
    known = select(Event.id).where(Event.case_id == task.case_id, Event.type.in_(commands.EVENT_TYPES))
    assert heard == session.scalars(known.order_by(Event.rank)).all()


def test_a_command_that_fails_leaves_no_letter(
    session: Session, clock: TurnedClock, hook: Hook, engine: Engine
) -> None:
    deployed(session, clock.now())
    with_addresses(session)
    subscribed(session, hook, clock.now())
    [task] = opened(session, clock.now()).opened
    before = len(letters(session))

    def break_down(*_: object) -> None:
        raise RuntimeError("at the commit")

    event.listen(engine, "commit", break_down)
    with pytest.raises(RuntimeError, match="at the commit"):
        commands.assign(session, actor(session, "cora"), task.id, "wafa", now=clock.now())
    event.remove(engine, "commit", break_down)
    assert len(letters(session)) == before
    commands.assign(session, actor(session, "cora"), task.id, "wafa", now=clock.now())
    assert [one.what for one in letters(session)][before:] == ["assigned", "task.assigned"]


def test_a_command_that_tells_nobody_costs_no_statement_more(
    session: Session, clock: TurnedClock, hook: Hook, engine: Engine
) -> None:
    deployed(session, clock.now())
    wafa, cora = actor(session, "wafa"), actor(session, "cora")
    with_addresses(session)
    statements: list[str] = []
    event.listen(engine, "before_cursor_execute", lambda _c, _cursor, text, *_: statements.append(text))

    [first] = opened(session, clock.now()).opened
    tasks = [first]

    def cost() -> int:
        statements.clear()
        again = {**ANSWERS, "decision": "again"}
        commands.assign(session, cora, tasks[-1].id, None, now=clock.now())
        tasks.extend(commands.complete_task(session, wafa, tasks[-1].id, again, now=clock.now()).opened)
        return len(statements)

    cost()
    alone = cost()
    assert not any("INTO letter" in one for one in statements) or engine.dialect.name == "postgresql"
    subscribed(session, hook, clock.now())
    heard = cost()
    # PostgreSQL closes in one statement all the same; SQLite needs one for each of the two commands.
    assert heard - alone == (0 if engine.dialect.name == "postgresql" else 2)
    assert [one.what for one in letters(session)][:2] == ["task.released", "task.completed"]


def test_letters_keep_no_word_of_what_people_typed(session: Session, clock: TurnedClock, hook: Hook) -> None:
    deployed(session, clock.now())
    with_addresses(session)
    subscribed(session, hook, clock.now())
    opened(session, clock.now(), last_name="SECRETNAME", town="SECRETTOWN")
    kept = str(
        [[getattr(one, column.key) for column in Letter.__table__.columns] for one in letters(session)]
    )
    assert "case.opened" in kept
    assert "SECRET" not in kept
