"""One webhook, sent once: signed, to an address that was checked, with an end to every wait.

Whatever the other side answers, only its status counts: the answer's body is not read, no redirect followed.
"""

from __future__ import annotations

import contextlib
import http.client
import socket
import ssl
import threading
from typing import TYPE_CHECKING

from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import ConnectTimeoutError, HTTPError, NewConnectionError

from asae_engine.post.addresses import Bounds, Target, check_url, resolved
from asae_engine.post.failures import NotSent, UrlRefused
from asae_engine.post.signing import signature

if TYPE_CHECKING:
    from collections.abc import Iterator

#: Seconds that one address may take to answer a connection, and the whole of a sending.
CONNECT = 5.0
WHOLE = 10.0

_GONE = 410


def send_hook(url: str, secret: str, key: str, timestamp: int, body: bytes, bounds: Bounds) -> None:
    """Send a body that is JSON; returns when it was accepted (2xx). Raises `NotSent`.

    `key` is the same each time that this is tried, `timestamp` (seconds since 1970) is not.
    """
    try:
        target = check_url(url, bounds)
    except UrlRefused:
        raise NotSent("url_refused") from None
    headers = {
        "Host": _host(target),
        "Content-Type": "application/json",
        "User-Agent": "ASAE-webhooks/1",
        "Connection": "close",
        "Idempotency-Key": key,
        "webhook-id": key,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": signature(secret, key, timestamp, body),
    }
    status = _post(target, resolved(target, bounds), headers, body)
    if 300 <= status < 400:
        raise NotSent("redirected")
    if not 200 <= status < 300:
        raise NotSent(f"http_{status}", final=status == _GONE)


def _host(target: Target) -> str:
    name = f"[{target.host}]" if ":" in target.host else target.host
    return name if target.port == (443 if target.tls else 80) else f"{name}:{target.port}"


def _post(target: Target, addresses: list[str], headers: dict[str, str], body: bytes) -> int:
    """The status of the answer. An address that does not connect leaves its place to the next."""
    failure = NotSent("unreachable")
    for address in addresses:
        connection = _connection(target, address)
        try:
            with _ended_in_time(connection) as late:
                try:
                    connection.connect()
                    connection.request("POST", target.path, body=body, headers=headers, preload_content=False)
                    return connection.getresponse().status
                except (HTTPError, http.client.HTTPException, OSError, ValueError) as error:
                    failure = NotSent("timed_out" if late.is_set() else _code(error))
                    if not isinstance(error, NewConnectionError | ConnectTimeoutError):
                        raise failure from None
        finally:
            connection.close()
    raise failure


def _connection(target: Target, address: str) -> HTTPConnection:
    if not target.tls:
        return HTTPConnection(address, target.port, timeout=CONNECT)
    return HTTPSConnection(
        address,
        target.port,
        timeout=CONNECT,
        server_hostname=target.host,
        ssl_context=ssl.create_default_context(),
    )


@contextlib.contextmanager
def _ended_in_time(connection: HTTPConnection) -> Iterator[threading.Event]:
    """Cut the connection when the whole takes too long: a socket's own timeout begins again at each byte."""
    late = threading.Event()

    def cut() -> None:
        late.set()
        with contextlib.suppress(OSError, AttributeError):
            connection.sock.shutdown(socket.SHUT_RDWR)

    timer = threading.Timer(WHOLE, cut)
    timer.daemon = True
    timer.start()
    try:
        yield late
    finally:
        timer.cancel()


def _code(error: Exception) -> str:
    if isinstance(error, ssl.SSLError):
        return "tls"
    if isinstance(error, NewConnectionError):
        return "unreachable"
    if isinstance(error, TimeoutError | ConnectTimeoutError):
        return "timed_out"
    if isinstance(error, http.client.RemoteDisconnected | ConnectionError):
        return "cut"
    return "bad_answer"
