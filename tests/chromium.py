"""A real Chromium for the browser tests, and what each of them asks of every page it visits.

Not a test module. `tests/conftest.py` turns it into fixtures: `chromium` (one browser a worker) and `page` (a
fresh context at 1366x768).
"""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from playwright.sync_api import Page, Playwright

WIDE = {"width": 1366, "height": 768}
NARROW = {"width": 390, "height": 844}

FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
AXE = Path(__file__).parent.parent / "node_modules/axe-core/axe.min.js"

# Before any script of the page: remember what the content security policy refused.
WATCH_POLICY = """
window.__refused = [];
document.addEventListener('securitypolicyviolation', event =>
  window.__refused.push(`${event.violatedDirective} ${event.blockedURI} ${event.sourceFile}`));
"""


def executable() -> str | None:
    """The system's Chromium, or None for the one that Playwright installed."""
    names = (
        os.environ.get("CHROMIUM", ""),
        "chromium",
        "chromium-browser",
        "google-chrome",
        "google-chrome-stable",
        "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
        "/Applications/Chromium.app/Contents/MacOS/Chromium",
    )
    return next((found for name in names if name and (found := shutil.which(name))), None)


def launch(playwright: Playwright) -> Any:
    """A headless Chromium that asks nothing of the network."""
    return playwright.chromium.launch(executable_path=executable(), args=FLAGS, headless=True)


def accessibility(page: Page) -> list[str]:
    """What axe-core finds wrong with the page as it stands: one line a rule and node."""
    page.evaluate(AXE.read_text(encoding="utf-8"))
    result = page.evaluate("axe.run(document, {resultTypes: ['violations']})")
    return [
        f"{found['id']}: {node['html'][:160]} ({json.dumps(node['target'])})"
        for found in result["violations"]
        for node in found["nodes"]
    ]


def refused(page: Page) -> list[str]:
    """What the content security policy refused on the page since it was loaded."""
    found: list[str] = page.evaluate("window.__refused || []")
    return found


def overflow(page: Page) -> int:
    """How many pixels the page is wider than its window; 0 when nothing scrolls sideways."""
    width: int = page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
    return max(0, width)
