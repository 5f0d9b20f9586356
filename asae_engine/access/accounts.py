"""Accounts: who signs in, and the `Actor` they become under the rules of the newest deployment."""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING

from sqlalchemy import select
from sqlalchemy.orm import selectinload

from asae_engine.access import passwords, rules
from asae_engine.access.actor import Actor
from asae_engine.model import User, database

if TYPE_CHECKING:
    from uuid import UUID

    from sqlalchemy.orm import Session


def normal(username: str) -> str:
    """A username as it is stored: without spaces around, in small letters, in one Unicode form."""
    known = "".join(letter for letter in username if letter.isprintable())
    return unicodedata.normalize("NFKC", known).strip().casefold()


def authenticate(session: Session, username: str, password: str) -> User | None:
    """The active account that has this password. Takes the same time whatever the reason for saying no."""
    account = session.execute(select(User).where(User.username == normal(username))).scalar_one_or_none()
    known = account.password_hash if account is not None and account.active else None
    return account if passwords.matches(known, password) else None


def load(session: Session, user_id: UUID, epoch: int) -> Actor | None:
    """The actor of a session that began at this `session_epoch`; none once the account was blocked or signed
    out.
    """
    account = session.get(User, user_id, options=[selectinload(User.roles)])
    if account is None or not account.active or account.session_epoch != epoch:
        return None
    return actor(session, account)


def actor_for(session: Session, username: str) -> Actor:
    """The actor of an account, for doors without a session (command line, demonstration, tests).

    Raises `LookupError` when there is no such active account.
    """
    account = session.execute(
        select(User).where(User.username == normal(username), User.active).options(selectinload(User.roles))
    ).scalar_one_or_none()
    if account is None:
        raise LookupError(f"Aucun compte actif «\u00a0{username}\u00a0».")
    return actor(session, account)


def actor(session: Session, account: User) -> Actor:
    """What an account may do today."""
    held = frozenset(entry.role for entry in account.roles)
    current = rules.current(session)
    return Actor(
        user_id=account.id,
        username=account.username,
        display_name=account.display_name,
        organisation=account.organisation_key or "",
        roles=held,
        permissions=current.permissions(held),
        scope=current.scope(held),
        locale=account.locale,
    )


def change_password(session: Session, user_id: UUID, current: str, new: str) -> str | None:
    """Give an account a new password and end its other sessions. Returns why not, in French; commits
    otherwise.
    """
    session.rollback()
    database.begin_writing(session)
    account = session.get_one(User, user_id)
    if not passwords.matches(account.password_hash, current):
        return "Le mot de passe actuel n’est pas le bon."
    refusal = passwords.weakness(new, username=account.username)
    if refusal is None:
        account.password_hash = passwords.hashed(new)
        account.session_epoch += 1
        session.commit()
    return refusal


def sign_out_everywhere(session: Session, user_id: UUID) -> None:
    """End every open session of an account."""
    session.rollback()
    database.begin_writing(session)
    session.get_one(User, user_id).session_epoch += 1
    session.commit()


def choose_language(session: Session, user_id: UUID, locale: str) -> None:
    """Remember the language of an account's pages."""
    session.rollback()
    database.begin_writing(session)
    session.get_one(User, user_id).locale = locale
    session.commit()


def refresh_hash(session: Session, user_id: UUID, password: str) -> None:
    """Hash a password again that was hashed with weaker parameters. Call after a successful sign-in."""
    session.rollback()
    database.begin_writing(session)
    account = session.get_one(User, user_id)
    if account.password_hash and passwords.is_outdated(account.password_hash):
        account.password_hash = passwords.hashed(password)
    session.commit()
