"""The analysts' copy: documented, of one moment, without anything that is nobody's business, readable while we work."""

from __future__ import annotations

import re
import subprocess
import sys
import threading
from collections import Counter, defaultdict
from pathlib import Path

import duckdb
import numpy as np
import pytest

from relevance.quality import krippendorff
from relevance.roles import SYSTEM, Role
from relevance.services import grading, policies
from relevance.store import snapshot
from relevance.store.api_schema import VIEWS
from relevance.store.dictionary import PATH, page
from relevance.store.files import NEWEST
from relevance.store.store import Store, Tx
from tests.world import World

SECRETS = {
    "password": "argon2-PLANTED-PASSWORD",
    "token": "PLANTED-SESSION-TOKEN",
    "session": "PLANTED-SESSION-ID",
    "ip": "203.0.113.77",
    "agent": "PLANTED-USER-AGENT",
    "mail": "planted.address@example.org",
    "login": "planted-login",
    "name": "甲乙丙丁某某",
    "tab": "PLANTED-LEASE-TAB",
    "digest": "PLANTED-RECEIPT",
    "path": "/home/PLANTED-HOME/videos",
    "uploader": "PLANTED-UPLOADER",
    "audit": "PLANTED-AUDIT-DETAIL",
}


def query(path: Path, sql: str) -> list[tuple[object, ...]]:
    con = duckdb.connect(str(path), read_only=True)
    try:
        return con.execute(sql).fetchall()
    finally:
        con.close()


@pytest.fixture
def graded(world: World) -> World:
    policies.change(world.store, SYSTEM, world.project, audit_share=0)  # nothing is given out at random
    world.items(12, keywords=2)
    one, two, three = world.graders(3)
    for turn in range(6):
        world.grade(one, 3)
        world.grade(two, (3, 0, 2)[turn % 3], note="因为有车")
    world.grade(three, flag="no_rule", flag_text="没有规则")
    return world


def plant(world: World) -> None:
    def act(tx: Tx) -> None:
        account = tx.new_id("account")
        tx.insert("account", id=account, kind="person", created_at=tx.now)
        tx.insert(
            "person",
            account=account,
            login=SECRETS["login"],
            name=SECRETS["name"],
            address=SECRETS["mail"],
            password_hash=SECRETS["password"],
        )
        tx.insert(
            "session",
            token_hash=SECRETS["token"],
            account=account,
            created_at=tx.now,
            expires_at=tx.now,
            address=SECRETS["ip"],
            agent=SECRETS["agent"],
        )
        tx.insert(
            "act",
            id=tx.new_id("act"),
            name="x",
            project=None,
            actor=account,
            session=SECRETS["session"],
            detail=SECRETS["audit"],
            made_at=tx.now,
        )
        tx.insert("receipt", request=SECRETS["digest"], digest="d", result="r", made_at=tx.now)
        tx.execute("update source set path = ?", [SECRETS["path"]])
        tx.execute("update clip set uploader = ?", [SECRETS["uploader"]])

    world.store.act(act)
    world.claim(world.person("leaser"), SECRETS["tab"])


def test_no_secret_is_in_the_files_bytes(graded: World) -> None:
    plant(graded)
    with graded.store.reader() as reader:  # they are all in the store
        assert reader.value("select count(*) from person where name = ?", [SECRETS["name"]]) == 1
    path = snapshot.publish(graded.store).path
    # DuckDB packs its columns, so the rows are also searched as they read.
    text = path.read_bytes()
    con = duckdb.connect(str(path), read_only=True)
    for schema, name in con.execute("select schema_name, table_name from duckdb_tables()").fetchall():
        text += repr(con.execute(f'select * from "{schema}"."{name}"').fetchall()).encode()
    con.close()
    found = [what for what, secret in SECRETS.items() if secret.encode() in text]
    assert found == []


def test_every_view_and_column_has_a_comment_in_the_file(graded: World) -> None:
    path = snapshot.publish(graded.store).path
    views = dict(query(path, "select view_name, comment from duckdb_views() where schema_name = 'api'"))
    assert views == {view.name: view.comment for view in VIEWS}
    columns = query(path, "select table_name, column_name, comment from duckdb_columns() where schema_name = 'api'")
    assert {(v, c): text for v, c, text in columns} == {(v.name, c): text for v in VIEWS for c, text in v.columns}
    assert all(text for _, _, text in columns)


def test_the_data_dictionary_is_the_files_own(world: World) -> None:
    assert PATH.read_text("utf-8") == page(), "run: python -m relevance dictionary --write"


def test_labels_items_and_disputes_say_what_the_store_says(graded: World) -> None:
    path = snapshot.publish(graded.store).path
    # Turns 0 and 3 agree on 3; turns 1 and 4 are three levels apart; turns 2 and 5 want a third grade.
    assert query(path, "select state, count(*) from api.items group by 1 order by 1") == [
        ("disputed", 3),
        ("open", 7),
        ("settled", 2),
    ]
    assert (
        query(path, "select level, percent, how, n, agreement, policy_version from api.labels")
        == [(3, 100, "consensus", 2, 1.0, 2)] * 2
    )
    assert query(path, "select why, count(*) from api.disputes where closed_at is null group by 1 order by 1") == [
        ("far", 2),
        ("flag", 1),
    ]
    assert query(path, "select count(*), count(distinct grader), any_value(grader_kind) from api.grades") == [
        (12, 2, "person")
    ]
    assert query(path, "select flag, text from api.flags") == [("no_rule", "没有规则")]
    assert query(path, "select items from api.batches") == [(12,)]


def test_a_correction_is_the_current_grade_and_the_first_stays(world: World) -> None:
    world.items(1)
    grader = world.person("g")
    work = world.claim(grader).work[0]
    grading.answer(world.store, grader, grading.Answer(work.assignment, 0, 3))
    grading.answer(world.store, grader, grading.Answer(work.assignment, 1, 1))
    path = snapshot.publish(world.store).path
    assert query(path, "select seq, level, percent, current from api.grades order by seq") == [
        (0, 3, 100, False),
        (1, 1, 33, True),
    ]


def test_an_uncommitted_import_is_not_in_it(world: World) -> None:
    world.items(3)

    def act(tx: Tx) -> None:
        tx.insert(
            "import",
            id=tx.new_id("import"),
            project=1,
            file="f",
            digest="d",
            rows=1,
            started_at=tx.now,
            made_by=0,
            act=99,
        )
        tx.insert("item", id=tx.new_id("item"), project=1, batch=1, keyword=1, clip=1, **{"import": 2})
        tx.insert("keyword", id=tx.new_id("keyword"), project=1, key="half", made_at=tx.now, act=99)

    world.store.act(act)
    path = snapshot.publish(world.store).path
    for view, n in {"items": 3, "imports": 1, "keywords": 1}.items():
        assert query(path, f"select count(*) from api.{view}") == [(n,)], view


def test_it_says_of_which_moment_it_is(graded: World) -> None:
    made = snapshot.publish(graded.store)
    ((as_of, version, schema),) = query(made.path, "select as_of, api_version, store_schema from api.snapshot")
    assert as_of == made.as_of.replace(tzinfo=None) and (version, schema) == (1, NEWEST)


def test_duckdbs_shell_of_an_earlier_release_reads_it_with_its_comments(graded: World) -> None:
    path = snapshot.publish(graded.store).path
    shell = [str(Path(sys.executable).with_name("duckdb")), "-readonly", "-noheader", "-list", str(path), "-c"]

    def ask(sql: str) -> str:
        return subprocess.run([*shell, sql], capture_output=True, text=True, check=True).stdout.strip()

    assert ask("pragma version").startswith("v1.5")
    assert ask("select count(*) from api.grades") == str(query(path, "select count(*) from api.grades")[0][0])
    assert ask("select count(*) from duckdb_columns() where schema_name = 'api' and comment is null") == "0"


def test_another_process_reads_it_while_the_store_is_open_and_keeps_what_it_opened(graded: World) -> None:
    path = snapshot.publish(graded.store).path
    program = (
        "import duckdb, sys\n"
        "con = duckdb.connect(sys.argv[1], read_only=True)\n"
        "print(con.execute('select count(*) from api.grades').fetchone()[0], flush=True)\n"
        "sys.stdin.readline()\n"
        "print(con.execute('select count(*) from api.grades').fetchone()[0], flush=True)\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", program, str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as other:
        assert other.stdin and other.stdout
        assert other.stdout.readline() == "12\n"
        graded.grade(graded.person("late"), 1)
        snapshot.publish(graded.store)
        other.stdin.write("\n")
        other.stdin.flush()
        assert other.stdout.readline() == "12\n"
    assert query(path, "select count(*) from api.grades") == [(13,)]


def test_it_is_written_in_the_format_that_the_shells_of_today_read(graded: World) -> None:
    path = snapshot.publish(graded.store).path
    con = duckdb.connect()
    con.execute(f"attach '{path}' as s (read_only)")
    tags = con.execute("select tags from duckdb_databases() where database_name = 's'").fetchall()
    assert "v1.5.0" in str(tags)
    types = {
        kind
        for (kind,) in con.execute(
            "select distinct data_type from duckdb_columns() where database_name = 's'"
        ).fetchall()
    }
    # A zone needs pytz in Python and ICU elsewhere; VARIANT can't be read by 1.5 at all.
    assert not {kind for kind in types if "TIME ZONE" in kind or kind == "VARIANT"}


def test_all_views_are_of_one_moment_while_graders_grade(world: World) -> None:
    world.items(400)
    grader, over = world.person("busy"), threading.Event()

    def grade() -> None:
        while not over.is_set() and world.claim(grader).work:
            world.grade(grader, 3)

    thread = threading.Thread(target=grade)
    thread.start()
    try:
        paths = [snapshot.publish(world.store, world.folder / f"s{i}.duckdb").path for i in range(3)]
    finally:
        over.set()
        thread.join()
    for path in paths:
        ((grades, newest),) = query(path, "select count(*), count(distinct item) from api.grades")
        assert grades == newest


def test_a_half_copy_of_a_killed_process_is_removed_and_the_good_one_stays(graded: World) -> None:
    path = snapshot.publish(graded.store).path
    dead = subprocess.Popen([sys.executable, "-c", "pass"])
    dead.wait()
    half = path.with_name(f".{path.name}.{dead.pid}-1.part")
    half.write_bytes(b"half")
    snapshot.publish(graded.store)
    assert not half.exists() and path.exists()


def test_a_copy_that_fails_leaves_the_old_one(graded: World, monkeypatch: pytest.MonkeyPatch) -> None:
    path = snapshot.publish(graded.store).path
    before = path.read_bytes()
    broken = [*VIEWS[:5], VIEWS[5].__class__("broken", "x", (("x", "x"),), "select nothing from nowhere")]
    monkeypatch.setattr(snapshot, "VIEWS", broken)
    with pytest.raises(duckdb.Error):
        snapshot.publish(graded.store)
    assert path.read_bytes() == before
    assert [p.name for p in path.parent.iterdir() if p.name.startswith(".")] == []
    monkeypatch.undo()
    assert snapshot.publish(graded.store).rows > 0  # the cursor that failed can be used again


def test_the_publisher_publishes_at_once_and_again_after_a_change(world: World) -> None:
    world.items(5)
    publisher = snapshot.Publisher(world.store, every=1).start()
    seen = threading.Event()
    try:
        grader = world.person("g", Role.GRADER)
        world.grade(grader, 3)
        for _ in range(200):
            if publisher.path.exists() and query(publisher.path, "select count(*) from api.grades") == [(1,)]:
                break
            seen.wait(0.1)
        assert query(publisher.path, "select count(*) from api.grades") == [(1,)]
    finally:
        publisher.stop()
    assert publisher.failure is None


def test_a_publisher_that_fails_tries_again(world: World, tmp_path: Path) -> None:
    publisher = snapshot.Publisher(world.store, tmp_path / "not-yet" / "s.duckdb", every=1).start()
    wait = threading.Event()
    try:
        for _ in range(100):
            if publisher.failure:
                break
            wait.wait(0.05)
        assert publisher.failure
        publisher.path.parent.mkdir()
        for _ in range(100):
            if publisher.last:
                break
            wait.wait(0.05)
        assert publisher.last and publisher.failure is None
    finally:
        publisher.stop()


def test_a_store_that_was_opened_again_publishes_the_same(graded: World) -> None:
    first = snapshot.publish(graded.store).path
    before = {v.name: query(first, f'select * from api."{v.name}"') for v in VIEWS if v.name != "snapshot"}
    graded.reopen()
    again = snapshot.publish(graded.store).path
    assert {name: query(again, f'select * from api."{name}"') for name in before} == before
    assert isinstance(graded.store, Store)


def test_the_examples_for_analysts_run(graded: World) -> None:
    path = snapshot.publish(graded.store).path
    text = (PATH.parent / "analysts.md").read_text("utf-8")
    queries = [
        part.strip()
        for block in re.findall(r"```sql\n(.*?)```", text, re.DOTALL)
        for part in block.split(";")
        if part.strip()
    ]
    assert len(queries) == 13
    for sql in (*queries, *re.findall(r'con\.sql\("(.*?)"\)', text), *re.findall(r'duckdb "(.*?)"', text)):
        query(path, sql)


def test_the_examples_for_ten_million_grades_say_what_the_product_says(graded: World) -> None:
    path = snapshot.publish(graded.store).path
    text = (PATH.parent / "analysts.md").read_text("utf-8").split("## Ten million grades")[1]
    consensus, alpha, confusion = (
        query(path, sql) for sql in re.findall(r"```sql\n(.*?)```", text, re.DOTALL)[0].split(";")[:3]
    )
    grades = query(
        path, "select item, grader, level, round from api.grades where current and counts and purpose = 'work'"
    )
    by_item: dict[object, list[int]] = defaultdict(list)
    for item, _, level, round_ in grades:
        assert round_ == 1 and isinstance(level, int)
        by_item[item].append(level)
    votes = np.array([[levels.count(k) for k in range(4)] for levels in by_item.values()], dtype=float)
    expected = krippendorff.alpha(votes)
    ((found, items, n),) = alpha
    assert found == pytest.approx(expected.value) and (items, n) == (expected.items, expected.grades)

    most = {item: Counter(levels).most_common() for item, levels in by_item.items()}
    alone = {
        item: first[0][0] if len(first) == 1 or first[0][1] > first[1][1] else None for item, first in most.items()
    }
    assert {row[0]: row[1] for row in consensus} == alone and None in alone.values() and 3 in alone.values()
    assert all(votes == most[item][0][1] and all_ == len(by_item[item]) for item, _, votes, all_ in consensus)

    labels = dict(query(path, "select item, level from api.labels"))
    counted = Counter((grader, labels[item], level) for item, grader, level, _ in grades if item in labels)
    assert counted and counted == {(grader, label, grade): n for grader, label, grade, n in confusion}
