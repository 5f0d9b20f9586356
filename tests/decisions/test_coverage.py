"""A bundle's check says which rules of a table overlap, are never reached, or are missing."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from asae_engine import decisions
from asae_engine.decisions import coverage, regions
from asae_engine.feel import FeelValue
from asae_engine.findings import Finding
from tests.decisions import dmn

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
            "règles 1 et 2 s’appliquent ensemble pour Entrée 0 : 4",
        ),
        ([(["[1..5]"], ["1"]), (["[5..9]"], ["2"])], None, "ensemble pour Entrée 0 : 5"),
        ([(["< 1"], ["1"]), (["> 1"], ["2"])], None, "aucune règle n’est prévue pour Entrée 0 : 1"),
        ([(["[1..2]"], ["1"]), (["[4..5]"], ["2"])], None, "prévue pour Entrée 0 : 3"),
        ([(['"a"'], ["1"]), (['"b"'], ["2"])], None, None),
        ([(['"a"'], ["1"]), (['not("a")'], ["2"])], None, None),
        ([(['not("a")'], ["1"]), (['not("b")'], ["2"])], None, "ensemble pour Entrée 0 : une autre valeur"),
        ([(["true"], ["1"])], None, "prévue pour Entrée 0 : non"),
        ([(["true"], ["1"]), (["-"], ["2"])], "FIRST", None),
        ([(["-"], ["1"]), (["true"], ["2"])], "FIRST", "la règle 2 n’est jamais atteinte : la 1 la couvre"),
        ([(["-"], ["1"]), (["> 3"], ["1"])], "ANY", None),
        ([(["-"], ["1"]), (["> 3"], ["2"])], "ANY", "règles 1 et 2 donnent des résultats différents"),
        ([(["> 3"], ["1"]), (["> 4"], ["2"])], "COLLECT", None),
        (
            [(["<= 3"], ["1"]), (["> 3"], ["2"]), (["[1..9]"], ["3"])],
            "FIRST",
            "la règle 3 n’est jamais atteinte : les règles 1 et 2 la couvrent ensemble",
        ),
        # What no one filled in is for the last rule.
        ([(["<= 3"], ["1"]), (["> 3"], ["2"]), (["-"], ["3"])], "FIRST", None),
        ([(["not(1)"], ["1"]), (["1"], ["2"]), (["-"], ["3"])], "FIRST", "atteinte : les règles 1 et 2"),
        ([(["(5..5)"], ["1"])], "COLLECT", "la règle 1 n’est jamais vraie"),
        (
            [(['< date("2026-03-01")'], ["1"]), (['> date("2026-03-01")'], ["2"])],
            None,
            "prévue pour Entrée 0 : 01/03/2026",
        ),
        ([(['< date("9999-12-31")'], ["1"]), (['>= date("9999-12-31")'], ["2"])], None, None),
        ([(["2.5, 3"], ["1"]), (["3, 4"], ["2"])], None, "ensemble pour Entrée 0 : 3"),
        ([(["2.5"], ["1"]), (["<= 2.5"], ["2"])], None, "ensemble pour Entrée 0 : 2,5"),
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


@pytest.mark.parametrize("count", [regions.MOST_RULES, regions.MOST_RULES + 1])
def test_only_tables_of_a_readable_size_are_judged(count: int) -> None:
    written = dmn.table([([f"<= {number}"], ["1"]) for number in range(count)])
    assert codes(written) == (["overlap"] * coverage.MOST_TOLD if count <= regions.MOST_RULES else [])


@pytest.mark.parametrize(
    ("kind", "cell", "said"),
    [
        ("number", '"5"', "« 5 » n’est pas du type « number »"),
        ("string", "5", "5 n’est pas du type « string »"),
        ("string", "true", "oui n’est pas du type « string »"),
        ("boolean", '"true"', "« true » n’est pas du type « boolean »"),
        ("date", "> 5", "5 n’est pas du type « date »"),
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
        assert "règle 1, colonne « Entrée 0 »" in found[0].message


def test_a_rule_whose_result_always_gives_way_to_a_more_important_one_is_told() -> None:
    rules: Rules = [(["> 5"], ['"bas"']), (["> 3"], ['"haut"']), (["<= 3"], ['"bas"'])]
    told_of = told(dmn.table(rules, policy="PRIORITY", values='"haut", "bas"'))
    assert [(one.code, one.part) for one in told_of] == [("dmn.masked", "r0")]
    assert "la règle 1 n’est jamais retenue : la 2 la couvre" in told_of[0].message
    assert codes(dmn.table(rules, policy="OUTPUT ORDER", values='"haut", "bas"')) == []
    assert codes(dmn.table(rules, policy="PRIORITY", values='"bas", "haut"')) == []


def test_two_columns_that_ask_the_same_are_not_judged() -> None:
    assert codes(dmn.table([(["< 5", "-"], ["1"]), (["-", "> 5"], ["2"])], inputs=["x", "x"])) == []


def test_a_condition_that_the_column_never_allows_is_told() -> None:
    written = dmn.table([(['"a"'], ["1"]), (['"c"'], ["2"])], policy="COLLECT").replace(
        "</inputExpression>", '</inputExpression><inputValues><text>"a", "b"</text></inputValues>'
    )
    assert [(one.code, one.part) for one in told(written)] == [("dmn.masked", "r1")]


@pytest.mark.parametrize("cell", ["[5..1]", "1, (3..2)", 'not([date("2026-02-01")..date("2026-01-01")])'])
def test_a_range_from_the_greater_to_the_smaller_is_refused(cell: str) -> None:
    found = told(dmn.table([([cell], ["1"])], policy="COLLECT"))
    assert [(one.code, one.severity, one.element) for one in found] == [("dmn.reversed_range", "error", "t")]
    assert "règle 1, colonne « Entrée 0 »" in found[0].message


def test_a_finding_about_a_cell_carries_its_id() -> None:
    written = dmn.table([(["1"], ['"haut"']), (["[9..2]"], ['"aut"'])], values='"haut", "bas"')
    for number, text in enumerate(["1", "[9..2]"]):
        written = written.replace(f"<inputEntry><text>{text}", f'<inputEntry id="c{number}"><text>{text}')
    written = written.replace('<outputEntry><text>"aut"', '<outputEntry id="c2"><text>"aut"')
    assert [one.part for one in told(written)] == ["c1", "c2"]
    assert [one.part for one in told(written.replace("[9..2]", "9 ++"))] == ["c1", "c2"]


@pytest.mark.parametrize(
    ("values", "result", "said"),
    [
        ("[0..100]", "50", None),
        ("[0..100]", "150", "150 n’est pas une valeur permise"),
        ("1, 2, > 10", "3", "3 n’est pas une valeur permise"),
        ('not("a")', '"a"', "« a » n’est pas"),
        ("x", "3", None),
    ],
)
def test_a_result_and_a_default_result_are_held_against_the_values_of_their_column(
    values: str, result: str, said: str | None
) -> None:
    for written in (
        dmn.table([(["1"], [result])], policy="COLLECT", values=values),
        dmn.table([(["1"], ["x + 1"])], policy="COLLECT", values=values, default=result),
    ):
        messages = [one.message for one in told(written)]
        assert messages == [] if said is None else said in messages[0]


def test_a_result_that_its_column_does_not_allow_is_refused() -> None:
    written = dmn.table([(["1"], ['"haut"']), (["2"], ['"aut"'])], values='"haut", "bas"')
    assert [one.message for one in told(written)] == [
        "Décision « Table », règle 2, colonne « y » : « aut » n’est pas une valeur permise de ce résultat."
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


def decided(
    written: str, names: Sequence[str], rows: Sequence[tuple[object, ...]]
) -> list[tuple[tuple[object, ...], FeelValue]]:
    [table], _ = decisions.parse(dmn.file(written), "processes/test.dmn")
    return [
        (row, decisions.evaluate({"t": table}, "t", dict(zip(names, row, strict=True)), now=NOW))
        for row in rows
    ]


def numbers(found: FeelValue) -> set[int]:
    assert found is None or isinstance(found, list)
    return {int(str(one)) for one in found or []}


@given(tables())
@settings(deadline=None, max_examples=120)
def test_what_is_said_of_a_table_is_what_deciding_shows(
    drawn: tuple[list[tuple[list[str], list[str]]], list[list[object]]],
) -> None:
    """Against the evaluation of every input that can tell the cells apart, what is absent among them."""
    rules, values = drawn
    names = [f"x{number}" for number in range(len(values))]
    count = range(len(rules))
    rows = list(product(*([*column, None] for column in values)))
    outcomes = [
        (row, numbers(found))
        for row, found in decided(dmn.table(rules, inputs=names, policy="COLLECT"), names, rows)
    ]
    hits = [found for _, found in outcomes]
    present = [(row, found) for row, found in outcomes if None not in row]
    pairs = [(first, second) for second in count for first in range(second)]
    same = {pair for pair in pairs if all(len(found & {*pair}) != 1 for found in hits)}
    together = {pair for pair in pairs if any(found >= {*pair} for found in hits)}
    said = {one.code for one in told(dmn.table(rules, inputs=names))}
    if together - same:
        assert "dmn.overlap" in said
    if not together:
        assert "dmn.overlap" not in said
    if any(
        not found
        and all(written_in(value, [cells[at] for cells, _ in rules]) for at, value in enumerate(row))
        for row, found in present
    ):
        assert "dmn.gap" in said
    if "dmn.gap" in said:
        assert set() in [found for _, found in present]
    given_first = {min(found) for found in hits if found}
    assert masked(dmn.table(rules, inputs=names, policy="FIRST")) == set(count) - given_first


def masked(written: str) -> set[int]:
    """The rules that are told never to give the result, from 0."""
    return {int(str(one.part).removeprefix("r")) for one in told(written) if one.code == "dmn.masked"}


@given(tables(), st.data())
@settings(deadline=None, max_examples=80)
def test_a_rule_is_told_to_give_way_by_importance_when_deciding_never_gives_it(
    drawn: tuple[list[tuple[list[str], list[str]]], list[list[object]]], data: st.DataObject
) -> None:
    rules, values = drawn
    names = [f"x{number}" for number in range(len(values))]
    written = dmn.table(
        [(cells, [data.draw(st.sampled_from(['"c"', '"b"', '"a"'])), *number]) for cells, number in rules],
        inputs=names,
        outputs=["level", "rule"],
        policy="PRIORITY",
    ).replace('name="level">', 'name="level"><outputValues><text>"a", "b", "c"</text></outputValues>')
    rows = list(product(*([*column, None] for column in values)))
    given_ = {
        int(str(found["rule"])) for _, found in decided(written, names, rows) if isinstance(found, dict)
    }
    assert masked(written) == set(range(len(rules))) - given_
