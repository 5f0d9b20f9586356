"""Which cases and tasks someone sees, as filters for queries and as the tie to one case."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache, lru_cache
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

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
    func,
    literal,
    not_,
    or_,
    select,
    true,
    union_all,
)
from sqlalchemy.orm import aliased

from asae_engine.access.actor import CaseScope
from asae_engine.access.rules import Tie
from asae_engine.model import Case, CaseMember, Task, TaskCandidate, TaskStatus, User

if TYPE_CHECKING:
    from collections.abc import Sequence
    from uuid import UUID

    from sqlalchemy.orm import Session

    from asae_engine.access.actor import Actor

#: Filters are kept for so many people: building one takes milliseconds, several times what asking takes.
_kept = lru_cache(maxsize=1_000)

_task, _candidate = aliased(Task), aliased(TaskCandidate)


def _roles(actor: Actor | _Anyone) -> Sequence[str | BindParameter[str]]:
    return actor.roles if isinstance(actor, _Anyone) else sorted(actor.roles)


def is_candidate(actor: Actor | _Anyone) -> ColumnElement[bool]:
    """Of one `Task`: it is offered to a group the actor is in."""
    theirs = or_(
        TaskCandidate.organisation_key.is_(None), TaskCandidate.organisation_key == actor.organisation
    )
    return exists().where(TaskCandidate.task_id == Task.id, TaskCandidate.role.in_(_roles(actor)), theirs)


def _in_their_groups(actor: Actor) -> ColumnElement[bool]:
    """Of a `Task`: it is offered to a group the actor is in, found from the groups: two ranges of
    `ix_task_candidate_role`, so that tasks offered to others are not even looked at.
    """
    offered = select(TaskCandidate.task_id).where(TaskCandidate.role.in_(_roles(actor)))
    return Task.id.in_(
        union_all(
            offered.where(TaskCandidate.organisation_key.is_(None)),
            offered.where(TaskCandidate.organisation_key == actor.organisation),
        )
    )


@_kept
def claimable_tasks(actor: Actor) -> ColumnElement[bool]:
    """Of a `Task`: it is open, nobody has it, and the actor's group may take it.

    Of tasks that ask for distinct people, not the one beside a task that the actor has or did.
    """
    sibling = aliased(Task)
    did_another = exists().where(
        sibling.siblings == Task.siblings,
        sibling.id != Task.id,
        sibling.status != TaskStatus.CANCELED,
        func.coalesce(sibling.completed_by_id, sibling.assignee_id) == actor.user_id,
    )
    return and_(
        Task.status == TaskStatus.OPEN,
        Task.assignee_id.is_(None),
        _in_their_groups(actor),
        or_(Task.distinct_people.is_(False), Task.siblings.is_(None), not_(did_another)),
    )


def own_tasks(actor: Actor) -> ColumnElement[bool]:
    """Of a `Task`: it is open and the actor has it."""
    return and_(Task.status == TaskStatus.OPEN, Task.assignee_id == actor.user_id)


#: Identifiers of cases.
_Cases: TypeAlias = "Select[UUID]"


def _as_member(actor: Actor | _Anyone) -> _Cases:
    """Cases that the actor belongs to."""
    return select(CaseMember.case_id).where(CaseMember.user_id == actor.user_id, CaseMember.until.is_(None))


def _as_assignee(actor: Actor | _Anyone) -> _Cases:
    """Cases of which the actor has an open task."""
    return select(_task.case_id).where(_task.status == TaskStatus.OPEN, _task.assignee_id == actor.user_id)


def _by_organisation(actor: Actor | _Anyone) -> _Cases:
    """Cases that the actor's organisation belongs to."""
    return select(CaseMember.case_id).where(
        CaseMember.organisation_key == actor.organisation, CaseMember.until.is_(None)
    )


def _by_colleagues(actor: Actor | _Anyone) -> _Cases:
    """Cases that someone of the actor's organisation belongs to."""
    return (
        select(CaseMember.case_id)
        .join(User, User.id == CaseMember.user_id)
        .where(CaseMember.until.is_(None), User.organisation_key == actor.organisation)
    )


def _offered(actor: Actor | _Anyone) -> _Cases:
    """Cases of which an open task, taken by nobody, is offered to a group that the actor is in."""
    return (
        select(_task.case_id)
        .join(_candidate, _candidate.task_id == _task.id)
        .where(
            _task.status == TaskStatus.OPEN,
            _task.assignee_id.is_(None),
            _candidate.role.in_(_roles(actor)),
            or_(_candidate.organisation_key.is_(None), _candidate.organisation_key == actor.organisation),
        )
    )


def _among(cases: _Cases) -> ColumnElement[bool]:
    """Of a `Case`: it is one of these, gathered once for a whole list."""
    return Case.id.in_(cases)


def _is_one_of(cases: _Cases) -> ColumnElement[bool]:
    """Of a `Case`: it is one of these, looked up for that case alone."""
    return cases.where(cases.selected_columns[0] == Case.id).exists()


@_kept
def visible_cases(actor: Actor) -> ColumnElement[bool]:
    """Of a `Case`: the actor may open its page. What they read there is for `fields.sight` to say."""
    if actor.scope is CaseScope.ALL:
        return true()
    ways = [_as_member, _as_assignee, _offered]
    if actor.scope is CaseScope.ORGANISATION:
        ways += [_by_organisation, _by_colleagues]
    return or_(*(_among(way(actor)) for way in ways))


@_kept
def tied_cases(actor: Actor, at_least: Tie) -> ColumnElement[bool]:
    """Of a `Case`: the actor's tie to it is this one or a closer one."""
    ways = {
        Tie.NONE: [],
        Tie.CANDIDATE: [_as_member, _as_assignee, _by_organisation, _offered],
        Tie.ORGANISATION: [_as_member, _as_assignee, _by_organisation],
        Tie.PERSON: [_as_member, _as_assignee],
    }[at_least]
    return or_(*(_among(way(actor)) for way in ways)) if ways else true()


@_kept
def tie_column(actor: Actor) -> ColumnElement[int]:
    """Of a `Case`: the actor's `Tie` to it, as a number, for lists that must know what each line may show."""
    return case(
        (or_(_among(_as_member(actor)), _among(_as_assignee(actor))), literal(int(Tie.PERSON))),
        (_among(_by_organisation(actor)), literal(int(Tie.ORGANISATION))),
        (_among(_offered(actor)), literal(int(Tie.CANDIDATE))),
        else_=literal(int(Tie.NONE)),
    )


@dataclass(frozen=True, slots=True)
class _Anyone:
    """Someone whose rights are given when the statement is executed."""

    user_id: BindParameter[UUID]
    organisation: BindParameter[str]
    roles: tuple[BindParameter[str], ...]


@cache
def _anyone(roles: int) -> _Anyone:
    """Someone with so many roles: one list of any length would be written into the statement each time."""
    return _Anyone(
        bindparam("user_id", type_=Uuid()),
        bindparam("organisation", type_=String()),
        tuple(bindparam(f"role_{number}", type_=String()) for number in range(roles)),
    )


def _ties(anyone: _Anyone) -> list[ColumnElement[bool]]:
    """Of a `Case`: what may tie someone to it, in the order that `_closest` reads."""
    person = or_(_is_one_of(_as_member(anyone)), _is_one_of(_as_assignee(anyone)))
    return [person, *(_is_one_of(way(anyone)) for way in (_by_organisation, _offered, _by_colleagues))]


@cache
def _tie_statement(roles: int) -> Select[*tuple[bool, ...]]:
    """What ties someone to one case. Built once: that costs more than asking."""
    return select(*_ties(_anyone(roles))).where(Case.id == bindparam("case_id", type_=Uuid()))


class Standing(NamedTuple):
    """How someone stands to a task."""

    #: To its case; none when the case is not there or not theirs to see.
    tie: Tie | None
    #: Whether the task is offered to a group of theirs.
    offered: bool


def standing_columns(actor: Actor) -> tuple[ColumnElement[bool], ...]:
    """What a query of a `Task` and its `Case` selects for `standing_of`, with `standing_parameters`; the same
    columns for all who hold as many roles.
    """
    return _standing_columns(len(actor.roles))


@cache
def _standing_columns(roles: int) -> tuple[ColumnElement[bool], ...]:
    anyone = _anyone(roles)
    return (*_ties(anyone), is_candidate(anyone))


def standing_parameters(actor: Actor) -> dict[str, object]:
    """The parameters of `standing_columns`."""
    return {
        "user_id": actor.user_id,
        "organisation": actor.organisation,
        **{f"role_{number}": role for number, role in enumerate(sorted(actor.roles))},
    }


def standing_of(actor: Actor, found: Sequence[bool]) -> Standing:
    """How the actor stands to the task, by the values of `standing_columns`."""
    return Standing(_closest(actor, *found[:-1]), bool(found[-1]))


@cache
def _standing_statement(roles: int) -> Select[*tuple[bool, ...]]:
    """How someone stands to one task. Built once: that costs more than asking."""
    return (
        select(*_standing_columns(roles))
        .select_from(Task)
        .join(Case, Case.id == Task.case_id)
        .where(Task.id == bindparam("task_id", type_=Uuid()))
    )


def tie(session: Session, actor: Actor, case_id: UUID) -> Tie | None:
    """The actor's tie to a case; none when the case is not there or not theirs to see."""
    found = (
        session.connection()
        .execute(_tie_statement(len(actor.roles)), {**standing_parameters(actor), "case_id": case_id})
        .first()
    )
    if found is None:
        return None
    person, organisation, offered, colleagues = found
    return _closest(actor, person, organisation, offered, colleagues)


def standing(session: Session, actor: Actor, task_id: UUID) -> Standing:
    """How the actor stands to a task."""
    found = (
        session.connection()
        .execute(_standing_statement(len(actor.roles)), {**standing_parameters(actor), "task_id": task_id})
        .first()
    )
    return Standing(None, offered=False) if found is None else standing_of(actor, found)


def _closest(actor: Actor, person: bool, organisation: bool, offered: bool, colleagues: bool) -> Tie | None:
    seen = person or offered or actor.scope is CaseScope.ALL
    if actor.scope is CaseScope.ORGANISATION:
        seen = seen or organisation or colleagues
    if not seen:
        return None
    if person:
        return Tie.PERSON
    if organisation:
        return Tie.ORGANISATION
    return Tie.CANDIDATE if offered else Tie.NONE
