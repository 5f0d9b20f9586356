"""Opening a case by one of its doors, and starting a side process on it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from asae_engine import access, feel, forms
from asae_engine.calendar import local_date
from asae_engine.commands import answering, starts
from asae_engine.commands.casework import CaseWork
from asae_engine.commands.deployed import form_of, newest, process_of
from asae_engine.commands.duplicates import Identity, duplicates_of, identity_of
from asae_engine.commands.errors import DuplicatesFound, NotAllowed, NotOffered, Unknown
from asae_engine.commands.moves import Cause
from asae_engine.commands.offers import is_offered
from asae_engine.commands.results import Opening, Start
from asae_engine.commands.transactions import in_one_transaction
from asae_engine.model import Case, CaseStatus, Household, InstanceKind, histories, lookups, new_id
from asae_engine.model.numbers import next_number

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime
    from uuid import UUID

    from sqlalchemy.orm import Session

    from asae_engine.access import Actor
    from asae_engine.bpmn import ProcessDefinition


def open_case(
    session: Session,
    actor: Actor,
    process_key: str,
    answers: Mapping[str, object],
    *,
    confirm_duplicate: bool = False,
    household_id: UUID | None = None,
    now: datetime,
) -> Opening:
    """Open a case by the main process `process_key` with the answers of its opening form, and run it to its
    first waits.

    Raises `DuplicatesFound` with the known households like this one, unless `confirm_duplicate` says that it
    is another or `household_id` that it is this one: a household that comes back gets a new case. Raises
    `Unknown`, `NotAllowed`, `InvalidAnswers`, `NothingDeployed`.
    """

    def work() -> Opening:
        return _open(session, actor, process_key, answers, confirm_duplicate, household_id, now)

    return in_one_transaction(session, work)


def _open(
    session: Session,
    actor: Actor,
    process_key: str,
    answers: Mapping[str, object],
    confirm_duplicate: bool,
    household_id: UUID | None,
    now: datetime,
) -> Opening:
    deployment, bundle = newest(session)
    definition = process_of(bundle, process_key, "main")
    refusal = access.permitted(session, actor, "open_case", definition)
    if refusal is not None:
        raise NotAllowed(refusal.reason_fr)
    form = form_of(bundle, definition.start_form)
    case = Case(
        id=new_id(),
        number="",
        process_key=process_key,
        door=definition.door,
        status=CaseStatus.OPEN,
        opened_at=now,
        opened_by_id=actor.user_id,
        event_count=0,
        stage=definition.name,
    )
    work = CaseWork(
        session, case, bundle, actor=actor, now=now, cause=Cause("opened", None, actor.username), dossier=()
    )
    values = {} if form is None else answering.checked(work, form, answers)
    asked = identity_of(values, bundle.programme.household)
    household = _household(session, asked, confirm_duplicate, household_id)
    year = local_date(now).year
    case.number = f"{year}-{next_number(session, f'case-{year}'):04d}"
    case.household_id = household.id
    case.title = f"{asked.last_name} {asked.first_name}".strip() or household_title(household)
    session.add(case)
    row_id = new_id()
    work.tell(
        "case.opened", process_key=process_key, element_name=definition.name, data={"door": definition.door}
    )
    submission = None
    if form is not None:
        submission = answering.submit(
            work, form, values, instance_id=row_id, deployment=deployment, task=None
        )
        work.forget_draft(start_subject(process_key, None))
    work.join(user_id=actor.user_id, role="opener")
    work.join(organisation=actor.organisation, role="opener")
    move = work.start(deployment.id, bundle, process_key, InstanceKind.MAIN, {}, row_id=row_id)
    starts.await_all(work, deployment.id, bundle)
    if form is not None:
        answering.bind_files(work, form, values, None)
    work.finish()
    return Opening(case, household, move.row, submission, work.opened)


def household_title(household: Household) -> str:
    """How lists call a household."""
    return f"{household.last_name} {household.first_name}".strip()


def _household(
    session: Session, asked: Identity, confirm_duplicate: bool, household_id: UUID | None
) -> Household:
    if household_id is not None:
        known = session.get(Household, household_id)
        if known is None:
            raise Unknown("household")
        return known
    if not confirm_duplicate:
        duplicates = duplicates_of(session, asked)
        if duplicates:
            raise DuplicatesFound(duplicates)
    household = Household(
        id=new_id(),
        number=next_number(session, "household"),
        last_name=asked.last_name,
        first_name=asked.first_name,
        birth_date=asked.birth_date,
        town=asked.town,
        search_last=asked.last,
        search_first=asked.first,
        search_key=" ".join((asked.last, asked.first, asked.last)).strip(),
    )
    session.add(household)
    return household


def start_side_process(
    session: Session,
    actor: Actor,
    case_id: UUID,
    process_key: str,
    answers: Mapping[str, object],
    *,
    now: datetime,
) -> Start:
    """Start a side process (a visit, an incident…) on a case, by the newest deployment.

    Raises `Unknown`, `NotAllowed`, `NotOffered` when the diagram's condition does not hold, `InvalidAnswers`,
    `Conflict`.
    """

    def work() -> Start:
        return _start(session, actor, case_id, process_key, answers, now)

    return in_one_transaction(session, work, case_id=lambda: case_id)


def _start(
    session: Session,
    actor: Actor,
    case_id: UUID,
    process_key: str,
    answers: Mapping[str, object],
    now: datetime,
) -> Start:
    case = lookups.case(session, case_id)
    if case is None:
        raise Unknown("case")
    deployment, bundle = newest(session)
    definition = process_of(bundle, process_key, "side")
    refusal = access.permitted(session, actor, "start_side", case, definition=definition)
    if refusal is not None:
        raise NotAllowed(refusal.reason_fr)
    cause = Cause("started", definition.name, actor.username)
    work = CaseWork(session, case, bundle, actor=actor, now=now, cause=cause)
    _require_offered(work, definition)
    form = form_of(bundle, definition.start_form)
    row_id = new_id()
    submission = None
    if form is not None:
        values = answering.checked(work, form, answers)
        submission = answering.submit(
            work, form, values, instance_id=row_id, deployment=deployment, task=None
        )
        work.forget_draft(start_subject(process_key, case_id))
        answering.bind_files(work, form, values, None)
    move = work.start(deployment.id, bundle, process_key, InstanceKind.SIDE, {}, row_id=row_id)
    work.finish()
    return Start(move.row, submission, work.opened, move.instance.is_ended)


def _require_offered(work: CaseWork, definition: ProcessDefinition) -> None:
    if not definition.started_by_people:
        raise NotOffered(f"La démarche «\u00a0{definition.name}\u00a0» commence seule, à son évènement.")
    if not is_offered(work, definition):
        raise NotOffered(
            f"La démarche «\u00a0{definition.name}\u00a0» n’est pas proposée pour cette situation."
        )


def offered_processes(
    session: Session, actor: Actor, case_id: UUID, *, now: datetime
) -> list[ProcessDefinition]:
    """The side processes that the actor may start on the case now, by name. Reads only."""
    case = lookups.case(session, case_id)
    if case is None:
        raise Unknown("case")
    _, bundle = newest(session)
    work = CaseWork(session, case, bundle, actor=actor, now=now, cause=Cause("started"))
    offered = []
    for definition in sorted(bundle.processes.values(), key=lambda one: one.name):
        if definition.kind != "side":
            continue
        if access.permitted(session, actor, "start_side", case, definition=definition) is not None:
            continue
        try:
            _require_offered(work, definition)
        except (NotOffered, feel.FeelError):
            continue
        offered.append(definition)
    return offered


def start_subject(process_key: str, case_id: UUID | None) -> str:
    """The subject of the draft of an opening form (`case_id` None) or of a side process's first form."""
    return f"start:{process_key}" if case_id is None else f"side:{case_id}:{process_key}"


def save_start_draft(
    session: Session,
    actor: Actor,
    process_key: str,
    data: Mapping[str, object],
    *,
    case_id: UUID | None = None,
    now: datetime,
) -> None:
    """Keep what the actor typed so far into the form that opens a case, or that starts a side process on
    `case_id`.
    """

    def work() -> None:
        _, bundle = newest(session)
        definition = process_of(bundle, process_key, "main" if case_id is None else "side")
        case = None
        if case_id is not None and (case := lookups.case(session, case_id)) is None:
            raise Unknown("case")
        refusal = (
            access.permitted(session, actor, "open_case", definition)
            if case is None
            else access.permitted(session, actor, "start_side", case, definition=definition)
        )
        if refusal is not None:
            raise NotAllowed(refusal.reason_fr)
        form = form_of(bundle, definition.start_form)
        if form is None:
            raise Unknown("form")
        histories.keep_draft(
            session,
            user_id=actor.user_id,
            subject=start_subject(process_key, case_id),
            task_id=None,
            data=dict(forms.draft(form, data)),
            at=now,
        )

    in_one_transaction(session, work)
