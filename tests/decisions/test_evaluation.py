"""Decisions are made as DMN says: hit policies, aggregations, required decisions."""

from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from asae_engine import decisions
from asae_engine.feel import FeelValue
from tests.decisions import dmn

NOW = datetime(2026, 3, 1, tzinfo=UTC)
BANDS = [([">= 1"], ['"a"']), ([">= 2"], ['"b"']), ([">= 3"], ['"c"'])]
NUMBERS = [([">= 1"], ["10"]), ([">= 2"], ["30"]), ([">= 3"], ["20"])]


def decide(*written: str, decision: str = "t", **context: object) -> FeelValue:
    found, findings = decisions.parse(dmn.file(*written), "processes/test.dmn")
    assert [one for one in findings if one.severity == "error"] == []
    return decisions.evaluate({one.id: one for one in found}, decision, context, now=NOW)


def test_unique_gives_the_only_rule_that_holds() -> None:
    written = dmn.table([(["< 1"], ['"low"']), (["[1..5]"], ['"middle"']), (["> 5"], ['"high"'])])
    assert [decide(written, x=x) for x in (0, 1, 5, 6)] == ["low", "middle", "middle", "high"]


def test_a_cell_that_names_a_variable_with_yes_or_no_is_compared_with_it() -> None:
    """TCK 0036: such a rule held whenever the variable was yes, whatever the input."""
    written = dmn.table(
        [(["owner.agrees"], ['"same"']), (["not(owner.agrees)"], ['"other"'])], policy="FIRST"
    )
    found = {(x, y): decide(written, x=x, owner={"agrees": y}) for x in (True, False) for y in (True, False)}
    assert found == {(x, y): "same" if x is y else "other" for x, y in found}
    asked = dmn.table([(["x > limit"], ["1"]), (["contains(name, ?)"], ["2"])], policy="FIRST")
    assert decide(asked, x=3, limit=2, name="a") == 1


def test_unique_refuses_two_rules_at_once_and_names_them() -> None:
    with pytest.raises(decisions.OverlapError) as caught:
        decide(dmn.table(BANDS), x=2)
    assert caught.value.rules == (1, 2)
    assert "les règles 1 et 2" in caught.value.message_fr


@pytest.mark.parametrize(
    ("policy", "aggregation", "rules", "result"),
    [
        ("FIRST", None, BANDS, "a"),
        ("COLLECT", None, BANDS, ["a", "b", "c"]),
        ("RULE ORDER", None, BANDS, ["a", "b", "c"]),
        ("COLLECT", "SUM", NUMBERS, 60),
        ("COLLECT", "MIN", NUMBERS, 10),
        ("COLLECT", "MAX", NUMBERS, 30),
        ("COLLECT", "COUNT", NUMBERS, 3),
    ],
)
def test_each_hit_policy(policy: str, aggregation: str | None, rules: list[object], result: object) -> None:
    assert decide(dmn.table(rules, policy=policy, aggregation=aggregation), x=3) == result  # type: ignore[arg-type] # rows of texts


def test_any_accepts_rules_that_agree_and_refuses_others() -> None:
    same = [([">= 1"], ["1 + 1"]), ([">= 2"], ["2"])]
    assert decide(dmn.table(same, policy="ANY"), x=5) == 2
    with pytest.raises(decisions.OverlapError, match="ANY"):
        decide(dmn.table(BANDS, policy="ANY"), x=5)


def test_priority_and_output_order_follow_the_values_of_the_output() -> None:
    rules = [([">= 1"], ['"low"']), ([">= 2"], ['"high"']), ([">= 3"], ['"middle"'])]
    order = '"high", "middle", "low"'
    assert decide(dmn.table(rules, policy="PRIORITY", values=order), x=3) == "high"
    assert decide(dmn.table(rules, policy="PRIORITY", values=order), x=1) == "low"
    assert decide(dmn.table(rules, policy="OUTPUT ORDER", values=order), x=3) == ["high", "middle", "low"]


def test_several_outputs_make_a_context() -> None:
    written = dmn.table([(["-"], ["1", '"b"'])], outputs=("level", "intensity"))
    assert decide(written, x=1) == {"level": 1, "intensity": "b"}


def test_no_rule_gives_nothing_or_the_default() -> None:
    assert decide(dmn.table(BANDS), x=0) is None
    assert decide(dmn.table(BANDS, policy="COLLECT"), x=0) is None
    assert decide(dmn.table(NUMBERS, policy="COLLECT", aggregation="COUNT"), x=0) == 0
    assert decide(dmn.table(BANDS, default='"rien"'), x=0) == "rien"
    assert decide(dmn.table(BANDS, default='"rien"', policy="COLLECT"), x=0) == ["rien"]


def test_a_missing_input_matches_only_what_says_so() -> None:
    written = dmn.table([(["null"], ['"absent"']), (["> 1"], ['"présent"'])])
    assert decide(written) == "absent"
    assert decide(written, x=2) == "présent"


def test_a_decision_reads_those_it_needs_by_name_and_by_id() -> None:
    result = decide(
        dmn.literal("a.b + c", key="base", name="Revenu de base"),
        dmn.table([(["> 10"], ["Revenu de base * 2"])], inputs=("base",), needs=["base"]),
        a={"b": 10},
        c=5,
    )
    assert result == 30


def test_a_required_decision_is_made_once_for_all_that_need_it() -> None:
    chain = [dmn.literal("1", key="d0", name="D0")]
    for n in range(1, 30):
        chain.append(dmn.literal(f"d{n - 1} + d{n - 1}", key=f"d{n}", name=f"D{n}", needs=[f"d{n - 1}"]))
    assert decide(*chain, decision="d29") == 2**29


def test_a_decision_that_needs_itself_is_refused_when_made() -> None:
    written = dmn.file(dmn.literal("b", key="a", needs=["b"]), dmn.literal("a", key="b", needs=["a"]))
    found, findings = decisions.parse(written, "f.dmn")
    assert {finding.code for finding in findings} == {"dmn.cycle"}
    with pytest.raises(decisions.DecisionError, match="les unes des autres"):
        decisions.evaluate({one.id: one for one in found}, "a", {}, now=NOW)


def test_an_unknown_decision_is_refused() -> None:
    with pytest.raises(decisions.UnknownDecisionError, match="n’existe pas"):
        decisions.evaluate({}, "nope", {}, now=NOW)


@pytest.mark.parametrize(
    ("rules", "inputs", "place"),
    [
        ([(["> 5"], ["1"])], ("x",), "règle 1, colonne « Entrée 0 »"),
        ([(["-"], ["1"]), (["-"], ["x + 1"])], ("x",), "règle 2, colonne « y »"),
        ([(["1"], ["1"])], ("x + 1",), "» : On ne peut pas calculer"),
    ],
)
def test_an_error_names_the_rule_and_the_column_but_no_value(
    rules: list[tuple[list[str], list[str]]], inputs: tuple[str, ...], place: str
) -> None:
    policy = "FIRST" if len(rules) == 1 else "RULE ORDER"
    with pytest.raises(decisions.DecisionError) as caught:
        decide(dmn.table(rules, inputs=inputs, policy=policy), x="Martin")
    if inputs == ("x",):
        assert place in caught.value.message_fr
    assert "Martin" not in caught.value.message_fr


CELLS = {
    "-": lambda v: True,
    "< 3": lambda v: v < 3,
    ">= 3": lambda v: v >= 3,
    "[2..6]": lambda v: 2 <= v <= 6,
}
CELLS |= {"]2..6[": lambda v: 2 < v < 6, "1, 4, 9": lambda v: v in (1, 4, 9), "not(5)": lambda v: v != 5}


@settings(deadline=None, max_examples=60)
@given(
    st.lists(
        st.tuples(st.sampled_from(list(CELLS)), st.sampled_from(list(CELLS)), st.integers(0, 9)),
        min_size=1,
        max_size=6,
    ),
    st.integers(0, 10),
    st.integers(0, 10),
)
def test_tables_agree_with_a_naive_oracle(rules: list[tuple[str, str, int]], a: int, b: int) -> None:
    held = [result for left, right, result in rules if CELLS[left](a) and CELLS[right](b)]
    rows = [([left, right], [str(result)]) for left, right, result in rules]

    def made(policy: str, aggregation: str | None = None) -> FeelValue:
        found, _ = decisions.parse(
            dmn.file(dmn.table(rows, inputs=("a", "b"), policy=policy, aggregation=aggregation)), "f.dmn"
        )
        return decisions.evaluate({"t": found[0]}, "t", {"a": a, "b": b}, now=NOW)

    assert made("FIRST") == (held[0] if held else None)
    assert made("COLLECT") == (held or None)
    assert made("COLLECT", "SUM") == (sum(held) if held else None)
    assert made("COLLECT", "MAX") == (max(held) if held else None)
    assert made("COLLECT", "COUNT") == len(held)
    if len(held) > 1:
        with pytest.raises(decisions.OverlapError):
            made("UNIQUE")
    else:
        assert made("UNIQUE") == (held[0] if held else None)
