"""Who decides: by cause and size, as the project has set it; the meeting gets what is left."""

from __future__ import annotations

import pytest

from relevance.causes import Cause
from relevance.errors import BadInput
from relevance.tiers import Tier, Tiers, from_settings, tier_of


@pytest.mark.parametrize("cause", list(Cause))
@pytest.mark.parametrize("items", [1, 3, 100])
def test_what_a_rule_plainly_decides_is_the_lead_s_whatever_the_cause(cause: Cause, items: int) -> None:
    assert tier_of(cause, items, Tiers(), known=True) is Tier.LEAD


def test_an_error_gets_more_grades_twice_and_is_then_the_lead_s() -> None:
    found = [tier_of(Cause.ERROR, 1, Tiers(), returned=n) for n in range(4)]
    assert found == [Tier.GRADERS, Tier.GRADERS, Tier.LEAD, Tier.LEAD]


def test_the_client_is_asked_until_his_day_is_full_then_it_waits_for_the_meeting() -> None:
    found = [tier_of(Cause.KEYWORD, 9, Tiers(questions=2), asked=n) for n in range(4)]
    assert found == [Tier.CLIENT, Tier.CLIENT, Tier.MEETING, Tier.MEETING]


def test_the_project_s_setting_says_who_may_decide_what() -> None:
    tiers = from_settings({"tiers": {"gap": "meeting", "error": "lead", "questions": 3}})
    assert tier_of(Cause.GAP, 50, tiers) is Tier.MEETING
    assert tier_of(Cause.ERROR, 1, tiers) is Tier.LEAD
    assert tiers.questions == 3
    assert from_settings({}) == Tiers()


@pytest.mark.parametrize(
    "wrong", [{"gap": "nobody"}, {"extra": 9}, {"extra": True}, {"questions": -1}, {"colour": "red"}, {"gap": 3}]
)
def test_a_setting_that_is_none_is_refused_by_its_name(wrong: dict[str, object]) -> None:
    with pytest.raises(BadInput, match=next(iter(wrong))):
        from_settings({"tiers": wrong})
