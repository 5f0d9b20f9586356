"""A household of the door « maintien », from referral to closure: everyone signs in and does his part."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from tests.browser.people import Person, at_work

if TYPE_CHECKING:
    from playwright.sync_api import Browser

    from tests.browser.conftest import Site

pytestmark = pytest.mark.browser

SCORES = dict(
    zip(
        (
            "s_home",
            "s_budget",
            "s_admin",
            "s_health",
            "s_daily",
            "s_family",
            "s_network",
            "s_work",
            "s_rights",
        ),
        (1, 1, 0, 2, 1, 1, 0, 2, 1),
        strict=True,
    )
)
BETTER = {name: score + 1 for name, score in SCORES.items()}
REFERRAL = {
    "last_name": "Garrigou-Delmàs",
    "first_name": "Élie",
    "birth_date": "1954-05-17",
    "phone": "06 00 00 00 71",
    "address": "12 rue de l’Écluse",
    "postcode": "11000",
    "town": "Carcassonne",
    "household_type": "single",
    "adults": 1,
    "children": 0,
    "landlord": "alogea",
    "lease_reference": "AL-2011-0417",
    "dwelling_type": "T2",
    "reasons": ["rent_arrears", "isolation", "eviction"],
    "main_reason": "rent_arrears",
    "arrears": "1 840,50",
    "eviction_stage": "summons",
    "hearing_date": "2026-03-22",
    "urgency": "high",
    "urgency_reason": "Audience dans vingt jours.",
    "consent": True,
    "consent_date": "2026-03-02",
    "situation": "N’ouvre plus son courrier depuis le décès de son frère.",
}
DIAGNOSTIC = {
    "visit_date": "2026-04-02",
    "place": "home",
    "present": ["household"],
    "condition": "worn",
    "clutter": 7,
    "incomes": [{"kind": "aspa", "amount": "1 034,28"}],
    "charges": [{"kind": "rent", "amount": "402,10"}, {"kind": "energy", "amount": "88"}],
    "debts": [{"kind": "rent", "amount": "1840,50"}],
    "rights_open": ["housing_aid", "health_cover"],
    "isolation": "strong",
    **SCORES,
    "strengths": "Se souvient de chaque voisin par son prénom.",
    "difficulties": "Le courrier s’accumule, l’encombrement gagne la chambre.",
    "household_words": "« Je veux rester chez moi. »",
    "wishes": ["l_home", "l_daily"],
    "commitment": "yes",
}
BRUNO, MARIE, NADIA = "bruno.pagesole", "marie.delmassif", "nadia.benazur"
YASMINA, FATOU = "yasmina.haddadou", "fatou.diarosee"


def day(month: int, day: int, hour: int = 9, year: int = 2026) -> datetime:
    return datetime(year, month, day, hour, tzinfo=UTC)


def review(person: Person, number: str, proposal: dict[str, object], scores: dict[str, int]) -> None:
    """Write a reassessment; its goals come from the contract."""
    person.do(
        "Faire le bilan",
        number,
        {
            **scores,
            "levers_worked": ["l_daily"],
            "goals_state": [{"state": "on_way"}],
            "household_words": "« Ça avance. »",
            "why": "Le courrier est ouvert chaque semaine.",
            "synthesis": "Les démarches reprennent.",
            **proposal,
        },
    )


def test_a_household_already_housed_goes_from_referral_to_closure(chromium: Browser, site: Site) -> None:
    with (
        at_work(chromium, site, NADIA) as nadia,
        at_work(chromium, site, MARIE) as marie,
        at_work(chromium, site, BRUNO) as bruno,
        at_work(chromium, site, YASMINA) as yasmina,
        at_work(chromium, site, FATOU) as fatou,
    ):
        number = nadia.open_case("referral_retention", REFERRAL)
        marie.do(
            "Examiner la recevabilité",
            number,
            {
                "target_public": True,
                "territory": True,
                "complete": True,
                "urgency": "high",
                "decision": "agenda",
            },
        )
        site.pass_time(day(3, 12))
        bruno.do(
            "Décider du diagnostic", number, {"decision": "diagnostic", "reason": "Isolement et impayé."}
        )
        marie.do("Désigner le travailleur social", number, {"worker": YASMINA})

        # Two fruitless attempts, a reminder and an escalation on the way, met at the third.
        yasmina.do(
            "Tenter un contact", number, {"at": "2026-03-12T09:30", "way": "phone", "result": "no_answer"}
        )
        site.pass_time(day(3, 18, 6))
        expect(yasmina.inbox()).to_contain_text("Tenter un contact")
        expect(yasmina.inbox()).to_contain_text("Rappel")
        assert "Rappel" not in marie.inbox().inner_text()
        site.pass_time(day(3, 25, 6))
        expect(marie.inbox()).to_contain_text("En retard")
        expect(marie.inbox()).to_contain_text("Garrigou-Delmàs")
        yasmina.do(
            "Tenter un contact", number, {"at": "2026-03-25T09:00", "way": "letter", "result": "no_answer"}
        )
        site.pass_time(day(4, 1))
        yasmina.do("Tenter un contact", number, {"at": "2026-04-01T10:30", "way": "visit", "result": "met"})
        site.pass_time(day(4, 2, 15))
        yasmina.do("Réaliser le diagnostic", number, DIAGNOSTIC)
        yasmina.do(
            "Rédiger la préconisation",
            number,
            {
                "needed": True,
                "levers": ["l_home", "l_daily"],
                "synthesis": "Isolement, impayé, encombrement.",
            },
        )
        site.pass_time(day(4, 9))
        bruno.do(
            "Décider de la mesure",
            number,
            {"decision": "validate", "operator": "adaff", "reason": "Besoin clair."},
        )

        # Hesitation is part of the path: signed at the second proposal.
        hesitates = {"proposal_date": "2026-04-14", "answer": "hesitates"}
        site.pass_time(day(4, 14))
        fatou.do("Proposer le contrat", number, hesitates)
        site.pass_time(day(4, 21))
        fatou.do(
            "Proposer le contrat",
            number,
            {
                "proposal_date": "2026-04-21",
                "answer": "signs",
                "goals": [{"goal": "Ouvrir le courrier chaque semaine", "lever": "l_daily"}],
                "start_date": "2026-04-21",
                "worker": FATOU,
            },
        )

        site.pass_time(day(7, 2))
        review(fatou, number, {"proposal": "continue"}, SCORES)
        site.pass_time(day(7, 9))
        bruno.do("Décider de la suite", number, {"decision": "continue", "reason": "Le lien est noué."})

        # Hospital: paused, and back five weeks later on the same terms.
        site.pass_time(day(10, 1))
        review(fatou, number, {"proposal": "pause"}, SCORES)
        site.pass_time(day(10, 8))
        bruno.do("Décider de la suite", number, {"decision": "pause", "reason": "Hospitalisation."})
        fatou.do(
            "Organiser la suspension",
            number,
            {"reason": "hospital", "from": "2026-10-08", "until": "2026-11-12", "contact_kept": "monthly"},
        )
        site.pass_time(day(11, 13))
        fatou.do("Reprendre l’accompagnement", number, {"on": "2026-11-13", "same_terms": True})

        # A change of level, then the end.
        site.pass_time(day(1, 28, year=2027))
        review(fatou, number, {"proposal": "down", "level": 1}, BETTER)
        site.pass_time(day(2, 11, year=2027))
        bruno.do(
            "Décider de la suite",
            number,
            {
                "decision": "change",
                "level": 1,
                "intensity": "light",
                "months": 6,
                "reason": "Autonomie retrouvée.",
            },
        )
        site.pass_time(day(7, 28, year=2027))
        for step in ("Vérifier le relais", "Faire le bilan"):
            if step in fatou.inbox().inner_text() and step == "Vérifier le relais":
                fatou.do(
                    step,
                    number,
                    {
                        "at": "2027-05-12T10:00",
                        "way": "home",
                        "levers": ["l_links"],
                        "done": "Le relais tient.",
                    },
                )
        review(fatou, number, {"proposal": "end"}, BETTER)
        site.pass_time(day(8, 12, year=2027))
        bruno.do("Décider de la suite", number, {"decision": "end", "reason": "Objectifs atteints."})
        fatou.do(
            "Écrire le bilan de sortie",
            number,
            {
                "end_date": "2027-08-12",
                "reason": "goals_reached",
                "exit_housing": "stays",
                "arrears_exit": "0",
                **BETTER,
                "levers_worked": ["l_daily", "l_home"],
                "summary": "Le bail continue, la dette est soldée.",
            },
        )
        site.pass_time(day(9, 9, year=2027))
        bruno.do("Valider la clôture", number, {"decision": "validate"})

        site.pass_time(day(3, 10, year=2028))
        fatou.do(
            "Prendre des nouvelles", number, {"reached": True, "housing": "stays", "wants_return": False}
        )

        marie.go(f"/recherche?q={number}")
        told = marie.page.locator("main")
        expect(told).to_contain_text("close le 09/09/2027")
        expect(told).to_contain_text("Clôture")
