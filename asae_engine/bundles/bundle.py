"""A bundle: diagrams, decisions, forms and the programme, parsed once in each process by its digest."""

from __future__ import annotations

import hashlib
import threading
from collections import OrderedDict
from dataclasses import dataclass
from functools import lru_cache
from types import MappingProxyType
from typing import TYPE_CHECKING, TypeVar

from asae_engine import bpmn, decisions, forms
from asae_engine.bundles import programme as programmes
from asae_engine.bundles.files import PROGRAMME, all_paths

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from asae_engine.bpmn import ProcessDefinition
    from asae_engine.bundles.programme import Programme
    from asae_engine.decisions import Decision
    from asae_engine.findings import Finding
    from asae_engine.forms import Form

#: How many bundles a process keeps: the newest one, and those that old cases still run on.
_MOST_KEPT = 24

T = TypeVar("T")
Parsed = tuple[T, tuple["Finding", ...]]


@dataclass(frozen=True, slots=True, eq=False)
class Bundle:
    """The files of one deployment and what they say; shared by every thread, never written into."""

    #: Content by path.
    files: Mapping[str, bytes]
    digest: str
    programme: Programme
    #: By key, the stem of the file.
    forms: Mapping[str, Form]
    #: By id.
    decisions: Mapping[str, Decision]
    #: By key.
    processes: Mapping[str, ProcessDefinition]


def digest_of(files: Mapping[str, bytes]) -> str:
    """SHA-256 over the paths and contents, in the order of the paths."""
    sha = hashlib.sha256()
    for path in sorted(files):
        content = files[path]
        sha.update(f"{len(path.encode())}:{path}:{len(content)}:".encode())
        sha.update(content)
    return sha.hexdigest()


def build(files: Mapping[str, bytes]) -> tuple[Bundle, list[Finding]]:
    """Parse every file, with the findings of each by itself. Of two things with one key the first stays."""
    findings: list[Finding] = []
    programme = programmes.Programme()
    found_forms: dict[str, Form] = {}
    found_decisions: dict[str, Decision] = {}
    found_processes: dict[str, ProcessDefinition] = {}
    for path in all_paths(files):
        content = files[path]
        if path == PROGRAMME:
            read, said = parse_programme(content, path)
            programme = read or programme
        elif path.endswith(".form"):
            form, said = parse_form(content, path)
            if form is not None:
                found_forms.setdefault(form.key, form)
        elif path.endswith(".dmn"):
            made, said = parse_decisions(content, path)
            for decision in made:
                found_decisions.setdefault(decision.id, decision)
        else:
            drawn, said = parse_processes(content, path)
            for definition in drawn:
                found_processes.setdefault(definition.key, definition)
        findings.extend(said)
    bundle = Bundle(
        MappingProxyType(dict(files)),
        digest_of(files),
        programme,
        MappingProxyType(found_forms),
        MappingProxyType(found_decisions),
        MappingProxyType(found_processes),
    )
    return bundle, findings


_lock = threading.Lock()
_kept: OrderedDict[str, Bundle] = OrderedDict()


def get(digest: str, loader: Callable[[], Mapping[str, bytes]]) -> Bundle:
    """The bundle of a deployment; `loader` gives its files when this process has not parsed it yet."""
    with _lock:
        known = _kept.get(digest)
        if known is not None:
            _kept.move_to_end(digest)
            return known
    bundle, _ = build(loader())
    with _lock:
        _kept[digest] = bundle
        while len(_kept) > _MOST_KEPT:
            _kept.popitem(last=False)
    return bundle


# A bundle is checked each time that its editor saves one of its files: the others are not parsed again.


@lru_cache(maxsize=8)
def parse_programme(content: bytes, path: str) -> Parsed[Programme | None]:
    read, findings = programmes.parse(content, path)
    return read, tuple(findings)


@lru_cache(maxsize=256)
def parse_form(content: bytes, path: str) -> Parsed[Form | None]:
    form, findings = forms.parse(content, path)
    return form, tuple(findings)


@lru_cache(maxsize=64)
def parse_decisions(content: bytes, path: str) -> Parsed[tuple[Decision, ...]]:
    found, findings = decisions.parse(content, path)
    return tuple(found), tuple(findings)


@lru_cache(maxsize=128)
def parse_processes(content: bytes, path: str) -> Parsed[tuple[ProcessDefinition, ...]]:
    found, findings = bpmn.parse(content, path)
    return tuple(found), tuple(findings)
