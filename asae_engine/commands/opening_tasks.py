"""A token came to a user task: who may do it, by when, and whom it reminds.

What the diagram says (candidate groups, assignee, dates, priority) is literal or FEEL over the dossier; the
deadlines come from the row of the decision `delays` that the task names. An error in one of these does not
lose the task: it opens without what failed, and an incident says so.
"""

from __future__ import annotations

from contextlib import contextmanager
from datetime import date, datetime, time
from typing import TYPE_CHECKING

from asae_engine import bpmn
from asae_engine.calendar import at_time, end_of_day, local_date, start_of_day
from asae_engine.decisions import DecisionError
from asae_engine.feel import FeelError
from asae_engine.model import DeadlineKind, Task, TaskStatus, lookups, new_id, new_row

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from uuid import UUID

    from asae_engine.bpmn import WaitingTask
    from asae_engine.commands.casework import CaseWork
    from asae_engine.commands.moves import Move

#: The decision that gives each step its deadlines, and the hour at which a day's reminder is sent.
DELAYS = "delays"
MORNING = time(6, 0)

_UNCOMPUTED = "Une date ou un groupe de cette étape n’a pas pu être calculé."
_GIVEN_BY_DELAYS = ("reminder", "escalation_1", "escalation_2")


def open_all(work: CaseWork, move: Move, waiting: Sequence[WaitingTask]) -> None:
    """Open a task for each of these, in their order."""
    groups: dict[tuple[str, tuple[str, ...]], UUID] = {}
    for one in waiting:
        _open(work, move, one, _siblings(work, one, groups))


def _siblings(
    work: CaseWork, one: WaitingTask, groups: dict[tuple[str, tuple[str, ...]], UUID]
) -> UUID | None:
    """The group of a multi-instance: those that open together, or one after the other in a sequence."""
    if not one.element.multi_instance:
        return None
    counter = one.variables.get("loopCounter")
    follows = isinstance(counter, int) and counter > 1
    if follows and work.cause.siblings is not None and work.cause.element_id == one.element.id:
        return work.cause.siblings
    return groups.setdefault((one.element.id, one.called_from), new_id())


def _open(work: CaseWork, move: Move, one: WaitingTask, siblings: UUID | None) -> None:
    element = one.element
    task = new_row(
        Task,
        id=new_id(),
        case_id=work.case.id,
        instance_id=move.row.id,
        token_id=one.token_id,
        element_id=element.id,
        process_key=one.process_key,
        name=(element.name or element.id)[:200],
        form_key=element.form_key,
        lane=element.lane,
        delays_step=element.delays,
        assignee_id=None,
        opened_at=work.now,
        due_at=None,
        follow_up_at=None,
        claimed_at=None,
        closed_at=None,
        completed_by_id=None,
        status=TaskStatus.OPEN,
        priority=50,
        variables=bpmn.to_json(one.variables),
        why=work.cause.as_json(),
        distinct_people=element.distinct_people,
        siblings=siblings,
        version=1,
    )
    groups: list[tuple[str, str | None]] = []
    deadlines: list[tuple[DeadlineKind, datetime, str | None]] = []
    with _made_visible(work, move, one):
        groups = _groups(work, move, one)
    with _made_visible(work, move, one):
        _assign(work, move, one, task)
    with _made_visible(work, move, one):
        _date(work, move, one, task)
    with _made_visible(work, move, one):
        deadlines = _deadlines(work, move, one, task)
    work.open_task(task, groups, deadlines)
    work.tell(
        "task.opened",
        move=move,
        task=task,
        data={"due_at": task.due_at.isoformat()} if task.due_at else None,
    )


@contextmanager
def _made_visible(work: CaseWork, move: Move, one: WaitingTask) -> Iterator[None]:
    try:
        yield
    except (FeelError, DecisionError, ValueError) as error:
        work.stops.add(
            move.row,
            getattr(error, "message_fr", None) or _UNCOMPUTED,
            token_id=None,
            element_id=one.element.id,
            element_name=one.element.name,
            process_key=one.process_key,
        )


def _value(work: CaseWork, move: Move, one: WaitingTask, written: str | None) -> object:
    """What an attribute of the diagram says: FEEL when it begins with `=`, else the text itself."""
    if written is None or not written.startswith("="):
        return written
    variables = {**move.instance.variables, **one.variables}
    return move.environment(work.now).evaluate(written[1:], variables)


def _groups(work: CaseWork, move: Move, one: WaitingTask) -> list[tuple[str, str | None]]:
    groups = list(dict.fromkeys(groups_of(_value(work, move, one, one.element.candidate_groups))))
    for _, organisation in groups:
        if organisation in move.bundle.programme.organisations:
            work.join(organisation=organisation, role="designated")
    return groups


def _assign(work: CaseWork, move: Move, one: WaitingTask, task: Task) -> None:
    username = _value(work, move, one, one.element.assignee)
    person = lookups.user_named(work.session, username) if isinstance(username, str) and username else None
    if person is not None:
        task.assignee_id = person.id
        task.claimed_at = work.now
        work.join(user_id=person.id, role="assignee")
        work.announce(task, person.id)


def groups_of(written: object) -> list[tuple[str, str | None]]:
    """Roles with their organisation (None: any), of a comma list or of what FEEL gave."""
    items = written if isinstance(written, list) else str(written or "").split(",")
    pairs = []
    for item in items:
        role, _, organisation = str(item or "").strip().partition("@")
        if role:
            pairs.append((role, organisation or None))
    return pairs


def _date(work: CaseWork, move: Move, one: WaitingTask, task: Task) -> None:
    element = one.element
    task.due_at = instant(_value(work, move, one, element.due_date), late=True)
    task.follow_up_at = instant(_value(work, move, one, element.follow_up_date), late=False)
    priority = _value(work, move, one, element.priority)
    if isinstance(priority, (str, int | float)):
        task.priority = int(priority)


def instant(value: object, *, late: bool) -> datetime | None:
    """An instant out of FEEL or ISO text: a day means its end when `late`, else its start."""
    if isinstance(value, str):
        value = value.strip()
        if not value:
            return None
        value = date.fromisoformat(value) if len(value) == 10 else datetime.fromisoformat(value)
    if isinstance(value, datetime):
        return value if value.tzinfo else at_time(value.date(), value.time())
    if isinstance(value, date):
        return end_of_day(value) if late else start_of_day(value)
    if value is None:
        return None
    raise ValueError("neither a date nor an instant")


def _morning(value: object) -> datetime | None:
    """When a reminder or an escalation is sent: a day means its morning."""
    if isinstance(value, str) and len(value.strip()) == 10:
        value = date.fromisoformat(value.strip())
    if isinstance(value, date) and not isinstance(value, datetime):
        return at_time(value, MORNING)
    return instant(value, late=False)


def _deadlines(
    work: CaseWork, move: Move, one: WaitingTask, task: Task
) -> list[tuple[DeadlineKind, datetime, str | None]]:
    """What is said about the task, when and to whom; gives it its due date where the diagram did not."""
    step = one.element.delays
    if step is None:
        return []
    given: Mapping[str, object] = {}
    if DELAYS in move.bundle.decisions:
        variables = {
            **move.instance.variables,
            **one.variables,
            "step": step,
            "arrived": local_date(work.now),
        }
        result = move.environment(work.now).decide(DELAYS, variables)
        given = result if isinstance(result, dict) else {}
    task.due_at = task.due_at or instant(given.get("due"), late=True)
    found: list[tuple[DeadlineKind, datetime, str | None]] = []
    if task.due_at is not None:
        found.append((DeadlineKind.DUE, task.due_at, None))
    for kind in _GIVEN_BY_DELAYS:
        at = _morning(given.get(kind))
        if at is None or (kind == "reminder" and at <= work.now):
            continue  # a reminder on the day it arrives says nothing new
        to = given.get(f"{kind}_to")
        found.append((DeadlineKind(kind), at, None if to is None else str(to)))
    return found
