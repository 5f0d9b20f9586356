"""What a process sees while it moves: the clock of the command, FEEL over the dossier, the bundle's
decisions, actions.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy.exc import SQLAlchemyError

from asae_engine import decisions, feel
from asae_engine.commands import actions

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from asae_engine.bpmn import Element
    from asae_engine.commands.casework import CaseWork
    from asae_engine.commands.moves import Move


class CaseEnvironment:
    """Implements `bpmn.Environment` for one instance inside one command."""

    #: A lost database or a stale version ends the command; it is no incident of the diagram.
    fatal: tuple[type[Exception], ...] = (SQLAlchemyError,)

    def __init__(self, work: CaseWork, move: Move, now: datetime) -> None:
        self._work = work
        self._move = move
        self._now = now

    @property
    def now(self) -> datetime:
        """The instant that the process lives at."""
        return self._now

    def evaluate(self, expression: str, variables: Mapping[str, object]) -> object:
        """FEEL over the dossier, overlaid with `variables`."""
        return feel.evaluate(expression, self._overlaid(expression, variables), now=self._now)

    def decide(self, decision: str, variables: Mapping[str, object]) -> object:
        """A decision of the instance's own bundle, over the same."""
        context = {**self._work.dossier.context(), **variables}
        return decisions.evaluate(self._move.bundle.decisions, decision, context, now=self._now)

    def act(
        self, action: str, variables: Mapping[str, object], element: Element
    ) -> Mapping[str, object] | None:
        """A registered action (`actions.TOPICS`), with the element's parameters in `variables`."""
        return actions.perform(action, variables, element, self._work, self._move)

    def _overlaid(self, expression: str, variables: Mapping[str, object]) -> Mapping[str, object]:
        if "[" in expression:  # a filter may read names that feel.names does not report
            return {**self._work.dossier.context(), **variables}
        names = feel.names(expression)
        if names <= variables.keys():
            return {name: variables[name] for name in names}  # the dossier, a query, is not asked for nothing
        dossier = self._work.dossier.context()
        return {
            name: variables[name] if name in variables else dossier[name]
            for name in names
            if name in variables or name in dossier
        }
