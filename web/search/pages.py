"""`/recherche`: a case by the name of its household or by its number. Straight to it when there is only
one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Blueprint, redirect, render_template, request, url_for

from asae_engine.reading import search as reading
from web import visit

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue

blueprint = Blueprint("search", __name__)


@blueprint.get("/recherche")
def results() -> ResponseReturnValue:
    """What was found."""
    asked = visit.plain(request.args.get("q", ""), 80)
    found = reading.search(visit.database(), visit.actor(), asked) if asked else []
    if len(found) == 1 and found[0].number == asked:
        return redirect(url_for("cases.page", case_id=found[0].case_id))
    return render_template("search/results.html", asked=asked, found=found, limit=reading.LIMIT)
