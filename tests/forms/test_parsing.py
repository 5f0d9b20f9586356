"""What a form file may hold, and what is said of one that may not be deployed."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from asae_engine.forms import Kind, check, parse
from tests.forms.making import choice, computed, day, findings, form, group, money, number, rows, source, text

FORMS = sorted(Path("forms").glob("*.form"))


@pytest.mark.parametrize("path", FORMS, ids=lambda path: path.stem)
def test_every_form_of_the_programme_is_read_without_a_finding(path: Path) -> None:
    made, found = parse(path.read_bytes(), f"forms/{path.name}")

    assert found == []
    assert made is not None
    assert made.key == path.stem
    assert made.fields


def test_each_input_type_becomes_its_kind() -> None:
    made = form(
        text("a"),
        {**text("b"), "type": "textarea"},
        number("c", decimalDigits=0),
        number("d"),
        money("e"),
        day("f"),
        day("g", "datetime"),
        day("h", "time"),
        {**text("i"), "type": "checkbox"},
        choice("j", "x"),
        choice("k", "x", widget="select"),
        choice("m", "x", widget="checklist"),
        choice("n", "x", widget="taglist"),
        {**text("o"), "type": "filepicker"},
        computed("p", "=1 + 1"),
        rows("q", text("r")),
        group("Partie", text("s"), path="t"),
        {"type": "separator"},
        {"type": "spacer"},
        {"type": "text", "text": "Bonjour"},
    )

    assert [field.type for field in made.fields] == [
        Kind.TEXT,
        Kind.LONG_TEXT,
        Kind.INTEGER,
        Kind.NUMBER,
        Kind.MONEY,
        Kind.DATE,
        Kind.DATETIME,
        Kind.TIME,
        Kind.BOOLEAN,
        Kind.CHOICE,
        Kind.CHOICE,
        Kind.CHOICES,
        Kind.CHOICES,
        Kind.FILES,
        Kind.COMPUTED,
        Kind.ROWS,
        Kind.GROUP,
    ]
    assert made.by_name["q.r"].path == ("q", "r")
    assert made.by_name["t.s"].section == "Partie"


@pytest.mark.parametrize(
    ("component", "code", "word"),
    [
        ({"type": "iframe", "id": "x", "url": "https://exemple.fr"}, "form.refused_type", "iframe"),
        ({"type": "html", "id": "x", "content": "<b>"}, "form.refused_type", "HTML"),
        ({"type": "carousel", "id": "x"}, "form.unknown_type", "carousel"),
        ({"type": "textfield", "id": "x", "key": "k"}, "form.no_label", "libellé"),
        ({"type": "textfield", "id": "x", "label": "L"}, "form.key", "clé"),
        (text("prénom"), "form.key", "prénom"),
        (text("a.b"), "form.key", "a.b"),
        (text("then"), "form.key", "then"),
        (choice("k", "a", "a"), "form.same_option", "deux fois"),
        (choice("k", 1, "1"), "form.same_option", "deux fois"),
        (choice("k"), "form.no_options", "aucune réponse"),
        (text("k", label="=nom"), "form.computed_text", "calculé"),
        (text("k", description="Voir {{nom}}"), "form.computed_text", "calculé"),
        (text("k", conditional={"hide": "=1 +"}), "form.feel", "hide"),
        (text("k", conditional={"hide": 3}), "form.not_feel", "hide"),
        (text("k", properties={"rule": "=k != null"}), "form.no_rule_message", "phrase"),
        (text("k", properties={"requiredIf": "=nonexistent(2)"}), "form.feel", "requiredIf"),
        (text("k", properties={"markIf": "A"}), "form.mark_if", "markIf"),
        (text("k", properties={"prefill": "toujours"}), "form.prefill", "prefill"),
        (text("k", readonly="=true"), "form.computed_readonly", "readonly"),
        (number("k", validate={"min": "beaucoup"}), "form.bound", "min"),
        ({**text("k"), "type": "expression"}, "form.no_expression", "expression"),
        (rows("k", rows("m", text("n"))), "form.nested_list", "liste"),
        (rows("k", {**text("f"), "type": "filepicker"}), "form.nested_list", "liste"),
    ],
)
def test_a_component_that_may_not_be_deployed_is_named_with_its_line_and_advice(
    component: dict[str, object], code: str, word: str
) -> None:
    found = findings(text("avant"), component)

    assert code in [finding.code for finding in found]
    finding = next(finding for finding in found if finding.code == code)
    written = source(text("avant"), component).decode().splitlines()
    assert finding.severity == "error"
    assert finding.line is not None
    assert '"id": "c_avant"' not in "\n".join(written[finding.line - 1 :])
    assert word in f"{finding.message} {finding.advice}"
    assert finding.advice.endswith((".", "l")) or finding.advice


def test_a_key_used_twice_says_where_the_other_is() -> None:
    found = findings(text("k"), group("Partie", text("k", id="autre")))

    (finding,) = [item for item in found if item.code == "form.same_key"]
    assert "l’autre est à la ligne 6" in finding.message
    assert finding.line == 17


def test_the_same_key_in_two_lists_is_fine() -> None:
    made = form(rows("a", text("kind", id="a1")), rows("b", text("kind", id="b1")))

    assert set(made.by_name) == {"a", "a.kind", "b", "b.kind"}


def test_computed_fields_come_in_the_order_that_they_need() -> None:
    made = form(computed("c", "=b + 1"), computed("b", "=a + 1"), computed("a", "=n"), number("n"))

    assert [[field.key for field in level] for level in made.computed] == [["a"], ["b"], ["c"]]


def test_computed_fields_in_a_circle_are_refused() -> None:
    found = findings(computed("a", "=b"), computed("b", "=a"), text("k"))

    assert [finding.code for finding in found] == ["form.circle"]
    assert "a, b" in found[0].advice


def test_an_identifier_unlike_the_file_name_is_refused() -> None:
    _, found = parse(source(text("k"), key="autre"), "forms/essai.form")

    assert [finding.code for finding in found] == ["form.id"]


@pytest.mark.parametrize("version", [20, "19", True, None])
def test_a_newer_schema_is_refused(version: object) -> None:
    assert "form.version" in [finding.code for finding in findings(text("k"), schemaVersion=version)]


@pytest.mark.parametrize(
    ("content", "line"),
    [
        (b"", 1),
        (b"[]", 1),
        (b'{"a": 1,\n "b" 2}', 2),
        (b'{"a": 1} x', 1),
        (b'{"a": "\n\n', 1),
        (b"\xff\xfe", 1),
        (b'{"a":\n\n nul}', 3),
        (b"[" * 200, 1),
        (b"{" * 100_000, 1),
        (b" " * 1_000_001, 1),
        (b'{"a": ' + b"9" * 400 + b"}", 1),
        (b"NaN", 1),
    ],
)
def test_a_file_that_is_no_form_is_refused_with_a_sentence(content: bytes, line: int) -> None:
    made, (finding,) = parse(content, "forms/essai.form")

    assert made is None
    assert finding.code == "form.json"
    assert finding.line == line
    assert finding.message


def test_a_name_written_twice_in_an_object_is_refused() -> None:
    content = source(text("k")).replace(b'"label": "K"', b'"label": "K",\n   "label": "K2"')

    made, found = parse(content, "forms/essai.form")

    assert made is None
    assert [(finding.code, finding.line) for finding in found] == [("form.repeated_name", 11)]


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                [
                    "type",
                    "id",
                    "key",
                    "path",
                    "label",
                    "values",
                    "value",
                    "components",
                    "validate",
                    "properties",
                    *(
                        "conditional",
                        "hide",
                        "rule",
                        "expression",
                        "layout",
                        "row",
                        "columns",
                        "min",
                        "prefill",
                    ),
                ]
            ),
            inner
            | st.sampled_from(
                ["group", "dynamiclist", "textfield", "radio", "number", "expression", "datetime"]
            ),
            max_size=6,
        )
    ),
    max_leaves=20,
)


@settings(max_examples=150, deadline=None)
@given(json_values)
def test_no_json_whatever_makes_parsing_fail(value: object) -> None:
    for whole in (value, {"type": "default", "id": "essai", "schemaVersion": 19, "components": [value]}):
        made, found = parse(json.dumps(whole).encode(), "forms/essai.form")
        assert (made is None) == any(finding.severity == "error" for finding in found)


def test_the_bundle_tells_unknown_marks_roles_and_names() -> None:
    made = form(
        text("a", properties={"mark": "Z", "readers": "nobody", "requiredIf": "=lointain = 1 and b != null"}),
        text("b", properties={"mark": "P", "people": "ghost@alogea"}),
        choice("c", "x", widget="select", properties={"people": "support_worker"}),
    )

    found = check(made, "forms/essai.form", known_names={"case"}, marks={"P"}, roles={"support_worker"})

    assert sorted((finding.code, finding.element) for finding in found) == [
        ("form.unknown_mark", "a"),
        ("form.unknown_name", "a"),
        ("form.unknown_role", "a"),
        ("form.unknown_role", "b"),
    ]
    assert check(made, "forms/essai.form") == []
