"""What the templates draw: a form with answers, errors and options in place. Built by `building`, drawn by
`web/templates/fields/`; nothing here knows HTML beyond identifiers and names."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from markupsafe import Markup


@dataclass(frozen=True, slots=True)
class Draft:
    """Where the browser saves what is typed, and under what name it keeps a copy while it cannot."""

    #: Takes PUT with JSON.
    url: str
    #: `task:<id>` or `open:<process>`: the same for the same work.
    key: str
    #: ISO instant of the draft that the page was made from, or None.
    saved_at: str | None
    #: Identifier of the person: nobody is given another's copy.
    user: str


@dataclass(frozen=True, slots=True)
class Choice:
    """One answer that can be chosen."""

    value: str
    label: str
    chosen: bool
    #: Of a scale: « 0 » of « 0 · très en difficulté ».
    digit: str = ""
    #: It was the answer of the last time.
    before: bool = False


@dataclass(slots=True)
class Question:
    """A field in its place, or something else of the form; the macro is chosen by `shape`."""

    #: text, area, number, date, time, moment, box, radios, boxes, select, scale, computed, shown, masked,
    #: file, rows, group, notice, line, space, picture, table.
    shape: str
    #: Unique in the page.
    id: str
    name: str = ""
    label: str = ""
    help: str = ""
    example: str = ""
    value: str = ""
    #: Second part of a date with a time.
    error: str = ""
    #: A question to tick for an unusual answer, and its token.
    confirm: str = ""
    token: str = ""
    confirmed: bool = False
    required: bool = False
    #: Required while other answers say so.
    required_live: bool = False
    #: …and they do now.
    required_now: bool = False
    hidden: bool = False
    #: Identifier of the component in the file, for conditions.
    origin: str = ""
    #: Begins a line of the grid.
    first: bool = False
    previous: str = ""
    #: Label of its mark: « Santé ».
    mark: str = ""
    unit: str = ""
    prefix: str = ""
    choices: tuple[Choice, ...] = ()
    #: Attributes of the input: `maxlength`, `min`, `inputmode`…
    attributes: Mapping[str, str] = field(default_factory=dict)
    #: Twelfths of the width.
    width: int = 12
    questions: list[Question] = field(default_factory=list)
    rows: list[Row] = field(default_factory=list)
    #: The empty row that « Ajouter » copies.
    blank: Row | None = None
    fixed: bool = False
    html: Markup | str = ""
    columns: tuple[str, ...] = ()
    lines: tuple[tuple[str, ...], ...] = ()
    files: tuple[tuple[str, str], ...] = ()
    multiple: bool = False

    @property
    def kind(self) -> str:
        """The `type` of its input, unless its attributes say another."""
        types = {"date": "date", "time": "time", "moment": "datetime-local"}
        return self.attributes.get("type") or types.get(self.shape, "text")

    @property
    def described(self) -> str:
        """Identifiers of what describes the input, for `aria-describedby`."""
        parts = [
            f"{self.id}-aide" if self.help or self.example else "",
            f"{self.id}-avant" if self.previous else "",
            f"{self.id}-erreur",
        ]
        return " ".join(part for part in parts if part)


@dataclass(slots=True)
class Row:
    """One row of a list."""

    #: `members.0`, or `members.__n__` for the blank one.
    name: str
    number: str
    questions: list[Question]


@dataclass(slots=True)
class Part:
    """A section of the form, one step of a long one."""

    id: str
    label: str
    questions: list[Question]
    errors: int
    hidden: bool = False
    #: Label of the mark that every answer in it has; its questions then do not repeat it.
    mark: str = ""
    #: Identifier of its group in the file, for conditions.
    origin: str = ""


@dataclass(slots=True)
class Trouble:
    """A line of the summary of errors."""

    #: Identifier of what to go to.
    target: str
    label: str
    sentence: str


@dataclass(slots=True)
class Page:
    """The whole form."""

    key: str
    title: str
    intro: Markup | str
    parts: list[Part]
    troubles: list[Trouble]
    #: For form.js: JSON, safe inside a script element.
    data: Markup
    draft: Draft | None
    has_confirmations: bool = False

    @property
    def is_long(self) -> bool:
        """Whether it is shown with its steps."""
        return len([part for part in self.parts if part.label]) >= 3
