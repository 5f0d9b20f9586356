"""A tiny site of one page a form, with the policy of the real one, a draft address and ways to fail."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from flask import Flask, jsonify, render_template_string, request
from flask_babel import Babel
from werkzeug.serving import make_server

from asae_engine import forms
from asae_engine.forms import Form, Upload
from asae_engine.forms.definition import Option
from web.protection import POLICY
from web.rendering import Draft, render_form

if TYPE_CHECKING:
    from collections.abc import Iterator

    from flask.typing import ResponseReturnValue

ROOT = Path(__file__).parents[2]
NOW = datetime(2026, 11, 24, 10, 42, tzinfo=UTC)
LABELS = {
    "P": "Identité",
    "S": "Social",
    "B": "Budget",
    "H": "Santé",
    "V": "Violences",
    "A": "Adresse protégée",
}
PAGE = """<!doctype html><html lang="fr"><head><meta charset="utf-8"><title>Essai</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="csrf-token" content="{{ token }}">
<link rel="icon" href="data:,"><link rel="stylesheet" href="/static/build/site.css">
<link rel="stylesheet" href="/static/build/form.css">
<script type="module" src="/static/build/form.js"></script></head>
<body><main class="container-xl"><h1>{{ title }}</h1>
<form class="panel" method="post" enctype="multipart/form-data" novalidate>
<input type="hidden" name="csrf_token" value="{{ token }}">{{ fields }}
<div class="form-actions" data-form-actions>
<button class="btn btn-primary" name="_action" value="complete">Terminer</button>
<button class="btn btn-outline-secondary" name="_action" value="save">Garder</button></div></form>
<form method="post" action="/deconnexion"><button>Se déconnecter</button></form></main></body></html>"""


class Team:
    def people(self, spec: str) -> list[Option]:
        return [Option("nadia", "Nadia Belkacem"), Option("paul", "Paul Roux")] if spec else []

    def case_exists(self, number: str) -> bool:
        return True

    def attachment(self, identifier: str) -> Upload | None:
        return Upload(identifier, "accord.pdf", 100, "application/pdf")


@dataclass
class Site:
    """What the tests see and change of the site while it serves."""

    url: str = ""
    forms: dict[str, Form] = field(default_factory=dict)
    context: dict[str, Any] = field(default_factory=dict)
    previous: dict[str, Any] = field(default_factory=dict)
    drafts: dict[str, dict[str, Any]] = field(default_factory=dict)
    #: Status that the draft address answers with, instead of saving.
    failing: int | None = None
    token: str = "first"
    user: str = "u1"
    submissions: list[dict[str, Any]] = field(default_factory=list)
    saves: int = 0

    def add(self, form: Form) -> str:
        self.forms[form.key] = form
        return f"{self.url}/f/{form.key}"

    def form(self, key: str) -> Form:
        if key not in self.forms:
            made, _ = forms.parse((ROOT / "forms" / f"{key}.form").read_bytes(), f"forms/{key}.form")
            assert made is not None
            self.forms[key] = made
        return self.forms[key]


def make_app(site: Site) -> Flask:
    app = Flask("web", root_path=str(ROOT / "web"), static_url_path="/static")
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    Babel(app, default_locale="fr")

    @app.route("/f/<key>", methods=["GET", "POST"])
    def page(key: str) -> ResponseReturnValue:
        form = site.form(key)
        raw = site.drafts.get(key, {}).get("answers") or forms.prefill(form, site.context, NOW)
        errors, confirm = {}, {}
        if request.method == "POST":
            items = list(request.form.items(multi=True))
            raw = forms.from_body(form, items)
            if "_add" in request.form or "_remove" in request.form:
                raw = forms.edit_rows(form, items, raw)
            elif request.form.get("_action") == "save":
                return "<!doctype html><html lang='fr'><title>Gardé</title><h1>Gardé</h1>"
            else:
                try:
                    answers = forms.validate(form, raw, site.context, now=NOW, directory=Team())
                    site.submissions.append(answers.values)
                    return PAGE_AFTER
                except forms.InvalidAnswers as refusal:
                    errors, confirm, raw = refusal.errors, refusal.to_confirm, refusal.raw
        draft = Draft(
            f"/f/{key}/brouillon", f"task:{key}", site.drafts.get(key, {}).get("saved_at"), site.user
        )
        fields = render_form(
            form,
            raw,
            now=NOW,
            context=site.context,
            errors=errors,
            to_confirm=confirm,
            directory=Team(),
            mark_labels=LABELS,
            previous=site.previous,
            draft=draft,
        )
        text = render_template_string(PAGE, fields=fields, title=form.title, token=site.token)
        return text, 422 if errors or confirm else 200

    @app.put("/f/<key>/brouillon")
    def save(key: str) -> ResponseReturnValue:
        if site.failing is not None:
            return {"message": "Non.", "sign_in": "/connexion"}, site.failing
        if request.headers.get("X-CSRFToken") != site.token:
            return {"message": "CSRF"}, 400
        body = request.get_json()
        stored = site.drafts.get(key)
        if stored and stored["saved_at"] != body["known"]:
            return {"saved_at": stored["saved_at"], "by": "Nadia", "answers": stored["answers"]}, 409
        site.saves += 1
        saved_at = (NOW + timedelta(seconds=site.saves)).isoformat()
        site.drafts[key] = {"answers": forms.draft(site.form(key), body["answers"]), "saved_at": saved_at}
        return jsonify(saved_at=saved_at)

    @app.post("/deconnexion")
    def sign_out() -> str:
        return PAGE_AFTER

    @app.after_request
    def harden(response: Any) -> Any:
        response.headers["Content-Security-Policy"] = POLICY
        response.headers["Cache-Control"] = "no-store"
        return response

    return app


PAGE_AFTER = """<!doctype html><html lang="fr"><head><title>Après</title><link rel="icon" href="data:,">
<script type="module" src="/static/build/form.js"></script></head><body><h1>Merci</h1></body></html>"""


@pytest.fixture
def pages() -> Iterator[Site]:
    site = Site()
    server = make_server("127.0.0.1", 0, make_app(site), threaded=True)
    site.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    yield site
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def drawing() -> Iterator[Flask]:
    app = make_app(Site())
    with app.test_request_context():
        yield app
