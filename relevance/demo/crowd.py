"""Graders who behave like people: each has a skill, a leaning and a pace, and argues where the guideline lets him.

Pure: the same grader, item and random numbers give the same answer.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import Literal

from relevance.demo.arguments import GAPS, HIGHER, LOWER, SLIPS, UNCLEAR
from relevance.demo.keywords import DemoItem
from relevance.demo.people import Style

Flag = Literal["bad_clip", "unclear_keyword", "no_rule", "other"]


@dataclass(frozen=True, slots=True)
class Skill:
    """How a style of grader works.

    accuracy: share of clear items that he gets right.
    lean: on a boundary, how much likelier he takes the higher level; -0.5 to 0.5.
    pace: his decision time as a share of the usual 13.5 s.
    attention: about the share of a clip that he watches.
    care: how likely he writes, cites a rule or flags where there is a reason to; 0 to 1.
    """

    accuracy: float
    lean: float
    pace: float
    attention: float
    care: float


SKILLS: dict[Style, Skill] = {
    "careful": Skill(0.975, 0.00, 1.25, 0.97, 0.60),
    "average": Skill(0.940, 0.00, 1.00, 0.85, 0.30),
    "lenient": Skill(0.920, 0.30, 0.95, 0.80, 0.25),
    "strict": Skill(0.920, -0.30, 1.05, 0.90, 0.40),
    "hurried": Skill(0.900, 0.05, 0.62, 0.50, 0.12),
    "careless": Skill(0.840, 0.10, 0.80, 0.55, 0.06),
}
USUAL_MS = 11_900  # of a clear item; with the hard ones the mean of a team is about 13.5 s
SLOWER = {"clear": 1.0, "boundary": 1.45, "gap": 1.7, "ambiguous": 1.4, "bad_clip": 1.1}


@dataclass(frozen=True, slots=True)
class SimGrader:
    """A simulated grader."""

    login: str
    style: Style
    language: str = "zh"

    @property
    def skill(self) -> Skill:
        """How he works."""
        return SKILLS[self.style]


@dataclass(frozen=True, slots=True)
class SimAnswer:
    """What he says of an item. Times are milliseconds within the clip or the decision; shares 0 to 1."""

    level: int | None
    flag: Flag | None = None
    flag_text: str | None = None
    note: str | None = None
    rule: str | None = None
    evidence_ms: tuple[int, ...] = ()
    decision_ms: int = 0
    first_frame_ms: int = 0
    watched_ms: int = 0
    watched_share: float = 0.0
    speed: float = 1.0


def _clear(level: int, skill: Skill, rng: random.Random) -> int:
    """Right with his accuracy; else mostly the neighbouring level, in the direction that he leans."""
    if rng.random() < skill.accuracy:
        return level
    if rng.random() < 0.12:
        return rng.choice([other for other in range(4) if other != level])
    up = rng.random() < 0.5 + skill.lean
    return min(3, level + 1) if (up and level < 3) or level == 0 else level - 1


def _between(one: int, other: int, skill: Skill, rng: random.Random) -> int:
    """One of two levels that both can be argued; rarely one beside them."""
    low, high = sorted((one, other))
    if high - low > 1 and rng.random() < 0.15:
        return low + 1
    return high if rng.random() < 0.5 + skill.lean else low


def _say(texts: tuple[tuple[str, str], ...], language: str, rng: random.Random) -> str:
    zh, en = rng.choice(texts)
    return en if language == "en" else zh


def behave(grader: SimGrader, item: DemoItem, rng: random.Random, *, clip_ms: int = 5_000) -> SimAnswer:
    """What a grader does with an item.

    >>> from relevance.demo.keywords import BATCHES, BY_KEY
    >>> cat = DemoItem("D1", "cat.mp4", "cat", BY_KEY["cat"], BATCHES[0], 3, "clear")
    >>> behave(SimGrader("lina", "careful"), cat, random.Random(1)).level
    3
    """
    skill, kind, other = grader.skill, item.kind, item.other
    level: int | None
    flag: Flag | None = None
    flag_text: str | None = None
    if kind == "clear" or other is None:
        level = _clear(item.level, skill, rng)
    else:
        level = _between(item.level, other, skill, rng)
    chance = rng.random()
    if kind == "gap" and chance < 0.15 + 0.5 * skill.care:
        level, flag, flag_text = None, "no_rule", _say(GAPS[item.scene], grader.language, rng)
    elif kind == "ambiguous" and chance < 0.25 + 0.6 * skill.care:
        level, flag, flag_text = None, "unclear_keyword", _say(UNCLEAR["ambiguous"], grader.language, rng)
    elif kind == "bad_clip" and chance < 0.5 + 0.6 * skill.care:
        level, flag, flag_text = None, "bad_clip", _say(UNCLEAR["bad_clip"], grader.language, rng)

    note: str | None = None
    rule: str | None = None
    if level is not None and kind == "boundary" and other is not None and item.rule in HIGHER:
        if rng.random() < skill.care:
            texts = HIGHER if level == max(item.level, other) else LOWER
            note = _say(texts[item.rule], grader.language, rng)
        if rng.random() < skill.care:
            rule = item.rule
    elif level is not None and kind == "clear" and level != item.level and rng.random() < skill.care * 0.5:
        note = _say(SLIPS, grader.language, rng)
    elif level is not None and kind == "clear" and item.rule and rng.random() < skill.care * 0.35:
        rule = item.rule

    decision = round(max(1_800, USUAL_MS * skill.pace * SLOWER[kind] * rng.lognormvariate(-0.08, 0.4)))
    share = min(1.0, max(0.12, rng.gauss(skill.attention, 0.12)))
    speed = rng.choice((1.5, 2.0)) if skill.pace < 0.7 and rng.random() < 0.5 else 1.0
    watched = min(round(clip_ms * share), round(decision * 0.95 * speed))
    evidence: tuple[int, ...] = ()
    if level and kind != "clear" and rng.random() < skill.care:
        evidence = (round(watched * rng.uniform(0.2, 0.95)),)
    return SimAnswer(
        level, flag, flag_text, note, rule, evidence,
        decision_ms=decision,
        first_frame_ms=rng.randint(4, 48),
        watched_ms=watched,
        watched_share=round(min(1.0, watched / clip_ms), 3),
        speed=speed,
    )  # fmt: skip
