"""Where a case stands, as its page tells it."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from asae_engine import commands
from asae_engine.commands.deployed import newest
from asae_engine.model import Event, Task, TaskStatus
from asae_engine.reading import cases
from tests import builders

if TYPE_CHECKING:
    from sqlalchemy.orm import Session, sessionmaker

    from asae_engine.clock import TurnedClock

TWO_BRANCHES = builders.diagram(
    "journey",
    """
    <startEvent id="start" camunda:formKey="opening"/>
    <exclusiveGateway id="in" name=""/><parallelGateway id="fork"/>
    <userTask id="prepare" name="Préparer" camunda:formKey="final" camunda:candidateGroups="worker"/>
    <userTask id="visit" name="Visiter" camunda:formKey="final" camunda:candidateGroups="worker"/>
    <parallelGateway id="join"/>
    <intermediateCatchEvent id="wait" name="Une semaine"><timerEventDefinition>
    <timeDuration>P7D</timeDuration>
    </timerEventDefinition></intermediateCatchEvent>
    <exclusiveGateway id="again" name="Encore ?" default="f_again_end"/><endEvent id="end"/>
    """
    + builders.flows(
        "start>in",
        "in>fork",
        "fork>prepare",
        "fork>visit",
        "prepare>join",
        "visit>join",
        "join>wait",
        "wait>again",
        "again>in?counts.final &lt; 6",
        "again>end",
    ),
    attributes='asae:kind="main" asae:door="retention" camunda:candidateStarterGroups="referrer"',
)


def test_a_token_is_shown_where_it_stands_and_not_where_it_stood(
    session: Session, sessions: sessionmaker[Session], clock: TurnedClock
) -> None:
    builders.deployed(session, clock.now(), journey=TWO_BRANCHES, leave=None)
    case_id = builders.opened(session, clock.now()).case.id
    wafa = builders.actor(session, "wafa")
    bundle = newest(session)[1]

    def shown() -> dict[str, int]:
        session.rollback()
        session.expire_all()
        steps = cases.open_steps(session, wafa, case_id, bundle)
        [drawing] = cases.drawings(session, case_id, steps)
        return {place.element_id: place.count for place in drawing.places}

    for _ in range(2):
        assert shown() == {"prepare": 1, "visit": 1}
        first, second = session.query(Task).filter_by(status=TaskStatus.OPEN).order_by(Task.id)
        commands.complete_task(session, wafa, first.id, {"summary": "a"}, now=clock.now())
        assert shown() == {"visit": 1, "join": 1}
        commands.complete_task(session, wafa, second.id, {"summary": "b"}, now=clock.now())
        assert shown() == {"wait": 1}
        commands.fire_due(sessions, now=clock.advance(timedelta(days=8)))
    session.rollback()
    passed = [name for event in session.query(Event) for name in event.data.get("passed", [])]
    assert passed.count("fork") == 3
    assert "element.passed" not in {event.type for event in session.query(Event)}
