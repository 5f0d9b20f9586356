"""What diagrams may ask for, and what the forms of people who may not read everything leave alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select

from asae_engine import bundles, commands
from asae_engine.commands import actions
from asae_engine.model import (
    CaseMember,
    DossierField,
    Incident,
    Notice,
    Submission,
    Task,
    TaskCandidate,
    TaskStatus,
    User,
)
from tests.builders import actor, deployed, diagram, flows, form, opened, text

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from asae_engine.clock import TurnedClock


def test_the_bundle_check_knows_exactly_the_registered_topics() -> None:
    assert bundles.TOPICS == actions.TOPICS


def _tell(to: str, message: str = "Bonjour") -> bytes:
    return diagram(
        "tell",
        f"""<startEvent id="s" name="Début"/>
        <sendTask id="t" name="Prévenir" camunda:type="external" camunda:topic="notify"><extensionElements>
        <camunda:inputOutput><camunda:inputParameter name="to">{to}</camunda:inputParameter>
        <camunda:inputParameter name="message">{message}</camunda:inputParameter></camunda:inputOutput>
        </extensionElements></sendTask><endEvent id="e" name="Fin"/>"""
        + flows("s>t", "t>e"),
        attributes='asae:kind="side" camunda:candidateStarterGroups="coordinator"',
    )


@pytest.mark.parametrize(
    ("to", "expected"),
    [
        ("manager", [("manager", None, None)]),
        ("manager@south, worker", [("manager", "south", None), ("worker", None, None)]),
        ("=[&quot;manager&quot;, &quot;manager&quot;]", [("manager", None, None)]),
        ("mona", [(None, None, "mona")]),
        # Without a task: the people who belong to the case.
        ("assignee", [(None, None, "remi")]),
        ("manager@assignee", [("manager", None, None)]),
        ("=null", []),
    ],
)
def test_a_notice_goes_to_roles_organisations_and_people(
    session: Session, clock: TurnedClock, to: str, expected: list[tuple[str | None, str | None, str | None]]
) -> None:
    deployed(session, clock.now(), tell=_tell(to))
    case_id = opened(session, clock.now()).case.id
    commands.start_side_process(session, actor(session, "cora"), case_id, "tell", {}, now=clock.now())
    told = session.execute(
        select(Notice.role, Notice.organisation_key, User.username)
        .join(User, User.id == Notice.user_id, isouter=True)
        .order_by(Notice.id)
    )
    assert [tuple(row) for row in told] == expected
    assert session.scalars(select(Incident)).all() == []


ESCALATED = diagram(
    "reminder_escalation",
    """<startEvent id="s" name="Début"/>
    <sendTask id="t" name="Prévenir" camunda:type="external" camunda:topic="notify"><extensionElements>
      <camunda:inputOutput><camunda:inputParameter name="to">manager@assignee</camunda:inputParameter>
      </camunda:inputOutput></extensionElements></sendTask><endEvent id="e" name="Fin"/>"""
    + flows("s>t", "t>e"),
    attributes='asae:kind="called"',
)


def test_a_role_of_the_organisation_of_whoever_has_the_task(session: Session, clock: TurnedClock) -> None:
    from datetime import UTC, datetime

    from asae_engine.model.database import session_factory

    deployed(session, clock.now(), reminder_escalation=ESCALATED)
    [task] = opened(session, clock.now()).opened
    sessions = session_factory(session.get_bind())  # type: ignore[arg-type] # it is bound to an engine
    commands.claim(session, actor(session, "willy"), task.id, now=clock.now())
    commands.fire_due(sessions, now=clock.turn(datetime(2026, 3, 5, 5, 0, tzinfo=UTC)))
    session.rollback()
    notice = session.scalars(select(Notice)).one()
    assert (notice.role, notice.organisation_key, notice.kind) == ("manager", "north", "reminder")
    assert notice.message == "Prévenir"


def test_what_someone_may_not_read_is_not_erased_by_their_empty_field(
    session: Session, clock: TurnedClock
) -> None:
    """Health is read by workers of the case: the coordinator's form comes back without it."""
    journey = diagram(
        "journey",
        """<startEvent id="start" name="Début" camunda:formKey="opening"/>
        <userTask id="prepare" name="Préparer" camunda:formKey="prepare" camunda:candidateGroups="worker"/>
        <userTask id="again" name="Revoir" camunda:formKey="prepare" camunda:candidateGroups="coordinator"/>
        <endEvent id="end" name="Fin"/>"""
        + flows("start>prepare", "prepare>again", "again>end"),
        attributes='asae:kind="main" asae:door="retention" camunda:candidateStarterGroups="referrer"',
    )
    deployed(session, clock.now(), journey=journey)
    case_id = (opening := opened(session, clock.now())).case.id
    [again] = commands.complete_task(
        session,
        actor(session, "wafa"),
        opening.opened[0].id,
        {"decision": "again", "health": "fragile", "operator": "south"},
        now=clock.now(),
    ).opened
    commands.complete_task(
        session, actor(session, "cora"), again.id, {"decision": "opinion"}, now=clock.now()
    )
    session.expire_all()
    kept = session.get_one(DossierField, (case_id, "prepare", "health"))
    assert (kept.value, kept.by_id) == ("fragile", actor(session, "wafa").user_id)
    erased = session.get_one(DossierField, (case_id, "prepare", "operator"))
    assert erased.value is None
    assert session.scalars(select(Submission.form_key)).all().count("prepare") == 2


SEQUENCE = diagram(
    "journey",
    """<startEvent id="start" name="Début" camunda:formKey="opening"/>
    <userTask id="opinion" name="Avis" camunda:formKey="opinion" asae:distinctPeople="true"
      camunda:candidateGroups="=[&quot;committee&quot;, null, &quot;coordinator@north&quot;]">
      <multiInstanceLoopCharacteristics isSequential="true"><loopCardinality>2</loopCardinality>
      </multiInstanceLoopCharacteristics></userTask>
    <endEvent id="end" name="Fin"/>"""
    + flows("start>opinion", "opinion>end"),
    attributes='asae:kind="main" asae:door="retention" camunda:candidateStarterGroups="referrer"',
)


def test_those_who_act_one_after_the_other_are_distinct_too(session: Session, clock: TurnedClock) -> None:
    deployed(session, clock.now(), journey=SEQUENCE)
    opening = opened(session, clock.now())
    [first] = opening.opened
    groups = session.execute(
        select(TaskCandidate.role, TaskCandidate.organisation_key).order_by(TaskCandidate.role)
    )
    assert [tuple(row) for row in groups] == [("committee", None), ("coordinator", "north")]
    members = session.scalars(select(CaseMember.organisation_key).where(CaseMember.user_id.is_(None)))
    assert set(members) == {"north"}
    carl = actor(session, "carl")
    [second] = commands.complete_task(session, carl, first.id, {"opinion": "for"}, now=clock.now()).opened
    assert second.siblings == first.siblings
    with pytest.raises(commands.NotAllowed):
        commands.complete_task(session, carl, second.id, {"opinion": "for"}, now=clock.now())
    done = commands.complete_task(
        session, actor(session, "cora"), second.id, {"opinion": "for"}, now=clock.now()
    )
    assert done.ended


def test_a_task_that_opens_and_is_taken_away_in_one_deed_is_canceled(
    session: Session, clock: TurnedClock
) -> None:
    """The side process throws twice: the first message opens a task, the second takes it away at once."""
    journey = diagram(
        "journey",
        """<startEvent id="start" name="Début" camunda:formKey="opening"/>
        <intermediateCatchEvent id="wait" name="Attendre"><messageEventDefinition messageRef="one"/>
        </intermediateCatchEvent>
        <userTask id="prepare" name="Préparer" camunda:formKey="opinion" camunda:candidateGroups="worker"
          asae:delays="prepare"/>
        <boundaryEvent id="off" name="Retrait" attachedToRef="prepare">

        <messageEventDefinition messageRef="two"/></boundaryEvent>
        <endEvent id="end" name="Fin"/><endEvent id="gone" name="Retirée"/>"""
        + flows("start>wait", "wait>prepare", "prepare>end", "off>gone"),
        attributes='asae:kind="main" asae:door="retention" camunda:candidateStarterGroups="referrer"',
        before='<message id="one" name="one"/><message id="two" name="two"/>',
    )
    both = diagram(
        "both",
        """<startEvent id="s" name="Début"/>
        <intermediateThrowEvent id="a" name="Un"><messageEventDefinition messageRef="one"/>
        </intermediateThrowEvent>
        <endEvent id="b" name="Deux"><messageEventDefinition messageRef="two"/></endEvent>"""
        + flows("s>a", "a>b"),
        attributes='asae:kind="side" camunda:candidateStarterGroups="coordinator"',
        before='<message id="one" name="one"/><message id="two" name="two"/>',
    )
    deployed(session, clock.now(), journey=journey, both=both)
    opening = opened(session, clock.now())
    start = commands.start_side_process(
        session, actor(session, "cora"), opening.case.id, "both", {}, now=clock.now()
    )
    assert start.opened == []
    task = session.scalars(select(Task)).one()
    assert task.status is TaskStatus.CANCELED
    assert commands.next_due(session) is None


def test_forms_offer_people_and_cases_that_the_actor_may_know(session: Session, clock: TurnedClock) -> None:
    people = {"type": "select", "key": "who", "properties": {"people": "worker@south"}}
    cases = {"type": "textfield", "key": "like", "properties": {"cases": "true"}}
    pick = diagram(
        "pick",
        '<startEvent id="s" name="Début" camunda:formKey="pick"/><endEvent id="e" name="Fin"/>'
        + flows("s>e"),
        attributes='asae:kind="side" camunda:candidateStarterGroups="coordinator,worker"',
    )
    deployed(session, clock.now(), pick=pick, form_pick=form("pick", people, cases, text("note")))
    opening = opened(session, clock.now())
    cora = actor(session, "cora")

    def start(**given: object) -> None:
        commands.start_side_process(session, cora, opening.case.id, "pick", given, now=clock.now())

    start(who="wafa", like=opening.case.number)
    with pytest.raises(commands.InvalidAnswers) as refused:
        start(who="willy")
    assert set(refused.value.errors) == {"who"}
    with pytest.raises(commands.InvalidAnswers) as refused:
        start(like="2020-0001")
    assert set(refused.value.errors) == {"like"}
