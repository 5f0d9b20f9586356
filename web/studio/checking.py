"""The check of the workspace: the same code as deployment, its answer kept while the files do not change."""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from threading import Lock
from typing import TYPE_CHECKING

from asae_engine import bundles

if TYPE_CHECKING:
    from collections.abc import Mapping

    from asae_engine.findings import Finding

_KEPT = 8
_answers: OrderedDict[str, list[Finding]] = OrderedDict()
_lock = Lock()


def findings(files: Mapping[str, bytes]) -> list[Finding]:
    """Everything that the check has to say of these files."""
    digest = _digest(files)
    with _lock:
        if digest in _answers:
            _answers.move_to_end(digest)
            return _answers[digest]
    found: list[Finding] = bundles.check(files)[1]
    with _lock:
        _answers[digest] = found
        while len(_answers) > _KEPT:
            _answers.popitem(last=False)
    return found


def _digest(files: Mapping[str, bytes]) -> str:
    whole = hashlib.sha256()
    for path, content in sorted(files.items()):
        whole.update(f"{path}\0{len(content)}\0".encode())
        whole.update(content)
    return whole.hexdigest()
