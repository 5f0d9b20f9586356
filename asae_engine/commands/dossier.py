"""The dossier as a command holds it: read once when first asked for, shown to FEEL as a context, written at
the end.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from asae_engine import forms
from asae_engine.calendar import local_date
from asae_engine.model import dossiers

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime
    from uuid import UUID

    from sqlalchemy.orm import Session

    from asae_engine.forms import Form
    from asae_engine.model import Case, Submission


@dataclass(frozen=True, slots=True)
class Entry:
    """One field's latest value (JSON), and what orders it among the answers of other forms."""

    value: Any
    type: str
    given: bool
    times: int
    at: datetime
    submission_id: UUID


class Dossier:
    """The answers of one case.

    `context()` is what conditions see: each form as a context of its latest answers, each field's latest
    value flat (the latest submission that held the field wins), `door`, `case`, and `counts`, the number of
    submissions of each form.
    """

    def __init__(self, session: Session, case: Case, known_forms: Mapping[str, Form], *, new: bool) -> None:
        self._session = session
        self._case = case
        self._forms = known_forms
        self._entries: dict[tuple[str, str], Entry] | None = {} if new else None
        self._context: dict[str, object] | None = None
        #: What FEEL sees of each entry, worked out once.
        self._values: dict[tuple[str, str], object] = {}
        self._writes: list[tuple[list[dict[str, Any]], bool]] = []

    def entries(self) -> dict[tuple[str, str], Entry]:
        """The latest value of each (form, field): one query, the first time."""
        if self._entries is None:
            self._entries = {
                (row.form_key, row.field_key): Entry(
                    row.value, row.type, row.given, row.times, row.at, row.submission_id
                )
                for row in dossiers.rows(self._session, self._case.id)
            }
        return self._entries

    def context(self) -> Mapping[str, object]:
        """The dossier for FEEL. Shared: do not change it."""
        if self._context is None:
            self._context = self._built()
        return self._context

    def _built(self) -> dict[str, object]:
        by_form: dict[str, dict[str, object]] = {}
        flat: dict[str, object] = {}
        counts: dict[str, int] = {}
        for (form_key, field_key), entry in sorted(
            self.entries().items(), key=lambda item: (item[1].at, item[1].submission_id)
        ):
            place = (form_key, field_key)
            if place not in self._values:
                self._values[place] = self._typed(form_key, field_key, entry)
            value = self._values[place]
            by_form.setdefault(form_key, {})[field_key] = value
            counts[form_key] = max(counts.get(form_key, 0), entry.times)
            if entry.given:
                flat[field_key] = value
        case = self._case
        opened_on = local_date(case.opened_at)
        return {
            **flat,
            **by_form,
            "counts": counts,
            "door": case.door,
            "case": {
                "number": case.number,
                "opened_on": opened_on,
                "door": case.door,
                "status": case.status.value,
            },
        }

    def _typed(self, form_key: str, field_key: str, entry: Entry) -> object:
        form = self._forms.get(form_key)
        field = None if form is None else form.by_key.get(field_key)
        if field is not None and field.type == entry.type:
            return forms.typed_field(field, entry.value)
        return forms.typed(entry.type, entry.value)

    def record(
        self,
        form: Form,
        submission: Submission,
        *,
        kept: frozenset[str] = frozenset(),
        correction: bool = False,
    ) -> None:
        """Take a submission in: every field of the form, those it does not hold as not given.

        `kept` are fields that the author may not read: what the dossier has of them stays.
        """
        entries = self.entries()
        rows: list[dict[str, Any]] = []
        for field in form.fields:
            if field.key in kept:
                continue
            before = entries.get((form.key, field.key))
            times = 1 if before is None else before.times + (not correction)
            given = field.key in submission.data
            value = submission.data.get(field.key)
            self._values.pop((form.key, field.key), None)
            entries[form.key, field.key] = Entry(
                value, field.type, given, times, submission.answered_at, submission.id
            )
            rows.append(
                {
                    "case_id": self._case.id,
                    "form_key": form.key,
                    "field_key": field.key,
                    "value": value,
                    "type": str(field.type),
                    "mark": field.mark,
                    "given": given,
                    "times": times,
                    "submission_id": submission.id,
                    "by_id": submission.by_id,
                    "at": submission.answered_at,
                }
            )
        self._writes.append((rows, not correction))
        self._context = None

    def write(self) -> None:
        """Write what was recorded: one statement a submission."""
        for rows, counts in self._writes:
            dossiers.write(self._session, rows, counts=counts)
        self._writes.clear()
