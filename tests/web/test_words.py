"""How pages say dates and delays, in French and in English."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from flask import g

from asae_engine.clock import TurnedClock
from web import words
from web.app import create_app
from web.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Iterator

#: Tuesday 3 March 2026, 10:42 in Paris.
NOW = datetime(2026, 3, 3, 9, 42, tzinfo=UTC)


@pytest.fixture
def french() -> Iterator[None]:
    app = create_app(Settings("sqlite://", "only for tests"), clock=TurnedClock(NOW))
    with app.test_request_context(headers={"Accept-Language": "fr"}):
        g.actor = None
        yield
    app.extensions["asae.sessions"].kw["bind"].dispose()


def test_days_and_moments_are_said_in_full(french: None) -> None:
    assert words.day(NOW) == "mardi 3 mars"
    assert words.day(date(2025, 12, 25)) == "jeudi 25 décembre 2025"
    assert words.day(date(2026, 4, 1)) == "mercredi 1er avril"
    assert words.moment(NOW) == "mardi 3 mars à 10:42"
    assert words.short_day(date(2026, 3, 3)) == "03/03/2026"
    assert words.hour(datetime(2026, 7, 1, 22, 30, tzinfo=UTC)) == "00:30"
    assert words.day(datetime(2026, 7, 1, 22, 30, tzinfo=UTC)) == "jeudi 2 juillet"
    assert (
        words.day(None)
        == words.short_day(None)
        == words.moment(None)
        == words.hour(None)
        == words.ago(None)
        == ""
    )


def test_how_long_ago(french: None) -> None:
    said = {
        timedelta(seconds=20): "à l’instant",
        timedelta(minutes=1): "il y a 1 minute",
        timedelta(minutes=59): "il y a 59 minutes",
        timedelta(hours=3): "il y a 3 heures",
        timedelta(hours=12): "hier",
        timedelta(days=3): "il y a 3 jours",
        timedelta(days=90): "le mercredi 3 décembre 2025",
    }
    for before, sentence in said.items():
        assert words.ago(NOW - before) == sentence


def test_what_remains_until_a_due_date(french: None) -> None:
    said = {
        timedelta(days=-4): "en retard de 4 jours",
        timedelta(days=-1): "en retard de 1 jour",
        timedelta(hours=-2): "en retard depuis aujourd’hui",
        timedelta(hours=2): "aujourd’hui",
        timedelta(days=1): "demain",
        timedelta(days=5): "dans 5 jours",
        timedelta(days=60): "le samedi 2 mai",
    }
    for after, sentence in said.items():
        assert words.deadline(NOW + after) == sentence
    assert words.deadline(None) == "sans échéance"


def test_ages_are_whole_years(french: None) -> None:
    assert words.age(date(1984, 3, 3)) == 42
    assert words.age(date(1984, 3, 4)) == 41
    assert words.age(None) is None
