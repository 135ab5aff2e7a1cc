"""The users page by hand: an administrator adds, imports, disables and enables, and each can or can't sign in after it."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from relevance.roles import SYSTEM
from relevance.runtime import Runtime
from relevance.services import accounts, passwords
from relevance.settings import Settings
from tests.browser.workshop import PASSWORD, PROJECT, Server, open_by_sign_in

pytestmark = pytest.mark.browser


@pytest.fixture
def server(template: Path, tmp_path: Path, port: int) -> Iterator[Server]:
    """The template with an administrator who reads English."""
    data = tmp_path / "data"
    shutil.copytree(template, data)
    runtime = Runtime(Settings(data=data))
    admin = accounts.NewPerson("root", "Root", passwords.hashed(PASSWORD), language="en", admin=True)
    accounts.add(runtime.store, SYSTEM, admin)
    runtime.close()
    running = Server(data, port).start()
    yield running
    running.kill()


def signs_in(server: Server, login: str, word: str = PASSWORD) -> bool:
    """Whether somebody comes in by this name and password."""
    said = {"login": login, "password": word}
    reply = httpx.post(f"{server.url}/sign-in", data=said, headers={"Origin": server.url}, timeout=30)
    return reply.status_code == 303 and "/sign-in" not in reply.headers["location"]


def people(server: Server, context: Any) -> Any:
    page = context.new_page()
    open_by_sign_in(page, server, "people", "root")
    page.get_by_text("New user").first.wait_for(timeout=30_000)
    return page


def choose(page: Any, login: str) -> None:
    """Chooses the one row that the search leaves. The table is drawn on a canvas: its first cell holds the tick."""
    search = page.get_by_placeholder("name or project")
    search.fill(login)
    search.press("Enter")
    page.wait_for_timeout(1000)
    page.locator("[data-testid=stDataFrame]").first.click(position={"x": 18, "y": 52})
    page.get_by_text(f"· {login}", exact=False).first.wait_for(timeout=15_000)


def test_a_user_is_added_shut_out_and_let_in_again(server: Server, context: Any) -> None:
    page = people(server, context)
    page.get_by_role("textbox", name="Sign-in name").fill("zhao")
    page.get_by_role("textbox", name="Name on screens").fill("赵敏")
    page.get_by_role("button", name="Add the user").click()
    shown = page.locator("[data-testid=stCode]").first
    shown.wait_for(timeout=15_000)
    login, word = shown.inner_text().split()
    assert login == "zhao" and signs_in(server, "zhao", word)

    choose(page, "zhao")
    page.get_by_role("button", name="Disable").click()
    page.get_by_role("button", name="Enable").wait_for(timeout=15_000)
    assert not signs_in(server, "zhao", word)
    page.get_by_role("button", name="Enable").click()
    page.get_by_role("button", name="Disable").wait_for(timeout=15_000)
    assert signs_in(server, "zhao", word)


def test_disabling_ends_an_open_session_at_its_next_act(server: Server, context: Any, chromium: Any) -> None:
    grader = chromium.new_context().new_page()
    grader.goto(f"{server.url}/sign-in")
    grader.fill("input[name=login]", "li")
    grader.fill("input[type=password]", PASSWORD)
    grader.click("form button")
    grader.wait_for_selector(".rp-root[data-state=playing]", timeout=20_000)
    page = people(server, context)
    choose(page, "li")
    page.get_by_role("button", name="Disable").click()
    page.get_by_role("button", name="Enable").wait_for(timeout=15_000)
    grader.goto(f"{server.url}/grade")
    assert "/sign-in" in grader.url


def test_a_sheet_with_a_fault_brings_nobody_and_mended_brings_all(server: Server, context: Any, tmp_path: Path) -> None:
    page = people(server, context)
    page.get_by_role("tab", name="Import a sheet").click()
    sheet = tmp_path / "people.csv"
    qian = f"qian,钱进,grader,{PROJECT},chen"
    sheet.write_text(f"账号,姓名,角色,项目,组长\n{qian}\nsun,孙俪,driver,{PROJECT},\n", encoding="gb18030")
    page.locator("input[type=file]").set_input_files(str(sheet))
    page.locator("[data-testid=stAlert]").filter(has_text="nothing was imported").wait_for(timeout=15_000)
    fault = page.locator("[data-testid=stTable] td", has_text="driver").first
    fault.wait_for(state="attached", timeout=15_000)
    shown = fault.locator("xpath=ancestor::tr").inner_text()
    assert shown.split()[:3] == ["3", "角色", "driver"], shown
    assert page.get_by_role("button", name="Import").count() == 0

    sheet = tmp_path / "people-mended.csv"
    sheet.write_text(f"账号,姓名,角色,项目,组长\n{qian}\nsun,孙俪,lead,{PROJECT},\n", encoding="gb18030")
    page.locator("input[type=file]").set_input_files(str(sheet))
    page.get_by_role("button", name="Import 2 rows").click(timeout=15_000)
    noted = page.locator("[data-testid=stCode]").first
    noted.wait_for(timeout=15_000)
    words = dict(line.split() for line in noted.inner_text().splitlines() if line.strip())
    assert set(words) == {"qian", "sun"}
    assert all(signs_in(server, login, word) for login, word in words.items())
