"""What a completion costs does not depend on how long the case has lived."""

from __future__ import annotations

import contextlib
from datetime import timedelta
from typing import TYPE_CHECKING

from sqlalchemy import Engine, event, select

from asae_engine import commands
from asae_engine.model import ProcessInstance
from tests.builders import actor, deployed, opened

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from asae_engine.clock import TurnedClock

#: Reads: the task with all it needs, the dossier. Writes: instance, both tasks, submission, candidates,
#: deadlines old and new, dossier, the case's line, events.
MOST_STATEMENTS = 12


def test_a_completion_costs_the_same_dozen_statements_on_each_lap(
    engine: Engine, session: Session, clock: TurnedClock
) -> None:
    deployed(session, clock.now())
    wafa = actor(session, "wafa")
    [task] = opened(session, clock.now()).opened
    statements: list[str] = []
    event.listen(
        engine,
        "before_cursor_execute",
        lambda _c, _cursor, statement, *_: statements.append(statement),
    )
    laps: list[int] = []
    sizes: list[int] = []
    for _ in range(25):
        commands.claim(session, wafa, task.id, now=clock.advance(timedelta(hours=1)))
        statements.clear()
        [task] = commands.complete_task(
            session, wafa, task.id, {"decision": "again", "operator": "south", "who": "wafa"}, now=clock.now()
        ).opened
        laps.append(len([one for one in statements if not one.startswith("BEGIN")]))
        sizes.append(len(session.scalars(select(ProcessInstance.state)).one()))
    assert max(laps) <= MOST_STATEMENTS
    assert laps[1] == laps[-1]
    assert sizes[-1] - sizes[1] <= 4  # the names of tokens have one more digit


def test_a_refused_completion_writes_nothing(engine: Engine, session: Session, clock: TurnedClock) -> None:
    deployed(session, clock.now())
    [task] = opened(session, clock.now()).opened
    wafa = actor(session, "wafa")
    session.commit()
    statements: list[str] = []
    event.listen(
        engine,
        "before_cursor_execute",
        lambda _c, _cursor, statement, *_: statements.append(statement),
    )
    with contextlib.suppress(commands.InvalidAnswers):
        commands.complete_task(session, wafa, task.id, {}, now=clock.now())
    assert {one.split()[0] for one in statements} <= {"BEGIN", "SELECT"}
