"""How an answer stands in its input, and what the browser may know of its limits."""

from __future__ import annotations

from typing import TYPE_CHECKING

from asae_engine.forms import Field, Kind
from asae_engine.forms.values import Unreadable, french_number, read_date, read_moment, read_time

if TYPE_CHECKING:
    from asae_engine.forms import Block

_MOMENTS = {Kind.DATE: read_date, Kind.TIME: read_time, Kind.DATETIME: read_moment}


def width(block: Block, shape: str) -> int:
    """Twelfths of the width: what the form says in sixteenths, else what the answer needs."""
    if block.columns is None:
        return 12
    return max(2, min(12, round(block.columns * 12 / 16)))


def written(field: Field, value: object) -> str:
    """An answer as its input shows it; what could not be read comes back as it was typed."""
    if field.type in _MOMENTS:
        try:
            return _MOMENTS[field.type](value) or ""
        except Unreadable:
            return str(value)
    if value is None or isinstance(value, dict | list):
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        said = french_number(value, cents=field.type is Kind.MONEY and value != int(value))
        return (
            said.replace("\u202f", " ")
            if field.type in (Kind.INTEGER, Kind.NUMBER, Kind.MONEY)
            else str(value)
        )
    return str(value)


def attributes(field: Field) -> dict[str, str]:
    """What the browser may know of an input's limits. The server judges by itself."""
    limits = field.limits
    found: dict[str, str] = {}
    if field.type in (Kind.INTEGER, Kind.NUMBER, Kind.MONEY):
        found["inputmode"] = "numeric" if field.type is Kind.INTEGER else "decimal"
    if field.type is Kind.TEXT and limits.format:
        found["type"] = "email" if limits.format == "email" else "tel"
        found["inputmode"] = found["type"]
    if limits.max_length and field.type in (Kind.TEXT, Kind.LONG_TEXT):
        found["maxlength"] = str(limits.max_length)
    if field.type in (Kind.DATE, Kind.DATETIME):
        stop = "" if field.type is Kind.DATE else "T23:59"
        found["min"] = "1900-01-01" + ("T00:00" if stop else "")
        found["max"] = f"2100-12-31{stop}"
    return found
