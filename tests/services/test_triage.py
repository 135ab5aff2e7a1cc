"""Triage on a real store: like disputes stand together, persons have the last word, the board follows the grades."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from relevance.causes import Cause
from relevance.errors import BadInput, NotAllowed, NotFound, Stale
from relevance.roles import Actor, Role
from relevance.services import (
    cluster_rows,
    cluster_ruling,
    disputes,
    grading,
    policies,
    precedents,
    propagation,
    triage,
)
from relevance.services.cluster_ruling import Ruling
from relevance.services.verify import verify
from relevance.tiers import Tier
from tests.house import House
from tests.meeting_table import together


@pytest.fixture
def home(tmp_path: Path) -> Iterator[House]:
    """Keyword one: all six clips are disputed between 0 and 3; keyword two: one clip is flagged as bad, one far apart."""
    made = House(tmp_path, clips=6)
    first, second = made.all_items[:6], made.all_items[6:]
    words: dict[int, list[int | str]] = {item: [3, 0] for item in first}
    words |= {second[0]: [1, 3], second[1]: ["no_rule"]}
    made.say(words, note="只有标志")
    yield made
    made.store.close()


def test_disputes_of_one_keyword_between_the_same_levels_are_one_cluster(home: House) -> None:
    rows = triage.clusters(home.store, home.lead, home.project)
    largest = max(rows, key=lambda row: len(row.items))
    assert set(home.all_items[:6]) <= set(largest.items)
    assert largest.pair == (0, 3)
    assert largest.keywords[0] == ("红色汽车", "red car")
    assert sum(len(row.items) for row in rows) == 8  # every dispute stands in exactly one cluster
    assert {item for row in rows for item in row.items} == {*home.all_items[:6], *home.all_items[6:8]}


def test_the_order_is_the_product_of_the_factors_that_are_shown_by_the_minute(home: House) -> None:
    rows = triage.clusters(home.store, home.lead, home.project)
    for row in rows:
        value = row.wrong * row.distance * (row.now + row.coming) * row.weight
        assert row.value == pytest.approx(value)
        assert row.per_minute == pytest.approx(value / row.minutes)
    assert [row.per_minute for row in rows] == sorted((row.per_minute for row in rows), reverse=True)


def test_a_person_s_cause_goes_before_the_proposed_one_and_the_proposal_is_kept(home: House) -> None:
    item = home.all_items[7]
    proposed, given, evidence = triage.cause_of(home.store, home.lead, item)
    assert (proposed, given) == (Cause.GAP, False)
    assert "flag_no_rule" in evidence
    triage.give_cause(home.store, home.lead, home.project, [item], "boundary")
    assert triage.cause_of(home.store, home.lead, item)[:2] == (Cause.BOUNDARY, True)
    with home.store.reader() as reader:
        assert reader.all("select item, cause, proposed from cause_given") == [(item, "boundary", "guideline_gap")]


def test_items_gathered_by_hand_are_a_cluster_until_they_are_given_back(home: House) -> None:
    two = [home.all_items[0], home.all_items[6]]
    act = triage.gather(home.store, home.lead, home.project, two, "同一品牌")
    made = triage.cluster(home.store, home.lead, home.project, f"h{act}")
    assert set(made.items) == set(two)
    assert made.said == "同一品牌"
    rest = [row for row in triage.clusters(home.store, home.lead, home.project) if row.id != made.id]
    assert not {item for row in rest for item in row.items} & set(two)
    triage.give_back(home.store, home.lead, home.project, two)
    with pytest.raises(NotFound):
        triage.cluster(home.store, home.lead, home.project, f"h{act}")


def test_a_decided_item_leaves_the_board_and_a_new_dispute_comes_in(home: House) -> None:
    before = triage.clusters(home.store, home.lead, home.project)
    assert sum(len(row.items) for row in before) == 8
    done = home.all_items[0]
    _act, n = triage.settle(home.store, home.lead, home.project, [done], 3, "看得清是车", None)
    assert n == 1
    home.say({home.all_items[8]: [0, 3]})
    after = {item for row in triage.clusters(home.store, home.lead, home.project) for item in row.items}
    assert done not in after
    assert home.all_items[8] in after


def test_settling_a_cluster_is_one_act_and_leaves_alone_what_was_decided_meanwhile(home: House) -> None:
    items = home.all_items[:6]
    triage.settle(home.store, home.lead, home.project, items[:1], 0, "先定一条", None)
    act, n = triage.settle(home.store, home.lead, home.project, items, 3, "同一条规则", None)
    assert n == 5
    with home.store.reader() as reader:
        assert reader.value("select count(*) from decision where act = ?", [act]) == 5
        assert reader.value("select level from decision where item = ?", [items[0]]) == 0
        whys = reader.all(
            "select max_by(why, id) from item_event where item in (?, ?) group by item order by item", items[:2]
        )
    assert whys == [("decision",), ("precedent",)]  # labels say what settled them
    undone = propagation.undo(home.store, home.lead, act)
    assert (undone.back, len(undone.stayed)) == (5, 0)
    with pytest.raises(Stale):
        triage.settle(home.store, home.lead, home.project, items[:1], 3, "已经定过", None)


def test_three_decisions_alike_on_a_keyword_are_proposed_for_its_next_dispute(home: House) -> None:
    items = home.all_items[:6]
    for item in items[:3]:
        triage.settle(home.store, home.lead, home.project, [item], 3, "整车可见即为相关", "R1")
    rows = [row for row in triage.clusters(home.store, home.lead, home.project) if set(row.items) <= set(items)]
    assert rows
    for row in rows:
        assert row.proposal is not None
        assert (row.proposal.level, row.proposal.rule, row.proposal.decisions) == (3, "R1", 3)
        assert row.tier is Tier.LEAD


def test_decisions_that_contradict_each_other_propose_nothing(home: House) -> None:
    items = home.all_items[:6]
    for item, level in zip(items[:4], (3, 3, 3, 0), strict=True):
        triage.settle(home.store, home.lead, home.project, [item], level, "x", None)
    rows = [row for row in triage.clusters(home.store, home.lead, home.project) if set(row.items) <= set(items)]
    assert rows and all(row.proposal is None for row in rows)


def test_what_is_shown_of_an_item_never_says_whose_it_is(home: House) -> None:
    (seen,) = triage.look(home.store, home.client, home.project, [home.all_items[0]])
    assert seen.levels == (0, 3)
    assert seen.notes == ("只有标志", "只有标志")
    assert "评分员" not in repr(seen)


def test_a_client_looks_but_changes_nothing_and_a_grader_does_not_look(home: House) -> None:
    item = home.all_items[0]
    assert triage.clusters(home.store, home.client, home.project)
    with pytest.raises(NotAllowed):
        triage.give_cause(home.store, home.client, home.project, [item], "boundary")
    with pytest.raises(NotAllowed):
        triage.gather(home.store, home.client, home.project, [item])
    with pytest.raises(NotAllowed):
        triage.settle(home.store, home.client, home.project, [item], 3, "x", None)
    with pytest.raises(NotAllowed):
        triage.clusters(home.store, home.graders_[0], home.project)


def test_an_unknown_cause_or_an_item_that_is_not_disputed_changes_nothing(home: House) -> None:
    with pytest.raises(BadInput):
        triage.give_cause(home.store, home.lead, home.project, [home.all_items[0]], "weather")
    with pytest.raises(NotFound):
        triage.gather(home.store, home.lead, home.project, [home.all_items[0], home.all_items[11]])
    with home.store.reader() as reader:
        assert reader.value("select count(*) from cluster_given") == 0


def test_the_board_is_the_same_after_the_store_was_opened_again(home: House) -> None:
    triage.gather(home.store, home.lead, home.project, home.all_items[:2], "一起")
    before = [(row.id, row.items, row.cause) for row in triage.clusters(home.store, home.lead, home.project)]
    home.reopen()
    after = [(row.id, row.items, row.cause) for row in triage.clusters(home.store, home.lead, home.project)]
    assert sorted(before) == sorted(after)


def test_a_correction_moves_an_item_on_the_board(home: House) -> None:
    item = home.all_items[6]
    assert triage.look(home.store, home.lead, home.project, [item])[0].levels == (1, 3)
    assert item in {one for row in triage.clusters(home.store, home.lead, home.project) for one in row.items}
    with home.store.reader() as reader:
        assignment, grader = reader.all("select assignment, grader from answer where item = ? and level = 1", [item])[0]
    who = next(one for one in home.graders_ if one.account == grader)
    grading.answer(home.store, who, grading.Answer(assignment=assignment, seq=1, level=3))
    left = {one for row in triage.clusters(home.store, home.lead, home.project) for one in row.items}
    assert item not in left  # both say 3 now: it is settled


def test_a_precedent_of_the_keyword_is_proposed_and_two_that_contradict_each_other_are_not(home: House) -> None:
    with home.store.reader() as reader:
        keyword, clip = reader.one("select keyword, clip from item where id = ?", [home.all_items[0]]) or (0, 0)

    def made(level: int) -> None:
        home.store.act(
            lambda tx: tx.insert(
                "precedent", id=tx.new_id("precedent"), project=home.project, item=home.all_items[0], keyword=keyword,
                clip=clip, level=level, reason="整车可见", scope="keyword", made_by=home.lead.account, made_at=tx.now, act=0,
            )
        )  # fmt: skip

    def proposals() -> set[int | None]:
        rows = triage.clusters(home.store, home.lead, home.project)
        ours = [row for row in rows if set(row.items) <= set(home.all_items[:6])]
        return {None if row.proposal is None else row.proposal.level for row in ours}

    assert proposals() == {None}
    made(3)
    assert proposals() == {3}
    made(0)
    assert proposals() == {None}


def test_what_is_kept_of_a_board_is_what_would_be_made_anew(home: House) -> None:
    def rows() -> list[cluster_rows.ClusterRow]:
        return triage.clusters(home.store, home.lead, home.project)

    def same() -> None:
        kept = rows()
        cluster_rows._MADE.clear()
        assert rows() == kept

    first = rows()
    assert any(row.shared for row in first)
    assert all(one is other for one, other in zip(rows(), first, strict=True))  # nothing is made twice
    same()
    disputes.decide(home.store, home.lead, home.all_items[0], 3, "because")
    assert len(rows()[0].items) + 1 == len(first[0].items)
    same()
    triage.give_cause(home.store, home.lead, home.project, [home.all_items[1]], "boundary")
    same()
    disputes.send_back(home.store, home.lead, home.all_items[2], 1, "more")
    assert home.say({home.all_items[2]: [3, 0, 3]}, note="别的话") == 1
    same()
    home.store.act(lambda tx: tx.execute("update keyword set text_en = 'a truck' where text_en = 'red car'"))
    assert any(row.keywords[0][1] == "a truck" for row in rows())
    same()


def whole(home: House) -> cluster_rows.ClusterRow:
    """The cluster of the six items of keyword one."""
    return max(triage.clusters(home.store, home.lead, home.project), key=lambda row: len(row.items))


def to_specialist(home: House) -> Actor:
    """Leaves every cluster to a specialist by the project's setting, and hires him."""
    tiers = dict.fromkeys(("error", "clip", "single", "known", "boundary", "gap", "keyword"), "specialist")
    policies.change(home.store, home.lead, home.project, tiers=tiers)
    return home.person("sun", Role.SPECIALIST)


def test_a_lead_decides_a_cluster_which_leaves_a_precedent_and_can_be_taken_back(home: House) -> None:
    row = whole(home)
    item, *like = row.items
    out = like.pop()  # taken out of the preview
    done = cluster_ruling.decide(
        home.store, home.lead, home.project, row.id, item, like, Ruling(3, "整车可见", "R1", "keyword")
    )
    assert done.items == len(row.items) - 1 and done.carried is not None
    assert [home.state(one) for one in (item, *like)] == [("decided", 3)] * done.items
    assert home.state(out) == ("disputed", None)
    with home.store.reader() as reader:
        left = reader.one("select item, level, rule, scope from precedent where id = ?", [done.precedent])
        sampled = reader.value("select count(*) from propagation_plan where propagation = ?", [done.carried])
    assert left == (item, 3, "R1", "keyword") and sampled == 1
    undone = propagation.undo(home.store, home.lead, done.carried)
    assert (undone.back, home.state(item)) == (len(like), ("decided", 3))
    assert verify(home.store) == []


def test_a_specialist_settles_what_the_setting_leaves_to_him_within_the_guideline_and_nothing_else(home: House) -> None:
    row = whole(home)
    others = home.person("zhou", Role.SPECIALIST)
    assert row.tier is not Tier.SPECIALIST and not cluster_ruling.may(others, home.project, row.tier)
    with pytest.raises(NotAllowed):
        cluster_ruling.decide(
            home.store, others, home.project, row.id, row.items[0], row.items[1:], Ruling(3, "看得见", "R1")
        )
    specialist, row = to_specialist(home), whole(home)
    with pytest.raises(BadInput, match="name the rule"):
        cluster_ruling.decide(
            home.store, specialist, home.project, row.id, row.items[0], row.items[1:], Ruling(3, "看得见", None)
        )
    strange = next(item for item in home.all_items if item not in row.items)
    with pytest.raises(BadInput, match="not of this cluster"):
        cluster_ruling.decide(
            home.store, specialist, home.project, row.id, row.items[0], [strange], Ruling(3, "看得见", "R1")
        )
    assert all(home.state(item) == ("disputed", None) for item in row.items)
    done = cluster_ruling.decide(
        home.store, specialist, home.project, row.id, row.items[0], row.items[1:], Ruling(3, "看得见", "R1")
    )
    assert all(home.state(item) == ("decided", 3) for item in row.items)
    with pytest.raises(NotAllowed):
        disputes.decide(home.store, specialist, home.all_items[6], 3, "还是不行")
    assert done.carried is not None
    with pytest.raises(NotAllowed):
        propagation.undo(home.store, others, done.carried)  # another specialist's
    assert propagation.undo(home.store, specialist, done.carried).back == len(row.items) - 1
    assert verify(home.store) == []


def test_a_large_clusters_decision_is_asked_for_on_a_second_clip_and_on_a_third_where_they_differ(home: House) -> None:
    row = whole(home)
    item, *like = row.items
    policies.change(home.store, home.lead, home.project, tiers={"check_from": len(row.items)})

    def decide(*looks: tuple[int, int], to: Sequence[int] = like) -> cluster_ruling.Settled:
        ruling = Ruling(3, "整车可见", "R1", looks=looks)
        return cluster_ruling.decide(home.store, home.lead, home.project, row.id, item, to, ruling)

    a, b = like[:2]
    for looks, said in (
        ((), "second clip"),
        (((a, 0),), "third where they differ"),
        (((a, 0), (b, 0)), "another level"),
        (((a, 0), (b, 1)), "another level"),  # three levels of three clips: nothing to carry on
        (((item, 3),), "another clip"),  # the same clip once more is no second look
        (((a, 3), (a, 3)), "another clip"),
    ):
        with pytest.raises(BadInput, match=said):
            decide(*looks)
    assert all(home.state(one) == ("disputed", None) for one in row.items)
    done = decide((a, 0), (b, 3))
    # a was given another level by who decided: it stays disputed, whatever the rest is.
    assert home.state(a) == ("disputed", None) and done.items == len(row.items) - 1
    assert all(home.state(one) == ("decided", 3) for one in row.items if one != a)
    with home.store.reader() as reader:
        detail = reader.value("select detail from act where name = 'triage.decide'")
    assert json.loads(detail)["looks"] == [[a, 0], [b, 3]]
    assert verify(home.store) == []


def test_an_earlier_decision_settles_a_large_cluster_after_a_second_clip_too(home: House) -> None:
    items = whole(home).items
    policies.change(home.store, home.lead, home.project, tiers={"check_from": len(items)})

    def settle(*looks: tuple[int, int], to: Sequence[int] = items) -> int:
        _act, n = triage.settle(home.store, home.lead, home.project, to, 3, "以前这样定过", None, looks=looks)
        return n

    for looks, said in (
        ((), "second clip"),
        (((items[0], 0),), "third where they differ"),
        (((99, 3),), "another clip"),
    ):
        with pytest.raises(BadInput, match=said):
            settle(*looks)
    assert all(home.state(one) == ("disputed", None) for one in items)
    assert settle((items[0], 0), (items[1], 3)) == len(items) - 1
    assert home.state(items[0]) == ("disputed", None)
    assert settle(to=items[:1]) == 1  # one alone is no cluster
    assert verify(home.store) == []


def test_what_a_precedent_plainly_settles_rests_on_it(home: House) -> None:
    first, *items = whole(home).items
    triage.settle(home.store, home.lead, home.project, [first], 3, "整车可见", "R1")
    made = precedents.add(home.store, home.lead, first, 3, "整车可见", "R1", "keyword")
    row = triage.cluster(home.store, home.lead, home.project, f"c{items[0]}")
    assert row.proposal is not None and row.proposal.precedent == made
    said = row.proposal
    triage.settle(
        home.store, home.lead, home.project, items, said.level, said.reason, said.rule, precedent=said.precedent
    )
    assert sorted(precedents.resting(home.store, home.lead, home.project, made)) == sorted(items)
    assert verify(home.store) == []


def test_below_the_settings_size_one_clip_is_enough(home: House) -> None:
    row = whole(home)
    policies.change(home.store, home.lead, home.project, tiers={"check_from": len(row.items)})
    ruling = Ruling(3, "整车可见", "R1")
    out = row.items[1:-1]  # one is taken out: one item fewer is settled
    assert cluster_ruling.decide(
        home.store, home.lead, home.project, row.id, row.items[0], out, ruling
    ).items == len(row.items) - 1  # fmt: skip


def test_a_client_and_a_grader_decide_no_cluster(home: House) -> None:
    row = whole(home)
    for nobody in (home.client, home.graders_[0]):
        with pytest.raises(NotAllowed):
            cluster_ruling.decide(home.store, nobody, home.project, row.id, row.items[0], (), Ruling(3, "x", "R1"))


def test_of_two_who_decide_a_cluster_at_once_one_wins_and_the_other_is_told(home: House) -> None:
    row = whole(home)
    said = together(
        *(
            lambda level=level: cluster_ruling.decide(
                home.store, home.lead, home.project, row.id, row.items[0], row.items[1:], Ruling(level, "x", "R1")
            )
            for level in (0, 3)
        )
    )
    lost, won = sorted(said, key=lambda one: isinstance(one, cluster_ruling.Settled))
    assert isinstance(won, cluster_ruling.Settled) and isinstance(lost, Stale | NotFound)
    assert len({home.state(item) for item in row.items}) == 1
    with home.store.reader() as reader:
        assert reader.value("select count(*) from precedent") == 1
    assert verify(home.store) == []
