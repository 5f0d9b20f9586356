"""CSV as a French spreadsheet opens it, and as no attacker can use it."""

import csv
import io
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from web.board.spreadsheet import written


def read(text: str) -> list[list[str]]:
    return list(
        csv.reader(io.StringIO(text.removeprefix("\N{ZERO WIDTH NO-BREAK SPACE}"), newline=""), delimiter=";")
    )


def test_numbers_dates_and_nothing_are_written_as_the_french_write_them() -> None:
    text = written([["Été ; « x »", 1.5, 12.0, date(2026, 3, 1), None, -3.25]])
    assert text.startswith("\N{ZERO WIDTH NO-BREAK SPACE}")
    assert text.encode().startswith(b"\xef\xbb\xbf")
    assert read(text) == [["Été ; « x »", "1,5", "12", "01/03/2026", "", "-3,25"]]
    assert text.endswith("\r\n")


@pytest.mark.parametrize("cell", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", '=HYPERLINK("http://x")'])
def test_a_formula_is_text(cell: str) -> None:
    assert read(written([[cell]]))[0][0].startswith("'")


@settings(deadline=None)
@given(
    st.lists(
        st.lists(st.text(st.characters(exclude_characters="\0\r\n")), min_size=1, max_size=4), max_size=4
    )
)
def test_whatever_the_text_no_cell_begins_a_formula_and_none_is_lost(rows: list[list[str]]) -> None:
    found = read(written(rows))
    for row, came in zip(rows, [line for line in found if line] or rows, strict=False):
        for cell, back in zip(row, came, strict=False):
            assert back in (cell, f"'{cell}")
            assert not back.startswith(("=", "+", "-", "@"))
