"""A lead at the keyboard: through the list, at the evidence, deciding; and the overview that follows without a reload."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from relevance.roles import Actor, Role
from relevance.runtime import Runtime
from relevance.services import accounts, grading
from relevance.settings import Settings
from tests.browser.workshop import PASSWORD, Server

pytestmark = pytest.mark.browser


def argue(data: Path, items: int) -> None:
    """Two graders lie three levels apart on so many items; each marks a time as evidence."""
    runtime = Runtime(Settings(data=data))
    try:
        store = runtime.store
        for login, level, ms in (("li", 3, 500), ("wang", 0, 1500)):
            account = accounts.by_login(store, login)
            grader = Actor(account, roles={1: frozenset({Role.GRADER})})
            for _ in range(items):
                one = grading.claim(store, grader, 1, "t", want=1).work[0]
                said = grading.Answer(one.assignment, one.seq, level=level, note=f"{login} 的理由", evidence_ms=(ms,))
                grading.answer(store, grader, said)
            grading.release(store, grader)
    finally:
        runtime.close()


@pytest.fixture
def disputed(template: Path, tmp_path: Path, port: int) -> Iterator[Server]:
    """A server with three disputes."""
    data = tmp_path / "data"
    shutil.copytree(template, data)
    argue(data, 3)
    running = Server(data, port).start()
    yield running
    running.kill()


def until(true: Callable[[], object], what: str) -> None:
    """Waits for something to come about."""
    for _ in range(150):
        if true():
            return
        time.sleep(0.2)
    raise AssertionError(what)


def enter(server: Server, context: Any) -> Any:
    page = context.new_page()
    if context.cookies():
        page.goto(f"{server.url}/disputes")  # another tab of the same person
    else:
        page.goto(f"{server.url}/sign-in")
        page.fill("input[name=login]", "chen")
        page.fill("input[type=password]", PASSWORD)
        page.click("form button")
    page.wait_for_url("**/disputes*")  # one click from sign-in
    page.wait_for_selector(".queue .row", timeout=30_000)
    page.wait_for_selector(".view[data-state=playing], .view[data-state=ready]", timeout=30_000)
    return page


def test_a_lead_decides_by_keyboard_and_the_next_dispute_opens(disputed: Server, context: Any) -> None:
    page = enter(disputed, context)
    first = page.locator(".view").get_attribute("data-item")
    page.locator(".queue").focus()
    page.keyboard.press("j")
    until(lambda: page.locator(".view").get_attribute("data-item") != first, "J opens the next dispute")
    second = page.locator(".view").get_attribute("data-item")
    assert f"item={second}" in page.url  # the address can be sent to a colleague
    page.keyboard.press("k")
    until(lambda: page.locator(".view").get_attribute("data-item") == first, "K goes back")
    page.keyboard.press("4")
    page.wait_for_selector(".st-key-choose_3 [data-testid=stBaseButton-primary]")
    reason = page.locator("textarea")
    reason.click()
    page.keyboard.type("jk 占画面主体")  # letters of a word, not keys of the list
    assert page.locator(".view").get_attribute("data-item") == first
    page.keyboard.press("Control+Enter")
    until(lambda: page.locator(".queue .row").count() == 2, "the decided dispute leaves the list")
    until(lambda: page.locator(".view").get_attribute("data-item") == second, "the next one is open")


def test_a_click_on_evidence_jumps_the_clip_there(disputed: Server, context: Any) -> None:
    page = enter(disputed, context)
    video = page.locator(".view video")
    page.wait_for_selector(".grade .jump")
    assert "li 的理由" in page.locator(".grades").inner_text()
    page.locator(".bar button[data-name=play]").click()
    video.evaluate("video => video.pause()")
    page.locator(".grade .jump").nth(1).click()  # grades come highest first: li's 0.5 s, then wang's 1.5 s
    until(lambda: abs(video.evaluate("video => video.currentTime") - 1.5) < 0.1, "the second evidence")
    page.locator(".marks .mark").first.click()
    until(lambda: abs(video.evaluate("video => video.currentTime") - 0.5) < 0.1, "the first mark")
    page.locator(".queue").focus()
    page.keyboard.press("e")
    until(lambda: abs(video.evaluate("video => video.currentTime") - 1.5) < 0.1, "E goes to the next evidence")


def test_the_overview_follows_a_decision_without_a_reload(disputed: Server, context: Any) -> None:
    page = enter(disputed, context)
    board = context.new_page()
    board.goto(f"{disputed.url}/overview")
    waiting = board.locator("[data-testid=stMetric]").nth(2).locator("[data-testid=stMetricValue]")
    until(lambda: waiting.count() and waiting.inner_text() == "3", "three disputes wait")
    page.keyboard.press("1")
    page.wait_for_selector(".st-key-choose_0 [data-testid=stBaseButton-primary]")
    page.locator("textarea").fill("画面里没有")
    page.locator("textarea").press("Control+Enter")
    until(lambda: waiting.inner_text() == "2", "the overview says two")


def test_two_leads_on_one_dispute_the_second_is_told_plainly(disputed: Server, context: Any) -> None:
    page, other = enter(disputed, context), enter(disputed, context)
    item = page.locator(".view").get_attribute("data-item")
    assert other.locator(".view").get_attribute("data-item") == item
    for one, key in ((page, "4"), (other, "1")):
        one.keyboard.press(key)
        one.wait_for_selector(f".st-key-choose_{int(key) - 1} [data-testid=stBaseButton-primary]")
        one.locator("textarea").fill("先看到的为准")
    page.locator("textarea").press("Control+Enter")
    until(lambda: page.locator(".queue .row").count() == 2, "the first decision is taken")
    other.locator("textarea").press("Control+Enter")
    other.wait_for_selector("[data-testid=stAlert]")
    assert "陈组长" in other.locator("[data-testid=stAlert]").first.inner_text()
    assert "100" in other.locator("[data-testid=stAlert]").first.inner_text()
