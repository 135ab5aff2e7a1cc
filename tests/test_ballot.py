"""Blind votes: which count, and whose word it is."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from relevance.ballot import Person, Vote, majority, newest, word

VOTES = st.lists(st.tuples(st.integers(1, 5), st.integers(0, 3)), max_size=20).map(
    lambda said: [Vote(at, attendee, level) for at, (attendee, level) in enumerate(said)]
)
LEVELS = st.lists(st.integers(0, 3), max_size=12)


@given(VOTES, st.randoms())
def test_of_each_person_the_last_vote_counts_in_whatever_order_they_are_read(votes, random) -> None:  # type: ignore[no-untyped-def]
    shuffled = list(votes)
    random.shuffle(shuffled)
    counted = newest(shuffled)
    assert counted == newest(votes)
    assert [vote.attendee for vote in counted] == sorted({vote.attendee for vote in votes})
    for vote in counted:
        assert vote.id == max(other.id for other in votes if other.attendee == vote.attendee)


@given(LEVELS, st.randoms())
def test_a_majority_is_more_than_half_and_never_decided_by_order(levels, random) -> None:  # type: ignore[no-untyped-def]
    shuffled = list(levels)
    random.shuffle(shuffled)
    found = majority(levels)
    assert found == majority(shuffled)
    more = [level for level in range(4) if 2 * levels.count(level) > len(levels)]
    assert found == (more[0] if more else None)


@given(st.lists(st.sampled_from(["lead", "client", "guest", "specialist"]), max_size=6), st.data())
def test_the_client_decides_where_one_of_his_people_is_here_else_the_chair(parts, data) -> None:  # type: ignore[no-untyped-def]
    people = [Person(at + 2, part, data.draw(st.booleans())) for at, part in enumerate(parts)]
    found = word("client", [Person(1, "chair"), *people], 1)
    clients = [person.attendee for person in people if person.part in ("client", "guest") and person.here]
    assert found.of == (tuple(clients) or (1,)) and found.level is None


def test_a_tie_leaves_the_word_with_the_chair() -> None:
    people = [Person(1, "chair"), Person(2, "client")]
    assert word("majority", people, 1, [3, 3, 0, 0]).level is None
    assert word("majority", people, 1, [3, 3, 0]).level == 3
    assert word("chair", people, 1, [3, 3, 0]) == word("chair", people, 1)
