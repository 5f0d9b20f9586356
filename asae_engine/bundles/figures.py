"""The figures that `programme.json` asks for: what each counts, over which submissions, at which date.

`reading.figures` computes them; here each is read into a frozen value, or refused.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from asae_engine.findings import Finding

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from asae_engine.bundles.shape import Shape

KINDS = ("count", "stock", "delay", "amount", "pair", "per_case", "sum", "cost", "returns")
UNITS = ("case", "household", "measure", "submission", "visit", "day", "euro")


@dataclass(frozen=True, slots=True)
class Happening:
    """Submissions of a form that answer as `match` says, dated by when they came or by a date answer."""

    #: Empty: the opening of the case.
    form: str = ""
    #: Field to value or list of values.
    match: Mapping[str, object] = field(default_factory=dict)
    #: Date field that dates it instead of the day it was sent.
    on: str | None = None
    #: Of several in a case: `first` or `last`.
    which: str = "first"
    #: The date must fall in the period (a stock's start).
    within: bool = False


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure of the programme's sheet, with its written definition."""

    key: str
    label: Mapping[str, str]
    definition: Mapping[str, str]
    kind: str
    unit: str
    group: str = ""
    #: What is counted, for `count`, `amount`, `pair` and `per_case`.
    of: Happening = field(default_factory=Happening)
    #: FEEL over the answers and the door: narrows `of` further.
    where: str | None = None
    #: `door`, `year`, a field of the form, or `form.field` (the latest in the case).
    split: str | None = None
    #: Key of `settings` that holds the target by year or period.
    target: str | None = None
    #: The case must also have such a submission before the period's end; must have none.
    also: Happening | None = None
    also_absent: Happening | None = None
    #: For `stock`, `cost` and `delay` (where they are `from` and `to`).
    start: Happening | None = None
    end: Happening | None = None
    #: For `stock`: the latest such submission of the case matches.
    having: Happening | None = None
    #: Numeric field, for `amount`.
    measure: str | None = None
    #: (form, field) before and after, for `pair`.
    before: tuple[str, str] | None = None
    after: tuple[str, str] | None = None
    #: Form counted by case, for `per_case`.
    counted: str | None = None
    #: Keys of other figures, for `sum`.
    parts: tuple[str, ...] = ()
    #: Key of `settings`, for `cost`.
    setting: str | None = None

    def reads(self) -> Iterator[tuple[str, str]]:
        """Every (form, field) that the figure reads; the field is empty when only the form counts."""
        for happening in (self.of, self.also, self.also_absent, self.start, self.end, self.having):
            if happening is None or not happening.form:
                continue
            yield happening.form, ""
            yield from ((happening.form, name) for name in happening.match)
            if happening.on:
                yield happening.form, happening.on
        if self.measure:
            yield self.of.form, self.measure
        yield from (pair for pair in (self.before, self.after) if pair is not None)
        if self.counted:
            yield self.counted, ""
        if self.split and self.split not in ("door", "year"):
            form, dot, name = self.split.partition(".")
            yield (form, name) if dot else (self.of.form, self.split)


def check_figures(root: Shape) -> tuple[Figure, ...]:
    """The figures of the file; what is wrong with one is noted on its object."""
    found: dict[str, Figure] = {}
    for item in root.objects("figures"):
        figure = _figure(item)
        if figure.key in found:
            item.error(
                "duplicate_key",
                figure.key,
                f"Le chiffre « {figure.key} » est donné deux fois.",
                "Gardez-en un.",
            )
        found[figure.key] = figure
    settings = root.data.get("settings")
    for figure in found.values():
        for part in figure.parts:
            if part not in found or found[part].kind not in ("count", "stock"):
                root.error(
                    "unknown_figure",
                    figure.key,
                    f"Le chiffre « {figure.key} » additionne « {part} », qui n’est pas un chiffre compté.",
                    "Écrivez la clé d’un chiffre de type count ou stock.",
                )
        for setting in filter(None, (figure.setting, figure.target)):
            if not isinstance(settings, dict) or not isinstance(settings.get(setting), dict):
                root.error(
                    "unknown_setting",
                    figure.key,
                    f"Le chiffre « {figure.key} » lit le réglage « {setting} », qui n’existe pas.",
                    "Ajoutez-le aux réglages (« settings »), année par année.",
                )
    return tuple(found.values())


def _figure(item: Shape) -> Figure:
    kind = item.choice("kind", KINDS)
    ends = {"start": "start", "end": "end"} if kind in ("stock", "cost") else {}
    if kind == "delay":
        ends = {"start": "from", "end": "to"}
    needs_form = kind in ("count", "amount", "pair", "per_case")
    return Figure(
        key=item.text("key"),
        label=item.words("label"),
        definition=item.words("definition"),
        kind=kind,
        unit=item.choice("unit", UNITS),
        group=item.text("group", required=False),
        of=_happening(item) if needs_form else Happening(),
        where=item.text("where", required=False) or None,
        split=item.text("split", required=False) or None,
        target=item.text("target", required=False) or None,
        also=_happening(item.inner("also")) if item.has("also") else None,
        also_absent=_happening(item.inner("also_absent")) if item.has("also_absent") else None,
        start=_happening(item.inner(ends["start"])) if ends else None,
        end=_happening(item.inner(ends["end"])) if ends else None,
        having=_happening(item.inner("having")) if item.has("having") else None,
        measure=item.text("measure", required=kind == "amount") or None,
        before=_field(item.inner("before")) if kind == "pair" else None,
        after=_field(item.inner("after")) if kind == "pair" else None,
        counted=item.text("of") or None if kind == "per_case" else None,
        parts=tuple(item.texts("of")) if kind == "sum" else (),
        setting=item.text("setting") or None if kind == "cost" else None,
    )


def _happening(item: Shape) -> Happening:
    opening = item.data.get("case") == "opened"
    return Happening(
        form="" if opening else item.text("form"),
        match=item.mapping("match", required=False),
        on=item.text("on", required=False) or None,
        which=item.choice("which", ("last", "first")) if item.has("which") else "first",
        within=item.data.get("within") is True,
    )


def _field(item: Shape) -> tuple[str, str]:
    return item.text("form"), item.text("field")


def unknown_fields(
    figures: tuple[Figure, ...], file: str, forms: Mapping[str, frozenset[str]]
) -> Iterator[Finding]:
    """Findings on figures that read a form or a field that the bundle has not."""
    for figure in figures:
        for form, name in dict.fromkeys(figure.reads()):
            if form in forms and (not name or name in forms[form]):
                continue
            what = (
                f"le champ « {name} » du formulaire « {form} »"
                if form in forms
                else f"le formulaire « {form} »"
            )
            yield Finding(
                "programme.unknown_field",
                "error",
                file,
                None,
                figure.key,
                figure.label.get("fr"),
                f"Le chiffre « {figure.label.get('fr', figure.key)} » lit {what}, qui n’existe pas.",
                "Corrigez la clé dans le fichier du programme.",
            )
