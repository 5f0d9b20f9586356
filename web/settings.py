"""What an installation decides, read once from its environment. The only place that reads environment
variables.
"""

from __future__ import annotations

import os
import secrets
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from asae_engine.access.attempts import Allowance

if TYPE_CHECKING:
    from collections.abc import Mapping

_TRUE = frozenset({"1", "true", "yes", "on"})
_PER_ACCOUNT = Allowance(8, timedelta(minutes=15))
#: Behind one address sits a whole team.
_PER_ADDRESS = Allowance(40, timedelta(minutes=15))


@dataclass(frozen=True, slots=True)
class Settings:
    """How one installation runs."""

    #: SQLAlchemy address: `sqlite:///var/asae.db`, `postgresql+psycopg://…`.
    database_url: str
    #: Signs sessions and CSRF tokens. Changing it signs everyone out.
    secret_key: str
    #: Send cookies over HTTPS only. On in production, off for a local try-out over HTTP.
    secure_cookies: bool = False
    #: How many reverse proxies stand before the application, whose `X-Forwarded-*` headers are believed.
    proxies: int = 0
    #: Without a page asked for during this time, one signs in again.
    idle_timeout: timedelta = timedelta(minutes=60)
    #: Largest request accepted, in bytes.
    max_request: int = 24 * 1024 * 1024
    #: Failed sign-ins allowed.
    failures_per_account: Allowance = _PER_ACCOUNT
    failures_per_address: Allowance = _PER_ADDRESS

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] | None = None) -> Settings:
        """Read `ASAE_DATABASE_URL`, `ASAE_SECRET_KEY`, `ASAE_SECURE_COOKIES`, `ASAE_PROXIES`,
        `ASAE_IDLE_MINUTES`.

        Without a secret key, one is made once and kept in `var/secret`, readable by its owner only.
        """
        values = os.environ if environment is None else environment
        return cls(
            database_url=values.get("ASAE_DATABASE_URL") or "sqlite:///var/asae.db",
            secret_key=values.get("ASAE_SECRET_KEY") or kept_secret(Path("var/secret")),
            secure_cookies=values.get("ASAE_SECURE_COOKIES", "").strip().lower() in _TRUE,
            proxies=int(values.get("ASAE_PROXIES") or 0),
            idle_timeout=timedelta(minutes=int(values.get("ASAE_IDLE_MINUTES") or 60)),
        )


def kept_secret(path: Path) -> str:
    """The secret kept in a file, made at first need. Two processes that start together agree on one."""
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return path.read_text(encoding="ascii").strip()
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        secret = secrets.token_urlsafe(48)
        file.write(secret)
    return secret
