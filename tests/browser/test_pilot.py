"""A pilot by keyboard alone, in both languages: a level, the rule's letter, the next clip; then its result for the lead."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from relevance.roles import Actor, Role
from relevance.runtime import Runtime
from relevance.services import accounts, amendments, grading, guidelines, pilots, rule_examples
from relevance.settings import Settings
from tests.browser.workshop import Server, build, forget, open_by_sign_in, signed_in

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def pilot(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Sixty settled items, an example, a draft of the first rule that Li, Ann and the lead are asked to pilot."""
    data = tmp_path_factory.mktemp("pilot") / "data"
    build(data, clips=10, keywords=7)
    runtime = Runtime(Settings(data=data))
    try:
        store = runtime.store
        who = {name: accounts.by_login(store, name) for name in ("li", "wang", "ann", "chen")}
        for login in ("li", "wang"):
            grader = Actor(who[login], roles={1: frozenset({Role.GRADER})})
            for _ in range(60):
                one = grading.claim(store, grader, 1, "t", want=1).work[0]
                grading.answer(store, grader, grading.Answer(one.assignment, one.seq, level=3))
        lead = Actor(who["chen"], roles={1: frozenset({Role.LEAD})})
        rule = guidelines.current(store, 1).rules[0].id
        item = next(iter(rule_examples.offered(store, lead, 1)))
        rule_examples.add(store, lead, 1, rule, item, "positive", "占满画面")
        draft = amendments.draft(
            store, lead, 1, rule, "", "主体占画面一半以上：**100 %**。", "It fills half the picture: **100 %**."
        )
        amendments.step(store, lead, draft, "review")
        pilots.make(store, lead, draft, [who["li"], who["ann"], who["chen"]])
    finally:
        runtime.close()
    return data


@pytest.fixture
def piloted(pilot: Path, tmp_path: Path, port: int) -> Iterator[Server]:
    """A server on a copy of it."""
    data = tmp_path / "data"
    shutil.copytree(pilot, data)
    running = Server(data, port).start()
    yield running
    running.kill()


def enter(server: Server, context: Any, login: str, path: str) -> Any:
    page = context.new_page()
    open_by_sign_in(page, server, path, login)
    page.wait_for_selector("[data-testid=stMarkdownContainer] h4", timeout=30_000)
    return page


@pytest.mark.parametrize(
    ("login", "nth", "last"), [("li", "第 {n} / 50 个片段", "zh"), ("ann", "Clip {n} of 50", "en")]
)
def test_a_pilot_is_graded_by_keyboard_and_closed_with_its_result(
    piloted: Server, context: Any, login: str, nth: str, last: str, tmp_path: Path
) -> None:
    page = enter(piloted, context, login, "pilot")
    page.get_by_text(nth.format(n=1), exact=True).wait_for(timeout=30_000)
    page.wait_for_selector(".view video")
    page.wait_for_selector(".view[data-state=playing], .view[data-state=ready]", timeout=30_000)
    page.keyboard.press("3")
    page.wait_for_selector(".st-key-level_2 [data-testid=stBaseButton-primary]")
    page.keyboard.press("a")  # the first rule
    page.get_by_text(nth.format(n=2), exact=True).wait_for()
    page.keyboard.press("4")
    page.wait_for_selector(".st-key-level_3 [data-testid=stBaseButton-primary]")
    page.keyboard.press("Enter")  # no rule
    page.get_by_text(nth.format(n=3), exact=True).wait_for()
    page.keyboard.press("z")
    page.get_by_text(nth.format(n=2), exact=True).wait_for()
    page.screenshot(path=str(tmp_path / f"pilot-{last}.png"))
    page.goto(f"{piloted.url}/pilot")  # another day: where he was
    page.get_by_text(nth.format(n=3), exact=True).wait_for()

    forget(context, piloted.port)
    page = enter(piloted, context, "chen", "guideline")
    page.screenshot(path=str(tmp_path / f"guideline-{last}.png"), full_page=True)
    page.get_by_role("tab", name="下一版本").click()
    page.get_by_text("结束试评", exact=True).click()
    page.locator("[data-testid=stTable]").first.wait_for(timeout=30_000)
    page.screenshot(path=str(tmp_path / f"result-{last}.png"), full_page=True)
    shutil.rmtree(tmp_path / "data", ignore_errors=True)


def test_examples_stand_with_their_rule_beside_the_clip(piloted: Server, context: Any, tmp_path: Path) -> None:
    page = signed_in(piloted, context)
    page.keyboard.press("g")
    example = page.locator(".rp-example").first
    example.wait_for(timeout=20_000)
    assert "占满画面" in example.inner_text() and "正例" in example.inner_text()
    page.wait_for_timeout(500)
    page.screenshot(path=str(tmp_path / "drawer.png"))
