"""From a dispute to the minutes in real browsers: triage by keys, a cluster put to the meeting, the agenda in its order."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from relevance.services.verify import verify
from tests.browser.meeting_house import new_meeting, put_on_record, room, settled, shown, until
from tests.browser.workshop import Server

pytestmark = pytest.mark.browser


def order(page: Any) -> list[str]:
    """The cases on somebody's agenda, from above."""
    return list(page.eval_on_selector_all(".agenda .case", "rows => rows.map((row) => row.dataset.case)"))


def ordered(page: Any, wanted: list[str]) -> None:
    """Waits until an agenda has this order."""
    until(page, "[...document.querySelectorAll('.agenda .case')].map((row) => row.dataset.case).join() === argument",
          ",".join(wanted))  # fmt: skip


def test_a_dispute_goes_from_triage_to_the_minutes(house: Server, enter: Callable[..., Any]) -> None:
    # The chair makes a meeting, and takes what filled its agenda off again.
    chair = enter("chen", "meetings")
    new_meeting(chair)
    room(chair, f"{house.url}/room/1")
    while there := order(chair):
        chair.hover(f".agenda [data-case='{there[0]}']")  # its buttons show then
        chair.click(f".agenda [data-case='{there[0]}'] .edit button:last-child")
        until(chair, "document.querySelectorAll('.agenda .case').length === argument", len(there) - 1)

    # Triage: three clusters' causes are corrected by one key each, then they are put to the meeting.
    chair.goto(f"{house.url}/triage")
    clusters = chair.locator(".queue .row")
    clusters.first.wait_for(timeout=20_000)
    settled(chair)
    n = 3
    for one in [clusters.nth(at).get_attribute("data-id") for at in range(n)]:
        row = chair.locator(f".queue .row[data-id='{one}']")
        if row.get_attribute("aria-selected") != "true":  # the first is shown already
            row.click()
            settled(chair)
        chair.keyboard.press("3")  # ambiguous keyword
        chair.wait_for_selector("text=由人工确定。", timeout=20_000)  # the same one stays, wherever it stands now
        settled(chair)
        put = chair.get_by_role("button", name="列入议程")
        for _ in range(5):  # a click while the page still moves opens nothing
            chair.get_by_role("button", name="提交会议").click()
            chair.wait_for_timeout(1000)
            if put.is_visible():
                break
        put.click()
        chair.wait_for_selector("text=已列在议程末尾。", timeout=20_000)
        settled(chair)

    # The agenda in the room is ordered by keys, the same for whoever follows.
    room(chair, f"{house.url}/room/1")
    client = room(enter("carol", "room/1", "en-US"), f"{house.url}/room/1")
    first = order(chair)
    assert len(first) == n
    chair.focus(f".agenda [data-case='{first[2]}']")
    chair.keyboard.press("Alt+ArrowUp")
    ordered(chair, [first[0], first[2], first[1], *first[3:]])
    moved = [first[2], first[0], first[1], *first[3:]]
    chair.keyboard.press("Alt+ArrowUp")  # the keyboard goes along with the case
    for page in (chair, client):
        ordered(page, moved)
    chair.keyboard.press("Alt+ArrowUp")  # the first stays the first
    # ... and by the mouse: the last is dragged, by its name, onto the first.
    chair.drag_and_drop(f".agenda [data-case='{moved[2]}'] .name", f".agenda [data-case='{moved[0]}'] .name")
    moved = [moved[2], *moved[:2]]
    for page in (chair, client):
        ordered(page, moved)
    assert chair.locator(".agenda .case[draggable=true]").count() == n
    chair.reload()
    room(chair, f"{house.url}/room/1")
    assert order(chair) == moved
    assert client.locator(".agenda .case[draggable=true], .agenda .edit").count() == 0  # only who drives orders it

    # The meeting: the first case is decided and becomes a precedent; its like are settled; the minutes are there.
    chair.click("text=开始会议")
    chair.wait_for_selector("body.open")
    until(client, "document.body.classList.contains('open')")
    assert shown(chair) == moved[0]
    client.click(".vote .pick.l3")
    client.fill(".vote textarea", "It is the subject")
    client.click(".vote button.main")
    until(chair, "document.querySelectorAll('.people .has').length === 1")
    chair.keyboard.press("r")
    until(chair, "document.querySelectorAll('.votes .given').length === 1")
    chair.click(".ending [data-value=precedent]")
    put_on_record(chair, 3, "主体一直在画面里")
    chair.once("dialog", lambda dialog: dialog.accept())
    chair.click("text=结束会议")
    for page in (chair, client):
        page.wait_for_selector("body.closed")
    with client.expect_download() as taken:
        client.click("text=Minutes (Markdown)")
    assert "主体一直在画面里" in Path(taken.value.path()).read_text("utf-8")

    with house.records() as store:
        assert verify(store) == []
        with store.reader() as reader:
            causes = reader.all("select distinct cause from meeting_case where removed_at is null")
            assert causes == [("ambiguous_keyword",)]
            assert reader.all("select kind, binds from outcome") == [("decided", "precedent")]
            assert reader.value("select count(*) from precedent") == 1
            assert reader.value("select count(*) from answer") == 16  # no grade was touched
