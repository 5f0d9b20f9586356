"""Small builders of forms for these tests. Not a test module."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from asae_engine.forms import Form, InvalidAnswers, Upload, parse, validate
from asae_engine.forms.definition import Option

if TYPE_CHECKING:
    from asae_engine.findings import Finding

NOW = datetime(2026, 11, 24, 10, 42, tzinfo=UTC)


def source(*components: dict[str, Any], key: str = "essai", **root: Any) -> bytes:
    whole = {"type": "default", "id": key, "schemaVersion": 19, "components": list(components), **root}
    return json.dumps(whole, ensure_ascii=False, indent=1).encode()


def form(*components: dict[str, Any], key: str = "essai", **root: Any) -> Form:
    made, findings = parse(source(*components, key=key, **root), f"forms/{key}.form")
    assert made is not None, findings
    return made


def findings(*components: dict[str, Any], **root: Any) -> list[Finding]:
    return parse(source(*components, **root), "forms/essai.form")[1]


def text(key: str, **more: Any) -> dict[str, Any]:
    return {"type": "textfield", "key": key, "id": f"c_{key}", "label": key.title(), **more}


def number(key: str, **more: Any) -> dict[str, Any]:
    return {**text(key), "type": "number", **more}


def money(key: str, **more: Any) -> dict[str, Any]:
    return number(key, decimalDigits=2, appearance={"suffixAdorner": "€"}, **more)


def day(key: str, subtype: str = "date", **more: Any) -> dict[str, Any]:
    return {
        "type": "datetime",
        "subtype": subtype,
        "key": key,
        "id": f"c_{key}",
        "dateLabel": key.title(),
        **more,
    }


def choice(key: str, *values: Any, widget: str = "radio", **more: Any) -> dict[str, Any]:
    offered = [{"value": value, "label": f"Réponse {value}"} for value in values]
    return {**text(key), "type": widget, "values": offered, **more}


def computed(key: str, expression: str, **more: Any) -> dict[str, Any]:
    return {**text(key), "type": "expression", "expression": expression, **more}


def rows(path: str, *components: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {
        "type": "dynamiclist",
        "path": path,
        "id": f"l_{path}",
        "label": path.title(),
        "components": list(components),
        **more,
    }


def group(label: str, *components: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"type": "group", "id": f"g_{label}", "label": label, "components": list(components), **more}


def taken(
    made: Form, raw: dict[str, Any], context: dict[str, Any] | None = None, **more: Any
) -> dict[str, Any]:
    return validate(made, raw, context or {}, now=NOW, **more).values


def errors(
    made: Form, raw: dict[str, Any], context: dict[str, Any] | None = None, **more: Any
) -> dict[str, list[str]]:
    try:
        validate(made, raw, context or {}, now=NOW, **more)
    except InvalidAnswers as refusal:
        return refusal.errors
    return {}


class Town:
    """A directory of two people, one case and one file."""

    def people(self, spec: str) -> list[Option]:
        everyone = {"support_worker": [Option("nadia", "Nadia B."), Option("paul", "Paul R.")]}
        return everyone.get(spec.split("@", maxsplit=1)[0], [])

    def case_exists(self, number: str) -> bool:
        return number == "2026-0042"

    def attachment(self, identifier: str) -> Upload | None:
        return Upload("a1", "accord.pdf", 1200, "application/pdf") if identifier == "a1" else None
