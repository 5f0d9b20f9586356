"""Putting a bundle in service: checked whole, stored whole, or refused whole."""

from __future__ import annotations

from typing import TYPE_CHECKING

from asae_engine import access, bundles
from asae_engine.commands.errors import BundleRefused, NotAllowed
from asae_engine.commands.results import Publication
from asae_engine.commands.transactions import in_one_transaction
from asae_engine.findings import refused
from asae_engine.model import Deployment, DeploymentFile, Organisation, histories, lookups, new_id
from asae_engine.model.numbers import next_number

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from sqlalchemy.orm import Session

    from asae_engine.access import Actor


def deploy(
    session: Session, actor: Actor | None, files: Mapping[str, bytes], reason: str, *, now: datetime
) -> Publication:
    """Check these files as one bundle and make them the newest deployment; new cases start from it, old ones
    go on.

    Files that are the newest deployment already change nothing (`already`). Raises `BundleRefused` with every
    finding, `NotAllowed`. An actor of None is the command line.
    """
    if actor is not None and (refusal := access.permitted(session, actor, "design")) is not None:
        raise NotAllowed(refusal.reason_fr)
    bundle, findings = bundles.check(files)
    if bundle is None or refused(findings):
        raise BundleRefused(findings)

    def work() -> Publication:
        number = next_number(session, "deployment")  # holds the row: one deployment at a time
        newest = lookups.newest_deployment(session)
        if newest is not None and newest.digest == bundle.digest:
            session.rollback()
            return Publication(newest, already=True)
        deployment = Deployment(
            id=new_id(),
            number=number,
            digest=bundle.digest,
            at=now,
            by_id=None if actor is None else actor.user_id,
            reason=reason,
        )
        session.add(deployment)
        session.add_all(
            DeploymentFile(deployment_id=deployment.id, path=path, content=content)
            for path, content in bundle.files.items()
        )
        for key, label in bundle.programme.organisations.items():
            session.merge(Organisation(key=key, label=str(label)))
        session.flush()
        histories.append_outside(
            session,
            {
                "type": "deployment.created",
                "at": now,
                "actor_id": deployment.by_id,
                "data": {"number": number, "digest": bundle.digest},
            },
        )
        return Publication(deployment, already=False)

    return in_one_transaction(session, work)
