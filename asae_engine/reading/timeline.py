"""What happened in a case, newest first: its events, told by kind. An event names fields and steps, never a
value.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from sqlalchemy import or_, select

from asae_engine.model import NAME_OF_ELEMENT, Event, InstanceKind, ProcessInstance, Task, User

if TYPE_CHECKING:
    from datetime import datetime
    from uuid import UUID

    from sqlalchemy.orm import Session

PAGE = 40


class About(StrEnum):
    """What events can be filtered by."""

    STEPS = "etapes"
    ANSWERS = "reponses"
    DEADLINES = "echeances"
    JOURNEY = "parcours"


#: Types of events by what they are about. Others (a token's every move) are for the diagram, not for people.
TYPES: dict[About, tuple[str, ...]] = {
    About.STEPS: (
        "task.opened",
        "task.claimed",
        "task.released",
        "task.assigned",
        "task.completed",
        "task.canceled",
    ),
    About.ANSWERS: ("answers.submitted", "task.completed", "answer.corrected", "attachment.added"),
    About.DEADLINES: ("task.reminder", "task.overdue", "task.escalated", "timer.fired", "notice.sent"),
    About.JOURNEY: (
        "case.opened",
        "case.closed",
        "instance.started",
        "instance.ended",
        "instance.canceled",
        "message.delivered",
        "signal.caught",
        "condition.met",
        "compensation.thrown",
        "incident.raised",
        "incident.resolved",
        "member.added",
    ),
}
#: Shown when no filter was chosen: what people did and what deadlines did, without their echoes.
MAIN = (
    "case.opened",
    "case.closed",
    "task.claimed",
    "task.released",
    "task.assigned",
    "task.completed",
    "task.canceled",
    "task.reminder",
    "task.overdue",
    "task.escalated",
    "answer.corrected",
    "instance.started",
    "instance.canceled",
    "message.delivered",
    "signal.caught",
    "condition.met",
    "compensation.thrown",
    "incident.raised",
    "incident.resolved",
)
#: The life of an instance: of interest for what people start beside the journey.
_RUNS = ("instance.started", "instance.ended", "instance.canceled")


@dataclass(frozen=True, slots=True)
class Happened:
    """One thing that happened."""

    rank: int
    type: str
    at: datetime
    who: str | None
    element_name: str | None
    data: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Timeline:
    """A page of what happened."""

    events: list[Happened]
    #: Rank before which the next page begins; none on the last one.
    before: int | None


def timeline(
    session: Session,
    case_id: UUID,
    *,
    about: About | None = None,
    before: int | None = None,
    limit: int = PAGE,
) -> Timeline:
    """What happened in a case, newest first. Index `uq_event_case_rank`."""
    query = (
        select(
            Event.rank, Event.type, Event.at, NAME_OF_ELEMENT.label("element"), Event.data, User.display_name
        )
        .outerjoin(User, User.id == Event.actor_id)
        .outerjoin(Task, Task.id == Event.task_id)
        .outerjoin(ProcessInstance, ProcessInstance.id == Event.instance_id)
        .where(
            Event.case_id == case_id,
            Event.type.in_(TYPES[about] if about else MAIN),
            # What runs at a deadline is told by its reminder; the journey itself by the case's opening.
            or_(Event.type.not_in(_RUNS), ProcessInstance.kind == InstanceKind.SIDE),
        )
        .order_by(Event.rank.desc())
        .limit(limit + 1)
    )
    if before is not None:
        query = query.where(Event.rank < before)
    events = [
        Happened(row.rank, row.type, row.at, row.display_name, row.element, row.data)
        for row in session.execute(query)
    ]
    more = events[limit - 1].rank if len(events) > limit else None
    return Timeline(events[:limit], more)
