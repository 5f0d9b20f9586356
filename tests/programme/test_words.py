"""Nothing of the programme stands in the code: not a role, an organisation, a form, a choice or a label."""

import ast
import json
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SOURCES = sorted(path for room in ("asae_engine", "web") for path in (ROOT / room).rglob("*.py"))


def programme_words() -> set[str]:
    """Words of the bundle that say nothing outside it; plain English words are left out."""
    programme = json.loads((ROOT / "processes" / "programme.json").read_text(encoding="utf-8"))
    words = {role["key"] for role in programme["roles"]} | {
        role["label"]["fr"] for role in programme["roles"]
    }
    words |= {organisation["key"] for organisation in programme["organisations"]}
    words |= {path.stem for path in (ROOT / "forms").glob("*.form") if "_" in path.stem}

    def choices(components: list[dict[str, object]]) -> Iterator[str]:
        for component in components:
            for option in component.get("values", []):  # type: ignore[attr-defined] # parsed JSON
                if isinstance(option["value"], str) and "_" in option["value"]:
                    yield option["value"]
            yield from choices(component.get("components", []))  # type: ignore[arg-type] # parsed JSON

    for path in (ROOT / "forms").glob("*.form"):
        words |= set(choices(json.loads(path.read_text(encoding="utf-8"))["components"]))
    return words - {programme["name"].lower()}


WORDS = programme_words()


def spoken(tree: ast.Module) -> Iterator[tuple[int, str]]:
    """The string literals of a module that are no docstring."""
    docstrings = {
        id(node.body[0].value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef)
        and node.body
        and isinstance(node.body[0], ast.Expr)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in docstrings:
            yield node.lineno, node.value


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_module_says_no_word_of_the_programme(path: Path) -> None:
    said = [
        (line, text)
        for line, text in spoken(ast.parse(path.read_text(encoding="utf-8")))
        if text in WORDS or text.partition("@")[0] in WORDS
    ]
    assert said == []
