"""What the player makes of a slow or broken line: whose clip loads first, what is asked for again, how much it holds."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from relevance.web import player
from tests.browser.test_grade_loop import ROOT, grade, item, saved
from tests.browser.workshop import Server, forget
from tests.line import Line, Shape
from tests.ports import free_port

pytestmark = pytest.mark.browser

# Writes down, each time a clip begins to load, which others were loading: their bytes were still wanted then.
PROBE = """
window.begun = [];
const source = Object.getOwnPropertyDescriptor(HTMLMediaElement.prototype, "src");
Object.defineProperty(HTMLMediaElement.prototype, "src", { ...source, set(url) {
  const others = [...document.querySelectorAll(".rp-video")].filter((video) => video !== this && video.getAttribute("src"));
  window.begun.push({ url, loading: others.filter((video) => video.networkState === 2 && video.readyState < 4).length });
  source.set.call(this, url);
}});
"""


@pytest.fixture
def line(server: Server) -> Iterator[Line]:
    """A line to the server; the browser sees the server at its near end."""
    made = Line(("127.0.0.1", free_port()), ("127.0.0.1", server.port)).start()
    server.through = f"http://127.0.0.1:{made.listen[1]}"
    yield made
    made.stop()


@pytest.fixture
def desk(line: Line, server: Server, context: Any) -> Iterator[Any]:
    """A browser profile that comes over the line."""
    yield context
    forget(context, line.listen[1])


def test_fewer_items_are_held_where_clips_come_much_faster_than_decisions(context: Any) -> None:
    page = context.new_page()
    rule = player.script().replace("export default ", "") + "\nreturn holding;"

    def holding(slowest: float | None, decisions: list[int]) -> int:
        script = "([rule, slowest, decisions]) => new Function(rule)()(slowest ?? Infinity, decisions)"
        return int(page.evaluate(script, [rule, slowest, decisions]))

    assert holding(300, [9000] * 10) == 2
    assert holding(300, [3000, 3000, 3500, 9000, 9000]) == 3  # the middle one decides: 3.5 s
    assert holding(500, [9000] * 10) == 3
    assert holding(None, [9000] * 10) == 3  # nothing is known of the line yet, or it broke lately
    assert holding(300, []) == 3


def test_on_a_slow_line_clips_load_one_after_the_other_and_the_one_on_the_screen_first(
    line: Line, server: Server, desk: Any, sign_in: Callable[..., Any]
) -> None:
    page = sign_in(desk)  # the app's own scripts come over a good line
    page.add_init_script(PROBE)
    line.shape = Shape(delay_ms=20, bits_per_second=1.5e6)
    page.reload()
    page.wait_for_function(f"() => document.querySelector('{ROOT}')?.dataset.ahead === '2'", timeout=60_000)

    begun = page.evaluate("() => window.begun")

    assert len({one["url"] for one in begun}) >= 2
    assert [one["loading"] for one in begun] == [0] * len(begun)


def test_a_clip_whose_connection_died_without_a_word_is_fetched_again(
    line: Line, server: Server, desk: Any, sign_in: Callable[..., Any]
) -> None:
    page = sign_in(desk)
    page.wait_for_function(f"() => document.querySelector('{ROOT}').dataset.ahead === '2'", timeout=30_000)
    line.shape = Shape(bits_per_second=100e3)  # no clip comes within a second or two
    shown = grade(page, "1")
    for _ in range(2):
        shown = item(page)
        page.keyboard.press("2")
        page.wait_for_function("but => document.querySelector('.rp-root').dataset.assignment !== but", arg=shown)
        page.wait_for_timeout(350)
    page.wait_for_selector(f"{ROOT}[data-state=loading]")
    page.wait_for_timeout(1000)

    line.cut("lost")
    line.shape = Shape()
    line.mend()

    page.wait_for_selector(f"{ROOT}[data-state=playing]", timeout=30_000)
    saved(page)
