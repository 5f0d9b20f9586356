"""Sending the letters that wait, several receivers at once, each receiver's in order.

Taking and marking are transactions of their own; nothing is held while the other side makes one wait, but a
lease. A process that dies in between leaves letters whose lease ends: they are sent again, under the same
key.
"""

from __future__ import annotations

import json
import logging
import time
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from asae_engine import post as posting
from asae_engine.commands.transactions import in_one_transaction
from asae_engine.model import LetterKind, outbox
from asae_engine.post import NotSent, Occasion, Post

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy.orm import Session, sessionmaker

    from asae_engine.model.outbox import Taken, Written

log = logging.getLogger(__name__)

#: How many receivers are served at once; one that hangs keeps one hand busy.
HANDS = 8
#: How many letters one receiver gets in one turn, and how many seconds a turn lasts before others get theirs.
LETTERS, TURN = 20, 10.0
#: After so long whoever took a letter is taken to be dead: longer than any turn may last.
LEASE = timedelta(minutes=5)
#: How long a letter waits after its first failure; doubled each time.
FIRST_WAIT, LONGEST_WAIT = timedelta(seconds=30), timedelta(hours=6)
#: A letter is given up after so many tries, or at a failure when it is so old; mail that old is not sent.
MOST_TRIES, TOO_OLD = 16, timedelta(days=3)
#: Letters that went or were given up are forgotten after so long.
KEPT = timedelta(days=30)

_HOUR = timedelta(hours=1)


class Unwanted(Exception):  # noqa: N818 - it tells what happened
    """Nobody wants this letter any more: the webhook is gone, the account blocked, its mail switched off."""


class Deliverer:
    """Sends what waits by one installation's post. `patience`: the seconds that a slice waits for hands that
    are busy; those that hang longer go on by themselves.
    """

    def __init__(self, post: Post, *, patience: float = 1.0) -> None:
        self._post = post
        self._patience = patience
        self._hands = ThreadPoolExecutor(HANDS, thread_name_prefix="letters")
        self._busy: set[Future[int]] = set()
        self._swept: datetime | None = None

    def deliver(self, sessions: sessionmaker[Session], now: datetime) -> int:
        """Send a slice of what is due at `now`, and say how many letters were tried."""
        self._sweep(sessions, now)
        for taken in self._take(sessions, now):
            self._busy.add(self._hands.submit(self._turn, sessions, taken, now))
        if not self._busy:
            return 0
        done, self._busy = wait(self._busy, timeout=self._patience, return_when=FIRST_COMPLETED)
        return sum(one.result() for one in done)

    def close(self) -> None:
        """Wait for the hands that are busy."""
        self._hands.shutdown(wait=True)

    def _take(self, sessions: sessionmaker[Session], now: datetime) -> list[Taken]:
        free = HANDS - len(self._busy)
        kinds = [LetterKind.WEBHOOK] if self._post.mail is None else list(LetterKind)
        with sessions() as session:
            if not free or not outbox.is_due(session, kinds, now):
                return []
            return in_one_transaction(
                session,
                lambda: outbox.take(session, kinds, now, LEASE, receivers=free, letters=LETTERS),
            )

    def _turn(self, sessions: sessionmaker[Session], taken: Taken, now: datetime) -> int:
        """Send one receiver's letters until one fails. Says how many were tried."""
        begun = time.monotonic()
        tried = 0
        with sessions() as session:
            left = outbox.read(session, taken.ids)
            while left and time.monotonic() - begun < TURN:
                one = left.pop(0)
                tried += 1
                at = now + timedelta(seconds=time.monotonic() - begun)
                if not self._try(session, one, taken, at):
                    break
            if left:
                rest = [one.letter.id for one in left]
                at = now + timedelta(seconds=time.monotonic() - begun)
                _mark(session, lambda: outbox.give_back(session, rest, taken.until, at))
        return tried

    def _try(self, session: Session, one: Written, taken: Taken, at: datetime) -> bool:
        """Send a letter and mark it. Whether the next may go: not before one that waits to be tried again."""
        letter = one.letter
        session.rollback()  # nothing is held while the other side makes one wait
        try:
            self._send(one, at)
        except Unwanted:
            _mark(session, lambda: outbox.drop(session, letter.id))
            return True
        except NotSent as failure:
            code, final = failure.code, failure.final
        except Exception as error:  # our mistake: it must not keep the letters behind it for ever
            log.error("letter failed", extra={"letter": letter.id, "error": type(error).__name__})
            code, final = "error", False
        else:
            _mark(session, lambda: outbox.mark_delivered(session, letter.id, taken.until, at))
            return True
        tries = letter.attempts + 1
        given_up = final or tries >= MOST_TRIES or at - letter.at >= TOO_OLD
        again_at = None if given_up else at + min(FIRST_WAIT * 2 ** (tries - 1), LONGEST_WAIT)
        _mark(
            session,
            lambda: outbox.mark_failed(session, letter.id, taken.until, code, again_at=again_at, at=at),
        )
        log.warning(
            "letter given up" if given_up else "letter not sent",
            extra={"letter": letter.id, "kind": letter.kind.value, "error": code, "tries": tries},
        )
        return given_up

    def _send(self, one: Written, at: datetime) -> None:
        key = str(one.letter.key)
        if one.letter.kind is LetterKind.WEBHOOK:
            if one.webhook is None:
                raise Unwanted
            seconds, bounds = int(at.timestamp()), self._post.bounds
            posting.send_hook(one.webhook.url, one.webhook.secret, key, seconds, hook_body(one), bounds)
            return
        user = one.user
        if user is None or not user.active or not user.mail or not user.email:
            raise Unwanted
        if self._post.mail is None:
            raise NotSent("no_mail_server")
        step = None if one.task is None else one.task.name
        subject, text = self._post.words(
            Occasion(one.letter.what, one.case_number, step, one.letter.task_id, user.locale)
        )
        posting.send_mail(self._post.mail, user.email, subject, text, key=key, at=at)

    def _sweep(self, sessions: sessionmaker[Session], now: datetime) -> None:
        """Once an hour, give up mail that is too old to be of use and forget what is settled."""
        if self._swept is not None and now - self._swept < _HOUR:
            return
        self._swept = now
        with sessions() as session:
            if outbox.needs_sweeping(session, now - TOO_OLD, now - KEPT):
                _mark(session, lambda: outbox.sweep(session, now - TOO_OLD, now - KEPT, now))


def hook_body(one: Written) -> bytes:
    """What a webhook is told, the same each time: what happened, where and when. Nothing of the household,
    nothing that a person typed.
    """
    event = one.event
    if event is None:
        raise Unwanted
    place = one.task or event
    told = {
        "type": event.type,
        "timestamp": event.at.astimezone(UTC).isoformat().replace("+00:00", "Z"),
        "data": {
            "event": event.id,
            "case": one.case_number,
            "process": place.process_key,
            "element": place.element_id,
        },
    }
    return json.dumps(told, separators=(",", ":")).encode()


def retry_letters(session: Session, letter_ids: list[int] | None, *, now: datetime) -> int:
    """Let letters that were given up be tried again: these, or all. Says how many."""
    return in_one_transaction(session, lambda: outbox.retry(session, letter_ids, now))


def _mark(session: Session, work: Callable[[], object]) -> None:
    in_one_transaction(session, work)
