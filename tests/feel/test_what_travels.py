"""Of a context, FEEL is sent what an expression reads and nothing else; what it gives is the same."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from asae_engine import feel
from asae_engine.feel import isolate
from tests.limits import hostile

NOW = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
CONTEXT: dict[str, Any] = {
    "report": {"again": "yes", "rent": 512.4, "on": date(2026, 3, 2), "summary": "Long. " * 50, "x": None},
    "members": [{"age": 3, "name": "Éa"}, {"age": 12, "name": "Bo"}],
    "nested": {"inner": {"a": 1, "b": 2}, "total amount": 7},
    "again": "no",
    "on": date(2026, 1, 31),
    "counts": {"report": 2},
    "x": None,
}


def _sent(monkeypatch: pytest.MonkeyPatch, expression: str) -> tuple[object, dict[str, Any]]:
    feel.evaluate(expression, CONTEXT, now=NOW)  # learns what the expression reads
    sent: list[str] = []
    ask = isolate.ask
    monkeypatch.setattr(isolate, "ask", lambda request: (sent.append(request), ask(request))[1])
    value = feel.evaluate(expression, CONTEXT, now=NOW)
    monkeypatch.undo()
    [request] = sent
    return value, json.loads(request)["contexts"][0]


@pytest.mark.parametrize(
    ("expression", "travels"),
    [
        ('report.again = "yes"', {"report": {"again": "yes"}}),
        ("report.nothing", {"report": {}}),
        ("report.rent + counts.report", {"report": {"rent": 512.4}, "counts": {"report": 2}}),
        ("members.age", {"members": CONTEXT["members"]}),
        ('members[name = "Bo"].age', {"members": CONTEXT["members"]}),
        ("nested.inner.a", {"nested": {"inner": {"a": 1, "b": 2}, "total amount": 7}}),
        ("{ again: report.x, r: again }.r = again", {"again": "no", "report": {"x": None}}),
        ("nothing = null", {}),
    ],
)
def test_only_what_is_read_travels(
    monkeypatch: pytest.MonkeyPatch, expression: str, travels: dict[str, Any]
) -> None:
    assert _sent(monkeypatch, expression)[1] == travels


@pytest.mark.parametrize(
    "expression", ["count(report)", "report = null or report.again", "get entries(report)"]
)
def test_what_is_read_whole_travels_whole(monkeypatch: pytest.MonkeyPatch, expression: str) -> None:
    try:
        context = _sent(monkeypatch, expression)[1]
    except feel.FeelError:
        context = {"report": CONTEXT["report"]}
    assert context["report"].keys() == CONTEXT["report"].keys()


HEADS = st.sampled_from([*CONTEXT, "unknown", "a", "item"])
ENTRIES = st.sampled_from(
    ["again", "rent", "on", "summary", "age", "name", "inner", "a", "x", "year", "report"]
)
_PATHS = st.builds("{}.{}".format, HEADS, ENTRIES)
_LEAVES = st.one_of(
    HEADS, _PATHS, st.builds("{}.{}".format, _PATHS, ENTRIES), st.sampled_from(["1", '"no"', "null"])
)


def _grown(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.one_of(
        st.builds("({} = {})".format, inner, inner),
        st.builds("if {} = null then {} else {}".format, inner, inner, inner),
        st.builds("(for item in {} return {})".format, HEADS, inner),
        st.builds("(some a in {} satisfies {} = null)".format, HEADS, inner),
        st.builds("{}[{} = {}]".format, HEADS, ENTRIES, inner),
        st.builds("{{ {}: {}, r: {} }}.r".format, HEADS, inner, inner),
        st.builds("({}).{}".format, inner, ENTRIES),
        st.builds('get value({}, "{}")'.format, HEADS, ENTRIES),
        st.builds("[{}, {}]".format, inner, inner),
        st.builds("(function(report) {})({})".format, inner, inner),
        st.builds("string({})".format, inner),
    )


def _given(expression: str, context: dict[str, Any]) -> object:
    try:
        return repr(feel.evaluate(expression, context, now=NOW))
    except feel.FeelError as error:
        return error.message_fr


@hostile(100)
@given(st.recursive(_LEAVES, _grown, max_leaves=6))
def test_any_expression_gives_the_same_over_what_is_read_as_over_all(expression: str) -> None:
    # A name with a space in it has the whole context travel.
    assert _given(expression, CONTEXT) == _given(expression, {**CONTEXT, "never read": 1})
