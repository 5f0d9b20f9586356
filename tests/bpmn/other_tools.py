"""Diagrams in the manner of other modelling tools, drawn by hand. Not a test module.

Each is one visit to a household, as that tool would write it: prefixes, defaults, what it adds of its own.
"""

from __future__ import annotations

BPMN = "http://www.omg.org/spec/BPMN/20100524/MODEL"


def visit(
    *,
    prefix: str = "bpmn:",
    head: str = "",
    attributes: str = "",
    process: str = 'isExecutable="true"',
    task: str = 'camunda:formKey="visit" camunda:candidateGroups="worker"',
    inside: str = "",
    more: str = "",
    after: str = "",
) -> str:
    """Start, one user task, end."""
    p = prefix
    name = f"xmlns:{p[:-1]}" if p else "xmlns"
    return f"""<?xml version="1.0" encoding="UTF-8"?>{head}
<{p}definitions {name}="{BPMN}" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"
  xmlns:camunda="http://camunda.org/schema/1.0/bpmn" {attributes} id="defs" targetNamespace="urn:visits">
  <{p}process id="visits" name="Visites" {process}>
    <{p}startEvent id="begin" name="Demande"><{p}outgoing>f1</{p}outgoing></{p}startEvent>
    <{p}sequenceFlow id="f1" sourceRef="begin" targetRef="go"/>
    <{p}userTask id="go" name="Visiter" {task}>{inside}
      <{p}incoming>f1</{p}incoming><{p}outgoing>f2</{p}outgoing></{p}userTask>
    <{p}sequenceFlow id="f2" sourceRef="go" targetRef="done"/>
    <{p}endEvent id="done" name="Vu"><{p}incoming>f2</{p}incoming></{p}endEvent>
    {more}
  </{p}process>
  {after}
</{p}definitions>"""


DI = """<bpmndi:BPMNDiagram xmlns:bpmndi="http://www.omg.org/spec/BPMN/20100524/DI" id="d{0}"
    xmlns:dc="http://www.omg.org/spec/DD/20100524/DC" xmlns:di="http://www.omg.org/spec/DD/20100524/DI">
  <bpmndi:BPMNPlane id="p{0}" bpmnElement="visits">
    <bpmndi:BPMNShape id="s{0}" bpmnElement="go"><dc:Bounds x="1.5" y="2" width="100" height="80"/>
    </bpmndi:BPMNShape></bpmndi:BPMNPlane></bpmndi:BPMNDiagram>"""

#: What runs as it is drawn.
RUN: dict[str, bytes] = {
    "a browser editor": visit(
        attributes='xmlns:bioc="http://bpmn.io/schema/bpmn/biocolor/1.0"'
        ' xmlns:color="http://www.omg.org/spec/BPMN/non-normative/color/1.0"'
        ' exporter="bpmn-js (https://demo.bpmn.io)" exporterVersion="18.0.0"',
        task='camunda:formKey="visit" camunda:candidateGroups="worker" '
        'bioc:stroke="#1e88e5" color:border-color="#1e88e5"',
        after=DI.format(1),
    ).encode(),
    "Camunda 7's modeler": visit(
        attributes='xmlns:modeler="http://camunda.org/schema/modeler/1.0" '
        'modeler:executionPlatform="Camunda Platform"'
        ' modeler:executionPlatformVersion="7.24.0" exporter="Camunda Modeler" exporterVersion="5.40.0"',
        process='isExecutable="true" camunda:historyTimeToLive="180" camunda:versionTag="2"',
        task='camunda:formKey="visit" camunda:candidateGroups="worker" '
        'camunda:asyncBefore="true" camunda:exclusive="false"',
        inside='<bpmn:extensionElements><camunda:properties><camunda:property name="a" value="b"/>'
        "</camunda:properties></bpmn:extensionElements>",
        after=DI.format(1),
    ).encode(),
    "no prefix at all": visit(prefix="").encode(),
    "the prefix bpmn2": visit(prefix="bpmn2:").encode(),
    "the prefix semantic": visit(prefix="semantic:").encode(),
    "the prefix model": visit(prefix="model:").encode(),
    "UTF-16 with its mark": visit().replace("UTF-8", "UTF-16").encode("utf-16"),
    "Latin-1": visit(more="<bpmn:documentation>Été à Ginoles</bpmn:documentation>")
    .replace("UTF-8", "ISO-8859-1")
    .encode("latin-1"),
    "UTF-8 with a mark": b"\xef\xbb\xbf" + visit().encode(),
    "lines of Windows": visit().replace("\n", "\r\n").encode(),
    "remarks and instructions everywhere": visit(
        head="<!-- a --><?mso-application progid='x'?>",
        inside="<!-- in --><?tool x?>",
        more="<!-- a remark with ${juel} in it -->",
    ).encode(),
    "no picture": visit().encode(),
    "several pictures of it": visit(after=DI.format(1) + DI.format(2)).encode(),
    "Signavio": visit(
        attributes='xmlns:signavio="http://www.signavio.com" exporter="Signavio Process Editor"',
        inside='<bpmn:extensionElements><signavio:signavioMetaData metaKey="bgcolor" metaValue="#ffffcc"/>'
        '<signavio:signavioLabel align="middle" ref="text_name"/></bpmn:extensionElements>',
    ).encode(),
    "Bizagi": visit(
        attributes='xmlns:bizagi="http://www.bizagi.com/bpmn20" exporter="Bizagi Modeler"',
        inside="<bpmn:extensionElements><bizagi:BizagiExtensions><bizagi:BizagiProperties>"
        '<bizagi:BizagiProperty name="bgColor" value="#ECEFFF"/>'
        "</bizagi:BizagiProperties></bizagi:BizagiExtensions>"
        "</bpmn:extensionElements>",
    ).encode(),
    "an unnamed task": visit().replace(' name="Visiter"', "").encode(),
    "ids with dots, dashes and accents": visit().replace('"go"', '"étape.1-a_b"').encode(),
    "a name of a hundred thousand letters": visit().replace("Visiter", "Visiter " + "é" * 100_000).encode(),
    "documentation in HTML": visit(
        inside='<bpmn:documentation textFormat="text/html"><![CDATA[<p '
        "onclick='x()'>À ${faire}</p>]]></bpmn:documentation>"
    ).encode(),
    "a category, a group, a remark and a data object": visit(
        more='<bpmn:group id="g" categoryValueRef="cv"/><bpmn:textAnnotation id="t">'
        "<bpmn:text>${x}</bpmn:text>"
        '</bpmn:textAnnotation><bpmn:association id="a" sourceRef="go" '
        'targetRef="t"/><bpmn:dataObject id="o"/>'
        '<bpmn:dataObjectReference id="or" dataObjectRef="o" name="Bail"/>',
        after='<bpmn:category id="c"><bpmn:categoryValue id="cv" value="v"/></bpmn:category>',
    ).encode(),
    "a pool with lanes": visit(
        more='<bpmn:laneSet id="ls"><bpmn:lane id="l" name="ADAFF">'
        "<bpmn:flowNodeRef>go</bpmn:flowNodeRef></bpmn:lane>"
        "</bpmn:laneSet>",
        after='<bpmn:collaboration id="col"><bpmn:participant id="pa" name="ASAE" processRef="visits"/>'
        '<bpmn:participant id="pb" name="Ménage"/><bpmn:messageFlow id="mf" '
        'sourceRef="pb" targetRef="go"/></bpmn:collaboration>',
    ).encode(),
    "a condition in CDATA with a typed expression": visit(prefix="bpmn2:")
    .replace('<bpmn2:sequenceFlow id="f2" sourceRef="go" targetRef="done"/>', "")
    .replace(
        "<bpmn2:endEvent",
        '<bpmn2:exclusiveGateway id="x" name="Vu ?" default="no"/>'
        '<bpmn2:sequenceFlow id="f2" sourceRef="go" targetRef="x"/>'
        '<bpmn2:sequenceFlow id="yes" sourceRef="x" targetRef="done">'
        '<bpmn2:conditionExpression xsi:type="bpmn2:tFormalExpression">'
        "<![CDATA[=1 < 2]]></bpmn2:conditionExpression></bpmn2:sequenceFlow>"
        '<bpmn2:sequenceFlow id="no" sourceRef="x" targetRef="done"/><bpmn2:endEvent',
    )
    .encode(),
}

#: What is kept, ignored, and said to be.
TOLD: dict[str, tuple[bytes, str]] = {
    "Camunda 8": (
        visit(
            attributes='xmlns:zeebe="http://camunda.org/schema/zeebe/1.0"',
            inside="<bpmn:extensionElements><zeebe:userTask/><zeebe:assignmentDefinition "
            'candidateGroups="=[&quot;x&quot;]"/>'
            '<zeebe:ioMapping><zeebe:input source="=${a}" target="b"/>'
            "</zeebe:ioMapping></bpmn:extensionElements>",
        ).encode(),
        "Camunda 8",
    ),
    "Flowable": (
        visit(
            attributes='xmlns:flowable="http://flowable.org/bpmn"',
            task='camunda:formKey="visit" camunda:candidateGroups="w" '
            'flowable:assignee="${initiator}" flowable:async="true"',
        ).encode(),
        "Flowable",
    ),
    "Activiti": (
        visit(
            attributes='xmlns:activiti="http://activiti.org/bpmn"',
            inside='<bpmn:extensionElements><activiti:taskListener event="create" '
            'class="x.Y"/></bpmn:extensionElements>',
        ).encode(),
        "Activiti",
    ),
    "jBPM": (
        visit(
            prefix="bpmn2:",
            attributes='xmlns:drools="http://www.jboss.org/drools"',
            process='isExecutable="true" drools:packageName="a" drools:version="1.0"',
            inside="<bpmn2:extensionElements><drools:onEntry-script "
            'scriptFormat="http://www.java.com/java">'
            "<drools:script>x();</drools:script></drools:onEntry-script></bpmn2:extensionElements>",
            after='<bpmn2:itemDefinition id="_i" structureRef="String"/>',
        ).encode(),
        "jBPM",
    ),
    "a tool that nobody knows": (
        visit(
            attributes='xmlns:acme="urn:acme:flow"',
            task='camunda:formKey="v" camunda:candidateGroups="w" acme:sla="3"',
        ).encode(),
        "urn:acme:flow",
    ),
    "a result of a decision in another shape": (
        visit(more="<bpmn:documentation/>")
        .replace(
            '<bpmn:sequenceFlow id="f2" sourceRef="go" targetRef="done"/>',
            '<bpmn:sequenceFlow id="f2" sourceRef="go" targetRef="r"/>'
            '<bpmn:businessRuleTask id="r" name="Décider"'
            ' camunda:decisionRef="d" camunda:resultVariable="v" '
            'camunda:mapDecisionResult="collectEntries"/>'
            '<bpmn:sequenceFlow id="f3" sourceRef="r" targetRef="done"/>',
        )
        .encode(),
        "mapDecisionResult",
    ),
}


def deep(levels: int) -> bytes:
    """Sub-processes within each other."""
    opened = "".join(
        f'<bpmn:subProcess id="s{n}" name="S"><bpmn:startEvent id="b{n}"/><bpmn:endEvent id="e{n}"/>'
        f'<bpmn:sequenceFlow id="x{n}" sourceRef="b{n}" targetRef="s{n + 1}"/>'
        f'<bpmn:sequenceFlow id="y{n}" sourceRef="s{n + 1}" targetRef="e{n}"/>'
        for n in range(1, levels)
    )
    last = f'<bpmn:userTask id="s{levels}" name="T" camunda:formKey="v" camunda:candidateGroups="w"/>'
    return visit(
        more='<bpmn:sequenceFlow id="in" sourceRef="go" targetRef="s1"/>'
        '<bpmn:sequenceFlow id="out" sourceRef="s1" targetRef="done"/>'
        + opened
        + last
        + "</bpmn:subProcess>" * (levels - 1)
    ).encode()


def long(steps: int) -> bytes:
    """Tasks one after the other."""
    tasks = "".join(
        f'<bpmn:userTask id="t{n}" name="T{n}" camunda:formKey="v" camunda:candidateGroups="w"/>'
        f'<bpmn:sequenceFlow id="x{n}" sourceRef="t{n - 1}" targetRef="t{n}"/>'
        for n in range(1, steps)
    )
    return (
        visit(more=tasks + f'<bpmn:sequenceFlow id="z" sourceRef="t{steps - 1}" targetRef="done"/>')
        .replace('"go"', '"t0"')
        .encode()
    )


_CHOREOGRAPHY = (
    '<bpmn:choreography id="ch"><bpmn:startEvent id="s"/><bpmn:choreographyTask id="ct" name="x"'
    ' initiatingParticipantRef="a"><bpmn:participantRef>'
    "a</bpmn:participantRef></bpmn:choreographyTask></bpmn:choreography>"
)

#: What is refused, and the code that says why.
REFUSED: dict[str, tuple[bytes, str]] = {
    "not executable": (visit(process="").encode(), "bpmn.not_executable"),
    "Java in an expression": (
        visit(inside='<bpmn:multiInstanceLoopCharacteristics camunda:collection="${people}"/>').encode(),
        "bpmn.juel",
    ),
    "XPath in a condition": (
        visit()
        .replace(
            '<bpmn:sequenceFlow id="f2" sourceRef="go" targetRef="done"/>',
            '<bpmn:sequenceFlow id="f2" sourceRef="go" targetRef="done"><bpmn:conditionExpression'
            ' language="http://www.w3.org/1999/XPath">/a/b</bpmn:conditionExpression></bpmn:sequenceFlow>',
        )
        .encode(),
        "bpmn.language",
    ),
    "only a collaboration": (
        f'<definitions xmlns="{BPMN}"><collaboration id="c"><participant '
        f'id="p"/></collaboration></definitions>'.encode(),
        "bpmn.no_process",
    ),
    "only a remark": (
        f'<definitions xmlns="{BPMN}"><process id="p" isExecutable="true">'
        f'<textAnnotation id="t"/></process></definitions>'.encode(),
        "bpmn.no_start",
    ),
    "a choreography": (
        visit(after=_CHOREOGRAPHY)
        .replace("<bpmn:process", "<bpmn:x")
        .replace("</bpmn:process", "</bpmn:x")
        .encode(),
        "bpmn.no_process",
    ),
    "the same id twice": (visit(more='<bpmn:textAnnotation id="go"/>').encode(), "bpmn.duplicate_id"),
    "a flow to nowhere": (
        visit().replace('targetRef="done"', 'targetRef="gone"').encode(),
        "bpmn.dangling_flow",
    ),
    "a flow to itself": (
        visit(more='<bpmn:sequenceFlow id="f3" sourceRef="done" targetRef="done"/>').encode(),
        "bpmn.flow_after_end",
    ),
    "a flow into the start": (
        visit(more='<bpmn:sequenceFlow id="f3" sourceRef="go" targetRef="begin"/>').encode(),
        "bpmn.incoming_flow",
    ),
    "a decision": (
        b'<definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/" id="d" name="d"/>',
        "bpmn.not_bpmn",
    ),
    "a case plan": (b'<definitions xmlns="http://www.omg.org/spec/CMMN/20151109/MODEL"/>', "bpmn.not_bpmn"),
    "XML 1.1": (
        visit().replace('version="1.0"', 'version="1.1"').replace("Visiter", "Vis&#1;iter").encode(),
        "bpmn.broken_xml",
    ),
    "an encoding it is not in": (
        visit(more="<!-- é -->").replace("UTF-8", "UTF-16").encode("latin-1"),
        "bpmn.broken_xml",
    ),
    "sub-processes two hundred deep": (deep(200), "bpmn.too_deep"),
    "deeper than XML may be": (deep(400), "bpmn.broken_xml"),
    "an ad-hoc sub-process": (
        visit(
            more='<bpmn:adHocSubProcess id="ah" name="Libre"><bpmn:userTask id="u"/></bpmn:adHocSubProcess>'
        ).encode(),
        "bpmn.unsupported",
    ),
    "a task of a tool's own": (
        visit(more='<bpmn:globalUserTask id="gu" name="x"/>').encode(),
        "bpmn.unsupported",
    ),
}
