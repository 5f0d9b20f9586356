"""The studio's blueprint and what each of its views begins with: only those who may design enter."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import Blueprint, abort, jsonify, request

from asae_engine import drafts
from asae_engine.access import permissions
from web import visit

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue

    from asae_engine.drafts import Workspace

blueprint = Blueprint("studio", __name__, url_prefix="/atelier")


@blueprint.before_request
def only_designers() -> None:
    if visit.visitor() is not None and permissions.permitted(visit.database(), visit.actor(), "design"):
        abort(403)


def workspace() -> Workspace:
    """The files as they stand: newest deployment and drafts."""
    return drafts.open_workspace(visit.database())


def sent() -> dict[str, Any]:
    """The JSON object that a script sent; 400 for anything else."""
    body = request.get_json(silent=True)
    if not isinstance(body, dict):
        abort(400)
    return body


def refused(sentence: str, status: int = 422) -> ResponseReturnValue:
    """A refusal for a script, with the sentence that it shows."""
    return jsonify(error=sentence), status
