"""The values of answers: read from what people type, kept as plain JSON, handed to FEEL, and said in French.

Kept: dates as `2026-03-01`, times as `14:30`, dates with a time as `2026-03-01T14:30` on the wall in
Europe/Paris, amounts as numbers rounded to the cent.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from datetime import date, datetime, time
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from typing import TYPE_CHECKING

from asae_engine.calendar import ZONE
from asae_engine.forms.definition import Field, Kind, Option, option_text

if TYPE_CHECKING:
    from asae_engine.feel import FeelValue
    from asae_engine.forms.source import Json

#: Largest amount or count: beyond it, a slip of the keyboard.
GREATEST_NUMBER = 1_000_000_000
FIRST_YEAR, LAST_YEAR = 1900, 2100
_CENT = Decimal("0.01")
_NARROW, _HARD = "\u202f", "\u00a0"
_SPACES = re.compile(r"[\s\u00a0\u202f\u2009'’]")
_DECIMAL = re.compile(r"[+-]?(?:\d{1,15}(?:\.\d{0,10})?|\.\d{1,10})", re.ASCII)
#: « 1.840 »: a thousand and more for one person, less than two for another.
_AMBIGUOUS = re.compile(r"[+-]?[1-9]\d{0,2}\.\d{3}", re.ASCII)
_FRENCH_DATE = re.compile(r"(\d{1,2})[/.\- ](\d{1,2})[/.\- ](\d{4})", re.ASCII)
_ISO_DATE = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_ISO_MOMENT = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2})?(\.\d+)?(Z|[+-]\d{2}:\d{2})?", re.ASCII)
_FRENCH_MOMENT = re.compile(r"(\S+)(?: +(?:à +)?|T)(\d{1,2})[:h](\d{2})(?::\d{2})?", re.ASCII)
_TIME = re.compile(r"(\d{1,2})[:h](\d{2})(?::\d{2}(?:\.\d+)?)?", re.ASCII)
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")


class Unreadable(ValueError):  # noqa: N818 - it names a value, as the sentence does
    """What was typed is no value of this kind. The message is a French sentence that says what to do."""


def read_text(value: object, *, lines: bool) -> str | None:
    """A text as it is kept: composed characters, no control characters, trimmed; nothing for an empty one."""
    if value is None:
        return None
    if not isinstance(value, str):
        raise Unreadable("Écrivez un texte.")
    said = unicodedata.normalize("NFC", value.replace("\r\n", "\n").replace("\r", "\n"))
    said = without_controls(said)
    if not lines:
        said = said.replace("\n", " ").replace("\t", " ")
    return said.strip() or None


def without_controls(text: str) -> str:
    """The text without the characters that nobody types and that no database keeps (NUL, half a pair)."""
    return _CONTROL.sub("", text)


def read_number(value: object, *, digits: int | None = None) -> int | float | None:
    """A number typed the French way (« 1 840,50 ») or as JSON, rounded; whole ones are `int`."""
    if value is None or (isinstance(value, str) and not _SPACES.sub("", value)):
        return None
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        raise Unreadable("Écrivez un nombre, par exemple 1840,50.")
    if isinstance(value, str):
        written = _SPACES.sub("", value).replace("€", "").replace("−", "-")
        if _AMBIGUOUS.fullmatch(written):
            raise Unreadable(
                "Ce nombre peut se lire de deux façons : écrivez 1840, ou 1,84 avec une virgule."
            )
        if written.rfind(",") > written.rfind("."):
            written = written.replace(".", "")
        elif "." in written:
            written = written.replace(",", "")
        written = written.replace(",", ".")
        if not _DECIMAL.fullmatch(written):
            raise Unreadable("Ce nombre ne se lit pas : écrivez-le avec des chiffres, par exemple 1840,50.")
        number = Decimal(written)
    else:
        try:
            number = Decimal(str(value))
        except InvalidOperation:  # pragma: no cover - str() of a number is one
            raise Unreadable("Écrivez un nombre.") from None
        if not number.is_finite():
            raise Unreadable("Écrivez un nombre.")
    if abs(number) > GREATEST_NUMBER:
        raise Unreadable("Ce nombre est trop grand : vérifiez-le.")
    return as_number(number, digits)


def as_number(number: Decimal, digits: int | None) -> int | float:
    """A decimal rounded half up to so many decimals, as JSON keeps it."""
    if digits is not None:
        number = number.quantize(Decimal(1).scaleb(-min(digits, 10)), ROUND_HALF_UP)
    return int(number) if number == number.to_integral_value() else float(number)


def read_date(value: object) -> str | None:
    """A day, typed `2026-03-01` or `01/03/2026`, as ISO text."""
    if isinstance(value, date):
        value = value.isoformat()[:10]
    said = read_text(value, lines=False)
    if said is None:
        return None
    try:
        if match := _FRENCH_DATE.fullmatch(said):
            day, month, year = (int(part) for part in match.groups())
            found = date(year, month, day)
        elif _ISO_DATE.fullmatch(said):
            found = date.fromisoformat(said)
        else:
            raise ValueError
    except ValueError:
        raise Unreadable("Cette date n’existe pas ou ne se lit pas : écrivez-la ainsi, 31/12/2026.") from None
    if not FIRST_YEAR <= found.year <= LAST_YEAR:
        raise Unreadable(f"L’année doit être comprise entre {FIRST_YEAR} et {LAST_YEAR}.")
    return found.isoformat()


def read_time(value: object) -> str | None:
    """A time of day, typed `14:30` or `14h30`, as ISO text to the minute."""
    said = read_text(value, lines=False)
    if said is None:
        return None
    match = _TIME.fullmatch(said)
    if match is None or int(match[1]) > 23 or int(match[2]) > 59:
        raise Unreadable("Cette heure ne se lit pas : écrivez-la ainsi, 14:30.")
    return f"{int(match[1]):02d}:{match[2]}"


def read_moment(value: object) -> str | None:
    """A date with a time, as ISO text on the wall in Europe/Paris, to the minute."""
    if isinstance(value, datetime):
        value = value.isoformat()
    said = read_text(value, lines=False)
    if said is None:
        return None
    if _ISO_MOMENT.fullmatch(said):
        try:
            instant = datetime.fromisoformat(said)
        except ValueError:
            raise Unreadable("Cette date n’existe pas : écrivez-la ainsi, 31/12/2026 14:30.") from None
        if instant.tzinfo is not None:
            try:
                instant = instant.astimezone(ZONE)
            except OverflowError:
                raise Unreadable("Cette date n’existe pas : écrivez-la ainsi, 31/12/2026 14:30.") from None
        return f"{read_date(instant.date().isoformat())}T{instant:%H:%M}"
    match = _FRENCH_MOMENT.fullmatch(said)
    if match is None:
        raise Unreadable("Donnez la date et l’heure, ainsi : 31/12/2026 14:30.")
    return f"{read_date(match[1])}T{read_time(f'{match[2]}:{match[3]}')}"


def read_option(value: object, options: Sequence[Option]) -> str | int | float | bool | None:
    """The value of the option that was chosen, given as JSON or as a browser posts it."""
    if value is None or value == "":
        return None
    if isinstance(value, str | int | float | bool):
        written = option_text(value)
        for option in options:
            if option_text(option.value) == written:
                return option.value
    raise Unreadable("Choisissez une des réponses proposées.")


def read_boolean(value: object) -> bool:
    """A box: ticked or not."""
    if isinstance(value, bool):
        return value
    if value is None or value in ("", "false", "off", "0"):
        return False
    if value in ("true", "on", "1"):
        return True
    raise Unreadable("Cochez la case ou laissez-la vide.")


def typed(field_type: str, value: object) -> FeelValue:
    """The value that FEEL computes with: a `date`, an aware `datetime`, a `time`, or the kept value itself.

    What was kept by an older form and is no such value comes back as it is: a condition then sees a text.
    """
    if isinstance(value, Mapping):
        return {str(key): typed("", item) for key, item in value.items()}
    if isinstance(value, list):
        return [typed("", item) for item in value]
    if isinstance(value, str):
        return _typed_text(field_type, value)
    return value if isinstance(value, bool | int | float) or value is None else str(value)


def typed_field(field: Field, value: object) -> FeelValue:
    """The same, for a field with rows or parts: each part is read by its own kind."""
    if field.type is Kind.ROWS:
        rows = value if isinstance(value, list) else []
        return [typed_parts(field, row) for row in rows if isinstance(row, Mapping)]
    if field.type is Kind.GROUP:
        return typed_parts(field, value) if isinstance(value, Mapping) else None
    return typed(field.type, value)


def typed_parts(field: Field, row: Mapping[str, object]) -> dict[str, FeelValue]:
    """One row, each of its keys present."""
    return {child.key: typed_field(child, row.get(child.key)) for child in field.children}


def _typed_text(field_type: str, value: str) -> FeelValue:
    try:
        if field_type == Kind.DATE or (field_type == Kind.COMPUTED and _ISO_DATE.fullmatch(value)):
            return date.fromisoformat(value)
        if field_type == Kind.DATETIME or (field_type == Kind.COMPUTED and _ISO_MOMENT.fullmatch(value)):
            instant = datetime.fromisoformat(value)
            return instant if instant.tzinfo else instant.replace(tzinfo=ZONE)
        if field_type == Kind.TIME:
            return time.fromisoformat(value)
    except ValueError:
        return value
    return value


def to_json(value: object) -> Json:
    """A value of FEEL as it is kept."""
    match value:
        case None | bool() | int() | str():
            return value
        case float():
            return int(value) if value.is_integer() else value
        case datetime():
            local = value.astimezone(ZONE) if value.tzinfo else value
            return f"{local:%Y-%m-%dT%H:%M}"
        case date():
            return value.isoformat()
        case time():
            return f"{value:%H:%M}"
        case Mapping():
            return {str(key): to_json(item) for key, item in value.items()}
        case Sequence():
            return [to_json(item) for item in value]
        case _:
            iso = getattr(value, "isoformat", None)
            return str(iso()) if callable(iso) else str(value)


def rounded(field: Field, value: FeelValue) -> FeelValue:
    """A computed value: euros to the cent, other numbers without the dust of their division."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        number = Decimal(str(value))
        return as_number(number, 2 if field.unit == "€" else 6) if number.is_finite() else None
    return value


def display(field: Field, value: object) -> str:
    """A kept answer as people read it: labels, `01/03/2026`, `1 234,50 €`; nothing for no answer."""
    if value is None or value == "" or value == []:
        return ""
    match field.type:
        case Kind.CHOICES:
            items = value if isinstance(value, list) else [value]
            return ", ".join(_label(field, item) for item in items)
        case Kind.CHOICE:
            return _label(field, value)
        case Kind.ROWS:
            rows = value if isinstance(value, list) else []
            return " ; ".join(_parts(field, row) for row in rows if isinstance(row, Mapping))
        case Kind.GROUP:
            return _parts(field, value) if isinstance(value, Mapping) else ""
        case Kind.FILES:
            files = value if isinstance(value, list) else []
            return ", ".join(str(item.get("name", "")) for item in files if isinstance(item, Mapping))
        case Kind.BOOLEAN:
            return "Oui" if value is True else "Non"
        case _:
            return with_unit(field, spoken(value, field.type))


def _label(field: Field, value: object) -> str:
    if isinstance(value, str | int | float | bool):
        written = option_text(value)
        for option in field.options:
            if option_text(option.value) == written:
                return option.label
    return spoken(value, Kind.CHOICE)


def _parts(field: Field, row: Mapping[str, object]) -> str:
    said = [(child.label, display(child, row.get(child.key))) for child in field.children]
    return ", ".join(f"{label} : {text}" for label, text in said if text)


def with_unit(field: Field, said: str) -> str:
    """« 12 mois », « 1 234,50 € »."""
    unit = field.unit
    return f"{said}{_HARD}{unit}" if said and unit and unit != "date" else said


def spoken(value: object, kind: str = Kind.COMPUTED) -> str:
    """A value without its unit. Money and computed euros have two decimals unless they are whole."""
    if isinstance(value, bool):
        return "Oui" if value else "Non"
    if isinstance(value, int | float):
        return french_number(value, cents=kind == Kind.MONEY)
    if isinstance(value, str) and kind in (Kind.DATE, Kind.DATETIME, Kind.TIME, Kind.COMPUTED):
        return _spoken_moment(typed(kind, value), value)
    if isinstance(value, list):
        return ", ".join(spoken(item) for item in value)
    if isinstance(value, Mapping):
        return ", ".join(f"{key} : {spoken(item)}" for key, item in value.items())
    return str(value)


def _spoken_moment(value: FeelValue, said: str) -> str:
    if isinstance(value, datetime):
        return f"{value:%d/%m/}{value.year:04d} à {value:%H:%M}"
    if isinstance(value, date):
        return f"{value:%d/%m/}{value.year:04d}"
    if isinstance(value, time):
        return f"{value:%H:%M}"
    return said


def french_number(value: float, *, cents: bool = False) -> str:
    """« 1 234,5 », « 1 234,50 » with cents; groups stand apart by a narrow space that does not break."""
    number = Decimal(str(value))
    written = f"{number.quantize(_CENT, ROUND_HALF_UP):,.2f}" if cents else f"{number:,f}"
    if not cents and "." in written:
        written = written.rstrip("0").rstrip(".")
    return written.replace(",", _NARROW).replace(".", ",")
