"""A whole meeting in real browsers: chair, client in the other language, a guest's phone; one of them dies in the middle."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

from docx import Document

from relevance.services.verify import verify
from tests.browser.meeting_house import at, new_meeting, put_on_record, room, settled, shown, until
from tests.browser.workshop import Server

PHONE = {"viewport": {"width": 390, "height": 844}, "device_scale_factor": 2, "is_mobile": True, "has_touch": True}


def test_a_whole_meeting_from_the_agenda_to_the_minutes(
    house: Server, enter: Callable[..., Any], chromium: Any
) -> None:
    # The chair makes the meeting; its agenda fills itself; a guest's link is shown once.
    chair = enter("chen", "meetings")
    new_meeting(chair)
    settled(chair)
    chair.click("text=来宾链接")
    settled(chair)
    chair.fill("input[aria-label='来宾姓名']", "顾来宾")
    chair.click("text=生成链接")
    link = chair.inner_text("code", timeout=20_000).strip()
    assert "/join/" in link

    # Before: the client, in English, looks and votes alone. Nobody sees what.
    client = room(enter("carol", "room/1", "en-US"), f"{house.url}/room/1")
    assert client.inner_text(".badge") == "Being prepared"
    client.keyboard.press("4")
    client.fill(".vote textarea", "It is the subject all along")
    client.click(".vote button.main")
    client.wait_for_selector(".vote .sent")

    # The guest comes in on a phone, by the link; the token is out of the address at once.
    phone = chromium.new_context(locale="zh-CN", **PHONE)
    guest = room(phone.new_page(), link)
    assert guest.url.startswith(f"{house.url}/guest/room") and "join" not in guest.url
    assert guest.locator(".mark span").count() > 0 and "顾来宾" in guest.inner_text(".mark")
    assert guest.evaluate("document.documentElement.scrollWidth <= innerWidth")

    # In session: the chair drives by keys, the others follow within two seconds.
    room(chair, f"{house.url}/room/1")
    chair.click("text=开始会议")
    chair.wait_for_selector("body.open")
    until(client, "document.body.classList.contains('open')")
    everybody = (chair, client, guest)
    for page in everybody:  # so slowly that a clip of seconds does not end by itself meanwhile
        page.evaluate("document.querySelector('video').playbackRate = 0.1")
    chair.keyboard.press(" ")
    for page in everybody:
        until(page, "!document.querySelector('video').paused")
    chair.keyboard.press(" ")
    for page in everybody:
        until(page, "document.querySelector('video').paused")
    for page in (client, guest):  # where the chair stopped
        until(page, "Math.abs(document.querySelector('video').currentTime - argument) < 0.1", at(chair))
    chair.keyboard.press("e")
    for page in (client, guest):
        until(page, "Math.abs(document.querySelector('video').currentTime - 0.9) < 0.06")
    assert "It is the subject" not in chair.content() + guest.content()
    guest.tap(".vote .pick.l1")
    guest.tap(".vote button.main")
    guest.wait_for_selector(".vote .sent")
    until(chair, "document.querySelectorAll('.people .has').length === 2")
    assert "It is the subject" not in chair.content() + guest.content()
    chair.keyboard.press("r")
    for page in (chair, client, guest):
        until(page, "document.querySelectorAll('.votes .given').length === 2")
    assert "It is the subject all along" in guest.inner_text(".votes")
    for page in (chair, client, guest):
        text = page.inner_text("body")
        assert "李丽" not in text and "王强" not in text  # graders have letters

    # The first case is decided: by the client, who is here. Single, with why.
    chair.click(".ending [data-value=single]")
    put_on_record(chair, 3, "主体一直在画面里", single_why="样片专用道具")
    until(client, "document.querySelector('.ends .end h2')?.textContent.includes('100%')")
    assert "Carol Client" in client.inner_text(".ends")
    client.fill(".dissenting [name=dissent]", "67 would do")
    client.click(".dissenting button")
    until(guest, "document.querySelector('.dissent')?.textContent.includes('67 would do')")

    # The next case: everybody goes along.
    first = shown(chair)
    chair.keyboard.press("n")
    until(chair, "document.querySelector('.agenda .case.shown').dataset.case !== argument", first)
    second = shown(chair)
    for page in (client, guest):
        until(page, "document.querySelector('.agenda .case.shown').dataset.case === argument", second)

    # The chair's machine dies. Another lead takes over, and goes on where it was.
    chair.context.close()
    other = room(enter("lin", "room/1"), f"{house.url}/room/1")
    assert shown(other) == second
    other.once("dialog", lambda dialog: dialog.accept())
    other.click("text=接管")
    other.wait_for_selector("body.drives")
    other.click(".ending [data-value=deferred]")
    put_on_record(other, None, "要看合同", defer_to="法务", missing="授权合同", due="下周三")
    until(guest, "document.querySelector('.ends .end h2')?.textContent.includes('延后')")

    # The chair is back on another machine: nothing is lost, and he sees that he does not drive any more.
    back = room(enter("chen", "room/1"), f"{house.url}/room/1")
    assert shown(back) == second and "延后" in back.inner_text(".ends")
    assert "drives" not in (back.get_attribute("body", "class") or "")

    # The server dies and comes back: everybody goes on by himself.
    other.keyboard.press("n")
    until(other, "document.querySelector('.agenda .case.shown').dataset.case !== argument", second)
    third = shown(other)
    house.kill()
    house.start()
    for page in (other, client, guest):
        until(
            page,
            "document.querySelector('.said').hidden && document.querySelector('.agenda .case.shown').dataset.case === argument",
            third,
        )
    other.click(".ending [data-value=no_rule]")
    put_on_record(other, 1, "两种看法都有道理", evidence="0:01.6 只露出一角", client_answer="按 33 处理")
    until(guest, "document.querySelector('.ends .end h2')?.textContent.includes('33%')")

    # Closed: it is only read; minutes are there at once, for the guest too.
    other.once("dialog", lambda dialog: dialog.accept())
    other.click("text=结束会议")
    for page in (other, client, guest):
        page.wait_for_selector("body.closed")
    with client.expect_download() as taken:
        client.click("text=Minutes (Word)")
    text = _docx(Path(taken.value.path()).read_bytes())
    for said in ("red square", "It is the subject all along", "67 would do", "授权合同", "按 33 处理"):
        assert said in text, said
    with guest.expect_download() as taken:
        guest.tap("text=纪要（Markdown）")
    text = Path(taken.value.path()).read_text("utf-8")
    assert "顾来宾" in text and "data:image/jpeg;base64," in text and "李丽" not in text
    phone.close()

    with house.records() as store:
        assert verify(store) == []
        with store.reader() as reader:
            kinds = [row[0] for row in reader.all("select kind from outcome order by id")]
            assert kinds == ["decided", "deferred", "no_rule"]
            # 2 clips x 4 keywords x 2 graders: no grade was touched.
            assert reader.value("select count(*) from answer") == 16


def _docx(data: bytes) -> str:
    doc = Document(io.BytesIO(data))
    cells = [cell.text for table in doc.tables for row in table.rows for cell in row.cells]
    return "\n".join([*(paragraph.text for paragraph in doc.paragraphs), *cells])
