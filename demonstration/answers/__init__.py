"""What people type into each form, as their journey's plan has it.

One function for each form gives the answers that tell the story; `complete` adds an answer for any other
field that the deployed form requires, so that a form to which someone added a question can still be lived.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from asae_engine.forms import Kind
from demonstration import texts
from demonstration.answers import assessment, closing, referral, support
from demonstration.answers.story import Answers, Story, day, wall

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime
    from random import Random

    from asae_engine.forms import Field, Form

__all__ = ["Answers", "Story", "complete", "invented", "tell"]


def tell(form: Form, story: Story, now: datetime) -> Answers:
    """The answers to a form in this story, complete for the form as it is deployed."""
    teller = TELLERS.get(form.key)
    given = teller(story, now) if teller else {}
    story.told[form.key] = story.times(form.key) + 1
    return complete(form, given, story.chance, now)


def complete(form: Form, given: Mapping[str, object], chance: Random, now: datetime) -> Answers:
    """The answers, with one invented for each further field that is always required."""
    answers = {key: value for key, value in given.items() if value is not None}
    asked = {one.key for one in form.fields}
    for one in form.fields:
        if one.required and one.key not in answers and not one.readonly and one.type is not Kind.COMPUTED:
            answers[one.key] = invented(one, chance, now)
    return {key: value for key, value in answers.items() if key in asked}


def invented(one: Field, chance: Random, now: datetime) -> object:
    """An answer that this field takes."""
    match one.type:
        case Kind.CHOICE | Kind.CHOICES if one.options:
            value = chance.choice(one.options).value
            return [value] if one.type is Kind.CHOICES else value
        case Kind.BOOLEAN:
            return True
        case Kind.DATE:
            return day(now)
        case Kind.DATETIME:
            return wall(now)
        case Kind.INTEGER | Kind.NUMBER | Kind.MONEY:
            least = one.limits.minimum
            return least if isinstance(least, int | float) else 1
        case Kind.ROWS:
            return [{child.key: invented(child, chance, now) for child in one.children if child.required}]
        case _:
            return chance.choice(texts.NOTES)


#: By form key; each is named as its form.
TELLERS: dict[str, Callable[[Story, datetime], Answers]] = {
    teller.__name__: teller
    for teller in (
        referral.referral_retention,
        referral.referral_access,
        referral.referral_completion,
        referral.admissibility,
        referral.emergency_opinion,
        referral.committee_first,
        assessment.diagnostic_assignment,
        assessment.contact_attempt,
        assessment.diagnostic,
        assessment.recommendation,
        assessment.committee_second,
        support.engagement,
        support.dwelling_wait,
        support.dwelling_offer,
        support.iml_lease,
        support.visit_note,
        support.reassessment,
        support.committee_review,
        support.pause,
        support.pause_check,
        support.resume,
        support.worker_change,
        support.stop_request,
        support.death,
        support.incident,
        closing.closure,
        closing.closure_validation,
        closing.follow_up,
    )
}
