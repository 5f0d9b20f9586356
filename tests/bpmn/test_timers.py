"""Timers fire once, in the order they were due, on civil time, whoever asks and however late."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from asae_engine.bpmn import StepFailed
from asae_engine.bpmn.timers import Armed, Timer, armed_at
from asae_engine.calendar import Duration, start_of_day
from tests.bpmn.drawing import Drawing, Surroundings, Walk, after, defined, timer

NOON = datetime(2026, 1, 31, 12, tzinfo=UTC)


def reminded(event: str, *, interrupting: bool = False) -> Drawing:
    drawing = Drawing().start().user("work").user("remind").end().end("end2")
    drawing.watch("clock", "work", event, interrupting=interrupting)
    return drawing.path("start", "work", "end").path("clock", "remind", "end2")


def test_an_interrupting_timer_takes_the_task_away() -> None:
    walk = Walk(defined(reminded(after("P3D"), interrupting=True)))
    assert walk.instance.next_due_at == walk.env.now + timedelta(days=3)
    assert walk.later(days=2, hours=23) == 0
    assert walk.later(hours=1) == 1
    assert (walk.open, walk.told("canceled")) == (["remind"], ["work"])
    assert walk.instance.next_due_at is None


def test_a_timer_that_does_not_interrupt_fires_once_and_what_it_opened_outlives_the_task() -> None:
    walk = Walk(defined(reminded(after("P3D"))))
    assert walk.later(days=30) == 1
    assert walk.later(days=30) == 0
    walk.do("work")
    assert walk.open == ["remind"], "the reminder survives the completion of the task it was about"
    assert walk.do("remind").ended == "normal"


def test_a_task_that_is_done_in_time_disarms_its_timer() -> None:
    walk = Walk(defined(reminded(after("P3D")))).do("work")
    assert (walk.ended, walk.instance.next_due_at) == ("normal", None)


def test_the_tasks_of_a_repeated_reminder_survive_the_completion_of_its_host() -> None:
    walk = Walk(defined(reminded(timer("every", "R/P1D"))))
    for _ in range(3):
        assert walk.later(days=1) == 1
    assert walk.open == ["remind", "remind", "remind", "work"]
    assert walk.do("work").open == ["remind", "remind", "remind"]
    assert walk.instance.next_due_at is None
    assert walk.do("remind", "remind", "remind").ended == "normal"


def test_a_repetition_stops_after_its_number_of_times() -> None:
    walk = Walk(defined(reminded(timer("every", "R2/P1D"))))
    assert [walk.later(days=1) for _ in range(4)] == [1, 1, 0, 0]


def test_a_repetition_missed_for_a_week_fires_once_and_keeps_its_hours() -> None:
    walk = Walk(defined(reminded(timer("every", "R/P1D"))))
    armed = walk.env.now
    assert walk.later(days=7, hours=5) == 1
    assert walk.open == ["remind", "work"]
    assert walk.instance.next_due_at == armed + timedelta(days=8)


def test_missed_occurrences_count_as_used() -> None:
    walk = Walk(defined(reminded(timer("every", "R3/P1D"))))
    assert walk.later(days=30) == 1
    assert walk.instance.next_due_at is None


def test_after_a_silence_everything_due_fires_once_in_the_order_it_was_due() -> None:
    drawing = Drawing().start().both("fork").end()
    drawing.path("start", "fork")
    for number, days in enumerate((5, 2, 9, 3)):
        drawing.user(f"t{number}").watch(f"w{number}", f"t{number}", after(f"P{days}D"))
        drawing.path("fork", f"t{number}", "end").path(f"w{number}", "end")
    walk = Walk(defined(drawing))
    assert walk.later(days=7) == 3
    assert walk.told("timer_fired") == ["w1", "w3", "w0"]
    assert walk.later(days=7) == 1
    assert walk.ended == "normal"


def test_the_first_of_several_timers_of_an_event_gateway_wins_whichever_is_drawn_first() -> None:
    for first, second in (("P5D", "P2D"), ("P2D", "P5D")):
        drawing = Drawing().start().add("eventBasedGateway", "wait").user("a").user("b").user("told").xor("m")
        drawing.catch("ta", after(first)).catch("tb", after(second)).catch("msg", drawing.message("go")).end()
        drawing.path("start", "wait").path("wait", "ta", "a", "m").path("wait", "tb", "b", "m")
        drawing.path("wait", "msg", "told", "m", "end")
        definitions = defined(drawing)
        walk = Walk(definitions)
        assert walk.later(days=3) == 1
        assert walk.open == (["a"] if first == "P2D" else ["b"])
        assert walk.later(days=9) == 0, "the events that lost are gone"
        assert not walk.instance.waits_for("go")
        walk = Walk(definitions).tell("go")
        assert walk.open == ["told"]


def test_an_intermediate_timer_already_due_does_not_wait() -> None:
    drawing = Drawing().start().catch("day", timer("at", '=date("2026-01-05")')).user("a").end()
    walk = Walk(defined(drawing.path("start", "day", "a", "end")))
    assert walk.open == ["a"]


def test_a_date_of_a_form_is_the_start_of_that_day_in_paris() -> None:
    drawing = Drawing().start().catch("day", timer("at", "=back_on")).user("a").end()
    definitions = defined(drawing.path("start", "day", "a", "end"))
    env = Surroundings()
    env.dossier["back_on"] = date(2026, 7, 1)
    walk = Walk(definitions, env=env)
    assert walk.instance.next_due_at == datetime(2026, 6, 30, 22, tzinfo=UTC)


def test_a_deadline_in_working_days_skips_public_holidays() -> None:
    walk = Walk(
        defined(reminded(timer("at", "=working days(today(), 1)"), interrupting=True)),
        env=Surroundings(datetime(2026, 7, 13, 8, tzinfo=UTC)),
    )
    assert walk.instance.next_due_at == start_of_day(date(2026, 7, 15))


def test_a_boundary_timer_whose_date_is_not_known_does_not_watch() -> None:
    walk = Walk(defined(reminded(timer("at", "=back_on"))))
    assert (walk.open, walk.instance.next_due_at) == (["work"], None)


def test_an_intermediate_timer_whose_date_is_not_known_is_an_incident() -> None:
    drawing = Drawing().start().catch("day", timer("at", "=back_on")).end()
    walk = Walk(defined(drawing.path("start", "day", "end")))
    assert walk.problems == ["day"]
    walk.env.dossier["back_on"] = date(2026, 3, 1)
    walk.retry()
    assert walk.later(days=90) == 1
    assert walk.ended == "normal"


def test_a_timer_keeps_its_hour_on_the_wall_across_a_change_of_hour() -> None:
    spring = datetime(2026, 3, 28, 11, tzinfo=UTC)  # noon in Paris; clocks go forward that night
    assert armed_at("P1D", "timeDuration", spring).due == datetime(2026, 3, 29, 10, tzinfo=UTC)
    assert armed_at("PT24H", "timeDuration", spring).due == datetime(2026, 3, 29, 11, tzinfo=UTC)


def test_a_monthly_repetition_armed_on_the_31st_comes_back_to_the_31st() -> None:
    armed: Armed | None = armed_at("R/P1M", "timeCycle", NOON)
    days = []
    for _ in range(4):
        assert armed is not None
        days.append(armed.due.date())
        armed = Armed.from_json(armed.as_json()).next(armed.due)
    assert days == [date(2026, 2, 28), date(2026, 3, 31), date(2026, 4, 30), date(2026, 5, 31)]


def test_a_repetition_with_a_start_begins_at_its_start() -> None:
    armed: Armed | None = armed_at("R2/2026-02-01T08:00:00Z/P1W", "timeCycle", NOON)
    assert armed is not None
    assert armed.due == datetime(2026, 2, 1, 8, tzinfo=UTC)
    armed = armed.next(armed.due)
    assert armed is not None
    assert armed.due == datetime(2026, 2, 8, 8, tzinfo=UTC)
    assert armed.next(armed.due) is None


def test_a_repetition_of_a_minute_catches_up_a_century_at_once() -> None:
    armed = armed_at("R/PT1M", "timeCycle", NOON)
    late = NOON + timedelta(days=36_525, seconds=30)
    following = armed.next(late)
    assert following is not None
    assert following.due == late + timedelta(seconds=30)


@pytest.mark.parametrize(
    ("value", "due"),
    [
        ("2026-03-01", datetime(2026, 2, 28, 23, tzinfo=UTC)),
        ("2026-03-01T10:00:00", datetime(2026, 3, 1, 9, tzinfo=UTC)),
        ("2026-03-01T10:00:00+02:00", datetime(2026, 3, 1, 8, tzinfo=UTC)),
        ("P1M", datetime(2026, 2, 28, 12, tzinfo=UTC)),
        (Duration(days=2), NOON + timedelta(days=2)),
        (timedelta(hours=5), NOON + timedelta(hours=5)),
        (date(2026, 3, 1), datetime(2026, 2, 28, 23, tzinfo=UTC)),
        (datetime(2026, 3, 1, 10), datetime(2026, 3, 1, 9, tzinfo=UTC)),  # noqa: DTZ001  # a local one is meant
    ],
)
def test_a_time_reads_as(value: object, due: datetime) -> None:
    assert armed_at(value, "timeDuration", NOON).due == due


@pytest.mark.parametrize("value", ["soon", "", "P", 12, True, [], "P99999999Y", "2026-13-01"])
def test_what_is_no_time_is_an_incident_with_a_sentence(value: object) -> None:
    with pytest.raises(StepFailed) as caught:
        Timer("relance", "=x").arm(lambda _: value, NOON)
    assert "relance" in caught.value.message_fr


@pytest.mark.parametrize("value", ["R/P0D", "R0/P1D", "R/-P1D", "0 0 * * *", "R", 5, "R/P1D/2026-01-01"])
def test_what_is_no_repetition_is_refused(value: object) -> None:
    with pytest.raises(StepFailed):
        Timer("relance", "=x", "timeCycle").arm(lambda _: value, NOON)


def test_a_repetition_may_come_from_feel() -> None:
    for value in (Duration(days=1), timedelta(days=1), "P1D", "R/P1D"):
        armed = Timer("relance", "=x", "timeCycle").arm(lambda _, value=value: value, NOON)
        assert armed is not None
        assert armed.due == NOON + timedelta(days=1)


def test_a_repetition_ends_with_the_calendar() -> None:
    armed = armed_at("R/P4000Y", "timeCycle", NOON)
    following = armed.next(armed.due)
    assert following is None or following.due.year <= 9999
    assert Armed(NOON).next(NOON) is None
