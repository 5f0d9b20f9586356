"""Sights: marks, ties, readers, and those whom a mark never opens to."""

from __future__ import annotations

import itertools
import json
from dataclasses import replace
from pathlib import Path
from uuid import uuid4

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from asae_engine.access import Actor, CaseScope, Sight, Tie, fields, rules

REAL = (Path(__file__).parents[2] / "processes/programme.json").read_bytes()
RULES = rules.parse(REAL)
ROLES = sorted(RULES.roles)
MARKS = sorted(RULES.marks)
ORGANISATIONS = sorted(RULES.organisations)
NOBODY = Actor(uuid4(), "nobody", "Nobody", "asae", frozenset())

people = st.builds(
    lambda organisation, roles: replace(NOBODY, organisation=organisation, roles=roles),
    st.sampled_from(ORGANISATIONS),
    st.frozensets(st.sampled_from(ROLES), max_size=4),
)
ties = st.sampled_from(list(Tie))
mark_sets = st.frozensets(st.sampled_from([mark for mark in MARKS if mark]), max_size=3)


@pytest.mark.parametrize(
    ("role", "mark"), [pair for pair in itertools.product(ROLES, "HVSA") if pair[0] != "landlord_worker"]
)
def test_a_landlords_user_never_reads_health_violence_narrative_or_a_protected_address(
    role: str, mark: str
) -> None:
    for organisation, tie in itertools.product(("alogea", "habitat_audois"), Tie):
        actor = replace(NOBODY, organisation=organisation, roles=frozenset({"landlord_worker", role}))
        assert fields.sight(RULES, actor, tie, {mark}, {"landlord_worker", role}) is Sight.MASKED
        alone = replace(actor, roles=frozenset({role}))
        assert fields.sight(RULES, alone, tie, {mark}, {role}) is Sight.MASKED


@given(people, ties, ties, mark_sets, st.frozensets(st.sampled_from(ROLES)))
@settings(max_examples=200, deadline=None)
def test_a_closer_tie_never_shows_less(
    actor: Actor, one: Tie, other: Tie, marks: frozenset[str], readers: frozenset[str]
) -> None:
    near, far = max(one, other), min(one, other)
    assert fields.sight(RULES, actor, near, marks, readers) >= fields.sight(RULES, actor, far, marks, readers)


@given(people, ties, mark_sets, mark_sets, st.frozensets(st.sampled_from(ROLES)))
@settings(max_examples=200, deadline=None)
def test_one_mark_more_never_shows_more(
    actor: Actor, tie: Tie, marks: frozenset[str], more: frozenset[str], readers: frozenset[str]
) -> None:
    if marks:
        both = fields.sight(RULES, actor, tie, marks | more, readers)
        assert both <= fields.sight(RULES, actor, tie, marks, readers)


@given(people, ties)
@settings(max_examples=50, deadline=None)
def test_a_mark_or_a_role_that_the_programme_does_not_know_opens_nothing(actor: Actor, tie: Tie) -> None:
    assert fields.sight(RULES, actor, tie, {"Z"}, actor.roles) is Sight.MASKED
    stranger = replace(actor, roles=frozenset({"unknown_role"}))
    for mark in MARKS:
        assert fields.sight(RULES, stranger, tie, {mark}) is Sight.MASKED


@pytest.mark.parametrize(
    ("text", "marks"),
    [(None, set()), ("", set()), ("P", {"P"}), ("P,A", {"P", "A"}), (" P  A ;H ", {"P", "A", "H"})],
)
def test_marks_are_read_one_or_several(text: str | None, marks: set[str]) -> None:
    assert fields.marks_of(text) == marks


def test_what_is_masked_or_present_is_said_in_the_programmes_words() -> None:
    assert fields.masked_sentence(RULES, {"A"}) == "Adresse protégée"
    assert fields.masked_sentence(RULES, {"Z"}) == "Information réservée."
    assert fields.presence_sentence(RULES, {"V"}) == "Situation protégée"
    assert fields.presence_sentence(RULES, {"P"}) == "Renseigné"


def test_the_widest_scope_and_every_permission_of_ones_roles_count() -> None:
    assert RULES.scope(["support_worker", "coordinator"]) is CaseScope.ALL
    assert RULES.scope(["support_worker", "landlord_worker"]) is CaseScope.ORGANISATION
    assert RULES.scope(["support_worker"]) is CaseScope.MEMBER
    assert RULES.scope(["unknown"]) is CaseScope.MEMBER
    assert RULES.permissions(["manager", "process_owner"]) >= {"see_board", "design"}
    assert RULES.permissions(["unknown"]) == frozenset()


def test_what_is_not_understood_in_the_file_gives_no_right() -> None:
    odd = rules.parse(
        json.dumps(
            {
                "roles": [{"key": "a", "cases": "everything", "permissions": "all"}],
                "marks": [
                    {"key": "M", "readers": [{"role": "a", "when": "sometimes", "as": "full"}]},
                    {"key": "N", "readers": [{"role": "a", "when": "always", "as": "half"}], "never": "x"},
                    {"key": "O", "readers": {"a": "always"}, "masked": {"en": "Hidden"}},
                ],
            }
        ).encode()
    )
    actor = replace(NOBODY, roles=frozenset({"a"}))
    assert odd.scope(["a"]) is CaseScope.MEMBER
    assert odd.permissions(["a"]) == frozenset()
    assert fields.sight(odd, actor, Tie.ORGANISATION, {"M"}) is Sight.MASKED
    assert fields.sight(odd, actor, Tie.PERSON, {"N"}) is Sight.MASKED
    assert fields.sight(odd, actor, Tie.PERSON, {"O"}) is Sight.MASKED
    assert fields.masked_sentence(odd, {"O"}) == "Hidden"
    assert odd.roles["a"].label == "a"
