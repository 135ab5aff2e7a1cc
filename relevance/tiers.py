"""Who decides what, so that the meeting gets only what needs it.

Four persons and one that is none: *graders* (one more look by others, the cheapest proof of one grader's error), a *lead*, a *specialist*, the *client*
by a single question, the *meeting*. What each may decide is the project's setting. An appeal is always the lead's.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from relevance.causes import Cause
from relevance.errors import BadInput


class Tier(StrEnum):
    """Who decides, the cheapest first."""

    GRADERS = "graders"
    LEAD = "lead"
    SPECIALIST = "specialist"
    CLIENT = "client"
    MEETING = "meeting"


@dataclass(frozen=True, slots=True)
class Tiers:
    """A project's setting: by cause, who settles it. In the policy's settings it is the JSON object "tiers".

    Attributes:
        error, clip, gap, boundary, keyword: the tier of each cause.
        single: of a dispute of any other cause that no cluster holds: a rule that has been made since may settle it.
        known: of what a present rule or precedent plainly decides.
        extra: grades that an error is sent back for, where graders settle it.
        returns: how often it is sent back before it is the lead's.
        spare: in the simulation, who has time left takes over from the lead, then from the specialist, and only then
            decides single disputes before they go back to graders; at a centre people choose that themselves.
        ask_from: items from which a cluster that is the client's is worth one of his single questions; smaller ones go to
            the specialist, whose word can be changed at the meeting.
        questions: single questions a day to the client.
        check_from: items from which a decision is asked for a second time, on another clip, before it is propagated.
    """

    error: Tier = Tier.GRADERS
    clip: Tier = Tier.LEAD
    single: Tier = Tier.GRADERS
    known: Tier = Tier.LEAD
    boundary: Tier = Tier.SPECIALIST
    gap: Tier = Tier.CLIENT
    keyword: Tier = Tier.CLIENT
    extra: int = 2
    returns: int = 2
    spare: bool = True
    ask_from: int = 4
    questions: int = 20
    check_from: int = 60


def from_settings(settings: Mapping[str, Any]) -> Tiers:
    """A project's tiers from its policy's settings; the defaults for what it does not name.

    Raises:
        BadInput: a name or value that is none.

    >>> from_settings({"tiers": {"error": "lead"}}).error
    <Tier.LEAD: 'lead'>
    """
    given = settings.get("tiers") or {}
    if not isinstance(given, Mapping):
        raise BadInput('Tiers: {value} is no object such as {{"gap": "meeting", "questions": 10}}.', value=given)
    known = {"error", "clip", "single", "known", "boundary", "gap", "keyword"}
    values: dict[str, Any] = {}
    for name, value in given.items():
        if name in known:
            if value not in {str(tier) for tier in Tier}:
                raise BadInput(
                    "Tiers: {name} is {value}; it must be one of {allowed}.",
                    name=name, value=value, allowed=", ".join(Tier),
                )  # fmt: skip
            values[name] = Tier(value)
        elif name == "spare" and isinstance(value, bool):
            values[name] = value
        elif name in ("extra", "returns", "ask_from", "questions", "check_from"):
            low, high = (1, 5) if name in ("extra", "returns") else (0, 1000)
            if not isinstance(value, int) or isinstance(value, bool) or not low <= value <= high:
                raise BadInput(
                    "Tiers: {name} is {value}; it must be from {low} to {high}.",
                    name=name, value=value, low=low, high=high,
                )  # fmt: skip
            values[name] = value
        else:
            raise BadInput("Tiers: there is no setting {name}.", name=name)
    return Tiers(**values)


def tier_of(cause: Cause, items: int, tiers: Tiers, *, known: bool = False, asked: int = 0, returned: int = 0) -> Tier:
    """Who decides a cluster (or a dispute that stands alone: one item).

    Args:
        cause: its cause, proposed or given.
        items: how many it settles now.
        tiers: the project's setting.
        known: a present rule or precedent plainly decides it.
        asked: single questions that the client has had today.
        returned: how often it was sent back for more grades already.

    >>> tier_of(Cause.ERROR, 1, Tiers()), tier_of(Cause.ERROR, 1, Tiers(), returned=2)
    (<Tier.GRADERS: 'graders'>, <Tier.LEAD: 'lead'>)
    >>> tier_of(Cause.APPEAL, 1, Tiers(known=Tier.SPECIALIST), known=True)
    <Tier.LEAD: 'lead'>
    >>> tier_of(Cause.GAP, 40, Tiers()), tier_of(Cause.GAP, 40, Tiers(), asked=20), tier_of(Cause.GAP, 1, Tiers())
    (<Tier.CLIENT: 'client'>, <Tier.MEETING: 'meeting'>, <Tier.GRADERS: 'graders'>)
    """
    if cause is Cause.APPEAL:  # a person says so: no more grades, no earlier decision answers him
        return Tier.LEAD
    if known:
        return tiers.known
    if cause is Cause.ERROR:
        return Tier.LEAD if returned >= tiers.returns and tiers.error is Tier.GRADERS else tiers.error
    if cause is Cause.CLIP:
        return tiers.clip
    if items == 1 and (tiers.single is not Tier.GRADERS or returned < tiers.returns):
        return tiers.single
    tier = {Cause.GAP: tiers.gap, Cause.BOUNDARY: tiers.boundary, Cause.KEYWORD: tiers.keyword}[cause]
    if tier is Tier.CLIENT:
        if items < tiers.ask_from:
            return Tier.SPECIALIST
        return Tier.CLIENT if asked < tiers.questions else Tier.MEETING
    return tier
