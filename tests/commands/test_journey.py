"""A case from its opening to its end, as the people of it live it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import func, select

from asae_engine import commands
from asae_engine.model import (
    Case,
    CaseMember,
    CaseStatus,
    DossierField,
    Event,
    InstanceStatus,
    ProcessInstance,
    Submission,
    Task,
    TaskCandidate,
    TaskDeadline,
    TaskStatus,
    User,
)
from tests.builders import actor, answers, deployed, named, opened

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from asae_engine.clock import TurnedClock


def _members(session: Session) -> set[str]:
    people = session.execute(
        select(User.username, CaseMember.organisation_key)
        .select_from(CaseMember)
        .join(User, User.id == CaseMember.user_id, isouter=True)
        .where(CaseMember.until.is_(None))
    )
    return {username or f"@{organisation}" for username, organisation in people}


def test_opening_a_case_makes_household_number_task_and_deadlines(
    session: Session, clock: TurnedClock
) -> None:
    deployed(session, clock.now())
    opening = opened(session, clock.now())
    case = opening.case
    assert case.number == "2026-0001"
    assert case.title == "Durand Émilie"
    assert case.door == "retention"
    assert opening.household.search_key == "durand emilie durand"
    assert opening.submission is not None
    assert opening.submission.data["town"] == "Narbonne"
    [task] = opening.opened
    assert task.name == "Préparer"
    assert task.why == {"cause": "opened", "element_name": None, "by": "remi"}
    assert [(one.role, one.organisation_key) for one in session.scalars(select(TaskCandidate))] == [
        ("worker", None)
    ]
    # Monday 2 March: reminder on the third working day, due at the end of the fifth.
    at = {one.kind.value: one.at for one in session.scalars(select(TaskDeadline))}
    assert at["reminder"] == datetime(2026, 3, 5, 5, 0, tzinfo=UTC)
    assert task.due_at is not None
    assert at["due"] == task.due_at
    assert task.due_at.astimezone(UTC).date().isoformat() == "2026-03-09"
    assert set(at) == {"reminder", "due", "escalation_1", "escalation_2"}
    assert _members(session) == {"remi", "@north"}
    assert case.stage == "Préparer"


def test_completing_goes_on_to_the_next_tasks_and_the_dossier_follows(
    session: Session, clock: TurnedClock
) -> None:
    deployed(session, clock.now())
    [prepare] = opened(session, clock.now()).opened
    wafa = actor(session, "wafa")
    commands.claim(session, wafa, prepare.id, now=clock.now())
    done = commands.complete_task(
        session,
        wafa,
        prepare.id,
        {"decision": "opinion", "operator": "south", "who": "walid"},
        now=clock.advance(timedelta(hours=1)),
    )
    assert done.task.status is TaskStatus.COMPLETED
    assert [task.name for task in done.opened] == ["Donner un avis", "Donner un avis"]
    assert {task.siblings for task in done.opened} == {done.opened[0].siblings}
    assert done.opened[0].why == {"cause": "completed", "element_name": "Préparer", "by": "wafa"}
    fields = {(one.form_key, one.field_key): one.value for one in session.scalars(select(DossierField))}
    assert fields["prepare", "operator"] == "south"
    assert fields["opening", "birth_date"] == "1984-03-05"
    assert session.scalar(select(func.count()).select_from(TaskDeadline)) == 0
    carl, cleo = actor(session, "carl"), actor(session, "cleo")
    commands.complete_task(session, carl, done.opened[0].id, {"opinion": "for"}, now=clock.now())
    with pytest.raises(commands.NotAllowed) as refused:
        commands.complete_task(session, carl, done.opened[1].id, {"opinion": "for"}, now=clock.now())
    assert refused.value.code == "distinct_people"
    with pytest.raises(commands.NotAllowed):
        commands.claim(session, carl, done.opened[1].id, now=clock.now())
    [follow] = commands.complete_task(
        session, cleo, done.opened[1].id, {"opinion": "for"}, now=clock.now()
    ).opened
    # The group and the person come from the answers.
    assert follow.assignee_id == actor(session, "walid").user_id
    offered = select(TaskCandidate.role, TaskCandidate.organisation_key)
    assert session.execute(offered.where(TaskCandidate.task_id == follow.id)).all() == [("worker", "south")]
    assert {"walid", "@south"} <= _members(session)


def _to_follow(session: Session, clock: TurnedClock) -> tuple[Case, Task]:
    opening = opened(session, clock.now())
    done = commands.complete_task(
        session,
        actor(session, "wafa"),
        opening.opened[0].id,
        {"decision": "opinion", "operator": "south", "who": "walid"},
        now=clock.now(),
    )
    commands.complete_task(
        session, actor(session, "carl"), done.opened[0].id, {"opinion": "for"}, now=clock.now()
    )
    last = commands.complete_task(
        session, actor(session, "cleo"), done.opened[1].id, {"opinion": "against"}, now=clock.now()
    )
    return opening.case, named(last.opened, "follow")


def test_the_end_of_the_main_process_closes_the_case(session: Session, clock: TurnedClock) -> None:
    deployed(session, clock.now())
    case, follow = _to_follow(session, clock)
    walid, cora = actor(session, "walid"), actor(session, "cora")
    [final] = commands.complete_task(session, walid, follow.id, {"done": "vu"}, now=clock.now()).opened
    closing = commands.complete_task(session, cora, final.id, {}, now=clock.now())
    assert closing.ended
    assert closing.submission is not None
    assert case.status is CaseStatus.CLOSED
    assert case.closed_at == clock.now()
    instance = session.scalars(select(ProcessInstance)).one()
    assert instance.status is InstanceStatus.ENDED
    assert instance.ended_how == "normal"


def test_a_loop_opens_the_task_anew_each_lap(session: Session, clock: TurnedClock) -> None:
    deployed(session, clock.now())
    wafa = actor(session, "wafa")
    [task] = opened(session, clock.now()).opened
    for _ in range(3):
        [task] = commands.complete_task(
            session,
            wafa,
            task.id,
            {"decision": "again", "operator": "x"},
            now=clock.advance(timedelta(days=1)),
        ).opened
    commands.complete_task(
        session, wafa, task.id, {"decision": "opinion"}, now=clock.advance(timedelta(days=1))
    )
    latest = session.get(DossierField, (task.case_id, "prepare", "operator"))
    assert latest is not None
    assert latest.value is None
    assert latest.times == 4
    assert (
        session.scalar(select(func.count()).select_from(Submission).where(Submission.form_key == "prepare"))
        == 4
    )


def test_history_has_no_gap_and_no_answer(session: Session, clock: TurnedClock) -> None:
    deployed(session, clock.now())
    case, _ = _to_follow(session, clock)
    events = session.scalars(select(Event).where(Event.case_id == case.id).order_by(Event.rank)).all()
    assert [event.rank for event in events] == list(range(1, len(events) + 1))
    types = [event.type for event in events]
    assert types[:3] == ["case.opened", "answers.submitted", "instance.started"]
    assert types.count("task.completed") == 3
    assert types.count("task.opened") == 4
    told = str([event.data for event in events])
    for typed in ("Durand", "Émilie", "Narbonne", "1984", "against", "walid"):
        assert typed not in told


def test_the_state_holds_nothing_personal(session: Session, clock: TurnedClock) -> None:
    deployed(session, clock.now())
    _to_follow(session, clock)
    for state in session.scalars(select(ProcessInstance.state)):
        for typed in ("Durand", "Émilie", "Narbonne", "1984", "walid"):
            assert typed.encode() not in bytes(state)


def test_answers_that_do_not_fit_are_refused_and_nothing_moves(session: Session, clock: TurnedClock) -> None:
    deployed(session, clock.now())
    remi = actor(session, "remi")
    with pytest.raises(commands.InvalidAnswers) as refused:
        commands.open_case(
            session, remi, "journey", answers(last_name="", birth_date="2999-01-01"), now=clock.now()
        )
    assert set(refused.value.errors) >= {"last_name"}
    assert session.scalar(select(func.count()).select_from(Case)) == 0
    [task] = opened(session, clock.now()).opened
    assert task.case_id
    with pytest.raises(commands.InvalidAnswers):
        commands.complete_task(session, actor(session, "wafa"), task.id, {}, now=clock.now())
    session.expire_all()
    assert session.get_one(Task, task.id).status is TaskStatus.OPEN


def test_a_task_completed_twice_says_by_whom_and_when(session: Session, clock: TurnedClock) -> None:
    deployed(session, clock.now())
    [task] = opened(session, clock.now()).opened
    commands.complete_task(session, actor(session, "wafa"), task.id, {"decision": "again"}, now=clock.now())
    with pytest.raises(commands.TaskGone) as gone:
        commands.complete_task(
            session, actor(session, "walid"), task.id, {"decision": "again"}, now=clock.now()
        )
    assert gone.value.who == "Wafa"
    assert gone.value.when == clock.now()
    assert "Wafa le 02/03/2026 à 09:00" in gone.value.message_fr


def test_claim_release_and_assign(session: Session, clock: TurnedClock) -> None:
    deployed(session, clock.now())
    [task] = opened(session, clock.now()).opened
    wafa, walid, cora = (actor(session, name) for name in ("wafa", "walid", "cora"))
    commands.claim(session, wafa, task.id, now=clock.now())
    commands.claim(session, wafa, task.id, now=clock.now())
    for command in (commands.claim, lambda *a, **k: commands.complete_task(*a, {}, **k)):
        with pytest.raises(commands.TaskTaken) as taken:
            command(session, walid, task.id, now=clock.now())  # type: ignore[operator] # either command
        assert taken.value.who == "Wafa"
    with pytest.raises(commands.NotAllowed):
        commands.claim(
            session,
            actor(session, "mona"),
            opened(session, clock.now(), last_name="Autre").opened[0].id,
            now=clock.now(),
        )
    with pytest.raises(commands.NotAllowed):
        commands.assign(session, walid, task.id, "walid", now=clock.now())
    commands.release(session, wafa, task.id, now=clock.now())
    assert commands.assign(session, cora, task.id, "walid", now=clock.now()).assignee_id == walid.user_id
    with pytest.raises(commands.Unknown):
        commands.assign(session, cora, task.id, "nobody", now=clock.now())
    assert commands.assign(session, cora, task.id, None, now=clock.now()).assignee_id is None
    assert {"wafa", "walid"} <= _members(session)
