"""What is answered from the referral to the first passage in committee."""

from __future__ import annotations

from datetime import datetime, timedelta

from asae_engine.calendar import local_date
from demonstration import texts
from demonstration.answers.story import Answers, Story, day, euros, next_sitting


def members(story: Story) -> list[Answers]:
    """The people of the home, as rows."""
    return [
        {"first_name": one.first_name, "birth_date": one.birth_date.isoformat(), "link": one.link}
        for one in story.household.members
    ]


def _identity(story: Story) -> Answers:
    home = story.household
    return {
        "last_name": home.last_name,
        "first_name": home.first_name,
        "birth_date": home.birth_date.isoformat(),
        "phone": home.phone,
        "address": home.address,
        "postcode": home.postcode,
        "town": home.town,
        "household_type": home.kind,
        "adults": home.adults,
        "children": home.children,
        "members": members(story),
    }


def _urgency(story: Story) -> Answers:
    if story.journey.emergency:
        return {"urgency": "immediate", "urgency_reason": texts.URGENT}
    if story.chance.random() < 0.12:
        return {"urgency": "high", "urgency_reason": texts.PRESSING}
    return {"urgency": "none"}


def referral_retention(story: Story, now: datetime) -> Answers:
    chance = story.chance
    main = chance.choices(
        (
            "rent_arrears",
            "neighbour_trouble",
            "home_upkeep",
            "isolation",
            "mental_health",
            "loss_of_autonomy",
        ),
        (8, 2, 3, 2, 1, 1),
    )[0]
    reasons = {main, chance.choice(("isolation", "rights_broken", "rent_arrears", "home_upkeep"))}
    rent = euros(chance, 290, 610)
    months = chance.randint(2, 9)
    story.arrears = round(rent * months * 0.6, 2) if "rent_arrears" in reasons else 0.0
    stage = chance.choice(("reminder", "order_to_pay", "summons", "none")) if story.arrears else "none"
    if story.arrears and stage != "none":
        reasons.add("eviction")
    hearing = local_date(now) + timedelta(days=chance.randint(25, 90)) if stage == "summons" else None
    return {
        **_identity(story),
        "address_protected": False,
        "landlord": "alogea" if story.journey.number % 2 else "habitat_audois",
        "lease_reference": f"L-{story.journey.number:04d}",
        "lease_start": (local_date(now) - timedelta(days=chance.randint(400, 3500))).isoformat(),
        "dwelling_type": f"T{min(5, 1 + len(story.household.members))}",
        "rent": rent,
        "arrears": story.arrears,
        "arrears_months": months if story.arrears else 0,
        "repayment_plan": chance.choice(("yes", "no", "no", "unknown")),
        "reasons": sorted(reasons),
        "main_reason": main,
        "eviction_stage": "force_granted" if story.journey.emergency else stage,
        "hearing_date": hearing.isoformat() if hearing and not story.journey.emergency else None,
        "actions_tried": chance.choice(texts.TRIED),
        "known_services": chance.sample(("cms", "ccas", "caf", "udaf", "cmp"), 2),
        "protection_measure": "none",
        **_urgency(story),
        "consent": True,
        "consent_date": day(now),
        "situation": chance.choice(texts.SITUATIONS_RETENTION),
    }


def referral_access(story: Story, now: datetime) -> Answers:
    chance = story.chance
    status = chance.choice(
        ("hosted", "hotel", "emergency", "chrs", "street", "residence_sociale", "tenant_private")
    )
    violent = story.journey.emergency or chance.random() < 0.12
    reasons = {
        "homeless" if status in ("street", "hotel", "hosted") else "unfit_home",
        chance.choice(("isolation", "rights_broken")),
    }
    if violent:
        reasons.add("domestic_violence")
    return {
        **_identity(story),
        "address_protected": violent,
        "protection_measure": "none",
        "dalo_number": f"011-{now.year}-{story.journey.number:05d}",
        "dalo_decision_date": (local_date(now) - timedelta(days=chance.randint(15, 90))).isoformat(),
        "housing_status": status,
        "since": (local_date(now) - timedelta(days=chance.randint(40, 500))).isoformat(),
        "ses_number": f"SIAO-{story.journey.number:05d}",
        "wanted_towns": story.household.town,
        "wanted_type": f"T{min(5, 1 + len(story.household.members))}",
        "income_kinds": chance.choice(
            (["rsa"], ["rsa", "family_benefits"], ["aah"], ["salary", "prime_activite"], ["pension"])
        ),
        "income_total": euros(chance, 520, 1450),
        "reasons": sorted(reasons),
        **_urgency(story),
        "consent": True,
        "consent_date": day(now),
        "situation": chance.choice(texts.SITUATIONS_ACCESS),
    }


def referral_completion(story: Story, now: datetime) -> Answers:
    return {
        "phone": story.household.phone,
        "other_contact": "CCAS de la commune",
        "income_kinds": ["rsa"],
        "income_total": euros(story.chance, 520, 1200),
        "answer": texts.COMPLETED,
    }


def admissibility(story: Story, now: datetime) -> Answers:
    whole: Answers = {"target_public": True, "territory": True, "complete": True, "urgency": "none"}
    if story.journey.sent_back and not story.times("admissibility"):
        return {
            **whole,
            "complete": False,
            "missing": ["contact"],
            "decision": "send_back",
            "note": texts.SENT_BACK,
        }
    if story.journey.emergency:
        return {**whole, "urgency": "immediate", "decision": "emergency", "agenda": next_sitting(now)}
    return {
        **whole,
        "decision": "agenda",
        "agenda": next_sitting(now),
        "synthesis": story.chance.choice(texts.SYNTHESES_FIRST),
    }


def emergency_opinion(story: Story, now: datetime) -> Answers:
    return {"opinion": "favourable", "reason": texts.FAVOURABLE}


def committee_first(story: Story, now: datetime) -> Answers:
    synthesis = story.chance.choice(texts.SYNTHESES_FIRST)
    journey = story.journey
    if journey.more_information and not story.times("committee_first"):
        return {
            "synthesis": synthesis,
            "decision": "more_information",
            "reason": texts.MORE_INFORMATION,
            "information_wanted": texts.INFORMATION_WANTED,
        }
    decision = journey.first
    if story.times("contact_attempt"):
        # Nobody could be reached: the file is back, and there is nothing more to propose.
        return {
            "synthesis": synthesis,
            "decision": "refuse",
            "refusal_reason": "other",
            "reason": texts.UNREACHABLE,
        }
    answers: Answers = {"synthesis": synthesis, "decision": decision, "reason": texts.FIRST[decision]}
    if decision == "refuse":
        answers["refusal_reason"] = story.chance.choice(
            ("out_of_target", "already_supported", "common_law_enough")
        )
    elif decision == "redirect":
        answers["redirect_to"] = "Maison des solidarités de " + story.household.town
    else:
        answers["diagnostic_operator"] = "adaff"
        answers["priority"] = False
    return answers
