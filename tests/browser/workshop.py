"""A small labelling centre in a data folder of its own, and the real server on it: what browser tests and benches use.

Everything is made through the product's own services: clips by ingest, items by import, people with passwords.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import ssl
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from relevance.door import Door
from relevance.media import ffmpeg
from relevance.media.ingest import ingest
from relevance.roles import SYSTEM, Role
from relevance.runtime import Runtime
from relevance.services import accounts, guidelines, passwords, policies, projects
from relevance.services.ingest import ProjectRegister
from relevance.services.item_import import import_file
from relevance.settings import Settings
from relevance.store import snapshot
from relevance.store.files import DATABASE
from relevance.store.history_writer import History, identity
from relevance.store.store import Store
from tests.nursery import Child
from tests.ports import free_port

ROOT = Path(__file__).resolve().parents[2]
PASSWORD = "three green bottles"
PROJECT = "测试项目"
ARGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--autoplay-policy=no-user-gesture-required",
    "--host-resolver-rules=MAP centre.test 127.0.0.1",  # an address that is no loopback to the browser
]

GUIDELINE = {
    "zh": """# 测试指引
## 等级
- 100 % | 完全相关: 画面主体就是关键词所指
- 67 % | 大部分相关: 清楚出现，但不是主体
- 33 % | 少部分相关: 只在背景或局部出现
- 0 % | 不相关: 画面里没有
## 主体
### R1 主体优先 {#subject}
占画面主体，或超过一半时长，评 **100 %**。
### R2 背景出现 {#background}
只在背景里出现的，最高评 33 %。
## 作品
### R3 玩具与模型 {#toy}
- 玩具、模型、手办，最高评 67 %
""",
    "en": """# Test guideline
## Levels
- 100 % | Fully relevant: the subject is what the keyword names
- 67 % | Mostly relevant: clearly there, but not the subject
- 33 % | Slightly relevant: only in the background or in part
- 0 % | Not relevant: nothing of it is seen
## The subject
### R1 The subject comes first {#subject}
It is the subject, or is seen for more than half of the time: **100 %**.
### R2 In the background {#background}
Only in the background: 33 % at most.
## Works
### R3 Toys and models {#toy}
- Toys, models, figurines: 67 % at most
""",
}


def forget(profile: Any, port: int, *more: str) -> None:
    """Closes a browser profile's pages and takes from it who used it and what was stored; what it fetched stays.

    The port is that of the servers on this machine's loopback; `more` are other origins. The profile's first page stays,
    empty: without it Chromium's window closes too, and to open the next one costs as much as half a page of the app.
    """
    first, *others = profile.pages or [profile.new_page()]
    for page in others:
        page.close()
    first.goto("about:blank")
    for origin in (f"http://127.0.0.1:{port}", f"http://centre.test:{port}", *more):
        profile.new_cdp_session(first).send(
            "Storage.clearDataForOrigin",
            {"origin": origin, "storageTypes": "cookies,local_storage,indexeddb,cache_storage"},
        )
    profile.clear_cookies()


def signed_in(server: Server, context: Any, login: str = "li", page: Any = None, wait: bool = True) -> Any:
    """Signs a person in on a browser profile and opens the Grade page there, the first clip playing."""
    page = page or context.new_page()
    page.goto(f"{server.url}/sign-in")
    page.fill("input[name=login]", login)
    page.fill("input[type=password]", PASSWORD)
    page.click("form button")
    page.wait_for_url("**/grade")
    if wait:
        until_playing(page, server)
    return page


# What tells why no clip plays: the player's state and words, its videos, and what the page fetched last and how long it took.
WHAT_IS_THERE = """() => ({
    at: location.href, visible: document.visibilityState, root: {...document.querySelector('.rp-root')?.dataset},
    says: document.body.innerText.slice(0, 400),
    videos: [...document.querySelectorAll('video')].map(one => ({
        on: one.className, src: one.currentSrc, ready: one.readyState, network: one.networkState, paused: one.paused,
        error: one.error?.message ?? one.error?.code, at: one.currentTime })),
    now: performance.now(),
    fetched: performance.getEntriesByType('resource').slice(-8).map(one =>
        [one.name.slice(-70), one.responseStatus, Math.round(one.startTime), Math.round(one.duration)]) })"""


PLAYS = """() => document.querySelector('.rp-root')?.dataset.state === 'playing'
    || document.querySelector('video.rp-on')?.played.length > 0"""


def until_playing(page: Any, server: Server) -> None:
    """Waits until a clip plays on the Grade page, or has: one of two seconds may be over before somebody looks.

    Raises:
        AssertionError: none does; with all that the page and the server's log tell of it.
    """
    from playwright.sync_api import TimeoutError as TooLong

    try:
        page.wait_for_function(PLAYS, timeout=20_000)
    except TooLong as why:
        there = json.dumps(page.evaluate(WHAT_IS_THERE), ensure_ascii=False, indent=1)
        raise AssertionError(f"no clip plays: {there}\n{server.log.read_text(errors='replace')[-2000:]}") from why


def open_by_sign_in(page: Any, server: Server, path: str, login: str, word: str = PASSWORD) -> None:
    """Signs somebody in who wanted to open a page of the app: he is led there."""
    page.goto(f"{server.url}/sign-in?next=/{path}")
    page.fill("input[name=login]", login)
    page.fill("input[type=password]", word)
    page.click("form button")
    page.wait_for_url(lambda url: "/sign-in" not in url)


def draw_clips(folder: Path, n: int, seconds: float = 2.0, size: str = "480x270", rate: int = 10) -> list[Path]:
    """Short clips with moving pictures and a tone, each of its own colour. A few frames a second keep the browser light."""
    tools = ffmpeg.find()
    made = []
    for number in range(n):
        file = folder / f"clip{number}.mp4"
        subprocess.run(
            [tools.builds[0].path, "-nostdin", "-loglevel", "error", "-y", "-f", "lavfi", "-i",
             f"testsrc2=s={size}:r={rate}:d={seconds},hue=h={number * 37}", "-f", "lavfi", "-i", f"sine=f={220 + 40 * number}:d={seconds}",
             "-pix_fmt", "yuv420p", "-c:v", "libx264", "-preset", "veryfast", "-g", str(rate), "-c:a", "aac", "-ac", "2",
             "-movflags", "+faststart", str(file)],
            check=True,
        )  # fmt: skip
        made.append(file)
    return made


def build(
    data: Path, clips: int = 6, keywords: int = 4, seconds: float = 2.0, size: str = "480x270", rate: int = 10,
    **policy: Any,
) -> None:  # fmt: skip
    """Fills a data folder: a project with guideline, clips, clips x keywords items, two graders and a lead."""
    sources = data.parent / f"{data.name}-sources"
    sources.mkdir(parents=True)
    draw_clips(sources, clips, seconds, size, rate)
    runtime = Runtime(Settings(data=data))
    try:
        store = runtime.store
        project = projects.add(store, SYSTEM, PROJECT)
        guidelines.import_markdown(store, SYSTEM, project, GUIDELINE["zh"], GUIDELINE["en"], "first")
        if policy:
            policies.change(store, SYSTEM, project, **policy)
        summary = ingest([sources], register=ProjectRegister(Door(None, runtime), project), library=runtime.library)
        assert summary.counts["ready"] == clips, summary
        _import(store, project, sources, clips, range(keywords), "第一批")
        word_hash = passwords.hashed(PASSWORD)
        accounts.add(
            store, SYSTEM, accounts.NewPerson("chen", "陈组长", word_hash), [accounts.Joining(project, Role.LEAD)]
        )
        for login, name, language in (("li", "李丽", "zh"), ("wang", "王强", "zh"), ("ann", "Ann", "en")):
            accounts.add(
                store, SYSTEM, accounts.NewPerson(login, name, word_hash, language=language),
                [accounts.Joining(project, Role.GRADER, "chen")],
            )  # fmt: skip
        identity(store)  # a store that was never served has no name yet, and a copy of it is made anew with it
        # Servers on copies of this folder go on from there.
        snapshot.publish(store, data / snapshot.FILE)
        History(store, Settings(data=data).history_folder).stop()
    finally:
        runtime.close()
        shutil.rmtree(sources)


def _import(store: Store, project: int, folder: Path, clips: int, keywords: range, batch: str) -> None:
    """Imports an item for each of the keywords with each of the clips."""
    rows = ["关键词,keyword_en,视频,备注"]
    words = [
        ("红色方块", "red square"),
        ("移动的圆", "moving circle"),
        ("彩色条纹", "colour bars"),
        ("计时器", "timer"),
    ]
    for word in keywords:
        zh, en = words[word] if word < len(words) else (f"词{word}", f"word {word}")
        rows += [f"{zh},{en},clip{clip}.mp4,{'找正在移动的' if word == 1 else ''}" for clip in range(clips)]
    items = folder / "items.csv"
    items.write_text("\n".join(rows), encoding="utf-8")
    import_file(store, SYSTEM, project, items, batch=batch)


def more_items(data: Path, clips: int = 6, keywords: range = range(4, 20)) -> None:
    """Adds items to a data folder that was built, so that one person's work does not end."""
    store = Store.open(data)
    try:
        _import(store, projects.by_name(store, PROJECT).id, data, clips, keywords, "第二批")
    finally:
        store.close()


@dataclass
class Server:
    """The real server as a process of its own, on a data folder.

    It is on this machine's loopback and speaks http, unless told otherwise; `through` is the address that browsers open
    where it is not the server's own.
    """

    data: Path
    port: int = field(default_factory=free_port)
    env: dict[str, str] = field(default_factory=dict)
    host: str = "127.0.0.1"
    tls: tuple[Path, Path] | None = None  # the certificate and its key
    through: str = ""
    forked: bool | None = None  # from a process with the modules there; None: in pytest, unless something is preloaded
    process: subprocess.Popen[bytes] | Child | None = None
    since: datetime | None = None  # set: it goes on after each test, and only what was answered since then is looked at

    @property
    def own(self) -> str:
        """Its own address."""
        return f"{'https' if self.tls else 'http'}://{self.host}:{self.port}"

    @property
    def url(self) -> str:
        """The address that browsers open."""
        return self.through or self.own

    @property
    def log(self) -> Path:
        """What it printed."""
        return self.data.parent / f"{self.data.name}.log"

    def start(self) -> Server:
        env = {
            **os.environ,
            "RELEVANCE_DATA": str(self.data),
            "RELEVANCE_HOST": self.host,
            "RELEVANCE_PORT": str(self.port),
            **({"RELEVANCE_TLS_CERT": str(self.tls[0]), "RELEVANCE_TLS_KEY": str(self.tls[1])} if self.tls else {}),
            **self.env,
        }
        anyone = ssl._create_unverified_context() if self.tls else None  # the certificate has signed itself
        log = self.log
        command = ["-m", "relevance", "serve"]
        forked = "PYTEST_CURRENT_TEST" in env and "LD_PRELOAD" not in env if self.forked is None else self.forked
        if forked:
            self.process = Child(command, env, log)
        else:
            with log.open("ab") as said:
                self.process = subprocess.Popen([sys.executable, *command], cwd=ROOT, env=env, stdout=said, stderr=said)
        for _ in range(1500):
            with suppress(OSError), urllib.request.urlopen(f"{self.own}/live", timeout=1, context=anyone) as reply:
                if reply.status == 200:
                    return self
            if self.process.poll() is not None:
                break
            time.sleep(0.02)
        self.kill()
        raise AssertionError(self.log.read_text(errors="replace")[-3000:])

    def kill(self) -> None:
        """As a power cut would: no goodbye."""
        self._end(signal.SIGKILL)

    def stop(self) -> None:
        self._end(signal.SIGTERM)

    def _end(self, how: int) -> None:
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(how)
            try:
                self.process.wait(20)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()

    @contextmanager
    def records(self) -> Iterator[Store]:
        """The store as the server left it: stopped, and opened here. Of a server that goes on: as a power cut would now."""
        if self.since is not None:
            with self._copied() as folder, closing(Store.open(folder)) as store:
                yield store
            return
        self.stop()
        with closing(Store.open(self.data)) as store:
            yield store

    @contextmanager
    def _copied(self) -> Iterator[Path]:
        """The store's files at one moment of the running server."""
        assert self.process is not None
        with TemporaryDirectory(dir=self.data.parent) as folder:
            self.process.send_signal(signal.SIGSTOP)
            threads = Path(f"/proc/{self.process.pid}/task")
            try:
                while any(" T " not in (thread / "stat").read_text() for thread in threads.iterdir()):
                    time.sleep(0.001)
                for file in self.data.glob(f"{DATABASE}*"):
                    shutil.copy(file, folder)
            finally:
                self.process.send_signal(signal.SIGCONT)
            yield Path(folder)

    def answers(self) -> list[dict[str, Any]]:
        """Every answer in the store, in order; of a server that goes on, those of this test."""
        with self.records() as store, store.reader() as reader:
            rows = reader.rows(
                """select answer.*, login from answer join person on person.account = answer.grader
                   where made_at >= ? order by made_at, assignment, seq""",
                [self.since or datetime.min.replace(tzinfo=UTC)],
            )
        for row in rows:
            row["evidence_ms"] = json.loads(row["evidence_ms"])
        return rows
