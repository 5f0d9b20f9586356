"""The script engine in place of the library's: it evaluates FEEL through the call's environment and
nothing else.
"""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from decimal import Decimal
from math import isfinite
from typing import Any

from asae_engine.bpmn.errors import StepFailed
from asae_engine.calendar import Duration


class FeelEngine:
    """Evaluates an expression over the variables a token sees; executes scripts that are FEEL contexts."""

    def evaluate(
        self, task: Any, expression: str, external_context: dict[str, object] | None = None
    ) -> object:
        """The value of a FEEL expression at a token; whatever the environment raises passes through."""
        variables = visible(task)
        if external_context:
            variables.update(external_context)
        return task.workflow.top_workflow.environment.evaluate(feel(expression), variables)

    def execute(self, task: Any, script: str, external_context: dict[str, object] | None = None) -> bool:
        """Run a script: a FEEL context whose entries become variables of the instance."""
        result = self.evaluate(task, script, external_context)
        if not isinstance(result, dict):
            raise StepFailed("Le script doit donner un contexte FEEL, comme { essais: essais + 1 }.")
        task.workflow.top_workflow.variables.update(
            {str(name): plain(value) for name, value in result.items()}
        )
        return True


def feel(expression: str) -> str:
    """The expression without the leading `=` that marks FEEL in an attribute."""
    stripped = expression.strip()
    return stripped[1:].strip() if stripped.startswith("=") else stripped


def visible(task: Any) -> dict[str, object]:
    """The variables a token sees: the instance's, overlaid with its own and those of the activities around
    it.
    """
    layers = []
    at = task
    while at is not None:
        scope = at.workflow
        while at is not None:
            if at.data:
                layers.append(at.data)
            at = at.parent
        at = scope.owner
    variables = dict(task.workflow.top_workflow.variables)
    for layer in reversed(layers):
        variables.update(layer)
    return variables


def local(task: Any) -> dict[str, object]:
    """The variables of a token and the activities around it, without the instance's."""
    found: dict[str, object] = {}
    at = task
    while at is not None:
        scope = at.workflow
        while at is not None:
            found = {**at.data, **found}
            at = at.parent
        at = scope.owner
    return found


def plain(value: object) -> object:
    """A value as variables hold it: what JSON knows, dates, aware instants, times and durations. Raises
    `StepFailed` for others.
    """
    if value is None or isinstance(value, str | bool | int):
        return value
    if isinstance(value, float | Decimal):
        number = float(value)
        if not isfinite(number):
            raise StepFailed("Un résultat n’est pas un nombre fini (division par zéro ?).")
        return number
    if isinstance(value, datetime | date | time | Duration):
        return value
    if isinstance(value, timedelta):
        return Duration(seconds=value.total_seconds())
    if isinstance(value, dict):
        return {str(name): plain(entry) for name, entry in value.items()}
    if isinstance(value, list | tuple):
        return [plain(entry) for entry in value]
    raise StepFailed("Une variable ne peut garder qu’un texte, un nombre, une date, un oui/non ou une liste.")
