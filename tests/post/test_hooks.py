"""One webhook, sent to a real server that behaves well or badly."""

from __future__ import annotations

import socket
import time
from typing import TYPE_CHECKING, Any

import pytest

from asae_engine.post import Bounds, NotSent, UrlRefused, check_url, hooks, new_secret, send_hook, signature
from asae_engine.post.addresses import is_public
from tests.post.conftest import HERE
from tests.post.receivers import Hook, is_signed

if TYPE_CHECKING:
    import ssl

SECRET = new_secret()
BODY = b'{"type":"task.completed"}'


def _send(url: str, bounds: Bounds = HERE) -> None:
    send_hook(url, SECRET, "key-1", 1_772_440_000, BODY, bounds)


def test_a_signature_is_the_one_that_the_standard_gives() -> None:
    # The example that the libraries of Standard Webhooks are tested with.
    secret, body = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", b'{"test": 2432232314}'
    wanted = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
    assert signature(secret, "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, body) == wanted


def test_a_hook_is_signed_and_keyed(hook: Hook) -> None:
    _send(hook.url)
    [got] = hook.got
    assert (got.path, got.body) == ("/hook?from=asae", BODY)
    assert got.headers["host"] == f"127.0.0.1:{hook.port}"
    assert got.headers["content-type"] == "application/json"
    assert got.headers["idempotency-key"] == got.headers["webhook-id"] == "key-1"
    assert got.headers["webhook-timestamp"] == "1772440000"
    assert is_signed(got, SECRET)
    assert not is_signed(got, new_secret())


@pytest.mark.parametrize(
    ("answer", "code", "final"),
    [
        (500, "http_500", False),
        (404, "http_404", False),
        (410, "http_410", True),
        (302, "redirected", False),
        (307, "redirected", False),
        ("garbage", "bad_answer", False),
        ("close", "cut", False),
        ("reset", "cut", False),
        ("hang", "timed_out", False),
        ("drip", "timed_out", False),
    ],
)
def test_whatever_else_than_a_yes_is_a_failure_with_a_word(
    hook: Hook, monkeypatch: pytest.MonkeyPatch, answer: int | str, code: str, final: bool
) -> None:
    monkeypatch.setattr(hooks, "WHOLE", 0.3)
    hook.answers = [answer]
    begun = time.monotonic()
    with pytest.raises(NotSent) as failed:
        _send(hook.url)
    assert (failed.value.code, failed.value.final) == (code, final)
    assert time.monotonic() - begun < 3
    assert [one.path for one in hook.got] == ["/hook?from=asae"]  # nothing is followed


def test_an_answer_without_end_is_not_read(hook: Hook) -> None:
    hook.answers = ["endless"]
    _send(hook.url)


def test_who_is_not_there_is_a_failure(hook: Hook) -> None:
    with Hook() as gone:
        pass
    with pytest.raises(NotSent, match="unreachable"):
        _send(gone.url)
    with pytest.raises(NotSent, match="unknown_host"):
        _send("http://nowhere.invalid/")


def test_a_certificate_must_be_believed_and_be_for_that_name(certified: ssl.SSLContext) -> None:
    with Hook(certified) as hook, pytest.raises(NotSent, match="tls"):
        _send(hook.url)
    assert hook.got == []


@pytest.mark.usefixtures("believed")
def test_a_hook_over_tls_is_received(certified: ssl.SSLContext) -> None:
    with Hook(certified) as hook:
        _send(hook.url, Bounds(private=True))
        with pytest.raises(NotSent, match="tls"):
            _send(hook.url.replace("127.0.0.1", "localhost"), Bounds(private=True))
    assert len(hook.got) == 1


@pytest.mark.parametrize(
    "url",
    [
        "",
        "hook",
        "ftp://example.org/",
        "file:///etc/passwd",
        "https://",
        "https:///path",
        "http://example.org/",
        "https://someone@example.org/",
        "https://someone:secret@example.org/",
        "https://example.org/#part",
        "https://example.org:99999/",
        "https://[::1/",
        "https://example.org/\r\nX-Injected: yes",
        "https://example.org/ /",
        "https://exämple.org/",
        "https://example.org/" + "x" * 2000,
    ],
)
def test_an_address_that_is_none_is_refused_with_a_sentence(url: str) -> None:
    with pytest.raises(UrlRefused) as refused:
        check_url(url, Bounds())
    assert refused.value.message_fr.endswith(".")
    with pytest.raises(NotSent, match="url_refused"):
        _send(url, Bounds())


@pytest.mark.parametrize(
    "address",
    [
        *("127.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1", "0.0.0.0"),  # noqa: S104 - not bound
        *("224.0.0.1", "255.255.255.255", "::1", "::", "fe80::1%eth0", "fc00::1", "ff02::1"),
        *("::ffff:127.0.0.1", "2002:7f00:1::", "64:ff9b::a00:1", "64:ff9b::7f00:1"),
    ],
)
def test_an_address_inside_is_not_public(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize(
    "address", ["93.184.215.14", "2606:2800:21f:cb07:6820:80da:af6b:8b2c", "::ffff:1.1.1.1"]
)
def test_an_address_outside_is_public(address: str) -> None:
    assert is_public(address)


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "localhost", "2130706433", "0x7f.1", "[::1]", "[::ffff:127.0.0.1]"]
)
def test_no_hook_knocks_at_a_door_inside_unless_the_installation_allows_it(hook: Hook, host: str) -> None:
    with pytest.raises(NotSent, match="address_refused"):
        _send(f"http://{host}:{hook.port}/", Bounds(http=True))
    assert hook.got == []


def test_a_name_that_leads_inside_as_well_is_refused_and_one_is_asked_once(
    hook: Hook, monkeypatch: pytest.MonkeyPatch
) -> None:
    known = {"both.example": ["93.184.215.14", "127.0.0.1"], "moving.example": ["127.0.0.1"]}
    asked = []
    ask = socket.getaddrinfo

    def answer(host: str, port: int, *rest: Any, **more: Any) -> list[Any]:
        if host not in known:
            return ask(host, port, *rest, **more)
        asked.append(host)
        return [found for one in known[host] for found in ask(one, port, *rest, **more)]

    monkeypatch.setattr(socket, "getaddrinfo", answer)  # there is no name server in a test
    with pytest.raises(NotSent, match="address_refused"):
        _send(f"http://both.example:{hook.port}/", Bounds(http=True))
    _send(f"http://moving.example:{hook.port}/")
    [got] = hook.got
    assert got.headers["host"] == f"moving.example:{hook.port}"
    assert asked == ["both.example", "moving.example"]  # what was checked is what is connected to
