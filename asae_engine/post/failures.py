"""Why something did not leave: a word for programs, and nothing that the other side said."""

from __future__ import annotations


class NotSent(Exception):  # noqa: N818 - it tells what happened
    """A letter did not leave. `final`: it never will, however often it is tried."""

    def __init__(self, code: str, *, final: bool = False) -> None:
        super().__init__(code)
        self.code = code
        self.final = final


class UrlRefused(ValueError):  # noqa: N818 - it tells what happened
    """An address that no webhook may have. `message_fr` says why."""

    def __init__(self, message_fr: str) -> None:
        super().__init__(message_fr)
        self.message_fr = message_fr
