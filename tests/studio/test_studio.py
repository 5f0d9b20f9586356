"""The studio's pages: who enters, what is listed, how a draft becomes a version, what hostile files do."""

from __future__ import annotations

import io
import json
import re
import zipfile
from typing import TYPE_CHECKING, Any

import pytest

from tests.studio.bundle import FILES, MAIN, VISIT, form, text

if TYPE_CHECKING:
    from collections.abc import Callable

    from flask import Flask
    from flask.testing import FlaskClient

PATH = "processes/referral.bpmn"
PAGES = (
    "processus/referral",
    "decision/delays",
    "formulaire/visit",
    "formulaire/visit/apercu",
    "programme",
    "verifier",
    "publier",
    "versions",
    "versions/1",
    "versions/1/fichiers/processes/referral.bpmn",
    "versions/1/fichiers/forms/visit.form",
)
MISSING = (
    "processus/none",
    "decision/none",
    "formulaire/none",
    "formulaire/none/apercu",
    "versions/9",
    "versions/1/fichiers/forms/none.form",
    "brouillons/forms/none.form",
    "brouillons/../../etc/passwd",
)


def draft(client: FlaskClient, path: str, content: str, version: int = 0) -> Any:
    return client.put(f"/atelier/brouillons/{path}", json={"content": content, "version": version})


def findings(client: FlaskClient, path: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = client.get(f"/atelier/constats/{path}").json["findings"]
    return found


def page(client: FlaskClient, address: str) -> str:
    answer = client.get(address, follow_redirects=True)
    assert answer.status_code == 200
    return answer.get_data(as_text=True)


def publish(client: FlaskClient, reason: str = "Parce que.") -> Any:
    seen = re.search(r'name="seen" value="([^"]*)"', page(client, "/atelier/publier"))
    return client.post(
        "/atelier/publier", data={"reason": reason, "seen": seen[1] if seen else ""}, follow_redirects=True
    )


def test_only_those_who_design_enter(app: Flask, sign_in: Callable[[str], FlaskClient]) -> None:
    assert app.test_client().get("/atelier/").status_code == 302
    worker = sign_in("fatou")
    assert worker.get("/atelier/").status_code == 403
    assert draft(worker, PATH, "x").status_code == 403
    assert worker.post("/atelier/publier", data={}).status_code == 403


def test_a_save_by_someone_signed_out_answers_401_to_the_editor(app: Flask) -> None:
    answer = app.test_client().put(f"/atelier/brouillons/{PATH}", json={"content": "x", "version": 0})
    assert answer.status_code == 401


def test_everything_is_listed_with_its_version_and_its_use(karim: FlaskClient) -> None:
    listed = page(karim, "/atelier/")
    for name in ("Orientation", "Accompagnement", "La visite", "La saisine", "Délais", "Essai"):
        assert name in listed
    assert "n° 1" in listed
    assert "brouillon" not in listed.lower().replace('<th scope="col">brouillon', "").replace(
        'data-label="brouillon"', ""
    )


def test_every_page_opens(karim: FlaskClient) -> None:
    for address in PAGES:
        assert "Atelier" in page(karim, f"/atelier/{address}"), address


def test_what_is_not_there_is_a_404(karim: FlaskClient) -> None:
    for address in MISSING:
        assert karim.get(f"/atelier/{address}").status_code == 404, address


def test_a_process_key_leads_to_its_file(karim: FlaskClient) -> None:
    moved = {**FILES}
    draft(
        karim,
        "processes/other.bpmn",
        moved["processes/support.bpmn"].decode().replace('"support"', '"elsewhere"'),
    )
    assert karim.get("/atelier/processus/elsewhere").headers["Location"] == "/atelier/processus/other"


def test_a_draft_is_kept_and_read_back(karim: FlaskClient) -> None:
    changed = MAIN.replace("Visiter", "Rendre visite")
    assert draft(karim, PATH, changed).json["version"] == 1
    read = karim.get(f"/atelier/brouillons/{PATH}").json
    assert (read["content"], read["version"], read["by"]) == (changed, 1, "Karim Référant")
    assert "brouillon" in page(karim, "/atelier/")


def test_a_save_without_its_two_values_is_not_understood(karim: FlaskClient) -> None:
    for body in ("[]", "{}", '{"content": 3, "version": 0}', '{"content": "x", "version": "y"}', "not json"):
        answer = karim.put(f"/atelier/brouillons/{PATH}", data=body, content_type="application/json")
        assert answer.status_code == 400, body


def test_two_owners_on_one_file_are_told_of_each_other(
    karim: FlaskClient, sign_in: Callable[[str], FlaskClient]
) -> None:
    draft(karim, PATH, MAIN + "\n")
    refused = draft(sign_in("lise"), PATH, MAIN + "\n\n")
    assert refused.status_code == 409
    assert refused.json["by"] == "Karim Référant"
    assert refused.json["content"] == MAIN + "\n"


@pytest.mark.parametrize(
    ("path", "content", "said"),
    [
        (PATH, "<definitions", "XML"),
        (PATH, '<!DOCTYPE x [<!ENTITY a "b">]>' + MAIN.partition("?>")[2], "DOCTYPE"),
        (PATH, MAIN.replace("<userTask", '<complexGateway id="cg" name="x"/><userTask', 1), ""),
        (
            PATH,
            MAIN.replace(
                "<userTask",
                '<scriptTask id="sc" name="Calcul" scriptFormat="python"><script>import os</script>'
                "</scriptTask><userTask",
                1,
            ),
            "",
        ),
        ("forms/visit.form", VISIT.decode().replace('"radio"', '"hologram"'), "hologram"),
        ("forms/visit.form", "{", ""),
        ("forms/visit.form", "[" * 5000, ""),
        ("processes/delays.dmn", "<definitions>", ""),
        (PATH, '<?xml version="1.0" encoding="none-such"?><a/>', ""),
        (PATH, "", ""),
        ("processes/programme.json", "{}", ""),
    ],
)
def test_a_hostile_or_broken_file_is_kept_told_and_not_published(
    karim: FlaskClient, path: str, content: str, said: str
) -> None:
    assert draft(karim, path, content).status_code == 200
    assert karim.get(f"/atelier/brouillons/{path}").json["content"] == content
    found = findings(karim, path)
    assert any(finding["severity"] == "error" for finding in found)
    assert said in json.dumps(found, ensure_ascii=False)
    for address in ("", "verifier", "publier", "vocabulaire", "processus/referral"):
        assert karim.get(f"/atelier/{address}").status_code == 200
    publish(karim)
    assert "n° 2" not in page(karim, "/atelier/versions")


def test_a_file_too_large_is_refused_with_a_sentence(karim: FlaskClient) -> None:
    answer = draft(karim, PATH, "x" * 4_000_001)
    assert answer.status_code == 422
    assert "trop lourd" in answer.json["error"]


def test_publishing_makes_a_version_with_its_reason_and_clears_the_drafts(karim: FlaskClient) -> None:
    draft(karim, PATH, MAIN.replace("Visiter", "Rendre visite"))
    shown = page(karim, "/atelier/publier")
    assert "s’appelait «\u00a0Visiter\u00a0»" in shown
    done = publish(karim, "Le mot juste.").get_data(as_text=True)
    assert "La version 2 est publiée" in done
    assert "Le mot juste." in done
    assert karim.get(f"/atelier/brouillons/{PATH}").json["version"] == 0
    assert "s’appelait «\u00a0Visiter\u00a0»" in page(karim, "/atelier/versions/2")


def test_a_publication_needs_a_reason(karim: FlaskClient) -> None:
    draft(karim, PATH, MAIN.replace("Visiter", "Rendre visite"))
    answer = publish(karim, "  ")
    assert answer.status_code == 422
    assert "en une phrase pourquoi" in answer.get_data(as_text=True)


def test_a_publication_that_the_check_refuses_keeps_the_reason_and_the_drafts(karim: FlaskClient) -> None:
    draft(karim, PATH, "<definitions")
    answer = karim.post("/atelier/publier", data={"reason": "Vite.", "seen": f"1/{PATH}:1"})
    assert answer.status_code == 422
    assert "À corriger avant de publier" in answer.get_data(as_text=True)
    assert karim.get(f"/atelier/brouillons/{PATH}").json["content"] == "<definitions"


def test_what_changed_since_the_page_was_read_is_not_published(
    karim: FlaskClient, sign_in: Callable[[str], FlaskClient]
) -> None:
    draft(karim, PATH, MAIN.replace("Visiter", "Rendre visite"))
    seen = re.search(r'name="seen" value="([^"]*)"', page(karim, "/atelier/publier"))
    assert seen
    draft(sign_in("lise"), "forms/visit.form", VISIT.decode().replace("Note", "Notes"))
    answer = karim.post("/atelier/publier", data={"reason": "Oui.", "seen": seen[1]})
    assert answer.status_code == 409
    assert "Un brouillon a changé" in answer.get_data(as_text=True)
    assert "n° 2" not in page(karim, "/atelier/versions")


def test_a_draft_is_abandoned_and_a_file_is_removed(karim: FlaskClient) -> None:
    draft(karim, "forms/visit.form", "{")
    karim.post("/atelier/abandonner", data={"path": "forms/visit.form"})
    assert findings(karim, "forms/visit.form") == []
    karim.post("/atelier/retirer", data={"path": "forms/visit.form"})
    assert "sera retiré" in page(karim, "/atelier/")
    assert "fichier retiré" in page(karim, "/atelier/publier")
    draft(karim, "forms/brand_new.form", form("brand_new", "Neuf", text("a", "A")).decode())
    karim.post("/atelier/retirer", data={"path": "forms/brand_new.form"})
    assert "Neuf" not in page(karim, "/atelier/")
    karim.post("/atelier/retirer", data={"path": "forms/unknown.form"})
    karim.post("/atelier/abandonner", data={"path": "forms/unknown.form"})


def test_an_older_file_is_taken_up_as_a_draft(karim: FlaskClient) -> None:
    draft(karim, "forms/visit.form", VISIT.decode().replace("La visite", "La rencontre"))
    publish(karim)
    shown = page(karim, "/atelier/versions/1/fichiers/forms/visit.form")
    assert "Reprendre comme brouillon" in shown
    karim.post("/atelier/versions/1/reprendre", data={"path": "forms/visit.form"})
    assert karim.get("/atelier/brouillons/forms/visit.form").json["content"] == VISIT.decode()
    assert "identique" in page(karim, "/atelier/versions/1/fichiers/forms/visit.form")


def test_a_new_form_process_and_table_pass_the_check_or_say_what_is_missing(karim: FlaskClient) -> None:
    made = karim.post("/atelier/nouveau/formulaire", json={"title": "Appel téléphonique"}).json
    assert made == {"key": "appel_telephonique", "title": "Appel téléphonique"}
    assert findings(karim, "forms/appel_telephonique.form") == []
    again = karim.post("/atelier/nouveau/formulaire", data={"title": "Appel téléphonique"})
    assert again.headers["Location"] == "/atelier/formulaire/appel_telephonique_2"
    process = karim.post(
        "/atelier/nouveau/processus", data={"title": "3 <Rencontres> & plus", "sort": "side"}
    )
    assert process.headers["Location"] == "/atelier/processus/n_3_rencontres_plus"
    assert "3 &lt;Rencontres&gt; &amp; plus" in page(karim, "/atelier/processus/n_3_rencontres_plus")
    said = json.dumps(findings(karim, "processes/n_3_rencontres_plus.bpmn"), ensure_ascii=False)
    assert "Première étape" in said
    assert "XML" not in said
    karim.post("/atelier/nouveau/decision", data={"title": "Priorité"})
    assert not [one for one in findings(karim, "processes/priorite.dmn") if one["severity"] == "error"]
    assert karim.post("/atelier/nouveau/formulaire", json={"title": " "}).status_code == 422
    assert "Donnez d’abord un nom" in karim.post(
        "/atelier/nouveau/processus", data={"title": ""}, follow_redirects=True
    ).get_data(as_text=True)


def test_the_editor_is_told_what_the_programme_offers(karim: FlaskClient) -> None:
    words = karim.get("/atelier/vocabulaire").json
    assert {"key": "visit", "title": "La visite"} in words["forms"]
    assert {"key": "worker", "label": "Travailleur"} in words["roles"]
    assert words["doors"] == [{"key": "retention", "label": "Orientation"}]
    row = next(row for row in words["delays"] if row["step"] == "visit")
    assert [value["words"] for value in row["values"]] == [
        "3 jours ouvrés après l’arrivée de l’étape",
        "20 jours après l’arrivée de l’étape",
        "2 jours ouvrés après l’échéance",
        "Travailleur",
    ]
    again = next(field for field in words["fields"] if field["key"] == "again")
    assert again["options"] == [{"value": '"yes"', "label": "Oui"}, {"value": '"no"', "label": "Non"}]


def test_a_reminder_becomes_a_row_that_the_check_accepts(karim: FlaskClient) -> None:
    body = {"step": "Appeler !", "reminder": 2, "reminder_unit": "working", "due": "10", "due_unit": "days"}
    body |= {"escalation": "12", "escalation_unit": "working", "to": "worker"}
    assert karim.post("/atelier/delais", json=body).json == {"step": "appeler"}
    karim.post(
        "/atelier/delais", json={"step": "visit", "reminder": "1", "due": "", "escalation": "3", "to": ""}
    )
    table = karim.get("/atelier/brouillons/processes/delays.dmn").json["content"]
    for cell in (
        "working days(arrived, 2)",
        'arrived + duration("P10D")',
        "working days(arrived, 12)",
        "working days(arrived, 1)",
    ):
        assert cell in table
    assert "kept by hand" in table
    assert findings(karim, "processes/delays.dmn") == []


def test_a_reminder_counts_in_whole_days(karim: FlaskClient) -> None:
    for number in ("-1", "deux", "1000", "1.5"):
        answer = karim.post("/atelier/delais", json={"step": "visit", "reminder": number})
        assert answer.status_code == 422, number
        assert "nombres de jours" in answer.json["error"]


def test_a_broken_delays_table_is_not_written_over(karim: FlaskClient) -> None:
    draft(karim, "processes/delays.dmn", "<definitions")
    assert karim.post("/atelier/delais", json={"step": "visit", "reminder": "1"}).status_code == 422
    assert karim.get("/atelier/brouillons/processes/delays.dmn").json["content"] == "<definitions"


def zipped(files: dict[str, bytes]) -> io.BytesIO:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for path, content in files.items():
            archive.writestr(path, content)
    buffer.seek(0)
    return buffer


def upload(client: FlaskClient, data: io.BytesIO | None, name: str = "bundle.zip") -> str:
    fields = {} if data is None else {"bundle": (data, name)}
    answer = client.post(
        "/atelier/televerser", data=fields, follow_redirects=True, content_type="multipart/form-data"
    )
    assert answer.status_code == 200
    return answer.get_data(as_text=True)


def test_a_bundle_goes_out_and_comes_back(karim: FlaskClient) -> None:
    draft(karim, "forms/visit.form", VISIT.decode().replace("La visite", "La rencontre"))
    taken = karim.get("/atelier/telecharger").data
    with zipfile.ZipFile(io.BytesIO(taken)) as archive:
        assert "La rencontre" in archive.read("forms/visit.form").decode()
    first = karim.get("/atelier/versions/1/telecharger").data
    assert "identique" in upload(karim, io.BytesIO(taken))
    assert "1 fichier repris" in upload(karim, io.BytesIO(first))
    assert karim.get("/atelier/brouillons/forms/visit.form").json["content"] == VISIT.decode()


def test_a_file_from_another_tool_comes_alone(karim: FlaskClient) -> None:
    key = PATH.removeprefix("processes/").removesuffix(".bpmn")
    renamed = FILES[PATH].replace(b'name="', b'name="Autre ', 1)
    said = upload(karim, io.BytesIO(renamed), f"{key} (copie n°2).bpmn20.xml")
    assert "1 fichier repris" in said
    assert "Autre " in karim.get(f"/atelier/brouillons/{PATH}").json["content"], "it draws the same process"
    other = FILES[PATH].replace(f'"{key}"'.encode(), b'"another"')
    assert "1 fichier repris" in upload(karim, io.BytesIO(other), "Accueil d’une famille.v2.bpmn")
    assert karim.get("/atelier/brouillons/processes/Accueil_dune_famille_v2.bpmn").status_code == 200
    assert "1 fichier repris" in upload(
        karim, io.BytesIO(VISIT.replace(b"La visite", b"Venue")), "visit.form"
    )
    for name, data, sentence in (
        ("Compte rendu.form", VISIT, "Le nom du fichier n’est pas permis"),
        ("big.dmn", b"x" * 2_000_001, "dépasse la limite"),
        ("image.png", b"\x89PNG", "illisible"),
    ):
        assert sentence in upload(karim, io.BytesIO(data), name), name
    files = zipfile.ZipFile(io.BytesIO(karim.get("/atelier/telecharger").data)).namelist()
    assert set(files) == {*FILES, "processes/Accueil_dune_famille_v2.bpmn"}, "nothing else went"


def test_an_uploaded_bundle_is_drafts_with_their_findings(karim: FlaskClient) -> None:
    files = {**FILES, PATH: b"<definitions"}
    del files["forms/referral.form"]
    said = upload(karim, zipped(files))
    assert "2 fichiers repris" in said
    assert "bloque la publication" in said
    assert "n° 2" not in page(karim, "/atelier/versions")


def test_a_hostile_archive_changes_nothing(karim: FlaskClient) -> None:
    bomb = {"processes/bomb.bpmn": b"0" * 60_000_000}
    for data in (
        zipped({"../../etc/cron.d/x": b"x"}),
        zipped({"/processes/x.bpmn": b"x"}),
        zipped(bomb),
        io.BytesIO(b"not a zip"),
        io.BytesIO(b""),
        zipped({}),
    ):
        upload(karim, data)
    upload(karim, None)
    assert "brouillon" not in page(karim, "/atelier/publier").lower() or "Aucun brouillon" in page(
        karim, "/atelier/publier"
    )


def test_a_diagram_is_served_to_anyone_signed_in(app: Flask, sign_in: Callable[[str], FlaskClient]) -> None:
    assert app.test_client().get("/diagrammes/1/referral.bpmn").status_code == 302
    worker = sign_in("fatou")
    assert worker.get("/diagrammes/1/referral.bpmn").data == MAIN.encode()
    assert worker.get("/diagrammes/1/reminder_escalation.bpmn").status_code == 200
    assert worker.get("/diagrammes/1/none.bpmn").status_code == 404
    assert worker.get("/diagrammes/7/referral.bpmn").status_code == 404


def test_a_form_preview_says_why_it_cannot_be_drawn(karim: FlaskClient) -> None:
    draft(karim, "forms/visit.form", "{")
    assert "ne peut pas encore être affiché" in page(karim, "/atelier/formulaire/visit/apercu")


def test_the_token_is_given_anew(karim: FlaskClient) -> None:
    assert len(karim.get("/atelier/jeton").json["token"]) > 20


def test_writes_without_the_anti_forgery_token_are_refused(app: Flask, karim: FlaskClient) -> None:
    app.config["WTF_CSRF_ENABLED"] = True
    assert draft(karim, PATH, MAIN).status_code == 400
    for address in ("publier", "abandonner", "retirer", "televerser", "nouveau/formulaire", "delais"):
        assert karim.post(f"/atelier/{address}", data={}).status_code == 400
