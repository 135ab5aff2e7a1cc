"""How an answer travels: a component's trigger (a script run each) or a route of the app (docs/decisions/answers.md).

Both do the same durable write in the same store, one after the other, in one page of a real Chromium: from sending to
the echo in the page, and the server's processor time for each.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import time
import urllib.request
from contextlib import suppress
from pathlib import Path

from tests.bench.common import Row, chromium, percentile
from tests.browser.workshop import ARGS, ROOT
from tests.ports import free_port

ANSWERS = 100

APP = """
import asyncio, sys, time
from pathlib import Path
import streamlit as st
from starlette.responses import JSONResponse
from starlette.routing import Route
from relevance.store.store import Store

STORE = Store.open(Path("data"))
sys.relevance_bench = STORE

def keep(key):
    return lambda tx: tx.insert("receipt", request=key, digest="d", result="1", made_at=tx.now)

async def answer(request):
    key = (await request.json())["key"]
    await asyncio.wrap_future(STORE.submit(keep(key)))
    return JSONResponse({"key": key})

async def cpu(request):
    return JSONResponse({"cpu": time.process_time()})

app = st.App("page.py", routes=[Route("/api/answer", answer, methods=["POST"]), Route("/api/cpu", cpu)])
"""

PAGE = '''
import sys
import streamlit as st

JS = """
export default function({ parentElement, data, setTriggerValue }) {
  window.echo = data.echo;
  window.sendTrigger = key => setTriggerValue("answer", key);
  window.waiting?.(data.echo);
}
"""
way = st.components.v2.component("way", js=JS)
store = sys.relevance_bench

@st.fragment
def loop():
    def take():
        key = st.session_state.way.answer
        store.act(lambda tx: tx.insert("receipt", request=key, digest="d", result="1", made_at=tx.now))
        st.session_state.echo = key
    way(data={"echo": st.session_state.get("echo", "")}, key="way", on_answer_change=take)
loop()
'''

MEASURE = """
async ([way, n]) => {
  const cpu = async () => (await (await fetch('/api/cpu')).json()).cpu;
  const send = {
    trigger: key => new Promise(done => {
      window.waiting = echo => { if (echo === key) { window.waiting = null; done(); } };
      window.sendTrigger(key);
    }),
    route: async key => {
      const reply = await fetch('/api/answer', {method: 'POST', keepalive: true, body: JSON.stringify({key})});
      if ((await reply.json()).key !== key) throw new Error('another echo');
    },
  }[way];
  const times = [];
  const before = await cpu();
  for (let number = 0; number < n; number++) {
    const from = performance.now();
    await send(`${way}-${number}-${Math.random()}`);
    times.push(performance.now() - from);
    await new Promise(done => setTimeout(done, 60));
  }
  return {times, cpu: (await cpu() - before) / n * 1000};
}
"""


def run() -> list[Row]:
    """One measurement of both ways."""
    from playwright.sync_api import sync_playwright

    with tempfile.TemporaryDirectory() as folder:
        here = Path(folder)
        (here / "data").mkdir()
        (here / ".streamlit").mkdir()
        shutil.copy(ROOT / ".streamlit" / "config.toml", here / ".streamlit" / "config.toml")
        (here / "app.py").write_text(APP)
        (here / "page.py").write_text(PAGE)
        port = free_port()
        server = subprocess.Popen(
            [sys.executable, "-m", "streamlit", "run", "app.py", "--server.port", str(port)],
            cwd=here, env={**os.environ, "PYTHONPATH": str(ROOT)}, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        try:
            for _ in range(200):
                with suppress(OSError), urllib.request.urlopen(f"http://127.0.0.1:{port}/api/cpu", timeout=1):
                    break
                time.sleep(0.1)
            with sync_playwright() as tool:
                browser = tool.chromium.launch(executable_path=chromium(), args=ARGS)
                page = browser.new_page()
                page.goto(f"http://127.0.0.1:{port}/")
                page.wait_for_function("() => window.sendTrigger", timeout=30_000)
                page.wait_for_timeout(1000)
                found = {}
                for way in ("trigger", "route"):
                    page.evaluate(MEASURE, [way, 10])
                    found[way] = page.evaluate(MEASURE, [way, ANSWERS])
                browser.close()
        finally:
            server.kill()
            server.wait()
    rows = []
    for way, told in found.items():
        rows += [
            Row(f"{way}: sent to echoed, p50", percentile(told["times"], 0.5), "ms"),
            Row(f"{way}: sent to echoed, p95", percentile(told["times"], 0.95), "ms"),
            Row(f"{way}: processor time of the server, an answer", told["cpu"], "ms"),
        ]
    return rows
