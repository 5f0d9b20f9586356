"""Which inputs a table's rules share, and which they leave out: told at a bundle's check, with an example.

What is said is what deciding would show; a table that cannot be read without running (`regions.py`) is not
judged. Findings name the rule and the column, and carry the id of the rule.
"""

from __future__ import annotations

from datetime import date
from itertools import islice
from typing import TYPE_CHECKING

from asae_engine.decisions.definition import Decision, HitPolicy
from asae_engine.decisions.regions import OTHER, Box, Column, Value, boxes_of, literal, outside
from asae_engine.decisions.regions import lowest as first_of
from asae_engine.findings import Finding

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from asae_engine.decisions.definition import Rule

#: Told of one table at most: more would hide the first.
MOST_TOLD = 5
_MANY = (HitPolicy.COLLECT, HitPolicy.RULE_ORDER, HitPolicy.OUTPUT_ORDER)


def check(decision: Decision, findings: list[Finding]) -> None:
    """Say where two rules hold together and should not, which are never reached, and what no rule is for."""
    judged = boxes_of(decision)
    if judged is None:
        return
    columns, boxes = judged
    findings += islice(_overlaps(decision, columns, boxes), MOST_TOLD)
    findings += islice(_unreached(decision, boxes), MOST_TOLD)
    if decision.hit_policy in _MANY or any(output.default is not None for output in decision.outputs):
        return
    try:
        gap = outside(tuple(column.asked for column in columns), boxes) if boxes else None
    except TimeoutError:
        return
    if gap is not None:
        message = f"aucune règle n’est prévue pour {_example(columns, gap)}."
        advice = "Ajoutez une règle, ou un résultat par défaut ; sinon la décision ne donne rien."
        findings.append(_warning(decision, "gap", None, message, advice))


def _warning(decision: Decision, code: str, rule: Rule | None, message: str, advice: str) -> Finding:
    told = f"Table « {decision.name} » : {message}"
    line, part = (decision.line, None) if rule is None else (rule.line, rule.id or None)
    return Finding(
        f"dmn.{code}", "warning", decision.file, line, decision.id, decision.name, told, advice, part
    )


def _overlaps(decision: Decision, columns: list[Column], boxes: list[Box]) -> Iterator[Finding]:
    """What two rules that hold together do against the table's hit policy."""
    if decision.hit_policy not in (HitPolicy.UNIQUE, HitPolicy.ANY):
        return
    for second, box in enumerate(boxes):
        for first in range(second):
            shared = [one & other for one, other in zip(boxes[first], box, strict=True)]
            if not all(shared):
                continue
            rule, pair = decision.rules[second], f"{first + 1} et {second + 1}"
            same = decision.rules[first].outputs == rule.outputs
            example = _example(columns, [first_of(pieces) for pieces in shared])
            if decision.hit_policy is HitPolicy.UNIQUE and boxes[first] != box:
                message = f"les règles {pair} s’appliquent ensemble pour {example}."
                advice = "Séparez leurs conditions, ou choisissez « First » : la première l’emporte."
                yield _warning(decision, "overlap", rule, message, advice)
            elif decision.hit_policy is HitPolicy.ANY and not same:
                message = f"les règles {pair} donnent des résultats différents pour {example}."
                advice = "Donnez-leur le même résultat, ou séparez leurs conditions."
                yield _warning(decision, "overlap", rule, message, advice)


def _unreached(decision: Decision, boxes: list[Box]) -> Iterator[Finding]:
    """Rules that never hold, and rules that never give the result: others cover them, one or several."""
    ranks = [_rank(decision, rule) for rule in decision.rules]
    for number, box in enumerate(boxes):
        rule = decision.rules[number]
        if not all(box):
            message = f"la règle {number + 1} n’est jamais vraie : aucune valeur permise ne la remplit."
            yield _warning(decision, "masked", rule, message, "Corrigez ses conditions, ou supprimez-la.")
            continue
        covering = _covering(box, boxes, _before(decision, ranks, number))
        if not covering:
            continue
        which = [str(other + 1) for other in covering]
        others = f"la {which[0]} la couvre"
        if len(which) > 1:
            others = f"les règles {', '.join(which[:-1])} et {which[-1]} la couvrent ensemble"
        if decision.hit_policy is HitPolicy.FIRST:
            message = f"la règle {number + 1} n’est jamais atteinte : {others}."
            advice = "Placez-la plus haut, ou supprimez-la."
        else:
            message = f"la règle {number + 1} n’est jamais retenue : {others}, avant elle par l’importance."
            advice = "Revoyez l’ordre des valeurs permises du résultat, ou supprimez-la."
        yield _warning(decision, "masked", rule, message, advice)


def _before(decision: Decision, ranks: list[tuple[int, ...] | None], number: int) -> list[int]:
    """The rules whose result is given instead of a rule's where both hold."""
    if decision.hit_policy is HitPolicy.FIRST:
        return list(range(number))
    if decision.hit_policy is not HitPolicy.PRIORITY:
        return []
    own, rules = ranks[number], decision.rules
    return [
        other
        for other, rank in enumerate(ranks)
        if own is not None
        and rank is not None
        and (rank < own or (rank == own and other < number and rules[other].outputs != rules[number].outputs))
    ]


def _rank(decision: Decision, rule: Rule) -> tuple[int, ...] | None:
    """How important the results of a rule are, the least number most; none when only deciding can tell."""
    found = []
    for output, cell in zip(decision.outputs, rule.outputs, strict=False):
        values = [literal(value) for value in output.values]
        given = literal(cell)
        if given is None or None in values:
            return None
        found.append(values.index(given) if given in values else len(values))
    return tuple(found)


def _covering(box: Box, boxes: list[Box], others: Sequence[int]) -> list[int]:
    """As few of some rules as cover a box together; none when they do not, or when telling takes too long."""
    for other in others:
        if all(one & ~two == 0 for one, two in zip(box, boxes[other], strict=True)):
            return [other]
    needed = [other for other in others if all(one & two for one, two in zip(box, boxes[other], strict=True))]
    try:
        if not needed or outside(box, [boxes[other] for other in needed]) is not None:
            return []
        for other in list(needed):
            rest = [one for one in needed if one != other]
            if outside(box, [boxes[one] for one in rest]) is None:
                needed = rest
    except TimeoutError:
        return []
    return needed


def _example(columns: list[Column], pieces: Sequence[int]) -> str:
    said = [
        f"{column.label} : {said_of(column.pieces[piece])}"
        for column, piece in zip(columns, pieces, strict=True)
        if len(column.pieces) > 2  # more than any value and the absent one
    ]
    return ", ".join(said) or "toute entrée"


def said_of(value: Value | None) -> str:
    """A value as the author of a table reads it."""
    if value is None:
        return "rien"
    if isinstance(value, bool):
        return "oui" if value else "non"
    if isinstance(value, date):
        return value.strftime("%d/%m/%Y")
    if value == OTHER:
        return "une autre valeur"
    return f"« {value} »" if isinstance(value, str) else f"{value:g}".replace(".", ",")
