"""The manager finds what is late, whom it waits for and what the year gave; by the keyboard alone too."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from asae_engine import access, commands
from demonstration.accounts import PASSWORD
from tests.chromium import NARROW, accessibility, overflow, refused

if TYPE_CHECKING:
    from playwright.sync_api import Page

    from tests.browser.conftest import Site

pytestmark = pytest.mark.browser

REFERRAL = {
    "last_name": "Vauxmorel",
    "first_name": "Anaïs",
    "birth_date": "1971-04-02",
    "phone": "06 00 00 00 12",
    "address": "3 rue des Cordiers",
    "postcode": "11000",
    "town": "Carcassonne",
    "household_type": "single",
    "adults": 1,
    "children": 0,
    "landlord": "alogea",
    "lease_reference": "AL-1",
    "reasons": ["rent_arrears"],
    "main_reason": "rent_arrears",
    "arrears": 640,
    "eviction_stage": "none",
    "urgency": "none",
    "consent": True,
    "consent_date": "2026-03-02",
    "situation": "Ne répond plus aux courriers.",
}


@pytest.fixture
def late(site: Site) -> Site:
    """A household was referred on 2 March; five weeks later nobody has looked at it."""
    with site.sessions() as session:
        referrer = access.actor_for(session, "nadia.benazur")
        commands.open_case(session, referrer, "referral_retention", REFERRAL, now=site.clock.now())
    site.pass_time(datetime(2026, 4, 7, 8, tzinfo=UTC))
    return site


def sign_in(page: Page, site: Site) -> None:
    page.goto(f"{site.url}/connexion")
    page.get_by_label("Identifiant").fill("philippe.castelune")
    page.get_by_label("Mot de passe", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Se connecter").click()


def nothing_wrong(page: Page) -> None:
    assert accessibility(page) == []
    assert refused(page) == []
    assert overflow(page) == 0


def test_the_manager_finds_the_late_case_and_opens_it(late: Site, page: Page) -> None:
    sign_in(page, late)
    page.get_by_role("link", name="Pilotage").click()
    line = page.get_by_role("listitem").filter(has_text="2026-0001")
    expect(line).to_contain_text("en retard de")
    expect(line).to_contain_text("Personne ne l’a prise ; proposée à")
    nothing_wrong(page)
    line.get_by_role("link").first.click()
    expect(page).to_have_url(re.compile("/situations/"))


def test_filters_work_by_the_keyboard_alone(late: Site, page: Page) -> None:
    sign_in(page, late)
    page.goto(f"{late.url}/pilotage")
    page.get_by_label("Organisation", exact=True).focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Tab")
    page.wait_for_url("**organisation=*")
    expect(page.get_by_role("link", name="Tout afficher")).to_be_visible()


def test_the_diagram_shows_it_on_its_step_and_leads_to_its_list(late: Site, page: Page) -> None:
    sign_in(page, late)
    page.goto(f"{late.url}/pilotage/carte")
    expect(page.get_by_role("heading", level=1)).to_have_text("Parcours du ménage")
    row = page.get_by_role("row").filter(has_text="schéma appelé").first
    expect(row.get_by_role("cell").nth(1)).to_have_text("1")
    nothing_wrong(page)
    row.get_by_role("link").click()
    page.get_by_role("link", name="1 en retard", exact=False).last.click()
    expect(page.get_by_role("listitem").filter(has_text="2026-0001")).to_be_visible()


def test_a_figure_opens_on_its_cases(late: Site, page: Page) -> None:
    sign_in(page, late)
    page.goto(f"{late.url}/pilotage/chiffres")
    nothing_wrong(page)
    card = page.get_by_role("listitem").filter(
        has=page.get_by_role("heading", name="Difficultés à l’orientation")
    )
    card.get_by_role("link", name="Impayés de loyer").click()
    expect(page.get_by_role("row").filter(has_text="2026-0001")).to_be_visible()
    nothing_wrong(page)
    with page.expect_download() as downloading:
        page.get_by_role("link", name="Télécharger (CSV)").click()
    content = downloading.value.path().read_text(encoding="utf-8-sig")
    assert "2026-0001;" in content
    assert f"{date(2026, 3, 2):%d/%m/%Y}" in content


@pytest.mark.parametrize(
    "address", ["/pilotage", "/pilotage/carte/household_path", "/pilotage/chiffres", "/pilotage/travaux"]
)
def test_the_pages_fit_a_phone(late: Site, page: Page, address: str) -> None:
    page.set_viewport_size(NARROW)  # type: ignore[arg-type] # a plain dict of the two
    sign_in(page, late)
    page.goto(f"{late.url}{address}")
    nothing_wrong(page)
