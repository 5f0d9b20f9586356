"""What figures count: submissions that are still good, each with its day, its case and the answers asked for.

One query a form, with the few fields that the figures read and nothing else; only cases that the person may
see.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from asae_engine import access, feel
from asae_engine.calendar import end_of_day, local_date
from asae_engine.model import Case, Submission

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from uuid import UUID

    from sqlalchemy.orm import Session

    from asae_engine.access import Actor
    from asae_engine.bundles import Figure, Happening


@dataclass(frozen=True, slots=True)
class KnownCase:
    """A case that the person may see."""

    id: UUID
    number: str
    household_id: UUID
    door: str | None
    opened: date
    closed: date | None


@dataclass(frozen=True, slots=True)
class Happened:
    """One submission, or the opening of a case."""

    case: KnownCase
    #: When it counts: the day it was sent, or the date answer that the figure names.
    day: date
    #: When it was sent: of several, this tells the latest.
    at: datetime
    answers: Mapping[str, Any] = field(default_factory=dict)


class Record:
    """Everything that the figures of a page are computed from, as it was known at the end of a day."""

    def __init__(
        self, session: Session, actor: Actor, figures: Iterable[Figure], until: date, now: datetime
    ) -> None:
        self.until = until
        self._now = now
        self.cases = _cases(session, actor, until)
        self._submissions: dict[str, list[Happened]] = {}
        self._latest: dict[str, dict[UUID, Happened]] = {}
        wanted: dict[str, set[str]] = {}
        for figure in figures:
            for form, name in figure.reads():
                wanted.setdefault(form, set()).update({name} if name else ())
            if figure.where:
                wanted.setdefault(figure.of.form, set()).update(feel.names(figure.where) - {"door"})
        for form, names in sorted(wanted.items()):
            self._submissions[form] = self._read(session, form, sorted(names))

    def of(self, happening: Happening, where: str | None = None) -> list[Happened]:
        """What happened as a figure describes it, in order of time, up to the record's day."""
        if not happening.form:
            return [Happened(case, case.opened, end_of_day(case.opened)) for case in self.cases.values()]
        found = []
        for one in self._submissions.get(happening.form, []):
            if not matches(one.answers, happening.match):
                continue
            day = one.day if happening.on is None else _date(one.answers.get(happening.on))
            if day is not None and day <= self.until:
                found.append(one if day == one.day else Happened(one.case, day, one.at, one.answers))
        return found if where is None else self._narrowed(found, where)

    def submissions(self, form: str) -> list[Happened]:
        """Every submission of a form up to the record's day."""
        return self._submissions.get(form, [])

    def latest(self, form: str) -> dict[UUID, Happened]:
        """The last submission of a form in each case."""
        if form not in self._latest:
            self._latest[form] = {one.case.id: one for one in self.submissions(form)}
        return self._latest[form]

    def _narrowed(self, found: list[Happened], where: str) -> list[Happened]:
        contexts = [(where, {**one.answers, "door": one.case.door}) for one in found]
        outcomes = feel.evaluate_each(contexts, now=self._now)
        return [one for one, outcome in zip(found, outcomes, strict=True) if outcome is True]

    def _read(self, session: Session, form: str, names: list[str]) -> list[Happened]:
        columns = [Submission.data[name].label(f"field_{number}") for number, name in enumerate(names)]
        rows = session.execute(
            select(Submission.case_id, Submission.answered_at, *columns)
            .where(
                Submission.form_key == form,
                Submission.superseded.is_(False),
                Submission.answered_at <= end_of_day(self.until),
            )
            .order_by(Submission.answered_at, Submission.id)
        )
        return [
            Happened(case, local_date(at), at, dict(zip(names, values, strict=True)))
            for case_id, at, *values in rows
            if (case := self.cases.get(case_id)) is not None
        ]


def _cases(session: Session, actor: Actor, until: date) -> dict[UUID, KnownCase]:
    rows = session.execute(
        select(Case.id, Case.number, Case.household_id, Case.door, Case.opened_at, Case.closed_at).where(
            access.visible_cases(actor), Case.opened_at <= end_of_day(until)
        )
    )
    return {
        id_: KnownCase(
            id_, number, household, door, local_date(opened), None if closed is None else local_date(closed)
        )
        for id_, number, household, door, opened, closed in rows
    }


def matches(answers: Mapping[str, Any], match: Mapping[str, object]) -> bool:
    """Whether answers are as a figure wants them: equal to a value, or one of a list."""
    return all(
        answers.get(name) in wanted if isinstance(wanted, list) else answers.get(name) == wanted
        for name, wanted in match.items()
    )


def _date(value: object) -> date | None:
    try:
        return date.fromisoformat(str(value)[:10]) if value else None
    except ValueError:
        return None
