"""A bundle as a zip, out and in. What is refused, and why, is the bundles room's judgement."""

from __future__ import annotations

from io import BytesIO
from typing import TYPE_CHECKING

from asae_engine import bundles

if TYPE_CHECKING:
    from collections.abc import Mapping


class ArchiveRefused(Exception):  # noqa: N818 - an answer, like the engine's
    """The zip cannot be taken. `message_fr` says why and what to do."""

    def __init__(self, message_fr: str) -> None:
        super().__init__("archive_refused")
        self.message_fr = message_fr


def opened(data: bytes) -> dict[str, bytes]:
    """The files of a zip. Raises `ArchiveRefused` for one that hides something or is no bundle."""
    try:
        return dict(bundles.read_zip(data))
    except bundles.UnreadableBundle as refusal:
        sentences = dict.fromkeys(f"{finding.message} {finding.advice}" for finding in refusal.findings)
        raise ArchiveRefused(" ".join(sentences)) from None


def closed(files: Mapping[str, bytes]) -> BytesIO:
    """The files as a zip."""
    return BytesIO(bundles.write_zip(files))
