"""Fire, clocks, bells and fruit: things on a table and what looks like them."""

from __future__ import annotations

import math

from relevance.demo.scenes.figures import INK, apple, cloud, fir, flame, orange, room, screen, tree
from relevance.demo.scenes.paint import Paint, fade, mix
from relevance.demo.scenes.scene import SQUARE, Frame, Scene, Take, Truth
from relevance.demo.scenes.sounds import alarm, bell, birds, fire, silence, ticks


def _logs(p: Paint, x: float, y: float, size: float) -> None:
    with p.at(x, y, size=size):
        for turn in (-18, 18):
            with p.at(0, 0, turn=turn):
                p.box(-62, -9, 124, 18, "#6b4630", 8)
                p.oval(62 if turn > 0 else -62, 0, 8, 9, "#c99a6b")
        p.box(-52, 2, 104, 17, "#7d5238", 8)
        p.oval(52, 10.5, 7, 8.5, "#d4a878")


def _sparks(p: Paint, take: Take, n: int) -> list[tuple[float, float, float]]:
    return [(take.rng.uniform(-40, 40), take.rng.uniform(0, 1), take.rng.uniform(0.4, 0.9)) for _ in range(n)]


def _fire(p: Paint, x: float, y: float, size: float, t: float, sparks: list[tuple[float, float, float]]) -> None:
    strength = round(32 * (0.5 + 0.08 * math.sin(t * 9))) / 32
    p.still(strength, lambda: p.glow(x, y - 50 * size, 190 * size, "#ff9a4a", strength))
    for side, tall, when in ((-26, 0.8, 1.0), (26, 0.85, 2.4), (0, 1.25, 0.0)):
        flame(p, x + side * size, y, tall * size, t, when)
    _logs(p, x, y + 4 * size, size)
    for dx, phase, speed in sparks:
        u = (t * speed + phase) % 1
        p.oval(
            x + (dx + 14 * math.sin(u * 9 + phase * 6)) * size,
            y - (30 + 170 * u) * size,
            1.9 * size,
            colour=fade("#ffd27a", 1 - u),
        )


def _campfire(p: Paint, take: Take) -> Frame:
    p.sky("#121a33", "#2a2f55", "#4a3a55", bottom=280)
    for _ in range(50):
        p.oval(take.rng.uniform(0, 640), take.rng.uniform(0, 180), take.rng.uniform(0.6, 1.6), colour="#ffffffb0")
    for x, s in ((50, 1.7), (130, 1.3), (520, 1.5), (600, 1.8)):
        fir(p, take.near(x, 16), 284, s, "#16233a")
    p.box(0, 276, 640, 90, "#2c2a33")
    p.poly([(420, 300), (480, 196), (556, 300)], take.pick(["#c8794f", "#4f8fa3", "#8fa34f"]))
    p.poly([(470, 300), (480, 196), (496, 300)], "#3a2a2c")
    for i in range(9):
        w = i * math.pi / 8
        p.oval(300 + 92 * math.cos(w), 322 + 16 * math.sin(w), 15, 10, "#5b5a63")
    sparks = _sparks(p, take, take.some(18, 8, 30))

    p.oval(300, 322, 190, 30, "#ff9a4a26")

    def frame(t: float) -> None:
        _fire(p, 300, 310, 1.25, t, sparks)

    return frame


def _cake(p: Paint, take: Take) -> Frame:
    p.sky("#4a3350", "#7a5068")
    p.box(0, 296, 640, 70, "#e8d9c4")
    p.box(0, 296, 640, 5, "#ffffff")
    for i in range(7):
        p.line([(i * 100, 30), (i * 100 + 50, 46), (i * 100 + 100, 30)], "#d9b8c4", 2)
        p.poly([(i * 100 + 34, 42), (i * 100 + 66, 42), (i * 100 + 50, 72)], ["#f2b632", "#3fb0a5", "#e98fae"][i % 3])
    p.oval(320, 314, 190, 14, "#ffffff")
    p.oval(320, 310, 176, 11, "#d9cdbb")
    cream = take.pick(["#f7c9d4", "#cfe8d4", "#f2e0b0"])
    p.box(180, 214, 280, 96, "#a86b48", 12)
    p.box(180, 256, 280, 9, "#f7ead9")
    p.box(174, 200, 292, 34, cream, 16)
    for i in range(9):
        p.box(184 + i * 31, 216, 20, 22 + (i * 7) % 18, cream, 10)
    for i in range(5):
        p.oval(206 + i * 57, 200, 11, colour="#d8434e")
    n = take.some(5, 3, 7)
    candles = [320 + (i - (n - 1) / 2) * 46 for i in range(n)]
    for i, x in enumerate(candles):
        p.box(x - 5, 140, 10, 60, ("#3d8fb5", "#f2b632", "#5da45f")[i % 3], 3)
        p.line([(x - 5, 184), (x + 5, 176)], "#ffffff", 2.4)
        p.line([(x - 5, 164), (x + 5, 156)], "#ffffff", 2.4)
        p.line([(x, 140), (x, 133)], INK, 1.8)

    def frame(t: float) -> None:
        for i, x in enumerate(candles):
            p.glow(x, 122, 40, "#ffd98a", 0.5 + 0.1 * math.sin(t * 8 + i))
            flame(p, x, 136, 0.29, t, i * 1.7)

    return frame


def _fireplace(p: Paint, take: Take) -> Frame:
    room(p, take.pick(["#38424f", "#4a3f4f"]), "#2c2622", 290)
    p.box(86, 268, 468, 40, "#4f3a2c", 5)
    p.box(560, 180, 8, 112, "#23272f")
    p.poly([(536, 182), (592, 182), (580, 140), (548, 140)], "#d9a860")
    p.glow(564, 180, 90, "#ffd98a", 0.4)
    sparks = _sparks(p, take, 10)

    x, y, w, h = 146, 44, 348, 196
    p.box(x, y, w, h, "#1c1412")

    def frame(t: float) -> None:
        _fire(p, 320, y + 158, 0.95, t, sparks)
        p.box(x + w - 62, y + 12, 50, 18, "#00000080", 4)
        p.text(x + w - 37, y + 21, "HD 4K", 11, "#ffffffd0")
        screen(p, x, y, w, h)

    return frame


def _dial(p: Paint, r: float, hour: float, minute: float, second: float | None, rim: str) -> None:
    p.oval(0, 0, r, colour=rim)
    p.oval(0, 0, r * 0.87, colour="#fdfbf4")
    for i in range(12):
        w = i * math.pi / 6
        inner = 0.68 if i % 3 == 0 else 0.74
        p.line(
            [(r * inner * math.sin(w), -r * inner * math.cos(w)), (r * 0.8 * math.sin(w), -r * 0.8 * math.cos(w))],
            INK,
            r * (0.05 if i % 3 == 0 else 0.025),
        )
    for share, length, width, colour in ((hour / 12, 0.44, 0.075, INK), (minute / 60, 0.64, 0.05, INK)):
        w = 2 * math.pi * share
        p.line([(0, 0), (r * length * math.sin(w), -r * length * math.cos(w))], colour, r * width)
    if second is not None:
        w = 2 * math.pi * second / 60
        p.line(
            [(-r * 0.14 * math.sin(w), r * 0.14 * math.cos(w)), (r * 0.72 * math.sin(w), -r * 0.72 * math.cos(w))],
            "#d8434e",
            r * 0.025,
        )
    p.oval(0, 0, r * 0.06, colour="#d8434e")


def _alarm(p: Paint, take: Take) -> Frame:
    p.sky("#f7e3c4", "#fbf1de", bottom=270)
    p.poly([(0, 0), (190, 0), (120, 270), (0, 270)], "#fff8e4")
    p.box(0, 268, 640, 100, "#b98a5e")
    p.box(0, 268, 640, 8, "#cfa277")
    p.box(450, 222, 130, 22, "#4f7fa3", 4)
    p.box(440, 246, 150, 22, "#d8434e", 4)
    body = take.pick(["#3fa69a", "#d8634e", "#5a6fb0"])

    def frame(t: float) -> None:
        ringing = (t % 1.2) < 0.8
        shake = 3.2 * math.sin(t * 75) if ringing else 0
        p.oval(290, 274, 96, 9, "#00000030")
        with p.at(290 + shake, 178, turn=shake * 0.8):
            for side in (-1, 1):
                p.line([(side * 46, 66), (side * 62, 94)], "#4b525c", 11)
                with p.at(side * 54, -82, turn=side * 34):
                    p.pie(0, 0, 33, 180, 360, "#e2b64a")
                    p.box(-33, -2, 66, 6, "#c4963a", 3)
            hit = math.sin(t * 75) if ringing else 0
            p.line([(0, -88), (hit * 12, -106)], "#4b525c", 5)
            p.oval(hit * 12, -108, 7, colour="#4b525c")
            _dial(p, 88, 7, 0, None, body)
        if ringing:
            for side in (-1, 1):
                for i in range(3):
                    x = 290 + side * (122 + i * 17)
                    p.curve(
                        [(x, 104 - 12 * i), (x + side * 9, 126), (x, 148 + 12 * i)], fade("#d8634e", 0.8 - 0.2 * i), 3.6
                    )

    return frame


def _wall_clock(p: Paint, take: Take) -> Frame:
    room(p, take.pick(["#cfdcd6", "#e3d5c4", "#d3d9e6"]), "#9b7657", 322)
    p.box(70, 214, 500, 12, "#8a6a52", 3)
    for i, (w, h, colour) in enumerate(
        ((22, 62, "#3d7ea6"), (28, 54, "#c96f5b"), (20, 68, "#5da45f"), (26, 58, "#d9a441"))
    ):
        p.box(96 + i * 30, 214 - h, w, h, colour, 2)
    p.box(500, 178, 36, 36, "#c8794f", 4)
    p.oval(518, 168, 24, 20, "#5b9a5f")
    p.oval(322, 116, 92, 92, "#00000020")
    rim = take.pick(["#3b4a5a", "#8a5a40", "#4f7f6b"])
    minute = take.near(10, 9)

    def frame(t: float) -> None:
        step = math.floor(t) + min(1.0, (t % 1) * 8)
        with p.at(316, 110):
            _dial(p, 92, 10 + minute / 60, minute, 20 + step, rim)

    return frame


def _bell(p: Paint, take: Take) -> Frame:
    p.sky(take.pick(["#9cc7e8", "#f2cfa0", "#b8c4e0"]), "#f4f0e4")
    cloud(p, 110, 90, 0.9)
    cloud(p, 540, 130, 0.8)
    p.box(150, 20, 340, 26, "#6d4a34", 4)
    p.box(150, 20, 26, 345, "#7d563c", 3)
    p.box(464, 20, 26, 345, "#7d563c", 3)
    p.poly([(120, 24), (320, -50), (520, 24)], "#a85842")

    def frame(t: float) -> None:
        swing = 19 * math.cos((t - 0.3) * 2 * math.pi / 2.4)
        with p.at(320, 52, turn=swing):
            p.box(-8, -8, 16, 30, "#4b525c", 4)
            tongue = 30 * math.cos((t - 0.5) * 2 * math.pi / 2.4)
            p.blob(
                [
                    (-30, 34),
                    (0, 18),
                    (30, 34),
                    (44, 100),
                    (56, 160),
                    (82, 196),
                    (0, 202),
                    (-82, 196),
                    (-56, 160),
                    (-44, 100),
                ],
                "#d9a441",
            )
            p.blob([(-26, 40), (-10, 30), (-16, 90), (-30, 160), (-50, 184), (-42, 120)], "#f2cf7a")
            p.line([(-66, 178), (66, 178)], "#b58230", 5)
            p.oval(tongue * 1.3, 210, 15, colour="#7a5a24")
        u = (t - 0.3) % 1.2
        if t > 0.3:
            for i in range(3):
                p.ring(320, 170, 110 + 44 * i + 100 * u, fade("#ffffff", 0.55 * (1 - u / 1.2)), 3)

    return frame


def _apple_tree(p: Paint, take: Take) -> Frame:
    p.sky("#a9d8ee", "#f0f8ec", bottom=280)
    cloud(p, take.near(110, 40), 70, 0.9)
    p.box(0, 276, 640, 90, "#7fbf6b")
    for x in range(0, 640, 22):
        p.poly([(x, 280), (x + 5, 266), (x + 10, 280)], "#6cad5a")
    tree(p, 250, 300, 2.5, "#5aa05a")
    p.curve([(300, 120), (370, 108), (440, 122), (500, 112)], "#7a5640", 11)
    for x, y in ((376, 92), (420, 88), (470, 92), (500, 98)):
        p.oval(x, y, 26, 19, "#5aa05a")
    colour = take.pick(["#d8434e", "#7fb04a", "#d9a441"])
    for x, y in ((186, 120), (236, 76), (290, 132), (210, 178), (470, 142)):
        apple(p, x, y, 15, colour)

    def frame(t: float) -> None:
        fall = max(0.0, t - 1.3)
        y = 152 + min(132.0, 420 * fall**2)
        if y >= 284:
            past = fall - math.sqrt(132 / 420)
            y = 284 - 46 * abs(math.sin(past * 7)) * math.exp(-past * 2.8)
        p.oval(420, 304, 24, 5, "#1c254030")
        with p.at(420, y, turn=0 if fall == 0 else min(50.0, fall * 60)):
            apple(p, 0, 0, 22, colour)

    return frame


def _laptop(p: Paint, take: Take) -> Frame:
    p.sky("#dfe5ea", "#f3f1ec", bottom=270)
    p.box(0, 266, 640, 100, "#c9a27c")
    p.box(0, 266, 640, 7, "#dab68f")
    p.box(84, 214, 46, 54, "#ffffff", 6)
    p.ring(136, 238, 14, "#ffffff", 6)
    p.box(520, 150, 34, 118, "#c8794f", 5)
    for a in (-34, -10, 16, 38):
        p.curve([(537, 150), (537 + a * 0.5, 116), (537 + a, 92)], "#5b9a5f", 7)
    lid = take.pick(["#aeb6c0", "#3f4752", "#d9c4b8"])

    def frame(t: float) -> None:
        p.oval(320, 278, 190, 9, "#00000028")
        p.box(180, 84, 280, 180, mix(lid, "#000000", 0.12), 14)
        p.box(184, 87, 272, 174, lid, 12)
        p.poly([(184, 180), (300, 87), (360, 87), (184, 230)], "#ffffff1c")
        p.box(158, 260, 324, 13, mix(lid, "#ffffff", 0.3), 6)
        p.box(286, 260, 68, 5, mix(lid, "#000000", 0.2), 3)
        with p.at(320, 176, turn=1.5 * math.sin(t * 1.8)):
            p.oval(0, 0, 44, colour="#fbf7ea")
            apple(p, 0, 4, 25)
        for i in range(3):
            y = 196 - ((t * 22 + i * 16) % 48)
            p.curve([(104 + i * 3, y), (108 + i * 3, y - 9), (103 + i * 3, y - 18)], "#ffffff90", 2.4)

    return frame


def _oranges(p: Paint, take: Take) -> Frame:
    room(p, take.pick(["#dbe8ea", "#efe0cf", "#e2e6d3"]), "#b98a5e", 266)
    p.oval(300, 300, 200, 22, "#00000022")

    def frame(t: float) -> None:
        for x, y in ((222, 210), (300, 196), (378, 210), (262, 160), (340, 160)):
            orange(p, x, y, 44)
        p.blob([(130, 224), (300, 250), (470, 224), (430, 290), (300, 304), (170, 290)], "#4f8fa3")
        p.blob([(140, 232), (300, 256), (460, 232), (452, 244), (300, 268), (148, 244)], "#6fadc0")
        with p.at(530 + 2 * math.sin(t), 282, turn=7 * math.sin(t * 1.6)):
            p.oval(0, 0, 42, colour="#f28c28")
            p.oval(0, 0, 37, colour="#fff1d8")
            for i in range(9):
                p.pie(0, 0, 34, i * 40 + 3, i * 40 + 37, "#f9a742")

    return frame


def _circle(p: Paint, take: Take) -> Frame:
    p.sky(*take.pick([("#7fb8d8", "#f6e3c0"), ("#c9b8d8", "#f6d9c0")]))

    def frame(t: float) -> None:
        y = 330 - 26 * t
        p.glow(240, y, 150, "#ffe0a8", 0.45)
        p.oval(240, y, 84, colour="#f28c28")
        p.oval(232, y - 8, 72, colour="#f59a3c")
        p.sky("#c98a5e", "#a86f48", top=404)
        p.box(0, 402, 480, 4, "#dba57c")

    return frame


SCENES = (
    Scene("campfire", "林中篝火", "By the fire", "A fire burns before a tent among firs.", "winter-tales", _campfire,
          {"campfire": Truth(3, rule="main-subject"), "moon": Truth(0), "snow": Truth(0)}, form="h264.mp4", seconds=5, sound=fire),
    Scene("birthday-cake", "生日蛋糕", "Make a wish", "Candles burn on a birthday cake.", "home-stories", _cake,
          {"campfire": Truth(0, "boundary", 1, "look-alike")}, form="mpeg4.avi", seconds=4, sound=silence),
    Scene("fire-on-tv", "电视里的炉火", "Cosy evening", "A television shows a burning fire.", "home-stories", _fireplace,
          {"campfire": Truth(1, "gap", 3), "football": Truth(0)}, form="vp9.webm", seconds=5, sound=fire, mirrors=False),
    Scene("alarm-clock", "清晨闹铃", "Seven o'clock", "An alarm clock rings and shakes.", "home-stories", _alarm,
          {"alarm_clock": Truth(3, rule="main-subject"), "bell": Truth(1, "boundary", 3, "sound"), "countdown": Truth(0)}, form="h264.mov", seconds=5, fps=20, sound=alarm),
    Scene("wall-clock", "墙上的钟", "Ten past ten", "A clock ticks on a wall.", "home-stories", _wall_clock,
          {"alarm_clock": Truth(1, "boundary", 3, "all-parts"), "bell": Truth(1, "boundary", 0, "sound"), "countdown": Truth(0, "boundary", 1, "look-alike")}, form="av1.mp4", seconds=5, sound=ticks),
    Scene("bell-tower", "钟楼", "In the belfry", "A bell swings and rings.", "old-town-walks", _bell,
          {"bell": Truth(3, rule="sound"), "alarm_clock": Truth(0), "siren": Truth(0)}, form="h264.mp4", seconds=5, sound=bell),
    Scene("apple-tree", "苹果落地", "Windfall", "An apple falls from a tree.", "garden-notes", _apple_tree,
          {"apple": Truth(3, "ambiguous", 0, "unclear-keyword"), "orange": Truth(0, rule="look-alike"), "rain": Truth(0)}, form="h264.mp4", seconds=4, sound=birds),
    Scene("laptop-lid", "桌上的笔记本", "At the desk", "A laptop with an apple as its mark stands on a desk.", "motion-kit", _laptop,
          {"apple": Truth(0, "ambiguous", 3, "unclear-keyword"), "sale": Truth(0)}, form="hevc.mp4", seconds=4),
    Scene("bowl-of-oranges", "一碗橙子", "Fresh oranges", "Oranges in a bowl, half of one beside it.", "garden-notes", _oranges,
          {"orange": Truth(3, rule="main-subject"), "apple": Truth(0, "ambiguous", 1, "unclear-keyword")}, form="h264.mkv", seconds=4),
    Scene("orange-circle", "橙色的圆", "Round and orange", "An orange circle rises over a brown edge: a sun, or a fruit?", "studio-north", _circle,
          {"orange": Truth(1, "boundary", 3, "look-alike"), "sunset_sea": Truth(0, "boundary", 1, "all-parts"), "moon": Truth(0, "boundary", 1, "look-alike")}, form="mpeg4.mov", seconds=4, size=SQUARE),
)  # fmt: skip
