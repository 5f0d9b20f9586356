"""The journeys of the demonstration: those of the project sheet, those since, and today's caseload.

The cohort of 2016-2018 and the year 2019 have the counts of the sheet (`SHEET`); later years are a plausible
flow.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from random import Random
from typing import TYPE_CHECKING

from asae_engine.calendar import is_working_day
from demonstration.caseload import today_caseload
from demonstration.journeys import BEGINNING, SHEET, Journey

if TYPE_CHECKING:
    from collections.abc import Iterator

    from demonstration.households import Door


def plan(today: date) -> list[Journey]:
    """Every journey of the demonstration as seen on this day, by date of referral."""
    chance = Random("asae plan")  # noqa: S311 - chance makes stories here, not secrets
    journeys = [*_first_phase(chance), *_year_2019(chance), *_flow(today), *today_caseload(today)]
    # Nobody refers a household on a closed day.
    journeys = [replace(journey, referred_on=_open_day(journey.referred_on)) for journey in journeys]
    lived = [journey for journey in journeys if BEGINNING <= journey.referred_on <= today]
    return sorted(lived, key=lambda journey: (journey.referred_on, journey.number))


def _open_day(day: date) -> date:
    while not is_working_day(day):
        day += timedelta(days=1)
    return day


def _spread(start: date, end: date, count: int, chance: Random) -> Iterator[date]:
    """So many days between two, evenly but not mechanically."""
    step = (end - start).days / max(1, count)
    for index in range(count):
        yield start + timedelta(days=int(step * (index + chance.random() * 0.9)))


def _doors(access: int, retention: int, chance: Random) -> list[Door]:
    doors: list[Door] = ["access" if index < access else "retention" for index in range(access + retention)]
    chance.shuffle(doors)
    return doors


def _first_phase(chance: Random) -> Iterator[Journey]:
    """The hundred of 2016-2018: 26 without diagnostic, 13 not done, 14 who did not enter, 47 who did."""
    number = 1
    days = _spread(BEGINNING, date(2018, 10, 20), 26, chance)
    for index, (day, door) in enumerate(zip(days, _doors(9, 17, chance), strict=True)):
        yield Journey(
            number, day, door, first="redirect" if index % 2 else "refuse", sent_back=index % 5 == 0
        )
        number += 1
    days = _spread(BEGINNING, date(2018, 6, 10), 13, chance)
    for index, (day, door) in enumerate(zip(days, _doors(6, 7, chance), strict=True)):
        contacts = ("no_answer",) * 3 if index % 2 == 0 else ("no_answer", "refused")
        yield Journey(number, day, door, contacts=contacts)
        number += 1
    days = _spread(BEGINNING, date(2018, 6, 1), 14, chance)
    for index, (day, door) in enumerate(zip(days, _doors(7, 7, chance), strict=True)):
        fate = ("not_needed", "declined_by_committee", "declines")[index % 3]
        yield _not_entered(number, day, door, fate)
        number += 1
    yield from _entered_first_phase(number, chance)


def _not_entered(number: int, day: date, door: Door, fate: str) -> Journey:
    journey = Journey(number, day, door, operator=_operator(number))
    if fate == "not_needed":
        return replace(journey, needed=False, second="decline")
    if fate == "declined_by_committee":
        return replace(journey, level=1, intensity="light", second="decline")
    return replace(journey, proposals=("hesitates", "declines"))


def _entered_first_phase(number: int, chance: Random) -> Iterator[Journey]:
    """47 measures of 43 households, 45 closed before 2019: their length follows from their beginning."""
    reasons = [
        *["breakdown"] * SHEET.breakdowns,
        *["goals_reached"] * 17,
        *["common_law"] * 9,
        *["duration_ended"] * 6,
        *["moved_away"] * 3,
        *["declined"] * 3,
        "death",
    ]
    chance.shuffle(reasons)
    doors = _doors(19, 26, chance)
    last = date(2018, 12, 10)
    made: list[Journey] = []
    for day, door, reason in zip(
        _spread(BEGINNING, date(2018, 2, 5), 45, chance), doors, reasons, strict=True
    ):
        wait = chance.choice((1, 1, 2, 3)) if door == "access" else 0
        room = (last - day).days - 190 - 31 * wait
        laps = max(1, min(chance.choice((2, 3, 3, 4, 5)), room // 112))
        made.append(_ending(number, day, door, reason, laps, wait, chance))
        number += 1
    yield from _with_returns(made)
    for day in (date(2017, 11, 6), date(2018, 1, 8)):
        yield Journey(
            number,
            day,
            "access",
            level=3,
            intensity="strong",
            operator="soliha",
            wait=3,
            laps=("continue",) * 4 + ("down", "end"),
            reason="goals_reached",
            exit_housing="iml_slid",
        )
        number += 1


def _with_returns(made: list[Journey]) -> Iterator[Journey]:
    """Four households come back, by the same door, after a first measure that ended early."""
    willing = [j for j in made if j.reason not in ("death", "moved_away")]
    early = [j for j in willing if j.referred_on < date(2016, 8, 1)]
    early = sorted(early, key=lambda j: j.reason not in ("breakdown", "declined"))[
        : SHEET.entered - SHEET.households
    ]
    short = {j.number: replace(j, laps=("end",), stops_after=None, wait=min(j.wait, 1)) for j in early}
    late = [j for j in willing if j.referred_on > date(2017, 7, 1)]
    back: dict[int, int] = {}
    for first in early:
        again = next(j for j in late if j.door == first.door and j.number not in back)
        back[again.number] = first.number
    for journey in made:
        if journey.number in back:
            yield replace(journey, follows=back[journey.number], sent_back=False)
        else:
            yield short.get(journey.number, journey)


def _ending(number: int, day: date, door: Door, reason: str, laps: int, wait: int, chance: Random) -> Journey:
    """A journey that enters, lives so many reassessments and ends for this reason."""
    level, intensity = chance.choice(
        ((2, "light"), (2, "medium"), (2, "medium"), (2, "strong"), (2, "strong"))
    )
    path = ["continue"] * (laps - 1) + ["end"]
    if laps >= 3 and chance.random() < 0.3:
        path[1] = "down" if intensity != "light" else "up"
    if laps >= 4 and chance.random() < 0.35:
        path[2] = "pause"
    stops = chance.randint(60, 150) if reason in ("breakdown", "declined") and chance.random() < 0.6 else None
    at_home = "stays" if door == "retention" else "new_social"
    housing = {
        "breakdown": chance.choice(("unknown", "hosted", "street")),
        "declined": at_home,
        "moved_away": "new_private",
        "death": "deceased",
    }.get(reason, at_home)
    return Journey(
        number,
        day,
        door,
        sent_back=chance.random() < 0.12,
        more_information=chance.random() < 0.08,
        contacts=chance.choice(
            (("appointment",), ("met",), ("no_answer", "appointment"), ("no_answer", "no_answer", "met"))
        ),
        level=level,
        intensity=intensity,
        second="amend" if chance.random() < 0.12 else "validate",
        operator=_operator(number),
        proposals=("signs",) if chance.random() < 0.75 else ("hesitates", "signs"),
        wait=wait,
        laps=tuple(path),
        reason=reason,
        exit_housing=housing,
        stops_after=stops,
        reached=reason != "breakdown" and chance.random() < 0.8,
        worker_leaves_after=chance.randint(40, 120) if chance.random() < 0.08 else None,
    )


def _operator(number: int) -> str:
    return "soliha" if number % 3 == 0 else "adaff"


_REASONS = (
    "goals_reached",
    "goals_reached",
    "common_law",
    "common_law",
    "duration_ended",
    "declined",
    "breakdown",
    "moved_away",
)


def _year_2019(chance: Random) -> Iterator[Journey]:
    """23 measures that begin in 2019, and a dozen households who do not enter."""
    number = 201
    for day, door in zip(
        _spread(date(2018, 12, 17), date(2019, 7, 20), SHEET.entered_2019, chance),
        _doors(10, 13, chance),
        strict=True,
    ):
        reason = chance.choice(_REASONS)
        wait = chance.choice((1, 2)) if door == "access" else 0
        journey = _ending(number, day, door, reason, chance.choice((2, 3, 4)), wait, chance)
        yield (
            replace(journey, level=1, intensity="light", laps=("continue", "end"))
            if number % 9 == 0
            else journey
        )
        number += 1
    for day, door in zip(
        _spread(date(2018, 12, 20), date(2019, 9, 1), 11, chance), _doors(4, 7, chance), strict=True
    ):
        yield _outside(number, day, door)
        number += 1


def _outside(number: int, day: date, door: Door) -> Journey:
    """A household who does not enter, by one of the ways there are."""
    match number % 5:
        case 0:
            return Journey(number, day, door, first="refuse", sent_back=True)
        case 1:
            return Journey(number, day, door, first="redirect")
        case 2:
            return Journey(number, day, door, contacts=("no_answer",) * 3)
        case 3:
            return Journey(number, day, door, contacts=("no_answer", "refused"))
        case _:
            return _not_entered(number, day, door, "declines")


def _flow(today: date) -> Iterator[Journey]:
    """Since 2020: a referral or two a month until three weeks ago, drawn month by month whatever the day."""
    month = date(2020, 1, 1)
    number = 401
    while month < today:
        chance = Random(f"asae {month}")  # noqa: S311 - chance makes stories here, not secrets
        recent = (today - month).days < 420
        for _ in range(2 if recent else chance.choice((1, 1, 1, 1, 1, 2))):
            day = month + timedelta(days=chance.randint(5, 27))
            door: Door = "access" if chance.random() < 0.45 else "retention"
            wait = chance.choice((1, 2, 4)) if door == "access" else 0
            if chance.random() < 0.3:
                journey = _outside(number, day, door)
            else:
                journey = _ending(
                    number, day, door, chance.choice(_REASONS), chance.choice((2, 3, 3, 4)), wait, chance
                )
                if number % 8 == 0 and door == "access":
                    journey = replace(
                        journey, level=3, intensity="strong", operator="soliha", exit_housing="iml_slid"
                    )
                elif number % 8 == 1:
                    journey = replace(journey, level=1, intensity="light", laps=("continue", "end"))
            number += 1
            if day < today - timedelta(days=45):
                yield journey
        month = (month + timedelta(days=32)).replace(day=1)
