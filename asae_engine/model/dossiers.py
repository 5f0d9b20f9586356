"""The dossier's rows: read whole in one query, written whole in one statement."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any, NamedTuple

from sqlalchemy import JSON, Integer, bindparam, cast, func, select, type_coerce, update

from asae_engine.model.answers import Attachment, DossierField, Submission
from asae_engine.model.cases import Case
from asae_engine.model.numbers import table_of, upsert_on

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from uuid import UUID

    from sqlalchemy import ColumnElement, Executable, Row
    from sqlalchemy.orm import Session


_FIELDS = table_of(DossierField)
#: What a newer answer replaces.
TAKEN = ("value", "type", "mark", "given", "submission_id", "by_id", "at")
_ROWS = (
    select(
        _FIELDS.c.form_key,
        _FIELDS.c.field_key,
        _FIELDS.c.value,
        _FIELDS.c.type,
        _FIELDS.c.given,
        _FIELDS.c.times,
    )
    .where(_FIELDS.c.case_id == bindparam("of_case"))
    .order_by(_FIELDS.c.at, _FIELDS.c.submission_id)
)


def rows(session: Session, case_id: UUID) -> Sequence[Row[str, str, Any, str, bool, int]]:
    """Every field of a case's dossier, the latest answered last: form key, field key, value, type, given,
    times.
    """
    return session.connection().execute(_ROWS, {"of_case": case_id}).all()


@cache
def as_json(database: str) -> ColumnElement[Any]:
    """Of a `Case`: what `rows` gives, as JSON (a list of lists, or null), to be asked with something else."""
    value = _FIELDS.c.value if database == "postgresql" else func.json(_FIELDS.c.value)
    array = func.json_build_array if database == "postgresql" else func.json_array
    gather = func.json_agg if database == "postgresql" else func.json_group_array
    given = cast(_FIELDS.c.given, Integer)
    lines = (
        select(
            array(
                _FIELDS.c.form_key, _FIELDS.c.field_key, value, _FIELDS.c.type, given, _FIELDS.c.times
            ).label("line")
        )
        .where(_FIELDS.c.case_id == Case.id)
        .order_by(_FIELDS.c.at, _FIELDS.c.submission_id)
        .correlate(Case)
        .subquery()
    )
    line = lines.c.line if database == "postgresql" else func.json(lines.c.line)
    return type_coerce(select(gather(line)).scalar_subquery(), JSON())


def write(session: Session, values: list[dict[str, Any]], *, counts: bool) -> None:
    """Put these fields in the dossier, over what was there. `counts` false: a correction, not another
    submission.
    """
    if not values:
        return
    # Always in the same order, so that two writers of one case wait for each other instead of locking each
    # other.
    session.connection().execute(
        _over(session.get_bind().dialect.name, counts),
        sorted(values, key=lambda row: (row["form_key"], row["field_key"])),
    )


@cache
def _over(database: str, counts: bool) -> Executable:
    """INSERT … ON CONFLICT DO UPDATE. Built once for each database: that costs more than sending it."""
    insert = upsert_on(database)(_FIELDS)
    taken: dict[str, Any] = {name: insert.excluded[name] for name in TAKEN}
    if counts:
        taken["times"] = _FIELDS.c.times + 1
    return insert.on_conflict_do_update(
        index_elements=[_FIELDS.c.case_id, _FIELDS.c.form_key, _FIELDS.c.field_key], set_=taken
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


class Uploaded(NamedTuple):
    """Files that someone sent with a form."""

    ids: Collection[UUID]
    by_id: UUID
    task_id: UUID | None
    form_key: str


def bind_attachments(session: Session, case_id: UUID, uploaded: Uploaded) -> None:
    """Tie files that were uploaded before the case existed to it."""
    session.execute(
        update(Attachment)
        .where(
            Attachment.id.in_(list(uploaded.ids)),
            Attachment.by_id == uploaded.by_id,
            Attachment.case_id.is_(None),
        )
        .values(case_id=case_id, task_id=uploaded.task_id, form_key=uploaded.form_key),
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
