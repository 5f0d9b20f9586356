"""Why a draft was not kept."""

# ruff: noqa: N818 - named by what is answered, like the answers of commands
from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime


class DraftRefused(Exception):
    """The file's name or size is not one that a bundle may have. `message_fr` is for people."""

    def __init__(self, code: str, message_fr: str) -> None:
        super().__init__(code)
        self.code = code
        self.message_fr = message_fr


class DraftConflict(Exception):
    """Someone saved the file since the version that this save started from.

    `who` is a display name (None: the account is gone, or the draft was published or forgotten meanwhile);
    `content` and `version` are what the workspace holds now.
    """

    def __init__(self, who: str | None, when: datetime | None, version: int, content: bytes | None) -> None:
        super().__init__("draft_conflict")
        self.who = who
        self.when = when
        self.version = version
        self.content = content
