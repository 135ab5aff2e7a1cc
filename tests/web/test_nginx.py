"""nginx with the shipped configuration, in front of the real server: the same doors, the bytes from the disk."""

from __future__ import annotations

import http.client
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest
from websockets.sync.client import connect

from tests.elsewhere import certificate
from tests.nginx import Nginx, missing
from tests.served import CLIP, WORD, Served
from tests.web.conftest import serving


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A server that believes what nginx forwards."""
    if reason := missing():
        pytest.skip(reason)
    with serving(tmp_path_factory.mktemp("behind") / "data", RELEVANCE_TRUSTED_PROXIES="127.0.0.1") as made:
        yield made


@pytest.fixture(scope="module")
def front(served: Served, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Nginx]:
    """nginx in front of it, over https."""
    folder = tmp_path_factory.mktemp("nginx")
    nginx = Nginx(folder, served.server.data, served.server.url, certificate(folder, "127.0.0.1")).start()
    yield nginx
    nginx.stop()


@contextmanager
def signed_in(front: Nginx, login: str) -> Iterator[httpx.Client]:
    """A browser's manners, through nginx."""
    with httpx.Client(base_url=front.url, headers={"Origin": front.url}, verify=False, timeout=60) as client:
        reply = client.post("/sign-in", data={"login": login, "password": WORD})
        assert reply.status_code == 303, reply.text
        yield client


def cookies(client: httpx.Client) -> str:
    return "; ".join(f"{name}={value}" for name, value in client.cookies.items())


def test_a_clip_comes_from_the_disk_in_pieces_with_the_products_own_headers(front: Nginx, served: Served) -> None:
    path = f"/clip/{served.clips['leased']}"
    with signed_in(front, "grader") as client:
        whole = client.get(path)
        assert (whole.status_code, whole.content) == (200, CLIP)
        assert whole.headers["server"].startswith("nginx")
        own = httpx.get(
            front.server + path,
            headers={"Cookie": cookies(client), "X-Forwarded-Proto": "https", "X-Forwarded-For": "192.0.2.1"},
        )
        assert (own.status_code, own.content) == (200, CLIP)
        for name in (
            "content-type", "content-length", "accept-ranges", "cache-control", "vary", "etag", "last-modified",
            "content-disposition", "x-content-type-options", "x-frame-options", "referrer-policy",
            "cross-origin-resource-policy", "strict-transport-security",
        ):  # fmt: skip
            assert whole.headers[name] == own.headers[name], name
        piece = client.get(path, headers={"Range": "bytes=1000-1999"})
        assert (piece.status_code, piece.content) == (206, CLIP[1000:2000])
        assert piece.headers["content-range"] == f"bytes 1000-1999/{len(CLIP)}"
        mark = whole.headers["etag"]
        same = client.get(path, headers={"Range": "bytes=-100", "If-Range": mark})
        assert (same.status_code, same.content) == (206, CLIP[-100:])
        assert client.get(path, headers={"Range": f"bytes={len(CLIP)}-"}).status_code == 416
        head = client.head(path)
        assert (head.status_code, head.headers["content-length"], head.content) == (200, str(len(CLIP)), b"")


def test_nginx_gives_a_clip_to_nobody_whom_the_product_would_refuse(front: Nginx, served: Served) -> None:
    with (
        signed_in(front, "grader") as grader,
        signed_in(front, "stranger") as stranger,
        signed_in(front, "lead") as lead,
    ):
        for clip, who, status in (
            ("leased", grader, 200), ("answered", grader, 200), ("other", grader, 403), ("free", grader, 403),
            ("other", lead, 200), ("leased", stranger, 403),
        ):  # fmt: skip
            assert who.get(f"/clip/{served.clips[clip]}").status_code == status, clip
        assert grader.get(f"/clip/{'0' * 64}").status_code == 403  # there is none: a no like any other
        assert grader.post(f"/clip/{served.clips['leased']}").status_code in (403, 405)
        # What is asked for is what is sent: no second name in the address makes one clip's yes another's.
        mine, others = served.clips["leased"], served.clips["other"]
        for path, status in (
            (f"/clip/{mine}/../{others}", 403), (f"/clip/{mine}%2f..%2f{others}", 403), (f"/x/../clip/{others}", 403),
            (f"//clip/{others}", 403), (f"/clip/{others}?/clip/{mine}", 403), (f"/clip/{mine}?/clip/{others}", 200),
        ):  # fmt: skip
            assert as_written(front, path, grader) == status, path
        assert grader.get("/clip-allowed").status_code == 403  # for nginx itself only
        assert grader.post("/sign-out", data={}).status_code == 303
        assert grader.get(f"/clip/{mine}").status_code == 401
    assert httpx.get(f"{front.url}/clip/{served.clips['leased']}", verify=False).status_code == 401


def as_written(front: Nginx, path: str, client: httpx.Client) -> int:
    """The status of a path that goes out as it is written: other clients put it in order first."""
    link = http.client.HTTPSConnection("127.0.0.1", front.port, context=ssl._create_unverified_context(), timeout=60)
    try:
        link.request("GET", path, headers={"Cookie": cookies(client)})
        return link.getresponse().status
    finally:
        link.close()


def test_everything_else_passes_with_secure_cookies_and_origins(front: Nginx, served: Served) -> None:
    with signed_in(front, "grader") as client:
        assert "__Host-relevance_session" in client.cookies
        reply = client.post("/api/lease", json={"project": served.project, "tab": "n", "want": 1})
        assert reply.status_code == 200
        refused = client.post(
            "/api/lease", json={"project": served.project, "tab": "n"}, headers={"Origin": "https://evil.example"}
        )
        assert refused.status_code == 403
        # A host that the client makes up is not believed: nginx writes its own.
        said = {"Origin": "https://evil.example", "X-Forwarded-Host": "evil.example"}
        assert client.post("/api/lease", json={"project": served.project, "tab": "n"}, headers=said).status_code == 403
        with connect(
            f"wss://127.0.0.1:{front.port}/_stcore/stream", ssl=ssl._create_unverified_context(), origin=front.url,  # type: ignore[arg-type]
            additional_headers={"Cookie": cookies(client)}, subprotocols=["streamlit", "PLACEHOLDER_AUTH_TOKEN"], max_size=None,  # type: ignore[list-item]
        ) as link:  # fmt: skip
            assert link.protocol.state.name == "OPEN"


def test_the_operations_page_and_the_file_agree_on_where_things_lie() -> None:
    text = (Path(__file__).resolve().parents[2] / "docs" / "operations.md").read_text("utf-8")
    assert "deploy/nginx.conf" in text and "RELEVANCE_TRUSTED_PROXIES" in text
