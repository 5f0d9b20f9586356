"""What guards every page: who asks, whether strangers may, and the headers that keep a browser from being
misled.

A view is closed to strangers unless it says `@visit.public`. A stranger who sends a form is asked to sign in,
and what they typed is carried through the sign-in page into their draft (`web.auth.resumption`).
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING
from uuid import UUID

from flask import current_app, g, redirect, request, session, url_for

from asae_engine.access import accounts
from web import visit
from web.auth import resumption

if TYPE_CHECKING:
    from flask import Flask, Response
    from flask.typing import ResponseReturnValue

    from asae_engine.access import Actor

#: Everything from this origin, nothing inline, no plug-in, no frame around us.
POLICY = "; ".join(
    (
        "default-src 'self'",
        "img-src 'self' data:",
        "style-src 'self'",
        "script-src 'self'",
        "object-src 'none'",
        "base-uri 'none'",
        "form-action 'self'",
        "frame-ancestors 'none'",
    )
)
#: The cookie is rewritten at most this often: what idle time is measured with.
_FRESHNESS = timedelta(minutes=1)


def register(app: Flask) -> None:
    """Recognise the visitor before each request and protect each response."""
    app.before_request(recognise)
    app.after_request(harden)


def recognise() -> ResponseReturnValue | None:
    """Load who is signed in; send strangers to the sign-in page when the view is not for them."""
    view = current_app.view_functions.get(request.endpoint or "")
    if request.endpoint == "static":
        return None
    g.actor = _signed_in()
    if view is None or g.actor is not None or getattr(view, visit.PUBLIC, False):
        return None
    if request.headers.get("HX-Request"):
        return "", 401, {"HX-Redirect": url_for("auth.sign_in")}
    if request.method == "POST":
        return resumption.ask_to_sign_in()
    if request.method in ("GET", "HEAD") and not _wants_data():
        return redirect(url_for("auth.sign_in", next=request.full_path.rstrip("?")))
    return {"error": "signed_out", "sign_in": url_for("auth.sign_in")}, 401


def _wants_data() -> bool:
    return request.accept_mimetypes.best_match(["text/html", "application/json"]) == "application/json"


def _signed_in() -> Actor | None:
    identity, epoch, seen = session.get("user"), session.get("epoch"), session.get("seen")
    if not isinstance(identity, str) or not isinstance(epoch, int) or not isinstance(seen, int | float):
        return None
    last = datetime.fromtimestamp(seen, UTC)
    if visit.now() - last > visit.settings().idle_timeout:
        session.clear()
        return None
    person = accounts.load(visit.database(), UUID(identity), epoch)
    if person is None:
        session.clear()
    elif visit.now() - last > _FRESHNESS:
        session["seen"] = visit.now().timestamp()
    return person


def harden(response: Response) -> Response:
    """Add the security headers. Personal pages are never kept by a cache, built assets always."""
    headers = response.headers
    headers.setdefault("Content-Security-Policy", POLICY)
    headers["X-Content-Type-Options"] = "nosniff"
    headers["Referrer-Policy"] = "same-origin"
    headers["Cross-Origin-Opener-Policy"] = "same-origin"
    headers["Cross-Origin-Resource-Policy"] = "same-origin"
    headers["Permissions-Policy"] = "camera=(), microphone=(), geolocation=(), browsing-topics=()"
    if visit.settings().secure_cookies:
        headers["Strict-Transport-Security"] = "max-age=31536000"
    if request.endpoint == "static":
        kept = "public, max-age=31536000, immutable" if "v" in request.args else "no-cache"
        headers["Cache-Control"] = kept
    else:
        headers["Cache-Control"] = "no-store"
    return response
