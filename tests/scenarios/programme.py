"""The programme in the hands of its people: the real diagrams, forms and tables through the engine's
commands, on a turned clock. What a scenario does not say about a form is answered by `usual`.
"""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar
from zoneinfo import ZoneInfo

from sqlalchemy import select

from asae_engine import access, bundles, commands
from asae_engine.forms.errors import Confirmation
from asae_engine.model import Event, Household, Incident, Notice, Task, TaskStatus, User

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy.orm import Session, sessionmaker

    from asae_engine.access import Actor
    from asae_engine.clock import TurnedClock
    from asae_engine.model import Case

T = TypeVar("T")
ROOT = Path(__file__).parents[2]
PARIS = ZoneInfo("Europe/Paris")
#: Username: organisation and roles. Invented people.
PEOPLE = {
    "nora": ("alogea", ["landlord_worker"]),
    "hugo": ("habitat_audois", ["landlord_worker"]),
    "etienne": ("ddetspp", ["state_officer"]),
    "claire": ("adaff", ["diagnostic_worker"]),
    "samir": ("adaff", ["support_worker"]),
    "lea": ("adaff", ["support_worker"]),
    "solene": ("soliha", ["support_worker"]),
    "coralie": ("asae", ["coordinator"]),
    "gilles": ("alogea", ["committee_member"]),
    "paule": ("ddetspp", ["committee_member"]),
    "marc": ("habitat_audois", ["manager"]),
}
SCORES = (
    "s_home",
    "s_budget",
    "s_admin",
    "s_health",
    "s_daily",
    "s_family",
    "s_network",
    "s_work",
    "s_rights",
)


def scores(*values: int) -> dict[str, object]:
    return dict(zip(SCORES, values, strict=True))


class Programme:
    """The deployed programme, its people and the calendar of a scenario."""

    def __init__(self, sessions: sessionmaker[Session], session: Session, clock: TurnedClock) -> None:
        self.sessions, self.session, self.clock = sessions, session, clock
        files = bundles.read_folder(ROOT / "processes", ROOT / "forms")
        commands.deploy(session, None, files, "Première publication", now=clock.now())
        for name, (organisation, roles) in PEOPLE.items():
            commands.add_user(
                session, None, name, name.capitalize(), organisation, roles, None, now=clock.now()
            )

    # -- time --

    @property
    def today(self) -> date:
        return self.clock.now().astimezone(PARIS).date()

    def on(self, day: str, hour: int = 10) -> Programme:
        """Live until that day and hour in Paris: the scheduler looks every morning and evening."""
        until = datetime.combine(date.fromisoformat(day), time(hour), PARIS)
        assert until > self.clock.now(), day
        while (due := commands.next_due(self.session)) is not None and due <= until:
            self.session.rollback()
            if due > self.clock.now():
                self.clock.turn(due)
            assert commands.fire_due(self.sessions, now=self.clock.now()) > 0
        self.session.rollback()
        self.session.expire_all()
        self.clock.turn(until)
        return self

    # -- people --

    def actor(self, username: str) -> Actor:
        return access.actor_for(self.session, username)

    def opens(self, username: str, process: str, **answers: object) -> Case:
        return self.opens_again(username, process, None, answers)

    def opens_again(
        self, username: str, process: str, known: Household | None, answers: dict[str, object]
    ) -> Case:
        """Open a case for a household that comes back."""
        actor, key = self.actor(username), None if known is None else known.id
        opening = self.surely(
            lambda given: commands.open_case(
                self.session, actor, process, given, household_id=key, now=self.clock.now()
            ),
            self.filled(process, answers),
        )
        return opening.case

    def does(self, username: str, case: Case, step: str, **answers: object) -> Programme:
        """Complete the open step of that element, as its assignee or by taking it."""
        actor, task = self.actor(username), self.task(case, step)
        assert task.form_key
        self.surely(
            lambda given: commands.complete_task(self.session, actor, task.id, given, now=self.clock.now()),
            self.filled(task.form_key, answers),
        )
        self.healthy()
        return self

    def starts(self, username: str, case: Case, process: str, **answers: object) -> Programme:
        actor = self.actor(username)
        self.surely(
            lambda given: commands.start_side_process(
                self.session, actor, case.id, process, given, now=self.clock.now()
            ),
            self.filled(process, answers),
        )
        self.healthy()
        return self

    @staticmethod
    def surely(command: Callable[[dict[str, object]], T], given: dict[str, object]) -> T:
        """Answer yes to what the form asks to confirm, as a person would on reading it."""
        try:
            return command(given)
        except commands.InvalidAnswers as doubt:
            if doubt.errors:
                raise
            asked = [one for one in doubt.to_confirm.values() if isinstance(one, Confirmation)]
            return command({**given, "_confirm": [one.token for one in asked]})

    def filled(self, form: str, answers: dict[str, object]) -> dict[str, object]:
        given = {**usual(form, self.today), **answers}
        return {key: value for key, value in given.items() if value is not None}

    # -- what is seen --

    def task(self, case: Case, step: str) -> Task:
        tasks = [task for task in self.tasks(case) if task.element_id == step]
        assert tasks, f"{step} is not open; {self.steps(case)} are"
        return tasks[0]

    def tasks(self, case: Case) -> list[Task]:
        self.session.expire_all()
        asked = select(Task).where(Task.case_id == case.id, Task.status == TaskStatus.OPEN)
        return list(self.session.scalars(asked.order_by(Task.opened_at, Task.id)))

    def steps(self, case: Case) -> list[str]:
        return [task.element_id for task in self.tasks(case)]

    def assignee(self, case: Case, step: str) -> str | None:
        found = self.session.get(User, self.task(case, step).assignee_id)
        return None if found is None else found.username

    def due(self, case: Case, step: str) -> date | None:
        at = self.task(case, step).due_at
        return None if at is None else at.astimezone(PARIS).date()

    def told(self, case: Case) -> list[tuple[str, str, date]]:
        """The notices of a case: kind, to whom, and the day."""
        found = self.session.execute(
            select(Notice, User.username)
            .join(User, User.id == Notice.user_id, isouter=True)
            .where(Notice.case_id == case.id)
            .order_by(Notice.at, Notice.id)
        )
        return [
            (
                str(notice.kind),
                username or "@".join(part for part in (notice.role, notice.organisation_key) if part),
                notice.at.astimezone(PARIS).date(),
            )
            for notice, username in found
        ]

    def events(self, case: Case) -> list[str]:
        asked = select(Event.type).where(Event.case_id == case.id).order_by(Event.rank)
        return list(self.session.scalars(asked))

    def healthy(self) -> None:
        stopped = list(self.session.scalars(select(Incident.message)))
        assert stopped == []


def usual(form: str, today: date) -> dict[str, object]:
    """Answers that the form takes, on a day when nothing in particular is told."""
    day, hour = today.isoformat(), f"{today.isoformat()}T09:00"
    text = "Écrit avec la personne, en quelques mots."
    person: dict[str, object] = {
        "address": "12 rue des Tanneurs", "postcode": "11000", "town": "Carcassonne",
        "household_type": "single", "adults": 1, "children": 0, "urgency": "none", "consent": True,
        "consent_date": day, "situation": text,
    }  # fmt: skip
    goal = "Ouvrir le courrier chaque semaine"
    forms: dict[str, dict[str, object]] = {
        "referral_retention": {
            **person, "landlord": "alogea", "lease_reference": "AL-1042", "eviction_stage": "none",
            "reasons": ["isolation"], "main_reason": "isolation",
        },
        "referral_access": {**person, "housing_status": "hosted", "reasons": ["homeless"]},
        "referral_completion": {
            **person, "urgency": None, "last_name": "Marty", "first_name": "Odile", "answer": text,
            "birth_date": "1961-11-02", "eviction_stage": "none",
        },
        "admissibility": {
            "target_public": True, "territory": True, "complete": True, "urgency": "none",
            "decision": "agenda",
        },
        "emergency_opinion": {"opinion": "favourable", "reason": text},
        "committee_first": {"decision": "diagnostic", "reason": text, "diagnostic_operator": "adaff"},
        "diagnostic_assignment": {"worker": "claire"},
        "contact_attempt": {"at": hour, "way": "visit", "result": "met"},
        "diagnostic": {
            **scores(*[2] * 9), "visit_date": day, "place": "home", "present": ["household"],
            "condition": "worn", "incomes": [{"kind": "rsa", "amount": 607.75}],
            "charges": [{"kind": "rent", "amount": 310}], "rights_open": ["health_cover"], "violence": "none",
            "mental_health_suffering": "no", "isolation": "relative", "strengths": text,
            "difficulties": text, "household_words": text, "wishes": ["l_home"], "commitment": "yes",
        },
        "recommendation": {"needed": True, "levers": ["l_daily"], "synthesis": text},
        "committee_second": {"decision": "validate", "reason": text},
        "engagement": {
            "proposal_date": day, "answer": "signs", "start_date": day, "frequency": "two_a_week",
            "goals": [{"goal": goal, "lever": "l_daily"}],
        },
        "dwelling_wait": {"contact_date": day, "still_wishes": True, "next": "wait"},
        "dwelling_offer": {
            "address": "3 allée des Amandiers", "type": "T3", "available_from": day, "answer": "accepted",
        },
        "iml_lease": {"start": day, "months": 12, "rent": 420, "sliding_planned": True},
        "visit_note": {"at": hour, "way": "home", "levers": ["l_daily"], "done": text, "alert": False},
        "reassessment": {
            **scores(*[2] * 9), "levers_worked": ["l_daily"], "proposal": "continue", "why": text,
            "goals_state": [{"goal": goal, "state": "on_way"}], "household_words": text, "synthesis": text,
        },
        "committee_review": {"decision": "continue", "reason": text},
        "pause": {"reason": "hospital", "from": day, "contact_kept": "monthly"},
        "pause_check": {"contact_date": day, "next": "wait"},
        "resume": {"on": day, "same_terms": True},
        "worker_change": {"on": day, "handover": text, "household_told": True},
        "stop_request": {"on": day, "reason": text},
        "incident": {"at": hour, "kind": "threat", "facts": text, "urgent_committee": False},
        "move": {"on": day, "territory": "inside", "new_town": "Limoux"},
        "death": {"on": day, "informed_by": text},
        "workshop": {"title": "Cuisiner à petit prix", "at": hour, "levers": ["l_daily"]},
        "attendance": {"attendees": []},
        "closure": {
            **scores(*[3] * 9), "end_date": day, "reason": "goals_reached", "exit_housing": "stays",
            "levers_worked": ["l_daily", "l_links"], "summary": text,
        },
        "closure_validation": {"decision": "validate"},
        "follow_up": {
            "reached": True, "housing": "stays", "arrears": "no", "rights": "yes", "wants_return": False,
        },
    }  # fmt: skip
    return forms[form]


def days_after(day: date, count: int) -> str:
    return (day + timedelta(days=count)).isoformat()
