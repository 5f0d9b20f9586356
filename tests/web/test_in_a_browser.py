"""Each page in a real browser, wide and narrow: nothing for axe to say, nothing refused by the policy,
nothing too wide.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from asae_engine import commands
from demonstration.accounts import PASSWORD
from tests import builders
from tests.browser.conftest import Site, site
from tests.browser.people import Person
from tests.chromium import NARROW, WIDE, accessibility, overflow, refused

if TYPE_CHECKING:
    from playwright.sync_api import Page

__all__ = ["site"]

PAGES = {
    "nadia.benazur": [
        "/",
        "/situations",
        "/situations/nouvelle",
        "/situations/nouvelle/referral_retention",
        "/recherche?q=rien",
        "/mon-compte",
        "/n-existe-pas",
    ],
    "marie.delmassif": ["/", "/situations/nouvelle", "/recherche"],
}


@pytest.mark.browser
def test_every_page_is_accessible_within_its_policy_and_its_width(site: Site, page: Page) -> None:
    wrong: list[str] = []

    def look(path: str) -> None:
        for width in (WIDE, NARROW):
            page.set_viewport_size(width)  # type: ignore[arg-type]  # two numbers
            page.goto(site.url + path)
            page.wait_for_load_state("networkidle")
            found = [*accessibility(page), *refused(page)]
            if overflow(page):
                found.append(f"{overflow(page)} pixels too wide")
            wrong.extend(f"{path} at {width['width']}: {one}" for one in found)

    look("/connexion")
    for username, paths in PAGES.items():
        page.context.clear_cookies()
        Person(page, site, username)
        for path in paths:
            look(path)
    assert wrong == []


@pytest.mark.browser
def test_the_menus_the_search_and_the_skip_link_work_by_the_keyboard_alone(site: Site, page: Page) -> None:
    Person(page, site, "nadia.benazur")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Aller au contenu"
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "contenu"
    page.get_by_role("button", name="Nadia Benazur").focus()
    page.keyboard.press("Enter")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    page.wait_for_url("**/mon-compte")
    page.get_by_role("searchbox").first.focus()
    page.keyboard.type("personne")
    page.keyboard.press("Enter")
    page.wait_for_url("**/recherche?q=personne")
    assert page.get_by_text("Rien n’a été trouvé").is_visible()


@pytest.mark.browser
def test_a_draft_survives_a_closed_tab_and_an_ended_session(site: Site, page: Page) -> None:
    Person(page, site, "nadia.benazur")
    address = f"{site.url}/situations/nouvelle/referral_retention"
    page.goto(address)
    with page.expect_response(lambda answer: answer.url.endswith("/brouillon")) as saved:
        page.locator('[name="last_name"]').fill("Lefèvre-Ostermann")
        page.locator('[name="first_name"]').fill("Marie-Ève")
        page.locator('[name="first_name"]').blur()
    assert saved.value.status == 200
    page.goto("about:blank")
    page.context.clear_cookies()
    Person(page, site, "nadia.benazur")
    page.goto(address)
    assert page.locator('[name="last_name"]').input_value() == "Lefèvre-Ostermann"


@pytest.mark.browser
def test_a_task_is_taken_and_given_back_in_the_list_without_leaving_the_page(site: Site, page: Page) -> None:
    with site.sessions() as session:
        now = site.clock.now()
        commands.deploy(session, None, builders.bundle(), "essai", now=now)
        for username in ("remi", "wafa"):
            organisation, roles = builders.PEOPLE[username]
            commands.add_user(
                session, None, username, username.title(), organisation, roles, PASSWORD, now=now
            )
        builders.opened(session, now)
    Person(page, site, "wafa")
    page.evaluate("window.stayed = true")
    page.get_by_role("button", name="Prendre").click()
    page.get_by_role("button", name="Rendre").wait_for()
    page.get_by_text("est à vous").wait_for()
    assert page.evaluate("document.activeElement.textContent").startswith("Rendre")
    page.get_by_role("button", name="Rendre").click()
    page.get_by_role("button", name="Prendre").wait_for()
    page.get_by_text("est rendue à votre groupe").wait_for()
    assert page.evaluate("window.stayed") is True
    assert refused(page) == []


@pytest.mark.browser
def test_a_refused_referral_is_not_taken_for_another_window_s(site: Site, page: Page) -> None:
    """The refusal keeps what was typed as a draft; the page then goes on saving from that very draft."""
    nadia = Person(page, site, "nadia.benazur")
    nadia.go("/situations/nouvelle/referral_retention")
    with page.expect_response(lambda answer: answer.url.endswith("/brouillon")):
        page.locator('[name="last_name"]').fill("Lefèvre-Ostermann")
    site.clock.advance(timedelta(minutes=1))
    with page.expect_response(lambda answer: answer.url.endswith("/brouillon")) as saved:
        nadia.send()
        page.get_by_text("Rien n’est perdu").wait_for()
    assert saved.value.status == 200
    assert page.get_by_text("Deux versions").count() == 0
