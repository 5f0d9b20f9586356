"""Figures and lists of cases as French CSV: semicolons, decimal commas, a byte order mark.

A text that a spreadsheet would take for a formula is written with an apostrophe before it.
"""

from __future__ import annotations

import csv
import io
from datetime import date
from typing import TYPE_CHECKING

from flask import Response
from flask_babel import gettext

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from asae_engine.reading.figures import Period, Result

Cell = str | float | date | None

#: What begins a formula for one spreadsheet or another (OWASP, CSV injection).
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")


def of_figures(results: Iterable[Result], period: Period, door: str) -> Response:
    """One line a figure, and one for each of its parts, with its definition."""
    head: list[Cell] = [
        gettext("Chiffre"),
        gettext("Répartition"),
        gettext("Valeur"),
        gettext("Unité"),
        gettext("Effectif"),
        gettext("Premier décile"),
        gettext("Neuvième décile"),
        gettext("Objectif"),
        gettext("Définition"),
        gettext("Du"),
        gettext("Au"),
        gettext("Volet"),
    ]
    rows = [head]
    for result in results:
        figure = result.figure
        common: list[Cell] = [period.start, period.end, door]
        spread = result.amounts
        rows.append(
            [
                figure.label.get("fr", figure.key),
                None,
                result.value,
                figure.unit,
                spread.count if spread else len(result.counted),
                spread.low if spread else None,
                spread.high if spread else None,
                result.target,
                figure.definition.get("fr"),
                *common,
            ]
        )
        for part in result.parts:
            spread = part.amounts
            rows.append(
                [
                    figure.label.get("fr", figure.key),
                    part.label,
                    part.value,
                    figure.unit,
                    len(part.counted),
                    spread.low if spread else None,
                    spread.high if spread else None,
                    None,
                    None,
                    *common,
                ]
            )
    return _response(rows, f"chiffres-{period.start}-{period.end}.csv")


def of_cases(result: Result, period: Period, doors: Mapping[str, str]) -> Response:
    """The cases behind a figure: number, door, day, what was measured. No name of a household."""
    rows: list[list[Cell]] = [[gettext("Situation"), gettext("Volet"), gettext("Date"), gettext("Valeur")]]
    rows += [
        [one.case.number, doors.get(one.case.door or "", one.case.door), one.day, one.value]
        for one in result.counted
    ]
    return _response(rows, f"{result.figure.key}-{period.start}-{period.end}.csv")


def written(rows: Iterable[Sequence[Cell]]) -> str:
    """The rows as CSV text, byte order mark first."""
    text = io.StringIO()
    text.write("\N{ZERO WIDTH NO-BREAK SPACE}")
    writer = csv.writer(text, delimiter=";", lineterminator="\r\n")
    writer.writerows([_cell(value) for value in row] for row in rows)
    return text.getvalue()


def _cell(value: Cell) -> str:
    match value:
        case None:
            return ""
        case bool() | int() | float():
            number = float(value)
            return str(int(number)) if number.is_integer() else str(number).replace(".", ",")
        case date():
            return f"{value:%d/%m/%Y}"
        case _:
            return f"'{value}" if value.startswith(_FORMULA) else value


def _response(rows: Iterable[Sequence[Cell]], name: str) -> Response:
    response = Response(written(rows), content_type="text/csv; charset=utf-8")
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response
