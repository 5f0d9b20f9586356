"""Reads a form-js 1.23 file (schema version 19) whole and says everything that is wrong with it at once."""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from asae_engine import feel
from asae_engine.findings import Finding, refused
from asae_engine.forms import source
from asae_engine.forms.components import (
    INPUTS,
    KEY,
    REFUSED,
    RESERVED,
    SHOWN,
    read_field,
    read_list,
    read_rules,
)
from asae_engine.forms.definition import Block, Field, Form, Kind, words
from asae_engine.forms.reading import Reading, name_of, plain, properties, text
from asae_engine.forms.source import Json, Located

if TYPE_CHECKING:
    from collections.abc import Iterable

SCHEMA_VERSION = 19
_MOST_FIELDS = 400


def parse(content: bytes, file: str) -> tuple[Form | None, list[Finding]]:
    """Read a form file. No form comes back when a finding is an error."""
    try:
        read = source.read(content)
    except source.SourceError as error:
        advice = "Ouvrez le fichier dans l’éditeur de formulaires et enregistrez-le de nouveau."
        return None, [Finding("form.json", "error", file, error.line, None, None, str(error), advice)]
    root = read.value
    if not isinstance(root, Located):
        advice = "Un formulaire est un objet JSON avec « type », « id » et « components »."
        return None, [
            Finding("form.json", "error", file, 1, None, None, "Le fichier n’est pas un formulaire.", advice)
        ]
    tree = _Tree(file, root)
    for name, line in read.repeated:
        tree.reading.findings.append(
            Finding(
                "form.repeated_name",
                "error",
                file,
                line,
                None,
                None,
                f"Le nom « {name} » est écrit deux fois dans le même objet.",
                "Gardez-en un seul.",
            )
        )
    form = tree.read()
    findings = tree.reading.findings
    return (None if refused(findings) else form), findings


class _Tree:
    def __init__(self, file: str, root: Located) -> None:
        self.reading = Reading(file)
        self.root = root
        self.file = file
        self.ids: set[str] = set()
        self.lines: dict[tuple[str, ...], int] = {}

    def read(self) -> Form:
        self._head()
        blocks, fields = self._components(self.root.get("components"), (), None)
        if not fields:
            self.reading.error(
                "empty", self.root, "Le formulaire ne pose aucune question.", "Ajoutez un champ."
            )
        if len(self.lines) > _MOST_FIELDS:
            self.reading.error(
                "too_long",
                self.root,
                f"Le formulaire a plus de {_MOST_FIELDS} champs.",
                "Faites-en deux étapes.",
            )
        rules = read_rules(self.reading, self.root)
        custom = properties(self.root)
        key = PurePosixPath(self.file).stem
        read = self._check_expressions()
        own = {field.key for field in fields}
        return Form(
            key=key,
            title=text(custom.get("title")) or key,
            intro=text(custom.get("intro")),
            fields=tuple(fields),
            layout=tuple(blocks),
            rules=rules,
            expressions=tuple(self.reading.expressions),
            computed=self._levels([field for field in fields if field.type is Kind.COMPUTED]),
            reads=frozenset(read - own),
            words=frozenset().union(*(words(item.text) for item in self.reading.expressions)),
            properties={name: value for name, value in custom.items() if isinstance(value, str)},
        )

    def _head(self) -> None:
        version = self.root.get("schemaVersion", SCHEMA_VERSION)
        if not isinstance(version, int) or isinstance(version, bool) or version > SCHEMA_VERSION:
            self.reading.error(
                "version",
                self.root,
                f"La version de schéma « {version} » n’est pas connue.",
                f"Enregistrez le formulaire avec form-js 1.23 (schemaVersion {SCHEMA_VERSION}).",
            )
        if self.root.get("type") != "default":
            self.reading.error(
                "type",
                self.root,
                "Le fichier n’est pas un formulaire form-js.",
                "« type » doit valoir « default ».",
            )
        stem = PurePosixPath(self.file).stem
        if text(self.root.get("id")) != stem:
            self.reading.error(
                "id",
                self.root,
                f"L’identifiant du formulaire n’est pas le nom du fichier (« {stem} »).",
                f"Écrivez « id »: « {stem} », ou renommez le fichier.",
            )

    def _components(
        self, found: Json, path: tuple[str, ...], section: str | None
    ) -> tuple[list[Block], list[Field]]:
        blocks: list[Block] = []
        fields: list[Field] = []
        if not isinstance(found, list):
            if found is not None:
                self.reading.error(
                    "components", self.root, "« components » n’est pas une liste.", "Corrigez le fichier."
                )
            return blocks, fields
        for part in found:
            if not isinstance(part, Located):
                self.reading.error("component", self.root, "Un composant ne se lit pas.", "Retirez-le.")
                continue
            self._identifier(part)
            block, inner = self._component(part, path, section)
            fields.extend(inner)
            if block is not None:
                blocks.append(block)
        return blocks, fields

    def _identifier(self, part: Located) -> None:
        identifier = text(part.get("id"))
        if identifier is None:
            return
        if identifier in self.ids:
            self.reading.error(
                "same_id",
                part,
                f"L’identifiant « {identifier} » sert à deux composants.",
                "Donnez-lui un autre identifiant.",
            )
        self.ids.add(identifier)

    def _component(
        self, part: Located, path: tuple[str, ...], section: str | None
    ) -> tuple[Block | None, list[Field]]:
        kind = text(part.get("type")) or ""
        if kind in REFUSED:
            self.reading.error(
                "refused_type", part, f"Le composant « {kind} » n’est pas admis.", REFUSED[kind]
            )
            return None, []
        if kind in INPUTS:
            if not self._key(part, path, part.get("key")):
                return None, []
            field = read_field(self.reading, part, (*path, str(part["key"])), section)
            return self._block(part, kind, field=field), [field]
        if kind in ("group", "dynamiclist"):
            return self._container(part, kind, path, section)
        if kind in SHOWN:
            return self._block(part, kind), []
        self.reading.error(
            "unknown_type",
            part,
            f"Le type de composant « {kind} » n’est pas connu.",
            "Remplacez-le par un composant de la palette de l’éditeur de formulaires.",
        )
        return None, []

    def _container(
        self, part: Located, kind: str, path: tuple[str, ...], section: str | None
    ) -> tuple[Block | None, list[Field]]:
        own = part.get("path")
        label = plain(self.reading, part, "label", part.get("label"))
        inside = section or label
        if not own and kind == "group":
            blocks, fields = self._components(part.get("components"), path, inside)
            return self._block(part, kind, blocks=blocks), fields
        if not self._key(part, path, own):
            return None, []
        here = (*path, str(own))
        blocks, fields = self._components(part.get("components"), here, inside)
        if kind == "dynamiclist" and any(field.type in (Kind.ROWS, Kind.FILES) for field in fields):
            self.reading.error(
                "nested_list",
                part,
                "Une liste ne peut pas en contenir une autre, ni des pièces jointes.",
                "Sortez-les de la liste.",
            )
        field = read_list(self.reading, part, here, fields, section)
        return self._block(part, kind, field=field, blocks=blocks), [field]

    def _key(self, part: Located, path: tuple[str, ...], key: Json) -> bool:
        advice = "Choisissez une clé de lettres sans accent, chiffres et tirets bas, par exemple date_visite."
        if not isinstance(key, str) or not KEY.fullmatch(key) or key.lower() in RESERVED:
            self.reading.error("key", part, f"La clé « {key or ''} » ne convient pas.", advice)
            return False
        full = (*path, key)
        if full in self.lines:
            self.reading.error(
                "same_key",
                part,
                f"La clé « {'.'.join(full)} » sert deux fois (l’autre est à la ligne {self.lines[full]}).",
                "Donnez-lui une autre clé.",
            )
            return False
        self.lines[full] = part.line
        return True

    def _block(
        self, part: Located, kind: str, *, field: Field | None = None, blocks: Iterable[Block] = ()
    ) -> Block:
        conditional = part.get("conditional")
        hide = conditional.get("hide") if isinstance(conditional, Located) else None
        layout = part.get("layout")
        columns = layout.get("columns") if isinstance(layout, Located) else None
        shown = part.get("text") or part.get("source") or part.get("dataSource")
        if isinstance(shown, str) and shown.lstrip().startswith("=") and field is None:
            self.reading.expression(part, "text", shown)
        elif kind == "text":
            shown = plain(self.reading, part, "text", shown)
        return Block(
            type=kind,
            id=text(part.get("id")) or name_of(part) or f"ligne-{part.line}",
            line=part.line,
            label=plain(self.reading, part, "label", part.get("label")) if field is None else field.label,
            text=shown if isinstance(shown, str) else None,
            hide=self.reading.expression(part, "hide", hide if hide is not False else None),
            field=field,
            blocks=tuple(blocks),
            columns=columns if isinstance(columns, int) and 1 <= columns <= 16 else None,
            row=text(layout.get("row")) if isinstance(layout, Located) else None,
            table=_columns(part.get("columns")),
            outline=part.get("showOutline") is True,
        )

    def _check_expressions(self) -> set[str]:
        """Check every expression; returns the names they read."""
        read: set[str] = set()
        for item in self.reading.expressions:
            try:
                problems = feel.check(item.text)
                read |= feel.names(item.text)
            except feel.FeelError as error:
                problems = [feel.Problem(error.message_fr, 1, 1)]
            for problem in problems:
                self.reading.findings.append(
                    Finding(
                        "form.feel",
                        "error",
                        self.file,
                        item.line,
                        item.element,
                        None,
                        f"L’expression « {item.attribute} » ne se lit pas : {problem.message_fr}",
                        f"Corrigez l’expression FEEL (caractère {problem.column}) : {item.text[:120]}",
                    )
                )
        return read

    def _levels(self, computed: list[Field]) -> tuple[tuple[Field, ...], ...]:
        """Computed fields, each after those it reads."""
        waiting = {field.key: field for field in computed}
        reads = {key: _read_by(field) & set(waiting) for key, field in waiting.items()}
        levels: list[tuple[Field, ...]] = []
        while waiting:
            ready = [key for key in waiting if not reads[key] & set(waiting)]
            if not ready:
                field = next(iter(waiting.values()))
                self.reading.findings.append(
                    Finding(
                        "form.circle",
                        "error",
                        self.file,
                        field.line,
                        field.key,
                        field.label,
                        "Des champs calculés se lisent l’un l’autre en rond.",
                        f"Coupez le cercle entre : {', '.join(sorted(waiting))}.",
                    )
                )
                break
            levels.append(tuple(waiting.pop(key) for key in ready))
        return tuple(levels)


def _read_by(field: Field) -> set[str]:
    try:
        return feel.names(field.expression or "null")
    except feel.FeelError:
        return set()


def _columns(found: Json) -> tuple[tuple[str, str], ...]:
    items = found if isinstance(found, list) else []
    return tuple(
        (str(item.get("key")), str(item.get("label") or item.get("key")))
        for item in items
        if isinstance(item, Located) and text(item.get("key"))
    )
