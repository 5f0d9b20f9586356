"""The studio in a real browser: three editors under the strict policy, in French, that lose nothing."""

# ruff: noqa: E501 - lines of JavaScript

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from asae_engine import decisions
from asae_engine.decisions.document import NAMESPACES
from demonstration.accounts import PASSWORD
from tests.browser.people import at_work
from tests.browser.test_household_retention import NADIA, REFERRAL
from tests.chromium import NARROW, accessibility, overflow, refused
from tests.decisions import dmn

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

    from tests.browser.conftest import Site

pytestmark = pytest.mark.browser

KARIM = "karim.referant"
PROCESS = "/atelier/processus/assessment"

# Makes one of each element that the palette and the menus offer, selects it, opens its menu of types.
EVERY_ELEMENT = """async () => {
  const desk = document.querySelector('[data-desk]'), get = name => desk.modeler.get(name);
  const factory = get('elementFactory'), modeling = get('modeling'), registry = get('elementRegistry');
  const pool = get('canvas').getRootElement().children.find(({ type }) => type === 'bpmn:Participant');
  const definition = name => name && { eventDefinitionType: `bpmn:${name}EventDefinition` };
  const made = [];
  let y = 1000;
  for (const [type, event, more] of [
    ['UserTask'], ['ScriptTask'], ['ServiceTask'], ['SendTask'], ['ReceiveTask'], ['BusinessRuleTask'], ['CallActivity'],
    ['SubProcess', null, { isExpanded: true }], ['ExclusiveGateway'], ['ParallelGateway'], ['InclusiveGateway'],
    ['EventBasedGateway'], ['StartEvent'], ['EndEvent'], ['EndEvent', 'Terminate'], ['EndEvent', 'Error'],
    ['EndEvent', 'Escalation'], ['IntermediateCatchEvent', 'Timer'], ['IntermediateCatchEvent', 'Message'],
    ['IntermediateThrowEvent'], ['IntermediateThrowEvent', 'Escalation'], ['IntermediateThrowEvent', 'Compensate'],
    ['EndEvent', 'Compensate'], ['TextAnnotation'],
  ]) {
    y += 250;
    const shape = factory.createShape({ type: `bpmn:${type}`, ...definition(event), ...more });
    made.push(modeling.createShape(shape, { x: 500, y }, pool).id);
  }
  for (const event of ['Timer', 'Message', 'Error', 'Escalation', 'Compensate']) for (const cancelActivity of [true, false]) {
    if (['Error', 'Compensate'].includes(event) && !cancelActivity) continue;
    const shape = factory.createShape({ type: 'bpmn:BoundaryEvent', cancelActivity, ...definition(event) });
    const host = registry.get(made[0]);
    made.push(modeling.createShape(shape, { x: host.x + 50, y: host.y + host.height }, host, { attach: true }).id);
  }
  const pause = () => new Promise(done => setTimeout(done, 30));
  const drawn = registry.filter(({ type }) => type !== 'label').map(({ id }) => id);
  for (const id of drawn) {
    const element = registry.get(id);
    get('selection').select(element);
    await pause();
    get('popupMenu').open(element, 'bpmn-replace', { x: 100, y: 100 });
    await pause();
    get('popupMenu').close();
  }
  for (const menu of ['bpmn-append', 'bpmn-create']) {
    get('popupMenu').open(registry.get(made[0]), menu, { x: 100, y: 100 });
    await pause();
    get('popupMenu').close();
  }
  get('selection').select([registry.get(made[0]), registry.get(made[1])]);
  await pause();
  return [drawn.length, [...desk.untranslated]];
}"""


#: Through the menu of the compensation event that `EVERY_ELEMENT` has drawn: the step that undoes.
UNDOING = """async () => {
  const { modeler } = document.querySelector('[data-desk]');
  const get = name => modeler.get(name);
  const event = get('elementRegistry').find(({ businessObject: { eventDefinitions }, type }) => type === 'bpmn:BoundaryEvent'
    && eventDefinitions?.[0].$type === 'bpmn:CompensateEventDefinition');
  get('selection').select(event);
  const entry = get('contextPad').getEntries(event)['append.compensation-activity'];
  entry.action.click(new Event('click'), event);
  const [{ target, type }] = event.outgoing;
  return [entry.title, type, target.type, target.businessObject.isForCompensation];
}"""


FINDINGS = """async () => {
  const answer = await fetch(document.querySelector('[data-desk]').dataset.findings);
  return (await answer.json()).findings.map(({ code }) => code);
}"""


def xml(page: Page) -> str:
    """The diagram as it would be saved."""
    text: str = page.evaluate(
        "document.querySelector('[data-desk]').modeler.saveXML().then(({ xml }) => xml)"
    )
    return text.replace("&#34;", '"').replace("&quot;", '"')


def click_flow(page: Page, flow: str) -> None:
    """Click an arrow, on its line."""
    point = page.evaluate(
        """flow => {
          const path = document.querySelector(`[data-element-id="${flow}"] .djs-visual > path`);
          const { x, y } = path.getPointAtLength(path.getTotalLength() / 2);
          const at = new DOMPoint(x, y).matrixTransform(path.getScreenCTM());
          return [at.x, at.y];
        }""",
        flow,
    )
    page.mouse.click(*point)


def opened(page: Page, site: Site, address: str) -> None:
    page.goto(site.url + address)
    page.locator("[data-desk][data-ready]").wait_for(timeout=30_000)  # the largest pages there are


def saved(page: Page) -> None:
    expect(page.locator("[data-desk][data-state=saved]")).to_be_visible()


def select(page: Page, element: str) -> None:
    """Click a drawn element."""
    page.locator(f'[data-element-id="{element}"].djs-shape').first.click(force=True)


def rename(page: Page, name: str) -> None:
    """Change the name of the selected element with the keyboard."""
    page.keyboard.press("e")
    box = page.locator(".djs-direct-editing-content")
    expect(box).to_be_focused()
    page.keyboard.press("ControlOrMeta+a")
    page.keyboard.type(name)
    expect(box).to_have_text(name)
    page.keyboard.press("Enter")
    expect(box).to_be_hidden()


def test_editing_in_the_three_editors_breaks_neither_the_policy_nor_accessibility(
    chromium: Browser, site: Site
) -> None:
    with at_work(chromium, site, KARIM) as karim:
        page = karim.page
        opened(page, site, PROCESS)
        select(page, "Task_Diagnostic")
        rename(page, "Faire le diagnostic")
        saved(page)
        expect(page.locator(".djs-context-pad .entry").first).to_be_visible()
        assert refused(page) == []
        assert accessibility(page) == []

        opened(page, site, "/atelier/decision/delays")
        page.locator(".tjs-table td.output-cell").nth(0).click()
        page.keyboard.press("End")
        page.keyboard.type(" ")
        page.locator(".tjs-table td.output-cell").nth(1).click()
        page.keyboard.press("ControlOrMeta+a")
        page.keyboard.type("6")
        saved(page)
        framed = "cell => getComputedStyle(cell).outlineStyle"
        page.locator(".desk-finding", has_text="6 n’est pas du type").get_by_role("button").click()
        assert page.locator(".tjs-table td.output-cell").nth(1).evaluate(framed) == "solid"
        page.locator(".tjs-table td.output-cell").nth(1).click()
        page.keyboard.press("ControlOrMeta+a")
        page.keyboard.type("working days(arrived, 6)")
        saved(page)
        expect(page.locator(".desk-finding", has_text="6 n’est pas du type")).to_have_count(0)
        assert page.locator(".tjs-table td.output-cell").nth(1).evaluate(framed) == "none"
        assert accessibility(page) == []
        assert refused(page) == []

        opened(page, site, "/atelier/formulaire/committee_first")
        page.locator(".fjs-form-field-textarea").first.click()
        for title in ("Général", "Confidentialité", "Règles", "Préremplissage", "Condition d’affichage"):
            page.locator(".bio-properties-panel-group-header", has_text=title).click()
        page.get_by_label("De quoi parle la réponse").select_option(label="Budget")
        saved(page)
        assert '"mark": "B"' in page.evaluate(
            "JSON.stringify(document.querySelector('[data-desk]').editor.saveSchema(), null, 1)"
        )
        assert accessibility(page) == []
        assert refused(page) == []

        for address in (
            "",
            "verifier",
            "publier",
            "versions",
            "versions/1",
            "formulaire/committee_first/apercu",
        ):
            page.goto(f"{site.url}/atelier/{address}")
            assert accessibility(page) == [], address
        page.goto(f"{site.url}/atelier/versions/1/fichiers/processes/assessment.bpmn")
        page.locator(".diagram-zoom").wait_for()
        assert accessibility(page) == []
        assert refused(page) == []


def test_every_element_and_menu_of_the_diagram_editor_speaks_french(chromium: Browser, site: Site) -> None:
    with at_work(chromium, site, KARIM) as karim:
        opened(karim.page, site, PROCESS)
        drawn, untranslated = karim.page.evaluate(EVERY_ELEMENT)
        assert drawn > 40
        assert untranslated == []
        assert karim.page.evaluate(UNDOING) == [
            "Ajouter une étape qui défait celle-ci",
            "bpmn:Association",
            "bpmn:UserTask",
            True,
        ]
        # And each of them is something that the engine runs, once it is filled in.
        saved(karim.page)
        codes = karim.page.evaluate(FINDINGS)
        assert "bpmn.unreachable" in codes
        assert {"bpmn.unsupported", "bpmn.unsupported_event", "bpmn.compensation"} & {*codes} == set()


def test_a_condition_and_a_timer_are_written_in_plain_words(chromium: Browser, site: Site) -> None:
    with at_work(chromium, site, KARIM) as karim:
        page = karim.page
        opened(page, site, PROCESS)
        click_flow(page, "Flow_Contact_Declined")
        expect(page.locator("#asae-condition-value")).to_have_value('"refused"')
        page.locator("#asae-condition-value").select_option(label="Pas de réponse")
        page.locator("#asae-condition-sign").select_option(label="n’est pas")
        saved(page)
        assert '=contact_attempt.result != "no_answer"' in xml(page)

        # A timer of our own: dropped on the canvas with the keyboard, then set in working days.
        page.get_by_role("button", name="Créer une minuterie").focus()
        page.keyboard.press("Enter")
        page.locator("#asae-timer-kind").select_option(label="après un nombre de jours ouvrés")
        page.locator("#asae-timer-number").fill("5")
        page.locator("#asae-timer-number").blur()
        saved(page)
        assert "=working days(today(), 5)" in xml(page)
        page.locator("#asae-timer-kind").select_option(label="après un nombre de semaines")
        saved(page)
        assert "P5W" in xml(page)
        assert not {"bpmn.timer", "bpmn.feel"} & set(page.evaluate(FINDINGS))


def test_a_question_is_dragged_into_a_form(chromium: Browser, site: Site) -> None:
    with at_work(chromium, site, KARIM) as karim:
        page = karim.page
        opened(page, site, "/atelier/formulaire/pause")
        before = len(page.locator(".fjs-element[data-id]").all())
        target = page.locator(".fjs-element[data-id]").nth(2).bounding_box()
        source = page.locator(".fjs-palette-field[data-field-type=number]").bounding_box()
        assert target
        assert source
        page.mouse.move(source["x"] + 30, source["y"] + 30)
        page.mouse.down()
        page.mouse.move(target["x"] + 60, target["y"] + 10, steps=12)
        page.mouse.move(target["x"] + 62, target["y"] + 6, steps=4)
        page.mouse.up()
        expect(page.locator(".fjs-element[data-id]")).to_have_count(before + 1)
        saved(page)
        # What people write is theirs, even when it is one of the editor's own words.
        page.locator(".bio-properties-panel-group-header", has_text="Général").click()
        page.get_by_role("textbox", name="Intitulé", exact=True).click()
        page.keyboard.press("ControlOrMeta+a")
        page.keyboard.type("Action")
        expect(page.locator(".fjs-form-field-number label").first).to_have_text("Action")
        expect(page.locator(".bio-properties-panel-header-label")).to_have_text("Action")
        saved(page)
        with page.expect_popup() as preview:
            page.get_by_role("link", name="Aperçu").click()
        expect(preview.value.get_by_label("Action")).to_be_visible()
        assert refused(preview.value) == []


def test_an_editor_left_open_over_a_publication_goes_on(chromium: Browser, site: Site) -> None:
    with at_work(chromium, site, KARIM) as karim:
        page = karim.page
        opened(page, site, PROCESS)
        select(page, "Task_Diagnostic")
        rename(page, "Avant publication")
        saved(page)
        tab = page.context.new_page()
        tab.goto(site.url + "/atelier/publier")
        tab.get_by_label("Pourquoi cette version ?").fill("Un mot plus juste.")
        tab.get_by_role("button", name="Publier cette version").click()
        expect(tab.locator("#messages")).to_contain_text("La version 2 est publiée")
        tab.close()
        rename(page, "Après publication")
        expect(page.locator("[data-status]")).to_contain_text("Brouillon enregistré")
        saved(page)
        expect(page.locator("[data-banner]")).to_be_hidden()
        page.goto(site.url + "/atelier/publier")
        expect(page.locator(".studio-changes")).to_contain_text("s’appelait « Avant publication »")


def test_a_step_is_added_with_the_keyboard_alone(chromium: Browser, site: Site) -> None:
    with at_work(chromium, site, KARIM) as karim:
        page = karim.page
        opened(page, site, PROCESS)
        page.get_by_role("button", name="Créer une étape faite par quelqu’un").focus()
        page.keyboard.press("Enter")
        expect(page.locator("[data-panel]")).to_contain_text("Identifiant technique")
        rename(page, "Étape au clavier")
        saved(page)
        expect(page.locator("[data-panel]")).to_contain_text("Étape au clavier")
        # Appended after it: the menu of everything, searched in French.
        page.keyboard.press("a")
        page.locator(".djs-popup input").wait_for()
        page.keyboard.type("choix : une")
        page.keyboard.press("Enter")
        expect(page.locator("[data-panel]")).to_contain_text("Choix")
        # The check speaks of both, and its list leads to the element.
        saved(page)
        page.locator("[data-findings-list] button", has_text="Étape au clavier").first.click()
        expect(page.locator(".diagram-badge-finding").first).to_be_visible()
        expect(page.locator(".bio-properties-panel-header")).to_contain_text("Étape au clavier")


def test_two_owners_on_one_file_choose_which_version_stays(chromium: Browser, site: Site) -> None:
    with at_work(chromium, site, KARIM) as karim, at_work(chromium, site, KARIM) as again:
        opened(karim.page, site, PROCESS)
        opened(again.page, site, PROCESS)
        select(karim.page, "Task_Diagnostic")
        rename(karim.page, "Le premier")
        saved(karim.page)
        select(again.page, "Task_Diagnostic")
        rename(again.page, "Le second")
        banner = again.page.locator("[data-banner]")
        expect(banner).to_contain_text("Karim Référant a modifié ce fichier")
        again.page.get_by_role("button", name="Garder la mienne").click()
        saved(again.page)
        expect(banner).to_be_hidden()
        opened(karim.page, site, PROCESS)
        expect(karim.page.locator("[data-stage]")).to_contain_text("Le second")


def test_work_done_after_the_session_ended_is_kept_and_saved_once_back(chromium: Browser, site: Site) -> None:
    with at_work(chromium, site, KARIM) as karim:
        page = karim.page
        opened(page, site, PROCESS)
        page.context.clear_cookies()
        select(page, "Task_Diagnostic")
        rename(page, "Tapé hors session")
        expect(page.locator("[data-banner]")).to_contain_text("Votre session a expiré")
        with page.expect_popup() as other:
            page.get_by_role("link", name="Se reconnecter dans un autre onglet").click()
        tab = other.value
        tab.get_by_label("Identifiant").fill(KARIM)
        tab.get_by_label("Mot de passe").fill(PASSWORD)
        tab.get_by_role("button", name="Se connecter").click()
        tab.wait_for_url(site.url + "/")
        tab.close()
        page.bring_to_front()
        page.evaluate("dispatchEvent(new Event('focus'))")
        saved(page)
        expect(page.locator("[data-banner]")).to_be_hidden()


def test_work_left_in_a_closed_tab_is_given_back(chromium: Browser, site: Site) -> None:
    with at_work(chromium, site, KARIM) as karim:
        page = karim.page.context.new_page()
        opened(page, site, PROCESS)
        # Only this tab loses its connection: it is never back online, where it would save what it still holds.
        page.route("**/*", lambda route: route.abort("internetdisconnected"))
        select(page, "Task_Diagnostic")
        rename(page, "Dans un tunnel")
        expect(page.locator("[data-status]")).to_contain_text("gardé dans ce navigateur")
        page.close(run_before_unload=False)
        page = karim.page
        opened(page, site, PROCESS)
        expect(page.locator("[data-banner]")).to_contain_text("est rétabli")
        saved(page)
        expect(page.locator("[data-stage]")).to_contain_text("Dans un tunnel")


def test_a_broken_file_is_shown_as_text_with_what_is_wrong(chromium: Browser, site: Site) -> None:
    with at_work(chromium, site, KARIM) as karim:
        page = karim.page
        opened(page, site, PROCESS)
        page.evaluate(
            """async () => {
              const desk = document.querySelector('[data-desk]');
              await fetch(desk.dataset.source, { method: 'PUT', body: JSON.stringify({ content: '<broken', version: 0 }), headers: {
                'Content-Type': 'application/json', 'X-CSRFToken': document.querySelector('meta[name=csrf-token]').content } });
            }"""
        )
        opened(page, site, PROCESS)
        expect(page.get_by_label("Texte du fichier")).to_have_value("<broken")
        expect(page.locator("[data-findings-count]")).to_contain_text("à corriger")
        page.get_by_label("Texte du fichier").fill("<still-broken")
        saved(page)
        page.goto(site.url + "/atelier/publier")
        expect(page.locator("main")).to_contain_text("À corriger avant de publier")
        expect(page.get_by_role("button", name="Publier cette version")).to_have_count(0)


def kept(page: Page, content: str) -> None:
    """Save a text as the draft of the file that the page edits, as another window would."""
    page.evaluate(
        """async content => {
          const { source } = document.querySelector('[data-desk]').dataset;
          const { version } = await (await fetch(source)).json();
          await fetch(source, { method: 'PUT', body: JSON.stringify({ content, version }), headers: {
            'Content-Type': 'application/json', 'X-CSRFToken': document.querySelector('meta[name=csrf-token]').content } });
        }""",
        content,
    )


def test_a_decision_of_another_version_of_dmn_is_edited_or_shown_as_text(
    chromium: Browser, site: Site
) -> None:
    address = "/atelier/decision/case_weight"
    draft = "fetch(document.querySelector('[data-desk]').dataset.source).then(answer => answer.json())"
    with at_work(chromium, site, KARIM) as karim:
        page = karim.page
        opened(page, site, address)
        table = dmn.table([([">= 2"], ['"high"']), (["-"], ['"low"'])], policy="FIRST", key="case_weight")
        older = (
            dmn.file(table).decode().replace(NAMESPACES[0], "http://www.omg.org/spec/DMN/20151101/dmn.xsd")
        )
        kept(page, older)
        opened(page, site, address)
        assert page.evaluate(draft)["content"] == older  # opening it changes nothing
        page.locator(".tjs-table td.output-cell").nth(0).click()
        page.keyboard.press("ControlOrMeta+a")
        page.keyboard.type('"most"')
        saved(page)
        content = page.evaluate(draft)["content"].encode()
        [found], findings = decisions.parse(content, "processes/case_weight.dmn")
        assert findings == []
        now = datetime(2026, 3, 1, tzinfo=UTC)
        results = [decisions.evaluate({found.id: found}, found.id, {"x": x}, now=now) for x in (1, 2)]
        assert results == ["low", "most"]

        # The editor does not know this box of DMN 1.4 and would drop it.
        box = "".join(
            f"<{part}><literalExpression><text>{text}</text></literalExpression></{part}>"
            for part, text in (("if", "x"), ("then", "1"), ("else", "2"))
        )
        boxed = dmn.file(
            f'<decision id="case_weight" name="D"><conditional>{box}</conditional></decision>'
        ).decode()
        kept(page, boxed)
        opened(page, site, address)
        expect(page.get_by_label("Texte du fichier")).to_have_value(boxed)
        page.get_by_label("Texte du fichier").fill(boxed.replace(">2<", ">3<"))
        saved(page)
        assert "<conditional>" in page.evaluate(draft)["content"]


def test_on_a_phone_the_editors_say_so_and_can_be_read(chromium: Browser, site: Site) -> None:
    with at_work(chromium, site, KARIM) as karim:
        page = karim.page
        page.set_viewport_size(NARROW)  # type: ignore[arg-type]  # the constant is a plain dict
        for address in (PROCESS, "/atelier/decision/delays", "/atelier/formulaire/diagnostic"):
            opened(page, site, address)
            expect(page.locator(".desk-narrow")).to_be_visible()
            assert overflow(page) == 0
        for address in ("", "verifier", "publier", "versions", "versions/1"):
            page.goto(f"{site.url}/atelier/{address}")
            assert overflow(page) == 0, address


def test_a_case_shows_where_it_stands_on_its_diagram_and_in_words(chromium: Browser, site: Site) -> None:
    with at_work(chromium, site, NADIA) as nadia:
        nadia.open_case("referral_retention", REFERRAL)
        page = nadia.page
        badge = page.locator(".diagram-badge-token").first
        badge.wait_for()
        assert page.locator(".diagram-words").first.inner_text()
        for label in ("Agrandir le schéma", "Réduire le schéma", "Voir tout le schéma"):
            page.get_by_role("button", name=label).click()
        page.locator(".diagram-words summary").first.click()
        expect(page.locator(".diagram-words-mark").first).to_be_visible()
        page.locator(".diagram-words [data-diagram-show]").first.click()
        expect(page.locator(".djs-element.selected").first).to_be_visible()
        assert accessibility(page) == []
