"""Cookies, origins, forwarded headers, the demo and the browser's copies of clips, on an address that is not loopback."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

from relevance.roles import SYSTEM, Role
from relevance.services import accounts, passwords, projects
from relevance.store.store import Store
from tests.browser.workshop import PASSWORD, PROJECT, Server
from tests.network.ways import Place

Go = Callable[..., Any]


def test_a_session_is_kept_by_the_cookie_of_its_way_and_serves_our_own_pages_only(
    there: Place, server: Server, context: Any, sign_in: Go
) -> None:
    page = sign_in(context)
    tls = there.way.tls
    secure = page.evaluate("() => [isSecureContext, typeof crypto.randomUUID, 'serviceWorker' in navigator]")
    assert secure == ([True, "function", True] if tls else [False, "undefined", False])
    (cookie,) = [one for one in context.cookies() if one["name"].endswith("relevance_session")]
    assert (cookie["name"], cookie["secure"]) == (("__Host-" if tls else "") + "relevance_session", tls)
    assert cookie["httpOnly"] and cookie["sameSite"] == "Lax" and cookie["expires"] == -1

    evil = "https://evil.example"
    for headers, status in (
        ({"Origin": server.own}, 200),
        ({"Origin": f"http://127.0.0.1:{server.port}"}, 403),  # another address of ours is another site
        ({"Origin": evil}, 403),
        ({}, 403),  # no browser leaves it out
        ({"Origin": evil, "X-Forwarded-Host": "evil.example", "X-Forwarded-Proto": "https"}, 403),
        ({"Origin": server.own, "X-Forwarded-For": "127.0.0.1"}, 200),  # says nothing, spoils nothing
    ):
        reply = httpx.post(
            f"{server.own}/api/heartbeat", json={"project": 1, "tab": "lan"}, verify=False, timeout=30,
            headers={**headers, "Cookie": f"{cookie['name']}={cookie['value']}"},
        )  # fmt: skip
        assert reply.status_code == status, headers


def test_a_browsers_copy_of_a_clip_is_for_its_session_only(
    there: Place, server: Server, context: Any, sign_in: Go
) -> None:
    page = sign_in(context)
    clip = page.evaluate("() => document.querySelector('.rp-video.rp-on').src")
    assert page.goto(clip).status in (200, 206)  # now the browser has all of it, for two minutes

    page.goto(f"{server.url}/sign-out")
    page.click("form button")
    page.wait_for_url("**/sign-in**")

    assert page.goto(clip).status == 401


@pytest.mark.usefixtures("alone")
def test_the_demos_accounts_stay_out_where_others_can_reach_the_server(
    there: Place, template: Path, tmp_path: Path
) -> None:
    data = tmp_path / "data"
    shutil.copytree(template, data)
    store = Store.open(data)
    joining = [accounts.Joining(projects.by_name(store, PROJECT).id, Role.GRADER)]
    accounts.add(store, SYSTEM, accounts.NewPerson("demo", "Demo", passwords.hashed(PASSWORD), demo=True), joining)
    store.close()
    server = there.server(data).start()
    try:
        for login, status in (("demo", 403), ("li", 303)):
            reply = httpx.post(
                f"{server.own}/sign-in", data={"login": login, "password": PASSWORD}, headers={"Origin": server.own},
                verify=False, timeout=30,
            )  # fmt: skip
            assert reply.status_code == status, login
    finally:
        server.kill()
