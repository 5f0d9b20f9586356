"""One stopped step: what it is, what was tried, and what can be done about it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import abort, flash, redirect, render_template, request, url_for
from flask_babel import gettext

from asae_engine import access, commands
from asae_engine.reading import stops
from web import visit
from web.cases.pages import blueprint

if TYPE_CHECKING:
    from collections.abc import Callable
    from uuid import UUID

    from flask.typing import ResponseReturnValue

    from asae_engine.model import Incident


@blueprint.get("/<uuid:case_id>/arrets/<uuid:incident_id>")
def stop(case_id: UUID, incident_id: UUID) -> ResponseReturnValue:
    """The page of one stopped step."""
    return _page(case_id, incident_id, {})


@blueprint.post("/<uuid:case_id>/arrets/<uuid:incident_id>/relancer")
def retry(case_id: UUID, incident_id: UUID) -> ResponseReturnValue:
    """Let it try again."""
    return _done(
        case_id,
        incident_id,
        lambda: commands.retry_incident(visit.writing(), visit.actor(), incident_id, now=visit.now()),
    )


@blueprint.post("/<uuid:case_id>/arrets/<uuid:incident_id>/passer")
def pass_over(case_id: UUID, incident_id: UUID) -> ResponseReturnValue:
    """Lead the case past it."""
    return _done(
        case_id,
        incident_id,
        lambda: commands.pass_over_incident(
            visit.writing(),
            visit.actor(),
            incident_id,
            request.form.get("reason", "")[:1000],
            flow=request.form.get("flow") or None,
            now=visit.now(),
        ),
    )


@blueprint.post("/<uuid:case_id>/arrets/<uuid:incident_id>/corriger")
def correct_stop(case_id: UUID, incident_id: UUID) -> ResponseReturnValue:
    """Set a value of the process right."""
    return _done(
        case_id,
        incident_id,
        lambda: commands.correct_variable(
            visit.writing(),
            visit.actor(),
            incident_id,
            visit.plain(request.form.get("name", ""), 100),
            request.form.get("value", "")[:2000],
            request.form.get("why", "")[:1000],
            now=visit.now(),
        ),
    )


def _done(case_id: UUID, incident_id: UUID, command: Callable[[], Incident]) -> ResponseReturnValue:
    """Do it and say how it went. What was refused comes back with what was typed."""
    _seen(case_id, incident_id)
    try:
        incident = command()
    except commands.InvalidAnswers as refused:
        return _page(case_id, incident_id, refused.errors), 422
    if incident.resolved_at is None:
        flash(
            gettext("L’étape s’est arrêtée de nouveau. Voyez ci-dessous ce qu’elle dit maintenant."), "danger"
        )
        return redirect(url_for("cases.stop", case_id=case_id, incident_id=incident_id))
    flash(gettext("L’étape n’est plus arrêtée\u00a0: le parcours continue."), "success")
    return redirect(url_for("cases.page", case_id=case_id))


def _seen(case_id: UUID, incident_id: UUID) -> stops.Stop:
    """One that the person sees; the page that does not exist for any other."""
    found = stops.stop(visit.database(), visit.actor(), incident_id)
    if found is None or found.case.id != case_id:
        abort(404)
    return found


def _page(case_id: UUID, incident_id: UUID, errors: dict[str, list[str]]) -> str:
    found = _seen(case_id, incident_id)
    refusal = access.permitted(visit.database(), visit.actor(), "cancel", found.case)
    return render_template("cases/stop.html", stop=found, errors=errors, may_resolve=refusal is None)
