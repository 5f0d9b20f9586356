"""The state of an instance as bytes: its tokens and variables, compact, versioned, and nothing else.

The specifications are not in it: they belong to the bundle, which the caller caches. Each token is a row
that names its element, so the place of every token can be read, and moved, without running anything: `[id,
element, state, parent, internal data, own variables]`, the last two left out when empty. A scope is `[owner,
rows, what it remembers to undo]`, the last one left out when empty. What JSON has no type for is `{"@": its
type, "v": its text}`: a date, an instant, a time or a duration; a mapping with a key `@` of its own is
`{"@": "mapping", "v": its pairs}`, so that no value from outside can pass for one of these.
"""

from __future__ import annotations

import json
from datetime import date, datetime, time
from typing import TYPE_CHECKING, Any

from SpiffWorkflow.task import Task
from SpiffWorkflow.util.task import TaskState

from asae_engine.bpmn.errors import UnknownProcess, UnreadableState
from asae_engine.bpmn.timers import Armed
from asae_engine.bpmn.workflow import RunningProcess, Scope
from asae_engine.calendar import (
    Duration,
    instant_text,
    parse_duration,
    parse_instant,
    parse_time,
    time_text,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from asae_engine.bpmn.definition import ProcessDefinition
    from asae_engine.bpmn.specifications import ProcessSpecification

VERSION = 1

_LETTERS = {
    TaskState.WAITING: "w",
    TaskState.READY: "r",
    TaskState.STARTED: "s",
    TaskState.ERROR: "e",
}
_STATES = {letter: state for state, letter in _LETTERS.items()}


def specification_of(definitions: Mapping[str, ProcessDefinition], key: str) -> ProcessSpecification:
    """The specification of a process of the bundle; raises `UnknownProcess`."""
    definition = definitions.get(key)
    if definition is None or definition.specification is None:
        raise UnknownProcess(f"Le processus « {key} » n’existe pas, ou son diagramme contient une erreur.")
    return definition.specification


def save(process: RunningProcess) -> bytes:
    """The state as bytes."""
    scopes = [_scope("", process)]
    scopes.extend(_scope(owner, inner) for owner, inner in process.subprocesses.items())
    state = {
        "v": VERSION,
        "process": process.process_key,
        "serial": process.serial,
        "ended": process.ended_how,
        **({"awaits_start": True} if process.awaits_start else {}),
        "variables": process.variables,
        "scopes": scopes,
    }
    # Half a character, which only code of ours could put in a variable, is kept and makes nothing unreadable.
    return _written(state).encode("utf-8", "surrogatepass")


_JSON = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), allow_nan=False)


def _written(value: object) -> str:
    """JSON of values as they are; only where some of them need a tag are they gone through one by one."""
    try:
        text = _JSON.encode(value)
    except TypeError:
        return _JSON.encode(_tagged(value))
    return _JSON.encode(_tagged(value)) if '"@":' in text else text


def _tagged(value: object) -> object:
    match value:
        case dict():
            if "@" in value:
                return {"@": "mapping", "v": [[key, _tagged(entry)] for key, entry in value.items()]}
            return {key: _tagged(entry) for key, entry in value.items()}
        case list() | tuple():
            return [_tagged(item) for item in value]
        case datetime():
            return {"@": "instant", "v": instant_text(value)}
        case date():
            return {"@": "date", "v": value.isoformat()}
        case time():
            return {"@": "time", "v": time_text(value)}
        case Duration():
            return {"@": "duration", "v": value.isoformat()}
    return value


_TYPES: dict[str, Callable[[Any], object]] = {
    "instant": parse_instant,
    "date": date.fromisoformat,
    "time": parse_time,
    "duration": parse_duration,
    "mapping": dict,
}


def _revived(value: dict[str, Any]) -> object:
    """The value that was tagged; any other object as it is, and one that an older release took for a tag."""
    kind = _TYPES.get(value["@"]) if value.keys() == {"@", "v"} and isinstance(value["@"], str) else None
    try:
        return value if kind is None else kind(value["v"])
    except (ValueError, TypeError, AttributeError, OverflowError):
        return value


def to_json(values: Mapping[str, object]) -> dict[str, Any]:
    """Variables as a JSON column keeps them."""
    kept: dict[str, Any] = json.loads(_written(dict(values)))
    return kept


def from_json(kept: Mapping[str, Any]) -> dict[str, object]:
    """Variables that `to_json` made."""
    values: dict[str, object] = _loaded(json.dumps(dict(kept)).encode())
    return values


def _loaded(blob: bytes) -> Any:
    return json.loads(blob, object_hook=_revived)


def _scope(owner: str, scope: Scope) -> list[object]:
    rows = _rows(scope)
    return [owner, rows, scope.log] if scope.log else [owner, rows]


def _rows(scope: Any) -> list[list[object]]:
    rows: list[list[object]] = []
    root = scope.task_tree.id
    for task in scope.tasks.values():
        if task.id == root:
            continue
        row: list[object] = [
            task.id,
            task.task_spec.name,
            _LETTERS[task.state],
            "" if task._parent == root else task._parent,
        ]
        if task.internal_data or task.data:
            row.append(_internal(task.internal_data))
        if task.data:
            row.append(task.data)
        rows.append(row)
    return rows


def _internal(values: dict[str, object]) -> dict[str, object]:
    timer = values.get("timer")
    return {**values, "timer": timer.as_json()} if isinstance(timer, Armed) else values


def variables_of(blob: bytes) -> dict[str, object]:
    """The instance's variables in a saved state, for a reader that runs nothing."""
    variables: dict[str, object] = _loaded(blob)["variables"]
    return variables


def restore(definitions: Mapping[str, ProcessDefinition], blob: bytes) -> RunningProcess:
    """The running process of a saved state; raises `UnreadableState` or `UnknownProcess`."""
    try:
        saved = _loaded(blob)
        if saved["v"] != VERSION:
            raise UnreadableState(f"L’état enregistré est d’une autre version ({saved['v']}).")
        process = RunningProcess(definitions, specification_of(definitions, saved["process"]))
        process.serial = saved["serial"]
        process.ended_how = saved["ended"]
        process.awaits_start = "awaits_start" in saved
        process.completed = saved["ended"] is not None
        process.data = saved["variables"]
        for owner, rows, *log in saved["scopes"]:
            if owner:
                holder = process.tokens[owner]
                scope = process.create_subprocess(holder, holder.task_spec.specification(holder))
            else:
                process.open()
                scope = process
            scope.log = log[0] if log else []
            _restore_rows(process, scope, rows)
        # In the order they were placed, whichever scope they stand in.
        process.tokens = dict(sorted(process.tokens.items(), key=lambda entry: int(entry[0][1:])))
    except (KeyError, ValueError, TypeError, IndexError, AttributeError) as error:
        raise UnreadableState("L’état enregistré de ce processus est illisible.") from error
    return process


def _restore_rows(process: RunningProcess, scope: Scope, rows: list[list[Any]]) -> None:
    root = scope.task_tree
    for row in rows:
        token_id, element, letter, parent = row[:4]
        node = scope.spec.node(element)
        if node is None:
            raise UnreadableState(
                f"L’étape « {element} », où se trouve un jeton, n’existe plus "
                "dans cette version du processus."
            )
        holder = scope.tasks[parent] if parent else root
        task = Task(scope, node, holder, state=_STATES[letter], id=token_id)
        if len(row) > 4:
            internal = row[4]
            if "timer" in internal:
                internal["timer"] = Armed.from_json(internal["timer"])
            task.internal_data = internal
            if len(row) > 5:
                task.data = row[5]
        process.tokens[token_id] = task
        if letter == "r":
            process.enqueue(task)
