"""What people read when something goes wrong: a French sentence, what to do, and a reference that the log has
too.

Nothing technical reaches a page. Every refusal of the engine arrives here as a `CommandError` with its own
sentence.
"""

from __future__ import annotations

import logging
import secrets
from typing import TYPE_CHECKING

from flask import flash, jsonify, make_response, redirect, render_template, request, url_for
from flask_babel import lazy_gettext
from flask_wtf.csrf import CSRFError
from sqlalchemy.exc import OperationalError
from werkzeug.exceptions import HTTPException, InternalServerError

from asae_engine.commands import errors as engine
from web import journal
from web.auth.resumption import NOT_TYPED

if TYPE_CHECKING:
    from collections.abc import Sequence

    from flask import Flask
    from flask.typing import ResponseReturnValue

#: Status, title, and what to do. Any other status is told as a 400 or a 500.
SENTENCES = {
    400: (
        lazy_gettext("Cette demande n’a pas été comprise"),
        lazy_gettext("Revenez à la page précédente, rechargez-la et recommencez."),
    ),
    403: (
        lazy_gettext("Vous n’avez pas accès à cette page"),
        lazy_gettext("Si vous en avez besoin pour votre travail, adressez-vous à la coordination."),
    ),
    404: (
        lazy_gettext("Cette page n’existe pas"),
        lazy_gettext("L’adresse est peut-être incomplète, ou ce que vous cherchez ne vous est pas ouvert."),
    ),
    405: (
        lazy_gettext("Cette adresse ne s’ouvre pas ainsi"),
        lazy_gettext("Passez par le bouton ou le lien de la page."),
    ),
    409: (
        lazy_gettext("Quelqu’un vous a devancé"),
        lazy_gettext(
            "Rechargez la page pour voir où en est la situation. Votre saisie est gardée en brouillon."
        ),
    ),
    413: (
        lazy_gettext("C’est trop lourd"),
        lazy_gettext("Joignez des fichiers plus légers, ou en plusieurs fois."),
    ),
    429: (
        lazy_gettext("Trop d’essais"),
        lazy_gettext("Attendez quelques minutes avant de recommencer."),
    ),
    503: (
        lazy_gettext("Le service ne répond pas pour le moment"),
        lazy_gettext("Rien de ce qui était enregistré n’est perdu. Réessayez dans une minute."),
    ),
    500: (
        lazy_gettext("Un problème est survenu"),
        lazy_gettext("Il a été noté. Réessayez dans un moment\u00a0; s’il revient, donnez cette référence."),
    ),
}
#: Seconds after which a program may ask again.
_A_WHILE = 30
EXPIRED = lazy_gettext("La page était ouverte depuis trop longtemps. Rechargez-la et recommencez.")


def register(app: Flask) -> None:
    """Install the handlers, from the most precise to the last resort."""
    app.register_error_handler(engine.CommandError, refused)
    app.register_error_handler(CSRFError, expired)
    app.register_error_handler(HTTPException, told)
    app.register_error_handler(OperationalError, unavailable)
    app.register_error_handler(Exception, unexpected)


def refused(error: Exception) -> ResponseReturnValue:
    """A command said no: its own sentence, under the status that fits."""
    assert isinstance(error, engine.CommandError)  # noqa: S101  # Flask registers by class; the signature cannot say so
    return answer(error.status, sentence=error.message_fr)


def expired(_error: Exception) -> ResponseReturnValue:
    """The anti-forgery token is missing or of another session. Signing in just asks again."""
    if request.endpoint == "auth.enter":
        flash(str(EXPIRED), "warning")
        return redirect(url_for("auth.sign_in"))
    return answer(400, sentence=str(EXPIRED))


def told(error: Exception) -> ResponseReturnValue:
    """A refusal of HTTP's own: 404, 405, 413, 429."""
    assert isinstance(error, HTTPException)  # noqa: S101  # see `refused`
    code = error.code or 500
    if code < 400:
        return error
    return answer(code)


def unavailable(error: Exception) -> ResponseReturnValue:
    """The database is gone, locked for too long or out of room. What was typed is in the page that says so,
    to be sent again.
    """
    response = make_response(answer(503, cause=error, again=_typed()))
    response.headers["Retry-After"] = str(_A_WHILE)
    return response


def _typed() -> list[tuple[str, str]]:
    """The fields of a form that was sent, files and passwords apart."""
    if request.method != "POST" or request.headers.get("HX-Request"):
        return []
    return [
        (name, value)
        for name, value in request.form.items(multi=True)
        if name == "csrf_token" or name not in NOT_TYPED
    ]


def unexpected(error: Exception) -> ResponseReturnValue:
    """Nobody foresaw it: log everything, say nothing technical."""
    cause = error.original_exception if isinstance(error, InternalServerError) else error
    return answer(500, cause=cause)


def answer(
    status: int,
    *,
    sentence: str | None = None,
    cause: BaseException | None = None,
    again: Sequence[tuple[str, str]] = (),
) -> ResponseReturnValue:
    """The error page, or its JSON for scripts, with a fresh reference. `again` are fields that the page sends
    to the same address once more when its button is pressed.
    """
    reference = secrets.token_hex(4).upper()
    journal.note(
        "page.failed",
        level=logging.ERROR if status >= 500 else logging.WARNING,
        error=cause,
        reference=reference,
        status=status,
        endpoint=request.endpoint,
        method=request.method,
    )
    title, advice = SENTENCES.get(status, SENTENCES[400 if status < 500 else 500])
    if request.headers.get("HX-Request"):
        return _in_place(sentence or f"{title}. {advice}", reference, status)
    if request.accept_mimetypes.best_match(["text/html", "application/json"]) == "application/json":
        return jsonify(error=sentence or str(title), reference=reference), status
    page = render_template(
        "error.html", title=title, sentence=sentence, advice=advice, reference=reference, again=again
    )
    return page, status


def _in_place(sentence: str, reference: str, status: int) -> ResponseReturnValue:
    """The same, where messages stand: the rest of the page stays as it is."""
    text = render_template("message.html", sentence=sentence, reference=reference)
    return text, status, {"HX-Retarget": "#messages", "HX-Reswap": "innerHTML"}
