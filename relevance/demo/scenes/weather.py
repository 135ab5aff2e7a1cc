"""Weather and sky: rain, snow, sun, moon, and what can be taken for them."""

from __future__ import annotations

import math

from relevance.demo.scenes.figures import cloud, fir, house, skyline
from relevance.demo.scenes.paint import Paint, fade, mix
from relevance.demo.scenes.scene import PORTRAIT, SQUARE, Frame, Scene, Take, Truth
from relevance.demo.scenes.sounds import birds, rain, sea, silence, wind


def _umbrella(p: Paint, x: float, y: float, colour: str, step: float) -> None:
    with p.at(x, y + 1.5 * abs(math.sin(step))):
        for side in (0, math.pi):
            p.line([(0, -34), (10 * math.sin(step + side), -2)], "#39465f", 7)
        p.box(-13, -82, 26, 52, "#4a5a78", 9)
        p.oval(0, -94, 12, colour="#e8b894")
        p.line([(10, -72), (20, -64), (18, -120)], "#39465f", 3)
        p.pie(18, -116, 50, 180, 360, colour)
        for i in range(4):
            p.pie(18 - 37.5 + 25 * i, -116, 12.5, 180, 360, mix(colour, "#000000", 0.22))
        p.line([(18, -166), (18, -172)], "#39465f", 3)


def _street(p: Paint, take: Take) -> Frame:
    p.sky("#7f8ea3", "#b9c3cf", bottom=250)
    skyline(p, 256, "#6b788c", take.rng, low=70, high=170, lit="#f4d79a")
    for x, y, s in ((90, 40, 1.3), (300, 26, 1.6), (540, 44, 1.4)):
        cloud(p, x, y, s, "#69758a")
    p.box(0, 254, 640, 30, "#8b93a0")
    p.box(0, 284, 640, 80, "#565e6b")
    p.box(0, 282, 640, 5, "#a4acb8")
    for x in (150, 410):
        p.oval(x, 326, 78, 9, "#7b8797")
    drops = [
        (take.rng.uniform(-40, 700), take.rng.uniform(0, 400), take.rng.uniform(480, 640))
        for _ in range(take.some(130, 90, 180))
    ]
    rings = [(take.rng.uniform(20, 620), take.rng.uniform(296, 350), take.rng.uniform(0, 1)) for _ in range(26)]
    colour = take.pick(["#e4572e", "#f2b632", "#3fb0a5"])

    def frame(t: float) -> None:
        _umbrella(p, 110 + 66 * t, 312, colour, t * 6)
        for x, y, phase in rings:
            u = (t * 1.6 + phase) % 1
            r = 3 + 13 * u
            p.line(
                [(x + r * math.cos(w), y + 0.32 * r * math.sin(w)) for w in (i * math.pi / 8 for i in range(17))],
                fade("#e6eef5", 0.8 * (1 - u)),
                1.2,
            )
        for x, y, speed in drops:
            py = (y + speed * t) % 400 - 30
            px = x - (py * 0.16)
            p.line([(px, py), (px - 3.4, py + 19)], "#e3edf6a8", 1.4)

    return frame


def _pane(p: Paint, take: Take) -> Frame:
    p.sky("#3c4a63", "#55627c", "#434d62")
    for _ in range(16):
        p.glow(
            take.rng.uniform(10, 350),
            take.rng.uniform(240, 560),
            take.rng.uniform(22, 52),
            take.rng.choice(["#ffb347", "#ff6f61", "#ffe29a", "#6fc3ff"]),
            0.75,
        )
    fixed = [(take.rng.uniform(0, 360), take.rng.uniform(0, 640), take.rng.uniform(2, 6)) for _ in range(90)]
    runs = [(take.rng.uniform(12, 348), take.rng.uniform(0, 760), take.rng.uniform(50, 130)) for _ in range(12)]

    for x, y, r in fixed:
        p.oval(x, y, r, r * 1.15, "#dbe8f455")
        p.oval(x - r * 0.3, y - r * 0.4, r * 0.35, colour="#ffffffa8")

    def frame(t: float) -> None:
        for x, y, speed in runs:
            py = (y + speed * t) % 760 - 60
            wob = 4 * math.sin(py * 0.05)
            p.line([(x + wob * 0.4, py - 70), (x + wob * 0.8, py - 30), (x + wob, py)], "#dbe8f440", 5)
            p.oval(x + wob, py, 7, 9.5, "#e2eef8b0")
            p.oval(x + wob - 2.2, py - 3.5, 2.3, colour="#ffffff")

    return frame


def _village(p: Paint, take: Take) -> Frame:
    p.sky(take.pick(["#8fa6c4", "#a59cc4", "#7f9aa8"]), "#dfe8f1", bottom=280)
    p.blob([(-60, 420), (-60, 214), (120, 158), (300, 214), (470, 166), (700, 224), (700, 420)], "#c9d8e6")
    for x, s in ((40, 1.0), (82, 0.8), (590, 1.1), (552, 0.8), (330, 0.7)):
        fir(p, take.near(x, 12), 262, s, snow=True)
    p.box(0, 258, 640, 110, "#f3f8fb")
    for x, w, h, wall, roof in (
        (130, 90, 66, "#e3b98f", "#a85842"),
        (246, 72, 54, "#cfd8c8", "#7a5a6b"),
        (420, 100, 72, "#e8d3a8", "#8f5a48"),
    ):
        house(p, x, 272, w, h, wall, roof, lit=True, snow=True)
    p.blob([(-60, 420), (-60, 300), (160, 284), (360, 306), (700, 280), (700, 420)], "#ffffff")
    flakes = [
        (take.rng.uniform(0, 640), take.rng.uniform(0, 400), take.rng.uniform(1.4, 4.2), take.rng.uniform(0, 6))
        for _ in range(take.some(120, 80, 170))
    ]

    def frame(t: float) -> None:
        for x, y, r, phase in flakes:
            p.oval((x + 16 * math.sin(t * 1.1 + phase)) % 640, (y + (22 + 17 * r) * t) % 390 - 15, r, colour="#ffffff")

    return frame


def _globe(p: Paint, take: Take) -> Frame:
    p.sky(take.pick(["#7a3f4b", "#3f5a7a", "#4f6b4a"]), "#a8606b")
    for _ in range(18):
        p.glow(take.rng.uniform(0, 480), take.rng.uniform(0, 330), take.rng.uniform(12, 32), "#ffd98a", 0.5)
    p.box(0, 398, 480, 90, "#6d4a38")
    p.oval(240, 400, 150, 13, "#00000040")
    p.oval(240, 220, 150, colour="#cfe3f0")
    p.oval(240, 220, 143, colour="#9fbdd8")
    p.blob([(104, 268), (180, 250), (250, 264), (320, 250), (376, 268), (336, 330), (240, 362), (144, 330)], "#ffffff")
    fir(p, 180, 276, 1.0, snow=True)
    fir(p, 312, 282, 0.8, snow=True)
    house(p, 212, 290, 62, 44, "#e3b98f", "#a85842", lit=True, snow=True)
    flakes = [
        (take.rng.uniform(0, 6.28), take.rng.uniform(0.1, 1), take.rng.uniform(1.6, 3.6), take.rng.uniform(0.4, 1))
        for _ in range(70)
    ]

    def frame(t: float) -> None:
        for angle, far, r, speed in flakes:
            w = angle + t * speed * 0.9
            x, y = (
                240 + 128 * far * math.cos(w),
                214
                + ((math.sin(w * 1.3 + far * 9) * 0.5 + 0.5 + t * 0.1 * speed) % 1 - 0.5)
                * 210
                * math.sqrt(max(0.05, 1 - (far * math.cos(w)) ** 2)),
            )
            p.oval(x, y, r, colour="#ffffff")
        p.blob([(128, 190), (150, 130), (192, 96), (206, 104), (168, 142), (146, 200)], "#ffffff60")
        p.poly([(142, 338), (338, 338), (372, 408), (108, 408)], "#5b3426")
        p.box(132, 330, 216, 18, "#7d4b36", 8)
        p.box(190, 362, 100, 26, "#d9a441", 5)
        p.text(240, 375, "WINTER", 18, "#5b3426")

    return frame


def _sunset(p: Paint, take: Take) -> Frame:
    p.sky(
        *take.pick(
            [
                ("#3f4a7a", "#d9688a", "#ffb35c", "#ffd98a"),
                ("#5a3f7a", "#e4572e", "#ffc46b"),
                ("#2f5a80", "#e08a6b", "#ffd9a0"),
            ]
        ),
        bottom=226,
    )
    for x, y, s in ((110, 70, 0.9), (500, 54, 1.1), (360, 108, 0.6)):
        cloud(p, take.near(x, 60), y, s, "#e88a86")
    gulls = [(take.rng.uniform(80, 560), take.rng.uniform(50, 130)) for _ in range(take.some(3, 0, 5))]

    def frame(t: float) -> None:
        y = 150 + 14 * t
        p.glow(320, y, 170, "#ffe7a8", 0.75)
        p.oval(320, y, 46, colour="#ffdf80")
        p.sky("#e08a5c", "#8a5a80", "#3f4a7a", top=226)
        for i in range(24):
            row = i / 24
            yy = 230 + 130 * row**1.3
            w = (16 + 90 * row) * (1 + 0.35 * math.sin(t * 2.4 + i * 1.7))
            x = 320 + 12 * math.sin(t * 1.7 + i * 2.3) * (1 + row)
            p.box(x - w, yy, 2 * w, 2 + 3 * row, fade("#ffd98a", 0.75 - 0.5 * row), 2)
        for i in range(30):
            yy = 236 + (i * 29) % 120
            x = (i * 83 + 14 * math.sin(t * 1.3 + i)) % 640
            p.box(x, yy, 26 + (yy - 226) * 0.3, 1.8, "#ffffff2c", 1)
        x = 470 - 12 * t
        p.poly([(x - 34, 232), (x + 34, 232), (x + 24, 244), (x - 24, 244)], "#2f2a44")
        p.poly([(x - 2, 228), (x - 2, 176), (x + 28, 226)], "#3a3454")
        p.poly([(x - 6, 228), (x - 6, 186), (x - 26, 226)], "#3a3454")
        for gx, gy in gulls:
            d = 6 * math.sin(t * 7 + gx)
            p.curve([(gx + 18 * t - 13, gy - d), (gx + 18 * t, gy), (gx + 18 * t + 13, gy - d)], "#4a3a54", 2.4)

    return frame


def _sunrise(p: Paint, take: Take) -> Frame:
    p.sky("#8fb8dd", "#f7d9b8", "#ffe9b8", bottom=260)
    ranges = [
        [(x, base - h * take.rng.uniform(0.3, 1)) for x in range(-80, 760, 80)]
        for base, h in ((250, 90), (290, 80), (330, 60))
    ]

    def frame(t: float) -> None:
        y = 236 - 22 * t
        p.glow(350, y, 190, "#fff3c4", 0.8)
        p.oval(350, y, 42, colour="#ffd76a")
        for points, colour in zip(ranges, ("#8f9cc0", "#6b86a0", "#4a6b6f"), strict=True):
            p.blob([(-160, 420), *points, (820, 420)], colour)
        for i in range(3):
            cloud(p, (100 + 200 * i + 16 * t) % 760 - 40, 60 + 26 * i, 0.7, "#fff6ea")

    return frame


def _moon(p: Paint, take: Take) -> Frame:
    p.sky("#0d1530", "#1c2a55", "#3a4a7a")
    p.glow(430, 112, 130, "#cfd9ff", 0.55)
    p.oval(430, 112, 54, colour="#f6f1d8")
    for x, y, r in ((412, 98, 11), (446, 128, 14), (440, 88, 6), (414, 134, 7), (460, 104, 5)):
        p.oval(x, y, r, colour="#e2dbb8")
    for x, s in ((40, 1.3), (96, 1.0), (560, 1.4), (620, 1.0), (504, 0.8)):
        fir(p, take.near(x, 14), 356, s, "#0f1c30")
    stars = [
        (take.rng.uniform(0, 640), take.rng.uniform(0, 270), take.rng.uniform(0.8, 2), take.rng.uniform(0, 6))
        for _ in range(90)
    ]

    def frame(t: float) -> None:
        for x, y, r, phase in stars:
            if (x - 430) ** 2 + (y - 112) ** 2 > 5000:
                p.oval(x, y, r, colour=fade("#ffffff", 0.55 + 0.45 * math.sin(t * 2.4 + phase)))
        u = (t - 2.0) / 0.8
        if 0 < u < 1:
            x, y = 90 + 210 * u, 50 + 70 * u
            for i in range(8):
                p.line(
                    [(x - 9 * i, y - 3 * i), (x - 9 * i - 9, y - 3 * i - 3)],
                    fade("#ffffff", (1 - i / 8) * math.sin(u * math.pi)),
                    2.2,
                )
        cloud(p, 210 + 34 * t, 148, 1.0, "#2c3a66")

    return frame


def _lamp(p: Paint, take: Take) -> Frame:
    p.sky("#1f2838", "#3d4a5c", "#566372")
    skyline(p, 560, "#2c3646", take.rng, low=90, high=240)
    p.box(0, 556, 360, 90, "#232b38")
    banks = [(take.rng.uniform(0, 500), take.rng.uniform(180, 560), take.rng.uniform(1.2, 2.2)) for _ in range(6)]
    p.box(176, 236, 8, 340, "#161c26")
    p.box(168, 226, 24, 12, "#161c26", 3)
    p.glow(180, 190, 150, "#fff0c0", 0.8)
    p.oval(180, 190, 42, colour="#fff6d8")

    def frame(t: float) -> None:
        for i, (x, y, s) in enumerate(banks):
            p.mist((x + 22 * t) % 620 - 130, y + 4 * math.sin(t + i), 90 * s, "#9aa7b6", 0.34)
            p.mist((x + 22 * t) % 620 - 60, y + 30, 70 * s, "#9aa7b6", 0.30)

    return frame


def _reflection(p: Paint, take: Take) -> Frame:
    p.sky("#16233f", "#1d2f52", "#14213a")
    p.box(0, 0, 640, 40, "#0c1526")
    for _ in range(26):
        x = take.rng.uniform(0, 640)
        p.curve([(x, 44), (x + 4, 22), (x + take.rng.uniform(-12, 12), 0)], "#1c3a34", 4)

    p.glow(330, 190, 120, "#b8c8f0", 0.35)

    def frame(t: float) -> None:
        left, right = [], []
        for i in range(57):
            y = 134 + 2 * i
            half = math.sqrt(max(0.0, 56**2 - (y - 190) ** 2))
            shift = 4.5 * math.sin(t * 2.6 + y * 0.21) + 2.5 * math.sin(t * 4.1 + y * 0.09)
            left.append((330 - half + shift, y))
            right.append((330 + half + shift, y))
        p.poly([*left, *reversed(right)], "#f2ecd0")
        for i in range(34):
            y = 50 + (i * 47) % 306
            x = (i * 113 + 20 * math.sin(t * 1.1 + i)) % 680 - 40
            p.box(x, y, 40 + y * 0.16, 1.8, "#ffffff1e", 1)
        for x, y, s in ((110, 280, 1.2), (540, 300, 1.0), (80, 110, 0.6)):
            p.pie(x, y + 2 * math.sin(t * 1.5 + x), 34 * s, 20, 330, "#2f6b52")

    return frame


SCENES = (
    Scene("umbrella-street", "雨中的街道", "Umbrella weather", "Rain falls on a street; someone walks with an umbrella.", "old-town-walks", _street,
          {"rain": Truth(3, rule="weather"), "snow": Truth(0), "traffic_jam": Truth(0)}, form="h264.mp4", seconds=5, sound=rain),
    Scene("wet-window", "窗上的水珠", "Drops on the pane", "Drops run down a window; lights blur behind it.", "lucy.films", _pane,
          {"rain": Truth(2, "boundary", 3, "weather"), "snow": Truth(0), "moon": Truth(0)}, form="vp9.webm", seconds=5, size=PORTRAIT, sound=rain),
    Scene("snow-village", "雪落村庄", "Snow on the village", "Snow falls on a village with lit windows.", "winter-tales", _village,
          {"snow": Truth(3, rule="weather"), "rain": Truth(0), "campfire": Truth(0)}, form="vp9.webm", seconds=5, sound=wind),
    Scene("snow-globe", "水晶球", "Shake it", "Snow whirls in a snow globe on a table.", "toy-corner", _globe,
          {"snow": Truth(1, "boundary", 3, "toy"), "rain": Truth(0)}, form="mpeg4.mp4", seconds=4, size=SQUARE, mirrors=False),
    Scene("sunset-at-sea", "海上日落", "Evening at sea", "The sun goes down over the sea; a sail passes.", "coast-cam", _sunset,
          {"sunset_sea": Truth(3, rule="all-parts"), "moon": Truth(0), "orange": Truth(0, rule="look-alike")}, form="h264.mp4", seconds=5, sound=sea),
    Scene("sun-over-hills", "群山与太阳", "Sun over the hills", "The sun stands over hills and rises; no water in sight.", "coast-cam", _sunrise,
          {"sunset_sea": Truth(0, "boundary", 2, "all-parts")}, form="hevc.mov", seconds=5, sound=birds),
    Scene("moonlit-night", "月夜流星", "A clear night", "The moon and stars over firs; a shooting star.", "coast-cam", _moon,
          {"moon": Truth(3, rule="main-subject"), "sunset_sea": Truth(0)}, form="hevc.mp4", seconds=5),
    Scene("lamp-in-fog", "雾中的光", "Light in the fog", "A round street lamp glows in the fog.", "old-town-walks", _lamp,
          {"moon": Truth(0, "boundary", 1, "look-alike"), "rain": Truth(0)}, form="h264.mov", seconds=4, size=PORTRAIT, sound=silence),
    Scene("moon-in-the-pond", "池中月", "In the pond", "The moon's reflection trembles on a pond; the sky is not in the picture.", "coast-cam", _reflection,
          {"moon": Truth(2, "gap", 0), "fish": Truth(0), "rain": Truth(0)}, form="h264.mkv", seconds=5, sound=wind),
)  # fmt: skip
