"""Key press to the next clip playing, and to the answer saved: one grader, the real server, a real Chromium.

Measured inside the page, by its own clock: from the key's event to the next item's `playing` event, to that item's
first frame as the compositor reports it (requestVideoFrameCallback), to the answer's request, and to the outbox being
empty again. What the server has to do with it is the request's own time (Resource Timing); the rest is the page, which
swaps and draws meanwhile.
"""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

from tests.bench.common import Row, chromium, percentile, size
from tests.browser.workshop import ARGS, PASSWORD, Server, build

GRADES = 60
THINK_MS = 900

# Installed before the page's own scripts, so that its listener is the first to hear a key.
PROBE = """
window.bench = { key: 0, done: [] };
performance.setResourceTimingBufferSize(10000);
window.addEventListener('keydown', event => {
  if (!/^Digit[1-4]$/.test(event.code)) return;
  const root = document.querySelector('.rp-root');
  const mine = { from: root.dataset.item, at: event.timeStamp };
  window.bench.now = mine;
  const watch = new MutationObserver(() => {
    const data = root.dataset;
    if (!mine.swapped && data.item && data.item !== mine.from) {
      mine.swapped = performance.now() - mine.at;
      const video = document.querySelector('.rp-video.rp-on');
      video.requestVideoFrameCallback(now => { mine.frame = now - mine.at; });
    }
    if (mine.swapped && !mine.playing && data.state === 'playing') mine.playing = performance.now() - mine.at;
    if (mine.swapped && !mine.saved && data.outbox === '0') mine.saved = performance.now() - mine.at;
    if (mine.playing && mine.saved) { watch.disconnect(); window.bench.done.push(mine); }
  });
  watch.observe(root, { attributes: true });
}, true);
"""


# To each grade the request that it sent: when it left, and how long it took until the reply was whole.
SENT = """
() => {
  const sent = performance.getEntriesByType('resource').filter(one => one.name.endsWith('/api/answer'));
  for (const one of window.bench.done) {
    const mine = sent.find(request => request.startTime >= one.at);
    if (!mine) continue; // it waits: the line is down
    one.sent = mine.startTime - one.at;
    one.request = mine.responseEnd - mine.startTime;
  }
  return window.bench.done;
}
"""


def run() -> list[Row]:
    """One measurement of `GRADES` grades."""
    done = measure(size("GRADES", GRADES, 8), THINK_MS)
    rows = []
    for name, key, half, most in (
        ("key press to next clip playing", "playing", 50, 100),
        ("key press to its first new frame from the compositor", "frame", None, None),
        ("key press to answer sent", "sent", None, None),
        ("answer sent to reply that it is saved", "request", 15, 50),
        ("key press to the page knowing that it is saved", "saved", None, None),
    ):
        values = [one[key] for one in done if key in one]  # a frame that came after the next key is none of this one
        for share, goal in ((0.5, half), (0.95, most)):
            label, value = f"{name}, p{round(share * 100)}", percentile(values, share)
            rows.append(Row.at_most(label, value, "ms", goal) if goal else Row(label, value, "ms"))
    return rows


def measure(grades: int, think_ms: int) -> list[dict[str, float]]:
    """The milliseconds of each grade: `swapped`, `playing`, `frame`, `saved`."""
    from playwright.sync_api import sync_playwright

    with tempfile.TemporaryDirectory() as folder:
        data = Path(folder) / "data"
        data.mkdir()
        build(data, clips=12, keywords=(grades + 20) // 12 + 1, seconds=6.0, size="960x540", rate=25)
        server = Server(data).start()
        try:
            with sync_playwright() as tool:
                browser = tool.chromium.launch(executable_path=chromium(), args=ARGS)
                done = played(
                    browser.new_context(viewport={"width": 1366, "height": 768}), server.url, grades, think_ms
                )
                browser.close()
        finally:
            server.kill()
    return done


def played(context: Any, url: str, grades: int, think_ms: int) -> list[dict[str, float]]:
    """The same on a browser profile that is there already, and a server at an address."""
    context.add_init_script(PROBE)
    page = context.new_page()
    page.goto(f"{url}/sign-in")
    page.fill("input[name=login]", "li")
    page.fill("input[type=password]", PASSWORD)
    page.click("form button")
    page.wait_for_selector(".rp-root[data-state=playing]", timeout=60_000)
    page.wait_for_timeout(1500)
    for number in range(grades):
        page.keyboard.press("1234"[number % 4])
        page.wait_for_function("n => window.bench.done.length > n", arg=number, timeout=30_000)
        page.wait_for_timeout(think_ms)
    done: list[dict[str, float]] = page.evaluate(SENT)
    return done
