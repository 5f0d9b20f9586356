"""What this installation sends by: its mail server, the bounds of its webhooks, and the words of its mails.

A mail says that something waits, which step it is and of which case: nothing of the household.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from babel.support import NullTranslations, Translations

from asae_engine.post import Post

if TYPE_CHECKING:
    from asae_engine.post import Occasion
    from web.settings import Settings

#: Steps have names of any length; a mail has not.
_LONGEST_STEP = 120


def post(settings: Settings) -> Post:
    """The post of an installation."""

    def words(occasion: Occasion) -> tuple[str, str]:
        return mail(occasion, settings.public_url)

    return Post(settings.mail, words, settings.webhooks)


def mail(occasion: Occasion, public_url: str) -> tuple[str, str]:
    """Subject and text, in the reader's language."""
    said = _catalogue(occasion.locale or "fr")
    subjects = {
        "assigned": said.gettext("Une étape vous est confiée : %(step)s (%(number)s)"),
        "reminder": said.gettext("Rappel : %(step)s (%(number)s)"),
        "due": said.gettext("Échéance atteinte : %(step)s (%(number)s)"),
        "escalation_1": said.gettext("En retard : %(step)s (%(number)s)"),
        "escalation_2": said.gettext("En retard : %(step)s (%(number)s)"),
    }
    notice = said.gettext("Un avis vous attend (%(number)s)")
    step = " ".join((occasion.step or "").split())
    if len(step) > _LONGEST_STEP:
        step = step[: _LONGEST_STEP - 1] + "…"
    subject = subjects.get(occasion.what, notice) if step else notice
    given = {"step": step, "number": occasion.case_number}
    is_task = occasion.what == "assigned" and occasion.task_id is not None
    link = f"{public_url}/taches/{occasion.task_id}" if is_task else f"{public_url}/"
    lines = [
        said.gettext("Bonjour,"),
        "",
        said.gettext("Cette étape vous attend dans ASAE :")
        if is_task
        else said.gettext("Un avis vous attend dans « Mes tâches » :"),
        link,
        "",
        said.gettext("Situation : %(number)s") % given,
        *([said.gettext("Étape : %(step)s") % given] if step else []),
        "",
        said.gettext("Ce message ne dit rien du ménage : tout se lit dans ASAE."),
        said.gettext("Pour ne plus recevoir ces messages : %(link)s") % {"link": f"{public_url}/mon-compte"},
    ]
    return subject % given, "\n".join(lines) + "\n"


@cache
def _catalogue(locale: str) -> NullTranslations:
    return Translations.load(Path(__file__).parent / "translations", [locale])
