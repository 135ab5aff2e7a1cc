"""The store's promises: acknowledged is durable, a guilty act fails alone, readers see one moment, history stays."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import duckdb
import pytest

from relevance.clock import ManualClock
from relevance.errors import BadInput, Unavailable
from relevance.roles import SYSTEM
from relevance.store.files import NEWEST, StoreInUse, StoreTooNew
from relevance.store.store import GROUP, Store, Tx

ROOT = Path(__file__).resolve().parent.parent.parent


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    made = Store.open(tmp_path, ManualClock())
    yield made
    made.close()


@contextmanager
def one_group(store: Store) -> Iterator[None]:
    """Acts that are submitted within wait for each other, so that the writer takes them as one group."""
    go, begun = threading.Event(), threading.Event()

    def wait(tx: Tx) -> None:
        begun.set()
        go.wait(10)

    held = store.submit(wait)
    assert begun.wait(10)
    yield
    go.set()
    held.result(10)


def write(key: str) -> Callable[[Tx], str]:
    """An act that writes one receipt and counts it in memory."""

    def act(tx: Tx) -> str:
        tx.insert("receipt", request=key, digest="", result="", made_at=tx.now)
        tx.live.count(("written",))
        return key

    return act


def written(store: Store) -> list[str]:
    with store.reader() as reader:
        return [key for (key,) in reader.all("select request from receipt order by request")]


# A group and its guilty ones ------------------------------------------------------------------------------------------


def raises_after_writing(tx: Tx) -> None:
    tx.insert("receipt", request="guilty", digest="", result="", made_at=tx.now)
    tx.one("select 1")  # a query flushes the buffer, so only a rollback takes the row back
    tx.live.count(("written",))
    raise BadInput("Guilty.")


def writes_a_key_twice(tx: Tx) -> None:
    write("a")(tx)


def breaks_a_check(tx: Tx) -> None:
    tx.live.count(("written",))
    tx.insert("account", id=1, kind="ghost", created_at=tx.now)


def asks_nonsense(tx: Tx) -> None:
    tx.live.count(("written",))
    tx.one("select cast('x' as integer)")


def writes_what_cannot_be_bound(tx: Tx) -> None:
    tx.live.count(("written",))
    tx.insert("receipt", request="\ud800", digest="", result="", made_at=tx.now)


@pytest.mark.parametrize(
    "guilty", [raises_after_writing, writes_a_key_twice, breaks_a_check, asks_nonsense, writes_what_cannot_be_bound]
)
def test_a_guilty_act_in_a_group_fails_alone_and_the_others_are_written_once(
    store: Store, guilty: Callable[[Tx], None]
) -> None:
    keys = ["a", "b", "c", "d", "e", "f"]
    with one_group(store):
        before = [store.submit(write(key)) for key in keys[:3]]
        bad = store.submit(guilty)
        after = [store.submit(write(key)) for key in keys[3:]]
    assert [future.result(10) for future in before + after] == keys
    assert bad.exception(10) is not None
    assert written(store) == keys
    assert store.live.counts["written",] == 6  # the guilty act's count, and those of the rolled back runs, are gone


def test_an_act_that_fails_before_it_wrote_disturbs_nobody(store: Store) -> None:
    runs: list[str] = []

    def counted(tx: Tx) -> None:
        runs.append("run")
        write(f"k{len(runs)}")(tx)

    def refused(tx: Tx) -> None:
        tx.insert("receipt", request="never", digest="", result="", made_at=tx.now)  # still in its own buffer
        raise BadInput("No.")

    with one_group(store):
        good = [store.submit(counted) for _ in range(3)]
        bad = store.submit(refused)
    assert all(future.exception(10) is None for future in good)
    assert isinstance(bad.exception(10), BadInput)
    assert runs == ["run"] * 3  # nothing was run a second time
    assert written(store) == ["k1", "k2", "k3"]


def test_an_act_that_hides_an_error_of_the_database_takes_nobody_elses_rows_with_it(store: Store) -> None:
    # DuckDB answers COMMIT of an aborted transaction with OK and drops all of it.
    def hides(tx: Tx) -> str:
        tx.run("select 1").fetchall()  # opens the transaction
        with suppress(duckdb.Error):
            tx.con.execute("insert into meta select key, 'x' from meta")  # its key is there: the transaction is aborted
        return "as if nothing had been"

    with one_group(store):
        before, guilty, after = store.submit(write("before")), store.submit(hides), store.submit(write("after"))
    assert (before.result(10), after.result(10)) == ("before", "after")
    with pytest.raises(duckdb.Error, match="abort"):
        guilty.result(10)
    with store.reader() as reader:
        assert reader.all("select request from receipt order by request") == [("after",), ("before",)]
    assert store.live.counts["written",] == 2


def test_many_guilty_acts_among_more_than_one_group(store: Store) -> None:
    n = GROUP * 2 + 10
    with one_group(store):
        futures = [store.submit(raises_after_writing if i % 50 == 7 else write(f"{i:04}")) for i in range(n)]
    failed = sum(future.exception(30) is not None for future in futures)
    assert failed == len(range(7, n, 50))
    assert len(written(store)) == n - failed
    assert store.live.counts["written",] == n - failed


def test_an_act_whose_caller_went_away_harms_nobody(store: Store) -> None:
    with one_group(store):
        gone = store.submit(write("gone"))
        stays = store.submit(write("stays"))
        assert gone.cancel()  # as when a browser closes its connection while the act waits in the queue
    assert stays.result(10) == "stays"
    assert store.act(write("later")) == "later"
    assert written(store) == ["later", "stays"]


def test_an_act_under_way_cannot_be_cancelled_any_more(store: Store) -> None:
    begun, go = threading.Event(), threading.Event()

    def slow(tx: Tx) -> str:
        begun.set()
        go.wait(10)
        return write("slow")(tx)

    future = store.submit(slow)
    assert begun.wait(10)
    assert not future.cancel()
    go.set()
    assert future.result(10) == "slow"


def test_a_number_is_never_given_twice_even_after_a_rollback_and_a_restart(tmp_path: Path) -> None:
    store = Store.open(tmp_path, ManualClock())
    seen: list[int] = []

    def take(tx: Tx) -> None:
        seen.append(tx.new_id("account"))
        tx.insert("account", id=seen[-1], kind="person", created_at=tx.now)

    def take_and_fail(tx: Tx) -> None:
        take(tx)
        tx.one("select 1")
        raise BadInput("No.")

    store.act(take)
    with pytest.raises(BadInput):
        store.act(take_and_fail)
    store.act(take)
    store.close()
    store = Store.open(tmp_path, ManualClock())
    store.act(take)
    store.close()
    assert len(set(seen)) == len(seen)


def test_an_act_sees_its_own_rows_and_those_of_the_acts_before_it(store: Store) -> None:
    def look(tx: Tx) -> list[str]:
        tx.insert("receipt", request="mine", digest="", result="", made_at=tx.now)
        return [key for (key,) in tx.all("select request from receipt order by 1")]

    with one_group(store):
        store.submit(write("earlier"))
        seen = store.submit(look)
    assert seen.result(10) == ["earlier", "mine"]


# Readers --------------------------------------------------------------------------------------------------------------


def test_a_reader_sees_nothing_before_it_is_committed(store: Store) -> None:
    begun, go = threading.Event(), threading.Event()

    def slow(tx: Tx) -> None:
        write("half")(tx)
        tx.one("select 1")  # written to the database, not committed
        begun.set()
        go.wait(10)

    future = store.submit(slow)
    assert begun.wait(10)
    assert written(store) == []
    go.set()
    future.result(10)
    assert written(store) == ["half"]


def test_a_snapshot_sees_one_moment_though_acts_go_on(store: Store) -> None:
    store.act(write("a"))
    with store.reader(snapshot=True) as reader:
        assert reader.value("select count(*) from receipt") == 1
        store.act(write("b"))
        assert reader.value("select count(*) from receipt") == 1
    assert written(store) == ["a", "b"]


def test_a_snapshot_that_failed_leaves_a_sound_cursor_behind(store: Store) -> None:
    with pytest.raises(duckdb.Error), store.reader(snapshot=True) as reader:
        reader.all("select nonsense")
    store.act(write("a"))
    with store.reader() as reader:  # the same cursor again
        assert reader.value("select count(*) from receipt") == 1


def test_each_thread_reads_its_own_rows(store: Store) -> None:
    wrong: list[tuple[int, int]] = []

    def read(number: int) -> None:
        for i in range(200):
            with store.reader() as reader:
                got = reader.value("select ?::bigint * 1000 + ?", [number, i])
            if got != number * 1000 + i:
                wrong.append((number, got))

    threads = [threading.Thread(target=read, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for i in range(50):
        store.act(write(f"{i:03}"))
    for thread in threads:
        thread.join()
    assert wrong == []


# Closing, failing ------------------------------------------------------------------------------------------------------


def test_closing_finishes_what_is_queued_and_refuses_what_comes_later(tmp_path: Path) -> None:
    store = Store.open(tmp_path, ManualClock())
    futures = [store.submit(write(f"{i:03}")) for i in range(100)]
    store.close()
    assert all(future.done() for future in futures)
    taken = sum(future.exception() is None for future in futures)
    with pytest.raises(Unavailable):
        store.act(write("late"))
    with pytest.raises(Unavailable), store.reader():
        pass
    again = Store.open(tmp_path, ManualClock())
    assert len(written(again)) == taken == 100
    again.close()


def test_acts_submitted_by_many_threads_while_it_closes_all_get_an_end(tmp_path: Path) -> None:
    for number in range(5):
        store = Store.open(tmp_path, ManualClock())
        futures: list[Future[str]] = []

        def press(
            thread: int, store: Store = store, number: int = number, futures: list[Future[str]] = futures
        ) -> None:
            futures.extend(store.submit(write(f"{number}-{thread}-{i}")) for i in range(100))

        threads = [threading.Thread(target=press, args=(thread,)) for thread in range(4)]
        for thread in threads:
            thread.start()
        store.close()
        for thread in threads:
            thread.join()
        ends = [future.exception(10) for future in futures]  # raises TimeoutError if one hangs
        assert {type(end) for end in ends} <= {type(None), Unavailable}


def test_when_the_database_cannot_go_on_nobody_is_told_that_it_was_saved(tmp_path: Path) -> None:
    ended = threading.Event()
    store = Store.open(tmp_path, ManualClock(), on_fatal=ended.set)

    def fatal(tx: Tx) -> None:
        raise duckdb.FatalException("broken")

    with one_group(store):
        first, bad, last = store.submit(write("a")), store.submit(fatal), store.submit(write("b"))
    for future in (first, bad, last):
        assert isinstance(future.exception(10), Unavailable)
    assert ended.wait(10)
    with pytest.raises(Unavailable):
        store.act(write("later"))
    store.close()
    again = Store.open(tmp_path, ManualClock())
    assert written(again) == []
    again.close()


# One owner, one schema ---------------------------------------------------------------------------------------------------


def python(code: str, *arguments: str, **options: Any) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", code, *arguments],
        cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, **options,
    )  # fmt: skip


def test_a_second_process_is_told_who_has_the_store(tmp_path: Path) -> None:
    store = Store.open(tmp_path, ManualClock())
    code = """
import sys, pathlib
from relevance.store.store import Store
from relevance.store.files import StoreInUse
try:
    Store.open(pathlib.Path(sys.argv[1]))
except StoreInUse as error:
    print(error.values["pid"])
"""
    out, err = python(code, str(tmp_path)).communicate(timeout=60)
    assert out.strip() == str(os.getpid()), err
    with pytest.raises(StoreInUse):
        Store.open(tmp_path)
    store.act(write("still mine"))
    store.close()
    Store.open(tmp_path).close()


def test_a_store_of_a_newer_release_is_refused_and_left_as_it_is(tmp_path: Path) -> None:
    store = Store.open(tmp_path, ManualClock())
    store.act(lambda tx: tx.execute("update meta set value = ? where key = 'schema'", [str(NEWEST + 1)]))
    store.close()
    called: list[int] = []
    with pytest.raises(StoreTooNew):
        Store.open(tmp_path, before_migration=lambda path, have: called.append(have))
    assert called == []
    con = duckdb.connect(str(tmp_path / "relevance.duckdb"))
    assert con.execute("select value from meta where key = 'schema'").fetchone() == (str(NEWEST + 1),)
    con.close()


def test_no_backup_is_made_where_there_is_nothing_to_migrate(tmp_path: Path) -> None:
    called: list[int] = []
    Store.open(tmp_path, before_migration=lambda path, have: called.append(have)).close()
    Store.open(tmp_path, before_migration=lambda path, have: called.append(have)).close()
    assert called == []


def test_every_table_of_history_refuses_to_be_changed_also_after_a_restart(tmp_path: Path) -> None:
    history = [
        "policy",
        "guideline",
        "guideline_level",
        "guideline_rule",
        "assignment",
        "answer",
        "question",
        "question_answer",
        "decision",
        "item_event",
        "audit_draw",
        "ask",
        "ask_reply",
        "act",
        "receipt",
    ]
    store = Store.open(tmp_path, ManualClock())
    store.act(write("a"))
    store.act(lambda tx: tx.new_act("test", SYSTEM))
    for _ in range(2):
        for table in history:
            with store.reader() as reader:
                column = reader.all(f"select column_name from (describe {table})")[0][0]
            for change in (f"update {table} set {column} = {column}", f"delete from {table}"):
                with pytest.raises(duckdb.Error, match=f"append-only: {table}"):
                    store.act(lambda tx, change=change: tx.execute(change))
        assert written(store) == ["a"]
        store.close()
        store = Store.open(tmp_path, ManualClock())
    store.close()


# Kill and disk full --------------------------------------------------------------------------------------------------------

WRITER = """
import sys, threading, pathlib
from relevance.store.store import Store

store = Store.open(pathlib.Path(sys.argv[1]))
lock = threading.Lock()

def press(thread):
    for i in range(100000):
        key = f"{sys.argv[2]}-{thread}-{i}"
        try:
            store.act(lambda tx: tx.insert("receipt", request=key, digest="", result="x" * 200, made_at=tx.now))
        except Exception as error:
            with lock:
                print("failed", type(error).__name__, flush=True)
            return
        with lock:
            print("saved", key, flush=True)

threads = [threading.Thread(target=press, args=(t,)) for t in range(6)]
for thread in threads: thread.start()
for thread in threads: thread.join()
with store.reader() as reader:
    print("readable", reader.value("select count(*) from receipt"), flush=True)
"""


def test_what_was_acknowledged_is_there_after_kill_9(tmp_path: Path) -> None:
    saved: set[str] = set()
    for number in range(4):
        process = python(WRITER, str(tmp_path), str(number))
        assert process.stdout is not None
        for lines, line in enumerate(process.stdout):
            saved.add(line.split()[1])
            if lines == 150 + 97 * number:
                process.send_signal(signal.SIGKILL)
                break
        # What was printed before the kill was acknowledged too.
        saved.update(line.split()[1] for line in process.stdout if line.endswith("\n") and line.startswith("saved"))
        process.communicate(timeout=60)
    store = Store.open(tmp_path)
    there = written(store)
    store.close()
    assert len(there) == len(set(there))
    assert saved - set(there) == set()
    assert len(saved) > 600


FULL = """
import pathlib, resource, signal, sys
from relevance.errors import Unavailable
from relevance.store.store import Store

signal.signal(signal.SIGXFSZ, signal.SIG_IGN)  # a write beyond the limit fails, as on a full disk
resource.setrlimit(resource.RLIMIT_FSIZE, (1_500_000, resource.RLIM_INFINITY))
store = Store.open(pathlib.Path(sys.argv[1]))

def write(key):
    try:
        store.act(lambda tx: tx.insert("receipt", request=key, digest="", result="x" * 2000, made_at=tx.now))
    except Unavailable:
        print("unavailable", key, flush=True)
        return False
    print("saved", key, flush=True)
    return True

number = 0
while write(f"before-{number}"):
    number += 1
write("full-1"), write("full-2")
with store.reader() as reader:
    print("readable", reader.value("select count(*) from receipt"), flush=True)
resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
write("after-1"), write("after-2")
store.close()
"""


def test_on_a_full_disk_it_says_so_confirms_nothing_and_goes_on_once_there_is_room(tmp_path: Path) -> None:
    out, err = python(FULL, str(tmp_path)).communicate(timeout=120)
    lines = [line.split() for line in out.splitlines()]
    saved = {key for word, key in lines if word == "saved"}
    refused = {key for word, key in lines if word == "unavailable"}
    assert {"full-1", "full-2"} <= refused, err
    assert {"after-1", "after-2"} <= saved
    assert ["readable", str(len(saved) - 2)] in lines  # reading went on; nothing that was refused is there
    store = Store.open(tmp_path)
    assert set(written(store)) == saved
    store.close()
