"""How often a wrong password may be tried, without locking anybody out.

Three counters, in memory and bounded:
- account *and* address together: after five failures the pair waits, twice as long each time, up to a quarter of an
  hour. The owner at any other address is not concerned, nor is any other account at the same address;
- an address alone (many accounts tried from one place) and an account alone (one account tried from many places) are
  only slowed down, by three seconds at most: a whole centre sits behind one address, and who knows the password must
  get in.
"""

from __future__ import annotations

import ipaddress
from collections import OrderedDict
from dataclasses import dataclass

from relevance.services.names import fold

FREE = 5  # failures of a pair before it waits
FIRST_WAIT = 2.0  # seconds
LONGEST_WAIT = 900.0
FORGET_PAIR = 3600.0  # seconds without a failure after which a pair starts anew
ADDRESS_FREE, ACCOUNT_FREE = 30, 20
DRAIN = 10.0  # seconds after which one failure of an address or an account is forgotten
STEP, LONGEST_DELAY = 0.25, 3.0
BOUND = 10_000  # keys kept of each kind; the least recently used go first


@dataclass(slots=True)
class _Count:
    level: float
    at: float


class _Counter:
    def __init__(self, drain: float | None) -> None:
        self._drain = drain
        self._counts: OrderedDict[str, _Count] = OrderedDict()

    def read(self, key: str, now: float) -> _Count:
        count = self._counts.get(key)
        if count is None:
            return _Count(0.0, now)
        if self._drain is None:
            return count if now - count.at < FORGET_PAIR else _Count(0.0, now)
        return _Count(max(0.0, count.level - (now - count.at) / self._drain), now)

    def add(self, key: str, now: float) -> None:
        level = self.read(key, now).level
        self._counts[key] = _Count(level + 1, now)
        self._counts.move_to_end(key)
        while len(self._counts) > BOUND:
            self._counts.popitem(last=False)

    def take(self, key: str, now: float) -> None:
        if key in self._counts:
            self._counts[key] = _Count(max(0.0, self.read(key, now).level - 1), now)

    def clear(self, key: str) -> None:
        self._counts.pop(key, None)


class Throttle:
    """Counts failures. Times are seconds of a clock that never goes back."""

    def __init__(self) -> None:
        self._pairs = _Counter(None)
        self._addresses = _Counter(DRAIN)
        self._accounts = _Counter(DRAIN)

    def wait(self, login: str, address: str, now: float) -> float:
        """Seconds until this account is heard again from this address; 0 where it may try now.

        >>> throttle = Throttle()
        >>> for _ in range(6): throttle.failed("li", "10.0.0.9", now=100.0)
        >>> throttle.wait("li", "10.0.0.9", now=101.0), throttle.wait("li", "10.0.0.8", now=101.0)
        (3.0, 0.0)
        """
        count = self._pairs.read(_pair(login, address), now)
        over = int(count.level) - FREE
        if over < 0:
            return 0.0
        return max(0.0, count.at + min(FIRST_WAIT * 2.0 ** min(over, 20), LONGEST_WAIT) - now)

    def delay(self, login: str, address: str, now: float) -> float:
        """Seconds that an attempt is held back before it is looked at; at most three."""
        over = max(
            self._addresses.read(_network(address), now).level - ADDRESS_FREE,
            self._accounts.read(_login(login), now).level - ACCOUNT_FREE,
        )
        return min(LONGEST_DELAY, max(0.0, over) * STEP)

    def failed(self, login: str, address: str, now: float) -> None:
        """A wrong password, or an account that there is not."""
        self._pairs.add(_pair(login, address), now)
        self._addresses.add(_network(address), now)
        self._accounts.add(_login(login), now)

    def succeeded(self, login: str, address: str, now: float) -> None:
        """The right password: this pair starts anew, and the attempt, counted beforehand, is taken back elsewhere."""
        self._pairs.clear(_pair(login, address))
        self._addresses.take(_network(address), now)
        self._accounts.take(_login(login), now)


def _login(login: str) -> str:
    return fold(login)[:100]


def _network(address: str) -> str:
    try:
        known = ipaddress.ip_address(address)
    except ValueError:
        return address[:64]
    if known.version == 6 and known.ipv4_mapped is None:
        return str(ipaddress.ip_network((known, 64), strict=False))  # one customer has at least a /64
    return str(known)


def _pair(login: str, address: str) -> str:
    return f"{_login(login)}\0{_network(address)}"
