"""Every sentence of the pages has its English, with the same blanks to fill in."""

from __future__ import annotations

import re
from pathlib import Path

from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po

WEB = Path(__file__).parents[2] / "web"
#: What French typography never separates by a space where a line may break.
_BREAKABLE = re.compile(r"\S [:;?!»€%](?=\s|$|[.,)])|« |\w'\w")
_BLANK = re.compile(r"%\(\w+\)s")


def _sentences() -> set[str]:
    found = extract_from_dir(
        WEB,
        method_map=[("**.py", "python"), ("**/templates/**.html", "jinja2")],
        options_map={"**/templates/**.html": {"trim_blocks": "true", "lstrip_blocks": "true"}},
        keywords={"_": None, "gettext": None, "lazy_gettext": None, "ngettext": (1, 2)},
    )
    return {message if isinstance(message, str) else message[0] for _, _, message, _, _ in found}


def test_every_sentence_of_the_pages_has_its_english() -> None:
    with (WEB / "translations/en/LC_MESSAGES/messages.po").open("rb") as file:
        catalogue = read_po(file, locale="en")
    english, blanks = {}, {}
    for message in catalogue:
        if message.id:
            said = message.string if isinstance(message.string, tuple) else (message.string,)
            forms = (message.id,) if isinstance(message.id, str) else message.id
            english[forms[0]] = said
            blanks[forms[0]] = set(_BLANK.findall(" ".join(forms)))
    asked = _sentences()
    assert len(asked) > 300
    assert sorted(one for one in asked if not all(english.get(one, ("",)))) == []
    assert not any(message.fuzzy for message in catalogue)
    for french, said in english.items():
        for sentence in said:
            assert set(_BLANK.findall(sentence)) <= blanks[french], french


def test_french_signs_never_stand_alone_on_a_line() -> None:
    assert [one for one in sorted(_sentences()) if _BREAKABLE.search(one)] == []
