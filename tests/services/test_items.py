"""Importing items: all or nothing, twice is once, invisible until the last act."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from relevance.errors import BadInput, NotAllowed, NotFound, Stale, Unavailable
from relevance.roles import SYSTEM, Actor, Role
from relevance.services import batches, item_catalogue, items, policies
from relevance.services.item_import import Imported, import_file, run_import
from relevance.store.store import Tx
from tests.world import World


def clips(world: World, *names: str, duration_ms: int = 10_000) -> list[int]:
    """Registers clips under these names, each with a source at /videos/<name>."""

    def act(tx: Tx) -> list[int]:
        made = []
        for name in names:
            source, clip = tx.new_id("source"), tx.new_id("clip")
            tx.insert(
                "source",
                id=source,
                project=world.project,
                sha256=f"s{source}",
                name=Path(name).name,
                path=f"/videos/{name}",
                bytes=1,
                status="ready",
                reason="ok",
                detail="{}",
                received_at=tx.now,
                act=0,
            )
            tx.insert(
                "clip",
                id=clip,
                project=world.project,
                source=source,
                content_id=f"{clip:064x}",
                name=Path(name).name,
                duration_ms=duration_ms,
                width=640,
                height=360,
                fps=25.0,
                frames=250,
                bytes=1,
                has_audio=False,
                made_at=tx.now,
                act=0,
            )
            made.append(clip)
        return made

    return world.store.act(act)


def levels(world: World, *names: tuple[str, str]) -> None:
    """Gives the project a guideline with these level names (zh, en), lowest first."""

    def act(tx: Tx) -> None:
        guideline = tx.new_id("guideline")
        tx.insert("guideline", id=guideline, project=world.project, version=1, made_at=tx.now, made_by=0, act=0)
        for level, (zh, en) in enumerate(names):
            tx.insert("guideline_level", guideline=guideline, level=level, name_zh=zh, name_en=en)

    world.store.act(act)


def bring(world: World, text: str, name: str = "items.csv", **options: Any) -> Imported:
    return import_file(world.store, SYSTEM, world.project, text.encode(), name=name, **options)


def said(fault: pytest.ExceptionInfo[BadInput]) -> list[str]:
    return [place.say() for place in fault.value.places]


def table(world: World, name: str) -> list[dict[str, Any]]:
    with world.store.reader() as reader:
        return reader.rows(f"select * from {name} order by id")


def test_a_file_makes_items_keywords_and_its_batch_and_graders_get_them_at_once(world: World) -> None:
    first, second = clips(world, "a.mp4", "b.mp4")
    done = bring(world, "关键词,视频,批次\n自行车,a.mp4,一\n自行车,b.mp4,一\n")
    assert (done.items, done.keywords, done.batches) == (2, 1, ("一",))
    assert [row["clip"] for row in table(world, "item")] == [first, second]
    assert [row["text_zh"] for row in table(world, "keyword")] == ["自行车"]
    assert len(world.claim(world.person("g"), want=2).work) == 2


def test_the_same_file_again_adds_nothing(world: World) -> None:
    clips(world, "a.mp4")
    text = "keyword_zh,keyword_en,clip,weight,external_id,gold,overlap,batch,deadline,family,keyword_note\n自行车,bicycle,a.mp4,3,x1,67%,3,一,2026-12-01,车,两轮\n"
    assert bring(world, text).items == 1
    before = {name: table(world, name) for name in ("item", "keyword", "batch", "import")}
    again = bring(world, text)
    assert again.nothing and again.items_same == 1
    assert {name: table(world, name) for name in before} == before


def test_a_changed_file_adds_and_changes_only_what_changed_and_leaves_grades_alone(world: World) -> None:
    clips(world, "a.mp4", "b.mp4")
    bring(world, "keyword,clip,weight,external_id\ncat,a.mp4,1,x1\n", batch="one")
    grader = world.person("g")
    world.grade(grader, 3)
    answers = world.store.reader
    with answers() as reader:
        before = reader.all("select * from answer")
    done = bring(
        world, "keyword,clip,weight,external_id,keyword_note\ncat,a.mp4,5,x2,a pet\ncat,b.mp4,5,x3,a pet\n", batch="one"
    )
    assert (done.items, done.items_changed, done.keywords_changed, done.keywords) == (1, 1, 1, 0)
    assert [row["external_id"] for row in table(world, "item")] == ["x2", "x3"]
    (keyword,) = table(world, "keyword")
    assert (keyword["weight"], keyword["note"]) == (5.0, "a pet")
    with answers() as reader:
        assert reader.all("select * from answer") == before


def test_a_blank_cell_says_nothing_so_what_is_stored_stays(world: World) -> None:
    clips(world, "a.mp4")
    bring(world, "keyword,clip,weight,external_id,gold\ncat,a.mp4,7,x1,100\n")
    assert bring(world, "keyword,clip,weight,external_id,gold\ncat,a.mp4,,,\n").nothing
    (item,) = table(world, "item")
    assert (item["external_id"], item["gold"]) == ("x1", 3)


def test_one_bad_row_and_nothing_is_imported(world: World) -> None:
    clips(world, "a.mp4", "zebra.mp4")
    with pytest.raises(BadInput) as fault:
        bring(world, "关键词,视频\n猫,a.mp4\n狗,zebro.mp4\n")
    assert said(fault) == [
        'items.csv, row 3, column 视频: no clip is called "zebro.mp4". Ingest it first, or correct the name (nearest: "zebra.mp4").'
    ]
    assert table(world, "item") == table(world, "keyword") == table(world, "import") == []


def test_every_fault_of_a_row_is_told_with_column_value_and_what_would_be_right(world: World) -> None:
    clips(world, "a.mp4")
    with pytest.raises(BadInput) as fault:
        bring(
            world,
            "keyword,clip,start,end,weight,overlap,gold,deadline\n"
            ",a.mp4,soon,3,-1,0,3,next week\n"
            "cat,a.mp4,4,2,,,,\n"
            "cat,a.mp4,1,11,,,,\n",
        )
    assert said(fault) == [
        "items.csv, row 2, column keyword: the keyword is missing.",
        'items.csv, row 2, column start: "soon" is no time. Give seconds (12.5) or hh:mm:ss.mmm (00:00:12.500).',
        'items.csv, row 2, column deadline: "next week" is no date. Give 2026-11-30 or 2026-11-30 18:00 (time zone Asia/Shanghai).',
        'items.csv, row 2, column overlap: "0" is no overlap. Give a whole number from 1 to 10.',
        'items.csv, row 2, column gold: "3" is not a percentage of this project\'s scale (0 %, 33 %, 67 %, 100 %). '
        "A level is never given by its index: write the percentage or the level's name (-).",
        'items.csv, row 3, column start: "4" is not before the end (00:00:02.000).',
        'items.csv, row 4, column end: "11" lies beyond the end of the clip, which lasts 00:00:10.000.',
    ]


def test_of_many_faults_the_first_hundred_are_told_and_all_are_counted(world: World) -> None:
    clips(world, "a.mp4")
    with pytest.raises(BadInput) as fault:
        bring(world, "keyword,clip\n" + "".join(f"k{i},none{i}.mp4\n" for i in range(250)))
    assert len(fault.value.places) == 100 and fault.value.count == 250
    assert [place.row for place in fault.value.places] == list(range(2, 102))


def test_a_gold_grade_is_a_percentage_of_the_policy_or_a_levels_name_never_an_index(world: World) -> None:
    clips(world, "a.mp4", "b.mp4", "c.mp4", "d.mp4")
    policies.change(world.store, SYSTEM, world.project, percents=[0, 25, 75, 100])
    levels(world, ("无关", "Not relevant"), ("略有", "Slight"), ("大体", "Mostly"), ("完全相关", "Fully"))
    bring(world, "keyword,clip,gold\nx,a.mp4,75 %\nx,b.mp4,完全相关\nx,c.mp4,not  RELEVANT\nx,d.mp4,25\n")
    assert [row["gold"] for row in table(world, "item")] == [2, 3, 0, 1]
    for index in ("1", "2", "3"):
        with pytest.raises(BadInput, match="faults") as fault:
            bring(world, f"keyword,clip,gold\ny,a.mp4,{index}\n")
        assert "never given by its index" in said(fault)[0] and "完全相关" in said(fault)[0]
    with pytest.raises(BadInput):
        bring(world, "keyword,clip,gold\ny,a.mp4,67\n")  # no percentage of this project


def test_a_clip_is_found_by_name_alias_path_ending_or_id(world: World) -> None:
    one, two, three, four = clips(world, "x/same.mp4", "y/same.mp4", "z/other.mp4", "alone.mp4")

    def alias(tx: Tx) -> None:
        tx.insert(
            "source_alias",
            id=tx.new_id("source_alias"),
            project=world.project,
            source=4,
            name="别名.mov",
            path="/old/别名.mov",
            made_at=tx.now,
        )

    world.store.act(alias)
    bring(world, f"keyword,clip\nk,x/same.mp4\nk,y\\same.mp4\nk,{three:064x}\nk,别名.mov\nm,{one}\n")
    assert [row["clip"] for row in table(world, "item")] == [one, two, three, four, one]
    with pytest.raises(BadInput) as fault:
        bring(world, "keyword,clip\nk,same.mp4\n")
    assert f"same.mp4 (id {one}), same.mp4 (id {two})" in said(fault)[0]


def test_rows_that_differ_only_in_width_white_space_and_case_are_one_item_and_it_says_so(world: World) -> None:
    clips(world, "a.mp4")
    done = bring(world, "keyword,clip,start,end\nＴ恤　衫,a.mp4,,\nt恤 衫,a.mp4,0,10\n T恤  衫 ,a.mp4,0,00:00:10.000\n")
    assert (done.rows, done.items, done.repeats) == (3, 1, 2)
    assert "become one item with it: 2 (" in done.notes[0].say()


def test_a_repeat_that_contradicts_is_a_fault(world: World) -> None:
    clips(world, "a.mp4")
    with pytest.raises(BadInput) as fault:
        bring(world, "keyword,clip,gold\nx,a.mp4,100\nx,a.mp4,0\n")
    assert said(fault) == [
        'items.csv, row 3, column gold: "0 %" contradicts row 2, which is the same item and says "100 %". Make them equal.'
    ]


def test_two_texts_make_one_keyword_and_either_finds_it(world: World) -> None:
    clips(world, "a.mp4", "b.mp4", "c.mp4")
    bring(world, "keyword_zh,keyword_en,clip\n自行车,bicycle,a.mp4\n,Bicycle,b.mp4\n自行车,,c.mp4\n")
    (keyword,) = table(world, "keyword")
    assert (keyword["text_zh"], keyword["text_en"]) == ("自行车", "bicycle")


def test_an_english_text_of_two_keywords_is_ambiguous_wherever_it_stands(world: World) -> None:
    clips(world, "a.mp4")
    with pytest.raises(BadInput) as fault:
        bring(world, "keyword_zh,keyword_en,clip\n起重机,crane,a.mp4\n鹤,crane,a.mp4\n,crane,a.mp4\n")
    assert "row 4" in said(fault)[0] and "起重机, 鹤" in said(fault)[0]


def test_what_rows_say_of_one_keyword_must_agree(world: World) -> None:
    clips(world, "a.mp4", "b.mp4")
    with pytest.raises(BadInput) as fault:
        bring(world, "keyword,clip,weight\nx,a.mp4,1\nx,b.mp4,2\n")
    assert 'row 3, column weight: "2" contradicts row 2, which says "1"' in said(fault)[0]


def test_a_deadline_is_the_projects_day_and_one_a_batch(world: World) -> None:
    clips(world, "a.mp4", "b.mp4")
    bring(world, "keyword,clip,batch,deadline\nx,a.mp4,一,2026-12-01\n")
    # The end of 1 December in Shanghai (UTC+8) is 15:59:59 UTC.
    assert table(world, "batch")[0]["deadline"].isoformat() == "2026-12-01T15:59:59+00:00"
    done = bring(world, "keyword,clip,batch,deadline\nx,a.mp4,一,2026-12-02 18:00\n")
    assert done.batches_changed == 1 and done.items == 0
    assert table(world, "batch")[0]["deadline"].isoformat() == "2026-12-02T10:00:00+00:00"
    assert world.store.live.batches[1].deadline == table(world, "batch")[0]["deadline"]
    with pytest.raises(BadInput):
        bring(world, "keyword,clip,batch,deadline\nx,a.mp4,一,2026-12-01\nx,b.mp4,一,2026-12-03\n")


def test_a_dry_run_says_the_same_and_writes_nothing(world: World) -> None:
    clips(world, "a.mp4")
    text = "keyword,clip\nx,a.mp4\n"
    tried = bring(world, text, dry_run=True)
    assert (tried.items, tried.keywords) == (1, 1) and table(world, "item") == table(world, "act")[1:] == []
    assert bring(world, text).items == tried.items


def test_an_item_stays_in_the_batch_that_it_came_in(world: World) -> None:
    clips(world, "a.mp4")
    bring(world, "keyword,clip\nx,a.mp4\n", batch="one")
    done = bring(world, "keyword,clip\nx,a.mp4\n", batch="two")
    assert done.nothing and "stay in it: 1" in done.notes[0].say()
    assert [row["name"] for row in table(world, "batch")] == ["one"]


def test_a_raised_overlap_reopens_an_item_and_its_records_agree(world: World) -> None:
    policies.change(world.store, SYSTEM, world.project, audit_share=0)
    clips(world, "a.mp4")
    bring(world, "keyword,clip,overlap\nx,a.mp4,1\n")
    world.grade(world.person("g0"), 3)
    assert world.state(1) == ("settled", 3)
    assert bring(world, "keyword,clip,overlap\nx,a.mp4,2\n").items_changed == 1
    assert world.state(1)[0] == "open"
    assert world.grade(world.person("g1"), 3).counted and world.state(1) == ("settled", 3)


def test_who_may_not_import_is_refused(world: World) -> None:
    clips(world, "a.mp4")
    for role in (Role.GRADER, Role.ANALYST, Role.CLIENT):
        with pytest.raises(NotAllowed):
            import_file(
                world.store, world.person(role.value, role), world.project, b"keyword,clip\nx,a.mp4\n", name="f.csv"
            )
    assert (
        import_file(
            world.store, world.person("lead", Role.LEAD), world.project, b"keyword,clip\nx,a.mp4\n", name="f.csv"
        ).items
        == 1
    )


def begin(world: World, pid: int | None = None, actor: Actor = SYSTEM) -> dict[str, Any]:
    stamp = item_catalogue.catalogue(world.store, actor, world.project)["stamp"]
    return items.begin(
        world.store, actor, world.project, "f.csv", "d", 1, stamp, pid or os.getpid(), [(None, "b", None)]
    )


def write_one(world: World, opened: dict[str, Any], clip: int) -> None:
    import_ = opened["import"]
    words = items.add_keywords(
        world.store,
        SYSTEM,
        import_,
        {"key": ["x"], "text_zh": [None], "text_en": ["x"], "family": [None], "note": [None], "weight": [2.0]},
    )
    items.add_items(
        world.store,
        SYSTEM,
        import_,
        {
            "batch": opened["batches"],
            "keyword": words,
            "clip": [clip],
            "start_ms": [None],
            "end_ms": [None],
            "external_id": ["e"],
            "overlap": [None],
            "gold": [None],
        },
    )


def test_until_its_commit_an_import_is_invisible(world: World) -> None:
    (clip,) = clips(world, "a.mp4")
    opened = begin(world)
    write_one(world, opened, clip)
    assert not world.claim(world.person("g")).work
    assert item_catalogue.catalogue(world.store, SYSTEM, world.project)["items"] == 0
    assert item_catalogue.keywords(world.store, SYSTEM, world.project)["id"] == []
    assert batches.of(world.store, world.project) == []
    world.reopen()
    assert not world.claim(world.person("h")).work


def test_into_a_store_that_closes_next_its_next_start_lets_the_items_in(world: World) -> None:
    (clip,) = clips(world, "a.mp4")
    opened = begin(world)
    write_one(world, opened, clip)
    items.commit(world.store, SYSTEM, opened["import"], closing=True)
    assert not world.claim(world.person("g")).work
    world.reopen()
    assert len(world.claim(world.person("h")).work) == 1


def test_a_killed_import_leaves_nothing_once_the_next_one_begins(world: World) -> None:
    (clip,) = clips(world, "a.mp4")
    gone = subprocess.Popen([sys.executable, "-c", "pass"])
    pid = gone.pid
    opened = begin(world, pid)
    write_one(world, opened, clip)
    gone.wait()
    assert bring(world, "keyword,clip\nx,a.mp4\n").items == 1
    assert (
        len(table(world, "item"))
        == len(table(world, "keyword"))
        == len(table(world, "batch"))
        == len(table(world, "import"))
        == 1
    )
    with pytest.raises(NotFound, match="given up"):
        items.commit(world.store, SYSTEM, opened["import"])


def test_a_restart_gives_up_imports_and_cleans_them(world: World) -> None:
    (clip,) = clips(world, "a.mp4")
    write_one(world, begin(world), clip)
    world.reopen()
    assert items.clean(world.store) == 1
    assert table(world, "item") == table(world, "keyword") == table(world, "import") == []


def test_two_imports_of_one_project_one_waits_its_turn(world: World) -> None:
    clips(world, "a.mp4")
    opened = begin(world)
    with pytest.raises(Unavailable, match="Another import"):
        bring(world, "keyword,clip\nx,a.mp4\n")
    items.abort(world.store, SYSTEM, opened["import"])
    assert bring(world, "keyword,clip\nx,a.mp4\n").items == 1


def test_an_import_that_was_committed_between_check_and_begin_makes_the_check_run_again(world: World) -> None:
    clips(world, "a.mp4")
    other = "keyword,clip\nx,a.mp4\n"
    calls = []

    def call(act: str, **arguments: Any) -> Any:
        calls.append(act)
        if act == "items.begin" and calls.count(act) == 1:
            bring(world, other)  # somebody else's file with the same item comes first
        return items.ACTS[act](world.store, SYSTEM, **arguments)

    path = world.folder / "mine.csv"
    path.write_text(other)
    assert run_import(call, world.project, path).items == 0
    assert len(table(world, "item")) == 1
    with pytest.raises(Stale):
        items.begin(world.store, SYSTEM, world.project, "f", "d", 1, "0-0", os.getpid())


def test_the_acts_speak_json_so_that_a_server_can_do_them(world: World) -> None:
    clips(world, "a.mp4")

    def call(act: str, **arguments: Any) -> Any:
        sent = json.loads(json.dumps(arguments))
        return json.loads(json.dumps(items.ACTS[act](world.store, SYSTEM, **sent)))

    path = world.folder / "f.csv"
    path.write_text("keyword,clip,batch,deadline,weight\nx,a.mp4,b,2026-12-01,2\n")
    assert run_import(call, world.project, path).items == 1
    assert run_import(call, world.project, path).nothing


def test_a_failed_write_gives_the_import_up(world: World) -> None:
    clips(world, "a.mp4")

    def call(act: str, **arguments: Any) -> Any:
        if act == "items.commit":
            raise KeyboardInterrupt
        return items.ACTS[act](world.store, SYSTEM, **arguments)

    path = world.folder / "f.csv"
    path.write_text("keyword,clip\nx,a.mp4\n")
    with pytest.raises(KeyboardInterrupt):
        run_import(call, world.project, path)
    assert table(world, "item") == table(world, "import") == []


def test_many_rows_come_in_pieces_in_the_order_of_the_file_and_survive_a_restart(world: World) -> None:
    made = clips(world, *(f"c{i}.mp4" for i in range(300)))
    rows = "".join(f"k{i % 40},c{i % 300}.mp4,x{i}\n" for i in range(12_000))
    done = bring(world, "keyword,clip,external_id\n" + rows)
    # (i % 40, i % 300) repeats every lcm(40, 300) = 600 rows.
    assert (done.items, done.repeats) == (600, 11_400)
    assert [row["clip"] for row in table(world, "item")] == (made * 2)
    before = sorted(world.store.live.projects[world.project].line.untouched())
    world.reopen()
    assert sorted(world.store.live.projects[world.project].line.untouched()) == before
