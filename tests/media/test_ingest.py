"""Files and folders in, a verdict for each out: shared and hostile files, duplicates, cuts, tables, kills."""

from __future__ import annotations

import csv
import hashlib
import os
import shutil
import signal
import socket
import subprocess
import sys
import textwrap
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from relevance.errors import BadInput
from relevance.media.ingest import Progress, ingest
from relevance.media.library import Library

X264 = ("-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p")
Make = Callable[..., Path]


def by_name(register: Any) -> dict[str, Any]:
    return {verdict.name: verdict for verdict in register.verdicts}


@pytest.mark.shared
def test_all_shared_videos_become_clips(
    shared: Path, register: Any, library: Library, assert_plays_everywhere: Callable[[Path], None]
) -> None:
    with (shared / "videos" / "manifest.csv").open(encoding="utf-8") as stream:
        manifest = list(csv.DictReader(stream))

    summary = ingest([shared / "videos"], register=register, library=library)

    verdicts = by_name(register)
    assert summary.exit_code == 0 and summary.new == len(manifest)
    for row in manifest:
        verdict = verdicts[row["file"]]
        assert verdict.status == "ready" and verdict.clip is not None, verdict
        assert verdict.clip.duration_ms / 1000 == pytest.approx(float(row["duration_s"]), abs=0.15)
        assert_plays_everywhere(library.path(verdict.clip.content_id))


# What the manifest's column `expected` says, as statuses.
@pytest.mark.shared
def test_hostile_files_are_judged_as_the_manifest_expects(
    shared: Path, register: Any, library: Library, assert_plays_everywhere: Callable[[Path], None]
) -> None:
    with (shared / "hostile" / "manifest.csv").open(encoding="utf-8") as stream:
        manifest = {row["file"]: row["expected"] for row in csv.DictReader(stream)}
    try:
        watched = socket.create_server(("127.0.0.1", 18999))
    except OSError:
        pytest.skip("port 18999, which the hostile files call, is taken here")
    watched.setblocking(False)
    statuses: dict[str, str] = {}

    def note(progress: Progress) -> None:
        if progress.verdict is not None:
            statuses[progress.verdict.name] = progress.verdict.status

    with watched:
        summary = ingest([shared / "hostile"], register=register, library=library, progress=note)
        with pytest.raises(BlockingIOError):
            watched.accept()  # nobody called

    assert summary.exit_code == 1 and statuses.pop("manifest.csv") == "skipped"
    assert statuses.keys() == manifest.keys()
    for name, expected in manifest.items():
        made = statuses[name] in ("ready", "warning", "duplicate")
        if expected.startswith(("reject:", "reject;", "reject/limit")):
            assert not made, (name, expected)
        elif expected.startswith("accept with warning or reject"):
            assert statuses[name] in ("warning", "rejected"), (name, expected)
        elif expected.startswith("accept;"):
            assert statuses[name] in ("ready", "duplicate"), (name, expected)
        elif "damaged" in expected:
            assert statuses[name] in ("warning", "rejected"), (name, expected)
    for content_id in library.ids():
        assert_plays_everywhere(library.path(content_id))


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("list.m3u8", "#EXTM3U\n#EXT-X-TARGETDURATION:10\n#EXTINF:10,\n{url}\n#EXT-X-ENDLIST\n"),
        ("list.mp4", "#EXTM3U\n#EXT-X-TARGETDURATION:10\n#EXTINF:10,\n{url}\n#EXT-X-ENDLIST\n"),
        ("script.mp4", "ffconcat version 1.0\nfile {path}\n"),
        ("script.mkv", "ffconcat version 1.0\nfile canary.mp4\n"),
        ("session.mp4", "v=0\no=- 0 0 IN IP4 127.0.0.1\ns=x\nc=IN IP4 127.0.0.1\nt=0 0\nm=video 8619 RTP/AVP 96\n"),
        ("pages.mp4", "<svg xmlns='http://www.w3.org/2000/svg'><image href='{url}'/></svg>"),
    ],
)
def test_a_file_that_points_to_another_opens_nothing(
    name: str, text: str, make: Make, tmp_path: Path, register: Any, library: Library
) -> None:
    canary = make("canary.mp4", *X264)
    hostile = tmp_path / name
    hostile.write_text(text.format(url=f"file://{canary}", path=canary))
    os.utime(canary, ns=(0, 0))  # a read would move its access time (where the file system keeps it)

    summary = ingest([hostile], register=register, library=library)

    assert summary.counts["rejected"] == 1 and not list(library.ids())
    assert canary.stat().st_atime_ns == 0


def test_names_are_data_only(make: Make, tmp_path: Path, register: Any, library: Library) -> None:
    source = make("plain.mp4", *X264)
    folder = tmp_path / "names"
    folder.mkdir()
    names = [
        b"-vf scale=1:1.mp4",
        b"concat:a|b.mp4",
        b"%d.mp4",
        b"$(touch x);.mp4",
        b"new\nline.mp4",
        b"bad\xff.mp4",
        b"pipe:0.mp4",
    ]
    for at, name in enumerate(names):
        # A few bytes behind the last box: another content, the same picture.
        Path(os.fsdecode(os.fsencode(folder) + b"/" + name)).write_bytes(source.read_bytes() + b"\0" * 8 * (at + 1))

    summary = ingest([folder], register=register, library=library, report=tmp_path / "report.csv")

    assert summary.counts == {"ready": len(names)}
    assert {"new\\nline.mp4", "bad\\xff.mp4"} <= by_name(register).keys()
    with (tmp_path / "report.csv").open(encoding="utf-8-sig") as stream:
        assert len(list(csv.DictReader(stream))) == len(names)
    assert not (tmp_path / "x").exists() and not Path("x").exists()


def test_the_same_content_under_another_name_is_a_duplicate_and_its_name_is_kept(
    make: Make, register: Any, library: Library
) -> None:
    one = make("one.mp4", *X264)
    other = one.with_name("two.mp4")
    shutil.copy(one, other)

    summary = ingest([one, other], register=register, library=library, workers=2)

    assert summary.counts == {"ready": 1, "duplicate": 1} and summary.new == 1
    assert len(register.aliases) == 1 and len(list(library.ids())) == 1


def test_the_second_run_finds_all_done_and_goes_on_where_something_is_missing(
    make: Make, register: Any, library: Library
) -> None:
    paths = [make(f"{n}.mp4", *X264, rate=str(20 + n)) for n in range(3)]
    ingest(paths[:2], register=register, library=library)
    lost = next(iter(library.ids()))
    library.remove(lost)

    summary = ingest(paths, register=register, library=library)

    assert summary.counts == {"ready": 3} and summary.new == 2  # the third one, and the one whose bytes were lost
    assert lost in set(library.ids())


def test_what_is_no_media_is_skipped_and_what_should_be_is_rejected(
    make: Make, tmp_path: Path, register: Any, library: Library
) -> None:
    folder = tmp_path / "in"
    (folder / "sub").mkdir(parents=True)
    shutil.move(make("video.mp4", *X264), folder / "sub" / "no-ending")
    (folder / "notes.txt").write_text("nothing")
    (folder / "fake.mp4").write_text("nothing")
    (folder / "empty.mkv").touch()
    (folder / "._video.mp4").write_bytes(b"\x00\x05\x16\x07" + bytes(100))
    os.mkfifo(folder / "pipe.mp4")
    (folder / "out.mp4").symlink_to("/etc/hostname")
    (folder / "circle").symlink_to(folder)
    seen: dict[str, tuple[str, str]] = {}

    def note(progress: Progress) -> None:
        if progress.verdict is not None:
            seen[progress.verdict.name] = (
                progress.verdict.status,
                progress.verdict.reasons[0].code if progress.verdict.reasons else "",
            )

    summary = ingest([folder], register=register, library=library, progress=note)

    assert seen == {
        "no-ending": ("ready", ""),
        "notes.txt": ("skipped", "not-media"),
        "fake.mp4": ("rejected", "text"),
        "empty.mkv": ("rejected", "empty"),
        "._video.mp4": ("skipped", "side-file"),
        "pipe.mp4": ("skipped", "special"),
        "out.mp4": ("skipped", "link"),
        "circle": ("skipped", "link"),
    }
    assert summary.exit_code == 1


def test_a_path_that_does_not_exist_stops_before_anything_is_done(make: Make, register: Any, library: Library) -> None:
    with pytest.raises(BadInput) as caught:
        ingest([make("there.mp4", *X264), Path("not/there.mp4")], register=register, library=library)

    assert caught.value.places[0].say() == "not/there.mp4: there is no such file or folder."
    assert not register.verdicts


def test_cuts_from_a_table_become_clips_of_their_own(
    make: Make, tmp_path: Path, register: Any, library: Library
) -> None:
    make("long.mp4", *X264, seconds=6)
    table = tmp_path / "clips.csv"
    table.write_text("source,start,end\nlong.mp4,1,2.5\nlong.mp4,0:00:03.000,00:00:05.000\n")

    summary = ingest([tmp_path / "long.mp4"], register=register, library=library, clips=table)
    again = ingest([tmp_path / "long.mp4"], register=register, library=library, clips=table)

    assert summary.counts == {"ready": 2} and again.new == 0 and again.counts == {"ready": 2}
    ranges = [(v.clip.start_ms, v.clip.end_ms, v.clip.duration_ms) for v in register.verdicts]
    assert ranges == [(1000, 2500, 1520), (3000, 5000, 2000)]  # 37.5 frames of 40 ms are 38


def test_faults_in_the_table_of_cuts_name_row_and_column(
    make: Make, tmp_path: Path, register: Any, library: Library
) -> None:
    make("long.mp4", *X264)
    table = tmp_path / "clips.csv"
    table.write_text("source,start,end\nlong.mp4,1,nonsense\nlong.mp4,2,1\n")
    with pytest.raises(BadInput) as caught:
        ingest([tmp_path / "long.mp4"], register=register, library=library, clips=table)
    assert [(place.row, place.column) for place in caught.value.places] == [(2, "end"), (3, "end")]

    table.write_text("source,start,end\nother.mp4,0,1\n")
    with pytest.raises(BadInput) as caught:
        ingest([tmp_path / "long.mp4"], register=register, library=library, clips=table)
    assert (
        caught.value.places[0].say() == 'clips.csv, row 2, column source: no file that was given is called "other.mp4".'
    )


def test_what_came_with_a_video_is_kept(make: Make, tmp_path: Path, register: Any, library: Library) -> None:
    folder = tmp_path / "in"
    folder.mkdir()
    shutil.move(make("film.mp4", *X264), folder)
    (folder / "film.zh.srt").write_bytes("1\n00:00:00,500 --> 00:00:01,500\n<b>你好</b> & 再见\n".encode("gb18030"))
    table = tmp_path / "about.csv"
    table.write_text("文件名,标题,简介,上传者\nfilm.mp4,<script>,=1+1,某人\n", encoding="utf-16")

    ingest([folder], register=register, library=library, metadata=table)

    verdict = by_name(register)["film.mp4"]
    assert (verdict.described.title, verdict.described.description, verdict.described.uploader) == (
        "<script>",
        "=1+1",
        "某人",
    )
    assert verdict.clip.captions.text == "你好 & 再见"
    vtt = library.find(verdict.clip.content_id, "captions").read_text("utf-8")
    assert vtt == "WEBVTT\n\n00:00:00.500 --> 00:00:01.500\n你好 &amp; 再见\n"


def test_a_text_track_becomes_captions_too(make: Make, tmp_path: Path, register: Any, library: Library) -> None:
    (tmp_path / "said.srt").write_text("1\n00:00:01,000 --> 00:00:01,800\nHello\n")
    source = make("film.mkv", "-i", str(tmp_path / "said.srt"), "-map", "0", "-map", "1", *X264, "-c:s", "srt")

    ingest([source], register=register, library=library)

    assert by_name(register)["film.mkv"].clip.captions.text == "Hello"


def test_the_report_has_a_row_for_every_file_and_no_formula(
    make: Make, tmp_path: Path, register: Any, library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    make("fine.mp4", *X264)
    (tmp_path / "=cmd.mp4").write_text("x")
    report = tmp_path / "report.csv"
    monkeypatch.chdir(tmp_path)

    ingest([Path("fine.mp4"), Path("=cmd.mp4")], register=register, library=library, report=report)

    with report.open(encoding="utf-8-sig", newline="") as stream:
        rows = {row["file"]: row for row in csv.DictReader(stream)}
    assert list(next(iter(rows.values()))) == ["file", "status", "reason", "detail", "clip", "seconds"]
    assert rows["fine.mp4"]["status"] == "ready" and rows["fine.mp4"]["clip"] != ""
    assert rows["'=cmd.mp4"]["reason"] == "This is text or a web page, not a video."


def test_killed_at_any_moment_the_library_holds_whole_clips_only_and_the_next_run_goes_on(
    make: Make, tmp_path: Path, register: Any, library: Library
) -> None:
    paths = [make(f"{n}.mkv", *X264, rate=str(20 + n), seconds=4) for n in range(4)]
    program = textwrap.dedent("""
        import sys
        from pathlib import Path
        from relevance.media.ingest import ingest
        from relevance.media.library import Library
        class Register:
            def known(self, sha256): return None
            def alias(self, *names): pass
            def add(self, verdict): print(verdict.name, flush=True); return 1
        ingest([Path(p) for p in sys.argv[2:]], register=Register(), library=Library.of(Path(sys.argv[1])), workers=2)
    """)
    for pause in (0.3, 0.6, 0.9):
        running = subprocess.Popen(
            [sys.executable, "-c", program, str(library.root.parent), *map(str, paths)],
            stdout=subprocess.PIPE, start_new_session=True, cwd=Path(__file__).parents[2],
        )  # fmt: skip
        time.sleep(pause)
        os.killpg(running.pid, signal.SIGKILL)
        running.communicate()
        for content_id in library.ids():
            clip = library.path(content_id)
            assert hashlib.sha256(clip.read_bytes()).hexdigest() == content_id
            assert library.path(content_id, "poster").is_file() and library.path(content_id, "strip").is_file()

    summary = ingest(paths, register=register, library=library)

    assert summary.counts == {"ready": 4}
    deadline = time.monotonic() + 60  # an orphaned FFmpeg of a killed run may still write into its folder: it ends soon
    while library.clean() or list((library.root / ".work").glob("*")):
        assert time.monotonic() < deadline
        time.sleep(0.2)


def test_progress_tells_the_remaining_time(make: Make, register: Any, library: Library) -> None:
    told: list[Progress] = []

    ingest(
        [make("a.mp4", *X264), make("b.mp4", *X264, rate="24")],
        register=register,
        library=library,
        progress=told.append,
    )

    assert told[-1].done == told[-1].files == 2 and told[-1].share == 1.0 and told[-1].remaining_s == 0.0
    assert sum(p.verdict is not None for p in told) == 2


def test_what_was_here_already_says_nothing_of_the_remaining_time(make: Make, register: Any, library: Library) -> None:
    paths = [make(f"{name}.mp4", *X264, rate=rate) for name, rate in zip("abcd", ("25", "24", "23", "22"), strict=True)]
    ingest(paths[:2], register=register, library=library)
    told: list[Progress] = []

    ingest(paths, register=register, library=library, progress=told.append, workers=1)

    done = {p.done: p for p in told if p.verdict is None}
    assert done[1].remaining_s is None and done[2].remaining_s is None and done[2].share > 0.4
    # One new file is done and one like it is left: what the third took is what the fourth will take, 0.3 to 3 times so.
    taken = done[3].elapsed_s - done[2].elapsed_s
    assert done[3].remaining_s == pytest.approx(taken, rel=0.7, abs=0.05)
    assert done[4].remaining_s == 0.0
