"""The demonstration lives the totals of the project sheet; they are counted here from submissions."""

from __future__ import annotations

import shutil
from collections import Counter, defaultdict
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import func, select

from asae_engine import access, bundles, commands
from asae_engine.calendar import local_date
from asae_engine.model import (
    Case,
    CaseStatus,
    Event,
    Incident,
    Notice,
    Submission,
    Task,
    TaskStatus,
)
from asae_engine.model.database import create_engine_for, session_factory
from asae_engine.reading import figures
from demonstration.accounts import COORDINATOR
from demonstration.loading import ROOT, NotEmpty, load

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path
    from uuid import UUID

    from sqlalchemy.orm import Session

#: A Wednesday; the demonstration is lived until then.
TODAY = datetime(2026, 11, 18, 15, 0, tzinfo=UTC)
FIRST_PHASE = (date(2016, 1, 1), date(2018, 12, 31))
YEAR_2019 = (date(2019, 1, 1), date(2019, 12, 31))

pytestmark = pytest.mark.xdist_group("demonstration")


@pytest.fixture(scope="module")
def url(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The whole demonstration, lived once. On SQLite only: ten years of commands take most of a minute, and
    that they do the same on PostgreSQL is what the tests of the commands show.
    """
    path = tmp_path_factory.mktemp("demonstration") / "asae.db"
    shutil.copyfile(sqlite_template, path)
    load(f"sqlite:///{path}", TODAY, lambda _day, _lived: None)
    assert not path.with_name("asae.db-wal").exists(), "the file is whole"
    return f"sqlite:///{path}"


@pytest.fixture
def session(url: str) -> Iterator[Session]:
    engine = create_engine_for(url)
    with session_factory(engine)() as session:
        yield session
    engine.dispose()


def told(session: Session, form: str, period: tuple[date, date], on: str | None = None) -> list[Submission]:
    """The submissions of a form whose day, or whose date answer, falls in the period."""
    rows = session.scalars(
        select(Submission)
        .where(Submission.form_key == form, Submission.superseded.is_(False))
        .order_by(Submission.at)
    )
    return [
        row
        for row in rows
        if period[0]
        <= (date.fromisoformat(row.data[on]) if on and row.data.get(on) else local_date(row.answered_at))
        <= period[1]
    ]


def cases(rows: list[Submission], keep: Callable[[Submission], bool] = lambda _row: True) -> set[UUID]:
    return {row.case_id for row in rows if keep(row)}


def entered(session: Session, period: tuple[date, date]) -> set[UUID]:
    return cases(told(session, "engagement", period, "start_date"), lambda row: row.data["answer"] == "signs")


def doors(session: Session, ids: set[UUID]) -> Counter[str]:
    return Counter(case.door for case in session.scalars(select(Case)) if case.id in ids and case.door)


def test_a_hundred_households_were_presented_to_the_committee(session: Session) -> None:
    assert len(cases(told(session, "committee_first", FIRST_PHASE))) == 100


def test_diagnostics_were_recommended_by_door_and_carried_out(session: Session) -> None:
    recommended = cases(
        told(session, "committee_first", FIRST_PHASE), lambda row: row.data["decision"] == "diagnostic"
    )
    assert doors(session, recommended) == {"access": 34, "retention": 40}
    assert len(cases(told(session, "diagnostic", FIRST_PHASE))) == 61


def test_forty_seven_supports_of_forty_three_households_began_and_ended_but_two(session: Session) -> None:
    measures = entered(session, FIRST_PHASE)
    assert len(measures) == 47
    households = {case.household_id for case in session.scalars(select(Case)) if case.id in measures}
    assert len(households) == 43
    closed = cases(
        told(session, "closure_validation", FIRST_PHASE), lambda row: row.data["decision"] == "validate"
    )
    running = measures - closed
    assert len(running) == 2
    level = {
        row.case_id: row.data["level"]
        for row in told(session, "committee_second", FIRST_PHASE)
        if row.case_id in running
    }
    assert set(level.values()) == {3}


def test_six_of_them_broke_down(session: Session) -> None:
    broken = cases(told(session, "closure", FIRST_PHASE), lambda row: row.data["reason"] == "breakdown")
    assert len(broken & entered(session, FIRST_PHASE)) == 6


def test_twenty_three_supports_began_in_2019(session: Session) -> None:
    assert len(entered(session, YEAR_2019)) == 23


def test_the_figures_of_the_programme_say_what_the_sheet_says(session: Session) -> None:
    bundle, _ = bundles.check(bundles.read_folder(ROOT / "processes", ROOT / "forms"))
    assert bundle is not None
    coordinator = access.actor_for(session, COORDINATOR)
    period = figures.Period(*FIRST_PHASE)
    found = {
        result.figure.key: result
        for result in figures.compute(session, coordinator, bundle, period, now=TODAY)
    }
    values = {key: result.value for key, result in found.items()}
    assert {
        "presented": 100,
        "diagnostics_recommended": 74,
        "diagnostics_done": 61,
        "entered": 47,
        "entered_households": 43,
        "closed": 45,
        "iml_running": 2,
        "ended": 47,
        "breakdowns": 6,
        "returns": 4,
    }.items() <= values.items()
    assert [part.value for part in found["diagnostics_recommended"].parts] == [34, 40]
    assert found["entered_households"].target == 30
    (new,) = figures.compute(
        session, coordinator, bundle, figures.Period(*YEAR_2019), now=TODAY, only="new_in_year"
    )
    assert new.value == 23


def test_nothing_stopped_on_an_error(session: Session) -> None:
    stopped = session.scalars(select(Incident)).all()
    assert [(incident.element_id, incident.message) for incident in stopped] == []


def open_tasks(session: Session) -> dict[str, list[Task]]:
    found: dict[str, list[Task]] = defaultdict(list)
    for task in session.scalars(select(Task).where(Task.status == TaskStatus.OPEN)):
        found[task.form_key or ""].append(task)
    return found


def test_the_caseload_of_today_has_something_for_everybody(session: Session) -> None:
    tasks = open_tasks(session)
    for form in (
        "referral_completion",
        "admissibility",
        "emergency_opinion",
        "committee_first",
        "diagnostic_assignment",
        "contact_attempt",
        "diagnostic",
        "recommendation",
        "committee_second",
        "engagement",
        "dwelling_wait",
        "dwelling_offer",
        "reassessment",
        "committee_review",
        "resume",
        "pause_check",
        "closure_validation",
    ):
        assert tasks[form], form
    every = [task for group in tasks.values() for task in group]
    late = [task for task in every if task.due_at is not None and task.due_at < TODAY]
    today = [
        task for task in every if task.due_at is not None and local_date(task.due_at) == local_date(TODAY)
    ]
    week = [
        task for task in every if task.due_at is not None and TODAY < task.due_at < TODAY + timedelta(days=7)
    ]
    assert 5 <= len(late) <= 25
    assert today
    assert len(week) >= 4


def test_what_is_late_was_reminded_and_escalated(session: Session) -> None:
    kinds = Counter(
        session.scalars(
            select(Notice.kind).join(Task, Task.id == Notice.task_id).where(Task.status == TaskStatus.OPEN)
        )
    )
    assert {"reminder", "escalation_1", "escalation_2"} <= set(kinds)
    assert session.scalar(select(func.count()).select_from(Event)) or 0 > 10_000


def test_cases_of_those_who_came_back_are_linked_to_the_same_household(session: Session) -> None:
    returned = session.execute(
        select(Case.household_id).group_by(Case.household_id).having(func.count() > 1)
    ).all()
    assert len(returned) == 4
    still = session.scalar(select(func.count()).select_from(Case).where(Case.status == CaseStatus.OPEN))
    assert still is not None
    assert still >= 40


def test_a_second_load_is_refused(url: str) -> None:
    with pytest.raises(NotEmpty):
        load(url, TODAY, lambda _day, _lived: None)


def test_nothing_is_due_that_was_not_fired(session: Session) -> None:
    due = commands.next_due(session)
    assert due is None or due > TODAY
