"""Draws a programme's form as HTML that works without scripts. Knows no route, no database and no rights."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import render_template
from markupsafe import Markup

from web.rendering.building import Builder
from web.rendering.page import Draft

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime

    from asae_engine.forms import Confirmation, Directory, Form

__all__ = ["Draft", "render_form"]


def render_form(
    form: Form,
    values: Mapping[str, object],
    *,
    now: datetime,
    context: Mapping[str, object],
    errors: Mapping[str, list[str]] | None = None,
    to_confirm: Mapping[str, Confirmation] | None = None,
    directory: Directory | None = None,
    previous: Mapping[str, object] | None = None,
    masked: Mapping[str, str] | None = None,
    mark_labels: Mapping[str, str] | None = None,
    readable: Callable[[str], bool] | None = None,
    draft: Draft | None = None,
) -> Markup:
    """Everything inside the page's `<form>` but its CSRF token and its buttons.

    `values` are nested JSON: a draft, `forms.prefill`, or `InvalidAnswers.raw`. `context` is what conditions
    see, typed. `readable` says of a dotted path of the context whether this browser may have it; without it,
    all may. `masked` gives for a key the sentence shown in place of its question, `mark_labels` the words of
    marks, `previous` earlier answers.
    """
    builder = Builder(
        form,
        values,
        now=now,
        context=context,
        errors=errors or {},
        to_confirm=to_confirm or {},
        directory=directory,
        previous=previous or {},
        masked=masked or {},
        mark_labels=mark_labels or {},
    )
    page = builder.page(draft, readable)
    return Markup(render_template("fields/form.html", page=page))  # noqa: S704 - our own template, escaping on
