"""The delays table in plain words, and a row written in it from plain numbers.

The table is the decision `delays`: one row a step, outputs `reminder`, `due`, `escalation_1` … in FEEL, over
`arrived`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING
from uuid import uuid4

from flask_babel import gettext, ngettext
from lxml import etree

from asae_engine import markup

if TYPE_CHECKING:
    from collections.abc import Mapping

_WORKING = re.compile(r"working days\((.+),\s*(-?\d+)\)")
_DURATION = re.compile(r'(.+?)\s*([+-])\s*duration\("P(\d+)(D|M)"\)')


@dataclass(frozen=True, slots=True)
class Delay:
    """What a person asks for: so many days, working or not."""

    number: int
    working: bool

    def feel(self) -> str:
        """As the table holds it."""
        if self.working:
            return f"working days(arrived, {self.number})"
        return f'arrived + duration("P{self.number}D")'


def words(expression: str, due: str = "") -> str:
    """A cell in words: « 3 jours ouvrés après l’échéance »; the expression itself when it is not a usual one.

    `due` is the row's cell for the deadline, so that what counts from it says so.
    """
    text = _bare(expression)
    if text in ("", "null", "-"):
        return str(gettext("aucune"))
    if found := _WORKING.fullmatch(text):
        days = int(found[2])
        shown = ngettext("%(num)s jour ouvré", "%(num)s jours ouvrés", abs(days))
        return _from(shown, found[1], due, before=days < 0)
    if found := _DURATION.fullmatch(text):
        number, months = int(found[3]), found[4] == "M"
        shown = (
            ngettext("%(num)s mois", "%(num)s mois", number)
            if months
            else ngettext("%(num)s jour", "%(num)s jours", number)
        )
        return _from(shown, found[1], due, before=found[2] == "-")
    return text.strip('"')


def _from(delay: str, origin: str, due: str, *, before: bool) -> str:
    bare = _bare(origin)
    if bare == "arrived":
        start = gettext("l’arrivée de l’étape")
    elif due and bare == _bare(due):
        start = gettext("l’échéance")
    else:
        start = words(bare)
    if before:
        return str(gettext("%(delay)s avant %(start)s", delay=delay, start=start))
    return str(gettext("%(delay)s après %(start)s", delay=delay, start=start))


def _bare(expression: str) -> str:
    text = expression.strip()
    while text.startswith("(") and text.endswith(")"):
        text = text[1:-1].strip()
    return text


class DelaysTable:
    """The decision `delays` of a DMN file. `None` from `read` when the file holds none."""

    def __init__(self, root: etree._Element, table: etree._Element) -> None:
        self.root = root
        self.namespace = etree.QName(table).namespace
        self.table = table
        self.outputs = [str(output.get("name")) for output in self._all(self.table, "output")]

    @classmethod
    def read(cls, content: bytes) -> DelaysTable | None:
        root = markup.glance(content)
        if root is None:
            return None
        for decision in root:
            if isinstance(decision.tag, str) and decision.get("id") == "delays":
                table = decision.find("{*}decisionTable")
                if table is not None:
                    return cls(root, table)
        return None

    def rows(self) -> dict[str, dict[str, str]]:
        """The steps of the table, each with its cells by output name."""
        found: dict[str, dict[str, str]] = {}
        for rule in self._all(self.table, "rule"):
            entries = self._all(rule, "inputEntry")
            cells = [self._text(cell) for cell in self._all(rule, "outputEntry")]
            step = self._text(entries[0]).strip('"') if entries else ""
            if step:
                found[step] = dict(zip(self.outputs, cells, strict=False))
        return found

    def write(self, step: str, cells: Mapping[str, str]) -> bytes:
        """The file with a step's row made or changed; outputs that `cells` leaves out are kept, or null."""
        rule = next((rule for rule in self._all(self.table, "rule") if self._step(rule) == step), None)
        if rule is None:
            rule = etree.SubElement(self.table, self._tag("rule"), id=f"delays_{uuid4().hex[:8]}")
            inputs = len(self._all(self.table, "input"))
            for position in range(inputs):
                self._cell(rule, "inputEntry", f'"{step}"' if position == 0 else "-")
            for name in self.outputs:
                self._cell(rule, "outputEntry", cells.get(name, "null"))
        else:
            for name, cell in zip(self.outputs, self._all(rule, "outputEntry"), strict=False):
                if name in cells:
                    self._set_text(cell, cells[name])
        return etree.tostring(self.root, xml_declaration=True, encoding="UTF-8")

    def _step(self, rule: etree._Element) -> str:
        entries = self._all(rule, "inputEntry")
        return self._text(entries[0]).strip('"') if entries else ""

    def _tag(self, name: str) -> str:
        return f"{{{self.namespace}}}{name}"

    def _all(self, parent: etree._Element, name: str) -> list[etree._Element]:
        return parent.findall(self._tag(name))

    def _text(self, cell: etree._Element) -> str:
        return (cell.findtext(self._tag("text")) or "").strip()

    def _set_text(self, cell: etree._Element, text: str) -> None:
        holder = cell.find(self._tag("text"))
        if holder is None:
            holder = etree.SubElement(cell, self._tag("text"))
        holder.text = text

    def _cell(self, rule: etree._Element, name: str, text: str) -> None:
        cell = etree.SubElement(rule, self._tag(name), id=f"{name}_{uuid4().hex[:8]}")
        self._set_text(cell, text)
