"""The forms of the programme ask what was promised: keys, types, marks, requirements and choice lists."""

import importlib.util
import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from asae_engine import forms

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
FORMS = ROOT / "forms"

_spec = importlib.util.spec_from_file_location("promised_fields", HERE / "promised_fields.py")
assert _spec is not None
assert _spec.loader is not None
promised = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(promised)

_FIELD = re.compile(r"(\w+)([*?]?) (?:(t|T|dt|d|i|m|1|n|ynu|yn|f|p|=)(?: ([PSBHVA]))?$|\[ (.*) \]$)")


def promises(text: str) -> dict[str, tuple[str, str, str | None, str | None]]:
    """Key -> (requirement, type, mark, row)."""
    found = {}
    for line in filter(None, text.splitlines()):
        for part in re.split(r" \| (?![^\[]*\])", line):
            match = _FIELD.match(part.strip())
            assert match is not None, part
            key, need, kind, mark, row = match.groups()
            found[key] = (need, kind or "rows", mark, row)
    return found


def load(key: str) -> dict[str, Any]:
    document: dict[str, Any] = json.loads((FORMS / f"{key}.form").read_text(encoding="utf-8"))
    return document


def fields(components: list[dict[str, Any]]) -> Iterator[tuple[dict[str, Any], bool]]:
    """Every input of a form, groups opened and rows not; whether the group around it can be hidden."""
    for component in components:
        if component["type"] == "group":
            for field, hidden in fields(component["components"]):
                yield field, hidden or "conditional" in component
        elif component["type"] != "text":
            yield component, "conditional" in component


def kind_of(field: dict[str, Any]) -> str:
    """The promised type that a form-js component is."""
    values = [option["value"] for option in field.get("values", [])]
    match field["type"]:
        case "textfield":
            return "t"
        case "textarea":
            return "T"
        case "datetime":
            return "d" if field["subtype"] == "date" else "dt"
        case "number":
            return "m" if field["decimalDigits"] == 2 else "i"
        case "checklist":
            return "n"
        case "filepicker":
            return "f"
        case "expression":
            return "="
        case "dynamiclist":
            return "rows"
    if "people" in field.get("properties", {}):
        return "p"
    if values == [True, False]:
        return "yn"
    return "ynu" if values == ["yes", "no", "unknown"] else "1"


def need_of(field: dict[str, Any]) -> str:
    properties = field.get("properties", {})
    if field.get("validate", {}).get("required") or properties.get("required") == "true":
        return "*"
    return "?" if "requiredIf" in properties else ""


def by_key(key: str) -> dict[str, dict[str, Any]]:
    return {field.get("key") or field["path"]: field for field, _ in fields(load(key)["components"])}


def test_every_promised_form_is_there_and_no_other() -> None:
    assert {path.stem for path in FORMS.glob("*.form")} == set(promised.FORMS)


@pytest.mark.parametrize("key", sorted(promised.FORMS))
def test_a_form_asks_every_promised_field_with_its_type_mark_and_requirement(key: str) -> None:
    asked = by_key(key)
    for name, (need, kind, mark, row) in promises(promised.FORMS[key]).items():
        field = asked[name]
        assert (name, kind_of(field)) == (name, kind)
        assert (name, need_of(field)) == (name, need)
        assert (name, field.get("properties", {}).get("mark")) == (name, mark)
        if row:
            inside = {cell["key"]: cell for cell in field["components"]}
            for cell, (cell_need, cell_kind, cell_mark, _) in promises(row).items():
                assert (cell, kind_of(inside[cell])) == (cell, cell_kind)
                assert (cell, need_of(inside[cell])) == (cell, cell_need)
                assert (cell, inside[cell].get("properties", {}).get("mark")) == (cell, cell_mark)


@pytest.mark.parametrize("name", sorted(promised.CHOICES))
def test_a_choice_list_holds_the_promised_values_wherever_it_stands(name: str) -> None:
    key, _, only = name.partition("@")
    lists = [
        (form, [str(option["value"]) for option in fields_by_key[key]["values"]])
        for form in promised.FORMS
        if (not only or form == only) and key in (fields_by_key := by_key(form))
    ]
    assert lists
    for form, values in lists:
        assert (form, sorted(values)) == (form, sorted(promised.CHOICES[name].split()))


@pytest.mark.parametrize("key", sorted(promised.FORMS))
def test_a_form_names_itself_and_gives_each_component_its_own_identifier(key: str) -> None:
    document = load(key)
    assert document["id"] == key
    assert document["schemaVersion"] == 19
    assert document["properties"]["title"]
    seen: list[str] = []

    def collect(components: list[dict[str, Any]]) -> None:
        for component in components:
            seen.append(component["id"])
            collect(component.get("components", []))

    collect(document["components"])
    assert len(seen) == len(set(seen))


@pytest.mark.parametrize("key", sorted(promised.FORMS))
def test_a_rule_has_its_sentence_and_french_typography(key: str) -> None:
    for field, _ in fields(load(key)["components"]):
        properties = field.get("properties", {})
        for number in ("", "2", "3"):
            assert (f"rule{number}" in properties) == (f"ruleMessage{number}" in properties)
        assert ("confirmIf" in properties) == ("confirmMessage" in properties)
        for shown in (field.get("label"), field.get("description"), properties.get("ruleMessage")):
            assert "'" not in (shown or "")
            assert not re.search(r" [:;?!€»]", shown or "")


def test_an_address_is_marked_protected_when_the_household_is() -> None:
    for key in ("referral_retention", "referral_access", "dwelling_offer"):
        assert by_key(key)["address"]["properties"]["markIf"] == "A:=address_protected = true"


def test_what_the_committee_and_the_landlord_may_read_of_the_budget_is_named() -> None:
    diagnostic = by_key("diagnostic")
    assert diagnostic["disposable_per_person_day"]["properties"]["readers"] == "committee_member"
    assert "readers" not in diagnostic["disposable"]["properties"]
    for form, key in (
        ("referral_retention", "arrears"),
        ("reassessment", "arrears_now"),
        ("closure", "arrears_exit"),
    ):
        assert by_key(form)[key]["properties"]["readers"] == "landlord_worker"


def test_a_computed_choice_is_said_in_the_words_of_its_list() -> None:
    """A computed value is shown as it is: a key of a choice list would reach people as a code word."""
    words = {option["value"]: option["label"] for option in by_key("recommendation")["intensity"]["values"]}
    form, findings = forms.parse((FORMS / "recommendation.form").read_bytes(), "forms/recommendation.form")
    assert form is not None, findings
    now = datetime(2026, 3, 2, 9, tzinfo=UTC)
    for key, label in words.items():
        settled = forms.settle(form, {}, {"proposed": {"intensity": key}}, now=now)
        assert settled.answers["proposed_intensity"] == label
