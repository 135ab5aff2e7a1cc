"""A canvas for flat illustrations: anti-aliased by drawing larger and averaging down, with a static background.

Scenes draw in logical units (the scene's own width and height), so that the same scene renders at any size. What is
drawn before `keep()` is the background; each frame `begin()`s from it. Only the part of the picture that a frame or the
one before it drew on is restored, averaged and put into video's colours: most of a scene stands still.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Hashable, Iterator, Sequence
from contextlib import contextmanager
from functools import lru_cache

import numpy as np
from PIL import Image, ImageDraw, ImageFont

Point = tuple[float, float]
Matrix = tuple[float, float, float, float, float, float]  # x' = a x + b y + c; y' = d x + e y + f
Box = tuple[int, int, int, int]  # left, upper, right, lower, in pixels of the canvas
SUPERSAMPLE = 2
BLOCK = 2 * SUPERSAMPLE  # pixels of the canvas along a side for one of colour: video has half as many of those
# Of red, green, blue, and what is added: BT.709, 16 to 235 and 16 to 240, as nearly all video has it.
_RED, _BLUE = 0.2126, 0.0722
_GREEN = 1 - _RED - _BLUE
_LUMA = (_RED * 219 / 255, _GREEN * 219 / 255, _BLUE * 219 / 255, 16.0)
_TO_BLUE = (*(w * 112 / 255 / (1 - _BLUE) for w in (-_RED, -_GREEN, 1 - _BLUE)), 128.0)
_TO_RED = (*(w * 112 / 255 / (1 - _RED) for w in (1 - _RED, -_GREEN, -_BLUE)), 128.0)
NOTHING: Box = (1 << 30, 1 << 30, -1, -1)  # joined with another box it is that box


@lru_cache(maxsize=256)
def _disc(radius: int, strength: int) -> Image.Image:
    """A soft disc of so many pixels' radius: of a strength (0 to 32) in the middle, nothing at the rim."""
    axis = np.linspace(-1, 1, 2 * radius, dtype=np.float32)
    distance = np.sqrt(axis[:, None] ** 2 + axis[None, :] ** 2)
    return Image.fromarray((np.clip(1 - distance, 0, 1) ** 2 * (255 * strength / 32)).astype(np.uint8))


@lru_cache(maxsize=8)
def _gradient(colours: tuple[str, ...], width: int, rows: int) -> Image.Image:
    """So many rows from the first colour to the last."""
    stops = np.array([[int(c[i : i + 2], 16) for i in (1, 3, 5)] for c in colours], dtype=np.float32)
    where = np.linspace(0, len(colours) - 1, rows)
    column = np.stack([np.interp(where, np.arange(len(colours)), stops[:, i]) for i in range(3)], axis=1)
    return Image.fromarray(column.astype(np.uint8)[:, None, :]).resize((width, rows))


# The corners of a rounded box around their middles: upper right, lower right, lower left, upper left.
_CORNERS = tuple(
    tuple((math.cos(math.radians(start + 15 * i)), math.sin(math.radians(start + 15 * i))) for i in range(7))
    for start in (-90, 0, 90, 180)
)


@lru_cache(maxsize=4)
def _circle(n: int) -> tuple[Point, ...]:
    """A unit circle's corners."""
    return tuple((math.cos(2 * math.pi * i / n), math.sin(2 * math.pi * i / n)) for i in range(n))


@lru_cache(maxsize=64)
def _font(size: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    return ImageFont.load_default(size)


def smooth(points: Sequence[Point], *, closed: bool = False, steps: int = 8) -> list[Point]:
    """A smooth curve (Catmull-Rom) through the points."""
    return list(_smooth(tuple(points), closed, steps))


@lru_cache(maxsize=4096)
def _smooth(points: tuple[Point, ...], closed: bool, steps: int) -> tuple[Point, ...]:
    n = len(points)
    if n < 3:
        return points
    out: list[Point] = []
    for i in range(n if closed else n - 1):
        p0, p1, p2, p3 = ((points[(i + k) % n] if closed else points[min(max(i + k, 0), n - 1)]) for k in (-1, 0, 1, 2))
        for s in range(steps):
            u = s / steps
            a, b, c, d = -u + 2 * u**2 - u**3, 2 - 5 * u**2 + 3 * u**3, u + 4 * u**2 - 3 * u**3, u**3 - u**2
            out.append(
                (
                    (a * p0[0] + b * p1[0] + c * p2[0] + d * p3[0]) / 2,
                    (a * p0[1] + b * p1[1] + c * p2[1] + d * p3[1]) / 2,
                )
            )
    if not closed:
        out.append(points[-1])
    return tuple(out)


@lru_cache(maxsize=1024)
def mix(one: str, other: str, share: float) -> str:
    """A colour between two `#rrggbb` colours: `share` 0 gives the one, 1 the other.

    >>> mix("#000000", "#ffffff", 0.5)
    '#7f7f7f'
    """
    share = min(1.0, max(0.0, share))
    parts = (int(int(one[i : i + 2], 16) * (1 - share) + int(other[i : i + 2], 16) * share) for i in (1, 3, 5))
    return "#" + "".join(f"{part:02x}" for part in parts)


def fade(colour: str, alpha: float) -> str:
    """The `#rrggbb` colour made translucent; `alpha` 0 to 1.

    >>> fade("#ff0000", 1)
    '#ff0000ff'
    """
    return f"{colour[:7]}{int(255 * min(1.0, max(0.0, alpha))):02x}"


def _join(one: Box, other: Box) -> Box:
    """The smallest box that holds both."""
    return min(one[0], other[0]), min(one[1], other[1]), max(one[2], other[2]), max(one[3], other[3])


class Paint:
    """The canvas. `width` and `height` are logical; `size` is what comes out, in pixels."""

    def __init__(self, width: float, height: float, size: tuple[int, int], *, zoom: float = 1.0, mirror: bool = False):
        self.width, self.height, self.size = width, height, size
        self._image = Image.new("RGB", (size[0] * SUPERSAMPLE, size[1] * SUPERSAMPLE), "#ffffff")
        # Two pens for one image: that which can blend takes six times as long for a plain colour.
        self._plain, self._blending = ImageDraw.Draw(self._image), ImageDraw.Draw(self._image, "RGBA")
        self._kept = self._image
        self._mists: list[tuple[str, tuple[int, int], Image.Image]] = []
        self._stills: dict[Hashable, tuple[Box, Image.Image]] = {}
        # The frame as video has it, as of the last `pixels()`: how bright, how blue, how red.
        half = (size[0] // 2, size[1] // 2)
        self._planes = (Image.new("L", size), Image.new("L", half), Image.new("L", half))
        self._drawn: Box = (0, 0, *self._image.size)  # what this frame drew on
        self._stale: Box = NOTHING  # what `_planes` have from frames before and the canvas no longer
        k = SUPERSAMPLE * size[0] / width * zoom
        shift_x, shift_y = (zoom - 1) * width / 2 * k / zoom, (zoom - 1) * height / 2 * k / zoom
        self._matrix: Matrix = (
            (-k, 0, self._image.width + shift_x, 0, k, -shift_y) if mirror else (k, 0, -shift_x, 0, k, -shift_y)
        )
        self._scale = k

    # Frames -----------------------------------------------------------------------------------------------------

    def keep(self) -> None:
        """What is drawn now is the background of every frame."""
        self._kept = self._image.copy()

    def begin(self) -> None:
        """Starts a frame from the background."""
        if box := self._within(self._drawn):
            self._image.paste(self._kept if box == (0, 0, *self._image.size) else self._kept.crop(box), box)
        self._stale, self._drawn = _join(self._stale, self._drawn), NOTHING
        self._mists.clear()

    def pixels(self) -> bytes:
        """The frame at the size that comes out, as FFmpeg's yuv420p: BT.709, 16 to 235."""
        if box := self._within(_join(self._stale, self._drawn)):
            fine = self._image.reduce(SUPERSAMPLE, box)
            left, upper = box[0] // BLOCK, box[1] // BLOCK
            for colour, place, disc in self._mists:
                fine.paste(colour, (place[0] - 2 * left, place[1] - 2 * upper), disc)
            coarse = fine.reduce(2)
            bright, blue, red = self._planes
            bright.paste(fine.convert("L", _LUMA), (2 * left, 2 * upper))
            blue.paste(coarse.convert("L", _TO_BLUE), (left, upper))
            red.paste(coarse.convert("L", _TO_RED), (left, upper))
        self._stale = NOTHING
        return b"".join(plane.tobytes() for plane in self._planes)

    def still(self, key: Hashable, draw: Callable[[], None]) -> None:
        """What a frame begins with and `draw` draws, always the same for a key: drawn once, copied from then on."""
        if key not in self._stills:
            draw()
            box = self._within(self._drawn) or (0, 0, BLOCK, BLOCK)
            self._stills[key] = box, self._image.crop(box)
            return
        box, picture = self._stills[key]
        self._image.paste(picture, box)
        self._drawn = _join(self._drawn, box)

    def _within(self, box: Box) -> Box | None:
        """The part of a box that lies on the canvas, in whole blocks; None where there is none."""
        k, (width, height) = BLOCK, self._image.size
        left, upper = max(0, box[0] // k * k), max(0, box[1] // k * k)
        right, lower = min(width, -(-box[2] // k) * k), min(height, -(-box[3] // k) * k)
        return (left, upper, right, lower) if left < right and upper < lower else None

    def _touch(self, points: Sequence[Point], reach: int) -> None:
        """Notes that what lies between the points, and so many pixels around them, is drawn on."""
        xs, ys = zip(*points, strict=True)
        box = int(min(xs)) - reach, int(min(ys)) - reach, int(max(xs)) + reach, int(max(ys)) + reach
        self._drawn = _join(self._drawn, box)

    def _pen(self, colour: str) -> ImageDraw.ImageDraw:
        return self._plain if len(colour) == 7 else self._blending

    # Where ------------------------------------------------------------------------------------------------------

    @contextmanager
    def at(self, x: float = 0, y: float = 0, *, turn: float = 0, size: float = 1, flip: bool = False) -> Iterator[None]:
        """Draws what follows moved to (x, y), turned clockwise by degrees, made larger, or mirrored."""
        before, scale = self._matrix, self._scale
        a, b, c, d, e, f = before
        cos, sin = math.cos(math.radians(turn)) * size, math.sin(math.radians(turn)) * size
        side = -1 if flip else 1
        m = (cos * side, -sin, sin * side, cos)
        self._matrix = (
            a * m[0] + b * m[2], a * m[1] + b * m[3], a * x + b * y + c,
            d * m[0] + e * m[2], d * m[1] + e * m[3], d * x + e * y + f,
        )  # fmt: skip
        self._scale = scale * size
        try:
            yield
        finally:
            self._matrix, self._scale = before, scale

    def _to(self, points: Sequence[Point]) -> list[Point]:
        a, b, c, d, e, f = self._matrix
        return [(a * x + b * y + c, d * x + e * y + f) for x, y in points]

    # Shapes -----------------------------------------------------------------------------------------------------

    def fill(self, colour: str) -> None:
        """The whole canvas in one colour."""
        self._drawn = (0, 0, *self._image.size)
        self._pen(colour).rectangle(self._drawn, fill=colour)

    def sky(self, *colours: str, top: float = 0, bottom: float | None = None) -> None:
        """A vertical gradient through the colours, between two logical heights."""
        low = self._to([(0, top), (0, self.height if bottom is None else bottom)])
        y0, y1 = int(low[0][1]), max(int(low[1][1]), int(low[0][1]) + 1)
        self._image.paste(_gradient(colours, self._image.width, y1 - y0), (0, y0))
        self._drawn = _join(self._drawn, (0, y0, self._image.width, y1))

    def poly(self, points: Sequence[Point], colour: str) -> None:
        """A filled polygon."""
        to = self._to(points)
        self._touch(to, 2)
        self._pen(colour).polygon(to, fill=colour)

    def blob(self, points: Sequence[Point], colour: str) -> None:
        """A filled smooth shape through the points."""
        self.poly(_smooth(tuple(points), True, 8), colour)

    def oval(self, x: float, y: float, rx: float, ry: float | None = None, colour: str = "#000000") -> None:
        """A filled ellipse (a circle where one radius is given)."""
        ry = rx if ry is None else ry
        n = 20 if max(rx, ry) * self._scale < 30 else 56
        self.poly([(x + rx * cos, y + ry * sin) for cos, sin in _circle(n)], colour)

    def pie(self, x: float, y: float, r: float, start: float, end: float, colour: str) -> None:
        """A filled sector from one angle to another, in degrees, clockwise from the right."""
        n = max(3, int(abs(end - start) / 6))
        angles = [math.radians(start + (end - start) * i / n) for i in range(n + 1)]
        self.poly([(x, y)] + [(x + r * math.cos(w), y + r * math.sin(w)) for w in angles], colour)

    def box(self, x: float, y: float, w: float, h: float, colour: str, radius: float = 0) -> None:
        """A filled rectangle with its upper left corner at (x, y), its corners rounded."""
        r = min(radius, w / 2, h / 2)
        if r <= 0:
            self.poly([(x, y), (x + w, y), (x + w, y + h), (x, y + h)], colour)
            return
        left, upper, right, lower = x + r, y + r, x + w - r, y + h - r
        middles = ((right, upper), (right, lower), (left, lower), (left, upper))
        self.poly(
            [
                (mx + r * cos, my + r * sin)
                for (mx, my), turns in zip(middles, _CORNERS, strict=True)
                for cos, sin in turns
            ],
            colour,
        )

    def line(self, points: Sequence[Point], colour: str, width: float, *, round_ends: bool = True) -> None:
        """A line through the points, so many units wide."""
        pixels = max(1, round(width * self._scale))
        to = self._to(points)
        self._touch(to, pixels // 2 + 3)
        pen = self._pen(colour)
        pen.line(to, fill=colour, width=pixels, joint="curve" if pixels > 3 else None)
        if round_ends and pixels > 3 and len(colour) == 7:
            for px, py in (to[0], to[-1]):
                r = pixels / 2 - 0.5
                pen.ellipse((px - r, py - r, px + r, py + r), fill=colour)

    def curve(self, points: Sequence[Point], colour: str, width: float) -> None:
        """A smooth line through the points."""
        self.line(smooth(points), colour, width)

    def ring(self, x: float, y: float, r: float, colour: str, width: float) -> None:
        """A circle's outline."""
        self.line(
            [(x + r * math.cos(i * math.pi / 32), y + r * math.sin(i * math.pi / 32)) for i in range(65)],
            colour, width, round_ends=False,
        )  # fmt: skip

    def glow(self, x: float, y: float, r: float, colour: str, alpha: float = 1.0) -> None:
        """Soft light around a point."""
        radius = max(2, round(r * self._scale / 4) * 4)
        [(px, py)] = self._to([(x, y)])
        disc = _disc(radius, round(32 * min(1.0, max(0.0, alpha))))
        left, upper = round(px - radius), round(py - radius)
        self._image.paste(colour, (left, upper), disc)
        self._drawn = _join(self._drawn, (left, upper, left + 2 * radius, upper + 2 * radius))

    def mist(self, x: float, y: float, r: float, colour: str, alpha: float = 1.0) -> None:
        """Soft light as `glow` gives, but over all that the frame shows; it has no edges to smooth, and is cheaper."""
        radius = max(2, round(r * self._scale / BLOCK) * 2)
        [(px, py)] = self._to([(x, y)])
        left, upper = round(px / SUPERSAMPLE - radius), round(py / SUPERSAMPLE - radius)
        self._mists.append((colour, (left, upper), _disc(radius, round(32 * min(1.0, max(0.0, alpha))))))
        self._touch(
            [
                (px - SUPERSAMPLE * radius, py - SUPERSAMPLE * radius),
                (px + SUPERSAMPLE * radius, py + SUPERSAMPLE * radius),
            ],
            BLOCK,
        )

    def text(self, x: float, y: float, words: str, size: float, colour: str, anchor: str = "mm") -> None:
        """Upright text (Latin: the built-in font has no more)."""
        [(px, py)] = self._to([(x, y)])
        font, pen = _font(max(6, round(size * self._scale))), self._pen(colour)
        left, upper, right, lower = pen.textbbox((px, py), words, font=font, anchor=anchor)
        self._touch([(left, upper), (right, lower)], 2)
        pen.text((px, py), words, fill=colour, font=font, anchor=anchor)
