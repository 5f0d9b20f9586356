"""What the rest of the engine knows of a diagram: plain frozen values, and the specification SpiffWorkflow
runs.

A definition is immutable and shared by every thread; nothing of a running case is ever written into it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping

    from asae_engine.bpmn.specifications import ProcessSpecification

ProcessKind = Literal["main", "called", "side"]

#: The start events that a process comes to by itself.
AWAITED = frozenset({"timer", "conditional"})


@dataclass(frozen=True, slots=True)
class Element:
    """One flow node of a diagram, with the attributes that Camunda Modeler and ours give it."""

    id: str
    name: str
    #: Local name of the BPMN tag: `userTask`, `exclusiveGateway`, `boundaryEvent`…
    type: str
    #: Name of the lane the element stands in.
    lane: str | None = None
    #: Form of a user task or of a start event: the stem of `forms/<form_key>.form`.
    form_key: str | None = None
    #: As written: a comma list of `role` or `role@organisation`, or FEEL beginning with `=`.
    candidate_groups: str | None = None
    #: As written: a username, or FEEL beginning with `=`.
    assignee: str | None = None
    #: As written: an ISO 8601 date, or FEEL beginning with `=`.
    due_date: str | None = None
    follow_up_date: str | None = None
    priority: str | None = None
    #: Row of the decision `delays` that gives the task its deadlines.
    delays: str | None = None
    #: In a multi-instance, nobody does two of the tasks.
    distinct_people: bool = False
    documentation: str | None = None
    line: int | None = None
    #: The embedded sub-process the element stands in; none at the top of its process.
    scope: str | None = None
    multi_instance: bool = False


class Expression(NamedTuple):
    """A FEEL expression of a diagram and where it stands."""

    element: str
    #: `condition`, `script`, `collection`, `timeDuration`, `candidateGroups`…
    attribute: str
    #: Without the leading `=`.
    expression: str
    #: As `feel.check` wants it: `expression` or `unary`.
    kind: str
    #: For the condition of a flow: the element that it leaves, where it is asked.
    source: str | None = None


class Start(NamedTuple):
    """A start event of a process."""

    element: str
    #: None when people start it, else `message`, `signal`, `timer` or `conditional`.
    sort: str | None
    #: Of the message or signal.
    name: str | None = None


@dataclass(frozen=True, slots=True, eq=False)
class ProcessDefinition:
    """A process of a bundle. `specification` is absent when the diagram holds an error: it does not run."""

    key: str
    name: str
    kind: ProcessKind
    #: Form that opens a main or side process.
    start_form: str | None
    starter_groups: tuple[str, ...]
    #: FEEL: when a side process is offered on a case.
    offered_when: str | None
    door: str | None
    elements: Mapping[str, Element]
    #: Keys of the processes that call activities name.
    calls: frozenset[str]
    decisions: frozenset[str]
    forms: frozenset[str]
    #: Names of the messages it waits for or sends.
    messages: frozenset[str]
    file: str
    expressions: tuple[Expression, ...]
    documentation: str | None = None
    #: Topics of its service and send tasks.
    topics: frozenset[str] = frozenset()
    #: Its start events: each starts an instance of its own.
    starts: tuple[Start, ...] = ()
    specification: ProcessSpecification | None = field(default=None, repr=False)

    @property
    def runnable(self) -> bool:
        """Whether the process can be started: its diagram has no error."""
        return self.specification is not None

    @property
    def started_by_people(self) -> bool:
        """Whether a start event waits for nothing else."""
        return any(start.sort is None for start in self.starts)

    @property
    def awaits_start(self) -> bool:
        """Whether it starts by itself: at a time, or when a condition becomes true."""
        return any(start.sort in AWAITED for start in self.starts)
