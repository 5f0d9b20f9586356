"""What anyone can do to a case at its step « Suivre », for tests of two at once and of sudden death.

Not a test module. Each deed finds what it needs by itself and is done by `who`, where it is a person's.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from sqlalchemy import select

from asae_engine import access, commands
from asae_engine.model import InstanceKind, ProcessInstance, Task
from asae_engine.model.database import session_factory
from tests import builders

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime
    from uuid import UUID

    from sqlalchemy.orm import Session

    from asae_engine.access import Actor

#: After this the boundary timer of the step is due.
A_MONTH = timedelta(days=31)
#: A side process that starts by itself, once, and when that is due.
VISIT = builders.diagram(
    "visit",
    '<startEvent id="s"><timerEventDefinition><timeDuration xsi:type="tFormalExpression">P10D</timeDuration>'
    '</timerEventDefinition></startEvent><endEvent id="e" name="Fait"/>'
    '<userTask id="go" name="Visiter" camunda:formKey="note" camunda:candidateGroups="worker"/>'
    + builders.flows("s>go", "go>e"),
    attributes='asae:kind="side" camunda:candidateStarterGroups="worker"',
)
ELEVEN_DAYS = timedelta(days=11)


def followed(session: Session, now: datetime, number: int) -> UUID:
    """A case at its step « Suivre », which two workers may take, of a household that is like no other."""
    name = ("BCDFGHJKLMNPRSTVWXZQ"[number % 20] + "aeiou"[number // 20 % 5]) * 4
    born = f"19{50 + number // 12}-{number % 12 + 1:02}-15"
    opening = builders.opened(session, now, last_name=name, first_name=name[::-1], birth_date=born)
    given = {"decision": "opinion", "operator": "south"}
    wafa = builders.actor(session, "wafa")
    done = commands.complete_task(session, wafa, opening.opened[0].id, given, now=now)
    for who, task in zip(("carl", "cleo"), done.opened, strict=True):
        person = builders.actor(session, who)
        commands.complete_task(session, person, task.id, {"opinion": "for"}, now=now)
    return opening.case.id


def _task(session: Session, case_id: UUID) -> UUID:
    """The step, open or not."""
    found = session.scalars(select(Task.id).where(Task.case_id == case_id, Task.element_id == "follow")).one()
    session.commit()
    return found


def _main(session: Session, case_id: UUID) -> UUID:
    is_main = (ProcessInstance.case_id == case_id, ProcessInstance.kind == InstanceKind.MAIN)
    found = session.scalars(select(ProcessInstance.id).where(*is_main)).one()
    session.commit()
    return found


def _person(session: Session, who: str) -> Actor:
    person = access.actor_for(session, who)
    session.commit()
    return person


def complete(session: Session, case_id: UUID, who: str, now: datetime) -> object:
    task, person = _task(session, case_id), _person(session, who)
    return commands.complete_task(session, person, task, {"done": who}, now=now)


def claim(session: Session, case_id: UUID, who: str, now: datetime) -> object:
    return commands.claim(session, _person(session, who), _task(session, case_id), now=now)


def correct(session: Session, case_id: UUID, who: str, now: datetime) -> object:
    cora = _person(session, "cora")
    town = f"Carcassonne par {who}"
    return commands.correct_answer(session, cora, case_id, "opening", "town", town, "Erreur", now=now)


def message(session: Session, case_id: UUID, _who: str, now: datetime) -> object:
    return commands.deliver_message(session, None, case_id, "household_leaves", now=now)


def timer(session: Session, _case_id: UUID, _who: str, now: datetime) -> object:
    return commands.fire_due(session_factory(session.get_bind().engine), now=now + A_MONTH)


def awaited(session: Session, _case_id: UUID, _who: str, now: datetime) -> object:
    return commands.fire_due(session_factory(session.get_bind().engine), now=now + ELEVEN_DAYS)


def side(session: Session, case_id: UUID, who: str, now: datetime) -> object:
    cora = _person(session, "cora")
    return commands.start_side_process(session, cora, case_id, "note", {"done": who}, now=now)


def cancel(session: Session, case_id: UUID, who: str, now: datetime) -> object:
    main, cora = _main(session, case_id), _person(session, "cora")
    return commands.cancel_instance(session, cora, main, f"Par {who}", now=now)


def deploy(session: Session, case_id: UUID, who: str, now: datetime) -> object:
    files = builders.bundle(
        visit=VISIT, form_final=builders.form("final", builders.text(f"by_{who}_{case_id.hex}"))
    )
    return commands.deploy(session, None, files, "essai", now=now)


#: Those of which two at once are tried, each with each.
COMPETING: dict[str, Callable[[Session, UUID, str, datetime], object]] = {
    one.__name__: one for one in (complete, claim, correct, message, timer, awaited, side, cancel, deploy)
}


def release(session: Session, case_id: UUID, who: str, now: datetime) -> object:
    return commands.release(session, _person(session, who), _task(session, case_id), now=now)


def assign(session: Session, case_id: UUID, who: str, now: datetime) -> object:
    task, cora = _task(session, case_id), _person(session, "cora")
    return commands.assign(session, cora, task, who, now=now)


def draft(session: Session, case_id: UUID, who: str, now: datetime) -> object:
    task, person = _task(session, case_id), _person(session, who)
    return commands.save_draft(session, person, task, {"done": "à moitié"}, now=now)


def open_case(session: Session, case_id: UUID, _who: str, now: datetime) -> object:
    remi, typed = _person(session, "remi"), builders.answers(last_name=f"Neuf {case_id.hex[-6:]}")
    return commands.open_case(session, remi, "journey", typed, now=now)


def signal(session: Session, case_id: UUID, _who: str, now: datetime) -> object:
    return commands.deliver_signal(session, None, case_id, "nobody hears it", now=now)


def mend(session: Session, case_id: UUID, _who: str, now: datetime) -> None:
    commands.mend(session, case_id, now=now)


def password(session: Session, _case_id: UUID, who: str, now: datetime) -> object:
    return commands.set_active(session, None, who, False, now=now)


#: All that a process is killed in, in an order in which each is possible on the same case.
DEADLY = {
    **{one.__name__: one for one in (open_case, side, correct, signal, draft, claim, release, assign, mend)},
    **{one.__name__: one for one in (deploy, complete, cancel, password)},
}
#: Those that end the step in their own way: on a case of their own. What is due is done case by case, so the
#: first of these must find one case alone.
ALONE = {one.__name__: one for one in (timer, message)}
#: What a start that comes by itself lives through, on cases that await one.
AWAITING = {one.__name__: one for one in (awaited, open_case, cancel)}
