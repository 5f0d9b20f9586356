"""Folders and archives are taken in whatever they hold; what is hostile is refused in French, with a code."""

import io
import stat
import zipfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from asae_engine import bundles

ROOT = Path(__file__).parents[2]


def refused(action: object) -> list[str]:
    with pytest.raises(bundles.UnreadableBundle) as caught:
        action()  # type: ignore[operator] # a thunk
    for finding in caught.value.findings:
        assert finding.message.endswith(".")
        assert finding.advice.endswith(".")
        assert finding.file.isprintable()
    return [finding.code for finding in caught.value.findings]


def archive(*entries: tuple[str | zipfile.ZipInfo, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as written:
        for name, content in entries:
            written.writestr(name, content)
    return buffer.getvalue()


def test_the_programme_survives_the_archive_byte_for_byte() -> None:
    files = bundles.read_folder(ROOT / "processes", ROOT / "forms")
    written = bundles.write_zip(files)
    assert bundles.read_zip(written) == files
    assert bundles.write_zip(dict(reversed(files.items()))) == written


def test_a_file_goes_where_its_kind_belongs(tmp_path: Path) -> None:
    inner = tmp_path / "somewhere" / "else"
    inner.mkdir(parents=True)
    for name in ("a.bpmn", "b.dmn", "c.form", "programme.json", "README.md", ".hidden.form"):
        (inner / name).write_bytes(b"x")
    expected = {"processes/a.bpmn", "processes/b.dmn", "forms/c.form", "processes/programme.json"}
    assert bundles.read_folder(tmp_path).keys() == expected


@pytest.mark.parametrize(
    ("name", "path"),
    [
        ("household_path.bpmn", "processes/household_path.bpmn"),
        ("Accueil d’une famille (v2).bpmn", "processes/Accueil_dune_famille_v2.bpmn"),
        ("Évaluation.été.DMN", "processes/Evaluation_ete.dmn"),
        ("A.1.0-roundtrip.bpmn20.xml", "processes/A_1_0-roundtrip.bpmn"),
        ("流程.bpmn2", "processes/sans_nom.bpmn"),
        ("x" * 300 + ".bpmn", "processes/" + "x" * 80 + ".bpmn"),
        ("Compte rendu.form", "forms/Compte rendu.form"),
        ("notes.xml", None),
    ],
)
def test_tools_name_diagrams_as_they_please_and_a_form_is_named_by_its_key(
    name: str, path: str | None
) -> None:
    assert bundles.place_of(name) == path
    if path is not None and path.startswith("processes/"):
        assert bundles.read_zip(archive((name, b"x"))).keys() == {path}


def test_what_is_no_bundle_is_refused(tmp_path: Path) -> None:
    assert refused(lambda: bundles.read_folder(tmp_path)) == ["bundle.empty"]
    assert refused(lambda: bundles.read_folder(tmp_path / "nope")) == ["bundle.missing"]
    (tmp_path / "a.txt").write_bytes(b"x")
    assert refused(lambda: bundles.read_folder(tmp_path / "a.txt")) == ["bundle.path"]


def test_links_twins_strange_names_and_giants_are_all_said_at_once(tmp_path: Path) -> None:
    (tmp_path / "one").mkdir()
    (tmp_path / "a.form").write_bytes(b"x")
    (tmp_path / "one" / "a.form").write_bytes(b"y")
    (tmp_path / "été.form").write_bytes(b"x")
    (tmp_path / "big.dmn").write_bytes(b"x" * 2_000_001)
    (tmp_path / "link.bpmn").symlink_to("/etc/passwd")
    (tmp_path / "loop").symlink_to(tmp_path)
    codes = refused(lambda: bundles.read_folder(tmp_path))
    assert sorted(codes) == ["bundle.link", "bundle.path", "bundle.too_large", "bundle.twice"]


@pytest.mark.parametrize(
    "name",
    [
        "../a.form",
        "/etc/a.form",
        "forms/../../a.form",
        "..\\a.form",
        "C:\\a.form",
        "forms/a\x01.form",
        "forms/é a.form",
    ],
)
def test_a_path_that_climbs_or_a_strange_name_is_refused(name: str) -> None:
    assert refused(lambda: bundles.read_zip(archive((name, b"x")))) == ["bundle.path"]
    findings = bundles.check({name: b"x"})[1]
    assert "bundle.path" in [finding.code for finding in findings]


def test_a_link_in_an_archive_is_refused() -> None:
    entry = zipfile.ZipInfo("forms/a.form")
    entry.external_attr = (stat.S_IFLNK | 0o777) << 16
    assert refused(lambda: bundles.read_zip(archive((entry, b"/etc/passwd")))) == ["bundle.link"]


def test_bombs_are_refused_before_they_are_opened() -> None:
    giant = archive(("forms/a.form", b"\0" * 50_000_000))
    assert len(giant) < 100_000
    assert refused(lambda: bundles.read_zip(giant)) == ["bundle.too_large"]
    many = archive(*((f"forms/f{number}.form", b"x") for number in range(501)))
    assert refused(lambda: bundles.read_zip(many)) == ["bundle.too_many"]
    heap = archive(*((f"forms/f{number}.form", b"\0" * 1_900_000) for number in range(12)))
    assert refused(lambda: bundles.read_zip(heap)) == ["bundle.too_many"]
    assert refused(lambda: bundles.read_zip(b"x" * 20_000_001)) == ["bundle.too_large"]


def test_a_lying_header_does_not_help_a_bomb() -> None:
    honest = bytearray(archive(("forms/a.form", b"\0" * 5_000_000)))
    size = (5_000_000).to_bytes(4, "little")
    lying = bytes(honest).replace(size, (10).to_bytes(4, "little"))
    assert refused(lambda: bundles.read_zip(lying))[0] in ("bundle.broken_zip", "bundle.too_large")


@pytest.mark.parametrize(
    "content",
    [b"", b"PK", b"not a zip", pytest.param(archive(("forms/a.form", b"x"))[:-30], id="cut off")],
)
def test_a_broken_archive_is_refused(content: bytes) -> None:
    assert refused(lambda: bundles.read_zip(content)) == ["bundle.broken_zip"]


@settings(deadline=None)
@given(st.binary(max_size=400))
def test_no_bytes_whatever_do_more_than_be_refused(content: bytes) -> None:
    with pytest.raises(bundles.UnreadableBundle):
        bundles.read_zip(content)


@settings(deadline=None)
@given(st.dictionaries(st.text(max_size=20), st.binary(max_size=60), max_size=4))
def test_no_files_whatever_make_a_check_fall_over(files: dict[str, bytes]) -> None:
    bundle, findings = bundles.check(files)
    assert bundle is None
    assert findings
