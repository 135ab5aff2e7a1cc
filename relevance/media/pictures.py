"""Poster, filmstrip and fingerprint, made from raw pictures that the check took on its way."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from relevance.media.verdict import Strip

TILES = 12
TILE_SIDE = 160  # the long side of a tile, pixels
STILL_SIDE = 640  # the long side of the poster
SAMPLES_PER_SECOND = 2
SAMPLES_MOST = 2400  # twenty minutes; 16 hex digits each


def fit(width: int, height: int, side: int) -> tuple[int, int]:
    """A size of the same shape whose long side is at most `side`; even, and at least 2.

    >>> fit(1280, 720, 160), fit(100, 100, 160)
    ((160, 90), (100, 100))
    """
    scale = min(1.0, side / max(width, height))
    return max(2, 2 * round(width * scale / 2)), max(2, 2 * round(height * scale / 2))


def tile_frames(frames: int, duration_s: float) -> tuple[int, ...]:
    """Which frames the filmstrip shows: one a second or so, evenly spaced, from the middle of each part.

    >>> tile_frames(250, 10.0)[:3], len(tile_frames(250, 10.0)), tile_frames(1, 0.04)
    ((12, 37, 62), 10, (0,))
    """
    tiles = min(frames, TILES, max(4, round(duration_s)))
    return tuple(int((part + 0.5) * frames / tiles) for part in range(tiles))


def draw(stills: bytes, size: tuple[int, int], times_ms: tuple[int, ...], poster: Path, strip: Path) -> Strip:
    """Writes poster and filmstrip as JPEG, and says how the strip is laid out. `stills` holds at least one picture."""
    width, height = size
    pictures = np.frombuffer(stills, np.uint8, len(times_ms) * width * height * 3).reshape(-1, height, width, 3)
    Image.fromarray(pictures[best(pictures)]).save(poster, "JPEG", quality=82, optimize=True)
    tile = fit(width, height, TILE_SIDE)
    sheet = Image.new("RGB", (tile[0] * len(pictures), tile[1]))
    for place, picture in enumerate(pictures):
        sheet.paste(Image.fromarray(picture).resize(tile, Image.Resampling.BILINEAR), (place * tile[0], 0))
    sheet.save(strip, "JPEG", quality=75, optimize=True)
    return Strip(len(pictures), tile[0], tile[1], times_ms)


def best(pictures: NDArray[np.uint8]) -> int:
    """The picture to stand for the clip: the one next to the first third that isn't nearly blank.

    `pictures` is (n, height, width, 3). A picture counts as blank if it varies less than half as much as the liveliest.
    """
    variety = pictures.reshape(len(pictures), -1)[:, ::7].astype(np.float32).std(axis=1)
    lively = np.flatnonzero(variety >= 0.5 * variety.max())
    third = (len(pictures) - 1) / 3
    return int(lively[np.argmin(np.abs(lively - third))])


def fingerprint(samples: bytes) -> str:
    """The clip's difference hash: 64 bits for every half second, as 16 hex digits each, the first twenty minutes.

    A bit says whether a pixel of a 9 x 8 grey picture is brighter than its right neighbour, row by row. Encoding anew,
    scaling and a change of brightness leave nearly all bits as they are.

    >>> fingerprint(bytes(72))
    '0000000000000000'
    """
    count = min(len(samples) // 72, SAMPLES_MOST)
    grey = np.frombuffer(samples, np.uint8, count * 72).reshape(count, 8, 9)
    bits = grey[:, :, :-1] > grey[:, :, 1:]
    return np.packbits(bits.reshape(count, 64), axis=1).tobytes().hex()


def distance(one: str, other: str) -> float:
    """How far apart two fingerprints are: the mean share of differing bits over their common length, 0 to 1.

    Half is what unrelated clips have. With nothing in common to compare it is 1.

    >>> distance("00000000000000ff", "0000000000000000")
    0.125
    """
    length = min(len(one), len(other)) // 16 * 16
    if not length:
        return 1.0
    return (int(one[:length], 16) ^ int(other[:length], 16)).bit_count() / (length * 4)
