"""What a page knows of the present request: who asks, when it is, and the database session it reads with.

Views and templates ask here; nothing else reads Flask's `g`. The session is opened at first need and closed
after the response (`web.app` wires that); the actor is loaded by `web.auth`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar, cast

from flask import current_app, g

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from sqlalchemy.orm import Session, sessionmaker

    from asae_engine.access.actor import Actor
    from asae_engine.clock import Clock
    from web.settings import Settings

View = TypeVar("View", bound="Callable[..., object]")

#: Attribute of a view that anyone may open without signing in. Every other view refuses strangers by itself.
PUBLIC = "_open_to_strangers"


def public(view: View) -> View:
    """Mark a view as open to people who have not signed in. Put it below the route."""
    setattr(view, PUBLIC, True)
    return view


def plain(text: str, longest: int) -> str:
    """A text of a request as a query may take it: no control characters (PostgreSQL has no place for NUL),
    no tail.
    """
    return "".join(letter for letter in text if letter.isprintable()).strip()[:longest]


def settings() -> Settings:
    """The installation's settings."""
    return cast("Settings", current_app.extensions["asae.settings"])


def sessions() -> sessionmaker[Session]:
    """The factory of database sessions."""
    return cast("sessionmaker[Session]", current_app.extensions["asae.sessions"])


def database() -> Session:
    """The database session of this request."""
    if "session" not in g:
        g.session = sessions()()
    return cast("Session", g.session)


def writing() -> Session:
    """The database session, free for a command: what was read until now ends, what was loaded stays
    readable.
    """
    session = database()
    session.commit()
    return session


def close_database(_error: BaseException | None = None) -> None:
    """Give the request's session back, undoing what was not committed."""
    session = g.pop("session", None)
    if session is not None:
        session.close()


def now() -> datetime:
    """The instant of this request, the same from its beginning to its end. Aware, in UTC."""
    if "now" not in g:
        g.now = cast("Clock", current_app.extensions["asae.clock"]).now()
    return cast("datetime", g.now)


def visitor() -> Actor | None:
    """Who is signed in, if someone is."""
    return cast("Actor | None", g.get("actor"))


def actor() -> Actor:
    """Who acts. A view that is not `public` always has one."""
    person = visitor()
    if person is None:
        raise RuntimeError("No one is signed in.")
    return person
