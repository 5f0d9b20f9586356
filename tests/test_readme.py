"""The README's promises are the names of tests."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PROMISES = re.findall(
    r"^- (.+)$",
    (ROOT / "README.md").read_text(encoding="utf-8").split("## What it promises")[1].split("## Where")[0],
    re.M,
)
TESTS = {
    name
    for file in (ROOT / "tests").rglob("test_*.py")
    for name in re.findall(r"^def test_(\w+)", file.read_text(encoding="utf-8"), re.M)
}


def test_the_readme_promises_something() -> None:
    assert len(PROMISES) > 10


@pytest.mark.parametrize("promise", PROMISES)
def test_each_promise_of_the_readme_is_a_test_of_that_name(promise: str) -> None:
    words = re.findall(r"\w+", promise.lower().replace("'", "").replace("’", ""))
    assert "_".join(words) in TESTS
