"""The commands on anybody's file: what they write, what they refuse, and that the order of rows is nothing."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import click
import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner, Result

from relevance.cli import aggregate, agreement, graders, overlap, triage
from relevance.errors import BadInput
from relevance.quality.simulate import crowd

COMMANDS = [command for module in (aggregate, agreement, graders, triage, overlap) for command in module.COMMANDS]
ROWS = [
    (f"i{item}", f"g{grader}", level)
    for item, levels in enumerate([(0, 0, 1), (3, 3, 3), (2, 2, 1), (1, 2, 3), (0, 1, 1)])
    for grader, level in enumerate(levels)
]


def run(*arguments: object) -> Result:
    group = click.Group(commands={command.name or "": command for command in COMMANDS})
    result = CliRunner().invoke(group, [str(argument) for argument in arguments])
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result


def write(path: Path, rows: list[tuple[object, ...]], head: tuple[str, ...] = ("item", "grader", "grade")) -> Path:
    with path.open("w", newline="", encoding="utf-8") as stream:
        csv.writer(stream).writerows([head, *rows])
    return path


@pytest.fixture
def labels(tmp_path: Path) -> Path:
    return write(tmp_path / "labels.csv", ROWS)


@pytest.fixture
def gold(tmp_path: Path) -> Path:
    return write(tmp_path / "gold.csv", [("i0", 0), ("i1", 3), ("i2", 2), ("i4", 1)], ("item", "grade"))


@pytest.mark.parametrize("method", ["model", "majority", "median", "dawid-skene"])
def test_aggregate_writes_one_row_an_item_with_its_distribution(labels: Path, tmp_path: Path, method: str) -> None:
    out = tmp_path / "out.csv"
    assert run("aggregate", labels, "--levels", 4, "--method", method, "--out", out).exit_code == 0
    found = pd.read_csv(out)
    assert found.columns.tolist() == ["item", "grade", "p0", "p1", "p2", "p3", "n", "tie"]
    assert found["item"].tolist() == ["i0", "i1", "i2", "i3", "i4"]
    assert found[["p0", "p1", "p2", "p3"]].sum(axis=1).tolist() == pytest.approx([1] * 5, abs=1e-8)
    assert found["n"].tolist() == [3] * 5
    assert found["grade"].isin([0, 1, 2, 3]).all()


def test_a_tie_is_said_and_its_lower_median_reported(labels: Path, tmp_path: Path) -> None:
    out = tmp_path / "out.csv"
    run("aggregate", labels, "--method", "majority", "--out", out)
    row = pd.read_csv(out).set_index("item").loc["i3"]  # one grade each at 1, 2 and 3
    assert (row["grade"], row["tie"]) == (2, 1)


@pytest.mark.parametrize("kind", ["csv", "jsonl", "parquet"])
def test_labels_are_the_same_from_and_to_every_kind_of_file(labels: Path, tmp_path: Path, kind: str) -> None:
    frame = pd.read_csv(labels)
    source = tmp_path / f"in.{kind}"
    {
        "csv": lambda: frame.to_csv(source, index=False),
        "jsonl": lambda: frame.to_json(source, orient="records", lines=True),
        "parquet": lambda: frame.to_parquet(source),
    }[kind]()
    out = tmp_path / f"out.{kind}"
    run("aggregate", source, "--out", out)
    read = {"csv": pd.read_csv, "jsonl": lambda f: pd.read_json(f, lines=True), "parquet": pd.read_parquet}[kind](out)
    expected = tmp_path / "expected.csv"
    run("aggregate", labels, "--out", expected)
    assert np.allclose(read[["p0", "p3"]], pd.read_csv(expected)[["p0", "p3"]], atol=1e-9)
    assert read["item"].tolist() == ["i0", "i1", "i2", "i3", "i4"]


def test_ids_that_are_numbers_come_back_as_they_went_in(tmp_path: Path) -> None:
    file = write(tmp_path / "labels.csv", [("007", "01", 1), ("10", "01", 0), ("9", "02", 1)])
    run("aggregate", file, "--out", tmp_path / "out.csv")
    assert [row["item"] for row in csv.DictReader((tmp_path / "out.csv").open())] == ["007", "10", "9"]
    pd.DataFrame({"item": [10, 9], "grader": [1, 1], "grade": [1, 0]}).to_parquet(tmp_path / "in.parquet")
    run("aggregate", tmp_path / "in.parquet", "--out", tmp_path / "out.parquet")
    assert pd.read_parquet(tmp_path / "out.parquet")["item"].tolist() == [9, 10]


def test_the_same_bytes_in_any_row_order(tmp_path: Path) -> None:
    made = crowd("careless", items=80, per_item=3).grades
    rows = [(f"i{i}", f"g{g}", int(level)) for i, g, level in zip(made.item, made.grader, made.level, strict=True)]
    shuffled = [rows[n] for n in np.random.default_rng(0).permutation(len(rows))]
    for name, order in (("a", rows), ("b", shuffled)):
        file = write(tmp_path / f"{name}.csv", order)
        run("aggregate", file, "--out", tmp_path / f"{name}-labels.csv")
        run("agreement", file, "--json", tmp_path / f"{name}-agreement.json")
        run("graders", file, "--json", tmp_path / f"{name}-graders.json")
        run("triage", file, "--out", tmp_path / f"{name}-triage.csv")
    for what in ("labels.csv", "agreement.json", "graders.json", "triage.csv"):
        assert (tmp_path / f"a-{what}").read_bytes() == (tmp_path / f"b-{what}").read_bytes()


def test_one_grader_twice_on_an_item_counts_once_with_a_warning(labels: Path, tmp_path: Path) -> None:
    twice = write(tmp_path / "twice.csv", [*ROWS, ("i0", "g0", 3)])
    said = run("aggregate", twice, "--out", tmp_path / "out.csv", "--json", tmp_path / "out.json")
    assert "twice.csv, row 2: grader g0 answered item i0 again further down" in said.stderr
    assert pd.read_csv(tmp_path / "out.csv")["n"].tolist() == [3] * 5
    assert json.loads((tmp_path / "out.json").read_text())["not_counted"] == 1


@pytest.mark.parametrize(
    ("text", "said", "row"),
    [
        ("item,grader,grade\n", "holds no grades", None),
        ("", "is empty", None),
        ("\ufeff\n", "is empty", None),
        ("item,grader\na,b\n", "has no column grade", None),
        ("item,grader,grade\na,b,1\na,c,7\n", "faults in the grades", 3),
        ("item,grader,grade\na,b,\n", "faults in the grades", 2),
        ("item,grader,grade\na,b,NaN\n", "faults in the grades", 2),
        ("item,grader,grade\n\na,b,x\n", "faults in the grades", 3),  # the empty line counts
    ],
)
@pytest.mark.parametrize("command", ["aggregate", "agreement", "graders", "triage"])
def test_bad_input_is_said_with_its_row_and_nothing_is_written(
    tmp_path: Path, text: str, said: str, row: int | None, command: str
) -> None:
    file, out = tmp_path / "bad.csv", tmp_path / "out.csv"
    file.write_text(text)
    more = ["--out", str(out)] if command == "aggregate" else []
    with pytest.raises(BadInput, match=said) as caught:
        run(command, file, "--levels", 4, *more)
    assert row is None or caught.value.places[0].row == row
    assert not out.exists()


def test_a_file_that_is_not_there_or_of_no_known_kind_is_said(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="no such file"):
        run("agreement", tmp_path / "none.csv")
    (tmp_path / "grades.docx").write_text("x")
    with pytest.raises(BadInput, match="not a kind that is read"):
        run("agreement", tmp_path / "grades.docx")
    (tmp_path / "broken.parquet").write_bytes(b"PAR1 no")
    with pytest.raises(BadInput, match="can't be read"):
        run("agreement", tmp_path / "broken.parquet")


@pytest.mark.parametrize(
    "rows",
    [
        [("a", "x", 1), ("b", "x", 1)],  # one grader only, all the same level
        [("a", "x", 2), ("a", "y", 2), ("b", "x", 2), ("b", "y", 2)],  # all the same level
        [("a", "x", 0)],  # one grade
    ],
)
def test_crowds_with_nothing_to_compare_have_an_answer_everywhere(
    tmp_path: Path, rows: list[tuple[object, ...]]
) -> None:
    file = write(tmp_path / "labels.csv", rows)
    gold = write(tmp_path / "gold.csv", [("a", rows[0][2])], ("item", "grade"))
    for method in ("model", "majority", "median", "dawid-skene"):
        assert run("aggregate", file, "--levels", 4, "--method", method, "--out", tmp_path / "o.csv").exit_code == 0
        found = pd.read_csv(tmp_path / "o.csv")
        assert not found.isna().any().any()
        assert found["grade"].tolist()[0] == rows[0][2]
    for command in (
        ["agreement"],
        ["graders"],
        ["triage", "--gold", gold],
        ["overlap-replay", "--gold", gold, "--draws", 1],
    ):
        result = run(command[0], file, "--levels", 4, *command[1:], "--json", tmp_path / "o.json")
        assert result.exit_code == 0
        assert "nan" not in result.output.lower().replace("nominal", "")
        assert "NaN" not in (tmp_path / "o.json").read_text()


def test_agreement_by_a_column_of_the_file(tmp_path: Path) -> None:
    rows = [(*row, "v1" if row[0] in ("i0", "i1") else "v2") for row in ROWS]
    file = write(tmp_path / "labels.csv", rows, ("item", "grader", "grade", "guideline"))
    run("agreement", file, "--by", "guideline", "--json", tmp_path / "o.json")
    found = json.loads((tmp_path / "o.json").read_text())
    assert [one["group"] for one in found["groups"]] == ["v1", "v2"]
    assert found["groups"][0]["figures"]["percent"]["items"] == 2
    run("agreement", file, "--by", "grader", "--metric", "percent", "--json", tmp_path / "o.json")
    assert len(json.loads((tmp_path / "o.json").read_text())["groups"]) == 3
    with pytest.raises(BadInput, match="has no column day"):
        run("agreement", file, "--by", "day")


def test_graders_against_gold_and_the_model(labels: Path, gold: Path, tmp_path: Path) -> None:
    run("graders", labels, "--gold", gold, "--json", tmp_path / "o.json", "--out", tmp_path / "o.csv")
    found = {one["grader"]: one for one in json.loads((tmp_path / "o.json").read_text())}
    # g0 said 0, 3, 2, 0 where gold says 0, 3, 2, 1.
    assert found["g0"]["gold"]["accuracy"] == 0.75
    assert found["g0"]["gold"]["bias"] == -0.25
    assert set(found["g0"]) >= {"gold", "model", "together"}
    assert len(pd.read_csv(tmp_path / "o.csv")) == 3


def test_triage_ranks_every_item_and_says_what_gold_finds(labels: Path, gold: Path, tmp_path: Path) -> None:
    run("triage", labels, "--gold", gold, "--budget", 0.4, "--json", tmp_path / "o.json", "--out", tmp_path / "o.csv")
    ranked = pd.read_csv(tmp_path / "o.csv")
    assert ranked["rank"].tolist() == [1, 2, 3, 4, 5]
    assert ranked["item"].iloc[0] == "i3"  # one grade each at three levels
    assert ranked["item"].iloc[-1] == "i1"  # three alike
    found = json.loads((tmp_path / "o.json").read_text())
    assert found["found_share"] is None or 0 <= found["found_share"] <= 1


def test_overlap_replay_is_a_list_of_policies(tmp_path: Path) -> None:
    made = crowd("careless", items=150, per_item=6)
    grades = made.grades
    file = write(
        tmp_path / "l.csv", list(zip(grades.item.tolist(), grades.grader.tolist(), grades.level.tolist(), strict=True))
    )
    gold = write(tmp_path / "g.csv", list(enumerate(made.truth.tolist())), ("item", "grade"))
    run("overlap-replay", file, "--gold", gold, "--draws", 2, "--json", tmp_path / "o.json")
    found = json.loads((tmp_path / "o.json").read_text())
    assert {"policy", "grades_per_item", "accuracy"} <= set(found[0])
    assert all(0 <= one["accuracy"] <= 1 and 1 <= one["grades_per_item"] <= 7 for one in found)


def test_gold_of_other_items_is_refused_and_of_some_others_said(labels: Path, tmp_path: Path) -> None:
    strange = write(tmp_path / "g.csv", [("z", 1)], ("item", "grade"))
    with pytest.raises(BadInput, match="none of its items is among the graded ones"):
        run("triage", labels, "--gold", strange)
    mixed = write(tmp_path / "g.csv", [("z", 1), ("i0", 0)], ("item", "grade"))
    assert "1 gold items have no grades" in run("triage", labels, "--gold", mixed).stderr
    twice = write(tmp_path / "g.csv", [("i0", 1), ("i0", 0)], ("item", "grade"))
    with pytest.raises(BadInput, match="has gold twice"):
        run("triage", labels, "--gold", twice)
    none = write(tmp_path / "g.csv", [], ("item", "grade"))
    with pytest.raises(BadInput, match="holds no gold: it needs the columns item, grade and"):
        run("triage", labels, "--gold", none)


def test_gold_that_says_the_same_twice_counts_once(labels: Path, gold: Path, tmp_path: Path) -> None:
    repeated = write(tmp_path / "g.csv", [("i0", 0), ("i1", "3.0"), ("i2", 2), ("i1", 3), ("i4", 1)], ("item", "grade"))
    for given, out in ((gold, tmp_path / "once.csv"), (repeated, tmp_path / "twice.csv")):
        run("aggregate", labels, "--gold", given, "--out", out)
    assert (tmp_path / "once.csv").read_bytes() == (tmp_path / "twice.csv").read_bytes()


@pytest.mark.parametrize(
    ("name", "delimiter", "head", "end"),
    [
        ("a.csv", ";", "item;grader;grade", "\r\n"),  # as spreadsheets write it where a comma is the decimal point
        ("a.csv", "\t", "item\tgrader\tgrade", "\n"),
        ("a.tsv", "\t", "item\tgrader\tgrade", "\n"),
        ("a.tsv", ",", "item,grader,grade", "\n"),
        ("a.csv", ",", '"Item", GRADER ,Grade', "\n"),
        ("a.csv", ",", "item,grader,grade", "\r"),
    ],
)
def test_a_table_with_another_delimiter_or_capitals_is_the_same_table(
    labels: Path, tmp_path: Path, name: str, delimiter: str, head: str, end: str
) -> None:
    rows = [delimiter.join(map(str, row)) for row in ROWS]
    (tmp_path / name).write_bytes(end.join([head, *rows]).encode())
    for given, out in ((labels, tmp_path / "one.csv"), (tmp_path / name, tmp_path / "other.csv")):
        assert run("aggregate", given, "--out", out).exit_code == 0
    assert (tmp_path / "one.csv").read_bytes() == (tmp_path / "other.csv").read_bytes()


def test_levels_without_an_order_have_no_median(labels: Path, tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="have no median"):
        run("aggregate", labels, "--nominal", "--method", "median", "--out", tmp_path / "o.csv")


def test_near_reports_the_median_of_the_model(tmp_path: Path, shared: Path) -> None:
    folder = shared / "crowd" / "web4"
    off = {}
    for aim in ("exact", "near"):
        run("aggregate", folder / "labels.csv", "--levels", 4, "--aim", aim, "--gold", folder / "gold.csv",
            "--out", tmp_path / "o.csv", "--json", tmp_path / "o.json")  # fmt: skip
        off[aim] = json.loads((tmp_path / "o.json").read_text())["gold"]
    assert off["exact"]["accuracy"] > 0.88
    assert off["near"]["distance"] < 0.14


def test_every_sentence_of_the_statistics_is_said_in_chinese() -> None:
    from relevance.texts import translator

    for command in COMMANDS:
        assert translator("zh")(command.help or "") != command.help


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_a_file_from_any_office_program_is_read_and_its_ids_come_back(tmp_path: Path, encoding: str, end: str) -> None:
    file = tmp_path / "标注.csv"
    lines = ["item,grader,grade", *(f"片段{item},员工{grader},{level}" for item, grader, level in ROWS), ""]
    file.write_bytes(end.join(lines).encode(encoding))
    run("aggregate", file, "--out", tmp_path / "out.csv")
    assert [row["item"] for row in csv.DictReader((tmp_path / "out.csv").open(encoding="utf-8"))] == [
        f"片段i{n}" for n in range(5)
    ]


@pytest.mark.parametrize(
    ("line", "said"),
    [("{", "row 3: this line is not JSON"), ("[1]", "row 3: this line is not an object"), ("NaN", "row 3: this line")],
)
def test_a_line_of_jsonl_that_is_none_is_named(tmp_path: Path, line: str, said: str) -> None:
    file = tmp_path / "l.jsonl"
    file.write_text('{"item": "a", "grader": 1, "grade": 0}\n\n' + line + "\n")
    with pytest.raises(BadInput, match=said):
        run("agreement", file)


def test_a_grade_that_jsonl_lacks_or_that_is_none_is_named_with_its_line(tmp_path: Path) -> None:
    file = tmp_path / "l.jsonl"
    for bad in (
        '{"item": "b", "grader": 1}',
        '{"item": "b", "grader": 1, "grade": NaN}',
        '{"item": "b", "grader": 1, "grade": [1]}',
    ):
        file.write_text('{"item": "a", "grader": 1, "grade": 0}\n\n' + bad + "\n")
        with pytest.raises(BadInput) as caught:
            run("agreement", file)
        assert caught.value.places[0].row == 3


def test_ids_of_mixed_kinds_are_two_items_in_any_order(tmp_path: Path) -> None:
    rows = [
        {"item": i, "grader": g, "grade": level}
        for i, g, level in [(1, "a", 0), ("1", "a", 2), (1, "b", 0), ("1", "b", 2)]
    ]
    for name, order in (("x", rows), ("y", rows[::-1])):
        (tmp_path / f"{name}.jsonl").write_text("".join(json.dumps(row) + "\n" for row in order))
        run("aggregate", tmp_path / f"{name}.jsonl", "--levels", 3, "--out", tmp_path / f"{name}-out.jsonl")
    assert (tmp_path / "x-out.jsonl").read_bytes() == (tmp_path / "y-out.jsonl").read_bytes()
    found = [json.loads(line) for line in (tmp_path / "x-out.jsonl").read_text().splitlines()]
    assert [(row["item"], row["grade"]) for row in found] == [(1, 0), ("1", 2)]


def test_no_result_is_written_over_what_was_read_or_where_it_can_not_be(labels: Path, tmp_path: Path) -> None:
    before = labels.read_bytes()
    with pytest.raises(BadInput, match="would be written over"):
        run("aggregate", labels, "--out", labels)
    with pytest.raises(BadInput, match="would be written over"):
        run("agreement", labels, "--json", labels)
    assert labels.read_bytes() == before
    with pytest.raises(BadInput, match="no such folder"):
        run("triage", labels, "--json", tmp_path / "none" / "o.json")
    with pytest.raises(BadInput, match="is a folder"):
        run("triage", labels, "--json", tmp_path)


def test_the_page_about_the_commands_names_every_option_and_every_figure(
    labels: Path, gold: Path, tmp_path: Path
) -> None:
    page = (Path(__file__).resolve().parents[2] / "docs" / "labels.md").read_text("utf-8")
    for command in COMMANDS:
        assert f"python -m relevance {command.name} " in page
        for option in command.params:
            assert isinstance(option, click.Argument) or f"{option.opts[0]} " in page.replace("]", " ").replace(
                "`", " "
            )
    written = tmp_path / "o.json"
    for name in ("aggregate", "triage", "overlap-replay"):
        more = ("--out", tmp_path / "o.csv") if name == "aggregate" else ()
        run(name, labels, "--gold", gold, *more, "--json", written)
        found = json.loads(written.read_text())
        for key in found[0] if isinstance(found, list) else found:
            assert f"`{key}`" in page, (name, key)


@pytest.mark.parametrize("column", ["item", "grader"])
def test_a_list_for_an_id_is_said_with_its_row(tmp_path: Path, column: str) -> None:
    rows = [{"item": "a", "grader": "g", "grade": 1}, {"item": "b", "grader": "g", "grade": 0} | {column: ["b", "c"]}]
    source = tmp_path / "labels.jsonl"
    source.write_text("".join(json.dumps(row) + "\n" for row in rows))
    with pytest.raises(BadInput) as raised:
        run("aggregate", source, "--out", tmp_path / "out.csv")
    assert [(place.row, place.column, place.value) for place in raised.value.places] == [(2, column, "['b', 'c']")]


def test_gold_in_percent_is_said_and_widens_no_scale(labels: Path, tmp_path: Path) -> None:
    gold = write(tmp_path / "gold.csv", [("i0", 0), ("i1", 67)], ("item", "grade"))
    with pytest.raises(BadInput) as raised:
        run("aggregate", labels, "--gold", gold, "--out", tmp_path / "out.csv")
    assert [(place.row, place.value) for place in raised.value.places] == [(3, "67")]


@pytest.mark.filterwarnings("error")
def test_a_scale_of_a_hundred_levels_is_written_without_a_word_of_the_library(labels: Path, tmp_path: Path) -> None:
    out = tmp_path / "out.csv"
    assert run("aggregate", labels, "--levels", 100, "--method", "majority", "--out", out).exit_code == 0
    assert len(pd.read_csv(out).columns) == 104
