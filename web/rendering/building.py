"""Puts a form, its answers and its errors together into the `Page` that the templates draw."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from flask_babel import gettext

from asae_engine.forms import CONFIRM, Field, Form, Kind, Option, display, evaluated, options, settle, to_json
from asae_engine.forms.answers import readable
from asae_engine.forms.definition import option_text
from asae_engine.forms.prefilling import readonly
from asae_engine.forms.settling import dotted, value_at
from asae_engine.forms.values import spoken, with_unit
from web.rendering import live
from web.rendering.inputs import attributes, width, written
from web.rendering.page import Choice, Draft, Page, Part, Question, Row, Trouble
from web.rendering.sentences import live_words
from web.rendering.texts import markdown

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from datetime import datetime

    from asae_engine.forms import Block, Confirmation, Directory
    from asae_engine.forms.settling import Path

#: Stands for a row's number in the row that « Ajouter » copies.
BLANK = "__n__"
#: As many radios as an eye takes in; more make a list to pull down.
_MOST_RADIOS = 6
_SCALE = range(4, 11)
_SHAPES = {
    Kind.TEXT: "text",
    Kind.LONG_TEXT: "area",
    Kind.INTEGER: "number",
    Kind.NUMBER: "number",
    Kind.MONEY: "number",
    Kind.DATE: "date",
    Kind.TIME: "time",
    Kind.DATETIME: "moment",
    Kind.BOOLEAN: "box",
    Kind.FILES: "file",
    Kind.COMPUTED: "computed",
}
_SMALL = {"date": 5, "time": 3, "number": 4, "moment": 6}
_OTHER_SHAPES = {
    "separator": "line",
    "spacer": "space",
    "text": "notice",
    "image": "picture",
    "table": "table",
}
_SAFE_PICTURE = re.compile(r"(?:/[^/\\]|data:image/(?:png|jpeg|gif|webp);base64,)")


class Builder:
    """One rendering of one form."""

    def __init__(
        self,
        form: Form,
        values: Mapping[str, object],
        *,
        now: datetime,
        context: Mapping[str, object],
        errors: Mapping[str, list[str]],
        to_confirm: Mapping[str, Confirmation],
        directory: Directory | None,
        previous: Mapping[str, object],
        masked: Mapping[str, str],
        mark_labels: Mapping[str, str],
    ) -> None:
        self.form = form
        self.values = values
        self.errors = errors
        self.to_confirm = to_confirm
        self.directory = directory
        self.previous = previous
        self.masked = masked
        self.mark_labels = mark_labels
        self.context = context
        self.now = now
        typed = {**readable(form, values), **readonly(form, context, now)}
        self.settled = settle(form, typed, context, now=now)
        self.offered = options(form, typed, context, now=now, directory=directory, settled=self.settled)
        tokens = values.get(CONFIRM)
        self.confirmed = set(tokens) if isinstance(tokens, list) else set()
        self.places: dict[str, str] = {}

    def page(self, draft: Draft | None, readable: Callable[[str], bool] | None) -> Page:
        """The page of the form."""
        parts = [
            self._part(section.id, section.label or "", section.blocks) for section in self.form.sections
        ]
        return Page(
            key=self.form.key,
            title=self.form.title,
            intro=markdown(self.form.intro) if self.form.intro else "",
            parts=parts,
            troubles=self._troubles(),
            data=live.data(
                self.form,
                self.context,
                shown=self._readonly(),
                now=self.now,
                readable=readable,
                words=live_words(),
            ),
            draft=draft,
            has_confirmations=bool(self.to_confirm),
        )

    def _readonly(self) -> dict[str, object]:
        found = readonly(self.form, self.context, self.now)
        return {
            field.key: found.get(field.key)
            for field in self.form.fields
            if field.readonly and field.is_shown and field.key not in self.masked
        }

    def _part(self, identifier: str, label: str, blocks: tuple[Block, ...]) -> Part:
        group = blocks[0] if label else None
        inner = group.blocks if group else blocks
        questions = self._questions(inner, (), None)
        mark = _shared_mark(questions) if group else ""
        hidden = group is not None and f"#{group.id}" in self.settled.hidden
        return Part(
            id=identifier if group is None else f"b-{group.id}",
            label=label,
            questions=questions,
            errors=sum(_errors_in(question) for question in questions),
            hidden=hidden,
            mark=mark,
            origin=group.id if group else "",
        )

    def _questions(self, blocks: Iterable[Block], path: Path, blank: str | None) -> list[Question]:
        found: list[Question] = []
        line: str | None = None
        for block in blocks:
            question = self._question(block, path, blank)
            if question is None:
                continue
            question.origin = block.id
            question.first = block.row is None or block.row != line
            line = block.row
            found.append(question)
        return found

    def _question(self, block: Block, path: Path, blank: str | None) -> Question | None:
        if block.field is None:
            return self._other(block, path, blank)
        field = block.field
        if not field.is_shown or field.disabled:
            return None
        here: Path = (*path, field.key)
        name = dotted(here)
        if field.key in self.masked and len(here) == 1:
            return Question("masked", _identifier(name), name, field.label, value=self.masked[field.key])
        question = self._input(field, here, blank)
        question.hidden = name in self.settled.hidden
        question.width = width(block, question.shape)
        if field.type is Kind.ROWS:
            self._rows(question, block, here)
        elif field.type is Kind.GROUP:
            question.questions = self._questions(block.blocks, here, blank)
        return question

    def _other(self, block: Block, path: Path, blank: str | None) -> Question | None:
        row = dotted(path)
        identifier = f"b-{block.id}" + (f"-{_identifier(row)}" if row else "")
        if block.type == "group":
            inner = self._questions(block.blocks, path, blank)
            shape = "group"
        elif block.type in _OTHER_SHAPES:
            inner, shape = [], _OTHER_SHAPES[block.type]
        else:
            return None
        question = Question(shape, identifier, label=block.label or "", questions=inner)
        question.hidden = f"#{block.id}" in self.settled.hidden
        question.width = width(block, shape)
        self._shown(question, block)
        return question

    def _shown(self, question: Question, block: Block) -> None:
        if block.text is None:
            return
        computed = block.text.lstrip().startswith("=")
        value = self._evaluated(block.text) if computed else block.text
        if question.shape == "notice":
            question.html = markdown(spoken(value) if value is not None else "")
        elif question.shape == "picture":
            source = str(value or "")
            question.value = source if _SAFE_PICTURE.match(source) else ""
        elif question.shape == "table":
            rows = value if isinstance(value, list) else []
            question.columns = tuple(label for _, label in block.table)
            question.lines = tuple(
                tuple(spoken(row.get(key)) if row.get(key) is not None else "" for key, _ in block.table)
                for row in rows
                if isinstance(row, Mapping)
            )

    def _evaluated(self, expression: str) -> object:
        found = evaluated(self.form, [(expression, self.settled.scope.root)], now=self.now)[0]
        return to_json(found)

    def _input(self, field: Field, path: Path, blank: str | None) -> Question:
        name = dotted(path)
        identifier = _identifier(name)
        value = None if blank else value_at(self.values, path)
        shape = _SHAPES.get(field.type, "")
        if field.type in (Kind.CHOICE, Kind.CHOICES):
            shape = self._choice_shape(field, name)
        question = Question(
            shape or field.type.value,
            identifier,
            name,
            label=field.label,
            help=field.help or "",
            example=field.example or "",
            required=field.required,
            required_live=field.required_if is not None,
            required_now=self._required_now(field, path),
            error=self._error(name),
            mark=self.mark_labels.get(field.mark, "") if field.mark else "",
            unit=(field.unit or "") if field.unit != "date" else "",
            prefix=field.prefix or "",
        )
        self._answer(question, field, path, value)
        self._confirmation(question, field, name, identifier)
        if field.show_previous and self.previous.get(field.key) is not None:
            question.previous = display(field, self.previous[field.key])
        self._note(question, identifier)
        return question

    def _required_now(self, field: Field, path: Path) -> bool:
        if field.required_if is None or BLANK in path:
            return False
        row = next((path[: number + 1] for number, step in enumerate(path) if isinstance(step, int)), None)
        asked = [(field.required_if, self.settled.scope.at(row))]
        return evaluated(self.form, asked, now=self.now)[0] is True

    def _error(self, name: str) -> str:
        return " ".join(self.errors.get(name, []))

    def _note(self, question: Question, identifier: str) -> None:
        grouped = ("radios", "boxes", "scale")
        target = f"{identifier}-0" if question.shape in grouped else identifier
        self.places[question.name] = target if question.shape != "rows" else f"{identifier}-ajouter"

    def _confirmation(self, question: Question, field: Field, name: str, identifier: str) -> None:
        asked = self.to_confirm.get(name)
        if asked is None:
            return
        question.confirm = str(asked)
        question.token = asked.token
        question.confirmed = asked.token in self.confirmed

    def _choice_shape(self, field: Field, name: str) -> str:
        found = self._options(field, name)
        if field.type is Kind.CHOICES:
            return "boxes"
        if field.people or field.options_from:
            return "select"
        numbers = [option.value for option in found]
        if len(numbers) in _SCALE and numbers == list(range(len(numbers))):
            return "scale"
        if field.widget == "radio" or len(found) <= 3:
            return "radios" if len(found) <= _MOST_RADIOS or field.widget == "radio" else "select"
        return "select"

    def _options(self, field: Field, name: str) -> Sequence[Option]:
        if BLANK in name and field.people and self.directory and not field.people.startswith("="):
            return self.directory.people(field.people)
        return self.offered.get(name, field.options)

    def _answer(self, question: Question, field: Field, path: Path, value: object) -> None:
        name = question.name
        if field.readonly and question.shape != "rows":
            found = value_at(self.settled.answers, path)
            question.shape = "shown"
            question.value = display(
                _with_options(field, self._options(field, name)), value if found is None else found
            )
            question.required = False
        elif field.type is Kind.COMPUTED:
            found = value_at(self.settled.answers, path)
            question.value = with_unit(field, spoken(found, _spoken_kind(field))) if found is not None else ""
        elif field.type in (Kind.CHOICE, Kind.CHOICES):
            question.choices = self._choices(field, question, value)
        elif field.type is Kind.FILES:
            question.files = self._files(value)
            question.multiple = field.limits.multiple
            question.attributes = {"accept": ",".join(field.limits.accept)} if field.limits.accept else {}
        elif field.type is Kind.BOOLEAN:
            question.choices = (Choice("true", field.label, value in (True, "true", "on", "1")),)
        else:
            question.value = written(field, value)
            question.attributes = attributes(field)

    def _choices(self, field: Field, question: Question, value: object) -> tuple[Choice, ...]:
        given = value if isinstance(value, list) else [value]
        chosen = {option_text(item) for item in given if isinstance(item, str | int | float | bool)}
        previous = self.previous.get(field.key) if field.show_previous else None
        before = None if previous is None else option_text(previous)
        made = []
        for option in self._options(field, question.name):
            text = option_text(option.value)
            digit, _, word = option.label.partition(" · ")
            split = question.shape == "scale" and bool(word) and digit.isdigit()
            label = word if split else option.label
            made.append(Choice(text, label, text in chosen, digit if split else text, text == before))
        return tuple(made)

    def _files(self, value: object) -> tuple[tuple[str, str], ...]:
        found: list[tuple[str, str]] = []
        for item in value if isinstance(value, list) else []:
            if isinstance(item, Mapping) and item.get("id"):
                found.append((str(item["id"]), str(item.get("name", ""))))
            elif isinstance(item, str) and self.directory and (upload := self.directory.attachment(item)):
                found.append((upload.id, upload.name))
        return tuple(found)

    def _rows(self, question: Question, block: Block, path: Path) -> None:
        field = block.field
        if field is None:
            return
        found = value_at(self.values, path)
        rows = found if isinstance(found, list) else []
        count = len(rows) if found is not None else field.first_rows
        question.fixed = field.fixed_rows or field.readonly
        question.rows = [
            Row(
                dotted((*path, number)), str(number + 1), self._questions(block.blocks, (*path, number), None)
            )
            for number in range(count)
        ]
        if not question.fixed:
            question.blank = Row(
                f"{dotted(path)}.{BLANK}", BLANK, self._questions(block.blocks, (*path, BLANK), BLANK)
            )

    def _troubles(self) -> list[Trouble]:
        found: list[Trouble] = []
        for name, sentences in self.errors.items():
            found.append(Trouble(self._target(name), self._label(name), " ".join(sentences)))
        for name, question in self.to_confirm.items():
            if question.token not in self.confirmed:
                found.append(Trouble(self._target(name), self._label(name), str(question)))
        return found

    def _target(self, name: str) -> str:
        return self.places.get(name, "formulaire")

    def _label(self, name: str) -> str:
        field = self.form.by_name.get(".".join(step for step in name.split(".") if not step.isdigit()))
        row = next((step for step in name.split(".") if step.isdigit()), None)
        if field is None:
            return ""
        if row is None:
            return field.label
        return str(gettext("%(label)s, ligne %(row)s", label=field.label, row=int(row) + 1))


def _identifier(name: str) -> str:
    return f"q-{name.replace('.', '-')}"


def _shared_mark(questions: list[Question]) -> str:
    """The mark that all the questions of a part have, taken from each of them; nothing when they differ."""
    asked = [one for question in questions for one in _asked(question)]
    marks = {question.mark for question in asked}
    if len(asked) < 2 or len(marks) != 1:
        return ""
    for question in asked:
        question.mark = ""
    return marks.pop()


def _asked(question: Question) -> list[Question]:
    """The questions that are answered in a question: itself, or its parts."""
    rows = [*question.rows, *([question.blank] if question.blank else [])]
    inner = [*question.questions, *(one for row in rows for one in row.questions)]
    if question.shape in ("rows", "group"):
        return [one for part in inner for one in _asked(part)]
    return [question] if question.name and question.shape != "masked" else []


def _spoken_kind(field: Field) -> Kind:
    return Kind.MONEY if field.unit == "€" else Kind.COMPUTED


def _errors_in(question: Question) -> int:
    inner = [*question.questions, *(one for row in question.rows for one in row.questions)]
    return bool(question.error or (question.confirm and not question.confirmed)) + sum(
        _errors_in(one) for one in inner
    )


def _with_options(field: Field, found: Sequence[Option]) -> Field:
    return replace(field, options=tuple(found)) if found else field
