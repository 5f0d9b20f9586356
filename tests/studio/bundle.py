"""A small bundle with one of each kind of file that the studio edits."""

# ruff: noqa: E501 - lines of XML

from __future__ import annotations

import json
from typing import Any

HEAD = (
    '<?xml version="1.0" encoding="UTF-8"?>'
    '<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" '
    'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" '
    'xmlns:camunda="http://camunda.org/schema/1.0/bpmn" xmlns:asae="urn:asae:bpmn:1" '
    'xmlns:bpmndi="http://www.omg.org/spec/BPMN/20100524/DI" xmlns:dc="http://www.omg.org/spec/DD/20100524/DC" '
    'xmlns:di="http://www.omg.org/spec/DD/20100524/DI" id="D" targetNamespace="urn:test">'
)
MAIN = f"""{HEAD}
<process id="referral" name="Orientation" isExecutable="true" asae:kind="main" asae:door="retention"
  camunda:candidateStarterGroups="worker">
  <startEvent id="start" name="Saisine" camunda:formKey="referral"><outgoing>f1</outgoing></startEvent>
  <userTask id="visit" name="Visiter" camunda:formKey="visit" camunda:candidateGroups="worker@asae" asae:delays="visit">
    <incoming>f1</incoming><outgoing>f2</outgoing></userTask>
  <exclusiveGateway id="again" name="Encore ?" default="f4"><incoming>f2</incoming><outgoing>f3</outgoing>
    <outgoing>f4</outgoing></exclusiveGateway>
  <callActivity id="help" name="Aider" calledElement="support"><incoming>f4</incoming><outgoing>f5</outgoing></callActivity>
  <endEvent id="end" name="Fini"><incoming>f5</incoming></endEvent>
  <boundaryEvent id="late" name="Un mois" attachedToRef="visit" cancelActivity="false">
    <outgoing>f6</outgoing><timerEventDefinition><timeDuration>P30D</timeDuration></timerEventDefinition></boundaryEvent>
  <endEvent id="told" name="Signalé"><incoming>f6</incoming></endEvent>
  <sequenceFlow id="f1" sourceRef="start" targetRef="visit"/>
  <sequenceFlow id="f2" sourceRef="visit" targetRef="again"/>
  <sequenceFlow id="f3" name="oui" sourceRef="again" targetRef="visit">
    <conditionExpression xsi:type="tFormalExpression" language="feel">=visit.again = "yes"</conditionExpression>
  </sequenceFlow>
  <sequenceFlow id="f4" name="non" sourceRef="again" targetRef="help"/>
  <sequenceFlow id="f5" sourceRef="help" targetRef="end"/>
  <sequenceFlow id="f6" sourceRef="late" targetRef="told"/>
</process></definitions>"""
CALLED = f"""{HEAD}
<process id="support" name="Accompagnement" isExecutable="true" asae:kind="called">
  <startEvent id="s" name="Début"><outgoing>g1</outgoing></startEvent>
  <userTask id="do" name="Accompagner" camunda:formKey="visit" camunda:candidateGroups="worker"><incoming>g1</incoming>
    <outgoing>g2</outgoing></userTask>
  <endEvent id="e" name="Fin"><incoming>g2</incoming></endEvent>
  <sequenceFlow id="g1" sourceRef="s" targetRef="do"/><sequenceFlow id="g2" sourceRef="do" targetRef="e"/>
</process></definitions>"""
ESCALATION = CALLED.replace('"support" name="Accompagnement"', '"reminder_escalation" name="Relance"')
DELAYS = """<?xml version="1.0" encoding="UTF-8"?>
<definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/" id="D" name="Délais" namespace="urn:test">
  <!-- kept by hand -->
  <decision id="delays" name="Délais">
    <decisionTable id="t" hitPolicy="UNIQUE">
      <input id="i" label="Étape"><inputExpression id="x" typeRef="string"><text>step</text></inputExpression></input>
      <output id="o1" name="reminder" typeRef="date"/><output id="o2" name="due" typeRef="date"/>
      <output id="o3" name="escalation_1" typeRef="date"/><output id="o4" name="escalation_1_to" typeRef="string"/>
      <output id="o5" name="escalation_2" typeRef="date"/><output id="o6" name="escalation_2_to" typeRef="string"/>
      <rule id="r1"><inputEntry id="r1i"><text>"visit"</text></inputEntry>
        <outputEntry id="r1a"><text>working days(arrived, 3)</text></outputEntry>
        <outputEntry id="r1b"><text>arrived + duration("P20D")</text></outputEntry>
        <outputEntry id="r1c"><text>working days((arrived + duration("P20D")), 2)</text></outputEntry>
        <outputEntry id="r1d"><text>"worker"</text></outputEntry>
        <outputEntry id="r1e"><text>null</text></outputEntry><outputEntry id="r1f"><text>null</text></outputEntry></rule>
    </decisionTable>
  </decision>
</definitions>"""
PROGRAMME = {
    "name": "Essai",
    "title": {"fr": "Programme d’essai", "en": "Trial programme"},
    "roles": [
        {
            "key": "worker",
            "label": {"fr": "Travailleur", "en": "Worker"},
            "cases": "all",
            "permissions": ["open_case"],
        },
        {
            "key": "process_owner",
            "label": {"fr": "Référent", "en": "Owner"},
            "cases": "member",
            "permissions": ["design"],
        },
    ],
    "marks": [
        {
            "key": "S",
            "label": {"fr": "Social", "en": "Social"},
            "readers": [{"role": "worker", "when": "always", "as": "full"}],
            "masked": "Réservé aux travailleurs.",
        }
    ],
    "organisations": [{"key": "asae", "label": "ASAE"}],
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


def form(key: str, title: str, *components: dict[str, Any]) -> bytes:
    """A form-js file."""
    return json.dumps(
        {
            "type": "default",
            "id": key,
            "schemaVersion": 19,
            "properties": {"title": title},
            "components": [{"id": f"{key}_{one['key']}", **one} for one in components],
        },
        ensure_ascii=False,
    ).encode()


def text(key: str, label: str) -> dict[str, Any]:
    return {"type": "textfield", "key": key, "label": label}


VISIT = form(
    "visit",
    "La visite",
    {
        "type": "radio",
        "key": "again",
        "label": "Y retourner ?",
        "values": [{"value": "yes", "label": "Oui"}, {"value": "no", "label": "Non"}],
    },
    text("note", "Note"),
)
REFERRAL = form(
    "referral",
    "La saisine",
    text("last_name", "Nom"),
    text("first_name", "Prénom"),
    {"type": "datetime", "key": "birth_date", "subtype": "date", "dateLabel": "Né le"},
    text("town", "Commune"),
)
FILES: dict[str, bytes] = {
    "processes/referral.bpmn": MAIN.encode(),
    "processes/support.bpmn": CALLED.encode(),
    "processes/reminder_escalation.bpmn": ESCALATION.encode(),
    "processes/delays.dmn": DELAYS.encode(),
    "processes/programme.json": json.dumps(PROGRAMME, ensure_ascii=False).encode(),
    "forms/visit.form": VISIT,
    "forms/referral.form": REFERRAL,
}
