"""A canvas for flat illustrations: anti-aliased by drawing larger and averaging down, with a static background.

Scenes draw in logical units (the scene's own width and height), so that the same scene renders at any size. What is
drawn before `keep()` is the background; each frame `begin()`s from it.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import lru_cache

import numpy as np
from PIL import Image, ImageDraw, ImageFont

Point = tuple[float, float]
Matrix = tuple[float, float, float, float, float, float]  # x' = a x + b y + c; y' = d x + e y + f
SUPERSAMPLE = 2


@lru_cache(maxsize=256)
def _disc(radius: int, strength: int) -> Image.Image:
    """A soft disc of so many pixels' radius: of a strength (0 to 32) in the middle, nothing at the rim."""
    axis = np.linspace(-1, 1, 2 * radius, dtype=np.float32)
    distance = np.sqrt(axis[:, None] ** 2 + axis[None, :] ** 2)
    return Image.fromarray((np.clip(1 - distance, 0, 1) ** 2 * (255 * strength / 32)).astype(np.uint8))


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


class Paint:
    """The canvas. `width` and `height` are logical; `size` is what comes out, in pixels."""

    def __init__(self, width: float, height: float, size: tuple[int, int], *, zoom: float = 1.0, mirror: bool = False):
        self.width, self.height, self.size = width, height, size
        self._image = Image.new("RGB", (size[0] * SUPERSAMPLE, size[1] * SUPERSAMPLE), "#ffffff")
        self._draw = ImageDraw.Draw(self._image, "RGBA")
        self._kept = self._image
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
        self._image.paste(self._kept)

    def pixels(self) -> bytes:
        """The frame as rgb24 rows at the size that comes out."""
        return self._image.reduce(SUPERSAMPLE).tobytes()

    def picture(self) -> Image.Image:
        """The frame as an image at the size that comes out."""
        return self._image.reduce(SUPERSAMPLE)

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
        self._draw.rectangle((0, 0, *self._image.size), fill=colour)

    def sky(self, *colours: str, top: float = 0, bottom: float | None = None) -> None:
        """A vertical gradient through the colours, between two logical heights."""
        low = self._to([(0, top), (0, self.height if bottom is None else bottom)])
        y0, y1 = int(low[0][1]), max(int(low[1][1]), int(low[0][1]) + 1)
        stops = np.array([[int(c[i : i + 2], 16) for i in (1, 3, 5)] for c in colours], dtype=np.float32)
        where = np.linspace(0, len(colours) - 1, y1 - y0)
        rows = np.stack([np.interp(where, np.arange(len(colours)), stops[:, i]) for i in range(3)], axis=1)
        column = Image.fromarray(rows.astype(np.uint8)[:, None, :])
        self._image.paste(column.resize((self._image.width, y1 - y0)), (0, y0))

    def poly(self, points: Sequence[Point], colour: str) -> None:
        """A filled polygon."""
        self._draw.polygon(self._to(points), fill=colour)

    def blob(self, points: Sequence[Point], colour: str) -> None:
        """A filled smooth shape through the points."""
        self._draw.polygon(self._to(smooth(points, closed=True)), fill=colour)

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
        corners = ((x + w - r, y + r, -90), (x + w - r, y + h - r, 0), (x + r, y + h - r, 90), (x + r, y + r, 180))
        self.poly(
            [
                (cx + r * math.cos(math.radians(from_ + 15 * i)), cy + r * math.sin(math.radians(from_ + 15 * i)))
                for cx, cy, from_ in corners
                for i in range(7)
            ],
            colour,
        )

    def line(self, points: Sequence[Point], colour: str, width: float, *, round_ends: bool = True) -> None:
        """A line through the points, so many units wide."""
        pixels = max(1, round(width * self._scale))
        to = self._to(points)
        self._draw.line(to, fill=colour, width=pixels, joint="curve" if pixels > 3 else None)
        if round_ends and pixels > 3 and len(colour) == 7:
            for px, py in (to[0], to[-1]):
                r = pixels / 2 - 0.5
                self._draw.ellipse((px - r, py - r, px + r, py + r), fill=colour)

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
        self._image.paste(colour, (round(px - radius), round(py - radius)), disc)

    def text(self, x: float, y: float, words: str, size: float, colour: str, anchor: str = "mm") -> None:
        """Upright text (Latin: the built-in font has no more)."""
        [(px, py)] = self._to([(x, y)])
        self._draw.text((px, py), words, fill=colour, font=_font(max(6, round(size * self._scale))), anchor=anchor)
