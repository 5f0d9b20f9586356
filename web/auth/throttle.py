"""What a sign-in counts on: the account that is tried, and the address it is tried from. `access.attempts`
does the counting.
"""

from __future__ import annotations

import hashlib
import hmac
from typing import TYPE_CHECKING

from flask import abort, request

from asae_engine.access import accounts, attempts
from web import visit

if TYPE_CHECKING:
    from collections.abc import Mapping

    from asae_engine.access.attempts import Allowance

#: What the page answers to a wrong name or password.
FAILED = 401


def sign_in(username: str) -> Mapping[str, Allowance]:
    """What a sign-in under this name counts on."""
    settings = visit.settings()
    return {
        _digest("account", accounts.normal(username)): settings.failures_per_account,
        _digest("address", request.remote_addr or ""): settings.failures_per_address,
    }


def own_password() -> Mapping[str, Allowance]:
    """What asking for one's present password counts on."""
    return {_digest("person", str(visit.actor().user_id)): visit.settings().failures_per_account}


def begin(allowances: Mapping[str, Allowance]) -> None:
    """Count an attempt, or end the request: too many failed of late."""
    if not attempts.begin(visit.database(), allowances, now=visit.now()):
        abort(429)


def forgive(allowances: Mapping[str, Allowance]) -> None:
    """The attempt was a good one: it does not count."""
    attempts.forgive(visit.database(), allowances, now=visit.now())


def _digest(kind: str, value: str) -> str:
    """A key that says nothing of whom or where, and cannot be searched for without the secret."""
    secret = visit.settings().secret_key.encode()
    return hmac.new(secret, f"{kind}:{value}".encode(), hashlib.sha256).hexdigest()
