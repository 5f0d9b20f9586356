"""The journeys are lived: each thing at its hour, by who does it, through the engine's commands only.

A queue of what people will do is walked through in order of time; every morning what is due is fired first,
so that reminders, escalations and waits come when they would have. What would happen after `until` stays
undone: that is the caseload one finds.
"""

from __future__ import annotations

import heapq
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from functools import partial
from itertools import count
from typing import TYPE_CHECKING

from sqlalchemy import select

from asae_engine import access, commands
from asae_engine.calendar import ZONE, local_date
from asae_engine.model import Task, TaskStatus
from asae_engine.reading import notices
from demonstration import casting, pace
from demonstration.accounts import ACCOUNTS
from demonstration.answers import Story, tell
from demonstration.households import invent

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from uuid import UUID

    from sqlalchemy.orm import Session, sessionmaker

    from asae_engine.access import Actor
    from asae_engine.clock import TurnedClock
    from asae_engine.forms import Form
    from demonstration.journeys import Journey

#: Days between two visit notes of a support: long ago fewer were kept, so that the load stays short.
OLD_VISITS, RECENT_VISITS = 60, 12
READ_AFTER = timedelta(days=4)
_MORNING = time(6, 30)


@dataclass(slots=True)
class Lived:
    """What was done, for the progress line and the last word."""

    opened: int = 0
    completed: int = 0
    side: int = 0
    fired: int = 0


@dataclass(order=True, slots=True)
class _Deed:
    at: datetime
    rank: int
    do: Callable[[datetime], None] = field(compare=False)


class Life:
    """Lives journeys between the clock's instant and `until`."""

    def __init__(
        self,
        sessions: sessionmaker[Session],
        clock: TurnedClock,
        until: datetime,
        forms: dict[str, Form],
        progress: Callable[[date, Lived], None],
    ) -> None:
        self._sessions = sessions
        self._clock = clock
        self._until = until
        self._forms = forms
        self._progress = progress
        self._deeds: list[_Deed] = []
        self._ranks = count()
        self._actors: dict[str, Actor] = {}
        self._usernames: dict[UUID, str] = {}
        self._stories: dict[UUID, Story] = {}
        #: By number of journey, for the households that come back.
        self._households: dict[int, tuple[Story, UUID]] = {}
        self._known: set[UUID] = set()
        self.lived = Lived()

    def live(self, journeys: Iterable[Journey]) -> Lived:
        """Live all of them."""
        for journey in journeys:
            self._referral(journey)
        morning = self._next_morning(self._clock.now())
        while morning <= self._until or (self._deeds and self._deeds[0].at <= self._until):
            # A morning may bring things to do before the next deed: look again after each.
            if not self._deeds or morning <= self._deeds[0].at:
                self._wake(morning)
                morning = self._next_morning(morning)
                continue
            deed = heapq.heappop(self._deeds)
            self._clock.turn(deed.at)
            deed.do(deed.at)
        self._clock.turn(self._until)
        self._read_notices(self._until)
        self._fire(self._until)
        return self.lived

    # --- time ---

    def _plan(self, at: datetime, do: Callable[[datetime], None]) -> None:
        heapq.heappush(self._deeds, _Deed(at, next(self._ranks), do))

    @staticmethod
    def _next_morning(after: datetime) -> datetime:
        day = local_date(after)
        morning = datetime.combine(day, _MORNING, ZONE).astimezone(UTC)
        if morning <= after:
            morning = datetime.combine(day + timedelta(days=1), _MORNING, ZONE).astimezone(UTC)
        return morning

    def _wake(self, morning: datetime) -> None:
        self._clock.turn(morning)
        day = local_date(morning)
        if day.day == 1:
            self._progress(day, self.lived)
        if (day.month, day.day) == (1, 2):
            self._read_notices(morning)
        self._fire(morning)

    def _fire(self, now: datetime) -> None:
        """Fire what is due, and see which tasks it opened."""
        with self._sessions() as session:
            due = commands.next_due(session)
        if due is None or due > now:
            return
        self.lived.fired += commands.fire_due(self._sessions, now=now, limit=10_000)
        with self._sessions() as session:
            opened = session.scalars(
                select(Task).where(Task.status == TaskStatus.OPEN, Task.opened_at >= now)
            ).all()
        self._expect([task for task in opened if task.id not in self._known], now)

    def _read_notices(self, now: datetime) -> None:
        """Everybody reads what was said to them: what is left is what still stands, and the last days."""
        for account in ACCOUNTS:
            actor = self._actor(account.username)
            with self._sessions() as session:
                unread = notices.unread(session, actor, 1000)
            for told in unread:
                if told.task_id is None and told.at < now - READ_AFTER:
                    for notice_id in told.notice_ids:
                        with self._sessions() as session:
                            commands.mark_notice_read(session, actor, notice_id, now=now)

    # --- people ---

    def _actor(self, username: str) -> Actor:
        if username not in self._actors:
            with self._sessions() as session:
                actor = access.actor_for(session, username)
            self._actors[username] = actor
            self._usernames[actor.user_id] = username
        return self._actors[username]

    # --- what happens ---

    def _referral(self, journey: Journey) -> None:
        self._plan(pace.moment(journey.referred_on, journey.chance), lambda now: self._open(journey, now))

    def _open(self, journey: Journey, now: datetime) -> None:
        chance = journey.chance
        known = self._households.get(journey.follows) if journey.follows is not None else None
        household = (
            known[0].household
            if known is not None
            else invent(chance, journey.number, journey.referred_on, journey.door)
        )
        story = Story(journey, household, chance, casting.cast(journey))
        key = f"referral_{journey.door}"
        actor, answers = self._actor(story.people["referrer"]), tell(self._forms[key], story, now)
        with self._sessions() as session:
            opening = commands.open_case(
                session,
                actor,
                key,
                answers,
                confirm_duplicate=known is None,
                household_id=known[1] if known is not None else None,
                now=now,
            )
            self._stories[opening.case.id] = story
            self._households[journey.number] = (story, opening.household.id)
            self._expect(opening.opened, now)
        self.lived.opened += 1

    def _expect(self, tasks: Sequence[Task], now: datetime) -> None:
        """Decide when each task that opened will be done."""
        for task in tasks:
            self._known.add(task.id)
            story = self._stories.get(task.case_id)
            if story is None or task.form_key is None:
                continue
            if task.form_key == "emergency_opinion":
                story.told["emergency_expected"] = story.times("emergency_expected") + 1
            at = pace.done_at(task, story, now)
            if at is not None and at <= self._until:
                self._plan(at, partial(self._complete, task.id, task.case_id, task.form_key, story))

    def _complete(self, task_id: UUID, case_id: UUID, key: str, story: Story, now: datetime) -> None:
        with self._sessions() as session:
            status, assignee_id = session.execute(
                select(Task.status, Task.assignee_id).where(Task.id == task_id)
            ).one()
        if status is not TaskStatus.OPEN:
            return
        username = self._usernames.get(assignee_id) if assignee_id is not None else None
        actor = self._actor(username or casting.actor_of(key, story, local_date(now)))
        answers = tell(self._forms[key], story, now)
        with self._sessions() as session:
            completion = commands.complete_task(session, actor, task_id, answers, now=now)
            if key == "engagement" and answers.get("answer") == "signs" and not story.times("started"):
                self._begin(case_id, story, now)
            self._expect(completion.opened, now)
        self.lived.completed += 1

    def _begin(self, case_id: UUID, story: Story, now: datetime) -> None:
        """A support begins: what will happen along the way is planned."""
        story.told["started"] = 1
        journey, chance = story.journey, story.chance
        today = local_date(now)
        if journey.door == "access":
            story.dwelling_on = today + timedelta(days=30 * journey.wait - 4)
        if journey.stops_after is not None:
            side = "death" if journey.reason == "death" else "stop_request"
            self._side(case_id, story, side, pace.moment(today + timedelta(days=journey.stops_after), chance))
        if journey.worker_leaves_after is not None:
            at = pace.moment(today + timedelta(days=journey.worker_leaves_after), chance)
            self._side(case_id, story, "worker_change", at)
        if chance.random() < 0.08:
            self._side(case_id, story, "incident", pace.moment(today + timedelta(days=45), chance))
        self._visit(case_id, story, now)

    def _visit(self, case_id: UUID, story: Story, now: datetime) -> None:
        recent = (self._until - now).days < 150
        days = RECENT_VISITS if recent else OLD_VISITS
        at = pace.moment(
            local_date(now) + timedelta(days=story.chance.randint(days - 4, days + 6)), story.chance
        )
        self._side(case_id, story, "visit_note", at)

    def _side(self, case_id: UUID, story: Story, process_key: str, at: datetime) -> None:
        if at <= self._until:
            self._plan(at, lambda now: self._start(case_id, story, process_key, now))

    def _start(self, case_id: UUID, story: Story, process_key: str, now: datetime) -> None:
        """A side process of a case whose support goes on; once it is closing, nothing."""
        if story.times("closure") or (process_key in ("stop_request", "death") and story.times("ended")):
            return
        if process_key == "visit_note" and story.times("pause") > story.times("resume"):
            self._visit(case_id, story, now)
            return
        actor = self._actor(casting.actor_of(process_key, story, local_date(now)))
        answers = tell(self._forms[process_key], story, now)
        with self._sessions() as session:
            start = commands.start_side_process(session, actor, case_id, process_key, answers, now=now)
            self._expect(start.opened, now)
        self.lived.side += 1
        if process_key == "worker_change":
            people = story.people
            people["support_worker"], people["next_worker"] = people["next_worker"], people["support_worker"]
        if process_key == "visit_note":
            self._visit(case_id, story, now)
