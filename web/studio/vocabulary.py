"""What the programme offers to a diagram being drawn: forms, roles, delays, decisions, answers, actions."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from flask import jsonify, url_for
from flask_babel import get_locale, gettext

from asae_engine import markup
from web.studio.blueprint import blueprint, workspace
from web.studio.delays import DelaysTable, words
from web.studio.files import Kind, components, describe_all, json_object, path_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from flask.typing import ResponseReturnValue

#: Kinds of components that hold no answer.
_SILENT = frozenset(
    {"group", "text", "html", "spacer", "separator", "button", "image", "iframe", "documentPreview"}
)


@blueprint.get("/vocabulaire")
def vocabulary() -> ResponseReturnValue:
    """JSON for the diagram editor; read from the drafts as they stand, broken files left out."""
    files = workspace().files
    described = describe_all(files)
    programme = json_object(files.get(path_of(Kind.PROGRAMME, "programme"), b"{}"))
    delays_file = next(
        (path for path in sorted(files) if path.endswith(".dmn") and DelaysTable.read(files[path])), None
    )
    return jsonify(
        forms=[{"key": f.key, "title": f.name} for f in described if f.kind is Kind.FORM],
        processes=[
            {"key": f.key, "name": f.name, "kind": f.sort} for f in described if f.kind is Kind.PROCESS
        ],
        decisions=list(decisions(files)),
        roles=named(programme.get("roles")),
        organisations=named(programme.get("organisations")),
        marks=named(programme.get("marks")),
        doors=doors(files),
        delays=delay_rows(files.get(delays_file or "", b""), named(programme.get("roles"))),
        fields=list(fields(files)),
        topics=topics(),
        addresses={
            "form": _template("studio.form", "key"),
            "process": _template("studio.process", "key"),
            "decision": _template("studio.decision", "file"),
            "delays": url_for("studio.decision", stem=_stem(delays_file)) if delays_file else None,
            "newForm": url_for("studio.new_form"),
            "newDelays": url_for("studio.set_delays"),
        },
    )


def topics() -> list[dict[str, Any]]:
    """The actions that the engine performs by itself, with their parameters."""
    return [
        {
            "key": "notify",
            "label": gettext("Prévenir quelqu’un"),
            "parameters": [
                {"key": "to", "label": gettext("Qui prévenir"), "kind": "recipient"},
                {"key": "message", "label": gettext("Message"), "kind": "text"},
            ],
        },
        {"key": "close_case", "label": gettext("Clore la situation"), "parameters": []},
        {
            "key": "reassign",
            "label": gettext("Confier les étapes à quelqu’un d’autre"),
            "parameters": [
                {"key": "from", "label": gettext("De (identifiant, ou =FEEL)"), "kind": "text"},
                {"key": "to", "label": gettext("À (identifiant, ou =FEEL)"), "kind": "text"},
            ],
        },
    ]


def named(items: object) -> list[dict[str, str]]:
    """Keys and labels of a list of the programme, in the page's language."""
    if not isinstance(items, list):
        return []
    return [
        {"key": str(item["key"]), "label": label(item.get("label"), str(item["key"]))}
        for item in items
        if isinstance(item, dict) and "key" in item
    ]


def label(words_by_language: object, otherwise: str) -> str:
    """A label of the programme in the page's language."""
    if isinstance(words_by_language, str):
        return words_by_language
    if not isinstance(words_by_language, dict):
        return otherwise
    language = getattr(get_locale(), "language", "fr")
    return str(words_by_language.get(language) or words_by_language.get("fr") or otherwise)


def doors(files: Mapping[str, bytes]) -> list[dict[str, str]]:
    """The doors: what the main processes of the bundle say, named by the process."""
    found = {}
    for path, content in files.items():
        root = markup.glance(content) if path.endswith(".bpmn") else None
        for process in [] if root is None else root.iter("{*}process"):
            door = process.get("{urn:asae:bpmn:1}door")
            if door:
                found[door] = {"key": door, "label": process.get("name") or door}
    return list(found.values())


def decisions(files: Mapping[str, bytes]) -> Iterator[dict[str, str]]:
    """Every decision of every table file."""
    for path, content in files.items():
        root = markup.glance(content) if path.endswith(".dmn") else None
        for decision in [] if root is None else root.iter("{*}decision"):
            key = str(decision.get("id"))
            yield {"id": key, "name": decision.get("name") or key, "file": _stem(path)}


def delay_rows(content: bytes, roles: list[dict[str, str]]) -> list[dict[str, Any]]:
    """The rows of the delays table, each cell in words."""
    table = DelaysTable.read(content) if content else None
    if table is None:
        return []
    names = {
        "reminder": gettext("Relance"),
        "due": gettext("Échéance"),
        "escalation_1": gettext("Alerte"),
        "escalation_1_to": gettext("Prévenir"),
        "escalation_2": gettext("Seconde alerte"),
        "escalation_2_to": gettext("Prévenir"),
    }
    return [
        {
            "step": step,
            "values": [
                {"label": names.get(name, name), "words": _said(name, cell, cells, roles)}
                for name, cell in cells.items()
                if cell not in ("", "null", "-")
            ],
        }
        for step, cells in table.rows().items()
    ]


def _said(name: str, cell: str, cells: Mapping[str, str], roles: list[dict[str, str]]) -> str:
    if not name.endswith("_to"):
        return words(cell, "" if name == "due" else cells.get("due", ""))
    role = cell.strip('"').partition("@")[0]
    return next((item["label"] for item in roles if item["key"] == role), cell.strip('"'))


def fields(files: Mapping[str, bytes]) -> Iterator[dict[str, Any]]:
    """The answers that a condition can read: one for each field of each form."""
    for form in describe_all({path: content for path, content in files.items() if path.endswith(".form")}):
        for component in components(json_object(files[form.path])):
            key, kind = component.get("key"), component.get("type")
            if not isinstance(key, str) or kind in _SILENT or "." in key:
                continue
            yield {
                "form": form.key,
                "formTitle": form.name,
                "key": key,
                "label": str(component.get("label") or component.get("dateLabel") or key),
                "type": kind,
                "options": [
                    {
                        "value": json.dumps(option.get("value"), ensure_ascii=False),
                        "label": str(option.get("label")),
                    }
                    for option in component.get("values") or []
                    if isinstance(option, dict)
                ],
            }


def _stem(path: str | None) -> str:
    return (path or "").rpartition("/")[2].rpartition(".")[0]


def _template(endpoint: str, name: str) -> str:
    """An address with `{name}` where the key goes."""
    return url_for(endpoint, stem="KEY").replace("KEY", f"{{{name}}}")
