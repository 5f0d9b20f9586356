"""Compensation: what was done is undone, the last first (BPMN 2.0, 10.7 and 13.5.5).

An activity that ends is remembered by its scope when something can undo it: its compensation handler, or
what a sub-process remembers of its own inside. What throws a compensation waits while the handlers run, one
after another, and takes what it undoes out of that memory. A sub-process without a handler of its own is
opened again for those inside it.

An entry of the memory is JSON: `at` (its place in the order of completion), `node` (element id), `data` (the
own variables of the token), `log` (for a sub-process, the entries of its inside). An entry that is to be
undone has `in` too: the token whose scope it stands in, empty for the outermost.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from SpiffWorkflow.util.task import TaskState

from asae_engine.bpmn.happenings import Happened
from asae_engine.bpmn.specifications import Node, ProcessSpecification

if TYPE_CHECKING:
    from collections.abc import Iterator

    from SpiffWorkflow.task import Task

#: On a token that undoes something: the token it does so for.
FOR = "undoes"
#: On a token that others undo something for: the entries left to undo, the next one last.
LEFT = "undo"
#: On an activity: what the scope it held, or its instances, remember.
LOG = "log"
#: On a token that went on without waiting for the end of what it throws.
WENT = "went"

Entry = dict[str, Any]


class ThrowCompensation(Node):
    """An intermediate or end event that has what was done undone."""

    def __init__(
        self,
        wf_spec: ProcessSpecification,
        bpmn_id: str,
        activity: str | None,
        waits: bool,
        **kwargs: Any,
    ) -> None:
        super().__init__(wf_spec, bpmn_id, **kwargs)
        #: The activity to undo; none: all that it sees.
        self.activity = activity
        self.waits = waits

    def _run_hook(self, my_task: Task) -> bool | None:
        entries = sorted(_taken(my_task.workflow, self.activity), key=lambda entry: int(entry["at"]))
        my_task.workflow.top_workflow.note(Happened.COMPENSATION_THROWN, my_task)
        if not entries:
            return True
        my_task.internal_data[LEFT] = entries
        if not self.waits:
            my_task.internal_data[WENT] = 1
            for flow in self.flows:
                my_task.workflow.place(flow.target, flow=flow.id)
        _undo_next(my_task)
        return None

    def _on_complete_hook(self, my_task: Task) -> None:
        my_task.workflow.go(my_task, () if WENT in my_task.internal_data else self.flows)


def _taken(scope: Any, activity: str | None) -> Iterator[Entry]:
    """Take what a scope remembers, and when it is an event sub-process what the scope around it does."""
    while True:
        for entry in [entry for entry in scope.log if activity in (None, entry["node"])]:
            scope.log.remove(entry)
            yield {**entry, "in": "" if scope.owner is None else scope.owner.id}
        if scope.owner is None or not scope.owner.task_spec.catches_events:
            return
        scope = scope.owner.workflow


def remember(scope: Any, task: Task) -> None:
    """Keep that an activity ended, when something can undo it. A repeated one is kept when it ends whole,
    once for each of its instances.
    """
    node, held = task.task_spec, task.internal_data
    if (node.undone_by is None and LOG not in held) or FOR in held:
        return
    if node.repeats(task):
        scope.log.extend(held.get(LOG, ()))
        return
    top = scope.top_workflow
    top.serial += 1
    entry: Entry = {"at": top.serial, "node": node.name}
    if task.data:
        entry["data"] = dict(task.data)
    if node.undone_by is None:
        entry["log"] = held[LOG]
    if "instance" in held:
        task.parent.internal_data.setdefault(LOG, []).append(entry)
    else:
        scope.log.append(entry)


def close(scope: Any) -> None:
    """Hand what a scope that ends remembers to its activity."""
    if scope.log or scope.spec.undone_by is not None:
        scope.owner.internal_data[LOG] = scope.log


def went_on(top: Any, undoer: str) -> None:
    """A handler ended: go on with what is left to undo."""
    task = top.tokens.get(undoer)
    if task is None:
        return  # what threw the compensation was taken away
    if task.internal_data[LEFT]:
        _undo_next(task)
        return
    around = task.workflow
    if task.id in top.subprocesses:
        top.close(top.subprocesses[task.id])
    else:
        task.complete()
        top.close(around)


def _undo_next(undoer: Task) -> None:
    top = undoer.workflow.top_workflow
    entry: Entry = undoer.internal_data[LEFT].pop()
    scope = top.subprocesses[entry["in"]] if entry["in"] else top
    node, data = scope.spec.node(entry["node"]), entry.get("data")
    if node.undone_by is not None:
        scope.place(node.undone_by, values={FOR: undoer.id}, data=data)
        return
    again = scope.place(node, values={FOR: undoer.id}, data=data, state=TaskState.STARTED)
    top.note(Happened.ENTERED, again)
    inner = top.create_subprocess(again, node.specification(again))
    again.internal_data[LEFT] = []
    if inner.spec.undone_by is not None:
        inner.log = entry["log"]
        inner.place(inner.spec.undone_by)
        return
    again.internal_data[LEFT] = [{**inside, "in": again.id} for inside in entry["log"]]
    _undo_next(again)
