"""May someone do this? Commands ask before they act; pages ask before they offer a button.

A refusal is a French sentence for the person, and says nothing of a case they may not see.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from sqlalchemy import select

from asae_engine.access import cases, fields, rules
from asae_engine.access.rules import Sight, Tie
from asae_engine.model import Case, Task, TaskStatus, User

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from sqlalchemy.orm import Session

    from asae_engine.access.actor import Actor
    from asae_engine.access.cases import Standing


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why not."""

    reason_fr: str


class Startable(Protocol):
    """What a process definition tells of who may start it."""

    @property
    def starter_groups(self) -> tuple[str, ...]: ...


NOT_YOURS = "Cette situation ne vous est pas ouverte."
_NOT_A_CASE_OPENER = "Votre rôle ne permet pas d’ouvrir une situation par ce volet."
_NOT_A_STARTER = "Votre rôle ne permet pas de commencer cette démarche."
_NOT_OFFERED = "Cette tâche n’est pas proposée à votre groupe."
_NOT_ASSIGNER = "Votre rôle ne permet pas d’attribuer les tâches des autres."
_CLOSED = "Cette tâche est déjà close."
_PERMISSIONS = {
    "design": "Votre rôle ne permet pas de modifier les processus.",
    "administer": "Cette page est réservée à l’administration.",
    "see_board": "Le pilotage ne vous est pas ouvert.",
    "read_log": "Votre rôle ne permet pas de voir qui a consulté les dossiers.",
    "open_case": "Votre rôle ne permet pas d’ouvrir une situation.",
}
_CASE_PERMISSIONS = {
    "correct": "Votre rôle ne permet pas de corriger une réponse.",
    "cancel": "Votre rôle ne permet pas d’annuler une démarche.",
}


def belongs(actor: Actor, groups: Iterable[str]) -> bool:
    """Whether the actor is in one of these groups, written `role` or `role@organisation`."""
    for group in groups:
        role, _, organisation = group.strip().partition("@")
        if role in actor.roles and organisation in ("", actor.organisation):
            return True
    return False


def permitted(
    session: Session,
    actor: Actor,
    verb: str,
    subject: Case | Task | Startable | None = None,
    *,
    definition: Startable | None = None,
    standing: Standing | None = None,
) -> Refusal | None:
    """None when the actor may, else why not.

    Verbs and their subjects: `open_case` a process definition (or none: any door); `start_side` a case, with
    the `definition`; `claim`, `release`, `assign`, `draft`, `complete` a task; `read`, `correct`, `cancel` a
    case; `design`, `administer`, `see_board`, `read_log` nothing. An unknown verb is refused. How the actor
    stands to a task is asked of the database, unless it is given.
    """
    if isinstance(subject, Task):
        return _task(session, actor, verb, subject, standing)
    if isinstance(subject, Case):
        return _case(session, actor, verb, subject, definition)
    if verb not in _PERMISSIONS:
        return Refusal("Cette action n’est pas prévue.")
    if not actor.may(verb):
        return Refusal(_PERMISSIONS[verb])
    if verb == "open_case" and subject is not None and not _may_start(actor, subject):
        return Refusal(_NOT_A_CASE_OPENER)
    return None


def permitted_field(
    session: Session, actor: Actor, case: Case, marks: str | None, readers: Iterable[str] = ()
) -> Refusal | None:
    """None when the actor reads a field with these marks whole, in this case: what correcting it needs."""
    tie = cases.tie(session, actor, case.id)
    if tie is None:
        return Refusal(NOT_YOURS)
    seen = fields.sight(rules.current(session), actor, tie, fields.marks_of(marks), readers)
    return None if seen is Sight.FULL else Refusal("Cette information ne vous est pas ouverte.")


def _may_start(actor: Actor, definition: Startable) -> bool:
    return not definition.starter_groups or belongs(actor, definition.starter_groups)


def _case(
    session: Session, actor: Actor, verb: str, case: Case, definition: Startable | None
) -> Refusal | None:
    tie = cases.tie(session, actor, case.id)
    if tie is None:
        return Refusal(NOT_YOURS)
    if verb == "read":
        return None
    if verb == "start_side":
        allowed = definition is not None and _may_start(actor, definition)
        return (
            None if allowed and (tie >= Tie.ORGANISATION or actor.may("assign")) else Refusal(_NOT_A_STARTER)
        )
    if verb in _CASE_PERMISSIONS:
        return None if actor.may(verb) else Refusal(_CASE_PERMISSIONS[verb])
    return Refusal("Cette action n’est pas prévue.")


def _task(session: Session, actor: Actor, verb: str, task: Task, standing: Standing | None) -> Refusal | None:
    ask = _TASK_VERBS.get(verb)
    if ask is None:
        return Refusal("Cette action n’est pas prévue.")
    offered = False
    if task.assignee_id != actor.user_id:
        tie, offered = standing or cases.standing(session, actor, task.id)
        if tie is None:
            return Refusal(NOT_YOURS)
    if task.status is not TaskStatus.OPEN:
        return Refusal(_CLOSED)
    return ask(session, actor, task, offered)


def _claim(session: Session, actor: Actor, task: Task, offered: bool) -> Refusal | None:
    if task.assignee_id == actor.user_id:
        return None
    if task.assignee_id is not None:
        return Refusal(f"Cette tâche est déjà prise par {_name(session, task)}.")
    return None if offered else Refusal(_NOT_OFFERED)


def _release(_session: Session, actor: Actor, task: Task, _offered: bool) -> Refusal | None:
    if task.assignee_id is None:
        return Refusal("Personne n’a pris cette tâche.")
    mine = task.assignee_id == actor.user_id
    return None if mine or actor.may("assign") else Refusal("Cette tâche n’est pas la vôtre.")


def _assign(_session: Session, actor: Actor, _task: Task, _offered: bool) -> Refusal | None:
    return None if actor.may("assign") else Refusal(_NOT_ASSIGNER)


def _name(session: Session, task: Task) -> str:
    name = session.execute(select(User.display_name).where(User.id == task.assignee_id)).scalar()
    return name or "une autre personne"


#: Each with whether the task is offered to a group of the actor's; not asked when they have it.
_TASK_VERBS: dict[str, Callable[[Session, Actor, Task, bool], Refusal | None]] = {
    "claim": _claim,
    "draft": _claim,
    "complete": _claim,
    "release": _release,
    "assign": _assign,
}
