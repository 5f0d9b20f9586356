"""What a manager watches: steps that are late and journeys that are stopped.

One query for the lines (late steps and incidents together, the worst first), one for their counts. Only cases
that the person may see are in it; households are named only to those who may read their names.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from sqlalchemy import (
    Select,
    case,
    func,
    literal,
    null,
    select,
    union_all,
)
from sqlalchemy.types import String

from asae_engine import access
from asae_engine.access import Tie
from asae_engine.model import (
    Case,
    DeadlineKind,
    Incident,
    Organisation,
    Task,
    TaskCandidate,
    TaskDeadline,
    TaskStatus,
    User,
)
from asae_engine.reading import board_filters, deployed, identity
from asae_engine.reading.board_filters import Filters, State

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime
    from uuid import UUID

    from sqlalchemy.engine import Row
    from sqlalchemy.orm import Session
    from sqlalchemy.sql.selectable import SelectBase, Subquery

    from asae_engine.access import Actor

PAGE = 50


@dataclass(frozen=True, slots=True)
class Line:
    """One late step, or one stopped journey."""

    id: UUID
    #: Stopped: an incident. Else a step, late or not.
    stopped: bool
    case_id: UUID
    case_number: str
    household: str | None
    door: str | None
    step: str
    #: When it was due, or when it stopped; of a step without a deadline, when it arrived.
    since: datetime
    opened_at: datetime
    due_at: datetime | None
    #: What the engine says of an incident.
    message: str | None
    lane: str | None
    why: Mapping[str, Any]
    #: Who has the step.
    worker: str | None
    #: Organisation of who has the step, else the groups it is offered to.
    groups: tuple[str, ...]
    #: How many escalations went out.
    alerts: int


@dataclass(frozen=True, slots=True)
class Share:
    """How much of what is late or stopped stands with one organisation, step or person."""

    key: str
    label: str
    late: int = 0
    stopped: int = 0
    open: int = 0
    oldest: datetime | None = None


@dataclass(frozen=True, slots=True)
class Board:
    """A page of lines and the counts of the whole, under every filter but that of state."""

    lines: list[Line]
    pages: int
    counts: Mapping[State, int]
    organisations: list[Share] = field(default_factory=list)
    steps: list[Share] = field(default_factory=list)
    workers: list[Share] = field(default_factory=list)


def board(session: Session, actor: Actor, filters: Filters, *, now: datetime) -> Board:
    """The overdue page of a person."""
    lines = _lines(actor, filters, now)
    rows = session.execute(
        select(lines)
        .order_by(lines.c.rank, lines.c.since, lines.c.id)
        .limit(PAGE)
        .offset((max(filters.page, 1) - 1) * PAGE)
    ).all()
    names, words = identity.reader(session, actor), _Groups(session)
    shares = _shares(session, actor, filters, now)
    counts = _counts(shares)
    return Board(
        lines=[_line(row, names, words) for row in rows],
        pages=max(1, -(-counts[filters.state] // PAGE)),
        counts=counts,
        organisations=_by(shares, lambda row: words.organisation(row.organisation)),
        steps=_by(shares, lambda row: (row.step, row.step)),
        workers=_by(shares, lambda row: (row.username or "", row.worker or "")),
    )


def _lines(actor: Actor, filters: Filters, now: datetime) -> Subquery:
    """The lines of one state as one statement."""
    parts = []
    if filters.state is not State.STOPPED:
        parts.append(_tasks(actor, filters, now))
    if filters.state in (State.TROUBLE, State.STOPPED):
        parts.append(_incidents(actor, filters))
    return (union_all(*parts) if len(parts) > 1 else parts[0]).subquery("line")


def _tasks(actor: Actor, filters: Filters, now: datetime) -> SelectBase:
    groups = (
        select(
            func.aggregate_strings(
                TaskCandidate.role + "@" + func.coalesce(TaskCandidate.organisation_key, ""), ","
            )
        )
        .where(TaskCandidate.task_id == Task.id)
        .scalar_subquery()
    )
    alerts = (
        select(func.count())
        .where(
            TaskDeadline.task_id == Task.id,
            TaskDeadline.fired_at.is_not(None),
            TaskDeadline.kind.in_([DeadlineKind.ESCALATION_1, DeadlineKind.ESCALATION_2]),
        )
        .scalar_subquery()
    )
    query = (
        select(
            literal(1).label("rank"),
            Task.id.label("id"),
            func.coalesce(Task.due_at, Task.opened_at).label("since"),
            Task.case_id,
            Task.name.label("step"),
            Task.opened_at,
            Task.due_at,
            Task.lane,
            Task.why,
            User.display_name.label("worker"),
            User.organisation_key.label("organisation"),
            groups.label("groups"),
            alerts.label("alerts"),
            literal(None, String()).label("message"),
            *_case_columns(actor),
        )
        .join(Case, Case.id == Task.case_id)
        .outerjoin(User, User.id == Task.assignee_id)
        .where(Task.status == TaskStatus.OPEN, access.visible_cases(actor), *board_filters.of_tasks(filters))
    )
    return query if filters.state is State.OPEN else query.where(Task.due_at < now)


def _incidents(actor: Actor, filters: Filters) -> SelectBase:
    return (
        select(
            literal(0).label("rank"),
            Incident.id.label("id"),
            Incident.at.label("since"),
            Incident.case_id,
            func.coalesce(Incident.element_name, "").label("step"),
            Incident.at.label("opened_at"),
            null().label("due_at"),
            null().label("lane"),
            null().label("why"),
            null().label("worker"),
            null().label("organisation"),
            null().label("groups"),
            literal(0).label("alerts"),
            Incident.message.label("message"),
            *_case_columns(actor),
        )
        .join(Case, Case.id == Incident.case_id)
        .where(
            Incident.resolved_at.is_(None), access.visible_cases(actor), *board_filters.of_incidents(filters)
        )
    )


def _case_columns(actor: Actor) -> list[Any]:
    return [Case.number, Case.title, Case.door, access.tie_column(actor).label("tie")]


def _shares(session: Session, actor: Actor, filters: Filters, now: datetime) -> list[Row[Any]]:
    """Open steps, late steps and incidents by organisation, step and person, under every filter but state."""
    late = case((Task.due_at < now, 1), else_=0)
    organisation = case(
        (Task.assignee_id.is_not(None), func.coalesce(User.organisation_key, board_filters.ANY)),
        else_=func.coalesce(
            select(func.min(func.coalesce(TaskCandidate.organisation_key, board_filters.ANY)))
            .where(TaskCandidate.task_id == Task.id)
            .scalar_subquery(),
            board_filters.ANY,
        ),
    )
    tasks = (
        select(
            organisation.label("organisation"),
            Task.name.label("step"),
            User.username.label("username"),
            User.display_name.label("worker"),
            literal(1).label("open"),
            late.label("late"),
            literal(0).label("stopped"),
            case((Task.due_at < now, Task.due_at)).label("since"),
        )
        .join(Case, Case.id == Task.case_id)
        .outerjoin(User, User.id == Task.assignee_id)
        .where(Task.status == TaskStatus.OPEN, access.visible_cases(actor), *board_filters.of_tasks(filters))
    )
    incidents = (
        select(
            null().label("organisation"),
            func.coalesce(Incident.element_name, "").label("step"),
            null().label("username"),
            null().label("worker"),
            literal(0).label("open"),
            literal(0).label("late"),
            literal(1).label("stopped"),
            Incident.at.label("since"),
        )
        .join(Case, Case.id == Incident.case_id)
        .where(
            Incident.resolved_at.is_(None), access.visible_cases(actor), *board_filters.of_incidents(filters)
        )
    )
    one = union_all(tasks, incidents).subquery("one")
    grouped: Select[Any] = select(
        one.c.organisation,
        one.c.step,
        one.c.username,
        one.c.worker,
        func.sum(one.c.open).label("open"),
        func.sum(one.c.late).label("late"),
        func.sum(one.c.stopped).label("stopped"),
        func.min(one.c.since).label("oldest"),
    ).group_by(one.c.organisation, one.c.step, one.c.username, one.c.worker)
    return list(session.execute(grouped).all())


def _counts(shares: Iterable[Row[Any]]) -> dict[State, int]:
    rows = list(shares)
    late, stopped, all_open = (
        sum(getattr(row, name) for row in rows) for name in ("late", "stopped", "open")
    )
    return {
        State.TROUBLE: late + stopped,
        State.STOPPED: stopped,
        State.LATE: late,
        State.OPEN: all_open,
    }


def _by(shares: Iterable[Row[Any]], name: Any) -> list[Share]:
    """The shares of each organisation, step or person, the worst first; rows without a key are left out."""
    found: dict[str, Share] = {}
    for row in shares:
        key, label = name(row)
        if not key:
            continue
        before = found.get(key, Share(key, label))
        oldest = min((when for when in (before.oldest, row.oldest) if when is not None), default=None)
        found[key] = Share(
            key,
            label,
            before.late + row.late,
            before.stopped + row.stopped,
            before.open + row.open,
            oldest,
        )
    return sorted(found.values(), key=lambda one: (-(one.late + one.stopped), -one.open, one.label))


class _Groups:
    """Roles and organisations in words, read once a page."""

    def __init__(self, session: Session) -> None:
        newest = deployed.newest(session)
        programme = None if newest is None else newest[1].programme
        self._roles = {} if programme is None else {key: role.label for key, role in programme.roles.items()}
        self._organisations = {
            row.key: row.label for row in session.execute(select(Organisation.key, Organisation.label))
        }

    def organisation(self, key: str | None) -> tuple[str, str]:
        if key is None:
            return "", ""
        return key, self._organisations.get(key, "" if key == board_filters.ANY else key)

    def offered(self, written: str | None) -> tuple[str, ...]:
        """« Travailleur social, ADAFF » for `support_worker@adaff`."""
        found = []
        for group in (written or "").split(","):
            role, _, organisation = group.partition("@")
            if role:
                label = self._roles.get(role, role)
                owner = self._organisations.get(organisation, organisation)
                found.append(f"{label}, {owner}" if owner else label)
        return tuple(sorted(set(found)))


def _line(row: Row[Any], names: identity.Names, groups: _Groups) -> Line:
    tie = Tie(row.tie)
    has_worker = row.worker is not None
    return Line(
        id=row.id,
        stopped=row.rank == 0,
        case_id=row.case_id,
        case_number=row.number,
        household=names.household(row.title, tie),
        door=names.door(row.door),
        step=row.step,
        since=row.since,
        opened_at=row.opened_at,
        due_at=row.due_at,
        message=row.message,
        lane=row.lane,
        why=row.why or {},
        worker=row.worker,
        groups=(groups.organisation(row.organisation)[1],) if has_worker else groups.offered(row.groups),
        alerts=row.alerts,
    )
