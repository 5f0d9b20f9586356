"""`asae upgrade`, `serve`, `worker` and `user`: an installation from a terminal."""

from __future__ import annotations

import getpass
import json
import logging
import signal
import sys
import threading
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy import make_url

from asae_engine import commands
from asae_engine.clock import SystemClock
from asae_engine.jobs import is_queued, runner_for
from asae_engine.model.database import create_engine_for, session_factory, upgrade
from web import correspondence
from web.settings import Settings

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator

    from sqlalchemy.orm import Session

#: Waitress threads: a request takes some ten milliseconds, and FEEL's isolate is shared.
THREADS = 8


def register(subcommands: argparse._SubParsersAction[Any]) -> None:
    """The four subcommands."""
    upgrading = subcommands.add_parser(
        "upgrade", help="créer la base, ou la mettre au schéma de cette version"
    )
    upgrading.set_defaults(run=run_upgrade)

    serving = subcommands.add_parser("serve", help="servir les pages, et exécuter les échéances")
    serving.add_argument("--host", default="127.0.0.1", metavar="ADRESSE")
    serving.add_argument("--port", type=int, default=8000, metavar="PORT")
    here = serving.add_mutually_exclusive_group()
    here.add_argument(
        "--without-scheduler",
        dest="scheduler",
        action="store_false",
        default=None,
        help="ne pas exécuter les échéances : un « asae worker » le fait (d’office avec PostgreSQL)",
    )
    here.add_argument(
        "--with-scheduler",
        dest="scheduler",
        action="store_true",
        help="exécuter aussi les échéances (d’office avec SQLite)",
    )
    serving.set_defaults(run=run_serve)

    working = subcommands.add_parser("worker", help="exécuter les échéances et les longs travaux, sans pages")
    working.set_defaults(run=run_worker)

    user = subcommands.add_parser("user", help="comptes")
    verbs = user.add_subparsers(required=True, metavar="ACTION")
    adding = verbs.add_parser("add", help="créer un compte")
    adding.add_argument("username", metavar="IDENTIFIANT")
    adding.add_argument("--name", required=True, metavar="NOM", help="nom affiché")
    adding.add_argument("--organisation", metavar="CLÉ")
    adding.add_argument("--role", action="append", default=[], metavar="CLÉ", help="une fois par rôle")
    adding.add_argument("--email", metavar="ADRESSE")
    adding.set_defaults(run=run_user_add)
    changing = verbs.add_parser("passwd", help="donner un nouveau mot de passe")
    changing.add_argument("username", metavar="IDENTIFIANT")
    changing.set_defaults(run=run_user_passwd)
    mailing = verbs.add_parser("mail", help="dire si un compte reçoit ses avis par courriel aussi")
    mailing.add_argument("username", metavar="IDENTIFIANT")
    mailing.add_argument("wanted", choices=("oui", "non"))
    mailing.add_argument("--email", metavar="ADRESSE", help="nouvelle adresse")
    mailing.set_defaults(run=run_user_mail)
    for verb, active, help_text in (
        ("block", False, "bloquer un compte et fermer ses sessions"),
        ("unblock", True, "rouvrir un compte"),
    ):
        switching = verbs.add_parser(verb, help=help_text)
        switching.add_argument("username", metavar="IDENTIFIANT")
        switching.set_defaults(run=run_user_active, active=active)


def run_upgrade(_options: argparse.Namespace) -> int:
    """Make the database if it is not there, and bring it to the newest schema."""
    url = Settings.from_environment().database_url
    parsed = make_url(url)
    if parsed.get_backend_name() == "sqlite" and parsed.database:
        Path(parsed.database).parent.mkdir(parents=True, exist_ok=True)
    upgrade(url)
    print("La base est à jour.")
    return 0


def run_serve(options: argparse.Namespace) -> int:
    """Serve the pages until a signal ends the process; on SQLite do what is due as well."""
    import waitress

    from web.app import create_app

    settings = Settings.from_environment()
    _log_to_stderr()
    application = create_app(settings)
    scheduler = runner_for(settings.database_url, SystemClock(), correspondence.post(settings))
    # With PostgreSQL there may be many web processes, whose pages should not wait for what is due.
    fires = not is_queued(settings.database_url) if options.scheduler is None else options.scheduler
    server = waitress.create_server(
        application, host=options.host, port=options.port, threads=THREADS, ident=None
    )
    if fires:
        scheduler.start()
    shown = "localhost" if options.host in ("127.0.0.1", "0.0.0.0", "::") else options.host  # noqa: S104 - compared, not bound
    print(f"ASAE répond sur http://{shown}:{server.effective_port} (Ctrl+C pour arrêter).", flush=True)

    def stop(*_: object) -> None:
        raise KeyboardInterrupt

    signal.signal(signal.SIGTERM, stop)
    try:
        server.run()
    finally:
        server.close()
        scheduler.stop()
    return 0


def run_worker(_options: argparse.Namespace) -> int:
    """Do what is due and the long works until SIGTERM or Ctrl+C; what is under way is finished first."""
    _log_to_stderr()
    ended = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: ended.set())
    settings = Settings.from_environment()
    scheduler = runner_for(settings.database_url, SystemClock(), correspondence.post(settings))
    scheduler.start()
    print("Les échéances sont exécutées (Ctrl+C pour arrêter).", flush=True)
    ended.wait()
    scheduler.stop()
    return 0


def run_user_add(options: argparse.Namespace) -> int:
    """Make an account; the password is asked for, or read from the input when that is no terminal."""
    password = _password()
    with _session() as session:
        user = commands.add_user(
            session,
            None,
            options.username,
            options.name,
            options.organisation,
            options.role,
            password,
            email=options.email,
            now=SystemClock().now(),
        )
        print(f"Le compte «\u00a0{user.username}\u00a0» est créé.")
    return 0


def run_user_passwd(options: argparse.Namespace) -> int:
    """Give an account a new password."""
    password = _password()
    with _session() as session:
        commands.set_password(session, None, options.username, password, now=SystemClock().now())
    print("Le mot de passe est changé, les sessions ouvertes sont fermées.")
    return 0


def run_user_mail(options: argparse.Namespace) -> int:
    """Switch an account's mail on or off, and change its address."""
    with _session() as session:
        wanted = options.wanted == "oui"
        user = commands.set_mail(session, None, options.username, email=options.email, wanted=wanted)
    if not user.mail:
        print("Le compte ne reçoit pas de courriel.")
    else:
        print("Le compte reçoit ses avis par courriel." if user.email else "Le compte n’a pas d’adresse.")
    return 0


def run_user_active(options: argparse.Namespace) -> int:
    """Block an account, or let it in again."""
    with _session() as session:
        commands.set_active(session, None, options.username, options.active, now=SystemClock().now())
    print("Le compte est rouvert." if options.active else "Le compte est bloqué, ses sessions sont fermées.")
    return 0


def _password() -> str:
    if not sys.stdin.isatty():
        return sys.stdin.readline().rstrip("\n")
    password = getpass.getpass("Mot de passe : ")
    if getpass.getpass("Encore une fois : ") != password:
        raise commands.AccountRefused("Les deux saisies diffèrent.")
    return password


@contextmanager
def _session() -> Iterator[Session]:
    engine = create_engine_for(Settings.from_environment().database_url)
    try:
        with session_factory(engine)() as session:
            yield session
    finally:
        engine.dispose()


class JsonLines(logging.Formatter):
    """A log of one JSON object a line: when, how grave, where from, what happened, and what it was said
    with.
    """

    def format(self, record: logging.LogRecord) -> str:
        said: dict[str, object] = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
        }
        message = record.getMessage()
        fields = _object(message)
        said |= {"event": message} if fields is None else fields
        said |= {name: value for name, value in vars(record).items() if name not in _USUAL}
        if record.exc_info:
            said["traceback"] = self.formatException(record.exc_info)
        return json.dumps(said, ensure_ascii=False, default=str)


_USUAL = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}


def _object(message: str) -> dict[str, object] | None:
    """The fields of a message that is a JSON object already, as `web.journal` writes them."""
    if not message.startswith("{"):
        return None
    try:
        found = json.loads(message)
    except ValueError:
        return None
    return found if isinstance(found, dict) else None


def _log_to_stderr() -> None:
    handler = logging.StreamHandler()
    handler.setFormatter(JsonLines())
    logging.basicConfig(level=logging.INFO, handlers=[handler])
    for noisy in ("apscheduler", "alembic", "procrastinate", "psycopg.pool"):
        logging.getLogger(noisy).setLevel(logging.WARNING)
