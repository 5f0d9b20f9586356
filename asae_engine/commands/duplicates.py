"""Households that are known already: the same names and birth date, or nearly."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass, field
from datetime import date
from difflib import SequenceMatcher
from typing import TYPE_CHECKING

from asae_engine.commands.deployed import newest
from asae_engine.model import lookups

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime
    from uuid import UUID

    from sqlalchemy.orm import Session

    from asae_engine.model import Household

#: How alike two names must be to be one name written twice (« Lefevre », « Lefebvre »).
_ALIKE = 0.8


@dataclass(frozen=True, slots=True)
class KnownCase:
    case_id: UUID
    number: str
    status: str
    opened_at: datetime


@dataclass(frozen=True, slots=True)
class Duplicate:
    """A household much like the one asked about. `reason` is French; `certain` when names and birth date
    agree.

    It is for the page to leave out the cases that its reader may not open.
    """

    household_id: UUID
    household_number: int
    last_name: str
    first_name: str
    birth_date: date | None
    reason: str
    certain: bool
    cases: list[KnownCase] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Identity:
    """Who a case is about, out of the answers that open it: names as typed, and the birth date."""

    last_name: str
    first_name: str
    birth_date: date | None
    town: str | None = None

    @property
    def last(self) -> str:
        return plain(self.last_name)

    @property
    def first(self) -> str:
        return plain(self.first_name)


def plain(name: str) -> str:
    """A name as it is compared: no accents, small letters, single spaces for all that is no letter or
    figure.
    """
    unaccented = unicodedata.normalize("NFKD", name.replace("œ", "oe").replace("Œ", "OE")).casefold()
    letters = "".join(one if one.isalnum() else " " for one in unaccented if not unicodedata.combining(one))
    return " ".join(letters.split())


def identity_of(answers: Mapping[str, object], keys: Mapping[str, str]) -> Identity:
    """The household in these answers. `keys` is `programme.json`'s `household`: which field holds what."""

    def said(what: str) -> str:
        value = answers.get(keys.get(what, ""))
        return value.strip()[:200] if isinstance(value, str) else ""

    return Identity(said("last_name"), said("first_name"), _day(said("birth_date")), said("town") or None)


def _day(said: str) -> date | None:
    try:
        return date.fromisoformat(said)
    except ValueError:
        return None


def find_duplicates(session: Session, answers: Mapping[str, object]) -> list[Duplicate]:
    """The known households that the answers of an opening form may be about, the surest first.

    Same names in either order with another birth date, same birth date (or with day and month inverted) with
    nearly the same name, count too. Reads only.
    """
    _, bundle = newest(session)
    return duplicates_of(session, identity_of(answers, bundle.programme.household))


def duplicates_of(session: Session, asked: Identity) -> list[Duplicate]:
    """The known households like this one, the surest first."""
    if not asked.last:
        return []
    days = {day for day in (asked.birth_date, _inverted(asked.birth_date)) if day is not None}
    households = lookups.like_households(session, last=asked.last, first=asked.first, birth_dates=days)
    found = [(one, reason) for one in households if (reason := _reason(asked, one)) is not None]
    if not found:
        return []
    known: dict[UUID, list[KnownCase]] = {}
    for case in lookups.cases_of(session, [household.id for household, _ in found]):
        known.setdefault(case.household_id, []).append(
            KnownCase(case.id, case.number, case.status, case.opened_at)
        )
    duplicates = [
        Duplicate(
            household.id,
            household.number,
            household.last_name,
            household.first_name,
            household.birth_date,
            sentence,
            rank == 0,
            known.get(household.id, []),
        )
        for household, (rank, sentence) in sorted(found, key=lambda pair: (pair[1][0], pair[0].number))
    ]
    return duplicates[:20]


def _reason(asked: Identity, known: Household) -> tuple[int, str] | None:
    straight = (asked.last, asked.first) == (known.search_last, known.search_first)
    swapped = (asked.last, asked.first) == (known.search_first, known.search_last)
    same_day = asked.birth_date is not None and asked.birth_date == known.birth_date
    inverted = asked.birth_date is not None and _inverted(asked.birth_date) == known.birth_date
    if straight and same_day:
        return 0, "Mêmes nom, prénom et date de naissance."
    if swapped and same_day:
        return 0, "Même date de naissance, nom et prénom inversés."
    if (straight or swapped) and inverted:
        return 1, "Même nom, jour et mois de naissance inversés."
    if (same_day or inverted) and _alike(asked, known):
        return 2, "Même date de naissance, nom presque identique."
    if straight or swapped:
        return 3, "Même nom, autre date de naissance."
    return None


def _alike(asked: Identity, known: Household) -> bool:
    pairs = (
        (asked.last, known.search_last, asked.first, known.search_first),
        (asked.last, known.search_first, asked.first, known.search_last),
    )
    return any(_near(a, b) and _near(c, d) for a, b, c, d in pairs)


def _near(one: str, other: str) -> bool:
    return one == other or SequenceMatcher(None, one, other, autojunk=False).ratio() >= _ALIKE


def _inverted(day: date | None) -> date | None:
    if day is None or day.day > 12 or day.day == day.month:
        return None
    return date(day.year, day.day, day.month)
