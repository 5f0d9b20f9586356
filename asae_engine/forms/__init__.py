"""Forms: form-js files read, shown values worked out, answers taken or refused. Knows no HTTP and no HTML.

`parse` makes a `Form` of a file. For a task, `prefill` gives the first answers; `from_body` nests what a
browser posts; `validate` takes it or raises `InvalidAnswers`; `draft` bounds what is kept meanwhile.
`display` says an answer in French, `typed` hands one to FEEL.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from asae_engine.forms.answers import Answers, validate
from asae_engine.forms.body import ADD, CONFIRM, REMOVE, draft, edit_rows, files_of, from_body, tidy
from asae_engine.forms.checking import check
from asae_engine.forms.definition import Block, Field, Form, Kind, Limits, Option, Rule, Section
from asae_engine.forms.errors import Confirmation, InvalidAnswers
from asae_engine.forms.files import MOST_BYTES, Upload, plain_name
from asae_engine.forms.offering import Directory, options
from asae_engine.forms.parsing import parse
from asae_engine.forms.prefilling import prefill
from asae_engine.forms.schema import schema
from asae_engine.forms.settling import Settled, evaluated, relevant, settle
from asae_engine.forms.values import display, to_json, typed, typed_field

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

__all__ = [
    "ADD",
    "CONFIRM",
    "MOST_BYTES",
    "REMOVE",
    "Answers",
    "Block",
    "Confirmation",
    "Directory",
    "Field",
    "Form",
    "InvalidAnswers",
    "Kind",
    "Limits",
    "Option",
    "Rule",
    "Section",
    "Settled",
    "Upload",
    "check",
    "compute",
    "display",
    "draft",
    "edit_rows",
    "evaluated",
    "files_of",
    "from_body",
    "mark",
    "options",
    "parse",
    "plain_name",
    "prefill",
    "schema",
    "settle",
    "tidy",
    "to_json",
    "typed",
    "typed_field",
    "validate",
    "visible",
]


def compute(
    form: Form, answers: Mapping[str, object], context: Mapping[str, object], now: datetime
) -> dict[str, object]:
    """The computed fields over some answers, plain JSON by key; those that are hidden are left out."""
    settled = settle(form, answers, context, now=now)
    keys = {field.key for level in form.computed for field in level}
    return {key: value for key, value in settled.answers.items() if key in keys}


def visible(
    form: Form, answers: Mapping[str, object], context: Mapping[str, object], now: datetime
) -> frozenset[str]:
    """Dotted names of the fields that show over some answers; those of rows hold the row's number."""
    settled = settle(form, answers, context, now=now)
    names = (place.name for place in settled.occurrences if place.block.field is not None)
    return frozenset(name for name in names if name not in settled.hidden)


def mark(form: Form, field: Field, context: Mapping[str, object], now: datetime) -> str | None:
    """The mark of a field in a case: that of the first `markIf` which is true, else its own."""
    if field.mark_if:
        case = relevant(form, context)
        outcome = evaluated(form, [(text, case) for _, text in field.mark_if], now=now)
        for (name, _), value in zip(field.mark_if, outcome, strict=True):
            if value is True:
                return name
    return field.mark
