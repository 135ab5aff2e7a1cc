"""Simulated graders: as right, as quick and as quarrelsome as they claim to be."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from relevance.consensus import Disputed, Open, Policy, consensus
from relevance.demo.crowd import SKILLS, SimGrader, behave
from relevance.demo.keywords import BATCHES, BY_KEY, DemoItem, make_items
from relevance.demo.people import STYLES, make_people
from relevance.demo.scenes.catalogue import CATALOGUE
from relevance.demo.scenes.make import DemoClip
from relevance.errors import BadInput

CLEAR = DemoItem("D1", "cat-on-sill.mp4", "cat-on-sill", BY_KEY["cat"], BATCHES[0], 2, "clear")
TOY = DemoItem("D2", "plush-cat.mkv", "plush-cat", BY_KEY["cat"], BATCHES[0], 1, "boundary", 3, "toy")
GAP = DemoItem("D3", "fire-on-tv.webm", "fire-on-tv", BY_KEY["campfire"], BATCHES[0], 1, "gap", 3)
TEAM = [
    SimGrader(person.login, person.style, person.language) for person in make_people() if person.style is not None
]  # fmt: skip


def test_a_team_is_right_on_clear_items_about_93_times_in_100() -> None:
    # (3 x .975 + 4 x .94 + .92 + .92 + 2 x .90 + .84) / 12 = 11.165 / 12 = .9304
    claimed = sum(SKILLS[style].accuracy for style in STYLES) / len(STYLES)
    assert claimed == pytest.approx(0.9304, abs=1e-4)
    rng = random.Random(7)
    right = [behave(TEAM[i % 12], CLEAR, rng).level == CLEAR.level for i in range(12_000)]
    # standard error sqrt(.93 x .07 / 12000) = .0023; four of them
    assert sum(right) / len(right) == pytest.approx(claimed, abs=0.0093)


def test_a_lenient_grader_errs_upwards_and_a_strict_one_downwards() -> None:
    rng = random.Random(8)

    def mean(style: str) -> float:
        grader = SimGrader("x", style)  # type: ignore[arg-type]
        return sum(behave(grader, TOY, rng).level or 0 for _ in range(4_000)) / 4_000

    # p(high) = .5 + lean = .8, .5, .2; of 85 % (else the level between): 1 + 2p = 2.6, 2, 1.4 and 2 for the rest
    # lenient .85 x 2.6 + .15 x 2 = 2.51; average 2.00; strict .85 x 1.4 + .15 x 2 = 1.49
    assert mean("lenient") == pytest.approx(2.51, abs=0.06)
    assert mean("average") == pytest.approx(2.00, abs=0.06)
    assert mean("strict") == pytest.approx(1.49, abs=0.06)


def test_where_no_rule_says_a_careful_grader_flags_it_and_a_careless_one_grades() -> None:
    rng = random.Random(9)

    def flagged(style: str) -> float:
        answers = [behave(SimGrader("x", style), GAP, rng) for _ in range(2_000)]  # type: ignore[arg-type]
        assert {answer.flag for answer in answers} == {None, "no_rule"}
        assert all(answer.flag_text for answer in answers if answer.flag)
        return sum(answer.flag is not None for answer in answers) / 2_000

    # .15 + .5 x care: careful .15 + .30 = .45; careless .15 + .03 = .18
    assert flagged("careful") == pytest.approx(0.45, abs=0.045)
    assert flagged("careless") == pytest.approx(0.18, abs=0.035)


def test_an_answer_always_has_a_level_or_a_flag_and_times_that_fit_the_clip() -> None:
    rng = random.Random(10)
    for item in (CLEAR, TOY, GAP):
        for at in range(600):
            said = behave(TEAM[at % 12], item, rng, clip_ms=4_000)
            assert (said.level is None) == (said.flag is not None)
            assert 0 <= said.watched_ms <= 4_000
            assert 0 <= said.watched_share <= 1
            assert said.decision_ms >= 1_800
            assert all(0 <= at_ms <= said.watched_ms for at_ms in said.evidence_ms)


def test_the_same_random_numbers_give_the_same_answer() -> None:
    assert behave(TEAM[0], TOY, random.Random(3)) == behave(TEAM[0], TOY, random.Random(3))


def test_about_a_fifth_of_the_items_ends_as_a_dispute_or_a_question_and_the_pace_is_13_5_s() -> None:
    clips = [
        DemoClip(Path(f"{scene.name}.{scene.form.split('.')[1]}"), scene.name, 0, "", "", "", "", scene.truth)
        for scene in CATALOGUE
    ]
    items = make_items(clips)
    argued, seen, times = 0, 0, []
    for seed in range(20):
        rng = random.Random(seed)
        for item in items:
            levels: list[int] = []
            for grader in rng.sample(TEAM, 5):
                said = behave(grader, item, rng)
                times.append(said.decision_ms)
                if said.level is not None:
                    levels.append(said.level)
                now = consensus(levels, Policy())
                if said.flag is not None or not isinstance(now, Open):
                    argued += said.flag is not None or isinstance(now, Disputed)
                    break
            seen += 1
    assert argued / seen == pytest.approx(0.20, abs=0.04)
    assert sum(times) / len(times) == pytest.approx(13_500, rel=0.06)


def test_there_is_somebody_for_every_role_and_graders_alternate_between_two_teams() -> None:
    people = make_people()
    assert {person.part for person in people} == {"admin", "lead", "grader", "client", "specialist", "analyst"}
    graders = [person for person in people if person.part == "grader"]
    leads = [person.login for person in people if person.part == "lead"]
    assert len(graders) == 12
    assert [sum(grader.lead == lead for grader in graders) for lead in leads] == [6, 6]


def test_hundreds_of_graders_have_logins_of_their_own() -> None:
    logins = [person.login for person in make_people(500)]
    assert len(set(logins)) == len(logins) == 506


def test_one_grader_cannot_agree_with_anybody_and_is_refused() -> None:
    with pytest.raises(BadInput, match="at least two graders; 1 were asked for"):
        make_people(1)
