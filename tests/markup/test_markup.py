"""XML from outside is read in one place, and does nothing there."""

import pytest

from asae_engine import markup

KIND = markup.Kind("kind", ("urn:x",), "un fichier", "Découpez-le.", "Rouvrez-le.", "Choisissez-en un autre.")
SOUND = b'<definitions xmlns="urn:x"><a/></definitions>'


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "empty"),
        (b" \n", "empty"),
        (b"<definitions", "broken_xml"),
        (b"\x00\xff" * 40, "broken_xml"),
        (b'<?xml version="1.0" encoding="none-such"?><a/>', "broken_xml"),
        (b"<!DOCTYPE a [<!ENTITY x 'y'>]><a>&x;</a>", "doctype"),
        ("<!DOCTYPE a><a/>".encode("utf-16"), "doctype"),
        (b"<a>" * 400 + b"</a>" * 400, "broken_xml"),
        (b" " * (markup.SIZE_LIMIT + 1), "too_large"),
    ],
)
def test_hostile_xml_is_refused_with_a_sentence_and_not_even_glanced_at(content: bytes, code: str) -> None:
    root, findings = markup.read(content, "x", KIND)
    assert root is None
    assert [finding.code for finding in findings] == [f"kind.{code}"]
    assert findings[0].message.endswith(".")
    assert markup.glance(content) is None


def test_another_root_is_glanced_at_but_not_taken() -> None:
    assert [finding.code for finding in markup.read(b"<a/>", "x", KIND)[1]] == ["kind.not_kind"]
    glanced = markup.glance(b"<a/>")
    assert glanced is not None
    assert glanced.tag == "a"


def test_a_sound_file_is_read() -> None:
    root, findings = markup.read(SOUND, "x", KIND)
    assert root is not None
    assert findings == []


@pytest.mark.parametrize("encoding", ["ISO-8859-1", "UTF-16", "windows-1252", "UTF-8"])
def test_a_text_in_another_encoding_is_the_same_file_once_it_is_saved_as_utf8(encoding: str) -> None:
    written = f'<?xml version="1.0" encoding="{encoding}"?>\r\n<definitions xmlns="urn:x" name="Été"/>'
    shown = markup.as_text(written.encode(encoding))
    assert shown == written.replace(encoding, "UTF-8")
    root, findings = markup.read(shown.encode(), "x", KIND)
    assert findings == []
    assert root is not None
    assert root.get("name") == "Été"


@pytest.mark.parametrize(
    ("content", "text"), [(b"", ""), (b"<a", "<a"), ("é".encode(), "é"), (b"\xe9", "\ufffd")]
)
def test_what_is_no_xml_is_shown_as_utf8(content: bytes, text: str) -> None:
    assert markup.as_text(content) == text
