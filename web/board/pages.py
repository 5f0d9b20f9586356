"""« Pilotage »: what is late or stopped, the diagrams with what stands on them, the figures of the sheet."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Blueprint, abort, redirect, render_template, request, url_for
from flask_babel import format_currency, format_decimal, gettext, ngettext

from asae_engine import access, commands
from asae_engine.access import CaseScope
from asae_engine.calendar import local_date
from asae_engine.reading import board as overdue_reading
from asae_engine.reading import charts, deployed, figures
from asae_engine.reading.board_filters import Filters, State
from asae_engine.reading.identity import doors
from web import visit
from web.board import periods, spreadsheet
from web.studio.outline import outline

if TYPE_CHECKING:
    from datetime import date

    from flask.typing import ResponseReturnValue
    from werkzeug.datastructures import MultiDict

    from asae_engine.bundles import Bundle
    from asae_engine.reading.charts import Chart, Place, Total

blueprint = Blueprint("board", __name__, url_prefix="/pilotage")


@blueprint.before_request
def require_the_board() -> None:
    """Everything here is for those whose role watches over the programme."""
    actor = visit.visitor()
    if actor is None:
        return
    refusal = access.permitted(visit.database(), actor, "see_board")
    if refusal is not None:
        raise commands.NotAllowed(refusal.reason_fr)


@blueprint.get("")
def overdue() -> ResponseReturnValue:
    """What is late and what is stopped, the worst first."""
    filters = _filters(request.args)
    board = overdue_reading.board(visit.database(), visit.actor(), filters, now=visit.now())
    newest = deployed.newest(visit.database())
    return render_template(
        "board/overdue.html",
        board=board,
        filters=filters,
        address=_address,
        doors={} if newest is None else doors(newest[1]),
        states=_states(),
    )


@blueprint.get("/carte")
@blueprint.get("/carte/<process_key>")
def chart(process_key: str = "") -> ResponseReturnValue:
    """A diagram with the open, late and stopped steps on it, and the same as a table."""
    chosen = request.args.get("processus", "")
    if not process_key and chosen:
        return redirect(url_for("board.chart", process_key=chosen[:100]))
    drawn = charts.chart(visit.database(), visit.actor(), process_key[:100], now=visit.now())
    if drawn is None:
        if process_key:
            abort(404)
        return render_template("board/nothing.html")
    if not process_key:
        return redirect(url_for("board.chart", process_key=drawn.process_key))
    marks = [mark for place in drawn.places for mark in _marks(place, process_key)]
    calls = _calls(drawn)
    marks += [mark for element, _, total in calls for mark in _inner_marks(element, total)]
    rows = [(total, name, gettext("schéma appelé")) for _, name, total in calls]
    rows += [(total, total.name, gettext("appelé par plusieurs étapes")) for total in drawn.shared]
    return render_template(
        "board/chart.html", chart=drawn, marks=marks, rows=rows, steps=outline(drawn.xml, marks)
    )


@blueprint.get("/chiffres")
def sheet() -> ResponseReturnValue:
    """Every figure of the programme over a period."""
    bundle = _bundle()
    if bundle is None:
        return render_template("board/nothing.html")
    asked = periods.asked(request.args, visit.now())
    door = _door(bundle)
    results = figures.compute(
        visit.database(), visit.actor(), bundle, asked.period, now=visit.now(), door=door
    )
    if request.args.get("format") == "csv":
        return spreadsheet.of_figures(results, asked.period, _door_name(bundle, door))
    return render_template(
        "board/figures.html",
        groups=_grouped(results),
        asked=asked,
        door=door,
        doors=doors(bundle),
        choices=periods.choices(visit.database(), visit.actor(), bundle.programme.settings, visit.now()),
        partial=visit.actor().scope is not CaseScope.ALL,
        query=_period_query(asked, door),
    )


@blueprint.get("/chiffres/<key>")
def figure(key: str) -> ResponseReturnValue:
    """The cases behind one figure, or behind one part of it."""
    bundle = _bundle()
    if bundle is None:
        return render_template("board/nothing.html")
    asked = periods.asked(request.args, visit.now())
    door = _door(bundle)
    found = figures.compute(
        visit.database(), visit.actor(), bundle, asked.period, now=visit.now(), door=door, only=key
    )
    if not found:
        abort(404)
    whole = found[0]
    part = request.args.get("part")
    shown = whole if part is None else figures.part_of(whole, part)
    if request.args.get("format") == "csv":
        return spreadsheet.of_cases(shown, asked.period, doors(bundle))
    label = next((one.label for one in whole.parts if one.key == part), None)
    return render_template(
        "board/figure.html",
        result=shown,
        whole=whole,
        part=part if label is not None else None,
        part_label=label,
        asked=asked,
        door=door,
        doors=doors(bundle),
        query=_period_query(asked, door),
    )


def _bundle() -> Bundle | None:
    newest = deployed.newest(visit.database())
    return None if newest is None else newest[1]


def _door(bundle: Bundle) -> str:
    asked = request.args.get("volet", "")
    return asked if asked in doors(bundle) else ""


def _door_name(bundle: Bundle, door: str) -> str:
    return doors(bundle).get(door, str(gettext("Tous les volets")))


def _grouped(results: list[figures.Result]) -> list[tuple[str, list[figures.Result]]]:
    """The figures under the headings of the programme, in its order."""
    groups: dict[str, list[figures.Result]] = {}
    for result in results:
        groups.setdefault(result.figure.group, []).append(result)
    return list(groups.items())


def _period_query(asked: periods.Asked, door: str) -> dict[str, str]:
    query = {"du": asked.period.start.isoformat(), "au": asked.period.end.isoformat()}
    return {**query, "volet": door} if door else query


def _filters(asked: MultiDict[str, str]) -> Filters:
    state, page = asked.get("voir", ""), asked.get("page", "1")

    def text(name: str, most: int) -> str:
        return asked.get(name, "").replace("\0", "")[:most]  # PostgreSQL knows no text with a nul in it

    return Filters(
        state=State(state) if state in list(State) else State.TROUBLE,
        organisation=text("organisation", 60),
        step=text("etape", 200),
        worker=text("personne", 80),
        door=text("volet", 60),
        process=text("processus", 100),
        element=text("element", 200),
        page=int(page) if page.isascii() and page.isdigit() and len(page) < 6 else 1,
    )


def _address(filters: Filters, **changes: str | int | None) -> str:
    """The page's address under these filters, some changed; a changed filter goes back to the first page."""
    kept = {
        "voir": filters.state.value if filters.state is not State.TROUBLE else None,
        "organisation": filters.organisation or None,
        "etape": filters.step or None,
        "personne": filters.worker or None,
        "volet": filters.door or None,
        "processus": filters.process or None,
        "element": filters.element or None,
    }
    query = {name: value for name, value in {**kept, **changes}.items() if value is not None}
    return url_for("board.overdue", **query)  # type: ignore[arg-type] # all of them are the query's


def _states() -> list[tuple[State, str]]:
    return [
        (State.TROUBLE, str(gettext("Retards et arrêts"))),
        (State.STOPPED, str(gettext("À l’arrêt"))),
        (State.LATE, str(gettext("En retard"))),
        (State.OPEN, str(gettext("Toutes les étapes en cours"))),
    ]


def _marks(place: Place, process_key: str) -> list[dict[str, object]]:
    """The badges of one element: what is open, what is late or stopped, each opening its list."""
    marks: list[dict[str, object]] = []
    filters = Filters(process=process_key, element=place.element_id)
    if place.open - place.late:
        calm = place.open - place.late
        marks.append(
            {
                "element": place.element_id,
                "kind": "count",
                "text": str(calm),
                "title": str(ngettext("%(num)s situation à l’heure", "%(num)s situations à l’heure", calm)),
                "href": _address(filters, voir=State.OPEN.value),
            }
        )
    if place.late + place.stopped:
        marks.append(
            {
                "element": place.element_id,
                "kind": "late",
                "text": str(place.late + place.stopped),
                "title": _words(place),
                "href": _address(filters),
            }
        )
    return marks


def _calls(drawn: Chart) -> list[tuple[str, str, Total]]:
    """(element, its name, what stands inside) of each call activity of a diagram."""
    return [
        (step.element, step.name or drawn.called[step.called].name, drawn.called[step.called])
        for step in outline(drawn.xml)
        if step.called in drawn.called
    ]


def _inner_marks(element: str, total: Total) -> list[dict[str, object]]:
    """The badges of a call activity: they open the diagram inside."""
    marks: list[dict[str, object]] = []
    href = url_for("board.chart", process_key=total.key)
    calm = total.open - total.late
    trouble = total.late + total.stopped
    if calm:
        title = str(ngettext("%(num)s situation à l’heure", "%(num)s situations à l’heure", calm))
        marks.append({"element": element, "kind": "count", "text": str(calm), "title": title, "href": href})
    if trouble:
        marks.append(
            {"element": element, "kind": "late", "text": str(trouble), "title": _words(total), "href": href}
        )
    return marks


def _words(place: Place | Total) -> str:
    """« 3 situations en retard, 1 à l’arrêt »."""
    said = []
    if place.late:
        said.append(str(ngettext("%(num)s situation en retard", "%(num)s situations en retard", place.late)))
    if place.stopped:
        said.append(
            str(ngettext("%(num)s situation à l’arrêt", "%(num)s situations à l’arrêt", place.stopped))
        )
    return ", ".join(said)


@blueprint.app_template_global("board_today")
def _today() -> date:
    return local_date(visit.now())


@blueprint.app_template_filter("figure")
def _figure(value: float) -> str:
    """« 1 234 », « 12,5 »."""
    return str(format_decimal(value, format="#,##0.##"))


@blueprint.app_template_filter("euros")
def _euros(value: float) -> str:
    """« 1 234,50 € », without cents when there are none."""
    return str(
        format_currency(
            value, "EUR", format="#,##0\u00a0¤" if float(value).is_integer() else "#,##0.00\u00a0¤"
        )
    )
