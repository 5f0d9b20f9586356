"""The application: read `create_app` from top to bottom to know what a page goes through."""

from __future__ import annotations

import importlib
import importlib.util
from typing import TYPE_CHECKING

from flask import Flask
from flask_babel import Babel
from flask_wtf.csrf import CSRFProtect
from werkzeug.middleware.proxy_fix import ProxyFix
from werkzeug.routing import IntegerConverter

from asae_engine.clock import SystemClock
from asae_engine.model import database
from web import errors, language, protection, visit, words
from web.settings import Settings

if TYPE_CHECKING:
    from werkzeug.routing import Map

    from asae_engine.clock import Clock

#: Modules that each hold a `blueprint`, in the order of the navigation.
ROOMS = (
    "web.health",
    "web.auth.pages",
    "web.inbox.pages",
    "web.tasks.pages",
    "web.cases",
    "web.search.pages",
    "web.board.pages",
    "web.board.stops",
    "web.board.works",
    "web.sending.pages",
    "web.studio.pages",
    "web.studio.diagrams",
)


class ColumnNumber(IntegerConverter):
    """A number in an address: one that no column of ours can hold belongs to no address."""

    def __init__(self, url_map: Map) -> None:
        super().__init__(url_map, max=2**31 - 1)


def create_app(settings: Settings | None = None, *, clock: Clock | None = None) -> Flask:
    """The Flask application of one installation. `settings` default to the environment's, `clock` to the
    machine's.
    """
    settings = settings or Settings.from_environment()
    app = Flask("web", static_url_path="/static")
    app.config.update(
        SECRET_KEY=settings.secret_key,
        MAX_CONTENT_LENGTH=settings.max_request,
        MAX_FORM_MEMORY_SIZE=4 * 1024 * 1024,
        MAX_FORM_PARTS=5_000,
        SESSION_COOKIE_NAME="__Host-asae" if settings.secure_cookies else "asae",
        SESSION_COOKIE_SECURE=settings.secure_cookies,
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_PATH="/",
        SESSION_REFRESH_EACH_REQUEST=False,
        # A token lives as long as its session: a form left open over lunch is still good.
        WTF_CSRF_TIME_LIMIT=None,
        BABEL_DEFAULT_LOCALE="fr",
        BABEL_DEFAULT_TIMEZONE="Europe/Paris",
    )
    app.jinja_env.trim_blocks = True
    app.jinja_env.lstrip_blocks = True
    app.url_map.converters["int"] = ColumnNumber
    if settings.proxies:
        hops = settings.proxies
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=hops, x_proto=hops, x_host=hops)  # type: ignore[method-assign]  # Flask's documented way to wrap

    app.extensions["asae.settings"] = settings
    app.extensions["asae.clock"] = clock or SystemClock()
    app.extensions["asae.sessions"] = database.session_factory(settings.database_url)
    app.teardown_appcontext(visit.close_database)

    Babel(app, locale_selector=language.choose)
    words.register(app)
    errors.register(app)
    protection.register(app)  # who asks is known before the CSRF token is judged
    CSRFProtect(app)
    for name in rooms():
        room = importlib.import_module(name)
        app.register_blueprint(room.blueprint)
    return app


def rooms() -> list[str]:
    """The rooms that are there: an installation may leave one out."""
    return [room for room in ROOMS if _exists(room)]


def _exists(module: str) -> bool:
    try:
        return importlib.util.find_spec(module) is not None
    except ModuleNotFoundError:
        return False
