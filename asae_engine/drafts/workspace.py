"""Reading and changing the workspace. Each verb is one transaction that commits itself."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy.exc import IntegrityError

from asae_engine.drafts.errors import DraftConflict, DraftRefused
from asae_engine.model import BundleDraft
from asae_engine.model.database import begin_writing
from asae_engine.model.lookups import deployment_files, newest_deployment
from asae_engine.model.workspace import bundle_draft, bundle_drafts

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime

    from sqlalchemy.orm import Session

    from asae_engine.access.actor import Actor
    from asae_engine.model import Deployment

#: Largest file that an editor may save; the bundle's own limits are checked before publication.
LARGEST = 4_000_000
_PATHS = re.compile(
    r"processes/([A-Za-z0-9_-]{1,80}\.(bpmn|dmn)|programme\.json)|forms/[A-Za-z0-9_-]{1,80}\.form"
)


@dataclass(frozen=True, slots=True)
class Draft:
    """A file being changed."""

    path: str
    #: None: the file leaves the bundle.
    content: bytes | None
    #: Counted up by each save.
    version: int
    #: Display name of who saved it last.
    by: str | None
    at: datetime
    #: Number of the deployment that it started from.
    based_on: int | None


@dataclass(frozen=True, slots=True)
class Workspace:
    """The newest deployment with the drafts over it."""

    deployment: Deployment | None
    published: Mapping[str, bytes]
    drafts: Mapping[str, Draft]

    @property
    def files(self) -> dict[str, bytes]:
        """The files as they would be published."""
        overlaid: dict[str, bytes | None] = {**self.published}
        overlaid.update({path: draft.content for path, draft in self.drafts.items()})
        return {path: content for path, content in sorted(overlaid.items()) if content is not None}

    @property
    def changed(self) -> list[str]:
        """Paths whose draft differs from the newest deployment."""
        return [path for path, draft in self.drafts.items() if draft.content != self.published.get(path)]

    def content(self, path: str) -> bytes | None:
        """A file as it would be published."""
        draft = self.drafts.get(path)
        return self.published.get(path) if draft is None else draft.content

    def version(self, path: str) -> int:
        """The version that a save of this file has to start from; 0 without a draft."""
        draft = self.drafts.get(path)
        return 0 if draft is None else draft.version


def open_workspace(session: Session) -> Workspace:
    """The workspace as it stands."""
    deployment = newest_deployment(session)
    published = deployment_files(session, deployment.id) if deployment else {}
    return Workspace(deployment, published, {row.path: _read(row) for row in bundle_drafts(session)})


def save(session: Session, actor: Actor, path: str, content: bytes, version: int, *, now: datetime) -> Draft:
    """Keep a file as a draft, whatever its content: a broken file is kept too, and its findings said.

    `version` is the one that the work started from (0: no draft yet). Raises `DraftConflict` when someone
    saved since, `DraftRefused` for a path that a bundle cannot hold or a file over `LARGEST` bytes.
    """
    if not _PATHS.fullmatch(path):
        raise DraftRefused("bad_path", "Ce nom de fichier n’est pas possible dans un paquet de processus.")
    if len(content) > LARGEST:
        raise DraftRefused("too_large", "Ce fichier est trop lourd : 4 Mo au plus.")
    return _write(session, actor, path, content, version, now=now)


def remove(session: Session, actor: Actor, path: str, version: int, *, now: datetime) -> Draft:
    """Note that a file is to leave the bundle at the next publication."""
    return _write(session, actor, path, None, version, now=now)


def discard(session: Session, path: str) -> None:
    """Forget the draft of a file: it is again as published."""
    _restart(session)
    row = bundle_draft(session, path)
    if row is not None:
        session.delete(row)
    session.commit()


def discard_published(session: Session, published: Mapping[str, bytes], paths: Iterable[str]) -> None:
    """Forget the drafts that are now published, except those that someone changed meanwhile."""
    _restart(session)
    for path in paths:
        row = bundle_draft(session, path)
        if row is not None and row.content == published.get(path):
            session.delete(row)
    session.commit()


def _write(
    session: Session, actor: Actor, path: str, content: bytes | None, version: int, *, now: datetime
) -> Draft:
    _restart(session)
    row = bundle_draft(session, path)
    held = row.version if row else 0
    if held != version and not (row and row.content == content):
        conflict = _conflict(session, row, path)
        session.rollback()
        raise conflict
    if row is None:
        deployment = newest_deployment(session)
        row = BundleDraft(path=path, based_on_id=deployment.id if deployment else None, version=0)
        session.add(row)
    row.content, row.version, row.by_id, row.at = content, row.version + 1, actor.user_id, now
    try:
        session.commit()
    except IntegrityError:  # two first saves at once: the path is unique
        session.rollback()
        raise _conflict(session, bundle_draft(session, path), path) from None
    session.refresh(row)
    return _read(row)


def _restart(session: Session) -> None:
    session.rollback()
    begin_writing(session)


def _conflict(session: Session, row: BundleDraft | None, path: str) -> DraftConflict:
    if row is None:
        deployment = newest_deployment(session)
        published = deployment_files(session, deployment.id).get(path) if deployment else None
        author = deployment.by.display_name if deployment and deployment.by else None
        return DraftConflict(author, deployment.at if deployment else None, 0, published)
    held = _read(row)
    return DraftConflict(held.by, held.at, held.version, held.content)


def _read(row: BundleDraft) -> Draft:
    return Draft(
        path=row.path,
        content=None if row.content is None else bytes(row.content),
        version=row.version,
        by=row.by.display_name if row.by else None,
        at=row.at,
        based_on=row.based_on.number if row.based_on else None,
    )
