"""Letters are sent at least once, in order to each receiver, and nobody waits for one who is slow."""

from __future__ import annotations

import json
import threading
import time
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import update

from asae_engine import commands
from asae_engine.commands import Deliverer, delivering
from asae_engine.model import Event, Letter, User
from asae_engine.post import Bounds, Post, hooks
from asae_engine.reading import outbox
from tests.builders import actor, deployed, opened
from tests.post.building import deliverer, letters, subscribed, with_addresses
from tests.post.conftest import HERE
from tests.post.receivers import Hook, Mailbox, is_signed

if TYPE_CHECKING:
    from uuid import UUID

    from sqlalchemy.orm import Session, sessionmaker

    from asae_engine.clock import TurnedClock
    from asae_engine.model import Task

    Sessions = sessionmaker[Session]


@pytest.fixture
def task(session: Session, clock: TurnedClock) -> Task:
    """The bundle is deployed, everyone has an address, a case is open."""
    deployed(session, clock.now())
    with_addresses(session)
    [task] = opened(session, clock.now()).opened
    return task


def _happen(session: Session, task: Task, clock: TurnedClock, times: int = 1) -> None:
    """Something that webhooks hear of: a step is taken, and given back."""
    wafa = actor(session, "wafa")
    for number in range(times):
        deed = commands.release if number % 2 else commands.claim
        deed(session, wafa, task.id, now=clock.now())


def _assign(session: Session, task: Task, who: str, clock: TurnedClock) -> None:
    commands.assign(session, actor(session, "cora"), task.id, who, now=clock.now())


def _deliver_all(sending: Deliverer, sessions: Sessions, clock: TurnedClock) -> int:
    sent = 0
    while done := sending.deliver(sessions, clock.now()):
        sent += done
    return sent


def _waiting(session: Session, receiver: UUID) -> list[Letter]:
    return [one for one in letters(session) if one.receiver_id == receiver and one.delivered_at is None]


def test_a_hook_tells_what_where_and_when_and_nothing_else(
    session: Session, sessions: Sessions, clock: TurnedClock, task: Task, hook: Hook
) -> None:
    webhook = subscribed(session, hook, clock.now())
    _happen(session, task, clock)
    sending = deliverer()
    assert _deliver_all(sending, sessions, clock) == 1
    assert _deliver_all(sending, sessions, clock) == 0
    [got], [letter] = hook.got, letters(session)
    assert got.key == str(letter.key)
    assert is_signed(got, webhook.secret)
    assert abs(int(got.headers["webhook-timestamp"]) - clock.now().timestamp()) < 5
    event = session.get_one(Event, letter.event_id)
    assert json.loads(got.body) == {
        "type": "task.claimed",
        "timestamp": "2026-03-02T08:00:00Z",
        "data": {
            "event": event.id,
            "case": "2026-0001",
            "process": "journey",
            "element": "prepare",
        },
    }
    assert letter.delivered_at is not None
    assert (letter.attempts, letter.error) == (1, None)


def test_a_mail_says_that_something_waits_and_where(
    session: Session, sessions: Sessions, clock: TurnedClock, task: Task, mailbox: Mailbox
) -> None:
    session.execute(update(User).where(User.username == "walid").values(locale="en"))
    session.commit()
    _assign(session, task, "wafa", clock)
    _assign(session, task, "walid", clock)
    assert _deliver_all(deliverer(mailbox), sessions, clock) == 2
    said = dict(mailbox.got)
    french, english = said["wafa@asae.example"], said["walid@asae.example"]
    assert french["Subject"] == "Une étape vous est confiée\u00a0: Préparer (2026-0001)"
    assert english["Subject"] == "A step is yours now: Préparer (2026-0001)"
    for mail in said.values():
        assert f"https://asae.example/taches/{task.id}" in mail.get_content()
        assert "https://asae.example/mon-compte" in mail.get_content()
    assert {one["Message-ID"] for one in said.values()} == {
        f"<{one.key}@aude.example>" for one in letters(session)
    }


def test_each_receiver_gets_its_letters_in_order_whatever_fails_in_between(
    session: Session, sessions: Sessions, clock: TurnedClock, task: Task, hook: Hook
) -> None:
    webhook = subscribed(session, hook, clock.now())
    _happen(session, task, clock, 6)
    hook.answers = [204, 500, "close"]
    sending = deliverer()
    assert _deliver_all(sending, sessions, clock) == 2
    assert [one.attempts for one in _waiting(session, webhook.id)] == [1, 0, 0, 0, 0]
    assert _deliver_all(sending, sessions, clock) == 0  # it waits half a minute
    clock.advance(timedelta(seconds=31))
    assert _deliver_all(sending, sessions, clock) == 1
    clock.advance(timedelta(seconds=61))
    assert _deliver_all(sending, sessions, clock) == 5
    keys = [str(one.key) for one in letters(session)]
    assert [one.key for one in hook.got] == [keys[0], keys[1], keys[1], *keys[1:]]
    assert {one.body for one in hook.got[1:4]} == {hook.got[1].body}
    stamps = [int(one.headers["webhook-timestamp"]) for one in hook.got[1:4]]
    assert stamps == sorted(set(stamps))  # a reader that refuses old ones takes each try
    assert all(is_signed(one, webhook.secret) for one in hook.got)


def test_a_letter_is_tried_ever_more_rarely_then_given_up_and_shown_and_tried_again_when_asked(
    session: Session, sessions: Sessions, clock: TurnedClock, task: Task, hook: Hook
) -> None:
    subscribed(session, hook, clock.now())
    _happen(session, task, clock)
    hook.answers = [500] * 100
    sending = deliverer()
    began, waits = clock.now(), []
    while letters(session)[0].given_up_at is None:
        assert _deliver_all(sending, sessions, clock) == 1
        [letter] = letters(session)
        waits.append(letter.next_try_at - clock.now())
        clock.turn(letter.next_try_at)
    assert len(hook.got) == delivering.MOST_TRIES
    assert len({one.key for one in hook.got}) == 1
    minutes = [round(one.total_seconds() / 60, 1) for one in waits]
    assert minutes[:4] == [0.5, 1.0, 2.0, 4.0]
    assert max(minutes) == 360
    assert timedelta(days=1) < clock.now() - began < timedelta(days=3)
    assert outbox.outbox(session, now=clock.now()) == outbox.Outbox(0, 0.0, 1)
    [listed] = outbox.letters(session, given_up=True)
    assert (listed.what, listed.error, listed.case_number) == ("task.claimed", "http_500", "2026-0001")
    hook.answers.clear()
    assert commands.retry_letters(session, None, now=clock.now()) == 1
    assert _deliver_all(sending, sessions, clock) == 1
    assert letters(session)[0].delivered_at is not None
    assert len({one.key for one in hook.got}) == 1


def test_a_receiver_that_is_gone_for_good_is_not_tried_again_and_the_next_letter_has_its_turn(
    session: Session, sessions: Sessions, clock: TurnedClock, task: Task, hook: Hook, mailbox: Mailbox
) -> None:
    webhook = subscribed(session, hook, clock.now())
    _happen(session, task, clock, 2)
    _assign(session, task, "willy", clock)
    hook.answers = [410]
    mailbox.refused.add("willy@asae.example")
    _deliver_all(deliverer(mailbox), sessions, clock)
    first, *others = (one for one in letters(session) if one.receiver_id == webhook.id)
    assert (first.error, first.given_up_at is None) == ("http_410", False)
    assert all(one.delivered_at for one in others)
    [mail] = (one for one in letters(session) if one.receiver_id != webhook.id)
    assert (mail.error, mail.given_up_at is None) == ("recipient_550", False)


def test_one_who_hangs_blocks_neither_others_nor_a_command(
    session: Session,
    sessions: Sessions,
    clock: TurnedClock,
    task: Task,
    hook: Hook,
    mailbox: Mailbox,
) -> None:
    with Hook() as slow:
        slow.answers = ["hang"]
        slow_one = subscribed(session, slow, clock.now())
        subscribed(session, hook, clock.now())
        _assign(session, task, "wafa", clock)
        sending = deliverer(mailbox, patience=0.2)
        begun = time.monotonic()
        for _ in range(3):
            sending.deliver(sessions, clock.now())
        assert slow.come.acquire(timeout=5)
        assert [one.path for one in hook.got] == ["/hook?from=asae"]
        assert len(mailbox.got) == 1
        # Meanwhile things happen, others hear of them, and the one who hangs is not tried by anybody else.
        commands.claim(session, actor(session, "wafa"), task.id, now=clock.now())
        commands.release(session, actor(session, "wafa"), task.id, now=clock.now())
        for one in (sending, deliverer(mailbox, patience=0.2)):
            one.deliver(sessions, clock.now())
        assert len(hook.got) == 2
        assert time.monotonic() - begun < hooks.WHOLE / 2
        assert len(slow.got) == 1
        assert len(_waiting(session, slow_one.id)) == 2
        slow.ends.set()
        sending.close()
    assert [one.attempts for one in _waiting(session, slow_one.id)] == [1, 0]


def test_two_who_send_at_once_send_each_letter_once(
    session: Session, sessions: Sessions, clock: TurnedClock, task: Task
) -> None:
    with Hook() as first, Hook() as second, Hook() as third:
        for one in (first, second, third):
            subscribed(session, one, clock.now())
        _happen(session, task, clock, 30)
        threads = [
            threading.Thread(target=_deliver_all, args=(deliverer(), sessions, clock)) for _ in range(3)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        _deliver_all(deliverer(), sessions, clock)
        for one in (first, second, third):
            keys = [got.key for got in one.got]
            assert len(keys) == 30
            assert keys == [str(mine.key) for mine in letters(session) if str(mine.key) in set(keys)]


def test_who_took_letters_and_came_back_too_late_marks_nothing(
    session: Session, sessions: Sessions, clock: TurnedClock, task: Task, hook: Hook
) -> None:
    with Hook() as slow:
        slow.answers = ["hang"]
        subscribed(session, slow, clock.now())
        _happen(session, task, clock)
        late = deliverer(patience=0.1)
        late.deliver(sessions, clock.now())
        assert slow.come.acquire(timeout=5)
        clock.advance(delivering.LEASE)
        assert _deliver_all(deliverer(), sessions, clock) == 1
        slow.ends.set()
        late.close()
    assert len({one.key for one in slow.got}) == 1
    [letter] = letters(session)
    assert (letter.attempts, letter.error) == (1, None)
    assert letter.delivered_at is not None


def test_what_nobody_wants_any_more_is_dropped(
    session: Session, sessions: Sessions, clock: TurnedClock, task: Task, hook: Hook, mailbox: Mailbox
) -> None:
    webhook = subscribed(session, hook, clock.now())
    for who in ("wafa", "walid", "willy"):
        _assign(session, task, who, clock)
    commands.set_mail(session, None, "wafa", wanted=False)
    commands.set_active(session, None, "walid", active=False, now=clock.now())
    commands.remove_webhook(session, None, webhook.id, now=clock.now())
    _deliver_all(deliverer(mailbox), sessions, clock)
    assert [to for to, _ in mailbox.got] == ["willy@asae.example"]
    assert hook.got == []
    assert [one.what for one in letters(session)] == ["assigned"]


def test_without_a_mail_server_mail_waits_is_given_up_in_time_and_all_is_forgotten_in_the_end(
    session: Session, sessions: Sessions, clock: TurnedClock, task: Task, hook: Hook, mailbox: Mailbox
) -> None:
    subscribed(session, hook, clock.now())
    _assign(session, task, "wafa", clock)
    assert _deliver_all(deliverer(), sessions, clock) == 1
    assert outbox.outbox(session, now=clock.advance(timedelta(days=2))).waiting == 1
    clock.advance(delivering.TOO_OLD)
    assert _deliver_all(deliverer(mailbox), sessions, clock) == 0
    assert mailbox.got == []
    assert [one.error for one in letters(session)] == ["too_late", None]
    clock.advance(delivering.KEPT + timedelta(hours=1))
    _deliver_all(deliverer(), sessions, clock)
    assert letters(session) == []


def test_where_a_name_leads_is_asked_each_time(
    session: Session, sessions: Sessions, clock: TurnedClock, task: Task, hook: Hook
) -> None:
    subscribed(session, hook, clock.now())
    _happen(session, task, clock)
    strict = Deliverer(Post(bounds=Bounds(http=True)))
    assert _deliver_all(strict, sessions, clock) == 1
    assert [one.error for one in letters(session)] == ["address_refused"]
    assert hook.got == []


def test_our_own_mistake_keeps_no_letter_for_ever(
    session: Session, sessions: Sessions, clock: TurnedClock, task: Task, mailbox: Mailbox
) -> None:
    _assign(session, task, "wafa", clock)

    def broken(_occasion: object) -> tuple[str, str]:
        raise ZeroDivisionError

    sending = deliverer(mailbox)
    broken_post = Deliverer(Post(sending._post.mail, broken, HERE), patience=5)
    assert _deliver_all(broken_post, sessions, clock) == 1
    [letter] = letters(session)
    assert (letter.error, letter.attempts) == ("error", 1)
    clock.advance(timedelta(minutes=1))
    assert _deliver_all(sending, sessions, clock) == 1
    assert len(mailbox.got) == 1
