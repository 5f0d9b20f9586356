"""The dossier's rows: read whole in one query, written whole in one statement."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import select, update

from asae_engine.model.answers import Attachment, DossierField, Submission
from asae_engine.model.numbers import table_of, upsert

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from uuid import UUID

    from sqlalchemy import Row
    from sqlalchemy.orm import Session


def rows(session: Session, case_id: UUID) -> Sequence[Row[str, str, Any, str, bool, int]]:
    """Every field of a case's dossier, the latest answered last: form key, field key, value, type, given,
    times.
    """
    return session.execute(
        select(
            DossierField.form_key,
            DossierField.field_key,
            DossierField.value,
            DossierField.type,
            DossierField.given,
            DossierField.times,
        )
        .where(DossierField.case_id == case_id)
        .order_by(DossierField.at, DossierField.submission_id)
    ).all()


def write(session: Session, values: list[dict[str, Any]], *, counts: bool) -> None:
    """Put these fields in the dossier, over what was there. `counts` false: a correction, not another
    submission.
    """
    if not values:
        return
    insert = upsert(session)(table_of(DossierField))
    taken: dict[str, Any] = {
        name: insert.excluded[name]
        for name in ("value", "type", "mark", "given", "submission_id", "by_id", "at")
    }
    if counts:
        taken["times"] = DossierField.times + 1
    statement = insert.on_conflict_do_update(
        index_elements=[DossierField.case_id, DossierField.form_key, DossierField.field_key], set_=taken
    )
    # Always in the same order, so that two writers of one case wait for each other instead of locking each
    # other.
    session.connection().execute(
        statement, sorted(values, key=lambda row: (row["form_key"], row["field_key"]))
    )


def latest_submission(session: Session, case_id: UUID, form_key: str) -> Submission | None:
    """The newest valid submission of a form in a case."""
    return session.scalars(
        select(Submission)
        .where(
            Submission.case_id == case_id,
            Submission.form_key == form_key,
            Submission.superseded.is_(False),
        )
        .order_by(Submission.answered_at.desc(), Submission.id.desc())
        .limit(1),
        execution_options={"populate_existing": True},
    ).first()


def bind_attachments(
    session: Session,
    ids: Collection[UUID],
    *,
    by_id: UUID,
    case_id: UUID,
    task_id: UUID | None,
    form_key: str,
) -> None:
    """Tie files that someone uploaded before the case existed to it."""
    session.execute(
        update(Attachment)
        .where(Attachment.id.in_(list(ids)), Attachment.by_id == by_id, Attachment.case_id.is_(None))
        .values(case_id=case_id, task_id=task_id, form_key=form_key),
        execution_options={"synchronize_session": False},
    )


def supersede(session: Session, submission_id: UUID) -> bool:
    """Mark a submission as corrected. False when someone did so first."""
    found = session.execute(
        update(Submission)
        .where(Submission.id == submission_id, Submission.superseded.is_(False))
        .values(superseded=True)
        .returning(Submission.id),
        execution_options={"synchronize_session": False},
    )
    return found.first() is not None
