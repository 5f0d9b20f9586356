"""A bundle's check says which rules of a table overlap, are never reached, or are missing."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from itertools import product
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from asae_engine import decisions
from asae_engine.decisions import coverage
from asae_engine.findings import Finding
from tests.decisions import dmn

if TYPE_CHECKING:
    from asae_engine.feel import FeelValue

NOW = datetime(2026, 3, 1, tzinfo=UTC)
Rules = Sequence[tuple[Sequence[str], Sequence[str]]]


def told(written: str) -> list[Finding]:
    _, findings = decisions.parse(dmn.file(written), "processes/test.dmn")
    return findings


def codes(written: str) -> list[str]:
    return [one.code.removeprefix("dmn.") for one in told(written)]


def typed(written: str, kind: str) -> str:
    return written.replace("<inputExpression>", f'<inputExpression typeRef="{kind}">')


@pytest.mark.parametrize(
    ("rules", "policy", "said"),
    [
        ([(["< 1"], ["1"]), (["[1..5)"], ["2"]), (["[5..9]"], ["3"])], None, None),
        (
            [(["< 5"], ["1"]), (["<= 5"], ["2"])],
            None,
            "règles 1 et 2 s’appliquent ensemble pour Entrée 0 : 4",
        ),
        ([(["[1..5]"], ["1"]), (["[5..9]"], ["2"])], None, "ensemble pour Entrée 0 : 5"),
        ([(["< 1"], ["1"]), (["> 1"], ["2"])], None, "aucune règle n’est prévue pour Entrée 0 : 1"),
        ([(["[1..2]"], ["1"]), (["[4..5]"], ["2"])], None, "prévue pour Entrée 0 : 3"),
        ([(['"a"'], ["1"]), (['"b"'], ["2"])], None, None),
        ([(['"a"'], ["1"]), (['not("a")'], ["2"])], None, None),
        ([(['not("a")'], ["1"]), (['not("b")'], ["2"])], None, "ensemble pour Entrée 0 : une autre valeur"),
        ([(["true"], ["1"])], None, "prévue pour Entrée 0 : non"),
        ([(["true"], ["1"]), (["-"], ["2"])], "FIRST", None),
        ([(["-"], ["1"]), (["true"], ["2"])], "FIRST", "la règle 2 n’est jamais atteinte : la 1 la couvre"),
        ([(["-"], ["1"]), (["> 3"], ["1"])], "ANY", None),
        ([(["-"], ["1"]), (["> 3"], ["2"])], "ANY", "règles 1 et 2 donnent des résultats différents"),
        ([(["> 3"], ["1"]), (["> 4"], ["2"])], "COLLECT", None),
        (
            [(['< date("2026-03-01")'], ["1"]), (['> date("2026-03-01")'], ["2"])],
            None,
            "prévue pour Entrée 0 : 01/03/2026",
        ),
        ([(['< date("9999-12-31")'], ["1"]), (['>= date("9999-12-31")'], ["2"])], None, None),
        ([(["2.5, 3"], ["1"]), (["3, 4"], ["2"])], None, "ensemble pour Entrée 0 : 3"),
        ([(["2.5"], ["1"]), (["<= 2.5"], ["2"])], None, "ensemble pour Entrée 0 : 2,5"),
    ],
)
def test_a_table_is_told_what_its_rules_share_and_leave_out(
    rules: Rules, policy: str | None, said: str | None
) -> None:
    messages = [one.message for one in told(dmn.table(rules, policy=policy))]
    if said is None:
        assert messages == []
    else:
        assert any(said in message for message in messages), messages


def test_a_default_result_leaves_no_gap() -> None:
    rules: Rules = [(["< 1"], ["1"]), (["> 1"], ["2"])]
    assert codes(dmn.table(rules)) == ["gap"]
    assert codes(dmn.table(rules, default="0")) == []


@pytest.mark.parametrize(
    "cell", ["? > x", "> other", 'contains(?, "a")', "not(not(1))", "[a..b]", "not(" * 9_000]
)
def test_a_table_with_a_cell_that_only_running_can_tell_is_not_judged(cell: str) -> None:
    assert {"overlap", "gap", "masked"}.isdisjoint(
        codes(dmn.table([(["1"], ["1"]), (["1, 2"], ["2"]), ([cell], ["3"])]))
    )


@pytest.mark.parametrize("count", [coverage.MOST_RULES, coverage.MOST_RULES + 1])
def test_only_tables_of_a_readable_size_are_judged(count: int) -> None:
    written = dmn.table([([f"<= {number}"], ["1"]) for number in range(count)])
    assert codes(written) == (["overlap"] * coverage.MOST_TOLD if count <= coverage.MOST_RULES else [])


@pytest.mark.parametrize(
    ("kind", "cell", "said"),
    [
        ("number", '"5"', "« 5 » n’est pas du type « number »"),
        ("string", "5", "5 n’est pas du type « string »"),
        ("string", "true", "oui n’est pas du type « string »"),
        ("boolean", '"true"', "« true » n’est pas du type « boolean »"),
        ("date", "> 5", "5 n’est pas du type « date »"),
        ("integer", "5", None),
        ("feel:number", "5", None),
        ("unknown", '"5"', None),
        ("date", '> date("2026-01-01")', None),
    ],
)
def test_a_cell_of_another_type_than_its_column_is_refused(kind: str, cell: str, said: str | None) -> None:
    written = typed(dmn.table([([cell], ["1"])], policy="COLLECT"), kind)
    found = [one for one in told(written) if one.code == "dmn.cell_type"]
    if said is None:
        assert found == []
    else:
        assert [one.severity for one in found] == ["error"]
        assert said in found[0].message
        assert "règle 1, colonne « Entrée 0 »" in found[0].message


def test_a_result_that_its_column_does_not_allow_is_refused() -> None:
    written = dmn.table([(["1"], ['"haut"']), (["2"], ['"aut"'])], values='"haut", "bas"')
    assert [one.message for one in told(written)] == [
        "Décision « Table », règle 2, colonne « y » : « aut » n’est pas une valeur permise de ce résultat."
    ]


def number_cells() -> st.SearchStrategy[str]:
    bound = st.integers(0, 4)
    return st.one_of(
        st.just("-"),
        bound.map(str),
        st.builds("{} {}".format, st.sampled_from(["<", "<=", ">", ">="]), bound),
        st.builds("not({})".format, bound),
        st.builds("{}, {}".format, bound, bound),
        st.builds(
            lambda opened, low, width, closed: f"{opened}{low}..{low + width}{closed}",
            st.sampled_from("[("),
            bound,
            st.integers(0, 2),
            st.sampled_from("])"),
        ),
    )


def value_cells(values: Sequence[str]) -> st.SearchStrategy[str]:
    one = st.sampled_from(values)
    return st.one_of(
        st.just("-"), one, st.builds("not({})".format, one), st.builds("{}, {}".format, one, one)
    )


START = date(2026, 3, 1)
DAYS = [START + timedelta(days=number) for number in range(3)]
#: Cells of a column with every value that can tell them apart.
COLUMNS: dict[str, tuple[st.SearchStrategy[str], list[object]]] = {
    "number": (number_cells(), [number / 2 for number in range(-1, 14)]),
    "text": (value_cells(['"a"', '"b"', '"c"']), ["a", "b", "c", "d"]),
    "yes or no": (value_cells(["true", "false"]), [True, False]),
    "date": (
        st.one_of(
            st.just("-"),
            st.builds('{} date("{}")'.format, st.sampled_from(["<", "<=", ">", ">="]), st.sampled_from(DAYS)),
            st.sampled_from(DAYS).map('date("{}")'.format),
        ),
        [START + timedelta(days=number) for number in range(-1, 4)],
    ),
}


@st.composite
def tables(draw: st.DrawFn) -> tuple[list[tuple[list[str], list[str]]], list[list[object]]]:
    kinds = draw(st.lists(st.sampled_from(sorted(COLUMNS)), min_size=1, max_size=2))
    rules = [
        ([draw(COLUMNS[kind][0]) for kind in kinds], [str(number)])
        for number in range(draw(st.integers(1, 4)))
    ]
    return rules, [COLUMNS[kind][1] for kind in kinds]


def written_in(value: object, cells: Sequence[str]) -> bool:
    """Whether a column names a value; a column of nothing but dashes names all."""
    said = (
        f'"{value}"'
        if isinstance(value, str | date)
        else f"{value:g}"
        if isinstance(value, float)
        else str(value).lower()
    )
    return any(said in cell for cell in cells) or set(cells) == {"-"}


@given(tables())
@settings(deadline=None, max_examples=150)
def test_what_is_said_of_a_table_is_what_deciding_shows(
    drawn: tuple[list[tuple[list[str], list[str]]], list[list[object]]],
) -> None:
    """Against the evaluation of every input that can tell the cells apart."""
    rules, values = drawn
    names = [f"x{number}" for number in range(len(values))]
    count = range(len(rules))
    [collecting], _ = decisions.parse(
        dmn.file(dmn.table(rules, inputs=names, policy="COLLECT")), "processes/test.dmn"
    )
    hits, gap = [], False
    for row in product(*values):
        context: dict[str, FeelValue] = dict(zip(names, row, strict=True))  # type: ignore[arg-type]  # FEEL values
        found = decisions.evaluate({"t": collecting}, "t", context, now=NOW) or []
        assert isinstance(found, list)
        hits.append({int(str(one)) for one in found})
        named = [written_in(value, [cells[number] for cells, _ in rules]) for number, value in enumerate(row)]
        gap = gap or (not found and all(named))
    pairs = [(first, second) for second in count for first in range(second)]
    same = {pair for pair in pairs if all(len(found & {*pair}) != 1 for found in hits)}
    together = {pair for pair in pairs if any(found >= {*pair} for found in hits)}
    said = {one.code for one in told(dmn.table(rules, inputs=names))}
    if together - same:
        assert "dmn.overlap" in said
    if not together:
        assert "dmn.overlap" not in said
    if gap:
        assert "dmn.gap" in said
    if "dmn.gap" in said:
        assert set() in hits
    reached = set().union(*hits)
    masked = {
        second
        for first, second in together
        if second in reached and all(first in found for found in hits if second in found)
    }
    messages = [one.message for one in told(dmn.table(rules, inputs=names, policy="FIRST"))]
    assert masked <= {
        second for second in count if any(f"la règle {second + 1} n’est" in one for one in messages)
    }
    assert all(
        any(f"la {first + 1} la couvre" in one for first in count) for one in messages if "jamais" in one
    )
