"""« Mes tâches »: the open tasks someone has or may take, the most urgent first, and the notices above them.

One query for the lines (indexes `ix_task_open_assignee`, `ix_task_open_due`, `ix_task_candidate_role`), one
for the counts; paging by key, so that the hundredth page costs what the first does.
"""

from __future__ import annotations

import base64
import binascii
import json
from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from itertools import groupby
from typing import TYPE_CHECKING, Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, case, func, nulls_last, or_, select, union_all

from asae_engine import access, calendar
from asae_engine.access import Tie
from asae_engine.model import Case, Household, Task
from asae_engine.reading import identity, people

if TYPE_CHECKING:
    from sqlalchemy.engine import Row
    from sqlalchemy.orm import Session

    from asae_engine.access import Actor

PAGE = 50


class Whose(StrEnum):
    """Which tasks are asked for."""

    ALL = "toutes"
    MINE = "moi"
    GROUP = "groupe"


class Urgency(StrEnum):
    """Where a deadline stands against the present day in France. The week ends on Sunday."""

    LATE = "late"
    TODAY = "today"
    WEEK = "week"
    LATER = "later"


@dataclass(frozen=True, slots=True)
class Filters:
    """What the address of the page asks for."""

    whose: Whose = Whose.ALL
    #: Name of a step, as diagrams have it.
    step: str = ""
    #: Number of a case, whole or its beginning.
    case: str = ""
    urgency: Urgency | None = None
    #: Where the page begins: what `Inbox.next_cursor` gave.
    cursor: str = ""


@dataclass(frozen=True, slots=True)
class Line:
    """One task in the inbox."""

    task_id: UUID
    name: str
    case_id: UUID
    case_number: str
    #: Name of the household; none when this person may not read it.
    household: str | None
    town: str | None
    door: str | None
    opened_at: datetime
    due_at: datetime | None
    follow_up_at: datetime | None
    mine: bool
    lane: str | None
    why: dict[str, Any]
    #: Name of who brought it here, when someone did.
    author: str | None
    urgency: Urgency


@dataclass(frozen=True, slots=True)
class Inbox:
    """A page of the inbox and the counts of the whole."""

    lines: list[Line]
    next_cursor: str | None
    #: Open tasks by urgency, under every filter but that of urgency.
    by_urgency: dict[Urgency, int]
    #: Open tasks one has, and those one may take, whatever the filters.
    mine: int
    group: int
    #: Names of the steps that appear, with how many tasks each.
    steps: list[tuple[str, int]]

    @property
    def groups(self) -> list[tuple[Urgency, list[Line]]]:
        """The lines of the page by urgency, in their order."""
        return [
            (urgency, list(lines)) for urgency, lines in groupby(self.lines, key=lambda line: line.urgency)
        ]

    @property
    def total(self) -> int:
        """Tasks under the filters but that of urgency."""
        return sum(self.by_urgency.values())


def inbox(session: Session, actor: Actor, filters: Filters, *, now: datetime) -> Inbox:
    """The inbox of a person. A cursor that was not given by this function begins at the start."""
    days = _Days(now)
    rows = session.execute(_lines(actor, filters, days)).all()
    names = identity.reader(session, actor)
    authors = people.named(session, (row.why for row in rows[:PAGE]))
    lines = [_line(row, names, authors, days) for row in rows[:PAGE]]
    more = _cursor(lines[-1]) if len(rows) > PAGE else None
    return _counted(session, actor, filters, days, lines, more)


#: By due date, those without one last.
_IN_ORDER = (nulls_last(Task.due_at.asc()), Task.id)


class _Days:
    """The instants that part late from today, today from this week, this week from later."""

    def __init__(self, now: datetime) -> None:
        today = calendar.local_date(now)
        self.now = now
        self.tonight = calendar.end_of_day(today)
        self.sunday = calendar.end_of_day(today + timedelta(days=6 - today.weekday()))

    def urgency(self, due_at: datetime | None) -> Urgency:
        if due_at is None:
            return Urgency.LATER
        if due_at < self.now:
            return Urgency.LATE
        if due_at <= self.tonight:
            return Urgency.TODAY
        return Urgency.WEEK if due_at <= self.sunday else Urgency.LATER

    def condition(self, urgency: Urgency) -> ColumnElement[bool]:
        if urgency is Urgency.LATE:
            return Task.due_at < self.now
        if urgency is Urgency.TODAY:
            return and_(Task.due_at >= self.now, Task.due_at <= self.tonight)
        if urgency is Urgency.WEEK:
            return and_(Task.due_at > self.tonight, Task.due_at >= self.now, Task.due_at <= self.sunday)
        return or_(Task.due_at.is_(None), and_(Task.due_at > self.sunday, Task.due_at > self.tonight))


def _parts(actor: Actor, whose: Whose) -> list[ColumnElement[bool]]:
    """The tasks one has and those one may take: each is looked for by an index of its own, which no database
    does for the two at once.
    """
    own, offered = access.own_tasks(actor), access.claimable_tasks(actor)
    return {Whose.MINE: [own], Whose.GROUP: [offered], Whose.ALL: [own, offered]}[whose]


def _narrowed(filters: Filters) -> list[ColumnElement[bool]]:
    wanted = []
    if filters.step:
        wanted.append(Task.name == filters.step)
    if filters.case:
        wanted.append(Case.number.startswith(filters.case, autoescape=True))
    return wanted


def _lines(actor: Actor, filters: Filters, days: _Days) -> Select[Any]:
    """The tasks of one page, chosen by the index alone; only they are joined to the rest."""
    wanted = _narrowed(filters)
    if filters.urgency is not None:
        wanted.append(days.condition(filters.urgency))
    if (after := _after(filters.cursor)) is not None:
        wanted.append(after)
    chosen = []
    for part in _parts(actor, filters.whose):
        query = select(Task.id).where(part, *wanted).order_by(*_IN_ORDER).limit(PAGE + 1)
        if filters.case:
            query = query.join(Case, Case.id == Task.case_id)
        chosen.append(select(query.subquery().c.id))
    page = union_all(*chosen).subquery()
    return (
        select(
            Task.id,
            Task.name,
            Task.case_id,
            Task.opened_at,
            Task.due_at,
            Task.follow_up_at,
            Task.assignee_id,
            Task.lane,
            Task.why,
            Case.number,
            Case.title,
            Case.door,
            Household.town,
            access.tie_column(actor).label("tie"),
        )
        .join(page, page.c.id == Task.id)
        .join(Case, Case.id == Task.case_id)
        .join(Household, Household.id == Case.household_id)
        .order_by(*_IN_ORDER)
        .limit(PAGE + 1)
    )


def _line(row: Row[Any], names: identity.Names, authors: dict[str, str], days: _Days) -> Line:
    tie = Tie(row.tie)
    return Line(
        task_id=row.id,
        name=row.name,
        case_id=row.case_id,
        case_number=row.number,
        household=names.household(row.title, tie),
        town=names.town(row.town, tie),
        door=names.door(row.door),
        opened_at=row.opened_at,
        due_at=row.due_at,
        follow_up_at=row.follow_up_at,
        mine=row.assignee_id is not None,
        lane=row.lane,
        why=row.why,
        author=authors.get(row.why.get("by") or ""),
        urgency=days.urgency(row.due_at),
    )


def _counted(
    session: Session, actor: Actor, filters: Filters, days: _Days, lines: list[Line], more: str | None
) -> Inbox:
    """Add the counts: one pass over each part of the person's open tasks, grouped by step."""
    own = Task.assignee_id == actor.user_id
    asked = {Whose.MINE: own, Whose.GROUP: Task.assignee_id.is_(None), Whose.ALL: None}[filters.whose]
    within = [asked] if asked is not None else []
    narrowed = and_(*within, *_narrowed(filters)) if within or _narrowed(filters) else None

    def sum_of(condition: ColumnElement[bool]) -> ColumnElement[int]:
        wanted = condition if narrowed is None else and_(narrowed, condition)
        return func.sum(case((wanted, 1), else_=0))

    columns = [sum_of(days.condition(urgency)).label(urgency.name) for urgency in Urgency]
    mine = func.sum(case((own, 1), else_=0)).label("mine")
    queries = [
        select(Task.name, func.count().label("all"), mine, *columns).where(part).group_by(Task.name)
        for part in _parts(actor, Whose.ALL)
    ]
    if filters.case:
        queries = [query.join(Case, Case.id == Task.case_id) for query in queries]
    rows = session.execute(union_all(*queries)).all()
    held = sum(row.mine for row in rows)
    steps: Counter[str] = Counter()
    for row in rows:
        steps[row.name] += row.all
    return Inbox(
        lines=lines,
        next_cursor=more,
        by_urgency={urgency: sum(getattr(row, urgency.name) for row in rows) for urgency in Urgency},
        mine=held,
        group=sum(row.all for row in rows) - held,
        steps=sorted(steps.items()),
    )


def _cursor(line: Line) -> str:
    place = [line.due_at.isoformat() if line.due_at else None, line.task_id.hex]
    return base64.urlsafe_b64encode(json.dumps(place).encode()).decode().rstrip("=")


def _after(cursor: str) -> ColumnElement[bool] | None:
    """The condition for what comes after a place; none for a place that cannot be read."""
    if not cursor:
        return None
    try:
        due_text, task_hex = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
        task_id = UUID(hex=task_hex)
        due_at = datetime.fromisoformat(due_text) if due_text else None
        if due_at is not None and due_at.tzinfo is None:
            return None
    except (ValueError, TypeError, AttributeError, binascii.Error):
        return None
    if due_at is None:
        return and_(Task.due_at.is_(None), Task.id > task_id)
    return or_(Task.due_at > due_at, and_(Task.due_at == due_at, Task.id > task_id), Task.due_at.is_(None))
