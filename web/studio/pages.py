"""The studio's pages: the list of what can be edited, and the three editors."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from flask import abort, redirect, render_template, url_for

from asae_engine.findings import refused
from asae_engine.model.lookups import deployments
from asae_engine.model.workspace import file_changes
from web import visit
from web.studio import checking, drafts, making, preview, publication, versions, vocabulary  # noqa: F401 - their routes
from web.studio.blueprint import blueprint, workspace
from web.studio.files import Described, Kind, describe, path_of
from web.studio.outline import outline

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue

    from asae_engine.drafts import Draft, Workspace
    from asae_engine.model import Deployment

__all__ = ["blueprint"]


@dataclass(frozen=True, slots=True)
class Row:
    """A file in the list."""

    file: Described
    #: The deployment that last changed it; none for one never published.
    deployment: Deployment | None
    draft: Draft | None
    #: `new`, `changed`, `removed`, or "" when it is as published.
    state: str
    used_by: list[Described]


@blueprint.get("/")
def home() -> ResponseReturnValue:
    """Processes, forms and tables, with where each last changed and who is changing it."""
    space = workspace()
    rows = _rows(space)
    found = checking.findings(space.files) if space.changed else []
    return render_template(
        "studio/home.html",
        space=space,
        processes={
            sort: [row for row in rows if row.file.kind is Kind.PROCESS and row.file.sort == sort]
            for sort in ("main", "called", "side")
        },
        forms=[row for row in rows if row.file.kind is Kind.FORM],
        decisions=[row for row in rows if row.file.kind is Kind.DECISION],
        programme=[row for row in rows if row.file.kind is Kind.PROGRAMME],
        errors=sum(1 for finding in found if finding.severity == "error"),
        blocked=refused(found),
    )


def _rows(space: Workspace) -> list[Row]:
    session = visit.database()
    numbered = {deployment.number: deployment for deployment in deployments(session)}
    last: dict[str, int] = {}
    for change in file_changes(session):
        last.setdefault(change.path, change.number)
    contents = {**space.published, **space.files}
    files = [describe(path, content) for path, content in contents.items()]
    processes = [file for file in files if file.kind is Kind.PROCESS]
    rows = []
    for file in files:
        draft = space.drafts.get(file.path)
        users = [process for process in processes if file.key in process.uses and process.path != file.path]
        number = last.get(file.path)
        rows.append(Row(file, numbered.get(number or 0), draft, _state(file.path, space), users))
    return sorted(rows, key=lambda row: row.file.name.lower())


def _state(path: str, space: Workspace) -> str:
    draft = space.drafts.get(path)
    if draft is None or draft.content == space.published.get(path):
        return ""
    if draft.content is None:
        return "removed"
    return "changed" if path in space.published else "new"


@blueprint.get("/processus/<stem>")
def process(stem: str) -> ResponseReturnValue:
    """The diagram editor; a process key that is not a file's name leads to its file."""
    space = workspace()
    content = space.content(path_of(Kind.PROCESS, stem))
    if content is None:
        for path, text in space.files.items():
            described = describe(path, text) if path.endswith(".bpmn") else None
            if described and described.key == stem:
                return redirect(url_for("studio.process", stem=described.stem))
        abort(404)
    return _editor("studio/process.html", Kind.PROCESS, stem, steps=outline(content))


@blueprint.get("/decision/<stem>")
def decision(stem: str) -> ResponseReturnValue:
    """The decision table editor."""
    return _editor("studio/decision.html", Kind.DECISION, stem)


@blueprint.get("/formulaire/<stem>")
def form(stem: str) -> ResponseReturnValue:
    """The form editor."""
    return _editor("studio/form.html", Kind.FORM, stem)


@blueprint.get("/programme")
def programme() -> ResponseReturnValue:
    """Roles, marks, organisations and figures, as the text that they are."""
    return _editor("studio/programme.html", Kind.PROGRAMME, "programme")


def _editor(template: str, kind: Kind, stem: str, **more: object) -> str:
    space = workspace()
    path = path_of(kind, stem)
    content = space.content(path)
    if content is None:
        abort(404)
    return render_template(
        template,
        file=describe(path, content),
        published=path in space.published,
        draft=space.drafts.get(path),
        state=_state(path, space),
        owner=visit.actor().username,
        **more,
    )
