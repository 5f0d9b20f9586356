"""The bundle that a page speaks of: the newest for what begins now, a case's own for what goes on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import select

from asae_engine import bundles
from asae_engine.model import Deployment, DeploymentFile

if TYPE_CHECKING:
    from collections.abc import Mapping
    from uuid import UUID

    from sqlalchemy.orm import Session

    from asae_engine.bundles import Bundle


def newest(session: Session) -> tuple[Deployment, Bundle] | None:
    """The deployment that new cases begin with; none before the first."""
    deployment = session.execute(select(Deployment).order_by(Deployment.number.desc()).limit(1)).scalar()
    return None if deployment is None else (deployment, _bundle(session, deployment))


def of(session: Session, deployment_id: UUID) -> tuple[Deployment, Bundle]:
    """A deployment and its bundle. Neither ever changes: a session asks for each once."""
    held: dict[UUID, tuple[Deployment, Bundle]] = session.info.setdefault("asae.deployed", {})
    if deployment_id not in held:
        deployment = session.get_one(Deployment, deployment_id)
        held[deployment_id] = (deployment, _bundle(session, deployment))
    return held[deployment_id]


def _bundle(session: Session, deployment: Deployment) -> Bundle:
    def load() -> Mapping[str, bytes]:
        rows = session.execute(
            select(DeploymentFile.path, DeploymentFile.content).where(
                DeploymentFile.deployment_id == deployment.id
            )
        )
        return {path: bytes(content) for path, content in rows}

    return bundles.get(deployment.digest, load)
