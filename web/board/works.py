"""« Échéances et travaux »: how punctual what is due is done, and the long works with their progress."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask_babel import gettext, ngettext

from asae_engine import commands
from asae_engine.commands.works import RIGHTS
from asae_engine.model import WorkKind
from asae_engine.reading import deployed
from asae_engine.reading import works as reading
from asae_engine.reading.outbox import outbox
from asae_engine.reading.punctuality import Punctuality, punctuality
from web import visit
from web.board.pages import require_the_board

if TYPE_CHECKING:
    from uuid import UUID

    from flask.typing import ResponseReturnValue

blueprint = Blueprint("works", __name__, url_prefix="/pilotage/travaux")

_TURNS = {
    "suspendre": commands.pause_work,
    "reprendre": commands.resume_work,
    "abandonner": commands.cancel_work,
}


blueprint.before_request(require_the_board)


@blueprint.get("")
def overview() -> ResponseReturnValue:
    """How what is due goes, what may be asked for, and the works."""
    session = visit.database()
    may_assign = visit.actor().may(RIGHTS[WorkKind.REASSIGN])
    return render_template(
        "board/works.html",
        punctuality=punctuality(session, now=visit.now()),
        outbox=outbox(session, now=visit.now()),
        works=reading.works(session),
        rights=RIGHTS,
        holders=reading.holders(session) if may_assign else [],
        takers=reading.takers(session) if may_assign else [],
        messages=message_names() if visit.actor().may(RIGHTS[WorkKind.MESSAGE]) else {},
    )


@blueprint.get("/liste")
def listing() -> ResponseReturnValue:
    """The works alone, for a page that follows them."""
    return render_template("board/works_list.html", works=reading.works(visit.database()), rights=RIGHTS)


@blueprint.post("/confier")
def reassign() -> ResponseReturnValue:
    """Give all the open steps of a person to another."""
    session = visit.writing()
    asked = commands.request_reassignment(
        session,
        visit.actor(),
        visit.plain(request.form.get("de", ""), 100),
        visit.plain(request.form.get("a", ""), 100),
        now=visit.now(),
    )
    flash(
        ngettext(
            "%(num)s étape va être confiée. Vous pouvez quitter cette page.",
            "%(num)s étapes vont être confiées. Vous pouvez quitter cette page.",
            asked.total,
        )
    )
    return redirect(url_for("works.overview"))


@blueprint.post("/transmettre")
def send() -> ResponseReturnValue:
    """Bring a message of the programme to every case that waits for it."""
    name = visit.plain(request.form.get("message", ""), 200)
    if name not in message_names():
        abort(404)
    asked = commands.request_message(visit.writing(), visit.actor(), name, now=visit.now())
    flash(
        ngettext(
            "%(num)s situation va être examinée. Vous pouvez quitter cette page.",
            "%(num)s situations vont être examinées. Vous pouvez quitter cette page.",
            asked.total,
        )
    )
    return redirect(url_for("works.overview"))


@blueprint.app_template_global("message_names")
def message_names() -> dict[str, str]:
    """The messages that the diagrams in service know, with what the programme's settings call them."""
    newest = deployed.newest(visit.database())
    if newest is None:
        return {}
    labels = newest[1].programme.settings.get("messages")
    said = labels if isinstance(labels, Mapping) else {}
    names = sorted({name for one in newest[1].processes.values() for name in one.messages})
    return {name: str(said.get(name, name)) for name in names}


@blueprint.post("/<uuid:work_id>/<turn>")
def turn(work_id: UUID, turn: str) -> ResponseReturnValue:
    """Pause, resume or give up."""
    if turn not in _TURNS:
        abort(404)
    _TURNS[turn](visit.writing(), visit.actor(), work_id, now=visit.now())
    return redirect(url_for("works.overview"))


@blueprint.app_template_global("punctuality_now")
def _punctuality() -> Punctuality:
    return punctuality(visit.database(), now=visit.now())


@blueprint.app_template_filter("lasting")
def _lasting(seconds: float) -> str:
    """« 4 secondes », « 12 minutes », « 3 heures », « 2 jours »: to the unit one would say."""
    number = round(seconds)
    if number < 100:
        return str(ngettext("%(num)s seconde", "%(num)s secondes", number))
    if number < 100 * 60:
        return str(ngettext("%(num)s minute", "%(num)s minutes", round(number / 60)))
    if number < 48 * 3600:
        return str(ngettext("%(num)s heure", "%(num)s heures", round(number / 3600)))
    return str(gettext("%(num)s jours", num=round(number / 86_400)))
