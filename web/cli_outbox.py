"""`asae outbox` and `asae webhook`: what waits to be sent or could not be, and the systems that hear of
events.
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any
from uuid import UUID

from asae_engine import commands
from asae_engine.calendar import ZONE
from asae_engine.clock import SystemClock
from asae_engine.model.database import create_engine_for, session_factory
from asae_engine.reading import outbox
from web.settings import Settings

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator

    from sqlalchemy.orm import Session


def register(subcommands: argparse._SubParsersAction[Any]) -> None:
    """The two subcommands and their verbs."""
    sent = subcommands.add_parser("outbox", help="courriels et webhooks : ce qui attend, ce qui a échoué")
    verbs = sent.add_subparsers(required=True, metavar="ACTION")
    listing = verbs.add_parser("list", help="ce qui attend d’être envoyé")
    listing.add_argument(
        "--given-up", action="store_true", help="ce qui a été abandonné après plusieurs essais"
    )
    listing.set_defaults(run=run_list)
    again = verbs.add_parser("retry", help="essayer encore ce qui a été abandonné")
    again.add_argument(
        "letters", nargs="*", type=int, metavar="NUMÉRO", help="de « list » ; sans numéro, tout"
    )
    again.set_defaults(run=run_retry)

    webhook = subcommands.add_parser("webhook", help="autres systèmes, prévenus des événements")
    verbs = webhook.add_subparsers(required=True, metavar="ACTION")
    adding = verbs.add_parser("add", help="prévenir une adresse à partir de maintenant")
    adding.add_argument("url", metavar="URL")
    adding.add_argument(
        "--event",
        action="append",
        default=[],
        metavar="TYPE",
        help=f"une fois par type ; sans cela, tous : {', '.join(commands.EVENT_TYPES)}",
    )
    adding.set_defaults(run=run_add)
    verbs.add_parser("list", help="les adresses prévenues").set_defaults(run=run_webhooks)
    removing = verbs.add_parser("remove", help="ne plus prévenir une adresse")
    removing.add_argument(
        "webhook", metavar="ABONNEMENT", type=UUID, help="son numéro, comme « list » le donne"
    )
    removing.set_defaults(run=run_remove)


def run_list(options: argparse.Namespace) -> int:
    """One line a letter, in their order."""
    with _session() as session:
        for one in outbox.letters(session, given_up=options.given_up):
            when = one.given_up_at or one.next_try_at
            said = "abandonné le" if one.given_up_at else "prochain essai le"
            why = f" ({one.error})" if one.error else ""
            print(
                f"{one.id}  {one.kind.value}  {one.what}  {one.case_number}  {one.receiver}  "
                f"{one.attempts} essais, {said} {when.astimezone(ZONE):%d/%m/%Y à %H:%M}{why}"
            )
    return 0


def run_retry(options: argparse.Namespace) -> int:
    """Try again what was given up."""
    with _session() as session:
        count = commands.retry_letters(session, options.letters or None, now=SystemClock().now())
    print(f"À envoyer de nouveau\u00a0: {count}.")
    return 0


def run_add(options: argparse.Namespace) -> int:
    """Let an address hear of events; its secret is printed this once."""
    settings = Settings.from_environment()
    with _session() as session:
        made = commands.add_webhook(
            session, None, options.url, options.event, bounds=settings.webhooks, now=SystemClock().now()
        )
    print(f"Abonnement\u00a0: {made.id}")
    print(f"Secret, montré cette seule fois\u00a0: {made.secret}")
    return 0


def run_webhooks(_options: argparse.Namespace) -> int:
    """One line a webhook."""
    with _session() as session:
        for one in outbox.webhooks(session):
            print(f"{one.id}  {one.url}  en attente\u00a0: {one.waiting}  {', '.join(one.types)}")
    return 0


def run_remove(options: argparse.Namespace) -> int:
    """Send nothing more to an address."""
    with _session() as session:
        commands.remove_webhook(session, None, options.webhook, now=SystemClock().now())
    print("Cette adresse n’est plus prévenue.")
    return 0


@contextmanager
def _session() -> Iterator[Session]:
    engine = create_engine_for(Settings.from_environment().database_url)
    try:
        with session_factory(engine)() as session:
            yield session
    finally:
        engine.dispose()
