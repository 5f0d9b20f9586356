"""`asae backup`, `restore` and `doctor`: on both databases, beside people at work, and with damaged files."""

from __future__ import annotations

import hashlib
import json
import os
import resource
import signal
import stat
import subprocess
import sys
import time
import zipfile
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import select, update

from asae_engine import commands
from asae_engine.model import (
    Attachment,
    Base,
    Case,
    DeploymentFile,
    InstanceKind,
    ProcessInstance,
    Task,
    TaskStatus,
    backups,
    new_id,
)
from asae_engine.model.database import create_engine_for, session_factory
from asae_engine.model.letters import Letter
from asae_engine.reading import soundness
from tests import builders
from tests.commands.deeds import VISIT
from web.cli import main

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy import Select, Table
    from sqlalchemy.orm import Session

    from asae_engine.clock import TurnedClock

Asked = tuple[int, str]
ROOT = Path(__file__).parents[2]


@pytest.fixture
def asae(
    database_url: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[..., Asked]:
    """The command line on the test's database: exit code, and all that was printed."""
    monkeypatch.setenv("ASAE_DATABASE_URL", database_url)

    def run(*arguments: object) -> Asked:
        code = main([str(one) for one in arguments])
        captured = capsys.readouterr()
        return code, captured.out + captured.err

    return run


@pytest.fixture
def lived(session: Session, clock: TurnedClock) -> Session:
    """Some life: a case at its second step that awaits a start, an attached file, an account."""
    builders.deployed(session, clock.now(), visit=VISIT)
    opening = builders.opened(session, clock.now(), last_name="L’Été « Ω » 🏠")
    wafa = builders.actor(session, "wafa")
    given = {"decision": "opinion", "who": "walid"}
    commands.complete_task(session, wafa, opening.opened[0].id, given, now=clock.now())
    content = b"%PDF-1.4 \x00\xff"
    kept = {
        "filename": "été.pdf",
        "content_type": "application/pdf",
        "size": len(content),
        "content": content,
    }
    session.add(Attachment(sha256=hashlib.sha256(content).hexdigest(), at=clock.now(), **kept))
    session.commit()
    commands.set_password(session, None, "wafa", "une phrase de passe d'essai", now=clock.now())
    session.commit()
    return session


def _all(table: Table) -> Select[Any]:
    return select(table).order_by(*table.primary_key.columns)


def rows(url: str) -> dict[str, list[dict[str, Any]]]:
    """Every row of every table."""
    engine = create_engine_for(url)
    with engine.connect() as connection:
        found = {
            table.name: [dict(row) for row in connection.execute(_all(table)).mappings()]
            for table in Base.metadata.sorted_tables
        }
    engine.dispose()
    return found


@pytest.mark.parametrize("into", ["sqlite", "postgresql"])
def test_a_backup_put_back_in_either_database_is_equal_row_for_row_and_goes_on(
    asae: Callable[..., Asked], lived: Session, database_url: str, tmp_path: Path, clock: TurnedClock,
    request: pytest.FixtureRequest, into: str,
) -> None:  # fmt: skip
    file = tmp_path / "asae.zip"
    code, said = asae("backup", file)
    assert (code, "Sauvegarde prête" in said) == (0, True)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    target = f"sqlite:///{tmp_path / 'back.db'}"
    if into == "postgresql":
        request.getfixturevalue("postgresql_server")
        target = request.getfixturevalue("empty_postgresql_url")
    code, said = asae("restore", file, "--database-url", target)
    assert code == 0, said
    assert rows(target) == rows(database_url)
    engine = create_engine_for(target)
    with session_factory(engine)() as session:
        task = session.scalars(select(Task).where(Task.status == TaskStatus.OPEN).order_by(Task.id)).first()
        assert task is not None
        carl = builders.actor(session, "carl")
        commands.complete_task(session, carl, task.id, {"opinion": "for"}, now=clock.now())
        session.commit()
        started = (ProcessInstance.process_key == "visit", ProcessInstance.kind == InstanceKind.SIDE)
        for days, visits in ((9, 0), (11, 1), (11, 1)):
            commands.fire_due(session_factory(engine), now=clock.now() + timedelta(days=days))
            assert len(session.scalars(select(ProcessInstance.id).where(*started)).all()) == visits
            session.rollback()
        builders.opened(session, clock.now(), last_name="Petit")
        session.rollback()
        assert list(soundness.look(session)) == []
    engine.dispose()
    code, said = asae("restore", file, "--database-url", target)
    assert (code, "il faut une base vide" in said) == (1, True)


def test_letters_that_waited_in_a_backup_are_held_until_someone_sends_them(
    asae: Callable[..., Asked], lived: Session, tmp_path: Path, clock: TurnedClock
) -> None:
    case_id = lived.scalars(select(Case.id)).one()
    waiting = Letter(
        kind="mail",
        receiver_id=new_id(),
        what="due",
        case_id=case_id,
        at=clock.now(),
        next_try_at=clock.now(),
    )
    lived.add(waiting)
    lived.commit()
    file, target = tmp_path / "asae.zip", f"sqlite:///{tmp_path / 'back.db'}"
    asae("backup", file)
    assert asae("restore", file, "--database-url", target)[0] == 0
    [letter] = rows(target)["letter"]
    assert letter["given_up_at"] is not None
    assert letter["error"] == "restored"


def test_a_backup_refuses_to_replace_a_file_and_leaves_none_when_the_disk_is_full(
    asae: Callable[..., Asked], lived: Session, tmp_path: Path
) -> None:
    file = tmp_path / "asae.zip"
    file.write_bytes(b"precious")
    code, said = asae("backup", file)
    assert (code, "existe déjà" in said, file.read_bytes()) == (1, True, b"precious")
    other = tmp_path / "other.zip"
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    ignored = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1_000, before[1]))
    try:
        code, said = asae("backup", other)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
        signal.signal(signal.SIGXFSZ, ignored)
    assert (code, "n’a pas pu être écrite" in said) == (1, True)
    assert sorted(one.name for one in tmp_path.iterdir() if "zip" in one.name) == ["asae.zip"]


def _without_a_table(archive: dict[str, bytes]) -> None:
    del archive["event.jsonl"]


def _one_letter_off(archive: dict[str, bytes]) -> None:
    archive["case.jsonl"] = archive["case.jsonl"].replace(b"2026", b"2027", 1)


def _one_row_less(archive: dict[str, bytes]) -> None:
    archive["event.jsonl"] = archive["event.jsonl"].partition(b"\n")[2]


def _without_manifest(archive: dict[str, bytes]) -> None:
    del archive[backups.MANIFEST]


def _of_tomorrow(archive: dict[str, bytes]) -> None:
    archive[backups.MANIFEST] = archive[backups.MANIFEST].replace(b'"schema": "', b'"schema": "9')


def _of_another_world(archive: dict[str, bytes]) -> None:
    tables = {"../../x": {"rows": 0, "sha256": ""}}
    archive[backups.MANIFEST] = json.dumps({"format": 1, "schema": "0001", "tables": tables}).encode()


def _all_of_nothing(archive: dict[str, bytes]) -> None:
    archive[backups.MANIFEST] = b"[]"


DAMAGES: dict[str, tuple[Callable[[dict[str, bytes]], None], str]] = {
    "a table is missing": (_without_a_table, "abîmée"),
    "a letter is another": (_one_letter_off, "abîmée"),
    "a row is missing": (_one_row_less, "abîmée"),
    "no manifest": (_without_manifest, "n’est pas une sauvegarde"),
    "a schema of tomorrow": (_of_tomorrow, "plus récente"),
    "tables of another world": (_of_another_world, "plus récente"),
    "a manifest of nothing": (_all_of_nothing, "n’est pas une sauvegarde"),
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_backup_is_refused_before_anything_is_written(
    asae: Callable[..., Asked], lived: Session, tmp_path: Path, damage: str
) -> None:
    file, changed = tmp_path / "asae.zip", tmp_path / "changed.zip"
    asae("backup", file)
    with zipfile.ZipFile(file) as archive:
        held = {name: archive.read(name) for name in archive.namelist()}
    do, sentence = DAMAGES[damage]
    do(held)
    with zipfile.ZipFile(changed, "w") as archive:
        for name, content in held.items():
            archive.writestr(name, content)
    target = tmp_path / "back.db"
    code, said = asae("restore", changed, "--database-url", f"sqlite:///{target}")
    assert (code, sentence in said) == (1, True), said
    code, said = asae("restore", file, "--database-url", f"sqlite:///{target}")
    assert code == 0, said


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04", b"not a zip at all" * 99])
def test_what_is_no_backup_is_refused(asae: Callable[..., Asked], tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "x.zip"
    file.write_bytes(content)
    code, said = asae("restore", file, "--database-url", f"sqlite:///{tmp_path / 'new.db'}")
    assert (code, "n’est pas une sauvegarde" in said) == (1, True)
    code, said = asae(
        "restore", tmp_path / "nowhere.zip", "--database-url", f"sqlite:///{tmp_path / 'new.db'}"
    )
    assert code == 1


def test_a_backup_of_an_older_schema_is_brought_to_this_one(tmp_path: Path) -> None:
    file, new = tmp_path / "old.zip", tmp_path / "new.db"
    # As the release of that schema would have taken it: only the tables that it had.
    lines = b'{"key": "north", "label": "Nord"}\n'
    of_table = {"rows": 1, "sha256": hashlib.sha256(lines).hexdigest()}
    manifest = {"format": 1, "schema": "0002", "tables": {"organisation": of_table}}
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("organisation.jsonl", lines)
        archive.writestr(backups.MANIFEST, json.dumps(manifest))
    backups.put_back(file, f"sqlite:///{new}", tell=lambda *_: None)
    assert rows(f"sqlite:///{new}")["organisation"] == [{"key": "north", "label": "Nord"}]


def test_a_backup_taken_while_people_work_is_of_one_instant(
    asae: Callable[..., Asked], lived: Session, database_url: str, tmp_path: Path
) -> None:
    working = subprocess.Popen(  # noqa: S603 - our own script
        [sys.executable, "-c", _AT_WORK, database_url],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    with working as worker:
        assert worker.stdout is not None
        worker.stdout.readline()
        kept: list[int] = []
        for number in range(3):
            file, target = tmp_path / f"{number}.zip", tmp_path / f"{number}.db"
            assert asae("backup", file)[0] == 0
            assert asae("restore", file, "--database-url", f"sqlite:///{target}")[0] == 0
            engine = create_engine_for(f"sqlite:///{target}")
            with session_factory(engine)() as session:
                assert list(soundness.look(session)) == []
                kept.append(len(session.scalars(select(Case.id)).all()))
            engine.dispose()
            time.sleep(0.1)
        assert worker.poll() is None
        worker.kill()
    assert kept[0] < kept[1] < kept[2]


_AT_WORK = """
import sys
from datetime import datetime, UTC, timedelta
from uuid import uuid4
from asae_engine.model.database import create_engine_for, session_factory
from tests import builders
now = datetime(2026, 3, 2, 9, tzinfo=UTC)
with session_factory(create_engine_for(sys.argv[1]))() as session:
    print("ready", flush=True)
    for number in range(100_000):
        builders.opened(session, now + timedelta(seconds=number), last_name=uuid4().hex)
"""


def test_a_restore_that_is_killed_leaves_a_base_that_can_be_made_again(
    asae: Callable[..., Asked], lived: Session, tmp_path: Path
) -> None:
    file, target = tmp_path / "asae.zip", tmp_path / "back.db"
    asae("backup", file)
    dying = (
        "import os, sys; from pathlib import Path; from asae_engine.model import backups\n"
        "die = lambda name, count: os.kill(os.getpid(), 9) if name == 'event' else None\n"
        "backups.put_back(Path(sys.argv[1]), sys.argv[2], tell=die)"
    )
    ran = subprocess.run([sys.executable, "-c", dying, file, f"sqlite:///{target}"], check=False)  # noqa: S603 - our own script
    assert ran.returncode == -signal.SIGKILL
    code, said = asae("restore", file, "--database-url", f"sqlite:///{target}")
    assert code == 0, said


def test_the_doctor_knows_in_a_restored_base_when_an_awaited_start_is_due(
    asae: Callable[..., Asked], lived: Session, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file, target = tmp_path / "asae.zip", f"sqlite:///{tmp_path / 'back.db'}"
    asae("backup", file)
    assert asae("restore", file, "--database-url", target)[0] == 0
    monkeypatch.setenv("ASAE_DATABASE_URL", target)
    assert asae("doctor") == (0, "La base se tient.\n")
    engine = create_engine_for(target)
    with session_factory(engine)() as session:
        awaiting = update(ProcessInstance).where(ProcessInstance.process_key == "visit")
        # Lost: nothing would ever look at it again.
        session.execute(awaiting.values(next_due_at=None))
        session.commit()
    engine.dispose()
    code, said = asae("doctor")
    assert (code, "réparable due" in said) == (1, True)
    assert "réparés" in asae("doctor", "--mend")[1]
    assert asae("doctor") == (0, "La base se tient.\n")


def test_the_doctor_says_what_it_would_mend_mends_it_and_is_quiet_after(
    asae: Callable[..., Asked], lived: Session
) -> None:
    assert asae("doctor") == (0, "La base se tient.\n")
    journey = update(ProcessInstance).where(ProcessInstance.kind == InstanceKind.MAIN)
    lived.execute(journey.values(places={"journey": {"end": 2}}))
    careless = update(DeploymentFile).where(DeploymentFile.path == "forms/note.form")
    lived.execute(careless.values(content=b"{}"))
    lived.commit()
    code, said = asae("doctor")
    assert code == 1
    assert "réparable places" in said
    assert "à décider deployment" in said
    assert "--mend" in said
    code, said = asae("doctor", "--mend", "--format", "json")
    told = json.loads(said)
    assert code == 1
    assert [one["code"] for one in told["mended"]] == ["places"]
    assert [one["code"] for one in told["found"]] == ["deployment"]
    assert "L’Été" not in said
    code, said = asae("doctor", "--mend")
    assert (code, "réparés" in said) == (1, False)
