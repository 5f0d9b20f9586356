"""What a browser posts, as answers and as a draft: nested, bounded, with rows added and files kept."""

from __future__ import annotations

from datetime import date

import pytest

from asae_engine.forms import (
    InvalidAnswers,
    Upload,
    draft,
    edit_rows,
    files_of,
    from_body,
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
    number,
    rows,
    taken,
    text,
)


def test_people_cases_and_files_are_looked_up() -> None:
    made = form(
        choice("who", widget="select", properties={"people": "support_worker@adaff"}),
        choice("dynamic", widget="select", properties={"people": '="support_worker@" + operator'}),
        text("case", properties={"cases": "true"}),
        {**text("file"), "type": "filepicker"},
    )
    context = {"operator": "adaff"}

    found = taken(
        made,
        {"who": "nadia", "dynamic": "paul", "case": "2026-0042", "file": ["a1"]},
        context,
        directory=Town(),
    )
    assert found["file"] == [{"id": "a1", "name": "accord.pdf", "size": 1200, "type": "application/pdf"}]
    wrong = {
        "who": "root",
        "dynamic": "root",
        "case": "2026-9999",
        "file": [{"id": "zz", "name": "x.pdf", "size": 1}],
    }
    assert set(errors(made, wrong, context, directory=Town())) == set(wrong)


@pytest.mark.parametrize(
    "upload",
    [
        Upload("a", "virus.exe", 10, "application/octet-stream"),
        Upload("a", "lourd.pdf", 11 * 1024 * 1024, "application/pdf"),
        {"name": "x.pdf"},
        "x",
    ],
)
def test_files_that_are_too_large_or_of_another_type_are_refused(upload: object) -> None:
    made = form({**text("f"), "type": "filepicker", "accept": ".pdf,image/*"})

    assert list(errors(made, {"f": [upload]})) == ["f"]
    assert taken(made, {"f": [Upload("a", "../../photo.jpeg", 10, "image/jpeg")]})["f"] == [
        {"id": "a", "name": "photo.jpeg", "size": 10, "type": "image/jpeg"}
    ]


def test_what_is_only_shown_is_never_taken_from_the_browser() -> None:
    made = form(
        text("a", readonly=True, properties={"prefill": "=case.number"}), text("b", disabled=True), text("c")
    )

    found = taken(made, {"a": "forged", "b": "forged", "c": "x"}, {"case": {"number": "2026-0042"}})

    assert found == {"a": "2026-0042", "c": "x"}


def test_prefill_takes_from_the_dossier_and_leaves_out_what_no_longer_fits() -> None:
    made = form(
        day("born", properties={"prefill": "dossier"}),
        choice("level", "1", "2", properties={"prefill": "dossier"}),
        rows("goals", text("goal"), properties={"prefill": "=engagement.goals"}),
        text("plain", defaultValue="x"),
        number("n", properties={"prefill": "=1 + 1"}),
    )
    context = {
        "born": date(1955, 2, 1),
        "level": "9",
        "engagement": {"goals": [{"goal": "Payer", "by": date(2026, 1, 1)}]},
    }

    assert prefill(made, context, NOW) == {
        "born": "1955-02-01",
        "plain": "x",
        "goals": [{"goal": "Payer"}],
        "n": 2,
    }


def test_a_posted_body_is_nested_and_empty_rows_go() -> None:
    made = form(text("a"), rows("r", text("b"), choice("c", "x", "y", widget="checklist")))
    body = [
        ("a", "1"),
        ("r.7.b", "second"),
        ("r.2.b", "first"),
        ("r.2.c", "x"),
        ("r.2.c", "y"),
        ("r.9.b", "  "),
        ("csrf_token", "t"),
        ("_action", "complete"),
    ]

    assert from_body(made, body) == {"a": "1", "r": [{"b": "first", "c": ["x", "y"]}, {"b": "second"}]}


def test_rows_are_added_and_taken_away_without_scripts() -> None:
    made = form(rows("r", text("b")))
    raw: dict[str, object] = {"r": [{"b": "1"}, {"b": "2"}]}

    assert edit_rows(made, [("_add", "r")], raw)["r"] == [{"b": "1"}, {"b": "2"}, {}]
    assert edit_rows(made, [("_remove", "r.0")], raw)["r"] == [{"b": "2"}]
    assert edit_rows(made, [("_add", "zz"), ("_remove", "r.x"), ("_remove", "r.9")], raw) == raw


def test_a_draft_keeps_the_forms_own_answers_only() -> None:
    made = form(text("a"), rows("r", text("b")), computed("c", "=1"), choice("d", "x", widget="checklist"))
    raw = {
        "a": "douze",
        "z": "1",
        "c": 3,
        "d": ["x", {"no": 1}],
        "r": [{"b": "1", "z": 2}, "no"],
    }

    assert draft(made, raw) == {"a": "douze", "d": ["x"], "r": [{"b": "1"}]}
    assert draft(made, {"a": "x" * 60_000}) == {}


def test_files_of_a_draft_keep_their_names_and_a_broken_one_is_said() -> None:
    made = form({**text("f"), "type": "filepicker", "multiple": True}, text("t"))
    kept = [{"id": "a1", "name": "a.pdf", "size": 3, "type": "application/pdf", "path": "/etc"}, "x"]

    assert draft(made, {"f": kept}) == {
        "f": [{"id": "a1", "name": "a.pdf", "size": 3, "type": "application/pdf"}]
    }
    assert files_of(made, {"f": kept}) == ["a1"]
    assert list(errors(made, {"f": [None]})) == ["f"]
    assert list(errors(made, {"f": [{"name": "a.pdf", "size": True, "type": "x"}]})) == ["f"]
    assert list(errors(made, {"f": kept[:1] * 11})) == ["f"]
    typed = {**text("g"), "type": "filepicker", "accept": "application/pdf"}
    assert list(errors(form(typed), {"g": [Upload("1", "a.png", 1, "image/png")]})) == ["g"]
    assert taken(form(typed), {"g": Upload("1", "a", 1, "application/pdf")})["g"][0]["name"] == "a"


def test_a_body_that_contradicts_itself_is_refused_not_raised() -> None:
    made = form(text("a"), rows("r", text("b")))

    for body in (
        [("r", "x"), ("r.0.b", "y")],
        [("r.0.b", "y"), ("r", "x")],
        [("a.b", "1")],
        [("a", "1"), ("a.b", "2")],
    ):
        with pytest.raises(InvalidAnswers):
            validate(made, {**from_body(made, body), "z": 1}, {}, now=NOW)


def test_a_draft_keeps_no_character_that_a_database_refuses() -> None:
    made = form(text("name"), choice("way", "home"))
    assert draft(made, {"name": "Lé\x00a\ud800", "way": "\x00"}) == {"name": "Léa", "way": ""}
