"""The caseload one finds today, relative to the day: late, waiting, paused, on the next agenda, due."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import TYPE_CHECKING

from asae_engine.calendar import add_working_days
from demonstration.journeys import Journey

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator


def today_caseload(today: date) -> Iterator[Journey]:
    """The journeys left unfinished, and the step each stands at."""

    def ago(days: int) -> date:
        return today - timedelta(days=days)

    def worked(days: int) -> date:
        return add_working_days(today, -days)

    quarter = _months_before(today, 3)
    yield from _numbered(
        801,
        [
            # Late, with reminders and escalations behind them.
            Journey(0, ago(100), "retention", left_at="diagnostic"),
            Journey(0, ago(78), "access", contacts=("no_answer", "appointment"), left_at="diagnostic"),
            Journey(0, ago(240), "retention", intensity="strong", left_at="reassessment"),
            Journey(0, ago(225), "retention", operator="soliha", left_at="reassessment"),
            Journey(0, worked(11), "retention", left_at="admissibility"),
            Journey(0, ago(40), "retention", sent_back=True, left_at="referral_completion"),
            Journey(0, ago(130), "retention", proposals=("hesitates", "signs"), left_at="engagement"),
            # Waiting for a dwelling.
            Journey(0, ago(260), "access", wait=24, operator="soliha", level=3, intensity="strong"),
            Journey(0, ago(200), "access", wait=24, intensity="strong"),
            Journey(0, ago(160), "access", wait=24),
            Journey(0, ago(150), "access", wait=24, operator="soliha"),
            # Paused.
            Journey(0, ago(330), "retention", laps=("continue", "pause", "end"), away=160),
            Journey(0, ago(290), "retention", operator="soliha", laps=("pause", "end"), away=180),
            Journey(0, ago(300), "retention", laps=("pause", "end"), open_pause=True, left_at="pause_check"),
            # On the next agenda: first passage, second, reassessment, closure.
            Journey(0, worked(4), "retention"),
            Journey(0, worked(3), "access"),
            Journey(0, ago(12), "retention"),
            Journey(0, ago(14), "access"),
            Journey(
                0, ago(70), "retention", holds=(("diagnostic", worked(4)), ("recommendation", worked(2)))
            ),
            Journey(0, ago(72), "access", holds=(("diagnostic", worked(3)), ("recommendation", worked(2)))),
            Journey(0, ago(195), "retention", holds=(("reassessment", worked(2)),)),
            Journey(
                0,
                ago(210),
                "retention",
                reason="declined",
                stops_after=80,
                holds=(("closure", worked(2)),),
            ),
            # Due today and this week.
            Journey(0, worked(5), "retention", left_at="admissibility"),
            Journey(0, worked(3), "access", left_at="admissibility"),
            Journey(0, worked(1), "retention", left_at="admissibility"),
            Journey(0, worked(3), "access", emergency=True, left_at="emergency_opinion"),
            Journey(
                0,
                ago(52),
                "retention",
                holds=(("diagnostic_assignment", worked(5)),),
                left_at="contact_attempt",
            ),
            Journey(
                0, ago(51), "access", holds=(("diagnostic_assignment", worked(3)),), left_at="contact_attempt"
            ),
            Journey(0, ago(66), "retention", holds=(("diagnostic", worked(5)),), left_at="recommendation"),
            Journey(0, ago(64), "retention", holds=(("diagnostic", worked(2)),), left_at="recommendation"),
            Journey(0, ago(215), "retention", holds=(("engagement", quarter),), left_at="reassessment"),
            Journey(
                0,
                ago(216),
                "retention",
                operator="soliha",
                holds=(("engagement", quarter + timedelta(days=3)),),
                left_at="reassessment",
            ),
            Journey(
                0,
                ago(217),
                "retention",
                operator="soliha",
                holds=(("engagement", quarter),),
                left_at="reassessment",
            ),
            Journey(0, ago(14), "retention", sent_back=True, left_at="referral_completion"),
            Journey(0, ago(13), "retention", sent_back=True, left_at="referral_completion"),
            Journey(0, ago(15), "access", sent_back=True, left_at="referral_completion"),
            *(
                Journey(
                    0,
                    ago(218),
                    "retention",
                    holds=(("engagement", quarter + timedelta(days=days)),),
                    left_at="reassessment",
                )
                for days in (0, 1, 4)
            ),
            # Assessments and contracts in hand.
            Journey(0, ago(55), "retention"),
            Journey(0, ago(58), "access"),
            Journey(
                0, ago(50), "retention", contacts=("no_answer", "no_answer", "met"), left_at="contact_attempt"
            ),
            Journey(0, ago(46), "access", left_at="diagnostic_assignment"),
            Journey(0, ago(75), "retention", left_at="recommendation"),
            Journey(0, ago(110), "retention", operator="soliha", left_at="engagement"),
        ],
    )


def _months_before(day: date, months: int) -> date:
    """The same day of an earlier month, or its last one."""
    month = day.year * 12 + day.month - 1 - months
    first = date(month // 12, month % 12 + 1, 1)
    following = (first + timedelta(days=32)).replace(day=1)
    return min(first.replace(day=1) + timedelta(days=day.day - 1), following - timedelta(days=1))


def _numbered(first: int, journeys: Iterable[Journey]) -> Iterator[Journey]:
    for number, journey in enumerate(journeys, first):
        yield replace(journey, number=number)
