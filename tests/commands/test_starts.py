"""Side processes that start by themselves: at a time, in a rhythm, or when a condition becomes true."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select

from asae_engine import bundles, commands
from asae_engine.model import CaseStatus, Event, Incident, InstanceKind, ProcessInstance, Task, TaskStatus
from asae_engine.reading import cases, soundness
from tests import builders

if TYPE_CHECKING:
    from sqlalchemy.orm import Session, sessionmaker

    from asae_engine.clock import TurnedClock
    from asae_engine.model import Case


def _timer(kind: str, value: str) -> str:
    return (
        f'<timerEventDefinition><{kind} xsi:type="tFormalExpression">{value}</{kind}></timerEventDefinition>'
    )


CONDITION = (
    '<conditionalEventDefinition><condition xsi:type="tFormalExpression">=minutes &gt; 60</condition>'
    "</conditionalEventDefinition>"
)


#: A journey of one step.
SHORT = builders.diagram(
    "journey",
    '<startEvent id="start" camunda:formKey="opening"/><endEvent id="end" name="Fin"/>'
    '<userTask id="prepare" name="Préparer" camunda:formKey="opinion" camunda:candidateGroups="worker"/>'
    + builders.flows("start>prepare", "prepare>end"),
    attributes='asae:kind="main" asae:door="retention" camunda:candidateStarterGroups="referrer"',
)


def side(*starts: str, kind: str = "side", more: str = "") -> bytes:
    """A side process of one step, begun by each of these events; an empty one is for people."""
    drawn = "".join(
        f'<startEvent id="s{n}" name="Début {n}">{one}</startEvent>' for n, one in enumerate(starts)
    )
    ties = builders.flows(*(f"s{n}>go" for n in range(len(starts))), "go>e")
    step = (
        '<userTask id="go" name="Visiter" camunda:formKey="note" camunda:candidateGroups="worker"/>'
        '<endEvent id="e" name="Fait"/>'
    )
    attributes = f'asae:kind="{kind}" camunda:candidateStarterGroups="worker,coordinator" {more}'
    return builders.diagram("visit", drawn + step + ties, attributes=attributes)


def _case(session: Session, clock: TurnedClock, visit: bytes) -> Case:
    builders.deployed(session, clock.now(), visit=visit)
    return builders.opened(session, clock.now()).case


def _visits(session: Session) -> list[datetime]:
    """When each visit was opened."""
    session.rollback()
    session.expire_all()
    return list(session.scalars(select(Task.opened_at).where(Task.element_id == "go").order_by(Task.id)))


def _states(session: Session) -> list[str]:
    """How the instances that await a start stand."""
    session.rollback()
    session.expire_all()
    rows = session.scalars(
        select(ProcessInstance).where(
            ProcessInstance.process_key == "visit", ProcessInstance.kind == InstanceKind.ENGINE
        )
    )
    return [row.status.value for row in rows]


def test_a_process_that_starts_after_a_time_starts_once(
    session: Session, sessions: sessionmaker[Session], clock: TurnedClock
) -> None:
    case = _case(session, clock, side(_timer("timeDuration", "P10D")))
    commands.fire_due(sessions, now=clock.advance(timedelta(days=9)))
    assert _visits(session) == []
    for _ in range(2):
        commands.fire_due(sessions, now=clock.advance(timedelta(days=1)))
        assert len(_visits(session)) == 1
    assert _states(session) == ["ended"]
    told = session.scalars(select(Event.element_name).where(Event.type == "instance.started")).all()
    assert told.count("Visit") == 1
    assert list(soundness.look(session)) == []
    session.add(case)
    assert case.status is CaseStatus.OPEN


def test_a_rhythm_starts_one_each_time_and_catches_up_after_a_silence(
    session: Session, sessions: sessionmaker[Session], clock: TurnedClock
) -> None:
    _case(session, clock, side(_timer("timeCycle", "R3/P7D")))
    opened = clock.now()
    clock.turn(opened + timedelta(days=7))
    commands.fire_due(sessions, now=clock.now())
    assert _visits(session) == [opened + timedelta(days=7)]
    commands.fire_due(sessions, now=clock.advance(timedelta(days=60)))
    assert len(_visits(session)) == 3
    commands.fire_due(sessions, now=clock.advance(timedelta(days=60)))
    assert len(_visits(session)) == 3
    assert _states(session) == ["ended"]
    tasks = session.scalars(select(Task).where(Task.element_id == "go"))
    assert {task.status for task in tasks} == {TaskStatus.OPEN}


def test_what_starts_late_counts_from_when_it_was_due(
    session: Session, sessions: sessionmaker[Session], clock: TurnedClock
) -> None:
    pause = f'<intermediateCatchEvent id="pause" name="Pause">{_timer("timeDuration", "P5D")}'
    visit = (
        side(_timer("timeDuration", "P10D")).decode().replace('"s0" targetRef="go"', '"s0" targetRef="pause"')
    )
    flow = '<sequenceFlow id="after" sourceRef="pause" targetRef="go"/>'
    visit = visit.replace('<userTask id="go"', f'{pause}</intermediateCatchEvent>{flow}<userTask id="go"')
    _case(session, clock, visit.encode())
    due = clock.now() + timedelta(days=10)
    commands.fire_due(sessions, now=clock.advance(timedelta(days=12)))
    waiting = select(ProcessInstance.next_due_at).where(ProcessInstance.kind == InstanceKind.SIDE)
    assert session.scalars(waiting).one() == due + timedelta(days=5)
    session.rollback()
    # After a long silence all of it comes in one round.
    builders.opened(session, clock.now(), last_name="Second", birth_date="1970-01-02")
    commands.fire_due(sessions, now=clock.advance(timedelta(days=40)))
    assert len(_visits(session)) == 2


def test_two_schedulers_at_once_start_it_once(
    session: Session, sessions: sessionmaker[Session], clock: TurnedClock
) -> None:
    _case(session, clock, side(_timer("timeDuration", "P1D")))
    session.commit()
    now = clock.advance(timedelta(days=2))
    gate = threading.Barrier(2)

    def look() -> None:
        gate.wait()
        commands.fire_due(sessions, now=now)

    threads = [threading.Thread(target=look) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(_visits(session)) == 1


def test_a_closed_case_awaits_nothing_more(
    session: Session, sessions: sessionmaker[Session], clock: TurnedClock
) -> None:
    case = _case(session, clock, side(_timer("timeCycle", "R/P7D")))
    main = session.scalars(select(ProcessInstance).where(ProcessInstance.kind == InstanceKind.MAIN)).one()
    cora = builders.actor(session, "cora")
    commands.cancel_instance(session, cora, main.id, "erreur", now=clock.now())
    assert _states(session) == ["canceled"]
    commands.fire_due(sessions, now=clock.advance(timedelta(days=30)))
    assert _visits(session) == []
    assert (
        session.scalars(select(ProcessInstance.next_due_at).where(ProcessInstance.case_id == case.id)).all()
        == [None] * 2
    )


def test_a_journey_that_ends_lets_go_of_what_it_awaits(session: Session, clock: TurnedClock) -> None:
    builders.deployed(
        session, clock.now(), journey=SHORT, leave=None, visit=side(_timer("timeCycle", "R/P7D"))
    )
    [task] = builders.opened(session, clock.now()).opened
    assert _states(session) == ["active"]
    wafa = builders.actor(session, "wafa")
    commands.complete_task(session, wafa, task.id, {"opinion": "for"}, now=clock.now())
    assert _states(session) == ["ended"]
    assert commands.next_due(session) is None
    assert list(soundness.look(session)) == []


def test_a_condition_starts_it_each_time_it_becomes_true(session: Session, clock: TurnedClock) -> None:
    case = _case(session, clock, side(CONDITION))
    cora = builders.actor(session, "cora")
    for minutes, visits in (("30", 0), ("90", 1), ("95", 1), ("20", 1), ("70", 2)):
        given = {"done": "a", "minutes": minutes}
        commands.start_side_process(
            session, cora, case.id, "note", given, now=clock.advance(timedelta(hours=1))
        )
        assert (minutes, len(_visits(session))) == (minutes, visits)
    assert _states(session) == ["active"]


def test_a_condition_that_the_opening_meets_starts_it_then(session: Session, clock: TurnedClock) -> None:
    _case(session, clock, side(CONDITION.replace("minutes &gt; 60", 'town = "Narbonne"')))
    assert _visits(session) == [clock.now()]
    assert _states(session) == ["active"]


def test_the_answer_that_closes_the_case_starts_nothing(session: Session, clock: TurnedClock) -> None:
    visit = side(CONDITION.replace("minutes &gt; 60", 'opinion.opinion = "for"'))
    builders.deployed(session, clock.now(), journey=SHORT, leave=None, visit=visit)
    [task] = builders.opened(session, clock.now()).opened
    wafa = builders.actor(session, "wafa")
    commands.complete_task(session, wafa, task.id, {"opinion": "for"}, now=clock.now())
    assert _visits(session) == []
    assert _states(session) == ["ended"]
    told = session.scalars(select(Event.type).where(Event.type.like("instance.%"))).all()
    assert sorted(told) == ["instance.ended", "instance.started"]


def test_people_and_a_time_may_start_the_same_process(
    session: Session, sessions: sessionmaker[Session], clock: TurnedClock
) -> None:
    case = _case(session, clock, side("", _timer("timeDuration", "P10D")))
    cora = builders.actor(session, "cora")
    offered = commands.offered_processes(session, cora, case.id, now=clock.now())
    assert "visit" in {one.key for one in offered}
    commands.start_side_process(session, cora, case.id, "visit", {}, now=clock.now())
    assert len(_visits(session)) == 1
    commands.fire_due(sessions, now=clock.advance(timedelta(days=11)))
    assert len(_visits(session)) == 2


def test_what_only_starts_by_itself_is_offered_to_nobody(session: Session, clock: TurnedClock) -> None:
    case = _case(session, clock, side(_timer("timeDuration", "P10D")))
    cora = builders.actor(session, "cora")
    assert "visit" not in {
        one.key for one in commands.offered_processes(session, cora, case.id, now=clock.now())
    }
    with pytest.raises(commands.NotOffered) as refused:
        commands.start_side_process(session, cora, case.id, "visit", {}, now=clock.now())
    assert "commence seule" in refused.value.message_fr
    page = cases.case_page(session, cora, case.id, now=clock.now())
    assert page is not None
    assert {step.name for step in page.steps} == {"Préparer"}


def test_a_start_without_a_place_is_left_out(
    session: Session, sessions: sessionmaker[Session], clock: TurnedClock
) -> None:
    more = 'asae:offeredWhen="=counts.prepare &gt; 0"'
    _case(session, clock, side(_timer("timeDuration", "P10D"), more=more))
    commands.fire_due(sessions, now=clock.advance(timedelta(days=11)))
    assert _visits(session) == []
    assert _states(session) == ["ended"]


def test_a_time_that_cannot_be_read_stops_and_loses_nothing(session: Session, clock: TurnedClock) -> None:
    case = _case(session, clock, side(_timer("timeDuration", '=if 1 = 1 then "demain" else "P1D"')))
    assert session.scalars(select(Task.name).where(Task.case_id == case.id)).all() == ["Préparer"]
    [incident] = session.scalars(select(Incident)).all()
    assert incident.element_name == "Début 0"


def test_a_date_of_the_file_is_awaited(
    session: Session, sessions: sessionmaker[Session], clock: TurnedClock
) -> None:
    _case(
        session,
        clock,
        side(_timer("timeDate", '=date and time(opening.birth_date, time("08:00:00")) + @"P43Y"')),
    )
    assert datetime(2027, 3, 5, 7, tzinfo=UTC) in session.scalars(select(ProcessInstance.next_due_at)).all()
    clock.turn(datetime(2027, 3, 5, 8, tzinfo=UTC))
    commands.fire_due(sessions, now=clock.now())
    assert len(_visits(session)) == 1


@pytest.mark.parametrize("start", [_timer("timeDuration", "P10D"), CONDITION])
def test_a_journey_does_not_open_by_itself(start: str) -> None:
    files = builders.bundle(visit=side(start, kind="main", more='asae:door="access"'))
    [refused] = [one for one in bundles.check(files)[1] if one.code == "bpmn.unsupported_event"]
    assert (refused.severity, refused.element) == ("error", "s0")
    assert "processus annexe" in refused.advice
