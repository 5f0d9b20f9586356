"""The page of a case and the lists around it: its dossier's history, its files, who read it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Blueprint, abort, make_response, render_template, request

from asae_engine import access, commands
from asae_engine.model import Case, CaseStatus
from asae_engine.reading import attachments, dossier, log, redaction, search
from asae_engine.reading import cases as reading
from asae_engine.reading.timeline import About
from web import visit
from web.cases import drawing

if TYPE_CHECKING:
    from uuid import UUID

    from flask.typing import ResponseReturnValue

    from asae_engine.access import Tie

blueprint = Blueprint("cases", __name__, url_prefix="/situations")

_STATES = {"en-cours": CaseStatus.OPEN, "closes": CaseStatus.CLOSED}


@blueprint.get("")
def listing() -> ResponseReturnValue:
    """The cases that one sees, newest first."""
    asked = request.args.get("etat", "")
    found = search.recent(visit.database(), visit.actor(), status=_STATES.get(asked))
    return render_template(
        "cases/listing.html", found=found, status=asked if asked in _STATES else "", limit=search.LIMIT
    )


@blueprint.get("/<uuid:case_id>")
def page(case_id: UUID) -> ResponseReturnValue:
    """The case: where it stands, what happened, what is known."""
    asked = request.args.get("fil", "")
    shown = reading.case_page(
        visit.database(),
        visit.actor(),
        case_id,
        about=About(asked) if asked in list(About) else None,
        before=request.args.get("avant", type=int),
        now=visit.now(),
    )
    if shown is None:
        abort(404)
    chosen = drawing.chosen(shown.drawings, request.args.get("schema", ""))
    text = render_template(
        "cases/case.html",
        page=shown,
        filter=asked,
        drawing=chosen,
        marks=drawing.marks(chosen) if chosen else [],
        outline=drawing.in_words(chosen) if chosen else [],
        offers=commands.offered_processes(visit.database(), visit.actor(), case_id, now=visit.now()),
    )
    log.note(visit.database(), visit.actor(), case_id, "situation", shown.marks_shown, now=visit.now())
    return text


@blueprint.get("/<uuid:case_id>/historique/<form_key>/<field_key>")
def history(case_id: UUID, form_key: str, field_key: str) -> ResponseReturnValue:
    """Every value that a field had, who gave it and when."""
    case, tie = seen(case_id)
    redactor = redaction.redactor(visit.database(), visit.actor(), case_id, tie, now=visit.now())
    versions = dossier.history(visit.database(), redactor, case_id, form_key, field_key)
    if versions is None:
        abort(404)
    question = redactor.question(form_key, field_key)
    text = render_template("cases/history.html", case=case, question=question, versions=versions)
    log.note(visit.database(), visit.actor(), case_id, "historique", redactor.shown, now=visit.now())
    return text


@blueprint.get("/<uuid:case_id>/lectures")
def readings(case_id: UUID) -> ResponseReturnValue:
    """Who read the file, for those who answer for it."""
    case, _tie = seen(case_id)
    refusal = access.permitted(visit.database(), visit.actor(), "read_log")
    if refusal is not None:
        raise commands.NotAllowed(refusal.reason_fr)
    return render_template("cases/readings.html", case=case, readings=log.readings(visit.database(), case_id))


@blueprint.get("/pieces/<uuid:attachment_id>")
def attachment(attachment_id: UUID) -> ResponseReturnValue:
    """A file, always to be saved, never opened in the site's name."""
    found = attachments.attachment(visit.database(), visit.actor(), attachment_id, now=visit.now())
    if found is None:
        abort(404)
    response = make_response(found.content)
    response.headers["Content-Type"] = "application/octet-stream"
    response.headers.set("Content-Disposition", "attachment", filename=found.filename)
    response.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    if found.case_id is not None:
        marks = access.marks_of(found.mark)
        log.note(visit.database(), visit.actor(), found.case_id, "pièce jointe", marks, now=visit.now())
    return response


def seen(case_id: UUID) -> tuple[Case, Tie]:
    """A case and one's tie to it; the page that does not exist, when it is not one's to see."""
    tie = access.tie(visit.database(), visit.actor(), case_id)
    if tie is None:
        abort(404)
    return visit.database().get_one(Case, case_id), tie
