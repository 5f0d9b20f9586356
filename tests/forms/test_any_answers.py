"""Any file is a form or a list of findings; any answers are taken or refused field by field."""

from __future__ import annotations

import json
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from asae_engine import forms
from tests import mutations
from tests.forms.making import NOW
from tests.limits import assert_plain, hostile, within_limits
from tests.mutations import JSON, TEXTS

FILES = sorted((Path(__file__).parent.parent.parent / "forms").glob("*.form"))
FORMS = [
    form for path in FILES if (form := forms.parse(path.read_bytes(), f"forms/{path.name}")[0]) is not None
]


@st.composite
def mutated(draw: st.DrawFn) -> bytes:
    """A real form made strange."""
    content = draw(st.sampled_from(FILES)).read_bytes()
    return draw(mutations.of_json(content) | mutations.of_bytes(content))


@hostile(100)
@given(content=mutated())
def test_any_file_is_a_form_or_a_list_of_findings(content: bytes) -> None:
    with within_limits():
        form, findings = forms.parse(content, "forms/essai.form")
        if form is not None:
            findings = [*findings, *forms.check(form, "forms/essai.form", known_names=frozenset())]
    assert form is not None or findings
    for finding in findings:
        assert_plain(f"{finding.message} {finding.advice}")


@hostile(150)
@given(data=st.data())
def test_any_answers_are_taken_or_refused_field_by_field(data: st.DataObject) -> None:
    form = data.draw(st.sampled_from(FORMS))
    names = st.sampled_from(sorted(form.by_name)) | st.sampled_from(sorted(form.by_key)) | TEXTS
    with_rows = names.map(lambda name: name.replace(".", ".0."))
    posted = data.draw(st.lists(st.tuples(names | with_rows, TEXTS), max_size=12))
    nested = data.draw(st.dictionaries(st.sampled_from(sorted(form.by_key)) | TEXTS, JSON, max_size=6))
    context = data.draw(st.dictionaries(st.sampled_from(sorted(form.by_key)), st.none() | st.booleans()))
    for raw in (forms.from_body(form, posted), nested):
        with within_limits():
            forms.draft(form, raw)
            try:
                taken = forms.validate(form, raw, context, now=NOW)
            except forms.InvalidAnswers as refusal:
                for sentences in refusal.errors.values():
                    assert_plain(" ".join(sentences))
            else:
                json.dumps(taken.values, allow_nan=False)
