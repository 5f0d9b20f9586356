"""Accounts."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select

from asae_engine import access, commands
from asae_engine.model import Event, Organisation, User
from tests.builders import actor, deployed

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from asae_engine.clock import TurnedClock

PASSWORD = "quatre mots au hasard 27"


def test_an_account_signs_in_with_its_password_until_it_changes_or_is_blocked(
    session: Session, clock: TurnedClock
) -> None:
    deployed(session, clock.now())
    user = commands.add_user(
        session, None, " Nina ", "Nina N.", "north", ["worker", "worker"], PASSWORD, now=clock.now()
    )
    assert (user.username, [role.role for role in user.roles]) == ("nina", ["worker"])
    assert access.accounts.authenticate(session, "NINA", PASSWORD) is not None
    commands.set_password(session, None, "nina", PASSWORD[::-1], now=clock.now())
    assert access.accounts.authenticate(session, "nina", PASSWORD) is None
    commands.set_active(session, actor(session, "otto"), "nina", active=False, now=clock.now())
    assert access.accounts.authenticate(session, "nina", PASSWORD[::-1]) is None
    assert session.scalars(select(User.session_epoch).where(User.username == "nina")).one() == 2
    commands.set_active(session, None, "nina", active=True, now=clock.now())
    types = list(session.scalars(select(Event.type).where(Event.type.like("account.%")).order_by(Event.id)))
    assert types == ["account.created", "account.password", "account.blocked", "account.unblocked"]


def test_an_account_that_does_not_fit_is_refused(session: Session, clock: TurnedClock) -> None:
    deployed(session, clock.now())

    def add(username: str, organisation: str | None = None, password: str | None = None) -> None:
        commands.add_user(session, None, username, "X", organisation, [], password, now=clock.now())

    for arguments in (("wafa",), ("",), ("new", "nowhere"), ("new", None, "court")):
        with pytest.raises(commands.AccountRefused):
            add(*arguments)  # type: ignore[arg-type] # of several lengths
    add("new")
    assert access.accounts.authenticate(session, "new", "") is None
    with pytest.raises(commands.Unknown):
        commands.set_password(session, None, "ghost", PASSWORD, now=clock.now())
    with pytest.raises(commands.NotAllowed):
        commands.set_password(session, actor(session, "cora"), "wafa", PASSWORD, now=clock.now())


def test_an_organisation_is_added_or_renamed(session: Session, clock: TurnedClock) -> None:
    deployed(session, clock.now())
    commands.add_organisation(session, None, "east", "Est", now=clock.now())
    commands.add_organisation(session, actor(session, "otto"), "east", "L’Est", now=clock.now())
    organisation = session.get(Organisation, "east")
    assert organisation is not None
    assert organisation.label == "L’Est"
