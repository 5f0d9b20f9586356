"""`/sante`: what a load balancer asks to know whether this process can serve."""

from __future__ import annotations

from flask import Blueprint, Response, jsonify
from sqlalchemy import text

from web import visit

blueprint = Blueprint("health", __name__)


@blueprint.get("/sante")
@visit.public
def health() -> Response:
    """200 when the database answers; an error otherwise is the application's own 500."""
    visit.database().execute(text("select 1"))
    return jsonify(status="ok", database="ok")
