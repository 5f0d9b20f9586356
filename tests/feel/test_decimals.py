"""Money comes out as on paper: decimal in an expression, decimal in its result and in its comparisons."""

from datetime import UTC, datetime
from decimal import ROUND_FLOOR, ROUND_HALF_UP, Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from asae_engine import feel

NOW = datetime(2026, 3, 1, tzinfo=UTC)
amounts = st.integers(-(10**9), 10**9).map(lambda cents: Decimal(cents) / 100)
rates = st.integers(1, 2_000).map(lambda tenths: Decimal(tenths) / 1000)


def value(expression: str, **context: object) -> feel.FeelValue:
    return feel.evaluate(expression, context, now=NOW)


@pytest.mark.parametrize(
    ("expression", "result"),
    [
        ("0.1 + 0.2 = 0.3", True),
        ("1.005 * 100 = 100.5", True),
        ("1 - 0.9 = 0.1", True),
        ("0.1 * 3 in [0.3..0.3]", True),
        ("0.3 / 0.1", 3),
        ("100 / 3 * 3", 100),
        ("sum(for i in 1..100 return 0.1)", 10),
        ("mean([0.1, 0.2, 0.3]) = 0.2", True),
        ("product([1.1, 1.1]) = 1.21", True),
        ("median([10, 9, 2])", 9),
        ("round half up(1.005, 2)", 1.01),
        ("round half down(1.005, 2)", 1),
        ("round half up(1.255, 2)", 1.26),
        ("decimal(2.665, 2)", 2.66),
        ("floor(1.15, 2)", 1.15),
        ("ceiling(0.07, 2)", 0.07),
        ("string(0.1 + 0.2)", "0.3"),
        ("modulo(5.5, 0.1)", 0),
        ("modulo(-5.5, 0.3)", 0.2),
        ("modulo(10, -3)", -2),
        ("1.1 * 1.1 - 1.21", 0),
        ('"a" + "b"', "ab"),
    ],
)
def test_decimals_hold_no_binary_surprise(expression: str, result: object) -> None:
    assert value(expression) == result


@settings(deadline=None, max_examples=60)
@given(st.lists(amounts, min_size=2, max_size=12), rates)
def test_amounts_are_added_compared_and_rounded_as_decimals(written: list[Decimal], rate: Decimal) -> None:
    total = sum(written, Decimal(0))
    share = (abs(total) * rate).quantize(Decimal("0.01"), ROUND_HALF_UP)
    found = value(
        "[sum(xs), sum(xs) = total, xs[1] - xs[2], round half up(abs(total) * rate, 2) = share]",
        xs=written,
        total=total,
        rate=rate,
        share=share,
    )
    assert found == [float(total), True, float(written[0] - written[1]), True]


@settings(deadline=None, max_examples=60)
@given(amounts, st.integers(1, 10**6).map(lambda cents: Decimal(cents) / 100), st.sampled_from([1, -1]))
def test_what_is_left_of_an_amount_agrees_with_decimals(amount: Decimal, part: Decimal, sign: int) -> None:
    """DMN 1.5, 10.3.4.5: `modulo` has the sign of its divisor."""
    whole = (amount / (part * sign)).to_integral_value(ROUND_FLOOR)
    left = amount - part * sign * whole
    assert value("modulo(a, b)", a=amount, b=part * sign) == float(left)


@pytest.mark.parametrize("expression", ["9007199254740991 + 2", "12345678901234567890", "2 ** 60"])
def test_a_number_too_great_to_be_exact_is_refused_and_not_rounded(expression: str) -> None:
    with pytest.raises(feel.FeelError, match="quinze chiffres"):
        value(expression)


@pytest.mark.parametrize("number", ["9007199254740993", "1e16", "-12345678901234567890"])
def test_a_number_written_too_great_to_be_exact_is_told_when_it_is_checked(number: str) -> None:
    """As a result it is refused; in a comparison nobody would see that it was rounded."""
    [problem] = feel.check(f"x = {number}")
    assert "quinze chiffres" in problem.message_fr
    assert feel.check("x = 9007199254740991 and y = 1e15 and z = 0.12345678901234567") == []
