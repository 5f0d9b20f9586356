"""When someone was faster: who, when, and what one had typed, to be read and copied."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import render_template

from asae_engine import forms
from asae_engine.reading import tasks as reading
from web import visit

if TYPE_CHECKING:
    from collections.abc import Mapping
    from uuid import UUID

    from asae_engine.commands.errors import CommandError
    from asae_engine.forms import Form


def was_mine(task_id: UUID) -> bool:
    """Whether the person completed the task a moment ago: a double click, not a conflict."""
    return reading.completed_by(visit.database(), task_id) == visit.actor().user_id


def page(task_id: UUID, form: Form | None, raw: Mapping[str, object], late: CommandError) -> str:
    """What happened and what had been typed."""
    return render_template(
        "tasks/conflict.html",
        task_id=task_id,
        case_id=reading.case_of(visit.database(), task_id),
        sentence=late.message_fr,
        still_open=late.code == "conflict",
        answers=[] if form is None else said(form, raw),
    )


def said(form: Form, raw: Mapping[str, object]) -> list[tuple[str, str]]:
    """What was typed, question by question, in words."""
    found = []
    for field in form.fields:
        value = raw.get(field.key)
        if value in (None, "", []) or field.type is forms.Kind.FILES:
            continue
        found.append((field.label, forms.display(field, value)))
    return found
