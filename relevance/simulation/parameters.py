"""The simulated world's numbers, all in one place. Shares are 0 to 1, times are seconds unless they say otherwise.

The first group is the world as it was laid down before anything was built; the second holds what that left open, each
with the choice that was made. docs/triage.md varies both.
"""

from __future__ import annotations

from dataclasses import dataclass, fields, replace

from relevance.errors import BadInput


@dataclass(frozen=True, slots=True)
class World:
    """Every number of the world."""

    # As laid down.
    keywords: int = 400
    families: int = 60
    zipf: float = 1.0  # exponent of keywords' and situations' frequencies
    items_a_day: int = 12_000
    level_shares: tuple[float, float, float, float] = (0.4, 0.2, 0.2, 0.2)
    graders: int = 18
    accuracy: float = 0.93
    accuracy_sd: float = 0.03
    careless: int = 2
    careless_accuracy: float = 0.75
    near_errors: float = 0.8  # errors that go to the next level
    unclear: float = 0.2
    gap: float = 0.35
    boundary: float = 0.25
    ambiguous: float = 0.15
    error: float = 0.15
    bad_clip: float = 0.10
    gap_situations: int = 60
    new_situations_a_week: int = 5
    boundary_situations: int = 40
    boundary_settled: float = 0.8  # of a boundary situation's items, those that a rule settles rightly
    ambiguous_keywords: int = 25
    flagged: float = 0.4
    flag_right: float = 0.85
    noted: float = 0.2
    situation_words: int = 10
    words_of_situation: int = 3
    words_of_anyone: int = 1
    cited: float = 0.5
    cited_right: float = 0.7
    duplicates: float = 0.05
    item_s: float = 90.0
    cluster_s: float = 240.0
    lead_item_s: float = 30.0
    grade_s: float = 20.0
    client_right: float = 0.95
    specialist_right: float = 0.90
    lead_right: float = 0.88
    follows: float = 0.9
    lead_h: float = 2.0
    specialist_h: float = 3.0
    questions_a_day: int = 20
    meeting_s: float = 3600.0

    # Left open, and chosen.
    days_a_week: int = 5
    rules: int = 40  # of the guideline; each situation's right one is drawn from them, so that several share one
    vocabulary: int = 500  # words from which each situation's ten are drawn; situations may share words
    said_by_item: bool = True  # a note and a cited rule are counted once an item; False: by each of its grades
    gap_within_family: bool = False  # False: a situation occurs with any keyword
    bad_clip_accuracy: float = 0.5  # of everybody, on a clip that cannot be made out
    keyword_worth: float = 0.0  # exponent of keywords' weights in the ranking; 0: all weigh the same
    sample: float = 0.05  # of what a decision settled by propagation, graded once more
    sample_least: int = 3
    horizon_days: float = 5.0  # inflow counted into a decision's worth
    propagate: bool = True  # False: each decision settles its own item alone

    def but(self, **changes: object) -> World:
        """This world with some numbers changed.

        Raises:
            BadInput: there is no such number.
        """
        known = {one.name for one in fields(self)}
        for name in changes:
            if name not in known:
                raise BadInput("The world has no number {name}. It has: {names}.", name=name, names=", ".join(sorted(known)))  # fmt: skip
        return replace(self, **changes)  # type: ignore[arg-type]
