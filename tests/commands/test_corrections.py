"""A corrected answer: the dossier says the new one, history keeps both, nothing moves."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select

from asae_engine import commands
from asae_engine.model import DossierField, Event, Submission, Task, TaskStatus, new_id
from tests.builders import actor, day, deployed, form, opened, text

if TYPE_CHECKING:
    from uuid import UUID

    from sqlalchemy.orm import Session

    from asae_engine.clock import TurnedClock


def test_a_correction_keeps_both_and_moves_no_token(session: Session, clock: TurnedClock) -> None:
    deployed(session, clock.now())
    opening = opened(session, clock.now())
    case_id = opening.case.id
    cora = actor(session, "cora")
    later = clock.advance(timedelta(days=2))
    new = commands.correct_answer(
        session, cora, case_id, "opening", "town", "Carcassonne", "Erreur de saisie", now=later
    )
    assert new.corrects == opening.submission.id if opening.submission else False
    assert new.at == later
    assert new.answered_at == later - timedelta(days=2)
    assert new.data["town"] == "Carcassonne"
    assert new.data["last_name"] == "Durand"
    session.expire_all()
    rows = session.scalars(select(Submission).order_by(Submission.id)).all()
    assert [(one.superseded, one.data["town"]) for one in rows] == [
        (True, "Narbonne"),
        (False, "Carcassonne"),
    ]
    field = session.get_one(DossierField, (case_id, "opening", "town"))
    assert (field.value, field.by_id, field.times) == ("Carcassonne", cora.user_id, 1)
    untouched = session.get_one(DossierField, (case_id, "opening", "last_name"))
    assert untouched.by_id == actor(session, "remi").user_id
    assert [one.status for one in session.scalars(select(Task))] == [TaskStatus.OPEN]
    event = session.scalars(select(Event).where(Event.type == "answer.corrected")).one()
    assert event.data == {"form": "opening", "fields": ["town"]}
    third = commands.correct_answer(
        session, cora, case_id, "opening", "town", "Limoux", "Encore", now=clock.now()
    )
    assert third.corrects == new.id


def test_a_correction_is_checked_like_an_answer(session: Session, clock: TurnedClock) -> None:
    deployed(session, clock.now())
    case_id = opened(session, clock.now()).case.id
    cora = actor(session, "cora")

    def correct(field: str, value: object, reason: str = "parce que", who: str = "cora") -> None:
        commands.correct_answer(
            session, actor(session, who), case_id, "opening", field, value, reason, now=clock.now()
        )

    with pytest.raises(commands.InvalidAnswers) as refused:
        correct("birth_date", "2999-01-01")
    assert "birth_date" in refused.value.errors
    with pytest.raises(commands.InvalidAnswers):
        correct("last_name", "")
    with pytest.raises(commands.InvalidAnswers) as refused:
        correct("town", "Limoux", reason=" ")
    assert "" in refused.value.errors
    with pytest.raises(commands.Unknown) as unknown:
        correct("alien", "x")
    assert unknown.value.kind == "field"
    with pytest.raises(commands.NotAllowed):
        correct("town", "Limoux", who="remi")
    for case, key in ((new_id(), "opening"), (case_id, "prepare")):
        with pytest.raises(commands.Unknown):
            commands.correct_answer(session, cora, case, key, "town", "x", "y", now=clock.now())
    assert session.get_one(DossierField, (case_id, "opening", "town")).value == "Narbonne"


def test_nobody_corrects_what_they_may_not_read(session: Session, clock: TurnedClock) -> None:
    deployed(session, clock.now())
    opening = opened(session, clock.now())
    commands.complete_task(
        session,
        actor(session, "wafa"),
        opening.opened[0].id,
        {"decision": "again", "health": "fragile"},
        now=clock.now(),
    )
    with pytest.raises(commands.NotAllowed):
        commands.correct_answer(
            session, actor(session, "cora"), opening.case.id, "prepare", "health", "x", "y", now=clock.now()
        )


def test_a_mark_that_holds_in_this_case_alone_closes_the_field_too(
    session: Session, clock: TurnedClock
) -> None:
    """The town is under H while the name says so: the coordinator neither corrects nor erases it."""
    opening_form = form(
        "opening",
        text("last_name", required=True),
        text("first_name"),
        day("birth_date"),
        text("town", markIf='H:=last_name = "Secret"'),
    )
    deployed(session, clock.now(), form_opening=opening_form)
    cora = actor(session, "cora")
    for name, allowed in (("Ouvert", True), ("Secret", False)):
        case_id = opened(session, clock.now(), last_name=name).case.id

        def correct(case: UUID = case_id) -> None:
            commands.correct_answer(session, cora, case, "opening", "town", "L", "r", now=clock.now())

        if allowed:
            correct()
        else:
            with pytest.raises(commands.NotAllowed):
                correct()


def test_a_correction_of_an_older_answer_does_not_outdo_a_newer_one_elsewhere(
    session: Session, clock: TurnedClock
) -> None:
    """The flat value of a field is the latest answer's, not the latest typing's."""
    from asae_engine.commands.dossier import Dossier

    deployed(session, clock.now())
    opening = opened(session, clock.now())
    case_id, cora, wafa = opening.case.id, actor(session, "cora"), actor(session, "wafa")
    commands.claim(session, wafa, opening.opened[0].id, now=clock.now())
    commands.start_side_process(
        session, cora, case_id, "note", {"done": "a"}, now=clock.advance(timedelta(1))
    )
    commands.start_side_process(
        session, wafa, case_id, "note", {"done": "b"}, now=clock.advance(timedelta(1))
    )
    commands.correct_answer(
        session, cora, case_id, "opening", "town", "L", "r", now=clock.advance(timedelta(1))
    )
    dossier = Dossier(session, opening.case, {}).context()
    assert dossier["done"] == "b"
    assert dossier["town"] == "L"
    assert dossier["counts"] == {"opening": 1, "note": 2}
