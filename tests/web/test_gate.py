"""Nothing passes the gate that it does not know: paths, methods, the WebSocket, headers."""

from __future__ import annotations

import http.client

import httpx
import pytest
from websockets.exceptions import InvalidStatus

from relevance.roles import PAGES
from relevance.web.gate import ENDED
from tests.served import Served, rerun

ODD = [
    "//grade", "/grade//", "/./grade", "/../grade", "/%2e%2e/grade", "/grade/%2e%2e/", "/%2fgrade", "/grade%2f", "/grade%00",
    "/grade%0a", "/\\grade", "/%5cgrade", "/GRADE", "/grade/", "/static/../grade", "/sign-in/../grade", "/sign-in/%2e%2e/static/x",
    "/sign-in//style.css/../../grade", "/live/../grade", "/live/", "/live/x", "/sign-in.css", "/Sign-In/", "/;/grade", "/%252e%252e/grade",
]  # fmt: skip
CLOSED = [
    "/_stcore/health", "/_stcore/host-config", "/_stcore/script-health-check", "/_stcore/metrics", "/_stcore/allowed-message-origins",
    "/_stcore/agent/mcp", "/_stcore/agent/interact", "/_stcore/upload_file/a/b", "/_stcore/bidi-components/x/y.js", "/component/x/index.html",
    "/media/abc.mp4", "/static/js/index.js", "/static/css/x.css", "/app/static/x", "/favicon.png", "/favicon.ico", "/manifest.json",
    "/index.html", "/healthz", "/oauth2callback", "/auth/login", "/auth/logout", "/clip/" + "0" * 64, "/poster/x", "/strip/x",
    "/captions/x", "/api/lease", "/api/answer", "/sign-out", "/password", "/language", "/robots.txt", "/foo", "/grade/_stcore/health",
]  # fmt: skip


def raw(served: Served, method: str, path: str, headers: dict[str, str] | None = None) -> http.client.HTTPResponse:
    """A request whose path no client library tidies up."""
    link = http.client.HTTPConnection("127.0.0.1", served.server.port, timeout=30)
    link.putrequest(method, path, skip_host=False, skip_accept_encoding=True)
    for name, value in (headers or {}).items():
        link.putheader(name, value)
    link.endheaders()
    return link.getresponse()


def test_a_pages_address_leads_a_stranger_to_the_sign_in_page_and_back(served: Served) -> None:
    with served.server.client() as client:
        for page in ["", *PAGES]:
            reply = client.get(f"/{page}")
            assert reply.status_code == 303, page
            assert reply.headers["location"] == ("/sign-in" if not page else f"/sign-in?next=%2F{page}")
        reply = client.get("/disputes?batch=3&keyword=%E7%BA%A2")
        assert reply.headers["location"] == "/sign-in?next=%2Fdisputes%3Fbatch%3D3%26keyword%3D%25E7%25BA%25A2"
        assert client.head("/grade").status_code == 303


@pytest.mark.parametrize("path", CLOSED)
def test_everything_else_is_closed_to_a_stranger(served: Served, path: str) -> None:
    for method in ("GET", "HEAD", "OPTIONS"):
        assert raw(served, method, path).status == 401, method
    for method in ("POST", "PUT", "DELETE", "PATCH", "TRACE", "PROPFIND"):
        assert raw(served, method, path).status in (401, 403), method


@pytest.mark.parametrize("path", ODD)
def test_an_odd_path_is_closed_to_a_stranger_and_leads_nowhere_with_a_session(served: Served, path: str) -> None:
    assert raw(served, "GET", path).status in (400, 401)
    with served.server.signed_in("lead") as client:
        cookie = "; ".join(f"{name}={value}" for name, value in client.cookies.items())
        assert raw(served, "GET", path, {"Cookie": cookie}).status in (400, 404)


def test_only_live_and_the_sign_in_pages_own_files_are_open(served: Served) -> None:
    with served.server.client() as client:
        live = client.get("/live")
        assert (live.status_code, live.text) == (200, "ok")
        page = client.get("/sign-in")
        assert page.status_code == 200
        assert "<script" not in page.text
        for asset in ("/sign-in/style.css", "/sign-in/mark.svg"):
            assert asset in page.text
            assert client.get(asset).status_code == 200
        assert client.get("/sign-in/sign_in.css").status_code == 401
        assert client.get("/first-admin").status_code == 403
        assert client.get("/first-admin?token=guess").status_code == 403


def test_a_page_with_foreign_methods_does_not_pass(served: Served) -> None:
    for method in ("POST", "PUT", "DELETE"):
        assert raw(served, method, "/grade").status in (401, 403)


@pytest.mark.parametrize(
    "cookie", ["", "x", "relevance_session=", "relevance_session=" + "A" * 43, "__Host-relevance_session=x"]
)
def test_a_made_up_cookie_opens_nothing(served: Served, cookie: str) -> None:
    assert raw(served, "GET", "/static/js/x.js", {"Cookie": cookie}).status == 401
    with pytest.raises(InvalidStatus) as refused:
        served.server.socket(Cookie=cookie)
    assert refused.value.response.status_code == 403


def test_claiming_to_be_somebody_by_header_opens_nothing_and_changes_nobody(served: Served) -> None:
    with served.server.signed_in("admin") as admin, served.server.signed_in("grader") as grader:
        name = admin.cookies["relevance_session"]
        for header in (
            "X-Relevance-Session",
            "X_Relevance_Session",
            "Remote-User",
            "X-Forwarded-User",
            "X-Streamlit-User",
        ):
            assert raw(served, "GET", "/_stcore/health", {header: name}).status == 401
            with pytest.raises(InvalidStatus):
                served.server.socket(**{header: name})
        with served.server.socket(grader, X_Relevance_Session="0" * 64) as link:
            run = rerun(link)
        assert "people" not in run.pages
        assert "grade" in run.pages


def test_the_websocket_needs_a_session_and_our_own_origin(served: Served) -> None:
    with served.server.signed_in("lead") as client:
        with served.server.socket(client) as link:
            assert "disputes" in rerun(link).pages
        port = served.server.port
        for origin in (
            "", "null", "http://evil.example", f"http://localhost:{port}", "http://127.0.0.1:3000", f"https://127.0.0.1:{port}",
            f"http://127.0.0.1:{port}.evil.example", f"http://evil@127.0.0.1:{port}x",
        ):  # fmt: skip
            with pytest.raises(InvalidStatus) as refused:
                served.server.socket(client, Origin=origin)
            assert refused.value.response.status_code == 403, origin


def test_a_program_with_a_bearer_token_needs_no_origin_but_a_foreign_one_is_refused(served: Served) -> None:
    reply = httpx.post(
        f"{served.server.url}/sign-in", json={"login": "lead", "password": "a long enough word"}, headers={"Accept": "application/json"}
    )  # fmt: skip
    assert reply.status_code == 200
    token = reply.json()["token"]
    with served.server.socket(Origin="", Authorization=f"Bearer {token}") as link:
        assert "disputes" in rerun(link).pages
    with pytest.raises(InvalidStatus):
        served.server.socket(Origin="http://evil.example", Authorization=f"Bearer {token}")
    ours = {"Authorization": f"Bearer {token}"}
    assert httpx.post(f"{served.server.url}/language", data={"language": "en"}, headers=ours).status_code == 303
    ended = httpx.post(f"{served.server.url}/sign-out", headers={**ours, "Accept": "application/json"})
    assert ended.json() == {"signed_out": True}
    assert httpx.get(f"{served.server.url}/_stcore/health", headers=ours).status_code == 401


@pytest.mark.parametrize("path", ["/sign-in", "/sign-out", "/password", "/language", "/api/answer", "/first-admin"])
def test_a_form_from_another_site_is_refused(served: Served, path: str) -> None:
    with served.server.signed_in("grader") as client:
        for headers in (
            {"Origin": "http://evil.example"},
            {"Origin": "null"},
            {"Origin": f"http://localhost:{served.server.port}"},
        ):
            assert client.post(path, headers=headers).status_code == 403
        bare = {name: value for name, value in client.headers.items() if name.lower() != "origin"}
        cookie = "; ".join(f"{name}={value}" for name, value in client.cookies.items())
        bare["Cookie"] = cookie
        assert httpx.post(served.server.url + path, headers=bare).status_code == 403
        assert client.get("/_stcore/health").status_code == 200  # still signed in


def test_a_sign_in_that_a_browser_sends_across_sites_is_refused_even_without_origin(served: Served) -> None:
    form = {"login": "grader", "password": "a long enough word"}
    for site in ("cross-site", "same-site"):
        reply = httpx.post(f"{served.server.url}/sign-in", data=form, headers={"Sec-Fetch-Site": site})
        assert reply.status_code == 403


def test_with_a_session_only_what_the_tables_name_is_there(served: Served) -> None:
    with served.server.signed_in("admin") as client:
        assert client.get("/_stcore/health").status_code == 200
        assert client.get("/_stcore/host-config").status_code == 200
        for path in (
            "/_stcore/metrics", "/_stcore/script-health-check", "/_stcore/agent/mcp", "/auth/login", "/oauth2callback", "/foo",
            "/app/static/x", "/grade/_stcore/health", "/index.html", "/people/x", "/live/x",
        ):  # fmt: skip
            assert client.get(path).status_code == 404, path
        for method in ("PATCH", "TRACE", "PROPFIND"):
            assert client.request(method, "/_stcore/health").status_code in (404, 405)


def test_every_response_carries_the_security_headers_and_no_other_origin_may_read(served: Served) -> None:
    with served.server.signed_in("lead") as client:
        index = client.get("/disputes")
        assert index.status_code == 200
        script = next(part for part in index.text.split('"') if part.endswith(".js")).removeprefix(".")
        replies = [
            index, client.get(script), client.get("/_stcore/health"), client.get("/nothing"), client.get("/sign-out"),
            client.get("/clip/" + served.clips["free"]), client.get("/_stcore/host-config", headers={"Origin": "http://localhost:3000"}),
            httpx.get(served.server.url + "/sign-in"), httpx.get(served.server.url + "/static/x"), httpx.get(served.server.url + "/live"),
        ]  # fmt: skip
    for reply in replies:
        said = reply.headers
        assert said["x-content-type-options"] == "nosniff"
        assert said["x-frame-options"] == "DENY"
        assert said["referrer-policy"] == "same-origin"
        assert said["cross-origin-resource-policy"] == "same-origin"
        assert "frame-ancestors 'none'" in said["content-security-policy"]
        assert "'unsafe-eval'" not in said["content-security-policy"]
        assert "unsafe-inline" not in said["content-security-policy"].split("script-src")[-1].split(";")[0]
        assert not [name for name in said if name.startswith("access-control-")]
        assert "public" not in said["cache-control"]
        assert "server" not in said
    assert replies[1].status_code == 200


def test_a_sign_out_in_one_tab_ends_every_tab_at_once(served: Served) -> None:
    with served.server.signed_in("lead") as one:
        first, second = served.server.socket(one), served.server.socket(one)
        assert "disputes" in rerun(first).pages
        assert one.post("/sign-out").headers["location"] == "/sign-in?out=1"
        assert "relevance_session" not in one.cookies
        for link in (first, second):
            run = rerun(link)
            assert run.closed == ENDED
            assert run.pages == []
        assert run.redirect == "/sign-in?ended=1"


def test_a_disabled_user_is_out_at_the_next_act(served: Served) -> None:
    with served.server.signed_in("admin") as admin, served.server.signed_in("client") as client:
        token = client.cookies["relevance_session"]
        link = served.server.socket(client)
        assert rerun(link).pages
        served.command("users.disable", login="client")
        run = rerun(link)
        assert (run.closed, run.pages) == (ENDED, [])
        assert raw(served, "GET", "/_stcore/health", {"Cookie": f"relevance_session={token}"}).status == 401
        assert client.get("/overview").status_code == 303
        assert client.post("/sign-in", data={"login": "client", "password": "a long enough word"}).status_code == 403
        served.command("users.enable", login="client")
        assert client.get("/overview").status_code == 303  # the old session stays ended
        assert admin.get("/_stcore/health").status_code == 200


def test_a_role_that_is_taken_away_is_gone_at_the_next_run(served: Served) -> None:
    with served.server.signed_in("specialist") as client:
        link = served.server.socket(client)
        assert "questions" in rerun(link).pages
        served.command("project.member.end", project="test", login="specialist", role="specialist")
        assert rerun(link).pages == []
        assert client.get("/questions").status_code == 303
        served.command(
            "project.member.set", project="test", login="specialist", role="specialist", lead=None, until=None
        )
        assert "questions" in rerun(link).pages


def test_forwarded_headers_of_a_stranger_count_for_nothing(served: Served) -> None:
    # The cookie's name and its Secure flag would change if the claim of https were believed.
    forged = {"X-Forwarded-Proto": "https", "X-Forwarded-For": "8.8.8.8", "X-Forwarded-Host": "evil.example"}
    with served.server.client() as client:
        reply = client.post("/sign-in", data={"login": "lead", "password": "a long enough word"}, headers=forged)
        assert reply.status_code == 303
        assert "relevance_session=" in reply.headers["set-cookie"]
        assert "__Host-" not in reply.headers["set-cookie"]
