"""The grade loop in a real Chromium, on a real server: each answer exactly once, whatever happens on the way."""

from __future__ import annotations

import shutil
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from relevance.roles import SYSTEM, Actor, Role
from relevance.services import accounts, grading, policies, projects
from relevance.store.store import Store
from tests.browser.desk import Desk
from tests.browser.workshop import PASSWORD, PROJECT, Server, signed_in
from tests.outcome import PASSED

pytestmark = pytest.mark.browser

ROOT = ".rp-root"
Go = Callable[..., Any]


@pytest.fixture(scope="module")
def desk(template: Path, tmp_path_factory: pytest.TempPathFactory, profile: Any, port: int) -> Iterator[Desk]:
    """Where li works: the server, and her page, that one test leaves to the next."""
    made = Desk(
        template, tmp_path_factory.mktemp("desk") / "data", profile, lambda data: Server(data, port).start(), port
    )
    yield made
    made.leave()


@pytest.fixture
def alone(desk: Desk) -> None:
    """Nothing runs that an earlier test left, and the browser's profile is a new machine's."""
    desk.leave()


@pytest.fixture
def server(desk: Desk) -> Server:
    return desk.server()


@pytest.fixture
def context(desk: Desk, request: pytest.FixtureRequest) -> Iterator[Any]:
    """A browser profile with nobody's cookies but li's, where she is signed in."""
    yield desk.profile
    desk.tidy(request.node.stash.get(PASSED, False))


@pytest.fixture
def sign_in(server: Server, desk: Desk) -> Go:
    """As in conftest.py; for li on the desk's profile it goes on with her page where the test before left it whole."""

    def go(context: Any, login: str = "li", page: Any = None, wait: bool = True) -> Any:
        if context is desk.profile and login == "li" and page is None and (left := desk.page()):
            return left
        return signed_in(server, context, login, page, wait)

    return go


def item(page: Any) -> str:
    return str(page.get_attribute(ROOT, "data-assignment"))


def outbox(page: Any) -> int:
    return int(page.get_attribute(ROOT, "data-outbox"))


def playing(page: Any, but: str = "") -> str:
    """Waits until an item other than `but` plays (or has played to its end), past the guard against double presses."""
    page.wait_for_function(
        """but => { const d = document.querySelector('.rp-root')?.dataset;
        return d && d.assignment && d.assignment !== but && (d.state === 'playing' || d.state === 'ready') }""",
        arg=but,
        timeout=20_000,
    )
    page.wait_for_timeout(350)
    return item(page)


def grade(page: Any, key: str) -> str:
    """Grades the clip on the screen and waits for the next; returns the item that was graded."""
    now = playing(page)
    page.keyboard.press(key)
    playing(page, but=now)
    return now


# No tab's mark says that it lives (relevance/web/player/tab.js).
NO_TAB_LIVES = """() => Object.keys(localStorage).filter(key => key.startsWith('relevance:tab:'))
    .map(key => JSON.parse(localStorage[key])).every(mark => mark.gone || Date.now() - mark.at >= 9000)"""


def saved(page: Any, timeout: int = 20_000) -> None:
    page.wait_for_selector(f"{ROOT}[data-outbox='0']", timeout=timeout)


def by_assignment(server: Server, login: str = "li") -> dict[str, list[dict[str, Any]]]:
    found: dict[str, list[dict[str, Any]]] = {}
    for row in server.answers():
        if row["login"] == login:
            found.setdefault(str(row["assignment"]), []).append(row)
    return found


def test_ten_items_by_keyboard_are_ten_grades_with_what_was_measured(server: Server, context: Any, sign_in: Go) -> None:
    page = sign_in(context)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url.rsplit("/", 1)[-1]))
    given = {grade(page, "1234"[n % 4]): n % 4 for n in range(10)}
    saved(page)

    rows = by_assignment(server)
    # The next items come with an answer's reply: nothing else is asked for between two grades.
    assert asked.count("answer") == 10 and asked.count("lease") == 0

    assert {key: [row["level"] for row in rows[key]] for key in given} == {key: [level] for key, level in given.items()}
    assert len(rows) == 10
    for row in (row for found in rows.values() for row in found):
        assert row["counts"] and row["seq"] == 0
        assert row["first_frame_ms"] is not None and row["shown_at"] <= row["made_at"]
        assert 300 <= row["decision_ms"] < 60_000
        # Clips of 2 s were watched for about the decision's time, never more than that by more than a tick.
        assert 0 < row["watched_ms"] <= row["decision_ms"] + 50
        assert 0 < row["watched_share"] <= 1
        assert row["speed"] == 1 and row["client"].startswith("player/")


def test_a_double_press_gives_one_grade(server: Server, context: Any, sign_in: Go) -> None:
    page = sign_in(context)
    first = playing(page)

    page.keyboard.press("3")
    page.keyboard.press("3")

    second = playing(page, but=first)
    assert item(page) == second
    saved(page)
    assert list(by_assignment(server)) == [first]


def test_a_double_click_gives_one_grade(server: Server, context: Any, sign_in: Go) -> None:
    page = sign_in(context)
    first = playing(page)

    page.get_by_role("button", name="67 % 大部分相关").dblclick()

    playing(page, but=first)
    saved(page)
    rows = by_assignment(server)
    assert {key: row[0]["level"] for key, row in rows.items()} == {first: 2}


def test_a_held_key_gives_one_grade(server: Server, context: Any, sign_in: Go) -> None:
    page = sign_in(context)
    first = playing(page)

    for _ in range(25):  # a held key: presses without a release, as the operating system repeats them
        page.keyboard.down("4")
        page.wait_for_timeout(40)
    page.keyboard.up("4")

    playing(page, but=first)
    saved(page)
    assert list(by_assignment(server)) == [first]


def test_offline_answers_wait_and_are_sent_once_when_the_network_is_back(
    server: Server, context: Any, sign_in: Go
) -> None:
    page = sign_in(context)
    playing(page)
    page.wait_for_timeout(800)  # the next clips are in the buffer
    context.set_offline(True)

    done = [grade(page, "2"), grade(page, "3")]
    assert outbox(page) == 2
    page.wait_for_timeout(3000)
    assert "2" in page.inner_text(".rp-saved") and "服务器没有响应" in page.inner_text(".rp-saved")
    context.set_offline(False)

    saved(page)
    done.append(grade(page, "4"))  # and work goes on
    saved(page)
    rows = by_assignment(server)
    assert Counter({key: len(found) for key, found in rows.items()}) == Counter(done)


def test_a_refresh_with_unsent_answers_sends_them_and_keeps_the_item(server: Server, context: Any, sign_in: Go) -> None:
    page = sign_in(context)
    page.route("**/api/answer", lambda route: route.abort())
    done = [grade(page, "1"), grade(page, "4")]
    now = playing(page)
    assert outbox(page) == 2

    page.unroute("**/api/answer")
    page.reload()

    assert playing(page) == now
    saved(page)
    rows = by_assignment(server)
    assert {key: [row["level"] for row in rows[key]] for key in rows} == {done[0]: [0], done[1]: [3]}


def test_a_closed_tab_loses_nothing_and_the_next_tab_goes_on_with_its_items(
    server: Server, context: Any, sign_in: Go
) -> None:
    page = sign_in(context)
    page.route("**/api/answer", lambda route: route.abort())
    done = grade(page, "3")
    now = playing(page)
    page.close()

    other = context.new_page()
    other.goto(f"{server.url}/live")
    other.wait_for_function(NO_TAB_LIVES)  # a busy browser writes it down a moment after the tab is gone
    other.goto(server.url)
    assert playing(other) == now
    saved(other)
    assert {key: len(found) for key, found in by_assignment(server).items()} == {done: 1}


def test_two_tabs_of_one_person_have_different_items(server: Server, context: Any, sign_in: Go) -> None:
    one = sign_in(context)
    two = context.new_page()
    two.goto(server.url)
    done = []
    for _ in range(3):
        done += [grade(one, "2"), grade(two, "3")]
    saved(one)
    saved(two)

    rows = by_assignment(server)
    assert len(set(done)) == 6
    assert {key: len(found) for key, found in rows.items()} == dict.fromkeys(done, 1)


def test_a_duplicated_tab_is_a_tab_of_its_own(server: Server, context: Any, sign_in: Go) -> None:
    one = sign_in(context)
    first = playing(one)
    kept = one.evaluate("() => ({...sessionStorage})")
    two = context.new_page()
    # What "Duplicate tab" does: the new tab begins with a copy of the old one's session storage.
    two.add_init_script(
        f"Object.entries({kept!r}).forEach(([k, v]) => sessionStorage.getItem(k) ?? sessionStorage.setItem(k, v))"
    )
    two.goto(server.url)

    assert playing(two) != first
    assert item(one) == first


def test_a_server_killed_in_the_middle_loses_and_doubles_nothing(server: Server, context: Any, sign_in: Go) -> None:
    page = sign_in(context)
    done = [grade(page, "1"), grade(page, "2")]
    saved(page)
    page.wait_for_timeout(800)
    server.kill()
    done += [grade(page, "3"), grade(page, "4")]
    assert outbox(page) == 2

    server.start()

    saved(page, 40_000)
    done.append(grade(page, "1"))
    saved(page)
    rows = by_assignment(server)
    assert {key: len(found) for key, found in rows.items()} == dict.fromkeys(done, 1)
    assert [rows[key][0]["level"] for key in done] == [0, 1, 2, 3, 0]


def test_an_answer_whose_echo_was_lost_counts_once(server: Server, context: Any, sign_in: Go) -> None:
    page = sign_in(context)
    lost = []

    def lose(route: Any) -> None:
        if len(lost) < 2:  # the server takes it; the browser never hears so
            lost.append(route.fetch().status)
            route.abort()
        else:
            route.continue_()

    page.route("**/api/answer", lose)
    done = grade(page, "3")
    saved(page)

    assert lost == [200, 200]
    assert {key: len(found) for key, found in by_assignment(server).items()} == {done: 1}


def test_another_person_on_the_same_browser_neither_sees_nor_sends_what_is_unsent(
    server: Server, context: Any, sign_in: Go
) -> None:
    page = sign_in(context)
    page.route("**/api/answer", lambda route: route.abort())
    done = grade(page, "4")
    assert outbox(page) == 1
    page.goto(f"{server.url}/sign-out")
    page.click("form button")
    page.unroute("**/api/answer")

    sign_in(context, "wang", page)
    assert outbox(page) == 0
    page.wait_for_timeout(6000)
    hers = page.evaluate("() => Object.keys(localStorage).filter(key => key.startsWith('relevance:outbox:'))")
    assert len(hers) == 1  # still there, untouched

    page.goto(f"{server.url}/sign-out")
    page.click("form button")
    sign_in(context, "li", page)
    saved(page)
    rows = server.answers()
    assert [(row["login"], str(row["assignment"]), row["level"]) for row in rows] == [("li", done, 3)]


def test_a_page_left_open_does_not_send_under_the_next_persons_session(
    server: Server, context: Any, sign_in: Go
) -> None:
    page = sign_in(context)
    playing(page)
    cookies = context.cookies()
    context.clear_cookies()
    # Somebody else signs in on this browser; this page does not know yet.
    said = {"login": "wang", "password": PASSWORD}
    assert context.request.post(f"{server.url}/sign-in", form=said, headers={"Origin": server.url}).ok
    assert context.cookies() != cookies
    now = item(page)
    page.keyboard.press("3")

    page.wait_for_selector(".rp-card[data-card=other_account]", timeout=10_000)
    assert outbox(page) == 1
    context.clear_cookies()
    context.add_cookies(cookies)
    page.reload()
    saved(page)
    rows = server.answers()
    assert [(row["login"], str(row["assignment"])) for row in rows] == [("li", now)]


def test_it_works_over_plain_http_where_the_browser_gives_no_secure_context(server: Server, context: Any) -> None:
    page = context.new_page()
    page.goto(f"http://centre.test:{server.port}/sign-in")
    page.fill("input[name=login]", "li")
    page.fill("input[type=password]", PASSWORD)
    page.click("form button")
    first = playing(page)
    assert page.evaluate("() => [isSecureContext, typeof crypto.randomUUID]") == [False, "undefined"]
    page.keyboard.press("a")
    page.keyboard.type("?")
    page.keyboard.press("Control+Enter")
    grade(page, "3")
    saved(page)
    assert [row["level"] for row in by_assignment(server)[first]] == [2]


def test_u_goes_back_and_each_correction_is_a_record(server: Server, context: Any, sign_in: Go) -> None:
    page = sign_in(context)
    first, second = grade(page, "1"), grade(page, "2")
    now = playing(page)

    page.keyboard.press("u")
    assert playing(page, but=now) == second
    assert page.get_attribute(".rp-level[data-level='1']", "aria-pressed") == "true"
    page.keyboard.press("u")
    assert playing(page, but=second) == first
    page.keyboard.press("4")
    assert playing(page, but=first) == now
    page.keyboard.press("u")
    playing(page, but=now)
    page.keyboard.press("Escape")  # looked, changed nothing
    assert playing(page, but=second) == now
    saved(page)

    rows = by_assignment(server)
    assert [(row["seq"], row["level"]) for row in rows[first]] == [(0, 0), (1, 3)]
    assert [(row["seq"], row["level"]) for row in rows[second]] == [(0, 1)]


def test_u_after_a_reload_still_finds_the_last_answer(server: Server, context: Any, sign_in: Go) -> None:
    page = sign_in(context)
    first = grade(page, "1")
    saved(page)
    page.reload()
    now = playing(page)
    page.wait_for_timeout(500)

    page.keyboard.press("u")
    assert playing(page, but=now) == first
    page.keyboard.press("3")
    playing(page, but=first)
    saved(page)

    assert [(row["seq"], row["level"]) for row in by_assignment(server)[first]] == [(0, 0), (1, 2)]


def test_a_flag_ends_the_assignment_with_or_without_a_grade(server: Server, context: Any, sign_in: Go) -> None:
    page = sign_in(context)
    first = playing(page)
    count = int(page.inner_text(".rp-count"))
    page.keyboard.press("f")
    page.keyboard.press("3")  # no rule; the cursor is in the text now
    page.keyboard.type("1 只兔子算不算")
    page.keyboard.press("Control+Enter")
    second = playing(page, but=first)
    page.keyboard.press("f")
    page.keyboard.press("4")
    page.keyboard.type("同时评分")
    page.locator(".rp-with [data-level='2']").click()
    page.keyboard.press("Control+Enter")
    playing(page, but=second)
    saved(page)
    assert page.inner_text(".rp-count") == str(count + 2)

    rows = by_assignment(server)
    assert [(r["flag"], r["flag_text"], r["level"]) for r in rows[first]] == [("no_rule", "1 只兔子算不算", None)]
    assert [(r["flag"], r["level"]) for r in rows[second]] == [("other", 2)]


def test_typing_and_composing_never_grade(server: Server, context: Any, sign_in: Go) -> None:
    page = sign_in(context)
    now = playing(page)

    page.keyboard.press("n")
    page.keyboard.type("1234 fUnGra")
    assert item(page) == now
    # Choosing Chinese characters by number: composing, as the browser reports it.
    page.evaluate(
        """() => { for (const target of [document.activeElement, document.body])
        target.dispatchEvent(new KeyboardEvent('keydown', {code: 'Digit2', key: '2', isComposing: true, bubbles: true, composed: true})) }"""
    )
    assert item(page) == now
    page.keyboard.press("Enter")
    assert page.evaluate("() => document.activeElement.classList.contains('rp-root')")
    page.keyboard.press("r")
    page.keyboard.type("玩具")
    page.keyboard.press("Enter")
    page.keyboard.press("Space")  # paused: the time stands
    page.keyboard.press("ArrowRight")  # where the clip had ended meanwhile, Space began it anew at its first frame
    page.keyboard.press("e")
    page.keyboard.press("3")
    playing(page, but=now)
    saved(page)

    (row,) = by_assignment(server)[now]
    assert (row["note"], row["rule"], row["level"]) == ("1234 fUnGra", "toy", 2)
    assert len(row["evidence_ms"]) == 1 and 0 < row["evidence_ms"][0] < 2100


def test_a_question_to_the_lead_does_not_leave_the_item(server: Server, context: Any, sign_in: Go) -> None:
    page = sign_in(context)
    now = playing(page)
    page.keyboard.press("a")
    page.keyboard.type("这个算玩具吗？")
    page.keyboard.press("Control+Enter")
    saved(page)
    assert item(page) == now

    with server.records() as store, store.reader() as reader:
        asked = reader.all(
            """select ask.assignment, text from ask join assignment on assignment.id = ask.assignment and assignment.item = ask.item
               where made_at >= ?""",
            [server.since],
        )
    assert asked == [(int(now), "这个算玩具吗？")]


def test_a_sign_out_in_another_tab_ends_this_one_and_keeps_what_is_unsent(
    server: Server, context: Any, sign_in: Go
) -> None:
    page = sign_in(context)
    page.route("**/api/answer", lambda route: route.abort())
    done = grade(page, "2")
    other = context.new_page()
    other.goto(f"{server.url}/sign-out")
    other.click("form button")

    page.wait_for_url("**/sign-in**", timeout=20_000)  # the socket ends with the session

    page.unroute("**/api/answer")
    sign_in(context, "li", page)
    saved(page)
    assert {key: len(found) for key, found in by_assignment(server).items()} == {done: 1}


def test_the_panel_fits_a_laptop_and_a_phone(server: Server, context: Any, sign_in: Go) -> None:
    page = sign_in(context)
    for width, height in ((1366, 768), (1366, 640), (1920, 1080)):
        page.set_viewport_size({"width": width, "height": height})
        page.wait_for_timeout(200)
        down = page.evaluate(
            "() => { const e = document.querySelector('.stMain'); return e.scrollHeight - e.clientHeight }"
        )
        side = page.evaluate(
            "() => { const e = document.querySelector('.rp-right'); return e.scrollHeight - e.clientHeight }"
        )
        assert (down, side) == (0, 0), (width, height)
    page.set_viewport_size({"width": 420, "height": 800})
    page.wait_for_timeout(200)
    assert page.evaluate("() => document.documentElement.scrollWidth <= 420")
    first = playing(page)
    page.get_by_role("button", name="100 % 完全相关").click()
    playing(page, but=first)
    saved(page)
    assert [row["level"] for row in by_assignment(server)[first]] == [3]


def test_speed_and_sound_stay_from_clip_to_clip_and_day_to_day(server: Server, context: Any, sign_in: Go) -> None:
    page = sign_in(context)
    playing(page)
    page.keyboard.press("]")
    page.keyboard.press("]")
    page.keyboard.press("m")
    grade(page, "2")
    video = "() => { const v = document.querySelector('.rp-video.rp-on'); return [v.playbackRate, v.muted] }"
    assert page.evaluate(video) == [1.5, True]
    page.wait_for_timeout(2200)  # kept with the person, too

    desk = context.browser.new_context(viewport={"width": 1366, "height": 768})  # another machine, another day
    other = sign_in(desk)
    playing(other)
    assert other.evaluate(video) == [1.5, True]
    desk.close()


def test_the_level_keys_can_be_turned_round(server: Server, context: Any, sign_in: Go) -> None:
    page = sign_in(context)
    first = playing(page)
    page.keyboard.press("?")
    page.click("[data-act=turn]")
    page.keyboard.press("Escape")
    page.keyboard.press("1")
    playing(page, but=first)
    saved(page)
    assert [row["level"] for row in by_assignment(server)[first]] == [3]


def test_a_clip_that_does_not_play_is_flagged_with_one_key(server: Server, context: Any, sign_in: Go) -> None:
    page = sign_in(context, wait=False)
    page.route("**/clip/*", lambda route: route.fulfill(status=200, content_type="video/mp4", body=b"no video"))
    page.reload()
    page.wait_for_selector(".rp-card[data-card=cannot_play]", timeout=20_000)
    broken = item(page)
    assert page.get_attribute(ROOT, "data-state") == "error"
    page.wait_for_timeout(350)

    page.unroute("**/clip/*")
    page.keyboard.press("f")

    playing(page, but=broken)
    saved(page)
    (row,) = by_assignment(server)[broken]
    assert (row["flag"], row["level"]) == ("bad_clip", None)


# Servers of their own: their project is another one.


@pytest.mark.usefixtures("alone")
def test_levels_act_only_after_the_least_share_and_say_so(
    template: Path, tmp_path: Path, port: int, context: Any
) -> None:
    shutil.copytree(template, tmp_path / "data")
    with closing(Store.open(tmp_path / "data")) as store:
        policies.change(store, SYSTEM, projects.by_name(store, PROJECT).id, least_watched=0.6)
    server = Server(tmp_path / "data", port).start()
    try:
        page = context.new_page()
        page.goto(f"{server.url}/sign-in")
        page.fill("input[name=login]", "li")
        page.fill("input[type=password]", PASSWORD)
        page.click("form button")
        now = playing(page)
        page.keyboard.press("Space")  # stands still before 60 % were seen
        page.keyboard.press("3")
        page.wait_for_timeout(300)
        assert item(page) == now
        assert page.get_attribute(".rp-level >> nth=0", "aria-disabled") == "true"
        assert "看满 60% 才能评分" in page.inner_text(".rp-until")

        page.keyboard.press("Space")
        page.wait_for_selector(".rp-levels:not([data-locked])", timeout=10_000)
        page.keyboard.press("3")
        playing(page, but=now)
        saved(page)
        (row,) = by_assignment(server)[now]
        assert row["watched_share"] >= 0.6
    finally:
        server.kill()


@pytest.mark.usefixtures("alone")
def test_nothing_left_says_why_and_goes_on_by_itself(template: Path, tmp_path: Path, port: int, context: Any) -> None:
    shutil.copytree(template, tmp_path / "data")
    with closing(Store.open(tmp_path / "data")) as store:
        project = projects.by_name(store, PROJECT).id
        li = Actor(accounts.by_login(store, "li"), roles={project: frozenset({Role.GRADER})})
        for _ in range(16):
            (work,) = grading.claim(store, li, project, "yesterday", 1).work
            grading.answer(store, li, grading.Answer(work.assignment, work.seq, 2))
    server = Server(tmp_path / "data", port).start()
    try:
        page = signed_in(server, context)
        count = 16
        while page.get_attribute(ROOT, "data-state") != "empty" and count < 30:
            now = playing(page)
            page.keyboard.press("3")
            page.wait_for_function(
                "but => { const d = document.querySelector('.rp-root').dataset; return d.assignment !== but && d.state !== 'loading' }",
                arg=now,
                timeout=10_000,
            )
            count += 1
        assert count == 24  # 6 clips x 4 keywords
        assert "您能评的都已评完" in page.inner_text(".rp-card")
        saved(page)
    finally:
        server.kill()
