"""Receivers of letters for tests: a web server that answers as it is told, and a mail server that keeps what
it gets.
"""

from __future__ import annotations

import base64
import contextlib
import hashlib
import socket
import struct
import threading
from dataclasses import dataclass, field
from email import message_from_bytes
from email.policy import default
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any, Self

from aiosmtpd.controller import Controller

if TYPE_CHECKING:
    import ssl
    from email.message import EmailMessage

    from aiosmtpd.smtp import SMTP, Envelope, Session


@dataclass(frozen=True)
class Got:
    """One request as it came."""

    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def key(self) -> str:
        return self.headers["webhook-id"]


def is_signed(got: Got, secret: str) -> bool:
    """Whether the signature is the one of Standard Webhooks, computed by RFC 2104 with nothing of ours."""
    key = base64.b64decode(secret.removeprefix("whsec_")).ljust(64, b"\0")
    text = f"{got.headers['webhook-id']}.{got.headers['webhook-timestamp']}.".encode() + got.body
    inner = hashlib.sha256(bytes(one ^ 0x36 for one in key) + text).digest()
    outer = hashlib.sha256(bytes(one ^ 0x5C for one in key) + inner).digest()
    wanted = "v1," + base64.b64encode(outer).decode()
    return wanted in got.headers["webhook-signature"].split(" ")


class Hook:
    """A web server on this machine. `answers` says how the next requests are answered, in order: a status, or
    `hang`, `drip`, `garbage`, `close`, `reset`, `endless`; when none is left, 204.
    """

    def __init__(self, context: ssl.SSLContext | None = None) -> None:
        self.got: list[Got] = []
        self.answers: list[int | str] = []
        self.come = threading.Semaphore(0)
        #: Released by a test to end what hangs.
        self.ends = threading.Event()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = True
        if context is not None:
            self._server.socket = context.wrap_socket(self._server.socket, server_side=True)
        self._server.handle_error = lambda *_: None  # type: ignore[method-assign] # the other side is cut off on purpose
        scheme = "http" if context is None else "https"
        self.port = self._server.server_address[1]
        self.url = f"{scheme}://127.0.0.1:{self.port}/hook?from=asae"

    def _handler(hook: Self) -> type[BaseHTTPRequestHandler]:  # noqa: N805 - the handler has its own self
        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                headers = {name.lower(): value for name, value in self.headers.items()}
                hook.got.append(Got(self.path, headers, body))
                answer = hook.answers.pop(0) if hook.answers else 204
                hook.come.release()
                if isinstance(answer, str):
                    getattr(self, f"_{answer}")()
                    return
                self.send_response(answer)
                if 300 <= answer < 400:
                    self.send_header("Location", f"http://127.0.0.1:{hook.port}/elsewhere")
                self.send_header("Content-Length", "0")
                self.end_headers()

            def _hang(self) -> None:
                hook.ends.wait(20)
                self.close_connection = True

            def _drip(self) -> None:
                """A byte each tenth of a second: no wait on the socket alone would ever end."""
                with contextlib.suppress(OSError):
                    while not hook.ends.wait(0.1):
                        self.wfile.write(b"HTTP/1.1 200 OK\r\nX: "[:1])
                self.close_connection = True

            def _garbage(self) -> None:
                self.wfile.write(b"\x00\xff not the protocol\r\n\r\n")
                self.close_connection = True

            def _close(self) -> None:
                self.close_connection = True

            def _reset(self) -> None:
                self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                self.close_connection = True

            def _endless(self) -> None:
                """Accepted, with a body that has no end."""
                self.send_response(200)
                self.end_headers()
                with contextlib.suppress(OSError):
                    while not hook.ends.is_set():
                        self.wfile.write(b"x" * 65_536)
                self.close_connection = True

            def log_message(self, *_: object) -> None:
                """Nothing."""

        return Handler

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self.ends.set()
        self._server.shutdown()
        self._server.server_close()


@dataclass
class Mailbox:
    """A mail server on this machine. `answers` are its replies to the next mails, before 250; `refused` are
    addresses that it does not know.
    """

    got: list[tuple[str, EmailMessage]] = field(default_factory=list)
    answers: list[str] = field(default_factory=list)
    refused: set[str] = field(default_factory=set)
    options: dict[str, Any] = field(default_factory=dict)
    port: int = 0

    async def handle_RCPT(  # noqa: N802 - aiosmtpd's name
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        if address in self.refused:
            return "550 No such person"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802  # as the library calls it
        content = envelope.content
        assert isinstance(content, bytes)
        [to] = envelope.rcpt_tos
        self.got.append((to, message_from_bytes(content, policy=default)))
        return self.answers.pop(0) if self.answers else "250 OK"

    def __enter__(self) -> Self:
        self._controller = Controller(self, hostname="127.0.0.1", port=_free_port(), **self.options)
        self._controller.start()
        self.port = self._controller.port
        return self

    def __exit__(self, *_: object) -> None:
        self._controller.stop(no_assert=True)


def _free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])
