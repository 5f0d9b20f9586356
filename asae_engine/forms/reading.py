"""What is gathered while a form file is read, and how its texts are read."""

from __future__ import annotations

from asae_engine.findings import Finding
from asae_engine.forms.definition import Expression
from asae_engine.forms.source import Json, Located


class Reading:
    """What is gathered while a file is read: findings, and the expressions in it."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.findings: list[Finding] = []
        self.expressions: list[Expression] = []

    def error(self, code: str, part: Located, message: str, advice: str) -> None:
        """Note a finding about a component."""
        self.findings.append(
            Finding(
                f"form.{code}", "error", self.file, part.line, name_of(part), label_of(part), message, advice
            )
        )

    def expression(self, part: Located, attribute: str, value: Json) -> str | None:
        """A FEEL expression that must be one; it is checked later with all the others."""
        if value is None or value == "":
            return None
        if not isinstance(value, str):
            self.error(
                "not_feel",
                part,
                f"« {attribute} » doit être une expression FEEL.",
                "Écrivez une condition, par exemple =montant > 0.",
            )
            return None
        self.expressions.append(Expression(name_of(part) or "", attribute, value, part.line))
        return value


def text(value: Json) -> str | None:
    """A text that says something, trimmed."""
    return value.strip() or None if isinstance(value, str) else None


def name_of(part: Located) -> str | None:
    """The key of a component, else its identifier."""
    return text(part.get("key")) or text(part.get("path")) or text(part.get("id"))


def label_of(part: Located) -> str | None:
    """The label of a component; dates have theirs elsewhere."""
    return (
        text(part.get("label"))
        or text(part.get("dateLabel"))
        or text(part.get("timeLabel"))
        or text(properties(part).get("label"))
    )


def properties(part: Located) -> Located:
    """The custom properties of a component."""
    found = part.get("properties")
    return found if isinstance(found, Located) else Located()


def flag(value: Json) -> bool:
    """True, also as a custom property writes it."""
    return value is True or value == "true"


def plain(reading: Reading, part: Located, attribute: str, value: Json) -> str | None:
    """A text shown as it is. Computed labels are refused: the form and the dossier must say the same one."""
    said = text(value)
    if said and (said.startswith("=") or "{{" in said):
        reading.error(
            "computed_text",
            part,
            f"Le texte de « {attribute} » est calculé, ce qui n’est pas admis ici.",
            "Écrivez un texte fixe, ou deux composants avec une condition.",
        )
        return None
    return said


def split(value: Json) -> list[str]:
    """The words of a list written with commas."""
    return [word.strip() for word in value.split(",") if word.strip()] if isinstance(value, str) else []
