"""By which doors someone may open a case, and what that page begins with."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from asae_engine import access
from asae_engine.model import Draft
from asae_engine.reading import deployed
from asae_engine.reading import tasks as filling

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy.orm import Session

    from asae_engine.access import Actor, Refusal, Tie
    from asae_engine.bpmn import ProcessDefinition
    from asae_engine.forms import Form
    from asae_engine.model import Case
    from asae_engine.reading.tasks import Filled


@dataclass(frozen=True, slots=True)
class Door:
    """A process that opens a case."""

    key: str
    name: str
    documentation: str | None
    draft_saved_at: datetime | None


@dataclass(frozen=True, slots=True)
class Start:
    """A process that someone is about to start, with its form when it has one."""

    definition: ProcessDefinition
    filled: Filled | None


def doors(session: Session, actor: Actor) -> list[Door]:
    """The doors that are open to someone, by name, with the draft that waits behind each."""
    newest = deployed.newest(session)
    if newest is None:
        return []
    found = []
    for one in newest[1].processes.values():
        if one.kind == "main" and access.permitted(session, actor, "open_case", one) is None:
            draft = session.get(Draft, (actor.user_id, f"start:{one.key}"))
            found.append(Door(one.key, one.name, one.documentation, draft.saved_at if draft else None))
    return sorted(found, key=lambda door: door.name)


def start(session: Session, actor: Actor, process_key: str, *, now: datetime) -> Start | Refusal | None:
    """What opens a case by a door; none when there is no such door, a refusal when it is not this
    person's.
    """
    definition = startable(session, process_key, "main")
    if definition is None:
        return None
    refusal = access.permitted(session, actor, "open_case", definition)
    if refusal is not None:
        return refusal
    form = form_of(session, definition)
    filled = None if form is None else filling.start_form(session, actor, process_key, form, now=now)
    return Start(definition, filled)


def side(
    session: Session, actor: Actor, case: Case, process_key: str, tie: Tie, *, now: datetime
) -> Start | Refusal | None:
    """What starts a side process on a case that the person sees; none when there is none, or why they may
    not.
    """
    definition = startable(session, process_key, "side")
    if definition is None:
        return None
    refusal = access.permitted(session, actor, "start_side", case, definition=definition)
    if refusal is not None:
        return refusal
    form = form_of(session, definition)
    if form is None:
        return Start(definition, None)
    return Start(definition, filling.side_form(session, actor, case, process_key, form, tie, now=now))


def startable(session: Session, process_key: str, kind: str) -> ProcessDefinition | None:
    """A process of the newest deployment."""
    newest = deployed.newest(session)
    definition = None if newest is None else newest[1].processes.get(process_key)
    return definition if definition is not None and definition.kind == kind else None


def form_of(session: Session, definition: ProcessDefinition) -> Form | None:
    """The form that starts a process of the newest deployment."""
    newest = deployed.newest(session)
    return newest[1].forms.get(definition.start_form) if newest and definition.start_form else None
