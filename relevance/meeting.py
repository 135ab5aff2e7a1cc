"""The life of a meeting and of its cases: what may be done when, and what every case must end as.

A meeting is prepared, opened, closed; a closed one is never changed. A case waits, is revealed, and ends as one of five
things; what is ended can only be corrected, by a new outcome that refers to the old one.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import Literal

from relevance.errors import BadInput, Stale

State = Literal["before", "open", "closed"]
Kind = Literal["decided", "deferred", "returned", "withdrawn", "no_rule"]
Binds = Literal["precedent", "amendment", "single"]
CaseState = Literal["waiting", "revealed", "decided", "deferred", "returned", "withdrawn", "no_rule", "gone"]
KINDS: tuple[Kind, ...] = ("decided", "deferred", "returned", "withdrawn", "no_rule")
LONGEST = 2000

# What may be done while a meeting is in a state. Whoever may do it at all is the role table's business.
MAY: Mapping[State, frozenset[str]] = MappingProxyType(
    {
        "before": frozenset({"edit", "invite", "vote", "open"}),
        "open": frozenset({"edit", "invite", "vote", "drive", "reveal", "end", "correct", "dissent", "close"}),
        "closed": frozenset({"correct"}),
    }
)


def state_of(opened: bool, closed: bool) -> State:
    """A meeting's state from what happened.

    >>> state_of(False, False), state_of(True, False), state_of(True, True)
    ('before', 'open', 'closed')
    """
    return "closed" if closed else "open" if opened else "before"


def check(state: State, what: str) -> None:
    """Lets something be done in a state.

    Raises:
        Stale: not in this state; which it is in is told.
    """
    if what in MAY[state]:
        return
    if state == "closed":
        raise Stale(
            "This meeting is closed and can't be changed. A correction is a new decision that refers to the old one."
        )
    if state == "before":
        raise Stale("This meeting has not begun yet. Its chair opens it.")
    raise Stale("This meeting has begun already.")


def case_state(revealed: bool, kinds: Sequence[Kind], item_state: str) -> CaseState:
    """A case's state: its last outcome, else whether its votes are on the table.

    An item that was settled or ruled on elsewhere meanwhile has nothing left to decide: `gone`.

    >>> case_state(False, [], "disputed"), case_state(True, [], "disputed"), case_state(True, ["decided"], "decided")
    ('waiting', 'revealed', 'decided')
    >>> case_state(False, [], "settled")
    'gone'
    """
    if kinds:
        return kinds[-1]
    if item_state != "disputed":
        return "gone"
    return "revealed" if revealed else "waiting"


@dataclass(frozen=True, slots=True)
class Ending:
    """How a case ends, as the chair says it.

    decided: level, reason, and what binds the like: a precedent, an amendment, or "single" with why it is none.
    deferred: to whom, what is missing, until when. returned: for grades (how many more) or for a better clip.
    no_rule: it can't be settled by rule; the evidence and the client's answer are on record, and the level that he gave.
    """

    kind: Kind
    reason: str
    level: int | None = None
    rule: str | None = None
    binds: Binds | None = None
    single_why: str = ""
    scope: str = "keyword"
    supersedes: int | None = None  # the earlier precedent whose place this one's takes
    heading: str = ""
    text_zh: str = ""
    text_en: str = ""
    defer_to: str = ""
    missing: str = ""
    due: str = ""
    wants: Literal["grades", "clip"] | None = None
    extra: int = 1
    evidence: str = ""
    client_answer: str = ""
    decided_by: int | None = None  # the attendee whose word it was

    def checked(self) -> Ending:
        """Itself, if it is complete.

        Raises:
            BadInput: what is missing, and what to do.

        >>> Ending("decided", "seen all along", level=3).checked()
        Traceback (most recent call last):
        relevance.errors.BadInput: A decision leaves a precedent or an amendment; or say that it is a single case, and why.
        """
        if self.kind not in KINDS:
            raise BadInput(
                "A case can't end as {kind}; it ends as one of {kinds}.", kind=self.kind, kinds=", ".join(KINDS)
            )
        for text in (
            self.reason, self.single_why, self.heading, self.text_zh, self.text_en, self.defer_to, self.missing,
            self.due, self.evidence, self.client_answer,
        ):  # fmt: skip
            if len(text) > LONGEST:
                raise BadInput("A text can have {most} characters at most.", most=LONGEST)
        if not self.reason.strip():
            raise BadInput("Say why, so that it can be read in the minutes.")
        if self.kind == "decided":
            self._decided()
        elif self.kind == "deferred":
            if not (self.defer_to.strip() and self.missing.strip() and self.due.strip()):
                raise BadInput("A case is deferred to somebody: name who, what is missing, and until when.")
        elif self.kind == "returned":
            if self.wants not in ("grades", "clip"):
                raise BadInput("Say what the item goes back for: more grades, or a better clip.")
            if self.wants == "grades" and not 1 <= self.extra <= 5:
                raise BadInput(
                    "An item can be sent back for 1 to 5 more grades; {extra} were asked for.", extra=self.extra
                )
        elif self.kind == "no_rule":
            if not (self.evidence.strip() and self.client_answer.strip()):
                raise BadInput(
                    "Where no rule can settle it, the evidence and the client's answer are put on record: write both."
                )
            if self.level not in (0, 1, 2, 3):
                raise BadInput("Which level did the client give? The item needs one, even where no rule gives it.")
        return self

    def _decided(self) -> None:
        if self.level not in (0, 1, 2, 3):
            raise BadInput("The level {level} is none of 0, 1, 2, 3.", level=self.level)
        if self.binds is None:
            raise BadInput("A decision leaves a precedent or an amendment; or say that it is a single case, and why.")
        if self.binds == "single" and not self.single_why.strip():
            raise BadInput("A single case without a rule needs a word on why it is single.")
        if self.binds == "amendment" and not (self.text_zh.strip() or self.text_en.strip()):
            raise BadInput("An amendment needs its text, in Chinese, English or both.")


def spent(steps: Sequence[tuple[datetime, int]], until: datetime) -> dict[int, float]:
    """Seconds that each case was on the screen, from what was shown when, up to a moment.

    >>> from datetime import datetime as at
    >>> spent([(at(2026, 1, 5, 9, 0), 1), (at(2026, 1, 5, 9, 2), 2), (at(2026, 1, 5, 9, 3), 1)], at(2026, 1, 5, 9, 5))
    {1: 240.0, 2: 60.0}
    """
    found: dict[int, float] = {}
    ends = [*(when for when, _ in steps[1:]), until][: len(steps)]
    for (when, case), end in zip(steps, ends, strict=True):
        found[case] = found.get(case, 0.0) + max(0.0, (end - when).total_seconds())
    return found
