"""A bundle is put in service whole, or not at all; old cases go on as they began."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from sqlalchemy import func, select

from asae_engine import commands
from asae_engine.model import Deployment, DeploymentFile, Event, Organisation, lookups
from tests.builders import JOURNEY, actor, bundle, deployed, opened

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from asae_engine.clock import TurnedClock


def test_the_first_deployment_needs_no_account(session: Session, clock: TurnedClock) -> None:
    published = commands.deploy(session, None, bundle(), "première", now=clock.now())
    assert not published.already
    assert published.deployment.number == 1
    assert lookups.deployment_files(session, published.deployment.id) == bundle()
    assert set(session.scalars(select(Organisation.label))) == {"Nord", "Sud"}
    assert session.scalars(select(Event.type)).all() == ["deployment.created"]


def test_the_same_files_are_not_deployed_twice(session: Session, clock: TurnedClock) -> None:
    first = deployed(session, clock.now())
    again = commands.deploy(session, None, bundle(), "encore", now=clock.now())
    assert again.already
    assert again.deployment.id == first.id
    changed = commands.deploy(session, None, bundle(leave=None), "sans départ", now=clock.now())
    assert changed.deployment.number == 2
    back = commands.deploy(session, None, bundle(), "retour", now=clock.now())
    assert (back.already, back.deployment.number) == (False, 3)
    assert [one.number for one in lookups.deployments(session)] == [3, 2, 1]


def test_a_bundle_with_a_mistake_is_refused_with_every_finding_and_nothing_is_stored(
    session: Session, clock: TurnedClock
) -> None:
    broken = bundle(
        form_prepare=b"{", journey=JOURNEY.replace(b"prepare.decision = ", b"prepare.decision = =")
    )
    with pytest.raises(commands.BundleRefused) as refused:
        commands.deploy(session, None, broken, "cassé", now=clock.now())
    files = {finding.file for finding in refused.value.findings if finding.severity == "error"}
    assert {"forms/prepare.form", "processes/journey.bpmn"} <= files
    assert "forms/prepare.form" in str(refused.value)
    for table in (Deployment, DeploymentFile, Event):
        assert session.scalar(select(func.count()).select_from(table)) == 0


def test_only_who_may_design_deploys(session: Session, clock: TurnedClock) -> None:
    deployed(session, clock.now())
    with pytest.raises(commands.NotAllowed):
        commands.deploy(session, actor(session, "cora"), bundle(leave=None), "x", now=clock.now())
    done = commands.deploy(session, actor(session, "otto"), bundle(leave=None), "x", now=clock.now())
    assert done.deployment.by_id == actor(session, "otto").user_id


def test_a_running_case_keeps_the_bundle_it_began_with(session: Session, clock: TurnedClock) -> None:
    deployed(session, clock.now())
    old = opened(session, clock.now())
    renamed = JOURNEY.replace(b"Donner un avis", b"Se prononcer")
    commands.deploy(session, None, bundle(journey=renamed), "autre nom", now=clock.now())
    new = opened(session, clock.now(), last_name="Martin")
    wafa = actor(session, "wafa")
    for opening, name in ((old, "Donner un avis"), (new, "Se prononcer")):
        done = commands.complete_task(
            session, wafa, opening.opened[0].id, {"decision": "opinion"}, now=clock.now()
        )
        assert {task.name for task in done.opened} == {name}
