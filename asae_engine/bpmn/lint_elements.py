"""Checks each element on its own: is it one we run, with what it needs and nothing that would be ignored."""

from __future__ import annotations

from typing import TYPE_CHECKING

from asae_engine.bpmn import lint_compensation, lint_events
from asae_engine.bpmn.document import CAMUNDA, camunda, child, text
from asae_engine.bpmn.reading import message_of
from asae_engine.bpmn.report import called

if TYPE_CHECKING:
    from lxml.etree import _Element as XmlElement

    from asae_engine.bpmn.diagram import Diagram, Shape
    from asae_engine.bpmn.report import Report

ACTIVITIES = frozenset(
    {
        "userTask",
        "scriptTask",
        "businessRuleTask",
        "serviceTask",
        "sendTask",
        "receiveTask",
        "subProcess",
        "callActivity",
    }
)
GATEWAYS = frozenset({"exclusiveGateway", "inclusiveGateway", "parallelGateway", "eventBasedGateway"})
RUN = ACTIVITIES | GATEWAYS | frozenset(lint_events.EVENTS) | {"task", "manualTask"}

#: What is refused by name, and what to draw instead.
REFUSED = {
    "transaction": ("les transactions", "Utilisez un sous-processus et un évènement d’erreur."),
    "adHocSubProcess": (
        "les sous-processus ad hoc",
        "Utilisez des processus annexes, démarrés à la demande.",
    ),
    "complexGateway": (
        "les passerelles complexes",
        "Utilisez des passerelles exclusives, inclusives ou parallèles.",
    ),
}


def check(diagram: Diagram, shape: Shape, report: Report) -> None:
    """Everything there is to say about one element on its own."""
    if shape.type not in RUN:
        what, advice = REFUSED.get(
            shape.type, (f"les éléments « {shape.type} »", "Remplacez-le par un élément reconnu.")
        )
        report.error("unsupported", shape, f"{called(shape)} : le moteur n’exécute pas {what}.", advice)
        return
    _check_common(shape, report)
    lint_compensation.check(shape, report)
    if shape.type in lint_events.EVENTS:
        lint_events.check(diagram, shape, report)
    elif shape.type in ACTIVITIES:
        _check_activity(diagram, shape, report)
    elif shape.type in ("task", "manualTask"):
        report.warning(
            "manual_task",
            shape,
            f"La tâche {called(shape)}, manuelle ou sans type, n’attend personne : le parcours passe outre.",
            "Si quelqu’un doit la faire, utilisez une tâche utilisateur.",
        )


def _check_common(shape: Shape, report: Report) -> None:
    named = shape.type in ACTIVITIES or shape.type in ("boundaryEvent", "intermediateCatchEvent")
    diverging = shape.type in ("exclusiveGateway", "inclusiveGateway") and len(shape.outgoing) > 1
    if (named or diverging) and not shape.name:
        report.warning(
            "no_name",
            shape,
            f"L’élément « {shape.id} » n’a pas de nom.",
            "Nommez-le dans les mots des équipes : ce nom se lit dans les tâches et l’historique.",
        )
    for tag in ("dataInputAssociation", "dataOutputAssociation", "ioSpecification", "property"):
        if child(shape.xml, tag) is not None:
            report.warning(
                "data_association",
                shape,
                f"{called(shape)} est relié à un objet de données, gardé mais jamais rempli par le moteur.",
                "Les réponses des formulaires sont lues par leur nom ; le lien ne sert qu’à documenter.",
            )
            break
    if (repeat := child(shape.xml, "standardLoopCharacteristics")) is not None:
        _check_standard_loop(shape, repeat, report)
    if any(shape.xml.get(name, "1") != "1" for name in ("startQuantity", "completionQuantity")):
        report.error(
            "quantity",
            shape,
            f"{called(shape)} demande plusieurs jetons, ce que le moteur ne fait pas.",
            "Retirez startQuantity et completionQuantity.",
        )
    if shape.loop is not None and shape.type not in ACTIVITIES:
        report.error(
            "multi_instance",
            shape,
            f"{called(shape)} ne peut pas être multi-instance.",
            "Retirez la multi-instance.",
        )


def _check_activity(diagram: Diagram, shape: Shape, report: Report) -> None:
    match shape.type:
        case "userTask":
            _check_user_task(shape, report)
        case "scriptTask":
            _check_script(shape, report)
        case "businessRuleTask":
            for attribute, word in (
                ("decisionRef", "la décision"),
                ("resultVariable", "la variable du résultat"),
            ):
                if camunda(shape.xml, attribute) is None:
                    report.error(
                        "no_decision",
                        shape,
                        f"La règle métier {called(shape)} n’indique pas {word}.",
                        f"Renseignez {attribute}.",
                    )
        case "serviceTask":
            if camunda(shape.xml, "type") != "external" or shape.topic is None:
                _no_topic(shape, report)
        case "sendTask":
            if shape.topic is None and message_of(diagram, shape) is None:
                _no_topic(shape, report)
            elif shape.topic is None and shape.loop is not None:
                report.error(
                    "multi_instance",
                    shape,
                    f"L’envoi de message {called(shape)} ne peut pas être multi-instance.",
                    "Retirez la multi-instance.",
                )
        case "receiveTask":
            if message_of(diagram, shape) is None:
                lint_events.unknown_message(shape, report)
            if shape.xml.get("instantiate") == "true":
                _no_message_start(shape, report)
        case "callActivity":
            _check_call(shape, report)
        case "subProcess":
            if shape.starts_by_event:
                lint_events.check_event_subprocess(shape, report)
    _check_parameters(shape, report)
    if shape.loop is not None:
        _check_multi_instance(shape, shape.loop, report)


def _no_topic(shape: Shape, report: Report) -> None:
    report.error(
        "no_topic",
        shape,
        f"{called(shape)} n’indique pas l’action à exécuter.",
        "Choisissez le type « external » et le sujet (topic) d’une action déclarée, par exemple « notify ».",
    )


def _no_message_start(shape: Shape, report: Report) -> None:
    report.error(
        "instantiate",
        shape,
        f"{called(shape)} voudrait démarrer le processus, ce que le moteur ne fait pas.",
        "Commencez par un évènement de début simple.",
    )


def _check_user_task(shape: Shape, report: Report) -> None:
    form = camunda(shape.xml, "formKey")
    if form is None:
        report.error(
            "no_form",
            shape,
            f"La tâche {called(shape)} n’a pas de formulaire.",
            "Indiquez la clé du formulaire (formKey) : le nom du fichier sans « .form ».",
        )
    elif ":" in form or "/" in form:
        report.error(
            "form_key",
            shape,
            f"« {form} » n’est pas une clé de formulaire.",
            "Donnez seulement le nom du fichier du dossier des formulaires, sans « .form ».",
        )
    if camunda(shape.xml, "candidateGroups") is None and camunda(shape.xml, "assignee") is None:
        report.warning(
            "nobody",
            shape,
            f"La tâche {called(shape)} n’est proposée à personne.",
            "Indiquez les rôles qui peuvent la faire (candidateGroups) ou une personne (assignee).",
        )
    if camunda(shape.xml, "candidateUsers") is not None:
        report.error(
            "candidate_users",
            shape,
            f"La tâche {called(shape)} nomme des personnes candidates, ce que le moteur ne lit pas.",
            "Indiquez des rôles (candidateGroups).",
        )


def _check_script(shape: Shape, report: Report) -> None:
    language = (shape.xml.get("scriptFormat") or "").strip().lower()
    if language != "feel":
        report.error(
            "script_format",
            shape,
            f"Le script {called(shape)} est en « {language or '?'} » ; seul FEEL est exécuté.",
            "Choisissez « feel » et écrivez un contexte, par exemple { essais: essais + 1 }.",
        )
    script = text(child(shape.xml, "script"))
    if script is None:
        report.error(
            "no_script",
            shape,
            f"Le script {called(shape)} est vide.",
            "Écrivez un contexte FEEL, par exemple { essais: essais + 1 }.",
        )
    elif language == "feel" and not script.removeprefix("=").strip().startswith("{"):
        report.warning(
            "script_context",
            shape,
            f"Le script {called(shape)} ne commence pas par « {{ » : il doit donner un contexte FEEL.",
            "Écrivez { nom_de_variable: valeur }.",
        )


def _check_call(shape: Shape, report: Report) -> None:
    if not (shape.xml.get("calledElement") or "").strip():
        report.error(
            "no_called_element",
            shape,
            f"L’activité {called(shape)} n’indique pas quel processus elle appelle.",
            "Renseignez l’élément appelé (calledElement) avec la clé du processus.",
        )
    for tag in ("in", "out"):
        for mapping in shape.xml.iterfind(f".//{{{CAMUNDA}}}{tag}"):
            if mapping.get("variables") != "all":
                report.error(
                    "variable_mapping",
                    shape,
                    f"{called(shape)} choisit des variables à transmettre ; elles sont toutes partagées ici.",
                    "Retirez les correspondances de variables.",
                )
                return


def _check_parameters(shape: Shape, report: Report) -> None:
    for parameter in shape.xml.iterfind(f".//{{{CAMUNDA}}}inputParameter"):
        if len(parameter) or not parameter.get("name"):
            report.error(
                "parameter",
                shape,
                f"Un paramètre de {called(shape)} n’est ni un texte ni une expression FEEL.",
                "Donnez-lui un nom et une valeur simple, ou une expression précédée de « = ».",
            )


def _check_standard_loop(shape: Shape, repeat: XmlElement, report: Report) -> None:
    maximum = repeat.get("loopMaximum")
    if maximum is not None and not (maximum.isascii() and maximum.isdigit() and 0 < int(maximum) <= 100_000):
        report.error(
            "standard_loop",
            shape,
            f"Le nombre de tours « {maximum[:20]} » de {called(shape)} n’est pas un nombre entier positif.",
            "Corrigez loopMaximum, ou retirez-le.",
        )
    if maximum is None and text(child(repeat, "loopCondition")) is None:
        report.error(
            "standard_loop",
            shape,
            f"La boucle de {called(shape)} ne dit pas quand elle s’arrête.",
            "Écrivez sa condition en FEEL (elle continue tant qu’elle est vraie), ou un nombre de tours.",
        )
    if shape.type not in ACTIVITIES or (shape.type == "sendTask" and shape.topic is None):
        report.error(
            "standard_loop", shape, f"{called(shape)} ne peut pas être répété.", "Retirez la boucle."
        )


def _check_multi_instance(shape: Shape, loop: XmlElement, report: Report) -> None:
    cardinality, collection = child(loop, "loopCardinality"), camunda(loop, "collection")
    if (text(cardinality) is None) == (collection is None):
        report.error(
            "multi_instance",
            shape,
            f"La multi-instance de {called(shape)} doit indiquer soit un nombre, soit une liste.",
            "Renseignez loopCardinality, ou camunda:collection avec une expression FEEL.",
        )
    if child(loop, "loopDataInputRef") is not None or child(loop, "inputDataItem") is not None:
        report.error(
            "multi_instance",
            shape,
            f"La multi-instance de {called(shape)} lit un objet de données, ce que le moteur ne fait pas.",
            "Utilisez camunda:collection et camunda:elementVariable.",
        )
    item = child(loop, "outputDataItem")
    if (text(child(loop, "loopDataOutputRef")) is None) != (item is None or not item.get("name")):
        report.error(
            "multi_instance",
            shape,
            f"{called(shape)} ne dit pas à la fois quoi recueillir et dans quelle liste.",
            "Renseignez ensemble loopDataOutputRef (la liste) et outputDataItem (le champ).",
        )
    if child(loop, "complexBehaviorDefinition") is not None or loop.get("behavior", "All") != "All":
        report.error(
            "multi_instance",
            shape,
            f"La multi-instance de {called(shape)} lève des évènements, ce que le moteur ne fait pas.",
            "Retirez le comportement particulier.",
        )
