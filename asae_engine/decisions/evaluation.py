"""Makes decisions: all is worked out in one trip to the isolate; what went wrong is told here."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from asae_engine import feel
from asae_engine.decisions.errors import DecisionError, OverlapError, UnknownDecisionError
from asae_engine.decisions.wire import model, reachable

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from asae_engine.decisions.definition import Decision
    from asae_engine.feel import FeelValue


def evaluate(
    decisions: Mapping[str, Decision], decision_id: str, context: Mapping[str, object], *, now: datetime
) -> FeelValue:
    """The result of a decision over a context.

    A table with one output gives its value, with several a dict by output name; COLLECT without aggregation,
    RULE ORDER and OUTPUT ORDER give a list of those. When no rule holds: the default outputs if any, else
    None (0 for COLLECT COUNT). Raises `DecisionError`.
    """
    needed = reachable(decisions, decision_id)
    if decision_id not in needed:
        raise UnknownDecisionError(decision_id, f"La décision « {decision_id[:60]} » n’existe pas.")
    for decision in needed.values():
        for required in decision.requires:
            if required not in needed:
                raise UnknownDecisionError(required, f"La décision « {required[:60]} » n’existe pas.")
    try:
        return feel.decide(model(tuple(needed.values())), decision_id, context, now=now)
    except feel.DecidingError as error:
        raise _told(needed, needed[decision_id], error) from None
    except feel.FeelError as error:
        name = needed[decision_id].name
        raise DecisionError(decision_id, f"Décision « {name} » : {error.message_fr}") from None


def _told(needed: Mapping[str, Decision], asked: Decision, error: feel.DecidingError) -> DecisionError:
    trouble = error.trouble
    decision = needed.get(str(trouble.get("d")), asked)
    if trouble.get("kind") == "CYCLE":
        return DecisionError(
            decision.id,
            f"Décision « {decision.name} » : des décisions ont besoin les unes des autres, sans fin.",
        )
    if trouble.get("kind") == "OVERLAP":
        return _overlap(decision, trouble)
    rule, column, output = (cast("int | None", trouble.get(key)) for key in ("rule", "column", "output"))
    cell = _label(decision, column, output) or str(trouble.get("entry") or trouble.get("parameter") or "")
    place = "" if rule is None else f", règle {rule + 1}"
    if cell:
        kind = "colonne" if column is not None or output is not None else "case"
        place += f", {kind} « {cell} »"
    return DecisionError(
        decision.id,
        f"Décision « {decision.name} »{place} : {error.message_fr}",
        rules=() if rule is None else (rule + 1,),
        cell=cell or None,
    )


def _label(decision: Decision, column: int | None, output: int | None) -> str:
    """How a column of the decision's table is called; of a table within boxes, its number."""
    columns = decision.inputs if output is None else decision.outputs
    index = column if output is None else output
    if index is None:
        return ""
    return columns[index].label if index < len(columns) else str(index + 1)


def _overlap(decision: Decision, trouble: Mapping[str, object]) -> OverlapError:
    numbers = tuple(cast("list[int]", trouble["rules"]))
    together = f"Décision « {decision.name} » : les règles {_listed(numbers)} s’appliquent ensemble"
    if trouble["policy"] == "ANY":
        return OverlapError(
            decision.id, f"{together} et ne donnent pas le même résultat (ANY).", rules=numbers
        )
    return OverlapError(decision.id, f"{together}, alors qu’une seule est permise (UNIQUE).", rules=numbers)


def _listed(numbers: Sequence[int]) -> str:
    return " et ".join([", ".join(str(number) for number in numbers[:-1]), str(numbers[-1])])
