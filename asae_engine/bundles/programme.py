"""`processes/programme.json`: the roles, marks, organisations and figures of the programme, read and checked.

What access needs of it is read by `access.rules`; here is said what is wrong with it before it is deployed.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING

from asae_engine.bundles.figures import Figure, check_figures
from asae_engine.bundles.shape import Shape
from asae_engine.findings import Finding, refused

if TYPE_CHECKING:
    from collections.abc import Mapping

KEY = re.compile(r"[a-z][a-z0-9_]{0,39}", re.ASCII)

PERMISSIONS = frozenset(
    ["open_case", "assign", "see_board", "correct", "cancel", "design", "administer", "read_log"]
)
_CASES = ("all", "organisation", "member")
_WHEN = ("always", "candidate", "member", "person")
_AS = ("full", "presence")


@dataclass(frozen=True, slots=True)
class Role:
    """What people of this role are called and may do."""

    key: str
    label: str
    labels: Mapping[str, str]
    cases: str
    permissions: frozenset[str]


@dataclass(frozen=True, slots=True)
class Mark:
    """A sensitivity of fields. The readers are kept as written: `access.rules` reads them."""

    key: str
    label: str
    masked: str


@dataclass(frozen=True, slots=True)
class Programme:
    """The whole file. Labels are French; `title`, `Role.labels` and the figures also hold English."""

    name: str = ""
    title: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    roles: Mapping[str, Role] = field(default_factory=lambda: MappingProxyType({}))
    marks: Mapping[str, Mark] = field(default_factory=lambda: MappingProxyType({}))
    #: Label by key.
    organisations: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    #: Keys of the answers shown beside every task.
    essentials: tuple[str, ...] = ()
    #: Which field holds what of the household's identity.
    household: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    figures: tuple[Figure, ...] = ()
    settings: Mapping[str, object] = field(default_factory=lambda: MappingProxyType({}))


def parse(content: bytes, file: str) -> tuple[Programme | None, list[Finding]]:
    """The programme, or every reason why it is none; nothing in the file is trusted."""
    findings: list[Finding] = []
    try:
        text = content.decode("utf-8-sig")
        data = json.loads(text, parse_constant=_no_constant)
    except UnicodeDecodeError:
        return None, [_unreadable(file, None, "Le fichier n’est pas en UTF-8.", "Enregistrez-le en UTF-8.")]
    except json.JSONDecodeError as error:
        return None, [
            _unreadable(file, error.lineno, "Le fichier n’est pas du JSON bien formé.", "Corrigez la ligne.")
        ]
    except (ValueError, RecursionError):
        return None, [
            _unreadable(file, None, "Le fichier n’est pas du JSON utilisable.", "Corrigez le fichier.")
        ]
    root = Shape(data, file, text, findings)
    organisations = _organisations(root)
    roles = _roles(root)
    marks = _marks(root, roles, organisations)
    programme = Programme(
        name=root.text("name"),
        title=root.words("title"),
        roles=MappingProxyType(roles),
        marks=MappingProxyType(marks),
        organisations=MappingProxyType(organisations),
        essentials=tuple(root.texts("essentials")),
        household=MappingProxyType(root.text_mapping("household")),
        figures=check_figures(root),
        settings=MappingProxyType(root.mapping("settings")),
    )
    return (None if refused(findings) else programme), findings


def _organisations(root: Shape) -> dict[str, str]:
    found: dict[str, str] = {}
    for item in root.objects("organisations"):
        key = item.text("key")
        _check_key(item, key, found)
        found[key] = item.text("label")
    return found


def _roles(root: Shape) -> dict[str, Role]:
    found: dict[str, Role] = {}
    for item in root.objects("roles"):
        key = item.text("key")
        _check_key(item, key, found)
        labels = item.words("label")
        permissions = frozenset(item.texts("permissions"))
        for unknown in sorted(permissions - PERMISSIONS):
            item.error(
                "unknown_permission",
                key,
                f"Le rôle « {key} » a un droit inconnu : « {unknown} ».",
                f"Choisissez parmi : {', '.join(sorted(PERMISSIONS))}.",
            )
        found[key] = Role(key, labels.get("fr", key), labels, item.choice("cases", _CASES), permissions)
    return found


def _marks(root: Shape, roles: Mapping[str, Role], organisations: Mapping[str, str]) -> dict[str, Mark]:
    found: dict[str, Mark] = {}
    for item in root.objects("marks"):
        key = item.text("key", empty=True)
        if key in found:
            item.error("duplicate_key", key, f"La marque « {key} » est donnée deux fois.", "Gardez-en une.")
        for reader in item.objects("readers"):
            _check_reader(reader, reader.text("role"), roles)
            reader.choice("when", _WHEN)
            reader.choice("as", _AS)
        for name in item.texts("never", required=False):
            organisation = name.removeprefix("@")
            if organisation not in (organisations if name.startswith("@") else roles):
                item.error(
                    "unknown_reader",
                    key,
                    f"La marque « {key} » exclut « {name} », qui n’est ni un rôle ni une organisation.",
                    "Écrivez la clé d’un rôle, ou « @ » suivi de la clé d’une organisation.",
                )
        found[key] = Mark(key, item.words("label").get("fr", key), item.text("masked"))
    return found


def _check_reader(item: Shape, role: str, roles: Mapping[str, Role]) -> None:
    if role and role not in roles:
        item.error(
            "unknown_role", role, f"Le rôle « {role} » n’est pas dans la liste des rôles.", "Corrigez la clé."
        )


def _check_key(item: Shape, key: str, known: Mapping[str, object]) -> None:
    if key and KEY.fullmatch(key) is None:
        item.error(
            "bad_key",
            key[:60],
            f"La clé « {key[:60]} » n’est pas permise.",
            "Utilisez des minuscules sans accent, des chiffres et « _ ».",
        )
    if key in known:
        item.error("duplicate_key", key, f"La clé « {key} » est donnée deux fois.", "Gardez-en une.")


def _no_constant(text: str) -> object:
    raise ValueError(text)


def _unreadable(file: str, line: int | None, message: str, advice: str) -> Finding:
    return Finding("programme.unreadable", "error", file, line, None, None, message, advice)
