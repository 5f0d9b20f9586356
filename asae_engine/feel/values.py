"""Values on their way between Python and FEEL.

FEEL's types in Python: None, bool, int, float, str, list, dict, date, aware datetime, time, and
`calendar.Duration` for both kinds of duration. FEEL has one number type: a number without a fraction comes
back as int, one with a fraction is rounded to 15 significant digits (0.1 + 0.2 comes back as 0.3).

An instant of `datetime.UTC` has no place of its own: it is read on the wall in Europe/Paris, and what FEEL
says of Paris or of no zone comes back as one. Any other offset or zone stays with its instant.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import TypeAlias

from asae_engine.calendar import (
    ZONE,
    Duration,
    instant_text,
    parse_duration,
    parse_instant,
    parse_time,
    time_text,
)

FeelValue: TypeAlias = (
    "bool | int | float | str | list[FeelValue] | dict[str, FeelValue]"
    " | date | datetime | time | Duration | None"
)

#: Beyond it a double no longer tells every integer from its neighbours.
_GREATEST_INTEGER = 2**53 - 1


#: What neither a database nor a file in UTF-8 keeps.
_NO_TEXT = re.compile(r"[\x00\ud800-\udfff]")


_OUTSIDE = "Une date sort du calendrier (années 1 à 9999), ou une durée le dépasse."


class UnfitValueError(ValueError):
    """A value that Python or FEEL has no type for; the sentence names its type, never the value."""


def encode(value: object) -> object:
    """The JSON that stands for a Python value in a request. Raises `UnfitValueError`."""
    match value:
        case None | bool() | str():
            return value
        case int():
            if abs(value) > _GREATEST_INTEGER:
                raise UnfitValueError("Un nombre dépasse ce que FEEL sait calculer exactement.")
            return value
        case float() | Decimal():
            return _finite(float(value))
        case datetime():
            return {"@": "z", "v": _instant(value)}
        case date():
            return {"@": "d", "v": value.isoformat()}
        case time():
            return {"@": "t", "v": time_text(value)}
        case Duration():
            return {"@": "p", "v": _length(value)}
        case timedelta():
            return {"@": "p", "v": _length(Duration(seconds=value.total_seconds()))}
        case Mapping():
            pairs = [(str(key), encode(entry)) for key, entry in value.items()]
            return {"@": "o", "v": pairs} if "@" in value else dict(pairs)
        case Sequence() | set() | frozenset():
            items = value if isinstance(value, Sequence) else sorted(value, key=str)
            return [encode(item) for item in items]
        case _:
            raise UnfitValueError("Une valeur est d’un type qui n’a pas d’équivalent en FEEL.")


def decode(value: object) -> FeelValue:
    """The Python value that the JSON of an answer stands for.

    Raises `UnfitValueError` for what no variable, page or database could keep: a day outside of Python's
    calendar, half a character.
    """
    match value:
        case str():
            return _text(value)
        case float():
            return int(value) if value.is_integer() and abs(value) <= _GREATEST_INTEGER else value
        case list():
            return [decode(item) for item in value]
        case {"@": "o", "v": list(pairs)}:
            return {_text(key): decode(entry) for key, entry in pairs}
        case {"@": kind, "v": content}:
            return _special(str(kind), str(content))
        case dict():
            return {_text(key): decode(entry) for key, entry in value.items()}
        case None | bool() | int():
            return value
        case _:  # pragma: no cover - JSON knows no other type
            raise TypeError(type(value).__name__)


def _text(text: str) -> str:
    if _NO_TEXT.search(text):
        raise UnfitValueError("Un texte contient un caractère nul ou une moitié de caractère.")
    return text


def _special(kind: str, text: str) -> FeelValue:
    try:
        match kind:
            case "d":
                return date.fromisoformat(text)
            case "t":
                return parse_time(text)
            case "z":
                return parse_instant(text)
            case _:
                return parse_duration(text)
    except (ValueError, OverflowError):
        raise UnfitValueError(_OUTSIDE) from None


def local_text(instant: datetime) -> str:
    """An instant as FEEL text, on the wall of its zone; one of UTC or of no zone on the wall in Paris."""
    if instant.tzinfo is None:
        return instant_text(instant.replace(tzinfo=ZONE))
    return instant_text(instant.astimezone(ZONE) if instant.tzinfo == UTC else instant)


def _instant(instant: datetime) -> str:
    try:
        return local_text(instant)
    except OverflowError:
        raise UnfitValueError(_OUTSIDE) from None


def _length(duration: Duration) -> str:
    """FEEL's durations have one sign: days and seconds are brought to one; months of another have no text."""
    months, days, seconds = duration.months, duration.days, duration.seconds
    if days * seconds < 0:
        days, seconds = 0, days * 86_400 + seconds
    if months * days < 0 or months * seconds < 0:
        raise UnfitValueError("Une durée mêle des mois et des jours de signes contraires.")
    return Duration(months, days, seconds).isoformat()


def _finite(number: float) -> float:
    if not math.isfinite(number):
        raise UnfitValueError("Un nombre infini ou indéfini n’a pas d’équivalent en FEEL.")
    return number
