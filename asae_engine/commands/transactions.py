"""One command, one transaction: begin to write, do the work, commit; once more when someone was faster, then
a conflict.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, TypeVar

from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm.exc import StaleDataError

from asae_engine.commands.errors import Conflict
from asae_engine.model import database, lookups

if TYPE_CHECKING:
    from collections.abc import Callable
    from uuid import UUID

    from sqlalchemy.orm import Session

Result = TypeVar("Result")
log = logging.getLogger(__name__)

#: PostgreSQL: serialization failure, deadlock detected. Both mean: begin again.
_BEGIN_AGAIN = {"40001", "40P01"}

#: What an event is called in the sentence of a conflict.
_DEEDS = {
    "task.completed": "étape terminée",
    "task.claimed": "étape prise",
    "task.released": "étape rendue",
    "task.assigned": "étape attribuée",
    "answer.corrected": "réponse corrigée",
    "instance.started": "démarche commencée",
    "instance.canceled": "démarche annulée",
    "timer.fired": "échéance atteinte",
    "message.delivered": "message reçu",
    "incident.resolved": "incident relancé",
    "case.closed": "situation close",
}


def in_one_transaction(
    session: Session,
    work: Callable[[], Result],
    *,
    case_id: Callable[[], UUID | None] = lambda: None,
    by_one_statement: bool = False,
) -> Result:
    """Do `work` in one transaction and commit it. Whatever it raises, nothing of it stays.

    When another transaction changed the same rows first, it is done once more on what is there now; the
    second time this raises `Conflict` with the last deed of the case that `case_id` gives. The session must
    hold no pending change. `by_one_statement`: `work` locks nothing that it reads, and writes nothing but a
    `closing`.
    """
    for last_attempt in (False, True):
        _begin(session, by_one_statement)
        try:
            result = work()
            session.commit()
        except BaseException as error:
            session.rollback()
            if not _was_overtaken(error):
                raise
            if last_attempt:
                log.info("conflict", extra={"work": getattr(work, "__qualname__", "command")})
                raise _conflict(session, case_id()) from None
        else:
            return result
    raise AssertionError("unreachable")


def _begin(session: Session, by_one_statement: bool) -> None:
    if session.new or session.dirty or session.deleted:
        raise RuntimeError("a command begins on a session that holds no pending change")
    if session.in_transaction():  # a page read with it: on SQLite that snapshot could not be written to
        session.commit()
    database.begin_writing(session, by_one_statement=by_one_statement)


def _was_overtaken(error: BaseException) -> bool:
    if isinstance(error, StaleDataError):
        return True
    return isinstance(error, DBAPIError) and getattr(error.orig, "sqlstate", None) in _BEGIN_AGAIN


def _conflict(session: Session, case_id: UUID | None) -> Conflict:
    deed = None if case_id is None else lookups.last_deed(session, case_id)
    session.rollback()
    if deed is None:
        return Conflict(None, None, None)
    what = _DEEDS.get(deed.type)
    if what and deed.element_name:
        what = f"{what}\u00a0: «\u00a0{deed.element_name}\u00a0»"
    return Conflict(deed.who, what, deed.when)
