"""From drafts to a deployment: the check of the whole, what it changes in words, the publication."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext

from asae_engine import drafts
from asae_engine.commands import deploy
from asae_engine.commands.errors import BundleRefused
from asae_engine.findings import refused
from asae_engine.model.workspace import running_by_deployment
from web import visit
from web.studio import checking
from web.studio.blueprint import blueprint, workspace
from web.studio.changes import changes
from web.studio.files import describe

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue

    from asae_engine.drafts import Workspace
    from asae_engine.findings import Finding

_LONGEST_REASON = 2_000


@blueprint.get("/verifier")
def check() -> ResponseReturnValue:
    """Every finding of the bundle as it would be published."""
    space = workspace()
    found = checking.findings(space.files)
    return render_template(
        "studio/check.html", groups=grouped(found, space), blocked=refused(found), space=space
    )


@blueprint.get("/publier")
def publication() -> ResponseReturnValue:
    """What a publication would change, and for whom."""
    return _page(workspace(), reason="")


@blueprint.post("/publier")
def publish() -> ResponseReturnValue:
    """Deploy the workspace as it was shown: not if a file changed since, a finding blocks, no reason."""
    space = workspace()
    reason = request.form.get("reason", "").strip()[:_LONGEST_REASON]
    if request.form.get("seen") != seen(space):
        flash(
            gettext("Un brouillon a changé pendant que vous lisiez cette page. Relisez avant de publier."),
            "warning",
        )
        return _page(space, reason=reason), 409
    if not reason:
        return _page(
            space, reason="", problem=gettext("Dites en une phrase pourquoi cette version est publiée.")
        ), 422
    files, changed = space.files, list(space.drafts)
    try:
        done = deploy(visit.database(), visit.actor(), files, reason, now=visit.now())
    except BundleRefused:
        return _page(space, reason=reason), 422
    drafts.discard_published(visit.database(), files, changed)
    flash(
        gettext(
            "La version %(number)s est publiée. Les nouvelles situations la suivent ; "
            "celles en cours continuent comme elles ont commencé.",
            number=done.deployment.number,
        ),
        "success",
    )
    return redirect(url_for("studio.versions"))


def _page(space: Workspace, *, reason: str, problem: str = "") -> str:
    found = checking.findings(space.files)
    running = running_by_deployment(visit.database())
    return render_template(
        "studio/publish.html",
        changes=changes(space.published, space.files),
        groups=grouped(found, space),
        blocked=refused(found),
        running=sum(running.values()),
        space=space,
        seen=seen(space),
        reason=reason,
        problem=problem,
    )


def seen(space: Workspace) -> str:
    """What the person is looking at: changes whenever a draft or the newest deployment does."""
    number = space.deployment.number if space.deployment else 0
    return f"{number}/" + ",".join(f"{path}:{draft.version}" for path, draft in sorted(space.drafts.items()))


def grouped(found: list[Finding], space: Workspace) -> list[dict[str, object]]:
    """Findings by file, each with the file's name and the address of its editor."""
    groups: dict[str, dict[str, object]] = {}
    for finding in found:
        path = finding.file
        if path not in groups:
            groups[path] = {
                "path": path,
                "name": name_of(path, space),
                "address": address_of(path),
                "findings": [],
            }
        kept = groups[path]["findings"]
        assert isinstance(kept, list)  # noqa: S101  # made three lines above
        kept.append(finding)
    return list(groups.values())


def name_of(path: str, space: Workspace) -> str:
    """What people call a file; its path when it is not one of ours."""
    content = space.content(path)
    return path if content is None else describe(path, content).name


def address_of(path: str) -> str | None:
    """The address of the editor of a file."""
    folder, _, file = path.partition("/")
    stem, _, suffix = file.rpartition(".")
    endpoints = {
        ("processes", "bpmn"): "studio.process",
        ("processes", "dmn"): "studio.decision",
        ("forms", "form"): "studio.form",
    }
    endpoint = endpoints.get((folder, suffix))
    if path == "processes/programme.json":
        return url_for("studio.programme")
    return url_for(endpoint, stem=stem) if endpoint else None
