"""One mail, sent to a real server that behaves well or badly."""

from __future__ import annotations

import socket
import threading
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
from aiosmtpd.smtp import AuthResult

from asae_engine.post import MailServer, NotSent, Security, is_address, mail, send_mail
from tests.post.receivers import Mailbox

if TYPE_CHECKING:
    import ssl

    from aiosmtpd.smtp import SMTP, Envelope, LoginPassword, Session

AT = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)


def _send(
    mailbox: Mailbox,
    to: str = "wafa@south.example",
    subject: str = "Rappel",
    text: str = "Bonjour\n",
    *,
    security: Security = Security.NONE,
    password: str | None = None,
) -> None:
    username = None if password is None else "asae"
    server = MailServer("127.0.0.1", mailbox.port, "asae@aude.example", security, username, password)
    send_mail(server, to, subject, text, key="key-1", at=AT)


def test_a_mail_arrives_with_its_key(mailbox: Mailbox) -> None:
    _send(mailbox, subject="Rappel\u00a0: l’évaluation", text="Étape\u00a0: évaluer\n" + "long " * 2000)
    [(to, message)] = mailbox.got
    assert to == message["To"] == "wafa@south.example"
    assert message["From"] == "ASAE <asae@aude.example>"
    assert message["Subject"] == "Rappel\u00a0: l’évaluation"
    assert message["Message-ID"] == "<key-1@aude.example>"
    assert message["Idempotency-Key"] == "key-1"
    assert message["Auto-Submitted"] == "auto-generated"
    assert message.get_content_type() == "text/plain"
    assert message.get_content().startswith("Étape\u00a0: évaluer\r\nlong long")
    assert max(len(line) for line in message.as_bytes().splitlines()) < 998


def test_no_text_becomes_a_header_or_a_second_mail(mailbox: Mailbox) -> None:
    _send(
        mailbox,
        subject="Rappel\r\nBcc: everyone@example.org\n\n<b>x</b>\x00 " + "é" * 500,
        text="a\n.\nMAIL FROM:<x@y>\r\n.\r\n<script>alert(1)</script>",
    )
    [(_, message)] = mailbox.got
    assert message["Bcc"] is None
    assert message["Subject"].startswith("Rappel Bcc: everyone@example.org <b>x</b> é")
    assert len(message["Subject"]) == 150
    assert message.get_content_type() == "text/plain"
    assert "\n.\nMAIL FROM:<x@y>\n.\n" in message.get_content().replace("\r\n", "\n")


@pytest.mark.parametrize(
    "to",
    [
        "wafa@south.example\r\nRCPT TO:<other@example.org>",
        "wafa@south.example\nBcc: other@example.org",
        "wafa@south.example, other@example.org",
        "Wafa <wafa@south.example>",
        "wafa",
        "wafa@",
        "",
        "w" * 65 + "@south.example",
    ],
)
def test_an_address_that_is_more_or_less_than_one_is_never_written_to(mailbox: Mailbox, to: str) -> None:
    assert not is_address(to)
    with pytest.raises(NotSent) as failed:
        _send(mailbox, to)
    assert (failed.value.code, failed.value.final) == ("bad_address", True)
    assert mailbox.got == []


def test_a_server_that_says_no_is_a_failure_and_a_person_it_does_not_know_a_final_one(
    mailbox: Mailbox,
) -> None:
    mailbox.refused.add("nobody@south.example")
    mailbox.answers = ["451 Later", "554 Never"]
    for to, code, final in (
        ("nobody@south.example", "recipient_550", True),
        ("wafa@south.example", "smtp_451", False),
        ("wafa@south.example", "smtp_554", False),
    ):
        with pytest.raises(NotSent) as failed:
            _send(mailbox, to)
        assert (failed.value.code, failed.value.final) == (code, final)


def test_a_server_that_hangs_closes_or_is_not_there_is_a_failure(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mail, "TIMEOUT", 0.3)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        box = Mailbox(port=silent.getsockname()[1])
        with pytest.raises(NotSent, match=r"cut|timed_out"):
            _send(box)
        closing = threading.Thread(target=lambda: [silent.accept()[0].close() for _ in range(2)])
        closing.start()
        with pytest.raises(NotSent, match="cut"):
            _send(box)
        closing.join()
    with pytest.raises(NotSent, match="unreachable"):
        _send(box)


def test_a_mail_in_clear_is_not_sent_where_tls_was_asked_for(mailbox: Mailbox) -> None:
    with pytest.raises(NotSent, match="not_supported"):
        _send(mailbox, security=Security.STARTTLS)
    assert mailbox.got == []


def test_a_certificate_that_is_not_believed_gets_no_mail(certified: ssl.SSLContext) -> None:
    with Mailbox(options={"tls_context": certified}) as mailbox, pytest.raises(NotSent, match="tls"):
        _send(mailbox, security=Security.STARTTLS)
    assert mailbox.got == []


@pytest.mark.usefixtures("believed")
def test_over_tls_one_signs_in_and_a_wrong_password_is_a_failure(certified: ssl.SSLContext) -> None:
    def authenticate(
        _server: SMTP, _session: Session, _envelope: Envelope, _mechanism: str, given: LoginPassword
    ) -> AuthResult:
        return AuthResult(success=given.password == b"right", handled=False)

    options = {"tls_context": certified, "authenticator": authenticate, "auth_required": True}
    with Mailbox(options=options) as mailbox:
        with pytest.raises(NotSent, match="sign_in_refused"):
            _send(mailbox, security=Security.STARTTLS, password="wrong")
        with pytest.raises(NotSent, match="smtp_530"):
            _send(mailbox, security=Security.STARTTLS)
        _send(mailbox, security=Security.STARTTLS, password="right")
    assert len(mailbox.got) == 1


@pytest.mark.usefixtures("believed")
def test_tls_from_the_first_byte(certified: ssl.SSLContext) -> None:
    with Mailbox(options={"ssl_context": certified}) as mailbox:
        _send(mailbox, security=Security.TLS)
    assert len(mailbox.got) == 1
