"""A person of the programme at a browser: signs in, finds a task, answers a form as one does, sends it.

Fields are found by the names they are posted under; everything else by the words a person reads.
"""

from __future__ import annotations

import re
from contextlib import contextmanager
from typing import TYPE_CHECKING

from demonstration.accounts import PASSWORD
from tests.chromium import WATCH_POLICY, WIDE, refused

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from playwright.sync_api import Browser, Locator, Page

    from tests.browser.conftest import Site

TASK = re.compile(r"/taches/[0-9a-f-]{36}$")


class Person:
    """Someone signed in, with a browser profile of her own."""

    def __init__(self, page: Page, site: Site, username: str) -> None:
        self.page = page
        self.site = site
        self.username = username
        self.go("/")

    def go(self, path: str) -> None:
        """Open a page, signing in first when the session has ended in the meantime."""
        self.page.goto(self.site.url + path)
        if "/connexion" in self.page.url:
            self.page.get_by_label("Identifiant").fill(self.username)
            self.page.get_by_label("Mot de passe").fill(PASSWORD)
            self.page.get_by_role("button", name="Se connecter").click()
            self.page.wait_for_url(lambda address: "/connexion" not in address)
            self.page.goto(self.site.url + path)

    def inbox(self) -> Locator:
        """Her tasks and those she may take."""
        self.go("/")
        return self.page.locator("main")

    def open_case(self, process_key: str, answers: Mapping[str, object]) -> str:
        """Refer a household by a door and say the number that its case was given."""
        self.go(f"/situations/nouvelle/{process_key}")
        self.answer(answers)
        self.send()
        return self.case_number()

    def case_number(self) -> str:
        """The number of the case that the page is about."""
        found = re.search(r"\b20\d\d-\d{4}\b", self.page.locator("main").inner_text())
        assert found, self.page.locator("main").inner_text()[:600]
        return found.group()

    def do(self, step: str, number: str, answers: Mapping[str, object]) -> None:
        """Open a step of a case from the inbox, take it if several may, answer it and send it."""
        self.open(step, number)
        self.answer(answers)
        self.send()
        said = plain(self.page.locator("main").inner_text())
        assert f"Étape « {step} » terminée" in said, f"{step}: {said[:900]}"

    def open(self, step: str, number: str) -> None:
        """Open a step of a case from the inbox and take it if it is offered to several."""
        self.go(f"/?situation={number}")
        link = self.page.get_by_role("link", name=step).first
        assert link.count(), (
            f"« {step} » is not in the inbox:\n" + self.page.locator("main").inner_text()[:900]
        )
        link.click()
        self.page.wait_for_url(TASK)
        take = self.page.get_by_role("button", name="Prendre")
        if take.count():
            take.first.click()
            self.page.wait_for_load_state()

    def answer(self, answers: Mapping[str, object], within: str = "") -> None:
        """Fill in fields by name; a list of mappings fills rows, a list of words ticks boxes."""
        for name, value in answers.items():
            if isinstance(value, list) and value and isinstance(value[0], dict):
                self._rows(within + name, value)
            else:
                self._field(within + name, value)

    def send(self) -> None:
        """Send the form; on a long one, from its last section."""
        button = self.page.locator("[data-send]:visible, button[type=submit].btn-primary:visible").last
        button.click()
        self.page.wait_for_load_state()

    def _rows(self, name: str, rows: list[Mapping[str, object]]) -> None:
        block = self.page.locator(f'[data-list="{name}"]')
        self._show(block)
        for number, row in enumerate(rows):
            while block.locator("> [data-rows] > [data-row]").count() <= number:
                block.locator("[data-add]").click()
            self.answer(row, f"{name}.{number}.")

    def _field(self, name: str, value: object) -> None:
        fields = self.page.locator(f'main [name="{name}"]:not([type=hidden])')
        assert fields.count(), f"no field {name} on {self.page.url}"
        first = fields.first
        self._show(first)
        kind = first.evaluate("field => field.type")
        if kind in ("radio", "checkbox"):
            for word in value if isinstance(value, list) else [value]:
                said = {True: "true", False: "false"}.get(word, word) if isinstance(word, bool) else word
                self.page.locator(f'main [name="{name}"][value="{said}"]').check()
        elif kind == "select-one":
            first.select_option(str(value))
        else:
            first.fill(str(value))
            first.blur()

    def _show(self, field: Locator) -> None:
        """Go to the section of a long form that holds the field."""
        if field.is_visible():
            return
        part = field.evaluate("field => field.closest('[data-part]')?.id")
        link = self.page.locator(f'[data-step="{part}"]')
        if part and link.count():
            everything = self.page.locator("[data-steps-all]")
            if not link.is_visible() and everything.count():
                everything.locator("summary").click()
            link.click()


def plain(text: str) -> str:
    """A text with ordinary spaces, as one would type it."""
    return text.replace("\u00a0", " ").replace("\u202f", " ")


@contextmanager
def at_work(chromium: Browser, site: Site, username: str) -> Iterator[Person]:
    """A person at her desk, in her own profile; the security policy refused nothing when she leaves."""
    context = chromium.new_context(viewport=WIDE, locale="fr-FR", timezone_id="Europe/Paris")
    context.add_init_script(WATCH_POLICY)
    context.set_default_timeout(10_000)
    page = context.new_page()
    try:
        person = Person(page, site, username)
        yield person
        assert refused(page) == []
    finally:
        context.close()
