"""The figures of the programme's sheet, computed over what happened, each with the cases behind it.

`programme.json` says what each counts (`bundles.figures`); this room knows how each kind is counted, never
what. A figure is true at a day: what was answered later does not count; a correction counts at the day of the
answer that it corrects.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import TYPE_CHECKING

from sqlalchemy import func, select

from asae_engine import access
from asae_engine.bundles import Happening
from asae_engine.calendar import local_date
from asae_engine.model import Case
from asae_engine.reading import counting
from asae_engine.reading.counting import Amounts, Counted
from asae_engine.reading.happenings import Happened, Record, matches
from asae_engine.reading.splitting import Splitter

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from datetime import datetime

    from sqlalchemy.orm import Session

    from asae_engine.access import Actor
    from asae_engine.bundles import Bundle, Figure


@dataclass(frozen=True, slots=True)
class Period:
    """From a day to a day, both counted; figures are true at the end of the second."""

    start: date
    end: date

    @property
    def days(self) -> int:
        """How many days it has."""
        return (self.end - self.start).days + 1

    def holds(self, day: date) -> bool:
        """Whether a day is in it."""
        return self.start <= day <= self.end


@dataclass(frozen=True, slots=True)
class Part:
    """One value of what a figure is split by."""

    key: str
    label: str
    value: float
    amounts: Amounts | None
    counted: tuple[Counted, ...]


@dataclass(frozen=True, slots=True)
class Result:
    """A figure over a period."""

    figure: Figure
    value: float | None
    #: Spread of what was measured, when the figure measures days or euros.
    amounts: Amounts | None = None
    #: The second spread of a pair (the figure's own is the first).
    after: Amounts | None = None
    parts: tuple[Part, ...] = ()
    #: What it opens on, in order of time.
    counted: tuple[Counted, ...] = ()
    target: float | None = None
    #: Set when the programme's settings lack something, in French.
    note: str | None = field(default=None)


def compute(
    session: Session,
    actor: Actor,
    bundle: Bundle,
    period: Period,
    *,
    now: datetime,
    door: str = "",
    only: str = "",
) -> list[Result]:
    """Every figure of the programme, or the one `only` names, over the cases that the person may see."""
    wanted = [figure for figure in bundle.programme.figures if not only or figure.key == only]
    parts = {key for figure in wanted for key in figure.parts}
    needed = [*wanted, *(one for one in bundle.programme.figures if one.key in parts and one not in wanted)]
    record = Record(session, actor, needed, period.end, now)
    if door:
        record.cases = {key: case for key, case in record.cases.items() if case.door == door}
    work = _Work(record, bundle, period, door)
    results = {figure.key: work.result(figure) for figure in needed if figure.kind != "sum"}
    return [results.get(figure.key) or work.total(figure, results) for figure in wanted]


def first_opening(session: Session, actor: Actor) -> date | None:
    """The day on which the first case that the person may see was opened."""
    opened = session.scalar(select(func.min(Case.opened_at)).where(access.visible_cases(actor)))
    return None if opened is None else local_date(opened)


class _Work:
    """The figures of one page."""

    def __init__(self, record: Record, bundle: Bundle, period: Period, door: str) -> None:
        self._record = record
        self._bundle = bundle
        self._period = period
        self._door = door
        self._settings = bundle.programme.settings
        self._splitter = Splitter(bundle, record, period.end)

    def result(self, figure: Figure) -> Result:
        """One figure that is not a sum of others."""
        kinds: Mapping[str, Callable[[Figure], Result]] = {
            "count": self._count,
            "stock": self._stock,
            "delay": self._delay,
            "amount": self._amount,
            "pair": self._pair,
            "per_case": self._per_case,
            "cost": self._cost,
            "returns": self._returns,
        }
        return kinds[figure.kind](figure)

    def total(self, figure: Figure, results: Mapping[str, Result]) -> Result:
        """A sum of counted figures, opening on the cases of all of them."""
        parts = [results[key] for key in figure.parts]
        counted = sorted(
            (one for part in parts for one in part.counted), key=lambda one: (one.day, one.case.number)
        )
        return Result(figure, sum(part.value or 0 for part in parts), counted=tuple(counted))

    def _count(self, figure: Figure) -> Result:
        found = [
            Counted(one.case, one.day, None, one)
            for one in self._visible(self._record.of(figure.of, figure.where))
            if self._period.holds(one.day)
        ]
        if figure.also is not None:
            also = {one.case.id for one in self._record.of(figure.also)}
            found = [one for one in found if one.case.id in also]
        if figure.also_absent is not None:
            absent = {one.case.id for one in self._record.of(figure.also_absent)}
            found = [one for one in found if one.case.id not in absent]
        return self._counted(figure, found)

    def _stock(self, figure: Figure) -> Result:
        return self._counted(figure, [Counted(one.case, one.day, None, one) for one in self._running(figure)])

    def _returns(self, figure: Figure) -> Result:
        closed: dict[object, list[date]] = {}
        for case in self._record.cases.values():
            if case.closed is not None:
                closed.setdefault(case.household_id, []).append(case.closed)
        found = [
            Counted(case, case.opened, None, None)
            for case in self._record.cases.values()
            if self._period.holds(case.opened)
            and any(day <= case.opened for day in closed.get(case.household_id, []))
        ]
        return self._counted(figure, sorted(found, key=lambda one: (one.day, one.case.number)))

    def _counted(self, figure: Figure, found: Sequence[Counted]) -> Result:
        kept = counting.distinct(found, figure.unit)
        return Result(
            figure,
            len(kept),
            parts=self._parts(figure, kept, measured=False),
            counted=tuple(kept),
            target=counting.target(self._settings, figure.target, self._period.start, self._period.end),
        )

    def _delay(self, figure: Figure) -> Result:
        first, last = _ends(figure)
        starts = counting.one_by_case(self._record.of(first), first.which)
        ends = counting.one_by_case(self._visible(self._record.of(last)), last.which)
        found = [
            Counted(end.case, end.day, float((end.day - starts[key].day).days), end)
            for key, end in ends.items()
            if key in starts and self._period.holds(end.day) and end.day >= starts[key].day
        ]
        return self._measured(figure, found)

    def _amount(self, figure: Figure) -> Result:
        found = []
        for one in self._visible(self._record.of(figure.of, figure.where)):
            value = counting.number(one.answers.get(figure.measure or ""))
            if value is not None and self._period.holds(one.day):
                found.append(Counted(one.case, one.day, value, one))
        return self._measured(figure, found)

    def _pair(self, figure: Figure) -> Result:
        places = (figure.before or ("", ""), figure.after or ("", ""))
        found, firsts, seconds = [], [], []
        for one in counting.one_by_case(self._record.of(figure.of, figure.where), "last").values():
            if not self._period.holds(one.day) or one.case.id not in self._record.cases:
                continue
            before, after = (self._latest_number(one, place) for place in places)
            if before is not None and after is not None:
                found.append(Counted(one.case, one.day, after - before, one))
                firsts.append(before)
                seconds.append(after)
        first, second = counting.amounts(firsts), counting.amounts(seconds)
        change = None if first is None or second is None else round(second.total - first.total, 2)
        return Result(figure, change, first, second, counted=tuple(found))

    def _latest_number(self, one: Happened, place: tuple[str, str]) -> float | None:
        form, name = place
        latest = self._record.latest(form).get(one.case.id)
        return None if latest is None else counting.number(latest.answers.get(name))

    def _per_case(self, figure: Figure) -> Result:
        ended = counting.one_by_case(self._record.of(figure.of, figure.where), "last")
        counts: dict[object, int] = {}
        for one in self._record.submissions(figure.counted or ""):
            counts[one.case.id] = counts.get(one.case.id, 0) + 1
        found = [
            Counted(one.case, one.day, float(counts.get(one.case.id, 0)), one)
            for one in self._visible(ended.values())
            if self._period.holds(one.day)
        ]
        return self._measured(figure, found)

    def _cost(self, figure: Figure) -> Result:
        """What a measure costs for a year: the period's budget over the measures active in it, by the day."""
        cost, covered, missing = counting.spent(
            self._settings, figure.setting or "", self._period.start, self._period.end
        )
        found = []
        for one, begun, ended in self._spans(figure):
            days = sum(max(0, (min(ended, last) - max(begun, first)).days + 1) for first, last in covered)
            if days:
                found.append(Counted(one.case, begun, float(days), one))
        active = sum(one.value or 0.0 for one in found)
        days_covered = sum((last - first).days + 1 for first, last in covered)
        years = ", ".join(str(year) for year in missing)
        note = (
            f"Le coût annuel de {years} n’est pas renseigné dans les réglages du programme."
            if missing
            else None
        )
        value = round(cost * days_covered / active, 2) if active else None
        return Result(figure, value, counted=tuple(found), note=note)

    def _spans(self, figure: Figure) -> list[tuple[Happened, date, date]]:
        first, last = _ends(figure)
        starts = counting.one_by_case(self._record.of(first), "first")
        ends = counting.one_by_case(self._record.of(last), "last")
        spans = []
        for key, one in starts.items():
            if one.case.id in self._record.cases:
                end = ends[key].day - timedelta(days=1) if key in ends else self._period.end
                spans.append((one, one.day, end))
        return spans

    def _running(self, figure: Figure) -> list[Happened]:
        first, last = _ends(figure)
        ended = {one.case.id for one in self._record.of(last)}
        starts = counting.one_by_case(self._record.of(first), "first").values()
        running = [one for one in self._visible(starts) if one.case.id not in ended]
        if first.within:
            running = [one for one in running if self._period.holds(one.day)]
        if figure.having is None:
            return running
        latest = self._record.latest(figure.having.form)
        return [
            one
            for one in running
            if one.case.id in latest and matches(latest[one.case.id].answers, figure.having.match)
        ]

    def _measured(self, figure: Figure, found: Sequence[Counted]) -> Result:
        ordered = sorted(found, key=lambda one: (one.day, one.case.number))
        spread = counting.amounts([one.value or 0.0 for one in ordered])
        return Result(
            figure,
            None if spread is None else spread.median,
            spread,
            parts=self._parts(figure, ordered, measured=True),
            counted=tuple(ordered),
        )

    def _parts(self, figure: Figure, found: Sequence[Counted], *, measured: bool) -> tuple[Part, ...]:
        if figure.split is None:
            return ()
        parts = []
        for key, label, group in self._splitter.groups(figure, found):
            spread = counting.amounts([one.value or 0.0 for one in group]) if measured else None
            value = float(len(group)) if spread is None else spread.median
            parts.append(Part(key, label, value, spread, tuple(group)))
        return tuple(parts)

    def _visible(self, found: Iterable[Happened]) -> list[Happened]:
        """Without the cases of the other door."""
        return [one for one in found if one.case.id in self._record.cases]


def _ends(figure: Figure) -> tuple[Happening, Happening]:
    """Where a figure's stretch of time begins and ends; its parser gives both."""
    return figure.start or Happening(), figure.end or Happening()


def part_of(result: Result, key: str) -> Result:
    """The same figure with only the cases of one of its parts."""
    part = next((one for one in result.parts if one.key == key), None)
    if part is None:
        return result
    return replace(result, value=part.value, amounts=part.amounts, counted=part.counted, parts=())
