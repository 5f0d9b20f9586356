"""Which addresses a webhook may have: a subscriber must not make this machine knock at doors inside the
house.

A URL is checked when it is added; where its name leads is checked each time it is used, and the connection
goes to the very address that was checked.
"""

from __future__ import annotations

import ipaddress
import socket
from dataclasses import dataclass
from typing import NamedTuple
from urllib.parse import urlsplit

from asae_engine.post.failures import NotSent, UrlRefused

#: Translates IPv4 addresses into IPv6 (RFC 6052): what counts is the address inside.
_NAT64 = ipaddress.ip_network("64:ff9b::/96")


@dataclass(frozen=True, slots=True)
class Bounds:
    """What an installation allows: without TLS; to addresses of its own network."""

    http: bool = False
    private: bool = False


class Target(NamedTuple):
    """A URL in its parts."""

    tls: bool
    host: str
    port: int
    #: Path and query.
    path: str


def check_url(url: str, bounds: Bounds) -> Target:
    """The parts of a URL that a webhook may have. Raises `UrlRefused`."""
    if len(url) > 2000 or not url.isascii() or not url.isprintable() or " " in url:
        raise UrlRefused(
            "L’adresse doit être écrite en lettres simples, sans espace, en 2\u00a0000 signes au plus."
        )
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise UrlRefused("Ce n’est pas une adresse.") from None
    if parts.scheme not in ("https", "http") or not parts.hostname:
        raise UrlRefused("L’adresse doit commencer par https:// et nommer une machine.")
    if parts.scheme == "http" and not bounds.http:
        raise UrlRefused(
            "L’adresse doit commencer par https://\u00a0: cette installation n’envoie rien en clair."
        )
    if parts.username is not None or parts.password is not None or parts.fragment:
        raise UrlRefused("L’adresse ne doit contenir ni identifiant, ni mot de passe, ni «\u00a0#\u00a0».")
    tls = parts.scheme == "https"
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return Target(tls, parts.hostname, port or (443 if tls else 80), path)


def resolved(target: Target, bounds: Bounds) -> list[str]:
    """Where the name of a target leads now, at most three addresses. Raises `NotSent` when it leads nowhere,
    or to an address inside.
    """
    try:
        found = socket.getaddrinfo(target.host, target.port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        raise NotSent("unknown_host") from None
    addresses = list(dict.fromkeys(str(one[4][0]) for one in found))[:3]
    if not bounds.private and not all(is_public(one) for one in addresses):
        raise NotSent("address_refused")
    return addresses


def is_public(address: str) -> bool:
    """Whether an address belongs to the open Internet, also the one that it carries inside."""
    known = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(known, ipaddress.IPv6Address):
        inner = known.ipv4_mapped or known.sixtofour or (known.teredo or (None, None))[1]
        if inner is None and known in _NAT64:
            inner = ipaddress.IPv4Address(int(known) & 0xFFFFFFFF)
        if inner is not None:
            return is_public(str(inner))
    return known.is_global and not known.is_multicast
