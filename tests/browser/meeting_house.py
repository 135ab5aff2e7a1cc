"""A labelling centre with disputes and a client: what the browser tests of a meeting begin with, and what they do on its
pages."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from relevance.roles import SYSTEM, Actor, Role
from relevance.runtime import Runtime
from relevance.services import accounts, grading, passwords, projects, sessions
from relevance.settings import Settings
from tests.browser.workshop import PASSWORD, PROJECT, build


def furnish(data: Path, clips: int = 3, keywords: int = 2, seconds: float = 4.0) -> None:
    """Fills a data folder: the workshop's project, a second lead, a client who reads English, a specialist, and
    clips x keywords disputed items, each with a grade of 100 and one of 33, notes, rules and evidence."""
    build(data, clips=clips, keywords=keywords, seconds=seconds)
    runtime = Runtime(Settings(data=data))
    try:
        store = runtime.store
        project = projects.by_name(store, PROJECT).id
        word = passwords.hashed(PASSWORD)
        for login, name, language, role in (
            ("lin", "林组长", "zh", Role.LEAD),
            ("carol", "Carol Client", "en", Role.CLIENT),
            ("sun", "孙专员", "zh", Role.SPECIALIST),
        ):
            accounts.add(
                store,
                SYSTEM,
                accounts.NewPerson(login, name, word, language=language),
                [accounts.Joining(project, role)],
            )
        notes = {3: ("主体就是它", "subject", (900, 2400)), 1: ("只在背景里一闪而过", "background", (1600,))}
        for login, level in (("li", 3), ("wang", 1)):
            rights = sessions.of(store).rights(accounts.by_login(store, login))
            assert rights is not None
            grader: Actor = rights.actor
            note, rule, evidence = notes[level]
            for _ in range(clips * keywords):
                work = grading.claim(store, grader, project, "tab", 1).work[0]
                grading.answer(
                    store, grader,
                    grading.Answer(work.assignment, work.seq, level, note=note, rule=rule, evidence_ms=evidence,
                                   decision_ms=9000, watched_share=1.0),
                )  # fmt: skip
    finally:
        runtime.close()


def settled(page: Any) -> None:
    """Waits until a page of the app stands still: a click on what moves meanwhile (a box that opens) hits nothing."""
    for _ in range(2):
        page.wait_for_selector(".stApp[data-test-script-state='notRunning']", timeout=30_000)
        page.wait_for_timeout(400)


def room(page: Any, url: str) -> Any:
    """Opens the room, unless it is open already, and waits until it is there."""
    if page.url != url:
        page.goto(url)
    page.wait_for_selector("#room[data-version] ", timeout=15_000)
    page.wait_for_selector(".agenda .case.shown", timeout=10_000)
    return page


def shown(page: Any) -> str:
    """The case on somebody's screen."""
    return str(page.get_attribute(".agenda .case.shown", "data-case"))


def at(page: Any) -> float:
    """Where somebody's clip stands, in seconds."""
    return round(float(page.evaluate("document.querySelector('video').currentTime")), 1)


def until(page: Any, what: str, argument: object = None) -> None:
    """Waits until a condition holds on a page. Asked again and again: the page's policy forbids the tool's own way."""
    for _ in range(200):
        if page.evaluate(f"argument => Boolean({what})", argument):
            return
        page.wait_for_timeout(100)
    raise AssertionError(f"never came true: {what} ({argument})")


def put_on_record(page: Any, level: int | None, reason: str, **fields: str) -> None:
    """Fills and sends the chair's form."""
    if level is not None:
        page.click(f".ending .pick.l{level}")
    page.fill(".ending [name=reason]", reason)
    for name, value in fields.items():
        page.fill(f".ending [name={name}]", value)
    page.click(".ending button.main")
    page.wait_for_selector(".ends .end", timeout=5_000)


def new_meeting(chair: Any) -> None:
    """The chair makes a meeting on the Meetings page, which is open; its agenda fills itself."""
    chair.wait_for_selector("text=新建会议", timeout=20_000)
    settled(chair)
    chair.click("text=新建会议")
    settled(chair)
    chair.fill("input[aria-label='标题']", "周五例会")
    chair.click("text=建立会议")
    chair.wait_for_selector("text=进入会议室", timeout=20_000)
