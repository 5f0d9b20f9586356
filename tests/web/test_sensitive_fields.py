"""Nobody receives what they may not read, through any door: pages, drafts, prefills, errors, searches, files,
diagrams.

The rights are those of the programme as deployed; what each person may read is written here again, from the
law and the programme's own table of marks, and not from `programme.json`. Each answer of the trial form holds
a word of its own, which is then looked for in the raw responses.
"""

from __future__ import annotations

import io
import json
import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from asae_engine import access, commands
from asae_engine.model import Attachment, Case, ReadingLog, Task
from tests import builders
from tests.web.conftest import Visitor, hash_of_password

if TYPE_CHECKING:
    from flask import Flask
    from sqlalchemy.orm import Session

    from asae_engine.clock import TurnedClock

#: Key of a question: its mark, its word. `c` is an address that a condition protects; `n` names the landlord
#: as a reader.
WORDS = {
    "p": "SECRETPERSON",
    "s": "SECRETSOCIAL",
    "b": "SECRETBUDGET",
    "h": "SECRETHEALTH",
    "v": "SECRETVIOLENCE",
    "a": "SECRETADDRESS",
    "c": "SECRETCONDITION",
    "n": "SECRETNAMED",
    "r": "SECRETROW",
    "f": "SECRETFILE",
    "o": "OPENANSWER",
}
EVERYTHING = set(WORDS)

#: Who is who: organisation, roles, and the words they may read on the trial case. None: the case does not
#: exist for them.
PEOPLE: dict[str, tuple[str, tuple[str, ...], set[str] | None]] = {
    "landlord": ("alogea", ("landlord_worker",), {"p", "o"}),
    "landlord.committee": ("alogea", ("landlord_worker", "committee_member", "support_worker"), {"p", "o"}),
    "landlord.manager": ("habitat_audois", ("manager", "committee_member"), {"p", "o"}),
    "other.landlord": ("habitat_audois", ("landlord_worker",), None),
    "worker": ("adaff", ("diagnostic_worker",), EVERYTHING),
    "candidate": ("soliha", ("support_worker",), {"p", "o"}),
    "coordinator": ("asae", ("coordinator",), {"p", "s", "b", "v", "o"}),
    "committee": ("soliha", ("committee_member",), {"p", "o"}),
    "manager": ("asae", ("manager",), set()),
    "state": ("ddetspp", ("state_officer",), None),
    "owner": ("asae", ("process_owner",), None),
    "administrator": ("asae", ("administrator",), None),
}


def _text(key: str, **properties: str) -> dict[str, object]:
    return builders.text(key, prefill="dossier", **properties)


QUESTIONS = (
    builders.text("last_name", required=True, mark="P", prefill="dossier"),
    builders.text("first_name", required=True, mark="P", prefill="dossier"),
    builders.day("birth_date", mark="P", prefill="dossier"),
    builders.text("town", prefill="dossier"),
    _text("p", mark="P"),
    _text("s", mark="S"),
    _text("b", mark="B"),
    _text("h", mark="H"),
    _text("v", mark="V"),
    _text("a", mark="A"),
    _text("c", mark="P", markIf='A:=protected = "yes"'),
    _text("n", mark="H", readers="landlord_worker"),
    _text("o"),
    _text("protected"),
    {
        "type": "dynamiclist",
        "key": "rows",
        "path": "rows",
        "isRepeating": True,
        "allowAddRemove": True,
        "properties": {"prefill": "dossier"},
        "components": [
            {"id": "row_r", "label": "r", **builders.text("r", mark="H")},
            {"id": "row_x", "label": "x", **builders.text("x")},
        ],
    },
    {"type": "filepicker", "key": "f", "properties": {"mark": "H"}},
    # A question that shows only under a condition over what is hidden: its condition must not travel with its
    # data.
    {**builders.text("shown"), "conditional": {"hide": "=dossier_trial.h = null or dossier_trial.v = town"}},
)


def _form(key: str) -> bytes:
    return builders.form(key, *({**one} for one in QUESTIONS))


TRIAL = builders.diagram(
    "trial",
    """
    <startEvent id="start" camunda:formKey="dossier_trial"/><parallelGateway id="fork"/>
    <userTask id="mine" name="Suivre" camunda:formKey="again" camunda:assignee="worker"/>
    <userTask id="ours" name="Reprendre" camunda:formKey="again"
      camunda:candidateGroups="landlord_worker@alogea,support_worker,coordinator,committee_member"/>
    <parallelGateway id="join"/><endEvent id="end"/>
    """
    + builders.flows("start>fork", "fork>mine", "fork>ours", "mine>join", "ours>join", "join>end"),
    attributes='asae:kind="main" asae:door="retention" camunda:candidateStarterGroups="landlord_worker"',
)
SIDE = builders.diagram(
    "echo",
    '<startEvent id="s" camunda:formKey="again"/><endEvent id="e"/>' + builders.flows("s>e"),
    attributes='asae:kind="side"',
)


def _bundle() -> dict[str, bytes]:
    real = json.loads((Path(__file__).parents[2] / "processes/programme.json").read_text(encoding="utf-8"))
    programme = {
        **real,
        "figures": [],
        "essentials": ["last_name", "town", *(key for key in WORDS if key != "r")],
    }
    return {
        "processes/programme.json": json.dumps(programme).encode(),
        "processes/trial.bpmn": TRIAL,
        "processes/echo.bpmn": SIDE,
        "forms/dossier_trial.form": _form("dossier_trial"),
        "forms/again.form": _form("again"),
    }


@pytest.fixture
def trial(session: Session, clock: TurnedClock) -> Case:
    """A case opened by a landlord's worker, whose every answer holds its word."""
    now = clock.now()
    for key in {organisation for organisation, _, _ in PEOPLE.values()}:
        session.merge(builders.Organisation(key=key, label=f"Structure {key}"))
    session.commit()
    commands.deploy(session, None, _bundle(), "essai", now=now)
    for username, (organisation, roles, _) in PEOPLE.items():
        name, hashed = username.title(), hash_of_password()
        commands.add_user(
            session, None, username, name, organisation, roles, None, password_hash=hashed, now=now
        )
    opener = access.actor_for(session, "landlord")
    file = commands.add_attachment(
        session,
        opener,
        form_key="dossier_trial",
        field_key="f",
        filename="certificat.txt",
        content_type="text/plain",
        content=WORDS["f"].encode(),
        now=now,
    )
    answers: dict[str, object] = {key: word for key, word in WORDS.items() if key not in ("r", "f")}
    answers |= {
        "last_name": "Durandeau",
        "first_name": "Lise",
        "birth_date": "1980-01-01",
        "protected": "yes",
        "rows": [{"r": WORDS["r"], "x": "rangée"}],
        "f": [{"id": str(file.id), "name": "certificat.txt", "size": 10, "type": "text/plain"}],
    }
    return commands.open_case(session, opener, "trial", answers, now=now).case


def _doors(session: Session, case: Case) -> list[str]:
    """Every address that shows something of the case."""
    here = f"/situations/{case.id}"
    tasks = session.query(Task).filter_by(case_id=case.id).order_by(Task.name)
    file = session.query(Attachment).one()
    return [
        "/",
        f"/?situation={case.number}",
        "/situations",
        here,
        *(f"{here}?fil={about}" for about in ("etapes", "reponses", "echeances", "parcours")),
        f"{here}?schema=trial",
        *(f"{here}/historique/dossier_trial/{key}" for key in (*WORDS, "rows", "birth_date")),
        *(f"{here}/corriger/dossier_trial/{key}" for key in (*WORDS, "rows", "birth_date")),
        f"{here}/lectures",
        f"{here}/demarrer/echo",
        *(f"/taches/{task.id}" for task in tasks),
        f"/situations/pieces/{file.id}",
        "/recherche?q=durandeau",
        f"/recherche?q={case.number}",
        *(f"/recherche?q={word}" for word in WORDS.values()),
        "/diagrammes/1/trial.bpmn",
        "/situations/nouvelle/trial",
        "/mon-compte",
        "/pilotage",
        "/pilotage/chiffres",
        "/pilotage/carte/trial",
        "/atelier/",
        "/atelier/versions/1",
    ]


def _sends(visitor: Visitor, session: Session, case: Case) -> list[tuple[str, bytes]]:
    """Everything that can be sent about the case, none of it holding a word; the answers echo nothing
    hidden.
    """
    here = f"/situations/{case.id}"
    answers = []
    for task in session.query(Task).filter_by(case_id=case.id).order_by(Task.name):
        at = f"/taches/{task.id}"
        answers += [
            (f"PUT {at}", visitor.put(f"{at}/brouillon", {"answers": {"town": "Leuc"}}).data),
            (f"POST {at} +row", visitor.post(f"{at}/terminer", {"_add": "rows"}).data),
            (f"POST {at}", visitor.post(f"{at}/terminer", {"last_name": "", "nowhere": "x"}).data),
            (f"GET {at} again", visitor.get(at).data),
        ]
    for key in WORDS:
        path = f"{here}/corriger/dossier_trial/{key}"
        answers.append((f"POST {path}", visitor.post(path, {"_reason": ""}).data))
    answers += [
        ("POST echo", visitor.post(f"{here}/demarrer/echo", {"last_name": ""}).data),
        ("PUT echo", visitor.put(f"{here}/demarrer/echo/brouillon", {"answers": {"town": "Leuc"}}).data),
        ("GET echo", visitor.get(f"{here}/demarrer/echo").data),
        ("JSON", visitor.get(here, headers={"Accept": "application/json"}).data),
        (
            "duplicate",
            visitor.post("/situations/nouvelle/trial", {"last_name": "Durandeau", "first_name": "Lise"}).data,
        ),
    ]
    return answers


def _words_in(content: bytes) -> set[str]:
    text = re.sub(
        rb"/recherche\?q=\w+|value=\"SECRET\w+\" maxlength|\xc2\xab\xc2\xa0\w+\xc2\xa0\xc2\xbb", b"", content
    )
    return {key for key, word in WORDS.items() if word.lower().encode() in text.lower()}


@pytest.mark.parametrize("username", PEOPLE)
def test_each_person_receives_what_they_may_read_and_nothing_more_through_any_door(
    username: str, app: Flask, session: Session, trial: Case
) -> None:
    allowed = PEOPLE[username][2]
    visitor = Visitor(app.test_client())
    assert visitor.sign_in(username).status_code == 302
    leaks = []
    for door in _doors(session, trial):
        answer = visitor.get(door)
        asked = {key for key, word in WORDS.items() if f"?q={word}" in door}
        leaked = _words_in(answer.data) - (allowed or set()) - asked
        if leaked:
            leaks.append((door, leaked))
        assert answer.status_code != 500, door
    leaks += [
        (door, leaked)
        for door, content in _sends(visitor, session, trial)
        if (leaked := _words_in(content) - (allowed or set()))
    ]
    assert leaks == []

    page = visitor.get(f"/situations/{trial.id}")
    if allowed is None:
        assert page.status_code == 404
    else:
        assert page.status_code == 200
        assert _words_in(page.data) == allowed - {"f"}


@pytest.mark.parametrize(
    ("username", "status"), [("worker", 200), ("landlord", 404), ("coordinator", 404), ("state", 404)]
)
def test_a_file_is_given_to_those_who_read_its_question(
    username: str, status: int, app: Flask, session: Session, trial: Case
) -> None:
    visitor = Visitor(app.test_client())
    visitor.sign_in(username)
    answer = visitor.get(f"/situations/pieces/{session.query(Attachment).one().id}")
    assert answer.status_code == status
    if status == 200:
        assert answer.data == WORDS["f"].encode()
        assert answer.headers["Content-Disposition"].startswith("attachment")
        assert answer.headers["Content-Type"] == "application/octet-stream"
        assert "sandbox" in answer.headers["Content-Security-Policy"]


def test_a_protected_address_opens_again_when_its_protection_ends(
    app: Flask, session: Session, trial: Case, clock: TurnedClock
) -> None:
    coordinator = access.actor_for(session, "coordinator")
    visitor = Visitor(app.test_client())
    visitor.sign_in("coordinator")
    before = visitor.get(f"/situations/{trial.id}").text
    assert "Adresse protégée" in before
    assert WORDS["c"] not in before
    commands.correct_answer(
        session,
        coordinator,
        trial.id,
        "dossier_trial",
        "protected",
        "no",
        "Le danger est passé.",
        now=clock.now(),
    )
    assert WORDS["c"] in visitor.get(f"/situations/{trial.id}").text


def test_presence_is_told_where_the_programme_says_so_and_nothing_else(app: Flask, trial: Case) -> None:
    visitor = Visitor(app.test_client())
    visitor.sign_in("committee")
    text = visitor.get(f"/situations/{trial.id}").text
    assert "Situation protégée" in text
    assert "Renseigné, réservé aux intervenants." not in text


def test_every_reading_of_a_file_is_logged_with_the_marks_that_were_shown(
    app: Flask, session: Session, trial: Case
) -> None:
    visitor = Visitor(app.test_client())
    visitor.sign_in("worker")
    visitor.get(f"/situations/{trial.id}")
    visitor.get(f"/situations/{trial.id}/historique/dossier_trial/h")
    task = session.query(Task).filter_by(case_id=trial.id, name="Suivre").one()
    visitor.get(f"/taches/{task.id}")
    session.rollback()
    log = session.query(ReadingLog).order_by(ReadingLog.id).all()
    assert [entry.what.split(" ")[0] for entry in log] == ["situation", "historique", "tâche"]
    assert {"H", "V", "A", "S", "B", "P"} <= set(log[0].marks)
    assert not any(word in str(entry.what) for entry in log for word in WORDS.values())

    reader = Visitor(app.test_client())
    reader.sign_in("coordinator")
    shown = reader.get(f"/situations/{trial.id}/lectures")
    assert shown.status_code == 200
    assert "Worker" in shown.text
    assert visitor.get(f"/situations/{trial.id}/lectures").status_code == 403


def test_an_upload_that_was_not_sent_is_its_authors_alone(app: Flask, session: Session, trial: Case) -> None:
    author = Visitor(app.test_client())
    author.sign_in("landlord")
    author.post(
        "/situations/nouvelle/trial",
        {"last_name": "", "f": (io.BytesIO(b"SECRETFILE two"), "b.txt")},
        content_type="multipart/form-data",
    )
    file = session.query(Attachment).filter(Attachment.case_id.is_(None)).one()
    assert author.get(f"/situations/pieces/{file.id}").data == b"SECRETFILE two"
    other = Visitor(app.test_client())
    other.sign_in("coordinator")
    assert other.get(f"/situations/pieces/{file.id}").status_code == 404
