"""Another machine, as far as the network can tell: a network namespace, joined to this one by a cable (veth) of its own.

What runs there has no loopback in common with us, so that a server is reached as a grader's machine reaches it: over an
address of ours that is not loopback. It needs Linux, root (or CAP_NET_ADMIN and CAP_SYS_ADMIN) and iproute2.
"""

from __future__ import annotations

import base64
import hashlib
import itertools
import os
import shlex
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

_PREFIX = "relevance-"
_count = itertools.count()


class NotHere(Exception):
    """This machine gives no namespace; the text says why."""


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """A namespace with a cable to us. `here` is our address on the cable, `there` the namespace's."""

    name: str
    here: str
    there: str

    def command(self, *words: str) -> list[str]:
        """A command as it is run in the namespace."""
        return ["ip", "netns", "exec", self.name, *words]

    def program(self, path: str, folder: Path) -> str:
        """A program that runs another one in the namespace, for who can be told a program's path only."""
        script = folder / f"{Path(path).name}-{self.name}"
        script.write_text(f'#!/bin/sh\nexec {shlex.join(self.command(path))} "$@"\n')
        script.chmod(0o755)
        return str(script)


def _ip(*words: str) -> str:
    try:
        done = subprocess.run(["ip", *words], capture_output=True, text=True, timeout=20, check=True)
    except FileNotFoundError as error:
        raise NotHere("the command `ip` is missing: install Debian's package `iproute2`") from error
    except subprocess.CalledProcessError as error:
        raise NotHere(f"no network namespace here: `ip {' '.join(words)}`: {error.stderr.strip()}") from error
    return done.stdout


def _sweep() -> None:
    """Takes away what killed test runs left."""
    for line in _ip("netns", "list").splitlines():
        name = line.split()[0] if line.strip() else ""
        pid = name.removeprefix(_PREFIX).split("-")[0]
        if name.startswith(_PREFIX) and pid.isdigit() and not Path(f"/proc/{pid}").exists():
            _ip("netns", "del", name)


def _addresses() -> tuple[str, str]:
    """Two neighbours (a /30) of 198.18.0.0/15, which is set apart for measurements, that nobody here has."""
    taken = _ip("-4", "-o", "addr", "show")
    for number in itertools.count(os.getpid() * 7 + next(_count)):
        third, fourth = number // 64 % 256, number % 64 * 4
        here, there = f"198.18.{third}.{fourth + 1}", f"198.18.{third}.{fourth + 2}"
        if f" {here}/" not in taken:
            return here, there
    raise AssertionError("endless")


@contextmanager
def elsewhere() -> Iterator[Elsewhere]:
    """A namespace for as long as it is needed.

    Raises:
        NotHere: with the reason, where this machine gives none.
    """
    if os.geteuid() != 0:
        raise NotHere("a network namespace needs root")
    _sweep()
    number = next(_count)
    name, ours, theirs = f"{_PREFIX}{os.getpid()}-{number}", f"rv{os.getpid()}h{number}", f"rv{os.getpid()}t{number}"
    here, there = _addresses()
    _ip("netns", "add", name)
    try:
        _ip("link", "add", ours, "type", "veth", "peer", "name", theirs)
        _ip("link", "set", theirs, "netns", name)  # gone with the namespace, and its other end with it
        _ip("addr", "add", f"{here}/30", "dev", ours)
        _ip("link", "set", ours, "up")
        _ip("-n", name, "addr", "add", f"{there}/30", "dev", theirs)
        _ip("-n", name, "link", "set", theirs, "up")
        _ip("-n", name, "link", "set", "lo", "up")
        yield Elsewhere(name, here, there)
    finally:
        _ip("netns", "del", name)


@dataclass(frozen=True, slots=True)
class Certificate:
    """A certificate that its own key has signed; `spki` is the key as Chromium's list of trusted ones names it."""

    cert: Path
    key: Path
    spki: str


def certificate(folder: Path, address: str) -> Certificate:
    """A self-signed certificate for an address. Raises NotHere where openssl is missing."""
    if shutil.which("openssl") is None:
        raise NotHere("openssl makes the certificate and is not here")
    cert, key = folder / "cert.pem", folder / "key.pem"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-keyout", key,
         "-out", cert, "-days", "2", "-subj", "/CN=relevance", "-addext", f"subjectAltName=IP:{address}"],
        check=True, capture_output=True,
    )  # fmt: skip
    public = subprocess.run(
        ["openssl", "pkey", "-in", key, "-pubout", "-outform", "DER"], check=True, capture_output=True
    )
    return Certificate(cert, key, base64.b64encode(hashlib.sha256(public.stdout).digest()).decode())
