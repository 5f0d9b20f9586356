"""Which cases and tasks someone sees, as filters for queries and as the tie to one case."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    Select,
    String,
    Uuid,
    and_,
    bindparam,
    case,
    exists,
    literal,
    or_,
    select,
    true,
)
from sqlalchemy.orm import aliased

from asae_engine.access.actor import CaseScope
from asae_engine.access.rules import Tie
from asae_engine.model import Case, CaseMember, Task, TaskCandidate, TaskStatus, User

if TYPE_CHECKING:
    from uuid import UUID

    from sqlalchemy.orm import Session

    from asae_engine.access.actor import Actor


def _roles(actor: Actor | _Anyone) -> list[str] | BindParameter[str]:
    return actor.roles if isinstance(actor, _Anyone) else sorted(actor.roles)


def is_candidate(actor: Actor | _Anyone) -> ColumnElement[bool]:
    """Of a `Task`: it is offered to a group the actor is in."""
    return exists().where(
        TaskCandidate.task_id == Task.id,
        TaskCandidate.role.in_(_roles(actor)),
        or_(TaskCandidate.organisation_key.is_(None), TaskCandidate.organisation_key == actor.organisation),
    )


def claimable_tasks(actor: Actor) -> ColumnElement[bool]:
    """Of a `Task`: it is open, nobody has it, and the actor's group may take it."""
    return and_(Task.status == TaskStatus.OPEN, Task.assignee_id.is_(None), is_candidate(actor))


def own_tasks(actor: Actor) -> ColumnElement[bool]:
    """Of a `Task`: it is open and the actor has it."""
    return and_(Task.status == TaskStatus.OPEN, Task.assignee_id == actor.user_id)


def _person(actor: Actor | _Anyone) -> ColumnElement[bool]:
    """Of a `Case`: the actor belongs to it, or has one of its open tasks."""
    member = aliased(CaseMember)
    task = aliased(Task)
    return or_(
        exists().where(member.case_id == Case.id, member.user_id == actor.user_id, member.until.is_(None)),
        exists().where(
            task.case_id == Case.id, task.status == TaskStatus.OPEN, task.assignee_id == actor.user_id
        ),
    )


def _organisation(actor: Actor | _Anyone) -> ColumnElement[bool]:
    """Of a `Case`: the actor's organisation belongs to it."""
    member = aliased(CaseMember)
    return exists().where(
        member.case_id == Case.id, member.organisation_key == actor.organisation, member.until.is_(None)
    )


def _colleagues(actor: Actor | _Anyone) -> ColumnElement[bool]:
    """Of a `Case`: someone of the actor's organisation belongs to it."""
    member, person = aliased(CaseMember), aliased(User)
    return exists().where(
        member.case_id == Case.id,
        member.until.is_(None),
        person.id == member.user_id,
        person.organisation_key == actor.organisation,
    )


def _offered(actor: Actor | _Anyone) -> ColumnElement[bool]:
    """Of a `Case`: one of its open tasks, taken by nobody, is offered to a group the actor is in."""
    task, candidate = aliased(Task), aliased(TaskCandidate)
    return exists().where(
        task.case_id == Case.id,
        task.status == TaskStatus.OPEN,
        task.assignee_id.is_(None),
        candidate.task_id == task.id,
        candidate.role.in_(_roles(actor)),
        or_(candidate.organisation_key.is_(None), candidate.organisation_key == actor.organisation),
    )


def visible_cases(actor: Actor) -> ColumnElement[bool]:
    """Of a `Case`: the actor may open its page. What they read there is for `fields.sight` to say."""
    if actor.scope is CaseScope.ALL:
        return true()
    ways = [_person(actor), _offered(actor), _organisation(actor)]
    if actor.scope is CaseScope.ORGANISATION:
        ways.append(_colleagues(actor))
    return or_(*ways)


def tie_column(actor: Actor | _Anyone) -> ColumnElement[int]:
    """Of a `Case`: the actor's `Tie` to it, as a number, for lists that must know what each line may show."""
    return case(
        (_person(actor), literal(int(Tie.PERSON))),
        (_organisation(actor), literal(int(Tie.ORGANISATION))),
        (_offered(actor), literal(int(Tie.CANDIDATE))),
        else_=literal(int(Tie.NONE)),
    )


@dataclass(frozen=True, slots=True)
class _Anyone:
    """Someone whose rights are given when the statement is executed."""

    user_id: BindParameter[UUID]
    organisation: BindParameter[str]
    roles: BindParameter[str]


@cache
def _tie_statement() -> Select[int, bool]:
    """The tie to one case, and whether a colleague belongs to it. Built once: that costs more than asking."""
    anyone = _Anyone(
        bindparam("user_id", type_=Uuid()),
        bindparam("organisation", type_=String()),
        bindparam("roles", type_=String(), expanding=True),
    )
    return select(tie_column(anyone), _colleagues(anyone)).where(
        Case.id == bindparam("case_id", type_=Uuid())
    )


def tie(session: Session, actor: Actor, case_id: UUID) -> Tie | None:
    """The actor's tie to a case; none when the case is not there or not theirs to see."""
    found = session.execute(
        _tie_statement(),
        {
            "case_id": case_id,
            "user_id": actor.user_id,
            "organisation": actor.organisation,
            "roles": sorted(actor.roles),
        },
    ).first()
    if found is None:
        return None
    closest, through_a_colleague = Tie(found[0]), bool(found[1])
    if closest > Tie.NONE or actor.scope is CaseScope.ALL:
        return closest
    return closest if actor.scope is CaseScope.ORGANISATION and through_a_colleague else None
