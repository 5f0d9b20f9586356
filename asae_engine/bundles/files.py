"""Brings the files of a bundle together, from folders, single files or a zip, and writes them out again.

What comes in may be hostile: paths that climb, links, bombs, files without end. All of it is refused before
it is read into memory, each with its finding. Files that are no part of a bundle (a README) are left out.
"""

from __future__ import annotations

import io
import lzma
import re
import stat
import unicodedata
import zipfile
import zlib
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from asae_engine.findings import Finding

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

#: The largest file; a drawn process of a hundred steps weighs 150 KB.
FILE_LIMIT = 2_000_000

#: The largest bundle, and the largest zip before it is opened.
TOTAL_LIMIT = 20_000_000

#: The programme has some eighty files.
COUNT_LIMIT = 500

PROGRAMME = "processes/programme.json"

PATH = re.compile(
    r"processes/(?:[A-Za-z0-9_-]{1,80}\.(?:bpmn|dmn)|programme\.json)|forms/[A-Za-z0-9_-]{1,80}\.form",
    re.ASCII,
)

#: How other tools end the name of a diagram.
_OTHER_BPMN = re.compile(r"\.bpmn(?:2|20)?\.xml$|\.bpmn2$", re.IGNORECASE)
_UNFIT = re.compile(r"[^A-Za-z0-9_-]+")

_FOLDERS = {".bpmn": "processes", ".dmn": "processes", ".form": "forms"}

#: The instant every entry of a written zip bears, so that the same bundle is the same file.
_EPOCH = (1980, 1, 1, 0, 0, 0)


#: What the library raises for an archive that is not what it says.
_BROKEN = (
    zipfile.BadZipFile,
    zlib.error,
    lzma.LZMAError,
    NotImplementedError,
    RuntimeError,
    OSError,
    EOFError,
    ValueError,
)


class UnreadableBundle(Exception):  # noqa: N818 - it tells what the bundle is
    """Files that cannot be brought together as a bundle; `findings` says why, each with its file."""

    def __init__(self, findings: list[Finding]) -> None:
        super().__init__("; ".join(finding.message for finding in findings))
        self.findings = findings


def read_folder(*paths: str | Path) -> dict[str, bytes]:
    """The bundle's files under these folders, and these files themselves, by their path in the bundle.

    A file goes where its kind belongs (`x.bpmn` to `processes/`, `x.form` to `forms/`), wherever it is found.
    Raises `UnreadableBundle`.
    """
    gathering = _Gathering()
    for given in paths:
        path = Path(given)
        if not path.exists():
            gathering.refuse(
                "missing", str(given), "Le fichier ou le dossier n’existe pas.", "Vérifiez le chemin."
            )
        for file in _files_under(path):
            target = place_of(file.name)
            if target is None and file == path:
                target = file.name
            if target is not None:
                gathering.take_file(target, file)
    return gathering.finish()


def read_zip(content: bytes) -> dict[str, bytes]:
    """The bundle's files in a zip, by their path in the bundle. Raises `UnreadableBundle`."""
    gathering = _Gathering()
    if len(content) > TOTAL_LIMIT:
        gathering.too_much("(archive)")
        gathering.finish()
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            for entry in archive.infolist():
                if not entry.is_dir():
                    _take_entry(gathering, archive, entry)
    except _BROKEN:
        gathering.refuse(
            "broken_zip",
            "(archive)",
            "L’archive zip est illisible ou protégée par un mot de passe.",
            "Refaites l’archive avec un outil ordinaire, sans mot de passe.",
        )
    return gathering.finish()


def write_zip(files: Mapping[str, bytes]) -> bytes:
    """The files as a zip that `read_zip` takes back; the same files give the same bytes."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in sorted(files):
            archive.writestr(zipfile.ZipInfo(path, _EPOCH), files[path], zipfile.ZIP_DEFLATED)
    return buffer.getvalue()


def check_paths(files: Mapping[str, bytes]) -> list[Finding]:
    """Findings on the paths and sizes of files that came from elsewhere than here."""
    gathering = _Gathering()
    for path, content in files.items():
        gathering.take(path, content)
    return gathering.findings


class _Gathering:
    """The files taken so far and what was refused."""

    def __init__(self) -> None:
        self.files: dict[str, bytes] = {}
        self.findings: list[Finding] = []
        self._total = 0

    def refuse(self, code: str, file: str, message: str, advice: str) -> None:
        shown = "".join(sign if sign.isprintable() else "\N{REPLACEMENT CHARACTER}" for sign in file)[-200:]
        self.findings.append(Finding(f"bundle.{code}", "error", shown, None, None, None, message, advice))

    def too_much(self, file: str) -> None:
        limit = TOTAL_LIMIT if file == "(archive)" else FILE_LIMIT
        self.refuse(
            "too_large",
            file,
            f"Le fichier dépasse la limite de {limit // 1_000_000} Mo.",
            "Retirez-en ce qui n’est pas un diagramme, une décision ou un formulaire.",
        )

    def take_file(self, target: str, file: Path) -> None:
        if file.is_symlink():
            self.refuse(
                "link", str(file), "Le fichier est un lien, ce qui est refusé.", "Copiez le fichier lui-même."
            )
        elif not file.is_file():
            self.refuse("not_a_file", str(file), "Ce n’est pas un fichier ordinaire.", "Retirez-le.")
        elif file.stat().st_size > FILE_LIMIT:
            self.too_much(target)
        else:
            self.take(target, file.read_bytes())

    def take(self, target: str, content: bytes) -> None:
        if PATH.fullmatch(target) is None:
            self.refuse(
                "path",
                target,
                "Le nom du fichier n’est pas permis.",
                "Employez lettres sans accent, chiffres, « _ », « - », et l’extension .bpmn, .dmn ou .form.",
            )
        elif target in self.files:
            self.refuse(
                "twice", target, "Deux fichiers portent ce nom.", "Renommez ou retirez l’un des deux."
            )
        elif len(content) > FILE_LIMIT:
            self.too_much(target)
        elif len(self.files) >= COUNT_LIMIT or self._total + len(content) > TOTAL_LIMIT:
            if not any(finding.code == "bundle.too_many" for finding in self.findings):
                self.refuse(
                    "too_many",
                    target,
                    f"Le lot dépasse {COUNT_LIMIT} fichiers ou {TOTAL_LIMIT // 1_000_000} Mo.",
                    "Retirez les fichiers qui ne servent pas.",
                )
        else:
            self.files[target] = content
            self._total += len(content)

    def finish(self) -> dict[str, bytes]:
        if not self.files and not self.findings:
            self.refuse(
                "empty",
                "(lot)",
                "Aucun diagramme, décision ou formulaire n’a été trouvé.",
                "Vérifiez le dossier.",
            )
        if self.findings:
            raise UnreadableBundle(self.findings)
        return self.files


def _files_under(path: Path) -> Iterator[Path]:
    if not path.is_dir() or path.is_symlink():
        yield from [path] if path.exists() or path.is_symlink() else []
        return
    for entry in sorted(path.iterdir()):
        if entry.name.startswith("."):
            continue
        if entry.is_dir() and not entry.is_symlink():
            yield from _files_under(entry)
        elif place_of(entry.name) is not None:
            yield entry


def place_of(name: str) -> str | None:
    """Where a file of that name goes in a bundle; None when it is no part of one.

    Tools name diagrams and decisions with spaces, accents and dots, and nothing refers to them by that: they
    get a name that we permit. A form's name is its key: it stays, and is refused when it must be.
    """
    if name == "programme.json":
        return PROGRAMME
    path = PurePosixPath(_OTHER_BPMN.sub(".bpmn", name))
    folder = _FOLDERS.get(path.suffix.lower())
    if folder is None:
        return None
    if folder == "processes":
        plain = unicodedata.normalize("NFKD", path.stem).encode("ascii", "ignore").decode()
        name = (_UNFIT.sub("_", plain).strip("_")[:80] or "sans_nom") + path.suffix.lower()
    return f"{folder}/{name}"


def _take_entry(gathering: _Gathering, archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> None:
    path = PurePosixPath(entry.filename)
    climbs = path.is_absolute() or ".." in path.parts or "\\" in entry.filename or ":" in entry.filename
    if climbs or not entry.filename.isprintable() or entry.orig_filename != entry.filename:
        gathering.refuse(
            "path",
            entry.filename,
            "L’archive contient un chemin qui sort de son dossier.",
            "Refaites l’archive à partir du dossier du lot.",
        )
        return
    target = place_of(path.name)
    if target is None or any(part.startswith((".", "__MACOSX")) for part in path.parts):
        return
    if stat.S_ISLNK(entry.external_attr >> 16):
        gathering.refuse(
            "link", entry.filename, "L’archive contient un lien, ce qui est refusé.", "Copiez le fichier."
        )
    elif entry.file_size > FILE_LIMIT:
        gathering.too_much(target)
    else:
        with archive.open(entry) as stream:  # a lying header is cut off here
            gathering.take(target, stream.read(FILE_LIMIT + 1))


def all_paths(files: Iterable[str]) -> list[str]:
    """The paths in the order that people read them: the programme first, then processes, decisions, forms."""
    rank = {".json": 0, ".bpmn": 1, ".dmn": 2, ".form": 3}
    return sorted(files, key=lambda path: (rank.get(PurePosixPath(path).suffix, 4), path))
