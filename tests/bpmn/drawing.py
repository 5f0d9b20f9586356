"""Draws small diagrams as BPMN and gives a process its surroundings: what tests of this room are made of."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import TYPE_CHECKING
from xml.sax.saxutils import escape, quoteattr

from asae_engine import feel
from asae_engine.bpmn import Instance, ProcessDefinition, parse

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from asae_engine.bpmn import Element, Happening

HEAD = (
    '<?xml version="1.0" encoding="UTF-8"?>\n'
    '<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:asae="urn:asae:bpmn:1"\n'
    '  xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"\n'
    '  xmlns:camunda="http://camunda.org/schema/1.0/bpmn" targetNamespace="urn:test">\n'
)


class Drawing:
    """A process or a sub-process under the pen; each method adds a line and returns the drawing."""

    def __init__(self, key: str = "p", **attributes: str) -> None:
        self.key = key
        self.attributes = attributes
        self.lines: list[str] = []
        self.roots: list[str] = []
        self._flows = 0

    def add(self, tag: str, id_: str, inner: str = "", **attributes: str) -> Drawing:
        """An element as it is; `camunda_x` and `asae_x` are attributes of those namespaces."""
        self.lines.append(f"<{tag} id={quoteattr(id_)}{_written(attributes)}>{inner}</{tag}>")
        return self

    def start(self, id_: str = "start", **attributes: str) -> Drawing:
        return self.add("startEvent", id_, **attributes)

    def end(self, id_: str = "end", event: str = "") -> Drawing:
        return self.add("endEvent", id_, event)

    def user(self, id_: str, loop: str = "", **attributes: str) -> Drawing:
        given = {"name": id_, "camunda_formKey": "form", "camunda_candidateGroups": "role", **attributes}
        return self.add("userTask", id_, loop, **given)

    def xor(self, id_: str, default: str | None = None) -> Drawing:
        return self._gateway("exclusiveGateway", id_, default)

    def either(self, id_: str, default: str | None = None) -> Drawing:
        return self._gateway("inclusiveGateway", id_, default)

    def both(self, id_: str) -> Drawing:
        return self.add("parallelGateway", id_)

    def _gateway(self, tag: str, id_: str, default: str | None) -> Drawing:
        return self.add(tag, id_, name=id_, **({} if default is None else {"default": default}))

    def catch(self, id_: str, event: str) -> Drawing:
        return self.add("intermediateCatchEvent", id_, event, name=id_)

    def throw(self, id_: str, event: str = "") -> Drawing:
        return self.add("intermediateThrowEvent", id_, event, name=id_)

    def watch(self, id_: str, host: str, event: str, *, interrupting: bool = True) -> Drawing:
        flag = {} if interrupting else {"cancelActivity": "false"}
        return self.add("boundaryEvent", id_, event, name=id_, attachedToRef=host, **flag)

    def script(self, id_: str, text: str) -> Drawing:
        return self.add("scriptTask", id_, f"<script>{escape(text)}</script>", name=id_, scriptFormat="feel")

    def call(self, id_: str, called: str, loop: str = "") -> Drawing:
        return self.add("callActivity", id_, loop, name=id_, calledElement=called)

    def inside(self, id_: str, drawing: Drawing, loop: str = "") -> Drawing:
        self.roots.extend(drawing.roots)
        return self.add("subProcess", id_, loop + "\n".join(drawing.lines), name=id_)

    def handler(self, id_: str, event: str, drawing: Drawing, *, interrupting: bool = True) -> Drawing:
        """An event sub-process: the drawing's steps after a start event of that sort, `<id>_start`."""
        self.roots.extend(drawing.roots)
        flag = "" if interrupting else ' isInterrupting="false"'
        start = f'<startEvent id="{id_}_start"{flag}>{event}</startEvent>'
        inner = "\n".join([start, *drawing.lines])
        return self.add("subProcess", id_, inner, name=id_, triggeredByEvent="true")

    def undone(self, host: str, handler: str) -> Drawing:
        """A compensation event on an activity, `undo_<host>`, and its tie to the handler."""
        self.add("boundaryEvent", f"undo_{host}", compensate(), name=f"undo_{host}", attachedToRef=host)
        return self.add("association", f"{host}_by", sourceRef=f"undo_{host}", targetRef=handler)

    def flow(self, source: str, target: str, when: str | None = None, id_: str | None = None) -> Drawing:
        """A sequence flow, with its condition."""
        self._flows += 1
        name = id_ or f"{self.key}_flow{self._flows}"
        condition = (
            ""
            if when is None
            else f'<conditionExpression xsi:type="tFormalExpression">{escape(when)}</conditionExpression>'
        )
        self.lines.append(
            f'<sequenceFlow id="{name}" sourceRef="{source}" targetRef="{target}">{condition}</sequenceFlow>'
        )
        return self

    def path(self, *ids: str) -> Drawing:
        """Sequence flows from each element to the next."""
        for source, target in pairwise(ids):
            self.flow(source, target)
        return self

    def message(self, name: str) -> str:
        """Declare a message; gives the event definition that refers to it."""
        self._declare(f'<message id="m_{name}" name="{name}"/>')
        return f'<messageEventDefinition messageRef="m_{name}"/>'

    def error(self, code: str) -> str:
        """Declare an error; gives the event definition that refers to it."""
        self._declare(f'<error id="e_{code}" name="{code}" errorCode="{code}"/>')
        return f'<errorEventDefinition errorRef="e_{code}"/>'

    def escalation(self, code: str) -> str:
        """Declare an escalation; gives the event definition that refers to it."""
        self._declare(f'<escalation id="s_{code}" name="{code}" escalationCode="{code}"/>')
        return f'<escalationEventDefinition escalationRef="s_{code}"/>'

    def signal(self, name: str) -> str:
        """Declare a signal; gives the event definition that refers to it."""
        self._declare(f'<signal id="g_{name}" name="{name}"/>')
        return f'<signalEventDefinition signalRef="g_{name}"/>'

    def _declare(self, line: str) -> None:
        if line not in self.roots:
            self.roots.append(line)

    def xml(self) -> str:
        """The process, without the document around it."""
        given = {"name": self.key, "isExecutable": "true", **self.attributes}
        body = "\n".join(self.lines)
        return f'<process id="{self.key}"{_written(given)}>\n{body}\n</process>'


def _written(attributes: Mapping[str, str]) -> str:
    prefixes = ("camunda_", "asae_")
    names = {name: name.replace("_", ":", 1) if name.startswith(prefixes) else name for name in attributes}
    return "".join(f" {names[name]}={quoteattr(value)}" for name, value in attributes.items())


def timer(kind: str, expression: str) -> str:
    """The event definition of a timer: `after`, `at` or `every`."""
    tag = {"after": "timeDuration", "at": "timeDate", "every": "timeCycle"}[kind]
    return f"<timerEventDefinition><{tag}>{escape(expression)}</{tag}></timerEventDefinition>"


def after(duration: str) -> str:
    return timer("after", duration)


def when(condition: str) -> str:
    """The event definition of a condition."""
    return (
        f"<conditionalEventDefinition><condition>{escape(condition)}</condition></conditionalEventDefinition>"
    )


def compensate(activity: str | None = None, *, wait: bool = True) -> str:
    """The event definition of a compensation, of one activity or of all."""
    attributes = "" if activity is None else f' activityRef="{activity}"'
    attributes += "" if wait else ' waitForCompletion="false"'
    return f"<compensateEventDefinition{attributes}/>"


def link(name: str) -> str:
    """The event definition of an end of a link."""
    return f'<linkEventDefinition name="{name}"/>'


def rounds(condition: str | None = None, *, before: bool = False, most: int | None = None) -> str:
    """Standard loop characteristics."""
    attributes = ' testBefore="true"' if before else ""
    attributes += "" if most is None else f' loopMaximum="{most}"'
    inner = "" if condition is None else f"<loopCondition>{escape(condition)}</loopCondition>"
    return f"<standardLoopCharacteristics{attributes}>{inner}</standardLoopCharacteristics>"


TERMINATE = "<terminateEventDefinition/>"


def several(
    *,
    number: str | None = None,
    collection: str | None = None,
    item: str | None = None,
    sequential: bool = False,
    until: str | None = None,
    into: tuple[str, str] | None = None,
) -> str:
    """Multi-instance characteristics."""
    attributes = ' isSequential="true"' if sequential else ""
    if collection is not None:
        attributes += f" camunda:collection={quoteattr(collection)}"
    if item is not None:
        attributes += f' camunda:elementVariable="{item}"'
    inner = "" if number is None else f"<loopCardinality>{escape(number)}</loopCardinality>"
    if into is not None:
        inner += f'<loopDataOutputRef>{into[0]}</loopDataOutputRef><outputDataItem name="{into[1]}"/>'
    if until is not None:
        inner += f"<completionCondition>{escape(until)}</completionCondition>"
    return f"<multiInstanceLoopCharacteristics{attributes}>{inner}</multiInstanceLoopCharacteristics>"


def document(*drawings: Drawing) -> bytes:
    """The file that holds these processes."""
    roots = "\n".join(dict.fromkeys(root for drawing in drawings for root in drawing.roots))
    body = "\n".join(drawing.xml() for drawing in drawings)
    return f"{HEAD}{roots}\n{body}\n</definitions>".encode()


def defined(*drawings: Drawing) -> dict[str, ProcessDefinition]:
    """The definitions of drawings in which the linter finds no error."""
    definitions, findings = parse(document(*drawings), "test.bpmn")
    assert [finding for finding in findings if finding.severity == "error"] == []
    return {definition.key: definition for definition in definitions}


class Surroundings:
    """The environment of a test: a clock to turn, real FEEL, decisions as functions, actions written down."""

    def __init__(self, now: datetime = datetime(2026, 1, 5, 8, tzinfo=UTC)) -> None:
        self.now = now
        self.decisions: dict[str, Callable[[Mapping[str, object]], object]] = {}
        self.acted: list[tuple[str, dict[str, object]]] = []
        self.answers: dict[str, dict[str, object]] = {}
        self.broken: dict[str, Exception] = {}
        self.dossier: dict[str, object] = {}

    def pass_time(self, **length: float) -> Surroundings:
        self.now += timedelta(**length)
        return self

    def evaluate(self, expression: str, variables: Mapping[str, object]) -> object:
        return feel.evaluate(expression, {**self.dossier, **variables}, now=self.now)

    def decide(self, decision: str, variables: Mapping[str, object]) -> object:
        return self.decisions[decision](variables)

    def act(
        self, action: str, variables: Mapping[str, object], element: Element
    ) -> Mapping[str, object] | None:
        if action in self.broken:
            raise self.broken[action]
        self.acted.append((action, dict(variables)))
        return self.answers.get(action)


class Walk:
    """An instance that is saved and restored between every two steps, with a few words to move it."""

    def __init__(
        self,
        definitions: Mapping[str, ProcessDefinition],
        key: str = "p",
        variables: Mapping[str, object] | None = None,
        env: Surroundings | None = None,
    ) -> None:
        self.definitions = definitions
        self.env = env or Surroundings()
        self.happenings: list[Happening] = []
        self.instance = Instance.start(definitions, key, variables or {}, self.env)
        self._turn()

    def _turn(self) -> None:
        self.happenings.extend(self.instance.drain_events())
        self.instance = Instance.restore(self.definitions, self.instance.save())

    @property
    def open(self) -> list[str]:
        """The elements of the open user tasks, sorted."""
        return sorted(task.element.id for task in self.instance.user_tasks())

    def token_of(self, element: str) -> str:
        return next(task.token_id for task in self.instance.user_tasks() if task.element.id == element)

    def do(self, *elements: str, **variables: object) -> Walk:
        """Complete user tasks, one of each element; variables are set first, as a form would the dossier."""
        self.env.dossier.update(variables)
        for element in elements:
            self.instance.complete(self.token_of(element), {}, self.env)
            self._turn()
        return self

    def later(self, **length: float) -> int:
        """Let time pass, then fire what is due."""
        self.env.pass_time(**length)
        fired = self.instance.fire_due(self.env)
        self._turn()
        return fired

    def tell(self, message: str, **variables: object) -> Walk:
        self.instance.deliver(message, variables, self.env)
        self._turn()
        return self

    def signal(self, name: str, **variables: object) -> Walk:
        self.instance.signal(name, variables, self.env)
        self._turn()
        return self

    def look(self, **dossier: object) -> Walk:
        """Let the dossier change outside, then have conditions asked again."""
        self.env.dossier.update(dossier)
        self.instance.reconsider(self.env)
        self._turn()
        return self

    def retry(self) -> Walk:
        self.instance.retry(self.instance.errors()[0].token_id, self.env)
        self._turn()
        return self

    def pass_over(self, flow: str | None = None) -> Walk:
        self.instance.pass_over(self.instance.errors()[0].token_id, self.env, flow=flow)
        self._turn()
        return self

    @property
    def problems(self) -> list[str]:
        """The elements at which a token is stopped."""
        return [incident.element.id for incident in self.instance.errors()]

    @property
    def ended(self) -> str | None:
        return self.instance.ended_how

    @property
    def places(self) -> list[str]:
        """Where every token stands, sorted."""
        return sorted(element for _, element, _ in self.instance.tokens())

    def told(self, kind: str) -> list[str | None]:
        """The elements of the happenings of a kind, in order."""
        return [happening.element_id for happening in self.happenings if happening.kind == kind]
