"""Small bundles and people for tests: a short journey that has one of each thing the commands must handle.

The journey: an opening form; `prepare` (with deadlines), which may loop; two `opinion` tasks by distinct
people; then `follow`, which a message or thirty days take away, beside nothing else; `final` ends it.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from asae_engine import access, commands
from asae_engine.model import Organisation, User, UserRole, new_id

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from sqlalchemy.orm import Session

    from asae_engine.access import Actor
    from asae_engine.model import Deployment, Task

HEAD = """<?xml version="1.0" encoding="UTF-8"?>
<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"
  xmlns:camunda="http://camunda.org/schema/1.0/bpmn" xmlns:asae="urn:asae:bpmn:1"
  id="D_{key}" targetNamespace="urn:test">
"""


def diagram(key: str, body: str, *, attributes: str = 'asae:kind="main"', before: str = "") -> bytes:
    """A BPMN file with one process. `body` holds its elements and flows, `before` messages and errors."""
    return (
        HEAD.format(key=key)
        + before
        + f'<process id="{key}" name="{key.replace("_", " ").capitalize()}" isExecutable="true" {attributes}>'
        + body
        + "</process></definitions>"
    ).encode()


def flows(*pairs: str) -> str:
    """Sequence flows written `source>target`, or `source>target?condition` (FEEL)."""
    written = []
    for pair in pairs:
        ends, _, condition = pair.partition("?")
        source, target = ends.split(">")
        inner = (
            '<conditionExpression xsi:type="tFormalExpression" language="feel">'
            f"={condition}</conditionExpression>"
            if condition
            else ""
        )
        written.append(
            f'<sequenceFlow id="f_{source}_{target}" sourceRef="{source}" targetRef="{target}">'
            f"{inner}</sequenceFlow>"
        )
    return "".join(written)


def form(key: str, *components: dict[str, Any]) -> bytes:
    """A form-js file."""
    return json.dumps(
        {
            "type": "default",
            "id": key,
            "schemaVersion": 19,
            "properties": {"title": key.capitalize()},
            "components": [{"id": f"{key}_{one['key']}", "label": one["key"], **one} for one in components],
        }
    ).encode()


def text(key: str, *, required: bool = False, **properties: str) -> dict[str, Any]:
    return {
        "type": "textfield",
        "key": key,
        "validate": {"required": required},
        "properties": properties,
    }


def day(key: str, *, required: bool = False, **properties: str) -> dict[str, Any]:
    return {
        "type": "datetime",
        "subtype": "date",
        "dateLabel": key,
        "key": key,
        "validate": {"required": required},
        "properties": properties,
    }


def choice(key: str, *values: str, **properties: str) -> dict[str, Any]:
    return {
        "type": "radio",
        "key": key,
        "values": [{"label": value, "value": value} for value in values],
        "validate": {"required": True},
        "properties": properties,
    }


def number(key: str, **properties: str) -> dict[str, Any]:
    return {"type": "number", "key": key, "properties": properties}


PROGRAMME: dict[str, Any] = {
    "name": "Essai",
    "title": {"fr": "Essai", "en": "Trial"},
    "roles": [
        {
            "key": "referrer",
            "label": {"fr": "Orienteur", "en": "Referrer"},
            "cases": "organisation",
            "permissions": ["open_case"],
        },
        {
            "key": "worker",
            "label": {"fr": "Travailleur", "en": "Worker"},
            "cases": "member",
            "permissions": [],
        },
        {
            "key": "coordinator",
            "label": {"fr": "Coordination", "en": "Coordinator"},
            "cases": "all",
            "permissions": ["open_case", "assign", "see_board", "correct", "cancel", "read_log"],
        },
        {"key": "committee", "label": {"fr": "Comité", "en": "Committee"}, "cases": "all", "permissions": []},
        {
            "key": "manager",
            "label": {"fr": "Direction", "en": "Manager"},
            "cases": "all",
            "permissions": ["see_board"],
        },
        {
            "key": "owner",
            "label": {"fr": "Référent", "en": "Owner"},
            "cases": "member",
            "permissions": ["design", "administer"],
        },
    ],
    "marks": [
        {
            "key": "P",
            "label": {"fr": "Identité", "en": "Identity"},
            "masked": "Réservé",
            "readers": [
                {"role": role, "when": "always", "as": "full"}
                for role in ("referrer", "worker", "coordinator", "committee")
            ],
        },
        {
            "key": "H",
            "label": {"fr": "Santé", "en": "Health"},
            "masked": "Réservé",
            "readers": [{"role": "worker", "when": "member", "as": "full"}],
        },
    ],
    "organisations": [{"key": "north", "label": "Nord"}, {"key": "south", "label": "Sud"}],
    "essentials": ["town"],
    "household": {
        "last_name": "last_name",
        "first_name": "first_name",
        "birth_date": "birth_date",
        "town": "town",
    },
    "figures": [],
    "settings": {},
}

DELAYS = """<?xml version="1.0" encoding="UTF-8"?>
<definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/" id="Definitions_delays" name="Delays"
  namespace="urn:test">
  <decision id="delays" name="Delays"><decisionTable id="t" hitPolicy="UNIQUE">
    <input id="i"><inputExpression id="ie" typeRef="string"><text>step</text></inputExpression></input>
    <output id="o1" name="reminder" typeRef="date"/><output id="o2" name="due" typeRef="date"/>
    <output id="o3" name="escalation_1" typeRef="date"/>
    <output id="o4" name="escalation_1_to" typeRef="string"/>
    <output id="o5" name="escalation_2" typeRef="date"/>
    <output id="o6" name="escalation_2_to" typeRef="string"/>
    <rule id="r1"><inputEntry id="a"><text>"prepare"</text></inputEntry>
      <outputEntry id="b"><text>working days(arrived, 3)</text></outputEntry>
      <outputEntry id="c"><text>working days(arrived, 5)</text></outputEntry>
      <outputEntry id="d"><text>working days(arrived, 7)</text></outputEntry>
      <outputEntry id="e"><text>"coordinator"</text></outputEntry>
      <outputEntry id="f"><text>working days(arrived, 10)</text></outputEntry>
      <outputEntry id="g"><text>"manager@south"</text></outputEntry></rule>
  </decisionTable></decision>
</definitions>
"""

JOURNEY = diagram(
    "journey",
    """
    <startEvent id="start" camunda:formKey="opening"/>
    <exclusiveGateway id="in" name=""/>
    <userTask id="prepare" name="Préparer" camunda:formKey="prepare" camunda:candidateGroups="worker"
      asae:delays="prepare"/>
    <exclusiveGateway id="which" name="Et ensuite ?" default="f_which_opinion"/>
    <userTask id="opinion" name="Donner un avis" camunda:formKey="opinion" camunda:candidateGroups="committee"
      asae:distinctPeople="true">
      <multiInstanceLoopCharacteristics><loopCardinality>2</loopCardinality></multiInstanceLoopCharacteristics>
    </userTask>
    <userTask id="follow" name="Suivre" camunda:formKey="note"
      camunda:candidateGroups="=&quot;worker@&quot; + prepare.operator" camunda:assignee="=prepare.who"/>
    <boundaryEvent id="leaves" name="Le ménage part" attachedToRef="follow"><messageEventDefinition
      messageRef="m"/></boundaryEvent>
    <boundaryEvent id="late" name="Un mois" attachedToRef="follow"><timerEventDefinition>
      <timeDuration xsi:type="tFormalExpression">P30D</timeDuration></timerEventDefinition></boundaryEvent>
    <userTask id="final" name="Terminer" camunda:formKey="final" camunda:candidateGroups="coordinator"/>
    <endEvent id="end"/>
    """
    + flows(
        "start>in",
        "in>prepare",
        "prepare>which",
        'which>in?prepare.decision = "again"',
        "which>opinion",
        "opinion>follow",
        "follow>final",
        "leaves>final",
        "late>final",
        "final>end",
    ),
    attributes='asae:kind="main" asae:door="retention" camunda:candidateStarterGroups="referrer,coordinator"',
    before='<message id="m" name="household_leaves"/>',
)

NOTE = diagram(
    "note",
    '<startEvent id="s" camunda:formKey="note"/><endEvent id="e"/>' + flows("s>e"),
    attributes='asae:kind="side" camunda:candidateStarterGroups="worker,coordinator"',
)

LEAVE = diagram(
    "leave",
    '<startEvent id="s" name="Départ"/><endEvent id="e"><messageEventDefinition messageRef="m"/></endEvent>'
    + flows("s>e"),
    attributes='asae:kind="side" camunda:candidateStarterGroups="worker,coordinator" '
    'asae:offeredWhen="=counts.prepare &gt; 0"',
    before='<message id="m" name="household_leaves"/>',
)

ESCALATION = diagram(
    "reminder_escalation",
    """
    <startEvent id="s"/><exclusiveGateway id="g" name="Qui prévenir ?" default="f_g_people"/>
    <sendTask id="people" name="Rappeler" camunda:type="external" camunda:topic="notify"><extensionElements>
      <camunda:inputOutput><camunda:inputParameter name="to">assignee</camunda:inputParameter>
      <camunda:inputParameter name="message">="À faire\u00a0: " + step_name</camunda:inputParameter>
      </camunda:inputOutput></extensionElements></sendTask>
    <sendTask id="others" name="Alerter" camunda:type="external" camunda:topic="notify"><extensionElements>
      <camunda:inputOutput><camunda:inputParameter name="to">=to</camunda:inputParameter>
      <camunda:inputParameter name="message">="En retard\u00a0: " + step_name</camunda:inputParameter>
      </camunda:inputOutput></extensionElements></sendTask>
    <endEvent id="e"/>
    """
    + flows(
        "s>g",
        "g>people",
        'g>others?starts with(deadline, "escalation")',
        "people>e",
        "others>e",
    ),
    attributes='asae:kind="called"',
)


def bundle(**changes: bytes | None) -> dict[str, bytes]:
    """The files of the small bundle. `changes` replace or add files by process key or form key (None
    removes).

    `journey=…` is `processes/journey.bpmn`, `form_note=…` is `forms/note.form`, `decisions=…` the DMN file.
    """
    files = {
        "processes/programme.json": json.dumps(PROGRAMME).encode(),
        "processes/delays.dmn": DELAYS.encode(),
        "processes/journey.bpmn": JOURNEY,
        "processes/note.bpmn": NOTE,
        "processes/leave.bpmn": LEAVE,
        "processes/reminder_escalation.bpmn": ESCALATION,
        "forms/opening.form": form(
            "opening",
            text("last_name", required=True, mark="P"),
            text("first_name", required=True, mark="P"),
            day(
                "birth_date",
                required=True,
                mark="P",
                rule="=birth_date <= today()",
                ruleMessage="Date à venir.",
            ),
            text("town"),
        ),
        "forms/prepare.form": form(
            "prepare",
            choice("decision", "again", "opinion"),
            text("operator"),
            text("who"),
            text("health", mark="H"),
        ),
        "forms/final.form": form("final", text("summary")),
        "forms/opinion.form": form("opinion", choice("opinion", "for", "against")),
        "forms/note.form": form("note", text("done", required=True), day("next_on"), number("minutes")),
    }
    for name, content in changes.items():
        if name == "decisions":
            path = "processes/delays.dmn"
        elif name.startswith("form_"):
            path = f"forms/{name.removeprefix('form_')}.form"
        else:
            path = f"processes/{name}.bpmn"
        if content is None:
            files.pop(path, None)
        else:
            files[path] = content
    return files


#: Username: organisation and roles.
PEOPLE = {
    "remi": ("north", ["referrer"]),
    "wafa": ("south", ["worker"]),
    "walid": ("south", ["worker"]),
    "willy": ("north", ["worker"]),
    "cora": ("north", ["coordinator"]),
    "carl": ("north", ["committee"]),
    "cleo": ("south", ["committee"]),
    "mona": ("south", ["manager"]),
    "otto": ("north", ["owner"]),
}


def people(session: Session, names: Iterable[str] = PEOPLE) -> None:
    """Accounts of the trial, without passwords, and their organisations."""
    for key in ("north", "south"):
        session.merge(Organisation(key=key, label=key.capitalize()))
    session.flush()
    for name in names:
        organisation, roles = PEOPLE[name]
        session.add(
            User(
                id=new_id(),
                username=name,
                display_name=name.capitalize(),
                organisation_key=organisation,
                active=True,
                session_epoch=0,
                roles=[UserRole(role=role) for role in roles],
            )
        )
    session.commit()


def actor(session: Session, username: str) -> Actor:
    """The person as commands want them, under the rules of the newest deployment."""
    return access.actor_for(session, username)


def deployed(session: Session, now: datetime, **changes: bytes | None) -> Deployment:
    """The small bundle, deployed, with its people."""
    people(session)
    return commands.deploy(session, None, bundle(**changes), "essai", now=now).deployment


def answers(**changes: object) -> dict[str, object]:
    """Answers of the opening form."""
    return {
        "last_name": "Durand",
        "first_name": "Émilie",
        "birth_date": "1984-03-05",
        "town": "Narbonne",
        **changes,
    }


def opened(session: Session, now: datetime, **changes: object) -> commands.Opening:
    """A case opened by Rémi."""
    return commands.open_case(session, actor(session, "remi"), "journey", answers(**changes), now=now)


def named(tasks: Iterable[Task], element_id: str) -> Task:
    """The task at that element."""
    return next(task for task in tasks if task.element_id == element_id)
