"""Messages, incidents and giving up."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select

from asae_engine import commands
from asae_engine.model import (
    CaseStatus,
    Incident,
    InstanceStatus,
    Task,
    TaskDeadline,
    TaskStatus,
    new_id,
)
from tests.builders import actor, deployed, diagram, flows, form, named, opened, text

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from asae_engine.clock import TurnedClock


def _follow(session: Session, clock: TurnedClock) -> Task:
    done = commands.complete_task(
        session,
        actor(session, "wafa"),
        opened(session, clock.now()).opened[0].id,
        {"decision": "opinion", "who": "walid"},
        now=clock.now(),
    )
    for name, task in zip(("carl", "cleo"), done.opened, strict=True):
        last = commands.complete_task(
            session, actor(session, name), task.id, {"opinion": "for"}, now=clock.now()
        )
    return named(last.opened, "follow")


def test_a_message_goes_to_who_waits_for_it_and_else_is_refused(session: Session, clock: TurnedClock) -> None:
    deployed(session, clock.now())
    follow = _follow(session, clock)
    delivery = commands.deliver_message(
        session, None, follow.case_id, "household_leaves", {}, now=clock.now()
    )
    assert delivery.instances == [follow.instance_id]
    assert [task.element_id for task in delivery.opened] == ["final"]
    assert delivery.opened[0].why == {"cause": "message", "element_name": "household_leaves", "by": None}
    with pytest.raises(commands.NothingWaits) as nothing:
        commands.deliver_message(
            session, actor(session, "cora"), follow.case_id, "household_leaves", now=clock.now()
        )
    assert "«\u00a0household_leaves\u00a0»" in nothing.value.message_fr
    with pytest.raises(commands.Unknown):
        commands.deliver_message(session, None, new_id(), "household_leaves", now=clock.now())
    with pytest.raises(commands.NotAllowed):
        commands.deliver_message(
            session, actor(session, "willy"), follow.case_id, "household_leaves", now=clock.now()
        )


def test_giving_up_the_main_process_closes_the_case_and_empties_inboxes(
    session: Session, clock: TurnedClock
) -> None:
    deployed(session, clock.now())
    opening = opened(session, clock.now())
    cora, instance_id = actor(session, "cora"), opening.instance.id
    with pytest.raises(commands.NotAllowed):
        commands.cancel_instance(session, actor(session, "remi"), instance_id, "non", now=clock.now())
    with pytest.raises(commands.InvalidAnswers):
        commands.cancel_instance(session, cora, instance_id, " ", now=clock.now())
    given_up = commands.cancel_instance(session, cora, instance_id, "Ouvert par erreur", now=clock.now())
    assert given_up.status is InstanceStatus.CANCELED
    assert opening.case.status is CaseStatus.CLOSED
    session.expire_all()
    assert session.get_one(Task, opening.opened[0].id).status is TaskStatus.CANCELED
    assert session.scalars(select(TaskDeadline)).all() == []
    with pytest.raises(commands.NotOffered):
        commands.cancel_instance(session, cora, instance_id, "encore", now=clock.now())
    with pytest.raises(commands.Unknown):
        commands.cancel_instance(session, cora, new_id(), "x", now=clock.now())


UNDATED = diagram(
    "journey",
    """<startEvent id="start" camunda:formKey="opening"/>
    <userTask id="prepare" name="Préparer" camunda:formKey="prepare" camunda:candidateGroups="worker"
      camunda:dueDate="={}" camunda:priority="=10 * 7" camunda:followUpDate="2026-03-10"/>
    <endEvent id="end"/>"""
    + flows("start>prepare", "prepare>end"),
    attributes='asae:kind="main" asae:door="retention" camunda:candidateStarterGroups="referrer"',
)


def test_a_date_that_cannot_be_worked_out_does_not_lose_the_task(
    session: Session, clock: TurnedClock
) -> None:
    deployed(session, clock.now(), journey=UNDATED.replace(b"={}", b"=opening.town"))
    [task] = opened(session, clock.now()).opened
    assert task.due_at is None
    incident = session.scalars(select(Incident)).one()
    assert incident.element_id == "prepare"
    commands.claim(session, actor(session, "wafa"), task.id, now=clock.now())


def test_due_date_follow_up_and_priority_come_from_the_diagram(session: Session, clock: TurnedClock) -> None:
    deployed(session, clock.now(), journey=UNDATED.replace(b"={}", b"=today() + duration(&quot;P3D&quot;)"))
    [task] = opened(session, clock.now()).opened
    assert task.due_at is not None
    assert task.due_at.isoformat()[:16] == "2026-03-05T22:59"
    assert task.follow_up_at is not None
    assert task.follow_up_at.isoformat() == "2026-03-09T23:00:00+00:00"
    assert task.priority == 70


REASSIGN = diagram(
    "change",
    """<startEvent id="s" name="Début" camunda:formKey="change"/>
    <serviceTask id="r" name="Passer la main" camunda:type="external" camunda:topic="reassign">
      <extensionElements>
      <camunda:inputOutput><camunda:inputParameter name="from">=change.from_whom</camunda:inputParameter>
      <camunda:inputParameter name="to">=change.to_whom</camunda:inputParameter></camunda:inputOutput>
      </extensionElements></serviceTask>
    <serviceTask id="c" name="Clore" camunda:type="external" camunda:topic="close_case"/><endEvent id="e"/>"""
    + flows("s>r", "r>c", "c>e"),
    attributes='asae:kind="side" camunda:candidateStarterGroups="coordinator"',
)


def test_a_change_of_worker_hands_over_open_tasks_and_membership(
    session: Session, clock: TurnedClock
) -> None:
    deployed(
        session,
        clock.now(),
        change=REASSIGN,
        form_change=form("change", text("from_whom"), text("to_whom")),
    )
    opening = opened(session, clock.now())
    wafa, walid, cora = (actor(session, name) for name in ("wafa", "walid", "cora"))
    [task] = opening.opened
    commands.claim(session, wafa, task.id, now=clock.now())
    commands.start_side_process(
        session,
        cora,
        opening.case.id,
        "change",
        {"from_whom": "wafa", "to_whom": "walid"},
        now=clock.advance(timedelta(days=1)),
    )
    session.expire_all()
    assert session.get_one(Task, task.id).assignee_id == walid.user_id
    members = {one.user_id: one.until for one in opening.case.members if one.user_id}
    assert members[wafa.user_id] == clock.now()
    assert members[walid.user_id] is None
    # close_case: what is open stays to be done.
    assert opening.case.status is CaseStatus.CLOSED
    commands.complete_task(session, walid, task.id, {"decision": "again"}, now=clock.now())
    commands.start_side_process(
        session, cora, opening.case.id, "change", {"to_whom": "ghost"}, now=clock.now()
    )
    assert "n’est pas connue" in session.scalars(select(Incident.message)).one()
