"""`asae backup`, `restore` and `doctor`: keeping an installation whole, while people work."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from asae_engine import commands
from asae_engine.clock import SystemClock
from asae_engine.model import backups
from asae_engine.model.database import create_engine_for, session_factory
from asae_engine.reading import soundness
from web.settings import Settings

if TYPE_CHECKING:
    import argparse

SOUND, UNSOUND = 0, 1


def register(subcommands: argparse._SubParsersAction[Any]) -> None:
    """The three subcommands."""
    backup = subcommands.add_parser("backup", help="sauvegarder la base dans un fichier, sans rien arrêter")
    backup.add_argument("file", metavar="FICHIER", type=Path, help="un nouveau fichier, par exemple asae.zip")
    backup.set_defaults(run=run_backup)

    restore = subcommands.add_parser("restore", help="remettre une sauvegarde dans une base vide")
    restore.add_argument("file", metavar="FICHIER", type=Path)
    restore.add_argument("--database-url", metavar="URL", help="défaut : ASAE_DATABASE_URL")
    restore.set_defaults(run=run_restore)

    doctor = subcommands.add_parser("doctor", help="vérifier que la base se tient")
    doctor.add_argument("--mend", action="store_true", help="réparer ce qu’une règle suffit à décider")
    doctor.add_argument("--format", choices=("text", "json"), default="text")
    doctor.set_defaults(run=run_doctor)


def run_backup(options: argparse.Namespace) -> int:
    """Write the file, and say what is in it."""
    rows = backups.take(_url(), options.file, now=SystemClock().now(), tell=_tell)
    size = options.file.stat().st_size / 1_000_000
    print(f"Sauvegarde prête\u00a0: {options.file}, {rows} lignes, {size:.1f} Mo.")
    return SOUND


def run_restore(options: argparse.Namespace) -> int:
    """Make an empty database from the file."""
    rows = backups.put_back(options.file, options.database_url or _url(), tell=_tell)
    print(f"Base remise en place\u00a0: {rows} lignes. Vérifiez-la par « asae doctor ».")
    return SOUND


def run_doctor(options: argparse.Namespace) -> int:
    """Look, mend if asked, look again at what was mended; 0 when all is sound, 1 when something is not."""
    engine = create_engine_for(_url())
    sessions = session_factory(engine)
    try:
        with sessions() as session:
            found = list(soundness.look(session, _progress))
        mended: list[soundness.Unsound] = []
        if options.mend:
            for case_id in dict.fromkeys(one.case_id for one in found if one.mends and one.case_id):
                with sessions() as session:
                    commands.mend(session, case_id, now=SystemClock().now())
            with sessions() as session:
                left = list(soundness.look(session))
            mended = [one for one in found if one not in left]
            found = left
    finally:
        engine.dispose()
    if options.format == "json":
        print(json.dumps({"found": [_told(one) for one in found], "mended": [_told(one) for one in mended]}))
    else:
        for one in mended:
            print(f"réparé    {_line(one)}")
        for one in found:
            print(f"à décider {_line(one)}" if one.mends is None else f"réparable {_line(one)} ({one.mends})")
        print(_summary(found, mended))
    return UNSOUND if found else SOUND


def _summary(found: list[soundness.Unsound], mended: list[soundness.Unsound]) -> str:
    repaired = f" {len(mended)} réparés." if mended else ""
    if not found:
        return f"La base se tient.{repaired}"
    hint = " « asae doctor --mend » répare ce qui peut l’être." if any(one.mends for one in found) else ""
    return f"{len(found)} défauts.{repaired}{hint}"


def _line(one: soundness.Unsound) -> str:
    return f"{one.code:20} {one.case_number or '-':12} {one.place}\u00a0: {one.message}"


def _told(one: soundness.Unsound) -> dict[str, str | None]:
    return {
        "code": one.code,
        "case": one.case_number,
        "place": one.place,
        "message": one.message,
        "mends": one.mends,
    }


def _tell(name: str, count: int) -> None:
    if sys.stderr.isatty():
        print(f"  {name}\u00a0: {count}", file=sys.stderr)


def _progress(done: int, total: int) -> None:
    if sys.stderr.isatty():
        print(f"\r  {done} situations sur {total}", end="" if done < total else "\n", file=sys.stderr)


def _url() -> str:
    return Settings.from_environment().database_url
