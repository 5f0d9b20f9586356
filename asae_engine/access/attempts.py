"""How often one may fail to sign in, for one account and for one address, counted in the database: however
many web processes there are, they are one door.

An attempt is counted before the password is looked at and taken back when it was good, so that many at once
are no more than many in turn. (The libraries for rate limits keep their counts in memory or in a server of
their own.)
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from sqlalchemy import delete, select, update

from asae_engine.model import SignInAttempts, database
from asae_engine.model.numbers import upsert

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from sqlalchemy.orm import Session

#: Counts older than this are swept away, whatever they counted.
_KEPT = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Allowance:
    """So many failures within so much time (at most a day)."""

    failures: int
    within: timedelta


def begin(session: Session, allowances: Mapping[str, Allowance], *, now: datetime) -> bool:
    """Count an attempt on each key and commit; False, and nothing counted, when one has none left."""
    session.rollback()
    database.begin_writing(session)
    keys = sorted(allowances)
    session.execute(
        upsert(session)(SignInAttempts).on_conflict_do_nothing(),
        [{"key": key, "at": [], "last": now} for key in keys],
    )
    counted = _held(session, keys)
    for key, allowance in allowances.items():
        since = (now - allowance.within).timestamp()
        counted[key] = [at for at in counted[key] if at > since]
        if len(counted[key]) >= allowance.failures:
            session.rollback()
            return False
    for key in keys:
        _keep(session, key, [*counted[key], now.timestamp()], now)
    session.execute(delete(SignInAttempts).where(SignInAttempts.last < now - _KEPT))
    session.commit()
    return True


def forgive(session: Session, allowances: Mapping[str, Allowance], *, now: datetime) -> None:
    """Take back the attempt that began at `now`: it was a good one. Commits."""
    session.rollback()
    database.begin_writing(session)
    for key, counted in _held(session, sorted(allowances)).items():
        if now.timestamp() in counted:
            counted.remove(now.timestamp())
            _keep(session, key, counted, now)
    session.commit()


def _held(session: Session, keys: list[str]) -> dict[str, list[float]]:
    """The counts, in the order of their keys, held until the transaction ends."""
    rows = session.execute(
        select(SignInAttempts.key, SignInAttempts.at)
        .where(SignInAttempts.key.in_(keys))
        .order_by(SignInAttempts.key)
        .with_for_update()
    )
    return {key: list(at) for key, at in rows}


def _keep(session: Session, key: str, counted: list[float], now: datetime) -> None:
    session.execute(update(SignInAttempts).where(SignInAttempts.key == key).values(at=counted, last=now))
