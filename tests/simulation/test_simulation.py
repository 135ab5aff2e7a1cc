"""The simulation: its world is what was laid down, its rules are the product's, its goals are reached or said to be missed."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from relevance.cli.simulate import simulate
from relevance.consensus import Policy, consensus
from relevance.errors import BadInput
from relevance.simulation.grading import DISPUTED, SETTLED, grade, judged
from relevance.simulation.parameters import World
from relevance.simulation.run import bottleneck, first_hour, run
from relevance.simulation.truth import BOUNDARY, CLEAR, CLIP, ERROR, GAP, KEYWORD, Truth


def test_the_world_has_the_shares_that_were_laid_down() -> None:
    day = Truth(World(), 1).day()
    share = {kind: float((day.kind == kind).mean()) for kind in (CLEAR, GAP, BOUNDARY, KEYWORD, ERROR, CLIP)}
    # A fifth unclear; of it 35, 25, 15, 15 and 10 %. 12,000 items: four standard errors are at most .015.
    assert share == pytest.approx(
        {CLEAR: 0.8, GAP: 0.07, BOUNDARY: 0.05, KEYWORD: 0.03, ERROR: 0.03, CLIP: 0.02}, abs=0.015
    )
    clear = np.bincount(day.truth[day.kind == CLEAR], minlength=4) / (day.kind == CLEAR).sum()
    assert clear == pytest.approx([0.4, 0.2, 0.2, 0.2], abs=0.02)
    flagged = (day.flag_at >= 0)[day.kind != CLEAR].mean()
    assert flagged == pytest.approx(0.4, abs=0.04)
    assert not (day.flag_at >= 0)[day.kind == CLEAR].any()


def test_a_careless_error_is_one_wrong_grade_of_the_first_two() -> None:
    day = Truth(World(), 2).day()
    rows = day.kind == ERROR
    wrong = (day.level[rows, :2] != day.truth[rows, None]).sum(axis=1)
    assert (wrong == 1).all()


def test_errors_go_to_the_next_level_four_times_in_five() -> None:
    day = Truth(World(), 3).day()
    off = np.abs(day.level - day.truth[:, None])[day.kind == CLEAR]
    assert (off[off > 0] == 1).mean() == pytest.approx(0.8, abs=0.02)


def test_a_published_rule_is_followed_by_nine_in_ten() -> None:
    truth = Truth(World(accuracy=0.999, accuracy_sd=0.0005, careless=0), 4)
    for situation in range(len(truth.kind)):
        truth.publish(situation, int(truth.truth[situation]))
    day = truth.day()
    rows = day.kind == GAP
    right = (day.level[rows] == day.truth[rows, None]).mean()
    assert right == pytest.approx(0.95, abs=0.02)  # nine in ten, and half of the rest read it so by themselves


def test_grading_is_the_product_s_policy() -> None:
    day = Truth(World(), 5).day()
    found = grade(day, Policy())
    for row in range(0, 12_000, 97):
        levels = day.level[row, : found.n[row]].tolist()
        if found.flagged[row]:
            assert found.state[row] == DISPUTED
        else:
            said = consensus(levels, Policy())
            assert (found.state[row] == SETTLED) == (type(said).__name__ == "Settled")


def test_every_combination_of_votes_is_judged_as_the_policy_judges_it() -> None:
    votes = np.array([[2, 0, 0, 0], [1, 0, 1, 0], [1, 1, 0, 0], [3, 2, 0, 0]])
    state, level = judged(votes, Policy())
    assert state.tolist() == [SETTLED, DISPUTED, 0, DISPUTED]
    assert level.tolist() == [0, -1, -1, -1]


@pytest.mark.parametrize("seed", [1, 2, 3, 4, 5])
def test_an_hour_of_meeting_settles_five_times_as_many_and_no_fewer_labels_are_right(seed: int) -> None:
    figures = first_hour(World(), seed)
    assert figures["settled_one_by_one"] == 40  # 3,600 s of 90 s
    assert figures["settled_by_meeting"] >= 5 * figures["settled_one_by_one"]
    assert figures["accuracy_by_meeting"] >= figures["accuracy_one_by_one"]


def test_without_anything_in_common_the_meeting_gains_nothing() -> None:
    """The simulation can say no: without clusters an hour settles 40 items, in whatever order."""
    figures = first_hour(World(propagate=False), 1)
    assert figures["settled_by_meeting"] <= 40


def test_the_same_seed_gives_the_same_figures_and_another_seed_others() -> None:
    small = World(items_a_day=1500)
    assert run(small, 7, 1) == run(small, 7, 1)
    assert run(small, 7, 1)["settled_by_meeting"] != run(small, 8, 1)["settled_by_meeting"]


def test_every_dispute_of_the_weeks_is_settled_by_a_tier_or_stands_in_the_backlog() -> None:
    figures = run(World(items_a_day=2000), 1, 2)
    came = sum(week["disputes"] for week in figures["weeks"])
    settled = sum(sum(week["settled"].values()) for week in figures["weeks"])
    assert came == settled + figures["weeks"][-1]["backlog"]


def test_nobody_spends_more_time_than_he_has() -> None:
    world = World(items_a_day=4000)
    for week in run(world, 2, 2)["weeks"]:
        assert week["used"]["lead"] <= 5 * world.lead_h + 1e-9
        assert week["used"]["specialist"] <= 5 * world.specialist_h + 1e-9
        assert week["used"]["client"] <= 5 * world.questions_a_day
        assert week["used"]["meeting"] <= 1 + 1e-9


def test_who_has_time_left_takes_over_from_the_lead_before_what_graders_may_still_settle() -> None:
    # The lead has 0.2 h, 24 items of 30 s a day. A specialist's 3 h are 120 of 90 s: enough for what he leaves over.
    (week,) = run(World(items_a_day=4000, lead_h=0.2), 1, 1)["weeks"]
    assert week["used"]["lead"] == pytest.approx(1.0)
    assert week["backlog_by_tier"].get("lead", 0) == 0


def test_a_backlog_that_grows_names_who_is_waited_for() -> None:
    weeks = [{"backlog": 100 * n, "backlog_by_tier": {"lead": 90 * n, "specialist": n}} for n in range(1, 9)]
    found = bottleneck(weeks)
    assert found is not None
    assert found["tier"] == "lead"
    assert bottleneck([{"backlog": 100, "backlog_by_tier": {}}] * 8) is None


def test_the_command_writes_what_is_asked_for(tmp_path: Path) -> None:
    file = tmp_path / "out.json"
    result = CliRunner().invoke(
        simulate, ["--seed", "1", "--weeks", "1", "--json", str(file), "--set", "items_a_day=1500"]
    )
    assert result.exit_code == 0, result.output
    figures = json.loads(file.read_text())
    assert {"settled_by_meeting", "settled_one_by_one", "accuracy_by_meeting", "accuracy_one_by_one"} <= set(figures)
    assert figures["world"]["items_a_day"] == 1500


def test_a_number_that_the_world_has_not_is_refused() -> None:
    with pytest.raises(BadInput):
        World().but(colour=3)
