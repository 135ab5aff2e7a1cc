"""The server's own forms, through the real app: in, out, first administrator, password, throttling, demo, https."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from relevance.roles import SYSTEM, Role
from relevance.services import accounts
from relevance.services.accounts import Joining, NewPerson
from tests.served import HASH, ROOT, WORD, Served, Server, rerun
from tests.world import World


def test_the_cookie_is_not_for_scripts_and_not_for_other_sites(served: Served) -> None:
    reply = httpx.post(
        served.server.url + "/sign-in", data={"login": "lead", "password": WORD}, headers={"Origin": served.server.url}
    )
    cookie = reply.headers["set-cookie"]
    assert re.fullmatch(r"relevance_session=[\w-]{43}; HttpOnly; Path=/; SameSite=lax", cookie), cookie


def test_signing_in_goes_where_one_wanted_to_go(served: Served) -> None:
    with served.server.client() as client:
        page = client.get("/sign-in?next=%2Fdisputes%3Fbatch%3D3")
        following = re.search(r'name="next" value="([^"]*)"', page.text)
        assert following is not None
        reply = client.post("/sign-in", data={"login": "lead", "password": WORD, "next": following[1]})
        assert reply.headers["location"] == "/disputes?batch=3"
        assert client.get("/sign-in?next=%2Foverview").headers["location"] == "/overview"  # already in
        assert client.get("/").headers["location"] == "/disputes"


@pytest.mark.parametrize(
    "following", ["//evil.example", "https://evil.example/", "/\\evil.example", "\\\\evil", "javascript:alert(1)", "/%5c/evil", "/sign-out", "/grade\r\nX: y"]
)  # fmt: skip
def test_signing_in_never_leads_to_another_site(served: Served, following: str) -> None:
    with served.server.client() as client:
        reply = client.post("/sign-in", data={"login": "lead", "password": WORD, "next": following})
        assert (reply.status_code, reply.headers["location"]) == (303, "/")


def test_what_was_typed_is_text_on_the_page(served: Served) -> None:
    with served.server.client() as client:
        reply = client.post("/sign-in", data={"login": '"><script>alert(1)</script>', "password": "x" * 9})
        assert reply.status_code == 403
        assert "<script" not in reply.text
        assert "&lt;script&gt;" in reply.text
        assert "x" * 9 not in reply.text


def test_it_speaks_the_language_that_was_chosen_last(served: Served) -> None:
    with served.server.client() as client:
        assert "登录" in client.get("/sign-in", headers={"Accept-Language": "zh-CN,zh;q=0.9"}).text
        assert "Sign in" in client.get("/sign-in", headers={"Accept-Language": "en-US"}).text
        assert "登录" in client.get("/sign-in", headers={"Accept-Language": "fr"}).text  # the setting
        client.get("/sign-in?lang=en")
        assert "Sign in" in client.get("/sign-in", headers={"Accept-Language": "zh-CN"}).text
        wrong = client.post("/sign-in", data={"login": "x", "password": "y"}, headers={"Accept-Language": "zh-CN"})
        assert "The name or the password is not right." in wrong.text


def test_wrong_passwords_wait_and_the_colleague_at_the_same_address_gets_in(served: Served) -> None:
    with served.server.client() as client:
        statuses = [
            client.post("/sign-in", data={"login": "analyst", "password": f"wrong {n}"}).status_code for n in range(7)
        ]
        assert statuses[:5] == [403] * 5
        assert statuses[-1] == 429
        held = client.post("/sign-in", data={"login": "analyst", "password": WORD})
        assert held.status_code == 429
        assert 1 <= int(held.headers["retry-after"]) <= 8
        assert client.post("/sign-in", data={"login": "lead", "password": WORD}).status_code == 303


def test_a_form_that_is_too_long_or_no_form_is_refused(served: Served) -> None:
    with served.server.client() as client:
        assert client.post("/sign-in", data={"login": "a", "password": "x" * 20_000}).status_code == 400
        assert client.post("/sign-in", content=b"[1]", headers={"Content-Type": "application/json"}).status_code == 400
        assert client.post("/sign-in", content=b"{", headers={"Content-Type": "application/json"}).status_code == 400
        assert client.post("/sign-in", data={}).status_code == 400
        files = {"login": ("a.txt", b"x")}
        assert client.post("/sign-in", files=files, data={"password": "x"}).status_code in (400, 403)


def test_one_changes_ones_own_password_and_the_other_sessions_end(served: Served) -> None:
    with served.server.signed_in("other") as here, served.server.signed_in("other") as there:
        fields = {"old": "wrong", "password": "quite another word", "again": "quite another word"}
        assert here.post("/password", data=fields).status_code == 403
        assert here.post("/password", data={**fields, "old": WORD, "again": "x"}).status_code == 422
        assert here.post("/password", data={**fields, "old": WORD, "password": "x", "again": "x"}).status_code == 422
        assert there.get("/_stcore/health").status_code == 200
        assert here.post("/password", data={**fields, "old": WORD}).status_code == 200
        assert here.get("/_stcore/health").status_code == 200
        assert there.get("/_stcore/health").status_code == 401
        back = {"old": "quite another word", "password": WORD, "again": WORD}
        assert here.post("/password", data=back).status_code == 200


def test_ones_language_follows_to_the_pages(served: Served) -> None:
    with served.server.signed_in("stranger") as client:
        assert client.post("/language", data={"language": "zh", "next": "/overview"}).headers["location"] == "/overview"
        with served.server.socket(client) as link:
            assert "退出登录" in rerun(link).texts
        assert client.post("/language", data={"language": "xx"}).status_code == 422
        client.post("/language", data={"language": "en"})
        with served.server.socket(client) as link:
            assert "Sign out" in rerun(link).texts


# Servers of their own -------------------------------------------------------------------------------------------------


@pytest.fixture
def empty(tmp_path: Path) -> Iterator[Server]:
    server = Server(tmp_path / "data")
    yield server
    if hasattr(server, "process") and server.process.poll() is None:
        server.stop()


def test_the_first_start_prints_a_link_that_makes_one_administrator_once(empty: Server) -> None:
    empty.start()
    link = re.search(r"http://127\.0\.0\.1:\d+(/first-admin\?token=\S+)", empty.said)
    assert link is not None, empty.said
    token = link[1].split("=")[1]
    with empty.client() as client:
        assert client.get("/first-admin?token=" + token[:-1]).status_code == 403
        page = client.get(link[1])
        assert page.status_code == 200
        fields = {"token": token, "login": "root", "password": "short", "again": "short"}
        assert client.post("/first-admin", data=fields).status_code == 422
        fields |= {"password": WORD, "again": WORD}
        assert client.post("/first-admin", data={**fields, "token": "x"}).status_code == 403
        assert client.post("/first-admin", data=fields).status_code == 303
        assert client.get("/people").status_code == 200
    with empty.client() as other:
        assert other.get(link[1]).status_code == 403
        assert other.post("/first-admin", data={**fields, "login": "second"}).status_code == 403
    assert empty.stop() == 0
    empty.start()
    assert "first-admin" not in empty.said


def _demo(folder: Path) -> None:
    folder.mkdir()
    world = World(folder)
    person = NewPerson("demo", password_hash=HASH, demo=True, language="en")
    accounts.add(world.store, SYSTEM, person, [Joining(world.project, Role.GRADER)])
    accounts.add(world.store, SYSTEM, NewPerson("real", password_hash=HASH), [Joining(world.project, Role.GRADER)])
    world.store.close()


def sign_in(server: Server, login: str, **headers: str) -> int:
    return httpx.post(
        server.url + "/sign-in",
        data={"login": login, "password": WORD},
        headers={"Origin": server.url, **headers},
        verify=False,
    ).status_code


def test_a_demo_account_never_works_on_a_server_that_others_can_reach(empty: Server) -> None:
    _demo(empty.data)
    empty.start()
    assert sign_in(empty, "demo") == 303
    # Behind a proxy that nobody vouched for, the client may be anybody.
    assert sign_in(empty, "demo", **{"X-Forwarded-For": "127.0.0.1"}) == 403
    token = httpx.post(
        empty.url + "/sign-in", json={"login": "demo", "password": WORD}, headers={"Accept": "application/json"}
    ).json()["token"]  # fmt: skip
    assert empty.stop() == 0
    empty.more = {"RELEVANCE_HOST": "0.0.0.0"}
    empty.start()
    assert sign_in(empty, "real") == 303
    assert sign_in(empty, "demo") == 403
    # Nor does a session that began before.
    assert httpx.get(empty.url + "/_stcore/health", headers={"Authorization": f"Bearer {token}"}).status_code == 401
    assert empty.stop() == 0
    empty.more["RELEVANCE_DEMO_ANYWHERE"] = "true"
    empty.start()
    assert sign_in(empty, "demo") == 303


def test_a_trusted_proxy_tells_address_host_and_https(empty: Server) -> None:
    _demo(empty.data)
    empty.more = {"RELEVANCE_TRUSTED_PROXIES": "127.0.0.0/8"}
    empty.start()
    forwarded = {
        "X-Forwarded-For": "203.0.113.9",
        "X-Forwarded-Proto": "https",
        "X-Forwarded-Host": "labels.example.com",
    }
    with httpx.Client(base_url=empty.url, headers={**forwarded, "Origin": "https://labels.example.com"}) as client:
        reply = client.post("/sign-in", data={"login": "real", "password": WORD})
        assert reply.status_code == 303
        assert reply.headers["set-cookie"].startswith("__Host-relevance_session=")
        assert "Secure" in reply.headers["set-cookie"]
        assert reply.headers["strict-transport-security"]
        assert client.post("/sign-in", data={}, headers={"Origin": empty.url}).status_code == 403
        # The demo is for this machine alone, and this client is elsewhere.
        assert client.post("/sign-in", data={"login": "demo", "password": WORD}).status_code == 403
    # Throttled by the client's own address, not by the proxy's: another client of it gets in at once.
    for _ in range(6):
        httpx.post(empty.url + "/sign-in", data={"login": "real", "password": "wrong word"},
                   headers={**forwarded, "Origin": "https://labels.example.com"})  # fmt: skip
    statuses = {
        address: httpx.post(
            empty.url + "/sign-in", data={"login": "real", "password": WORD},
            headers={**forwarded, "X-Forwarded-For": f"127.0.0.1, {address}", "Origin": "https://labels.example.com"},
        ).status_code
        for address in ("203.0.113.9", "203.0.113.10")
    }  # fmt: skip
    assert statuses == {"203.0.113.9": 429, "203.0.113.10": 303}


def test_https_makes_the_cookie_secure_and_refuses_http_origins(empty: Server, tmp_path: Path) -> None:
    if shutil.which("openssl") is None:
        pytest.skip("openssl makes the certificate of this test and is not here")
    cert, key = tmp_path / "cert.pem", tmp_path / "key.pem"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", key, "-out", cert, "-days", "2", "-subj", "/CN=localhost"],
        check=True, capture_output=True,
    )  # fmt: skip
    _demo(empty.data)
    empty.more = {"RELEVANCE_TLS_CERT": str(cert), "RELEVANCE_TLS_KEY": str(key)}
    empty.scheme = "https"
    empty.start()
    reply = httpx.post(
        empty.url + "/sign-in", data={"login": "real", "password": WORD}, headers={"Origin": empty.url}, verify=False
    )
    cookie = reply.headers["set-cookie"]
    assert re.fullmatch(r"__Host-relevance_session=[\w-]{43}; HttpOnly; Path=/; SameSite=lax; Secure", cookie), cookie
    plain = empty.url.replace("https", "http")
    assert httpx.post(empty.url + "/sign-in", data={}, headers={"Origin": plain}, verify=False).status_code == 403
    # The plain cookie, which a neighbour on http could have set, counts for nothing here.
    token = cookie.split(";")[0].split("=", 1)[1]
    for name, status in (("relevance_session", 401), ("__Host-relevance_session", 200)):
        got = httpx.get(empty.url + "/_stcore/health", headers={"Cookie": f"{name}={token}"}, verify=False)
        assert got.status_code == status


def test_a_second_server_on_one_store_names_the_first(empty: Server) -> None:
    empty.start()
    second = Server(empty.data)
    with pytest.raises(RuntimeError, match=f"in use by process {empty.process.pid}"):
        second.start()


def test_a_restart_signs_nobody_out(empty: Server) -> None:
    _demo(empty.data)
    empty.start()
    client = empty.signed_in("real")
    assert client.get("/_stcore/health").status_code == 200
    assert empty.stop() == 0
    empty.start()
    assert client.get("/_stcore/health").status_code == 200


def test_streamlit_run_serves_the_same_app_on_this_machine_alone(empty: Server) -> None:
    _demo(empty.data)
    environment = {
        "PATH": "/usr/bin:/bin", "HOME": str(empty.data.parent), "RELEVANCE_DATA": str(empty.data), "PYTHONUNBUFFERED": "1"
    }  # fmt: skip
    command = [sys.executable, "-m", "streamlit", "run", "app.py", "--server.port", str(empty.port)]
    with empty.log.open("w") as log:
        empty.process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=log, stderr=log, text=True)
    with empty.client() as client:
        for _ in range(300):
            try:
                if client.get("/live").status_code == 200:
                    break
            except httpx.TransportError:
                import time

                time.sleep(0.1)
        assert client.get("/static/js/x.js").status_code == 401
        assert client.get("/grade").headers["location"] == "/sign-in?next=%2Fgrade"
        # uvicorn itself would believe this header from 127.0.0.1; the gate does not.
        assert sign_in(empty, "demo", **{"X-Forwarded-For": "127.0.0.1"}) == 403
        assert sign_in(empty, "demo") == 303
    with empty.signed_in("real") as client, empty.socket(client) as link:
        assert "grade" in rerun(link).pages
    listening = subprocess.run(["ss", "-ltnp"], capture_output=True, text=True).stdout if shutil.which("ss") else ""
    mine = [line for line in listening.splitlines() if f"pid={empty.process.pid}," in line]
    assert all("127.0.0.1" in line for line in mine)
    assert "http" not in empty.said.replace(empty.url, "")  # no external address was looked up or printed


def test_streamlit_without_the_projects_configuration_does_not_serve(tmp_path: Path) -> None:
    code = (
        "import asyncio, sys; sys.path.insert(0, sys.argv[1]); from relevance.web.lifespan import check_streamlit; check_streamlit()"
    )  # fmt: skip
    done = subprocess.run([sys.executable, "-c", code, str(ROOT)], cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode != 0
    assert "did not read the project's .streamlit/config.toml" in done.stderr
