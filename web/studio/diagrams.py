"""The drawing of a process as a deployment holds it, for the diagram island of any page. Nothing personal."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Blueprint, Response, abort

from asae_engine.model.lookups import deployment_files
from asae_engine.model.workspace import deployment_numbered
from web import visit
from web.studio.files import describe

if TYPE_CHECKING:
    from collections.abc import Mapping

blueprint = Blueprint("diagrams", __name__, url_prefix="/diagrammes")


@blueprint.get("/<int:deployment>/<key>.bpmn")
def drawing(deployment: int, key: str) -> Response:
    """The BPMN file of a process, by its key. Any signed-in person may read how the programme works."""
    found = deployment_numbered(visit.database(), deployment)
    content = None if found is None else diagram(deployment_files(visit.database(), found.id), key)
    if content is None:
        abort(404)
    return Response(content, mimetype="application/xml")


def diagram(files: Mapping[str, bytes], key: str) -> bytes | None:
    """The file that holds a process: the one named like it, or any that defines it."""
    named = files.get(f"processes/{key}.bpmn")
    if named is not None:
        return named
    for path, content in files.items():
        if path.endswith(".bpmn") and describe(path, content).key == key:
            return content
    return None
