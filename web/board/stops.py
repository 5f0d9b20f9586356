"""« À l’arrêt »: what the diagrams stopped on, by step, and all of one step tried again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import ngettext

from asae_engine import commands
from asae_engine.commands.works import RIGHTS
from asae_engine.model import WorkKind
from asae_engine.reading import stops as reading
from web import visit
from web.board.pages import require_the_board

if TYPE_CHECKING:
    from uuid import UUID

    from flask.typing import ResponseReturnValue

blueprint = Blueprint("stops", __name__, url_prefix="/pilotage/arrets")
blueprint.before_request(require_the_board)


@blueprint.get("")
def overview() -> ResponseReturnValue:
    """What is stopped, by step of a diagram, the largest group first."""
    return render_template(
        "board/stops.html",
        groups=reading.groups(visit.database(), visit.actor()),
        may_retry=visit.actor().may(RIGHTS[WorkKind.RETRY]),
    )


@blueprint.post("/<uuid:deployment_id>/relancer")
def retry(deployment_id: UUID) -> ResponseReturnValue:
    """Ask for all that stopped on one step to be tried again."""
    asked = commands.request_retries(
        visit.writing(),
        visit.actor(),
        deployment_id,
        visit.plain(request.form.get("process", ""), 200),
        visit.plain(request.form.get("element", ""), 200),
        now=visit.now(),
    )
    flash(
        ngettext(
            "%(num)s parcours va être relancé. Vous pouvez quitter cette page.",
            "%(num)s parcours vont être relancés. Vous pouvez quitter cette page.",
            asked.total,
        )
    )
    return redirect(url_for("works.overview"))
