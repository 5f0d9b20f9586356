"""A web server and a mail server that receive letters, and an authority whose certificates are believed."""

from __future__ import annotations

import ssl
from typing import TYPE_CHECKING

import pytest
import trustme

from asae_engine.post import Bounds
from tests.post.receivers import Hook, Mailbox

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

#: Receivers in tests are on this machine and speak in clear.
HERE = Bounds(http=True, private=True)


@pytest.fixture
def hook() -> Iterator[Hook]:
    with Hook() as hook:
        yield hook


@pytest.fixture
def mailbox() -> Iterator[Mailbox]:
    with Mailbox() as mailbox:
        yield mailbox


@pytest.fixture(scope="session")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture
def certified(authority: trustme.CA) -> ssl.SSLContext:
    """What a server with a certificate for 127.0.0.1 uses."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    return context


@pytest.fixture
def believed(authority: trustme.CA, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """This machine believes the authority, as an administrator makes it do so."""
    path = tmp_path / "authority.pem"
    authority.cert_pem.write_to_path(str(path))
    monkeypatch.setenv("SSL_CERT_FILE", str(path))
