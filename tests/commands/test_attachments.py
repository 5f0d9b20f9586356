"""Files that come with answers."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import Engine, event, select

from asae_engine import commands
from asae_engine.commands.attachments import MOST_BYTES
from asae_engine.model import Attachment, Event, Task, TaskStatus, new_id
from tests.builders import PROGRAMME, actor, answers, choice, day, deployed, form, opened, text

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from asae_engine.access import Actor
    from asae_engine.clock import TurnedClock

assert PROGRAMME
FILES: dict[str, Any] = {"type": "filepicker", "key": "papers", "multiple": True, "properties": {"mark": "P"}}
OPENING = form(
    "opening",
    text("last_name", required=True),
    text("first_name"),
    day("birth_date"),
    text("town"),
    FILES,
)
PREPARE = form("prepare", choice("decision", "again", "opinion"), text("operator"), text("who"), FILES)
PDF = b"%PDF-1.4 essai"


def _add(session: Session, who: Actor, clock: TurnedClock, **changes: Any) -> Attachment:
    given = {
        "filename": "C:\\fakepath\\bail.pdf",
        "content_type": "application/pdf",
        "content": PDF,
        "form_key": "opening",
        "field_key": "papers",
        **changes,
    }
    return commands.add_attachment(session, who, now=clock.now(), **given)


def _deployed(session: Session, clock: TurnedClock) -> None:
    deployed(session, clock.now(), form_opening=OPENING, form_prepare=PREPARE)


def test_a_file_uploaded_before_its_case_belongs_to_it_once_opened(
    session: Session, clock: TurnedClock
) -> None:
    _deployed(session, clock)
    remi = actor(session, "remi")
    kept = _add(session, remi, clock)
    assert kept.filename == "bail.pdf"
    assert kept.sha256 == hashlib.sha256(PDF).hexdigest()
    assert kept.mark == "P"
    assert kept.case_id is None
    shown = {"id": str(kept.id), "name": kept.filename, "size": kept.size, "type": kept.content_type}
    opening = commands.open_case(session, remi, "journey", answers(papers=[shown]), now=clock.now())
    session.expire_all()
    stored = session.scalars(select(Attachment)).one()
    assert stored.case_id == opening.case.id
    assert stored.content == PDF
    assert opening.submission is not None
    assert opening.submission.data["papers"] == [shown]


def test_nobody_attaches_the_file_of_someone_else(session: Session, clock: TurnedClock) -> None:
    _deployed(session, clock)
    kept = _add(session, actor(session, "cora"), clock)
    shown = {"id": str(kept.id), "name": "x.pdf", "size": 3, "type": "application/pdf"}
    for identifier in (str(kept.id), str(new_id()), "../x"):
        with pytest.raises(commands.InvalidAnswers) as refused:
            opened(session, clock.now(), papers=[{**shown, "id": identifier}])
        assert set(refused.value.errors) == {"papers"}


def test_a_file_for_a_task_is_told_in_the_history(session: Session, clock: TurnedClock) -> None:
    _deployed(session, clock)
    [task] = opened(session, clock.now()).opened
    wafa = actor(session, "wafa")
    kept = _add(session, wafa, clock, task_id=task.id, form_key="prepare")
    assert (kept.case_id, kept.task_id) == (task.case_id, task.id)
    told = session.scalars(select(Event).where(Event.type == "attachment.added")).one()
    assert told.data == {"form": "prepare", "field": "papers", "attachment_id": str(kept.id)}
    shown = {"id": str(kept.id), "name": kept.filename, "size": kept.size, "type": kept.content_type}
    commands.complete_task(session, wafa, task.id, {"decision": "again", "papers": [shown]}, now=clock.now())
    with pytest.raises(commands.Unknown):
        _add(session, wafa, clock, task_id=task.id, form_key="prepare")


def test_a_task_whose_files_cannot_be_tied_to_the_case_is_not_completed(
    session: Session, clock: TurnedClock, engine: Engine
) -> None:
    _deployed(session, clock)
    [task] = opened(session, clock.now()).opened
    wafa = actor(session, "wafa")
    kept = _add(session, wafa, clock, task_id=task.id, form_key="prepare")
    shown = {"id": str(kept.id), "name": kept.filename, "size": kept.size, "type": kept.content_type}
    given = {"decision": "again", "papers": [shown]}
    session.commit()

    def fail(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        if statement.startswith("UPDATE attachment"):
            raise ConnectionError

    event.listen(engine, "before_cursor_execute", fail)
    with pytest.raises(ConnectionError):
        commands.complete_task(session, wafa, task.id, given, now=clock.now())
    event.remove(engine, "before_cursor_execute", fail)
    session.expire_all()
    assert session.scalars(select(Task.status).where(Task.id == task.id)).one() is TaskStatus.OPEN
    assert session.scalars(select(Event).where(Event.type == "task.completed")).all() == []
    commands.complete_task(session, wafa, task.id, given, now=clock.now())


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"content": b""}, "attachment_refused"),
        ({"content": b"x" * (MOST_BYTES + 1)}, "too_large"),
        ({"filename": "x.exe", "content_type": "application/x-msdownload"}, "attachment_refused"),
        ({"field_key": "town"}, "unknown"),
        ({"form_key": "nothing"}, "unknown"),
        ({"case_id": new_id()}, "unknown"),
        ({"task_id": new_id()}, "unknown"),
    ],
)
def test_what_is_no_file_of_the_form_is_refused(
    session: Session, clock: TurnedClock, changes: dict[str, Any], code: str
) -> None:
    _deployed(session, clock)
    with pytest.raises(commands.CommandError) as refused:
        _add(session, actor(session, "remi"), clock, **changes)
    assert refused.value.code == code
    assert session.scalars(select(Attachment.id)).all() == []


def test_who_may_not_do_the_task_may_not_attach_to_it(session: Session, clock: TurnedClock) -> None:
    _deployed(session, clock)
    [task] = opened(session, clock.now()).opened
    with pytest.raises(commands.NotAllowed):
        _add(session, actor(session, "mona"), clock, task_id=task.id, form_key="prepare")
    with pytest.raises(commands.NotAllowed):
        _add(session, actor(session, "wafa"), clock)
