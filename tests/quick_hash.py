"""Passwords of tests: argon2id as in the product, with the least work instead of 64 MiB and 3 passes for each sign-in.

What the product's own parameters are is tested with `REAL`; commands and servers that are not forked use them too.
"""

from __future__ import annotations

from argon2 import PasswordHasher

from relevance.services import passwords

REAL = passwords._hasher


def use() -> None:
    """Has this process hash that way."""
    passwords._hasher = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    passwords._nobody.cache_clear()
