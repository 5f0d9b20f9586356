"""What an expression may not do, and the French sentence that says so."""

from datetime import UTC, date, datetime

import pytest

from asae_engine import feel

NOW = datetime(2026, 3, 1, tzinfo=UTC)


def value(expression: str, **context: object) -> feel.FeelValue:
    return feel.evaluate(expression, context, now=NOW)


@pytest.mark.parametrize(
    "expression", ["x", "x + 1", "x.y.z", "x > 3", "date(x)", "working days(x, 3)", "sum([1, x])", "1 / 0"]
)
def test_what_is_not_known_is_null_and_null_runs_through(expression: str) -> None:
    assert value(expression) is None


@pytest.mark.parametrize(
    ("expression", "sentence"),
    [
        ("foo(1)", "La fonction « foo » n’existe pas."),
        ('"10" > 9', "un texte et un nombre"),
        ('d > "2026"', "une date et un texte"),
        ("d > now()", "une date et une date avec heure"),
        ('"1" + 1', "un texte et un nombre"),
        ("true > 3", "un oui/non et un nombre"),
        ("3 > true", "types différents"),
        ("string length(3)", "Une fonction a reçu"),
        ('date("2026-02-30")', "Une fonction a reçu"),
        ('working days("x", 1)', "« working days » attend une date"),
        ("working days(d, 1.5)", "nombre entier"),
        ("working days(d, 1000000000)", "nombre entier"),
        ("10 ** 400", "n’est pas un nombre fini"),
        ("[1..3]", "un intervalle"),
        ("function(x) x", "une fonction"),
        ("{f: function(x) f(x), r: f(1)}", "sans fin"),
    ],
)
def test_an_error_says_what_is_wrong_in_french(expression: str, sentence: str) -> None:
    with pytest.raises(feel.FeelError) as caught:
        value(expression, d=date(2026, 1, 1))
    assert sentence in caught.value.message_fr


def test_an_error_never_shows_a_value() -> None:
    with pytest.raises(feel.FeelError) as caught:
        value("x + 1", x="Martin, 12 rue des Lilas")
    assert "Martin" not in str(caught.value) + caught.value.message_fr


@pytest.mark.parametrize(
    ("expression", "column"),
    [
        ("", 1),
        ("1 +", 4),
        ("a == b", 1),
        ("lambda x: x", 9),
        ("x if y else z", 3),
        ("foo(1)", 1),
        ('__import__("os").system("ls")', 1),
        ('"😀" + (', 8),
    ],
)
def test_a_check_says_where_it_is_wrong(expression: str, column: int) -> None:
    problems = feel.check(expression)
    assert problems
    assert (problems[0].line, problems[0].column) == (1, column)


@pytest.mark.parametrize("name", ["during", "overlaps before", "coincides"])
def test_a_function_of_intervals_that_is_not_there_is_told_when_it_is_checked(name: str) -> None:
    [problem] = feel.check(f"{name}([1..2], [1..3])")
    assert problem.code == "feel.unknown_function"
    assert feel.check("overlaps([1..2], [1..3]) and before(1, 2) and includes([1..2], 1)") == []
    assert value("overlaps([1..2], [1..3]) and before(1, 2) and includes([1..2], 1)") is True


def test_a_check_counts_lines() -> None:
    assert [(problem.line, problem.column) for problem in feel.check("a and\n b )")] == [(2, 4)]


@pytest.mark.parametrize("test", ["> 5", '"a", "b"', "not(null)", "-", "[1..5[", "? > 2 and ? < 4"])
def test_unary_tests_are_checked_as_such(test: str) -> None:
    assert feel.check(test, kind="unary") == []


@pytest.mark.parametrize("expression", ["x" * 20_000, "a\x00b"])
def test_a_text_that_no_person_wrote_is_refused(expression: str) -> None:
    with pytest.raises(feel.FeelSyntaxError):
        value(expression)


@pytest.mark.parametrize(
    "expression", ["[" * 4_000 + "]" * 4_000, "(" * 4_900 + "1" + ")" * 4_900, "-" * 5_000 + "1"]
)
def test_an_expression_nested_without_end_is_refused(expression: str) -> None:
    with pytest.raises(feel.FeelError):
        value(expression)
    assert feel.check(expression)


@pytest.mark.parametrize(
    "expression",
    ["constructor", "x.constructor", "count.constructor", "d.value.constructor", "__proto__", "x.__proto__"],
)
def test_nothing_of_javascript_shows_through(expression: str) -> None:
    assert value(expression, x={"a": 1}, d=date(2026, 1, 1)) is None


@pytest.mark.parametrize(
    ("expression", "names", "paths"),
    [
        ("a.b.c + working days(x, 3)", {"a", "x"}, {"a.b.c", "x"}),
        ("for i in items return i + k", {"items", "k"}, {"items", "k"}),
        ("some a in l, b in a.c satisfies b = z", {"l", "z"}, {"l", "z"}),
        ("{a: 1, b: a + c}", {"c"}, {"c"}),
        ("function(x, y z) x + q", {"q"}, {"q"}),
        ("members[age > 3]", {"members"}, {"members"}),
        ("for i in l return count(partial)", {"l"}, {"l"}),
        ("f. g . h", {"f"}, {"f.g.h"}),
    ],
)
def test_the_variables_that_are_read_are_known_without_evaluating(
    expression: str, names: set[str], paths: set[str]
) -> None:
    assert feel.names(expression) == names
    assert feel.paths(expression) == paths


def test_the_entries_of_a_script_are_known() -> None:
    assert feel.entries('{ attempts: attempts + 1, "way": null }') == ["attempts", "way"]
    assert feel.entries("1 + 1") == []


def test_one_that_fails_among_several_leaves_the_others_their_value() -> None:
    first, second, third = feel.evaluate_each([("1", {}), ("foo()", {}), ("x", {"x": 3})], now=NOW)
    assert (first, third) == (1, 3)
    assert isinstance(second, feel.FeelError)
    assert feel.evaluate_each([], now=NOW) == feel.evaluate_all([], now=NOW) == []


def test_a_unary_test_compares_with_its_value() -> None:
    outcomes = feel.unary_tests(
        [
            ("> 5", 6),
            ('"a","b"', "b"),
            ("not(null)", None),
            ("-", 3),
            ("? > x", 3),
            ("> 5", None),
            ("true", True),
        ],
        {"x": 2},
        now=NOW,
    )
    assert outcomes == [True, True, False, True, True, False, True]
    with pytest.raises(feel.FeelError, match="comparer"):
        feel.unary_test("> 5", "x", {}, now=NOW)


def test_a_character_that_nobody_types_is_a_problem_and_no_exception() -> None:
    [problem] = feel.check("1 + \x00")
    assert problem.code == "feel.syntax"
