"""Where a request comes from: forwarded headers count only from trusted proxies."""

from __future__ import annotations

import ipaddress

import pytest

from relevance.web.forwarded import Origin, origin_of

TRUSTED = (ipaddress.ip_network("10.0.0.0/8"), ipaddress.ip_network("::1/128"))


def asked(peer: str, scheme: str = "http", tls: bool = False, **headers: str) -> Origin:
    raw = [
        (name.replace("_", "-").lower().encode(), value.encode())
        for name, value in {"Host": "app:8501", **headers}.items()
    ]
    return origin_of({"type": "http", "client": (peer, 1234), "scheme": scheme, "headers": raw}, TRUSTED, tls)


def test_without_a_proxy_the_peer_is_the_client() -> None:
    assert asked("203.0.113.9") == Origin("203.0.113.9", False, "app:8501", False)
    assert asked("203.0.113.9", scheme="https").url == "https://app:8501"


def test_a_trusted_proxy_is_believed() -> None:
    found = asked(
        "10.1.1.1", X_Forwarded_For="203.0.113.9", X_Forwarded_Proto="https", X_Forwarded_Host="Labels.Example.com"
    )
    assert found == Origin("203.0.113.9", True, "labels.example.com", False)


def test_a_chain_is_read_from_the_right_and_ends_at_the_first_that_is_not_ours() -> None:
    # The client wrote 1.1.1.1 itself; our outer proxy added 203.0.113.9, our inner one 10.2.2.2.
    assert asked("10.1.1.1", X_Forwarded_For="1.1.1.1, 203.0.113.9, 10.2.2.2").address == "203.0.113.9"


@pytest.mark.parametrize(
    "header", ["X_Forwarded_For", "X_Forwarded_Proto", "X_Forwarded_Host", "Forwarded", "X_Real_IP"]
)
def test_a_strangers_forwarded_header_counts_for_nothing_but_is_noticed(header: str) -> None:
    found = asked("203.0.113.9", **{header: "https"})
    assert found == Origin("203.0.113.9", False, "app:8501", True)


def test_what_uvicorn_rewrote_from_a_strangers_header_is_not_believed() -> None:
    # `streamlit run` lets uvicorn put X-Forwarded-For of a loopback peer into the scope before the gate sees it.
    found = asked("8.8.8.8", scheme="https", X_Forwarded_For="8.8.8.8", X_Forwarded_Proto="https")
    assert found == Origin("127.0.0.1", False, "app:8501", True)
    # Nor may one so pretend to be a trusted proxy.
    found = asked("10.1.1.1", X_Forwarded_For="10.1.1.1", X_Forwarded_Proto="https")
    assert found.secure is False


@pytest.mark.parametrize(
    ("hop", "address"),
    [("203.0.113.9:4711", "203.0.113.9"), ("[2001:db8::7]:443", "2001:db8::7"), ("2001:db8::7", "2001:db8::7")],
)
def test_a_hop_may_carry_its_port(hop: str, address: str) -> None:
    assert asked("10.1.1.1", X_Forwarded_For=hop).address == address
