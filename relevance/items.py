"""The state of one item, from its records alone (DESIGN section 3).

The writer applies it as records come in; `relevance verify` applies it to the records as they stand and compares. Both
call `state_of`, so a difference means a lost or invented record, never another opinion.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

from relevance.adaptive import Verdict, judge
from relevance.consensus import Disputed, Open, Policy, Return, Settled, consensus

State = Literal["open", "settled", "disputed", "decided", "withdrawn"]
FINAL: frozenset[str] = frozenset({"decided", "withdrawn"})
HANDED_BACK = "handed_back"  # the person would rather not watch it; somebody else gets it
QUESTION_FLAGS = {"bad_clip": "clip", "unclear_keyword": "keyword"}


@dataclass(frozen=True, slots=True)
class Ruling:
    """What a person ruled on an item. `kind`: level (decided), return (more grades), withdraw, reopen (disputed again)."""

    kind: Literal["level", "return", "withdraw", "reopen"]
    level: int | None = None
    n: int = 0
    extra: int = 0
    flags: int = 0  # flags that had been raised when it was made: they are answered by it
    why: str = "decision"  # what the label says then: decision, precedent, regrade; of a reopening: appeal, sample ...
    id: int = 0  # the decision's number; of a reopening: that of the decision that it came after


@dataclass(frozen=True, slots=True)
class Records:
    """What is known of one item in the present round.

    levels: the grades that count, the newest of each assignment.
    flags: how many flags of kind no_rule or other were raised (by the newest answer of each assignment).
    rulings: what persons ruled, in their order.
    verdict: what the model said last, for adaptive overlap.
    """

    levels: Sequence[int] = ()
    flags: int = 0
    rulings: Sequence[Ruling] = field(default=())
    verdict: Verdict | None = None


@dataclass(frozen=True, slots=True)
class Standing:
    """Where an item stands: its state, the level if it has one, why, how many grades counted, how many are wanted."""

    state: State
    level: int | None
    why: str
    n: int
    wanted: int


def state_of(records: Records, policy: Policy, overlap: int | None = None) -> Standing:
    """The standing that the records give under a policy.

    >>> state_of(Records(levels=[3, 3]), Policy())
    Standing(state='settled', level=3, why='consensus', n=2, wanted=2)
    >>> state_of(Records(levels=[3], flags=1), Policy()).state
    'disputed'
    >>> state_of(Records(levels=[3, 0], rulings=[Ruling('level', level=3, n=2)]), Policy()).why
    'decision'
    """
    n = len(records.levels)
    last = records.rulings[-1] if records.rulings else None
    if last is not None and last.kind == "withdraw":
        return Standing("withdrawn", None, "withdrawn", n, n)
    if last is not None and last.kind == "level":
        return Standing("decided", last.level, last.why, n, n)
    if last is not None and last.kind == "reopen":
        return Standing("disputed", None, last.why, n, n)
    if records.flags > (last.flags if last is not None else 0):
        return Standing("disputed", None, "flag", n, n)
    returned = Return(last.n, last.extra) if last is not None else None
    if policy.sure > 0:
        found = judge(records.levels, policy, records.verdict, overlap=overlap, returned=returned)
    else:
        found = consensus(records.levels, policy, overlap=overlap, returned=returned)
    match found:
        case Settled(level, _):
            again = last is not None and last.why == "regrade"
            return Standing("settled", level, "regrade" if again else "consensus", n, n)
        case Disputed(why, _):
            return Standing("disputed", None, why, n, n)
        case Open(wanted):
            return Standing("open", None, "grades", n, wanted)
