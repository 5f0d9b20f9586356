"""The language of a page: the person's choice, else the browser's, else French."""

from __future__ import annotations

from flask import request

from web import visit

LANGUAGES = ("fr", "en")


def choose() -> str:
    """Code of the language for this request."""
    person = visit.visitor()
    if person is not None and person.locale in LANGUAGES:
        return person.locale
    return request.accept_languages.best_match(LANGUAGES, default="fr") or "fr"
