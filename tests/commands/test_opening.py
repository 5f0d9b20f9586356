"""Known households, and the small processes beside the main one."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import func, select

from asae_engine import commands
from asae_engine.commands.duplicates import Identity, plain
from asae_engine.model import (
    Case,
    CaseStatus,
    Draft,
    Event,
    Household,
    InstanceKind,
    InstanceStatus,
    Submission,
    Task,
    TaskStatus,
    new_id,
)
from tests.builders import PEOPLE, actor, answers, deployed, opened

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from asae_engine.clock import TurnedClock


@pytest.mark.parametrize(
    ("typed", "certain", "reason"),
    [
        ({"last_name": "DURAND", "first_name": "emilie"}, True, "Mêmes nom"),
        ({"last_name": "Émilie", "first_name": "Durand"}, True, "inversés"),
        ({"birth_date": "1984-05-03"}, False, "jour et mois"),
        ({"last_name": "Durant"}, False, "presque identique"),
        ({"birth_date": "1990-01-01"}, False, "autre date"),
    ],
)
def test_a_household_much_like_a_known_one_is_shown_before_a_case_is_made(
    session: Session, clock: TurnedClock, typed: dict[str, object], certain: bool, reason: str
) -> None:
    deployed(session, clock.now())
    known = opened(session, clock.now())
    with pytest.raises(commands.DuplicatesFound) as found:
        opened(session, clock.now(), **typed)
    [duplicate] = found.value.duplicates
    assert duplicate.household_id == known.household.id
    assert duplicate.certain is certain
    assert reason in duplicate.reason
    assert [case.number for case in duplicate.cases] == ["2026-0001"]
    assert session.scalar(select(func.count()).select_from(Case)) == 1
    assert commands.find_duplicates(session, answers(**typed)) == [duplicate]


def test_another_household_altogether_is_no_duplicate(session: Session, clock: TurnedClock) -> None:
    deployed(session, clock.now())
    opened(session, clock.now())
    other = opened(session, clock.now(), last_name="Martin", birth_date="1984-03-05")
    assert other.household.number == 2
    assert other.case.number == "2026-0002"


def test_a_confirmed_duplicate_is_another_household_and_a_return_the_same_one(
    session: Session, clock: TurnedClock
) -> None:
    deployed(session, clock.now())
    remi = actor(session, "remi")
    known = opened(session, clock.now())
    other = commands.open_case(session, remi, "journey", answers(), confirm_duplicate=True, now=clock.now())
    assert other.household.id != known.household.id
    again = commands.open_case(
        session, remi, "journey", answers(), household_id=known.household.id, now=clock.now()
    )
    assert again.household.id == known.household.id
    assert session.scalar(select(func.count()).select_from(Household)) == 2
    with pytest.raises(commands.Unknown):
        commands.open_case(session, remi, "journey", answers(), household_id=new_id(), now=clock.now())


def test_names_are_compared_without_accents_case_or_marks() -> None:
    assert plain("  D’Œuvre-Lévêque ") == "d oeuvre leveque"
    assert Identity("Ça", "Noël", date(2000, 1, 2)).last == "ca"


def test_only_those_the_diagram_names_open_a_case(session: Session, clock: TurnedClock) -> None:
    deployed(session, clock.now())
    with pytest.raises(commands.NotAllowed):
        commands.open_case(session, actor(session, "wafa"), "journey", answers(), now=clock.now())
    with pytest.raises(commands.Unknown) as unknown:
        commands.open_case(session, actor(session, "remi"), "note", answers(), now=clock.now())
    assert unknown.value.kind == "process"


def test_nothing_opens_before_a_deployment(session: Session, clock: TurnedClock) -> None:
    from tests.builders import people

    people(session, PEOPLE)
    with pytest.raises(commands.NothingDeployed):
        opened(session, clock.now())


def test_a_side_process_without_a_wait_ends_at_once_and_its_answers_stay(
    session: Session, clock: TurnedClock
) -> None:
    deployed(session, clock.now())
    opening = opened(session, clock.now())
    wafa = actor(session, "wafa")
    commands.claim(session, wafa, opening.opened[0].id, now=clock.now())
    start = commands.start_side_process(
        session, wafa, opening.case.id, "note", {"done": "Visite", "minutes": 40}, now=clock.now()
    )
    assert start.ended
    assert start.instance.kind is InstanceKind.SIDE
    assert start.instance.status is InstanceStatus.ENDED
    assert opening.case.status is CaseStatus.OPEN
    assert session.scalars(select(Submission.form_key).order_by(Submission.id)).all() == ["opening", "note"]
    with pytest.raises(commands.InvalidAnswers):
        commands.start_side_process(session, wafa, opening.case.id, "note", {}, now=clock.now())
    with pytest.raises(commands.NotAllowed):
        commands.start_side_process(
            session, actor(session, "carl"), opening.case.id, "note", {"done": "x"}, now=clock.now()
        )
    with pytest.raises(commands.Unknown):
        commands.start_side_process(session, wafa, new_id(), "note", {"done": "x"}, now=clock.now())


def test_a_side_process_is_offered_when_its_condition_holds(session: Session, clock: TurnedClock) -> None:
    deployed(session, clock.now())
    opening = opened(session, clock.now())
    [task] = opening.opened
    wafa = actor(session, "wafa")
    commands.claim(session, wafa, task.id, now=clock.now())

    def offered() -> list[str]:
        found = commands.offered_processes(session, wafa, opening.case.id, now=clock.now())
        return [one.key for one in found]

    assert offered() == ["note"]
    with pytest.raises(commands.NotOffered):
        commands.start_side_process(session, wafa, opening.case.id, "leave", {}, now=clock.now())
    commands.complete_task(session, wafa, task.id, {"decision": "opinion", "who": "walid"}, now=clock.now())
    assert offered() == ["leave", "note"]


def test_a_message_thrown_by_a_side_process_moves_the_main_one_or_is_noted(
    session: Session, clock: TurnedClock
) -> None:
    deployed(session, clock.now())
    opening = opened(session, clock.now())
    wafa, case_id = actor(session, "wafa"), opening.case.id
    done = commands.complete_task(
        session, wafa, opening.opened[0].id, {"decision": "opinion", "who": "walid"}, now=clock.now()
    )
    start = commands.start_side_process(session, wafa, case_id, "leave", {}, now=clock.now())
    assert start.ended
    assert session.scalar(select(func.count()).where(Event.type == "message.unheard")) == 1
    for name, task in zip(("carl", "cleo"), done.opened, strict=True):
        commands.complete_task(session, actor(session, name), task.id, {"opinion": "for"}, now=clock.now())
    start = commands.start_side_process(session, wafa, case_id, "leave", {}, now=clock.advance(timedelta(1)))
    assert [task.element_id for task in start.opened] == ["final"]
    session.expire_all()
    follow = session.scalars(select(Task).where(Task.element_id == "follow")).one()
    assert follow.status is TaskStatus.CANCELED


def test_drafts_are_kept_by_person_and_leave_when_sent(session: Session, clock: TurnedClock) -> None:
    deployed(session, clock.now())
    remi, wafa, walid = (actor(session, name) for name in ("remi", "wafa", "walid"))
    commands.save_start_draft(session, remi, "journey", {"town": "N", "alien": "x"}, now=clock.now())
    commands.save_start_draft(session, remi, "journey", {"town": "Narbonne"}, now=clock.now())
    draft = session.get(Draft, (remi.user_id, commands.start_subject("journey", None)))
    assert draft is not None
    assert draft.data == {"town": "Narbonne"}
    opening = opened(session, clock.now())
    assert session.scalar(select(func.count()).select_from(Draft)) == 0
    [task] = opening.opened
    for who in (wafa, walid):
        commands.save_draft(session, who, task.id, {"operator": "south"}, now=clock.now())
    commands.complete_task(session, wafa, task.id, {"decision": "again"}, now=clock.now())
    # What the other one typed is given back to them.
    assert list(session.scalars(select(Draft.user_id))) == [walid.user_id]
    with pytest.raises(commands.TaskGone):
        commands.save_draft(session, walid, task.id, {"operator": "x"}, now=clock.now())
    commands.save_start_draft(session, wafa, "note", {"done": "v"}, case_id=opening.case.id, now=clock.now())
    with pytest.raises(commands.NotAllowed):
        commands.save_start_draft(session, wafa, "journey", {}, now=clock.now())
    with pytest.raises(commands.Unknown):
        commands.save_start_draft(session, wafa, "note", {}, case_id=new_id(), now=clock.now())
    with pytest.raises(commands.Unknown):
        commands.save_draft(session, wafa, new_id(), {}, now=clock.now())
