"""What a browser posts, as nested answers: `members.0.name=Léa` becomes `{"members": [{"name": "Léa"}]}`.

Also what may be kept of unfinished answers: a draft, and rows added or taken away without JavaScript.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from asae_engine.forms import schema
from asae_engine.forms.definition import Field, Form, Kind
from asae_engine.forms.files import MOST_FILES, Upload
from asae_engine.forms.settling import value_at
from asae_engine.forms.values import without_controls

if TYPE_CHECKING:
    from collections.abc import Sequence

#: Beside the answers: tokens of confirmations, and rows to add or take away.
CONFIRM, ADD, REMOVE = "_confirm", "_add", "_remove"
#: Fields of the page that are no answers.
_APART = ("csrf_token",)
_MOST_DRAFT_TEXT = 50_000


def from_body(
    form: Form, items: Iterable[tuple[str, object]], uploads: Iterable[tuple[str, Upload]] = ()
) -> dict[str, object]:
    """Nest the posted fields of a form. Names beginning with `_` are the page's own, except `_confirm`.

    Empty rows are left out. A name that is not the form's is kept, so that `validate` refuses it.
    """
    posted: dict[str, list[object]] = {}
    for name, value in items:
        if name == CONFIRM or not (name.startswith("_") or name in _APART):
            posted.setdefault(name, []).append(value)
    for name, upload in uploads:
        posted.setdefault(name, []).append(upload.as_json())
    raw: dict[str, object] = {}
    for name, found in posted.items():
        if name == CONFIRM:
            raw[CONFIRM] = [str(value) for value in found]
        else:
            _place(form, raw, name, found)
    return tidy(form, _listed(form.fields, raw))


def _place(form: Form, raw: dict[str, object], name: str, found: list[object]) -> None:
    steps = name.split(".")
    if len(steps) > 6:
        raw[name] = found[-1]
        return
    field = form.by_name.get(".".join(step for step in steps if not _is_number(step)))
    here = raw
    for step in steps[:-1]:
        inner = here.setdefault(step, {})
        if not isinstance(inner, dict):
            raw[name] = found[-1]
            return
        here = inner
    if field is not None and field.type in (Kind.CHOICES, Kind.FILES):
        here[steps[-1]] = [value for value in found if value not in ("", None)]
    else:
        here.setdefault(steps[-1], found[-1])


def _is_number(step: str) -> bool:
    return step.isascii() and step.isdigit() and len(step) <= 4


def _listed(children: Sequence[Field], raw: dict[str, object]) -> dict[str, object]:
    """Numbered objects as lists, in the order of their numbers."""
    for child in children:
        found = raw.get(child.key)
        if child.type is Kind.ROWS and isinstance(found, dict) and all(_is_number(key) for key in found):
            rows = [found[key] for key in sorted(found, key=int)]
            raw[child.key] = [_listed(child.children, row) if isinstance(row, dict) else row for row in rows]
        elif child.type is Kind.GROUP and isinstance(found, dict):
            _listed(child.children, found)
    return raw


def tidy(form: Form, raw: Mapping[str, object]) -> dict[str, object]:
    """The same answers without the rows in which nothing was given. Lists with fixed rows keep theirs."""
    return _tidied(form.fields, raw)


def _tidied(children: Sequence[Field], raw: Mapping[str, object]) -> dict[str, object]:
    found = dict(raw)
    for child in children:
        value = found.get(child.key)
        if child.type is Kind.ROWS and isinstance(value, list) and not child.fixed_rows:
            found[child.key] = [row for row in value if not _is_blank(row)]
        elif child.type is Kind.GROUP and isinstance(value, Mapping):
            found[child.key] = _tidied(child.children, value)
    return found


def _is_blank(row: object) -> bool:
    if isinstance(row, Mapping):
        return all(_is_blank(value) for value in row.values())
    if isinstance(row, str):
        return not row.strip()
    return row is None or row == [] or row is False


def edit_rows(
    form: Form, items: Iterable[tuple[str, object]], raw: Mapping[str, object]
) -> dict[str, object]:
    """The answers after « Ajouter » or « Retirer » was pressed on a page without JavaScript.

    Posted: `_add=members` or `_remove=members.1`, the number being that of the row in `raw`.
    """
    edited = dict(raw)
    for name, value in items:
        words = str(value).split(".")
        field = form.by_key.get(words[0])
        if field is None or field.type is not Kind.ROWS:
            continue
        found = edited.get(field.key)
        rows = list(found) if isinstance(found, list) else []
        if name == ADD and len(rows) < schema.MOST_ROWS:
            edited[field.key] = [*rows, {}]
        elif name == REMOVE and len(words) == 2 and _is_number(words[1]):
            edited[field.key] = [row for number, row in enumerate(rows) if number != int(words[1])]
    return edited


def draft(form: Form, raw: Mapping[str, object]) -> dict[str, object]:
    """What may be kept of unfinished answers: the form's own keys, texts of a sane length, no more."""
    return _drafted(form.fields, raw)


def _drafted(children: Sequence[Field], raw: Mapping[str, object]) -> dict[str, object]:
    kept: dict[str, object] = {}
    for child in children:
        value = raw.get(child.key)
        if value is None or child.type is Kind.COMPUTED or child.readonly:
            continue
        match child.type:
            case Kind.ROWS:
                rows = value if isinstance(value, list) else []
                kept[child.key] = [
                    _drafted(child.children, row)
                    for row in rows[: schema.MOST_ROWS]
                    if isinstance(row, Mapping)
                ]
            case Kind.GROUP:
                kept[child.key] = _drafted(child.children, value) if isinstance(value, Mapping) else {}
            case Kind.CHOICES:
                chosen = value if isinstance(value, list) else [value]
                kept[child.key] = [_kept(item) for item in chosen[:200] if _is_plain(item)]
            case Kind.FILES:
                kept[child.key] = _drafted_files(value)
            case _ if _is_plain(value):
                kept[child.key] = _kept(value)
    return kept


def _kept(value: object) -> object:
    return without_controls(value) if isinstance(value, str) else value


def _drafted_files(value: object) -> list[object]:
    items = value if isinstance(value, list) else []
    keys = ("id", "name", "size", "type")
    return [
        {key: _kept(item[key]) for key in keys if _is_plain(item.get(key))}
        for item in items[:MOST_FILES]
        if isinstance(item, Mapping)
    ]


def _is_plain(value: object) -> bool:
    if isinstance(value, float):
        return value == value and abs(value) < 1e15
    if isinstance(value, int) and not isinstance(value, bool):
        return abs(value) < 10**15
    return isinstance(value, bool) or (isinstance(value, str) and len(value) <= _MOST_DRAFT_TEXT)


def files_of(form: Form, raw: Mapping[str, object]) -> list[str]:
    """Identifiers of the attachments that some answers hold."""
    found: list[str] = []
    for field in form.fields:
        items = value_at(raw, field.path) if field.type is Kind.FILES else None
        for item in items if isinstance(items, list) else []:
            if isinstance(item, Mapping) and item.get("id"):
                found.append(str(item["id"]))
    return found
