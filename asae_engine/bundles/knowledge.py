"""What expressions may read in a bundle: forms, fields, the case, and the variables that processes set."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from asae_engine import feel

if TYPE_CHECKING:
    from asae_engine.bundles.bundle import Bundle

#: What the engine itself gives: contract between the rooms, see commands/dossier.py and commands/deadlines.
CASE_ENTRIES = frozenset({"number", "opened_on", "door", "status"})
CASE_NAMES = frozenset({"case", "door", "counts"})
ENGINE_NAMES = CASE_NAMES.union(
    # of a form; of a multi-instance; of reminder_escalation; of the decision `delays`
    [
        "actor",
        "loopCounter",
        "deadline",
        "step",
        "step_name",
        "to",
        "task_id",
        "arrived",
    ]
)

_SET_BY_DIAGRAM = re.compile(
    r"(?:resultVariable|elementVariable)=\"([^\"]{1,80})\""
    r"|<(?:\w+:)?(?:outputDataItem|inputDataItem)\b[^>]*\bname=\"([^\"]{1,80})\""
    r"|<(?:\w+:)?loopDataOutputRef>\s*([^<]{1,80}?)\s*<"
    r"|<(?:\w+:)?outputParameter\b[^>]*\bname=\"([^\"]{1,80})\""
)


class Knowledge:
    """The names that an expression of this bundle can meet."""

    def __init__(self, bundle: Bundle, broken: set[str]) -> None:
        #: Field keys by form key.
        self.fields = {
            form.key: frozenset(form.by_key) | {field.path[0] for field in form.by_name.values()}
            for form in bundle.forms.values()
        }
        #: Whether every form could be read: else a field may only seem to be missing.
        self.forms_are_whole = not any(path.endswith(".form") for path in broken)
        #: Whether every file could be read.
        self.is_whole = not broken
        self.variables = _variables(bundle)
        self.names = frozenset(ENGINE_NAMES | self.variables | self.fields.keys()).union(
            *self.fields.values()
        )

    def unknown(self, path: str, own: frozenset[str] = frozenset(), *, of_case: bool = False) -> str | None:
        """Why a path (`committee_first.decision`) reads nothing, in French; None when it may read. `of_case`:
        it is asked of the case, where no process runs that could have variables.
        """
        head, _, rest = path.partition(".")
        entry = rest.partition(".")[0]
        if head in own or (head in self.variables and not of_case):
            return None
        if head == "case" and entry and entry not in CASE_ENTRIES:
            return f"« case » n’a pas d’entrée « {entry} »"
        if head in self.fields:
            if entry and entry not in self.fields[head] and head not in self._field_keys():
                return f"le formulaire « {head} » n’a pas de champ « {entry} »"
            return None
        if of_case and head not in CASE_NAMES | self._field_keys():
            return f"« {head} » n’est ni un formulaire ni un champ, et aucune démarche n’a encore de variable"
        if head not in self.names:
            return f"« {head} » n’est ni un formulaire, ni un champ, ni une variable connue"
        return None

    def _field_keys(self) -> frozenset[str]:
        return frozenset().union(*self.fields.values())


def _variables(bundle: Bundle) -> frozenset[str]:
    found: set[str] = set()
    for definition in bundle.processes.values():
        for written in definition.expressions:
            if written.attribute == "script":
                found.update(_entries(written.expression))
    for path, content in bundle.files.items():
        if path.endswith(".bpmn"):
            text = content.decode("utf-8", "replace")
            found.update(name for names in _SET_BY_DIAGRAM.findall(text) for name in names if name)
    return frozenset(found)


def _entries(script: str) -> list[str]:
    try:
        return feel.entries(script)
    except feel.FeelError:
        return []
