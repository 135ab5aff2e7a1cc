"""A centre's first day, without the demo: from an empty folder and a guideline file to exported labels.

Everything goes the way its people go: commands in a shell while the server runs, screens in Chromium in both languages.
Pictures of every screen go to the folder that RELEVANCE_SHOTS names, where it is set.
"""

from __future__ import annotations

import csv
import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.browser.workshop import GUIDELINE, ROOT, Server, draw_clips, forget, open_by_sign_in

pytestmark = pytest.mark.browser

PROJECT = "版权检索"
WORD = "seven quiet rivers"
PEOPLE = """账号,姓名,角色,组长,语言
chen,陈组长,组长,,zh
zhou,周专家,专家,,zh
wanglei,Wang Lei,客户,,en
zhao,Zhao,分析师,,en
li,李丽,标注员,chen,zh
ann,Ann,标注员,chen,en
"""
# The keyword, the clip, what Li and Ann say (levels), and what the label must be.
WORK = [
    ("红色方块", "red square", "clip0.mp4", 3, 3, 100),
    ("红色方块", "red square", "clip1.mp4", 0, 0, 0),
    ("红色方块", "red square", "clip2.mp4", 1, 1, 33),
    ("移动的圆", "moving circle", "clip0.mp4", 3, 0, 67),  # argued over; the lead decides
    ("移动的圆", "moving circle", "clip1.mp4", 2, 2, 67),
    ("移动的圆", "moving circle", "clip2.mp4", 0, 0, 0),
]


class Centre:
    """A data folder, its server, its people's commands, and the machine that they sit at one after another."""

    def __init__(self, folder: Path, port: int, profile: Any) -> None:
        self.folder, self.profile = folder, profile
        self.server = Server(folder / "data", port, forked=False)
        self.server.data.mkdir()
        self.env = {**os.environ, "RELEVANCE_DATA": str(self.server.data)}

    def command(self, *words: str, lang: str = "zh", **options: Any) -> str:
        done = subprocess.run(
            [sys.executable, "-m", "relevance", "--lang", lang, *words], cwd=ROOT, env=self.env, text=True,
            capture_output=True, **options,
        )  # fmt: skip
        assert done.returncode == 0, f"{words}: {done.stdout}{done.stderr}"
        return done.stdout

    def file(self, name: str, text: str, encoding: str = "utf-8") -> str:
        path = self.folder / name
        path.write_text(text, encoding=encoding)
        return str(path)

    def browse(self, login: str, word: str, path: str = "", phone: bool = False) -> Any:
        forget(self.profile, self.server.port)
        page = self.profile.new_page()
        if phone:
            page.set_viewport_size({"width": 390, "height": 844})
        open_by_sign_in(page, self.server, path, login, word)
        return page

    def see(self, page: Any, path: str, *texts: str, shot: str = "") -> None:
        """Goes to a page that is not shown yet, by its link where one is on the screen, and waits for all these texts."""
        there = f"{self.server.url}/{path}"
        if not page.url.startswith(there):
            # A narrow window keeps its links in a drawer beside the screen, "visible" but never to be clicked.
            links = page.locator(f"a[href$='/{path}']:visible")
            if page.viewport_size["width"] > 600 and links.count():
                links.first.click()
                page.wait_for_url(f"{there}*")
            else:
                page.goto(there)
        page.wait_for_selector(".stApp[data-test-script-state='notRunning']", timeout=30_000)
        for text in texts:
            page.get_by_text(text).first.wait_for(timeout=30_000)
        assert page.locator("[data-testid=stException]").count() == 0
        shoot(page, shot or path)


def shoot(page: Any, name: str) -> None:
    if folder := os.environ.get("RELEVANCE_SHOTS"):
        page.wait_for_timeout(1500)  # pictures and charts come a moment after the text
        page.screenshot(path=f"{folder}/{name}.png")


@pytest.fixture
def centre(tmp_path: Path, port: int, context: Any) -> Iterator[Centre]:
    made = Centre(tmp_path, port, context)
    yield made
    made.server.kill()


def grade(page: Any, level_of: Callable[[str, str], int], n: int) -> None:
    """Grades so many items by keyboard, each by its keyword and clip as the screen shows them."""
    for _ in range(n):
        page.wait_for_selector(".rp-root[data-state=playing], .rp-root[data-state=ready]", timeout=30_000)
        page.wait_for_timeout(500)  # a second press right after the first is taken for the same
        root = page.locator(".rp-root")
        item = root.get_attribute("data-item")
        text = root.inner_text()
        keyword = next(word for row in WORK for word in row[:2] if word in text)
        clip = page.evaluate("() => document.querySelector('.rp-video.rp-on').currentSrc.split('/').pop()")
        page.keyboard.press(str(level_of(keyword, clip) + 1))
        page.wait_for_function(
            "item => { const root = document.querySelector('.rp-root');"
            " return root.dataset.item !== item && root.dataset.outbox === '0'; }",
            arg=item,
            timeout=30_000,
        )


def test_from_an_empty_folder_and_a_guideline_to_exported_labels(centre: Centre, chromium: Any) -> None:
    server = centre.server.start()

    # The first start prints a link that makes the first administrator.
    link = re.search(r"http://\S+/first-admin\?token=\S+", (server.data.parent / "data.log").read_text())
    assert link is not None
    first = chromium.new_context(viewport={"width": 1366, "height": 768}, locale="zh-CN").new_page()
    first.goto(link.group())
    shoot(first, "first-admin")
    first.fill("input[name=login]", "admin")
    for box in first.locator("input[type=password]").all():
        box.fill(WORD)
    first.click("form button")
    first.wait_for_url(lambda url: "first-admin" not in url)

    # The project, its guideline, its people, its videos and items: commands, while the server runs.
    centre.command("project", "add", PROJECT)
    zh, en = (centre.file(f"guideline.{code}.md", GUIDELINE[code]) for code in ("zh", "en"))
    centre.command("guideline", "import", zh, en, "--project", PROJECT, "--note", "第一版")
    words = centre.folder / "passwords.csv"
    centre.command("users", "import", centre.file("people.csv", PEOPLE, "gb18030"), "--project", PROJECT,
                   "--passwords", str(words))  # fmt: skip
    assert words.stat().st_mode & 0o777 == 0o600
    with words.open(encoding="utf-8", newline="") as file:
        word = dict(csv.reader(file, delimiter="\t"))
    assert set(word) == {"chen", "zhou", "wanglei", "zhao", "li", "ann"}
    videos = centre.folder / "videos"
    videos.mkdir()
    draw_clips(videos, 3)
    (videos / "readme.txt").write_text("not a video", encoding="utf-8")
    said = centre.command("ingest", str(videos), "--project", PROJECT, "--report", str(centre.folder / "ingest.csv"))
    assert "3" in said
    rows = "\n".join(f"{zh},{en},{clip},10" for zh, en, clip, *_ in WORK)
    items = centre.file("items.csv", f"关键词,keyword_en,视频,权重\n{rows}\n", "gb18030")
    centre.command("items", items, "--project", PROJECT, "--batch", "第一批", "--dry-run")
    centre.command("items", items, "--project", PROJECT, "--batch", "第一批")
    again = centre.command("items", items, "--project", PROJECT, "--batch", "第一批", lang="en")
    assert "Nothing was added" in again

    # Two graders at the keyboard, one in each language.
    with_clip = clips_by_content(server)
    for login, at, name in (("li", 3, "grade-zh"), ("ann", 4, "grade-en")):
        said_by = {(keyword, row[2]): row[at] for row in WORK for keyword in row[:2]}
        page = centre.browse(login, word[login])
        page.wait_for_selector(".rp-root[data-state=playing]", timeout=30_000)
        shoot(page, name)
        grade(page, lambda keyword, clip, said=said_by: said[keyword, with_clip[clip]], len(WORK))
        page.wait_for_selector(".rp-root[data-outbox='0']")
        shoot(page, f"{name}-done")
        centre.see(page, "my_day", str(len(WORK)), shot=f"my-day{name[-3:]}")

    # An analyst queries the published copy meanwhile, in DuckDB's own shell.
    centre.command("snapshot", lang="en")
    shell = [str(Path(sys.executable).with_name("duckdb")), "-readonly", "-noheader", "-list"]
    query = [*shell, str(server.data / "analytics.duckdb"), "-c", "select count(*) from api.grades"]
    assert int(subprocess.run(query, capture_output=True, text=True, check=True).stdout) == 2 * len(WORK)

    # The lead decides what was argued over; everybody else looks, in his own language.
    chen = centre.browse("chen", word["chen"])
    chen.wait_for_selector(".view[data-state=playing], .view[data-state=ready]", timeout=30_000)
    shoot(chen, "disputes-zh")
    chen.locator(".queue").focus()
    chen.keyboard.press("3")
    chen.wait_for_selector(".st-key-choose_2 [data-testid=stBaseButton-primary]")
    chen.locator("textarea").fill("圆清楚出现，但不是主体")
    chen.locator("textarea").press("Control+Enter")
    chen.wait_for_selector(".queue .row", state="detached", timeout=30_000)
    shoot(chen, "disputes-empty-zh")
    centre.see(chen, "overview", "第一批", shot="overview-zh")
    for path in ("questions", "project", "guideline", "items", "export"):
        centre.see(chen, path, shot=f"{path}-zh")
    wang = centre.browse("wanglei", word["wanglei"], "overview")
    centre.see(wang, "overview", "People", shot="overview-en")
    centre.see(wang, "disputes", "Disputes", shot="disputes-en")
    wang.goto(f"{server.url}/project")  # no client's page: he is led to his own first one
    wang.wait_for_url("**/disputes*")
    zhou = centre.browse("zhou", word["zhou"], "guideline")
    centre.see(zhou, "guideline", "主体优先", shot="guideline-specialist-zh")
    zhao = centre.browse("zhao", word["zhao"], "export")
    centre.see(zhao, "export", "Export", shot="export-en")
    centre.see(first, "people", "li", shot="people-zh")
    phone = centre.browse("wanglei", word["wanglei"], "overview", phone=True)
    centre.see(phone, "overview", "People", shot="overview-phone-en")

    # The labels, as a file; and the proof that states follow from the records.
    out = centre.folder / "labels.csv"
    centre.command("export", "--project", PROJECT, "--what", "labels", "--format", "csv", "--out", str(out))
    with out.open(encoding="utf-8", newline="") as file:
        labels = list(csv.DictReader(file))
    told = {(row["keyword_zh"], row["clip"]): row for row in labels}
    assert len(told) == len(WORK)
    for zh, _, clip, _, _, percent in WORK:
        assert int(told[zh, clip]["grade"]) == percent
    centre.command("verify")


def clips_by_content(server: Server) -> dict[str, str]:
    """The name of each clip by the content id that its address holds, from the analysts' copy."""
    import duckdb

    subprocess.run(
        [sys.executable, "-m", "relevance", "snapshot"], cwd=ROOT, check=True, capture_output=True,
        env={**os.environ, "RELEVANCE_DATA": str(server.data)},
    )  # fmt: skip
    with duckdb.connect(str(server.data / "analytics.duckdb"), read_only=True) as con:
        return dict(con.execute("select content_id, source_name from api.clips").fetchall())
