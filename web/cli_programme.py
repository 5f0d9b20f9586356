"""`asae check`, `decide`, `feel`, `what-runs` and `deploy`: the programme's files from a terminal.

All but the last open no database. What `decide` and `feel` answer is JSON, errors too: `{"code": …,
"message": …}`.
"""

from __future__ import annotations

import json
import re
import sys
from dataclasses import replace
from datetime import date, datetime, time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from asae_engine import bpmn, bundles, decisions, feel
from asae_engine.calendar import (
    Duration,
    instant_text,
    parse_duration,
    parse_instant,
    parse_time,
    time_text,
)
from asae_engine.clock import SystemClock
from asae_engine.findings import in_order, refused

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable

    from sqlalchemy.orm import Session

    from asae_engine.findings import Finding

DONE, REFUSED, UNUSABLE = 0, 1, 2

_SEVERITIES = {"error": "erreur", "warning": "avertissement", "info": "information"}
_PLACE = r"(\.\d+)?(Z|[+-]\d{2}:\d{2}|@[A-Za-z_+-]+(/[A-Za-z_+-]+)*)?"
#: What a text that has this shape is: the values that JSON has no type for, as `_plain` writes them.
_SHAPES: tuple[tuple[re.Pattern[str], Callable[[str], object]], ...] = (
    (re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII), date.fromisoformat),
    (re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2})?" + _PLACE, re.ASCII), parse_instant),
    (re.compile(r"\d{2}:\d{2}:\d{2}" + _PLACE, re.ASCII), parse_time),
    (re.compile(r"-?P[0-9T][0-9A-Z.]*", re.ASCII), parse_duration),
)


def register(subcommands: argparse._SubParsersAction[Any]) -> None:
    """The subcommands."""
    check = subcommands.add_parser(
        "check", help="vérifier des diagrammes, décisions et formulaires, sans base"
    )
    check.add_argument(
        "paths",
        nargs="+",
        metavar="CHEMIN",
        help="dossier (vérifié comme un tout) ou fichiers, chacun pour lui-même",
    )
    check.add_argument("--format", choices=("text", "json"), default="text")
    check.set_defaults(run=run_check)

    decide = subcommands.add_parser("decide", help="prendre une décision d’un fichier DMN ; répond en JSON")
    decide.add_argument("file", metavar="FICHIER")
    decide.add_argument("--decision", required=True, metavar="NOM", help="identifiant ou nom de la décision")
    decide.add_argument(
        "--input",
        default="{}",
        metavar="JSON",
        help="données ; « 2026-03-01 » y est une date, « 10:30:00 » une heure, « P3D » une durée :"
        " ce que la commande répond peut lui être redonné",
    )
    decide.set_defaults(run=run_decide)

    extent = subcommands.add_parser("what-runs", help="ce que le moteur exécute de BPMN, en Markdown")
    extent.set_defaults(run=run_what_runs)

    evaluate = subcommands.add_parser("feel", help="évaluer une expression FEEL ; répond en JSON")
    evaluate.add_argument("expression", metavar="EXPRESSION")
    evaluate.add_argument(
        "--context", default="{}", metavar="JSON", help="variables ; un texte y reste un texte"
    )
    evaluate.add_argument(
        "--typed",
        action="store_true",
        help="dates, heures et durées du contexte en sont, comme pour « decide »",
    )
    evaluate.set_defaults(run=run_feel)

    deploy = subcommands.add_parser("deploy", help="publier une version du programme, ou dire pourquoi non")
    deploy.add_argument("paths", nargs="+", metavar="CHEMIN")
    deploy.add_argument("--reason", required=True, metavar="TEXTE", help="pourquoi cette version")
    deploy.add_argument("--if-none", action="store_true", help="seulement si rien n’est encore publié")
    deploy.add_argument("--database-url", metavar="URL", help="défaut : ASAE_DATABASE_URL")
    deploy.set_defaults(run=run_deploy)


def run_what_runs(_options: argparse.Namespace) -> int:
    """Print the page of `docs/what-runs.md`."""
    print(bpmn.what_runs(), end="")
    return DONE


def run_check(options: argparse.Namespace) -> int:
    """Exit 0: it would deploy; 1: it is refused. A single file is checked by itself, a folder as a whole."""
    findings = _findings(options.paths)
    if options.format == "json":
        _answer([finding.as_json() for finding in findings])
    else:
        _print(findings)
    return REFUSED if refused(findings) else DONE


def run_decide(options: argparse.Namespace) -> int:
    """Exit 0 with the result; 1 when the file or the decision gives none; 2 when the input cannot be used."""
    context = _context(options.input)
    if context is None:
        return _bad_json("--input")
    path = Path(options.file)
    try:
        if path.stat().st_size > bundles.FILE_LIMIT:
            return _error("cli.too_large", "Le fichier est trop grand.", REFUSED)
        content = path.read_bytes()
    except (OSError, ValueError):
        return _error("cli.unreadable_file", "Le fichier n’existe pas ou n’est pas lisible.", UNUSABLE)
    found, findings = decisions.parse(content, path.name)
    errors = [finding for finding in in_order(findings) if finding.severity == "error"]
    if errors:
        return _error(errors[0].code, errors[0].message, REFUSED, line=errors[0].line)
    named = [decision for decision in found if options.decision in (decision.id, decision.name)]
    if not named:
        known = ", ".join(decision.id for decision in found)
        return _error(
            "decision.unknown", f"Le fichier n’a pas cette décision. Il contient : {known}.", REFUSED
        )
    try:
        result = decisions.evaluate(
            {decision.id: decision for decision in found},
            named[0].id,
            _typed(context),
            now=SystemClock().now(),
        )
    except decisions.DecisionError as error:
        return _error(
            error.code,
            error.message_fr,
            REFUSED,
            decision=error.decision_id,
            rules=list(error.rules),
            cell=error.cell,
        )
    _answer(_plain(result))
    return DONE


def run_feel(options: argparse.Namespace) -> int:
    """Exit 0 with the value; 1 when the expression gives none; 2 when the context cannot be used."""
    context = _context(options.context)
    if context is None:
        return _bad_json("--context")
    try:
        problems = feel.check(options.expression)
        if problems:
            return _error(problems[0].code, problems[0].message_fr, REFUSED, column=problems[0].column)
        values = _typed(context) if options.typed else context
        result = feel.evaluate(options.expression, values, now=SystemClock().now())
    except feel.FeelError as error:
        column = None if error.position is None else error.position[0] + 1
        return _error(error.code, error.message_fr, REFUSED, column=column)
    _answer(_plain(result))
    return DONE


def run_deploy(options: argparse.Namespace) -> int:
    """Exit 0: published, or published already; 1: refused, with every finding."""
    from asae_engine.model.database import create_engine_for, session_factory
    from web.settings import Settings

    if not options.reason.strip():
        print("Donnez la raison de cette version avec --reason.", file=sys.stderr)
        return UNUSABLE
    engine = create_engine_for(options.database_url or Settings.from_environment().database_url)
    try:
        with session_factory(engine)() as session:
            return _publish(session, options)
    finally:
        engine.dispose()


def _publish(session: Session, options: argparse.Namespace) -> int:
    from asae_engine import commands
    from asae_engine.model import lookups

    known = lookups.newest_deployment(session)
    session.rollback()
    if options.if_none and known is not None:
        print(f"La version {known.number} est déjà publiée : rien n’a été changé.")
        return DONE
    try:
        files = bundles.read_folder(*options.paths)
        publication = commands.deploy(session, None, files, options.reason, now=SystemClock().now())
    except (bundles.UnreadableBundle, commands.BundleRefused) as error:
        _print(error.findings)
        return REFUSED
    number = publication.deployment.number
    print(
        f"Version {number} déjà publiée, sans changement."
        if publication.already
        else f"Version {number} publiée."
    )
    return DONE


def _findings(paths: list[str]) -> list[Finding]:
    # A file given by itself is named as it was given, so that an editor can jump to it.
    try:
        files = bundles.read_folder(*paths)
    except bundles.UnreadableBundle as error:
        return in_order(error.findings)
    if any(Path(path).is_dir() for path in paths):
        return bundles.check(files)[1]
    named = {bundles.place_of(Path(path).name): path for path in paths}
    return [
        replace(finding, file=named.get(finding.file, finding.file)) for finding in bundles.check_each(files)
    ]


def _print(findings: list[Finding]) -> None:
    """The findings for a reader: a line that editors can jump to, then what to do."""
    for finding in findings:
        place = finding.file if finding.line is None else f"{finding.file}:{finding.line}"
        print(f"{place} : {_SEVERITIES[finding.severity]} : {finding.message}")
        print(f"    {finding.advice} [{finding.code}]")
    errors = sum(finding.severity == "error" for finding in findings)
    if errors:
        print(f"{errors} erreur{'s' if errors > 1 else ''} : la publication serait refusée.")
    else:
        others = len(findings)
        rest = f" ({others} remarque{'s' if others > 1 else ''})" if others else ""
        print(f"Rien n’empêche la publication{rest}.")


def _context(text: str) -> dict[str, object] | None:
    try:
        data = json.loads(text, parse_constant=_no_constant)
    except (ValueError, RecursionError):
        return None
    return data if isinstance(data, dict) else None


def _no_constant(text: str) -> object:
    raise ValueError(text)


def _typed(value: object) -> Any:
    """Texts of a date, an instant, a time or a duration as what they are: JSON has no type for them."""
    match value:
        case dict():
            return {key: _typed(entry) for key, entry in value.items()}
        case list():
            return [_typed(item) for item in value]
        case str():
            for shape, parse in _SHAPES:
                if shape.fullmatch(value):
                    try:
                        return parse(value)
                    except (ValueError, OverflowError):
                        return value
    return value


def _plain(value: object) -> object:
    """A result as JSON: dates, instants, times and durations are ISO text, with their offset or zone."""
    match value:
        case dict():
            return {key: _plain(entry) for key, entry in value.items()}
        case list():
            return [_plain(item) for item in value]
        case datetime():
            return instant_text(value)
        case time():
            return time_text(value)
        case date() | Duration():
            return value.isoformat()
    return value


def _bad_json(option: str) -> int:
    return _error(
        "cli.bad_json", f'{option} attend un objet JSON, par exemple {{"montant": 12.5}}.', UNUSABLE
    )


def _error(code: str, message: str, exit_code: int, **more: object) -> int:
    _answer({"code": code, "message": message, **{key: value for key, value in more.items() if value}})
    return exit_code


def _answer(value: object) -> None:
    print(json.dumps(value, ensure_ascii=False, indent=2, allow_nan=False))
