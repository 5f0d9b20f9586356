"""The service tasks' topics: what a diagram may ask of the engine. Each is a function registered by its name.

An action that cannot be done raises `ActionFailed`: the token stops there, visibly, and can be retried.
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID

from asae_engine.commands.opening_tasks import groups_of
from asae_engine.model import Task, TaskStatus, lookups

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from asae_engine.bpmn import Element
    from asae_engine.commands.casework import CaseWork
    from asae_engine.commands.moves import Move


class ActionFailed(Exception):  # noqa: N818 - named by what it says, as the errors of commands are
    """An action could not be done. `message_fr` says why, for the incident."""

    def __init__(self, message_fr: str) -> None:
        super().__init__("action failed")
        self.message_fr = message_fr


def perform(
    topic: str, parameters: Mapping[str, object], element: Element, work: CaseWork, move: Move
) -> Mapping[str, object] | None:
    """Do the action of a topic."""
    action = _ACTIONS.get(topic)
    if action is None:
        raise ActionFailed(f"L’action «\u00a0{topic}\u00a0» n’existe pas.")
    action(parameters, element, work, move)
    return None


def _notify(parameters: Mapping[str, object], element: Element, work: CaseWork, move: Move) -> None:
    """Put `message` in the inbox of `to`.

    `to` is a list, or a comma list, of: `assignee` (who has the task, or else the groups it is offered to), a
    role, `role@organisation`, `role@assignee` (the role in the organisation of the task's people), or a
    username. In the process of a deadline the task is the one whose deadline was reached.
    """
    variables = move.instance_variables
    task = _task(variables.get("task_id"), work)
    kind = str(parameters.get("kind") or variables.get("deadline") or "notice")[:20]
    message = str(parameters.get("message") or element.name)
    task_id = None if task is None else task.id
    told = 0
    for role, organisation in dict.fromkeys(groups_of(parameters.get("to") or variables.get("to"))):
        for user_id, to_role, to_organisation in _recipients(role, organisation, task, work, move):
            told += 1
            work.notify(
                message,
                kind=kind,
                task_id=task_id,
                user_id=user_id,
                role=to_role,
                organisation=to_organisation,
            )
    if told:
        work.tell(
            "notice.sent",
            move=move,
            task=task,
            element_id=element.id,
            element_name=element.name,
            data={"kind": kind},
        )


def _task(task_id: object, work: CaseWork) -> Task | None:
    return work.session.get(Task, UUID(str(task_id))) if task_id else None


Recipient = tuple[UUID | None, str | None, str | None]


def _recipients(
    role: str, organisation: str | None, task: Task | None, work: CaseWork, move: Move
) -> list[Recipient]:
    if role == "assignee" and organisation is None:
        return _people_of(task, work)
    if organisation == "assignee":
        return [(None, role, key) for key in _organisations_of(task, work)] or [(None, role, None)]
    if role in move.bundle.programme.roles:
        return [(None, role, organisation)]
    person = lookups.user_named(work.session, role)
    if person is None:
        raise ActionFailed(f"Le destinataire «\u00a0{role}\u00a0» n’est ni un rôle, ni une personne connue.")
    return [(person.id, None, None)]


def _people_of(task: Task | None, work: CaseWork) -> list[Recipient]:
    if task is None:
        return [(user_id, None, None) for user_id in lookups.member_people(work.session, work.case.id)]
    if task.assignee_id is not None:
        return [(task.assignee_id, None, None)]
    return [(None, candidate.role, candidate.organisation_key) for candidate in task.candidates]


def _organisations_of(task: Task | None, work: CaseWork) -> list[str]:
    if task is None:
        return []
    if task.assignee is not None and task.assignee.organisation_key:
        return [task.assignee.organisation_key]
    return sorted({candidate.organisation_key for candidate in task.candidates if candidate.organisation_key})


def _close_case(_parameters: Mapping[str, object], _element: Element, work: CaseWork, _move: Move) -> None:
    """Close the case; the process goes on to what follows (a contact six months later)."""
    work.close_case()


def _reassign(parameters: Mapping[str, object], element: Element, work: CaseWork, move: Move) -> None:
    """Give the open tasks of the case that `from` has to `to` (usernames), and the membership with them."""
    leaving = lookups.user_named(work.session, str(parameters.get("from") or ""))
    coming = lookups.user_named(work.session, str(parameters.get("to") or ""))
    if coming is None:
        raise ActionFailed("La personne qui reprend le suivi n’est pas connue.")
    work.join(user_id=coming.id, role="assignee")
    if leaving is None or leaving.id == coming.id:
        return
    for task in lookups.tasks_assigned(work.session, work.case.id, leaving.id):
        if task.status is not TaskStatus.OPEN:
            continue
        work.change(task, assignee_id=coming.id, claimed_at=work.now)
        work.tell("task.assigned", move=move, task=task, data={"assignee_id": str(coming.id)})
        work.announce(task, coming.id)
    membership = lookups.membership(work.session, work.case.id, leaving.id)
    if membership is not None:
        membership.until = work.now


_ACTIONS: dict[str, Callable[[Mapping[str, object], Element, CaseWork, Move], None]] = {
    "notify": _notify,
    "close_case": _close_case,
    "reassign": _reassign,
}
#: What a bundle may name.
TOPICS = frozenset(_ACTIONS)
