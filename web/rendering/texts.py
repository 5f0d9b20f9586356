"""Markdown of a form's texts as safe HTML: paragraphs, lists, emphasis and links, nothing else."""

from __future__ import annotations

from functools import lru_cache

import nh3
from markdown_it import MarkdownIt
from markupsafe import Markup

_TAGS = {"p", "br", "strong", "em", "ul", "ol", "li", "a", "h3", "h4", "blockquote", "code"}
_markdown = MarkdownIt("commonmark", {"html": False, "breaks": True})


@lru_cache(maxsize=1_000)
def markdown(text: str) -> Markup:
    """The HTML of a Markdown text. Headings sink below those of the page."""
    lowered = "\n".join(f"##{line}" if line.startswith("#") else line for line in text.splitlines())
    html = _markdown.render(lowered)
    clean = nh3.clean(
        html,
        tags=_TAGS,
        attributes={"a": {"href"}},
        url_schemes={"http", "https", "mailto", "tel"},
        link_rel="noopener noreferrer",
    )
    return Markup(clean)  # noqa: S704 - nh3 has just cleaned it
