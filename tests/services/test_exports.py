"""Labels, grades and disputes out: complete files, safe in a spreadsheet, readable by the tools that want them."""

from __future__ import annotations

import csv
import json
import threading
from pathlib import Path

import duckdb
import ir_measures
import pyarrow.parquet as pq
import pytest

from relevance.errors import BadInput, NotAllowed, NotFound
from relevance.roles import SYSTEM, Role
from relevance.services import disputes, exports, grading, policies, projects
from relevance.store import outgoing
from relevance.store.api_schema import VIEWS
from relevance.store.store import Tx
from tests.world import World


def no_audit(world: World) -> None:
    """No item is drawn at random for one more grade, so that who gets which item is known. It is policy version 2."""
    policies.change(world.store, SYSTEM, world.project, audit_share=0)


@pytest.fixture
def graded(world: World) -> World:
    """Two batches; of the first, items 1 and 4 settle at 3, items 2 and 5 are disputed, 3 and 6 stay open."""
    no_audit(world)
    world.items(6, keywords=1, batch="first")
    one, two = world.graders(2)
    for turn in range(6):
        world.grade(one, 3)
        world.grade(two, (3, 0, 2)[turn % 3], note="因为")
    world.items(2, batch="second")
    return world


def out(world: World, what: str = "labels", format: str = "csv", **options: object) -> Path:
    path = world.folder / f"out.{format}"
    exports.export(world.store, SYSTEM, world.project, what, format, path, **options)  # type: ignore[arg-type]
    return path


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def test_a_label_tells_what_it_is_how_it_came_and_under_what(graded: World) -> None:
    found = rows(out(graded))
    assert [row["item"] for row in found] == ["1", "4"]
    assert {k: found[0][k] for k in ("grade", "level", "n", "how", "agreement", "policy_version", "keyword_zh", "clip", "batch")} == {
        "grade": "100", "level": "3", "n": "2", "how": "consensus", "agreement": "1.0", "policy_version": "2", "keyword_zh": "词1", "clip": "c1.mp4", "batch": "first-1",
    }  # fmt: skip
    assert found[0]["content_id"] == f"{1:064x}" and found[0]["as_of"] == "2026-01-05T01:00:00.000Z"


def test_agreement_is_the_share_of_counting_grades_that_equal_the_label(world: World) -> None:
    no_audit(world)
    world.items(1)
    for grader, level in zip(world.graders(4), (3, 2, 3, 3), strict=True):
        world.grade(grader, level)
    (label,) = rows(out(world))
    assert (label["n"], label["agreement"]) == ("4", "0.75")  # 3 of 4


def test_a_corrected_grade_counts_as_corrected(world: World) -> None:
    no_audit(world)
    world.items(1)
    one, two = world.graders(2)
    work = world.claim(one).work[0]
    grading.answer(world.store, one, grading.Answer(work.assignment, 0, 0))
    grading.answer(world.store, one, grading.Answer(work.assignment, 1, 3))
    world.grade(two, 3)
    (label,) = rows(out(world))
    assert (label["level"], label["agreement"]) == ("3", "1.0")
    assert [(r["seq"], r["current"]) for r in rows(out(world, "grades"))] == [
        ("0", "false"),
        ("1", "true"),
        ("0", "true"),
    ]


def test_the_formats_hold_the_same_rows(graded: World) -> None:
    for what in exports.WHATS:
        as_csv = rows(out(graded, what))
        as_json = [json.loads(line) for line in out(graded, what, "jsonl").read_text("utf-8").splitlines()]
        as_parquet = pq.read_table(out(graded, what, "parquet")).to_pylist()
        assert len(as_csv) == len(as_json) == len(as_parquet) > 0
        assert [r["item"] for r in as_json] == [r["item"] for r in as_parquet] == [int(r["item"]) for r in as_csv]
        assert list(as_csv[0]) == list(as_json[0]) == list(as_parquet[0])


def test_rulings_are_exported_in_the_columns_of_the_analysts_schema_and_of_one_project(graded: World) -> None:
    lead = graded.person("lead", Role.LEAD)
    disputes.decide(graded.store, lead, 2, 0, "只有影子")
    other = projects.add(graded.store, SYSTEM, "Other", "UTC")
    columns = {view.name: [name for name, _ in view.columns] for view in VIEWS}
    for what in exports.RULINGS:
        assert next(iter(csv.reader(out(graded, what).open(encoding="utf-8")))) == [*columns[what], "as_of"]
    (decision,) = rows(out(graded, "decisions"))
    assert {k: decision[k] for k in ("item", "level", "reason")} == {"item": "2", "level": "0", "reason": "只有影子"}
    exports.export(graded.store, SYSTEM, other, "decisions", "csv", graded.folder / "other.csv")
    assert rows(graded.folder / "other.csv") == []
    with pytest.raises(BadInput, match="leave the batch"):
        out(graded, "decisions", batch="first-1")
    with pytest.raises(NotAllowed):
        exports.export(
            graded.store, graded.person("c", Role.CLIENT), graded.project, "votes", "csv", graded.folder / "x"
        )


def test_a_batch_can_be_exported_alone_by_its_name(graded: World) -> None:
    assert len(rows(out(graded, batch="FIRST-1"))) == 2
    assert rows(out(graded, batch="second-2")) == []
    with pytest.raises(NotFound, match="first-1"):
        out(graded, batch="frist-1")


def test_ir_measures_reads_the_qrels_and_what_its_numbers_mean_stands_beside_it(graded: World) -> None:
    path = out(graded, format="qrels")
    judged = list(ir_measures.read_trec_qrels(str(path)))
    assert [(q.query_id, q.doc_id, q.relevance) for q in judged] == [("1", f"{1:064x}", 3), ("1", f"{4:064x}", 3)]
    run = [ir_measures.ScoredDoc("1", f"{1:064x}", 2.0), ir_measures.ScoredDoc("1", f"{9:064x}", 1.0)]
    assert ir_measures.calc_aggregate([ir_measures.P(rel=3) @ 2], judged, run)[ir_measures.P(rel=3) @ 2] == 0.5
    about = json.loads((path.parent / "out.qrels.levels.json").read_text("utf-8"))
    assert [(one["relevance"], one["percent"]) for one in about["levels"]] == [(0, 0), (1, 33), (2, 67), (3, 100)]
    assert "词1" in (path.parent / "out.qrels.topics.tsv").read_text("utf-8")
    assert "c1.mp4" in (path.parent / "out.qrels.docs.tsv").read_text("utf-8")
    with pytest.raises(BadInput, match="labels only"):
        out(graded, "grades", "qrels")


def test_ranges_of_one_clip_are_different_documents(world: World) -> None:
    no_audit(world)
    world.items(2, clips=1)
    world.store.act(lambda tx: tx.execute("update item set start_ms = 1500, end_ms = 4000 where id = 2"))
    for grader in world.graders(2):
        world.grade(grader, 3)
        world.grade(grader, 3)
    lines = out(world, format="qrels").read_text().splitlines()
    assert lines == [f"1 0 {1:064x} 3", f"1 0 {1:064x}#t=1.5,4.0 3"]


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("=HYPERLINK(1)", "'=HYPERLINK(1)"), ("+cmd", "'+cmd"), ("@SUM(A1)", "'@SUM(A1)"), ("-2+3", "'-2+3"),
        ("\tx", "'\tx"), ("\rx", "'\rx"), ("＝1+1", "'＝1+1"),
        ("-5", "-5"), ("+3.5", "+3.5"), ("-1e3", "-1e3"), ("a=b", "a=b"), ("红色", "红色"), ('say "hi", then', 'say "hi", then'),
    ],
)  # fmt: skip
def test_a_spreadsheet_runs_no_formula_and_numbers_are_not_harmed(graded: World, text: str, written: str) -> None:
    graded.store.act(lambda tx: tx.execute("update item set external_id = ?", [text]))
    assert rows(out(graded))[0]["external_id"] == written
    assert json.loads(out(graded, format="jsonl").read_text("utf-8").splitlines()[0])["external_id"] == text
    assert pq.read_table(out(graded, format="parquet"))["external_id"][0].as_py() == text


def test_excel_may_be_told_that_it_is_utf8(graded: World) -> None:
    assert out(graded, bom=True).read_bytes().startswith(b"\xef\xbb\xbfitem,")
    assert out(graded).read_bytes().startswith(b"item,")


def test_a_dispute_tells_the_grades_and_what_became_of_it(graded: World) -> None:
    found = rows(out(graded, "disputes"))
    assert [(r["item"], r["why"], r["grades"], r["spread"], r["outcome"]) for r in found] == [
        ("2", "far", "100;0", "3", ""),
        ("5", "far", "100;0", "3", ""),
    ]
    assert found[0]["notes"] == "因为"


def test_labels_as_of_a_past_moment(graded: World) -> None:
    before = graded.clock.now()
    graded.clock.advance(3600)
    for name in ("third", "fourth"):  # items 3 and 6 become 3, 2, 3 and then 3, 2, 3, 3
        person = graded.person(name)
        graded.grade(person, 3)
        graded.grade(person, 3)
    assert {r["item"] for r in rows(out(graded))} == {"1", "3", "4", "6"}
    assert {r["item"] for r in rows(out(graded, as_of=before))} == {"1", "4"}
    assert rows(out(graded, "grades", as_of=before)) != rows(out(graded, "grades"))


@pytest.mark.parametrize("format", ["csv", "jsonl", "parquet"])
def test_labels_that_are_put_in_order_slice_by_slice_are_the_same(
    graded: World, monkeypatch: pytest.MonkeyPatch, format: str
) -> None:
    lead = graded.person("lead", Role.LEAD)
    for item in (2, 5):
        disputes.decide(graded.store, lead, item, 1, "seen")
    whole = out(graded, format=format).read_bytes()
    monkeypatch.setattr(outgoing, "SLICE", 2)
    folder = graded.folder / "of [1-9]* 'here'?"  # names that a pattern would take for others
    folder.mkdir()
    path = folder / f"out[1].{format}"
    exports.export(graded.store, SYSTEM, graded.project, "labels", format, path)
    if format == "parquet":
        assert [row["item"] for row in pq.read_table(path).to_pylist()] == [1, 2, 4, 5]
    else:
        assert path.read_bytes() == whole and whole.count(b"\n") >= 4
    assert [left.name for left in folder.iterdir()] == [path.name]


def test_an_export_in_slices_that_fails_leaves_nothing_behind(graded: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outgoing, "SLICE", 2)
    path = out(graded, format="parquet")
    before = path.read_bytes()
    monkeypatch.setitem(exports.QUERIES, "labels", lambda scope, as_of, until: "select 1 / 0 + 'x'::integer as item")
    with pytest.raises(duckdb.Error):
        out(graded, format="parquet")
    monkeypatch.undo()
    assert path.read_bytes() == before and not list(graded.folder.glob(".out*"))
    assert len(rows(out(graded))) == 2  # the cursor that failed can be used again


def test_a_file_is_replaced_whole_or_not_at_all(graded: World, monkeypatch: pytest.MonkeyPatch) -> None:
    path = out(graded)
    before = path.read_bytes()

    def fail(*_: object) -> int:
        raise KeyboardInterrupt

    monkeypatch.setitem(exports.WRITERS, "csv", fail)
    with pytest.raises(KeyboardInterrupt):
        out(graded)
    assert path.read_bytes() == before
    assert [p.name for p in path.parent.iterdir() if p.name.endswith(".part")] == []


def test_exporting_needs_the_right_and_a_place(graded: World) -> None:
    for role in (Role.GRADER, Role.CLIENT, Role.SPECIALIST):
        with pytest.raises(NotAllowed):
            exports.export(
                graded.store, graded.person(role.value, role), graded.project, "labels", "csv", graded.folder / "x"
            )
    assert (
        exports.export(
            graded.store, graded.person("a", Role.ANALYST), graded.project, "labels", "csv", graded.folder / "x"
        ).rows
        == 2
    )
    with pytest.raises(BadInput, match="no folder"):
        exports.export(graded.store, SYSTEM, graded.project, "labels", "csv", graded.folder / "no" / "x")
    with pytest.raises(BadInput, match="is a folder"):
        exports.export(graded.store, SYSTEM, graded.project, "labels", "csv", graded.folder)


def test_another_projects_labels_stay_out(graded: World) -> None:
    other = projects.add(graded.store, SYSTEM, "other")

    def act(tx: Tx) -> None:
        tx.execute("update item set project = ? where id = 4", [other])

    graded.store.act(act)
    assert [row["item"] for row in rows(out(graded))] == ["1"]


def test_exports_go_on_while_graders_grade(graded: World) -> None:
    graded.items(300)
    grader, over = graded.person("busy"), threading.Event()

    def grade() -> None:
        while not over.is_set() and graded.claim(grader).work:
            graded.grade(grader, 3)

    thread = threading.Thread(target=grade)
    thread.start()
    try:
        for _ in range(5):
            found = rows(out(graded, "grades"))
            assert len({(r["assignment"], r["seq"]) for r in found}) == len(found) >= 12
    finally:
        over.set()
        thread.join()
