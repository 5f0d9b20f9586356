"""The HTML of a form before any script: everything tied together, nothing lost, nothing leaked."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from lxml import html

from asae_engine.forms import Confirmation, parse
from tests.forms.making import choice, computed, day, form, group, money, number, rows, text
from tests.rendering.conftest import LABELS, NOW, Team
from web.rendering import Draft, render_form
from web.rendering.texts import markdown

if TYPE_CHECKING:
    from flask import Flask

    from asae_engine.forms import Form

FORMS = sorted(Path("forms").glob("*.form"))


def drawn(made: Form, values: dict[str, Any] | None = None, **more: Any) -> Any:
    more.setdefault("context", {})
    written = render_form(made, values or {}, now=NOW, directory=Team(), mark_labels=LABELS, **more)
    return html.document_fromstring(f"<form>{written}</form>")


def definition(page: Any) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(page.xpath("//script[@data-definition]")[0].text)
    return found


@pytest.mark.parametrize("path", FORMS, ids=lambda path: path.stem)
def test_every_input_of_the_programme_has_a_label_and_what_describes_it_exists(
    path: Path, drawing: Flask
) -> None:
    made, _ = parse(path.read_bytes(), f"forms/{path.name}")
    assert made is not None

    page = drawn(made)

    identifiers = page.xpath("//*[not(ancestor-or-self::template)]/@id")
    assert len(identifiers) == len(set(identifiers))
    labelled = set(page.xpath("//label/@for"))
    for control in page.xpath("//input[@type!='hidden'] | //select | //textarea"):
        assert control.get("id") in labelled
    for described in page.xpath("//*[@aria-describedby][not(ancestor::template)]"):
        assert set(described.get("aria-describedby").split()) <= set(identifiers)
    assert not page.xpath("//@style | //style | //script[not(@type='application/json')] | //@onclick")


def test_every_shape_is_drawn(drawing: Flask) -> None:
    made = form(
        text(
            "t",
            validate={"required": True, "maxLength": 9, "validationType": "email"},
            properties={"example": "x"},
        ),
        {**text("area"), "type": "textarea", "description": "De l’aide"},
        money("m"),
        number("n", appearance={"prefixAdorner": "n°"}),
        day("d"),
        day("at", "datetime"),
        day("h", "time"),
        {**text("box"), "type": "checkbox"},
        choice("yn", True, False),
        choice("many", "a", "b", widget="checklist"),
        choice("pull", *"abcdefgh", widget="select"),
        choice("score", 0, 1, 2, 3, 4),
        choice("who", widget="select", properties={"people": "x"}),
        {**text("f"), "type": "filepicker", "accept": ".pdf", "multiple": True},
        computed("c", "=m * 2", properties={"unit": "€"}),
        computed("unseen", "=1", properties={"hidden": "true"}),
        text("shown", readonly=True, properties={"prefill": "=case.number", "mark": "H"}),
        text("off", disabled=True),
        rows("r", text("b")),
        group(
            "G",
            text("x"),
            {"type": "group", "id": "inner", "label": "Dedans", "components": [text("y")]},
            path="g",
        ),
        {"type": "text", "text": "**Gras** <script>alert(1)</script>"},
        {"type": "separator"},
        {"type": "spacer"},
        {"type": "button", "label": "Envoyer"},
        {"type": "image", "id": "im", "source": "https://ailleurs.fr/x.png", "label": "Loin"},
        {"type": "image", "id": "im2", "source": "/static/x.png", "label": "Près"},
        {
            "type": "table",
            "id": "tb",
            "label": "Visites",
            "dataSource": "=visits",
            "columns": [{"key": "on", "label": "Le"}, {"key": "who", "label": "Qui"}],
        },
    )
    values = {
        "t": "a@b.fr",
        "m": 1840.5,
        "d": "2026-03-01",
        "at": "2026-03-01T09:00",
        "yn": False,
        "many": ["b"],
        "pull": "c",
        "score": 0,
        "who": "nadia",
        "f": [{"id": "7", "name": "accord.pdf"}],
        "r": [{"b": "1"}, {"b": "2"}],
        "g": {"x": "là"},
    }
    context = {"case": {"number": "2026-0042"}, "visits": [{"on": date(2026, 3, 1), "who": "Nadia"}]}

    page = drawn(made, values, context=context)

    def value(name: str) -> list[str]:
        found: list[str] = page.xpath(
            f"//*[@name='{name}'][@checked]/@value | //*[@name='{name}']//*[@selected]/@value"
        )
        return found

    def typed(name: str) -> str:
        (found,) = page.xpath(f"//input[@name='{name}']")
        return str(found.get("value"))

    assert (typed("t"), typed("m"), typed("d"), typed("at")) == (
        "a@b.fr",
        "1 840,50",
        "2026-03-01",
        "2026-03-01T09:00",
    )
    assert value("yn") == ["false"]
    assert (value("many"), value("pull"), value("score"), value("who")) == (["b"], ["c"], ["0"], ["nadia"])
    assert value("f") == ["7"]
    assert page.xpath("//input[@name='t']")[0].get("type") == "email"
    assert page.xpath("//output")[0].text == "3\u202f681,00\u00a0€"
    assert "2026-0042" in page.text_content()
    assert page.xpath("//*[@class='guard']")[0].text_content().endswith("Santé")
    assert not page.xpath("//*[@name='shown' or @name='off' or @name='unseen' or @name='c']")
    assert [
        one.get("value") for one in page.xpath("//*[starts-with(@name, 'r.')][not(ancestor::template)]")
    ] == ["1", "2"]
    assert page.xpath("//*[@name='g.x']/@value") == ["là"]
    assert page.xpath("//legend[text()='Dedans']")
    assert page.xpath("//img/@src") == ["/static/x.png"]
    assert page.xpath("//td/text()") == ["01/03/2026", "Nadia"]
    assert page.xpath("//strong[text()='Gras']")
    assert "alert(1)" not in [script.text for script in page.xpath("//script")]


def test_html_in_an_answer_or_a_label_stays_text(drawing: Flask) -> None:
    nasty = "</script><img src=x onerror=alert(1)>"
    made = form(
        text("a", label=nasty, properties={"rule": '=a != "x"', "ruleMessage": nasty}),
        {**text("b"), "type": "textarea"},
        choice("c", nasty, "y"),
    )

    page = drawn(made, {"a": nasty, "b": nasty, "c": nasty}, errors={"a": [nasty]}, context={"x": nasty})

    assert not page.xpath("//img")
    assert page.xpath("//input[@name='a']/@value") == [nasty]
    assert definition(page)["fields"]["a"]["label"] == nasty


def test_errors_are_listed_linked_and_tied_to_their_inputs(drawing: Flask) -> None:
    made = form(text("a"), choice("yn", True, False), rows("r", text("b")), day("d"))
    confirm = {"d": Confirmation("Vraiment ?", "d:1")}
    errors = {"": ["En tout."], "a": ["Un."], "yn": ["Deux."], "r": ["Trois."], "r.1.b": ["Quatre."]}

    page = drawn(made, {"a": "tapé", "r": [{"b": "x"}, {"b": ""}]}, errors=errors, to_confirm=confirm)

    targets = [link.get("href")[1:] for link in page.xpath("//*[@data-troubles]//a")]
    assert targets == ["formulaire", "q-a", "q-yn-0", "q-r-ajouter", "q-r-1-b", "q-d"]
    assert set(targets) <= set(page.xpath("//@id"))
    assert "Quatre." in page.get_element_by_id("q-r-1-b-erreur").text
    assert "ligne 2" in page.xpath("//*[@data-troubles]")[0].text_content()
    assert page.get_element_by_id("q-a").get("aria-invalid") == "true"
    assert page.get_element_by_id("q-a").get("value") == "tapé"
    assert page.xpath("//input[@name='_confirm']/@value") == ["d:1"]


def test_hidden_questions_are_there_but_do_not_show(drawing: Flask) -> None:
    made = form(
        choice("a", "yes", "no"),
        text("b", conditional={"hide": '=a != "yes"'}),
        group("Partie", text("c"), conditional={"hide": '=a = "no"'}),
        text("why", properties={"requiredIf": '=a = "no"'}),
    )

    page = drawn(made, {"a": "no"})

    assert page.xpath("//*[@data-q='b']/@hidden")
    assert page.xpath("//fieldset[@data-part]/@hidden")
    assert page.xpath("//*[@data-q='why']//*[@data-need][not(@hidden)]")


def test_what_the_browser_may_not_have_is_not_sent_and_its_conditions_stay_here(drawing: Flask) -> None:
    made = form(
        text("a", conditional={"hide": '=diagnostic.violence = "present"'}),
        text("b", conditional={"hide": "=case.number = null"}),
        text("c", properties={"requiredIf": "=secret = 1"}),
    )
    context = {
        "diagnostic": {"violence": "present", "other": 1},
        "case": {"number": "1", "more": 2},
        "secret": 1,
    }

    page = drawn(made, context=context, readable=lambda path: path.startswith("case"))

    told = definition(page)
    assert told["context"] == {"case": {"number": "1"}}
    assert [item["expression"] for item in told["hide"]] == ["case.number = null"]
    assert "present" not in page.xpath("//script[@data-definition]")[0].text
    assert page.xpath("//*[@data-q='a']/@hidden")


def test_a_masked_question_shows_its_sentence_and_no_input(drawing: Flask) -> None:
    made = form(text("address"), text("b"))

    page = drawn(made, {"address": "3 rue du Lavoir"}, masked={"address": "Adresse protégée"})

    assert not page.xpath("//*[@name='address']")
    assert "Adresse protégée" in page.text_content()
    assert "Lavoir" not in page.text_content()


def test_a_long_form_has_its_steps_and_counts_errors_by_step(drawing: Flask) -> None:
    made = form(group("Un", text("a")), group("Deux", text("b"), text("c")), group("Trois", text("d")))

    page = drawn(made, errors={"b": ["x"], "c": ["y"]})

    states = [item.text_content().strip() for item in page.xpath("//nav//*[@data-step-state]")]
    assert states == ["", "2 erreurs", ""]
    assert [link.get("href")[1:] for link in page.xpath("//nav//a")] == page.xpath(
        "//fieldset[@data-part]/@id"
    )


def test_the_last_answer_stands_beside_the_question(drawing: Flask) -> None:
    made = form(choice("s", 0, 1, 2, 3, properties={"showPrevious": "true"}), text("t"))

    page = drawn(made, previous={"s": 2, "t": "non"})

    assert page.xpath("//*[@class='before']")[0].text_content().split() == [
        "La",
        "dernière",
        "fois",
        "Réponse",
        "2",
    ]


def test_holidays_are_sent_only_to_forms_that_count_working_days(drawing: Flask) -> None:
    counting = form(text("a"), computed("d", "=working days(today(), 5)", properties={"unit": "date"}))

    page = drawn(counting)

    assert "2026-12-25" in definition(page)["holidays"]
    assert page.xpath("//output")[0].text == "01/12/2026"
    assert definition(drawn(form(text("a"))))["holidays"] == []


def test_the_draft_is_named_for_the_browser(drawing: Flask) -> None:
    page = drawn(form(text("a")), draft=Draft("/x/brouillon", "task:1", "2026-11-24T10:00:00+00:00", "u1"))

    (root,) = page.xpath("//*[@data-programme]")
    assert (root.get("data-draft-url"), root.get("data-draft-key")) == ("/x/brouillon", "task:1")


def test_markdown_is_cleaned() -> None:
    said = markdown("# Titre\n[lien](javascript:alert(1)) [bon](https://exemple.fr) <b onclick=x>x</b>")

    assert "<h3>Titre</h3>" in said
    assert "javascript" not in said.split("href")[-1]
    assert '<a href="https://exemple.fr" rel="noopener noreferrer">bon</a>' in said
    assert "<b" not in said


def test_a_mark_that_a_whole_part_shares_is_said_once(drawing: Flask) -> None:
    health = {"properties": {"mark": "H"}}
    made = form(
        group("Santé", text("a", **health), rows("r", text("b", **health))),
        group("Mêlée", text("c", **health), text("d")),
    )

    page = drawn(made, {"r": [{"b": "1"}]})

    marks = page.xpath("//*[@class='guard']")
    assert [mark.getparent().get("class") for mark in marks] == ["part__legend", "q__head"]


def test_only_a_scale_takes_the_number_out_of_its_labels(drawing: Flask) -> None:
    def offered(count: int) -> list[dict[str, Any]]:
        return [{"label": f"{number} · mot", "value": number} for number in range(count)]

    levels = {**text("level"), "type": "radio", "values": offered(4)[1:]}
    scores = {**text("score"), "type": "radio", "values": offered(5)}

    page = drawn(form(levels, scores))

    assert page.xpath("//*[@class='choice']/span/text()") == ["1 · mot", "2 · mot", "3 · mot"]
    assert page.xpath("//*[@class='scale__word']/text()") == ["mot"] * 5
