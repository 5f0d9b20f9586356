"""What stops: tried again by itself, and by people, who may pass it over or set a value right."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import func, select

from asae_engine import commands
from asae_engine.bpmn import variables_of
from asae_engine.model import (
    Event,
    Incident,
    IncidentEnd,
    InstanceStatus,
    ProcessInstance,
    Task,
    User,
    WorkKind,
    due,
    new_id,
)
from tests.builders import actor, deployed, diagram, flows, opened

if TYPE_CHECKING:
    from sqlalchemy.orm import Session, sessionmaker

    from asae_engine.clock import TurnedClock

BROKEN = diagram(
    "journey",
    """<startEvent id="start" camunda:formKey="opening"/>
    <userTask id="prepare" name="Préparer" camunda:formKey="prepare" camunda:candidateGroups="worker"/>
    <sendTask id="tell" name="Prévenir" camunda:type="external" camunda:topic="notify"><extensionElements>
      <camunda:inputOutput><camunda:inputParameter name="to">=prepare.who</camunda:inputParameter>
      <camunda:inputParameter name="message">Bonjour</camunda:inputParameter></camunda:inputOutput>
      </extensionElements></sendTask><endEvent id="end"/>"""
    + flows("start>prepare", "prepare>tell", "tell>end"),
    attributes='asae:kind="main" asae:door="retention" camunda:candidateStarterGroups="referrer"',
)


def _stopped(session: Session, clock: TurnedClock, journey: bytes = BROKEN, **names: str) -> Incident:
    """A case whose letter has nobody to go to."""
    if session.scalar(select(func.count()).select_from(Incident)) == 0:
        deployed(session, clock.now(), journey=journey)
    opening = opened(session, clock.now(), **names)
    commands.complete_task(
        session,
        actor(session, "wafa"),
        opening.opened[0].id,
        {"decision": "again", "who": "nobody"},
        now=clock.now(),
    )
    return session.scalars(select(Incident).where(Incident.instance_id == opening.instance.id)).one()


def _set_right(session: Session) -> None:
    session.add(User(id=new_id(), username="nobody", display_name="N", active=True, session_epoch=0))
    session.commit()


def _told(session: Session) -> list[str]:
    return list(session.scalars(select(Event.type).where(Event.type.like("incident.%")).order_by(Event.id)))


def test_what_stops_is_seen_and_can_be_retried_once_it_is_set_right(
    session: Session, clock: TurnedClock
) -> None:
    incident = _stopped(session, clock)
    assert incident.element_name == "Prévenir"
    assert "ni un rôle, ni une personne connue" in incident.message
    cora = actor(session, "cora")
    with pytest.raises(commands.NotAllowed):
        commands.retry_incident(session, actor(session, "wafa"), incident.id, now=clock.now())
    assert commands.retry_incident(session, cora, incident.id, now=clock.now()).resolved_at is None
    _set_right(session)
    commands.retry_incident(session, cora, incident.id, now=clock.advance(timedelta(minutes=1)))
    session.expire_all()
    assert (incident.resolved_how, incident.resolved_by_id) == (IncidentEnd.RETRIED, cora.user_id)
    assert session.get_one(ProcessInstance, incident.instance_id).status is InstanceStatus.ENDED
    assert _told(session) == ["incident.raised", "incident.retried", "incident.retried", "incident.resolved"]
    with pytest.raises(commands.NotOffered):
        commands.retry_incident(session, cora, incident.id, now=clock.now())
    with pytest.raises(commands.Unknown):
        commands.retry_incident(session, cora, new_id(), now=clock.now())


def test_what_stops_is_tried_again_later_each_time_then_waits_for_a_person(
    session: Session, sessions: sessionmaker[Session], clock: TurnedClock
) -> None:
    incident = _stopped(session, clock)
    assert commands.fire_due(sessions, now=clock.now()) == 0
    waits = []
    for _ in range(due.MOST_FAILURES):
        session.expire_all()
        assert incident.retry_at is not None
        assert commands.next_due(session) == incident.retry_at
        waits.append(incident.retry_at - clock.now())
        session.commit()
        assert commands.fire_due(sessions, now=clock.turn(incident.retry_at)) == 1
        assert commands.fire_due(sessions, now=clock.now()) == 0, "twice at one instant is once"
    assert waits == [timedelta(minutes=number) for number in (1, 2, 4, 8, 16)]
    session.expire_all()
    assert (incident.retry_at, incident.tries, incident.resolved_at) == (None, due.MOST_FAILURES, None)
    session.commit()
    assert commands.fire_due(sessions, now=clock.advance(timedelta(days=9))) == 0
    assert _told(session) == ["incident.raised", *["incident.retried"] * due.MOST_FAILURES]


def test_what_was_set_right_goes_on_by_itself(
    session: Session, sessions: sessionmaker[Session], clock: TurnedClock
) -> None:
    incident = _stopped(session, clock)
    _set_right(session)
    assert commands.fire_due(sessions, now=clock.advance(timedelta(minutes=1))) == 1
    session.expire_all()
    assert (incident.resolved_how, incident.resolved_by_id) == (IncidentEnd.RETRIED, None)
    assert session.get_one(ProcessInstance, incident.instance_id).status is InstanceStatus.ENDED
    session.commit()
    assert commands.fire_due(sessions, now=clock.advance(timedelta(hours=1))) == 0


def test_one_that_raises_while_it_is_tried_steps_aside_and_the_others_go_on(
    session: Session, sessions: sessionmaker[Session], clock: TurnedClock
) -> None:
    bad, good = _stopped(session, clock), _stopped(session, clock, last_name="Martin")
    row = session.get_one(ProcessInstance, bad.instance_id)
    kept = row.state
    row.state = b"{}"
    session.commit()
    _set_right(session)
    assert commands.fire_due(sessions, now=clock.advance(timedelta(minutes=1))) == 1
    session.expire_all()
    assert good.resolved_at is not None
    assert (bad.tries, bad.retry_at) == (1, clock.now() + timedelta(minutes=1))
    row.state = kept
    session.commit()
    assert commands.fire_due(sessions, now=clock.advance(timedelta(minutes=1))) == 1
    session.expire_all()
    assert bad.resolved_how is IncidentEnd.RETRIED


def test_a_step_is_passed_over_with_a_reason(session: Session, clock: TurnedClock) -> None:
    incident = _stopped(session, clock)
    cora = actor(session, "cora")
    with pytest.raises(commands.NotAllowed):
        commands.pass_over_incident(session, actor(session, "wafa"), incident.id, "x", now=clock.now())
    with pytest.raises(commands.InvalidAnswers) as refused:
        commands.pass_over_incident(session, cora, incident.id, " \n", now=clock.now())
    assert "reason" in refused.value.errors
    commands.pass_over_incident(session, cora, incident.id, "Prévenu par <b>téléphone</b>", now=clock.now())
    session.expire_all()
    assert (incident.resolved_how, incident.reason) == (
        IncidentEnd.PASSED_OVER,
        "Prévenu par <b>téléphone</b>",
    )
    assert session.get_one(ProcessInstance, incident.instance_id).status is InstanceStatus.ENDED
    assert _told(session) == ["incident.raised", "incident.passed_over", "incident.resolved"]
    assert not any("téléphone" in str(data) for data in session.scalars(select(Event.data)))
    with pytest.raises(commands.NotOffered):
        commands.pass_over_incident(session, cora, incident.id, "encore", now=clock.now())


CHOOSING = diagram(
    "journey",
    """<startEvent id="start" camunda:formKey="opening"/>
    <userTask id="prepare" name="Préparer" camunda:formKey="prepare" camunda:candidateGroups="worker"/>
    <scriptTask id="count" name="Compter" scriptFormat="feel"><script>{ limit: "x" }</script></scriptTask>
    <exclusiveGateway id="way" name="Assez ?"/>
    <userTask id="more" name="Continuer" camunda:formKey="prepare" camunda:candidateGroups="worker"/>
    <endEvent id="end"/>
    <sequenceFlow id="yes" name="oui" sourceRef="way" targetRef="end">
      <conditionExpression>=limit &gt; 5</conditionExpression></sequenceFlow>
    <sequenceFlow id="no" name="non" sourceRef="way" targetRef="more">
      <conditionExpression>=limit &lt;= 5</conditionExpression></sequenceFlow>"""
    + flows("start>prepare", "prepare>count", "count>way", "more>end"),
    attributes='asae:kind="main" asae:door="retention" camunda:candidateStarterGroups="referrer"',
)


def test_a_choice_is_passed_over_by_a_way_of_the_diagram(session: Session, clock: TurnedClock) -> None:
    incident = _stopped(session, clock, CHOOSING)
    cora = actor(session, "cora")
    for wrong in (None, "nowhere"):
        with pytest.raises(commands.NotOffered) as refused:
            commands.pass_over_incident(session, cora, incident.id, "vu", flow=wrong, now=clock.now())
        assert "quel chemin" in refused.value.message_fr
    session.expire_all()
    assert incident.reason is None
    commands.pass_over_incident(session, cora, incident.id, "vu", flow="no", now=clock.now())
    instance = session.get_one(ProcessInstance, incident.instance_id)
    assert instance.status is InstanceStatus.ACTIVE
    opened = select(Task.element_id).join(Event, Event.task_id == Task.id).where(Event.type == "task.opened")
    assert session.scalars(opened.order_by(Event.id)).all()[-1] == "more"


def test_a_variable_is_set_right_and_what_stopped_goes_on(session: Session, clock: TurnedClock) -> None:
    incident = _stopped(session, clock, CHOOSING)
    cora = actor(session, "cora")

    def correct(name: str, value: str, reason: str = "Faute de frappe") -> Incident:
        return commands.correct_variable(session, cora, incident.id, name, value, reason, now=clock.now())

    for name, value, reason, field in (
        ("limit", "8", "", "reason"),
        ("limit", "", "vu", "value"),
        ("limit", "8 +", "vu", "value"),
        ("limit", "function(x) x", "vu", "value"),
        ("1 limit; drop", "8", "vu", "name"),
    ):
        with pytest.raises(commands.InvalidAnswers) as refused:
            correct(name, value, reason)
        assert list(refused.value.errors) == [field]
    with pytest.raises(commands.NotOffered) as elsewhere:
        correct("prepare", "8")
    assert "dossier" in elsewhere.value.message_fr
    with pytest.raises(commands.NotAllowed):
        commands.correct_variable(
            session, actor(session, "wafa"), incident.id, "limit", "8", "vu", now=clock.now()
        )
    assert correct("limit", '"y"').resolved_at is None, "wrong again: it stays open"
    forged = correct("limit", '{ "@": "date", v: "no day" }')
    assert forged.resolved_at is None, "and no value makes a state that is not read again"
    assert correct("limit", "8").resolved_how is IncidentEnd.RETRIED
    session.expire_all()
    row = session.get_one(ProcessInstance, incident.instance_id)
    assert row.status is InstanceStatus.ENDED
    assert variables_of(bytes(row.state))["limit"] == 8
    corrected = session.scalars(select(Event.data).where(Event.type == "incident.corrected")).all()
    assert corrected == [{"variable": "limit"}] * 3


def test_an_incident_ends_with_its_instance(session: Session, clock: TurnedClock) -> None:
    incident = _stopped(session, clock)
    commands.cancel_instance(
        session, actor(session, "cora"), incident.instance_id, "Dossier en double", now=clock.now()
    )
    session.expire_all()
    assert (incident.resolved_how, incident.retry_at) == (IncidentEnd.GONE, None)


def test_all_that_stopped_on_one_step_is_retried_at_once(
    session: Session, sessions: sessionmaker[Session], clock: TurnedClock
) -> None:
    incidents = [_stopped(session, clock, last_name=name) for name in ("Martin", "Durand", "Petit")]
    instance = session.get_one(ProcessInstance, incidents[0].instance_id)
    place = (instance.deployment_id, "journey", "tell")
    with pytest.raises(commands.NotAllowed):
        commands.request_retries(session, actor(session, "wafa"), *place, now=clock.now())
    cora = actor(session, "cora")
    with pytest.raises(commands.NotOffered):
        commands.request_retries(session, cora, instance.deployment_id, "journey", "x", now=clock.now())
    _set_right(session)
    asked = commands.request_retries(session, cora, *place, now=clock.now())
    assert (asked.kind, asked.total) == (WorkKind.RETRY, 3)
    assert commands.do_works(sessions, now=clock.now()) == 3
    session.expire_all()
    assert {one.resolved_by_id for one in incidents} == {cora.user_id}
