"""What a scene is, and a take of it: the same scene with other cosmetics, never with another truth."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, TypeVar

from relevance.demo.scenes.paint import Paint
from relevance.demo.scenes.sounds import Sound

T = TypeVar("T")
Frame = Callable[[float], None]
Kind = Literal["clear", "boundary", "gap", "ambiguous", "bad_clip"]

LANDSCAPE, PORTRAIT, SQUARE = (640, 360), (360, 640), (480, 480)


@dataclass(frozen=True, slots=True)
class Truth:
    """What a keyword's grade on a clip is, and why people may differ.

    level: the right level, 0 to 3, as the guideline's author would decide.
    kind: clear; boundary (between `level` and `other`); gap (no rule says); ambiguous (the keyword has two senses);
        bad_clip (it can't be graded from this file).
    other: the level that reasonable people would give instead, where there is one.
    rule: the guideline rule that decides, where one does.
    """

    level: int
    kind: Kind = "clear"
    other: int | None = None
    rule: str | None = None


@dataclass(slots=True)
class Take:
    """One rendering of a scene: number 0 is the scene as drawn; later ones differ in placement, colour, speed, side."""

    number: int
    rng: random.Random
    speed: float = 1.0
    mirror: bool = False
    zoom: float = 1.0

    def pick(self, choices: Sequence[T]) -> T:
        """A cosmetic choice; the first one for take 0."""
        return choices[0] if self.number == 0 else self.rng.choice(choices)

    def some(self, usual: int, least: int, most: int) -> int:
        """How many of something that no keyword asks about; `usual` for take 0."""
        return usual if self.number == 0 else self.rng.randint(least, most)

    def near(self, value: float, spread: float) -> float:
        """A number near the value; the value itself for take 0."""
        return value if self.number == 0 else value + self.rng.uniform(-spread, spread)


Drawing = Callable[[Paint, Take], Frame]


@dataclass(frozen=True, slots=True)
class Scene:
    """One clip of the catalogue.

    draw: paints the background on the canvas and returns what paints each frame at a time in seconds.
    truth: keyword key to truth, for each keyword that the clip is a candidate of.
    """

    name: str
    title_zh: str
    title_en: str
    description: str
    uploader: str
    draw: Drawing
    truth: Mapping[str, Truth]
    size: tuple[int, int] = LANDSCAPE
    seconds: float = 5.0
    fps: int = 15  # more where something moves quickly
    form: str = "h264.mp4"
    sound: Sound | None = None
    mirrors: bool = True
    zooms: bool = field(default=True)
