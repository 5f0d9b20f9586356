"""Whatever is uploaded as a bundle is a bundle that runs, or a list of findings."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from asae_engine import bundles
from tests import mutations
from tests.limits import assert_plain, hostile, within_limits

ROOT = Path(__file__).parent.parent.parent
REAL = bundles.read_folder(ROOT / "processes", ROOT / "forms")


def _strange(path: str, content: bytes) -> st.SearchStrategy[bytes]:
    if path not in REAL or content != REAL[path]:
        return mutations.of_bytes(content)
    made = mutations.of_xml if path.endswith((".bpmn", ".dmn")) else mutations.of_json
    return made(content) | mutations.of_bytes(content)


_CHANGES = ["gone", "exchanged", "cut", "strange", "strange", "piece", "twice", "renamed"]


@st.composite
def mutated(draw: st.DrawFn) -> dict[str, bytes]:
    """The programme with some files taken away, exchanged, cut, or with pieces of others in them."""
    files = dict(REAL)
    for _ in range(draw(st.integers(1, 4))):
        path, other = draw(st.sampled_from(sorted(files))), draw(st.sampled_from(sorted(files)))
        content, strange = files[path], files[other]
        at = draw(st.integers(0, len(content)))
        match draw(st.sampled_from(_CHANGES)):
            case "gone":
                del files[path]
            case "exchanged":
                files[path], files[other] = strange, content
            case "cut":
                files[path] = content[:at]
            case "strange":
                files[path] = draw(_strange(path, content))
            case "piece":
                start = draw(st.integers(0, len(strange)))
                files[path] = content[:at] + strange[start : start + 300] + content[at:]
            case "twice":
                files[f"{path[:-5]}_bis{path[-5:]}"] = content
            case "renamed":
                files[draw(st.text(max_size=20))] = files.pop(path)
        if not files:
            return {}
    return files


@hostile(20)
@given(files=mutated())
def test_any_bundle_runs_or_is_a_list_of_findings(files: dict[str, bytes]) -> None:
    with within_limits():
        bundle, findings = bundles.check(files)
    assert bundle is not None or any(finding.severity == "error" for finding in findings)
    for finding in findings:
        assert_plain(f"{finding.message} {finding.advice}")


@hostile(60)
@given(data=st.data())
def test_any_archive_is_files_or_a_list_of_findings(data: st.DataObject) -> None:
    whole = bundles.write_zip({path: REAL[path] for path in sorted(REAL)[:3]})
    at = data.draw(st.integers(0, len(whole)))
    cut = data.draw(st.integers(0, 40))
    content = whole[:at] + data.draw(st.binary(max_size=20)) + whole[at + cut :]
    with within_limits():
        try:
            files = bundles.read_zip(content)
        except bundles.UnreadableBundle as refusal:
            for finding in refusal.findings:
                assert_plain(f"{finding.message} {finding.advice}")
        else:
            bundles.check_each(files)


def test_an_archive_that_swells_is_refused_before_it_swells() -> None:
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as archive:
        for number in range(20):
            archive.writestr(f"processes/p{number}.bpmn", b"0" * 50_000_000)
    with within_limits(), pytest.raises(bundles.UnreadableBundle):
        bundles.read_zip(held.getvalue())
