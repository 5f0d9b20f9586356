"""What a form asks of the outside while it checks answers: people, cases, files."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID

from sqlalchemy import true

from asae_engine import access
from asae_engine.forms import Option, Upload
from asae_engine.model import lookups

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy.orm import Session

    from asae_engine.access import Actor
    from asae_engine.model import Attachment, Case


class DatabaseDirectory:
    """Implements `forms.Directory` on a session, for one actor in one case (a new one has no files yet)."""

    def __init__(self, session: Session, actor: Actor | None, case: Case | None) -> None:
        self._session = session
        self._actor = actor
        self._case = case

    def people(self, spec: str) -> Sequence[Option]:
        """The active accounts with a role, `role` or `role@organisation`."""
        role, _, organisation = spec.partition("@")
        found = lookups.users_with_role(self._session, role, organisation or None)
        return [Option(username, name) for username, name in found]

    def case_exists(self, number: str) -> bool:
        """Whether the actor sees a case of this number."""
        seen = true() if self._actor is None else access.visible_cases(self._actor)
        return lookups.case_numbered(self._session, number, seen)

    def attachment(self, attachment_id: str) -> Upload | None:
        """A file of this case, or one that the actor uploaded and that belongs to no case yet."""
        try:
            wanted = UUID(attachment_id)
        except ValueError:
            return None
        found = lookups.attachment(self._session, wanted)
        if found is None or not self._belongs(found):
            return None
        return Upload(str(found.id), found.filename, found.size, found.content_type)

    def _belongs(self, found: Attachment) -> bool:
        if found.case_id is not None:
            return self._case is not None and found.case_id == self._case.id
        return self._actor is not None and found.by_id == self._actor.user_id
