"""Taking a form's answers: checked against the form, kept as a submission, laid into the dossier."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import UUID

from asae_engine import access, forms
from asae_engine.commands.directory import DatabaseDirectory
from asae_engine.commands.errors import InvalidAnswers
from asae_engine.model import Submission, new_id, new_row

if TYPE_CHECKING:
    from collections.abc import Mapping

    from asae_engine.access import Actor
    from asae_engine.commands.casework import CaseWork
    from asae_engine.commands.moves import Move
    from asae_engine.forms import Field, Form
    from asae_engine.model import Deployment, Task


def checked(
    work: CaseWork, form: Form, raw: Mapping[str, object], variables: Mapping[str, object] | None = None
) -> dict[str, Any]:
    """The values of a form that was filled in well, JSON-plain by field key. Raises `InvalidAnswers`."""
    context = {**work.dossier.context(), **(variables or {}), **for_actor(work.actor)}
    try:
        answers = forms.validate(
            form, raw, context, now=work.now, directory=DatabaseDirectory(work.session, work.actor, work.case)
        )
    except forms.InvalidAnswers as refused:
        raise InvalidAnswers(refused.errors, refused.to_confirm, refused.raw) from None
    return dict(answers.values)


def for_actor(actor: Actor | None) -> dict[str, object]:
    """What forms know of who fills them in."""
    if actor is None:
        return {"actor": None}
    return {"actor": {"username": actor.username, "organisation": actor.organisation}}


def submit(
    work: CaseWork,
    form: Form,
    values: dict[str, Any],
    *,
    instance_id: UUID,
    deployment: Deployment,
    task: Task | None,
    move: Move | None = None,
) -> Submission:
    """Keep checked values as a submission of the actor. Those of a task are told by its completion."""
    submission = new_row(
        Submission,
        id=new_id(),
        case_id=work.case.id,
        task_id=None if task is None else task.id,
        instance_id=instance_id,
        form_key=form.key,
        deployment_id=deployment.id,
        data=values,
        by_id=None if work.actor is None else work.actor.user_id,
        at=work.now,
        answered_at=work.now,
        corrects=None,
        reason=None,
        superseded=False,
    )
    work.keep(submission)
    work.dossier.record(form, submission, kept=_unreadable(work, form, values))
    if task is None:
        work.tell("answers.submitted", move=move, data={"form": form.key})
    return submission


def _unreadable(work: CaseWork, form: Form, values: Mapping[str, Any]) -> frozenset[str]:
    """Fields that came back empty because the actor may not read them: what the dossier has of them stays."""
    actor = work.actor
    if actor is None:
        return frozenset()
    known = work.dossier.entries()
    return frozenset(
        field.key
        for field in form.fields
        if values.get(field.key) in (None, "", [])
        and (entry := known.get((form.key, field.key))) is not None
        and entry.value not in (None, "", [])
        and unreadable(work, actor, form, field) is not None
    )


def unreadable(work: CaseWork, actor: Actor, form: Form, field: Field) -> access.Refusal | None:
    """Why the actor may not read a field whole, each of its parts under the mark it has in this case."""
    context = work.dossier.context()
    for part in (field, *field.children):
        mark = forms.mark(form, part, context, work.now)
        refusal = access.permitted_field(work.session, actor, work.case, mark, part.readers)
        if refusal is not None:
            return refusal
    return None


def unmarked(form: Form | None, values: Mapping[str, Any]) -> dict[str, Any]:
    """The answers that carry no mark: what a multi-instance may gather into the process's variables."""
    if form is None:
        return {}
    return {field.key: values[field.key] for field in form.fields if field.key in values and not field.marks}


def bind_files(work: CaseWork, form: Form, values: Mapping[str, Any], task: Task | None) -> None:
    """Tie the files that came with the answers, uploaded before their case existed, to the case."""
    work.bind_files([UUID(one) for one in forms.files_of(form, values)], task, form.key)
