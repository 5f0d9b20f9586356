"""An administrator looks after what leaves, at a browser; a person switches her mail off."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect
from sqlalchemy import select, update

from asae_engine import access, commands
from asae_engine.model import Letter, User
from tests.browser.people import Person
from tests.browser.test_board import REFERRAL, nothing_wrong
from tests.chromium import NARROW

if TYPE_CHECKING:
    from playwright.sync_api import Page

    from tests.browser.conftest import Site

pytestmark = pytest.mark.browser


def test_an_administrator_adds_a_webhook_and_tries_again_what_was_given_up(site: Site, page: Page) -> None:
    lea = Person(page, site, "lea.admirat")
    page.get_by_role("button", name="Mon compte").click()
    page.get_by_role("link", name="Envois").click()
    page.get_by_label("Adresse").fill("https://hooks.example.org/asae")
    for one in ("case.opened", "task.opened", "answers.submitted"):
        page.get_by_label(one).check()
    page.get_by_role("button", name="Prévenir ce système").click()
    expect(page.get_by_text("whsec_")).to_be_visible()
    nothing_wrong(page)
    with site.sessions() as session:
        referrer = access.actor_for(session, "nadia.benazur")
        commands.open_case(session, referrer, "referral_retention", REFERRAL, now=site.clock.now())
        first = session.scalars(select(Letter.id).order_by(Letter.id)).first()
        gone = {"given_up_at": site.clock.now(), "error": "http_503", "attempts": 16}
        session.execute(update(Letter).where(Letter.id == first).values(gone))
        session.commit()
    lea.go("/envois")
    nothing_wrong(page)
    expect(page.get_by_text("l’autre système a répondu 503")).to_be_visible()
    page.set_viewport_size(NARROW)  # type: ignore[arg-type] # a plain dict of the two
    nothing_wrong(page)
    page.get_by_role("button", name="Essayer encore").click()
    expect(page.get_by_text("1 envoi va être essayé encore.")).to_be_visible()
    expect(page.get_by_text("l’autre système a répondu 503")).to_have_count(0)


def test_a_person_switches_her_mail_off(site: Site, page: Page) -> None:
    with site.sessions() as session:
        address = update(User).where(User.username == "nadia.benazur").values(email="nadia@alogea.example")
        session.execute(address)
        session.commit()
    Person(page, site, "nadia.benazur").go("/mon-compte")
    page.set_viewport_size(NARROW)  # type: ignore[arg-type] # a plain dict of the two
    nothing_wrong(page)
    box = page.get_by_label("Me prévenir à nadia@alogea.example")
    expect(box).to_be_checked()
    box.uncheck()
    page.locator("section", has=box).get_by_role("button", name="Enregistrer").click()
    expect(page.get_by_text("Vous ne recevrez plus de courriel.")).to_be_visible()
    expect(box).not_to_be_checked()
