"""Answers cut to what their reader may see: the one place where a value leaves the dossier for a page.

Every door goes through `Redactor`: the dossier, a field's history, prefills, contexts given to browsers,
files.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from sqlalchemy import select

from asae_engine import access, feel, forms
from asae_engine.access import Sight, Tie, rules
from asae_engine.model import DossierField, Submission, User
from asae_engine.reading import deployed

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime
    from uuid import UUID

    from sqlalchemy.orm import Session

    from asae_engine.access import Actor, Rules
    from asae_engine.forms import Field, Form


@dataclass(frozen=True, slots=True)
class Answer:
    """The latest answer to one question in one form, as it is stored. Never given to a page before it was
    cut.
    """

    form_key: str
    key: str
    value: object
    type: str
    stored_mark: str | None
    given: bool
    #: How often the form was answered.
    times: int
    submission_id: UUID
    by_id: UUID | None
    at: datetime
    #: The question, under the form it was asked with; none when that form no longer has it.
    question: Field | None


@dataclass(frozen=True, slots=True)
class Cut:
    """What a reader gets of an answer: its sight, and the value when the sight is full (rows may have lost
    columns).
    """

    sight: Sight
    value: object
    marks: frozenset[str]
    #: Hidden by a condition that holds now: one says so in its place.
    is_told: bool = False


@dataclass(slots=True)
class Redactor:
    """Cuts the answers of one case for one reader."""

    actor: Actor
    tie: Tie
    rules: Rules
    answers: list[Answer]
    now: datetime
    #: Display names by username, for the questions whose answer is a person.
    people: dict[str, str] = field(default_factory=dict)
    #: Marks that held a value which was shown whole: what the reading log records.
    shown: set[str] = field(default_factory=set)
    _held: dict[str, bool] = field(default_factory=dict)
    _context: dict[str, object] | None = None

    def cut(self, answer: Answer) -> Cut:
        """What the reader gets of an answer of this case."""
        question = answer.question
        if question is None:
            marks = access.marks_of(answer.stored_mark)
            return self._seen(answer.value, marks, frozenset(), told=False)
        return self.cut_value(question, answer.value)

    def answer(self, form_key: str, key: str) -> Answer | None:
        """The answer to one question. Not cut: a page that asks cuts it."""
        return next((one for one in self.answers if (one.form_key, one.key) == (form_key, key)), None)

    def question(self, form_key: str, key: str) -> Field | None:
        """The question that was answered, under its form's own version."""
        found = self.answer(form_key, key)
        return None if found is None else found.question

    def reads_whole(self, question: Field) -> bool:
        """Whether the reader sees every part of a question's answer: what correcting it needs."""
        return self.sight(question) is Sight.FULL and all(
            self.reads_whole(part) for part in question.children
        )

    def reads_always(self, question: Field) -> bool:
        """Whether the reader would see a question's answer whatever it was: an older one may have been marked
        by a condition that no longer holds.
        """
        marks = access.marks_of(question.mark) | {mark for mark, _ in question.mark_if}
        return access.sight(self.rules, self.actor, self.tie, marks, question.readers) is Sight.FULL

    def cut_value(self, question: Field, value: object) -> Cut:
        """What the reader gets of a value for a question, in this case."""
        marks, told = self.marks(question)
        cut = self._seen(value, marks, question.readers, told=told)
        if cut.sight is not Sight.FULL or not question.children:
            return cut
        return Cut(cut.sight, self._inside(question, value), cut.marks)

    def sight(self, question: Field) -> Sight:
        """How much of a question's answer the reader sees."""
        return access.sight(self.rules, self.actor, self.tie, self.marks(question)[0], question.readers)

    def marks(self, question: Field) -> tuple[frozenset[str], bool]:
        """The marks of a question now, and whether a condition added one of them."""
        own = access.marks_of(question.mark)
        added = frozenset(mark for mark, condition in question.mark_if if self._holds(condition))
        return own | added, bool(added)

    def values(self) -> dict[str, object]:
        """Latest readable value of each key, whatever its form: what prefills and browsers are given."""
        readable: dict[str, object] = {}
        for answer in self._by_age():
            cut = self.cut(answer)
            if cut.sight is Sight.FULL:
                readable[answer.key] = cut.value
            else:
                readable.pop(answer.key, None)
        return readable

    def readable_context(self) -> dict[str, object]:
        """The FEEL context of the case without what the reader may not see: forms, then latest values."""
        context: dict[str, object] = {}
        by_form: dict[str, dict[str, object]] = {}
        for answer in self._by_age():
            cut = self.cut(answer)
            if cut.sight is not Sight.FULL:
                context.pop(answer.key, None)
                continue
            value = forms.typed(answer.type, cut.value)
            context[answer.key] = value
            by_form.setdefault(answer.form_key, {})[answer.key] = value
        counts: dict[str, int] = {}
        for answer in self.answers:
            counts[answer.form_key] = max(counts.get(answer.form_key, 0), answer.times)
        return {**context, **by_form, "counts": counts}

    def whole_context(self) -> dict[str, object]:
        """The FEEL context of the case with everything: for conditions that the engine evaluates, never for
        a page.
        """
        if self._context is None:
            self._context = _whole_context(self._by_age())
        return self._context

    def _by_age(self) -> list[Answer]:
        return sorted((answer for answer in self.answers if answer.given), key=lambda answer: answer.at)

    def _seen(self, value: object, marks: frozenset[str], readers: Iterable[str], *, told: bool) -> Cut:
        seen = access.sight(self.rules, self.actor, self.tie, marks, readers)
        if seen is Sight.FULL:
            self.shown |= marks
            return Cut(seen, value, marks)
        return Cut(seen, None, marks, is_told=told and seen is Sight.MASKED)

    def _inside(self, question: Field, value: object) -> object:
        if isinstance(value, list):
            return [self._inside(question, row) for row in value]
        if not isinstance(value, dict):
            return value
        known = {child.key: child for child in question.children}
        kept = {}
        for key, inner in value.items():
            if key not in known:
                continue
            cut = self.cut_value(known[key], inner)
            if cut.sight is Sight.FULL:
                kept[key] = cut.value
        return kept

    def _holds(self, condition: str) -> bool:
        """Whether a condition of `markIf` holds. One that cannot be told does: the strict side."""
        if condition not in self._held:
            try:
                outcome = feel.evaluate(condition, self.whole_context(), now=self.now)
            except feel.FeelError:
                outcome = True
            self._held[condition] = outcome is not False and outcome is not None
        return self._held[condition]


def redactor(session: Session, actor: Actor, case_id: UUID, tie: Tie, *, now: datetime) -> Redactor:
    """The redactor of a case for a reader who has this tie to it."""
    found = Redactor(actor, tie, rules.current(session), answers(session, case_id), now)
    name_people(session, found, (answer.value for answer in found.answers if is_person(answer.question)))
    return found


def is_person(question: Field | None) -> bool:
    """Whether the answer to a question is a person's username."""
    return question is not None and question.people is not None


def name_people(session: Session, redactor: Redactor, usernames: Iterable[object]) -> None:
    """Learn the names of these people, for `Redactor.people`."""
    wanted = {name for name in usernames if isinstance(name, str) and name} - redactor.people.keys()
    if wanted:
        rows = session.execute(select(User.username, User.display_name).where(User.username.in_(wanted)))
        redactor.people.update({row.username: row.display_name for row in rows})


def stranger(session: Session, actor: Actor, *, now: datetime) -> Redactor:
    """The redactor of a case that does not exist yet: nothing was answered."""
    return Redactor(actor, Tie.PERSON, rules.current(session), [], now)


def answers(session: Session, case_id: UUID) -> list[Answer]:
    """The latest answers of a case with their questions, as stored."""
    rows = session.execute(
        select(DossierField, Submission.deployment_id)
        .join(Submission, Submission.id == DossierField.submission_id)
        .where(DossierField.case_id == case_id)
    ).all()
    deployments = {deployment_id for _, deployment_id in rows}
    known = {deployment_id: deployed.of(session, deployment_id)[1].forms for deployment_id in deployments}
    return [_answer(entry, known[deployment_id]) for entry, deployment_id in rows]


def form_of(session: Session, answer: Answer) -> Form | None:
    """The form that an answer was given to, under its own version."""
    deployment_id = session.execute(
        select(Submission.deployment_id).where(Submission.id == answer.submission_id)
    ).scalar_one()
    return deployed.of(session, deployment_id)[1].forms.get(answer.form_key)


def _answer(entry: DossierField, known: Mapping[str, Form]) -> Answer:
    form = known.get(entry.form_key)
    return Answer(
        form_key=entry.form_key,
        key=entry.field_key,
        value=entry.value,
        type=entry.type,
        stored_mark=entry.mark,
        given=entry.given,
        times=entry.times,
        submission_id=entry.submission_id,
        by_id=entry.by_id,
        at=entry.at,
        question=None if form is None else form.by_key.get(entry.field_key),
    )


def _whole_context(by_age: list[Answer]) -> dict[str, object]:
    context: dict[str, object] = {}
    by_form: dict[str, dict[str, object]] = {}
    for answer in by_age:
        value = forms.typed(answer.type, answer.value)
        context[answer.key] = value
        by_form.setdefault(answer.form_key, {})[answer.key] = value
    return {**context, **by_form}
