"""Cats and dogs: whole, half hidden, as a toy, as a shadow."""

from __future__ import annotations

import math

from relevance.demo.scenes.figures import cat, cloud, dog, house, room, tree
from relevance.demo.scenes.paint import Paint, mix, smooth
from relevance.demo.scenes.scene import Frame, Scene, Take, Truth
from relevance.demo.scenes.sounds import birds, silence, wind

FURS = ["#e39b54", "#8d8f98", "#d9c2a3", "#5c5148"]


def _window(p: Paint, x: float, y: float, w: float, h: float) -> None:
    p.box(x - 9, y - 9, w + 18, h + 18, "#fffaf2", 4)
    p.box(x, y, w, h, "#bfe3f2")
    cloud(p, x + w * 0.28, y + h * 0.3, 0.55)
    cloud(p, x + w * 0.78, y + h * 0.48, 0.4)
    hills = smooth([(x, y + h * 0.82), (x + w * 0.35, y + h * 0.7), (x + w * 0.7, y + h * 0.8), (x + w, y + h * 0.76)])
    p.poly([(x, y + h), *hills, (x + w, y + h)], "#8ec07c")
    p.box(x + w / 2 - 4, y, 8, h, "#fffaf2")


def _sill(p: Paint, take: Take) -> Frame:
    room(p, take.pick(["#e9d8c4", "#cfdcd6", "#d9d3e4"]), "#a57c5a", 330)
    _window(p, 170, 34, 300, 210)
    p.box(140, 252, 360, 16, "#fffaf2", 4)
    p.box(148, 268, 344, 6, "#00000018")
    for x in (96, 506):
        p.poly([(x, 20), (x + 44, 20), (x + 38, 300), (x + 4, 300)], "#c96f5b")
        for i in range(3):
            p.line([(x + 10 + i * 12, 24), (x + 9 + i * 11, 298)], "#b25d4b", 2)
    p.box(70, 12, 500, 8, "#7a5640", 4)
    p.box(200, 222, 40, 32, "#c8794f", 4)
    for a in (-40, -10, 20, 45):
        p.curve([(220, 222), (220 + a * 0.5, 196), (220 + a, 180)], "#5b9a5f", 6)
    fur = take.pick(FURS)

    def frame(t: float) -> None:
        with p.at(338, 256, size=1.18):
            cat(p, fur=fur, tail=math.sin(t * 2.1), blink=1.6 < t % 2.4 < 1.8, look=math.sin(t * 0.9))

    return frame


def _sofa(p: Paint, take: Take) -> Frame:
    room(p, take.pick(["#d6e2de", "#e6d9cc"]), "#9b7657", 268)
    p.box(70, 46, 104, 76, "#8a6a52", 3)
    p.box(77, 53, 90, 62, "#f4ead9")
    p.blob([(80, 112), (108, 76), (128, 98), (146, 84), (164, 112)], "#7fa7a0")
    p.box(556, 96, 6, 176, "#4d4a48")
    p.poly([(528, 96), (590, 96), (576, 50), (542, 50)], "#f2d8a0")
    fur, sofa = take.pick(FURS), take.pick(["#4f7f8c", "#8c5f6e", "#6b7f4f"])

    def frame(t: float) -> None:
        up = 6 * math.sin(t * 1.1)
        with p.at(246, 262 + up, size=1.1):
            cat(p, fur=fur, blink=True)
        with p.at(470, 166):
            p.curve([(0, 40), (4, 6), (16 + 12 * math.sin(t * 2.6), -22), (10 + 24 * math.sin(t * 2.6), -46)], fur, 15)
        p.box(118, 158, 408, 112, sofa, 22)
        p.box(96, 190, 60, 92, mix(sofa, "#000000", 0.12), 20)
        p.box(488, 190, 60, 92, mix(sofa, "#000000", 0.12), 20)
        p.box(140, 222, 178, 54, mix(sofa, "#ffffff", 0.12), 12)
        p.box(324, 222, 178, 54, mix(sofa, "#ffffff", 0.12), 12)
        p.box(112, 270, 420, 22, mix(sofa, "#000000", 0.22), 8)
        for x in (130, 500):
            p.box(x, 290, 12, 16, "#4a3426")

    return frame


def _plush(p: Paint, take: Take) -> Frame:
    room(p, take.pick(["#f3dfe2", "#dfeaf3", "#eaf3df"]), "#c9a27c", 300)
    p.box(60, 246, 520, 16, "#a9764d", 4)
    p.box(60, 262, 520, 5, "#00000020")
    for i, (w, h, colour) in enumerate(
        ((26, 92, "#3d7ea6"), (20, 80, "#e4572e"), (30, 98, "#5da45f"), (22, 74, "#f2b632"))
    ):
        p.box(92 + i * 31, 246 - h, w, h, colour, 2)
        p.box(96 + i * 31, 246 - h + 14, w - 8, 4, "#ffffffa0")
    p.box(452, 190, 56, 56, "#f2b632", 6)
    p.text(480, 218, "A", 38, "#ffffff")
    p.box(478, 136, 54, 54, "#3d8fb5", 6)
    p.text(505, 163, "B", 36, "#ffffff")
    fur = take.pick(["#c9a3c6", "#a3b8c9", "#c9c0a3"])

    def frame(t: float) -> None:
        with p.at(330, 248, size=1.25, turn=2.4 * math.sin(t * 1.7)):
            cat(p, fur=fur, plush=True)

    return frame


def _shadow(p: Paint, take: Take) -> Frame:
    p.sky("#39465f", "#2a3247")
    p.box(120, 24, 400, 300, "#1f2636", 6)
    p.box(132, 36, 376, 276, take.pick(["#f6d99a", "#f0c9a0"]))
    p.glow(320, 150, 190, "#fff3d0", 0.75)
    p.box(0, 336, 640, 24, "#1c2230")

    def frame(t: float) -> None:
        shade, x = "#4a3a34", 320 + 22 * math.sin(t * 0.8)
        with p.at(x, 312, size=1.45):
            p.curve([(30, -12), (62, -10), (76, -38), (68 + 14 * math.sin(t * 2.2), -66)], shade, 12)
            p.blob([(-30, 0), (-40, -30), (-27, -66), (0, -80), (27, -66), (40, -30), (30, 0)], shade)
            for side in (-1, 1):
                p.poly([(side * 34, -96), (side * 31, -131), (side * 8, -114)], shade)
            p.oval(0, -92, 38, 32, shade)
        for y in range(36, 312, 23):
            p.box(132, y, 376, 2.4, "#a8844e70")
        p.box(120, 312, 400, 12, "#1f2636")
        p.line([(488, 40), (488, 200)], "#8a6a3c", 2)

    return frame


def _park(p: Paint, take: Take, *, far: float = 0) -> None:
    p.sky(take.pick(["#9fd3ee", "#f6cfa8", "#b9d0f0"]), "#eef8fb", bottom=250)
    cloud(p, take.near(140, 60), 62, 0.9)
    cloud(p, take.near(470, 60), 88, 0.7)
    p.blob([(-60, 400), (-60, 214), (140, 176), (330, 214), (520, 182), (720, 220), (720, 400)], "#a6d18c")
    p.box(0, 236, 640, 130, "#86c06c")
    for x, s in ((64, 1.15), (180, 0.8), (560, 1.2)):
        tree(p, take.near(x, 24), 252, s, take.pick(["#4c9a6a", "#6aa84f", "#c98b3c"]))
    p.box(0, 292 - far, 640, 40, "#e8d7b0")
    p.box(0, 290 - far, 640, 4, "#74ab5c")


def _walk(p: Paint, take: Take) -> Frame:
    _park(p, take)
    fur = take.pick(["#c08a58", "#6d5a4c", "#e8d3b0", "#4b4f58"])

    def frame(t: float) -> None:
        p.oval(60 + 92 * t, 322, 74, 7, "#1c254030")
        with p.at(60 + 92 * t, 322, size=1.12):
            dog(p, stride=t * 7.5, wag=math.sin(t * 11), fur=fur, bob=2 * math.sin(t * 15))

    return frame


def _both(p: Paint, take: Take) -> Frame:
    _park(p, take)
    house(p, 420, 256, 96, 66, "#f1dfc4", "#b85c48")
    for i in range(12):
        p.box(300 + i * 30, 232, 9, 30, "#fffaf2", 2)
    p.box(296, 240, 350, 5, "#fffaf2")
    fur = take.pick(["#6d5a4c", "#c08a58", "#4b4f58"])

    def frame(t: float) -> None:
        with p.at(566, 235, size=0.34):
            cat(p, fur="#5c5148", tail=math.sin(t * 2), look=-1.2)
        p.oval(230, 338, 110, 9, "#1c254030")
        with p.at(230, 338, size=1.65):
            dog(p, stride=0.5 + 0.12 * math.sin(t * 3), wag=math.sin(t * 12), fur=fur, bob=1.2 * math.sin(t * 3))

    return frame


SCENES = (
    Scene("cat-on-sill", "窗台上的猫", "A cat on the sill", "A ginger cat sits on a window sill, its tail sways.", "pet-diary", _sill,
          {"cat": Truth(3, rule="main-subject"), "dog": Truth(0), "fish": Truth(0)}, form="h264.mp4", seconds=5, sound=birds),
    Scene("behind-the-sofa", "沙发后面", "Behind the sofa", "Two ears and a tail show behind a sofa.", "pet-diary", _sofa,
          {"cat": Truth(2, "boundary", 1, "partly-hidden"), "dog": Truth(0)}, form="av1.mp4", seconds=5),
    Scene("plush-cat", "架子上的小猫", "Kitty on the shelf", "A plush cat with button eyes rocks on a shelf among books.", "toy-corner", _plush,
          {"cat": Truth(1, "boundary", 3, "toy"), "dog": Truth(0)}, form="hevc.mkv", seconds=4, mirrors=False),
    Scene("shadow-on-blind", "窗帘上的影子", "A shadow on the blind", "Behind a lit blind the shadow of a cat moves.", "old-town-walks", _shadow,
          {"cat": Truth(2, "gap", 0), "dog": Truth(0)}, form="vp9.mkv", seconds=5, sound=silence),
    Scene("dog-walk", "小狗散步", "Out for a walk", "A dog with a red collar trots through a park.", "pet-diary", _walk,
          {"dog": Truth(3, rule="main-subject"), "cat": Truth(0), "football": Truth(0)}, form="h264.mp4", seconds=5, fps=20, sound=birds),
    Scene("dog-and-cat", "邻居", "Neighbours", "A dog stands in front; a cat sits small on a fence at the back.", "pet-diary", _both,
          {"dog": Truth(3, rule="main-subject"), "cat": Truth(1, "boundary", 3, "main-subject")}, form="h264.mkv", seconds=4, sound=wind),
)  # fmt: skip
