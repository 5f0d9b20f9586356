"""Boxed expressions, knowledge models, services, types and imports decide as DMN 1.5 says."""

from collections.abc import Mapping
from datetime import UTC, datetime

import pytest

from asae_engine import decisions
from asae_engine.decisions import Decision
from asae_engine.feel import FeelValue
from tests.decisions import dmn

NOW = datetime(2026, 3, 1, tzinfo=UTC)


def lit(text: str) -> str:
    return f"<literalExpression><text>{text}</text></literalExpression>"


def entry(name: str, inner: str, kind: str = "") -> str:
    typed = f' typeRef="{kind}"' if kind else ""
    return f'<contextEntry><variable name="{name}"{typed}/>{inner}</contextEntry>'


def decision(
    inner: str, *, key: str = "d", name: str = "D", needs: str = "", calls: str = "", kind: str = ""
) -> str:
    links = f'<variable name="{name}" typeRef="{kind}"/>' if kind else ""
    if needs:
        links += f'<informationRequirement><requiredDecision href="{needs}"/></informationRequirement>'
    if calls:
        links += f'<knowledgeRequirement><requiredKnowledge href="{calls}"/></knowledgeRequirement>'
    return f'<decision id="{key}" name="{name}">{links}{inner}</decision>'


def knowledge(body: str, *parameters: str, key: str = "f", name: str = "f", calls: str = "") -> str:
    formal = "".join(
        f'<formalParameter name="{name}" typeRef="{kind or "Any"}"/>'
        for name, _, kind in (one.partition(":") for one in parameters)
    )
    link = (
        f'<knowledgeRequirement><requiredKnowledge href="#{calls}"/></knowledgeRequirement>' if calls else ""
    )
    return (
        f'<businessKnowledgeModel id="{key}" name="{name}"><encapsulatedLogic>{formal}{body}'
        f"</encapsulatedLogic>{link}</businessKnowledgeModel>"
    )


def read(*written: str) -> Mapping[str, Decision]:
    found, findings = decisions.parse(dmn.file(*written), "processes/test.dmn")
    assert [one for one in findings if one.severity == "error"] == []
    return {one.id: one for one in found}


def decide(*written: str, key: str = "d", **context: object) -> FeelValue:
    return decisions.evaluate(read(*written), key, context, now=NOW)


A, B = '"a"', '"b"'
TWICE = f'<functionDefinition><formalParameter name="v"/>{lit("v * 2")}</functionDefinition>'
TABLE = (
    '<decisionTable hitPolicy="UNIQUE"><input label="n"><inputExpression><text>n</text></inputExpression>'
    '</input><output name="y"/><rule><inputEntry><text>&lt; 10</text></inputEntry>'
    '<outputEntry><text>"few"</text></outputEntry>'
    "</rule><rule><inputEntry><text>&gt;= 10</text></inputEntry><outputEntry><text>"
    '"many"</text></outputEntry></rule></decisionTable>'
)


@pytest.mark.parametrize(
    ("inner", "result"),
    [
        (f"<context>{entry('a', lit('1'))}{entry('b', lit('a + n'))}</context>", {"a": 1, "b": 13}),
        (
            f"<context>{entry('monthly sum', lit('n * 2'))}"
            f"<contextEntry>{lit('monthly sum + 1')}</contextEntry></context>",
            25,
        ),
        (f"<context>{entry('size', TABLE)}{entry('n', lit('1'))}</context>", {"size": "many", "n": 1}),
        (f"<list>{lit('n')}{lit('null')}<list>{lit('1')}</list></list>", [12, None, [1]]),
        (
            '<relation><column name="name"/><column name="age"/>'
            f"<row>{lit(A)}{lit('n')}</row><row>{lit(B)}{lit('3')}</row></relation>",
            [{"name": "a", "age": 12}, {"name": "b", "age": 3}],
        ),
        (
            f"<conditional><if>{lit('n > 10')}</if><then>{lit(A)}</then><else>{lit('1 + true')}</else>"
            "</conditional>",
            "a",
        ),
        (
            f'<for iteratorVariable="x"><in>{lit("[1, 2, 3]")}</in>'
            f"<return>{lit('x * n + count(partial)')}</return></for>",
            [12, 25, 38],
        ),
        (
            f'<every iteratorVariable="x"><in>{lit("[1, 2]")}</in>'
            f"<satisfies>{lit('x &lt; n')}</satisfies></every>",
            True,
        ),
        (
            f'<some iteratorVariable="x"><in>{lit("[1, 2]")}</in>'
            f"<satisfies>{lit('x &gt; n')}</satisfies></some>",
            False,
        ),
        (
            f"<filter><in>{lit('[{a: 1}, {a: 20}]')}</in><match>{lit('a &gt; n')}</match></filter>",
            [{"a": 20}],
        ),
        (
            f"<context>{entry('twice', TWICE)}"
            f"<contextEntry>{lit('twice(n) + twice(v: 1)')}</contextEntry></context>",
            26,
        ),
    ],
)
def test_each_box_gives_what_it_says(inner: str, result: object) -> None:
    """In the spirit of the TCK's 0016, 0020, 0030, 1145 to 1151."""
    assert decide(decision(inner), n=12) == result


def test_a_knowledge_model_is_called_in_feel_and_by_invocation() -> None:
    """TCK 0009 (invocation arithmetic), 0010 (multi-output and BKM calling BKM)."""
    models = (
        knowledge(lit("square(v) + 1"), "v:number", calls="sq"),
        knowledge(lit("v * v"), "v:number", key="sq", name="square"),
    )
    invocation = f"<invocation>{lit('f')}<binding><parameter name='v'/>{lit('n + 1')}</binding></invocation>"
    assert decide(*models, decision(lit("f(n) + f(v: 2)"), calls="#f"), n=3) == 15
    assert decide(*models, decision(invocation, calls="#f"), n=3) == 17


def test_a_knowledge_model_with_a_table_sees_its_parameters_only() -> None:
    assert decide(knowledge(TABLE, "n"), decision(lit("[f(3), f(30)]"), calls="#f"), n=3) == ["few", "many"]
    assert decide(knowledge(lit("n"), "v"), decision(lit("f(3)"), calls="#f"), n=3) is None


def test_a_knowledge_model_may_call_itself_but_not_without_end() -> None:
    factorial = knowledge(lit("if v &lt; 2 then 1 else v * f(v - 1)"), "v")
    assert decide(factorial, decision(lit("f(5)"), calls="#f")) == 120
    with pytest.raises(decisions.DecisionError, match="sans fin") as caught:
        decide(knowledge(lit("f(v + 1)"), "v"), decision(lit("f(5)"), calls="#f"))
    assert decide(factorial, decision(lit("f(5)"), calls="#f")) == 120
    assert "RangeError" not in caught.value.message_fr


SERVICE = (
    '<decisionService id="s" name="service"><outputDecision href="#out"/>'
    '<encapsulatedDecision href="#inner"/><inputDecision href="#given"/>'
    '<inputData href="#n"/></decisionService>',
    '<inputData id="n" name="n"/>',
    decision(lit("1000"), key="given", name="given"),
    decision(lit("n + given"), key="inner", name="inner", needs="#given"),
    decision(lit("inner * 2"), key="out", name="out", needs="#inner"),
)


def test_a_service_is_a_function_of_its_data_and_input_decisions() -> None:
    """TCK 0085 (decision services)."""
    caller = decision(lit("service(1, 2) + service(n: 5, given: 5)"), calls="#s")
    assert decide(*SERVICE, caller, n=70) == 26
    assert decide(*SERVICE, key="s", n=1) == 2002
    assert decide(*SERVICE, key="s", n=1, given=2) == 6


def test_a_service_of_several_outputs_gives_a_context() -> None:
    both = SERVICE[0].replace('<encapsulatedDecision href="#inner"/>', '<outputDecision href="#inner"/>')
    assert decide(both, *SERVICE[1:], decision(lit("service(1, 2)"), calls="#s")) == {"out": 6, "inner": 3}


TYPES = (
    '<itemDefinition name="tLevel"><typeRef>string</typeRef><allowedValues>'
    '<text>"low", "high"</text></allowedValues></itemDefinition>'
    '<itemDefinition name="tLevels" isCollection="true">'
    "<typeRef>tLevel</typeRef>"
    '</itemDefinition><itemDefinition name="tPerson"><itemComponent name="level"><typeRef>tLevel</typeRef>'
    '</itemComponent><itemComponent name="age"><typeRef>number</typeRef></itemComponent></itemDefinition>'
)


@pytest.mark.parametrize(
    ("kind", "fit", "unfit", "said"),
    [
        ("number", 1, "Martin", "un nombre, et c’est un texte"),
        ("tLevel", "low", "Martin", "permises"),
        ("tLevels", ["low", "high"], "Martin", "permises"),
        ("number", 2, [1, 2], "un nombre, et c’est une liste"),
        ("tLevels", [], ["low", "Martin"], "permises"),
        ("tPerson", {"level": "low", "age": 3}, {"level": "low", "age": "Martin"}, "« age »"),
        ("tPerson", {"level": None}, {"level": "Martin"}, "« level »"),
        ("dateTime", NOW, "Martin", "une date avec heure"),
        ("tPerson", None, 3, "un ensemble de champs"),
    ],
)
def test_a_value_of_another_type_is_refused_and_not_shown(
    kind: str, fit: object, unfit: object, said: str
) -> None:
    written = (TYPES, decision(lit("x"), kind=kind))
    assert decide(*written, x=fit) == fit
    with pytest.raises(decisions.DecisionError) as caught:
        decide(*written, x=unfit)
    assert said in caught.value.message_fr.replace("\u00a0", " ")
    assert "Martin" not in caught.value.message_fr


@pytest.mark.parametrize(
    ("kind", "value", "result"),
    [
        ("tLevels", "low", ["low"]),
        ("tLevel", ["low"], "low"),
        ("number", [3], 3),
        ("tPerson", [{"level": "low"}], {"level": "low"}),
        ("tPerson", {"level": ["low"], "more": [1]}, {"level": "low", "more": [1]}),
    ],
)
def test_a_list_of_one_item_and_the_item_stand_for_each_other(
    kind: str, value: object, result: object
) -> None:
    """DMN 1.5, 10.3.2.9.4; TCK 0021 and 0082."""
    assert decide(TYPES, decision(lit("x"), kind=kind), x=value) == result


def test_what_a_knowledge_model_or_a_service_gives_has_the_type_of_its_variable() -> None:
    typed = '<variable name="f" typeRef="number"/><encapsulatedLogic>'
    model = knowledge(lit("v"), "v").replace("<encapsulatedLogic>", typed)
    assert decide(model, decision(lit("f([4]) + 1"), calls="#f")) == 5
    with pytest.raises(decisions.DecisionError, match="un nombre"):
        decide(model, decision(lit('f("a")'), calls="#f"))
    service = SERVICE[0].replace('name="service">', 'name="service"><variable name="s" typeRef="string"/>')
    with pytest.raises(decisions.DecisionError, match="un texte"):
        decide(service, *SERVICE[1:], key="s", n=1)


def test_an_import_of_any_name_touches_nothing_but_its_decision() -> None:
    outside = f'<import name="__proto__" namespace="urn:other"/>{decision(lit("1"), needs="urn:other#o")}'
    other, _ = decisions.parse(dmn.file(decision(lit("7"), key="o", name="leaked")), "processes/other.dmn")
    known = {**read(outside), **{one.id: one for one in other}}
    assert decisions.evaluate(known, "d", {}, now=NOW) == 1
    assert decide(decision(lit("leaked"))) is None


def test_a_parameter_of_another_type_names_the_model_and_the_parameter() -> None:
    with pytest.raises(decisions.DecisionError) as caught:
        decide(knowledge(lit("v"), "v:number"), decision(lit('f("a")'), calls="#f"))
    assert (caught.value.decision_id, caught.value.cell) == ("f", "v")


def test_allowed_values_of_a_table_name_decision_rule_and_cell() -> None:
    column = "<inputExpression><text>x</text></inputExpression><inputValues><text>1, 2</text></inputValues>"
    written = dmn.table([(["-"], ['"c" + ""'])], values='"a", "b"').replace(
        "<inputExpression><text>x</text></inputExpression>", column
    )
    with pytest.raises(decisions.DecisionError) as of_input:
        decide(written, key="t", x=3)
    with pytest.raises(decisions.DecisionError) as of_output:
        decide(written, key="t", x=2)
    with pytest.raises(decisions.DecisionError) as of_default:
        decide(dmn.table([(["1"], ["1"])], values="[1..5]", default="x + 4"), key="t", x=3)
    assert (of_default.value.rules, of_default.value.cell) == ((), "y")
    assert (of_input.value.decision_id, of_input.value.rules, of_input.value.cell) == ("t", (), "Entrée 0")
    assert (of_output.value.decision_id, of_output.value.rules, of_output.value.cell) == ("t", (1,), "y")


def test_what_another_file_defines_is_read_under_the_name_of_its_import() -> None:
    library, said = decisions.parse(
        dmn.file(knowledge(lit("v * 2"), "v"), decision(lit("4"), key="four", name="Four")).replace(
            b"urn:t", b"urn:library"
        ),
        "processes/library.dmn",
    )
    imported = '<import namespace="urn:library" name="lib" importType="dmn"/>'
    caller = decision(lit("lib.f(3) + lib.Four"), needs="urn:library#four", calls="urn:library#f")
    found, also_said = decisions.parse(dmn.file(imported, caller), "processes/test.dmn")
    assert [*said, *also_said] == []
    known = {one.id: one for one in [*library, *found]}
    assert decisions.evaluate(known, "d", {}, now=NOW) == 10
    assert decisions.check_requirements(known) == []
    known.pop("four")
    assert [finding.code for finding in decisions.check_requirements(known)] == ["dmn.missing_decision"]


def test_requirements_that_run_in_a_circle_through_two_files_are_refused() -> None:
    first = '<import namespace="urn:b" name="b"/>' + decision(lit("b.B"), key="a", name="A", needs="urn:b#b")
    second = '<import namespace="urn:a" name="a"/>' + decision(lit("a.A"), key="b", name="B", needs="urn:a#a")
    known = {}
    for name, written in (("a", first), ("b", second)):
        found, findings = decisions.parse(
            dmn.file(written).replace(b"urn:t", f"urn:{name}".encode()), f"{name}.dmn"
        )
        assert findings == []
        known |= {one.id: one for one in found}
    assert {finding.code for finding in decisions.check_requirements(known)} == {"dmn.cycle"}


@pytest.mark.parametrize(
    ("written", "code"),
    [
        (
            knowledge(lit("1")).replace("<encapsulatedLogic>", '<encapsulatedLogic kind="Java">'),
            "dmn.not_feel",
        ),
        ('<businessKnowledgeModel id="f" name="f"/>', "dmn.no_logic"),
        (decision("<list><literalExpression/></list>"), "dmn.empty_expression"),
        (decision("<unknownBox/>"), "dmn.unsupported"),
        (decision(f"<conditional><if>{lit('true')}</if></conditional>"), "dmn.empty_expression"),
        (decision("<conditional><if/><then/><else/></conditional>"), "dmn.empty_expression"),
        (
            decision(f'<relation><column name="a"/><row>{lit("1")}{lit("2")}</row></relation>'),
            "dmn.row_width",
        ),
        (decision(lit("nowhere(1)")), "dmn.feel_unknown_function"),
        (decision(lit("1"), needs="urn:other#x"), "dmn.outside_requirement"),
        (decision(lit("1"), calls="#x"), "dmn.missing_decision"),
        (
            knowledge(lit("1"), key="f", name="f", calls="g")
            + knowledge(lit("1"), key="g", name="g", calls="f"),
            "dmn.cycle",
        ),
    ],
)
def test_each_fault_of_a_graph_is_found_when_it_is_read(written: str, code: str) -> None:
    _, findings = decisions.parse(dmn.file(written), "processes/test.dmn")
    assert code in {finding.code for finding in findings}
