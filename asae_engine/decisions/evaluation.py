"""Makes decisions: required ones first, then the rules that hold, then what the hit policy makes of them."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from asae_engine import feel
from asae_engine.decisions.definition import Aggregation, Decision, HitPolicy, says_something
from asae_engine.decisions.errors import DecisionError, OverlapError, UnknownDecisionError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from asae_engine.feel import FeelValue

_FOLDS = {Aggregation.SUM: "sum(list)", Aggregation.MIN: "min(list)", Aggregation.MAX: "max(list)"}


def evaluate(
    decisions: Mapping[str, Decision], decision_id: str, context: Mapping[str, object], *, now: datetime
) -> FeelValue:
    """The result of a decision over a context.

    A table with one output gives its value, with several a dict by output name; COLLECT without aggregation,
    RULE ORDER and OUTPUT ORDER give a list of those. When no rule holds: the default outputs if any, else
    None (0 for COLLECT COUNT). Raises `DecisionError`.
    """
    return _Deciding(decisions, context, now).result(decision_id)


class _Deciding:
    """One evaluation: each required decision is made once."""

    def __init__(
        self, decisions: Mapping[str, Decision], context: Mapping[str, object], now: datetime
    ) -> None:
        self._decisions = decisions
        self._context = context
        self._now = now
        self._made: dict[str, FeelValue] = {}
        self._open: list[str] = []

    def result(self, decision_id: str) -> FeelValue:
        if decision_id in self._made:
            return self._made[decision_id]
        decision = self._decisions.get(decision_id)
        if decision is None:
            raise UnknownDecisionError(decision_id, f"La décision « {decision_id[:60]} » n’existe pas.")
        if decision_id in self._open:
            names = " → ".join(self._decisions[opened].name for opened in [*self._open, decision_id])
            raise DecisionError(decision_id, f"Des décisions ont besoin les unes des autres : {names}.")
        self._open.append(decision_id)
        try:
            context = {**self._context, **self._required(decision)}
            self._made[decision_id] = self._decide(decision, context)
        finally:
            self._open.pop()
        return self._made[decision_id]

    def _required(self, decision: Decision) -> dict[str, object]:
        found: dict[str, object] = {}
        for required in decision.requires:
            value = self.result(required)
            found[required] = found[self._decisions[required].name] = value
        return found

    def _decide(self, decision: Decision, context: Mapping[str, object]) -> FeelValue:
        try:
            if decision.expression is not None:
                return feel.evaluate(decision.expression, context, now=self._now)
            first = decision.hit_policy is HitPolicy.FIRST
            hits = feel.matching_rules(_table(decision), context, now=self._now, only_first=first)
            return self._conclude(decision, hits, context)
        except feel.CellError as error:
            raise _in_cell(decision, error) from None
        except feel.FeelError as error:
            raise DecisionError(decision.id, f"Décision « {decision.name} » : {error.message_fr}") from None

    def _conclude(
        self, decision: Decision, hits: Sequence[tuple[int, list[FeelValue]]], context: Mapping[str, object]
    ) -> FeelValue:
        policy = decision.hit_policy
        if not hits:
            return self._default(decision, context)
        numbers = tuple(index + 1 for index, _ in hits)
        if policy is HitPolicy.UNIQUE and len(hits) > 1:
            raise OverlapError(
                decision.id,
                f"Décision « {decision.name} » : les règles {_listed(numbers)} s’appliquent ensemble, "
                "alors qu’une seule est permise (UNIQUE).",
                rules=numbers,
            )
        results = [_row(decision, values) for _, values in hits]
        if policy is HitPolicy.ANY and any(result != results[0] for result in results):
            raise OverlapError(
                decision.id,
                f"Décision « {decision.name} » : les règles {_listed(numbers)} s’appliquent ensemble "
                "et ne donnent pas le même résultat (ANY).",
                rules=numbers,
            )
        if policy in (HitPolicy.PRIORITY, HitPolicy.OUTPUT_ORDER):
            results = self._by_priority(decision, results, context)
        if policy is HitPolicy.COLLECT and decision.aggregation is not None:
            return self._folded(decision.aggregation, results)
        if policy in (HitPolicy.COLLECT, HitPolicy.RULE_ORDER, HitPolicy.OUTPUT_ORDER):
            return list(results)
        return results[0]

    def _default(self, decision: Decision, context: Mapping[str, object]) -> FeelValue:
        if decision.aggregation is Aggregation.COUNT:
            return 0
        if all(output.default is None for output in decision.outputs):
            return None
        cells = [output.default or "null" for output in decision.outputs]
        row = _row(decision, feel.evaluate_all([(cell, context) for cell in cells], now=self._now))
        many = (HitPolicy.COLLECT, HitPolicy.RULE_ORDER, HitPolicy.OUTPUT_ORDER)
        return [row] if decision.hit_policy in many and decision.aggregation is None else row

    def _by_priority(
        self, decision: Decision, results: list[FeelValue], context: Mapping[str, object]
    ) -> list[FeelValue]:
        """The results from the most to the least important: by the first output, then by the next."""
        texts = [[(text, context) for text in output.values] for output in decision.outputs]
        ranks = [feel.evaluate_all(row, now=self._now) for row in texts]

        def rank(result: FeelValue) -> list[int]:
            values = list(result.values()) if isinstance(result, dict) else [result]
            return [
                order.index(value) if value in order else len(order)
                for order, value in zip(ranks, values, strict=False)
            ]

        return sorted(results, key=rank)

    def _folded(self, aggregation: Aggregation, results: list[FeelValue]) -> FeelValue:
        if aggregation is Aggregation.COUNT:
            return len(results)
        return feel.evaluate(_FOLDS[aggregation], {"list": results}, now=self._now)


@lru_cache(maxsize=500)
def _table(decision: Decision) -> feel.Table:
    return feel.Table(
        [column.expression for column in decision.inputs],
        [(rule.inputs, [_value_text(cell) for cell in rule.outputs]) for rule in decision.rules],
    )


def _row(decision: Decision, values: Sequence[FeelValue]) -> FeelValue:
    if len(decision.outputs) == 1:
        return values[0]
    return {output.name: value for output, value in zip(decision.outputs, values, strict=True)}


def _value_text(cell: str) -> str:
    return cell if says_something(cell) else "null"


def _in_cell(decision: Decision, error: feel.CellError) -> DecisionError:
    column = (
        decision.outputs[error.output].label
        if error.output is not None
        else decision.inputs[error.column or 0].label
    )
    place = "" if error.rule is None else f", règle {error.rule + 1}"
    return DecisionError(
        decision.id,
        f"Décision « {decision.name} »{place}, colonne « {column} » : {error.message_fr}",
        rules=() if error.rule is None else (error.rule + 1,),
    )


def _listed(numbers: Sequence[int]) -> str:
    return " et ".join([", ".join(str(number) for number in numbers[:-1]), str(numbers[-1])])
