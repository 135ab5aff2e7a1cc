"""Guideline, import, export and one's own day."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable

from streamlit.testing.v1 import AppTest

from relevance.roles import Actor, Role
from relevance.services import batches, guidelines, pulse
from relevance.web.export_form import Wish, written
from tests.house import House
from tests.world import GUIDELINE

Build = Callable[..., House]
Open = Callable[..., AppTest]
Said = Callable[[AppTest], str]


def test_the_guideline_is_read_and_searched_by_a_grader(house: Build, open_page: Open, said: Said) -> None:
    home = house(clips=1)
    guidelines.import_markdown(home.store, home.lead, home.project, en=GUIDELINE, note="first")
    at = open_page(home, home.graders_[0], "guideline", language="en")
    assert "R1 The subject first" in said(at) and "Nobody would notice it." in said(at)
    at.text_input(key="search").input("NOTICE background").run()
    assert "1 of 2 rules" in said(at) and "The subject first" not in said(at)
    assert not at.get("file_uploader")  # who may not publish is not asked to


def test_without_a_guideline_levels_have_plain_names(house: Build, open_page: Open, said: Said) -> None:
    home = house(clips=1)
    texts = said(open_page(home, home.graders_[0], "guideline", language="en"))
    assert "No guideline yet" in texts and "Fully relevant" in texts


def test_a_file_is_checked_before_anything_is_imported(house: Build, open_page: Open, said: Said) -> None:
    home = house(clips=2)
    at = open_page(home, home.lead, "items", language="en")
    assert "Choose a file" in said(at)
    good = "关键词,视频,批次\n蓝色自行车,s.mp4,新批次\n".encode()
    before = sum(row.items for row in batches.of(home.store, home.project))
    at.file_uploader(key="items_file").upload("new.csv", good, "text/csv").run()
    assert not at.exception
    assert sum(row.items for row in batches.of(home.store, home.project)) == before


def test_faults_of_a_file_are_shown_with_their_rows(house: Build, open_page: Open, said: Said) -> None:
    home = house(clips=1)
    at = open_page(home, home.lead, "items", language="en")
    bad = "关键词,视频\n红色汽车,没有这个视频.mp4\n".encode()
    at.file_uploader(key="items_file").upload("bad.csv", bad, "text/csv").run()
    assert at.error and not at.exception
    table = at.table[0].value
    assert list(table["Row"]) == ["2"] and "没有这个视频.mp4" in table["Value"].iloc[0]


def test_an_analyst_takes_labels_away(house: Build, open_page: Open) -> None:
    home = house(clips=2)
    home.say({home.all_items[0]: [3, 3]})
    analyst = Actor(home.client.account, roles={home.project: frozenset({Role.ANALYST})})
    home.set_member(home.client.account, Role.ANALYST)
    at = open_page(home, analyst, "export", language="en")
    assert at.get("download_button")
    csv = written(home.store, analyst, home.project, Wish("labels", "csv", None)).decode("utf-8-sig")
    assert len(csv.strip().splitlines()) >= 2
    packed = written(home.store, analyst, home.project, Wish("labels", "qrels", None))
    names = zipfile.ZipFile(io.BytesIO(packed)).namelist()
    assert "labels.qrels" in names and len(names) > 1  # with what explains it


def test_a_grader_sees_his_own_day(house: Build, open_page: Open, said: Said) -> None:
    home = house(clips=3)
    home.say({home.all_items[0]: [3], home.all_items[1]: [0]}, note="只在背景里")
    at = open_page(home, home.graders_[0], "my_day", language="en")
    assert {one.label: one.value for one in at.metric}["Answers today"] == "2"
    assert list(at.dataframe[0].value["Note"]) == ["只在背景里", "只在背景里"]


def test_a_grader_has_no_page_of_the_leads(house: Build, open_page: Open, said: Said) -> None:
    home = house(clips=1)
    for name in ("disputes", "overview", "project", "items", "export", "questions"):
        texts = said(open_page(home, home.graders_[0], name, language="en"))
        assert "Batches" not in texts and "No disputes" not in texts, name


def test_a_server_with_too_much_to_do_says_so_on_the_overview(house: Build, open_page: Open, said: Said) -> None:
    home = house(clips=1)
    assert "too much to do" not in said(open_page(home, home.lead, "overview", language="en"))
    for _ in range(pulse.FEWEST):
        pulse.of(home.store).note(1_500.0)
    assert "one answer in twenty takes 1.5 s or longer" in said(open_page(home, home.lead, "overview", language="en"))
