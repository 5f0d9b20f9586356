"""A decision that cannot be made."""

from __future__ import annotations


class DecisionError(Exception):
    """A decision that gives no result for these values, and why, in French; never the values themselves."""

    code = "decision.error"

    def __init__(
        self, decision_id: str, message_fr: str, *, rules: tuple[int, ...] = (), cell: str | None = None
    ) -> None:
        super().__init__(message_fr)
        self.decision_id = decision_id
        self.message_fr = message_fr
        #: The rules concerned, numbered from 1 as the editor shows them.
        self.rules = rules
        #: The column, the entry or the parameter concerned, as it is named.
        self.cell = cell


class UnknownDecisionError(DecisionError):
    """No decision has that id."""

    code = "decision.unknown"


class OverlapError(DecisionError):
    """Several rules hold where the hit policy allows one, or one result (UNIQUE, ANY)."""

    code = "decision.overlap"
