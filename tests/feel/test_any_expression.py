"""Whatever is written as an expression is answered by a value or by a sentence, in time and in bounds."""

from __future__ import annotations

from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from asae_engine import feel
from tests.limits import assert_plain, hostile, within_limits

NOW = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
CONTEXT = {
    "niveau": 2,
    "loyer": 512.4,
    "nom": "Émilie",
    "le": "2026-03-02",
    "enfants": [{"age": 3}, {"age": 12}],
    "vide": None,
    "ménage": {"taille": 4, "revenus": [800, 120.55]},
}
#: Each of these has been the beginning of a runaway, a crash or a leak in some engine.
HOSTILE = [
    "for i in 1..1000000000 return i",
    "for i in 1..100000, j in 1..100000 return i * j",
    "some x in 1..1000000000 satisfies x < 0",
    "every x in 1..1000000000 satisfies x > 0",
    "{ f: function(x) f(x + 1), r: f(1) }.r",
    "{ f: function(x) [x, x, x], g: f(f(f(f(f(f(1)))))) }.g",
    'string join(for i in 1..1000000 return "aaaaaaaaaa", "")',
    'replace("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!", "(a+)+$", "b")',
    'matches("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!", "^(a|a)*$")',
    'split("a,b", "(.*)*x")',
    "1" + "0" * 400,
    "10 ** 400",
    "(" * 3000 + "1" + ")" * 3000,
    "[" * 2000 + "]" * 2000,
    "not(" * 500 + "true" + ")" * 500,
    "constructor.constructor('return this')()",
    "__proto__.polluted",
    'context put({}, "__proto__", { polluted: true }).polluted',
    "this.constructor",
    "toString",
    "globalThis",
    '"\\u0000\\uD800"',
    'date("9999999999-01-01")',
    'duration("P99999999999Y")',
    'date("2026-03-02") + duration("P999999999Y")',
    '@"2026-02-30"',
    "1 / 0",
    "sqrt(-1)",
    "substring(nom, -1000000000, 1000000000)",
    'range("[1..1000000000]")',
    'working days(date("2026-01-01"), 1000000000)',
    "sort(enfants, function(a, b) sort(enfants, function(c, d) true))",
    "// commentaire",
    "/* jamais clos",
    "if if if",
    "\u2028\u2029\ufeff",
]
_VOCABULARY = r"""
niveau loyer nom le enfants vide ménage.taille age item ? true false null 0 1 -3 2.5 1e9 "été" "" @"P1M"
@"2026-03-02" + - * / ** = != < <= > >= ( ) [ ] { } , : . .. => and or not( if then else for in return
some every satisfies between instance of function(x) date( duration( count( sum( string( number( list
contains( sort( working days( $ # ; ` \ ' // /* */ | & é ☃
"""
_WORDS = st.sampled_from(_VOCABULARY.split())
EXPRESSIONS = (
    st.lists(_WORDS, max_size=25).map(" ".join)
    | st.text(max_size=120)
    | st.sampled_from(HOSTILE)
    | st.tuples(st.sampled_from(HOSTILE), st.integers(0, 60), st.text(max_size=3)).map(
        lambda cut: cut[0][: cut[1]] + cut[2] + cut[0][cut[1] :]
    )
)


@hostile(60)
@given(expression=EXPRESSIONS, unary=st.booleans())
def test_any_expression_gives_a_value_or_a_sentence_within_its_bounds(expression: str, unary: bool) -> None:
    with within_limits():
        try:
            if unary:
                feel.unary_test(expression, 2, CONTEXT, now=NOW)
            else:
                feel.evaluate(expression, CONTEXT, now=NOW)
        except feel.FeelError as refusal:
            assert_plain(refusal.message_fr)
        for problem in feel.check(expression, kind="unary" if unary else "expression"):
            assert_plain(problem.message_fr)
    assert feel.evaluate("1 + 1", {}, now=NOW) == 2


def test_each_known_attack_is_answered_and_the_next_expression_is_too() -> None:
    for expression in HOSTILE:
        with within_limits():
            try:
                feel.evaluate(expression, CONTEXT, now=NOW)
            except feel.FeelError as refusal:
                assert_plain(refusal.message_fr)
        assert feel.evaluate("{}.polluted", {}, now=NOW) is None
