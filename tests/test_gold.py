"""How much gold a person gets, and which piece: by simulation and by promise."""

from __future__ import annotations

import random
from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from relevance.clock import ManualClock
from relevance.gold import DIFFICULTIES, REPEAT_AFTER, GoldLine, Piece, Proof, is_doubtful, lasts


def line_of(pieces: int, keywords: int = 2) -> GoldLine:
    line = GoldLine()
    for number in range(pieces):
        line.add(Piece(number + 1, 1000 + number, number % keywords, number % 4, DIFFICULTIES[number % 3]))
    return line


def simulate(skills: dict[int, float], items: int, seed: int, share: float = 0.02) -> dict[int, list[int]]:
    """Which of each person's items were gold (their places), everybody taking turns; `skills`: accuracy on gold."""
    chance, line = random.Random(seed), GoldLine()
    given: dict[int, list[int]] = {grader: [] for grader in skills}
    for place in range(items):
        for grader, skill in skills.items():
            if chance.random() < line.share(grader, share):
                given[grader].append(place)
                line.judged(grader, chance.random() < skill)
            line.owes(grader, 0.0, 1.0)  # moves the team's mean, as each claim does
    return given


def test_a_team_gets_the_policys_share_on_average_whoever_is_in_it() -> None:
    # 18 graders x 4,000 items: 1,440 pieces are 2 %; their number has a standard deviation of about 38 (0.05 %).
    for skills in ([0.9] * 18, [0.9] * 12 + [0.6] * 6, [0.8] * 18):
        given = simulate(dict(enumerate(skills)), 4000, seed=3)
        share = sum(map(len, given.values())) / (18 * 4000)
        assert 0.018 < share < 0.023, (skills, share)


def test_the_share_falls_as_a_person_proves_himself_and_is_greater_for_who_gives_cause_for_doubt() -> None:
    given = simulate({n: 0.93 if n < 15 else 0.6 for n in range(18)}, 4000, seed=1)
    good = sum(len(given[n]) for n in range(15)) / 15
    doubtful = sum(len(given[n]) for n in range(15, 18)) / 3
    assert doubtful > 3 * good


def test_doubt_rises_again_when_a_proved_person_slips() -> None:
    proof = Proof()
    for _ in range(60):
        proof = proof.with_answer(True)
    assert proof.doubt() < 0.01
    for n in range(40):
        proof = proof.with_answer(n % 2 == 0)  # half right: far under 0.75
    assert proof.doubt() > 0.2


@given(
    st.lists(st.tuples(st.integers(0, 3), st.sampled_from([None, 0, 1])), max_size=120),
    st.integers(0, 12),
)
def test_nobody_ever_gets_a_piece_twice_whatever_the_order(asked: list[tuple[int, int | None]], pieces: int) -> None:
    line, had = line_of(pieces), set()
    for grader, keyword in asked:
        piece = line.next(grader, keyword)
        if piece is None:
            # None only if there is really nothing left of it for him.
            left = [p for p in line.by_item.values() if keyword in (None, p.keyword)]
            assert all((grader, p.item) in had for p in left)
            continue
        assert (grader, piece.item) not in had and keyword in (None, piece.keyword)
        had.add((grader, piece.item))
        line.give(grader, piece)


@given(st.lists(st.booleans(), max_size=40))
def test_what_was_given_in_vain_comes_again(kept: list[bool]) -> None:
    line, had = line_of(30), []
    for keep in kept:
        piece = line.next(1, None)
        if piece is None:
            break
        back = line.give(1, piece)
        if keep:
            had.append(piece.item)
        else:
            back()
    rest = []
    while (piece := line.next(1, None)) is not None:
        line.give(1, piece)
        rest.append(piece.item)
    assert sorted(had + rest) == sorted(line.by_item)


def test_each_difficulty_comes_equally_often() -> None:
    line = line_of(30, keywords=1)
    for _ in range(15):
        piece = line.next(1, 0)
        assert piece is not None
        line.give(1, piece)
    assert dict(line.person(1).used) == {("easy", False): 5, ("middle", False): 5, ("hard", False): 5}


def test_an_ended_piece_is_not_given_and_the_supply_says_when_it_runs_out() -> None:
    line = line_of(80, keywords=1)
    line.end(line.ever[1])
    for _ in range(39):
        piece = line.next(1, 0)
        assert piece is not None and piece.gold != 1
        line.give(1, piece)
    assert line.left(1) == 40 and line.left(2) == 79
    assert lasts(line.left(1), 0.02) == 1.0  # 40 a day of 2,000 items


def test_only_the_failures_of_good_graders_make_a_piece_doubtful() -> None:
    assert is_doubtful(4, 3) and not is_doubtful(3, 2) and not is_doubtful(6, 3)
    line = GoldLine()
    assert not line.is_good(1)  # unknown
    for _ in range(20):
        line.judged(1, True)
        line.judged(2, False)
    assert line.is_good(1) and not line.is_good(2)


def test_ones_own_item_comes_again_only_after_hours_and_once() -> None:
    line, clock = GoldLine(), ManualClock()
    line.remember(1, 7, clock.now())
    assert line.repeats(1, clock.now(), lambda _: True) is None
    later = clock.now() + REPEAT_AFTER + timedelta(minutes=1)
    assert line.repeats(1, later, lambda _: True) == 7
    assert line.repeats(1, later, lambda _: True) is None
