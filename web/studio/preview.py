"""A form as people will see it, drawn by the same code as their task page, from the draft."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import abort, render_template

from asae_engine import forms
from web import visit
from web.rendering import render_form
from web.studio.blueprint import blueprint, workspace
from web.studio.files import Kind, path_of

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue


@blueprint.get("/formulaire/<stem>/apercu")
def form_preview(stem: str) -> ResponseReturnValue:
    """The form, empty; nothing that is typed in it is kept."""
    path = path_of(Kind.FORM, stem)
    content = workspace().content(path)
    if content is None:
        abort(404)
    form, findings = forms.parse(content, path)
    drawn = None if form is None else render_form(form, {}, context={}, now=visit.now())
    return render_template("studio/form_preview.html", form=form, drawn=drawn, findings=findings, stem=stem)
