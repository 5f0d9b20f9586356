"""What a file of the workspace is called, read leniently: a broken draft still has to be listed."""

from __future__ import annotations

import json
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from asae_engine import markup

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from lxml import etree

BPMN = "{http://www.omg.org/spec/BPMN/20100524/MODEL}"
ASAE = "{urn:asae:bpmn:1}"
CAMUNDA = "{http://camunda.org/schema/1.0/bpmn}"


class Kind(StrEnum):
    PROCESS = "process"
    FORM = "form"
    DECISION = "decision"
    PROGRAMME = "programme"


@dataclass(frozen=True, slots=True)
class Described:
    path: str
    kind: Kind
    #: File stem: what pages' addresses hold.
    stem: str
    #: Key by which other files name it (process id, form id); the stem when it cannot be read.
    key: str
    name: str
    #: For a process: `main`, `called` or `side`.
    sort: str = ""
    #: Keys of what it uses: forms and called processes of a process.
    uses: frozenset[str] = frozenset()


def path_of(kind: Kind, stem: str) -> str:
    """The path of a file of this kind."""
    folder, suffix = {
        Kind.PROCESS: ("processes", ".bpmn"),
        Kind.DECISION: ("processes", ".dmn"),
        Kind.FORM: ("forms", ".form"),
        Kind.PROGRAMME: ("processes", ".json"),
    }[kind]
    return f"{folder}/{stem}{suffix}"


def kind_of(path: str) -> Kind:
    """The kind of a file, by its suffix."""
    suffixes = {"bpmn": Kind.PROCESS, "dmn": Kind.DECISION, "form": Kind.FORM, "json": Kind.PROGRAMME}
    return suffixes[path.rpartition(".")[2]]


def describe(path: str, content: bytes) -> Described:
    """A file in a list; what cannot be read is named by its stem."""
    kind = kind_of(path)
    stem = path.rpartition("/")[2].rpartition(".")[0]
    plain = Described(path, kind, stem, stem, stem)
    if kind in (Kind.FORM, Kind.PROGRAMME):
        return _described_json(plain, content)
    root = markup.glance(content)
    if root is None:
        return plain
    return _described_process(plain, root) if kind is Kind.PROCESS else _described_decision(plain, root)


def describe_all(files: Mapping[str, bytes]) -> list[Described]:
    """Every file, by name."""
    return sorted((describe(path, content) for path, content in files.items()), key=lambda f: f.name.lower())


def json_object(content: bytes) -> dict[str, Any]:
    """The object that a JSON file holds, {} when it cannot be read."""
    try:
        found = json.loads(content)
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def components(form: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """The components of a form and of its groups, in order; rows are given whole."""
    for component in form.get("components") or []:
        if not isinstance(component, dict):
            continue
        yield component
        if component.get("type") == "group":
            yield from components(component)


def _described_json(plain: Described, content: bytes) -> Described:
    found = json_object(content)
    if plain.kind is Kind.PROGRAMME:
        return Described(plain.path, plain.kind, plain.stem, plain.key, str(found.get("name") or plain.stem))
    properties = found.get("properties")
    title = properties.get("title") if isinstance(properties, dict) else None
    return Described(
        plain.path, plain.kind, plain.stem, str(found.get("id") or plain.stem), str(title or plain.stem)
    )


def _described_process(plain: Described, root: etree._Element) -> Described:
    processes = root.findall(f"{BPMN}process")
    executable = [process for process in processes if process.get("isExecutable") == "true"] or processes
    if not executable:
        return plain
    process = executable[0]
    used = {node.get(f"{CAMUNDA}formKey") for node in root.iter()}
    used |= {node.get("calledElement") for node in root.iter(f"{BPMN}callActivity")}
    return Described(
        plain.path,
        plain.kind,
        plain.stem,
        process.get("id") or plain.stem,
        process.get("name") or plain.stem,
        process.get(f"{ASAE}kind") or "called",
        frozenset(key for key in used if key),
    )


def _described_decision(plain: Described, root: etree._Element) -> Described:
    name = root.get("name") or plain.stem
    return Described(plain.path, plain.kind, plain.stem, root.get("id") or plain.stem, name)
