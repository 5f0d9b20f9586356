"""The words for BPMN's elements: for a diagram's outline and for the account of a publication's changes."""

from __future__ import annotations

from flask_babel import gettext

#: Local names of the flow nodes and what hangs on them.
NODES = (
    "startEvent",
    "endEvent",
    "intermediateCatchEvent",
    "intermediateThrowEvent",
    "boundaryEvent",
    "userTask",
    "manualTask",
    "task",
    "scriptTask",
    "serviceTask",
    "sendTask",
    "receiveTask",
    "businessRuleTask",
    "callActivity",
    "subProcess",
    "transaction",
    "adHocSubProcess",
    "exclusiveGateway",
    "inclusiveGateway",
    "parallelGateway",
    "eventBasedGateway",
    "complexGateway",
)


def element_kind(tag: str) -> str:
    """« Étape », « Choix »: what people call an element of this local name; the name itself failing that."""
    words: dict[str, str] = {
        "startEvent": gettext("Début"),
        "endEvent": gettext("Fin"),
        "intermediateCatchEvent": gettext("Attente"),
        "intermediateThrowEvent": gettext("Événement"),
        "boundaryEvent": gettext("Événement"),
        "userTask": gettext("Étape"),
        "manualTask": gettext("Étape manuelle"),
        "task": gettext("Tâche"),
        "scriptTask": gettext("Calcul"),
        "serviceTask": gettext("Action automatique"),
        "sendTask": gettext("Envoi"),
        "receiveTask": gettext("Attente d’un message"),
        "businessRuleTask": gettext("Décision"),
        "callActivity": gettext("Processus appelé"),
        "subProcess": gettext("Sous-processus"),
        "transaction": gettext("Sous-processus"),
        "adHocSubProcess": gettext("Sous-processus"),
        "exclusiveGateway": gettext("Choix"),
        "inclusiveGateway": gettext("Choix multiple"),
        "parallelGateway": gettext("En parallèle"),
        "eventBasedGateway": gettext("Premier événement arrivé"),
        "complexGateway": gettext("Choix"),
        "sequenceFlow": gettext("Flèche"),
        "process": gettext("Processus"),
        "lane": gettext("Couloir"),
        "participant": gettext("Participant"),
        "timerEventDefinition": gettext("Minuterie"),
        "messageEventDefinition": gettext("Message"),
        "errorEventDefinition": gettext("Erreur"),
        "escalationEventDefinition": gettext("Escalade"),
        "signalEventDefinition": gettext("Signal"),
        "terminateEventDefinition": gettext("Fin de tout le processus"),
    }
    return words.get(tag, tag)
