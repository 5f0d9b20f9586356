"""Which answers a form takes, and what it says of the others."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from asae_engine.forms import (
    CONFIRM,
    InvalidAnswers,
    draft,
    edit_rows,
    from_body,
    parse,
    prefill,
    validate,
)
from tests.forms.making import (
    NOW,
    Town,
    choice,
    computed,
    day,
    errors,
    form,
    group,
    money,
    number,
    rows,
    taken,
    text,
)

REQUIRED = {"validate": {"required": True}}


def test_a_field_that_does_not_belong_is_refused_at_every_depth() -> None:
    made = form(text("a"), rows("r", text("b")), group("G", text("c"), path="g"))

    found = errors(made, {"a": "x", "z": "1", "r": [{"b": "x", "y": "2"}], "g": {"c": "x", "w": 3}})

    assert set(found) == {"z", "r.0.y", "g.w"}
    assert all("n’appartient pas" in sentence for (sentence,) in found.values())


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("1 840,50", 1840.5),
        ("1840.5", 1840.5),
        ("1\u00a0840,50 €", 1840.5),
        ("1\u202f840,505", 1840.51),
        ("1.234,5", 1234.5),
        ("1,234.5", 1234.5),
        ("0,005", 0.01),
        ("2,675", 2.68),
        ("-12", -12),
        ("12,", 12),
        (1840.505, 1840.51),
        ("0", 0),
    ],
)
def test_money_is_read_the_french_way_and_kept_to_the_cent(typed: object, kept: float) -> None:
    assert taken(form(money("m")), {"m": typed}) == {"m": kept}


@pytest.mark.parametrize(
    "typed", ["1.840", "douze", "1e5", "1,2,3", "--1", "٣", "1 000 000 000 000", [1], True, "∞"]
)
def test_what_is_no_amount_is_refused_with_what_to_write(typed: object) -> None:
    found = errors(form(money("m")), {"m": typed})

    assert list(found) == ["m"]


def test_numbers_respect_their_bounds_digits_and_steps() -> None:
    made = form(
        number("n", decimalDigits=0, validate={"min": 0, "max": 9}),
        number("s", increment="0.5"),
        number("b", validate={"min": "=n + 1"}),
    )

    assert taken(made, {"n": "9", "s": "2,5", "b": "10"}) == {"n": 9, "s": 2.5, "b": 10}
    found = errors(made, {"n": "9", "s": "2,3", "b": "9"})
    assert found == {"s": ["Écrivez un multiple de 0,5."], "b": ["La réponse doit être au moins 10."]}
    assert errors(made, {"n": "10"}) == {"n": ["Le nombre doit être au plus 9."]}
    assert errors(made, {"n": "1,5"}) == {"n": ["Écrivez un nombre entier, sans virgule."]}


@pytest.mark.parametrize(
    ("typed", "kept"),
    [("2026-03-01", "2026-03-01"), ("01/03/2026", "2026-03-01"), ("1.3.2026", "2026-03-01")],
)
def test_dates_are_read_as_people_and_browsers_write_them(typed: str, kept: str) -> None:
    assert taken(form(day("d")), {"d": typed}) == {"d": kept}


@pytest.mark.parametrize(
    "typed", ["31/02/2026", "2026-13-01", "demain", "0206-01-01", "01/01/1789", 5, {"a": 1}]
)
def test_impossible_dates_are_refused(typed: object) -> None:
    assert list(errors(form(day("d")), {"d": typed})) == ["d"]


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("2026-03-01T14:30", "2026-03-01T14:30"),
        ("2026-07-01T12:30:00Z", "2026-07-01T14:30"),
        ("01/03/2026 à 14h30", "2026-03-01T14:30"),
        ("01/03/2026 9:05", "2026-03-01T09:05"),
    ],
)
def test_moments_are_kept_as_the_wall_in_france_shows_them(typed: str, kept: str) -> None:
    assert taken(form(day("d", "datetime")), {"d": typed}) == {"d": kept}


def test_only_offered_answers_are_taken_with_their_own_type() -> None:
    made = form(choice("yn", True, False), choice("n", 0, 1, 2), choice("c", "a", "b", widget="checklist"))

    assert taken(made, {"yn": "false", "n": "0", "c": ["b", "a", "b"]}) == {
        "yn": False,
        "n": 0,
        "c": ["b", "a"],
    }
    assert set(errors(made, {"yn": "oui", "n": True, "c": ["a", "z"]})) == {"yn", "n", "c"}
    assert set(errors(made, {"yn": 0, "n": 1.5, "c": {"a": 1}})) == {"yn", "n", "c"}


def test_hidden_answers_are_dropped_and_not_asked_even_in_cascade() -> None:
    made = form(
        choice("a", "yes", "no"),
        choice("b", "yes", "no", conditional={"hide": '=a != "yes"'}, **REQUIRED),
        text("c", conditional={"hide": '=b != "yes"'}, **REQUIRED),
    )

    assert taken(made, {"a": "no", "b": "yes", "c": "secret"}) == {"a": "no"}
    assert list(errors(made, {"a": "yes", "b": "yes"})) == ["c"]
    assert taken(made, {"a": "yes", "b": "no", "c": "secret"}) == {"a": "yes", "b": "no"}


def test_an_error_in_a_hidden_field_is_no_error() -> None:
    made = form(choice("a", "yes", "no"), group("G", number("n"), conditional={"hide": '=a = "no"'}))

    assert taken(made, {"a": "no", "n": "douze"}) == {"a": "no"}


def test_computed_fields_are_worked_out_here_whatever_is_posted() -> None:
    made = form(
        rows("incomes", money("amount")),
        computed("total", "=sum(incomes.amount)", properties={"unit": "€"}),
        computed("third", "=total / 3", properties={"unit": "€"}),
    )

    found = taken(made, {"incomes": [{"amount": "0,1"}, {"amount": "0,2"}], "total": 99, "third": "x"})

    assert found == {"incomes": [{"amount": 0.1}, {"amount": 0.2}], "total": 0.3, "third": 0.1}


def test_a_computed_date_is_kept_as_text() -> None:
    made = form(text("a"), computed("d", '=date("2026-03-01") + duration("P1M")'))

    assert taken(made, {"a": "x"})["d"] == "2026-04-01"


def test_required_if_and_rules_read_the_other_answers() -> None:
    made = form(
        number("n"),
        text("why", properties={"requiredIf": "=n > 3"}),
        day("d", properties={"rule": "=d <= today()", "ruleMessage": "Pas demain."}),
        properties={"rule": "=n = null or n != 13", "ruleMessage": "Pas treize."},
    )

    assert errors(made, {"n": "4"}) == {"why": ["Écrivez une réponse."]}
    assert errors(made, {"n": "2", "d": "2026-11-25"}) == {"d": ["Pas demain."]}
    assert errors(made, {"n": "13", "why": "x"}) == {"": ["Pas treize."]}
    assert taken(made, {"n": "2", "d": "2026-11-24"}) == {"n": 2, "d": "2026-11-24"}


def test_a_rule_over_a_refused_answer_says_nothing_more() -> None:
    made = form(number("n", properties={"rule": "=n != null and n > 1", "ruleMessage": "Plus."}))

    assert len(errors(made, {"n": "douze"})["n"]) == 1


def test_rules_in_rows_see_their_own_row() -> None:
    made = form(
        rows("r", number("a"), number("b", properties={"rule": "=b >= a", "ruleMessage": "Trop peu."}))
    )

    assert errors(made, {"r": [{"a": 1, "b": 2}, {"a": 3, "b": 2}]}) == {"r.1.b": ["Trop peu."]}


def test_an_own_key_without_answer_hides_the_dossiers() -> None:
    made = form(text("level"), text("why", properties={"requiredIf": '=level != null or before.level = "2"'}))

    assert errors(made, {}, {"level": "2"}) == {}
    assert list(errors(made, {}, {"level": "2", "before": {"level": "2"}})) == ["why"]


def test_an_unusual_answer_is_asked_once_and_passes_when_confirmed() -> None:
    made = form(
        money("income", properties={"confirmIf": "=income = 0", "confirmMessage": "Aucune ressource ?"})
    )

    with pytest.raises(InvalidAnswers) as first:
        validate(made, {"income": "0"}, {}, now=NOW)
    question = first.value.to_confirm["income"]
    assert (first.value.errors, question) == ({}, "Aucune ressource ?")

    answers = validate(made, {"income": "0", CONFIRM: [question.token]}, {}, now=NOW)
    assert answers.values == {"income": 0}
    assert answers.confirmations == {"income"}


def test_a_confirmation_is_good_for_one_answer_only() -> None:
    made = form(day("d", properties={"confirmIf": '=d < today() - duration("P10Y")'}))
    with pytest.raises(InvalidAnswers) as first:
        validate(made, {"d": "1990-01-01"}, {}, now=NOW)
    token = first.value.to_confirm["d"].token

    with pytest.raises(InvalidAnswers) as second:
        validate(made, {"d": "1991-01-01", CONFIRM: [token]}, {}, now=NOW)

    assert second.value.to_confirm["d"].token != token


def test_texts_are_trimmed_cleaned_and_bounded() -> None:
    made = form(
        text("t", validate={"minLength": 3, "maxLength": 5}),
        {**text("area"), "type": "textarea"},
        text("mail", validate={"validationType": "email"}),
        text("tel", validate={"validationType": "phone"}),
    )

    found = taken(
        made, {"t": "  abc\u0000 ", "area": "un\r\ndeux  ", "mail": "a@b.fr", "tel": "06 12 34 56 78"}
    )
    assert found == {"t": "abc", "area": "un\ndeux", "mail": "a@b.fr", "tel": "06 12 34 56 78"}
    assert set(errors(made, {"t": " ab ", "area": "x" * 20_001, "mail": "a@b", "tel": "zéro six"})) == {
        "t",
        "area",
        "mail",
        "tel",
    }


def test_a_pattern_is_javascripts_and_unanchored() -> None:
    made = form(text("p", validate={"pattern": r"^\d{5}$", "patternErrorMessage": "Cinq chiffres."}))

    assert taken(made, {"p": "11000"}) == {"p": "11000"}
    assert errors(made, {"p": "1100"}) == {"p": ["Cinq chiffres."]}


def test_a_pattern_that_never_ends_is_stopped() -> None:
    made = form(text("p", validate={"pattern": r"^(a+)+$"}))

    started = time.monotonic()
    found = errors(made, {"p": "a" * 60 + "!"})

    assert list(found) == ["p"]
    assert time.monotonic() - started < 5


def test_an_expression_that_fails_over_the_answers_keeps_nobody_from_working() -> None:
    made = form(
        number("n", properties={"rule": '=n > "x"', "ruleMessage": "Jamais dite."}),
        text("t", properties={"requiredIf": "=for i in 1..1000000000 return i"}),
    )

    assert taken(made, {"n": "1"}) == {"n": 1}


def test_errors_come_in_reading_order() -> None:
    made = form(text("a", **REQUIRED), number("b"), group("G", text("c", **REQUIRED), number("d")))

    assert list(errors(made, {"d": "x", "b": "x"})) == ["a", "b", "c", "d"]


def test_a_list_may_want_a_row_and_never_takes_a_thousand() -> None:
    made = form(rows("r", text("b"), properties={"required": "true"}))

    assert errors(made, {"r": [{"b": ""}, {}]}) == {"r": ["Ajoutez au moins une ligne."]}
    assert list(errors(made, {"r": [{"b": "x"}] * 1_000})) == ["r"]


def test_options_may_come_from_the_case_or_from_other_answers() -> None:
    made = form(
        choice("from_key", widget="select", valuesKey="offers"),
        choice("tags", widget="taglist", valuesExpression='=for r in base return {value: r, label: "x"}'),
        choice("base", "a", "b", widget="checklist"),
        rows("r", choice("k", widget="select", valuesExpression="=base")),
    )
    context = {"offers": ["T1", {"value": 2, "label": "Deux"}, {"no": 1}, None]}
    raw = {"from_key": "2", "tags": ["a"], "base": ["a", "b"], "r": [{"k": "b"}]}

    assert taken(made, raw, context)["r"] == [{"k": "b"}]
    assert set(errors(made, {**raw, "from_key": "T9", "tags": ["c"], "r": [{"k": "z"}]}, context)) == {
        "from_key",
        "tags",
        "r.0.k",
    }
    assert set(errors(made, {"from_key": ["x"], "tags": {"a": 1}}, context)) == {"from_key", "tags"}


def test_dates_have_bounds_and_may_have_to_lie_ahead() -> None:
    made = form(
        day("from"),
        day("to", validate={"min": "=from", "max": '=from + duration("P1Y")'}),
        day("soon", disallowPassedDates=True),
        day("h", "time"),
    )

    assert (
        taken(made, {"from": "2026-01-01", "to": "2026-02-01", "soon": "2026-11-24", "h": "9h05"})["h"]
        == "09:05"
    )
    found = errors(made, {"from": "2026-01-01", "to": "2025-12-31", "soon": "2026-11-23", "h": "25:00"})
    assert found["to"] == ["La réponse doit être au moins 01/01/2026."]
    assert set(found) == {"to", "soon", "h"}
    assert list(errors(made, {"from": "2026-01-01", "to": "2028-01-01"})) == ["to"]


def test_groups_with_a_path_are_filled_hidden_and_asked_like_the_rest() -> None:
    made = form(
        group(
            "G",
            text("a", properties={"prefill": "=case.number"}),
            {**text("box"), "type": "checkbox", "validate": {"required": True}},
            path="g",
        ),
        rows("fixed", text("b"), allowAddRemove=False),
    )

    assert prefill(made, {"case": {"number": "1"}}, NOW) == {"g": {"a": "1"}}
    assert errors(made, {"g": {"a": "1", "box": "off"}}) == {"g.box": ["Cochez la case."]}
    found = taken(made, {"g": {"a": "1", "box": "on"}, "fixed": [{}, {"b": "x"}]})
    assert found == {"g": {"a": "1", "box": True}, "fixed": [{}, {"b": "x"}]}
    assert set(errors(made, {"g": "x", "fixed": "y"})) >= {"g", "fixed"}
    assert draft(made, {"g": {"a": 1, "z": 2}}) == {"g": {"a": 1}}


WIDE = form(
    text("t", validate={"minLength": 2, "pattern": "^[a-z]"}),
    {**text("area"), "type": "textarea"},
    money("m", properties={"confirmIf": "=m = 0"}),
    number("n", decimalDigits=0, validate={"min": 0}),
    day("d", properties={"rule": "=d <= today()", "ruleMessage": "Non."}),
    day("at", "datetime"),
    day("h", "time"),
    {**text("box"), "type": "checkbox", "validate": {"required": True}},
    choice("yn", True, False),
    choice("c", "a", "b", widget="checklist", conditional={"hide": "=yn = false"}),
    {**text("f"), "type": "filepicker", "multiple": True},
    computed("double", "=m * 2"),
    rows("r", text("b", **REQUIRED), number("k", properties={"rule": "=k > i", "ruleMessage": "Non."})),
    group("G", text("x"), path="g"),
)
anything = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=12)
    | st.sampled_from(
        ["0", "true", "a", "2026-03-01", "2026-03-01T10:00", "9999-99-99", "10:00", "1 840,50", "\ud800"]
    ),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("btkxz0"), inner, max_size=3),
    max_leaves=8,
)
answers = st.dictionaries(st.sampled_from([*WIDE.by_key, "z", "_confirm", "r.0", ""]), anything, max_size=10)


def outcome(raw: dict[str, Any]) -> tuple[dict[str, object], InvalidAnswers | None]:
    try:
        return validate(WIDE, raw, {}, now=NOW, directory=Town()).values, None
    except InvalidAnswers as refusal:
        return {}, refusal


@settings(max_examples=200, deadline=None)
@given(answers)
def test_whatever_is_given_is_taken_or_refused_never_more(raw: dict[str, Any]) -> None:
    kept, refusal = outcome(raw)

    assert set(kept) <= set(WIDE.by_key)
    assert refusal is None or refusal.errors or refusal.to_confirm


names = st.sampled_from(
    ["t", "r", "r.0", "r.0.b", "r.1.k", "r.x.b", "g.x", "g", "c", "f", "z.z.z.z.z.z.z.z", "..", ""]
)


@settings(max_examples=200, deadline=None)
@given(st.lists(st.tuples(names, st.text(max_size=6)), max_size=12))
def test_whatever_is_posted_is_taken_or_refused_never_more(body: list[tuple[str, str]]) -> None:
    raw = from_body(WIDE, body)
    draft(WIDE, raw)
    edit_rows(WIDE, body, raw)
    _, refusal = outcome(raw)

    assert refusal is None or all(sentence for found in refusal.errors.values() for sentence in found)


def test_the_longest_form_settles_quickly() -> None:
    made, _ = parse(Path("forms/diagnostic.form").read_bytes(), "forms/diagnostic.form")
    assert made is not None
    errors(made, {})

    started = time.perf_counter()
    errors(made, {"incomes": [{"amount": 1}] * 10})

    assert time.perf_counter() - started < 0.3
