"""Balls: the right one, late, another one, on a screen."""

from __future__ import annotations

import math

from relevance.demo.scenes.figures import ball, cloud, room, screen, skyline, tree
from relevance.demo.scenes.paint import Paint
from relevance.demo.scenes.scene import Frame, Scene, Take, Truth
from relevance.demo.scenes.sounds import birds, silence, thumps

PERIOD = 0.95


def _height(t: float) -> float:
    """How high above the ground a ball that bounces for ever is: 0 to 1."""
    u = (t % PERIOD) / PERIOD
    return 4 * u * (1 - u)


def _goal(p: Paint, x: float, y: float, size: float) -> None:
    with p.at(x, y, size=size):
        for i in range(11):
            p.line([(-70 + i * 14, -80), (-70 + i * 14, 0)], "#ffffff60", 1)
        for i in range(6):
            p.line([(-70, -i * 15), (70, -i * 15)], "#ffffff60", 1)
        p.line([(-72, 0), (-72, -84), (72, -84), (72, 0)], "#ffffff", 6)


def _pitch(p: Paint, level: float) -> None:
    for i in range(9):
        p.box(i * 80 - 40, level, 40, p.height - level, "#ffffff14")
    p.box(0, level + 34, p.width, 4, "#ffffffc0")


def _bounce(p: Paint, take: Take) -> Frame:
    p.sky(take.pick(["#8fcbeb", "#f4c58f", "#a9b8e8"]), "#eaf6fb", bottom=230)
    cloud(p, take.near(120, 50), 60, 0.9)
    cloud(p, take.near(500, 50), 90, 0.7)
    p.box(0, 226, 640, 140, "#6fb35e")
    _pitch(p, 226)
    _goal(p, take.near(480, 40), 250, 1.15)

    def frame(t: float) -> None:
        x, high = 90 + 84 * t, _height(t)
        p.oval(x, 324, 46 - 18 * high, 8 - 3 * high, f"#1c2540{int(90 - 50 * high):02x}")
        squash = max(0.0, 0.12 - high) * 1.4
        ball(p, x, 280 + 4 * squash * 20 - 176 * high, 44, t * 190)

    return frame


def _late(p: Paint, take: Take) -> Frame:
    p.sky("#a9d6ec", "#eef8f4", bottom=230)
    cloud(p, take.near(420, 60), 64, 1)
    p.box(0, 220, 640, 140, "#7fbf6b")
    p.blob([(-40, 262), (-40, 214), (180, 196), (420, 220), (700, 200), (700, 262)], "#93cb7c")
    for x, s in ((80, 1.3), (250, 1.0), (590, 1.4)):
        tree(p, take.near(x, 20), 262, s)
    p.box(352, 252, 150, 9, "#9a6b43", 3)
    p.box(352, 226, 150, 9, "#9a6b43", 3)
    for x in (364, 482):
        p.box(x, 226, 8, 56, "#5b4330")

    def frame(t: float) -> None:
        for i in range(3):
            x = (120 + i * 150 + 46 * t) % 700
            p.curve(
                [
                    (x - 12, 110 + i * 22 + 5 * math.sin(t * 9 + i)),
                    (x, 114 + i * 22),
                    (x + 12, 110 + i * 22 + 5 * math.sin(t * 9 + i)),
                ],
                "#3b4a5a",
                2.6,
            )
        if t > 4.0:
            x = -30 + 300 * (t - 4.0)
            p.oval(x, 326, 24, 5, "#1c254050")
            ball(p, x, 304 - 14 * abs(math.sin((t - 4) * 7)), 22, t * 420)

    return frame


def _basket(p: Paint, take: Take) -> Frame:
    p.sky("#f3d9b8", "#f9ecd8", bottom=260)
    skyline(p, 250, "#d9b48f", take.rng, low=30, high=110)
    p.box(0, 250, 640, 110, take.pick(["#c9694a", "#4f7fa3", "#5f8f6b"]))
    p.box(0, 300, 640, 4, "#ffffffc0")
    p.box(548, 60, 10, 210, "#4b525c")
    p.box(470, 42, 90, 62, "#ffffff", 4)
    p.box(496, 62, 38, 28, "#e4572e")
    p.box(500, 66, 30, 20, "#ffffff")
    p.box(462, 100, 60, 5, "#e4572e", 2)
    for i in range(6):
        p.line([(464 + i * 11, 105), (472 + i * 8, 138)], "#ffffff", 1.6)

    def frame(t: float) -> None:
        high, x = _height(t), 190 + 26 * math.sin(t * 0.8)
        p.oval(x, 332, 42 - 16 * high, 7, "#1c254045")
        with p.at(x, 290 - 150 * high, turn=t * 120):
            p.oval(0, 0, 40, colour="#e8823a")
            p.line([(-40, 0), (40, 0)], "#5b3420", 2.6)
            p.line([(0, -40), (0, 40)], "#5b3420", 2.6)
            for side in (-1, 1):
                p.curve([(side * 26, -30), (side * 12, 0), (side * 26, 30)], "#5b3420", 2.6)
        p.oval(x - 12, 276 - 150 * high, 13, 9, "#ffffff38")

    return frame


def _television(p: Paint, take: Take) -> Frame:
    room(p, take.pick(["#cdd6d0", "#dccfc4"]), "#8c6a50", 286)
    p.box(96, 268, 448, 40, "#6d4f3a", 5)
    p.box(104, 274, 140, 28, "#7d5c45", 3)
    p.box(396, 274, 140, 28, "#7d5c45", 3)
    p.box(44, 190, 34, 96, "#c8794f", 6)
    for a in (-34, -12, 14, 36):
        p.curve([(61, 190), (61 + a * 0.4, 150), (61 + a, 122)], "#5b9a5f", 7)

    def frame(t: float) -> None:
        x, y, w, h = 150, 40, 340, 196
        p.box(x, y, w, h, "#6fb35e")
        for i in range(5):
            p.box(x + i * 68, y + 50, 34, h - 50, "#ffffff14")
        p.box(x, y, w, 50, "#4a5a78")
        for i in range(60):
            p.oval(
                x + 6 + (i * 37) % 330,
                y + 8 + (i * 13) % 36 + 2 * math.sin(t * 8 + i),
                3,
                colour=("#f2c9a4", "#d9a07a", "#8a5a40")[i % 3],
            )
        p.line([(x, y + 52), (x + w, y + 52)], "#ffffff", 2)
        for i, (px, colour) in enumerate(((60, "#d8434e"), (150, "#f5f5f5"), (250, "#d8434e"))):
            cx, cy, step = x + px + 26 * math.sin(t * 1.5 + i), y + 120 + i * 10, math.sin(t * 9 + i)
            p.line([(cx, cy), (cx - 8 * step, cy + 26)], "#2f3542", 5)
            p.line([(cx, cy), (cx + 8 * step, cy + 26)], "#2f3542", 5)
            p.box(cx - 9, cy - 26, 18, 28, colour, 6)
            p.oval(cx, cy - 34, 8, colour="#d9a07a")
        ball(p, x + 60 + (t * 66) % 240, y + 150 - 34 * _height(t * 0.9), 10, t * 300)
        p.box(x + 10, y + 10, 74, 18, "#1f2636", 3)
        p.text(x + 47, y + 19, "HOM 1:0 GST", 10, "#ffffff")
        screen(p, x, y, w, h)

    return frame


SCENES = (
    Scene("ball-on-grass", "草地上的足球", "Ball on the grass", "A football bounces past a goal.", "park-sports", _bounce,
          {"football": Truth(3, rule="main-subject"), "dog": Truth(0), "orange": Truth(0)}, form="h264.mp4", seconds=5, fps=25, sound=thumps([PERIOD * i for i in range(1, 6)])),
    Scene("empty-park", "空荡荡的公园", "The empty park", "An empty park; in the last second a football rolls in.", "park-sports", _late,
          {"football": Truth(1, "boundary", 3, "late-appearance"), "dog": Truth(0)}, form="hevc.mp4", seconds=5, sound=birds),
    Scene("basketball", "街头投篮", "Street ball", "A basketball bounces in front of a hoop.", "park-sports", _basket,
          {"football": Truth(0, rule="look-alike"), "orange": Truth(0, rule="look-alike")}, form="mpeg4.avi", seconds=4, fps=20, sound=thumps([PERIOD * i for i in range(5)])),
    Scene("match-on-tv", "客厅看球", "Match on the telly", "A living room; a football match runs on the television.", "home-stories", _television,
          {"football": Truth(2, "gap", 0)}, form="h264.mp4", seconds=5, sound=silence, mirrors=False),
)  # fmt: skip
