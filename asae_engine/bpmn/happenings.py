"""What happened while a process ran, and who gives it its surroundings: the two values that cross the
room's door.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from asae_engine.bpmn.definition import Element


class Happened(StrEnum):
    """The sorts of happening."""

    #: A token came to an element.
    ENTERED = "entered"
    #: It went on from there.
    LEFT = "left"
    #: It was taken away: an interrupting event, a terminate, a completion condition, the end of the instance.
    CANCELED = "canceled"
    TIMER_FIRED = "timer_fired"
    MESSAGE_CAUGHT = "message_caught"
    #: A message leaves the instance; whoever runs it delivers it to the instances that wait for it.
    MESSAGE_THROWN = "message_thrown"
    SIGNAL_CAUGHT = "signal_caught"
    #: A signal leaves the instance as well; whoever runs it brings it to the others.
    SIGNAL_THROWN = "signal_thrown"
    CONDITION_MET = "condition_met"
    ERROR_THROWN = "error_thrown"
    ERROR_CAUGHT = "error_caught"
    ESCALATION_THROWN = "escalation_thrown"
    ESCALATION_CAUGHT = "escalation_caught"
    COMPENSATION_THROWN = "compensation_thrown"
    #: A token stopped as an incident.
    STOPPED = "stopped"
    #: Its retry began.
    RETRIED = "retried"
    #: A person led it past the element on which it had stopped.
    PASSED_OVER = "passed_over"
    #: An event came by which the process starts: whoever runs the instance that awaited it starts another.
    START_CAME = "start_came"
    #: The whole instance came to its end.
    ENDED = "ended"


@dataclass(frozen=True, slots=True)
class Happening:
    """One thing that happened at one element, in the order of `Instance.drain_events`."""

    kind: Happened
    element_id: str | None
    element_name: str | None
    process_key: str
    #: The clock of the call; none only for a cancellation that brought no clock.
    at: datetime | None
    #: `token_id`; `message`, `signal`, `code`, `how`, `due` or `error` with it, by kind; `instance`, from 1,
    #: for one of a multi-instance, whose own token is told without.
    data: Mapping[str, object] = field(default_factory=dict)


class Environment(Protocol):
    """What a call brings with it: the clock, FEEL over the dossier, decisions, actions. Never saved.

    An exception out of these stops the token as an incident; one of the types in an optional attribute
    `fatal` (a tuple of exception classes, for example a lost database) passes through instead and the call
    is void.
    """

    @property
    def now(self) -> datetime:
        """The instant of the call, aware."""

    def evaluate(self, expression: str, variables: Mapping[str, object]) -> object:
        """The value of a FEEL expression over the dossier, overlaid with these variables."""

    def decide(self, decision: str, variables: Mapping[str, object]) -> object:
        """The result of a decision of the bundle over the same."""

    def act(
        self, action: str, variables: Mapping[str, object], element: Element
    ) -> Mapping[str, object] | None:
        """Do a registered action with the element's parameters; what it returns becomes variables."""
