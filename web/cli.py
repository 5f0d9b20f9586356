"""The `asae` command: one door to the engine, for terminals, scripts and containers.

Subcommands live in `web/cli_*.py`, each with `register(subcommands)`; each parser sets `run`, a function from
its arguments to the exit code. What goes wrong is one French sentence on the error output, never a traceback
(unless `ASAE_DEBUG` is set, for whoever works on the code).
"""

from __future__ import annotations

import argparse
import importlib
import importlib.util
import os
import re
import sys
from typing import TYPE_CHECKING, Any, NoReturn

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

#: Modules that register subcommands, in the order of the help page.
MODULES = (
    "web.cli_programme",
    "web.cli_running",
    "web.cli_works",
    "web.cli_outbox",
    "web.cli_time",
    "web.cli_care",
)

#: A module with `HELP`, `arguments(parser)` and `run(options, database_url)`, looked for and not imported:
#: an installation may come without it.
DEMONSTRATION = "demonstration.cli"

#: Arguments that cannot be used, and a failure that nobody foresaw.
USAGE, FAILURE = 2, 3

_ENGLISH = (
    (r"the following arguments are required: (.+)", "il manque {0}"),
    (r"unrecognized arguments: (.+)", "argument inconnu : {0}"),
    (
        r"argument (.+?): invalid choice: '?(.*?)'? \(choose from (.+)\)",
        "« {1} » n’est pas permis ; choix : {2}",
    ),
    (r"argument (.+?): expected (?:one|at least one) argument", "{0} attend une valeur"),
    (r"argument (.+?): invalid .+? value: '(.*)'", "« {1} » n’est pas une valeur permise pour {0}"),
    (r"argument (.+?): (.+)", "{0} : {1}"),
)


class Parser(argparse.ArgumentParser):
    """Refuses arguments with one French sentence and exit code 2."""

    def error(self, message: str) -> NoReturn:
        for pattern, french in _ENGLISH:
            match = re.fullmatch(pattern, message, re.DOTALL)
            if match is not None:
                message = french.format(*match.groups())
                break
        say(f"{self.prog} : {message}. Aide : {self.prog} --help")
        raise SystemExit(USAGE)


def say(sentence: str) -> None:
    """One sentence on the error output."""
    print(sentence, file=sys.stderr)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one subcommand and return its exit code: 0 done, 1 refused, 2 wrong arguments, 3 failed."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(encoding="utf-8", errors="backslashreplace")
    try:
        options = _parser().parse_args(arguments)
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else USAGE
    run: Callable[[argparse.Namespace], int] = options.run
    try:
        return run(options)
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except Exception as error:
        if os.environ.get("ASAE_DEBUG"):
            raise
        sentence = getattr(error, "message_fr", None)
        if isinstance(sentence, str):
            say(sentence)
            return 1
        kind = type(error).__name__
        say(f"La commande s’est arrêtée : erreur imprévue ({kind}). ASAE_DEBUG=1 en dit plus.")
        return FAILURE


def _parser() -> Parser:
    parser = Parser(prog="asae", description="Le parcours d’un ménage, de l’orientation à la clôture.")
    subcommands = parser.add_subparsers(
        title="commandes", required=True, metavar="COMMANDE", parser_class=Parser
    )
    for name in MODULES:
        if importlib.util.find_spec(name) is not None:
            importlib.import_module(name).register(subcommands)
    _register_demonstration(subcommands)
    return parser


def _register_demonstration(subcommands: argparse._SubParsersAction[Any]) -> None:
    if importlib.util.find_spec(DEMONSTRATION.partition(".")[0]) is None:
        return
    demonstration = importlib.import_module(DEMONSTRATION)
    parser = subcommands.add_parser("demo", help=demonstration.HELP)
    demonstration.arguments(parser)

    def run(options: argparse.Namespace) -> int:
        from web.settings import Settings

        code: int = demonstration.run(options, Settings.from_environment().database_url)
        return code

    parser.set_defaults(run=run)


if __name__ == "__main__":
    sys.exit(main())
