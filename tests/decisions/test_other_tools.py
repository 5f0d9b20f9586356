"""Files as dmn-js and Camunda Modeler write them, and of each version of DMN, decide without a change."""

from datetime import UTC, datetime

import pytest

from asae_engine import decisions
from asae_engine.decisions.document import NAMESPACES
from asae_engine.feel import FeelValue
from tests.decisions import dmn

NOW = datetime(2026, 3, 1, tzinfo=UTC)
#: The shape of an export of Camunda Modeler for Camunda 7.
CAMUNDA_7 = """<?xml version="1.0" encoding="UTF-8"?>
<definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/"
    xmlns:dmndi="https://www.omg.org/spec/DMN/20191111/DMNDI/" xmlns:dc="http://www.omg.org/spec/DMN/20180521/DC/"
    xmlns:modeler="http://camunda.org/schema/modeler/1.0" xmlns:biodi="http://bpmn.io/schema/dmn/biodi/2.0"
    xmlns:camunda="http://camunda.org/schema/1.0/dmn" id="Definitions_1" name="DRD"
    namespace="http://camunda.org/schema/1.0/dmn" exporter="Camunda Modeler" exporterVersion="5.20.0"
    modeler:executionPlatform="Camunda Platform" modeler:executionPlatformVersion="7.20.0">
  <decision id="level" name="Level" camunda:versionTag="2" camunda:historyTimeToLive="P180D">
    <extensionElements><biodi:bounds x="150" y="80" width="180" height="80" /></extensionElements>
    <decisionTable id="t" hitPolicy="FIRST" biodi:annotationsWidth="400">
      <input id="i1" label="Score" biodi:width="192" camunda:inputVariable="score_given">
        <inputExpression id="e1" typeRef="integer"><text>score</text></inputExpression>
        <inputValues id="v1"><text></text></inputValues>
      </input>
      <output id="o1" label="Level" name="level" typeRef="string" biodi:width="192"><outputValues id="w1">
        <text>"low","high"</text></outputValues></output>
      <annotation name="Why" />
      <rule id="r1"><description>Autumn</description>
        <inputEntry id="c1" expressionLanguage="feel"><text>&gt; 3</text></inputEntry>
        <outputEntry id="c2"><text>"high"</text></outputEntry>
        <annotationEntry><text>as agreed</text></annotationEntry>
      </rule>
      <rule id="r2">
        <inputEntry id="c3"><text></text></inputEntry>
        <outputEntry id="c4"><text>"low"</text></outputEntry>
      </rule>
    </decisionTable>
  </decision>
  <dmndi:DMNDI><dmndi:DMNDiagram><dmndi:DMNShape dmnElementRef="level">
    <dc:Bounds height="80" width="180" x="150" y="80" /></dmndi:DMNShape></dmndi:DMNDiagram></dmndi:DMNDI>
</definitions>
"""
#: And for Camunda 8: prefixed, with variables, a literal expression and a knowledge model.
CAMUNDA_8 = """<?xml version="1.0" encoding="UTF-8"?>
<dmn:definitions xmlns:dmn="https://www.omg.org/spec/DMN/20191111/MODEL/"
    xmlns:modeler="http://camunda.org/schema/modeler/1.0" xmlns:zeebe="http://camunda.org/schema/zeebe/1.0"
    id="D" name="DRD" namespace="http://camunda.org/schema/1.0/dmn" exporter="Camunda Modeler"
    modeler:executionPlatform="Camunda Cloud" modeler:executionPlatformVersion="8.6.0"
    expressionLanguage="https://www.omg.org/spec/DMN/20191111/FEEL/">
  <dmn:decision id="level" name="Level">
    <dmn:extensionElements><zeebe:versionTag value="2" /></dmn:extensionElements>
    <dmn:question>Which level?</dmn:question>
    <dmn:variable id="v" name="level" typeRef="string" />
    <dmn:informationRequirement id="q"><dmn:requiredDecision href="#points" /></dmn:informationRequirement>
    <dmn:knowledgeRequirement id="k"><dmn:requiredKnowledge href="#twice" /></dmn:knowledgeRequirement>
    <dmn:decisionOwner href="#unit" />
    <dmn:usingTask href="urn:process#task" />
    <zeebe:literalExpression><dmn:text>nothing of DMN's</dmn:text></zeebe:literalExpression>
    <dmn:literalExpression id="x"><dmn:text>if twice(points) &gt; 6 then "high" else "low"</dmn:text>
    </dmn:literalExpression>
  </dmn:decision>
  <dmn:decision id="points" name="Points"><dmn:variable name="points" typeRef="number" />
    <dmn:literalExpression><dmn:text>score</dmn:text></dmn:literalExpression></dmn:decision>
  <dmn:businessKnowledgeModel id="twice" name="twice"><dmn:variable name="twice" typeRef="number" />
    <dmn:encapsulatedLogic kind="FEEL"><dmn:formalParameter name="n" typeRef="number" />
      <dmn:literalExpression><dmn:text>2 * n</dmn:text></dmn:literalExpression></dmn:encapsulatedLogic>
  </dmn:businessKnowledgeModel>
</dmn:definitions>
"""


def decide(content: bytes, key: str = "level", **context: object) -> FeelValue:
    found, findings = decisions.parse(content, "processes/level.dmn")
    assert findings == []
    return decisions.evaluate({one.id: one for one in found}, key, context, now=NOW)


@pytest.mark.parametrize("written", [CAMUNDA_7, CAMUNDA_8], ids=["Camunda 7", "Camunda 8"])
@pytest.mark.parametrize("namespace", NAMESPACES)
def test_a_file_of_camunda_modeler_decides_without_a_change(written: str, namespace: str) -> None:
    content = written.replace(NAMESPACES[0], namespace).encode()
    assert [decide(content, score=score) for score in (2, 4)] == ["low", "high"]


@pytest.mark.parametrize(
    "content",
    [
        b"\xef\xbb\xbf" + CAMUNDA_7.encode(),
        CAMUNDA_7.replace("\n", "\r\n").encode(),
        CAMUNDA_7.replace("UTF-8", "ISO-8859-1").replace("Score", "Été").encode("latin-1"),
        CAMUNDA_7.replace("UTF-8", "UTF-16").encode("utf-16"),
    ],
    ids=["mark", "line ends", "Latin 1", "UTF-16"],
)
def test_a_file_is_read_in_the_encoding_that_it_says(content: bytes) -> None:
    assert decide(content, score=4) == "high"


@pytest.mark.parametrize(
    ("written", "code"),
    [
        (CAMUNDA_7.replace("&gt; 3", "score_given &gt; 3"), "dmn.input_variable"),
        (dmn.file(dmn.table([(["cellInput > 3"], ["1"])])).decode(), "dmn.input_variable"),
        (CAMUNDA_7.replace('expressionLanguage="feel"', 'expressionLanguage="juel"'), "dmn.not_feel"),
        (CAMUNDA_7.replace('"Definitions_1"', '"D" expressionLanguage="groovy"'), "dmn.not_feel"),
        (
            CAMUNDA_7.replace('"high"</text></outputEntry>', "${score}</text></outputEntry>"),
            "dmn.feel_syntax",
        ),
    ],
)
def test_what_another_engine_reads_otherwise_is_told(written: str, code: str) -> None:
    findings = decisions.parse(written.encode(), "processes/level.dmn")[1]
    assert (code, "error") in [(one.code, one.severity) for one in findings]


def test_a_whole_number_of_camunda_is_a_number() -> None:
    with pytest.raises(decisions.DecisionError, match="un nombre"):
        decide(CAMUNDA_7.encode(), score="4")
