"""The French sentence for each thing that the isolate may say of an expression."""

from __future__ import annotations

from typing import TYPE_CHECKING

from asae_engine.feel.errors import FeelError, FeelSyntaxError

if TYPE_CHECKING:
    from collections.abc import Mapping

_TYPES = {
    "string": "un texte",
    "number": "un nombre",
    "boolean": "un oui/non",
    "date": "une date",
    "time": "une heure",
    "date time": "une date avec heure",
    "duration": "une durée",
    "list": "une liste",
    "context": "un ensemble de champs",
    "range": "un intervalle",
    "function": "une fonction",
    "nil": "rien",
}

_ARGUMENTS = {
    "working days(date, n) wants a date": "« working days » attend une date puis un nombre de jours.",
    "working days(date, n) wants a whole number of days": (
        "« working days » attend un nombre entier de jours, d’au plus 10 000."
    ),
    "working days between(start, end) wants two dates": "« working days between » attend deux dates.",
    "age(birth date) wants a date": "« age » attend une date de naissance.",
}

_PLAIN = {
    "EMPTY": "L’expression est vide.",
    "DOUBLE_EQUALS": "En FEEL, l’égalité s’écrit avec un seul signe : « = » et non « == ».",
    "DEPTH": "L’expression s’appelle elle-même sans fin ou est imbriquée trop profondément.",
    "NOT_FINITE": "Le résultat n’est pas un nombre fini.",
    "NOT_EXACT": "Un nombre dépasse ce qui se calcule exactement (quinze chiffres).",
    "UNSUPPORTED": "Les fonctions externes ne sont pas permises.",
    "INVALID_ARGUMENTS": "Une fonction a reçu une valeur qu’elle ne peut pas utiliser.",
    "FUNCTION_INVOCATION_FAILURE": "Une fonction est appelée avec des paramètres qu’elle n’attend pas.",
}


def sentence(expression: str, trouble: Mapping[str, object]) -> str:
    """What to tell the person who wrote the expression."""
    kind = str(trouble.get("kind"))
    text = _excerpt(expression, trouble)
    if kind == "SYNTAX":
        if not text:
            return "L’expression n’est pas du FEEL : elle est incomplète."
        return f"L’expression n’est pas du FEEL : « {text} » n’est pas attendu ici."
    if kind == "NO_FUNCTION_FOUND":
        name = str(trouble.get("target") or text).split("(", 1)[0].strip()[:60]
        return f"La fonction « {name} » n’existe pas."
    if kind in ("NOT_COMPARABLE", "INVALID_TYPE"):
        left, right = (_TYPES.get(str(trouble.get(side)), "") for side in ("left", "right"))
        verb = "comparer" if kind == "NOT_COMPARABLE" else "calculer avec"
        pair = f" {left} et {right}" if left and right else " ces valeurs, de types différents"
        return f"On ne peut pas {verb}{pair}."
    if kind == "WRONG_TYPE":
        left, right = (_TYPES.get(str(trouble.get(side)), "autre chose") for side in ("left", "right"))
        return f"On y attend {right}, et c’est {left} qui vient."
    if kind == "NOT_ALLOWED":
        return f"La valeur n’est pas de celles qui sont permises : {str(trouble.get('allowed'))[:200]}."
    if kind == "NOT_DATA":
        found = _TYPES.get(str(trouble.get("left")), "autre chose")
        return f"Le résultat est {found} : une valeur est attendue."
    if kind == "ARGUMENT":
        return _ARGUMENTS.get(str(trouble.get("note")), _PLAIN["INVALID_ARGUMENTS"])
    return _PLAIN.get(kind, "L’expression ne peut pas être évaluée.")


def error(expression: str, trouble: Mapping[str, object]) -> FeelError:
    """The exception for what the isolate said."""
    kind = FeelSyntaxError if trouble.get("kind") in ("SYNTAX", "EMPTY", "DOUBLE_EQUALS") else FeelError
    return kind(expression, sentence(expression, trouble), position(expression, trouble))


def position(expression: str, trouble: Mapping[str, object]) -> tuple[int, int] | None:
    """Where in the expression, in characters: JavaScript counts in UTF-16 units."""
    start, end = trouble.get("from"), trouble.get("to")
    if not isinstance(start, int) or not isinstance(end, int):
        return None
    units = expression.encode("utf-16-le", "surrogatepass")
    first, last = (len(units[: offset * 2].decode("utf-16-le", "replace")) for offset in (start, end))
    return first, last


def line_and_column(expression: str, trouble: Mapping[str, object]) -> tuple[int, int]:
    """The line and the column, from 1, of what the isolate speaks of."""
    start = (position(expression, trouble) or (0, 0))[0]
    before = expression[:start]
    return before.count("\n") + 1, start - (before.rfind("\n") + 1) + 1


def _excerpt(expression: str, trouble: Mapping[str, object]) -> str:
    place = position(expression, trouble)
    return "" if place is None else expression[place[0] : place[1]].strip()[:60]
