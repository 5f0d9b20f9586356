"""The arithmetic of figures: spreads, distinct cases and households, budgets and targets by year."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from uuid import UUID

    from asae_engine.reading.happenings import Happened, KnownCase


@dataclass(frozen=True, slots=True)
class Counted:
    """One case behind a figure, with what was measured of it, if something was."""

    case: KnownCase
    day: date
    value: float | None
    #: What happened; none when the case itself is counted.
    happened: Happened | None


@dataclass(frozen=True, slots=True)
class Amounts:
    """How a measure spreads: deciles are the values that one case in ten stays below, or above."""

    count: int
    total: float
    mean: float
    median: float
    low: float
    high: float


def amounts(values: Sequence[float]) -> Amounts | None:
    """The spread of some values; none of no value."""
    if not values:
        return None
    ordered = sorted(values)
    total = round(sum(ordered), 2)
    return Amounts(
        len(ordered),
        total,
        round(total / len(ordered), 2),
        quantile(ordered, 0.5),
        quantile(ordered, 0.1),
        quantile(ordered, 0.9),
    )


def quantile(ordered: Sequence[float], share: float) -> float:
    """The value below which that share of ordered values lies, interpolated between its two neighbours."""
    place = share * (len(ordered) - 1)
    below = int(place)
    above = min(below + 1, len(ordered) - 1)
    return round(ordered[below] + (ordered[above] - ordered[below]) * (place - below), 2)


def one_by_case(found: Iterable[Happened], which: str) -> dict[UUID, Happened]:
    """The first or the last that happened in each case."""
    chosen: dict[UUID, Happened] = {}
    for one in found:
        if which == "last" or one.case.id not in chosen:
            chosen[one.case.id] = one
    return chosen


def distinct(found: Iterable[Counted], unit: str) -> list[Counted]:
    """What a unit counts once: a household, a case (a measure is a case's), or every submission."""
    if unit in ("submission", "visit"):
        return list(found)
    seen: set[UUID] = set()
    kept = []
    for one in found:
        key = one.case.household_id if unit == "household" else one.case.id
        if key not in seen:
            seen.add(key)
            kept.append(one)
    return kept


def number(value: object) -> float | None:
    """An answer as a number; none when it is not one."""
    if isinstance(value, bool) or not isinstance(value, (int, float, str)):
        return None
    try:
        return float(value)
    except ValueError:
        return None


def target(settings: Mapping[str, object], key: str | None, start: date, end: date) -> float | None:
    """What was aimed at for exactly this period: a year (`2019`) or years (`2016-2018`)."""
    by_years = settings.get(key or "")
    whole_years = (start.month, start.day, end.month, end.day) == (1, 1, 12, 31)
    if not isinstance(by_years, dict) or not whole_years:
        return None
    name = str(start.year) if start.year == end.year else f"{start.year}-{end.year}"
    return number(by_years.get(name))


def spent(
    settings: Mapping[str, object], key: str, start: date, end: date
) -> tuple[float, list[tuple[date, date]], list[int]]:
    """The budget of a period by the day, the stretches that have one, and the years that have none."""
    by_year = settings.get(key)
    yearly = by_year if isinstance(by_year, dict) else {}
    cost = 0.0
    covered, missing = [], []
    for year in range(start.year, end.year + 1):
        first, last = max(start, date(year, 1, 1)), min(end, date(year, 12, 31))
        budget = number(yearly.get(str(year)))
        if budget is None:
            missing.append(year)
            continue
        length = (date(year, 12, 31) - date(year, 1, 1)).days + 1
        cost += budget * ((last - first).days + 1) / length
        covered.append((first, last))
    return cost, covered, missing
