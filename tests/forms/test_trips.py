"""A form's conditions, computed fields, rules and confirmations travel to FEEL together."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from asae_engine.feel import isolate
from asae_engine.forms import validate
from tests.forms.making import NOW, choice, computed, errors, form, money, number, text

if TYPE_CHECKING:
    from asae_engine.forms import Form


@pytest.fixture
def trips(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Every request that goes to FEEL."""
    sent: list[str] = []
    ask = isolate.ask

    def counted(request: str) -> list[dict[str, object]]:
        sent.append(request)
        return ask(request)

    monkeypatch.setattr(isolate, "ask", counted)
    return sent


def _judged(asked: Form, given: dict[str, Any], trips: list[str]) -> dict[str, Any]:
    validate(asked, given, {}, now=NOW)  # learns what the expressions read
    trips.clear()
    return dict(validate(asked, given, {}, now=NOW).values)


def test_a_form_without_computed_fields_is_judged_in_one_trip(trips: list[str]) -> None:
    asked = form(
        choice("way", "home", "office"),
        text("why", conditional={"hide": '=way != "office"'}, properties={"requiredIf": '=way = "office"'}),
        number(
            "minutes",
            properties={
                "rule": "=minutes = null or minutes > 0",
                "ruleMessage": "Trop court.",
                "confirmIf": "=minutes > 400",
                "confirmMessage": "Si long ?",
            },
        ),
    )
    given = {"way": "home", "minutes": 45}
    assert _judged(asked, given, trips) == given
    assert len(trips) == 1


def _computing(rule: str, **conditional: Any) -> Form:
    return form(
        money("rent", properties={"rule": rule, "ruleMessage": "Trop cher."}),
        money("income"),
        text("why", **conditional),
        computed("share", "=rent / income"),
    )


def test_what_reads_no_computed_field_travels_with_them(trips: list[str]) -> None:
    asked = _computing("=rent < 900", conditional={"hide": "=income > 1000"})
    given = {"rent": 512.4, "income": 1500}
    assert _judged(asked, given, trips) == {**given, "share": 0.3416}
    assert len(trips) == 1, "the hidden field had no answer: another round would see the same"
    assert "rent" in errors(asked, {**given, "rent": 950})


def test_what_reads_a_computed_field_travels_after_it(trips: list[str]) -> None:
    asked = _computing("=share < 0.5", conditional={"hide": "=share < 0.4"})
    given = {"rent": 512.4, "income": 1500}
    assert _judged(asked, given, trips) == {**given, "share": 0.3416}
    assert len(trips) == 2
    assert "rent" in errors(asked, {**given, "rent": 950})


def test_an_answer_that_hides_asks_again_without_it(trips: list[str]) -> None:
    asked = _computing("=why = null or rent < 900", conditional={"hide": "=income > 1000"})
    assert _judged(asked, {"rent": 950, "income": 1500, "why": "Provisoire"}, trips) == {
        "rent": 950,
        "income": 1500,
        "share": 0.633333,
    }
    assert len(trips) == 2
