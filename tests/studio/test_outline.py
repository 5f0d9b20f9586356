"""A diagram said in words, and what a publication changes said in words."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from tests.studio.bundle import CALLED, DELAYS, FILES, MAIN, VISIT, form, text
from web.studio.changes import changes
from web.studio.delays import words
from web.studio.outline import outline

if TYPE_CHECKING:
    from collections.abc import Iterator

    from flask import Flask


@pytest.fixture
def french(app: Flask) -> Iterator[None]:
    with app.test_request_context("/", headers={"Accept-Language": "fr"}):
        yield


@pytest.mark.usefixtures("french")
def test_each_step_is_said_once_in_reading_order() -> None:
    steps = outline(MAIN.encode())
    assert [(step.number, step.kind, step.name) for step in steps] == [
        (1, "Début", "Saisine"),
        (2, "Étape", "Visiter"),
        (3, "Événement (minuterie)", "Un mois"),
        (4, "Fin", "Signalé"),
        (5, "Choix", "Encore ?"),
        (6, "Processus appelé", "Aider"),
        (7, "Fin", "Fini"),
    ]
    assert steps[2].boundary == "sans interrompre l’étape"
    assert steps[5].called == "support"


@pytest.mark.usefixtures("french")
def test_a_loop_is_said_as_the_number_it_returns_to() -> None:
    choice = next(step for step in outline(MAIN.encode()) if step.element == "again")
    back = choice.onward[0]
    assert (back.label, back.number, back.name) == ("oui", 2, "Visiter")


@pytest.mark.usefixtures("french")
def test_marks_are_said_on_their_steps() -> None:
    marks: list[dict[str, object]] = [
        {"element": "visit", "kind": "late", "text": "3"},
        {"element": "visit", "kind": "count", "title": "12 situations ici"},
        {"element": "elsewhere", "kind": "token"},
    ]
    said = {step.element: step.marks for step in outline(MAIN.encode(), marks) if step.marks}
    assert said == {"visit": ["3 en retard", "12 situations ici"]}


@pytest.mark.usefixtures("french")
def test_a_sub_process_is_listed_within_and_an_unreached_step_at_the_end() -> None:
    inner = '<subProcess id="box" name="Boîte"><startEvent id="a" name="A"/></subProcess>'
    inner += '<userTask id="alone" name="Seul"/>'
    steps = outline(CALLED.replace("</process>", inner + "</process>").encode())
    found = {step.name: step.depth for step in steps}
    assert found["A"] == found["Boîte"] + 1
    assert "Seul" in found


@pytest.mark.usefixtures("french")
@pytest.mark.parametrize("content", [b"", b"<a", b'<!DOCTYPE a><a xmlns="x"/>', b"<a/>"])
def test_what_is_no_diagram_has_no_steps(content: bytes) -> None:
    assert outline(content) == []


def lines(before: dict[str, bytes], after: dict[str, bytes]) -> list[str]:
    """What is told, with plain spaces."""
    return [line.replace("\u00a0", " ") for change in changes(before, after) for line in change.lines]


@pytest.mark.usefixtures("french")
def test_changes_of_a_diagram_are_named() -> None:
    path = "processes/referral.bpmn"
    after = (
        MAIN.replace("Visiter", "Rencontrer")
        .replace('asae:delays="visit"', 'asae:delays="other"')
        .replace("P30D", "P45D")
        .replace('again = "yes"', 'again = "no"')
        .replace('<endEvent id="told" name="Signalé">', '<endEvent id="said" name="Dit">')
        .replace('targetRef="told"', 'targetRef="said"')
    )
    said = lines({path: MAIN.encode()}, {path: after.encode()})
    for expected in (
        "Ajout : Fin « Dit »",
        "Retrait : Fin « Signalé »",
        "Étape « Rencontrer » : s’appelait « Visiter »",
        "Étape « Rencontrer » : ligne des délais « other » au lieu de « visit »",
        "Événement « Un mois » : durée « P45D » au lieu de « P30D »",
        'Flèche « oui » : condition « =visit.again = "no" » au lieu de « =visit.again = "yes" »',
        "Flèche : arrivée « said » au lieu de « told »",
    ):
        assert expected in said


@pytest.mark.usefixtures("french")
def test_a_step_that_became_another_kind_says_what_it_was() -> None:
    path = "processes/support.bpmn"
    said = lines({path: CALLED.encode()}, {path: CALLED.replace("userTask", "manualTask").encode()})
    assert "Étape manuelle « Accompagner » : était « Étape »" in said


@pytest.mark.usefixtures("french")
def test_changes_of_a_form_are_named_by_question() -> None:
    path = "forms/visit.form"
    after = json.loads(VISIT)
    after["components"][0]["label"] = "Y revenir ?"
    after["components"][1]["validate"] = {"required": True}
    after["components"].append({"id": "new", **text("more", "Autre chose")})
    said = lines({path: VISIT}, {path: json.dumps(after).encode()})
    assert set(said) == {
        "Question ajoutée : « Autre chose »",
        "Question « Y revenir ? » : s’intitulait « Y retourner ? »",
        "Question « Note » : réglages modifiés",
    }


@pytest.mark.usefixtures("french")
def test_changes_of_a_table_are_named_by_row() -> None:
    path = "processes/delays.dmn"
    after = DELAYS.replace("working days(arrived, 3)", "working days(arrived, 4)")
    said = lines({path: DELAYS.encode()}, {path: after.encode()})
    assert len(said) == 1
    assert "working days(arrived, 4)" in said[0]
    removed = DELAYS[: DELAYS.index("<rule")] + DELAYS[DELAYS.index("</rule>") + 7 :]
    assert lines({path: DELAYS.encode()}, {path: removed.encode()}) == ["1 ligne retirée"]
    assert lines({path: removed.encode()}, {path: DELAYS.encode()}) == ["1 ligne ajoutée"]


@pytest.mark.usefixtures("french")
def test_files_added_removed_and_laid_out_anew() -> None:
    found = changes(
        FILES,
        {**FILES, "forms/new.form": form("new", "Neuf"), "processes/referral.bpmn": MAIN.encode() + b"\n"},
    )
    assert [(change.name, change.how) for change in found] == [("Neuf", "added"), ("Orientation", "changed")]
    assert found[1].lines == ["Seule la présentation du fichier change."]
    assert {change.how for change in changes(FILES, {})} == {"removed"}
    assert changes(FILES, FILES) == []


@pytest.mark.usefixtures("french")
def test_a_long_list_of_changes_is_cut() -> None:
    many = form("visit", "La visite", *(text(f"q{n}", f"Question {n}") for n in range(60)))
    said = lines({"forms/visit.form": VISIT}, {"forms/visit.form": many})
    assert len(said) == 41
    assert said[-1] == "et 22 autres changements"


@pytest.mark.usefixtures("french")
@pytest.mark.parametrize(
    ("cell", "said"),
    [
        ("working days(arrived, 1)", "1 jour ouvré après l’arrivée de l’étape"),
        ("working days(milestones.next, -3)", "3 jours ouvrés avant milestones.next"),
        ('arrived + duration("P3M")', "3 mois après l’arrivée de l’étape"),
        ('(arrived - duration("P1D"))', "1 jour avant l’arrivée de l’étape"),
        ('working days(arrived + duration("P2D"), 1)', "1 jour ouvré après l’échéance"),
        (
            "working days(working days(arrived, 4), 1)",
            "1 jour ouvré après 4 jours ouvrés après l’arrivée de l’étape",
        ),
        ("null", "aucune"),
        ("if x then 1 else 2", "if x then 1 else 2"),
    ],
)
def test_a_delay_is_said_in_words(cell: str, said: str) -> None:
    assert words(cell, 'arrived + duration("P2D")') == said
