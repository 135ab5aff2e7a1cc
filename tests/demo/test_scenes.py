"""The demo's clips: enough of them, of every kind, and each decodes."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

from relevance.demo.keywords import BY_KEY
from relevance.demo.scenes import make_clips
from relevance.demo.scenes.catalogue import CATALOGUE
from relevance.demo.scenes.make import _take, frames, render
from relevance.demo.scenes.scene import PORTRAIT, SQUARE
from relevance.errors import BadInput
from relevance.media import ffmpeg

CODECS = {"h264": "h264", "hevc": "hevc", "vp9": "vp9", "av1": "av1", "mpeg4": "mpeg4"}


def _facts(path: Path) -> dict[str, object]:
    """What ffprobe says of a file, its frames counted by decoding them."""
    tools = ffmpeg.find()
    told = subprocess.run(
        [tools.ffprobe, "-v", "error", "-show_entries", "stream=codec_type,codec_name,width,height", "-of", "json", str(path)],
        check=True, capture_output=True,
    )  # fmt: skip
    streams = json.loads(told.stdout)["streams"]
    video = next(stream for stream in streams if stream["codec_type"] == "video")
    build = tools.for_codec(video["codec_name"])[0]
    out = subprocess.run(
        [build.path, "-nostdin", "-v", "error", "-xerror", "-i", str(path), "-map", "0:v", "-f", "framehash", "-"],
        check=True, capture_output=True, text=True,
    )  # fmt: skip
    decoded = [line for line in out.stdout.splitlines() if line and not line.startswith("#")]
    return {
        "codec": video["codec_name"], "size": (video["width"], video["height"]), "frames": len(decoded),
        "pictures": len({line.rsplit(",", 1)[1] for line in decoded}),
        "audio": any(stream["codec_type"] == "audio" for stream in streams),
    }  # fmt: skip


def test_there_are_at_least_24_scenes_each_with_a_name_of_its_own() -> None:
    assert len(CATALOGUE) >= 24
    assert len({scene.name for scene in CATALOGUE}) == len(CATALOGUE)
    assert len({scene.title_zh for scene in CATALOGUE}) == len(CATALOGUE)


def test_every_codec_and_container_is_among_them_and_every_shape() -> None:
    forms = {tuple(scene.form.split(".")) for scene in CATALOGUE}
    assert {codec for codec, _ in forms} == set(CODECS)
    assert {container for _, container in forms} == {"mp4", "mkv", "webm", "avi", "mov"}
    assert {PORTRAIT, SQUARE} < {scene.size for scene in CATALOGUE}
    assert all(4 <= scene.seconds <= 8 for scene in CATALOGUE)


def test_some_have_sound_and_some_have_none() -> None:
    silent = [scene for scene in CATALOGUE if scene.sound is None]
    assert 5 <= len(silent) < len(CATALOGUE) - 5


def test_every_truth_names_a_keyword_and_a_level() -> None:
    for scene in CATALOGUE:
        assert scene.truth, scene.name
        for key, truth in scene.truth.items():
            assert key in BY_KEY, (scene.name, key)
            assert truth.level in (0, 1, 2, 3)
            assert (truth.kind == "clear") == (truth.other is None), (scene.name, key)


@pytest.mark.parametrize("scene", CATALOGUE, ids=lambda scene: scene.name)
def test_every_scene_draws_at_its_beginning_and_as_a_later_take(scene) -> None:  # type: ignore[no-untyped-def]
    for number in (0, 1):
        size = (scene.size[0] // 4, scene.size[1] // 4)
        paint = next(frames(scene, _take(scene, number, 3), size, 2))
        assert len(paint.pixels()) == size[0] * size[1] * 3 // 2  # colour at a quarter of the pixels, twice


@pytest.mark.parametrize(
    "name", ["countdown", "fish-and-chips", "siren-in-the-dark", "parked-ambulance", "orange-triangle", "plush-cat"]
)
def test_a_clip_of_each_kind_of_file_decodes_to_all_its_frames(name: str, tmp_path: Path) -> None:
    scene = next(scene for scene in CATALOGUE if scene.name == name)
    facts = _facts(render(scene, 0, tmp_path))
    assert facts["codec"] == CODECS[scene.form.split(".")[0]]
    assert facts["size"] == scene.size
    assert facts["frames"] == round(scene.seconds * scene.fps)
    assert facts["audio"] == (scene.sound is not None)


def test_more_clips_than_scenes_are_other_takes_and_all_differ(tmp_path: Path) -> None:
    scenes = [next(scene for scene in CATALOGUE if scene.name == "red-triangle")] * 3
    files = [render(scene, number, tmp_path).read_bytes() for number, scene in enumerate(scenes)]
    assert len(set(files)) == 3
    assert not [path for path in tmp_path.iterdir() if path.name.startswith(".")]  # nothing half made is left


def test_the_same_seed_makes_the_same_file(tmp_path: Path) -> None:
    scene = next(scene for scene in CATALOGUE if scene.name == "shapes-drift")
    one, two = tmp_path / "one", tmp_path / "two"
    one.mkdir(), two.mkdir()
    assert render(scene, 1, one, seed=5).read_bytes() == render(scene, 1, two, seed=5).read_bytes()
    assert render(scene, 1, one, seed=6).read_bytes() != render(scene, 1, two, seed=5).read_bytes()


def test_make_clips_gives_titles_and_truth_in_the_order_of_the_catalogue(tmp_path: Path) -> None:
    clips = make_clips(tmp_path / "clips", count=2, workers=2)
    assert [clip.scene for clip in clips] == [CATALOGUE[0].name, CATALOGUE[1].name]
    assert all(clip.path.is_file() and clip.title_zh and clip.truth for clip in clips)


def test_no_clips_at_all_are_refused(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="at least one clip; 0 were asked for"):
        make_clips(tmp_path, count=0)
