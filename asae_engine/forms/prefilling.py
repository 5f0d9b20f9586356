"""What a form holds before anyone typed: from the dossier, from the case, or its own defaults."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from marshmallow import ValidationError

from asae_engine.forms import schema, values
from asae_engine.forms.definition import Field, Form, Kind
from asae_engine.forms.settling import evaluated, relevant

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime


def prefill(form: Form, context: Mapping[str, object], now: datetime) -> dict[str, object]:
    """The first answers of a form, plain JSON by key. What no longer fits its field is left out."""
    return _first(form, form.fields, context, now)


def readonly(form: Form, context: Mapping[str, object], now: datetime) -> dict[str, object]:
    """The values of the fields that are only shown: the form's author gives them, a browser never."""
    return _first(form, [field for field in form.fields if field.readonly], context, now)


def _first(
    form: Form, wanted: Iterable[Field], context: Mapping[str, object], now: datetime
) -> dict[str, object]:
    found: dict[str, object] = {}
    computed: list[Field] = []
    for field in wanted:
        if field.type is Kind.COMPUTED:
            continue
        if field.type is Kind.GROUP:
            found[field.key] = _first(form, field.children, context, now)
        elif field.prefill and field.prefill != "dossier":
            computed.append(field)
        elif field.prefill and context.get(field.key) is not None:
            _put(found, field, values.to_json(context[field.key]))
        else:
            _put(found, field, field.default)
    case = relevant(form, context)
    outcome = evaluated(form, [(field.prefill or "", case) for field in computed], now=now)
    for field, value in zip(computed, outcome, strict=True):
        _put(found, field, field.default if value is None else values.to_json(value))
    return found


def _put(found: dict[str, object], field: Field, value: object) -> None:
    if value is None or field.disabled:
        return
    if field.type is Kind.ROWS and isinstance(value, list):
        keys = {child.key for child in field.children}
        value = [
            {key: item for key, item in row.items() if key in keys}
            for row in value
            if isinstance(row, Mapping)
        ]
    elif field.type is Kind.CHOICES and not isinstance(value, list):
        value = [value]
    elif field.type in (Kind.TEXT, Kind.LONG_TEXT) and not isinstance(value, str):
        value = values.spoken(value)
    try:
        loaded = schema.schema_of((field,))().load({field.key: value})
    except ValidationError:
        return
    if loaded.get(field.key) not in (None, [], ""):
        found[field.key] = loaded[field.key]
