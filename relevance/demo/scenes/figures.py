"""Figures that several scenes share, each drawn around its own origin: move it with `paint.at(...)`."""

from __future__ import annotations

import math
import random

from relevance.demo.scenes.paint import Paint, fade, mix

INK = "#2f3542"


def cloud(p: Paint, x: float, y: float, size: float, colour: str = "#ffffff") -> None:
    """A flat cloud; `size` 1 is about 110 units wide."""
    with p.at(x, y, size=size):
        for cx, cy, r in ((-34, 4, 20), (-10, -10, 27), (20, -4, 23), (40, 8, 15)):
            p.oval(cx, cy, r, colour=colour)
        p.box(-54, 4, 109, 19, colour, 10)


def tree(p: Paint, x: float, y: float, size: float, leaf: str = "#4c9a6a", trunk: str = "#7a5640") -> None:
    """A round tree whose foot is at (x, y)."""
    with p.at(x, y, size=size):
        p.poly([(-6, 0), (6, 0), (4, -46), (-4, -46)], trunk)
        p.oval(0, -72, 34, 38, mix(leaf, "#000000", 0.12))
        p.oval(-5, -76, 30, 34, leaf)
        p.oval(-13, -86, 13, 14, mix(leaf, "#ffffff", 0.18))


def fir(p: Paint, x: float, y: float, size: float, leaf: str = "#3d6b62", snow: bool = False) -> None:
    """A fir whose foot is at (x, y)."""
    with p.at(x, y, size=size):
        p.box(-4, -12, 8, 12, "#6b4c3b")
        for i in range(3):
            w, top = 30 - 7 * i, -42 - 24 * i
            p.poly([(-w, top + 34), (w, top + 34), (0, top)], mix(leaf, "#ffffff", 0.06 * i))
            if snow:
                p.poly(
                    [(-w * 0.45, top + 15), (0, top), (w * 0.45, top + 15), (w * 0.15, top + 11), (-w * 0.1, top + 17)],
                    "#f4f8fb",
                )


def house(
    p: Paint, x: float, y: float, w: float, h: float, wall: str, roof: str, *, lit: bool = False, snow: bool = False
) -> None:
    """A gabled house standing on (x, y), its left foot."""
    p.box(x, y - h, w, h, wall)
    p.poly([(x - 8, y - h), (x + w / 2, y - h - w * 0.42), (x + w + 8, y - h)], roof)
    if snow:
        p.poly(
            [
                (x - 10, y - h + 1),
                (x + w / 2, y - h - w * 0.45),
                (x + w + 10, y - h + 1),
                (x + w / 2, y - h - w * 0.30),
            ],
            "#f6fafc",
        )
    pane = "#ffd98a" if lit else "#b9d7e6"
    p.box(x + w * 0.16, y - h * 0.72, w * 0.22, h * 0.30, pane, 2)
    p.box(x + w * 0.62, y - h * 0.72, w * 0.22, h * 0.30, pane, 2)
    p.box(x + w * 0.40, y - h * 0.46, w * 0.2, h * 0.46, mix(roof, "#000000", 0.25), 2)


def skyline(
    p: Paint,
    base: float,
    colour: str,
    rng: random.Random,
    *,
    low: float = 40,
    high: float = 120,
    lit: str | None = None,
) -> None:
    """A row of flat buildings up from `base`, across the whole width."""
    x = -10.0
    while x < p.width + 10:
        w, h = rng.uniform(34, 62), rng.uniform(low, high)
        p.box(x, base - h, w, h, mix(colour, "#ffffff", rng.uniform(0, 0.10)))
        if lit:
            for row in range(int(h // 16)):
                for col in range(int(w // 13)):
                    if rng.random() < 0.5:
                        p.box(x + 6 + col * 12, base - h + 8 + row * 15, 5, 7, lit)
        x += w + rng.choice((0, 0, 4))


def ball(p: Paint, x: float, y: float, r: float, turn: float) -> None:
    """A football: white with dark pentagons, turned by degrees."""
    with p.at(x, y, turn=turn, size=r / 40):
        p.oval(0, 0, 40, colour="#f8f8f6")

        def pentagon(cx: float, cy: float, size: float, start: float) -> list[tuple[float, float]]:
            return [
                (cx + size * math.cos(math.radians(start + 72 * i)), cy + size * math.sin(math.radians(start + 72 * i)))
                for i in range(5)
            ]

        p.poly(pentagon(0, 0, 14, -90), INK)
        for i in range(5):
            w = math.radians(-90 + 72 * i)
            p.line([(14 * math.cos(w), 14 * math.sin(w)), (27 * math.cos(w), 27 * math.sin(w))], "#6d7480", 1.6)
            a, b = math.radians(-90 + 72 * i - 24), math.radians(-90 + 72 * i + 24)
            p.poly(
                [(38.5 * math.cos(a), 38.5 * math.sin(a)), (28 * math.cos(w - 0.22), 28 * math.sin(w - 0.22)),
                 (28 * math.cos(w + 0.22), 28 * math.sin(w + 0.22)), (38.5 * math.cos(b), 38.5 * math.sin(b)),
                 (40 * math.cos(w), 40 * math.sin(w))], INK)  # fmt: skip
            for side in (-1, 1):
                e = w + side * math.radians(36)
                p.line(
                    [
                        (28 * math.cos(w + side * 0.22), 28 * math.sin(w + side * 0.22)),
                        (33 * math.cos(e), 33 * math.sin(e)),
                    ],
                    "#6d7480",
                    1.6,
                )
        p.ring(0, 0, 39.4, "#aeb4bd", 1.4)
    p.oval(x - r * 0.28, y - r * 0.36, r * 0.34, r * 0.26, "#ffffff38")
    p.blob(
        [
            (x - r * 0.72, y + r * 0.62),
            (x, y + r * 0.98),
            (x + r * 0.82, y + r * 0.5),
            (x + r * 0.96, y - r * 0.1),
            (x + r * 0.6, y + r * 0.5),
            (x, y + r * 0.74),
        ],
        "#1c254030",
    )


def cat(
    p: Paint, *, fur: str = "#e39b54", tail: float = 0, blink: bool = False, look: float = 0, plush: bool = False
) -> None:
    """A sitting cat, front view, its bottom at the origin; about 120 units high."""
    dark, light = mix(fur, "#4a2c12", 0.28), mix(fur, "#ffffff", 0.72)
    p.curve([(34, -10), (66, -8), (78, -34 - 6 * tail), (70 + 12 * tail, -62)], dark if plush else fur, 13)
    if not plush:
        p.curve([(74 + 8 * tail, -54), (70 + 12 * tail, -62)], dark, 13)
    p.blob([(-30, -4), (-40, -30), (-27, -66), (0, -80), (27, -66), (40, -30), (30, -4), (0, 2)], fur)
    p.blob([(-15, -10), (-17, -40), (0, -58), (17, -40), (15, -10), (0, -4)], light)
    for side in (-1, 1):
        p.oval(side * 15, -3, 13, 8, mix(fur, "#ffffff", 0.18))
        p.line([(side * 12, 0), (side * 12, -4)], dark, 1.2)
        p.line([(side * 18, 0), (side * 18, -4)], dark, 1.2)
        p.poly([(side * 34, -98), (side * 31, -131), (side * 8, -114)], fur)
        p.poly([(side * 29, -103), (side * 28, -122), (side * 14, -112)], "#f2b8a8")
    p.oval(0, -92, 39, 32, fur)
    if plush:
        p.line([(0, -124), (0, -62)], dark, 1.4)
        for y in range(-118, -66, 9):
            p.line([(-4, y), (4, y + 3)], dark, 1.4)
        for side in (-1, 1):
            p.oval(side * 15, -95, 8.5, colour="#2b2f36")
            p.oval(side * 15, -95, 5.8, colour="#454b56")
            for dx, dy in ((-1.8, -1.8), (1.8, 1.8), (1.8, -1.8), (-1.8, 1.8)):
                p.oval(side * 15 + dx, -95 + dy, 1.1, colour="#dfe4ea")
        p.box(21, -48, 22, 16, "#d8555a", 3)
        p.line([(23, -46), (41, -34)], "#ffffff", 1.2)
        p.line([(23, -34), (41, -46)], "#ffffff", 1.2)
    else:
        for dx in (-11, 0, 11):
            p.line([(dx, -123), (dx * 0.8, -112)], dark, 4)
        for side in (-1, 1):
            if blink:
                p.curve([(side * 15 - 8, -95), (side * 15, -91), (side * 15 + 8, -95)], INK, 2.2)
            else:
                p.oval(side * 15, -95, 9, 9.5, "#f7f3d6")
                p.oval(side * 15 + look * 3, -95, 4.5, 8.2, "#29323d")
                p.oval(side * 15 + look * 3 - 1.5, -99, 1.7, colour="#ffffff")
    p.oval(-8, -80, 10, 8, light)
    p.oval(8, -80, 10, 8, light)
    p.poly([(-5, -86), (5, -86), (0, -80)], "#d9776a")
    p.curve([(-8, -77), (-3, -75), (0, -79)], dark, 1.6)
    p.curve([(8, -77), (3, -75), (0, -79)], dark, 1.6)
    for side in (-1, 1):
        for dy in (-4, 2):
            p.line([(side * 16, -80 + dy * 0.4), (side * 46, -82 + dy * 2)], fade(light, 0.9), 1)


def dog(p: Paint, *, stride: float = 0, wag: float = 0, fur: str = "#c08a58", bob: float = 0) -> None:
    """A walking dog, side view to the right, its feet at the origin; about 150 units long. `stride` is a phase."""
    dark, light = mix(fur, "#3b2414", 0.35), mix(fur, "#ffffff", 0.55)

    def leg(x: float, phase: float, colour: str) -> None:
        swing = math.sin(stride + phase)
        lift = max(0.0, math.cos(stride + phase)) * 7
        p.line([(x, -46 + bob), (x + swing * 9, -24 - lift * 0.3), (x + swing * 19, -4 - lift)], colour, 12)
        p.oval(x + swing * 19 + 4, -5 - lift, 9, 6, colour)

    leg(-44, math.pi, dark)
    leg(36, 0.4, dark)
    p.curve([(-58, -66 + bob), (-80, -84 + bob), (-88 - 8 * wag, -108 + bob + abs(wag) * 4)], fur, 11)
    p.blob(
        [
            (-62, -58 + bob),
            (-50, -80 + bob),
            (0, -80 + bob),
            (44, -82 + bob),
            (56, -60 + bob),
            (44, -40 + bob),
            (0, -38 + bob),
            (-46, -38 + bob),
        ],
        fur,
    )
    p.blob([(-30, -40 + bob), (0, -36 + bob), (36, -42 + bob), (20, -50 + bob), (-12, -49 + bob)], light)
    leg(-36, 0, fur)
    leg(44, math.pi + 0.4, fur)
    with p.at(58, -92 + bob, turn=3 * math.sin(stride)):
        p.blob([(-26, 22), (-16, -14), (6, -26), (28, -14), (54, -2), (54, 12), (28, 20), (4, 30)], fur)
        p.blob([(24, 2), (48, -3), (57, 6), (48, 15), (24, 17)], light)
        p.oval(55, 1, 6.5, 5, INK)
        p.curve([(52, 11), (40, 15), (28, 12)], dark, 2)
        p.blob([(-14, -18), (-2, -25), (2, 0), (-8, 26), (-22, 18), (-20, -4)], dark)
        p.oval(16, -9, 4.2, 4.8, INK)
        p.oval(17, -11, 1.5, colour="#ffffff")
        p.line([(-22, 24), (4, 32)], "#d8434e", 6)
        p.oval(-4, 34, 4, colour="#f2c14e")


def goldfish(
    p: Paint, x: float, y: float, size: float, swim: float, *, left: bool = False, colour: str = "#f47c3c"
) -> None:
    """A goldfish; `swim` is a phase of its tail."""
    with p.at(x, y, size=size, flip=left):
        sway = math.sin(swim) * 9
        p.blob(
            [(-22, 0), (-44, -20 + sway), (-62, -16 + sway), (-52, sway), (-62, 18 + sway), (-44, 20 + sway)],
            mix(colour, "#ffd27a", 0.35),
        )
        p.blob([(-8, -16), (4, -32), (20, -18)], mix(colour, "#ffd27a", 0.35))
        p.blob([(38, 0), (22, -17), (-4, -18), (-28, -3), (-28, 4), (-4, 18), (22, 16)], colour)
        p.blob([(30, 6), (12, 16), (-10, 14), (8, 9)], mix(colour, "#ffffff", 0.35))
        p.blob([(4, 4), (-10, 14 + sway * 0.3), (-14, 5)], mix(colour, "#ffd27a", 0.45))
        p.oval(23, -4, 5.4, colour="#fffaf0")
        p.oval(24.5, -4, 3, colour=INK)
        p.curve([(36, 5), (33, 6.5), (30, 5.5)], mix(colour, "#000000", 0.4), 1.6)


def wheel(p: Paint, x: float, y: float, r: float, turn: float) -> None:
    """A car's wheel."""
    p.oval(x, y, r, colour="#2b2f36")
    p.oval(x, y, r * 0.58, colour="#c3cad3")
    for i in range(5):
        w = turn + i * 2 * math.pi / 5
        p.line([(x, y), (x + r * 0.5 * math.cos(w), y + r * 0.5 * math.sin(w))], "#8a929d", r * 0.16)
    p.oval(x, y, r * 0.16, colour="#5d6570")


def car(p: Paint, colour: str, turn: float, *, brake: bool = False) -> None:
    """A car to the right; the ground under the middle of it is the origin; 150 units long."""
    p.oval(0, 1, 78, 6, "#1c254033")
    p.blob([(-46, -34), (-30, -58), (-4, -63), (24, -59), (44, -36)], mix(colour, "#000000", 0.10))
    p.blob([(-37, -36), (-25, -53), (-4, -57), (-4, -36)], "#cfe8f3")
    p.blob([(3, -36), (3, -57), (21, -54), (36, -36)], "#cfe8f3")
    p.poly([(-30, -37), (-22, -52), (-16, -54), (-24, -37)], "#ffffff90")
    p.box(-75, -38, 150, 26, colour, 12)
    p.box(-70, -22, 140, 11, mix(colour, "#000000", 0.18), 6)
    p.line([(0, -36), (0, -14)], mix(colour, "#000000", 0.25), 1.2)
    p.box(-20, -31, 11, 3, mix(colour, "#000000", 0.35), 1.5)
    p.box(67, -33, 9, 9, "#fff1b8", 4)
    p.box(-76, -33, 8, 9, "#ff4d4d" if brake else "#b83a40", 3)
    if brake:
        p.glow(-75, -28, 17, "#ff5a4d", 0.7)
    for x in (-44, 44):
        p.oval(x, -13, 18, colour=mix(colour, "#000000", 0.45))
        wheel(p, x, -13, 14.5, turn)


def ambulance(p: Paint, turn: float, flash: int) -> None:
    """An ambulance to the right, about 190 units long; `flash` 0 off, 1 left lamp, 2 right lamp."""
    p.oval(0, 1, 98, 7, "#1c254033")
    p.box(-94, -94, 128, 80, "#fbfbf8", 8)
    p.blob([(30, -80), (58, -80), (76, -48), (92, -40), (94, -16), (30, -14)], "#f1f2ee")
    p.poly([(38, -72), (56, -72), (68, -48), (38, -48)], "#bfe0ee")
    p.box(-94, -44, 188, 11, "#e8503f")
    p.box(-94, -30, 188, 3, "#e8503f")
    p.box(-47, -85, 12, 34, "#e8503f", 2)
    p.box(-58, -74, 34, 12, "#e8503f", 2)
    p.box(-22, -104, 22, 10, "#5cc2ff" if flash == 1 else "#2d6ea3", 4)
    p.box(2, -104, 22, 10, "#5cc2ff" if flash == 2 else "#2d6ea3", 4)
    if flash:
        p.glow(-11 if flash == 1 else 13, -100, 62, "#6fcaff", 0.75)
    p.box(86, -36, 8, 10, "#fff1b8", 3)
    for x in (-54, 56):
        p.oval(x, -15, 21, colour="#4b525c")
        wheel(p, x, -15, 17, turn)


def flame(p: Paint, x: float, y: float, size: float, t: float, phase: float = 0) -> None:
    """A flame that flickers, its foot at (x, y)."""
    for share, colour in ((1.0, "#e8502c"), (0.74, "#f58b2e"), (0.48, "#fbc34a"), (0.26, "#fff0b8")):
        a = math.sin(t * 7.3 + phase + share * 2) * 7 * share
        b = math.sin(t * 11.1 + phase * 1.7 + share) * 5 * share
        h = (96 + 9 * math.sin(t * 9.1 + phase)) * share
        w = 33 * share
        with p.at(x, y, size=size):
            p.blob(
                [
                    (-w * 0.72, 0),
                    (-w, -h * 0.28),
                    (-w * 0.48 + b * 0.5, -h * 0.62),
                    (a, -h),
                    (w * 0.40 + b, -h * 0.56),
                    (w, -h * 0.26),
                    (w * 0.72, 0),
                    (0, 4),
                ],
                colour,
            )


def screen(p: Paint, x: float, y: float, w: float, h: float) -> None:
    """A television on a low cabinet: the frame around what is on the screen at (x, y, w, h)."""
    for bx, by, bw, bh in ((x - 9, y - 9, w + 18, 9), (x - 9, y + h, w + 18, 12), (x - 9, y, 9, h), (x + w, y, 9, h)):
        p.box(bx, by, bw, bh, "#23272f")
    p.oval(x + w - 8, y + h + 6, 1.8, colour="#e8503f")
    p.poly([(x + w * 0.62, y), (x + w * 0.86, y), (x + w * 0.66, y + h), (x + w * 0.42, y + h)], "#ffffff14")
    p.box(x + w / 2 - 26, y + h + 12, 52, 7, "#2f343d")


def room(p: Paint, wall: str, floor: str, level: float) -> None:
    """A wall and a floor that meets it at a height."""
    p.fill(wall)
    p.box(0, level, p.width, p.height - level, floor)
    p.box(0, level - 7, p.width, 7, mix(wall, "#ffffff", 0.5))


def apple(p: Paint, x: float, y: float, r: float, colour: str = "#d8434e") -> None:
    """An apple with a stalk and a leaf."""
    with p.at(x, y, size=r / 30):
        p.blob(
            [
                (0, -22),
                (14, -28),
                (29, -18),
                (30, 4),
                (18, 26),
                (6, 30),
                (0, 27),
                (-6, 30),
                (-18, 26),
                (-30, 4),
                (-29, -18),
                (-14, -28),
            ],
            colour,
        )
        p.blob([(-20, -14), (-12, -20), (-10, -8), (-16, 2), (-22, -2)], "#ffffff50")
        p.curve([(0, -22), (1, -31), (5, -38)], "#6b4c3b", 3.2)
        p.blob([(4, -32), (14, -44), (28, -42), (20, -32)], "#5da45f")


def orange(p: Paint, x: float, y: float, r: float) -> None:
    """A whole orange."""
    p.oval(x, y, r, colour="#f28c28")
    p.oval(x - r * 0.12, y - r * 0.14, r * 0.82, colour="#f79b3c")
    p.oval(x - r * 0.32, y - r * 0.38, r * 0.24, r * 0.17, "#ffffff55")
    for i in range(14):
        w, d = i * 2.4, r * (0.2 + 0.045 * i)
        p.oval(x + d * math.cos(w), y + d * math.sin(w), max(0.8, r * 0.025), colour="#dd7a1c")
    p.oval(x + r * 0.1, y - r * 0.88, r * 0.12, r * 0.07, "#5a7d3a")


def balloon(p: Paint, x: float, y: float, size: float, colour: str, sway: float) -> None:
    """A balloon on its string."""
    with p.at(x, y, size=size, turn=sway * 4):
        p.curve([(0, 38), (4 + sway * 3, 62), (-4 - sway * 3, 86), (2, 112)], "#8a8f9a", 1.4)
        p.blob([(0, 36), (-24, 14), (-31, -12), (-20, -36), (0, -44), (20, -36), (31, -12), (24, 14)], colour)
        p.poly([(-5, 41), (5, 41), (0, 33)], mix(colour, "#000000", 0.18))
        p.blob([(-18, -14), (-14, -30), (-7, -34), (-9, -22), (-13, -10)], "#ffffff70")
