"""Any usual table file: encodings, delimiters, headers, row numbers."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from relevance.errors import BadInput
from relevance.exchange.columns import ITEM_COLUMNS
from relevance.exchange.item_rows import NEED
from relevance.exchange.tables import Table, open_table

TEXT = "关键词,视频\n红熊猫,a.mp4\n自行车,b.mp4\n"


def opened(path: Path) -> Table:
    return open_table(path, ITEM_COLUMNS, need=NEED)


def read(path: Path) -> list[tuple[int, str | None, str | None]]:
    table = opened(path)
    return [(line, cells[table.position["keyword"]], cells[table.position["clip"]]) for line, cells in table.rows()]


def write(folder: Path, data: bytes | str, name: str = "f.csv", encoding: str = "utf-8") -> Path:
    path = folder / name
    path.write_bytes(data if isinstance(data, bytes) else data.encode(encoding))
    return path


WANTED = [(2, "红熊猫", "a.mp4"), (3, "自行车", "b.mp4")]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "gbk", "utf-16", "utf-16-le", "utf-16-be"])
def test_what_a_chinese_office_sends_is_read(tmp_path: Path, encoding: str) -> None:
    assert read(write(tmp_path, TEXT, encoding=encoding)) == WANTED


def test_a_rare_character_that_only_gb18030_has(tmp_path: Path) -> None:
    path = write(tmp_path, "关键词,视频\n𠮷野家,a.mp4\n", encoding="gb18030")
    assert read(path) == [(2, "𠮷野家", "a.mp4")]


def test_utf8_with_a_damaged_byte_is_not_taken_for_gb18030(tmp_path: Path) -> None:
    good = TEXT.encode() + "城市街道,c.mp4\n".encode()
    path = write(tmp_path, good.replace("自".encode(), "自".encode()[:2]))
    with pytest.raises(BadInput, match="row 3: the file is UTF-8, but bytes in this row are damaged"):
        read(path)


def test_what_is_in_no_encoding_is_said(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="neither UTF-8, UTF-16 nor GB18030"):
        read(write(tmp_path, b"keyword,clip\ncaf\xff\xff,a.mp4\n"))


@pytest.mark.parametrize("delimiter", [",", "\t", ";", "|"])
def test_the_delimiter_is_found(tmp_path: Path, delimiter: str) -> None:
    text = TEXT.replace(",", delimiter) + f'"含,逗号;和|",{"x"}'.replace(",x", delimiter + "c.mp4") + "\n"
    assert read(write(tmp_path, text))[-1] == (4, "含,逗号;和|", "c.mp4")


def test_excels_own_line_about_the_delimiter_is_not_a_row(tmp_path: Path) -> None:
    assert read(write(tmp_path, "sep=;\n关键词;视频\n猫;a.mp4\n")) == [(3, "猫", "a.mp4")]


def test_lines_above_the_header_are_passed_and_rows_keep_their_numbers(tmp_path: Path) -> None:
    text = "十一月交付清单,\n\n关键词,视频\n猫,a.mp4\n,\n狗,b.mp4\n"
    assert read(write(tmp_path, text)) == [(4, "猫", "a.mp4"), (6, "狗", "b.mp4")]


def test_a_cell_with_a_line_break_counts_both_lines(tmp_path: Path) -> None:
    text = 'keyword,clip,note\ncat,a.mp4,"two\nlines"\ndog,b.mp4,\n'
    assert read(write(tmp_path, text)) == [(2, "cat", "a.mp4"), (4, "dog", "b.mp4")]


def test_windows_and_old_mac_line_ends(tmp_path: Path) -> None:
    for end in ("\r\n", "\r"):
        assert [row[1:] for row in read(write(tmp_path, TEXT.replace("\n", end)))] == [row[1:] for row in WANTED]


def test_a_quotation_mark_that_is_never_closed_is_said_with_its_row(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=r"row 3: a cell that starts here does not end"):
        read(write(tmp_path, 'keyword,clip\na,b\n"open,c\n' + "x,y\n" * 400_000))


def test_column_names_in_either_language_and_any_spelling(tmp_path: Path) -> None:
    header = (
        "Keyword (ZH),keyword-en,视频文件,开始时间,结束时间,权重,词族,外部编号,关键词说明,批次,截止日期,重叠,金标,随便"
    )
    table = opened(write(tmp_path, header + "\n" + "," * 13 + "x\n"))
    assert list(table.position) == [
        "keyword_zh", "keyword_en", "clip", "start", "end", "weight", "family", "external_id", "keyword_note", "batch",
        "deadline", "overlap", "gold",
    ]  # fmt: skip
    assert table.unknown == ("随便",) and table.title("clip") == "视频文件"


def test_a_missing_column_is_named_with_what_was_found(tmp_path: Path) -> None:
    with pytest.raises(BadInput) as fault:
        opened(write(tmp_path, "关键词,随便\n猫,a\n"))
    assert (
        fault.value.places[0].say()
        == "f.csv, row 1: a column is missing: one of clip, 视频, 视频文件. The columns found are: 关键词, 随便."
    )


def test_two_columns_of_one_meaning_are_refused(tmp_path: Path) -> None:
    with pytest.raises(BadInput) as fault:
        opened(write(tmp_path, "关键词,keyword,clip\na,b,c\n"))
    assert 'two columns mean the same: "关键词" and "keyword"' in fault.value.places[0].say()


def test_a_file_without_header_says_so(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="no header row"):
        opened(write(tmp_path, "猫,a.mp4\n狗,b.mp4\n"))


@pytest.mark.parametrize(
    ("data", "sentence"),
    [(b"", "is empty"), (b"  \n\n", "is empty"), (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, "old Excel file"), (b"PK\x03\x04broken", "damaged Excel"), (b"PAR1broken", "damaged Parquet")],
)  # fmt: skip
def test_what_is_no_table_is_said(tmp_path: Path, data: bytes, sentence: str) -> None:
    with pytest.raises(BadInput, match=sentence):
        read(write(tmp_path, data))


def test_a_folder_and_nothing_are_said(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="is a folder"):
        opened(tmp_path)
    with pytest.raises(BadInput, match="no such file"):
        opened(tmp_path / "no.csv")


def workbook(folder: Path, rows: list[list[object]], percent: tuple[int, int] | None = None, sheets: int = 1) -> Path:
    book = openpyxl.Workbook()
    sheet = book.active
    for _ in range(sheets - 1):
        sheet = book.create_sheet()
    for row in rows:
        sheet.append(row)
    if percent:
        sheet.cell(*percent).number_format = "0%"
    path = folder / "f.xlsx"
    book.save(path)
    return path


def test_a_workbook_reads_as_a_person_does(tmp_path: Path) -> None:
    rows: list[list[object]] = [
        ["关键词", "视频", "开始", "权重", "金标", "截止", "外部编号"],
        ["猫", "a.mp4", dt.time(0, 1, 30), 3.0, 0.67, dt.datetime(2026, 12, 1), 42],
        [None, None],
        ["狗", "b.mp4", 2.5, 0.5, 1, dt.datetime(2026, 12, 1, 18, 30), "x"],
    ]
    table = opened(workbook(tmp_path, rows, percent=(2, 5), sheets=2))
    first, second = list(table.rows())
    assert first == (2, ["猫", "a.mp4", "00:01:30", "3", "67%", "2026-12-01", "42"])
    assert second[0] == 4 and second[1][2:6] == ["2.5", "0.5", "1", "2026-12-01 18:30:00"]


def test_json_lines(tmp_path: Path) -> None:
    text = '{"keyword": "猫", "clip": "a.mp4", "weight": 2.0}\n\n{"clip": "b.mp4", "keyword": "狗", "gold": 100}\n'
    table = opened(write(tmp_path, text, "f.jsonl"))
    assert [(line, dict(zip(table.position, cells, strict=False))) for line, cells in table.rows()] == [
        (1, {"keyword": "猫", "clip": "a.mp4", "weight": "2", "gold": None}),
        (3, {"keyword": "狗", "clip": "b.mp4", "weight": None, "gold": "100"}),
    ]
    with pytest.raises(BadInput, match="row 2: this line is not JSON"):
        opened(write(tmp_path, '{"keyword": "a", "clip": "b"}\n{oops\n', "g.jsonl"))
    with pytest.raises(BadInput, match="row 1: this line is not an object"):
        opened(write(tmp_path, "[1, 2]\n", "h.jsonl"))


def test_parquet_counts_rows_as_if_a_header_stood_above(tmp_path: Path) -> None:
    path = tmp_path / "f.parquet"
    pq.write_table(
        pa.table(
            {
                "关键词": ["猫", None],
                "clip": ["a.mp4", "b.mp4"],
                "weight": [1.5, 2.0],
                "deadline": [dt.date(2026, 12, 1), None],
            }
        ),
        path,
    )
    assert list(opened(path).rows()) == [(2, ["猫", "a.mp4", "1.5", "2026-12-01"]), (3, [None, "b.mp4", "2", None])]


def test_the_kind_is_told_by_the_content_not_by_the_name(tmp_path: Path) -> None:
    path = workbook(tmp_path, [["keyword", "clip"], ["cat", "a.mp4"]])
    path.rename(tmp_path / "items.csv")
    assert read(tmp_path / "items.csv") == [(2, "cat", "a.mp4")]
