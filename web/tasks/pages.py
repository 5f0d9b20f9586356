"""The page of a task, and what one does there: take it, give it back, give it to someone, keep a draft,
complete it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask_babel import gettext

from asae_engine import commands
from asae_engine.commands import errors
from asae_engine.reading import log
from asae_engine.reading import tasks as reading
from web import filling, visit
from web.auth import resumption
from web.inbox.pages import listing
from web.tasks import conflict

if TYPE_CHECKING:
    from collections.abc import Mapping
    from uuid import UUID

    from flask.typing import ResponseReturnValue
    from werkzeug.datastructures import MultiDict

blueprint = Blueprint("tasks", __name__, url_prefix="/taches")


@blueprint.get("/<uuid:task_id>")
def page(task_id: UUID) -> ResponseReturnValue:
    """The task, its form with the draft or what is known already, and what surrounds it."""
    return _page(task_id)


@blueprint.post("/<uuid:task_id>/prendre")
def claim(task_id: UUID) -> ResponseReturnValue:
    """Take a task that is offered to one's group."""
    try:
        task = commands.claim(visit.writing(), visit.actor(), task_id, now=visit.now())
    except (errors.TaskGone, errors.TaskTaken, errors.Conflict) as late:
        flash(late.message_fr, "warning")
    else:
        flash(gettext("«\u00a0%(step)s\u00a0» est à vous.", step=task.name), "success")
    return _back(task_id)


@blueprint.post("/<uuid:task_id>/rendre")
def release(task_id: UUID) -> ResponseReturnValue:
    """Give a task back to its group. What was typed stays in one's draft."""
    try:
        task = commands.release(visit.writing(), visit.actor(), task_id, now=visit.now())
    except (errors.TaskGone, errors.Conflict) as late:
        flash(late.message_fr, "warning")
    else:
        flash(gettext("«\u00a0%(step)s\u00a0» est rendue à votre groupe.", step=task.name), "info")
    return _back(task_id)


@blueprint.post("/<uuid:task_id>/attribuer")
def assign(task_id: UUID) -> ResponseReturnValue:
    """Give a task to someone, or to nobody."""
    username = visit.plain(request.form.get("username", ""), 80) or None
    task = commands.assign(visit.writing(), visit.actor(), task_id, username, now=visit.now())
    flash(gettext("«\u00a0%(step)s\u00a0» est attribuée.", step=task.name), "success")
    return redirect(url_for("tasks.page", task_id=task_id))


@blueprint.put("/<uuid:task_id>/brouillon")
def save_draft(task_id: UUID) -> ResponseReturnValue:
    """Keep what is being typed: JSON, sent by the page's script."""

    def keep(answers: Mapping[str, object]) -> None:
        commands.save_draft(visit.writing(), visit.actor(), task_id, answers, now=visit.now())

    return filling.save_draft(commands.draft_subject(task_id), keep)


@blueprint.post("/<uuid:task_id>/terminer")
def complete(task_id: UUID) -> ResponseReturnValue:
    """Complete the task with its form's answers, or show what is to be put right. Nothing typed is lost."""
    form = reading.form_of(visit.database(), visit.actor(), task_id)
    raw: Mapping[str, object] = {} if form is None else filling.typed(form, task_id=task_id)
    if form is not None and (filling.wants_rows() or filling.wants_to_stop()):
        return _kept(task_id, raw)
    try:
        completion = commands.complete_task(visit.writing(), visit.actor(), task_id, raw, now=visit.now())
    except errors.InvalidAnswers as refused:
        _keep(task_id, raw)
        return _page(task_id, raw=raw, refused=refused), refused.status
    except (errors.TaskGone, errors.TaskTaken, errors.Conflict) as late:
        if conflict.was_mine(task_id):
            return _onwards(task_id)
        _keep(task_id, raw)
        return conflict.page(task_id, form, raw, late), late.status
    flash(gettext("Étape «\u00a0%(step)s\u00a0» terminée.", step=completion.task.name), "success")
    return _onwards(task_id)


def _page(
    task_id: UUID,
    *,
    raw: Mapping[str, object] | None = None,
    refused: errors.InvalidAnswers | None = None,
) -> str:
    shown = reading.task_page(visit.database(), visit.actor(), task_id, now=visit.now())
    if shown is None:
        abort(404)
    fields = None
    if shown.filled is not None:
        fields = filling.drawn(
            shown.filled,
            subject=commands.draft_subject(task_id),
            draft_address=url_for("tasks.save_draft", task_id=task_id),
            case=shown.task.case,
            raw=raw,
            refused=refused,
        )
    text = render_template("tasks/task.html", page=shown, fields=fields)
    case_id, what = shown.task.case_id, f"tâche : {shown.task.name}"
    log.note(visit.database(), visit.actor(), case_id, what, shown.marks_shown, now=visit.now())
    return text


def _kept(task_id: UUID, raw: Mapping[str, object]) -> ResponseReturnValue:
    """What was typed is kept: the page again with its rows, or back to the inbox."""
    commands.save_draft(visit.writing(), visit.actor(), task_id, raw, now=visit.now())
    if filling.wants_rows():
        return _page(task_id, raw=raw)
    flash(gettext("Votre saisie est gardée\u00a0: vous la retrouverez en rouvrant la tâche."), "success")
    return redirect(url_for("inbox.tasks"))


def _keep(task_id: UUID, raw: Mapping[str, object]) -> None:
    filling.keep(lambda: commands.save_draft(visit.writing(), visit.actor(), task_id, raw, now=visit.now()))


def _keep_late(typed: MultiDict[str, str], **arguments: object) -> None:
    """What was typed before a session ended becomes a draft once its author is back."""
    task_id = cast("UUID", arguments["task_id"])
    form = reading.form_of(visit.database(), visit.actor(), task_id)
    if form is not None:
        _keep(task_id, filling.typed_before(form, typed))


def _onwards(task_id: UUID) -> ResponseReturnValue:
    """After a task: the next one of the same case that one has, else the inbox."""
    case_id = reading.case_of(visit.database(), task_id)
    following = reading.next_of_case(visit.database(), visit.actor(), case_id) if case_id else None
    if following is not None:
        return redirect(url_for("tasks.page", task_id=following.id))
    return redirect(url_for("inbox.tasks"))


def _back(task_id: UUID) -> ResponseReturnValue:
    """Where the button was: the list in place, the list's page, or the task."""
    origin = resumption.safe_target(request.form.get("retour", ""))
    if request.headers.get("HX-Request") and origin is not None:
        return listing(origin)
    return redirect(origin or url_for("tasks.page", task_id=task_id))


resumption.keeps("tasks.complete", page="tasks.page", keeper=_keep_late)
