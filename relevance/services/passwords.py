"""Passwords: argon2id, and as much work for an account that there is not as for one that there is."""

from __future__ import annotations

import secrets
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from relevance.errors import BadInput
from relevance.services.names import fold

SHORTEST, LONGEST = 8, 256
_LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"  # none that are mistaken for another

_hasher = PasswordHasher()  # RFC 9106, low memory: argon2id, 64 MiB, 3 passes


def hashed(password: str) -> str:
    """The hash to store. About 60 ms of work: never call it inside an act."""
    return _hasher.hash(password)


@cache
def _nobody() -> str:
    return _hasher.hash(secrets.token_urlsafe(24))


def verify(stored: str | None, password: str) -> bool:
    """Whether a password is the one of a stored hash; None (no such account) costs the same and is never right."""
    try:
        return _hasher.verify(stored or _nobody(), password) and stored is not None
    except (VerificationError, InvalidHashError):
        return False


def outdated(stored: str) -> bool:
    """Whether a hash was made with weaker parameters than today's."""
    return _hasher.check_needs_rehash(stored)


def check(password: str, login: str, shortest: int = SHORTEST) -> None:
    """Lets a new password pass.

    Raises:
        BadInput: too short, too long, or the account's own name.
    """
    if len(password) < shortest:
        raise BadInput("A password has at least {n} characters.", n=shortest)
    if len(password) > LONGEST:
        raise BadInput("A password has at most {n} characters.", n=LONGEST)
    if fold(password) == fold(login) or len(set(password)) < 3:
        raise BadInput("This password is too easy to guess. Use several words, or let one be made.")


def generate() -> str:
    """A password that can be read out: four groups of four, 79 bits."""
    return "-".join("".join(secrets.choice(_LETTERS) for _ in range(4)) for _ in range(4))
