"""Files that come with answers: kept in the database, with their hash and the mark of their field."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from asae_engine import access, forms
from asae_engine.commands.casework import CaseWork
from asae_engine.commands.deployed import bundle_of, newest
from asae_engine.commands.errors import AttachmentRefused, NotAllowed, Unknown
from asae_engine.commands.moves import Cause
from asae_engine.commands.transactions import in_one_transaction
from asae_engine.forms.files import accepted
from asae_engine.model import Attachment, TaskStatus, lookups, new_id

if TYPE_CHECKING:
    from datetime import datetime
    from uuid import UUID

    from sqlalchemy.orm import Session

    from asae_engine.access import Actor
    from asae_engine.forms import Field, Form
    from asae_engine.model import Case

#: The largest file taken, in bytes: the forms' own limit.
MOST_BYTES = forms.MOST_BYTES


def add_attachment(
    session: Session,
    actor: Actor,
    *,
    filename: str,
    content_type: str,
    content: bytes,
    form_key: str,
    field_key: str,
    task_id: UUID | None = None,
    case_id: UUID | None = None,
    now: datetime,
) -> Attachment:
    """Keep a file for a field of a task's form, of a side process's first form (`case_id`), or of an opening
    form.

    The answer then holds its id. Without a case it is the actor's alone until their case is opened with it.
    Raises `AttachmentRefused`, `Unknown`, `NotAllowed`.
    """
    if not content:
        raise AttachmentRefused("Ce fichier est vide\u00a0: choisissez-en un autre.")
    if len(content) > MOST_BYTES:
        raise AttachmentRefused(
            f"Ce fichier est trop gros\u00a0: {MOST_BYTES // 1_000_000}\u00a0Mo au plus.", too_large=True
        )
    name = forms.plain_name(filename)[:255]

    def work() -> Attachment:
        form, case = _place(session, actor, form_key, task_id, case_id)
        field = _field(form, field_key)
        if not accepted(field, name, content_type):
            raise AttachmentRefused("Ce type de fichier n’est pas accepté pour cette question.")
        kept = Attachment(
            id=new_id(),
            case_id=None if case is None else case.id,
            task_id=task_id,
            form_key=form_key,
            field_key=field_key,
            mark=field.mark,
            filename=name,
            content_type=content_type[:100],
            size=len(content),
            sha256=hashlib.sha256(content).hexdigest(),
            content=content,
            by_id=actor.user_id,
            at=now,
        )
        session.add(kept)
        if case is None:
            session.flush()
        else:
            deed = CaseWork(session, case, None, actor=actor, now=now, cause=Cause("attached"))
            deed.tell(
                "attachment.added", data={"form": form_key, "field": field_key, "attachment_id": str(kept.id)}
            )
            deed.finish()
        return kept

    return in_one_transaction(session, work, case_id=lambda: case_id)


def _place(
    session: Session, actor: Actor, form_key: str, task_id: UUID | None, case_id: UUID | None
) -> tuple[Form, Case | None]:
    """The form and the case (None: not opened yet) that a file is for."""
    if task_id is not None:
        return _of_task(session, actor, form_key, task_id)
    _, bundle = newest(session)
    openers = [one for one in bundle.processes.values() if one.start_form == form_key]
    if not openers:
        raise Unknown("form")
    if case_id is None:
        refusals = [access.permitted(session, actor, "open_case", one) for one in openers]
        case = None
    else:
        case = lookups.case(session, case_id)
        if case is None:
            raise Unknown("case")
        refusals = [access.permitted(session, actor, "start_side", case, definition=one) for one in openers]
    if None not in refusals and refusals[0] is not None:
        raise NotAllowed(refusals[0].reason_fr)
    return bundle.forms[form_key], case


def _of_task(session: Session, actor: Actor, form_key: str, task_id: UUID) -> tuple[Form, Case]:
    found = lookups.task_at_work(session, task_id)
    if found is None or found.task.status is not TaskStatus.OPEN or found.task.form_key != form_key:
        raise Unknown("task")
    refusal = access.permitted(session, actor, "draft", found.task)
    if refusal is not None:
        raise NotAllowed(refusal.reason_fr)
    return bundle_of(session, found.deployment).forms[form_key], found.case


def _field(form: Form, field_key: str) -> Field:
    field = form.by_name.get(field_key)
    if field is None or field.type is not forms.Kind.FILES:
        raise Unknown("field")
    return field
