"""The drill: grade, back up while graders go on, lose everything, restore, find it equal."""

from __future__ import annotations

import json
import threading
from pathlib import Path

import duckdb
import pytest

from relevance.clock import ManualClock
from relevance.errors import BadInput
from relevance.services import grading
from relevance.store import backup
from relevance.store.files import DATABASE, StoreInUse
from relevance.store.store import Store, Tx
from tests.world import World


def tables(store: Store) -> dict[str, list[tuple[object, ...]]]:
    with store.reader(snapshot=True) as reader:
        names = [
            n
            for (n,) in reader.all(
                "select table_name from duckdb_tables() where schema_name = 'main' and not temporary"
            )
        ]
        return {
            name: sorted(map(repr, reader.all(f'select * from "{name}"')))
            for name in names
            if name not in ("session", "void")
        }


@pytest.fixture
def graded(world: World) -> World:
    """A project with settled, disputed, flagged and untouched items, and a clip in the library."""
    world.items(30, keywords=3)
    graders = world.graders(3)
    for turn in range(12):
        world.grade(graders[0], 3, note="因为")
        world.grade(graders[1], (3, 0, 2)[turn % 3])
    world.grade(graders[2], flag="bad_clip", flag_text="黑屏")
    folder = world.folder / "clips" / "ab"
    folder.mkdir(parents=True)
    (folder / ("ab" + "0" * 62 + ".poster.jpg")).write_bytes(b"poster")
    (world.folder / "clips" / ".work").mkdir()
    (world.folder / "clips" / ".work" / "half.mp4").write_bytes(b"half")
    return world


def test_the_drill_grade_back_up_lose_restore_and_all_is_equal(
    graded: World, tmp_path_factory: pytest.TempPathFactory
) -> None:
    before, outside = tables(graded.store), tmp_path_factory.mktemp("outside")
    done = backup.back_up(graded.store, outside / "b")
    graded.store.close()
    new = outside / "data"
    restored = backup.restore(outside / "b", new)
    assert (restored.rows, restored.clips) == (done.rows, 1) and done.rows == sum(len(rows) for rows in before.values())
    store = Store.open(new, ManualClock())
    try:
        assert tables(store) == before
        assert +store.live.counts == +graded.store.live.counts
        assert (new / "clips" / "ab" / ("ab" + "0" * 62 + ".poster.jpg")).read_bytes() == b"poster"
        assert not (new / "clips" / ".work").exists()
    finally:
        store.close()


def test_work_goes_on_in_the_restored_store_and_history_is_append_only_there_too(
    graded: World, tmp_path_factory: pytest.TempPathFactory
) -> None:
    outside = tmp_path_factory.mktemp("outside")
    backup.back_up(graded.store, outside / "b")
    backup.restore(outside / "b", outside / "data")
    store = Store.open(outside / "data", ManualClock())
    try:
        with pytest.raises(duckdb.Error, match="append-only"):
            store.act(lambda tx: tx.execute("update answer set level = 0"))
        with pytest.raises(duckdb.Error):  # the primary key is there again
            store.act(lambda tx: tx.execute("insert into answer select * from answer limit 1"))
        who = graded.person("new")
        work = grading.claim(store, who, graded.project, "t", 1).work[0]
        assert grading.answer(store, who, grading.Answer(work.assignment, work.seq, 3)).counted
    finally:
        store.close()


def test_a_backup_made_while_graders_grade_is_of_one_moment(
    graded: World, tmp_path_factory: pytest.TempPathFactory
) -> None:
    outside = tmp_path_factory.mktemp("outside")
    graded.items(300)
    over = threading.Event()
    grader = graded.person("busy")

    def grade() -> None:
        while not over.is_set() and graded.claim(grader).work:
            graded.grade(grader, 3)

    thread = threading.Thread(target=grade)
    thread.start()
    try:
        backup.back_up(graded.store, outside / "b")
    finally:
        over.set()
        thread.join()
    backup.restore(outside / "b", outside / "data")
    con = duckdb.connect(str(outside / "data" / DATABASE), read_only=True)
    # Every answer of the copy has its assignment in the copy.
    assert con.execute(
        "select count(*) from answer where assignment not in (select id from assignment)"
    ).fetchall() == [(0,)]
    assert con.execute("select count(*) from item_event where item not in (select item from answer)").fetchall() == [
        (0,)
    ]
    con.close()


def test_sessions_are_not_brought_back(graded: World, tmp_path_factory: pytest.TempPathFactory) -> None:
    outside = tmp_path_factory.mktemp("outside")

    def act(tx: Tx) -> None:
        tx.insert("session", token_hash="secret-token", account=1, created_at=tx.now, expires_at=tx.now)

    graded.store.act(act)
    backup.back_up(graded.store, outside / "b")
    assert not any(b"secret-token" in path.read_bytes() for path in (outside / "b").rglob("*") if path.is_file())


@pytest.mark.parametrize("harm", ["cut", "missing", "clip", "manifest", "no manifest"])
def test_a_damaged_backup_is_refused_by_name_and_nothing_is_written(
    graded: World, tmp_path_factory: pytest.TempPathFactory, harm: str
) -> None:
    outside = tmp_path_factory.mktemp("outside")
    at = outside / "b"
    backup.back_up(graded.store, at, clips=True)
    answers, manifest = at / "tables" / "answer.parquet", at / "manifest.json"
    match harm:
        case "cut":
            answers.write_bytes(answers.read_bytes()[:-1])
        case "missing":
            answers.unlink()
        case "clip":
            clip = next((at / "clips").rglob("*.jpg"))
            clip.unlink()
            clip.write_bytes(b"other!")
        case "manifest":
            manifest.write_text(manifest.read_text().replace('"schema"', '"schemo"'))
        case "no manifest":
            manifest.unlink()
    with pytest.raises(BadInput) as fault:
        backup.restore(at, outside / "data")
    said = str(fault.value) + " ".join(place.say() for place in fault.value.places)
    assert {
        "cut": "answer.parquet",
        "missing": "answer.parquet",
        "clip": ".jpg",
        "manifest": "manifest.json",
        "no manifest": "no backup",
    }[harm] in said
    assert not (outside / "data").exists() or not list((outside / "data").iterdir())


def test_a_damaged_clip_keeps_nothing_else_from_coming_back_where_that_is_asked_for(
    graded: World, tmp_path_factory: pytest.TempPathFactory
) -> None:
    outside = tmp_path_factory.mktemp("outside")
    folder = graded.folder / "clips" / "cd"
    folder.mkdir()
    rotten = folder / ("cd" + "0" * 62 + ".mp4")
    rotten.write_bytes(b"not what its name says")  # a backup links it unread
    backup.back_up(graded.store, outside / "b", clips=True)
    with pytest.raises(BadInput, match=r"1 damaged clip files.*--without-damaged-clips"):
        backup.restore(outside / "b", outside / "data")
    done = backup.restore(outside / "b", outside / "data", without_damaged_clips=True)
    assert done.left_out == (f"cd/{rotten.name}",) and done.clips == 1
    assert [path.name for path in (outside / "data" / "clips").rglob("*.*")] == ["ab" + "0" * 62 + ".poster.jpg"]
    before = tables(graded.store)
    store = Store.open(outside / "data", ManualClock())
    try:
        assert tables(store) == before
    finally:
        store.close()
    (outside / "b" / "tables" / "answer.parquet").unlink()
    with pytest.raises(BadInput, match="is damaged: 1 files"):
        backup.restore(outside / "b", outside / "other", without_damaged_clips=True)


def test_a_restore_never_overwrites(graded: World, tmp_path_factory: pytest.TempPathFactory) -> None:
    outside = tmp_path_factory.mktemp("outside")
    backup.back_up(graded.store, outside / "b")
    with pytest.raises(BadInput, match="holds a store already"):
        backup.restore(outside / "b", graded.folder)
    empty = outside / "data"
    empty.mkdir()
    (empty / "README.md").write_text("samples")
    backup.restore(outside / "b", empty)
    assert (empty / "README.md").exists()


def test_a_restore_refuses_a_folder_that_a_server_is_starting_on(
    graded: World, tmp_path_factory: pytest.TempPathFactory
) -> None:
    outside = tmp_path_factory.mktemp("outside")
    backup.back_up(graded.store, outside / "b")
    (outside / "data").mkdir()
    from relevance.store.files import Lock

    with Lock(outside / "data"), pytest.raises(StoreInUse):
        backup.restore(outside / "b", outside / "data")


def test_a_backup_wants_a_folder_of_its_own(graded: World, tmp_path_factory: pytest.TempPathFactory) -> None:
    outside = tmp_path_factory.mktemp("outside")
    (outside / "full").mkdir()
    (outside / "full" / "x").write_text("x")
    with pytest.raises(BadInput, match="not empty"):
        backup.back_up(graded.store, outside / "full")
    (outside / "empty").mkdir()
    backup.back_up(graded.store, outside / "empty")
    assert [p.name for p in outside.iterdir() if p.name.startswith(".")] == []
    assert (outside / "empty").stat().st_mode & 0o077 == 0


def test_a_linked_clip_outlives_its_deletion(graded: World) -> None:
    done = backup.back_up(graded.store, graded.folder / "b")
    assert (done.clips, done.linked) == (1, 1)
    poster = next(Path(graded.folder / "clips").rglob("*.jpg"))
    poster.unlink()
    assert backup.check(graded.folder / "b")["clips"]


def test_the_manifest_says_what_is_in_it(graded: World) -> None:
    done = backup.back_up(graded.store, graded.folder / "b", clips=False)
    manifest = json.loads((done.folder / "manifest.json").read_text())
    assert manifest["clips"] is None and manifest["tables"]["item"]["rows"] == 30
    assert manifest["as_of"] == "2026-01-05T01:00:00+00:00"
