"""The manager's list: what is late or stopped, the worst first, whom it waits for; and the diagrams."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import event
from sqlalchemy.orm import Session, sessionmaker

from asae_engine import commands
from asae_engine.clock import TurnedClock
from asae_engine.model import Incident, ProcessInstance, new_id
from asae_engine.reading import board, board_filters, charts
from asae_engine.reading.board_filters import Filters, State
from tests import builders


@pytest.fixture
def two_cases(session: Session, sessions: sessionmaker[Session], clock: TurnedClock) -> TurnedClock:
    """Two cases opened a week apart, each waiting at « Préparer », both late; the older one is Wafa's."""
    builders.deployed(session, clock.now())
    first = builders.opened(session, clock.now())
    commands.claim(session, builders.actor(session, "wafa"), first.opened[0].id, now=clock.now())
    clock.advance(timedelta(days=7))
    builders.opened(session, clock.now(), last_name="<b>Dupont</b>", birth_date="1990-01-01")
    for _ in range(20):
        clock.advance(timedelta(days=1))
        commands.fire_due(sessions, now=clock.now())
    return clock


def stopped(session: Session, at: datetime) -> None:
    """Write that the first instance stopped."""
    instance = session.query(ProcessInstance).order_by(ProcessInstance.started_at).first()
    assert instance is not None
    session.add(
        Incident(
            id=new_id(),
            case_id=instance.case_id,
            instance_id=instance.id,
            process_key="journey",
            element_id="which",
            element_name="Et ensuite ?",
            message="On ne peut pas comparer un texte et un nombre.",
            at=at,
        )
    )
    session.commit()


def seen(session: Session, clock: TurnedClock, who: str = "mona", **filters: object) -> board.Board:
    return board.board(
        session,
        builders.actor(session, who),
        Filters(**filters),  # type: ignore[arg-type] # each test gives what it means
        now=clock.now(),
    )


def test_late_steps_come_the_oldest_first_with_since_when_and_whom(
    session: Session, two_cases: TurnedClock
) -> None:
    found = seen(session, two_cases)
    assert [line.step for line in found.lines] == ["Préparer", "Préparer"]
    first, second = found.lines
    assert first.since < second.since < two_cases.now()
    assert (first.worker, first.groups) == ("Wafa", ("Sud",))
    assert (second.worker, second.groups) == (None, ("Travailleur",))
    assert first.alerts == 2
    assert found.counts == {State.TROUBLE: 2, State.STOPPED: 0, State.LATE: 2, State.OPEN: 2}


def test_a_manager_reads_no_name_and_a_coordinator_does(session: Session, two_cases: TurnedClock) -> None:
    assert {line.household for line in seen(session, two_cases).lines} == {None}
    assert None not in {line.household for line in seen(session, two_cases, "cora").lines}


def test_a_stopped_journey_comes_before_what_is_late(session: Session, two_cases: TurnedClock) -> None:
    stopped(session, two_cases.now())
    found = seen(session, two_cases)
    assert [line.stopped for line in found.lines] == [True, False, False]
    assert found.lines[0].message == "On ne peut pas comparer un texte et un nombre."
    assert [line.step for line in seen(session, two_cases, state=State.STOPPED).lines] == ["Et ensuite ?"]
    assert found.counts[State.STOPPED] == 1


@pytest.mark.parametrize(
    ("filters", "count"),
    [
        ({"organisation": "south"}, 1),
        ({"organisation": "north"}, 0),
        ({"organisation": board_filters.ANY}, 1),
        ({"worker": "wafa"}, 1),
        ({"worker": "nobody"}, 0),
        ({"step": "Préparer"}, 2),
        ({"step": "' OR 1=1 --"}, 0),
        ({"door": "retention"}, 2),
        ({"door": "access"}, 0),
        ({"process": "journey", "element": "prepare"}, 2),
        ({"page": 2}, 0),
        ({"page": -1}, 2),
    ],
)
def test_filters_narrow_the_list(
    session: Session, two_cases: TurnedClock, filters: dict[str, object], count: int
) -> None:
    found = seen(session, two_cases, **filters)
    assert len(found.lines) == count
    if "page" not in filters:
        assert found.counts[State.TROUBLE] == count


def test_shares_say_where_it_stands(session: Session, two_cases: TurnedClock) -> None:
    found = seen(session, two_cases)
    assert [(share.label, share.late) for share in found.organisations] == [("", 1), ("Sud", 1)]
    assert [(share.label, share.late) for share in found.steps] == [("Préparer", 2)]
    assert [(share.label, share.late) for share in found.workers] == [("Wafa", 1)]


def test_only_cases_that_one_may_see_are_there(session: Session, two_cases: TurnedClock) -> None:
    stopped(session, two_cases.now())
    offered = seen(session, two_cases, "walid")
    assert [(line.stopped, line.worker) for line in offered.lines] == [(False, None)]
    assert offered.counts == {State.TROUBLE: 1, State.STOPPED: 0, State.LATE: 1, State.OPEN: 1}


def test_the_page_asks_few_questions_however_long_the_list(session: Session, two_cases: TurnedClock) -> None:
    statements: list[str] = []
    actor = builders.actor(session, "mona")
    board.board(session, actor, Filters(), now=two_cases.now())
    engine = session.get_bind()

    def note(_c: object, _cursor: object, statement: str, *_rest: object) -> None:
        statements.append(statement)

    event.listen(engine, "before_cursor_execute", note)
    board.board(session, actor, Filters(), now=two_cases.now())
    event.remove(engine, "before_cursor_execute", note)
    assert len(statements) <= 7


def test_a_diagram_shows_what_is_open_and_late_on_its_steps(session: Session, two_cases: TurnedClock) -> None:
    stopped(session, two_cases.now())
    actor = builders.actor(session, "mona")
    drawn = charts.chart(session, actor, "", now=two_cases.now())
    assert drawn is not None
    assert drawn.process_key == "journey"
    found = {place.element_id: (place.open, place.late, place.stopped) for place in drawn.places}
    assert found == {"prepare": (2, 2, 0), "which": (0, 0, 1)}
    assert drawn.elsewhere == []
    assert charts.chart(session, actor, "nope", now=two_cases.now()) is None


def test_steps_that_a_newer_drawing_lacks_are_told_apart(session: Session, two_cases: TurnedClock) -> None:
    renamed = builders.JOURNEY.replace(b'"prepare"', b'"ready"').replace(b"_prepare", b"_ready")
    renamed = renamed.replace(b'delays="ready"', b'delays="prepare"').replace(
        b'formKey="ready"', b'formKey="prepare"'
    )
    files = builders.bundle(journey=renamed)
    commands.deploy(session, None, files, "Étape renommée", now=two_cases.now())
    drawn = charts.chart(session, builders.actor(session, "mona"), "journey", now=two_cases.now())
    assert drawn is not None
    assert [place.element_id for place in drawn.elsewhere] == ["prepare"]


def test_before_the_first_deployment_there_is_nothing_to_draw(session: Session) -> None:
    builders.people(session)
    actor = builders.actor(session, "mona")
    assert charts.chart(session, actor, "", now=datetime(2026, 3, 2, tzinfo=UTC)) is None
