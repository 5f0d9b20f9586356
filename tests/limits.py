"""What hostile input may never do: take long, grow the process, or make it speak of its insides. Not a test
module.
"""

from __future__ import annotations

import os
import re
import resource
import sys
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

from hypothesis import HealthCheck, settings

if TYPE_CHECKING:
    from collections.abc import Iterator

#: Seconds of processor and bytes of memory that one input may take.
SECONDS = 2.0
GROWTH = 200 * 2**20

#: How many times more examples than usual tests of hostile input draw: `make prove` asks for many, and for
#: fresh ones each time; `make test` draws the same each time: what it says of a change is about the change.
TIMES = int(os.environ.get("ASAE_EXAMPLES", "1"))

#: What only a program says: Python's, its libraries', JavaScript's.
INSIDES = re.compile(
    r"Traceback|File \"|line \d+, in |<class '|object at 0x|NoneType|__\w+__|sqlalchemy|werkzeug|jinja2|lxml|"
    r"marshmallow|SpiffWorkflow|mini.?racer|\b(?:Key|Type|Value|Attribute|Index|Recursion|Unicode\w*|Lookup|Name|"
    r"Assertion|Reference|Range|Syntax|Integrity|Operational|Data)Error\b|undefined is not|\[object Object\]|"
    r"Cannot read propert",
)


def hostile(examples: int) -> settings:
    """The settings of a test of hostile input."""
    return settings(
        max_examples=examples * TIMES,
        deadline=None,
        derandomize=TIMES == 1,
        suppress_health_check=list(HealthCheck),
    )


@contextmanager
def within_limits() -> Iterator[None]:
    """Fail when the block takes more processor or memory than one input may."""
    memory, began = _most_memory(), time.process_time()
    yield
    spent, grown = time.process_time() - began, _most_memory() - memory
    assert spent < SECONDS, f"{spent:.1f} s"
    assert grown < GROWTH, f"{grown / 2**20:.0f} MB"


def assert_plain(text: str) -> None:
    """Fail when a sentence for people, or an answer to a program, shows the insides."""
    found = INSIDES.search(text)
    assert found is None, text[max(0, found.start() - 200) : found.end() + 200]


def _most_memory() -> int:
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit
