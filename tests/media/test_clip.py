"""One file to one clip: every promise of a prepared clip, on many kinds of source."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image

from relevance.media import clip as clip_module
from relevance.media import ffmpeg
from relevance.media.bounds import Bounds
from relevance.media.clip import prepare_one
from relevance.media.library import Library
from relevance.media.plan import PrepareOptions
from relevance.media.verdict import Cut

X264 = ("-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p")
HIGH = ("-c:v", "libx264", "-profile:v", "high", "-pix_fmt", "yuv420p", "-g", "25", "-c:a", "aac", "-ac", "2")
Check = Callable[[Path], None]

KINDS = {
    "mp4v.avi": ("-c:v", "mpeg4"),
    "mpeg2.mpg": ("-c:v", "mpeg2video", "-c:a", "mp2"),
    "h264.ts": (*X264, "-c:a", "aac"),
    "wmv2.wmv": ("-c:v", "wmv2", "-c:a", "wmav2"),
    "flv1.flv": ("-c:v", "flv", "-ar", "44100", "-c:a", "libmp3lame"),
    "theora.ogv": ("-c:v", "libtheora", "-c:a", "libvorbis"),
    "alpha.webm": ("-vf", "format=yuva420p", "-c:v", "libvpx-vp9", "-cpu-used", "8", "-auto-alt-ref", "0", "-an"),
    "vp8.webm": ("-c:v", "libvpx", "-cpu-used", "8", "-c:a", "libopus"),
    "ten-bit.mkv": ("-c:v", "libx265", "-x265-params", "log-level=error", "-pix_fmt", "yuv420p10le", "-c:a", "flac"),
    "av1.mp4": ("-c:v", "libsvtav1", "-preset", "12", "-an"),
    "444.mp4": ("-c:v", "libx264", "-pix_fmt", "yuv444p"),
    "prores.mov": ("-c:v", "prores_ks", "-profile:v", "4444", "-pix_fmt", "yuva444p10le", "-c:a", "pcm_s16le"),
    "rle.mov": ("-c:v", "qtrle", "-an"),
    "moving.gif": ("-an",),
    "bare.h264": (*X264, "-an"),
    "UPPER.MP4": X264,
    "surround.mkv": (*X264, "-c:a", "ac3", "-ac", "6"),
    "mono.mp4": (*HIGH, "-ac", "1"),
}


@pytest.mark.parametrize("name", KINDS)
def test_any_usual_kind_of_video_becomes_a_clip_that_plays_everywhere(
    name: str, make: Callable[..., Path], library: Library, assert_plays_everywhere: Check
) -> None:
    source = make(name, *KINDS[name], sound=True)

    verdict = prepare_one(source, library=library)

    assert verdict.status == "ready" and verdict.clip is not None, verdict
    assert_plays_everywhere(library.path(verdict.clip.content_id))
    assert verdict.clip.duration_ms == pytest.approx(2000, abs=80)  # 2 s made
    assert verdict.clip.has_audio == ("-an" not in KINDS[name])


def test_what_is_already_as_it_must_be_is_copied(
    make: Callable[..., Path], library: Library, assert_plays_everywhere: Check
) -> None:
    source = make("fine.mp4", *HIGH, "-movflags", "+faststart", "-metadata", "title=secret", sound=True)

    clip = prepare_one(source, library=library).clip

    assert clip is not None and clip.copied
    assert (clip.frames, clip.duration_ms) == (50, 2000)  # 2 s x 25
    assert_plays_everywhere(library.path(clip.content_id))
    assert b"secret" not in library.path(clip.content_id).read_bytes()


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        ((*HIGH, "-g", "60"), "key frames too far apart"),
        ((*HIGH, "-profile:v", "main"), "profile Main"),
        ((*HIGH, "-vf", "setsar=4/3"), "pixel shape"),
        (
            (*HIGH, "-b:v", "20M", "-minrate", "20M", "-maxrate", "20M", "-bufsize", "1M", "-x264opts", "nal-hrd=cbr"),
            "bit rate",
        ),
    ],
)
def test_what_is_not_is_encoded_and_the_reason_is_kept(
    arguments: tuple[str, ...], why: str, make: Callable[..., Path], library: Library, assert_plays_everywhere: Check
) -> None:
    clip = prepare_one(make("not.mp4", *arguments, seconds=3), library=library).clip

    assert clip is not None and not clip.copied and why in clip.how
    assert_plays_everywhere(library.path(clip.content_id))


def test_size_rotation_and_pixel_shape_are_applied(make: Callable[..., Path], library: Library, fullest: str) -> None:
    wide = make("wide.mp4", *X264, size="1920x1080", seconds=0.5)
    pal = make("pal.mp4", *X264, "-vf", "setsar=16/15", size="720x576", seconds=0.5)
    odd = make("odd.mp4", "-vf", "format=yuv444p,scale=321:239", "-c:v", "libx264", seconds=0.5)
    turned = pal.with_name("turned.mp4")
    subprocess.run([fullest, "-v", "error", "-display_rotation", "90", "-i", wide, "-c", "copy", turned], check=True)

    sizes = {path.stem: prepare_one(path, library=library).clip for path in (wide, pal, odd, turned)}

    assert {name: (clip.width, clip.height) for name, clip in sizes.items() if clip} == {
        "wide": (1280, 720),
        "pal": (768, 576),  # 720 x 16/15
        "odd": (320, 240),
        "turned": (720, 1280),
    }


@pytest.mark.parametrize(("rate", "frames"), [("60", 60), ("50", 50), ("24", 48), ("1/4", 8)])
def test_at_most_thirty_frames_a_second_and_a_key_frame_every_second(
    rate: str, frames: int, make: Callable[..., Path], library: Library, assert_plays_everywhere: Check
) -> None:
    seconds = 8 if rate == "1/4" else 2

    clip = prepare_one(make("rate.mp4", *X264, rate=rate, seconds=seconds), library=library).clip

    # 60 -> 30, 50 -> 25, 24 stays (2 s each); a frame every 4 s is repeated to 1 a second for 8 s
    assert clip is not None and clip.frames == frames
    assert_plays_everywhere(library.path(clip.content_id))


def test_an_uneven_rate_and_a_hole_in_time_give_bounded_output(
    make: Callable[..., Path], library: Library, assert_plays_everywhere: Check
) -> None:
    uneven = make("uneven.mp4", "-vf", "select='not(mod(n,7))+not(mod(n,5))'", "-fps_mode", "vfr", *X264)
    hole = make("hole.mkv", "-vf", "setpts='if(gte(N,25),PTS+60/TB,PTS)'", "-fps_mode", "passthrough", *X264)

    for path in (uneven, hole):
        clip = prepare_one(path, library=library).clip
        assert clip is not None
        assert clip.frames <= clip.duration_ms * 30 / 1000 + 1
        assert_plays_everywhere(library.path(clip.content_id))


def test_a_single_frame_is_a_clip(make: Callable[..., Path], library: Library, assert_plays_everywhere: Check) -> None:
    clip = prepare_one(make("one.mkv", *X264, "-frames:v", "1"), library=library).clip

    assert clip is not None and clip.frames == 1 and clip.duration_ms == 40 and clip.strip.tiles == 1
    assert_plays_everywhere(library.path(clip.content_id))


@pytest.mark.parametrize("transfer", ["smpte2084", "arib-std-b67"])
def test_hdr_is_mapped_to_ordinary_colours(
    transfer: str, make: Callable[..., Path], library: Library, tools: ffmpeg.Ffmpeg, assert_plays_everywhere: Check
) -> None:
    if not any("zscale" in build.filters for build in tools.builds):
        pytest.skip("no FFmpeg with zscale here to make an HDR source with")
    shift = f"format=yuv444p,zscale=min=709:tin=709:pin=709:rin=tv:t={transfer}:p=2020:m=2020_ncl:npl=203,format=yuv420p10le"
    source = make(
        "hdr.mp4", "-vf", f"setparams=colorspace=bt709:color_primaries=bt709:color_trc=bt709:range=tv,{shift}",
        "-c:v", "libx265", "-x265-params", "log-level=error", "-color_primaries", "bt2020", "-color_trc", transfer,
        "-colorspace", "bt2020nc", seconds=1,
    )  # fmt: skip

    verdict = prepare_one(source, library=library)

    assert verdict.status == "ready" and verdict.clip is not None, verdict
    assert_plays_everywhere(library.path(verdict.clip.content_id))


def test_interlaced_pictures_lose_their_combs(
    make: Callable[..., Path], library: Library, assert_plays_everywhere: Check
) -> None:
    source = make("fields.mkv", "-vf", "interlace,setfield=tff", *X264, "-flags", "+ildct+ilme", rate="50")

    clip = prepare_one(source, library=library).clip

    assert clip is not None and not clip.copied and clip.frames == 50  # 25 pictures a second, 2 s
    assert_plays_everywhere(library.path(clip.content_id))


def test_sound_ends_with_the_picture_and_starts_with_it(
    make: Callable[..., Path], library: Library, facts: Callable[..., dict[str, object]]
) -> None:
    longer = make("longer.mkv", "-f", "lavfi", "-i", "sine=440:d=9", *X264, "-map", "0", "-map", "1", "-c:a", "aac")
    shorter = make("shorter.mkv", "-f", "lavfi", "-i", "sine=440:d=0.5", *X264, "-map", "0", "-map", "1", "-c:a", "aac")

    for path in (longer, shorter):
        verdict = prepare_one(path, library=library)
        assert verdict.clip is not None and verdict.clip.duration_ms == 2000
        found = facts(library.path(verdict.clip.content_id))
        assert float(found["format"]["duration"]) == pytest.approx(2.0, abs=0.05)  # type: ignore[index]


def test_a_cut_is_exact_to_the_frame(make: Callable[..., Path], library: Library, tmp_path: Path) -> None:
    for name in ("long.mp4", "long.ts"):  # one that seeks by an index, one that can't
        source = make(name, *X264, "-g", "250", sound=True, seconds=8)
        whole = _grey(source, tmp_path)

        clip = prepare_one(source, library=library, cut=Cut(3.0, 5.0)).clip

        assert clip is not None and (clip.frames, clip.duration_ms, clip.start_ms, clip.end_ms) == (
            50,
            2000,
            3000,
            5000,
        )
        cut = _grey(library.path(clip.content_id), tmp_path)
        # The first frame of the cut is frame 75 (3 s x 25), the last one is frame 124: nearer than their neighbours.
        for at, frame in ((0, 75), (49, 124)):
            near = min(range(frame - 3, frame + 4), key=lambda n, at=at: _apart(cut[at], whole[n]))  # type: ignore[misc]
            assert near == frame


def _grey(path: Path, folder: Path) -> list[bytes]:
    raw = folder / "raw.grey"
    command = [ffmpeg.find().builds[0].path, "-v", "error", "-y", "-i", path, "-vf", "scale=160:120,format=gray"]
    subprocess.run([*command, "-f", "rawvideo", "-fps_mode", "passthrough", raw], check=True)
    data = raw.read_bytes()
    return [data[at : at + 160 * 120] for at in range(0, len(data), 160 * 120)]


def _apart(one: bytes, other: bytes) -> int:
    return sum(abs(a - b) for a, b in zip(one, other, strict=True))


def test_a_cut_beyond_the_end_says_so(make: Callable[..., Path], library: Library) -> None:
    source = make("short.mp4", *X264)

    late = prepare_one(source, library=library, cut=Cut(5.0, 6.0))
    over = prepare_one(source, library=library, cut=Cut(1.0, 6.0))

    assert late.status == "rejected" and late.say() == "The cut starts at 0:00:05, but the video ends at 0:00:02."
    assert over.status == "warning" and over.say() == "The cut ends with the video, at 0:00:02 instead of 0:00:06."


def test_pictures_lie_beside_the_clip_and_show_it(make: Callable[..., Path], library: Library) -> None:
    clip = prepare_one(make("show.mp4", *X264, sound=True, seconds=6), library=library).clip

    assert clip is not None
    strip = Image.open(library.find(clip.content_id, "strip"))
    assert clip.strip.tiles == 6 and strip.size == (6 * clip.strip.tile_width, clip.strip.tile_height)
    assert clip.strip.times_ms == (480, 1480, 2480, 3480, 4480, 5480)  # frames 12, 37 ... at 25 a second
    assert Image.open(library.find(clip.content_id, "poster")).size == (320, 240)
    assert len(clip.fingerprint) == 12 * 16  # 6 s x 2 a second


def test_a_damaged_end_is_a_warning_that_says_how_much(make: Callable[..., Path], library: Library) -> None:
    whole = make("whole.mp4", *X264, "-g", "25", "-movflags", "+faststart", seconds=4)
    broken = whole.with_name("broken.mp4")
    broken.write_bytes(whole.read_bytes()[: whole.stat().st_size // 2])

    verdict = prepare_one(broken, library=library)

    assert verdict.status == "warning" and verdict.clip is not None and verdict.clip.duration_ms < 3000
    assert verdict.reasons[0].code == "lost-frames" and verdict.reasons[0].values["all"] == 100  # 4 s x 25
    assert "The duration was corrected from 4.00 to" in verdict.say()


def test_sound_that_does_not_decode_is_dropped_with_a_warning(
    make: Callable[..., Path], library: Library, facts: Callable[..., dict[str, object]], assert_plays_everywhere: Check
) -> None:
    source = make("noise.mp4", *X264, "-c:a", "aac", sound=True)
    data = bytearray(source.read_bytes())
    for packet in facts(source)["packets"]:  # type: ignore[attr-defined]
        if packet["codec_type"] == "audio":
            at, size = int(packet["pos"]), int(packet["size"])
            data[at : at + size] = b"\xff" * size
    source.write_bytes(data)

    verdict = prepare_one(source, library=library)

    assert verdict.status == "warning", verdict
    assert verdict.clip is not None and not verdict.clip.has_audio
    assert verdict.say() == "The sound could not be decoded; the clip is silent."
    assert_plays_everywhere(library.path(verdict.clip.content_id))


@pytest.mark.parametrize(
    ("bounds", "code"),
    [
        (Bounds(duration_s=1), "too-long"),
        (Bounds(pixels=50_000), "too-many-pixels"),
        (Bounds(side=300), "too-small"),
        (Bounds(source_bytes=1000), "too-big"),
        (Bounds(prepare_s=0.01), "too-slow"),
        (Bounds(memory_bytes=200 << 20, prepare_s=20), "too-much-memory"),
        (Bounds(output_bytes=5_000), "too-much-output"),
    ],
)
def test_every_bound_holds_and_is_named(bounds: Bounds, code: str, make: Callable[..., Path], library: Library) -> None:
    size = "1920x1080" if code == "too-much-memory" else "320x240"

    verdict = prepare_one(make("bound.mp4", *X264, size=size), library=library, bounds=bounds)

    assert verdict.status == "rejected" and verdict.clip is None
    assert verdict.reason is not None and verdict.reason.code == code, verdict
    assert not list(library.ids()) and not list((library.root / ".work").glob("*"))


def test_a_file_that_changes_meanwhile_is_rejected(make: Callable[..., Path], library: Library) -> None:
    source = make("growing.mp4", *X264)
    content = clip_module.hash_file(source, bounds=Bounds())
    with source.open("ab") as stream:
        stream.write(b"more")

    verdict = prepare_one(source, library=library, content=content)

    assert verdict.reason is not None and verdict.reason.code == "changing" and not list(library.ids())


def test_a_pipe_in_a_files_place_is_never_waited_for(tmp_path: Path, library: Library) -> None:
    os.mkfifo(tmp_path / "pipe.mp4")

    assert prepare_one(tmp_path / "pipe.mp4", library=library).say().startswith("This is no regular file")


def test_the_long_side_and_quality_can_be_chosen(make: Callable[..., Path], library: Library) -> None:
    source = make("options.mp4", *X264, size="640x360")

    small = prepare_one(source, library=library, options=PrepareOptions(long_side=320)).clip
    coarse = prepare_one(source, library=library, options=PrepareOptions(quality=40)).clip

    assert small is not None and coarse is not None and (small.width, small.height) == (320, 180)
    assert coarse.bytes < source.stat().st_size


def test_videos_joined_byte_by_byte_are_a_clip_of_the_first_with_a_warning(
    make: Callable[..., Path], library: Library
) -> None:
    first, second = make("one.mp4", *HIGH, sound=True), make("two.mp4", *HIGH, sound=True)
    joined = first.with_name("joined.mp4")
    joined.write_bytes(first.read_bytes() + second.read_bytes())

    verdict = prepare_one(joined, library=library)

    assert verdict.status == "warning" and verdict.clip is not None
    assert [reason.code for reason in verdict.reasons] == ["joined"]
    assert verdict.reasons[0].say().startswith("2 videos are joined in this file")
    assert verdict.clip.duration_ms == pytest.approx(2000, abs=80)
