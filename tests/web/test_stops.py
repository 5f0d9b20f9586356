"""The pages of what stopped: who may do what, what is refused, what comes back, and how they look."""

from __future__ import annotations

import html
from datetime import timedelta
from typing import TYPE_CHECKING
from uuid import UUID

import pytest
from sqlalchemy import select

from asae_engine import commands
from asae_engine.model import Incident, LongWork
from demonstration.accounts import PASSWORD
from tests import builders
from tests.browser.conftest import Site, site
from tests.browser.people import Person
from tests.chromium import NARROW, WIDE, accessibility, overflow, refused
from tests.commands.test_incidents import BROKEN, CHOOSING

if TYPE_CHECKING:
    from playwright.sync_api import Page
    from sqlalchemy.orm import Session

    from asae_engine.clock import TurnedClock
    from tests.web.conftest import Visitor

__all__ = ["site"]


def stopped(session: Session, clock: TurnedClock, journey: bytes, name: str = "Durand") -> Incident:
    """A case that stops at once, on a new deployment of that journey."""
    commands.deploy(session, None, builders.bundle(journey=journey), "essai", now=clock.now())
    opening = builders.opened(session, clock.now(), last_name=name)
    wafa = builders.actor(session, "wafa")
    given = {"decision": "again", "who": "nobody"}
    commands.complete_task(session, wafa, opening.opened[0].id, given, now=clock.now())
    return session.scalars(select(Incident).where(Incident.instance_id == opening.instance.id)).one()


def address(incident: Incident, verb: str = "") -> str:
    return f"/situations/{incident.case_id}/arrets/{incident.id}" + (f"/{verb}" if verb else "")


def test_who_may_not_set_it_going_reads_why_it_stopped_and_no_more(
    wafa: Visitor, session: Session, clock: TurnedClock
) -> None:
    incident = stopped(session, clock, CHOOSING)
    page = wafa.get(address(incident))
    assert page.status_code == 200
    assert incident.message in html.unescape(page.text)
    assert "Passer cette étape" not in page.text
    for verb, fields in (
        ("relancer", {}),
        ("passer", {"reason": "x", "flow": "no"}),
        ("corriger", {"name": "limit", "value": "8", "why": "x"}),
    ):
        assert wafa.post(address(incident, verb), fields).status_code == 403
    session.expire_all()
    assert incident.resolved_at is None
    assert wafa.get("/pilotage/arrets").status_code == 403


def test_what_is_refused_comes_back_with_what_was_typed(
    cora: Visitor, session: Session, clock: TurnedClock
) -> None:
    incident = stopped(session, clock, CHOOSING)
    again = cora.post(address(incident, "passer"), {"flow": "no", "reason": "  "})
    assert again.status_code == 422
    assert "Dites pourquoi cette étape est passée." in again.text
    assert 'value="no" checked' in again.text
    typed = {"name": "limit", "value": "8 + <b>", "why": "Faute de <i>frappe</i>"}
    again = cora.post(address(incident, "corriger"), typed)
    assert again.status_code == 422
    assert 'value="8 + &lt;b&gt;"' in again.text
    assert "Faute de &lt;i&gt;frappe&lt;/i&gt;" in again.text
    assert cora.post(address(incident, "passer"), {"reason": "vu"}).status_code == 409
    page = cora.get(address(incident)).text
    assert "limit = &#34;x&#34;" in page
    assert "lue par l’étape" in page


def test_a_value_is_set_right_or_the_step_passed_over(
    cora: Visitor, session: Session, clock: TurnedClock
) -> None:
    incident = stopped(session, clock, CHOOSING)
    wrong = cora.post(
        address(incident, "corriger"), {"name": "limit", "value": '"z"', "why": "vu"}, follow_redirects=True
    )
    assert "s’est arrêtée de nouveau" in wrong.text
    done = cora.post(
        address(incident, "corriger"), {"name": "limit", "value": "8", "why": "vu"}, follow_redirects=True
    )
    assert "le parcours continue" in done.text
    closed = cora.get(address(incident)).text
    assert "n’est plus arrêtée" in closed
    assert "Passer cette étape" not in closed
    assert cora.post(address(incident, "relancer")).status_code == 409
    other = stopped(session, clock, CHOOSING, "Petit")
    done = cora.post(
        address(other, "passer"), {"flow": "no", "reason": "<script>alert(1)</script>"}, follow_redirects=True
    )
    assert "le parcours continue" in done.text
    assert "<script>alert" not in cora.get(address(other)).text


def test_a_stop_has_its_address_in_its_own_case_alone(
    cora: Visitor, session: Session, clock: TurnedClock
) -> None:
    incident, other = stopped(session, clock, CHOOSING), stopped(session, clock, CHOOSING, "Petit")
    assert cora.get(f"/situations/{other.case_id}/arrets/{incident.id}").status_code == 404
    assert cora.get(f"/situations/{incident.case_id}/arrets/{UUID(int=1)}").status_code == 404
    assert cora.post(f"/situations/{other.case_id}/arrets/{incident.id}/relancer").status_code == 404
    assert cora.client.post(address(incident, "relancer")).status_code == 400


def test_what_stopped_is_grouped_by_step_and_retried_together(
    cora: Visitor, session: Session, clock: TurnedClock
) -> None:
    assert "Rien n’est à l’arrêt" in cora.get("/pilotage/arrets").text
    incident = stopped(session, clock, BROKEN)
    opening = builders.opened(session, clock.now(), last_name="Martin")
    wafa = builders.actor(session, "wafa")
    given = {"decision": "again", "who": "nobody"}
    commands.complete_task(session, wafa, opening.opened[0].id, given, now=clock.now())
    page = cora.get("/pilotage/arrets").text
    assert "2 situations" in page
    assert "prochain essai" in page
    assert page.count("/arrets/") >= 3
    deployment_id = opening.instance.deployment_id
    place = {"process": "journey", "element": "tell"}
    assert cora.post(f"/pilotage/arrets/{deployment_id}/relancer", place).status_code == 302
    assert session.scalars(select(LongWork.total)).all() == [2]
    gone = cora.post(
        f"/pilotage/arrets/{deployment_id}/relancer", {"process": "journey", "element": "no\x00"}
    )
    assert gone.status_code == 409
    case = cora.get(f"/situations/{incident.case_id}").text
    assert "Nouvel essai" in case
    assert address(incident) in case


@pytest.mark.browser
def test_the_pages_of_what_stopped_are_accessible_within_their_policy_and_their_width(
    site: Site, page: Page
) -> None:
    with site.sessions() as session:
        now = site.clock.now()
        commands.deploy(session, None, builders.bundle(), "essai", now=now)
        for username in ("remi", "wafa", "cora"):
            organisation, roles = builders.PEOPLE[username]
            commands.add_user(
                session, None, username, username.title(), organisation, roles, PASSWORD, now=now
            )
        incidents = [stopped(session, site.clock, *of) for of in ((CHOOSING, "Petit"), (BROKEN, "Roux"))]
    Person(page, site, "cora")
    wrong: list[str] = []
    for path in ("/pilotage/arrets", *map(address, incidents)):
        for width in (WIDE, NARROW):
            page.set_viewport_size(width)  # type: ignore[arg-type]  # two numbers
            page.goto(site.url + path)
            found = [*accessibility(page), *refused(page)]
            if overflow(page):
                found.append(f"{overflow(page)} pixels too wide")
            wrong.extend(f"{path} at {width['width']}: {one}" for one in found)
    assert wrong == []
    page.goto(site.url + address(incidents[0]))
    page.get_by_label("Nouvelle valeur").focus()
    page.keyboard.type("8")
    page.keyboard.press("Tab")
    page.keyboard.type("Vu avec l’équipe")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.get_by_text("le parcours continue").wait_for()
    site.clock.advance(timedelta(minutes=1))
