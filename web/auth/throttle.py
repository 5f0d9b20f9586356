"""How many failed sign-ins are let through, for one account and for one address. Counted in memory, by
process.
"""

from __future__ import annotations

import hashlib

from flask import Response, request
from flask_limiter import Limiter
from flask_limiter.util import get_remote_address

from asae_engine.access import accounts
from web import visit

limiter = Limiter(
    get_remote_address, storage_uri="memory://", strategy="moving-window", headers_enabled=False
)

#: What a sign-in page answers to a wrong name or password; only these count.
FAILED = 401


def account_key() -> str:
    """The account that someone tries, as a digest: names typed by mistake may be passwords."""
    name = accounts.normal(request.form.get("username", ""))
    return hashlib.sha256(name.encode()).hexdigest()


def person_key() -> str:
    """The person who is signed in."""
    person = visit.visitor()
    return str(person.user_id) if person else get_remote_address()


def per_account() -> str:
    """The installation's limit for one account."""
    return visit.settings().failures_per_account


def per_address() -> str:
    """The installation's limit for one address."""
    return visit.settings().failures_per_address


def failed(response: Response) -> bool:
    """Whether an answer was a refusal, which counts."""
    return response.status_code == FAILED
