"""Shapes, counts and words: what can be counted, named by a colour, or read."""

from __future__ import annotations

import math

from relevance.demo.scenes.figures import balloon, cloud, goldfish
from relevance.demo.scenes.paint import Paint, fade, mix
from relevance.demo.scenes.scene import PORTRAIT, SQUARE, Drawing, Frame, Scene, Take, Truth
from relevance.demo.scenes.sounds import birds, silence

RED = "#d92f3a"


def _triangle(colour: str) -> Drawing:
    def draw(p: Paint, take: Take) -> Frame:
        base = take.pick(["#f4efe6", "#e8f0f2", "#f0ebf4", "#eef3e6"])
        p.sky(mix(base, "#ffffff", 0.6), base)
        for i in range(6):
            p.ring(240, 240, 70 + 46 * i, mix(base, "#8a8f9a", 0.16), 1.2)
        way = take.pick([1, -1])

        def frame(t: float) -> None:
            grow = 1 + 0.05 * math.sin(t * 2.2)
            for dx, dy, shade in ((10, 14, "#3b405026"), (0, 0, colour)):
                with p.at(240 + dx, 250 + dy, turn=way * t * 48, size=grow):
                    p.poly([(0, -128), (112, 66), (-112, 66)], shade)
            with p.at(240, 250, turn=way * t * 48, size=grow):
                p.poly([(0, -128), (0, 0), (-112, 66)], fade(mix(colour, "#ffffff", 0.35), 0.55))

        return frame

    return draw


def _drift(p: Paint, take: Take) -> Frame:
    p.sky("#eef2f7", "#dfe7ef")
    colours = ["#3d7ea6", "#5da45f", "#f2c14e", "#8a6bb0", "#3fb0a5", "#e98fae", "#4a5a78"]
    shapes = []
    for i in range(take.some(17, 12, 24)):
        x, y = (i * 97 + take.rng.uniform(-20, 20)) % 640, (i * 61 + take.rng.uniform(-15, 15)) % 340 + 10
        shapes.append(
            (x, y, i % 3, colours[i % 7], take.rng.uniform(20, 44), take.rng.uniform(-26, 26), take.rng.uniform(0, 7))
        )

    def frame(t: float) -> None:
        for x, y, kind, colour, r, speed, phase in shapes:
            with p.at((x + speed * t + 60) % 760 - 60, y + 9 * math.sin(t * 1.3 + phase), turn=speed * t):
                if kind == 0:
                    p.oval(0, 0, r, colour=colour)
                elif kind == 1:
                    p.box(-r, -r, 2 * r, 2 * r, colour, 6)
                else:
                    p.poly(
                        [(r * 1.2 * math.cos(w), r * 1.2 * math.sin(w)) for w in (i * math.pi / 3 for i in range(6))],
                        colour,
                    )
        with p.at(450 - 34 * t, 96 + 22 * t, turn=t * 40):
            p.poly([(0, -21), (19, 13), (-19, 13)], RED)

    return frame


def _balloons(n: int, late: float | None) -> Drawing:
    def draw(p: Paint, take: Take) -> Frame:
        p.sky(take.pick(["#8ecae6", "#a3c4f3", "#9bd4c4", "#f7c8a4"]), "#e8f5fb")
        for x, y, s in ((70, 120, 0.8), (300, 210, 0.6), (230, 60, 0.9)):
            cloud(p, take.near(x, 40), y, s, "#ffffffd0"[:7])
        p.blob([(-40, 660), (-40, 560), (90, 530), (220, 575), (400, 540), (400, 660)], "#7cb86f")
        p.blob([(-40, 660), (-40, 600), (150, 585), (400, 610), (400, 660)], "#68a65c")
        colours = ["#e4572e", "#f2b632", "#3d8fb5", "#8a5fb0", "#4aa564"]
        take.rng.shuffle(colours) if take.number else None
        places = [(100, 0), (182, -66), (262, 14), (140, -170)]

        def frame(t: float) -> None:
            for i in range(n):
                x, dy = places[i]
                rise = 430 - 62 * t + dy
                if late is not None and i == n - 1:
                    if t < late:
                        continue
                    x, rise = 70, 700 - 190 * (t - late)
                sway = math.sin(t * 1.6 + i * 1.9)
                balloon(p, x + 9 * sway, rise, 1.18, colours[i % 5], sway)

        return frame

    return draw


def _countdown(p: Paint, take: Take) -> Frame:
    ground = take.pick(["#22304a", "#3a2a44", "#1f3d3a"])
    p.fill(ground)
    glow = take.pick(["#f2b632", "#5cc8e8", "#f08a7c"])
    p.ring(240, 240, 150, mix(ground, "#ffffff", 0.16), 12)

    def frame(t: float) -> None:
        left = 5 - t
        number, part = max(0, math.ceil(left)), left % 1
        if number:
            share = part if part > 0 else 1
            points = [
                (240 + 150 * math.sin(2 * math.pi * share * i / 60), 240 - 150 * math.cos(2 * math.pi * share * i / 60))
                for i in range(61)
            ]
            p.line(points, glow, 12)
        p.text(
            240,
            240,
            str(number) if number else "GO!",
            150 * (1 + 0.12 * max(0.0, part - 0.7)) if number else 110,
            "#ffffff",
        )

    return frame


def _sale(p: Paint, take: Take) -> Frame:
    p.sky(take.pick(["#ffd166", "#9be0d0", "#ffc2b4"]), "#ffb35c")

    def frame(t: float) -> None:
        for i in range(14):
            w = t * 9 + i * 360 / 14
            p.pie(320, 180, 470, w, w + 360 / 28, "#ffffff2e")
        pop = min(1.0, t * 1.8)
        size = 1 + 0.14 * math.sin(pop * math.pi) + 0.012 * math.sin(t * 4)
        with p.at(320, 178, size=max(0.05, pop * size)):
            p.box(-216, -96, 432, 200, "#c8452f26", 26)
            p.box(-220, -104, 440, 200, "#ffffff", 26)
            p.text(0, -54, "SUMMER SALE", 50, "#d9412f")
            p.line([(-150, -16), (150, -16)], "#f2b632", 4)
            p.text(0, 40, "- 50 %", 84, "#24406b")
        if t > 1.4:
            with p.at(556, 66, turn=-10 + 5 * math.sin(t * 3), size=min(1.0, (t - 1.4) * 3)):
                p.oval(0, 0, 48, colour="#2a9d8f")
                p.text(0, -8, "ONLY", 20, "#ffffff")
                p.text(0, 14, "TODAY", 20, "#ffffff")

    return frame


def _sign(p: Paint, take: Take) -> Frame:
    p.sky("#2a3350", "#58608a")
    p.box(0, 300, 640, 60, "#2c2f3d")
    p.box(60, 60, 520, 250, take.pick(["#7d4e46", "#4e6a7d", "#6a5a7d"]))
    for row in range(10):
        for col in range(11):
            p.box(60 + col * 50 - (row % 2) * 18, 62 + row * 25, 46, 1.4, "#00000022")
    p.box(110, 200, 190, 100, "#ffd98a", 4)
    p.box(205, 200, 5, 100, "#3a2a28")
    p.box(380, 190, 90, 112, "#3a2a28", 4)
    p.box(392, 202, 66, 50, "#ffd98a", 3)
    for i in range(9):
        p.poly(
            [(100 + i * 24, 176), (124 + i * 24, 176), (120 + i * 24, 204), (104 + i * 24, 204)],
            "#e8503f" if i % 2 else "#fbf3e6",
        )

    p.box(150, 84, 340, 78, "#20232e", 12)

    def neon(on: bool) -> None:
        if on:
            p.glow(320, 122, 190, "#ff7a9a", 0.34)
        p.text(320, 123, "FISH & CHIPS", 46, "#ffb3c7" if on else "#6a4a58")

    def frame(t: float) -> None:
        on = not (1.9 < t % 2.6 < 2.02 or 2.12 < t % 2.6 < 2.2)
        p.still(on, lambda: neon(on))

    return frame


def _bowl(p: Paint, take: Take) -> Frame:
    wall = take.pick(["#f3e3d0", "#dcebe6", "#e6e0f0"])
    p.sky(wall, mix(wall, "#ffffff", 0.5))
    p.box(0, 300, 640, 60, "#b98a5e")
    p.box(0, 300, 640, 8, "#cfa277")
    p.oval(320, 318, 150, 10, "#00000022")
    p.oval(320, 186, 176, 148, "#cdeaf2")
    p.blob(
        [
            (150, 150),
            (240, 142),
            (320, 152),
            (400, 142),
            (490, 150),
            (496, 196),
            (466, 264),
            (400, 318),
            (320, 332),
            (240, 318),
            (174, 264),
            (144, 196),
        ],
        "#8fd0e4",
    )
    p.blob([(196, 286), (260, 276), (320, 284), (392, 274), (446, 284), (400, 318), (320, 331), (240, 318)], "#e6cf9c")
    for x, h in ((236, 70), (250, 96), (404, 84)):
        p.curve([(x, 288), (x - 8, 288 - h * 0.4), (x + 6, 288 - h * 0.7), (x - 2, 288 - h)], "#4f9c6b", 7)
    bubbles = [(take.rng.uniform(220, 420), take.rng.uniform(0, 3)) for _ in range(7)]

    def frame(t: float) -> None:
        w = t * 1.25
        goldfish(p, 320 + 86 * math.sin(w), 222 + 14 * math.sin(t * 2), 1.25, t * 9, left=math.cos(w) < 0)
        for x, phase in bubbles:
            y = 280 - ((t * 44 + phase * 46) % 130)
            p.ring(x + 3 * math.sin(t * 4 + phase), y, 4, "#ffffffb0", 1.6)
        p.blob([(190, 130), (216, 98), (232, 92), (208, 124), (188, 176), (180, 172)], "#ffffff70")
        p.line([(226, 62), (414, 62)], "#e6f5fa", 7)

    return frame


SCENES = (
    Scene("red-triangle", "旋转的红色三角形", "A turning red triangle", "A single red triangle turns on a pale ground.",
          "studio-north", _triangle(RED),
          {"red_triangle": Truth(3, rule="all-parts"), "three_balloons": Truth(0), "traffic_light": Truth(0)}, size=SQUARE, seconds=4, form="h264.mp4"),
    Scene("orange-triangle", "三角形（橙红）", "A triangle, orange-red", "A triangle whose colour lies between orange and red.",
          "studio-north", _triangle("#ee5a24"),
          {"red_triangle": Truth(2, "boundary", 0, "colour"), "orange": Truth(0, rule="look-alike")}, size=SQUARE, seconds=4, form="h264.mov"),
    Scene("shapes-drift", "漂移的几何图形", "Shapes adrift", "Many coloured shapes drift past; one of them is a small red triangle.",
          "studio-north", _drift,
          {"red_triangle": Truth(1, "boundary", 3, "main-subject"), "three_balloons": Truth(0)}, form="h264.mkv"),
    Scene("three-balloons", "气球升空", "Balloons going up", "Three balloons rise over a meadow.", "lucy.films", _balloons(3, None),
          {"three_balloons": Truth(3, rule="count"), "sunset_sea": Truth(0)}, size=PORTRAIT, seconds=5, form="hevc.mp4", sound=birds),
    Scene("fourth-balloon", "又飞来一个气球", "One more balloon", "Three balloons rise; towards the end a fourth one comes.", "lucy.films", _balloons(4, 2.9),
          {"three_balloons": Truth(2, "boundary", 0, "count")}, size=PORTRAIT, seconds=5, form="vp9.webm", sound=birds),
    Scene("countdown", "五秒倒计时", "Five seconds to go", "The numbers five to one, and GO.", "motion-kit", _countdown,
          {"countdown": Truth(3, rule="words-on-screen"), "alarm_clock": Truth(0, "boundary", 1, "look-alike"), "sale": Truth(0)}, size=SQUARE, seconds=6, form="mpeg4.avi", sound=silence),
    Scene("summer-sale", "夏日大促销", "Half price", "A card announces a summer sale.", "motion-kit", _sale,
          {"sale": Truth(3, rule="words-on-screen"), "sunset_sea": Truth(0), "countdown": Truth(0)}, seconds=5, form="h264.mp4"),
    Scene("fish-and-chips", "霓虹招牌", "The neon sign", "A neon sign over a shop reads FISH & CHIPS.", "old-town-walks", _sign,
          {"fish": Truth(1, "boundary", 0, "words-on-screen"), "sale": Truth(0)}, seconds=5, form="av1.webm", sound=silence),
    Scene("goldfish-bowl", "鱼缸里的金鱼", "Goldfish in a bowl", "A goldfish swims to and fro in a bowl.", "pet-diary", _bowl,
          {"fish": Truth(3, rule="main-subject"), "orange": Truth(0, rule="look-alike"), "cat": Truth(0)}, seconds=5, form="av1.mp4"),
)  # fmt: skip
