"""What can go wrong while a process runs, as values the commands turn into sentences.

`StepFailed` stops one token as an incident; the others are refusals of a call and change nothing.
"""

from __future__ import annotations


class BpmnError(Exception):
    """Root of this room's errors; `message_fr` is what a person reads."""

    def __init__(self, message_fr: str) -> None:
        super().__init__(message_fr)
        self.message_fr = message_fr


class StepFailed(BpmnError):  # noqa: N818  # reads as what happened
    """An element cannot do its work: the token stops there as an incident.

    `lasting`: trying again later would not help, only a person can.
    """

    def __init__(self, message_fr: str, *, lasting: bool = False) -> None:
        super().__init__(message_fr)
        self.lasting = lasting


class NotPassable(BpmnError):  # noqa: N818  # reads as what happened
    """A stopped token cannot be led past its element so: `message_fr` says how, or why not at all."""


class UnknownProcess(BpmnError):  # noqa: N818  # reads as what happened
    """The bundle holds no runnable process of that key."""


class UnknownToken(BpmnError):  # noqa: N818  # reads as what happened
    """No token of that id waits here any more: completed, cancelled or never there."""


class NobodyWaits(BpmnError):  # noqa: N818  # reads as what happened
    """No token waits for that message."""


class UnreadableState(BpmnError):  # noqa: N818  # reads as what happened
    """The saved state is damaged, of another version, or does not fit the bundle's diagrams."""
