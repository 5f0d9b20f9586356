"""Who reads which field of a file: marks against roles and ties. Every door that shows an answer asks here.

Pages, JSON, drafts, prefills, searches, exports and error messages all pass through `sight`.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from asae_engine.access.rules import Rules, Sight, Tie

if TYPE_CHECKING:
    from collections.abc import Iterable

    from asae_engine.access.actor import Actor

_SEPARATORS = re.compile(r"[\s,;]+")


def marks_of(text: str | None) -> frozenset[str]:
    """The marks in a field's `mark`: none, one, or several (`P,A`): then each must allow."""
    return frozenset(_SEPARATORS.split(text.strip())) - {""} if text else frozenset()


def sight(rules: Rules, actor: Actor, tie: Tie, marks: Iterable[str], readers: Iterable[str] = ()) -> Sight:
    """How much of a field that carries `marks` the actor sees in a case they have this tie to.

    The strictest mark decides. `readers` are roles that the form names beside those of the marks; they open
    nothing to whom a mark never opens to. A field without a mark, or under the mark "" when the programme has
    one, is for those who see the case.
    """
    named = actor.plays(*readers)
    carried = set(marks) or ({""} if "" in rules.marks else set())
    return min((_one(rules, actor, tie, mark, named=named) for mark in carried), default=Sight.FULL)


def _one(rules: Rules, actor: Actor, tie: Tie, mark: str, *, named: bool) -> Sight:
    rule = rules.marks.get(mark)
    if rule is None or actor.plays(*rule.never) or f"@{actor.organisation}" in rule.never:
        return Sight.MASKED
    if named:
        return Sight.FULL
    allowed = (reader.sight for reader in rule.readers if reader.role in actor.roles and tie >= reader.needs)
    return max(allowed, default=Sight.MASKED)


def masked_sentence(rules: Rules, marks: Iterable[str]) -> str:
    """What is said in place of a masked value: the sentence of the first of its marks that has one."""
    sentences = (rules.marks[mark].masked for mark in sorted(marks) if mark in rules.marks)
    return next((sentence for sentence in sentences if sentence), "Information réservée.")


def presence_sentence(rules: Rules, marks: Iterable[str]) -> str:
    """What is said of a value whose presence alone may be known."""
    sentences = (rules.marks[mark].presence for mark in sorted(marks) if mark in rules.marks)
    return next((sentence for sentence in sentences if sentence), "Renseigné")
