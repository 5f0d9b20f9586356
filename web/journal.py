"""The log of the web room: one JSON object a line, the name of what happened first, never personal data."""

from __future__ import annotations

import json
import logging

_LOG = logging.getLogger("asae.web")


def note(
    event: str, *, level: int = logging.INFO, error: BaseException | None = None, **fields: object
) -> None:
    """Log an event. `error` adds its traceback: it shows code, and our exceptions' texts hold no personal
    data.
    """
    line = json.dumps({"event": event, **fields}, ensure_ascii=False, default=str)
    _LOG.log(level, "%s", line, exc_info=error)
