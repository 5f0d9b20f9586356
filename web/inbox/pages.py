"""« Mes tâches », and taking or giving back a task from the list."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, urlsplit
from uuid import UUID

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask_babel import gettext
from werkzeug.datastructures import MultiDict

from asae_engine import commands
from asae_engine.reading import inbox as reading
from asae_engine.reading import notices
from web import visit

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue

blueprint = Blueprint("inbox", __name__)


@blueprint.get("/")
def tasks() -> ResponseReturnValue:
    """The inbox."""
    filters = _filters(request.args)
    box = reading.inbox(visit.database(), visit.actor(), filters, now=visit.now())
    told = notices.unread(visit.database(), visit.actor())
    return render_template("inbox/inbox.html", box=box, filters=filters, told=told, address=_address)


def listing(address: str) -> str:
    """The list alone, under the filters of an address of the inbox: what a button in it is answered with."""
    filters = _filters(MultiDict(parse_qsl(urlsplit(address).query)))
    box = reading.inbox(visit.database(), visit.actor(), filters, now=visit.now())
    return render_template("inbox/replaced.html", box=box, filters=filters, address=_address)


@blueprint.post("/avis/vus")
def seen() -> ResponseReturnValue:
    """Notices were read: they leave the inbox."""
    for notice_id in _identifiers(request.form.getlist("avis")):
        commands.mark_notice_read(visit.writing(), visit.actor(), notice_id, now=visit.now())
    if request.headers.get("HX-Request"):
        return ""
    flash(gettext("C’est noté."), "success")
    return redirect(url_for("inbox.tasks"))


def _identifiers(texts: list[str]) -> list[UUID]:
    try:
        return [UUID(text) for text in texts[: notices.LIMIT]]
    except ValueError:
        abort(400)


def _filters(asked: MultiDict[str, str]) -> reading.Filters:
    whose = asked.get("pour", "")
    urgency = asked.get("quand", "")
    return reading.Filters(
        whose=reading.Whose(whose) if whose in list(reading.Whose) else reading.Whose.ALL,
        step=visit.plain(asked.get("etape", ""), 200),
        case=visit.plain(asked.get("situation", ""), 20),
        urgency=reading.Urgency(urgency) if urgency in list(reading.Urgency) else None,
        cursor=asked.get("apres", "")[:200],
    )


def _address(filters: reading.Filters, **changes: str | None) -> str:
    """The inbox's address under these filters, some changed; a change of filter goes back to the first
    page.
    """
    kept = {
        "pour": filters.whose.value if filters.whose is not reading.Whose.ALL else None,
        "etape": filters.step or None,
        "situation": filters.case or None,
        "quand": filters.urgency.value if filters.urgency else None,
    }
    return url_for("inbox.tasks", **{**kept, **changes})  # type: ignore[arg-type]  # all of them are the query's
