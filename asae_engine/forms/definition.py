"""What a form is once its file was read: its fields, the layout that shows them, the expressions it holds."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from asae_engine.forms.source import Json


_WORD = re.compile(r"\w+")


class Kind(StrEnum):
    """What an answer is. Stored beside each answer of a dossier, and read back by `typed`."""

    TEXT = "text"
    LONG_TEXT = "long_text"
    INTEGER = "integer"
    NUMBER = "number"
    #: Euros, to the cent.
    MONEY = "money"
    DATE = "date"
    TIME = "time"
    #: Stored as the time on the wall in Europe/Paris, to the minute.
    DATETIME = "datetime"
    BOOLEAN = "boolean"
    CHOICE = "choice"
    CHOICES = "choices"
    FILES = "files"
    #: A list of objects, one for each row.
    ROWS = "rows"
    #: An object: a group of components that has a path.
    GROUP = "group"
    COMPUTED = "computed"


@dataclass(frozen=True, slots=True)
class Option:
    """One answer that a choice offers."""

    value: str | int | float | bool
    label: str


def option_text(value: object) -> str:
    """How a value of a choice is written in HTML and in what a browser posts."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)


@dataclass(frozen=True, slots=True)
class Rule:
    """A FEEL condition with the sentence that is shown: when it is false (rules), or true (confirmations)."""

    expression: str
    message: str


@dataclass(frozen=True, slots=True)
class Limits:
    """What form-js keeps in `validate`, `accept` and beside them."""

    #: A number, or a FEEL expression beginning with `=`.
    minimum: float | str | None = None
    maximum: float | str | None = None
    min_length: int | None = None
    max_length: int | None = None
    #: A JavaScript regular expression, not anchored.
    pattern: str | None = None
    pattern_message: str | None = None
    #: `email`, `phone` or none.
    format: str | None = None
    digits: int | None = None
    increment: str | None = None
    #: File types that a filepicker takes: `.pdf`, `image/*`.
    accept: tuple[str, ...] = ()
    multiple: bool = False
    #: Dates before today are refused.
    no_past: bool = False
    #: Minutes between the times that are offered.
    interval: int | None = None


@dataclass(frozen=True, slots=True)
class Field:
    """One question of a form, or one repeated list of questions."""

    key: str
    #: Keys from the form's root down to this one; a row's number is not part of it.
    path: tuple[str, ...]
    type: Kind
    #: How form-js shows it: `radio`, `select`, `checklist`, `datetime`…
    widget: str
    label: str
    #: Line in the file, from 1.
    line: int
    #: Identifier of the component in the file.
    id: str
    help: str | None = None
    example: str | None = None
    #: Sensitivity, a key of the programme's marks.
    mark: str | None = None
    #: Marks that hold instead while their condition is true, the first that does.
    mark_if: tuple[tuple[str, str], ...] = ()
    #: Roles that may read it besides those of its mark.
    readers: frozenset[str] = frozenset()
    required: bool = False
    required_if: str | None = None
    options: tuple[Option, ...] = ()
    #: A FEEL expression that gives the options.
    options_from: str | None = None
    #: Role, `role@organisation` or `=FEEL`: the options are people.
    people: str | None = None
    #: The answer is the number of a case.
    cases: bool = False
    #: `dossier`, or `=FEEL` over the case.
    prefill: str | None = None
    default: Json = None
    show_previous: bool = False
    rules: tuple[Rule, ...] = ()
    confirm: Rule | None = None
    limits: Limits = Limits()
    #: What computes it; only for `Kind.COMPUTED`.
    expression: str | None = None
    #: `€`, `date`, `mois`…
    unit: str | None = None
    prefix: str | None = None
    #: Computed, kept, but not shown.
    hidden: bool = False
    #: Shown with its prefilled value; what is posted for it is not read.
    readonly: bool = False
    #: Neither read nor kept.
    disabled: bool = False
    #: Of a list or a group with a path.
    children: tuple[Field, ...] = ()
    first_rows: int = 1
    fixed_rows: bool = False
    #: Label of the section that holds it.
    section: str | None = None

    @property
    def name(self) -> str:
        """The path as one text: `members.first_name`."""
        return ".".join(self.path)

    @property
    def marks(self) -> frozenset[str]:
        """Every mark that it or a part of it may have."""
        own = {self.mark} if self.mark else set()
        inner = [child.marks for child in self.children]
        return frozenset(own | {mark for mark, _ in self.mark_if}).union(*inner)

    @property
    def is_shown(self) -> bool:
        """Whether people see it in the form."""
        return not self.hidden


@dataclass(frozen=True, slots=True)
class Block:
    """A component in its place: a field, a group of blocks, or something that is only shown."""

    #: form-js type: `group`, `dynamiclist`, `text`, `separator`, a widget…
    type: str
    id: str
    line: int
    label: str | None = None
    #: Markdown or FEEL of a text; source of an image or a table.
    text: str | None = None
    #: FEEL: hidden while true.
    hide: str | None = None
    field: Field | None = None
    blocks: tuple[Block, ...] = ()
    #: Sixteenths of the width; none fills it.
    columns: int | None = None
    #: Components of one row stand side by side.
    row: str | None = None
    #: Columns of a table, key and label.
    table: tuple[tuple[str, str], ...] = ()
    outline: bool = False

    def walk(self) -> Iterator[Block]:
        """This block and all that is inside, in reading order."""
        yield self
        for block in self.blocks:
            yield from block.walk()


@dataclass(frozen=True, slots=True)
class Section:
    """A part of a long form: a labelled group at its root, or what stands between two of them."""

    id: str
    label: str | None
    blocks: tuple[Block, ...]


@dataclass(frozen=True, slots=True)
class Expression:
    """A FEEL expression of the form and where it stands, for findings."""

    element: str
    attribute: str
    text: str
    line: int


@lru_cache(maxsize=4_000)
def words(expression: str) -> frozenset[str]:
    """Every word of an expression: what it reads is among them."""
    return frozenset(_WORD.findall(expression))


@dataclass(frozen=True)
class Form:
    """A form-js file, read and found good."""

    key: str
    title: str
    intro: str | None
    #: One for each key of the answers, in reading order.
    fields: tuple[Field, ...]
    layout: tuple[Block, ...]
    rules: tuple[Rule, ...]
    expressions: tuple[Expression, ...]
    #: Computed fields of the root, in an order in which each finds those it reads.
    computed: tuple[tuple[Field, ...], ...]
    #: Names that expressions read and that are not its own keys: they come from the case.
    reads: frozenset[str]
    #: Every word of its expressions: what a context needs to hold, at most.
    words: frozenset[str]
    properties: dict[str, str] = field(default_factory=dict)

    @cached_property
    def by_key(self) -> dict[str, Field]:
        """The fields of the root by their key."""
        return {item.key: item for item in self.fields}

    @cached_property
    def by_name(self) -> dict[str, Field]:
        """Every field by its dotted path, those of rows and groups too."""
        found: dict[str, Field] = {}
        waiting = list(self.fields)
        while waiting:
            item = waiting.pop()
            found[item.name] = item
            waiting.extend(item.children)
        return found

    @cached_property
    def sections(self) -> tuple[Section, ...]:
        """The labelled groups of the root; loose components around them make sections without a label."""
        sections: list[Section] = []
        loose: list[Block] = []

        def close() -> None:
            if loose:
                sections.append(Section(f"partie-{len(sections) + 1}", None, tuple(loose)))
                loose.clear()

        for block in self.layout:
            if block.type == "group" and block.label and block.field is None:
                close()
                sections.append(Section(f"partie-{len(sections) + 1}", block.label, (block,)))
            else:
                loose.append(block)
        close()
        return tuple(sections)
