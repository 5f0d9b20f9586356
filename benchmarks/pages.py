"""What pages cost on the server: the inbox with few and many open tasks, and each main page.

Through Flask's test client, signed in: no network, no browser. Main pages are measured on a small caseload,
a few journeys of the demonstration lived through the real programme, against the health page.
"""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import func, insert, select, text

from asae_engine import bundles, commands
from asae_engine.access import passwords
from asae_engine.calendar import ZONE, local_date
from asae_engine.clock import TurnedClock
from asae_engine.model import (
    Case,
    CaseMember,
    CaseStatus,
    Deployment,
    Household,
    InstanceKind,
    InstanceStatus,
    ProcessInstance,
    Task,
    TaskCandidate,
    TaskStatus,
    User,
    new_id,
)
from asae_engine.model.database import create_engine_for, session_factory
from benchmarks.measuring import Row, counted, in_turns
from benchmarks.walks import NOON, deployed, journey
from demonstration.accounts import ACCOUNTS
from demonstration.living import Life
from demonstration.plans import plan
from web.app import create_app
from web.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from uuid import UUID

    from flask.testing import FlaskClient
    from sqlalchemy import Engine
    from sqlalchemy.orm import Session, sessionmaker

    from benchmarks.measuring import Scale

ROOT = Path(__file__).parents[1]
HEALTH = "/sante"
#: The inbox may not cost much more when it is a hundred times as long.
INBOX_AIM = 1.5
#: Open tasks of the second worker.
_OWN = 50
#: Tasks of one bulk insert.
_CHUNK = 1_000


class Site:
    """The application on one database, with a client for each person."""

    def __init__(self, url: str, clock: TurnedClock) -> None:
        self._clock = clock
        settings = Settings(database_url=url, secret_key="only for measurements")  # noqa: S106 - signs nothing that lasts
        self.app = create_app(settings, clock=clock)
        self.sessions: sessionmaker[Session] = self.app.extensions["asae.sessions"]
        self.engine: Engine = self.sessions.kw["bind"]

    def client(self, username: str) -> FlaskClient:
        """A browser in which this person has signed in."""
        with self.sessions() as session:
            person = session.scalars(select(User).where(User.username == username)).one()
        client = self.app.test_client()
        with client.session_transaction() as kept:
            kept.update(user=str(person.id), epoch=person.session_epoch, seen=self._clock.now().timestamp())
        return client

    def statements(self, client: FlaskClient, address: str) -> int:
        """How many statements one page sends."""
        with counted(self.engine) as statements:
            _get(client, address)
        return statements.count

    def close(self) -> None:
        """Let the database go."""
        self.engine.dispose()


def _get(client: FlaskClient, address: str) -> None:
    response = client.get(address)
    if response.status_code != 200:
        raise RuntimeError(f"{address} answers {response.status_code}")
    response.close()


#: Whose inbox is measured, and what it is.
_READERS = {
    "wafa": ("all hers", "« Mes tâches » of a worker to whom all open tasks are open", None),
    "salma": (f"{_OWN} hers", f"« Mes tâches » of a worker who has {_OWN}, and may take no other", INBOX_AIM),
}


def inbox(kind: str, few_url: str, many_url: str, scale: Scale) -> list[Row]:
    """The inboxes of two workers with few and with many open tasks, in turns."""
    sites = {}
    for count, url in zip(scale.tasks, (few_url, many_url), strict=True):
        engine = create_engine_for(url)
        with session_factory(engine)() as session:
            deployed(session, journey())
            commands.add_organisation(session, None, "south", "Sud", now=NOON)
            commands.add_user(session, None, "salma", "Salma", "south", ["worker"], None, now=NOON)
            fill(session, count)
        engine.dispose()
        sites[count] = Site(url, TurnedClock(NOON))
    clients = {(who, count): site.client(who) for count, site in sites.items() for who in _READERS}
    actions: dict[str, Callable[[], object]] = {}
    for (who, count), client in clients.items():
        _get(client, "/")
        actions[f"{who} {count}"] = lambda client=client: _get(client, "/")  # type: ignore[misc]  # bound now, not at the call
    taken = in_turns(max(2, scale.rounds // 2), actions)
    few = scale.tasks[0]
    rows = [
        Row(
            "The inbox",
            f"{kind}, {count:,} open tasks, {whose}",
            taken[f"{who} {count}"],
            taken[f"{who} {count}"] / taken[f"{who} {few}"],
            None if count == few else aim,
            f"{said}; against {few} open tasks",
            statements=sites[count].statements(clients[who, count], "/"),
        )
        for who, (whose, said, aim) in _READERS.items()
        for count in scale.tasks
    ]
    for site in sites.values():
        site.close()
    return rows


def fill(session: Session, count: int) -> None:
    """So many open tasks written straight into the tables, two to a case: some the first worker's, some her
    group's, a third late; the first of them the second worker's.
    """
    deployment = session.scalars(select(Deployment)).one()
    wafa, salma = (session.scalars(select(User).where(User.username == name)).one() for name in _READERS)
    for start in range(0, count, _CHUNK):
        numbers = range(start, min(count, start + _CHUNK))
        lines = [
            line
            for number in numbers
            for line in _lines(number, deployment, salma if number < _OWN else wafa)
        ]
        for table in (Household, Case, CaseMember, ProcessInstance, Task, TaskCandidate):
            rows = [row for model, row in lines if model is table]
            if rows:
                session.execute(insert(table), rows)
    session.commit()
    session.execute(text("ANALYZE"))  # a database that grew by itself has statistics
    session.commit()
    found = session.scalar(select(func.count(Task.id)).where(Task.status == TaskStatus.OPEN))
    if found != count:
        raise RuntimeError(f"{found} open tasks instead of {count}")


_Line = tuple[type, dict[str, object]]
_cases: dict[int, tuple[UUID, UUID]] = {}


def _lines(number: int, deployment: Deployment, worker: User) -> Iterator[_Line]:
    opened = NOON - timedelta(days=number % 400, minutes=number % 500)
    if number % 2 == 0:
        household, case, instance = new_id(), new_id(), new_id()
        _cases[number // 2] = case, instance
        name = f"Ménage{number}"
        yield (
            Household,
            {
                "id": household,
                "number": number // 2 + 1,
                "last_name": name,
                "first_name": "Émilie",
                "birth_date": None,
                "town": "Narbonne",
                "search_last": name.lower(),
                "search_first": "emilie",
                "search_key": f"{name.lower()} emilie",
            },
        )
        yield (
            Case,
            {
                "id": case,
                "number": f"2026-{number // 2 + 1:05}",
                "household_id": household,
                "process_key": "journey",
                "door": "retention",
                "status": CaseStatus.OPEN,
                "opened_at": opened,
                "title": f"{name} Émilie",
            },
        )
        yield (
            CaseMember,
            {
                "id": new_id(),
                "case_id": case,
                "user_id": worker.id,
                "role": "assignee",
                "since": opened,
                "until": None,
            },
        )
        yield (
            ProcessInstance,
            {
                "id": instance,
                "case_id": case,
                "deployment_id": deployment.id,
                "process_key": "journey",
                "name": "Parcours mesuré",
                "kind": InstanceKind.MAIN,
                "state": b"{}",
                "status": InstanceStatus.ACTIVE,
                "started_at": opened,
                "updated_at": opened,
            },
        )
    case, instance = _cases[number // 2]
    task = new_id()
    yield (
        Task,
        {
            "id": task,
            "case_id": case,
            "instance_id": instance,
            "token_id": f"t{number}",
            "element_id": "Task_Visit",
            "process_key": "journey",
            "name": ("Visiter", "Rendre compte", "Suivre la situation")[number % 3],
            "form_key": "visit",
            "assignee_id": worker.id if number % 4 == 0 or number < _OWN else None,
            "opened_at": opened,
            "due_at": None if number % 10 == 9 else NOON + timedelta(days=number % 90 - 30),
            "status": TaskStatus.OPEN,
            "why": {"cause": "opened", "element_name": None, "by": "wafa"},
        },
    )
    yield TaskCandidate, {"id": new_id(), "task_id": task, "role": "worker", "organisation_key": "north"}


def main_pages(url: str, scale: Scale) -> list[Row]:
    """Each main page on a small caseload, against the health page."""
    site = _small_caseload(url, scale)
    worker, manager, owner = (
        site.client(name) for name in ("marie.delmassif", "philippe.castelune", "karim.referant")
    )
    with site.sessions() as session:
        task = session.scalars(select(Task).where(Task.status == TaskStatus.OPEN).order_by(Task.id)).first()
        if task is None:
            raise RuntimeError("the small caseload has no open task")
        case = task.case_id
        title = session.get_one(Case, case).title
    pages = [
        ("health", worker, HEALTH),
        ("inbox", worker, "/"),
        ("task", worker, f"/taches/{task.id}"),
        ("case", worker, f"/situations/{case}"),
        ("open a case", site.client("nadia.benazur"), "/situations/nouvelle/referral_retention"),
        ("search", worker, f"/recherche?q={title.split()[0]}"),
        ("board", manager, "/pilotage"),
        ("figures", manager, "/pilotage/chiffres"),
        ("studio", owner, "/atelier/"),
        ("studio, a diagram", owner, "/atelier/processus/household_path"),
    ]
    served = [(name, client, address) for name, client, address in pages if _is_there(client, address)]
    actions: dict[str, Callable[[], object]] = {
        name: (lambda client=client, address=address: _get(client, address))  # type: ignore[misc]  # bound now, not at the call
        for name, client, address in served
    }
    taken = in_turns(max(2, scale.rounds // 3), actions)
    rows = [
        Row(
            "Pages on a small caseload",
            name,
            taken[name],
            taken[name] / taken["health"],
            None,
            f"{address.split('?')[0].replace(str(task.id), '…').replace(str(case), '…')}, against {HEALTH}",
            statements=site.statements(client, address),
        )
        for name, client, address in served
    ]
    site.close()
    return rows


def _is_there(client: FlaskClient, address: str) -> bool:
    """Whether an installation serves the page (it may leave a room out); warms it up too."""
    response = client.get(address, follow_redirects=False)
    response.close()
    return response.status_code != 404


def _small_caseload(url: str, scale: Scale) -> Site:
    """The real programme with its people, and the newest journeys of the demonstration."""
    now = NOON
    journeys = plan(local_date(now))[-scale.journeys :]
    beginning = datetime.combine(journeys[0].referred_on - timedelta(days=3), time(8), ZONE).astimezone(UTC)
    clock = TurnedClock(beginning)
    site = Site(url, clock)
    files = bundles.read_folder(ROOT / "processes", ROOT / "forms")
    secret = passwords.hashed("only for measurements")
    with site.sessions() as session:
        commands.deploy(session, None, files, "mesures", now=beginning)
        for one in ACCOUNTS:
            commands.add_user(
                session,
                None,
                one.username,
                one.name,
                one.organisation,
                one.roles,
                None,
                password_hash=secret,
                now=beginning,
            )
    bundle, _ = bundles.check(files)
    if bundle is None:
        raise RuntimeError("the programme would be refused")
    Life(site.sessions, clock, now, dict(bundle.forms), lambda *_: None).live(journeys)
    clock.turn(now)
    return site
