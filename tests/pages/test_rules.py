"""Inbox, precedents and the guideline's next version, as each person sees them."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from streamlit.testing.v1 import AppTest

from relevance.services import (
    amendments,
    disputes,
    grading,
    guidelines,
    inbox,
    policies,
    precedents,
    propagation,
    touched_by,
    whole_drafts,
)
from tests.house import House

TEXT = "# G\n## 等级\n- 100 % | 全: 全\n- 67 % | 多: 多\n- 33 % | 少: 少\n- 0 % | 无: 无\n## 主体\n### R1 车 {#car}\n看到车。\n"
Build = Callable[..., House]
Open = Callable[..., AppTest]
Said = Callable[[AppTest], str]


@pytest.mark.parametrize("language", ["zh", "en"])
def test_pages_without_anything_are_whole(house: Build, open_page: Open, said: Said, language: str) -> None:
    home = house(clips=2)
    for who, name in (
        (home.graders_[0], "inbox"),
        (home.lead, "precedents"),
        (home.lead, "guideline"),
        (home.graders_[0], "guideline"),
    ):
        assert "None" not in said(open_page(home, who, name, language=language))


def test_a_grader_reads_what_was_overturned_and_appeals(house: Build, open_page: Open, said: Said) -> None:
    home = house(clips=2)
    item = home.all_items[0]
    home.say({item: [3, 0]})
    disputes.decide(home.store, home.lead, item, 3, "看得见")
    grader = home.graders_[1]
    at = open_page(home, grader, "inbox", language="en")
    text = said(at)
    assert "看得见" in text and "评分员1" not in text
    at.text_area[0].set_value("I see none")
    next(b for b in at.button if b.label == "Send the appeal").click()
    at.run()
    assert not at.exception
    assert [one[0] for one in inbox.appeal_of(home.store, home.lead, item)] == ["I see none"]
    assert "I see none" in said(open_page(home, home.lead, "triage", language="en"))  # its words reach who decides


def test_where_an_item_is_a_part_of_a_clip_the_inbox_plays_that_part(house: Build, open_page: Open) -> None:
    home = house(clips=2)
    item = home.all_items[0]
    home.store.act(lambda tx: tx.execute("update item set start_ms = 1500, end_ms = 4000 where id = ?", [item]))
    home.say({item: [3, 0]})
    disputes.decide(home.store, home.lead, item, 3, "看得见")
    at = open_page(home, home.graders_[1], "inbox")
    assert any("#t=1.5,4" in one.proto.body for one in at.get("html"))


def test_what_was_overturned_shows_before_the_next_run_and_nobody_is_stopped_in_one(
    house: Build, open_page: Open, said: Said
) -> None:
    home = house(clips=3)
    item = home.all_items[0]
    home.say({item: [3, 0]})
    disputes.decide(home.store, home.lead, item, 3, "看得见")
    grader = home.graders_[1]
    at = open_page(home, grader, "grade", language="en")
    assert "看得见" in said(at)
    at.button(key="go_on").click().run()
    assert not at.exception and "看得见" not in said(at)
    grading.claim(home.store, grader, home.project, "tab")  # he holds items: a reload brings him back to them
    assert "看得见" not in said(open_page(home, grader, "grade", language="en"))
    grading.release(home.store, grader)
    assert "看得见" in said(open_page(home, grader, "grade", language="en"))


def test_a_lead_settles_the_like_and_takes_it_back(house: Build, open_page: Open) -> None:
    home = house(clips=4)
    one, two = home.all_items[0], home.all_items[1]
    home.say({one: [3, 0], two: [3, 0]})
    disputes.decide(home.store, home.lead, one, 3, "看得见")
    made = precedents.add(home.store, home.lead, one, 3, "看得见", scope="general")
    at = open_page(home, home.lead, "precedents", language="en")
    at.selectbox(key="like").set_value(made).run()
    at.button(key="apply").click().run()
    assert not at.exception
    (row,) = propagation.of(home.store, home.lead, home.project)
    assert (row.items, row.level, row.undone_at) == (1, 3, None)
    at = open_page(home, home.lead, "precedents", language="en")
    at.button(key=f"undo_{row.id}").click().run()
    assert not at.exception
    assert propagation.of(home.store, home.lead, home.project)[0].undone_at is not None


def test_a_precedent_settles_many_only_after_a_further_clip_was_judged(house: Build, open_page: Open) -> None:
    home = house(clips=4)
    first, *like = home.all_items[:4]
    home.say({item: [3, 0] for item in (first, *like)})
    disputes.decide(home.store, home.lead, first, 3, "看得见")
    made = precedents.add(home.store, home.lead, first, 3, "看得见", scope="general")
    policies.change(home.store, home.lead, home.project, tiers={"check_from": 3})
    at = open_page(home, home.lead, "precedents", language="en")
    at.selectbox(key="like").set_value(made).run()
    assert not [b for b in at.button if b.key == "apply"]
    for level, left in ((0, 1), (3, 0)):  # the second clip differs: a third is asked for
        (key,) = [k for k in (str(b.key) for b in at.get("button_group")) if k.startswith("look_")][-1:]
        at.segmented_control(key=key).set_value(level).run()
        assert len([b for b in at.button if b.key == "apply"]) == 1 - left
    at.button(key="apply").click().run()
    assert not at.exception
    assert sorted(home.state(item)[0] for item in like) == ["decided", "decided", "disputed"]


def test_a_lead_puts_another_precedent_in_ones_place_and_sees_what_rests_on_it(
    house: Build, open_page: Open, said: Said
) -> None:
    home = house(clips=4)
    one, two = home.all_items[0], home.all_items[1]
    home.say({one: [3, 0], two: [3, 0]})
    old = precedents.add(home.store, home.lead, one, 3, "看得见", scope="general")
    propagation.apply(home.store, home.lead, home.project, [two], 3, "看得见", precedent=old, share=0)

    at = open_page(home, home.client, "precedents", language="en")
    at.selectbox(key="like").set_value(old).run()
    assert "Labels that rest on it: 1" in said(at)
    assert not [b for b in at.button if b.label == "Put it in its place"]  # only a lead does that

    at = open_page(home, home.lead, "precedents", language="en")
    at.selectbox(key="like").set_value(old).run()
    next(b for b in at.button if b.label == "Put it in its place").click()
    at.run()
    assert "Choose a level." in said(at)  # nothing is guessed
    at.radio(key=f"instead_level_{old}").set_value(1)
    at.text_area(key=f"instead_why_{old}").set_value("只有一角")
    next(b for b in at.button if b.label == "Put it in its place").click()
    at.run()
    assert not at.exception
    rows = {row.precedent.id: row for row in precedents.of(home.store, home.lead, home.project)}
    (new,) = set(rows) - {old}
    assert (rows[old].superseded_by, rows[new].precedent.level, rows[new].precedent.scope) == (new, 1, "general")

    last = precedents.add(home.store, home.lead, two, 2, "一半", scope="general")
    at = open_page(home, home.lead, "precedents", language="en")
    at.selectbox(key="like").set_value(new).run()
    at.radio(key=f"instead_way_{new}").set_value("there").run()
    at.selectbox(key=f"instead_new_{new}").set_value(last)
    at.text_area(key=f"instead_why_{new}").set_value("以后者为准")
    next(b for b in at.button if b.label == "Put it in its place").click()
    at.run()
    assert not at.exception
    rows = {row.precedent.id: row for row in precedents.of(home.store, home.lead, home.project)}
    assert [rows[number].superseded_by for number in (old, new, last)] == [new, last, None]
    at = open_page(home, home.lead, "precedents", language="zh")
    at.selectbox(key="like").set_value(old).run()
    assert "以它为依据的标签：1" in said(at)  # what it settled stays settled
    assert not [b for b in at.button if b.label == "取代"]


def test_a_card_stands_before_a_graders_next_item(house: Build, open_page: Open, said: Said) -> None:
    home = house(clips=2)
    guidelines.import_markdown(home.store, home.lead, home.project, zh=TEXT)
    draft = amendments.draft(home.store, home.lead, home.project, None, "R99 新", "新规则", "new rule")
    card = amendments.Card("玩具不算", "Toys do not count", None, "Does a toy count?", ("Yes", "No"), 1)
    amendments.step(home.store, home.lead, draft, "review")
    amendments.publish(home.store, home.lead, draft, "n", card, "leave")
    grader = home.graders_[0]
    at = open_page(home, grader, "guideline", language="en")
    assert "Toys do not count" in said(at)
    at.radio[0].set_value(1)
    next(b for b in at.button if b.label == "Answer").click()
    at.run()
    assert not at.exception
    assert amendments.card_for(home.store, grader, home.project) is None


def test_the_grade_page_shows_the_card_itself_and_stops_nobody_who_holds_items(
    house: Build, open_page: Open, said: Said
) -> None:
    home = house(clips=3)
    guidelines.import_markdown(home.store, home.lead, home.project, zh=TEXT)
    one, two = home.graders_[:2]
    grading.claim(home.store, two, home.project, "tab")  # in the middle of his items
    draft = amendments.draft(home.store, home.lead, home.project, None, "R99 新", "新规则", "new rule")
    card = amendments.Card("玩具不算", "Toys do not count", None, "Does a toy count?", ("Yes", "No"), 1)
    amendments.step(home.store, home.lead, draft, "review")
    amendments.publish(home.store, home.lead, draft, "n", card, "leave")
    assert "Toys do not count" not in said(open_page(home, two, "grade", language="en"))
    at = open_page(home, one, "grade", language="en")
    assert "Toys do not count" in said(at)
    next(b for b in at.button if b.label == "Answer").click().run()
    assert "Choose one of the answers." in said(at)  # nothing was chosen
    at.radio[0].set_value(0)
    next(b for b in at.button if b.label == "Answer").click().run()
    assert "Not quite" in at.warning[0].value
    at.radio[0].set_value(1)
    next(b for b in at.button if b.label == "Answer").click().run()
    assert not at.exception and "Toys do not count" not in said(at)
    assert grading.claim(home.store, one, home.project, "tab").work


def test_a_card_is_written_in_both_languages_and_each_grader_reads_his(
    house: Build, open_page: Open, said: Said
) -> None:
    home = house(clips=2)
    english = TEXT.replace("看到车。", "A car is seen.")
    guidelines.import_markdown(home.store, home.lead, home.project, zh=TEXT, en=english)
    draft = amendments.draft(home.store, home.lead, home.project, "car", "", "看到真车。", "A real car is seen.")
    amendments.step(home.store, home.lead, draft, "review")
    at = open_page(home, home.lead, "guideline", language="en")
    # An editorial change asks neither what becomes of its items nor for a question.
    fields = [str(one.key) for kind in ("radio", "text_area") for one in at.get(kind)]
    assert not [key for key in fields if key in (f"publish_choice_{draft}", f"publish_options_zh_{draft}")]
    at.toggle(key=f"publish_substantive_{draft}").set_value(True).run()
    assert at.radio(key=f"publish_choice_{draft}").value == "leave"
    for name, zh, en in (("note", "玩具不算", "Toys do not count"), ("question", "玩具算吗？", "Does a toy count?")):
        at.text_input(key=f"publish_{name}_zh_{draft}").set_value(zh)
        at.text_input(key=f"publish_{name}_en_{draft}").set_value(en)
    # The right one first in both. They are shown in the order of the Chinese ones (不 算 随 by code), in both alike.
    at.text_area(key=f"publish_options_zh_{draft}").set_value("算了不算\n随便\n不清楚")
    at.text_area(key=f"publish_options_en_{draft}").set_value("No\nEither\nUnclear")
    next(b for b in at.button if b.label == "Publish").click()
    at.run()
    assert not at.exception and not at.error
    chinese, english_reader = home.graders_[:2]
    for who, language, what, asked in (
        (chinese, "zh", "玩具不算", ("玩具算吗？", ["不清楚", "算了不算", "随便"])),
        (english_reader, "en", "Toys do not count", ("Does a toy count?", ["Unclear", "No", "Either"])),
    ):
        at = open_page(home, who, "guideline", language=language)
        assert what in said(at) and (at.radio[0].label, at.radio[0].options) == asked
        at.radio[0].set_value(1)
        next(b for b in at.button if b.form_id == "card_form").click()
        at.run()
        assert not at.exception and amendments.card_for(home.store, who, home.project) is None


def test_a_whole_new_text_is_a_draft_and_what_it_touches_is_chosen_by_four_things(
    house: Build, open_page: Open, said: Said
) -> None:
    home = house(clips=4)
    one, two = home.all_items[0], home.all_items[1]
    guidelines.import_markdown(home.store, home.lead, home.project, zh=TEXT)
    home.say({one: [3, 3], two: [2, 2]})  # neither cites a rule
    at = open_page(home, home.lead, "guideline", language="en")
    at.file_uploader(key="guideline_zh").set_value(("new.md", (TEXT + "更多。\n").encode(), "text/markdown"))
    next(b for b in at.button if b.label == "Keep the draft" and b.form_id == "guideline").click()
    at.run()
    assert not at.exception
    (row,) = amendments.drafts(home.store, home.lead, home.project)
    assert row.state == "draft" and guidelines.current(home.store, home.project).version == 1
    amendments.step(home.store, home.lead, row.id, "review")
    at = open_page(home, home.lead, "guideline", language="en")
    changed = [c.rule for c in whole_drafts.changes(home.store, home.lead, row.id) if c.kind != "same"]
    assert at.multiselect(key=f"touch_rules_{row.id}").value == changed != []
    assert "Settled items that it touches: 0" in said(at)
    keywords = at.multiselect(key=f"touch_keywords_{row.id}")
    keywords.set_value(touched_by.keywords(home.store, home.lead, home.project)[0][:1]).run()
    assert not at.exception
    assert "Settled items that it touches: 0" not in said(at)
    assert "67% 多: 1 · 100% 全: 1" in said(at)  # of the two that were graded, which labels they have now
    assert {one.proto.label for one in at.get("page_link")} >= {f"#{one}", f"#{two}"}
    assert at.selectbox(key=f"touch_pair_{row.id}") and at.selectbox(key=f"touch_precedent_{row.id}")


def test_a_draft_that_another_version_overtook_is_brought_to_it_by_one_click(
    house: Build, open_page: Open, said: Said
) -> None:
    home = house(clips=2)
    guidelines.import_markdown(home.store, home.lead, home.project, zh=TEXT)
    one = amendments.draft(home.store, home.lead, home.project, "car", "", "看到真车。", "")
    two = amendments.draft(home.store, home.lead, home.project, None, "R2 船", "看到船。", "")
    for draft in (one, two):
        amendments.step(home.store, home.lead, draft, "review")
    amendments.publish(home.store, home.lead, one, "真车")
    at = open_page(home, home.lead, "guideline", language="en")
    assert "Another version came into force" in said(at)
    assert not [b for b in at.button if b.label == "Publish"]
    at.button(key=f"carry_{two}").click().run()
    assert not at.exception
    (newer,) = [row for row in amendments.drafts(home.store, home.lead, home.project) if row.state == "draft"]
    assert newer.base == guidelines.current(home.store, home.project).id
    assert "Another version came into force" not in said(open_page(home, home.lead, "guideline", language="en"))


def test_the_draft_of_a_corrected_decision_is_published_only_by_who_says_that_its_text_holds(
    house: Build, open_page: Open, said: Said
) -> None:
    home = house(clips=2)
    guidelines.import_markdown(home.store, home.lead, home.project, zh=TEXT)
    item = home.all_items[0]
    home.say({item: [3, 0]})
    decision = disputes.decide(home.store, home.lead, item, 3, "看得见")
    draft = home.store.act(
        lambda tx: amendments.from_decision(tx, home.lead, home.project, "car", "", "看到真车。", "", decision)
    )
    amendments.step(home.store, home.lead, draft, "review")
    assert "corrected" not in said(open_page(home, home.lead, "guideline", language="en"))
    home.store.act(
        lambda tx: disputes.rule_in(
            tx, home.other_lead, item, "level", 0, 0, "是玩具", None, None, states=frozenset({"decided"})
        )
    )
    at = open_page(home, home.lead, "guideline", language="en")
    assert "林组长: 0% " in said(at) and "是玩具" in said(at)
    at.text_input(key=f"publish_note_zh_{draft}").set_value("真车")
    next(b for b in at.button if b.label == "Publish").click().run()
    assert "Its decision was corrected" in said(at)
    assert guidelines.current(home.store, home.project).version == 1
    at.checkbox(key=f"publish_despite_{draft}").check()
    next(b for b in at.button if b.label == "Publish").click().run()
    assert not at.exception and not at.error
    assert guidelines.current(home.store, home.project).version == 2
