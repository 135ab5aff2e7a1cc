"""The second copy: the store is deleted, made from it again, and every table is equal."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import pytest

from relevance.clock import ManualClock
from relevance.errors import BadInput, Unavailable
from relevance.roles import SYSTEM
from relevance.runtime import Runtime
from relevance.services.commands import verify_now
from relevance.services.verify import verify
from relevance.settings import Settings
from relevance.store import backup, history_rebuild, history_writer
from relevance.store.files import DATABASE, StoreDamaged
from relevance.store.history import LEFT_OUT, parts
from relevance.store.history_writer import History
from relevance.store.store import Store, Tx
from tests.world import World


def tables(store: Store) -> dict[str, list[str]]:
    with store.reader(snapshot=True) as reader:
        names = [
            name
            for (name,) in reader.all(
                "select table_name from duckdb_tables() where schema_name = 'main' and not temporary"
            )
        ]
        return {
            name: sorted(map(repr, reader.all(f'select * from "{name}"'))) for name in names if name not in LEFT_OUT
        }


@contextmanager
def rebuilt(copy: Path, data: Path) -> Iterator[Store]:
    history_rebuild.rebuild(copy, data)
    store = Store.open(data, ManualClock())
    try:
        yield store
    finally:
        store.close()


@pytest.fixture
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("other-disk") / "history"


@pytest.fixture(scope="module")
def grades(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """A store's file with 25 answers, made once."""
    world = World(tmp_path_factory.mktemp("grades"))
    world.items(40, keywords=3)
    graders = world.graders(3)
    for turn in range(12):
        world.grade(graders[0], 3, note="因为")
        world.grade(graders[1], (3, 0, 2)[turn % 3])
    world.grade(graders[2], flag="bad_clip", flag_text="黑屏")
    return world.kept()


@pytest.fixture
def graded(world: World, grades: bytes) -> World:
    world.become(grades)
    return world


def test_the_drill_delete_the_store_rebuild_it_and_every_table_is_equal(graded: World, copy: Path) -> None:
    history = History(graded.store, copy)
    history.round()
    history.stop()
    before = tables(graded.store)
    graded.store.close()
    (graded.folder / DATABASE).unlink()
    with rebuilt(copy, graded.folder) as store:
        assert tables(store) == before
        assert len(before["answer"]) == 25  # 12 turns of two, and a flag
        assert verify(store) == []
        assert +store.live.counts == +graded.store.live.counts


def test_rows_that_were_changed_or_deleted_later_are_as_they_were_last(graded: World, copy: Path) -> None:
    history = History(graded.store, copy)
    history.round()
    graded.store.act(lambda tx: tx.execute("update person set name = 'Renamed' where login = 'g1'"))
    history.round()
    graded.store.act(lambda tx: tx.execute("update person set password_hash = 'secret' where login = 'g2'"))
    graded.store.act(lambda tx: tx.execute("delete from item where id = (select max(id) from item)"))
    new = graded.items(700, keywords=2)  # several chunks of 256
    history.round()
    graded.store.act(lambda tx: tx.execute("update item set external_id = 'x' where id = ?", [new[300]]))
    history.stop()
    before = tables(graded.store)
    with rebuilt(copy, copy.parent / "new") as store:
        assert tables(store) == before


def test_a_round_without_news_writes_nothing_and_one_answer_costs_one_answer(graded: World, copy: Path) -> None:
    history = History(graded.store, copy)
    history.round()
    (file,) = parts(copy)[1]
    size = file.stat().st_size
    assert history.round() == 0 and file.stat().st_size == size
    graders = graded.graders(5)[4:]
    history.round()
    graded.grade(graders[0], 3)
    # One answer and its assignment, and what the item's state and its audit draw add: never the 40 items anew.
    assert 2 <= history.round() <= 6
    history.stop()


def test_when_a_round_ends_its_rows_are_in_the_file_also_in_one_that_an_earlier_start_began(
    graded: World, copy: Path
) -> None:
    History(graded.store, copy).stop()
    history = History(graded.store, copy)  # goes on in the file that is there
    history.round()
    graded.grade(
        graded.graders(4)[3], 2
    )  # a few hundred bytes: less than anything that keeps them for later writes out
    assert history.round() > 0 and history.behind() == 0
    killed = copy.parent / "killed"
    shutil.copytree(copy, killed)  # what a process that is killed now leaves
    before = tables(graded.store)
    history.stop()
    assert history_rebuild.check(killed).cut == 0
    with rebuilt(killed, copy.parent / "new") as store:
        assert tables(store) == before


@pytest.mark.parametrize("torn", [1, 40, 200])
def test_a_torn_tail_is_cut_and_written_again(graded: World, copy: Path, torn: int) -> None:
    history = History(graded.store, copy)
    history.round()
    (file,) = parts(copy)[1]
    whole = file.stat().st_size
    graded.grade(graded.graders(4)[3], 2)
    history.stop()
    assert file.stat().st_size - whole > 200
    os.truncate(file, file.stat().st_size - torn)
    assert history_rebuild.check(copy).cut > 0  # the copy is of the round before
    again = History(graded.store, copy)
    assert file.stat().st_size == whole
    again.round()
    again.stop()
    before = tables(graded.store)
    with rebuilt(copy, copy.parent / "new") as store:
        assert tables(store) == before


def test_a_byte_that_rotted_in_an_older_file_is_found_and_nothing_is_rebuilt(
    graded: World, copy: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(history_writer, "PART", 1)  # every round begins a file
    history = History(graded.store, copy)
    history.round()
    graded.items(5)
    history.stop()
    first, _ = parts(copy)[1]
    assert history_rebuild.check(copy).cut == 0
    data = bytearray(first.read_bytes())
    data[len(data) // 2] ^= 1
    first.write_bytes(data)
    with pytest.raises(BadInput, match="damaged"):
        history_rebuild.rebuild(copy, copy.parent / "new")
    assert not (copy.parent / "new").exists()
    first.unlink()
    with pytest.raises(BadInput, match="lacks a file"):
        history_rebuild.check(copy)


def test_many_files_and_many_starts_are_one_copy(graded: World, copy: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(history_writer, "PART", 1)
    people = graded.graders(8)[3:]
    for grader in people:
        history = History(graded.store, copy)
        graded.grade(grader, 1)
        history.round()
        graded.grade(grader, 2)
        history.stop()
        graded.reopen()
    assert len(parts(copy)[1]) >= 6
    before = tables(graded.store)
    with rebuilt(copy, copy.parent / "new") as store:
        assert tables(store) == before
        history = History(store, copy)  # the copy goes on with the rebuilt store: its rows stand at the same places
        assert history.round() == 0
        history.stop()
        assert list(parts(copy)) == [1]


def test_a_store_that_lost_rows_of_its_copy_does_not_start(graded: World, copy: Path) -> None:
    old = copy.parent / "old"
    history = History(graded.store, copy)
    history.round()
    history.stop()
    graded.store.close()
    shutil.copytree(graded.folder, old)  # an older state that has the store's name
    graded.reopen()
    graded.grade(graded.graders(4)[3], 1)
    history = History(graded.store, copy)
    history.stop()
    store = Store.open(old, ManualClock())
    try:
        with pytest.raises(Unavailable, match=r"lacks .* rows"):
            History(store, copy)
    finally:
        store.close()


@pytest.mark.parametrize("serving", [False, True])
def test_neither_a_command_nor_a_server_writes_to_a_store_that_lost_rows(
    graded: World, copy: Path, serving: bool
) -> None:
    old = copy.parent / "old"
    History(graded.store, copy).stop()
    graded.store.close()
    shutil.copytree(graded.folder, old)
    graded.reopen()
    graded.grade(graded.graders(4)[3], 1)
    settings = Settings(data=old, history=copy)
    Runtime(settings).close()  # the copy has no more than this store yet
    History(graded.store, copy).stop()
    left = (old / DATABASE).read_bytes()
    with pytest.raises(Unavailable, match=r"lacks .* rows"):
        Runtime(settings, serving=serving)
    assert (old / DATABASE).read_bytes() == left


def test_a_damaged_log_that_duckdb_takes_for_a_torn_one_is_refused_too(graded: World, copy: Path) -> None:
    history = History(graded.store, copy)
    for grader in graded.graders(9)[3:]:
        for _ in range(5):
            graded.grade(grader, 1)
    history.stop()
    killed = copy.parent / "killed"
    killed.mkdir()
    for name in (DATABASE, f"{DATABASE}.wal"):
        shutil.copy(graded.folder / name, killed / name)
    log = killed / f"{DATABASE}.wal"
    data = log.read_bytes()
    log.write_bytes(data[: len(data) // 2] + bytes(64) + data[len(data) // 2 + 64 :])
    with pytest.raises(StoreDamaged, match="stored checksum") as named:
        Store.open(killed)
    noted = int(re.findall(r"stored checksum (\d+)", str(named.value))[0])
    length = data.index(noted.to_bytes(8, "little")) - 8  # an entry is its length, its checksum and its content
    log.write_bytes(data[: length + 5] + b"\x7f" + data[length + 6 :])  # more than the log has
    with pytest.raises(Unavailable, match=r"lacks .* rows"):
        Runtime(Settings(data=killed, history=copy))


def test_another_stores_copy_is_moved_aside_and_kept(
    graded: World, copy: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    history = History(graded.store, copy)
    history.stop()
    before = tables(graded.store)
    other = World(tmp_path_factory.mktemp("other"))
    history = History(other.store, copy)
    history.stop()
    assert tables(other.store)["answer"] == []
    other.store.close()
    with rebuilt(copy / "aside-001", copy.parent / "new") as store:
        assert tables(store) == before


def test_a_restored_backup_is_another_store_so_that_the_copy_of_what_it_lacks_stays(
    graded: World, copy: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    outside = tmp_path_factory.mktemp("outside")
    history = History(graded.store, copy)
    history.round()
    backup.back_up(graded.store, outside / "b")
    graded.grade(graded.graders(4)[3], 1)
    history.stop()
    backup.restore(outside / "b", outside / "data")
    store = Store.open(outside / "data", ManualClock())
    try:
        History(store, copy).stop()
        assert (copy / "aside-001").is_dir()
    finally:
        store.close()


def test_after_an_upgrade_the_copy_begins_anew_and_the_old_one_goes_once_it_is_whole(
    graded: World, copy: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as past:
        past.setattr(history_writer, "NEWEST", history_writer.NEWEST - 1)
        History(graded.store, copy).stop()
    history = History(graded.store, copy)
    assert list(parts(copy)) == [1]  # still all there is
    history.round()
    assert list(parts(copy)) == [2]
    history.stop()
    before = tables(graded.store)
    with rebuilt(copy, copy.parent / "new") as store:
        assert tables(store) == before


def test_rows_that_vanished_from_an_append_only_table_make_the_copy_begin_anew(graded: World, copy: Path) -> None:
    history = History(graded.store, copy)
    history.round()
    history._state.marks["answer"] = (3, 2)  # as if row numbers had moved
    graded.grade(graded.graders(4)[3], 1)
    history.stop()
    assert list(parts(copy)) == [2]
    before = tables(graded.store)
    with rebuilt(copy, copy.parent / "new") as store:
        assert tables(store) == before


def test_what_fails_is_said_by_verify_and_made_up_for(
    graded: World, copy: Path, caplog: pytest.LogCaptureFixture
) -> None:
    history = History(graded.store, copy)
    history.round()
    broken = history._stream
    history._stream = Path(os.devnull).open("rb", buffering=0)  # noqa: SIM115 - a file that can't be written
    graded.grade(graded.graders(4)[3], 1)
    history.attempt()
    assert history.failure is not None and "could not be written" in caplog.text
    history._stream = broken
    history.attempt()
    assert history.failure is None
    history.stop()
    before = tables(graded.store)
    with rebuilt(copy, copy.parent / "new") as store:
        assert tables(store) == before


def test_the_copy_knows_for_how_long_it_lacks_something_and_verify_says_when_it_is_more_than_a_minute(
    graded: World, copy: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    history = History(graded.store, copy)
    history.round()
    assert history.behind() == 0
    graded.grade(graded.graders(4)[3], 1)
    now = time.monotonic()
    monkeypatch.setattr(time, "monotonic", lambda: now + 61)  # no round came in all that time
    assert 61 <= history.behind() < 70
    runtime = SimpleNamespace(store=graded.store, history=history)
    assert [fault["check"] for fault in verify_now(cast(Runtime, runtime))] == [
        "the second copy is no older than a minute"
    ]
    history.round()
    assert history.behind() == 0 and verify_now(cast(Runtime, runtime)) == []
    history.stop()


@pytest.fixture
def small_disk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    folder = tmp_path_factory.mktemp("small")
    made = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=400k", "tmpfs", str(folder)], capture_output=True)
    if made.returncode:
        pytest.skip("mounting a small disk needs root")
    yield folder
    subprocess.run(["umount", "-l", str(folder)], check=True)


def test_a_full_disk_there_stops_no_grading_and_is_caught_up_with(graded: World, small_disk: Path) -> None:
    copy = small_disk / "history"
    history = History(graded.store, copy)
    history.round()
    with (small_disk / "filler").open("wb", buffering=0) as filler, pytest.raises(OSError, match="No space"):
        while True:
            filler.write(b"x" * 4096)
    grader = graded.graders(4)[3]
    while history.failure is None:
        graded.items(300)
        graded.grade(grader, 1)  # goes on whatever becomes of the copy
        history.attempt()
    assert "No space left" in history.failure
    assert history_rebuild.check(copy).cut == 0  # nothing torn was left
    (small_disk / "filler").unlink()
    history.attempt()
    assert history.failure is None
    history.stop()
    before = tables(graded.store)
    with rebuilt(copy, graded.folder / "new") as store:
        assert tables(store) == before


def test_the_copy_is_readable_by_its_owner_alone(graded: World, copy: Path) -> None:
    History(graded.store, copy).stop()
    assert copy.stat().st_mode & 0o777 == 0o700
    assert {path.stat().st_mode & 0o777 for path in copy.iterdir()} == {0o600}


def test_rows_that_a_failed_act_left_out_do_not_disturb_the_row_numbers(graded: World, copy: Path) -> None:
    history = History(graded.store, copy)
    history.round()

    def fails(tx: Tx) -> None:
        tx.new_act("never", SYSTEM)
        tx.run("select 1")
        raise BadInput("no")

    for _ in range(3):
        with pytest.raises(BadInput):
            graded.store.act(fails)
        graded.grade(graded.graders(1)[0], 1)
        history.round()
    history.stop()
    assert list(parts(copy)) == [1]
    before = tables(graded.store)
    with rebuilt(copy, copy.parent / "new") as store:
        assert tables(store) == before


def test_a_database_is_never_overwritten(graded: World, copy: Path) -> None:
    History(graded.store, copy).stop()
    graded.store.close()
    with pytest.raises(BadInput, match="holds a database"):
        history_rebuild.rebuild(copy, graded.folder)
    with pytest.raises(BadInput, match="no second copy"):
        history_rebuild.rebuild(graded.folder, copy.parent / "new")


def test_a_server_keeps_its_copy_in_its_data_folder(tmp_path: Path) -> None:
    runtime = Runtime(Settings(data=tmp_path), serving=True)
    runtime.close()
    assert history_rebuild.check(tmp_path / "history").rows > 0
