"""The dossier as a command holds it: read once when first asked for, shown to FEEL as a context, written at
the end.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from asae_engine import forms
from asae_engine.calendar import local_date
from asae_engine.model import dossiers

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from sqlalchemy.orm import Session

    from asae_engine.forms import Form
    from asae_engine.model import Case, Submission


#: Kinds whose kept value is not what FEEL computes with; all others go as they are.
_TYPED = frozenset(
    str(kind)
    for kind in (
        forms.Kind.DATE,
        forms.Kind.DATETIME,
        forms.Kind.TIME,
        forms.Kind.COMPUTED,
        forms.Kind.ROWS,
        forms.Kind.GROUP,
    )
)


class Entry(NamedTuple):
    """One field's latest value (JSON), whether its latest submission held it, and how often its form was
    sent.
    """

    value: Any
    type: str
    given: bool
    times: int


class Dossier:
    """The answers of one case.

    `context()` is what conditions see: each form as a context of its latest answers, each field's latest
    value flat (the latest submission that held the field wins), `door`, `case`, and `counts`, the number of
    submissions of each form.
    """

    def __init__(
        self,
        session: Session,
        case: Case,
        known_forms: Mapping[str, Form],
        *,
        rows: Iterable[Sequence[Any]] | None = None,
    ) -> None:
        """`rows`: what is in it, as `dossiers.rows` gives it, when that is known already."""
        self._session = session
        self._case = case
        self._forms = known_forms
        self._rows = rows
        self._entries: dict[tuple[str, str], Entry] | None = None
        self._context: dict[str, object] | None = None
        #: Rows to write, and whether they count as another submission: what `closing.Closing` takes.
        self.writes: list[tuple[list[dict[str, Any]], bool]] = []

    def entries(self) -> dict[tuple[str, str], Entry]:
        """The latest value of each (form, field), the latest answered last: one query, the first time."""
        if self._entries is None:
            rows = dossiers.rows(self._session, self._case.id) if self._rows is None else self._rows
            self._entries = {(row[0], row[1]): Entry(row[2], row[3], bool(row[4]), row[5]) for row in rows}
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
        for (form_key, field_key), entry in self.entries().items():
            value = entry.value
            if value is not None and entry.type in _TYPED:
                value = self._typed(form_key, field_key, entry)
            if form_key not in by_form:
                by_form[form_key] = {}
                counts[form_key] = 0
            by_form[form_key][field_key] = value
            if entry.times > counts[form_key]:
                counts[form_key] = entry.times
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
            if before is not None and not correction:
                del entries[form.key, field.key]  # the newest stand last
            entries[form.key, field.key] = Entry(value, str(field.type), given, times)
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
        self.writes.append((rows, not correction))
        self._context = None
