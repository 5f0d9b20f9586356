"""Passwords: hashed with argon2id, checked in the same time whether the account exists or not."""

from __future__ import annotations

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

#: Length below which a password is refused (ANSSI: length before complexity).
SHORTEST = 12
LONGEST = 256

_HASHER = PasswordHasher()
#: The hash of nothing anyone may type, for accounts that do not exist or have no password.
_NOBODY = _HASHER.hash("\0 nobody has this password \0")


def hashed(password: str) -> str:
    """The argon2id hash of a password, with its parameters and salt."""
    return _HASHER.hash(password)


def matches(stored: str | None, password: str) -> bool:
    """Whether the password is the stored one. Takes as long without a stored one."""
    try:
        return _HASHER.verify(stored or _NOBODY, password[: LONGEST + 1]) and stored is not None
    except (VerificationError, InvalidHashError):
        return False


def is_outdated(stored: str) -> bool:
    """Whether the hash was made with weaker parameters than today's."""
    return _HASHER.check_needs_rehash(stored)


def weakness(password: str, *, username: str = "") -> str | None:
    """Why a new password is refused, in French; none when it is good."""
    if len(password) < SHORTEST:
        return f"Choisissez au moins {SHORTEST} caractères\u00a0: une phrase familière convient bien."
    if len(password) > LONGEST:
        return f"Choisissez au plus {LONGEST} caractères."
    if username and username.casefold() in password.casefold():
        return "Le mot de passe ne doit pas contenir votre identifiant."
    if len(set(password)) < 5:
        return "Ce mot de passe est trop facile à deviner\u00a0: variez les caractères."
    return None
