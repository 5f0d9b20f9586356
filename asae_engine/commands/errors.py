"""What a command may answer instead of doing what was asked.

Each error carries its data; `message_fr` is the French sentence for people: what happened, what to do.
Nothing technical and no value that a person typed reaches it.
"""

# ruff: noqa: N818 - an answer is named by what it says (TaskGone), not by being an exception
from __future__ import annotations

from typing import TYPE_CHECKING

from asae_engine.calendar import ZONE

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from asae_engine.commands.duplicates import Duplicate
    from asae_engine.findings import Finding
    from asae_engine.forms import Confirmation


def _moment(when: datetime) -> str:
    return when.astimezone(ZONE).strftime("le %d/%m/%Y à %H:%M")


class CommandError(Exception):
    """Something was not done. `code` is stable and in English; `message_fr` is for people; `status` is HTTP's
    number.
    """

    status = 400

    def __init__(self, code: str, message_fr: str) -> None:
        super().__init__(code)
        self.code = code
        self.message_fr = message_fr


class NotAllowed(CommandError):
    """The actor may not do this; the message gives the reason."""

    status = 403

    def __init__(self, message: str, code: str = "not_allowed") -> None:
        super().__init__(code, message)


class InvalidAnswers(CommandError):
    """Some answers are refused, or must be confirmed first.

    `errors` maps a field's dotted path to its French sentences ("" for the form as a whole), `to_confirm` to
    the question that must be answered yes to, `raw` is what was given, tidied: as `forms.InvalidAnswers` has
    them.
    """

    status = 422

    def __init__(
        self,
        errors: Mapping[str, Sequence[str]],
        to_confirm: Mapping[str, Confirmation] | None = None,
        raw: Mapping[str, object] | None = None,
    ) -> None:
        super().__init__(
            "invalid_answers",
            "Certaines réponses sont à revoir : elles sont signalées dans le formulaire. Rien n’est perdu.",
        )
        self.errors = {path: list(sentences) for path, sentences in errors.items()}
        self.to_confirm = dict(to_confirm or {})
        self.raw = dict(raw or {})


class TaskGone(CommandError):
    """The task is no longer open. `who` is the display name of who closed it (None: the process itself),
    `when` aware.
    """

    status = 409

    def __init__(self, who: str | None, when: datetime | None, *, completed: bool) -> None:
        moment = f" {_moment(when)}" if when else ""
        if completed and who:
            message = f"Cette étape a déjà été terminée par {who}{moment}."
        elif completed:
            message = f"Cette étape a déjà été terminée{moment}."
        else:
            message = f"Cette étape n’est plus à faire : le parcours a avancé autrement{moment}."
        super().__init__("task_gone", message)
        self.who = who
        self.when = when
        self.completed = completed


class TaskTaken(CommandError):
    """Someone else has the task. `who` is a display name."""

    status = 409

    def __init__(self, who: str, when: datetime | None) -> None:
        moment = f" {_moment(when)}" if when else ""
        super().__init__("task_taken", f"{who} a déjà pris cette étape{moment}.")
        self.who = who
        self.when = when


class Conflict(CommandError):
    """Someone changed the same thing at the same moment, twice. `what` is the French name of what they
    did.
    """

    status = 409

    def __init__(self, who: str | None, what: str | None, when: datetime | None) -> None:
        author = who or "une échéance automatique"
        deed = f" ({what})" if what else ""
        moment = f" {_moment(when)}" if when else ""
        super().__init__(
            "conflict",
            f"La situation vient d’être modifiée par {author}{deed}{moment}. "
            "Relisez-la, puis recommencez : votre saisie est conservée.",
        )
        self.who = who
        self.what = what
        self.when = when


class Unknown(CommandError):
    """What was asked for does not exist. `kind` is English ("task", "case", "process", …), for the page and
    the log.
    """

    status = 404

    _NAMES = {  # noqa: RUF012 - a constant table
        "task": "Cette étape",
        "case": "Cette situation",
        "process": "Ce processus",
        "instance": "Ce parcours",
        "form": "Ce formulaire",
        "field": "Ce champ",
        "incident": "Cet incident",
        "user": "Cette personne",
        "household": "Ce ménage",
        "notice": "Ce message",
        "attachment": "Cette pièce",
        "deployment": "Cette version",
        "draft": "Ce brouillon",
        "work": "Ce travail",
        "webhook": "Cet abonnement",
    }

    def __init__(self, kind: str) -> None:
        super().__init__("unknown", f"{self._NAMES[kind]} n’existe pas, ou n’existe plus.")
        self.kind = kind


class NotOffered(CommandError):
    """The process may not be started here and now: its condition does not hold, or the case is closed."""

    status = 409

    def __init__(self, message: str) -> None:
        super().__init__("not_offered", message)


class DuplicatesFound(CommandError):
    """Households much like this one are known. Ask again with `confirm_duplicate`, or link to one of them."""

    status = 409

    def __init__(self, duplicates: Sequence[Duplicate]) -> None:
        super().__init__(
            "duplicates_found",
            "Un ménage ressemblant est déjà connu. Vérifiez avant d’ouvrir une nouvelle situation.",
        )
        self.duplicates = list(duplicates)


class NothingWaits(CommandError):
    """No open process of the case waits for this message. `name` is the message's name in the diagram."""

    status = 409

    def __init__(self, name: str) -> None:
        super().__init__(
            "nothing_waits",
            f"Aucune étape de cette situation n’attend « {name} » en ce moment : "
            "le message n’a pas été transmis.",
        )
        self.name = name


class BundleRefused(CommandError):
    """The files were not deployed, none of them. `findings` says everything that is wrong, at once."""

    status = 422

    def __init__(self, findings: Sequence[Finding]) -> None:
        super().__init__(
            "bundle_refused",
            "Cette version n’a pas été publiée : des points sont à corriger. Rien n’a été modifié.",
        )
        self.findings = list(findings)

    def __str__(self) -> str:
        """For whoever reads a traceback: the errors, by code and place."""
        errors = [one for one in self.findings if one.severity == "error"]
        return "bundle_refused: " + "; ".join(f"{one.code} {one.file}#{one.element}" for one in errors)


class NothingDeployed(CommandError):
    """No bundle was deployed yet."""

    status = 409

    def __init__(self) -> None:
        super().__init__(
            "nothing_deployed",
            "Aucun processus n’est publié : un référent processus doit d’abord en publier un.",
        )


class AttachmentRefused(CommandError):
    """The file is too big (code `too_large`), empty, or of a kind that is not taken."""

    status = 413

    def __init__(self, message: str, *, too_large: bool = False) -> None:
        super().__init__("too_large" if too_large else "attachment_refused", message)
