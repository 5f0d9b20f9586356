"""What commands give back. Mapped objects in them stay readable after the commit; load nothing more through
them.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from uuid import UUID

    from asae_engine.model import Case, Deployment, Household, ProcessInstance, Submission, Task


@dataclass(frozen=True, slots=True)
class Completion:
    """A task that was completed and the tasks that the process opened next (of any case member, not only the
    actor), as they were written: what hangs on a new one is not loaded with it.
    """

    task: Task
    submission: Submission | None
    opened: list[Task] = field(default_factory=list)
    #: Whether the process instance reached its end by this.
    ended: bool = False


@dataclass(frozen=True, slots=True)
class Opening:
    """A case that was opened, with its household (known before or not) and the first tasks."""

    case: Case
    household: Household
    instance: ProcessInstance
    submission: Submission | None
    opened: list[Task] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Start:
    """A side process that was started on a case."""

    instance: ProcessInstance
    submission: Submission | None
    opened: list[Task] = field(default_factory=list)
    ended: bool = False


@dataclass(frozen=True, slots=True)
class Delivery:
    """A message that was delivered: to which instances, and the tasks that opened."""

    instances: list[UUID]
    opened: list[Task] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Publication:
    """A deployment, and whether the very same files were the newest one already (then nothing was
    written).
    """

    deployment: Deployment
    already: bool
