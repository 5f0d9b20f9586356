"""Signals between the processes of a case, and conditions that answers given elsewhere meet."""

from __future__ import annotations

from typing import TYPE_CHECKING

from asae_engine import commands
from asae_engine.model import Event, Incident, Task, TaskStatus
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
