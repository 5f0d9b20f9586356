"""Finding a case: by its number, or by the name of its household when the reader may know it.

Names are compared without accents, case or punctuation, by their beginnings, in any order
(`Household.search_key`). A case that the reader may not see is not found, and a household whose name they may
not read is not found by its name.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import ColumnElement, Select, and_, or_, select

from asae_engine import access
from asae_engine.access import Tie
from asae_engine.model import Case, CaseStatus, Household
from asae_engine.reading import identity

if TYPE_CHECKING:
    from datetime import datetime
    from uuid import UUID

    from sqlalchemy.engine import Row
    from sqlalchemy.orm import Session

    from asae_engine.access import Actor

LIMIT = 50
_NUMBER = re.compile(r"\d{4}-?\d{0,6}")
_WORDS = re.compile(r"[a-z0-9]+")


@dataclass(frozen=True, slots=True)
class Found:
    """A case that was found."""

    case_id: UUID
    number: str
    household: str | None
    town: str | None
    door: str | None
    status: CaseStatus
    stage: str
    opened_at: datetime
    closed_at: datetime | None


def plain(text: str) -> str:
    """A name without accents, case or punctuation."""
    decomposed = unicodedata.normalize("NFKD", text.replace("œ", "oe").replace("Œ", "oe").replace("ß", "ss"))
    letters = "".join(letter for letter in decomposed if not unicodedata.combining(letter))
    return " ".join(_WORDS.findall(letters.casefold()))


def search(session: Session, actor: Actor, text: str) -> list[Found]:
    """Cases whose number begins with the text, or whose household bears these words; open ones first, newest
    first.
    """
    asked = text.strip()[:80]
    if _NUMBER.fullmatch(asked):
        wanted: ColumnElement[bool] | None = Case.number.startswith(_numbered(asked), autoescape=True)
    else:
        wanted = _named(session, actor, plain(asked).split())
    return [] if wanted is None else _found(session, actor, wanted)


def recent(session: Session, actor: Actor, *, status: CaseStatus | None, limit: int = LIMIT) -> list[Found]:
    """The cases that the reader sees, opened last first. Index `ix_case_status_opened_at`."""
    wanted = [] if status is None else [Case.status == status]
    return _found(session, actor, and_(*wanted) if wanted else None, limit=limit)


def _numbered(text: str) -> str:
    digits = text.replace("-", "")
    return digits[:4] + ("-" + digits[4:] if len(digits) > 4 or "-" in text else "")


def _named(session: Session, actor: Actor, words: list[str]) -> ColumnElement[bool] | None:
    """Every word begins a word of the household's names. Only under ties that let the reader know names: a
    closer tie never shows less.
    """
    if not words:
        return None
    shown = identity.reader(session, actor).shown
    closest = next((tie for tie in Tie if shown[tie]), None)
    if closest is None:
        return None
    key = Household.search_key
    each = [
        or_(key.startswith(word, autoescape=True), key.contains(" " + word, autoescape=True))
        for word in words[:6]
    ]
    return and_(*each, access.tied_cases(actor, closest))


def _found(
    session: Session, actor: Actor, wanted: ColumnElement[bool] | None, limit: int = LIMIT
) -> list[Found]:
    query: Select[*tuple[Any, ...]] = (
        select(
            Case.id,
            Case.number,
            Case.title,
            Case.door,
            Case.status,
            Case.stage,
            Case.opened_at,
            Case.closed_at,
            Household.town,
            access.tie_column(actor).label("tie"),
        )
        .join(Household, Household.id == Case.household_id)
        .where(access.visible_cases(actor))
        .order_by(Case.status.desc(), Case.opened_at.desc(), Case.id.desc())
        .limit(limit)
    )
    if wanted is not None:
        query = query.where(wanted)
    names = identity.reader(session, actor)
    return [_line(row, names) for row in session.execute(query)]


def _line(row: Row[*tuple[Any, ...]], names: identity.Names) -> Found:
    return Found(
        case_id=row.id,
        number=row.number,
        household=names.household(row.title, Tie(row.tie)),
        town=names.town(row.town, Tie(row.tie)),
        door=names.door(row.door),
        status=CaseStatus(row.status),
        stage=row.stage,
        opened_at=row.opened_at,
        closed_at=row.closed_at,
    )
