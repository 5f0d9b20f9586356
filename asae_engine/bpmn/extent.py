"""What runs, told to who draws: one page in French, made from the tables by which the checks decide."""

from __future__ import annotations

from typing import TYPE_CHECKING

from asae_engine.bpmn import lint_elements, lint_events, lint_foreign

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_ACTIVITIES = {
    "userTask": "une personne remplit un formulaire ; elle la trouve dans ses tâches",
    "receiveTask": "attend un message",
    "sendTask": "envoie un message aux autres démarches de la situation, ou fait une action déclarée",
    "serviceTask": "fait une action déclarée (`notify`, par exemple)",
    "scriptTask": "calcule un contexte FEEL, dont les entrées deviennent des variables",
    "businessRuleTask": "applique une décision DMN",
    "subProcess": "un cadre d’étapes ; déclenché par un évènement, il attend son début",
    "callActivity": "déroule un autre processus du même lot ; les variables sont partagées",
    "task": "sans type : n’attend personne, le parcours passe outre (un avertissement le dit)",
    "manualTask": "manuelle : n’attend personne, le parcours passe outre (un avertissement le dit)",
}
_GATEWAYS = {
    "exclusiveGateway": "le premier chemin dont la condition est vraie, sinon celui par défaut",
    "inclusiveGateway": "tous les chemins dont la condition est vraie ; réunit ceux qui "
    "peuvent encore arriver",
    "parallelGateway": "tous les chemins ; attend un jeton de chacun",
    "eventBasedGateway": "le premier évènement qui se produit",
}
_PLACES = {
    "startEvent": "début d’un processus",
    "start of a side process": "début d’un processus annexe",
    "start of an event sub-process": "début d’un sous-processus évènementiel",
    "intermediateCatchEvent": "intermédiaire, attendu",
    "intermediateThrowEvent": "intermédiaire, levé",
    "boundaryEvent": "au bord d’une activité",
    "endEvent": "fin",
}
_SORTS = {
    "timer": "délai",
    "message": "message",
    "signal": "signal",
    "conditional": "condition",
    "error": "erreur",
    "escalation": "escalade",
    "compensate": "compensation",
    "link": "lien",
    "terminate": "terminaison",
}
_WITHOUT_A_SORT = ("startEvent", "start of a side process", "intermediateThrowEvent", "endEvent")

_HEAD = """# Ce que le moteur exécute

Cette page est produite par `asae what-runs`, à partir des tables avec lesquelles la vérification
décide : elle ne peut pas promettre autre chose. Les noms entre parenthèses sont ceux de BPMN 2.0. Ce
qui n’est pas ici est refusé à la publication, à sa place dans le fichier, avec un conseil ; rien n’est
exécuté de travers.
"""
_REPEATED = """## Répéter

- **Plusieurs fois** (multi-instance), en parallèle ou l’une après l’autre : un nombre ou une liste
  FEEL, une condition d’achèvement, une liste qui recueille un résultat de chacune.
- **Tant que** (standard loop) : une condition FEEL, demandée avant ou après chaque tour, et un nombre
  de tours au plus.
- Un **délai** est une date, une durée (`P30D`) ou, sans interrompre, un cycle (`R/P1M`), en ISO 8601 ou
  en FEEL.
- **Plusieurs flux** au sortir d’une activité sont suivis tous à la fois, ou ceux dont la condition est
  vraie.
"""
_KEPT = """## Gardé tel quel

Couloirs, participants, flux de message, annotations, groupes, objets de données, couleurs et positions
restent dans le fichier et ne changent rien à ce qui s’exécute ; les couloirs nomment qui fait quoi. Un
objet de données n’est pas rempli par le moteur (un avertissement le dit).
"""


_STARTS = (
    "\nUn parcours s’ouvre par une personne, pour un ménage : aucun évènement ne dirait de qui il s’agit. Un "
    "processus annexe commence dans une situation ouverte : un délai compte depuis l’ouverture, une "
    "condition chaque fois qu’elle devient vraie (à l’ouverture aussi), jusqu’à la clôture ; une date "
    "que FEEL ne peut pas donner à l’ouverture n’est pas attendue."
)


def what_runs() -> str:
    """The page, in Markdown."""
    runs = [
        _HEAD,
        "## Activités\n",
        *_named(_ACTIVITIES, lint_elements.RUN - lint_elements.GATEWAYS - lint_events.EVENTS.keys()),
        "\n## Passerelles\n",
        *_named(_GATEWAYS, lint_elements.GATEWAYS),
        "\n## Évènements\n",
        *_matrix(),
        _STARTS,
        "",
        f"Au bord d’une activité, un évènement surveille ce qui attend : "
        f"{_types(lint_events.HOSTS)}. Une erreur ou une "
        f"escalade vient de l’intérieur : {_types(lint_events.SCOPES)}. Une "
        f"compensation se pose sur ce qui a été fait : "
        f"{_types(lint_events.UNDONE)}.\n",
        _REPEATED,
        _KEPT,
        "Les réglages d’autres moteurs sont gardés aussi, et un avertissement "
        "nomme ceux qui seraient ignorés : "
        f"{', '.join(vendor.name for vendor in lint_foreign.VENDORS.values())}. "
        f"Ceux d’un outil inconnu le sont de même.\n",
        "## Refusé, et par quoi le remplacer\n",
        *_refused(),
    ]
    return "\n".join(runs) + "\n"


def _named(words: dict[str, str], types: Iterable[str]) -> Iterator[str]:
    for kind in sorted(types, key=list(words).index):
        yield f"- **`{kind}`** : {words[kind]}."


def _matrix() -> Iterator[str]:
    allowed = {
        **lint_events.EVENTS,
        "start of a side process": lint_events.SIDE_STARTS,
        "start of an event sub-process": lint_events.STARTS,
    }
    yield f"| | {' | '.join(_PLACES.values())} |"
    yield "|---" * (len(_PLACES) + 1) + "|"
    yield f"| sans sorte (none) | {' | '.join('oui' if at in _WITHOUT_A_SORT else '' for at in _PLACES)} |"
    for sort in sorted(frozenset().union(*allowed.values()), key=list(_SORTS).index):
        cells = " | ".join("oui" if sort in allowed[place] else "" for place in _PLACES)
        yield f"| {_SORTS[sort]} ({sort}) | {cells} |"


def _types(types: Iterable[str]) -> str:
    return ", ".join(f"`{kind}`" for kind in sorted(types))


def _refused() -> Iterator[str]:
    for kind, (what, advice) in lint_elements.REFUSED.items():
        yield f"- {what[0].upper()}{what[1:]} (`{kind}`). {advice}"
    yield "- Les chorégraphies et les conversations : seul ce qui est dans un processus s’exécute."
    for kind, (what, advice) in lint_foreign.CAMUNDA_REFUSED.items():
        yield f"- {what[0].upper()}{what[1:]} (`camunda:{kind}`). {advice}"
    yield "- Toute expression « ${…} » (JUEL), tout langage autre que FEEL."
