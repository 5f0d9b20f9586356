"""What a form refuses, with what people need to go on."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping


class InvalidAnswers(ValueError):  # noqa: N818 - the contract between rooms names it
    """Answers that are not taken, or not yet. It never holds an answer in its text.

    `errors` has the French sentences of each field by its dotted path (`members.0.first_name`; `""` for the
    form as a whole), in reading order. `to_confirm` has the questions to answer yes to: with their tokens in
    `_confirm`, the same answers pass.
    """

    def __init__(
        self,
        errors: Mapping[str, list[str]],
        to_confirm: Mapping[str, Confirmation] | None = None,
        raw: Mapping[str, object] | None = None,
    ) -> None:
        super().__init__(f"{len(errors)} refused, {len(to_confirm or {})} to confirm")
        self.errors = dict(errors)
        self.to_confirm = dict(to_confirm or {})
        #: What was given, tidied: show the form again with it.
        self.raw = dict(raw or {})


class Confirmation(str):
    """A question to tick, and the token that says yes to it for this very answer."""

    token: str

    def __new__(cls, message: str, token: str) -> Confirmation:
        """A confirmation reads as its message."""
        made = super().__new__(cls, message)
        made.token = token
        return made
