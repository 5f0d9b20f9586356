"""Figures count what happened as the programme defines them, and open on the cases they counted."""

import json
import statistics
from copy import deepcopy
from datetime import UTC, date, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy.orm import Session

from asae_engine import bundles
from asae_engine.model import (
    Case,
    CaseStatus,
    Deployment,
    Household,
    InstanceKind,
    ProcessInstance,
    Submission,
    new_id,
)
from asae_engine.reading import counting, figures
from asae_engine.reading.figures import Period, Result
from tests import builders

NOW = datetime(2026, 6, 1, tzinfo=UTC)
YEAR = Period(date(2025, 1, 1), date(2025, 12, 31))
LABELS = {"label": {"fr": "Chiffre"}, "definition": {"fr": "Définition."}, "unit": "case"}
SIGNS = {"form": "prepare", "match": {"decision": "opinion"}}
ENDS = {"form": "final"}


class History:
    """Cases and answers written straight into the tables, as commands would have left them."""

    def __init__(self, session: Session, deployment: Deployment) -> None:
        self.session = session
        self.deployment = deployment
        self.count = 0

    def household(self) -> Household:
        self.count += 1
        row = Household(id=new_id(), number=self.count)
        self.session.add(row)
        self.session.flush()
        return row

    def case(
        self,
        opened: date,
        *,
        door: str = "retention",
        household: Household | None = None,
        closed: date | None = None,
    ) -> Case:
        self.count += 1
        row = Case(
            id=new_id(),
            number=f"{opened.year}-{self.count:04}",
            household_id=(household or self.household()).id,
            process_key="journey",
            door=door,
            status=CaseStatus.CLOSED if closed else CaseStatus.OPEN,
            opened_at=noon(opened),
            closed_at=noon(closed) if closed else None,
        )
        self.session.add(row)
        self.session.flush()
        self.session.add(
            ProcessInstance(
                id=row.id,
                case_id=row.id,
                deployment_id=self.deployment.id,
                process_key="journey",
                name="J",
                kind=InstanceKind.MAIN,
                state=b"",
                started_at=noon(opened),
                updated_at=noon(opened),
            )
        )
        self.session.flush()
        return row

    def answer(self, case: Case, form: str, on: date, *, superseded: bool = False, **data: object) -> None:
        self.session.add(
            Submission(
                id=new_id(),
                case_id=case.id,
                instance_id=case.id,
                form_key=form,
                deployment_id=self.deployment.id,
                data=data,
                at=noon(on),
                answered_at=noon(on),
                superseded=superseded,
            )
        )
        self.session.flush()


def noon(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, 11, tzinfo=UTC)


def programme(*wanted: dict[str, object], **settings: object) -> bytes:
    data = deepcopy(builders.PROGRAMME)
    data["figures"] = [{"key": f"f{number}", **LABELS, **one} for number, one in enumerate(wanted)]
    data["settings"] = settings
    return json.dumps(data).encode()


@pytest.fixture
def history(session: Session) -> History:
    return History(session, builders.deployed(session, NOW))


def computed(
    history: History, *wanted: dict[str, object], period: Period = YEAR, door: str = "", **settings: object
) -> list[Result]:
    files = {**builders.bundle(), "processes/programme.json": programme(*wanted, **settings)}
    bundle, findings = bundles.check(files)
    assert bundle is not None, findings
    actor = builders.actor(history.session, "mona")
    return figures.compute(history.session, actor, bundle, period, now=NOW, door=door)


def test_a_count_counts_cases_once_in_the_period_and_opens_on_them(history: History) -> None:
    first, second, third = (history.case(date(2025, 1, day)) for day in (1, 2, 3))
    history.answer(first, "prepare", date(2025, 2, 1), decision="opinion")
    history.answer(first, "prepare", date(2025, 3, 1), decision="opinion")
    history.answer(second, "prepare", date(2025, 2, 1), decision="again")
    history.answer(third, "prepare", date(2026, 2, 1), decision="opinion")
    history.answer(second, "prepare", date(2025, 4, 1), superseded=True, decision="opinion")
    count, split, several = computed(
        history,
        {"kind": "count", **SIGNS},
        {"kind": "count", "form": "prepare", "split": "decision"},
        {
            "kind": "count",
            "form": "prepare",
            "match": {"decision": ["opinion", "again"]},
            "unit": "submission",
        },
    )
    assert count.value == 1
    assert [one.case.number for one in count.counted] == [first.number]
    assert [(part.label, part.value) for part in split.parts] == [("again", 1), ("opinion", 1)]
    assert several.value == 3
    (alone,) = figures.part_of(split, "again").counted
    assert alone.case.number == second.number
    assert figures.part_of(split, "nope") is split


def test_the_last_day_counts_until_midnight_in_paris(history: History) -> None:
    case = history.case(date(2025, 1, 1))
    for hour, decision in ((22, "opinion"), (23, "again")):  # 23:00 and midnight on the wall
        history.session.add(
            Submission(
                id=new_id(),
                case_id=case.id,
                instance_id=case.id,
                form_key="prepare",
                deployment_id=history.deployment.id,
                data={"decision": decision},
                at=datetime(2025, 12, 31, hour, tzinfo=UTC),
                answered_at=datetime(2025, 12, 31, hour, tzinfo=UTC),
            )
        )
    history.session.flush()
    (found,) = computed(history, {"kind": "count", "form": "prepare", "unit": "submission"})
    assert found.value == 1


def test_a_household_that_comes_back_counts_once_and_is_a_return(history: History) -> None:
    household = history.household()
    for opened, closed in ((date(2025, 1, 1), date(2025, 5, 1)), (date(2025, 6, 1), None)):
        case = history.case(opened, household=household, closed=closed)
        history.answer(case, "prepare", opened, decision="opinion")
    found = computed(
        history,
        {"kind": "count", **SIGNS, "unit": "household"},
        {"kind": "count", **SIGNS, "unit": "measure"},
        {"kind": "returns"},
    )
    assert [result.value for result in found] == [1, 2, 1]


def test_conditions_on_other_forms_and_sums(history: History) -> None:
    for number, (ended, operator) in enumerate(((True, "north"), (False, "north"), (False, "south"))):
        case = history.case(date(2025, 1, 1 + number))
        history.answer(case, "prepare", date(2025, 2, 1), decision="opinion", operator=operator)
        if ended:
            history.answer(case, "final", date(2025, 3, 1), summary="x")
    found = computed(
        history,
        {"kind": "count", **SIGNS, "also": ENDS},
        {"kind": "count", **SIGNS, "also_absent": ENDS},
        {"kind": "sum", "of": ["f0", "f1"]},
        {"kind": "stock", "start": SIGNS, "end": ENDS, "split": "prepare.operator"},
        {"kind": "stock", "start": {**SIGNS, "within": True}, "end": ENDS,
         "having": {"form": "prepare", "match": {"operator": "south"}}},
        {"kind": "count", **SIGNS, "where": '=operator = "north" and door = "retention"'},
    )  # fmt: skip
    assert [result.value for result in found] == [1, 2, 3, 2, 1, 2]
    assert len(found[2].counted) == 3
    assert [(part.key, part.value) for part in found[3].parts] == [("north", 1), ("south", 1)]


def test_delays_amounts_pairs_and_visits(history: History) -> None:
    for number, days in enumerate((10, 20, 30)):
        case = history.case(date(2025, 1, 1), door="access" if number else "retention")
        history.answer(case, "prepare", date(2025, 1, 1 + days), decision="opinion")
        for visit in range(number + 1):
            history.answer(case, "note", date(2025, 2, 1 + visit), minutes=30 * (number + 1), done="x")
        history.answer(case, "final", date(2025, 4, 1), summary="x")
    delay, amount, visits, pair = computed(
        history,
        {"kind": "delay", "unit": "day", "from": {"case": "opened"}, "to": {**SIGNS, "which": "first"},
         "split": "door"},
        {"kind": "amount", "unit": "euro", "form": "note", "measure": "minutes"},
        {"kind": "per_case", "unit": "visit", "form": "final", "of": "note"},
        {"kind": "pair", "unit": "euro", "form": "final", "before": {"form": "note", "field": "minutes"},
         "after": {"form": "note", "field": "minutes"}},
    )  # fmt: skip
    assert delay.amounts is not None
    assert (delay.value, delay.amounts.count, delay.amounts.low, delay.amounts.high) == (20, 3, 12, 28)
    assert [(part.label, part.value) for part in delay.parts] == [("Journey", 10), ("access", 25)]
    assert amount.amounts is not None
    assert (amount.amounts.count, amount.amounts.total) == (6, 30 + 2 * 60 + 3 * 90)
    assert (visits.value, visits.counted[0].value) == (2, 1.0)
    assert (pair.value, pair.after is not None) == (0, True)
    assert [result.value for result in computed(history, {"kind": "count", **SIGNS}, door="access")] == [2]


def test_a_date_answer_may_say_when_it_counts(history: History) -> None:
    case = history.case(date(2024, 12, 1))
    history.answer(case, "note", date(2024, 12, 20), done="x", next_on="2025-01-15")
    history.answer(case, "note", date(2025, 3, 1), done="x", next_on="2026-01-15")
    (found,) = computed(history, {"kind": "count", "form": "note", "on": "next_on"})
    assert [one.day for one in found.counted] == [date(2025, 1, 15)]


def test_the_cost_of_a_measure_is_weighted_by_days(history: History) -> None:
    for ended in (None, date(2025, 7, 2)):
        case = history.case(date(2024, 12, 1))
        history.answer(case, "prepare", date(2024, 12, 20), decision="opinion")
        if ended:
            history.answer(case, "final", ended, summary="x")
    figure = {"kind": "cost", "unit": "euro", "start": SIGNS, "end": ENDS, "setting": "cost"}
    (found,) = computed(history, figure, cost={"2025": 36_500})
    assert found.value == round(36_500 * 365 / (365 + 182), 2)
    assert found.note is None
    (without,) = computed(
        history, figure, cost={"2024": 1}, period=Period(date(2025, 1, 1), date(2025, 6, 1))
    )
    assert (without.value, without.note) == (
        None,
        "Le coût annuel de 2025 n’est pas renseigné dans les réglages du programme.",
    )


def test_a_target_belongs_to_its_period(history: History) -> None:
    figure = {"kind": "count", **SIGNS, "target": "aim"}
    aim = {"2024-2025": 30, "2025": 12}
    assert computed(history, figure, aim=aim)[0].target == 12
    years = Period(date(2024, 1, 1), date(2025, 12, 31))
    assert computed(history, figure, aim=aim, period=years)[0].target == 30
    assert (
        computed(history, figure, aim=aim, period=Period(date(2025, 1, 1), date(2025, 6, 30)))[0].target
        is None
    )


def test_nothing_counted_is_zero_or_nothing(history: History) -> None:
    found = computed(
        history,
        {"kind": "count", **SIGNS},
        {"kind": "delay", "unit": "day", "from": {"case": "opened"}, "to": SIGNS},
        {"kind": "pair", "unit": "euro", "form": "final", "before": {"form": "note", "field": "minutes"},
         "after": {"form": "note", "field": "minutes"}},
    )  # fmt: skip
    assert [result.value for result in found] == [0, None, None]


@settings(deadline=None)
@given(st.lists(st.integers(0, 1000), min_size=2, max_size=40))
def test_spreads_agree_with_the_standard_library(values: list[int]) -> None:
    spread = counting.amounts([float(value) for value in values])
    assert spread is not None
    deciles = statistics.quantiles(values, n=10, method="inclusive")
    assert spread.median == pytest.approx(statistics.median(values), abs=0.01)
    assert (spread.low, spread.high) == pytest.approx((deciles[0], deciles[8]), abs=0.01)
    assert spread.total == sum(values)
