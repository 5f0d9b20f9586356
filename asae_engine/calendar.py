"""Civil time: working days with the French public holidays, days and months as people count them, local zone.

Instants come and go in UTC; a date is a day in Europe/Paris. A day or a month of a duration is a civil one
(the same hour on the wall the next day, also across a change of hour); hours, minutes and seconds are exact.
"""

from __future__ import annotations

import calendar as gregorian
import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import holidays as public_holidays

ZONE = ZoneInfo("Europe/Paris")

#: Stands for FEEL's `Z`, where `datetime.UTC` is an instant without a place of its own.
GREENWICH = ZoneInfo("Etc/UTC")

#: The years whose holidays are handed to FEEL, on the server and in the browser.
HOLIDAY_YEARS = range(1990, 2101)

#: A deadline further than this many working days is a slip of the keyboard (some forty years).
_MOST_WORKING_DAYS = 10_000

_DURATION = re.compile(
    r"(?P<sign>[+-])?P(?=\d|T\d)(?:(?P<weeks>\d{1,6})W)?"
    r"(?:(?P<years>\d{1,6})Y)?(?:(?P<months>\d{1,6})M)?(?:(?P<days>\d{1,7})D)?"
    r"(?:T(?=\d)(?:(?P<hours>\d{1,9})H)?(?:(?P<minutes>\d{1,9})M)?(?:(?P<seconds>\d{1,12}(?:[.,]\d{1,9})?)S)?)?",
    re.ASCII,
)


@dataclass(frozen=True, slots=True)
class Duration:
    """An ISO 8601 duration that keeps apart what a calendar counts and what a stopwatch counts.

    Nothing is carried over from one part to another; a negative text makes each part negative or zero.
    """

    #: Civil months; twelve a year.
    months: int = 0
    #: Civil days; seven a week.
    days: int = 0
    #: Exact seconds.
    seconds: float = 0

    def isoformat(self) -> str:
        """The duration as ISO 8601 text: `P3M`, `P2DT3H`, `-P1D`; an empty one is `PT0S`."""
        parts = (self.months, self.days, self.seconds)
        sign = "-" if any(part < 0 for part in parts) and not any(part > 0 for part in parts) else ""
        months, days, seconds = (-part for part in parts) if sign else parts
        years, months = divmod(int(months), 12) if months >= 0 else (0, int(months))
        minutes, rest = divmod(seconds, 60) if seconds >= 0 else (0, seconds)
        hours, minutes = divmod(int(minutes), 60)
        day_part = "".join(f"{n}{unit}" for n, unit in ((years, "Y"), (months, "M"), (int(days), "D")) if n)
        time_part = "".join(f"{n}{unit}" for n, unit in ((hours, "H"), (minutes, "M")) if n)
        if rest:
            time_part += f"{rest:.9f}".rstrip("0").rstrip(".") + "S"
        if not day_part and not time_part:
            return "PT0S"
        return f"{sign}P{day_part}" + (f"T{time_part}" if time_part else "")


def parse_duration(text: str) -> Duration:
    """Read an ISO 8601 duration (`P30D`, `P1Y2M`, `P2W`, `PT36H`, `-P3D`); raises `ValueError` for others."""
    match = _DURATION.fullmatch(text.strip())
    if match is None:
        raise ValueError(f"« {text[:60]} » n’est pas une durée ISO 8601 (par exemple P30D, P3M ou PT36H).")
    numbers = {
        unit: int(match[unit] or 0) for unit in ("weeks", "years", "months", "days", "hours", "minutes")
    }
    seconds = float((match["seconds"] or "0").replace(",", "."))
    sign = -1 if match["sign"] == "-" else 1
    return Duration(
        months=sign * (numbers["years"] * 12 + numbers["months"]),
        days=sign * (numbers["weeks"] * 7 + numbers["days"]),
        seconds=sign * (numbers["hours"] * 3600 + numbers["minutes"] * 60 + seconds),
    )


def time_text(value: time) -> str:
    """A time of day as FEEL writes it: with its offset, or `@` and its zone, if it has one."""
    zone = value.tzinfo
    if isinstance(zone, ZoneInfo):
        return f"{value.replace(tzinfo=None).isoformat()}@{zone.key}"
    return value.isoformat()


def parse_time(text: str) -> time:
    """Read a time of day as `time_text` writes it; raises `ValueError` for others."""
    wall, _, name = text.partition("@")
    value = time.fromisoformat(wall)
    return value.replace(tzinfo=_zone(name)) if name else value


def instant_text(value: datetime) -> str:
    """An aware instant as FEEL writes it: with its offset, or `@` and its zone.

    In the hour that the autumn repeats the offset stands instead of the zone: the instant stays itself.
    """
    zone = value.tzinfo
    if not isinstance(zone, ZoneInfo):
        return value.isoformat()
    wall = value.replace(tzinfo=None).isoformat()
    if zone is GREENWICH:
        return f"{wall}Z"
    is_repeated = value.replace(fold=0).utcoffset() != value.replace(fold=1).utcoffset()
    return value.isoformat() if is_repeated else f"{wall}@{zone.key}"


def parse_instant(text: str) -> datetime:
    """Read an instant as `instant_text` writes it, with its offset or zone; raises `ValueError` or
    `OverflowError` for others. One of Paris, or of no zone, comes as an instant of `datetime.UTC`.
    """
    wall, _, name = text.partition("@")
    instant = datetime.fromisoformat(wall)
    if instant.tzinfo is not None:
        return instant.replace(tzinfo=GREENWICH) if wall.endswith("Z") else instant
    zone = _zone(name) if name else ZONE
    # By way of UTC: an hour that the spring leaves out becomes the one that clocks show.
    instant = instant.replace(tzinfo=zone).astimezone(UTC)
    return instant if zone is ZONE else instant.astimezone(zone)


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, OSError) as error:
        raise ValueError(f"« {name[:60]} » n’est pas un fuseau horaire.") from error


def add_duration(instant: datetime, duration: str | Duration) -> datetime:
    """The instant that lies a duration later, in UTC.

    Months and days move on the local calendar (31 January + P1M = 28 or 29 February, same hour on the wall);
    an hour that a change of hour skips becomes the one an hour later. Hours and less are exact. An unreadable
    text, or a result beyond the calendar (year 9999), raises `ValueError`.
    """
    length = parse_duration(duration) if isinstance(duration, str) else duration
    try:
        moved = instant.astimezone(UTC)
        if length.months or length.days:
            wall = moved.astimezone(ZONE).replace(tzinfo=None, fold=0)
            later = datetime.combine(add_months(wall.date(), length.months), wall.time()) + timedelta(
                days=length.days
            )
            moved = later.replace(tzinfo=ZONE).astimezone(UTC)
        return moved + timedelta(seconds=length.seconds)
    except OverflowError:
        raise ValueError(f"La durée {length.isoformat()} sort du calendrier.") from None


def add_months(day: date, months: int) -> date:
    """The same day of the month, some months away; the month's last day when it has no such day."""
    index = day.year * 12 + day.month - 1 + months
    year, month = divmod(index, 12)
    if not date.min.year <= year <= date.max.year:
        raise ValueError("La date sort du calendrier.")
    return date(year, month + 1, min(day.day, gregorian.monthrange(year, month + 1)[1]))


def local_date(instant: datetime) -> date:
    """The day in Europe/Paris on which an aware instant falls."""
    return instant.astimezone(ZONE).date()


def at_time(day: date, hour: time) -> datetime:
    """The instant, in UTC, at which a clock on a wall in Europe/Paris shows this hour on this day."""
    return datetime.combine(day, hour, ZONE).astimezone(UTC)


def start_of_day(day: date) -> datetime:
    """Midnight in Europe/Paris at which the day begins, in UTC."""
    return at_time(day, time(0))


def end_of_day(day: date) -> datetime:
    """The day's last second in Europe/Paris, in UTC: what is due on a day is late after it."""
    return at_time(day, time(23, 59, 59))


@lru_cache(maxsize=512)
def holidays(year: int) -> frozenset[date]:
    """The public holidays of mainland France in a year (article L3133-1 of the Code du travail)."""
    return frozenset(public_holidays.country_holidays("FR", years=year))


def holiday_texts() -> list[str]:
    """Every public holiday of `HOLIDAY_YEARS` as ISO text, in order: what `working days` of FEEL skips."""
    return [day.isoformat() for year in HOLIDAY_YEARS for day in sorted(holidays(year))]


def is_working_day(day: date) -> bool:
    """Whether offices work on this day: Monday to Friday, public holidays excepted."""
    return day.weekday() < 5 and day not in holidays(day.year)


def add_working_days(day: date, n: int) -> date:
    """The n-th working day after a date; before it when n is negative; the date itself when n is 0.

    The first working day after a Saturday is the Monday. More than 10,000 days raises `ValueError`.
    """
    if abs(n) > _MOST_WORKING_DAYS:
        raise ValueError(f"Un délai de {n} jours ouvrés dépasse le calendrier.")
    step = timedelta(days=1 if n >= 0 else -1)
    left = abs(n)
    while left:
        day += step
        if is_working_day(day):
            left -= 1
    return day


def working_days_between(start: date, end: date) -> int:
    """How many working days lie after `start` up to and with `end`; negative when `end` comes before.

    It undoes `add_working_days`: `working_days_between(day, add_working_days(day, n)) == n`.
    """
    if end < start:
        days = (start - timedelta(days=offset) for offset in range(1, (start - end).days + 1))
        return -sum(is_working_day(day) for day in days)
    days = (start + timedelta(days=offset) for offset in range(1, (end - start).days + 1))
    return sum(is_working_day(day) for day in days)
