"""How pages say dates, delays and amounts. Registered as template filters; the reference instant is the
request's.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from flask import url_for
from flask_babel import format_date, format_time, get_locale, gettext, ngettext

from web import visit

if TYPE_CHECKING:
    from flask import Flask

_ZONE = ZoneInfo("Europe/Paris")


def local(instant: datetime) -> datetime:
    """The instant as clocks in France show it."""
    return instant.astimezone(_ZONE)


def today() -> date:
    """The present day in France."""
    return local(visit.now()).date()


def day(value: date | datetime | None) -> str:
    """« mardi 3 mars », « mercredi 1er avril », with the year when it is not the present one."""
    if value is None:
        return ""
    when = local(value).date() if isinstance(value, datetime) else value
    number = "d'er'" if when.day == 1 and get_locale().language == "fr" else "d"
    pattern = f"EEEE {number} MMMM" if when.year == today().year else f"EEEE {number} MMMM y"
    return str(format_date(when, pattern))


def short_day(value: date | datetime | None) -> str:
    """« 03/03/2026 »."""
    if value is None:
        return ""
    when = local(value).date() if isinstance(value, datetime) else value
    return str(format_date(when, "dd/MM/y"))


def moment(value: datetime | None) -> str:
    """« mardi 3 mars à 10:42 »."""
    if value is None:
        return ""
    return str(gettext("%(day)s à %(time)s", day=day(value), time=format_time(value, "HH:mm")))


def hour(value: datetime | None) -> str:
    """« 10:42 »."""
    return "" if value is None else str(format_time(value, "HH:mm"))


def ago(value: datetime | None) -> str:
    """« à l’instant », « il y a 3 heures », « hier », « il y a 3 jours », then the day itself after two
    months.
    """
    if value is None:
        return ""
    elapsed = visit.now() - value
    days = (today() - local(value).date()).days
    if elapsed < timedelta(minutes=1):
        return str(gettext("à l’instant"))
    if elapsed < timedelta(hours=1):
        minutes = int(elapsed.total_seconds() // 60)
        return str(ngettext("il y a %(num)s minute", "il y a %(num)s minutes", minutes))
    if days == 0:
        hours = int(elapsed.total_seconds() // 3600)
        return str(ngettext("il y a %(num)s heure", "il y a %(num)s heures", hours))
    if days == 1:
        return str(gettext("hier"))
    if days <= 60:
        return str(ngettext("il y a %(num)s jour", "il y a %(num)s jours", days))
    return str(gettext("le %(day)s", day=day(value)))


def deadline(value: datetime | None) -> str:
    """What remains until an instant: « en retard de 4 jours », « aujourd’hui », « demain », « dans 5 jours
    », the day.
    """
    if value is None:
        return str(gettext("sans échéance"))
    days = (local(value).date() - today()).days
    if value < visit.now():
        if days == 0:
            return str(gettext("en retard depuis aujourd’hui"))
        return str(ngettext("en retard de %(num)s jour", "en retard de %(num)s jours", -days))
    if days == 0:
        return str(gettext("aujourd’hui"))
    if days == 1:
        return str(gettext("demain"))
    if days <= 14:
        return str(ngettext("dans %(num)s jour", "dans %(num)s jours", days))
    return str(gettext("le %(day)s", day=day(value)))


def age(born: date | None) -> int | None:
    """Age in whole years on the present day."""
    if born is None:
        return None
    now = today()
    return now.year - born.year - ((now.month, now.day) < (born.month, born.day))


def register(app: Flask) -> None:
    """Give templates the filters and the few globals that every page uses."""
    for spoken in (day, short_day, moment, hour, ago, deadline, age, local):
        app.add_template_filter(spoken)
    built = app.root_path + "/static/build"

    def asset(name: str) -> str:
        """Address of a built script or style; it changes with the file, so browsers may keep it for ever."""
        version = _version(Path(built) / name)
        return url_for("static", filename=f"build/{name}", v=version)

    @app.context_processor
    def common() -> dict[str, object]:
        locale = get_locale()
        return {
            "visitor": visit.visitor(),
            "now": visit.now(),
            "today": today(),
            "asset": asset,
            "language": str(locale.language) if locale else "fr",
            "has_room": app.blueprints.__contains__,
        }


def _version(path: Path) -> str:
    try:
        return format(path.stat().st_mtime_ns // 1_000_000, "x")
    except FileNotFoundError:
        return "0"
