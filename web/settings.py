"""What an installation decides, read once from its environment. The only place that reads environment
variables.
"""

from __future__ import annotations

import os
import secrets
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from asae_engine.access.attempts import Allowance
from asae_engine.post import Bounds, MailServer, Security, is_address

if TYPE_CHECKING:
    from collections.abc import Mapping

_TRUE = frozenset({"1", "true", "yes", "on"})
_PER_ACCOUNT = Allowance(8, timedelta(minutes=15))
#: Behind one address sits a whole team.
_PER_ADDRESS = Allowance(40, timedelta(minutes=15))


_PORTS = {Security.STARTTLS: 587, Security.TLS: 465, Security.NONE: 25}


class SettingRefused(ValueError):  # noqa: N818 - it tells what happened
    """A setting that cannot be used; the message says which."""

    def __init__(self, message_fr: str) -> None:
        super().__init__(message_fr)
        self.message_fr = message_fr


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
    #: Where people find the pages: what the links in mails begin with, without a slash at the end.
    public_url: str = "http://localhost:8000"
    #: Without one nobody gets mail.
    mail: MailServer | None = None
    #: Whether webhooks may go without TLS, and to addresses inside this network.
    webhooks: Bounds = field(default_factory=Bounds)

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] | None = None) -> Settings:
        """Read `ASAE_DATABASE_URL`, `ASAE_SECRET_KEY`, `ASAE_SECURE_COOKIES`, `ASAE_PROXIES`,
        `ASAE_IDLE_MINUTES`, `ASAE_PUBLIC_URL`, those of mail (`_mail_server`), `ASAE_WEBHOOKS_HTTP` and
        `ASAE_WEBHOOKS_PRIVATE`.

        Without a secret key, one is made once and kept in `var/secret`, readable by its owner only. Raises
        `SettingRefused`.
        """
        values = os.environ if environment is None else environment
        return cls(
            database_url=values.get("ASAE_DATABASE_URL") or "sqlite:///var/asae.db",
            secret_key=values.get("ASAE_SECRET_KEY") or kept_secret(Path("var/secret")),
            secure_cookies=_is_on(values, "ASAE_SECURE_COOKIES"),
            proxies=int(values.get("ASAE_PROXIES") or 0),
            idle_timeout=timedelta(minutes=int(values.get("ASAE_IDLE_MINUTES") or 60)),
            public_url=(values.get("ASAE_PUBLIC_URL") or "http://localhost:8000").rstrip("/"),
            mail=_mail_server(values),
            webhooks=Bounds(
                http=_is_on(values, "ASAE_WEBHOOKS_HTTP"), private=_is_on(values, "ASAE_WEBHOOKS_PRIVATE")
            ),
        )


def _is_on(values: Mapping[str, str], name: str) -> bool:
    return values.get(name, "").strip().lower() in _TRUE


def _mail_server(values: Mapping[str, str]) -> MailServer | None:
    """What `ASAE_MAIL_HOST`, `ASAE_MAIL_PORT`, `ASAE_MAIL_FROM`, `ASAE_MAIL_SECURITY` (`starttls`, `tls` or
    `none`), `ASAE_MAIL_USER` and `ASAE_MAIL_PASSWORD` say; None without a host.
    """
    host = values.get("ASAE_MAIL_HOST", "").strip()
    if not host:
        return None
    sender = values.get("ASAE_MAIL_FROM", "").strip()
    if not is_address(sender):
        raise SettingRefused("ASAE_MAIL_FROM doit être une adresse électronique.")
    try:
        security = Security(values.get("ASAE_MAIL_SECURITY") or Security.STARTTLS)
        port = int(values.get("ASAE_MAIL_PORT") or _PORTS[security])
    except ValueError:
        raise SettingRefused(
            "ASAE_MAIL_SECURITY doit être starttls, tls ou none, et ASAE_MAIL_PORT un nombre."
        ) from None
    return MailServer(
        host,
        port,
        sender,
        security,
        username=values.get("ASAE_MAIL_USER") or None,
        password=values.get("ASAE_MAIL_PASSWORD") or None,
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
