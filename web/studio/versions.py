"""The versions that were published: who, when, why, what changed; each readable, and usable again as a draft.
A whole bundle goes out and comes in as a zip: what comes in is a set of drafts, checked like any other."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import abort, flash, redirect, render_template, request, send_file, url_for
from flask_babel import gettext, ngettext

from asae_engine import drafts, markup
from asae_engine.model.lookups import deployment_files, deployments
from asae_engine.model.workspace import deployment_numbered, file_changes, running_by_deployment
from web import visit
from web.studio import archive
from web.studio.blueprint import blueprint, workspace
from web.studio.changes import changes
from web.studio.files import Kind, describe, describe_all
from web.studio.outline import outline
from web.studio.publication import address_of

if TYPE_CHECKING:
    from flask import Response
    from flask.typing import ResponseReturnValue

    from asae_engine.model import Deployment


@blueprint.get("/versions")
def versions() -> ResponseReturnValue:
    """Every deployment, the newest first: how many files it changed, how many cases go on under it."""
    session = visit.database()
    changed: dict[int, int] = {}
    for change in file_changes(session):
        changed[change.number] = changed.get(change.number, 0) + 1
    return render_template(
        "studio/versions.html",
        deployments=deployments(session),
        changed=changed,
        running=running_by_deployment(session),
    )


@blueprint.get("/versions/<int:number>")
def version(number: int) -> ResponseReturnValue:
    """One deployment: what it changed from the one before, and its files."""
    session = visit.database()
    found = _deployment(number)
    files = deployment_files(session, found.id)
    earlier = deployment_numbered(session, number - 1)
    before = deployment_files(session, earlier.id) if earlier else {}
    return render_template(
        "studio/version.html",
        deployment=found,
        changes=changes(before, files) if earlier else [],
        files=describe_all(files),
        running=running_by_deployment(session).get(number, 0),
    )


@blueprint.get("/versions/<int:number>/fichiers/<path:path>")
def version_file(number: int, path: str) -> ResponseReturnValue:
    """A file as it was in a version: drawn when it is a diagram, as text otherwise."""
    found, content = _file(number, path)
    described = describe(path, content)
    return render_template(
        "studio/version_file.html",
        deployment=found,
        file=described,
        steps=outline(content) if described.kind is Kind.PROCESS else [],
        text=markup.as_text(content),
        same=workspace().content(path) == content,
    )


@blueprint.post("/versions/<int:number>/reprendre")
def reuse(number: int) -> ResponseReturnValue:
    """Take a file of an older version as the draft."""
    path = request.form.get("path", "")
    _found, content = _file(number, path)
    space = workspace()
    drafts.save(visit.database(), visit.actor(), path, content, space.version(path), now=visit.now())
    flash(
        gettext("Le fichier de la version %(number)s est maintenant votre brouillon.", number=number),
        "success",
    )
    return redirect(address_of(path) or url_for("studio.home"))


@blueprint.get("/versions/<int:number>/telecharger")
def download_version(number: int) -> ResponseReturnValue:
    """A published bundle as a zip."""
    files = deployment_files(visit.database(), _deployment(number).id)
    return _zip(files, f"asae-version-{number}.zip")


@blueprint.get("/telecharger")
def download() -> ResponseReturnValue:
    """The workspace, drafts included, as a zip."""
    return _zip(workspace().files, "asae-brouillon.zip")


@blueprint.post("/televerser")
def upload() -> ResponseReturnValue:
    """Take a bundle's files that differ as drafts, or a single file beside those that are there. Nothing is
    published; the check says what is wrong.
    """
    sent = request.files.get("bundle")
    if sent is None or not sent.filename:
        flash(gettext("Choisissez d’abord un fichier."), "warning")
        return redirect(url_for("studio.versions"))
    data = sent.read()
    try:
        if archive.is_single(sent.filename):
            there = workspace().files
            files = {**there, archive.placed(sent.filename, data, there): data}
        else:
            files = archive.opened(data)
    except archive.ArchiveRefused as refusal:
        flash(refusal.message_fr, "danger")
        return redirect(url_for("studio.versions"))
    kept = _keep_all(files)
    flash(
        ngettext("%(num)s fichier repris comme brouillon.", "%(num)s fichiers repris comme brouillons.", kept)
        if kept
        else gettext("Tout est identique à ce qui est déjà là : rien à reprendre."),
        "success",
    )
    return redirect(url_for("studio.check"))


def _keep_all(files: dict[str, bytes]) -> int:
    space, kept = workspace(), 0
    for path, content in files.items():
        if space.content(path) == content:
            continue
        drafts.save(visit.database(), visit.actor(), path, content, space.version(path), now=visit.now())
        kept += 1
    for path in space.files.keys() - files.keys():
        drafts.remove(visit.database(), visit.actor(), path, space.version(path), now=visit.now())
        kept += 1
    return kept


def _deployment(number: int) -> Deployment:
    found = deployment_numbered(visit.database(), number)
    if found is None:
        abort(404)
    return found


def _file(number: int, path: str) -> tuple[Deployment, bytes]:
    found = _deployment(number)
    content = deployment_files(visit.database(), found.id).get(path)
    if content is None:
        abort(404)
    return found, content


def _zip(files: dict[str, bytes], name: str) -> Response:
    return send_file(
        archive.closed(files), mimetype="application/zip", as_attachment=True, download_name=name
    )
