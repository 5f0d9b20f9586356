"""Decisions: read from DMN as its editors write it, checked, and evaluated in FEEL.

Tables with every hit policy and aggregation, boxed expressions, knowledge models and services, types and
allowed values, and files that import others of their bundle. Functions in Java or PMML are refused.
"""

from __future__ import annotations

from asae_engine.decisions.definition import (
    Aggregation,
    Decision,
    ElementKind,
    HitPolicy,
    Input,
    Output,
    Rule,
)
from asae_engine.decisions.errors import DecisionError, OverlapError, UnknownDecisionError
from asae_engine.decisions.evaluation import evaluate
from asae_engine.decisions.parsing import parse
from asae_engine.decisions.requirements import check_requirements

__all__ = [
    "Aggregation",
    "Decision",
    "DecisionError",
    "ElementKind",
    "HitPolicy",
    "Input",
    "Output",
    "OverlapError",
    "Rule",
    "UnknownDecisionError",
    "check_requirements",
    "evaluate",
    "parse",
]
