"""Accounts: made, given roles and a password, blocked. Asked by an administrator, or by the command line (no
actor).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from asae_engine import access, post
from asae_engine.access import accounts, passwords
from asae_engine.commands.errors import CommandError, NotAllowed, Unknown
from asae_engine.commands.transactions import in_one_transaction
from asae_engine.model import Organisation, User, UserRole, histories, lookups, new_id

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy.orm import Session

    from asae_engine.access import Actor


class AccountRefused(CommandError):  # noqa: N818 - as in errors
    """The account was not made or changed; the message says why."""

    status = 422

    def __init__(self, message: str) -> None:
        super().__init__("account_refused", message)


def add_user(
    session: Session,
    actor: Actor | None,
    username: str,
    display_name: str,
    organisation: str | None,
    roles: Sequence[str],
    password: str | None,
    *,
    password_hash: str | None = None,
    email: str | None = None,
    now: datetime,
) -> User:
    """Make an account. Without a password (or its hash) nobody can sign in with it.

    Raises `AccountRefused`, `NotAllowed`.
    """
    name = accounts.normal(username)
    _check_password(password, name)
    _check_email(email)

    def work() -> User:
        _require(session, actor)
        if not name or not display_name.strip():
            raise AccountRefused("Donnez un identifiant et un nom.")
        if lookups.username_taken(session, name):
            raise AccountRefused(f"L’identifiant «\u00a0{name}\u00a0» est déjà pris.")
        if organisation is not None and session.get(Organisation, organisation) is None:
            raise AccountRefused(f"L’organisation «\u00a0{organisation}\u00a0» n’existe pas.")
        user = User(
            id=new_id(),
            username=name,
            display_name=display_name.strip(),
            email=email,
            organisation_key=organisation,
            password_hash=password_hash if password is None else passwords.hashed(password),
            active=True,
            mail=True,
            session_epoch=0,
            created_at=now,
            roles=[UserRole(role=role) for role in dict.fromkeys(roles)],
        )
        session.add(user)
        session.flush()
        _tell(session, "account.created", actor, user, now)
        return user

    return in_one_transaction(session, work)


def add_organisation(session: Session, actor: Actor | None, key: str, label: str, *, now: datetime) -> None:
    """Make a partner known, or rename it. Those that `programme.json` names come with each deployment."""

    def work() -> None:
        _require(session, actor)
        session.merge(Organisation(key=key, label=label))
        session.flush()
        histories.append_outside(
            session,
            {
                "type": "organisation.added",
                "at": now,
                "actor_id": None if actor is None else actor.user_id,
                "data": {"key": key},
            },
        )

    in_one_transaction(session, work)


def set_password(
    session: Session, actor: Actor | None, username: str, password: str, *, now: datetime
) -> User:
    """Give an account a new password and end its open sessions. Raises `Unknown`, `AccountRefused`,
    `NotAllowed`.
    """
    name = accounts.normal(username)
    _check_password(password, name)

    def work() -> User:
        _require(session, actor)
        user = _named(session, name)
        user.password_hash = passwords.hashed(password)
        user.session_epoch += 1
        session.flush()
        _tell(session, "account.password", actor, user, now)
        return user

    return in_one_transaction(session, work)


def set_mail(
    session: Session, actor: Actor | None, username: str, *, email: str | None = None, wanted: bool
) -> User:
    """Say whether an account wants mail, and perhaps at which address. Everybody may for themselves.

    Raises `Unknown`, `AccountRefused`, `NotAllowed`.
    """
    name = accounts.normal(username)
    _check_email(email)

    def work() -> User:
        user = _named(session, name)
        if actor is None or actor.user_id != user.id or email is not None:
            _require(session, actor)
        user.mail = wanted
        user.email = email or user.email
        session.flush()
        return user

    return in_one_transaction(session, work)


def set_active(session: Session, actor: Actor | None, username: str, active: bool, *, now: datetime) -> User:
    """Block an account and end its sessions, or let it in again. Raises `Unknown`, `NotAllowed`."""

    def work() -> User:
        _require(session, actor)
        user = _named(session, accounts.normal(username))
        user.active = active
        user.session_epoch += 1
        session.flush()
        _tell(session, "account.unblocked" if active else "account.blocked", actor, user, now)
        return user

    return in_one_transaction(session, work)


def _check_email(email: str | None) -> None:
    if email is not None and not post.is_address(email):
        raise AccountRefused("Cette adresse électronique ne peut pas être utilisée.")


def _check_password(password: str | None, username: str) -> None:
    weakness = None if password is None else passwords.weakness(password, username=username)
    if weakness is not None:
        raise AccountRefused(weakness)


def _require(session: Session, actor: Actor | None) -> None:
    if actor is not None and (refusal := access.permitted(session, actor, "administer")) is not None:
        raise NotAllowed(refusal.reason_fr)


def _named(session: Session, username: str) -> User:
    user = lookups.account(session, username)
    if user is None:
        raise Unknown("user")
    return user


def _tell(session: Session, type_: str, actor: Actor | None, user: User, now: datetime) -> None:
    histories.append_outside(
        session,
        {
            "type": type_,
            "at": now,
            "actor_id": None if actor is None else actor.user_id,
            "data": {"user_id": str(user.id)},
        },
    )
