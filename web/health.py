"""`/sante`: what a load balancer asks to know whether this process can serve, and monitoring how it goes."""

from __future__ import annotations

from flask import Blueprint, Response, jsonify
from sqlalchemy import text

from asae_engine.reading.outbox import outbox
from asae_engine.reading.punctuality import punctuality
from web import visit

blueprint = Blueprint("health", __name__)


@blueprint.get("/sante")
@visit.public
def health() -> Response:
    """200 when the database answers; an error otherwise is the application's own 500.

    `due`: how many things wait to be fired, whether nobody fires them, and how late those of the last hour
    were (seconds; null when none was fired). `outbox`: how many letters wait to be sent, since when the
    eldest does (seconds), and how many were given up.
    """
    visit.database().execute(text("select 1"))
    found = punctuality(visit.database(), now=visit.now())
    letters = outbox(visit.database(), now=visit.now())
    hour = found.hour
    return jsonify(
        status="ok",
        database="ok",
        due={
            "waiting": found.waiting,
            "stalled": found.stalled,
            "late_median": None if hour is None else round(hour.median, 1),
            "late_95": None if hour is None else round(hour.high, 1),
            "late_worst": None if hour is None else round(hour.worst, 1),
        },
        outbox={
            "waiting": letters.waiting,
            "waited": round(letters.waited, 1),
            "given_up": letters.given_up,
        },
    )
