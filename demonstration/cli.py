"""`asae demo`: live the demonstration into an empty database, or print the accounts to try."""

from __future__ import annotations

import sys
import time
from typing import TYPE_CHECKING

from asae_engine.clock import SystemClock
from demonstration.accounts import table
from demonstration.loading import NotEmpty, load

if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace
    from datetime import date

    from demonstration.living import Lived

HELP = "vivre la démonstration dans une base vide"


def arguments(parser: ArgumentParser) -> None:
    """The arguments of the subcommand."""
    parser.add_argument("--database-url", "--url", dest="database_url", help="base migrée et vide")
    parser.add_argument(
        "--accounts",
        action="store_true",
        help="afficher seulement les comptes à essayer, sans toucher à la base",
    )


def run(options: Namespace, database_url: str) -> int:
    """Load, or print the accounts. 0: done; 1: the database was not empty."""
    if options.accounts:
        print(table())
        return 0
    progress = _Progress()
    try:
        lived = load(options.database_url or database_url, SystemClock().now(), progress)
    except NotEmpty:
        print("La base n’est pas vide : rien n’a été changé.", file=sys.stderr)
        return 1
    progress.end(lived)
    return 0


class _Progress:
    """One line that moves on with the months, on a terminal; one line a year elsewhere."""

    def __init__(self) -> None:
        self._began = time.monotonic()
        self._moving = sys.stdout.isatty()

    def __call__(self, day: date, lived: Lived) -> None:
        line = f"  {day:%m/%Y} : {_told(lived)}"
        if self._moving:
            print(f"\r{line}\033[K", end="", flush=True)
        elif day.month == 1:
            print(line, flush=True)

    def end(self, lived: Lived) -> None:
        seconds = time.monotonic() - self._began
        start = "\r\033[K" if self._moving else ""
        print(f"{start}  Démonstration prête en {seconds:.0f} s : {_told(lived)}.")


def _told(lived: Lived) -> str:
    return (
        f"{lived.opened} situations, {lived.completed + lived.side} étapes faites, "
        f"{lived.fired} échéances passées"
    )
