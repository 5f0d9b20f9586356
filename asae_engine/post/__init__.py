"""How a letter leaves the house: mail by SMTP, webhooks by HTTP. Knows no database and no case.

What one installation decided (its mail server, which addresses webhooks may have) is a `Post`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

from asae_engine.post.addresses import Bounds, check_url
from asae_engine.post.failures import NotSent, UrlRefused
from asae_engine.post.hooks import send_hook
from asae_engine.post.mail import MailServer, Security, is_address, send_mail
from asae_engine.post.signing import new_secret, signature

if TYPE_CHECKING:
    from collections.abc import Callable
    from uuid import UUID

__all__ = [
    "Bounds",
    "MailServer",
    "NotSent",
    "Occasion",
    "Post",
    "Security",
    "UrlRefused",
    "check_url",
    "is_address",
    "new_secret",
    "send_hook",
    "send_mail",
    "signature",
]


class Occasion(NamedTuple):
    """What a mail is about: all that it may say."""

    #: The kind of a notice, or `assigned`.
    what: str
    case_number: str
    #: The step's name, from its diagram.
    step: str | None
    task_id: UUID | None
    #: The reader's language; None: the house's.
    locale: str | None


def _unworded(_occasion: Occasion) -> tuple[str, str]:
    raise NotSent("no_words")


@dataclass(frozen=True, slots=True)
class Post:
    """What an installation decided about what leaves it."""

    #: None: mail waits, and is given up when it is too old to be of use.
    mail: MailServer | None = None
    #: Subject and text of a mail.
    words: Callable[[Occasion], tuple[str, str]] = _unworded
    bounds: Bounds = field(default_factory=Bounds)
