"""Where the policy tells at once what gold should have been: the notice over the next clip, in both languages."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from relevance.roles import SYSTEM, Actor, Role
from relevance.services import accounts, gold, grading, passwords, projects
from relevance.services.grading import Answer
from tests.browser.workshop import PASSWORD, PROJECT, Server, build

pytestmark = pytest.mark.browser

KNOWN = 9  # pieces of gold, level 2
REASON = "玩具最高评 67 %"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, port: int) -> Iterator[Server]:
    """A project that tells at once, with as much gold as a policy allows."""
    data = tmp_path_factory.mktemp("gold") / "data"
    build(
        data,
        clips=3,
        keywords=30,
        gold_share=0.15,
        gold_feedback=True,
        run_length=1,
        audit_share=0.0,
        least_watched=0.0,
    )
    running = Server(data, port)
    with running.records() as store:
        project = projects.by_name(store, PROJECT).id
        joining = [accounts.Joining(project, Role.GRADER)]
        early = [
            accounts.add(store, SYSTEM, accounts.NewPerson(name, name, passwords.hashed(PASSWORD)), joining)
            for name in ("early1", "early2")
        ]
        items: list[int] = []
        for account in early:
            who = Actor(account, roles={project: frozenset({Role.GRADER})})
            for _ in range(KNOWN):
                work = grading.claim(store, who, project, "t", 1).work[0]
                grading.answer(store, who, Answer(work.assignment, 0, 2))
                items.append(work.item)
            grading.release(store, who)
        specialist = Actor(0, roles={project: frozenset({Role.SPECIALIST})})
        gold.make_many(store, specialist, list(dict.fromkeys(items)), REASON)
    yield running.start()
    running.kill()


@pytest.mark.parametrize(
    ("login", "language", "key", "said"),
    [
        pytest.param("li", "zh-CN", "3", "有标准答案，你答对了。", id="zh"),
        pytest.param("ann", "en-US", "1", "had a known answer: 67% Mostly relevant.", id="en"),
    ],
)
def test_the_answer_to_gold_is_told_over_the_next_clip_in_the_readers_language(
    server: Server, context: Any, login: str, language: str, key: str, said: str
) -> None:
    page = context.new_page()
    page.goto(f"{server.url}/sign-in")
    page.fill("input[name=login]", login)
    page.fill("input[type=password]", PASSWORD)
    page.click("form button")
    page.wait_for_url("**/grade")
    toast = page.locator(".rp-toast")
    graded: list[str] = []
    for _ in range(80):
        page.wait_for_selector(
            ".rp-root[data-state=playing][data-outbox='0'], .rp-root[data-state=ready][data-outbox='0']", timeout=20_000
        )
        if graded and toast.is_visible() and REASON in toast.inner_text():
            break
        page.wait_for_timeout(350)
        now = str(page.get_attribute(".rp-root", "data-assignment"))
        graded.append(now)
        page.keyboard.press(key)
        page.wait_for_function("but => document.querySelector('.rp-root').dataset.assignment !== but", arg=now)
    text = toast.inner_text()
    assert said in text and REASON in text
    box, frame = toast.bounding_box(), page.locator(".rp-stage").bounding_box()
    assert (
        frame["x"] <= box["x"] and box["x"] + box["width"] <= frame["x"] + frame["width"]
    )  # within the picture's place
    if folder := os.environ.get("RELEVANCE_SCREENSHOTS"):
        page.screenshot(path=str(Path(folder) / f"gold-{language}.png"))
    page.wait_for_timeout(350)
    now = str(page.get_attribute(".rp-root", "data-assignment"))
    page.keyboard.press("2")  # it stands in nobody's way
    page.wait_for_function("but => document.querySelector('.rp-root').dataset.assignment !== but", arg=now)
