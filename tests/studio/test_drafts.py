"""The shared workspace keeps drafts on both databases and says who changed what."""

from __future__ import annotations

from datetime import timedelta
from threading import Thread
from typing import TYPE_CHECKING

import pytest

from asae_engine import commands, drafts
from asae_engine.access.actor import Actor
from asae_engine.model import BundleDraft
from asae_engine.model.database import begin_writing
from tests.studio.bundle import FILES

if TYPE_CHECKING:
    from sqlalchemy.orm import Session, sessionmaker

    from asae_engine.clock import TurnedClock

PATH = "forms/visit.form"


@pytest.fixture
def people(session: Session, clock: TurnedClock) -> tuple[Actor, Actor]:
    """Two process owners, the small bundle deployed."""
    commands.deploy(session, None, FILES, "Première version", now=clock.now())
    made = [
        commands.add_user(
            session, None, name.lower(), name, "asae", ("process_owner",), None, now=clock.now()
        )
        for name in ("Karim", "Lise")
    ]
    actors = [
        Actor(
            user.id,
            user.username,
            user.display_name,
            "asae",
            frozenset({"process_owner"}),
            frozenset({"design"}),
        )
        for user in made
    ]
    return actors[0], actors[1]


def test_a_draft_lies_over_the_published_file_and_leaves_the_rest(
    session: Session, people: tuple[Actor, Actor], clock: TurnedClock
) -> None:
    kept = drafts.save(session, people[0], PATH, b"{", 0, now=clock.now())
    space = drafts.open_workspace(session)
    assert (kept.version, kept.by, kept.based_on) == (1, "Karim", 1)
    assert space.files[PATH] == b"{"
    assert space.files["forms/referral.form"] == FILES["forms/referral.form"]
    assert space.changed == [PATH]
    assert space.version(PATH) == 1
    assert space.version("forms/referral.form") == 0


def test_a_save_from_an_old_version_gives_the_text_of_the_one_who_saved_since(
    session: Session, people: tuple[Actor, Actor], clock: TurnedClock
) -> None:
    drafts.save(session, people[0], PATH, b"one", 0, now=clock.now())
    clock.advance(timedelta(minutes=3))
    drafts.save(session, people[1], PATH, b"two", 1, now=clock.now())
    with pytest.raises(drafts.DraftConflict) as refused:
        drafts.save(session, people[0], PATH, b"three", 1, now=clock.now())
    assert refused.value.who == "Lise"
    assert refused.value.when == clock.now()
    assert (refused.value.version, refused.value.content) == (2, b"two")
    assert drafts.open_workspace(session).content(PATH) == b"two"


def test_the_same_text_saved_twice_is_no_conflict(
    session: Session, people: tuple[Actor, Actor], clock: TurnedClock
) -> None:
    drafts.save(session, people[0], PATH, b"one", 0, now=clock.now())
    assert drafts.save(session, people[0], PATH, b"one", 0, now=clock.now()).version == 2


def test_a_draft_published_meanwhile_conflicts_with_what_is_published(
    session: Session, people: tuple[Actor, Actor], clock: TurnedClock
) -> None:
    with pytest.raises(drafts.DraftConflict) as refused:
        drafts.save(session, people[0], PATH, b"mine", 4, now=clock.now())
    assert (refused.value.version, refused.value.content) == (0, FILES[PATH])


def test_two_first_saves_at_once_keep_one_and_tell_the_other(
    sessions: sessionmaker[Session], session: Session, people: tuple[Actor, Actor], clock: TurnedClock
) -> None:
    answers: list[object] = []

    def save_too() -> None:
        with sessions() as other:
            try:
                answers.append(drafts.save(other, people[1], PATH, b"two", 0, now=clock.now()))
            except drafts.DraftConflict as conflict:
                answers.append(conflict)

    session.rollback()
    begin_writing(session)
    session.add(BundleDraft(path=PATH, content=b"one", version=1, by_id=people[0].user_id, at=clock.now()))
    session.flush()
    rival = Thread(target=save_too)
    rival.start()
    rival.join(0.3)  # it waits for the row that is not committed yet
    session.commit()
    rival.join(20)
    assert [(type(answer), getattr(answer, "who", None)) for answer in answers] == [
        (drafts.DraftConflict, "Karim")
    ]


@pytest.mark.parametrize(
    "path",
    [
        "../etc/passwd",
        "processes/../x.bpmn",
        "processes/a.exe",
        "/forms/a.form",
        "forms/a b.form",
        "forms/.form",
    ],
)
def test_a_path_that_no_bundle_holds_is_refused(
    session: Session, people: tuple[Actor, Actor], clock: TurnedClock, path: str
) -> None:
    with pytest.raises(drafts.DraftRefused):
        drafts.save(session, people[0], path, b"x", 0, now=clock.now())
    assert drafts.open_workspace(session).drafts == {}


def test_a_file_that_is_too_large_is_refused_and_the_draft_before_it_kept(
    session: Session, people: tuple[Actor, Actor], clock: TurnedClock
) -> None:
    drafts.save(session, people[0], PATH, b"one", 0, now=clock.now())
    with pytest.raises(drafts.DraftRefused) as refused:
        drafts.save(session, people[0], PATH, b"x" * 4_000_001, 1, now=clock.now())
    assert "trop lourd" in refused.value.message_fr
    assert drafts.open_workspace(session).content(PATH) == b"one"


def test_a_removed_file_leaves_the_bundle_until_the_draft_is_forgotten(
    session: Session, people: tuple[Actor, Actor], clock: TurnedClock
) -> None:
    drafts.remove(session, people[0], PATH, 0, now=clock.now())
    assert PATH not in drafts.open_workspace(session).files
    drafts.discard(session, PATH)
    drafts.discard(session, PATH)
    assert drafts.open_workspace(session).files == FILES


def test_a_draft_that_changed_while_another_was_published_stays(
    session: Session, people: tuple[Actor, Actor], clock: TurnedClock
) -> None:
    drafts.save(session, people[0], PATH, b"published", 0, now=clock.now())
    published = drafts.open_workspace(session).files
    drafts.save(session, people[1], PATH, b"later", 1, now=clock.now())
    drafts.save(session, people[1], "forms/referral.form", b"other", 0, now=clock.now())
    published["forms/referral.form"] = b"other"
    drafts.discard_published(session, published, [PATH, "forms/referral.form", "forms/none.form"])
    assert list(drafts.open_workspace(session).drafts) == [PATH]


def test_without_any_deployment_the_workspace_is_its_drafts(session: Session, clock: TurnedClock) -> None:
    space = drafts.open_workspace(session)
    assert space.deployment is None
    assert space.files == {}
    assert space.content(PATH) is None
