"""A form's conditions, rules and confirmations travel to FEEL together."""

from __future__ import annotations

from typing import TYPE_CHECKING

from asae_engine.feel import isolate
from asae_engine.forms import validate
from tests.forms.making import NOW, choice, form, number, text

if TYPE_CHECKING:
    import pytest


def test_a_form_without_computed_fields_is_judged_in_one_trip(monkeypatch: pytest.MonkeyPatch) -> None:
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
    validate(asked, given, {}, now=NOW)  # learns what the expressions read
    trips: list[str] = []
    ask = isolate.ask

    def counted(request: str) -> list[dict[str, object]]:
        trips.append(request)
        return ask(request)

    monkeypatch.setattr(isolate, "ask", counted)
    assert validate(asked, given, {}, now=NOW).values == given
    assert len(trips) == 1
