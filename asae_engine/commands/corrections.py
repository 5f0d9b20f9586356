"""Correcting one answer after the fact: the dossier changes, the history keeps both, tokens stay where they
are.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy.orm.exc import StaleDataError

from asae_engine import access, forms
from asae_engine.commands import answering
from asae_engine.commands.casework import CaseWork
from asae_engine.commands.deployed import bundle_of, form_of
from asae_engine.commands.errors import InvalidAnswers, NotAllowed, Unknown
from asae_engine.commands.moves import Cause
from asae_engine.commands.transactions import in_one_transaction
from asae_engine.model import Deployment, Submission, dossiers, lookups, new_id

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime
    from typing import Any
    from uuid import UUID

    from sqlalchemy.orm import Session

    from asae_engine.access import Actor
    from asae_engine.forms import Form

_WHY = "Dites pourquoi cette réponse est corrigée."


def correct_answer(
    session: Session,
    actor: Actor,
    case_id: UUID,
    form_key: str,
    field: str,
    value: object,
    reason: str,
    *,
    confirm: Sequence[str] = (),
    now: datetime,
) -> Submission:
    """Correct one field (its top-level key) of the latest submission of a form in a case.

    The form as corrected is checked whole, under the version of the form that it was filled in with;
    `confirm` holds the tokens of questions answered yes to. Writes a new submission that supersedes the old
    one; moves no token. Raises `Unknown`, `NotAllowed`, `InvalidAnswers`, `Conflict`.
    """

    def work() -> Submission:
        return _correct(session, actor, case_id, form_key, field, value, reason, confirm, now)

    return in_one_transaction(session, work, case_id=lambda: case_id)


def _correct(
    session: Session,
    actor: Actor,
    case_id: UUID,
    form_key: str,
    field_key: str,
    value: object,
    reason: str,
    confirm: Sequence[str],
    now: datetime,
) -> Submission:
    case = lookups.case(session, case_id)
    if case is None:
        raise Unknown("case")
    refusal = access.permitted(session, actor, "correct", case)
    if refusal is not None:
        raise NotAllowed(refusal.reason_fr)
    old = dossiers.latest_submission(session, case_id, form_key)
    if old is None:
        raise Unknown("form")
    bundle = bundle_of(session, session.get_one(Deployment, old.deployment_id))
    form = form_of(bundle, form_key)
    field = None if form is None else form.by_key.get(field_key)
    if form is None or field is None:
        raise Unknown("field")
    work = CaseWork(session, case, bundle, actor=actor, now=now, cause=Cause("corrected"))
    refusal = answering.unreadable(work, actor, form, field)
    if refusal is not None:
        raise NotAllowed(refusal.reason_fr)
    if not reason.strip():
        raise InvalidAnswers({"": [_WHY]})
    values = _checked(work, form, {**old.data, field_key: value}, field_key, confirm)
    # What the form left out this time because the author could not read it is no part of the correction.
    new = Submission(
        id=new_id(),
        case_id=case.id,
        task_id=old.task_id,
        instance_id=old.instance_id,
        form_key=form_key,
        deployment_id=old.deployment_id,
        data=values,
        by_id=actor.user_id,
        at=now,
        answered_at=old.answered_at,
        corrects=old.id,
        reason=reason.strip(),
        superseded=False,
    )
    if not dossiers.supersede(session, old.id):
        raise StaleDataError("the submission was corrected by someone else")
    work.keep(new)
    changed = {
        key for key in {*values, *old.data} if values.get(key) != old.data.get(key) or key == field_key
    }
    untouched = frozenset(one.key for one in form.fields if one.key not in changed)
    work.dossier.record(form, new, kept=untouched, correction=True)
    work.tell("answer.corrected", data={"form": form_key, "fields": sorted(changed)})
    work.finish()
    return new


def _checked(
    work: CaseWork, form: Form, answers: dict[str, Any], corrected: str, confirm: Sequence[str]
) -> dict[str, Any]:
    """The corrected form, checked. Questions about other fields were answered the first time and are not
    asked again.
    """
    confirmed = list(confirm)
    while True:
        try:
            return answering.checked(work, form, {**answers, forms.CONFIRM: confirmed})
        except InvalidAnswers as refused:
            others = [
                question.token
                for path, question in refused.to_confirm.items()
                if path.split(".")[0] != corrected and isinstance(question, forms.Confirmation)
            ]
            if refused.errors or len(others) < len(refused.to_confirm) or set(others) <= set(confirmed):
                raise
            confirmed += others
