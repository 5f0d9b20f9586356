"""`asae check`, `decide`, `feel` and `deploy`: JSON, exit codes, French sentences, and never a traceback."""

import json
from pathlib import Path

import pytest

from tests.decisions import dmn
from web.cli import main

ROOT = Path(__file__).parents[2]
DELAYS = str(ROOT / "processes" / "delays.dmn")


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    code = main(arguments)
    captured = capsys.readouterr()
    assert "Traceback" not in captured.out + captured.err
    return code, captured.out, captured.err


def test_the_programme_would_deploy(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = run(capsys, "check", str(ROOT / "processes"), str(ROOT / "forms"), "--format", "json")
    assert code == 0
    assert [finding for finding in json.loads(out) if finding["severity"] == "error"] == []
    assert run(capsys, "check", str(ROOT / "processes"), str(ROOT / "forms"))[0] == 0


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.bpmn", b""),
        ("a.bpmn", b"<!DOCTYPE a [<!ENTITY x 'y'>]><a/>"),
        ("a.bpmn", b"\x00\xff" * 50),
        ("a.dmn", b"<definitions"),
        ("a.form", b"{"),
        ("a.form", b"\xff\xfe{}"),
        ("a.form", b'{"components": ' + b"[" * 50_000),
        ("programme.json", b"[]"),
        ("programme.json", b'{"roles": NaN}'),
        ("a.form", b"x" * 2_000_001),
        ("nom interdit.form", b"{}"),
        ("a.txt", b"hello"),
    ],
)
def test_a_broken_file_is_refused_with_one_object_a_finding(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, name: str, content: bytes
) -> None:
    (tmp_path / name).write_bytes(content)
    code, out, err = run(capsys, "check", str(tmp_path / name), "--format", "json")
    findings = json.loads(out)
    assert (code, err) == (1, "")
    for finding in findings:
        assert set(finding) == {
            "code",
            "severity",
            "file",
            "line",
            "element",
            "name",
            "message",
            "advice",
            "part",
        }
    assert any(finding["severity"] == "error" for finding in findings)
    code, out, _ = run(capsys, "check", str(tmp_path / name))
    assert code == 1
    assert "la publication serait refusée" in out


def test_a_single_file_is_checked_by_itself(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(capsys, "check", DELAYS, "--format", "json")[:2] == (0, "[]\n")


def test_a_file_given_by_itself_is_named_as_it_was_given(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    for name in ("broken.bpmn", "Accueil d’une famille.v2.bpmn"):
        file = tmp_path / name
        file.write_bytes(b"<definitions")
        code, out, _ = run(capsys, "check", str(file))
        assert code == 1
        assert out.startswith(f"{file}:1")


def test_a_missing_path_is_a_finding(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = run(capsys, "check", "/nowhere/at/all", "--format", "json")
    assert code == 1
    assert json.loads(out)[0]["code"] == "bundle.missing"


def test_a_decision_answers_in_json(capsys: pytest.CaptureFixture[str]) -> None:
    given = json.dumps({"step": "admissibility", "arrived": "2026-04-29"})
    code, out, _ = run(capsys, "decide", DELAYS, "--decision", "delays", "--input", given)
    assert code == 0
    assert json.loads(out)["due"] == "2026-05-07"
    assert json.loads(run(capsys, "decide", DELAYS, "--decision", "Délais", "--input", given)[1])


@pytest.mark.parametrize(
    ("arguments", "code", "name"),
    [
        (("decide", DELAYS, "--decision", "nope"), 1, "decision.unknown"),
        (("decide", DELAYS, "--decision", "delays", "--input", "{"), 2, "cli.bad_json"),
        (("decide", DELAYS, "--decision", "delays", "--input", "[]"), 2, "cli.bad_json"),
        (("decide", DELAYS, "--decision", "delays", "--input", '{"step": Infinity}'), 2, "cli.bad_json"),
        (("decide", DELAYS, "--decision", "delays", "--input", "[" * 100_000), 2, "cli.bad_json"),
        (("decide", "/nowhere.dmn", "--decision", "x"), 2, "cli.unreadable_file"),
        (("decide", "/nowhere\0.dmn", "--decision", "x"), 2, "cli.unreadable_file"),
        (("decide", str(ROOT), "--decision", "x"), 2, "cli.unreadable_file"),
        (("decide", str(ROOT / "pyproject.toml"), "--decision", "x"), 1, "dmn.broken_xml"),
        (("feel", "1 +"), 1, "feel.syntax"),
        (("feel", ""), 1, "feel.syntax"),
        (("feel", "a == b"), 1, "feel.syntax"),
        (("feel", "foo(1)"), 1, "feel.unknown_function"),
        (("feel", '"a" < 3'), 1, "feel.error"),
        (("feel", "10 ** 400"), 1, "feel.error"),
        (("feel", "for i in 1..1000000000 return i"), 1, "feel.timeout"),
        (("feel", "x", "--context", '{"x": NaN}'), 2, "cli.bad_json"),
        (("feel", "x", "--context", '"text"'), 2, "cli.bad_json"),
    ],
)
def test_what_goes_wrong_is_json_with_a_code_and_a_sentence(
    capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...], code: int, name: str
) -> None:
    found, out, _ = run(capsys, *arguments)
    answer = json.loads(out)
    assert (found, answer["code"]) == (code, name)
    assert answer["message"].endswith((".", "}."))


@pytest.mark.parametrize(
    ("written", "kind"),
    [
        ("2026-03-01", "date"),
        ("2026-03-01T10:30:00Z", "date and time"),
        ("2026-03-01T10:30:00+05:30", "date and time"),
        ("2026-03-01T10:30:00@America/New_York", "date and time"),
        ("10:30:00", "time"),
        ("10:30:00@Europe/Paris", "time"),
        ("10:30:00-04:00", "time"),
        ("P1Y2M", "years and months duration"),
        ("-P3DT4H30M", "days and time duration"),
        ("P3", "string"),
        ("2026-02-30", "string"),
        ("10:30", "string"),
        ("0800", "string"),
    ],
)
def test_what_feel_answers_can_be_given_back_to_it(
    capsys: pytest.CaptureFixture[str], written: str, kind: str
) -> None:
    given = json.dumps({"x": {"a": [written, None, 12.1, 9007199254740991, True]}})
    code, out, _ = run(capsys, "feel", "x", "--context", given, "--typed")
    assert (code, json.loads(out)) == (0, json.loads(given)["x"])
    asked = f"x.a[1] instance of {kind}"
    assert json.loads(run(capsys, "feel", asked, "--context", given, "--typed")[1]) is True
    assert json.loads(run(capsys, "feel", "x.a[1] instance of string", "--context", given)[1]) is True


def test_an_instant_of_paris_is_answered_in_utc_and_is_the_same_when_given_back(
    capsys: pytest.CaptureFixture[str],
) -> None:
    answer = json.loads(run(capsys, "feel", '{ at: @"2026-07-01T10:00:00@Europe/Paris" }')[1])
    assert answer == {"at": "2026-07-01T08:00:00+00:00"}
    back = run(capsys, "feel", "at.hour", "--context", json.dumps(answer), "--typed")[1]
    assert json.loads(back) == 10


def test_a_decision_takes_what_it_gave_and_says_where_it_could_not(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    file = tmp_path / "wait.dmn"
    rules = [(['< @"P10D"'], ["x * 2", "at + x"]), (["-"], ['x + "a"', "at"])]
    file.write_bytes(dmn.file(dmn.table(rules, policy="FIRST", outputs=("x", "at"), name="Attente")))
    given = {"x": "P3DT12H", "at": "2026-03-01T10:00:00Z"}
    asked = ("decide", str(file), "--decision", "Attente", "--input")
    code, out, _ = run(capsys, *asked, json.dumps(given))
    assert (code, json.loads(out)) == (0, {"x": "P7D", "at": "2026-03-04T22:00:00Z"})
    code, out, _ = run(capsys, *asked, out)
    assert (code, json.loads(out)) == (0, {"x": "P14D", "at": "2026-03-11T22:00:00Z"})
    code, out, _ = run(capsys, *asked, out)
    refusal = json.loads(out)
    assert (code, refusal["decision"], refusal["rules"], refusal["cell"]) == (1, "t", [2], "x")
    assert "règle 2" in refusal["message"]


def test_feel_answers_in_json(capsys: pytest.CaptureFixture[str]) -> None:
    asked = [
        ("1 + 1", "{}", 2),
        ("0.1 + 0.2", "{}", 0.3),
        ("prénom", '{"prénom": "Zoé"}', "Zoé"),
        ("x", '{"x": "2026-03-01"}', "2026-03-01"),
        ('date(x) + duration("P1D")', '{"x": "2026-02-28"}', "2026-03-01"),
        ('[duration("P1M"), null, {a: time("10:00:00")}]', "{}", ["P1M", None, {"a": "10:00:00"}]),
    ]
    for expression, context, answer in asked:
        code, out, _ = run(capsys, "feel", expression, "--context", context)
        assert (code, json.loads(out)) == (0, answer)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ((), "il manque COMMANDE"),
        (("check",), "il manque CHEMIN"),
        (("check", "x", "--format", "xml"), "« xml » n’est pas permis"),
        (("feel", "1", "--nope"), "argument inconnu : --nope"),
        (("feel", "1", "--context"), "--context attend une valeur"),
        (("nope",), "« nope » n’est pas permis"),
        (("clock", "--until", "demain"), "écrivez un jour"),
        (("clock",), "il manque --until"),
        (("deploy", "processes"), "il manque --reason"),
    ],
)
def test_wrong_arguments_are_one_french_sentence(
    capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...], words: str
) -> None:
    code, out, err = run(capsys, *arguments)
    assert (code, out) == (2, "")
    assert words in err
    assert len(err.strip().splitlines()) == 1


def test_a_deployment_is_made_once(capsys: pytest.CaptureFixture[str], database_url: str) -> None:
    paths = (str(ROOT / "processes"), str(ROOT / "forms"))
    rest = ("--reason", "Premier essai", "--database-url", database_url)
    assert run(capsys, "deploy", *paths, *rest)[:2] == (0, "Version 1 publiée.\n")
    assert run(capsys, "deploy", *paths, *rest)[0] == 0
    code, out, _ = run(capsys, "deploy", *paths, *rest, "--if-none")
    assert (code, out) == (0, "La version 1 est déjà publiée : rien n’a été changé.\n")
    code, out, _ = run(capsys, "deploy", str(ROOT / "forms"), *rest)
    assert code == 1
    assert "La publication" in out or "refusée" in out


def test_a_deployment_wants_a_reason(capsys: pytest.CaptureFixture[str]) -> None:
    code, _, err = run(capsys, "deploy", "processes", "--reason", "  ")
    assert code == 2
    assert "raison" in err


def test_a_failure_that_nobody_foresaw_is_a_sentence(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    paths = (str(ROOT / "processes"), str(ROOT / "forms"))
    url = f"sqlite:///{tmp_path}/no/folder/a.db"
    code, _, err = run(capsys, "deploy", *paths, "--reason", "x", "--database-url", url)
    assert code == 3
    assert "erreur imprévue" in err
