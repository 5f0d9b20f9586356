"""One mail, sent once: plain text to one address, by the installation's own server."""

from __future__ import annotations

import contextlib
import re
import smtplib
import ssl
from dataclasses import dataclass, field
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from enum import StrEnum
from typing import TYPE_CHECKING
from unicodedata import category

from asae_engine.post.failures import NotSent

if TYPE_CHECKING:
    from datetime import datetime

#: Seconds that each exchange with the server may take.
TIMEOUT = 10.0

#: Longer subjects are cut: what they say stands in the text as well.
_LONGEST_SUBJECT = 150
#: Unicode's categories of letters that are controls or line ends.
_UNSEEN = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})
_PERMANENT = range(500, 600)
_ADDRESS = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*")


class Security(StrEnum):
    #: TLS from the first byte (port 465).
    TLS = "tls"
    #: TLS before anything is said (port 587); a server that has none gets nothing.
    STARTTLS = "starttls"
    #: In clear: for a server on the same machine.
    NONE = "none"


@dataclass(frozen=True, slots=True)
class MailServer:
    """The server that an installation sends its mail by, and who it comes from."""

    host: str
    port: int
    sender: str
    security: Security = Security.STARTTLS
    username: str | None = None
    password: str | None = field(default=None, repr=False)


def is_address(written: str) -> bool:
    """Whether this is one plain address, as HTML's `type=email` takes it."""
    return len(written) <= 254 and _ADDRESS.fullmatch(written) is not None


def send_mail(server: MailServer, to: str, subject: str, text: str, *, key: str, at: datetime) -> None:
    """Hand a mail to the server. `key` is the same each time that this is tried: a mailbox that knows the
    `Message-ID` shows it once. Raises `NotSent`.
    """
    message = _message(server, to, subject, text, key, at)
    try:
        smtp = _connected(server)
        with contextlib.ExitStack() as left:
            left.callback(smtp.close)
            if server.username is not None:
                smtp.login(server.username, server.password or "")
            smtp.send_message(message, from_addr=server.sender, to_addrs=[to])
            with contextlib.suppress(smtplib.SMTPException, OSError):
                smtp.quit()  # it has gone, whatever is answered to that
    except smtplib.SMTPRecipientsRefused as refused:
        code = next((said[0] for said in refused.recipients.values()), 0)
        raise NotSent(f"recipient_{code}", final=code in _PERMANENT) from None
    except smtplib.SMTPAuthenticationError:
        raise NotSent("sign_in_refused") from None
    except smtplib.SMTPResponseException as error:
        raise NotSent(f"smtp_{error.smtp_code}") from None
    except smtplib.SMTPNotSupportedError:
        raise NotSent("not_supported") from None
    except smtplib.SMTPServerDisconnected:
        raise NotSent("cut") from None
    except ssl.SSLError:  # some of which are ValueErrors as well
        raise NotSent("tls") from None
    except (smtplib.SMTPException, ValueError):
        raise NotSent("bad_answer") from None
    except TimeoutError:
        raise NotSent("timed_out") from None
    except OSError:
        raise NotSent("unreachable") from None


def _connected(server: MailServer) -> smtplib.SMTP:
    if server.security is Security.TLS:
        return smtplib.SMTP_SSL(
            server.host, server.port, timeout=TIMEOUT, context=ssl.create_default_context()
        )
    smtp = smtplib.SMTP(server.host, server.port, timeout=TIMEOUT)
    if server.security is Security.STARTTLS:
        try:
            smtp.starttls(context=ssl.create_default_context())
        except BaseException:
            smtp.close()
            raise
    return smtp


def _message(server: MailServer, to: str, subject: str, text: str, key: str, at: datetime) -> EmailMessage:
    if not is_address(to):
        raise NotSent("bad_address", final=True)
    message = EmailMessage(policy=SMTP)
    message["From"] = Address("ASAE", addr_spec=server.sender)
    message["To"] = Address(addr_spec=to)
    message["Subject"] = _one_line(subject)
    message["Date"] = format_datetime(at)
    message["Message-ID"] = f"<{key}@{server.sender.partition('@')[2]}>"
    message["Idempotency-Key"] = key
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(text, cte="quoted-printable")
    return message


def _one_line(text: str) -> str:
    """A text without anything that ends a line or hides."""
    plain = "".join(" " if category(letter) in _UNSEEN else letter for letter in text)
    line = re.sub(" +", " ", plain).strip()
    return line if len(line) <= _LONGEST_SUBJECT else line[: _LONGEST_SUBJECT - 1] + "…"
