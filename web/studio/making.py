"""New files of the workspace: a form, a process, a table; and a row of the delays table from numbers."""

from __future__ import annotations

import json
import re
import unicodedata
from typing import TYPE_CHECKING, Any

from flask import flash, jsonify, redirect, render_template, request, url_for
from flask_babel import gettext

from asae_engine import drafts
from web import visit
from web.studio.blueprint import blueprint, refused, sent, workspace
from web.studio.delays import Delay, DelaysTable
from web.studio.files import Kind, path_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from flask.typing import ResponseReturnValue

_LONGEST_TITLE = 120


@blueprint.post("/nouveau/formulaire")
def new_form() -> ResponseReturnValue:
    """An empty form, made by a page's form or by the diagram editor (JSON)."""
    title = _title()
    if not title:
        return _no_title()
    key = _free_key(title, Kind.FORM)
    _keep(path_of(Kind.FORM, key), json.dumps(empty_form(key, title), ensure_ascii=False, indent=2).encode())
    if request.is_json:
        return jsonify(key=key, title=title)
    return redirect(url_for("studio.form", stem=key))


@blueprint.post("/nouveau/processus")
def new_process() -> ResponseReturnValue:
    """A process with a start, a step and an end, ready to be drawn further."""
    title = _title()
    if not title:
        return _no_title()
    key = _free_key(title, Kind.PROCESS)
    sort = request.form.get("sort", "called")
    text = render_template(
        "studio/new.bpmn", key=key, title=title, sort=sort if sort in ("called", "side") else "called"
    )
    _keep(path_of(Kind.PROCESS, key), text.encode())
    return redirect(url_for("studio.process", stem=key))


@blueprint.post("/nouveau/decision")
def new_decision() -> ResponseReturnValue:
    """A table with one input, one output and one empty row."""
    title = _title()
    if not title:
        return _no_title()
    key = _free_key(title, Kind.DECISION)
    _keep(path_of(Kind.DECISION, key), render_template("studio/new.dmn", key=key, title=title).encode())
    return redirect(url_for("studio.decision", stem=key))


@blueprint.post("/delais")
def set_delays() -> ResponseReturnValue:
    """Make or change a step's row of the delays table, for the diagram editor."""
    body, space = sent(), workspace()
    step = key_of(str(body.get("step", "")))
    found = next(
        (
            (path, table)
            for path, text in space.files.items()
            if path.endswith(".dmn") and (table := DelaysTable.read(text))
        ),
        None,
    )
    if not step or found is None:
        return refused(gettext("La table des délais ne peut pas être lue : ouvrez-la pour la corriger."))
    cells = _cells(body)
    if cells is None:
        return refused(gettext("Indiquez des nombres de jours entre 0 et 999."))
    path, table = found
    try:
        drafts.save(
            visit.database(),
            visit.actor(),
            path,
            table.write(step, cells),
            space.version(path),
            now=visit.now(),
        )
    except drafts.DraftConflict:
        return refused(gettext("Quelqu’un vient de changer la table des délais : recommencez."), 409)
    return jsonify(step=step)


def _cells(body: Mapping[str, Any]) -> dict[str, str] | None:
    """The outputs of the row as FEEL; None when a number is not one."""
    cells: dict[str, str] = {}
    for name, output in (("reminder", "reminder"), ("due", "due"), ("escalation", "escalation_1")):
        number = str(body.get(name, "")).strip()
        if not number:
            cells[output] = "null"
            continue
        if not re.fullmatch(r"\d{1,3}", number):
            return None
        cells[output] = Delay(int(number), body.get(f"{name}_unit") != "days").feel()
    to = key_of(str(body.get("to", "")))
    cells["escalation_1_to"] = f'"{to}"' if to and cells["escalation_1"] != "null" else "null"
    if cells["escalation_1_to"] == "null":
        cells["escalation_1"] = "null"
    return cells


def empty_form(key: str, title: str) -> dict[str, Any]:
    """A form with one question, to be changed."""
    return {
        "type": "default",
        "id": key,
        "schemaVersion": 19,
        "properties": {"title": title},
        "components": [
            {
                "type": "group",
                "id": f"{key}_group",
                "label": title,
                "showOutline": True,
                "layout": {"row": f"{key}_row_1", "columns": None},
                "components": [
                    {
                        "type": "textarea",
                        "id": f"{key}_note",
                        "key": "note",
                        "label": gettext("Note"),
                        "layout": {"row": f"{key}_row_2", "columns": None},
                        "properties": {"mark": "S"},
                    }
                ],
            }
        ],
    }


def key_of(title: str) -> str:
    """A key made of a title: lower-case letters, digits and « _ »."""
    plain = unicodedata.normalize("NFKD", title).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "_", plain).strip("_")[:60].strip("_")


def _title() -> str:
    given = sent().get("title", "") if request.is_json else request.form.get("title", "")
    return " ".join(str(given).split())[:_LONGEST_TITLE]


def _no_title() -> ResponseReturnValue:
    sentence = gettext("Donnez d’abord un nom.")
    if request.is_json:
        return refused(sentence)
    flash(sentence, "warning")
    return redirect(url_for("studio.home"))


def _free_key(title: str, kind: Kind) -> str:
    key = key_of(title) or kind.value
    if key[0].isdigit():
        key = f"n_{key}"
    taken, found, number = workspace().files, key, 2
    while path_of(kind, found) in taken:
        found, number = f"{key}_{number}", number + 1
    return found


def _keep(path: str, content: bytes) -> None:
    version = workspace().version(path)
    drafts.save(visit.database(), visit.actor(), path, content, version, now=visit.now())
