"""What form.js is told of a form: the expressions that react while one types, and what of the case they read.

Whatever the reader may not see stays here: an expression that needs it is worked out by the server alone.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from flask.json import dumps
from markupsafe import Markup

from asae_engine import feel
from asae_engine.calendar import holiday_texts
from asae_engine.feel.values import encode
from asae_engine.forms import Field, Form, Kind

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from datetime import datetime

    from asae_engine.forms import Block

Readable = "Callable[[str], bool]"


def data(
    form: Form,
    context: Mapping[str, object],
    *,
    shown: Mapping[str, object],
    now: datetime,
    readable: Callable[[str], bool] | None,
    words: Mapping[str, str],
) -> Markup:
    """The JSON of the form's data block. `words` are the sentences that form.js says, translated; `shown`
    the values of what the page shows without asking, for conditions that read them.
    """
    asked = _Asked(form, readable)
    told = {
        "key": form.key,
        "now": int(now.timestamp() * 1000),
        "fields": {name: _field(field, asked) for name, field in form.by_name.items()},
        "shown": dict(shown),
        "order": [field.key for field in form.fields],
        "computed": [
            [
                {"key": field.key, "expression": _bare(field.expression), "unit": field.unit}
                for field in level
                if asked.may(field.expression)
            ]
            for level in form.computed
        ],
        "hide": [
            {"block": block.id, "expression": _bare(block.hide), "list": row}
            for block, row in _conditions(form.layout, None)
            if asked.may(block.hide)
        ],
        "rules": [
            {"expression": _bare(rule.expression), "message": rule.message}
            for rule in form.rules
            if asked.may(rule.expression)
        ],
        "words": dict(words),
    }
    told["context"] = _context(asked.paths, context, set(form.by_key))
    told["holidays"] = _holidays(now.year) if "working" in form.words else []
    written = dumps(told, ensure_ascii=False, separators=(",", ":"))
    for sign, code in (("<", "\\u003c"), (">", "\\u003e"), ("&", "\\u0026"), ("\u2028", "\\u2028")):
        written = written.replace(sign, code)
    return Markup(written)  # noqa: S704 - no sign of HTML is left in it


class _Asked:
    """Which expressions the browser gets, and what they read."""

    def __init__(self, form: Form, readable: Callable[[str], bool] | None) -> None:
        self._own = set(form.by_key)
        self._readable = readable
        self.paths: set[str] = set()

    def may(self, expression: str | None) -> bool:
        if not expression:
            return False
        outside = {path for path in _paths(expression) if path.split(".", 1)[0] not in self._own}
        if self._readable is not None and not all(self._readable(path) for path in outside):
            return False
        self.paths |= outside
        return True


def _field(field: Field, asked: _Asked) -> dict[str, object]:
    told: dict[str, object] = {"kind": field.type.value, "label": field.label}
    if field.required:
        told["required"] = True
    if asked.may(field.required_if):
        told["requiredIf"] = _bare(field.required_if)
    if field.type is Kind.CHOICE and asked.may(field.options_from):
        told["optionsFrom"] = _bare(field.options_from)
    rules = [rule for rule in field.rules if asked.may(rule.expression)]
    if rules:
        told["rules"] = [{"expression": _bare(rule.expression), "message": rule.message} for rule in rules]
    if field.type in (Kind.CHOICE, Kind.CHOICES):
        told["values"] = [option.value for option in field.options]
    if field.type in (Kind.ROWS, Kind.GROUP):
        told["children"] = [child.key for child in field.children]
    if field.readonly:
        told["readonly"] = True
    return told


def _conditions(blocks: tuple[Block, ...], row: str | None) -> Iterator[tuple[Block, str | None]]:
    for block in blocks:
        if block.hide:
            yield block, row
        is_list = block.field is not None and block.field.type is Kind.ROWS
        yield from _conditions(block.blocks, block.field.name if is_list and block.field else row)


def _bare(expression: str | None) -> str:
    return (expression or "").strip().removeprefix("=").strip()


def _paths(expression: str) -> set[str]:
    try:
        return feel.paths(expression)
    except feel.FeelError:  # pragma: no cover - parse has refused it
        return set()


def _context(paths: set[str], context: Mapping[str, object], own: set[str]) -> object:
    """Only what the paths name, as FEEL values travel."""
    told: dict[str, object] = {}
    for path in sorted(paths):
        root, *steps = path.split(".")
        if root not in context or root in own:
            continue
        value = context[root]
        if not steps or not hasattr(value, "get"):
            told[root] = _told(value)
            continue
        inner = told.setdefault(root, {})
        if isinstance(inner, dict) and steps[0] not in inner:
            inner[steps[0]] = _told(value.get(steps[0]))
    return told


def _told(value: object) -> object:
    try:
        return encode(value)
    except ValueError:  # a value that FEEL has no type for
        return None


@lru_cache(maxsize=8)
def _holidays(year: int) -> list[str]:
    """The holidays around a year: deadlines reach no further, and a page stays small."""
    return [text for text in holiday_texts() if abs(int(text[:4]) - year) <= 3]
