"""What someone typed survives an expired session.

A form sent by a stranger is answered by the sign-in page, which carries what was typed (files apart) and the
page it belongs to; once signed in it becomes a draft of that page, under the person's own rights. A form that
another site sent is not carried: its text would not be the person's.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Protocol
from urllib.parse import urlsplit

from flask import current_app, render_template, request, url_for
from werkzeug.datastructures import MultiDict
from werkzeug.exceptions import HTTPException
from werkzeug.routing import RequestRedirect

if TYPE_CHECKING:
    from collections.abc import Mapping

    from flask.typing import ResponseReturnValue

#: Larger texts than this are left to the browser's own copy.
LONGEST = 500_000
#: Fields that nobody typed, or that must not be shown again.
NOT_TYPED = frozenset({"csrf_token", "password", "current", "new", "again"})


class Keeper(Protocol):
    """A view's way to keep what was typed as a draft of its page. Given the form and the view's own
    arguments.
    """

    def __call__(self, typed: MultiDict[str, str], **arguments: object) -> None: ...


_KEEPERS: dict[str, tuple[Keeper, str]] = {}


def keeps(endpoint: str, *, page: str, keeper: Keeper) -> None:
    """Say that a form sent to `endpoint` can be kept, by whom, and which page shows it again."""
    _KEEPERS[endpoint] = (keeper, page)


def ask_to_sign_in() -> ResponseReturnValue:
    """The sign-in page in answer to a form, with what was typed inside."""
    kept = request.endpoint in _KEEPERS and _from_here() and (request.content_length or 0) <= LONGEST
    typed, target = "", ""
    if kept:
        fields = {name: request.form.getlist(name) for name in request.form if name not in NOT_TYPED}
        typed, target = json.dumps(fields, ensure_ascii=False), request.path
    page = render_template(
        "auth/sign_in.html", next=target, typed=typed, expired=True, username="", failed=False
    )
    return page, 401


def keep(typed: str, path: str) -> str | None:
    """Turn what was carried into a draft and give the address of its page; none when there is nothing to
    keep.
    """
    if not typed or len(typed) > LONGEST:
        return None
    found = matched(path, "POST")
    if found is None or found[0] not in _KEEPERS:
        return None
    endpoint, arguments = found
    keeper, page = _KEEPERS[endpoint]
    keeper(_fields(typed), **arguments)
    return url_for(page, **arguments)  # type: ignore[arg-type]  # the route's own converters made them


def matched(path: str, method: str) -> tuple[str, Mapping[str, object]] | None:
    """The view that answers a path of ours, and its arguments."""
    adapter = current_app.url_map.bind("")
    try:
        return adapter.match(path, method)
    except (HTTPException, RequestRedirect):
        return None


def safe_target(address: str) -> str | None:
    """An address to go to after signing in: a page of ours and nothing else."""
    if (
        not address.startswith("/")
        or address.startswith("//")
        or "\\" in address
        or not address.isprintable()
    ):
        return None
    parts = urlsplit(address)
    if parts.scheme or parts.netloc or matched(parts.path, "GET") is None:
        return None
    return address


def _from_here() -> bool:
    origin = request.headers.get("Origin")
    if origin is not None:
        return origin == request.host_url.rstrip("/")
    return request.headers.get("Sec-Fetch-Site", "same-origin") == "same-origin"


def _fields(typed: str) -> MultiDict[str, str]:
    try:
        content = json.loads(typed)
    except ValueError:
        return MultiDict()
    if not isinstance(content, dict):
        return MultiDict()
    return MultiDict(
        (str(name), str(value))
        for name, values in content.items()
        if isinstance(values, list)
        for value in values
    )
