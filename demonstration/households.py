"""Invented households: nobody of these names lives anywhere, in towns of the Aude that do exist."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date, timedelta
from importlib.resources import files
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from random import Random

Door = Literal["retention", "access"]

#: First names of every origin; surnames made of a wind, a stone, a plant or a river; towns that exist.
_NAMES = json.loads(files("demonstration").joinpath("names.json").read_text(encoding="utf-8"))
WOMEN: list[str] = _NAMES["women"]
MEN: list[str] = _NAMES["men"]
SURNAMES: list[str] = _NAMES["surnames"]
TOWNS: list[list[str]] = _NAMES["towns"]
STREETS: list[str] = _NAMES["streets"]
LINKS = ("fils", "fille", "enfant", "fille", "fils")


@dataclass(frozen=True, slots=True)
class Person:
    """Someone who lives in the home."""

    first_name: str
    birth_date: date
    link: str


@dataclass(frozen=True, slots=True)
class Household:
    """Who is helped, as the one who refers knows it."""

    last_name: str
    first_name: str
    birth_date: date
    kind: str
    adults: int
    members: tuple[Person, ...]
    address: str
    town: str
    postcode: str
    phone: str
    woman: bool

    @property
    def children(self) -> int:
        return len(self.members) - self.adults


def invent(rng: Random, number: int, referred_on: date, door: Door, *, age: int | None = None) -> Household:
    """One household. `number` keeps two of them from having the same name."""
    woman = rng.random() < 0.55
    first = rng.choice(WOMEN if woman else MEN)
    last = SURNAMES[(number * 37) % len(SURNAMES)]
    years = age or (rng.randint(19, 62) if door == "access" else rng.randint(24, 78))
    born = referred_on - timedelta(days=years * 365 + rng.randint(10, 350))
    kind = _kind(rng, years)
    adults = 2 if kind in ("couple", "couple_children") else 1
    members = [Person(first, born, "titulaire")]
    if adults == 2:
        partner = rng.choice(MEN if woman else WOMEN)
        members.append(Person(partner, born + timedelta(days=rng.randint(-2000, 2000)), "conjoint"))
    if kind in ("single_parent", "couple_children"):
        members.extend(_child(rng, referred_on, years) for _ in range(rng.choice((1, 1, 2, 2, 3))))
    town, postcode = rng.choice(TOWNS)
    return Household(
        last,
        first,
        born,
        kind,
        adults,
        tuple(members),
        f"{rng.randint(1, 88)} {rng.choice(STREETS)}",
        town,
        postcode,
        # 06 39 98 is the block that the French regulator keeps for fiction.
        f"06 39 98 {rng.randint(0, 99):02d} {rng.randint(0, 99):02d}",
        woman,
    )


def _kind(rng: Random, years: int) -> str:
    if years > 60:
        return rng.choice(("single", "single", "single", "couple"))
    if years < 22:
        return "single"
    return rng.choice(
        ("single", "single", "single", "single_parent", "single_parent", "couple", "couple_children")
    )


def _child(rng: Random, on: date, parent_years: int) -> Person:
    oldest = max(1, min(17, parent_years - 18))
    born = on - timedelta(days=rng.randint(60, oldest * 365))
    return Person(rng.choice(WOMEN + MEN), born, rng.choice(LINKS))
