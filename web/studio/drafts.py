"""What the editors read and write: the draft of a file, its findings, a fresh anti-forgery token."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import abort, flash, jsonify, redirect, request, url_for
from flask_babel import gettext
from flask_wtf.csrf import generate_csrf

from asae_engine import drafts, markup
from web import visit
from web.studio import checking
from web.studio.blueprint import blueprint, refused, sent, workspace

if TYPE_CHECKING:
    from flask import Response
    from flask.typing import ResponseReturnValue

    from asae_engine.drafts import DraftConflict


@blueprint.get("/brouillons/<path:path>")
def read_draft(path: str) -> ResponseReturnValue:
    """The file as it would be published, with the version that a save has to start from."""
    space = workspace()
    content = space.content(path)
    if content is None:
        abort(404)
    draft = space.drafts.get(path)
    return jsonify(
        content=markup.as_text(content),
        version=space.version(path),
        by=draft.by if draft else None,
        at=draft.at.isoformat() if draft else None,
    )


@blueprint.put("/brouillons/<path:path>")
def save_draft(path: str) -> ResponseReturnValue:
    """Keep what the editor holds, right or wrong. 409 with the other's text when someone saved meanwhile."""
    body = sent()
    content, version = body.get("content"), body.get("version")
    if not isinstance(content, str) or not isinstance(version, int):
        abort(400)
    try:
        kept = drafts.save(visit.database(), visit.actor(), path, content.encode(), version, now=visit.now())
    except drafts.DraftRefused as refusal:
        return refused(refusal.message_fr)
    except drafts.DraftConflict as conflict:
        return told(conflict), 409
    return jsonify(version=kept.version, at=kept.at.isoformat())


def told(conflict: DraftConflict) -> Response:
    return jsonify(
        by=conflict.who,
        at=conflict.when.isoformat() if conflict.when else visit.now().isoformat(),
        version=conflict.version,
        content=markup.as_text(conflict.content or b""),
    )


@blueprint.post("/abandonner")
def discard_draft() -> ResponseReturnValue:
    """Forget the draft of one file."""
    path = request.form.get("path", "")
    if path in workspace().drafts:
        drafts.discard(visit.database(), path)
        flash(gettext("Le brouillon est abandonné : le fichier est de nouveau tel que publié."), "success")
    return redirect(url_for("studio.home"))


@blueprint.post("/retirer")
def remove_file() -> ResponseReturnValue:
    """Note that a file is to leave at the next publication; a file that was never published is forgotten."""
    path, space = request.form.get("path", ""), workspace()
    if path in space.published:
        drafts.remove(visit.database(), visit.actor(), path, space.version(path), now=visit.now())
        flash(gettext("Ce fichier sera retiré à la prochaine publication."), "success")
    elif path in space.drafts:
        drafts.discard(visit.database(), path)
        flash(gettext("Ce fichier n’avait pas été publié : il est supprimé."), "success")
    return redirect(url_for("studio.home"))


@blueprint.get("/constats/<path:path>")
def findings(path: str) -> ResponseReturnValue:
    """What the check says of one file, within the bundle as it would be published."""
    found = checking.findings(workspace().files)
    return jsonify(findings=[finding.as_json() for finding in found if finding.file == path])


@blueprint.get("/jeton")
def token() -> ResponseReturnValue:
    """The anti-forgery token of the present session, for a page that outlived the one it was made for."""
    return jsonify(token=generate_csrf())
