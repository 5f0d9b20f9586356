"""The diagram of a case with its tokens, and the same in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask_babel import gettext, ngettext

from web import visit, words
from web.studio.outline import outline

if TYPE_CHECKING:
    from collections.abc import Sequence

    from asae_engine.reading.cases import Drawing, Place
    from web.studio.outline import Step


def chosen(drawings: Sequence[Drawing], key: str) -> Drawing | None:
    """The diagram asked for among those in which the case stands, else the first."""
    return next((one for one in drawings if one.process_key == key), drawings[0] if drawings else None)


def marks(drawing: Drawing) -> list[dict[str, object]]:
    """What the island shows on the diagram's elements."""
    return [_mark(place) for place in drawing.places]


def words_of(place: Place) -> str:
    """What stands on an element, as it is spoken."""
    here = str(ngettext("la situation est ici", "la situation est ici %(num)s fois", place.count))
    if place.due_at is None:
        return here
    return str(gettext("%(here)s, échéance %(when)s", here=here, when=words.deadline(place.due_at)))


def in_words(drawing: Drawing) -> list[Step]:
    """The diagram in words, with the same marks."""
    return outline(drawing.xml, marks(drawing))


def _mark(place: Place) -> dict[str, object]:
    late = place.due_at is not None and place.due_at < visit.now()
    return {
        "element": place.element_id,
        "kind": "late" if late else "token",
        "text": str(place.count),
        "title": words_of(place),
    }
