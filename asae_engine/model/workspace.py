"""What the studio asks: drafts, where each file last changed, how many processes go on under a deployment."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from sqlalchemy import func, or_, select
from sqlalchemy.orm import joinedload

from asae_engine.model.deployments import BundleDraft, Deployment, DeploymentFile
from asae_engine.model.instances import InstanceKind, InstanceStatus, ProcessInstance

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy.orm import Session


class FileChange(NamedTuple):
    """A file that a deployment brought or altered."""

    number: int
    path: str
    added: bool


def bundle_drafts(session: Session) -> Sequence[BundleDraft]:
    """Every draft, by path, with its author."""
    return session.scalars(
        select(BundleDraft)
        .options(joinedload(BundleDraft.by), joinedload(BundleDraft.based_on))
        .order_by(BundleDraft.path),
        execution_options={"populate_existing": True},
    ).all()


def bundle_draft(session: Session, path: str) -> BundleDraft | None:
    """The draft of one file."""
    return session.scalars(
        select(BundleDraft).where(BundleDraft.path == path), execution_options={"populate_existing": True}
    ).first()


def deployment_numbered(session: Session, number: int) -> Deployment | None:
    """The deployment of that number."""
    return session.scalars(select(Deployment).where(Deployment.number == number)).first()


def file_changes(session: Session) -> list[FileChange]:
    """Which files each deployment brought or altered, the newest first. A file that left is not listed."""
    before = (
        func.lag(DeploymentFile.content)
        .over(partition_by=DeploymentFile.path, order_by=Deployment.number)
        .label("before")
    )
    files = (
        select(Deployment.number, DeploymentFile.path, DeploymentFile.content, before)
        .join(Deployment, Deployment.id == DeploymentFile.deployment_id)
        .subquery()
    )
    rows = session.execute(
        select(files.c.number, files.c.path, files.c.before.is_(None))
        .where(or_(files.c.before.is_(None), files.c.before != files.c.content))
        .order_by(files.c.number.desc(), files.c.path)
    )
    return [FileChange(number, path, bool(added)) for number, path, added in rows]


def running_by_deployment(session: Session) -> dict[int, int]:
    """How many main processes go on under each deployment, by its number."""
    rows = session.execute(
        select(Deployment.number, func.count())
        .join(ProcessInstance, ProcessInstance.deployment_id == Deployment.id)
        .where(
            ProcessInstance.status == InstanceStatus.ACTIVE,
            ProcessInstance.kind == InstanceKind.MAIN,
        )
        .group_by(Deployment.number)
    )
    return {row.number: row[1] for row in rows}
