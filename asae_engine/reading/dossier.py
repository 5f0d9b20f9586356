"""The dossier of a case as pages show it: by form and section, each answer with who gave it and when."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import select

from asae_engine import access, forms
from asae_engine.access import Sight
from asae_engine.model import Case, Submission, User
from asae_engine.reading import deployed, redaction

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime
    from uuid import UUID

    from sqlalchemy.orm import Session

    from asae_engine.forms import Field, Form
    from asae_engine.reading.redaction import Answer, Cut, Redactor


@dataclass(frozen=True, slots=True)
class Shown:
    """A value as it is read: one text, or a table when rows repeat, or a sentence in place of what is not
    shown.
    """

    text: str
    columns: tuple[str, ...] = ()
    rows: tuple[tuple[str, ...], ...] = ()
    #: A sentence about the value, not the value.
    is_veiled: bool = False
    files: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Entry:
    """One answer of the dossier."""

    form_key: str
    key: str
    label: str
    shown: Shown
    by: str | None
    at: datetime
    #: Whole, so that it may be corrected by who has the right.
    is_whole: bool
    #: Whether the reader may read every value it had.
    has_history: bool


@dataclass(frozen=True, slots=True)
class Part:
    """The answers of one section of a form."""

    label: str | None
    entries: list[Entry]


@dataclass(frozen=True, slots=True)
class Chapter:
    """The answers of one form."""

    form_key: str
    title: str
    at: datetime
    by: str | None
    parts: list[Part]


@dataclass(frozen=True, slots=True)
class Version:
    """One value that a field had."""

    shown: Shown
    by: str | None
    at: datetime
    #: Why it replaced the one before, when it is a correction.
    reason: str | None
    is_correction: bool


def dossier(session: Session, redactor: Redactor) -> list[Chapter]:
    """Every answer that the reader may see or be told of, the form answered last first."""
    people = names(session, {answer.by_id for answer in redactor.answers if answer.by_id})
    by_form: dict[str, list[Answer]] = {}
    for answer in redactor.answers:
        if answer.given:
            by_form.setdefault(answer.form_key, []).append(answer)
    submissions = {answer.submission_id for answer in redactor.answers}
    known = _forms(session, submissions)
    chapters = [_chapter(key, known.get(key), entries, redactor, people) for key, entries in by_form.items()]
    return sorted((chapter for chapter in chapters if chapter.parts), key=lambda c: c.at, reverse=True)


def essentials(session: Session, redactor: Redactor, keys: Iterable[str]) -> list[Entry]:
    """The few answers shown beside every task, in the programme's order; the latest of each key."""
    latest: dict[str, Answer] = {}
    for answer in sorted(redactor.answers, key=lambda answer: answer.at):
        if answer.given:
            latest[answer.key] = answer
    people = names(session, {answer.by_id for answer in latest.values() if answer.by_id})
    found = (_entry(latest[key], redactor, people) for key in keys if key in latest)
    return [entry for entry in found if entry is not None and entry.shown.text]


def history(
    session: Session, redactor: Redactor, case_id: UUID, form_key: str, key: str
) -> list[Version] | None:
    """Every value that a field had in a case, newest first; none when the reader may not read each of them
    whole.
    """
    found = [answer for answer in redactor.answers if (answer.form_key, answer.key) == (form_key, key)]
    question = found[0].question if found else None
    if question is None or not redactor.reads_always(question):
        return None
    rows = (
        session.execute(
            select(Submission)
            .where(Submission.case_id == case_id, Submission.form_key == form_key)
            .order_by(Submission.at.desc(), Submission.id.desc())
        )
        .scalars()
        .all()
    )
    people = names(session, {row.by_id for row in rows if row.by_id})
    if redaction.is_person(question):
        redaction.name_people(session, redactor, (row.data.get(key) for row in rows))
    versions = []
    for row in rows:
        if key not in row.data:
            continue
        cut = redactor.cut_value(question, row.data[key])
        versions.append(
            Version(
                shown=show(question, cut, redactor),
                by=people.get(row.by_id) if row.by_id else None,
                at=row.at,
                reason=row.reason,
                is_correction=row.corrects is not None,
            )
        )
    return _changes(versions)


def show(question: Field, cut: Cut, redactor: Redactor) -> Shown:
    """A cut value as it is read."""
    if cut.sight is Sight.PRESENCE:
        return Shown(access.presence_sentence(redactor.rules, cut.marks), is_veiled=True)
    if cut.sight is Sight.MASKED:
        return Shown(access.masked_sentence(redactor.rules, cut.marks), is_veiled=True)
    if question.type is forms.Kind.FILES and isinstance(cut.value, list):
        return Shown(forms.display(question, cut.value), files=_files(cut.value))
    if question.type is forms.Kind.ROWS and isinstance(cut.value, list):
        columns = [
            child for child in question.children if redactor.sight(child) is Sight.FULL and child.is_shown
        ]
        rows = tuple(
            tuple(forms.display(child, row.get(child.key)) for child in columns)
            for row in cut.value
            if isinstance(row, dict)
        )
        return Shown(str(len(rows)) if rows else "", tuple(child.label for child in columns), rows)
    if redaction.is_person(question) and isinstance(cut.value, str):
        return Shown(redactor.people.get(cut.value, cut.value))
    return Shown(forms.display(question, cut.value))


def names(session: Session, people: Iterable[UUID]) -> dict[UUID, str]:
    """The display names of accounts."""
    wanted = set(people)
    if not wanted:
        return {}
    rows = session.execute(select(User.id, User.display_name).where(User.id.in_(wanted)))
    return {row.id: row.display_name for row in rows}


def number_of(session: Session, case_id: UUID) -> str:
    """The number of a case."""
    return session.execute(select(Case.number).where(Case.id == case_id)).scalar_one()


def _forms(session: Session, submissions: set[UUID]) -> dict[str, Form]:
    """Each form under the version it was last answered with."""
    if not submissions:
        return {}
    rows = session.execute(
        select(Submission.form_key, Submission.deployment_id)
        .where(Submission.id.in_(submissions))
        .order_by(Submission.at)
    ).all()
    found = {}
    for form_key, deployment_id in rows:
        form = deployed.of(session, deployment_id)[1].forms.get(form_key)
        if form is not None:
            found[form_key] = form
    return found


def _chapter(
    form_key: str, form: Form | None, answers: list[Answer], redactor: Redactor, people: dict[UUID, str]
) -> Chapter:
    order = {} if form is None else {field.key: rank for rank, field in enumerate(form.fields)}
    parts: dict[str | None, list[Entry]] = {}
    for answer in sorted(answers, key=lambda answer: order.get(answer.key, len(order))):
        entry = _entry(answer, redactor, people)
        if entry is not None and (entry.shown.text or entry.shown.rows):
            section = answer.question.section if answer.question is not None else None
            parts.setdefault(section, []).append(entry)
    newest = max(answers, key=lambda answer: answer.at)
    return Chapter(
        form_key=form_key,
        title=form_key if form is None else form.title,
        at=newest.at,
        by=people.get(newest.by_id) if newest.by_id else None,
        parts=[Part(label, entries) for label, entries in parts.items()],
    )


def _entry(answer: Answer, redactor: Redactor, people: dict[UUID, str]) -> Entry | None:
    question = answer.question
    if question is None or not question.is_shown:
        return None
    cut = redactor.cut(answer)
    if cut.sight is Sight.MASKED and not cut.is_told:
        return None
    if cut.sight is Sight.PRESENCE and answer.value in (None, "", []):
        return None
    is_whole = redactor.reads_whole(question)
    return Entry(
        form_key=answer.form_key,
        key=answer.key,
        label=question.label,
        shown=show(question, cut, redactor),
        by=people.get(answer.by_id) if answer.by_id else None,
        at=answer.at,
        is_whole=is_whole,
        has_history=is_whole and redactor.reads_always(question),
    )


def _files(value: list[object]) -> tuple[tuple[str, str], ...]:
    return tuple(
        (str(item["id"]), str(item.get("filename", item["id"])))
        for item in value
        if isinstance(item, dict) and "id" in item
    )


def _changes(versions: list[Version]) -> list[Version]:
    """Leave out repetitions: a form sent again with the same value changed nothing."""
    kept: list[Version] = []
    for version in reversed(versions):
        if not kept or kept[-1].shown != version.shown:
            kept.append(version)
    return kept[::-1]
