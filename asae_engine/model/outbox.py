"""The letters that wait: written at the closing of a command, taken by whoever sends them, marked.

One receiver's letters go in order: only the first that waits is ever due, and who takes it takes those behind
it too, under a lease (`next_try_at`). A lease that its holder outlives, or does not survive, ends by itself:
then the letters are sent again, under the same key.
"""

# ruff: noqa: S608 - no value ever stands in these texts
from __future__ import annotations

import json
from typing import TYPE_CHECKING, NamedTuple
from uuid import UUID

from sqlalchemy import Uuid, and_, bindparam, delete, exists, func, or_, select, text, update

from asae_engine.model.base import UtcDateTime
from asae_engine.model.cases import Case
from asae_engine.model.history import Event
from asae_engine.model.letters import Letter, LetterKind, Webhook
from asae_engine.model.numbers import table_of
from asae_engine.model.people import User
from asae_engine.model.tasks import Task

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime, timedelta

    from sqlalchemy import Connection
    from sqlalchemy.orm import Session


class Mail(NamedTuple):
    """Something to be told by mail: to a person, or to all who hold a role (of one organisation, or any)."""

    what: str
    task_id: UUID | None
    user_id: UUID | None = None
    role: str | None = None
    organisation_key: str | None = None


# -- written ------------------------------------------------------------------------------------------------

#: Who is meant by a row `new` and can be written to. One person once, however many roles they hold.
_MEANT = """
SELECT DISTINCT "user".id, new.what, new.task_id FROM {new} JOIN "user"
  ON "user".active AND "user".mail AND "user".email IS NOT NULL
  AND ("user".id = new.user_id OR new.user_id IS NULL
    AND (new.organisation_key IS NULL OR new.organisation_key = "user".organisation_key)
    AND EXISTS (SELECT 1 FROM user_role WHERE user_role.user_id = "user".id AND user_role.role = new.role))
"""
_MAILS = """
INSERT INTO letter (key, kind, receiver_id, what, case_id, task_id, at, attempts, next_try_at)
SELECT {key}, 'mail', meant.id, meant.what, {case_id}, meant.task_id, {now}, 0, {now}
FROM ({meant}) AS meant
"""
_HOOKS = """
INSERT INTO letter (key, kind, receiver_id, what, case_id, task_id, event_id, at, attempts, next_try_at)
SELECT {key}, 'webhook', hears.webhook_id, told.type, told.case_id, told.task_id, told.id, {now}, 0, {now}
FROM {told} AS told JOIN webhook_event AS hears ON hears.type = told.type
{where} ORDER BY told.rank, hears.webhook_id
"""

#: Parts of the one statement that closes a command on PostgreSQL (`closing_at_once`).
MAILS_AT_ONCE = _MAILS.format(
    key="gen_random_uuid()",
    case_id="%(case_id)s",
    now="%(now)s",
    meant=_MEANT.format(
        new="json_to_recordset(%(mails)s::json) AS new"
        "(what text, task_id uuid, user_id uuid, role text, organisation_key text)"
    ),
)
HOOKS_AT_ONCE = _HOOKS.format(key="gen_random_uuid()", now="%(now)s", told="events", where="")

_GIVEN = (bindparam("case_id", type_=Uuid()), bindparam("now", type_=UtcDateTime()))
_KEY = "lower(hex(randomblob(16)))"
_NEW = ", ".join(f"json_extract(value, '$.{name}') AS {name}" for name in Mail._fields)
_WRITE_MAILS = text(
    _MAILS.format(
        key=_KEY,
        case_id=":case_id",
        now=":now",
        meant=_MEANT.format(new=f"(SELECT {_NEW} FROM json_each(:mails)) AS new"),
    )
).bindparams(*_GIVEN)
_WRITE_FOR_WEBHOOKS = text(
    _HOOKS.format(
        key=_KEY, now=":now", told="event", where="WHERE told.case_id = :case_id AND told.rank > :after"
    )
).bindparams(*_GIVEN)


def write_mails(connection: Connection, case_id: UUID, mails: Sequence[Mail], now: datetime) -> None:
    """SQLite: write a letter to each person whom these mean."""
    rows = [
        {name: one.hex if isinstance(one, UUID) else one for name, one in mail._asdict().items()}
        for mail in mails
    ]
    connection.execute(_WRITE_MAILS, {"case_id": case_id, "now": now, "mails": json.dumps(rows)})


def write_for_webhooks(connection: Connection, case_id: UUID, after: int, now: datetime) -> None:
    """SQLite: write a letter to each webhook that hears of the case's events of a rank above `after`."""
    connection.execute(_WRITE_FOR_WEBHOOKS, {"case_id": case_id, "now": now, "after": after})


# -- taken --------------------------------------------------------------------------------------------------

_LETTER = table_of(Letter)
_WAITS = (_LETTER.c.delivered_at.is_(None), _LETTER.c.given_up_at.is_(None))
# Joined, not asked for by IN: without statistics PostgreSQL asked again for each letter.
_FIRSTS = select(func.min(_LETTER.c.id).label("id")).where(*_WAITS).group_by(_LETTER.c.receiver_id).subquery()
_DUE = (
    select(_LETTER.c.id)
    .join(_FIRSTS, _FIRSTS.c.id == _LETTER.c.id)
    .where(_LETTER.c.kind.in_(bindparam("kinds", expanding=True)), _LETTER.c.next_try_at <= bindparam("now"))
    .order_by(_LETTER.c.next_try_at, _LETTER.c.id)
    .limit(bindparam("most"))
)
_HOLD = (
    select(_LETTER.c.receiver_id)
    .where(
        _LETTER.c.id.in_(bindparam("ids", expanding=True)), *_WAITS, _LETTER.c.next_try_at <= bindparam("now")
    )
    .order_by(_LETTER.c.next_try_at, _LETTER.c.id)
    .with_for_update(skip_locked=True)
)
_BEHIND = (
    select(_LETTER.c.id)
    .where(*_WAITS, _LETTER.c.receiver_id == bindparam("receiver"))
    .order_by(_LETTER.c.id)
    .limit(bindparam("most"))
)
_LEASE = (
    update(_LETTER)
    .where(_LETTER.c.id.in_(bindparam("ids", expanding=True)))
    .values(next_try_at=bindparam("until"))
)


class Taken(NamedTuple):
    """Letters of one receiver, in order, which nobody else sends before `until`."""

    receiver_id: UUID
    ids: list[int]
    until: datetime


def is_due(session: Session, kinds: Sequence[LetterKind], now: datetime) -> bool:
    """Whether some letter of these kinds can be sent now."""
    return session.execute(_DUE, {"kinds": kinds, "now": now, "most": 1}).first() is not None


def take(
    session: Session,
    kinds: Sequence[LetterKind],
    now: datetime,
    lease: timedelta,
    *,
    receivers: int,
    letters: int,
) -> list[Taken]:
    """Take letters of so many receivers, so many of each, whose turn it is; the longest due first."""
    until = now + lease
    firsts = list(session.scalars(_DUE, {"kinds": kinds, "now": now, "most": receivers}))
    taken = []
    for receiver in session.scalars(_HOLD, {"ids": firsts, "now": now}).all() if firsts else ():
        ids = list(session.scalars(_BEHIND, {"receiver": receiver, "most": letters}))
        session.connection().execute(_LEASE, {"ids": ids, "until": until})
        taken.append(Taken(receiver, ids, until))
    return taken


class Written(NamedTuple):
    """A letter with what it may tell: nothing of the household."""

    letter: Letter
    case_number: str
    task: Task | None
    user: User | None
    webhook: Webhook | None
    event: Event | None


_WRITTEN = (
    select(Letter, Case.number, Task, User, Webhook, Event)
    .join(Case, Case.id == Letter.case_id)
    .outerjoin(Task, Task.id == Letter.task_id)
    .outerjoin(User, User.id == Letter.receiver_id)
    .outerjoin(Webhook, Webhook.id == Letter.receiver_id)
    .outerjoin(Event, Event.id == Letter.event_id)
    .where(Letter.id.in_(bindparam("ids", expanding=True)))
    .order_by(Letter.id)
)


def read(session: Session, ids: Sequence[int]) -> list[Written]:
    """These letters, in order."""
    return [Written(*row) for row in session.execute(_WRITTEN, {"ids": ids})]


# -- marked -------------------------------------------------------------------------------------------------

_HELD = (_LETTER.c.id == bindparam("of"), _LETTER.c.next_try_at == bindparam("lease"), *_WAITS)


def mark_delivered(session: Session, letter_id: int, lease: datetime, at: datetime) -> None:
    """A letter has gone. Unless its lease ended and someone else took it."""
    _mark(session, letter_id, lease, delivered_at=at, attempts=_LETTER.c.attempts + 1, error=None)


def mark_failed(
    session: Session, letter_id: int, lease: datetime, error: str, *, again_at: datetime | None, at: datetime
) -> None:
    """A letter did not go: it waits until `again_at`, or is given up at `at`."""
    values = {"given_up_at": at} if again_at is None else {"next_try_at": again_at}
    _mark(session, letter_id, lease, error=error, attempts=_LETTER.c.attempts + 1, **values)


def give_back(session: Session, ids: Sequence[int], lease: datetime, at: datetime) -> None:
    """Letters that were taken and not tried: they wait their turn again."""
    statement = update(_LETTER).where(_LETTER.c.id.in_(ids), _LETTER.c.next_try_at == lease, *_WAITS)
    session.connection().execute(statement.values(next_try_at=at))


def drop(session: Session, letter_id: int) -> None:
    """Forget a letter that nobody wants any more."""
    session.connection().execute(delete(_LETTER).where(_LETTER.c.id == letter_id, *_WAITS))


def _mark(session: Session, letter_id: int, lease: datetime, **values: object) -> None:
    statement = update(_LETTER).where(*_HELD).values(values)
    session.connection().execute(statement, {"of": letter_id, "lease": lease})


# -- kept in order ------------------------------------------------------------------------------------------


def needs_sweeping(session: Session, mail_before: datetime, settled_before: datetime) -> bool:
    """Whether `sweep` would find something."""
    given = {"mail_before": mail_before, "settled_before": settled_before}
    return bool(session.execute(_NEEDS_SWEEPING, given).scalar())


def sweep(session: Session, mail_before: datetime, settled_before: datetime, now: datetime) -> None:
    """Give up mail that waits since before an instant; forget letters that were settled before another."""
    connection = session.connection()
    giving_up = update(_LETTER).where(_TOO_OLD).values(given_up_at=now, error="too_late")
    connection.execute(giving_up, {"mail_before": mail_before})
    connection.execute(delete(_LETTER).where(_SETTLED), {"settled_before": settled_before})


_TOO_OLD = and_(*_WAITS, _LETTER.c.kind == LetterKind.MAIL, _LETTER.c.at < bindparam("mail_before"))
_SETTLED = or_(
    _LETTER.c.delivered_at < bindparam("settled_before"), _LETTER.c.given_up_at < bindparam("settled_before")
)
_NEEDS_SWEEPING = select(or_(exists().where(_TOO_OLD), exists().where(_SETTLED)))


def forget_of(session: Session, receiver_id: UUID) -> None:
    """Forget every letter to a receiver that is no more."""
    session.connection().execute(delete(_LETTER).where(_LETTER.c.receiver_id == receiver_id))


def retry(session: Session, letter_ids: Sequence[int] | None, now: datetime) -> int:
    """Let letters that were given up (these, or all) be tried again from the beginning."""
    given_up = [_LETTER.c.given_up_at.is_not(None)]
    if letter_ids is not None:
        given_up.append(_LETTER.c.id.in_(letter_ids))
    values = {"given_up_at": None, "attempts": 0, "error": None, "next_try_at": now, "at": now}
    return session.connection().execute(update(_LETTER).where(*given_up).values(values)).rowcount
