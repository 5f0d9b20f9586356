"""The browser and the server read a number alike: what one shows as a total, the other keeps."""

from __future__ import annotations

import math
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from py_mini_racer import MiniRacer

from asae_engine.forms.values import GREATEST_NUMBER, Unreadable, read_number

SOURCE = Path("web/assets/form/answers.js").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def browser() -> MiniRacer:
    racer = MiniRacer()
    racer.eval(SOURCE.replace("export ", ""))
    return racer


written = st.text("0123456789.,-+ \u202f\u00a0'’€−", max_size=9) | st.floats(-1e6, 1e6).map(
    lambda number: f"{number:.2f}"
)


@settings(max_examples=400, deadline=None)
@given(written)
@example("1 840,50")
@example("1.840")
@example("1.234,5")
@example("1,234.5")
@example("12,")
@example("1,2,3")
def test_a_number_is_read_alike_on_both_sides(browser: MiniRacer, text: str) -> None:
    there = browser.call("number", text)
    try:
        here = read_number(text)
    except Unreadable:
        assert there is None or isinstance(there, str) or math.isnan(there) or abs(there) > GREATEST_NUMBER
    else:
        assert there == pytest.approx(here) if here is not None else there is None
