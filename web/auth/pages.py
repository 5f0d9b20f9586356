"""Sign in, sign out, and one's own account. The session holds an account's id, its epoch and the last use,
nothing else.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Blueprint, flash, g, redirect, render_template, request, session, url_for
from flask_babel import gettext, refresh

from asae_engine import commands
from asae_engine.access import accounts
from asae_engine.model import User
from web import journal, visit
from web.auth import resumption, throttle
from web.language import LANGUAGES

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue

blueprint = Blueprint("auth", __name__)


@blueprint.get("/connexion")
@visit.public
def sign_in() -> ResponseReturnValue:
    """The sign-in page."""
    target = resumption.safe_target(request.args.get("next", "")) or ""
    if visit.visitor() is not None:
        return redirect(target or url_for("inbox.tasks"))
    return render_template(
        "auth/sign_in.html", next=target, typed="", expired=False, username="", failed=False
    )


@blueprint.post("/connexion")
@visit.public
def enter() -> ResponseReturnValue:
    """Check a name and a password. The answer is the same whether the account exists or not."""
    username, password = request.form.get("username", ""), request.form.get("password", "")
    target, typed = request.form.get("next", ""), request.form.get("typed", "")
    counted = throttle.sign_in(username)
    throttle.begin(counted)
    account = accounts.authenticate(visit.database(), username, password)
    if account is None:
        journal.note("sign_in.refused")
        page = render_template(
            "auth/sign_in.html", next=target, typed=typed, username=username[:80], failed=True
        )
        return page, throttle.FAILED
    throttle.forgive(counted)
    _begin(account)
    accounts.refresh_hash(visit.database(), account.id, password)
    journal.note("sign_in.accepted", user=account.id)
    kept = resumption.keep(typed, target)
    if kept is not None:
        flash(gettext("Ce que vous aviez saisi a été retrouvé."), "success")
    return redirect(kept or resumption.safe_target(target) or url_for("inbox.tasks"))


@blueprint.post("/deconnexion")
def sign_out() -> ResponseReturnValue:
    """End this session."""
    _end()
    flash(gettext("Vous êtes déconnecté."), "info")
    return redirect(url_for("auth.sign_in"))


@blueprint.post("/deconnexion/partout")
def sign_out_everywhere() -> ResponseReturnValue:
    """End every session of the account, on every machine."""
    accounts.sign_out_everywhere(visit.database(), visit.actor().user_id)
    _end()
    flash(gettext("Vous êtes déconnecté de tous vos appareils."), "info")
    return redirect(url_for("auth.sign_in"))


@blueprint.get("/mon-compte")
def profile() -> ResponseReturnValue:
    """One's own account."""
    return _profile()


@blueprint.post("/mon-compte/mot-de-passe")
def change_password() -> ResponseReturnValue:
    """Choose a new password: every other session of the account ends."""
    new, again = request.form.get("new", ""), request.form.get("again", "")
    if new != again:
        return _profile(gettext("Les deux saisies du nouveau mot de passe diffèrent.")), 422
    person, counted = visit.actor().user_id, throttle.own_password()
    throttle.begin(counted)
    refusal = accounts.change_password(visit.database(), person, request.form.get("current", ""), new)
    if refusal is not None:
        return _profile(refusal), throttle.FAILED
    throttle.forgive(counted)
    _begin(visit.database().get_one(User, person))
    flash(gettext("Votre mot de passe est changé. Vos autres appareils sont déconnectés."), "success")
    return redirect(url_for("auth.profile"))


@blueprint.post("/mon-compte/langue")
def choose_language() -> ResponseReturnValue:
    """Choose the language of the pages."""
    chosen = request.form.get("locale", "")
    if chosen in LANGUAGES:
        accounts.choose_language(visit.database(), visit.actor().user_id, chosen)
        g.actor = accounts.actor_for(visit.database(), visit.actor().username)
        refresh()
        flash(gettext("La langue est enregistrée."), "success")
    return redirect(url_for("auth.profile"))


@blueprint.post("/mon-compte/courriel")
def choose_mail() -> ResponseReturnValue:
    """Choose whether notices come by mail as well."""
    wanted = request.form.get("mail") == "yes"
    person = visit.actor()
    commands.set_mail(visit.writing(), person, person.username, wanted=wanted)
    flash(
        gettext("Vos avis vous parviendront aussi par courriel.")
        if wanted
        else gettext("Vous ne recevrez plus de courriel. Vos avis restent dans « Mes tâches »."),
        "success",
    )
    return redirect(url_for("auth.profile"))


def _profile(refusal: str | None = None) -> str:
    account = visit.database().get_one(User, visit.actor().user_id)
    return render_template("auth/profile.html", account=account, refusal=refusal)


def _begin(account: User) -> None:
    """Start a fresh session: nothing of the stranger's remains, its token included."""
    session.clear()
    g.pop("csrf_token", None)
    session["user"] = str(account.id)
    session["epoch"] = account.session_epoch
    session["seen"] = visit.now().timestamp()
    g.actor = accounts.actor(visit.database(), account)
    refresh()


def _end() -> None:
    session.clear()
    g.pop("csrf_token", None)
    g.actor = None
