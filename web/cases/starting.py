"""Opening a case by one of its doors, and starting a side process: a form, its draft, and what may stop
it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, cast
from uuid import UUID

from flask import abort, flash, redirect, render_template, request, url_for
from flask_babel import gettext

from asae_engine import commands
from asae_engine.access import Refusal
from asae_engine.commands import errors
from asae_engine.reading import doors as reading
from asae_engine.reading import duplicates
from web import filling, visit
from web.auth import resumption
from web.cases.pages import blueprint, seen

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from flask.typing import ResponseReturnValue
    from werkzeug.datastructures import MultiDict

    from asae_engine.model import Case, Task
    from asae_engine.reading.doors import Start
    from asae_engine.reading.duplicates import Known


@blueprint.get("/nouvelle")
def doors() -> ResponseReturnValue:
    """By which door?"""
    found = reading.doors(visit.database(), visit.actor())
    if len(found) == 1:
        return redirect(url_for("cases.start", process_key=found[0].key))
    return render_template("cases/doors.html", doors=found)


@blueprint.get("/nouvelle/<process_key>")
def start(process_key: str) -> ResponseReturnValue:
    """The form that opens a case."""
    return _page(_asked(process_key), process_key)


@blueprint.post("/nouvelle/<process_key>")
def open_case(process_key: str) -> ResponseReturnValue:
    """Open a case, once it is sure whether its household is known."""
    asked = _asked(process_key)
    raw = {} if asked.filled is None else filling.typed(asked.filled.form)
    if filling.wants_rows() or filling.wants_to_stop():
        return _kept(asked, process_key, raw)
    try:
        opening = commands.open_case(
            visit.writing(),
            visit.actor(),
            process_key,
            raw,
            confirm_duplicate=request.form.get("_household") == "other",
            household_id=_household(),
            now=visit.now(),
        )
    except errors.InvalidAnswers as refused:
        _keep(process_key, raw)
        return _page(asked, process_key, raw=raw, refused=refused), refused.status
    except errors.DuplicatesFound as found:
        _keep(process_key, raw)
        known = duplicates.shown(visit.database(), visit.actor(), found.duplicates)
        return _page(asked, process_key, raw=raw, known=known), found.status
    flash(gettext("La situation %(number)s est ouverte.", number=opening.case.number), "success")
    return _onwards(opening.case.id, opening.opened)


@blueprint.put("/nouvelle/<process_key>/brouillon")
def save_start_draft(process_key: str) -> ResponseReturnValue:
    """Keep what is being typed to open a case."""
    return filling.save_draft(
        commands.start_subject(process_key, None), lambda answers: _save(process_key, answers, None)
    )


@blueprint.get("/<uuid:case_id>/demarrer/<process_key>")
def side(case_id: UUID, process_key: str) -> ResponseReturnValue:
    """The form that starts a side process."""
    case, asked = _asked_of(case_id, process_key)
    return _page(asked, process_key, case)


@blueprint.post("/<uuid:case_id>/demarrer/<process_key>")
def start_side(case_id: UUID, process_key: str) -> ResponseReturnValue:
    """Start a side process on a case."""
    case, asked = _asked_of(case_id, process_key)
    raw = {} if asked.filled is None else filling.typed(asked.filled.form, case_id=case_id)
    if filling.wants_rows() or filling.wants_to_stop():
        return _kept(asked, process_key, raw, case)
    try:
        started = commands.start_side_process(
            visit.writing(), visit.actor(), case_id, process_key, raw, now=visit.now()
        )
    except errors.InvalidAnswers as refused:
        _keep(process_key, raw, case_id)
        return _page(asked, process_key, case, raw=raw, refused=refused), refused.status
    flash(gettext("«\u00a0%(name)s\u00a0»\u00a0: c’est enregistré.", name=asked.definition.name), "success")
    return _onwards(case_id, started.opened)


@blueprint.put("/<uuid:case_id>/demarrer/<process_key>/brouillon")
def save_side_draft(case_id: UUID, process_key: str) -> ResponseReturnValue:
    """Keep what is being typed to start a side process."""
    return filling.save_draft(
        commands.start_subject(process_key, case_id), lambda answers: _save(process_key, answers, case_id)
    )


def _asked(process_key: str) -> Start:
    asked = reading.start(visit.database(), visit.actor(), process_key, now=visit.now())
    if asked is None:
        abort(404)
    if isinstance(asked, Refusal):
        raise commands.NotAllowed(asked.reason_fr)
    return asked


def _asked_of(case_id: UUID, process_key: str) -> tuple[Case, Start]:
    case, tie = seen(case_id)
    asked = reading.side(visit.database(), visit.actor(), case, process_key, tie, now=visit.now())
    if asked is None:
        abort(404)
    if isinstance(asked, Refusal):
        raise commands.NotAllowed(asked.reason_fr)
    return case, asked


def _page(
    asked: Start,
    process_key: str,
    case: Case | None = None,
    *,
    raw: Mapping[str, object] | None = None,
    refused: errors.InvalidAnswers | None = None,
    known: Sequence[Known] = (),
) -> str:
    case_id = None if case is None else case.id
    if case_id is None:
        action = url_for("cases.open_case", process_key=process_key)
        draft = url_for("cases.save_start_draft", process_key=process_key)
    else:
        action = url_for("cases.start_side", case_id=case_id, process_key=process_key)
        draft = url_for("cases.save_side_draft", case_id=case_id, process_key=process_key)
    fields = None
    if asked.filled is not None:
        subject = commands.start_subject(process_key, case_id)
        fields = filling.drawn(
            asked.filled, subject=subject, draft_address=draft, case=case, raw=raw, refused=refused
        )
    return render_template(
        "cases/start.html", definition=asked.definition, fields=fields, action=action, case=case, known=known
    )


def _household() -> UUID | None:
    chosen = request.form.get("_household", "")
    try:
        return UUID(chosen)
    except ValueError:
        return None


def _save(process_key: str, answers: Mapping[str, object], case_id: UUID | None) -> None:
    commands.save_start_draft(
        visit.writing(), visit.actor(), process_key, answers, case_id=case_id, now=visit.now()
    )


def _keep(process_key: str, answers: Mapping[str, object], case_id: UUID | None = None) -> None:
    filling.keep(lambda: _save(process_key, answers, case_id))


def _kept(
    asked: Start, process_key: str, raw: Mapping[str, object], case: Case | None = None
) -> ResponseReturnValue:
    """What was typed is kept: the page again with its rows, or away until later."""
    _keep(process_key, raw, None if case is None else case.id)
    if filling.wants_rows():
        return _page(asked, process_key, case, raw=raw)
    flash(gettext("Votre saisie est gardée\u00a0: vous la retrouverez ici."), "success")
    return redirect(url_for("inbox.tasks") if case is None else url_for("cases.page", case_id=case.id))


def _keep_late(typed: MultiDict[str, str], **arguments: object) -> None:
    """What was typed before a session ended becomes a draft once its author is back."""
    process_key = str(arguments["process_key"])
    case_id = cast("UUID | None", arguments.get("case_id"))
    definition = reading.startable(visit.database(), process_key, "side" if case_id else "main")
    form = None if definition is None else reading.form_of(visit.database(), definition)
    if form is not None:
        _keep(process_key, filling.typed_before(form, typed), case_id)


def _onwards(case_id: UUID, opened: Sequence[Task]) -> ResponseReturnValue:
    """To the step that is one's own now, else to the case."""
    mine = next((task for task in opened if task.assignee_id == visit.actor().user_id), None)
    if mine is not None:
        return redirect(url_for("tasks.page", task_id=mine.id))
    return redirect(url_for("cases.page", case_id=case_id))


resumption.keeps("cases.open_case", page="cases.start", keeper=_keep_late)
resumption.keeps("cases.start_side", page="cases.side", keeper=_keep_late)
