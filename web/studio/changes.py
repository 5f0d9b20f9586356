"""What a publication changes, in words: between the files that are published and those that would be."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from flask_babel import gettext, ngettext
from lxml import etree

from asae_engine import markup
from web.studio.files import ASAE, BPMN, CAMUNDA, Kind, components, describe, json_object, kind_of
from web.studio.wording import NODES, element_kind

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_LONGEST_LIST = 40


@dataclass(frozen=True, slots=True)
class FileChange:
    path: str
    kind: Kind
    name: str
    #: `added`, `removed` or `changed`.
    how: str
    lines: list[str] = field(default_factory=list)


def changes(before: Mapping[str, bytes], after: Mapping[str, bytes]) -> list[FileChange]:
    """Each file that differs, with what differs in it; the same content under the same path is no change."""
    found = []
    for path in sorted({*before, *after}):
        old, new = before.get(path), after.get(path)
        if old == new:
            continue
        kind, name = kind_of(path), describe(path, new or old or b"").name
        if old is None or new is None:
            found.append(FileChange(path, kind, name, "removed" if new is None else "added"))
            continue
        lines = list(_LINES[kind](old, new)) or [gettext("Seule la présentation du fichier change.")]
        if len(lines) > _LONGEST_LIST:
            more = len(lines) - _LONGEST_LIST
            lines = [
                *lines[:_LONGEST_LIST],
                ngettext("et %(num)s autre changement", "et %(num)s autres changements", more),
            ]
        found.append(FileChange(path, kind, name, "changed", lines))
    return found


def _process_lines(old: bytes, new: bytes) -> Iterator[str]:
    before, after = _elements(old), _elements(new)
    for key in after.keys() - before.keys():
        yield gettext("Ajout : %(what)s", what=_called(after[key]))
    for key in before.keys() - after.keys():
        yield gettext("Retrait : %(what)s", what=_called(before[key]))
    for key in sorted(before.keys() & after.keys()):
        yield from _element_lines(before[key], after[key])


def _elements(content: bytes) -> dict[str, etree._Element]:
    root = markup.glance(content)
    wanted = {f"{BPMN}{name}" for name in (*NODES, "sequenceFlow", "process", "lane", "participant")}
    if root is None:
        return {}
    return {str(node.get("id")): node for node in root.iter() if node.tag in wanted and node.get("id")}


def _called(node: etree._Element) -> str:
    kind, name = element_kind(etree.QName(node).localname), " ".join((node.get("name") or "").split())
    return f"{kind} «\u00a0{name}\u00a0»" if name else kind


def _element_lines(old: etree._Element, new: etree._Element) -> Iterator[str]:
    if old.get("name") != new.get("name"):
        yield gettext("%(what)s : s’appelait « %(name)s »", what=_called(new), name=old.get("name") or "")
    attributes = {
        f"{CAMUNDA}formKey": gettext("formulaire"),
        f"{CAMUNDA}candidateGroups": gettext("qui fait l’étape"),
        f"{CAMUNDA}assignee": gettext("personne désignée"),
        f"{ASAE}delays": gettext("ligne des délais"),
        f"{CAMUNDA}dueDate": gettext("échéance"),
        f"{CAMUNDA}followUpDate": gettext("relance"),
        f"{CAMUNDA}priority": gettext("priorité"),
        f"{CAMUNDA}decisionRef": gettext("table de décision"),
        f"{CAMUNDA}candidateStarterGroups": gettext("qui démarre"),
        f"{ASAE}offeredWhen": gettext("proposé quand"),
        "calledElement": gettext("processus appelé"),
        "default": gettext("chemin par défaut"),
        "sourceRef": gettext("départ"),
        "targetRef": gettext("arrivée"),
        "attachedToRef": gettext("étape portant l’événement"),
        "cancelActivity": gettext("interruption"),
    }
    for attribute, words in attributes.items():
        if old.get(attribute) != new.get(attribute):
            yield _from_to(_called(new), words, old.get(attribute), new.get(attribute))
    if etree.QName(old).localname != etree.QName(new).localname:
        yield gettext(
            "%(what)s : était « %(kind)s »", what=_called(new), kind=element_kind(etree.QName(old).localname)
        )
    texts = {
        "conditionExpression": gettext("condition"),
        "timeDuration": gettext("durée"),
        "timeDate": gettext("date"),
        "timeCycle": gettext("cycle"),
        "script": gettext("calcul"),
        "documentation": gettext("explications"),
        "completionCondition": gettext("arrêt de la répétition"),
    }
    if etree.QName(new).localname == "process":
        return
    for name, words in texts.items():
        first, second = _text(old, name), _text(new, name)
        if first != second:
            yield _from_to(_called(new), words, first, second)


def _text(node: etree._Element, name: str) -> str | None:
    found = node.find(f".//{BPMN}{name}")
    return None if found is None else " ".join((found.text or "").split())


def _from_to(what: str, which: str, old: str | None, new: str | None) -> str:
    nothing = gettext("(rien)")
    return str(
        gettext(
            "%(what)s : %(which)s « %(new)s » au lieu de « %(old)s »",
            what=what,
            which=which,
            new=new or nothing,
            old=old or nothing,
        )
    )


def _form_lines(old: bytes, new: bytes) -> Iterator[str]:
    before, after = _fields(old), _fields(new)
    for key in after.keys() - before.keys():
        yield gettext("Question ajoutée : « %(label)s »", label=_label(after[key]))
    for key in before.keys() - after.keys():
        yield gettext("Question retirée : « %(label)s »", label=_label(before[key]))
    for key in before.keys() & after.keys():
        if _label(before[key]) != _label(after[key]):
            yield gettext(
                "Question « %(new)s » : s’intitulait « %(old)s »",
                new=_label(after[key]),
                old=_label(before[key]),
            )
        elif _meaning(before[key]) != _meaning(after[key]):
            yield gettext("Question « %(label)s » : réglages modifiés", label=_label(after[key]))


def _fields(content: bytes) -> dict[str, dict[str, object]]:
    found = components(json_object(content))
    return {str(part.get("key") or part.get("path") or part.get("id")): part for part in found}


def _label(component: Mapping[str, object]) -> str:
    return str(
        component.get("label") or component.get("dateLabel") or component.get("key") or component.get("type")
    )


def _meaning(component: Mapping[str, object]) -> str:
    kept = {name: value for name, value in component.items() if name not in ("layout", "id")}
    if component.get("type") == "group":
        kept.pop("components", None)
    return json.dumps(kept, sort_keys=True)


def _decision_lines(old: bytes, new: bytes) -> Iterator[str]:
    before, after = _rules(old), _rules(new)
    added = len(after.keys() - before.keys())
    removed = len(before.keys() - after.keys())
    if added:
        yield ngettext("%(num)s ligne ajoutée", "%(num)s lignes ajoutées", added)
    if removed:
        yield ngettext("%(num)s ligne retirée", "%(num)s lignes retirées", removed)
    for key in before.keys() & after.keys():
        if before[key] != after[key]:
            yield gettext(
                "Ligne « %(old)s » devient « %(new)s »",
                old=" | ".join(before[key]),
                new=" | ".join(after[key]),
            )


def _rules(content: bytes) -> dict[str, list[str]]:
    root = markup.glance(content)
    if root is None:
        return {}
    rows: dict[str, list[str]] = {}
    for part in root.iter("{*}rule", "{*}literalExpression", "{*}input", "{*}output"):
        texts = [(text.text or "").strip() for text in part.iter("{*}text")]
        rows[str(part.get("id"))] = texts or [part.get("name") or "", part.get("label") or ""]
    return rows


def _programme_lines(_old: bytes, _new: bytes) -> Iterator[str]:
    yield gettext("Rôles, droits, chiffres ou organismes du programme")


_LINES = {
    Kind.PROCESS: _process_lines,
    Kind.FORM: _form_lines,
    Kind.DECISION: _decision_lines,
    Kind.PROGRAMME: _programme_lines,
}
