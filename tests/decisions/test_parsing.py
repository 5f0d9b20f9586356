"""A DMN file is read as dmn-js writes it; what does not run right, or is hostile, is refused."""

import pytest

from asae_engine import decisions
from tests.decisions import dmn


def codes(content: bytes) -> list[str]:
    return [finding.code for finding in decisions.parse(content, "processes/test.dmn")[1]]


LAUGHS = b'<!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;">]>'


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "dmn.empty"),
        (b"   \n", "dmn.empty"),
        (b"<definitions", "dmn.broken_xml"),
        (b"not xml at all", "dmn.broken_xml"),
        (b"\x00\x01\x02", "dmn.broken_xml"),
        (b"<a/>", "dmn.not_dmn"),
        (b'<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL"/>', "dmn.not_dmn"),
        (LAUGHS + dmn.file(dmn.literal("1")), "dmn.doctype"),
        (b'<?xml version="1.0"?><!DOCTYPE a SYSTEM "file:///etc/passwd"><a/>', "dmn.doctype"),
        ('<?xml version="1.0" encoding="utf-16"?><!DOCTYPE a><a/>'.encode("utf-16"), "dmn.doctype"),
        (b"<?xml version='1.0' encoding='klingon'?><a/>", "dmn.broken_xml"),
        (b"<a>" * 100_000, "dmn.broken_xml"),
        (b" " * 2_000_001, "dmn.too_large"),
        (dmn.file(), "dmn.no_decision"),
        (dmn.file(dmn.literal("")), "dmn.empty_expression"),
        (dmn.file('<decision id="a" name="A"/>'), "dmn.no_logic"),
        (dmn.file('<decision id="a" name="A"><map/></decision>'), "dmn.unsupported"),
        (dmn.file(dmn.literal("1"), '<businessKnowledgeModel id="k" name="K"/>'), "dmn.no_logic"),
        (dmn.file(dmn.literal("1"), dmn.literal("2")), "dmn.duplicate_id"),
        (dmn.file(dmn.literal("1", needs=["nope"])), "dmn.missing_decision"),
        (dmn.file(dmn.table([(["1"], ["1"])], policy="BEST")), "dmn.unknown_hit_policy"),
        (dmn.file(dmn.table([(["1"], ["1"])], aggregation="SUM")), "dmn.aggregation_without_collect"),
        (
            dmn.file(dmn.table([(["1"], ["1"])], policy="COLLECT", aggregation="AVG")),
            "dmn.unknown_aggregation",
        ),
        (dmn.file(dmn.table([(["1"], ["1"])], policy="PRIORITY")), "dmn.no_priorities"),
        (dmn.file(dmn.table([(["1"], ["1", "2"])])), "dmn.rule_width"),
        (dmn.file(dmn.table([(["1"], ["1"]), (["1"], ["2"])])), "dmn.same_rule"),
        (dmn.file(dmn.table([(["1"], ["1", "2"])], outputs=("a", "a"))), "dmn.output_names"),
        (dmn.file(dmn.table([(["1"], [])], outputs=())), "dmn.no_output"),
        (dmn.file(dmn.table([])), "dmn.no_rule"),
        (dmn.file(dmn.table([(["> "], ["1"])])), "dmn.feel_syntax"),
        (dmn.file(dmn.table([(["1"], ["[x for x in y]"])])), "dmn.feel_syntax"),
        (dmn.file(dmn.literal('__import__("os")')), "dmn.feel_unknown_function"),
        (
            dmn.file(
                dmn.literal("1").replace(
                    "<literalExpression", '<literalExpression expressionLanguage="python"'
                )
            ),
            "dmn.not_feel",
        ),
    ],
)
def test_each_fault_has_its_finding(content: bytes, code: str) -> None:
    findings = decisions.parse(content, "processes/test.dmn")[1]
    assert code in [finding.code for finding in findings]
    for finding in findings:
        assert finding.file == "processes/test.dmn"
        assert finding.message.endswith(".")
        assert finding.advice.endswith(".")


def test_a_fault_in_a_cell_gives_its_line_rule_and_column() -> None:
    content = dmn.file(dmn.table([(["1"], ["1"]), (["2"], ["1 +"])]))
    (finding,) = decisions.parse(content, "f.dmn")[1]
    assert content.decode().splitlines()[finding.line or 0 - 1].startswith("<rule") or finding.line == 7
    assert "règle 2, colonne « y »" in finding.message


def test_every_fault_is_said_at_once() -> None:
    content = dmn.file(dmn.table([(["("], ["("]), (["("], ["("])], policy="BEST"))
    assert len(codes(content)) >= 5


def test_a_byte_order_mark_and_another_encoding_are_read() -> None:
    written = dmn.file(dmn.literal("1", name="Été"))
    assert decisions.parse(b"\xef\xbb\xbf" + written, "f.dmn")[0][0].name == "Été"
    latin = written.decode().replace("UTF-8", "ISO-8859-1").encode("latin-1")
    found, findings = decisions.parse(latin, "f.dmn")
    assert (found[0].name, findings) == ("Été", [])


def test_what_a_decision_reads_is_known() -> None:
    written = dmn.table([(["> limit"], ["bonus + y"])], inputs=("a.b",))
    assert decisions.parse(dmn.file(written), "f.dmn")[0][0].reads() == {"a", "limit", "bonus", "y"}


@pytest.mark.parametrize(
    "namespace",
    [
        "http://www.omg.org/spec/DMN/20151101/dmn.xsd",
        "http://www.omg.org/spec/DMN/20180521/MODEL/",
        "https://www.omg.org/spec/DMN/20191111/MODEL/",
        "https://www.omg.org/spec/DMN/20211108/MODEL/",
        "https://www.omg.org/spec/DMN/20230324/MODEL/",
    ],
)
def test_files_of_every_edition_are_read_with_what_tools_add(namespace: str) -> None:
    shapes = (
        '<extensionElements><z:x xmlns:z="urn:z" y="1"/></extensionElements>'
        '<d:DMNDI xmlns:d="urn:d"><d:DMNDiagram/></d:DMNDI>'
    )
    typed = dmn.literal("1 + 1", key="a").replace(
        "<literalExpression>", '<variable name="a" typeRef="feel:number"/><literalExpression>'
    )
    content = dmn.file(shapes, typed).replace(
        b"https://www.omg.org/spec/DMN/20191111/MODEL/", namespace.encode()
    )
    found, findings = decisions.parse(content, "f.dmn")
    assert findings == []
    assert [one.type for one in found] == ["number"]
