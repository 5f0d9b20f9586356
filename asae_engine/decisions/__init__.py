"""Decision tables and expressions: read from DMN as dmn-js writes it, checked, and evaluated in FEEL.

Every hit policy and aggregation, several decisions in a file, decisions that need decisions. What is not run
right is refused when it is read: business knowledge models, decision services, boxed contexts.
"""

from __future__ import annotations

from asae_engine.decisions.definition import Aggregation, Decision, HitPolicy, Input, Output, Rule
from asae_engine.decisions.errors import DecisionError, OverlapError, UnknownDecisionError
from asae_engine.decisions.evaluation import evaluate
from asae_engine.decisions.parsing import parse

__all__ = [
    "Aggregation",
    "Decision",
    "DecisionError",
    "HitPolicy",
    "Input",
    "Output",
    "OverlapError",
    "Rule",
    "UnknownDecisionError",
    "evaluate",
    "parse",
]
