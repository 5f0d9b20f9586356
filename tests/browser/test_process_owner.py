"""A process owner adds a step with a form and a reminder, publishes, and a worker meets it in a new case."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from tests.browser.people import at_work
from tests.browser.test_household_retention import MARIE, NADIA, REFERRAL
from tests.chromium import refused

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

    from tests.browser.conftest import Site
    from tests.browser.people import Person

pytestmark = pytest.mark.browser

KARIM = "karim.referant"
STEP = "Appeler le ménage"
QUESTION = "Ce que dit le ménage"
OTHER = {**REFERRAL, "last_name": "Sallèles", "first_name": "Odette", "birth_date": "1961-01-09"}


def test_a_new_step_reaches_new_cases_while_old_ones_go_on_as_they_began(
    chromium: Browser, site: Site
) -> None:
    with (
        at_work(chromium, site, NADIA) as nadia,
        at_work(chromium, site, MARIE) as marie,
        at_work(chromium, site, KARIM) as karim,
    ):
        old = nadia.open_case("referral_retention", REFERRAL)

        karim.page.goto(site.url + "/atelier/")
        karim.page.get_by_role("link", name="Orientation – maintien dans le logement").first.click()
        ready(karim.page)
        draw_step(karim.page)
        form = give_form(karim.page)
        ask_question(form)
        give_people(karim.page)
        give_reminder(karim.page)
        saved(karim.page)
        expect(karim.page.locator("[data-findings-count]")).to_have_text("rien à corriger")
        publish(karim)

        new = nadia.open_case("referral_retention", OTHER)
        assert STEP not in inbox_of(marie, old)
        assert "Examiner la recevabilité" in inbox_of(marie, old)
        assert "Examiner la recevabilité" not in inbox_of(marie, new)

        # The reminder of the new step, two working days later.
        site.pass_time(datetime(2026, 3, 4, 9, tzinfo=UTC))
        expect(marie.inbox()).to_contain_text("Rappel")
        marie.open(STEP, new)
        expect(marie.page.locator("main")).to_contain_text(QUESTION)
        marie.answer({"note": "Elle attend une visite."})
        marie.send()
        assert "Examiner la recevabilité" in inbox_of(marie, new)

        # The old case ends its first step and never meets the new one.
        marie.do(
            "Examiner la recevabilité",
            old,
            {
                "target_public": True,
                "territory": True,
                "complete": True,
                "urgency": "high",
                "decision": "agenda",
            },
        )
        assert STEP not in inbox_of(marie, old)


def inbox_of(person: Person, number: str) -> str:
    """The steps of a case in one's inbox."""
    person.page.goto(f"{person.site.url}/?situation={number}")
    return " | ".join(person.page.locator('main a[href*="/taches/"]').all_inner_texts())


def ready(page: Page) -> None:
    """The editor holds the file."""
    page.locator("[data-desk][data-ready]").wait_for(timeout=30_000)


def saved(page: Page) -> None:
    """The server has the draft."""
    expect(page.locator("[data-desk][data-state=saved]")).to_be_visible()


def draw_step(page: Page) -> None:
    """Take a step from the palette, put it on the first flow and name it."""
    page.get_by_role("button", name="Créer une étape faite par quelqu’un").click()
    flow = page.locator('[data-element-id="Flow_Referral_HouseholdPath"] .djs-visual > path').bounding_box()
    assert flow
    page.mouse.move(flow["x"] + flow["width"] / 2 - 40, flow["y"] + 60)
    page.mouse.move(flow["x"] + flow["width"] / 2, flow["y"] + 1, steps=8)
    page.mouse.click(flow["x"] + flow["width"] / 2, flow["y"] + 1)
    page.locator(".djs-direct-editing-content").wait_for()
    page.keyboard.type(STEP)
    page.keyboard.press("Enter")
    expect(page.locator("[data-panel]")).to_contain_text(STEP)


def give_form(page: Page) -> Page:
    """Make a form for the step from its panel, and open it in its own tab."""
    page.get_by_role("button", name="Nouveau formulaire pour cette étape").click()
    expect(page.locator("[data-panel]")).to_contain_text("créé")
    with page.expect_popup() as opened:
        page.get_by_role("link", name="Ouvrir le formulaire").click()
    return opened.value


def ask_question(page: Page) -> None:
    """Rename the question of the new form in the form editor."""
    ready(page)
    page.locator(".fjs-form-field-textarea").click()
    page.locator(".bio-properties-panel-group-header", has_text="Général").click()
    page.get_by_role("textbox", name="Intitulé", exact=True).click()
    page.keyboard.press("ControlOrMeta+a")
    page.keyboard.type(QUESTION)
    saved(page)
    assert refused(page) == []
    page.close()


def give_people(page: Page) -> None:
    page.locator("#asae-role").select_option(label="Coordination ASAE")
    page.get_by_role("button", name="Ajouter ce rôle").click()
    expect(page.locator(".panel-chosen")).to_have_text("Coordination ASAE×")


def give_reminder(page: Page) -> None:
    page.get_by_role("button", name="Ajouter une relance").click()
    page.get_by_label("Relance après").fill("2")
    page.get_by_label("En retard après").fill("4")
    page.get_by_role("button", name="Inscrire dans la table des délais").click()
    expect(page.locator(".panel-values")).to_contain_text("2 jours ouvrés après l’arrivée de l’étape")


def publish(karim: Person) -> None:
    """Read what changes, say why, publish."""
    page = karim.page
    page.get_by_role("link", name="Publier…").click()
    changes = page.locator(".studio-changes")
    expect(changes).to_contain_text(f"Ajout : Étape « {STEP} »")
    expect(changes).to_contain_text("1 ligne ajoutée")
    expect(changes).to_contain_text("nouveau fichier")
    page.get_by_label("Pourquoi cette version ?").fill("On appelle le ménage dès l’orientation.")
    page.get_by_role("button", name="Publier cette version").click()
    expect(page.locator("#messages")).to_contain_text("La version 2 est publiée")
