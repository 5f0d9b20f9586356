"""What a journey is: the plan of what will happen to one household, decided before it is lived.

Each journey has its own chance, so that one more or one less changes no other.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from random import Random
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from demonstration.households import Door

#: The first day of the programme in the demonstration.
BEGINNING = date(2016, 1, 4)


@dataclass(frozen=True, slots=True)
class Sheet:
    """The totals of the project sheet (F): 2016-2018, and the year 2019."""

    presented: int = 100
    recommended_access: int = 34
    recommended_retention: int = 40
    done: int = 61
    entered: int = 47
    households: int = 43
    iml_running: int = 2
    breakdowns: int = 6
    entered_2019: int = 23


SHEET = Sheet()


@dataclass(frozen=True, slots=True)
class Journey:
    """One case, from referral to as far as it goes."""

    #: Gives its chance to everything that the plan does not say.
    number: int
    referred_on: date
    door: Door
    #: What the committee decides at the first passage.
    first: str = "diagnostic"
    sent_back: bool = False
    more_information: bool = False
    #: Results of the contact attempts, in order.
    contacts: tuple[str, ...] = ("appointment",)
    needed: bool = True
    level: int = 2
    intensity: str = "medium"
    second: str = "validate"
    operator: str = "adaff"
    #: Answers to the proposals of a contract.
    proposals: tuple[str, ...] = ("signs",)
    #: Months without a dwelling, door « accès » only.
    wait: int = 1
    #: What the committee decides at each reassessment: continue, up, down, pause, end.
    laps: tuple[str, ...] = ("continue", "end")
    #: Why it ends, and where the household lives then.
    reason: str = "goals_reached"
    exit_housing: str = "stays"
    #: The household itself asks to stop, so many days after the start, before the laps are done.
    stops_after: int | None = None
    #: Working days that a pause lasts; none: drawn. An open pause has no date of return.
    away: int | None = None
    open_pause: bool = False
    reached: bool = True
    emergency: bool = False
    #: The step where it is left today, not done; tasks of this form stay open.
    left_at: str | None = None
    #: Forms that are answered on a given day, not when they would have been.
    holds: tuple[tuple[str, date], ...] = ()
    #: The journey of the same household before this one.
    follows: int | None = None
    #: A change of worker, so many days after the start.
    worker_leaves_after: int | None = None

    @property
    def chance(self) -> Random:
        """The same at each call: everything that is drawn for this journey."""
        return Random(f"asae {self.number}")  # noqa: S311 - chance makes stories here, not secrets
