"""Cars, lights, sirens and rails; and a file that is broken."""

from __future__ import annotations

import math

from relevance.demo.scenes.figures import ambulance, ball, car, cloud, room, skyline, tree
from relevance.demo.scenes.paint import Paint, mix
from relevance.demo.scenes.scene import PORTRAIT, Drawing, Frame, Scene, Take, Truth
from relevance.demo.scenes.sounds import silence, siren, traffic, train, wind

QUIET = ["#4f7fa3", "#e9e4d8", "#5f6b7a", "#f2b632", "#5da45f", "#8a6bb0", "#c9ccd2"]
RED = "#d3313c"


def _lamps(p: Paint, x: float, y: float, size: float, lit: int) -> None:
    with p.at(x, y, size=size):
        p.box(-24, -70, 48, 140, "#2b2f38", 12)
        for i, (on, off) in enumerate((("#ff4a3d", "#5a2a2a"), ("#ffc93d", "#5a4a22"), ("#3ddc78", "#1f4a32"))):
            cy = -44 + 44 * i
            if lit == i:
                p.glow(0, cy, 52, on, 0.7)
            p.oval(0, cy, 17, colour=on if lit == i else off)
            p.oval(-5, cy - 6, 5, 3.5, "#ffffff55" if lit == i else "#ffffff18")
            p.pie(0, cy - 2, 20, 190, 350, "#1f2229") if lit != i else None


def _jam(p: Paint, take: Take) -> Frame:
    p.sky("#a8c4d8", "#e8ecec", bottom=210)
    skyline(p, 206, "#93a3b5", take.rng, low=50, high=150)
    p.box(0, 204, 640, 18, "#b8b4aa")
    p.box(0, 222, 640, 140, "#5d646e")
    for x in range(-10, 640, 74):
        p.box(x, 286, 42, 4, "#e8e8e0")
    back = [take.pick(QUIET) if take.number else QUIET[i % 7] for i in range(6)]
    front = [take.pick(QUIET) if take.number else QUIET[(i * 3 + 1) % 7] for i in range(6)]
    front[2] = RED
    p.box(566, 90, 7, 134, "#3b4049")
    _lamps(p, 570, 96, 0.5, 0)

    def creep(t: float, phase: float) -> float:
        u = t + phase
        return 20 * u + 11 * math.sin(u * 1.7)

    def frame(t: float) -> None:
        stop = math.cos(1.7 * t) < 0
        for i, colour in enumerate(back):
            with p.at(-60 + i * 128 + creep(t, 0) * 0.6, 272, size=0.78):
                car(p, colour, t * 2, brake=stop)
        for i, colour in enumerate(front):
            with p.at(-110 + i * 163 + creep(t, 1), 344, size=1.0):
                car(p, colour, t * 2, brake=math.cos(1.7 * (t + 1)) < 0)

    return frame


def _free(p: Paint, take: Take) -> Frame:
    p.sky("#9fd0ea", "#f2f6ee", bottom=210)
    cloud(p, take.near(130, 60), 66, 1)
    cloud(p, take.near(460, 60), 50, 0.8)
    p.blob([(-60, 300), (-60, 196), (150, 158), (350, 198), (560, 160), (720, 200), (720, 300)], "#9ccb86")
    for x in (40, 130, 330, 520, 600):
        tree(p, take.near(x, 18), 232, 0.75)
    p.box(0, 228, 640, 140, "#666d77")
    for x in range(0, 640, 80):
        p.box(x, 286, 46, 4, "#f2f2ea")

    def frame(t: float) -> None:
        for start, speed, y, size, colour in (
            (-160, 150, 274, 0.72, "#e9e4d8"),
            (-700, 200, 274, 0.72, "#4f7fa3"),
            (-430, 215, 344, 1.0, RED),
            (-40, 190, 344, 1.0, "#5f6b7a"),
        ):
            x = start + speed * t
            if -120 < x < 760:
                with p.at(x, y, size=size):
                    car(p, colour, x / 14)

    return frame


def _red_car(p: Paint, take: Take) -> Frame:
    p.sky(take.pick(["#8fc8ea", "#f4c9a0", "#c4b8e0"]), "#f4f4ea", bottom=250)
    p.oval(530, 70, 30, colour="#fff1b8")
    hills = [(i * 170 + take.rng.uniform(-40, 40), take.rng.uniform(60, 120)) for i in range(12)]
    trees = [(i * 130 + take.rng.uniform(-30, 30), take.rng.uniform(0.7, 1.2)) for i in range(20)]

    def frame(t: float) -> None:
        for x, h in hills:
            if (px := (x - 26 * t) % 2040 - 200) < 800:
                p.oval(px, 262, 150, h, "#a9cf98")
        p.box(0, 246, 640, 120, "#8bc074")
        for x, s in trees:
            if (px := (x - 120 * t) % 2600 - 100) < 700:
                tree(p, px, 262, s)
        p.box(0, 280, 640, 90, "#5d646e")
        for i in range(10):
            p.box((i * 96 - 280 * t) % 960 - 120, 320, 54, 5, "#f2f2ea")
        with p.at(300 + 30 * math.sin(t * 0.9), 334 + 0.9 * math.sin(t * 16), size=1.55):
            car(p, RED, t * 18)

    return frame


def _toy_car(p: Paint, take: Take) -> Frame:
    room(p, take.pick(["#e6ddf0", "#dfeee6"]), "#c9a27c", 196)
    p.blob([(20, 360), (60, 230), (320, 214), (580, 230), (620, 360), (320, 420)], "#6f8fb8")
    p.blob([(60, 356), (92, 244), (320, 230), (548, 244), (580, 356), (320, 408)], "#89a7cc")
    for x, y, colour, letter in ((86, 156, "#f2b632", "C"), (140, 156, "#5da45f", "D"), (112, 106, "#e4572e", "E")):
        p.box(x, y, 50, 50, colour, 6)
        p.text(x + 25, y + 25, letter, 32, "#ffffff")
    p.box(470, 92, 90, 112, "#8a6a52", 4)
    p.oval(515, 150, 30, colour="#f7ead9")

    def frame(t: float) -> None:
        x = 150 + 74 * t
        with p.at(x, 312, turn=2 * math.sin(t * 22)):
            car(p, RED, t * 9)
            with p.at(-84, -26):
                squeeze = math.cos(t * 7)
                p.box(-12, -2.5, 24, 5, "#d9a441", 2)
                for side in (-1, 1):
                    p.oval(-17, side * 10 * squeeze, 9, 8 * abs(squeeze) + 1, "#d9a441")
                    p.oval(-17, side * 10 * squeeze, 4, 3.4 * abs(squeeze) + 0.4, "#9a7428")

    return frame


def _light(p: Paint, take: Take) -> Frame:
    p.sky(take.pick(["#9cc7e8", "#f0c59c", "#5a6a90"]), "#eef2ee")
    skyline(p, 640, "#a8b6c6", take.rng, low=120, high=300)
    p.box(170, 400, 20, 240, "#4b525c")

    def frame(t: float) -> None:
        u = t % 4.6
        lit = 0 if u < 1.8 else 2 if u < 3.6 else 1
        p.still(lit, lambda: _lamps(p, 180, 270, 2.1, lit))

    return frame


def _ambulance(loud: bool) -> Drawing:
    def draw(p: Paint, take: Take) -> Frame:
        p.sky(*(("#3a4668", "#8a7a90") if loud else ("#b8cbd8", "#eef0ea")), bottom=250)
        skyline(p, 252, "#39435c" if loud else "#a3b0bd", take.rng, low=60, high=160, lit="#f4d79a" if loud else None)
        p.box(0, 250, 640, 22, "#7a7f88")
        p.box(0, 272, 640, 90, "#4d535d")
        for x in range(0, 640, 80):
            p.box(x, 316, 46, 4, "#d8d8d0")
        if not loud:
            p.box(380, 110, 220, 142, "#f3efe4", 3)
            p.box(466, 180, 48, 72, "#8fb8cc", 2)
            p.box(481, 126, 18, 44, "#e8503f")
            p.box(468, 139, 44, 18, "#e8503f")

        def frame(t: float) -> None:
            x = -60 + 160 * t if loud else 210
            with p.at(x, 328, size=1.15):
                ambulance(p, x / 17 if loud else 0, 1 + int(t * 4) % 2)

        return frame

    return draw


def _dark(p: Paint, take: Take) -> Frame:
    p.sky("#06070b", "#0a0c12")

    def frame(t: float) -> None:
        p.oval(320, 180, 3, colour=mix("#06070b", "#141821", 0.5 + 0.5 * math.sin(t)))

    return frame


def _train(p: Paint, take: Take) -> Frame:
    p.sky("#a4d2ea", "#f4f3e6", bottom=260)
    cloud(p, take.near(120, 50), 56, 0.9)
    cloud(p, take.near(430, 50), 84, 0.7)
    p.blob([(-60, 400), (-60, 224), (130, 170), (300, 220), (480, 176), (700, 226), (700, 400)], "#9cc98a")
    p.blob([(-60, 400), (-60, 300), (200, 280), (420, 312), (700, 286), (700, 400)], "#7fb56c")
    for i in range(6):
        x = -30 + i * 130
        p.box(x, 226, 26, 140, "#b58a6b")
        p.pie(x + 78, 290, 52, 180, 360, "#00000000")
    p.box(0, 214, 640, 16, "#a87a5c")
    p.box(0, 210, 640, 5, "#5b5a63")
    colour = take.pick(["#2f8f83", "#c8523f", "#3d6fa3"])

    def frame(t: float) -> None:
        head = 120 + 150 * t
        for i in range(5):
            x = head - i * 152
            if x < -170 or x > 800:
                continue
            with p.at(x, 210):
                if i == 0:
                    p.blob([(-72, -62), (10, -64), (52, -50), (74, -18), (72, -6), (-72, -6)], colour)
                    p.poly([(18, -56), (44, -48), (58, -30), (18, -30)], "#cfe8f3")
                    p.oval(68, -14, 4, colour="#fff1b8")
                else:
                    p.box(-72, -62, 144, 56, colour, 8)
                for k in range(4 if i else 2):
                    p.box(-62 + k * 33, -50, 24, 18, "#cfe8f3", 3)
                p.box(-72, -22, 144 if i else 136, 5, "#f4ead0")
                for wx in (-50, -26, 26, 50):
                    p.oval(wx, -6, 8, colour="#2b2f36")

    return frame


def _broken(p: Paint, take: Take) -> Frame:
    p.fill("#2f4a3a")
    blocks = [
        [
            (
                take.rng.randrange(40),
                take.rng.randrange(23),
                take.rng.choice(["#3f7a4a", "#8a8f86", "#1f2a2a", "#b84a8a", "#4ac0b8", "#20351f"]),
            )
            for _ in range(330)
        ]
        for _ in range(6)
    ]

    def jam(number: int) -> None:
        ball(p, 320, 200, 46, 30)
        for x, y, colour in blocks[number]:
            p.box(x * 16, y * 16, 16 * (1 + x % 3), 16, colour)
        p.box(0, 120, 640, 54, "#7a8f7e")
        for i in range(40):
            p.box(i * 16, 128 + (i * 5) % 30, 14, 10, "#4a5f50")

    def frame(t: float) -> None:
        number = min(5, int(t * 1.5))
        p.still(number, lambda: jam(number))

    return frame


SCENES = (
    Scene("rush-hour", "早高峰", "Rush hour", "Two lanes of cars creep bumper to bumper towards a red light.", "city-cam", _jam,
          {"traffic_jam": Truth(3, rule="traffic"), "red_car": Truth(1, "boundary", 3, "main-subject"), "traffic_light": Truth(1, "boundary", 0, "main-subject"), "siren": Truth(1, "boundary", 0, "sound")},
          form="h264.mp4", seconds=5, sound=traffic),
    Scene("open-road", "畅通的公路", "Open road", "A few cars pass on a free road, one of them red.", "city-cam", _free,
          {"traffic_jam": Truth(0, "boundary", 1, "traffic"), "red_car": Truth(1, "boundary", 3, "main-subject")}, form="vp9.webm", seconds=5, fps=20, sound=wind),
    Scene("red-car", "红色小车", "Country drive", "A red car drives through hills.", "city-cam", _red_car,
          {"red_car": Truth(3, rule="all-parts"), "traffic_jam": Truth(0), "train": Truth(0)}, form="h264.mp4", seconds=5, fps=20),
    Scene("wind-up-car", "发条小车", "Wind it up", "A red wind-up car runs over a carpet among bricks.", "toy-corner", _toy_car,
          {"red_car": Truth(1, "boundary", 3, "toy"), "traffic_jam": Truth(0)}, form="mpeg4.avi", seconds=4, sound=silence, mirrors=False),
    Scene("traffic-light", "路口的灯", "Wait for it", "A traffic light goes from red to green to amber.", "city-cam", _light,
          {"traffic_light": Truth(3, rule="main-subject"), "red_triangle": Truth(0)}, form="h264.mp4", seconds=5, size=PORTRAIT),
    Scene("ambulance", "急救车驶过", "Make way", "An ambulance passes with its siren on.", "city-cam", _ambulance(True),
          {"siren": Truth(3, rule="sound"), "red_car": Truth(0), "bell": Truth(0)}, form="h264.mov", seconds=5, sound=siren),
    Scene("siren-in-the-dark", "夜里的声音", "Night sound", "The picture stays dark; a siren is heard.", "city-cam", _dark,
          {"siren": Truth(3, "boundary", 1, "sound"), "moon": Truth(0)}, form="hevc.mkv", seconds=4, sound=siren),
    Scene("parked-ambulance", "医院门口", "At the hospital", "An ambulance stands with its lamps flashing; no sound.", "city-cam", _ambulance(False),
          {"siren": Truth(1, "boundary", 3, "sound"), "traffic_light": Truth(0)}, form="vp9.mkv", seconds=4, mirrors=False),
    Scene("viaduct", "高架桥上", "Over the viaduct", "A train crosses a viaduct.", "coast-cam", _train,
          {"train": Truth(3, rule="main-subject"), "traffic_jam": Truth(0), "red_car": Truth(0)}, form="av1.webm", seconds=5, sound=train),
    Scene("broken-recording", "损坏的录像", "Match recording (damaged)", "A damaged recording: blocks cover the picture.", "park-sports", _broken,
          {"football": Truth(1, "bad_clip", 0, "bad-clip"), "snow": Truth(0, "bad_clip", 0, "bad-clip")}, form="mpeg4.avi", seconds=4),
)  # fmt: skip
