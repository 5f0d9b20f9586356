"""Executes processes: parses and checks BPMN diagrams, runs their instances on SpiffWorkflow, keeps tokens.

The only room that imports SpiffWorkflow. It knows no database, no form and no person: a call brings the
clock, FEEL over the dossier, decisions and actions as an `Environment`, and takes away what happened.
"""

from asae_engine.bpmn.definition import Element, Expression, ProcessDefinition
from asae_engine.bpmn.errors import (
    BpmnError,
    NobodyWaits,
    NotPassable,
    StepFailed,
    UnknownProcess,
    UnknownToken,
    UnreadableState,
)
from asae_engine.bpmn.extent import what_runs
from asae_engine.bpmn.happenings import Environment, Happened, Happening
from asae_engine.bpmn.instance import Incident, Instance, WaitingTask, Way
from asae_engine.bpmn.parse import parse
from asae_engine.bpmn.state import from_json, to_json, variables_of

__all__ = [
    "BpmnError",
    "Element",
    "Environment",
    "Expression",
    "Happened",
    "Happening",
    "Incident",
    "Instance",
    "NobodyWaits",
    "NotPassable",
    "ProcessDefinition",
    "StepFailed",
    "UnknownProcess",
    "UnknownToken",
    "UnreadableState",
    "WaitingTask",
    "Way",
    "from_json",
    "parse",
    "to_json",
    "variables_of",
    "what_runs",
]
