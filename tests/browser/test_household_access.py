"""A household of the door « accès »: an urgency, a protected address, a long wait, a lease that slides."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.browser.people import at_work
from tests.browser.test_household_retention import BRUNO, MARIE, SCORES, YASMINA, day, review

if TYPE_CHECKING:
    from playwright.sync_api import Browser

    from tests.browser.conftest import Site

pytestmark = pytest.mark.browser

THIERRY, HELENE, ELIF, NADIA = "thierry.nguyenval", "helene.sanchevre", "elif.kayalune", "nadia.benazur"
SECRET = "14 impasse des Tamaris"
REFERRAL = {
    "last_name": "Oualid-Benserade",
    "first_name": "Inès",
    "birth_date": "1992-11-03",
    "address": SECRET,
    "postcode": "11100",
    "town": "Narbonne",
    "address_protected": True,
    "household_type": "single_parent",
    "adults": 1,
    "children": 2,
    "dalo_number": "DALO-11-0099",
    "housing_status": "hosted",
    "income_kinds": ["rsa"],
    "income_total": "812",
    "reasons": ["domestic_violence", "homeless"],
    "urgency": "immediate",
    "urgency_reason": "Le conjoint a retrouvé son adresse.",
    "consent": True,
    "consent_date": "2026-03-02",
    "situation": "Hébergée avec ses deux enfants chez une amie.",
}
DIAGNOSTIC = {
    "visit_date": "2026-03-06",
    "place": "other",
    "present": ["household"],
    "condition": "worn",
    "incomes": [{"kind": "rsa", "amount": "812"}],
    "charges": [{"kind": "food", "amount": "350"}],
    "rights_open": ["rsa"],
    "violence": "present",
    "isolation": "relative",
    **SCORES,
    "strengths": "Protège ses enfants, sait demander.",
    "difficulties": "Pas de logement, pas de compte à son nom.",
    "household_words": "« Un endroit où fermer la porte. »",
    "wishes": ["l_home", "l_links"],
    "commitment": "yes",
}


def test_a_household_to_be_housed_goes_from_referral_to_closure(chromium: Browser, site: Site) -> None:
    with (
        at_work(chromium, site, THIERRY) as thierry,
        at_work(chromium, site, MARIE) as marie,
        at_work(chromium, site, BRUNO) as bruno,
        at_work(chromium, site, HELENE) as helene,
        at_work(chromium, site, YASMINA) as yasmina,
        at_work(chromium, site, ELIF) as elif_,
        at_work(chromium, site, NADIA) as nadia,
    ):
        number = thierry.open_case("referral_access", REFERRAL)
        marie.do(
            "Examiner la recevabilité",
            number,
            {
                "target_public": True,
                "territory": True,
                "complete": True,
                "urgency": "immediate",
                "decision": "emergency",
            },
        )
        opinion = {"opinion": "favourable", "reason": "Danger actuel."}
        bruno.do("Donner un avis d’urgence", number, opinion)
        bruno.go(f"/?situation={number}")
        assert bruno.page.get_by_role("link", name="Donner un avis d’urgence").count() == 0, (
            "two people must give it"
        )
        helene.do("Donner un avis d’urgence", number, opinion)

        marie.do("Désigner le travailleur social", number, {"worker": YASMINA})
        yasmina.do("Tenter un contact", number, {"at": "2026-03-02T09:30", "way": "phone", "result": "met"})
        site.pass_time(day(3, 6, 16))
        yasmina.do("Réaliser le diagnostic", number, DIAGNOSTIC)
        yasmina.do(
            "Rédiger la préconisation",
            number,
            {
                "needed": True,
                "levers": ["l_home", "l_links"],
                "synthesis": "Mère et deux enfants sans logement.",
            },
        )
        site.pass_time(day(3, 12, 14))
        bruno.do(
            "Décider de la mesure",
            number,
            {"decision": "validate", "operator": "soliha", "reason": "Niveau 3 validé."},
        )
        elif_.do(
            "Proposer le contrat",
            number,
            {
                "proposal_date": "2026-03-12",
                "answer": "signs",
                "goals": [{"goal": "Entrer dans un logement sûr", "lever": "l_home"}],
                "start_date": "2026-03-12",
                "worker": ELIF,
            },
        )

        # The building is late; every month somebody keeps the link.
        for month in (4, 5, 6, 7):
            site.pass_time(day(month, 12))
            elif_.do(
                "Garder le lien",
                number,
                {
                    "contact_date": f"2026-{month:02}-12",
                    "still_wishes": True,
                    "mood": "good",
                    "next": "wait" if month < 7 else "offer",
                },
            )
        nadia.do(
            "Proposer un logement",
            number,
            {
                "address": "3 rue Neuve, logement 12",
                "type": "T3",
                "rent": "480",
                "available_from": "2026-07-20",
                "answer": "accepted",
            },
        )

        # The landlord took part: she still learns neither where the household hides nor why.
        nadia.go(f"/recherche?q={number}")
        for path in {
            link.get_attribute("href") for link in nadia.page.locator("main a[href^='/situations/']").all()
        }:
            nadia.go(str(path))
            said = nadia.page.content()
            assert SECRET not in said
            assert "Violences familiales" not in said
            assert "fermer la porte" not in said

        elif_.do("Signer le bail IML", number, {"start": "2026-07-20", "months": 12, "rent": "480"})
        for year, month in ((2026, 10), (2027, 1), (2027, 4)):
            site.pass_time(day(month, 5, year=year))
            review(elif_, number, {"proposal": "continue"}, SCORES)
            site.pass_time(day(month, 15, year=year))
            bruno.do(
                "Décider de la suite",
                number,
                {"decision": "continue", "reason": "La location se passe bien."},
            )
        site.pass_time(day(7, 1, year=2027))
        review(elif_, number, {"proposal": "end"}, SCORES)
        site.pass_time(day(7, 8, year=2027))
        bruno.do("Décider de la suite", number, {"decision": "end", "reason": "Le bail peut glisser."})
        elif_.do(
            "Écrire le bilan de sortie",
            number,
            {
                "end_date": "2027-07-08",
                "reason": "goals_reached",
                "exit_housing": "iml_slid",
                **SCORES,
                "levers_worked": ["l_home"],
                "summary": "Le bail est à son nom.",
            },
        )
        site.pass_time(day(8, 12, year=2027))
        bruno.do("Valider la clôture", number, {"decision": "validate"})
        marie.go(f"/?situation={number}")
        assert marie.page.get_by_role("link", name=number).count() == 0
