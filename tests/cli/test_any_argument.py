"""Whatever is written on the command line is answered: a code, JSON where JSON is promised, no insides."""

from __future__ import annotations

import contextlib
import io
import json
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from tests import mutations
from tests.limits import assert_plain, hostile, within_limits
from web.cli import main

ROOT = Path(__file__).parents[2]
DELAYS = str(ROOT / "processes/delays.dmn")
FILES = sorted(
    path for folder in ("processes", "forms") for path in (ROOT / folder).iterdir() if path.is_file()
)
TEXTS = mutations.TEXTS.filter(lambda text: "\x00" not in text)  # no shell can pass one
OBJECTS = mutations.JSON.map(json.dumps) | TEXTS


def _run(arguments: list[str]) -> tuple[int, str, str]:
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err), within_limits():
        code = main(arguments)
    assert_plain(out.getvalue() + err.getvalue())
    assert "imprévue" not in err.getvalue()
    return code, out.getvalue(), err.getvalue()


@hostile(60)
@given(expression=TEXTS, context=OBJECTS)
def test_feel_answers_any_expression_over_any_context(expression: str, context: str) -> None:
    code, out, err = _run(["feel", f"={expression}", "--context", context])
    assert code in (0, 1, 2)
    if code != 2:
        json.loads(out or err)


@hostile(60)
@given(name=st.just("delays") | TEXTS, given_json=OBJECTS)
def test_decide_answers_any_name_and_any_input(name: str, given_json: str) -> None:
    code, _, _ = _run(["decide", DELAYS, f"--decision={name}", f"--input={given_json}"])
    assert code in (0, 1, 2)


def test_check_answers_any_file_with_findings(tmp_path: Path) -> None:
    @hostile(30)
    @given(data=st.data())
    def check(data: st.DataObject) -> None:
        path = data.draw(st.sampled_from(FILES))
        made = mutations.of_xml if path.suffix in (".bpmn", ".dmn") else mutations.of_json
        content = path.read_bytes()
        strange = tmp_path / path.name
        strange.write_bytes(data.draw(made(content) | mutations.of_bytes(content)))
        code, out, _ = _run(["check", str(strange), "--format", "json"])
        findings = json.loads(out)
        assert code == (1 if any(finding["severity"] == "error" for finding in findings) else 0)

    check()


@hostile(30)
@given(
    words=st.lists(
        TEXTS | st.sampled_from(["check", "user", "clock", "--until", "--help", "demo"]), max_size=4
    )
)
def test_words_that_mean_nothing_are_refused_in_one_sentence(words: list[str]) -> None:
    code, _, _ = _run(["nulle-part", *words])
    assert code == 2
