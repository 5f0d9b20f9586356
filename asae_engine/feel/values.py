"""Values on their way between Python and FEEL.

FEEL's types in Python: None, bool, int, float, str, list, dict, date, aware datetime (UTC), time, and
`calendar.Duration` for both kinds of duration. FEEL has one number type: a number without a fraction comes
back as int, one with a fraction is rounded to 15 significant digits (0.1 + 0.2 comes back as 0.3).
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import TypeAlias, cast
from zoneinfo import ZoneInfo

from asae_engine.calendar import ZONE, Duration, parse_duration, parse_time, time_text

FeelValue: TypeAlias = (
    "bool | int | float | str | list[FeelValue] | dict[str, FeelValue]"
    " | date | datetime | time | Duration | None"
)

#: Beyond it a double no longer tells every integer from its neighbours.
_GREATEST_INTEGER = 2**53 - 1


class UnfitValueError(ValueError):
    """A Python value that FEEL has no type for; the sentence names its type, never the value."""


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
            return {"@": "z", "v": local_text(value)}
        case date():
            return {"@": "d", "v": value.isoformat()}
        case time():
            return {"@": "t", "v": time_text(value)}
        case Duration():
            return {"@": "p", "v": value.isoformat()}
        case timedelta():
            return {"@": "p", "v": Duration(days=value.days, seconds=value.seconds).isoformat()}
        case Mapping():
            pairs = [(str(key), encode(entry)) for key, entry in value.items()]
            return {"@": "o", "v": pairs} if "@" in value else dict(pairs)
        case Sequence() | set() | frozenset():
            items = value if isinstance(value, Sequence) else sorted(value)
            return [encode(item) for item in items]
        case _:
            raise UnfitValueError("Une valeur est d’un type qui n’a pas d’équivalent en FEEL.")


def decode(value: object) -> FeelValue:
    """The Python value that the JSON of an answer stands for."""
    match value:
        case float():
            return int(value) if value.is_integer() and abs(value) <= _GREATEST_INTEGER else value
        case list():
            return [decode(item) for item in value]
        case {"@": kind, "v": content}:
            return _special(str(kind), content)
        case dict():
            return {key: decode(entry) for key, entry in value.items()}
        case None | bool() | int() | str():
            return value
        case _:  # pragma: no cover - JSON knows no other type
            raise TypeError(type(value).__name__)


def local_text(instant: datetime) -> str:
    """An instant as FEEL text on the wall in Europe/Paris; a naive one is taken to be read from that wall.

    In the hour that the autumn repeats the offset stands instead of the zone: the instant stays itself.
    """
    local = instant.replace(tzinfo=ZONE) if instant.tzinfo is None else instant.astimezone(ZONE)
    zone = f"@{ZONE.key}" if local.replace(fold=0).utcoffset() == local.replace(fold=1).utcoffset() else ""
    return (local.replace(tzinfo=None).isoformat() + zone) if zone else local.isoformat()


def _special(kind: str, content: object) -> FeelValue:
    if kind == "o":
        return {str(key): decode(entry) for key, entry in cast("list[tuple[str, object]]", content)}
    text = str(content)
    match kind:
        case "d":
            return date.fromisoformat(text)
        case "t":
            return parse_time(text)
        case "z":
            wall, _, zone = text.partition("@")
            instant = datetime.fromisoformat(wall)
            if instant.tzinfo is None:
                instant = instant.replace(tzinfo=ZoneInfo(zone) if zone else ZONE)
            return instant.astimezone(UTC)
        case _:
            return parse_duration(text)


def _finite(number: float) -> float:
    if not math.isfinite(number):
        raise UnfitValueError("Un nombre infini ou indéfini n’a pas d’équivalent en FEEL.")
    return number
