"""The form alive in a real browser: conditions, totals, the draft, a lost connection, a phone."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from playwright.sync_api import expect

from tests.chromium import NARROW, accessibility, overflow, refused
from tests.forms.making import choice, computed, day, form, group, money, number, rows, text

if TYPE_CHECKING:
    from playwright.sync_api import Page

    from tests.rendering.conftest import Site

pytestmark = pytest.mark.browser
STATE = "[data-draft-state]"


def opened(page: Page, address: str) -> None:
    page.goto(address)
    page.wait_for_selector("[data-ready]")


def send(page: Page) -> None:
    with page.expect_navigation():
        page.get_by_role("button", name="Terminer").click()


def kept(page: Page) -> int:
    found: int = page.evaluate(
        "Object.keys(localStorage).filter(name => name.startsWith('asae:draft:')).length"
    )
    return found


BUDGET = form(
    rows("incomes", choice("kind", "rsa", "apl", widget="select"), money("amount")),
    computed("total", "=sum(incomes.amount)", properties={"unit": "€"}),
    computed("share", "=total / adults", properties={"unit": "€"}),
    choice("help", True, False),
    text("why", conditional={"hide": "=help != true"}, properties={"requiredIf": "=total > 100"}),
    day("visit", properties={"rule": "=visit <= today()", "ruleMessage": "Pas demain."}),
    computed("reply", "=working days(visit, 2)", properties={"unit": "date"}),
    key="budget",
)


def test_conditions_totals_and_rules_follow_what_is_typed(pages: Site, page: Page) -> None:
    pages.context = {"adults": 2}
    opened(page, pages.add(BUDGET))

    page.get_by_role("button", name="Ajouter une ligne").click()
    page.locator("[name='incomes.0.amount']").fill("1 840,50")
    page.locator("[name='incomes.1.amount']").fill("100")
    expect(page.locator("[data-computed=total]")).to_have_text("1\u202f940,50\u00a0€")
    expect(page.locator("[data-computed=share]")).to_have_text("970,25\u00a0€")

    expect(page.locator("[name=why]")).to_be_hidden()
    page.get_by_text("Réponse True").click()
    expect(page.locator("[name=why]")).to_be_visible()
    expect(page.locator("[data-q=why] [data-need]")).to_be_visible()

    page.locator("[name=visit]").fill("2026-11-25")
    page.locator("[name=why]").focus()
    expect(page.locator("#q-visit-erreur")).to_have_text("Pas demain.")
    page.locator("[name=visit]").fill("2026-11-10")
    page.locator("[name=why]").focus()
    expect(page.locator("#q-visit-erreur")).to_have_text("")
    # Wednesday the 11th of November is a holiday.
    expect(page.locator("[data-computed=reply]")).to_have_text("13/11/2026")

    page.locator("[name=why]").fill("Parce que")
    send(page)
    (taken,) = pages.submissions
    assert taken["total"] == 1940.5
    assert taken["reply"] == "2026-11-13"
    assert refused(page) == []


def test_a_sentence_that_appears_does_not_make_a_click_miss(pages: Site, page: Page) -> None:
    made = form(
        day("d", properties={"rule": "=d <= today()", "ruleMessage": "Pas demain."}),
        choice("c", "a", "b"),
        key="clic",
    )
    page.set_viewport_size(NARROW)
    opened(page, pages.add(made))

    page.locator("[name=d]").fill("2026-12-01")
    place = page.locator("[name=c]").first.bounding_box()
    assert place is not None
    page.mouse.click(place["x"] + 5, place["y"] + 5, delay=80)

    expect(page.locator("#q-d-erreur")).to_have_text("Pas demain.")
    expect(page.locator("[name=c]").first).to_be_checked()


def test_a_part_of_the_script_that_does_not_come_leaves_the_form_usable(pages: Site, page: Page) -> None:
    page.route("**/chunks/live-*.js", lambda route: route.abort())
    opened(page, pages.add(BUDGET))

    page.get_by_role("button", name="Ajouter une ligne").click()
    page.locator("[name='incomes.1.amount']").fill("12")

    expect(page.locator(STATE)).to_contain_text("Brouillon enregistré")
    send(page)
    assert pages.submissions[0]["total"] == 12


def test_options_follow_the_answers_that_give_them(pages: Site, page: Page) -> None:
    made = form(
        choice("reasons", "a", "b", "c", widget="checklist"),
        choice(
            "main",
            widget="select",
            valuesExpression='=for r in reasons return {value: r, label: "Motif " + r}',
        ),
        key="motifs",
    )
    opened(page, pages.add(made))

    page.locator("[name=reasons]").nth(0).check()
    page.locator("[name=reasons]").nth(2).check()
    page.locator("[name=main]").select_option("c")
    page.locator("[name=reasons]").nth(0).uncheck()
    expect(page.locator("[name=main] option")).to_have_text(["Choisir…", "Motif c"])

    send(page)
    assert pages.submissions == [{"reasons": ["c"], "main": "c"}]


def test_rows_come_and_go_without_the_server(pages: Site, page: Page) -> None:
    opened(page, pages.add(BUDGET))

    page.get_by_role("button", name="Ajouter une ligne").click()
    expect(page.locator("[name='incomes.1.kind']").first).to_be_focused()
    page.locator("[name='incomes.1.amount']").fill("5")
    page.get_by_role("button", name="Retirer la ligne 1").click()

    expect(page.locator("[data-computed=total]")).to_have_text("5,00\u00a0€")
    expect(page.locator("legend [data-number]")).to_have_text("1")
    send(page)
    assert pages.submissions[0]["incomes"] == [{"amount": 5}]


def test_the_form_works_without_scripts(pages: Site, chromium: Any) -> None:
    context = chromium.new_context(java_script_enabled=False, locale="fr-FR")
    page = context.new_page()
    page.goto(pages.add(BUDGET))

    page.locator("[name='incomes.0.amount']").fill("12")
    page.locator("button[data-add]").click()
    page.locator("[name='incomes.1.amount']").fill("30")
    page.locator("button[value='incomes.0']").click()
    page.get_by_role("button", name="Terminer").click()
    assert pages.submissions[0]["incomes"] == [{"amount": 30}]

    page.goto(f"{pages.url}/f/budget")
    page.locator("[name='incomes.0.amount']").press("Enter")
    assert page.title() == "Gardé"
    context.close()


def test_what_is_typed_is_saved_and_said(pages: Site, page: Page) -> None:
    address = pages.add(BUDGET)
    opened(page, address)

    page.get_by_text("Réponse True").click()
    page.locator("[name=why]").fill("Une raison")
    expect(page.locator(STATE)).to_contain_text("Brouillon enregistré")
    assert pages.drafts["budget"]["answers"]["why"] == "Une raison"

    opened(page, address)
    expect(page.locator("[name=why]")).to_have_value("Une raison")


def test_offline_answers_stay_on_the_device_and_go_when_the_connection_is_back(
    pages: Site, page: Page
) -> None:
    opened(page, pages.add(BUDGET))

    page.context.set_offline(True)
    page.get_by_text("Réponse True").click()
    page.locator("[name=why]").fill("Écrit dans la voiture")
    expect(page.locator(STATE)).to_contain_text("gardées sur cet appareil")
    assert kept(page) == 1
    page.get_by_role("button", name="Terminer").click()
    assert pages.submissions == []
    expect(page.locator("[name=why]")).to_have_value("Écrit dans la voiture")

    page.context.set_offline(False)
    expect(page.locator(STATE)).to_contain_text("Brouillon enregistré")
    assert pages.drafts["budget"]["answers"]["why"] == "Écrit dans la voiture"
    assert kept(page) == 0


def test_a_closed_tab_gives_back_what_the_server_never_had(pages: Site, page: Page) -> None:
    address = pages.add(BUDGET)
    opened(page, address)
    pages.failing = 503
    page.get_by_text("Réponse True").click()
    page.locator("[name=why]").fill("Pas perdu")
    expect(page.locator(STATE)).to_contain_text("gardées sur cet appareil")
    other = page.context.new_page()
    page.close()
    pages.failing = None

    opened(other, address)

    expect(other.locator("[name=why]")).to_have_value("Pas perdu")
    expect(other.locator(STATE)).to_contain_text("Brouillon enregistré")
    assert pages.drafts["budget"]["answers"]["why"] == "Pas perdu"


def test_an_expired_session_keeps_the_answers_and_offers_to_sign_in(pages: Site, page: Page) -> None:
    opened(page, pages.add(BUDGET))
    pages.failing = 401

    page.locator("[name='incomes.0.amount']").fill("7")
    link = page.get_by_role("link", name="Se reconnecter")
    expect(link).to_have_attribute("href", "/connexion")
    assert kept(page) == 1

    pages.failing = None
    page.evaluate("window.dispatchEvent(new Event('focus'))")
    expect(page.locator(STATE)).to_contain_text("Brouillon enregistré")
    assert kept(page) == 0


def test_a_renewed_session_is_recognised_by_its_new_token(pages: Site, page: Page) -> None:
    opened(page, pages.add(BUDGET))
    pages.token = "second"

    page.locator("[name='incomes.0.amount']").fill("7")

    expect(page.locator(STATE)).to_contain_text("Brouillon enregistré")
    expect(page.locator("input[name=csrf_token]")).to_have_value("second")


def test_what_one_person_typed_is_never_saved_as_anothers(pages: Site, page: Page) -> None:
    opened(page, pages.add(BUDGET))
    pages.token, pages.user = "second", "u2"

    page.locator("[name='incomes.0.amount']").fill("7")

    expect(page.locator(STATE)).to_contain_text("session a expiré")
    assert pages.drafts == {}


@pytest.mark.parametrize("mine", [True, False])
def test_two_versions_are_shown_and_one_is_chosen(pages: Site, page: Page, mine: bool) -> None:
    address = pages.add(BUDGET)
    opened(page, address)
    pages.drafts["budget"] = {
        "answers": {"visit": "2026-01-01", "incomes": []},
        "saved_at": "2026-11-24T09:00:00+00:00",
    }

    page.locator("[name=visit]").fill("2026-02-02")
    choosing = page.get_by_role("alertdialog")
    expect(choosing).to_contain_text("Nadia")
    assert accessibility(page) == []
    choosing.get_by_role("button", name="Garder celle" if mine else "Prendre celle").click()

    expect(choosing).to_be_hidden()
    expect(page.locator("[name=visit]")).to_have_value("2026-02-02" if mine else "2026-01-01")
    expect(page.locator(STATE)).to_contain_text("Brouillon enregistré")
    assert pages.drafts["budget"]["answers"]["visit"] == ("2026-02-02" if mine else "2026-01-01")


def test_signing_out_and_completing_leave_nothing_on_the_device(pages: Site, page: Page) -> None:
    address = pages.add(BUDGET)
    for leave in ("Se déconnecter", "Terminer"):
        pages.failing = 503
        opened(page, address)
        page.locator("[name=visit]").fill("2026-02-02")
        expect(page.locator(STATE)).to_contain_text("sera retenté")
        assert kept(page) == 1
        with page.expect_navigation():
            page.get_by_role("button", name=leave).click()
        page.wait_for_load_state("networkidle")
        assert kept(page) == 0


def test_enter_goes_on_and_a_second_click_sends_nothing(pages: Site, page: Page) -> None:
    opened(page, pages.add(BUDGET))

    page.locator("[name='incomes.0.amount']").fill("3")
    page.locator("[name='incomes.0.amount']").press("Enter")
    assert pages.submissions == []
    page.evaluate("const b = document.querySelector('[value=complete]'); b.click(); b.click();")
    page.wait_for_selector("text=Merci")

    assert len(pages.submissions) == 1


def test_an_error_link_leads_to_its_input_also_in_another_step(pages: Site, page: Page) -> None:
    made = form(
        group("Un", text("a")),
        group("Deux", number("b", validate={"required": True})),
        group("Trois", choice("c", 1, 2, 3, 4, validate={"required": True})),
        key="pas",
    )
    page.set_viewport_size(NARROW)
    opened(page, pages.add(made))
    expect(page.locator("[name=b]")).to_be_hidden()
    page.get_by_role("button", name="Suivant").click()
    page.get_by_role("button", name="Suivant").click()
    expect(page.get_by_text("Étape 3 sur 3")).to_be_visible()
    send(page)
    page.wait_for_selector("[data-ready]")

    expect(page.locator("[data-troubles]")).to_be_focused()
    page.locator("[data-troubles] a").last.click()
    expect(page.locator("[name=c]").first).to_be_focused()
    page.locator("[data-troubles] a").first.click()
    expect(page.locator("[name=b]")).to_be_focused()
    page.locator("[name=b]").fill("douze")
    page.locator("[name=b]").blur()
    expect(page.locator("#q-b-erreur")).to_contain_text("ne se lit pas")
    page.locator("[name=b]").fill("12")
    expect(page.locator("[data-q=b]")).not_to_have_class("is-wrong")


@pytest.mark.parametrize("width", ["wide", "narrow"])
@pytest.mark.parametrize(
    "key", ["diagnostic", "reassessment", "referral_retention", "engagement", "visit_note"]
)
def test_the_programmes_forms_are_accessible_and_fit(pages: Site, page: Page, key: str, width: str) -> None:
    if width == "narrow":
        page.set_viewport_size(NARROW)
    pages.previous = {"s_home": 1, "s_budget": 3}
    opened(page, f"{pages.url}/f/{key}")

    page.evaluate("document.querySelectorAll('[data-add]').forEach(button => button.click())")
    assert accessibility(page) == []
    assert overflow(page) == 0

    page.evaluate("document.querySelector('form').requestSubmit(document.querySelector('[value=complete]'))")
    page.wait_for_selector("[data-troubles]")
    page.wait_for_selector("[data-ready]")
    assert accessibility(page) == []
    assert overflow(page) == 0
    assert refused(page) == []


def test_what_is_only_shown_counts_in_conditions_as_one_types(pages: Site, page: Page) -> None:
    """What the coordinator misses opens the questions of a completion, though nobody ticks it there."""
    pages.context = {
        "admissibility": {"missing": ["contact"], "note": "Un téléphone, même celui d’un proche."}
    }
    opened(page, f"{pages.url}/f/referral_completion")
    expect(page.get_by_text("Renseignements attendus")).to_be_visible()
    expect(page.get_by_text("Un téléphone, même celui d’un proche.")).to_be_visible()
    expect(page.locator("[name=phone]")).to_be_attached()
    assert page.locator("[data-q=phone]").evaluate("place => place.closest('[data-part]').dataset.block")
    assert not page.locator("[data-q=phone]").evaluate("place => place.hidden")
    assert page.locator("[data-q=rent]").evaluate(
        "place => place.hidden || place.closest('[data-block][hidden]') !== null"
    )
