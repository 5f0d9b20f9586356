"""Correcting one answer: its question alone, with the reason."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from flask import abort, flash, redirect, render_template, request, url_for
from flask_babel import gettext

from asae_engine import access, commands, forms
from asae_engine.commands import errors
from asae_engine.commands.directory import DatabaseDirectory
from asae_engine.reading import log, redaction
from web import filling, visit
from web.cases.pages import blueprint, seen
from web.rendering import render_form

if TYPE_CHECKING:
    from collections.abc import Mapping
    from uuid import UUID

    from flask.typing import ResponseReturnValue

    from asae_engine.forms import Form
    from asae_engine.model import Case
    from asae_engine.reading.redaction import Answer, Redactor


@blueprint.get("/<uuid:case_id>/corriger/<form_key>/<field_key>")
def correct(case_id: UUID, form_key: str, field_key: str) -> ResponseReturnValue:
    """The question with its present answer."""
    case, redactor, answer, form = _asked(case_id, form_key, field_key)
    return _page(case, redactor, form, form_key, field_key, {field_key: answer.value})


@blueprint.post("/<uuid:case_id>/corriger/<form_key>/<field_key>")
def save_correction(case_id: UUID, form_key: str, field_key: str) -> ResponseReturnValue:
    """Correct it, when the form as a whole still holds."""
    case, redactor, _answer, form = _asked(case_id, form_key, field_key)
    raw = filling.typed(form, case_id=case_id)
    if filling.wants_rows():
        return _page(case, redactor, form, form_key, field_key, raw)
    confirmed = raw.get(forms.CONFIRM)
    try:
        commands.correct_answer(
            visit.writing(),
            visit.actor(),
            case_id,
            form_key,
            field_key,
            raw.get(field_key),
            request.form.get("_reason", ""),
            confirm=confirmed if isinstance(confirmed, list) else (),
            now=visit.now(),
        )
    except errors.InvalidAnswers as refused:
        return _page(case, redactor, form, form_key, field_key, raw, refused), refused.status
    flash(gettext("La réponse est corrigée."), "success")
    return redirect(url_for("cases.page", case_id=case_id, _anchor="dossier"))


def _asked(case_id: UUID, form_key: str, field_key: str) -> tuple[Case, Redactor, Answer, Form]:
    case, tie = seen(case_id)
    refusal = access.permitted(visit.database(), visit.actor(), "correct", case)
    if refusal is not None:
        raise commands.NotAllowed(refusal.reason_fr)
    redactor = redaction.redactor(visit.database(), visit.actor(), case_id, tie, now=visit.now())
    answer = redactor.answer(form_key, field_key)
    form = redaction.form_of(visit.database(), answer) if answer is not None else None
    if answer is None or answer.question is None or form is None:
        abort(404)
    if not redactor.reads_whole(answer.question):
        abort(404)
    return case, redactor, answer, only(form, field_key)


def only(form: Form, key: str) -> Form:
    """The form with one question: no section, no rule of its own (the command checks the whole)."""
    blocks = [block for top in form.layout for block in top.walk() if block.field and block.field.key == key]
    field = replace(form.by_key[key], readonly=False, disabled=False)
    shown = tuple(replace(block, hide=None, field=field) for block in blocks[:1])
    return replace(form, intro=None, fields=(field,), layout=shown, rules=(), computed=())


def _page(
    case: Case,
    redactor: Redactor,
    form: Form,
    form_key: str,
    field_key: str,
    values: Mapping[str, object],
    refused: errors.InvalidAnswers | None = None,
) -> str:
    own = (
        {}
        if refused is None
        else {path: said for path, said in refused.errors.items() if _is_of(path, field_key)}
    )
    others = (
        []
        if refused is None
        else [s for path, said in refused.errors.items() if path not in own for s in said]
    )
    fields = render_form(
        form,
        values,
        now=visit.now(),
        context=redactor.readable_context(),
        errors=own,
        to_confirm=None if refused is None else refused.to_confirm,
        directory=DatabaseDirectory(visit.database(), visit.actor(), case),
        mark_labels=filling.mark_labels(),
    )
    text = render_template(
        "cases/correct.html",
        case=case,
        form_key=form_key,
        question=form.by_key[field_key],
        fields=fields,
        other_errors=others,
        reason=request.form.get("_reason", ""),
    )
    log.note(visit.database(), visit.actor(), case.id, "correction", redactor.shown, now=visit.now())
    return text


def _is_of(path: str, key: str) -> bool:
    return path == key or path.startswith(f"{key}.")
