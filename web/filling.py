"""Forms of the programme between a page and a command: drawn with what the reader may see, read back when
sent.

`web.rendering` draws, the commands check. Here a request becomes the nested answers both understand, and what
was typed is kept as a draft whatever happens next.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from flask import abort, jsonify, request
from flask_babel import gettext

from asae_engine import commands, forms
from asae_engine.access import rules
from asae_engine.commands.directory import DatabaseDirectory
from asae_engine.model import Draft as Kept
from web import visit
from web.rendering import Draft, render_form

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from uuid import UUID

    from flask.typing import ResponseReturnValue
    from markupsafe import Markup
    from werkzeug.datastructures import FileStorage, MultiDict

    from asae_engine.forms import Form
    from asae_engine.model import Case
    from asae_engine.reading.tasks import Filled

_NEVER = datetime.min.replace(tzinfo=UTC)
#: Names of the buttons that add or take away a row on a page without scripts.
_ROW_BUTTONS = (forms.ADD, forms.REMOVE)


def drawn(
    filled: Filled,
    *,
    subject: str,
    draft_address: str,
    case: Case | None,
    raw: Mapping[str, object] | None = None,
    refused: commands.InvalidAnswers | None = None,
) -> Markup:
    """The inside of a form's page. `raw` is what was just typed, when it is shown again; `refused` why."""
    # What was just typed has just been kept: the page goes on from that draft, not from the one before it.
    saved_at = filled.draft_saved_at if raw is None else _saved_at(subject)
    return render_form(
        filled.form,
        filled.values if raw is None else raw,
        now=visit.now(),
        context=filled.context,
        errors=None if refused is None else refused.errors,
        to_confirm=None if refused is None else refused.to_confirm,
        directory=DatabaseDirectory(visit.database(), visit.actor(), case),
        previous=filled.previous,
        mark_labels=mark_labels(),
        draft=Draft(
            draft_address, subject, saved_at.isoformat() if saved_at else None, str(visit.actor().user_id)
        ),
    )


def _saved_at(subject: str) -> datetime | None:
    kept = visit.database().get(Kept, (visit.actor().user_id, subject), populate_existing=True)
    return None if kept is None else kept.saved_at


def mark_labels() -> dict[str, str]:
    """What the marks of sensitive questions are called."""
    marks = rules.current(visit.database()).marks
    return {key: rule.label for key, rule in marks.items() if key}


def typed(form: Form, *, case_id: UUID | None = None, task_id: UUID | None = None) -> dict[str, object]:
    """What was typed into a form, its files stored: they are answers by their identifier, drafts keep them.

    With the row that « Ajouter » or « Retirer » asked for, on a page without scripts.
    """
    uploads = [
        (name, _stored(form, name, file, case_id=case_id, task_id=task_id))
        for name, file in request.files.items(multi=True)
        if file.filename
    ]
    raw = forms.from_body(form, request.form.items(multi=True), uploads)
    return forms.edit_rows(form, request.form.items(multi=True), raw) if wants_rows() else raw


def typed_before(form: Form, fields: MultiDict[str, str]) -> dict[str, object]:
    """What had been typed in a request that came too late."""
    return forms.from_body(form, fields.items(multi=True))


def wants_rows() -> bool:
    """Whether the person asked for one more row or one less, and not to send the form."""
    return any(button in request.form for button in _ROW_BUTTONS)


def wants_to_stop() -> bool:
    """Whether the person asked to keep what is typed and come back later."""
    return request.form.get("_action") == "save"


def save_draft(subject: str, keep: Callable[[Mapping[str, object]], None]) -> ResponseReturnValue:
    """Answer the page's script that saves what is being typed.

    A draft that another window of the person saved since is not overwritten: it is given back.
    """
    try:
        body = request.get_json()
    except RecursionError:  # brackets within brackets, to no end
        abort(400)
    answers = body.get("answers") if isinstance(body, dict) else None
    if not isinstance(answers, dict):
        abort(400)
    stored = visit.database().get(Kept, (visit.actor().user_id, subject))
    if stored is not None and stored.saved_at > _known(body.get("known")):
        return jsonify(saved_at=stored.saved_at.isoformat(), by=gettext("vous"), answers=stored.data), 409
    try:
        keep(answers)
    except commands.CommandError as refusal:
        return jsonify(message=refusal.message_fr), refusal.status
    return jsonify(saved_at=visit.now().isoformat())


def keep(save: Callable[[], None]) -> None:
    """Keep what was typed as a draft, where one may still be kept."""
    try:
        save()
    except commands.CommandError:
        visit.database().rollback()


def _known(text: object) -> datetime:
    """The instant of the draft that the page knows. A page that knows none began before any."""
    try:
        known = datetime.fromisoformat(text) if isinstance(text, str) else None
    except ValueError:
        known = None
    return (
        known
        if known is not None and known.tzinfo is not None
        else datetime.min.replace(tzinfo=visit.now().tzinfo)
    )


def _stored(
    form: Form, name: str, file: FileStorage, *, case_id: UUID | None, task_id: UUID | None
) -> forms.Upload:
    kept = commands.add_attachment(
        visit.writing(),
        visit.actor(),
        case_id=case_id,
        task_id=task_id,
        form_key=form.key,
        field_key=name.split(".")[0],
        filename=file.filename or "",
        content_type=file.mimetype,
        content=file.stream.read(),
        now=visit.now(),
    )
    return forms.Upload(str(kept.id), kept.filename, kept.size, kept.content_type)
