"""Signals between the processes of a case, and conditions that answers given elsewhere meet."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select

from asae_engine import commands
from asae_engine.model import Event, Incident, ProcessInstance, Task, TaskStatus
from asae_engine.reading.timeline import timeline
from tests import builders

if TYPE_CHECKING:
    from datetime import datetime
    from uuid import UUID

    from sqlalchemy.orm import Session

    from asae_engine.clock import TurnedClock

SIGNAL = '<signal id="g" name="heat"/>'
HEARS = '<signalEventDefinition signalRef="g"/>'
STARTER = 'camunda:candidateStarterGroups="referrer,worker,coordinator"'


def _main(watcher: str, before: str = "") -> bytes:
    """A journey of one long step, and beside it an event that opens another."""
    return builders.diagram(
        "journey",
        f"""
        <startEvent id="start" camunda:formKey="opening"/><endEvent id="end"/><endEvent id="end2"/>
        <userTask id="prepare" name="Préparer" camunda:formKey="prepare" camunda:candidateGroups="worker"/>
        <boundaryEvent id="event" name="Alerte" attachedToRef="prepare" cancelActivity="false">{watcher}
        </boundaryEvent>
        <userTask id="react" name="Réagir" camunda:formKey="final" camunda:candidateGroups="worker"/>
        """
        + builders.flows("start>prepare", "prepare>end", "event>react", "react>end2"),
        attributes=f'asae:kind="main" asae:door="retention" {STARTER}',
        before=before,
    )


SHOUT = builders.diagram(
    "shout",
    f'<startEvent id="s" camunda:formKey="note"/><endEvent id="e"/>'
    f'<intermediateThrowEvent id="cry" name="Alerte">{HEARS}</intermediateThrowEvent>'
    + builders.flows("s>cry", "cry>e"),
    attributes=f'asae:kind="side" {STARTER}',
    before=SIGNAL,
)


def _open(session: Session, case_id: UUID) -> list[str]:
    session.expire_all()
    return [
        task.element_id
        for task in session.query(Task).filter_by(case_id=case_id, status=TaskStatus.OPEN).order_by(Task.id)
    ]


def _case(session: Session, now: datetime, **changes: bytes | None) -> UUID:
    builders.deployed(session, now, leave=None, **changes)
    return builders.opened(session, now).case.id


def test_a_signal_thrown_in_one_process_is_heard_in_the_others_of_the_case(
    session: Session, clock: TurnedClock
) -> None:
    case_id = _case(session, clock.now(), journey=_main(HEARS, SIGNAL), shout=SHOUT)
    cora = builders.actor(session, "cora")
    commands.start_side_process(session, cora, case_id, "shout", {"done": "a"}, now=clock.now())
    assert _open(session, case_id) == ["prepare", "react"]
    told = {event.type for event in session.query(Event).filter_by(case_id=case_id)}
    assert {"signal.thrown", "signal.caught"} <= told


def test_a_signal_from_outside_is_heard_or_lost_without_a_word(session: Session, clock: TurnedClock) -> None:
    case_id = _case(session, clock.now(), journey=_main(HEARS, SIGNAL))
    cora = builders.actor(session, "cora")
    assert commands.deliver_signal(session, cora, case_id, "cold", now=clock.now()).instances == []
    heard = commands.deliver_signal(session, cora, case_id, "heat", now=clock.now())
    assert len(heard.instances) == 1
    assert timeline(session, case_id).events[0].type == "signal.caught"
    assert _open(session, case_id) == ["prepare", "react"]


CONDITION = "<conditionalEventDefinition><condition>=minutes &gt; 60</condition></conditionalEventDefinition>"


def test_an_answer_given_in_another_process_or_corrected_meets_a_condition(
    session: Session, clock: TurnedClock
) -> None:
    case_id = _case(session, clock.now(), journey=_main(CONDITION))
    cora = builders.actor(session, "cora")
    commands.start_side_process(
        session, cora, case_id, "note", {"done": "a", "minutes": "30"}, now=clock.now()
    )
    assert _open(session, case_id) == ["prepare"]
    commands.start_side_process(
        session, cora, case_id, "note", {"done": "b", "minutes": "90"}, now=clock.now()
    )
    assert _open(session, case_id) == ["prepare", "react"]
    commands.correct_answer(session, cora, case_id, "note", "minutes", "20", "faute", now=clock.now())
    commands.correct_answer(session, cora, case_id, "note", "minutes", "70", "faute", now=clock.now())
    assert _open(session, case_id) == ["prepare", "react", "react"]
    assert session.query(Incident).count() == 0


def _answering(key: str) -> bytes:
    """A side process that answers each signal by the same signal, for ever."""
    body = (
        '<startEvent id="s" camunda:formKey="note"/><exclusiveGateway id="x" name=""/><endEvent id="e"/>'
        f'<intermediateCatchEvent id="w" name="Écoute">{HEARS}</intermediateCatchEvent>'
        f'<intermediateThrowEvent id="cry" name="Répond">{HEARS}</intermediateThrowEvent>'
        '<exclusiveGateway id="y" name="Encore ?" default="f_y_x"/>'
    )
    ties = builders.flows("s>x", "x>w", "w>cry", "cry>y", "y>x", "y>e?false")
    return builders.diagram(key, body + ties, attributes=f'asae:kind="side" {STARTER}', before=SIGNAL)


def test_two_processes_that_answer_each_other_for_ever_are_stopped_and_said(
    session: Session, clock: TurnedClock
) -> None:
    case_id = _case(
        session, clock.now(), journey=_main(CONDITION), one=_answering("one"), two=_answering("two")
    )
    cora = builders.actor(session, "cora")
    for key in ("one", "two"):
        commands.start_side_process(session, cora, case_id, key, {"done": "a"}, now=clock.now())
    commands.deliver_signal(session, cora, case_id, "heat", now=clock.now())
    incidents = session.query(Incident).filter_by(case_id=case_id).all()
    assert incidents
    assert any("sans" in one.message for one in incidents)
    assert _open(session, case_id) == ["prepare"]


def _beginning(kind: str, more: str = "") -> bytes:
    """A side process that a message or a signal starts."""
    definition = HEARS if kind == "signal" else '<messageEventDefinition messageRef="m"/>'
    return builders.diagram(
        "visit",
        f'<startEvent id="s">{definition}</startEvent><endEvent id="e"/>'
        '<userTask id="go" name="Visiter" camunda:formKey="note" camunda:candidateGroups="worker"/>'
        + builders.flows("s>go", "go>e"),
        attributes=f'asae:kind="side" {more}',
        before=SIGNAL + '<message id="m" name="arrears"/>',
    )


@pytest.mark.parametrize("kind", ["message", "signal"])
def test_a_side_process_begins_with_its_event_in_that_case_alone(
    session: Session, clock: TurnedClock, kind: str
) -> None:
    case_id = _case(session, clock.now(), visit=_beginning(kind))
    other = builders.opened(session, clock.now(), last_name="Petit").case.id
    cora = builders.actor(session, "cora")
    send = commands.deliver_message if kind == "message" else commands.deliver_signal
    heard = send(session, cora, case_id, {"message": "arrears", "signal": "heat"}[kind], now=clock.now())
    assert [task.element_id for task in heard.opened] == ["go"]
    assert len(heard.instances) == 1
    assert _open(session, case_id) == ["prepare", "go"]
    assert _open(session, other) == ["prepare"]
    offered = commands.offered_processes(session, cora, case_id, now=clock.now())
    assert "visit" not in [one.key for one in offered]
    with pytest.raises(commands.NotOffered):
        commands.start_side_process(session, cora, case_id, "visit", {}, now=clock.now())


def test_what_a_process_throws_begins_a_side_process_too_where_it_has_a_place(
    session: Session, clock: TurnedClock
) -> None:
    placed = _beginning("signal", 'asae:offeredWhen="=minutes &gt; 60"')
    case_id = _case(session, clock.now(), shout=SHOUT, visit=placed)
    cora = builders.actor(session, "cora")
    for minutes, opened in (("30", ["prepare"]), ("90", ["prepare", "go"])):
        answers = {"done": "a", "minutes": minutes}
        commands.start_side_process(session, cora, case_id, "shout", answers, now=clock.now())
        assert _open(session, case_id) == opened


def test_nothing_begins_in_a_closed_case(session: Session, clock: TurnedClock) -> None:
    case_id = _case(session, clock.now(), visit=_beginning("message"))
    cora = builders.actor(session, "cora")
    main = session.scalars(select(ProcessInstance).where(ProcessInstance.case_id == case_id)).one()
    commands.cancel_instance(session, cora, main.id, "Doublon", now=clock.now())
    with pytest.raises(commands.NothingWaits):
        commands.deliver_message(session, cora, case_id, "arrears", now=clock.now())
