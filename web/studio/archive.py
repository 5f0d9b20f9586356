"""A bundle as a zip, out and in, and files that come one by one. What is refused, and why, is the bundles
room's judgement.
"""

from __future__ import annotations

from io import BytesIO
from typing import TYPE_CHECKING

from asae_engine import bundles

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from asae_engine.findings import Finding


class ArchiveRefused(Exception):  # noqa: N818 - an answer, like the engine's
    """What came cannot be taken. `message_fr` says why and what to do."""

    def __init__(self, message_fr: str) -> None:
        super().__init__("archive_refused")
        self.message_fr = message_fr


def opened(data: bytes) -> dict[str, bytes]:
    """The files of a zip. Raises `ArchiveRefused` for one that hides something or is no bundle."""
    try:
        return dict(bundles.read_zip(data))
    except bundles.UnreadableBundle as refusal:
        raise _refused(refusal.findings) from None


def is_single(name: str) -> bool:
    """Whether a file of that name is a part of a bundle, and no zip."""
    return bundles.place_of(name) is not None


def placed(name: str, data: bytes, files: Mapping[str, bytes]) -> str:
    """Where a single file goes among these: in the place of the one that draws the same process or makes the
    same decision, whatever either is called; else by its name. Raises `ArchiveRefused`.
    """
    path = bundles.place_of(name) or name
    if findings := bundles.check_paths({path: data}):
        raise _refused(findings)
    new, known = bundles.build({path: data})[0], bundles.build(files)[0]
    same = [known.processes[key].file for key in new.processes if key in known.processes]
    same += [known.decisions[key].file for key in new.decisions if key in known.decisions]
    return same[0] if same else path


def _refused(findings: Iterable[Finding]) -> ArchiveRefused:
    return ArchiveRefused(" ".join(dict.fromkeys(f"{one.message} {one.advice}" for one in findings)))


def closed(files: Mapping[str, bytes]) -> BytesIO:
    """The files as a zip."""
    return BytesIO(bundles.write_zip(files))
