"""A process that dies after it sent a letter and before it said so: the letter comes again, under its key."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from asae_engine import commands
from asae_engine.commands import delivering
from tests.builders import actor, deployed, opened
from tests.post.building import deliverer, letters, subscribed

if TYPE_CHECKING:
    from sqlalchemy.orm import Session, sessionmaker

    from asae_engine.clock import TurnedClock
    from tests.post.receivers import Hook

ROOT = Path(__file__).parents[2]


def test_a_letter_whose_sender_was_killed_before_it_noted_it_comes_again_under_the_same_key(
    database_url: str, session: Session, sessions: sessionmaker[Session], clock: TurnedClock, hook: Hook
) -> None:
    deployed(session, clock.now())
    [task] = opened(session, clock.now()).opened
    subscribed(session, hook, clock.now())
    for deed in (commands.claim, commands.release, commands.claim):
        deed(session, actor(session, "wafa"), task.id, now=clock.now())
    session.commit()
    killed = subprocess.run(  # noqa: S603 - our own module, with arguments of ours
        [sys.executable, "-m", "tests.post.killed", database_url, clock.now().isoformat(), "2"],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": f"{ROOT}:{os.environ.get('PYTHONPATH', '')}"},
        check=False,
        timeout=60,
    )
    assert killed.returncode == -signal.SIGKILL
    keys = [str(one.key) for one in letters(session)]
    assert [one.key for one in hook.got] == keys[:2]
    sending = deliverer()
    clock.advance(delivering.LEASE - timedelta(seconds=1))
    assert sending.deliver(sessions, clock.now()) == 0  # it might be alive
    clock.advance(timedelta(seconds=1))
    assert sending.deliver(sessions, clock.now()) == 2
    assert [one.key for one in hook.got] == [keys[0], keys[1], keys[1], keys[2]]
    assert hook.got[1].body == hook.got[2].body
    assert all(one.delivered_at for one in letters(session))
