"""What the doctor finds, each fault by its name, and what mending makes of it; on both databases."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import delete, select, update

from asae_engine import commands
from asae_engine.model import (
    Case,
    DeploymentFile,
    Event,
    Incident,
    ProcessInstance,
    Task,
    TaskDeadline,
    TaskStatus,
    new_id,
)
from asae_engine.model.answers import DossierField
from asae_engine.reading import soundness
from tests import builders
from tests.commands.deeds import VISIT
from tests.commands.test_incidents import BROKEN

if TYPE_CHECKING:
    from collections.abc import Callable
    from uuid import UUID

    from sqlalchemy.orm import Session

    from asae_engine.clock import TurnedClock


def _cases(session: Session, clock: TurnedClock) -> tuple[UUID, UUID]:
    """Two cases: one at its second step, one where it began. Both sound."""
    builders.deployed(session, clock.now())
    first = builders.opened(session, clock.now())
    given = {"decision": "opinion", "who": "walid"}
    wafa = builders.actor(session, "wafa")
    commands.complete_task(session, wafa, first.opened[0].id, given, now=clock.now())
    return first.case.id, builders.opened(session, clock.now(), last_name="Petit").case.id


def _found(session: Session) -> set[tuple[str, bool]]:
    """Codes, and whether a rule mends it."""
    session.rollback()
    session.expire_all()
    return {(one.code, one.mends is not None) for one in soundness.look(session)}


def _task_gone(session: Session, case_id: UUID) -> None:
    session.execute(
        update(Task).where(Task.case_id == case_id, Task.status == TaskStatus.OPEN).values(status="canceled")
    )


def _task_back(session: Session, case_id: UUID) -> None:
    closed = select(Task.id).where(Task.case_id == case_id, Task.status == TaskStatus.COMPLETED)
    session.execute(update(Task).where(Task.id.in_(closed)).values(status="open", closed_at=None))


def _instance(**values: object) -> Callable[[Session, UUID], None]:
    def fault(session: Session, case_id: UUID) -> None:
        session.execute(update(ProcessInstance).where(ProcessInstance.case_id == case_id).values(**values))

    return fault


def _incident(session: Session, case_id: UUID) -> None:
    row = session.scalars(select(ProcessInstance).where(ProcessInstance.case_id == case_id)).one()
    of_row = {"case_id": case_id, "instance_id": row.id, "process_key": "journey"}
    session.add(Incident(id=new_id(), token_id="t99", message="?", at=row.started_at, **of_row))
    session.flush()


def _deadline(session: Session, case_id: UUID) -> None:
    task = session.scalars(
        select(Task).where(Task.case_id == case_id, Task.status == TaskStatus.COMPLETED)
    ).one()
    session.add(TaskDeadline(task_id=task.id, kind="due", at=task.opened_at, failures=0))
    session.flush()


def _rank(session: Session, case_id: UUID) -> None:
    session.execute(update(Case).where(Case.id == case_id).values(event_count=Case.event_count + 1))


def _answer(session: Session, case_id: UUID) -> None:
    session.execute(
        update(DossierField)
        .where(DossierField.case_id == case_id, DossierField.field_key == "decision")
        .values(value="again")
    )


def _file(session: Session, _case_id: UUID) -> None:
    session.execute(
        update(DeploymentFile).where(DeploymentFile.path == "forms/note.form").values(content=b"{}")
    )


FAULTS: dict[str, tuple[Callable[[Session, UUID], None], set[tuple[str, bool]]]] = {
    "a task that nobody has": (_task_gone, {("token_without_task", True)}),
    "a task that is over": (_task_back, {("task_without_token", True), ("history", False)}),
    "an instant that is not the timer's": (_instance(next_due_at=None), {("due", True)}),
    "places that are not the tokens'": (_instance(places={"journey": {"end": 3}}), {("places", True)}),
    "a state that cannot be read": (_instance(state=b"{}"), {("state", False)}),
    "a stop that is none": (_incident, {("incident", True)}),
    "a deadline of what is over": (_deadline, {("deadline", True)}),
    "an event that is missing": (_rank, {("history", False)}),
    "an answer that is not the last": (_answer, {("dossier", True)}),
    "a file that is another": (_file, {("deployment", False)}),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_each_fault_is_found_by_its_name_and_mended_when_a_rule_can(
    session: Session, clock: TurnedClock, fault: str
) -> None:
    plant, expected = FAULTS[fault]
    case_id, other = _cases(session, clock)
    if fault == "an instant that is not the timer's":
        case_id = _waiting_for_a_timer(session, clock, case_id)
    assert _found(session) == set()
    plant(session, case_id)
    session.commit()
    assert _found(session) == expected
    commands.mend(session, case_id, now=clock.now())
    assert _found(session) == {one for one in expected if not one[1]}
    told = session.scalars(select(Event.type).where(Event.case_id == case_id)).all()
    assert "case.mended" in told
    assert "case.mended" not in session.scalars(select(Event.type).where(Event.case_id == other)).all()


def _waiting_for_a_timer(session: Session, clock: TurnedClock, case_id: UUID) -> UUID:
    """Bring a case to where a timer runs."""
    tasks = session.scalars(
        select(Task).where(Task.case_id == case_id, Task.status == TaskStatus.OPEN).order_by(Task.id)
    ).all()
    for name, task in zip(("carl", "cleo"), tasks, strict=True):
        person = builders.actor(session, name)
        commands.complete_task(session, person, task.id, {"opinion": "for"}, now=clock.now())
    assert session.scalar(select(ProcessInstance.next_due_at).where(ProcessInstance.case_id == case_id))
    session.commit()
    return case_id


def test_a_start_that_comes_by_itself_is_sound_and_one_at_a_false_time_is_mended(
    session: Session, clock: TurnedClock
) -> None:
    builders.deployed(session, clock.now(), visit=VISIT)
    case_id = builders.opened(session, clock.now()).case.id
    assert _found(session) == set()
    awaiting = (ProcessInstance.process_key == "visit", ProcessInstance.case_id == case_id)
    due = select(ProcessInstance.next_due_at).where(*awaiting)
    truly = session.scalars(due).one()
    session.execute(update(ProcessInstance).where(*awaiting).values(next_due_at=clock.now()))
    session.commit()
    assert _found(session) == {("due", True)}
    commands.mend(session, case_id, now=clock.now())
    assert _found(session) == set()
    assert session.scalars(due).one() == truly


def test_a_stop_that_nobody_was_told_of_is_told(session: Session, clock: TurnedClock) -> None:
    builders.deployed(session, clock.now(), journey=BROKEN)
    opening = builders.opened(session, clock.now())
    given = {"decision": "again", "who": "nobody"}
    wafa, case_id = builders.actor(session, "wafa"), opening.case.id
    commands.complete_task(session, wafa, opening.opened[0].id, given, now=clock.now())
    assert _found(session) == set()
    session.execute(delete(Incident))
    session.commit()
    assert _found(session) == {("incident", True)}
    commands.mend(session, case_id, now=clock.now())
    assert _found(session) == set()
    again = session.scalars(select(Incident)).one()
    assert (again.element_name, again.resolved_at) == ("Prévenir", None)


def test_an_opened_task_that_was_mended_is_done_as_any_other(session: Session, clock: TurnedClock) -> None:
    case_id, _ = _cases(session, clock)
    _task_gone(session, case_id)
    session.commit()
    commands.mend(session, case_id, now=clock.advance(timedelta(minutes=1)))
    opened = session.scalars(
        select(Task).where(Task.case_id == case_id, Task.status == TaskStatus.OPEN)
    ).all()
    assert len(opened) == 2
    done = commands.complete_task(
        session, builders.actor(session, "carl"), opened[0].id, {"opinion": "for"}, now=clock.now()
    )
    assert done.submission is not None
    commands.mend(session, case_id, now=clock.now())
    assert _found(session) == set()


def test_a_broken_key_of_sqlite_is_found(session: Session, clock: TurnedClock) -> None:
    _cases(session, clock)
    if session.get_bind().dialect.name != "sqlite":
        return
    session.commit()
    with closing(sqlite3.connect(str(session.get_bind().engine.url.database))) as careless:
        careless.execute("DELETE FROM task")
        careless.commit()
    assert ("database", False) in _found(session)
