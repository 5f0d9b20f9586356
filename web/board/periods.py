"""The period that the figures page is asked for, and those it offers."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from flask_babel import gettext

from asae_engine.calendar import local_date
from asae_engine.reading.figures import Period, first_opening

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from sqlalchemy.orm import Session
    from werkzeug.datastructures import MultiDict

    from asae_engine.access import Actor


@dataclass(frozen=True, slots=True)
class Asked:
    """The period of the page, and what was wrong with the address."""

    period: Period
    problem: str | None = None


def asked(query: MultiDict[str, str], now: datetime) -> Asked:
    """The period of the address; the present year when it says none, or one that cannot be."""
    today = local_date(now)
    usual = Period(date(today.year, 1, 1), today)
    start_text, end_text = query.get("du", ""), query.get("au", "")
    if not start_text and not end_text:
        return Asked(usual)
    start, end = _date(start_text, usual.start), _date(end_text, today)
    if start is None or end is None:
        return Asked(
            usual, str(gettext("Une date ne se lit pas : la période affichée est l’année en cours."))
        )
    if end < start:
        return Asked(
            usual,
            str(gettext("La fin précède le début : la période affichée est l’année en cours.")),
        )
    return Asked(Period(start, end))


def choices(
    session: Session, actor: Actor, settings: Mapping[str, object], now: datetime
) -> list[tuple[str, Period]]:
    """Periods one click away: those that have a target, then each year since the first case."""
    today = local_date(now)
    first = first_opening(session, actor)
    begun = today.year if first is None else first.year
    targets = settings.get("target")
    named = [key for key in (targets if isinstance(targets, dict) else {}) if "-" in key]
    found = []
    for name in named:
        start, _, end = name.partition("-")
        if start.isdigit() and end.isdigit() and 1900 < int(start) <= int(end) < 2200:
            found.append((name, Period(date(int(start), 1, 1), date(int(end), 12, 31))))
    years = range(today.year, max(begun, today.year - 12) - 1, -1)
    found += [(str(year), Period(date(year, 1, 1), min(date(year, 12, 31), today))) for year in years]
    return found


def _date(text: str, otherwise: date) -> date | None:
    if not text:
        return otherwise
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return None
    return day if 1900 < day.year < 2200 else None
