"""« Envois »: what waits to be sent, what could not be, and the systems that hear of events."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext, ngettext

from asae_engine import access, commands
from asae_engine.reading import outbox
from web import visit

if TYPE_CHECKING:
    from uuid import UUID

    from flask.typing import ResponseReturnValue

blueprint = Blueprint("sending", __name__, url_prefix="/envois")


@blueprint.before_request
def require_administration() -> None:
    """Everything here is for administrators."""
    actor = visit.visitor()
    if actor is None:
        return
    refusal = access.permitted(visit.database(), actor, "administer")
    if refusal is not None:
        raise commands.NotAllowed(refusal.reason_fr)


@blueprint.get("")
def overview() -> ResponseReturnValue:
    """How sending goes, what was given up, the webhooks."""
    return _page()


@blueprint.post("/reessayer")
def retry() -> ResponseReturnValue:
    """Try again what was given up."""
    count = commands.retry_letters(visit.writing(), None, now=visit.now())
    flash(ngettext("%(num)s envoi va être essayé encore.", "%(num)s envois vont être essayés encore.", count))
    return redirect(url_for("sending.overview"))


@blueprint.post("/abonnements")
def add() -> ResponseReturnValue:
    """Let an address hear of events; the page that answers shows the secret, once."""
    url = visit.plain(request.form.get("url", ""), 2001)
    types = [visit.plain(one, 60) for one in request.form.getlist("type")]
    if not types:
        return _page(gettext("Choisissez au moins un événement."), url), 422
    try:
        made = commands.add_webhook(
            visit.writing(),
            visit.actor(),
            url,
            types,
            bounds=visit.settings().webhooks,
            now=visit.now(),
        )
    except commands.WebhookRefused as refused:
        return _page(refused.message_fr, url, types), refused.status
    return _page(secret=made.secret)


@blueprint.post("/abonnements/<uuid:webhook_id>/retirer")
def remove(webhook_id: UUID) -> ResponseReturnValue:
    """Send nothing more to an address."""
    commands.remove_webhook(visit.writing(), visit.actor(), webhook_id, now=visit.now())
    flash(gettext("Cette adresse n’est plus prévenue."))
    return redirect(url_for("sending.overview"))


def _page(
    refusal: str | None = None, url: str = "", chosen: list[str] | None = None, secret: str = ""
) -> str:
    session = visit.database()
    return render_template(
        "sending/overview.html",
        outbox=outbox.outbox(session, now=visit.now()),
        given_up=outbox.letters(session, given_up=True),
        waiting=outbox.letters(session, given_up=False, limit=20),
        webhooks=outbox.webhooks(session),
        types=commands.EVENT_TYPES,
        refusal=refusal,
        url=url,
        chosen=chosen or [],
        secret=secret,
        mail_server=visit.settings().mail is not None,
    )


@blueprint.app_template_filter("why_not_sent")
def _why_not_sent(code: str | None) -> str:
    """The word that a letter's last failure left, as a sentence."""
    if code is None:
        return ""
    begun, _, number = code.partition("_")
    if number.isdigit():
        return str(
            {
                "http": gettext("l’autre système a répondu %(number)s", number=number),
                "smtp": gettext("le serveur de courriel a répondu %(number)s", number=number),
                "recipient": gettext("le serveur de courriel ne connaît pas cette adresse"),
            }.get(begun, code)
        )
    return str(
        {
            "address_refused": gettext("adresse intérieure au réseau, non permise"),
            "bad_address": gettext("adresse électronique impossible"),
            "bad_answer": gettext("réponse incompréhensible"),
            "cut": gettext("connexion coupée"),
            "error": gettext("erreur imprévue, notée au journal"),
            "not_supported": gettext("le serveur de courriel ne sait pas chiffrer"),
            "redirected": gettext("renvoi vers une autre adresse, non suivi"),
            "sign_in_refused": gettext("identifiants refusés par le serveur de courriel"),
            "timed_out": gettext("pas de réponse à temps"),
            "tls": gettext("certificat refusé"),
            "restored": gettext("en attente au moment d’une sauvegarde, remise en place depuis"),
            "too_late": gettext("trop ancien pour être encore utile"),
            "unknown_host": gettext("machine inconnue"),
            "unreachable": gettext("machine injoignable"),
            "url_refused": gettext("adresse non permise"),
        }.get(code, code)
    )
