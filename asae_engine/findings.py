"""What a check found in a bundle: one value for every room that reads files, and its order and JSON shape.

A finding is a French sentence for the process owner and the place it speaks of; never personal data.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Iterable

Severity = Literal["error", "warning", "info"]

_ORDER: dict[str, int] = {"error": 0, "warning": 1, "info": 2}


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing to say about one place of a bundle."""

    #: Stable, dotted, in English: `dmn.unknown_type`. Tests and the editor rely on it.
    code: str
    severity: Severity
    #: Path inside the bundle: `processes/delays.dmn`.
    file: str
    #: Line in the file, from 1; none when the finding concerns the file as a whole.
    line: int | None
    #: Identifier of the element in the file: a BPMN or DMN id, a form's field key.
    element: str | None
    #: What people call the element.
    name: str | None
    #: What is wrong, a French sentence.
    message: str
    #: What to do about it, a French sentence.
    advice: str
    #: Identifier of what within the element, where that is more exact: a rule, a cell or a column of a table.
    part: str | None = None

    def as_json(self) -> dict[str, str | int | None]:
        """The finding as `asae check --format json` prints it."""
        return asdict(self)


def refused(findings: Iterable[Finding]) -> bool:
    """Whether the findings hold at least one error: then nothing may be deployed."""
    return any(finding.severity == "error" for finding in findings)


def in_order(findings: Iterable[Finding]) -> list[Finding]:
    """The findings as people read them: by file, errors first, then by line. Each is said once."""
    return sorted(
        dict.fromkeys(findings),
        key=lambda found: (
            found.file,
            _ORDER[found.severity],
            found.line or 0,
            found.code,
            found.element or "",
        ),
    )
