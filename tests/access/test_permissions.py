"""May someone do this? On both databases, through every verb, with the reason."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from asae_engine import access, commands
from asae_engine.access import Tie, cases
from asae_engine.model import Case, CaseMember, Task, User
from tests import builders

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy.orm import Session

    from asae_engine.clock import TurnedClock


@pytest.fixture
def now(clock: TurnedClock) -> datetime:
    return clock.now()


@pytest.fixture
def case(session: Session, now: datetime) -> Case:
    builders.deployed(session, now)
    return builders.opened(session, now).case


def _seen(session: Session, username: str) -> bool:
    actor = builders.actor(session, username)
    return session.query(Case).where(access.visible_cases(actor)).count() == 1


#: The tie to a case that Rémi (north, referrer) opened and whose first task is offered to workers. None: not
#: theirs to see.
TIES = {
    "remi": Tie.PERSON,
    "wafa": Tie.CANDIDATE,
    "willy": Tie.ORGANISATION,
    "cora": Tie.ORGANISATION,
    "carl": Tie.ORGANISATION,
    "cleo": Tie.NONE,
    "mona": Tie.NONE,
    "otto": None,
}


def test_the_tie_to_a_case_is_the_same_alone_and_in_lists(session: Session, case: Case) -> None:
    for username, tie in TIES.items():
        actor = builders.actor(session, username)
        assert access.tie(session, actor, case.id) == tie, username
        assert _seen(session, username) is (tie is not None), username
        if tie is not None:
            assert session.query(access.tie_column(actor)).select_from(Case).scalar() == tie
            for at_least in Tie:
                found = session.query(Case).where(cases.tied_cases(actor, at_least)).count()
                assert found == int(tie >= at_least), (username, at_least)


def test_a_membership_that_ended_opens_nothing_any_more(session: Session, case: Case, now: datetime) -> None:
    task = session.query(Task).one()
    commands.claim(session, builders.actor(session, "wafa"), task.id, now=now)
    assert access.tie(session, builders.actor(session, "wafa"), case.id) is Tie.PERSON
    commands.release(session, builders.actor(session, "wafa"), task.id, now=now)
    wafa = session.query(User).filter_by(username="wafa").one()
    session.query(CaseMember).filter_by(user_id=wafa.id).update({"until": now})
    commands.assign(session, builders.actor(session, "cora"), task.id, "walid", now=now)
    assert access.tie(session, builders.actor(session, "wafa"), case.id) is None
    assert not _seen(session, "wafa")


VERBS = {
    "claim": {"wafa", "walid", "willy"},
    "draft": {"wafa", "walid", "willy"},
    "complete": {"wafa", "walid", "willy"},
    "release": set(),
    "assign": {"cora"},
    "dance": set(),
}


def test_each_verb_on_a_free_task_is_for_those_it_is_offered_to(session: Session, case: Case) -> None:
    task = session.query(Task).one()
    for verb, allowed in VERBS.items():
        for username in builders.PEOPLE:
            refusal = access.permitted(session, builders.actor(session, username), verb, task)
            assert (refusal is None) is (username in allowed), (verb, username)
            assert refusal is None or refusal.reason_fr.endswith(".")


def test_a_task_that_someone_has_is_theirs_and_the_coordinators_to_give(
    session: Session, case: Case, now: datetime
) -> None:
    task = session.query(Task).one()
    commands.claim(session, builders.actor(session, "wafa"), task.id, now=now)
    session.refresh(task)
    for verb, allowed in {"complete": {"wafa"}, "release": {"wafa", "cora"}, "assign": {"cora"}}.items():
        for username in builders.PEOPLE:
            refusal = access.permitted(session, builders.actor(session, username), verb, task)
            assert (refusal is None) is (username in allowed), (verb, username)
    refusal = access.permitted(session, builders.actor(session, "willy"), "claim", task)
    assert refusal is not None
    assert refusal.reason_fr == "Cette situation ne vous est pas ouverte." or "Wafa" in refusal.reason_fr


def test_verbs_on_cases_and_on_the_programme(session: Session, case: Case) -> None:
    def may(username: str, verb: str, *subject: object) -> bool:
        return access.permitted(session, builders.actor(session, username), verb, *subject) is None  # type: ignore[arg-type]  # as tests give them

    assert {one for one in builders.PEOPLE if may(one, "read", case)} == {
        one
        for one in builders.PEOPLE
        if access.tie(session, builders.actor(session, one), case.id) is not None
    }
    assert {one for one in builders.PEOPLE if may(one, "correct", case)} == {"cora"}
    assert {one for one in builders.PEOPLE if may(one, "cancel", case)} == {"cora"}
    assert {one for one in builders.PEOPLE if may(one, "design")} == {"otto"}
    assert {one for one in builders.PEOPLE if may(one, "see_board")} == {"cora", "mona"}
    assert {one for one in builders.PEOPLE if may(one, "open_case")} == {"remi", "cora"}
    assert not may("cora", "dance")
    assert not may("cora", "dance", case)


def test_a_field_is_corrected_by_who_reads_it_whole(session: Session, case: Case) -> None:
    cora = builders.actor(session, "cora")
    assert access.permitted_field(session, cora, case, "P") is None
    assert access.permitted_field(session, cora, case, "H") is not None
    assert access.permitted_field(session, cora, case, "P,H") is not None
    assert access.permitted_field(session, cora, case, "H", {"coordinator"}) is None
    assert access.permitted_field(session, builders.actor(session, "otto"), case, None) is not None


def test_groups_are_a_role_or_a_role_of_an_organisation(session: Session, case: Case) -> None:
    wafa = builders.actor(session, "wafa")
    assert access.belongs(wafa, ["worker"])
    assert access.belongs(wafa, ["coordinator", " worker@south "])
    assert not access.belongs(wafa, ["worker@north", "coordinator@south", ""])


def test_before_the_first_deployment_nobody_has_a_right(session: Session) -> None:
    builders.people(session, ["cora"])
    cora = builders.actor(session, "cora")
    assert cora.permissions == frozenset()
    assert access.permitted(session, cora, "see_board") is not None
    with pytest.raises(LookupError, match="nobody"):
        access.actor_for(session, "nobody")
