"""`asae job`: the long works from a terminal: list them, ask for one, pause, resume, give up."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import UUID

from asae_engine import access, commands
from asae_engine.clock import SystemClock
from asae_engine.model.database import create_engine_for, session_factory
from asae_engine.reading import works
from web.settings import Settings

if TYPE_CHECKING:
    import argparse

_TURNS = {
    "pause": (commands.pause_work, "suspendre un travail", "Le travail est suspendu."),
    "resume": (commands.resume_work, "reprendre un travail suspendu", "Le travail reprend."),
    "cancel": (commands.cancel_work, "abandonner ce qui reste d’un travail", "Le travail est abandonné."),
}


def register(subcommands: argparse._SubParsersAction[Any]) -> None:
    """The subcommand and its verbs."""
    job = subcommands.add_parser("job", help="longs travaux : où ils en sont, suspendre, reprendre")
    verbs = job.add_subparsers(required=True, metavar="ACTION")
    listing = verbs.add_parser("list", help="les travaux et leur avancement")
    listing.set_defaults(run=run_list)
    message = verbs.add_parser("message", help="transmettre un message à toutes les situations ouvertes")
    message.add_argument("name", metavar="MESSAGE", help="nom du message dans les schémas")
    message.add_argument("--by", required=True, metavar="IDENTIFIANT", help="qui le demande")
    message.set_defaults(run=run_message)
    for verb, (_, help_text, _) in _TURNS.items():
        turning = verbs.add_parser(verb, help=help_text)
        turning.add_argument("work", metavar="TRAVAIL", type=UUID, help="son numéro, comme « list » le donne")
        turning.set_defaults(run=run_turn, verb=verb)


def run_list(_options: argparse.Namespace) -> int:
    """One line a work, the newest first."""
    engine = create_engine_for(Settings.from_environment().database_url)
    try:
        with session_factory(engine)() as session:
            for one in works.works(session):
                failed = f", {one.failed} en échec" if one.failed else ""
                print(f"{one.id}  {one.kind.value}  {one.state.value}  {one.settled}/{one.total}{failed}")
    finally:
        engine.dispose()
    return 0


def run_message(options: argparse.Namespace) -> int:
    """Ask for a message to be brought to all open cases."""
    engine = create_engine_for(Settings.from_environment().database_url)
    try:
        with session_factory(engine)() as session:
            try:
                actor = access.actor_for(session, options.by)
            except LookupError:
                raise commands.Unknown("user") from None
            session.commit()
            asked = commands.request_message(session, actor, options.name, now=SystemClock().now())
            print(f"Travail {asked.id}\u00a0: {asked.total} situations.")
    finally:
        engine.dispose()
    return 0


def run_turn(options: argparse.Namespace) -> int:
    """Pause, resume or give up: whoever holds the terminal may."""
    turn, _, said = _TURNS[options.verb]
    engine = create_engine_for(Settings.from_environment().database_url)
    try:
        with session_factory(engine)() as session:
            turn(session, None, options.work, now=SystemClock().now())
    finally:
        engine.dispose()
    print(said)
    return 0
