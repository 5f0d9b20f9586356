"""Checks what other tools left in the file: Camunda's Java, expressions in another language, settings of
other engines. What only looks is kept in silence; what would change the meaning is refused, or said to be
ignored.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from lxml import etree

from asae_engine.bpmn.document import ASAE, BPMN, CAMUNDA, line_of, local_name

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lxml.etree import _Element as XmlElement

    from asae_engine.bpmn.diagram import Diagram
    from asae_engine.bpmn.report import Report

_AN_ACTION = "Utilisez une tâche de service avec une action déclarée."
_A_STEP = "Dessinez une étape de plus, avant ou après : tâche de service ou script."
#: Elements of Camunda 7 that the engine would have to run, and refuses; what to do instead.
CAMUNDA_REFUSED = {
    "executionListener": ("un écouteur d’exécution", _A_STEP),
    "taskListener": ("un écouteur de tâche", _A_STEP),
    "connector": ("un connecteur", _AN_ACTION),
    "formData": (
        "un formulaire décrit dans le diagramme",
        "Faites-en un fichier « .form » et indiquez sa clé (formKey).",
    ),
    "outputParameter": ("un paramètre de sortie", "Calculez la variable dans un script FEEL, à la suite."),
    "script": ("un script Camunda", "Utilisez une tâche de script, en FEEL."),
    "failedJobRetryTimeCycle": (
        "une reprise automatique Camunda",
        "Retirez-la : ce qui s’arrête est réessayé seul, de plus en plus tard.",
    ),
    "field": ("une injection de champ Java", _AN_ACTION),
    "errorEventDefinition": ("une erreur de tâche externe Camunda", _AN_ACTION),
}


class Vendor(NamedTuple):
    """Another engine's settings."""

    name: str
    #: Elements and attributes that change nothing of what runs.
    harmless: frozenset[str]


_LIKE_ACTIVITI = frozenset(
    {"async", "asynchronous", "exclusive", "asyncLeave", "formFieldValidation", "sameDeployment", "version"}
    | {"includeInHistory", "modelId", "initiator-can-complete", "string", "value"}
)
#: Settings that would change what runs, by namespace.
VENDORS = {
    "http://camunda.org/schema/zeebe/1.0": Vendor(
        "Camunda 8", frozenset({"properties", "property", "taskHeaders", "header", "userTask", "versionTag"})
    ),
    "http://flowable.org/bpmn": Vendor("Flowable", _LIKE_ACTIVITI),
    "http://activiti.org/bpmn": Vendor("Activiti", _LIKE_ACTIVITI),
    "http://www.jboss.org/drools": Vendor(
        "jBPM",
        frozenset(
            {"metaData", "metaValue", "packageName", "version", "adHoc", "selectable", "import", "global"}
        ),
    ),
    CAMUNDA: Vendor(
        "Camunda 7",
        frozenset(
            {
                "asyncBefore",
                "asyncAfter",
                "exclusive",
                "historyTimeToLive",
                "isStartableInTasklist",
                "versionTag",
            }
            | {
                "modelerTemplate",
                "modelerTemplateVersion",
                "modelerTemplateIcon",
                "jobPriority",
                "taskPriority",
            }
            | {"properties", "property", "calledElementBinding", "decisionRefBinding", "diagramRelationId"}
            | {
                "formKey",
                "candidateGroups",
                "candidateUsers",
                "assignee",
                "dueDate",
                "followUpDate",
                "priority",
            }
            | {
                "decisionRef",
                "resultVariable",
                "type",
                "topic",
                "inputOutput",
                "inputParameter",
                "collection",
            }
            | {
                "elementVariable",
                "candidateStarterGroups",
                "in",
                "out",
                "variables",
                "businessKey",
                "resource",
            }
            | {"class", "expression", "delegateExpression", "formRef", "formRefBinding", "formRefVersion"}
        )
        | frozenset(CAMUNDA_REFUSED),
    ),
}
#: Beginnings of namespaces that hold what only draws or documents.
LOOKS = (
    "http://www.omg.org/",
    "http://bpmn.io/schema/",
    "http://camunda.org/schema/modeler/",
    "http://www.w3.org/",
    "http://www.signavio.com",
    "http://www.bizagi.com/",
    "http://www.trisotech.com/",
    "http://www.sparxsystems.com",
    "http://sourceforge.net/bpmn/",
    "http://www.visual-paradigm.com",
    "http://www.boc-",
    "http://www.igrafx.com",
)


def check(diagram: Diagram, report: Report) -> None:
    """Everything there is to say about what other tools left."""
    ignored: dict[tuple[str, str | None], tuple[int, set[str]]] = {}
    unknown: dict[str, int] = {}
    for node in diagram.root.iter("{*}*"):
        namespace = _namespace(node.tag)
        owner = next((at.get("id") for at in (node, *node.iterancestors()) if at.get("id")), None)
        if namespace == CAMUNDA and (refused := CAMUNDA_REFUSED.get(local_name(node))):
            what, advice = refused
            report.at_line(
                "camunda_extension",
                line_of(node),
                owner,
                f"L’élément porte {what}, que le moteur n’exécute pas.",
                advice,
            )
        if namespace in (BPMN, CAMUNDA, ASAE):
            _check_language(node, owner, report)
        for of, name in _settings(node):
            vendor = VENDORS.get(of)
            if vendor is not None and name not in vendor.harmless:
                ignored.setdefault((vendor.name, owner), (line_of(node), set()))[1].add(name)
            elif vendor is None and of not in (BPMN, ASAE, "") and not of.startswith(LOOKS):
                unknown.setdefault(of, line_of(node))
    for (vendor_name, owner), (line, names) in ignored.items():
        report.at_line(
            "foreign_setting",
            line,
            owner,
            f"Des réglages de {vendor_name} sont gardés mais ignorés ici : {', '.join(sorted(names))}.",
            "Reportez ce qui compte dans les réglages de l’élément : formulaire, rôles, délai, action.",
            severity="warning",
        )
    for of, line in unknown.items():
        report.at_line(
            "foreign_setting",
            line,
            None,
            f"Des réglages d’un autre outil (« {of[:80]} ») sont gardés mais ignorés.",
            "Vérifiez que rien de ce qu’ils disent ne doit être exécuté.",
            severity="warning",
        )


def _settings(node: XmlElement) -> Iterator[tuple[str, str]]:
    """Namespace and name of a node and of its attributes, those of BPMN left out."""
    namespace = _namespace(node.tag)
    if namespace != BPMN:
        yield namespace, local_name(node)
    for name in node.attrib:
        of = _namespace(str(name))
        if of:
            yield of, etree.QName(str(name)).localname


def _check_language(node: XmlElement, owner: str | None, report: Report) -> None:
    """`${…}` in what the engine would read: BPMN, and the settings of Camunda 7 that it knows."""
    known = (
        str(value)
        for name, value in node.attrib.items()
        if _namespace(str(name)) in ("", BPMN, CAMUNDA, ASAE)
    )
    written = [node.text or "", *known]
    if local_name(node) not in ("documentation", "text") and any(
        "${" in text or "#{" in text for text in written
    ):
        report.at_line(
            "juel",
            line_of(node),
            owner,
            "Une expression « ${…} » (JUEL) est écrite ici ; seul FEEL est reconnu.",
            "Écrivez l’expression en FEEL, précédée de « = », par exemple « =niveau > 1 ».",
        )


def _namespace(tag: str) -> str:
    return tag[1:].partition("}")[0] if tag.startswith("{") else ""
