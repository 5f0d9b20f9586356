"""The Marshmallow schema of a form, made from its file: the shape of the answers, and what each must be.

What depends on other answers (conditions, rules) comes after, in `answers`. Every refusal is a French
sentence that says what to do.
"""

from __future__ import annotations

import re
from decimal import Decimal
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from marshmallow import RAISE, Schema, ValidationError, fields

from asae_engine.forms import values
from asae_engine.forms.definition import Field, Form, Kind
from asae_engine.forms.files import read_files

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

MOST_ROWS = 100
SHORT_TEXT, LONG_TEXT = 500, 20_000
UNKNOWN = "Ce champ n’appartient pas au formulaire : rechargez la page et recommencez."
NOT_AN_OBJECT = "Les réponses ne se lisent pas : rechargez la page et recommencez."
_EMAIL = re.compile(r"[^\s@]{1,64}@[^\s@.]+(?:\.[^\s@.]+)+", re.ASCII)
_PHONE = re.compile(r"\+?\d{6,15}", re.ASCII)
_MESSAGES: dict[str, str | list[Any] | dict[Any, Any]] = {
    "null": "Donnez une réponse.",
    "required": "Donnez une réponse.",
    "invalid": NOT_AN_OBJECT,
}


class AnswerField(fields.Field[Any]):
    """One answer: read by the kind of its field, or refused."""

    def __init__(self, field: Field) -> None:
        super().__init__(required=False, allow_none=True, error_messages=_MESSAGES)
        self.form_field = field

    def _deserialize(
        self, value: object, attr: str | None, data: Mapping[str, Any] | None, **_: Any
    ) -> object:
        try:
            return _READERS[self.form_field.type](self.form_field, value)
        except values.Unreadable as error:
            raise ValidationError(str(error)) from None


class RowsField(fields.List[Any]):
    """The rows of a dynamic list."""

    def __init__(self, field: Field) -> None:
        super().__init__(
            fields.Nested(schema_of(field.children), unknown=RAISE, error_messages={"type": NOT_AN_OBJECT}),
            required=False,
            allow_none=True,
            error_messages=_MESSAGES,
        )

    def _deserialize(
        self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **rest: Any
    ) -> list[Any]:
        if isinstance(value, list) and len(value) > MOST_ROWS:
            raise ValidationError(f"La liste a plus de {MOST_ROWS} lignes : gardez les principales.")
        return super()._deserialize(value, attr, data, **rest)


class _Answers(Schema):
    error_messages = {"unknown": UNKNOWN, "type": NOT_AN_OBJECT}  # noqa: RUF012 - Marshmallow's own declaration

    class Meta:
        unknown = RAISE


def schema(form: Form) -> Schema:
    """The schema of a form. Loading raises Marshmallow's `ValidationError`; the door is `validate`.

    Made once and kept beside the form's cached properties: an instance copies every field, and finding its
    class hashes every field.
    """
    kept: Schema | None = vars(form).get("_schema")
    if kept is None:
        kept = vars(form)["_schema"] = schema_of(form.fields)()
    return kept


@lru_cache(maxsize=512)
def schema_of(children: tuple[Field, ...]) -> type[Schema]:
    """The schema class of some fields, made once."""
    made: dict[str, fields.Field[Any]] = {}
    for child in children:
        if child.type is Kind.ROWS:
            made[child.key] = RowsField(child)
        elif child.type is Kind.GROUP:
            made[child.key] = fields.Nested(
                schema_of(child.children),
                unknown=RAISE,
                allow_none=True,
                error_messages={"type": NOT_AN_OBJECT},
            )
        else:
            made[child.key] = AnswerField(child)
    return _Answers.from_dict(dict(made))


def _text(field: Field, value: object) -> object:
    said = values.read_text(value, lines=field.type is Kind.LONG_TEXT)
    if said is None:
        return None
    limits = field.limits
    most = min(limits.max_length or LONG_TEXT, SHORT_TEXT if field.type is Kind.TEXT else LONG_TEXT)
    if len(said) > most:
        raise values.Unreadable(
            f"Le texte dépasse {most} caractères (il en a {len(said)}) : raccourcissez-le."
        )
    if limits.min_length and len(said) < limits.min_length:
        raise values.Unreadable(f"Le texte est trop court : écrivez au moins {limits.min_length} caractères.")
    if limits.format == "email" and (not _EMAIL.fullmatch(said) or len(said) > 254):
        raise values.Unreadable("Cette adresse ne se lit pas : écrivez-la ainsi, prenom.nom@exemple.fr.")
    if limits.format == "phone" and not _PHONE.fullmatch(re.sub(r"[\s.\-()]", "", said)):
        raise values.Unreadable("Ce numéro ne se lit pas : écrivez-le ainsi, 06 12 34 56 78.")
    if field.cases and len(said) > 40:
        raise values.Unreadable("Ce numéro ne se lit pas : écrivez-le ainsi, 2026-0042.")
    return said


def _number(field: Field, value: object) -> object:
    digits = 2 if field.type is Kind.MONEY else field.limits.digits
    number = values.read_number(value)
    if number is None:
        return None
    if field.type is Kind.INTEGER and number != int(number):
        raise values.Unreadable("Écrivez un nombre entier, sans virgule.")
    number = values.as_number(Decimal(str(number)), digits)
    limits = field.limits
    if isinstance(limits.minimum, int | float) and number < limits.minimum:
        raise values.Unreadable(f"Le nombre doit être au moins {_said(field, limits.minimum)}.")
    if isinstance(limits.maximum, int | float) and number > limits.maximum:
        raise values.Unreadable(f"Le nombre doit être au plus {_said(field, limits.maximum)}.")
    _check_step(limits.increment, number)
    return number


def _check_step(increment: str | None, number: float) -> None:
    try:
        step = values.read_number(increment)
    except values.Unreadable:
        return
    if step and Decimal(str(number)) % Decimal(str(step)) != 0:
        raise values.Unreadable(f"Écrivez un multiple de {values.french_number(step)}.")


def _said(field: Field, number: float) -> str:
    return values.with_unit(field, values.french_number(number))


def _choice(field: Field, value: object) -> object:
    if field.options_from or field.people:
        # Its options are known later; here only its shape.
        if value is None or value == "":
            return None
        if isinstance(value, str | int | float | bool) and len(str(value)) <= SHORT_TEXT:
            return value
        raise values.Unreadable("Choisissez une des réponses proposées.")
    return values.read_option(value, field.options)


def _choices(field: Field, value: object) -> object:
    if value is None or value == "":
        return []
    items = value if isinstance(value, list) else [value]
    if len(items) > 200:
        raise values.Unreadable("Choisissez parmi les réponses proposées.")
    found: list[object] = []
    for item in items:
        chosen = _choice(field, item)
        if chosen is not None and not any(chosen == other and type(chosen) is type(other) for other in found):
            found.append(chosen)
    return found


def _date(field: Field, value: object) -> object:
    return values.read_date(value)


def _ignored(field: Field, value: object) -> object:
    """Computed: what a browser says of it is never used."""
    return None


_READERS: dict[Kind, Callable[[Field, object], object]] = {
    Kind.TEXT: _text,
    Kind.LONG_TEXT: _text,
    Kind.INTEGER: _number,
    Kind.NUMBER: _number,
    Kind.MONEY: _number,
    Kind.DATE: _date,
    Kind.TIME: lambda _, value: values.read_time(value),
    Kind.DATETIME: lambda _, value: values.read_moment(value),
    Kind.BOOLEAN: lambda _, value: values.read_boolean(value),
    Kind.CHOICE: _choice,
    Kind.CHOICES: _choices,
    Kind.FILES: read_files,
    Kind.COMPUTED: _ignored,
}


def flat(errors: object, path: str = "") -> dict[str, list[str]]:
    """Marshmallow's nested messages by dotted path."""
    if isinstance(errors, dict):
        found: dict[str, list[str]] = {}
        for key, inner in errors.items():
            step = "" if key == "_schema" else str(key)
            found.update(flat(inner, f"{path}.{step}" if path and step else path or step))
        return found
    sentences = [str(item) for item in errors] if isinstance(errors, list) else [str(errors)]
    return {path: sentences}
