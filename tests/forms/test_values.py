"""How answers are kept, said and handed to FEEL."""

from __future__ import annotations

from datetime import UTC, date, datetime, time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from asae_engine.calendar import ZONE
from asae_engine.forms import Kind, display, mark, to_json, typed, typed_field, visible
from asae_engine.forms import compute as compute_fields
from tests.forms.making import NOW, choice, computed, day, form, group, money, number, rows, taken, text

FORM = form(
    money("rent"),
    number("ratio"),
    number("months", decimalDigits=0, properties={"unit": "mois"}),
    day("d"),
    day("at", "datetime"),
    choice("yn", True, False),
    choice("many", "a", "b", widget="checklist"),
    {**text("box"), "type": "checkbox"},
    rows("members", text("name"), day("born")),
    group("G", text("x"), path="g"),
    {**text("f"), "type": "filepicker"},
    computed("total", "=rent", properties={"unit": "€"}),
)


@pytest.mark.parametrize(
    ("key", "kept", "said"),
    [
        ("rent", 1234.5, "1\u202f234,50\u00a0€"),
        ("rent", 1840, "1\u202f840,00\u00a0€"),
        ("ratio", 0.5, "0,5"),
        ("months", 12, "12\u00a0mois"),
        ("d", "2026-03-01", "01/03/2026"),
        ("at", "2026-03-01T14:30", "01/03/2026 à 14:30"),
        ("yn", False, "Réponse False"),
        ("many", ["b", "a"], "Réponse b, Réponse a"),
        ("many", ["gone"], "gone"),
        ("box", True, "Oui"),
        ("box", False, "Non"),
        ("members", [{"name": "Léa", "born": "2010-01-02"}], "Name : Léa, Born : 02/01/2010"),
        ("g", {"x": "y"}, "X : y"),
        ("f", [{"id": "1", "name": "a.pdf"}], "a.pdf"),
        ("rent", None, ""),
        ("many", [], ""),
        ("d", "2026-99-99", "2026-99-99"),
    ],
)
def test_answers_are_said_in_french(key: str, kept: object, said: str) -> None:
    assert display(FORM.by_key[key], kept) == said


@given(st.dates(date(1900, 1, 1), date(2100, 12, 31)))
def test_a_date_said_in_french_is_read_back(when: date) -> None:
    assert taken(FORM, {"d": display(FORM.by_key["d"], when.isoformat())})["d"] == when.isoformat()


@given(st.decimals(-1_000_000, 1_000_000, places=2))
def test_an_amount_said_in_french_is_read_back(amount: object) -> None:
    kept = taken(FORM, {"rent": str(amount)})["rent"]

    assert taken(FORM, {"rent": display(FORM.by_key["rent"], kept)})["rent"] == kept


@given(st.datetimes(datetime(1950, 1, 1), datetime(2090, 1, 1)))  # noqa: DTZ001 - wall time is what is meant
def test_a_moment_said_in_french_is_read_back(when: datetime) -> None:
    kept = taken(FORM, {"at": when.isoformat()})["at"]

    assert taken(FORM, {"at": display(FORM.by_key["at"], kept)})["at"] == kept


def test_feel_gets_dates_and_instants_not_texts() -> None:
    assert typed(Kind.DATE, "2026-03-01") == date(2026, 3, 1)
    assert typed(Kind.TIME, "14:30") == time(14, 30)
    assert typed(Kind.DATETIME, "2026-07-01T14:30") == datetime(2026, 7, 1, 12, 30, tzinfo=UTC)
    assert typed(Kind.COMPUTED, "2026-03-01") == date(2026, 3, 1)
    assert typed(Kind.DATE, "n’importe quoi") == "n’importe quoi"
    assert typed_field(FORM.by_key["members"], [{"born": "2010-01-02"}]) == [
        {"name": None, "born": date(2010, 1, 2)}
    ]
    assert typed_field(FORM.by_key["g"], None) is None


def test_values_of_feel_are_kept_as_plain_json() -> None:
    instant = datetime(2026, 7, 1, 14, 30, tzinfo=ZONE)
    value = [date(2026, 3, 1), instant, time(9, 5), 2.0, {"a": None}, True]

    assert to_json(value) == ["2026-03-01", "2026-07-01T14:30", "09:05", 2, {"a": None}, True]


def test_computed_and_visible_are_told_apart() -> None:
    made = form(
        number("n"),
        computed("twice", "=n * 2"),
        text("t", conditional={"hide": "=twice > 4"}),
        rows("r", text("b"), number("k", conditional={"hide": "=i = 1"})),
    )
    answers = {"n": 3, "r": [{"b": "x"}, {"b": "y"}]}

    assert compute_fields(made, answers, {}, NOW) == {"twice": 6}
    assert visible(made, answers, {}, NOW) == {"n", "twice", "r", "r.0.b", "r.1.b", "r.1.k"}


def test_a_mark_may_depend_on_the_case() -> None:
    made = form(text("address", properties={"mark": "P", "markIf": "A:=address_protected = true"}))
    field = made.by_key["address"]

    assert mark(made, field, {"address_protected": True}, NOW) == "A"
    assert mark(made, field, {"address_protected": None}, NOW) == "P"
    assert field.marks == {"P", "A"}
