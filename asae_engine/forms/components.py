"""Reads one component of a form-js file into a `Field`. `parsing` walks the tree and calls this."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from asae_engine.forms.definition import Field, Kind, Limits, Option, Rule, option_text
from asae_engine.forms.reading import Reading, flag, label_of, plain, properties, split, text
from asae_engine.forms.source import Json, Located

if TYPE_CHECKING:
    from collections.abc import Sequence

INPUTS: dict[str, Kind] = {
    "textfield": Kind.TEXT,
    "textarea": Kind.LONG_TEXT,
    "number": Kind.NUMBER,
    "datetime": Kind.DATE,
    "expression": Kind.COMPUTED,
    "filepicker": Kind.FILES,
    "checkbox": Kind.BOOLEAN,
    "checklist": Kind.CHOICES,
    "taglist": Kind.CHOICES,
    "radio": Kind.CHOICE,
    "select": Kind.CHOICE,
}
SHOWN = {"text", "image", "table", "documentPreview", "spacer", "separator", "button", "group", "dynamiclist"}
REFUSED = {
    "iframe": "Retirez-le : une page extérieure ne peut pas être montrée dans un formulaire.",
    "html": "Remplacez-le par un composant « Texte » : le HTML n’est pas admis dans un formulaire.",
}
_SUBTYPES = {"date": Kind.DATE, "time": Kind.TIME, "datetime": Kind.DATETIME}
_CHOICES = (Kind.CHOICE, Kind.CHOICES)
KEY = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,62}", re.ASCII)
_NUMBERED = re.compile(r"rule(\d*)")
#: Words that FEEL keeps for itself: a field of that name could not be read by a condition.
RESERVED = frozenset(
    [
        "and",
        "or",
        "not",
        "if",
        "then",
        "else",
        "for",
        "in",
        "return",
        "some",
        "every",
        "satisfies",
        "true",
        "false",
        "null",
        "between",
        "instance",
        "of",
        "function",
    ]
)


def read_field(reading: Reading, part: Located, path: tuple[str, ...], section: str | None) -> Field:
    """The field of an input component."""
    widget = str(part.get("type"))
    kind = INPUTS[widget]
    custom = properties(part)
    suffix, prefix = _adorners(part)
    unit = text(custom.get("unit")) or suffix
    limits = _limits(reading, part, kind)
    if widget == "datetime":
        kind = _SUBTYPES.get(str(part.get("subtype", "date")), Kind.DATE)
    elif widget == "number":
        kind = Kind.MONEY if unit == "€" else Kind.INTEGER if limits.digits == 0 else Kind.NUMBER
    label = plain(reading, part, "label", label_of(part))
    if label is None and not flag(custom.get("hidden")):
        reading.error(
            "no_label",
            part,
            "Le champ n’a pas de libellé : personne ne saurait ce qu’il demande.",
            "Donnez-lui un libellé.",
        )
    expression = reading.expression(part, "expression", part.get("expression"))
    if kind is Kind.COMPUTED and expression is None:
        reading.error(
            "no_expression", part, "Le champ calculé n’a pas d’expression.", "Écrivez l’expression FEEL."
        )
    validate = part.get("validate")
    rules = read_rules(reading, part)
    readonly = part.get("readonly")
    if isinstance(readonly, str):
        reading.error(
            "computed_readonly",
            part,
            "« readonly » ne peut pas être une expression.",
            "Utilisez une condition d’affichage, ou un champ toujours en lecture seule.",
        )
    return Field(
        key=path[-1],
        path=path,
        type=kind,
        widget=widget,
        label=label or path[-1],
        line=part.line,
        id=text(part.get("id")) or path[-1],
        help=plain(reading, part, "description", part.get("description")) or text(custom.get("help")),
        example=text(custom.get("example")),
        mark=text(custom.get("mark")),
        mark_if=_mark_if(reading, part),
        readers=frozenset(split(custom.get("readers"))),
        required=isinstance(validate, Located) and flag(validate.get("required")),
        required_if=reading.expression(part, "requiredIf", custom.get("requiredIf")),
        options=_options(reading, part, kind),
        options_from=_options_from(reading, part),
        people=_people(reading, part),
        cases=flag(custom.get("cases")),
        prefill=_prefill(reading, part),
        default=part.get("defaultValue"),
        show_previous=flag(custom.get("showPrevious")),
        rules=rules,
        confirm=_confirm(reading, part),
        limits=limits,
        expression=expression,
        unit=unit,
        prefix=prefix,
        hidden=flag(custom.get("hidden")),
        readonly=readonly is True,
        disabled=part.get("disabled") is True,
        section=section,
    )


def read_list(
    reading: Reading, part: Located, path: tuple[str, ...], children: Sequence[Field], section: str | None
) -> Field:
    """The field of a dynamic list, or of a group that has a path."""
    custom = properties(part)
    rows = part.get("type") == "dynamiclist"
    first = part.get("defaultRepetitions", 1)
    label = plain(reading, part, "label", label_of(part))
    if label is None and rows:
        reading.error(
            "no_label",
            part,
            "La liste n’a pas de libellé : personne ne saurait ce qu’elle demande.",
            "Donnez-lui un libellé.",
        )
    return Field(
        key=path[-1],
        path=path,
        type=Kind.ROWS if rows else Kind.GROUP,
        widget=str(part.get("type")),
        label=label or path[-1],
        line=part.line,
        id=text(part.get("id")) or path[-1],
        help=plain(reading, part, "description", part.get("description")) or text(custom.get("help")),
        mark=text(custom.get("mark")),
        mark_if=_mark_if(reading, part),
        readers=frozenset(split(custom.get("readers"))),
        required=flag(custom.get("required")),
        required_if=reading.expression(part, "requiredIf", custom.get("requiredIf")),
        prefill=_prefill(reading, part),
        show_previous=flag(custom.get("showPrevious")),
        rules=read_rules(reading, part),
        confirm=_confirm(reading, part),
        children=tuple(children),
        first_rows=min(max(first, 0), 20) if isinstance(first, int) else 1,
        fixed_rows=part.get("allowAddRemove") is False,
        section=section,
    )


def read_rules(reading: Reading, part: Located) -> tuple[Rule, ...]:
    """`rule`/`ruleMessage`, `rule2`/`ruleMessage2`… of a component or of the form."""
    custom = properties(part)
    found: list[Rule] = []
    for name in custom:
        match = _NUMBERED.fullmatch(name)
        if match is None:
            continue
        expression = reading.expression(part, name, custom[name])
        message = text(custom.get(f"ruleMessage{match[1]}"))
        if expression and not message:
            reading.error(
                "no_rule_message",
                part,
                f"La règle « {name} » n’a pas de phrase à montrer.",
                f"Écrivez-la dans la propriété « ruleMessage{match[1]} ».",
            )
        elif expression and message:
            found.append(Rule(expression, message))
    return tuple(found)


def _confirm(reading: Reading, part: Located) -> Rule | None:
    expression = reading.expression(part, "confirmIf", properties(part).get("confirmIf"))
    message = (
        text(properties(part).get("confirmMessage")) or "Cette réponse est inhabituelle. La confirmez-vous ?"
    )
    return Rule(expression, message) if expression else None


def _mark_if(reading: Reading, part: Located) -> tuple[tuple[str, str], ...]:
    found: list[tuple[str, str]] = []
    value = text(properties(part).get("markIf"))
    for piece in value.split(";") if value else []:
        mark, colon, expression = piece.partition(":")
        if not colon or not mark.strip() or not expression.strip():
            reading.error(
                "mark_if",
                part,
                "« markIf » ne se lit pas.",
                "Écrivez une marque, deux-points, une condition : A:=adresse_protegee = true.",
            )
            continue
        reading.expression(part, "markIf", expression.strip())
        found.append((mark.strip(), expression.strip()))
    return tuple(found)


def _prefill(reading: Reading, part: Located) -> str | None:
    value = text(properties(part).get("prefill"))
    if value is None or value == "dossier":
        return value
    if not value.startswith("="):
        reading.error(
            "prefill",
            part,
            "« prefill » ne se lit pas.",
            "Écrivez dossier, ou une expression FEEL qui commence par =.",
        )
        return None
    return reading.expression(part, "prefill", value)


def _people(reading: Reading, part: Located) -> str | None:
    value = text(properties(part).get("people"))
    if value and value.startswith("="):
        reading.expression(part, "people", value)
    return value


def _options(reading: Reading, part: Located, kind: Kind) -> tuple[Option, ...]:
    if kind not in _CHOICES:
        return ()
    found: list[Option] = []
    values = part.get("values")
    seen: set[str] = set()
    for item in values if isinstance(values, list) else []:
        if not isinstance(item, Located):
            reading.error(
                "option", part, "Une réponse proposée ne se lit pas.", "Donnez un libellé et une valeur."
            )
            continue
        value, label = item.get("value"), text(item.get("label"))
        if value is None or value == "" or isinstance(value, list | dict) or label is None:
            reading.error(
                "option",
                part,
                "Une réponse proposée n’a pas de valeur ou pas de libellé.",
                "Donnez-lui les deux.",
            )
            continue
        written = option_text(value)
        if written in seen:
            reading.error(
                "same_option",
                part,
                f"La valeur « {written} » est proposée deux fois.",
                "Donnez à chaque réponse une valeur différente.",
            )
            continue
        seen.add(written)
        found.append(Option(value, label))
    if len({option.label for option in found}) < len(found):
        reading.error(
            "same_label",
            part,
            "Deux réponses proposées ont le même libellé.",
            "Donnez-leur des libellés différents.",
        )
    if (
        not found
        and not any(part.get(name) for name in ("valuesKey", "valuesExpression"))
        and not _people_of(part)
    ):
        reading.error(
            "no_options",
            part,
            "Le champ ne propose aucune réponse.",
            "Ajoutez des réponses, ou la propriété « people ».",
        )
    return tuple(found)


def _people_of(part: Located) -> str | None:
    return text(properties(part).get("people"))


def _options_from(reading: Reading, part: Located) -> str | None:
    key = text(part.get("valuesKey"))
    if key:
        return reading.expression(part, "valuesKey", key)
    return reading.expression(part, "valuesExpression", part.get("valuesExpression"))


def _adorners(part: Located) -> tuple[str | None, str | None]:
    appearance = part.get("appearance")
    if not isinstance(appearance, Located):
        return None, None
    return text(appearance.get("suffixAdorner")), text(appearance.get("prefixAdorner"))


def _bound(reading: Reading, part: Located, name: str, value: Json) -> float | str | None:
    if isinstance(value, bool) or value is None or value == "":
        return None
    if isinstance(value, int | float):
        return value
    if isinstance(value, str) and value.lstrip().startswith("="):
        return reading.expression(part, name, value)
    try:
        return float(value) if isinstance(value, str) else None
    except ValueError:
        reading.error(
            "bound", part, f"« {name} » n’est pas un nombre.", "Écrivez un nombre, ou = et une expression."
        )
        return None


def _count(value: Json) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) and value >= 0 else None


def _limits(reading: Reading, part: Located, kind: Kind) -> Limits:
    found = part.get("validate")
    validate = found if isinstance(found, Located) else Located()
    pattern = text(validate.get("pattern"))
    increment = part.get("increment")
    return Limits(
        minimum=_bound(reading, part, "min", validate.get("min")),
        maximum=_bound(reading, part, "max", validate.get("max")),
        min_length=_count(validate.get("minLength")),
        max_length=_count(validate.get("maxLength")),
        pattern=pattern,
        pattern_message=text(validate.get("patternErrorMessage")),
        format=text(validate.get("validationType")) if kind is Kind.TEXT else None,
        digits=_count(part.get("decimalDigits")),
        increment=str(increment) if isinstance(increment, int | float | str) and increment else None,
        accept=tuple(split(part.get("accept"))),
        multiple=flag(part.get("multiple")),
        no_past=part.get("disallowPassedDates") is True,
        interval=_count(part.get("timeInterval")),
    )
