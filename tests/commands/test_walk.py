"""Whatever people do, in whatever order, tables and engine say the same."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from asae_engine import commands
from asae_engine.bpmn import Instance
from asae_engine.clock import TurnedClock
from asae_engine.commands.deployed import bundle_of
from asae_engine.model import (
    Case,
    CaseStatus,
    Deployment,
    DossierField,
    Event,
    InstanceStatus,
    ProcessInstance,
    Submission,
    Task,
    TaskDeadline,
    TaskStatus,
)
from asae_engine.model.database import create_engine_for, session_factory
from tests.builders import actor, deployed, opened

if TYPE_CHECKING:
    from pathlib import Path

    import pytest
    from sqlalchemy.orm import Session, sessionmaker

#: A deed, who does it, which of the open tasks, and which answer.
STEPS = st.lists(
    st.tuples(
        st.sampled_from(
            ["complete"] * 5 + ["claim", "release", "assign", "note", "leave", "wait", "correct", "cancel"]
        ),
        st.sampled_from(["wafa", "walid", "carl", "cleo", "cora", "willy"]),
        st.integers(0, 3),
        st.sampled_from(["again", "opinion", "opinion"]),
    ),
    min_size=1,
    max_size=14,
)


#: Who may do the tasks of each form.
ABLE = {
    "prepare": ["wafa", "walid"],
    "opinion": ["carl", "cleo"],
    "note": ["wafa", "walid"],
    "final": ["cora"],
}


def _clock() -> TurnedClock:
    return TurnedClock(datetime(2026, 3, 2, 8, 0, tzinfo=UTC))


def _answers(task: Task, choice: str, who: str) -> dict[str, Any]:
    return {
        "prepare": {"decision": choice, "operator": "south" if choice == "opinion" else None, "who": who},
        "opinion": {"opinion": "for"},
        "note": {"done": f"par {who}"},
        "final": {"summary": choice},
    }[task.form_key or ""]


def _do(
    session: Session,
    sessions: sessionmaker[Session],
    clock: TurnedClock,
    case: Case,
    step: tuple[str, str, int, str],
) -> None:
    deed, name, place, choice = step
    who, now = actor(session, name), clock.advance(timedelta(hours=3))
    tasks = session.scalars(select(Task).where(Task.status == TaskStatus.OPEN).order_by(Task.id)).all()
    task = tasks[place % len(tasks)] if tasks else None
    if task is not None and place < 3:  # mostly someone who may
        able = ABLE[task.form_key or ""]
        name = able[(place + len(choice)) % len(able)]
        who = actor(session, name)
    if deed == "note":
        commands.start_side_process(session, who, case.id, "note", {"done": "x", "minutes": place}, now=now)
    elif deed == "leave":
        commands.start_side_process(session, who, case.id, "leave", {}, now=now)
    elif deed == "wait":
        commands.fire_due(sessions, now=clock.advance(timedelta(days=4 * place)))
    elif deed == "correct":
        corrector = actor(session, "cora") if place < 3 else who
        commands.correct_answer(
            session, corrector, case.id, "prepare", "operator", "north", "erreur", now=now
        )
    elif deed == "cancel" and place == 3:
        instance = session.scalars(select(ProcessInstance.id).order_by(ProcessInstance.id)).first()
        if instance is not None:
            commands.cancel_instance(session, who, instance, "fin", now=now)
    elif task is None:
        return
    elif deed == "claim":
        commands.claim(session, who, task.id, now=now)
    elif deed == "release":
        commands.release(session, who, task.id, now=now)
    elif deed == "assign":
        commands.assign(session, who, task.id, name, now=now)
    elif deed == "complete":
        commands.complete_task(session, who, task.id, _answers(task, choice, name), now=now)


def _check(session: Session) -> None:
    session.rollback()
    session.expire_all()
    deployment = session.scalars(select(Deployment)).one()
    bundle = bundle_of(session, deployment)
    running = False
    for row in session.scalars(select(ProcessInstance)):
        instance = Instance.restore(bundle.processes, bytes(row.state))
        tasks = session.scalars(
            select(Task).where(Task.instance_id == row.id, Task.status == TaskStatus.OPEN).order_by(Task.id)
        ).all()
        assert [task.token_id for task in tasks] == [one.token_id for one in instance.user_tasks()]
        assert instance.is_ended == (row.status is not InstanceStatus.ACTIVE)
        assert row.next_due_at == (None if instance.is_ended else instance.next_due_at)
        running = running or (row.kind == "main" and not instance.is_ended)
    case = session.scalars(select(Case)).one()
    assert (case.status is CaseStatus.OPEN) == running
    ranks = list(session.scalars(select(Event.rank).where(Event.case_id.is_not(None)).order_by(Event.id)))
    assert ranks == list(range(1, case.event_count + 1))
    reminding = select(Task.status).join(TaskDeadline, TaskDeadline.task_id == Task.id)
    assert set(session.scalars(reminding.where(TaskDeadline.fired_at.is_(None)))) <= {TaskStatus.OPEN}
    _check_dossier(session)


def _check_dossier(session: Session) -> None:
    folded: dict[tuple[str, str], Any] = {}
    counts: dict[str, int] = {}
    deployment = session.scalars(select(Deployment)).one()
    for submission in session.scalars(select(Submission).order_by(Submission.answered_at, Submission.id)):
        counts[submission.form_key] = counts.get(submission.form_key, 0) + (submission.corrects is None)
        if submission.superseded:
            continue
        for field in bundle_of(session, deployment).forms[submission.form_key].fields:
            folded[submission.form_key, field.key] = submission.data.get(field.key)
    kept = session.scalars(select(DossierField)).all()
    assert {(one.form_key, one.field_key): one.value for one in kept} == folded
    assert {one.form_key: one.times for one in kept} == counts


@settings(
    max_examples=15,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
    derandomize=True,
)
@given(steps=STEPS)
def test_a_walk_of_commands_keeps_tables_and_engine_in_step(
    steps: list[tuple[str, str, int, str]],
    sqlite_template: Path,
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    _walk(f"sqlite:///{_copied(sqlite_template, tmp_path_factory)}", _clock(), steps)


def _copied(template: Path, factory: pytest.TempPathFactory) -> Path:
    path = factory.mktemp("walk") / "asae.sqlite"
    path.write_bytes(template.read_bytes())
    return path


def _walk(url: str, clock: TurnedClock, steps: list[tuple[str, str, int, str]]) -> Counter[str]:
    """Take the steps, look after each, and count the events there were."""
    engine = create_engine_for(url)
    sessions = session_factory(engine)
    try:
        with sessions() as session:
            deployed(session, clock.now())
            case = opened(session, clock.now()).case
            for step in steps:
                try:
                    _do(session, sessions, clock, case, step)
                except commands.CommandError:
                    session.rollback()
                _check(session)
            return Counter(session.scalars(select(Event.type)))
    finally:
        engine.dispose()


def test_a_long_walk_on_postgresql(postgresql_url: str) -> None:
    people = ["wafa", "walid", "carl", "cleo", "cora"]
    deeds = ["complete", "note", "complete", "claim", "wait", "complete", "correct", "complete", "leave"]
    steps = [
        (
            deeds[lap % len(deeds)],
            people[(lap * 3) % len(people)],
            lap % 4,
            "again" if lap < 25 else "opinion",
        )
        for lap in range(60)
    ]
    told = _walk(postgresql_url, _clock(), steps)
    assert told["task.completed"] >= 10
    assert {"task.overdue", "task.canceled", "answer.corrected", "case.closed"} <= told.keys()
