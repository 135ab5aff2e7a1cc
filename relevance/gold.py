"""Gold in the stream: how much of it a person gets, and which piece comes next.

Gold is an item whose level is known; it is given out among ordinary work and looks like it. Whoever is new or gives
cause for doubt gets more of it, whoever has proved himself gets less, and over a team it is the share that the policy
names. It comes within the keyword that a person is on, or where he changes keywords anyway, since a single item of
another keyword in the middle of a run would give it away; pieces of each difficulty come equally often, and none twice.

Pure: no clock, no database; every step is O(1) amortised, since each person walks each list of gold once.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Literal

Difficulty = Literal["easy", "middle", "hard"]
DIFFICULTIES: tuple[Difficulty, ...] = ("easy", "middle", "hard")

SHARE = 0.02  # of what a team gets, by default
FLOOR = 0.75  # accuracy on gold that a person is asked to show
LEAST, MOST = 0.5, 5.0  # weight of a proved person and of one who surely lies under the floor
CEILING = 0.15  # of what one person gets, whatever the doubt
HALF = 40.0  # gold answers after which an old one counts half
TEAM = 1000.0  # items over which the team's mean weight is taken
OWED = 3  # pieces that wait for a fitting moment at most
A_DAY = 40  # gold that a grader uses a day, at 2,000 items and 2 %
REPEAT_AFTER = timedelta(hours=4)  # before one's own item comes again
REMEMBERED = 400  # own items that may come again
LOOK = 20  # pieces of a kind that are looked at for one that may be given now

PROVED = 0.2  # a person whose chance to lie under the floor is less than this is a good grader
DOUBT_FAILED = 3  # good graders who fail a piece before it is doubted itself ...
DOUBT_SHARE = 0.5  # ... and the share of them who do


@dataclass(frozen=True, slots=True)
class Proof:
    """What a person's gold says of him: answers and right ones among them, old ones counting less and less."""

    n: float = 0.0
    right: float = 0.0

    def with_answer(self, right: bool) -> Proof:
        """After one more answer.

        >>> Proof().with_answer(True).with_answer(False).right
        0.983
        """
        kept = 0.5 ** (1 / HALF)
        return Proof(self.n * kept + 1, round(self.right * kept + right, 3))

    def corrected(self, by: int) -> Proof:
        """After his last word on a piece changed: `by` is 1 where it became right, -1 where it became wrong."""
        return Proof(self.n, min(self.n, max(0.0, self.right + by)))

    def doubt(self, floor: float = FLOOR) -> float:
        """The chance that his accuracy lies under the floor: a uniform prior and his answers.

        >>> round(Proof().doubt(), 2), Proof(40, 38).doubt() < 0.01, Proof(40, 26).doubt() > 0.8
        (0.75, True, True)
        """
        from scipy.special import betainc  # a third of a second that only a server waits for, at its start

        return float(betainc(1 + self.right, 1 + max(0.0, self.n - self.right), floor))

    def weight(self, floor: float = FLOOR) -> float:
        """How much gold he needs beside others: LEAST where he is proved, MOST where he surely lies under the floor."""
        return LEAST + (MOST - LEAST) * self.doubt(floor)


def difficulty_of(levels: Iterable[int], level: int) -> Difficulty:
    """How hard an item is, from the grades that it had: all right, some one level off, or else.

    An item without two grades is of middle difficulty: nothing is known.

    >>> difficulty_of([2, 2], 2), difficulty_of([2, 3, 2], 2), difficulty_of([0, 2, 2], 2), difficulty_of([3, 3, 2], 2)
    ('easy', 'middle', 'hard', 'hard')
    """
    given = list(levels)
    if len(given) < 2:
        return "middle"
    right = sum(one == level for one in given) / len(given)
    if right == 1:
        return "easy"
    return "middle" if right >= 0.5 and max(abs(one - level) for one in given) <= 1 else "hard"


def is_doubtful(n: int, failed: int) -> bool:
    """Whether a piece is doubted itself, `failed` of `n` good graders having another level.

    >>> is_doubtful(5, 3), is_doubtful(6, 3), is_doubtful(2, 2)
    (True, False, False)
    """
    return failed >= DOUBT_FAILED and failed / n > DOUBT_SHARE


def lasts(left: int, share: float, a_day: int = 2000) -> float | None:
    """For how many days of work the gold that a person has not seen will do; None where he uses none.

    >>> lasts(400, 0.02)
    10.0
    """
    return left / (share * a_day) if share > 0 else None


Stratum = tuple[Difficulty, bool]  # how hard, and whether its level came with an import
STRATA: tuple[Stratum, ...] = tuple((one, imported) for one in DIFFICULTIES for imported in (False, True))


@dataclass(slots=True, eq=False)
class Piece:
    """One gold item. `good` and `failed` count the good graders who answered it and those with another level.

    imported: its level came with the item, not from a decision; grades alone never speak against it.
    """

    gold: int
    item: int
    keyword: int
    level: int
    difficulty: Difficulty
    ended: bool = False
    good: int = 0
    failed: int = 0
    imported: bool = False

    @property
    def stratum(self) -> Stratum:
        """What it takes turns with: pieces of each difficulty come equally often, and in it made and imported ones."""
        return self.difficulty, self.imported


@dataclass(slots=True)
class Person:
    """What the line remembers of one grader."""

    proof: Proof = field(default_factory=Proof)
    weight: float = field(default_factory=lambda: Proof().weight())
    owed: int = 0
    working: bool = False  # his last request for ordinary work was met: gold does not come out of nothing
    seen: set[int] = field(default_factory=set)  # items of gold that he has had, for whatever purpose
    used: Counter[Stratum] = field(default_factory=Counter)  # pieces that he has had
    cursors: dict[tuple[int | None, Difficulty, bool], int] = field(default_factory=dict)
    open: dict[int, None] = field(default_factory=dict)  # items given as gold and not answered, in order
    own: deque[tuple[datetime, int]] = field(default_factory=deque)  # his answered items, the oldest first


class GoldLine:
    """One project's gold, and who gets how much of it."""

    def __init__(self) -> None:
        self.by_item: dict[int, Piece] = {}  # those in the stream
        self.ever: dict[int, Piece] = {}  # by gold id, ended ones too
        self.people: dict[int, Person] = {}
        self.team = 1.0  # mean weight of the last items' people
        self._lists: dict[tuple[int | None, Difficulty, bool], list[Piece]] = {}

    def person(self, grader: int) -> Person:
        """What is remembered of a grader; a new one is unproved."""
        return self.people.setdefault(grader, Person())

    # The pieces ---------------------------------------------------------------------------------------------------

    def add(self, piece: Piece) -> None:
        """A piece comes into the stream."""
        self.ever[piece.gold] = piece
        if piece.ended:
            return
        self.by_item[piece.item] = piece
        for keyword in (piece.keyword, None):
            self._lists.setdefault((keyword, *piece.stratum), []).append(piece)

    def move(self, piece: Piece, difficulty: Difficulty) -> None:
        """A piece turns out to be of another difficulty. Before anybody walks the lists: cursors would pass it by."""
        for keyword in (piece.keyword, None):
            self._lists[(keyword, *piece.stratum)].remove(piece)
        piece.difficulty = difficulty
        for keyword in (piece.keyword, None):
            self._lists.setdefault((keyword, *piece.stratum), []).append(piece)

    def end(self, piece: Piece) -> None:
        """A piece leaves the stream; whoever holds it still answers it."""
        piece.ended = True
        self.by_item.pop(piece.item, None)

    def forget(self, piece: Piece) -> None:
        """A piece that was added in vain."""
        self.end(piece)
        self.ever.pop(piece.gold, None)

    def left(self, grader: int, difficulty: Difficulty | None = None) -> int:
        """Pieces that a person has not had: all, or those of one difficulty."""
        seen = self.person(grader).seen
        return sum(item not in seen for item, piece in self.by_item.items() if difficulty in (None, piece.difficulty))

    # How much -----------------------------------------------------------------------------------------------------

    def share(self, grader: int, share: float = SHARE) -> float:
        """The chance that a person's next item is gold: over the team it is `share`."""
        return min(CEILING, share * self.person(grader).weight / self.team)

    def owes(self, grader: int, share: float, chance: float) -> bool:
        """Draws for a person's next item; True where he is owed a piece now or still. `chance`: uniform in 0 to 1."""
        person = self.person(grader)
        if chance < self.share(grader, share):
            person.owed = min(OWED, person.owed + 1)
        self.team += (person.weight - self.team) / TEAM
        return person.owed > 0

    def judged(self, grader: int, right: bool, before: bool | None = None) -> None:
        """A person's answer to gold came. `before`: what his earlier word on the same piece was, if any."""
        person = self.person(grader)
        if before is None:
            person.proof = person.proof.with_answer(right)
        elif before != right:
            person.proof = person.proof.corrected(1 if right else -1)
        person.weight = person.proof.weight()

    def is_good(self, grader: int) -> bool:
        """A person who has proved himself: his word counts against a piece."""
        person = self.people.get(grader)
        return person is not None and person.proof.n >= 5 and person.proof.doubt() < PROVED

    # Which --------------------------------------------------------------------------------------------------------

    def next(
        self, grader: int, keyword: int | None, fits: Callable[[Piece], bool] = lambda piece: True
    ) -> Piece | None:  # fmt: skip
        """The next piece for a person: of one keyword, or (None) of any; what he had least of comes first.

        fits: pieces that do not, for now, keep their turn (a question holds their clip).
        """
        person = self.person(grader)
        used = person.used
        for stratum in sorted(STRATA, key=lambda one: (used[one[0], False] + used[one[0], True], used[one])):
            pieces = self._lists.get((keyword, *stratum), [])
            at = person.cursors.get((keyword, *stratum), 0)
            while at < len(pieces) and (pieces[at].ended or pieces[at].item in person.seen):
                at += 1
            person.cursors[keyword, *stratum] = at
            for piece in pieces[at : at + LOOK]:
                if not piece.ended and piece.item not in person.seen and fits(piece):
                    return piece
        return None

    def give(self, grader: int, piece: Piece) -> Callable[[], None]:
        """Notes that a person has it. Returns what takes that back."""
        person = self.person(grader)
        person.seen.add(piece.item)
        person.used[piece.stratum] += 1
        person.open[piece.item] = None
        person.owed -= 1
        cursors = dict(person.cursors)

        def back() -> None:
            person.seen.discard(piece.item)
            person.used[piece.stratum] -= 1
            person.open.pop(piece.item, None)
            person.owed += 1
            person.cursors = {key: min(at, cursors.get(key, at)) for key, at in person.cursors.items()}

        return back

    # One's own items again ----------------------------------------------------------------------------------------

    def remember(self, grader: int, item: int, now: datetime) -> None:
        """A person answered an ordinary item: it may come to him once more where gold is thin."""
        own = self.person(grader).own
        own.append((now, item))
        if len(own) > REMEMBERED:
            own.popleft()

    def repeats(self, grader: int, now: datetime, fits: Callable[[int], bool]) -> int | None:
        """His oldest remembered item that is long enough ago and fits; those that do not fit are forgotten."""
        own = self.person(grader).own
        for _ in range(10):  # bounded: the rest has its turn with the next item
            if not own or now - own[0][0] < REPEAT_AFTER:
                return None
            _, item = own.popleft()
            if fits(item):
                return item
        return None
