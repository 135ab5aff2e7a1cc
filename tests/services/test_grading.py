from __future__ import annotations

import pytest

from relevance.errors import BadInput, Conflict, NotAllowed, NotFound
from relevance.roles import Role
from relevance.services import grading, policies, projects, questions
from relevance.services.grading import Answer
from tests.world import World


def test_two_equal_grades_settle(world: World) -> None:
    a, b = world.graders(2)
    (item,) = world.items(1)
    assert world.grade(a, 3).counted
    assert world.state(item) == ("open", None)
    assert world.grade(b, 3).counted
    assert world.state(item) == ("settled", 3)


def test_two_grades_two_levels_apart_dispute_at_once(world: World) -> None:
    a, b = world.graders(2)
    (item,) = world.items(1)
    world.grade_all([a, b], [3, 1])
    assert world.state(item) == ("disputed", None)


def test_a_split_asks_for_a_third_and_a_fourth_until_one_leads_by_two(world: World) -> None:
    people = world.graders(4)
    (item,) = world.items(1)
    world.grade_all(people[:3], [3, 2, 3])  # 2 against 1: leads by one
    assert world.state(item) == ("open", None)
    world.grade(people[3], 3)  # 3 against 1: leads by two
    assert world.state(item) == ("settled", 3)


def test_nobody_gets_an_item_twice(world: World) -> None:
    (a,) = world.graders(1)
    world.items(2)
    first, second = world.grade(a, 3), world.grade(a, 3)
    assert first.assignment != second.assignment
    nothing = world.claim(a)
    assert nothing.work == ()
    assert nothing.why_none == "all_yours"


def test_no_more_leases_than_grades_are_wanted(world: World) -> None:
    a, b, c = world.graders(3)
    world.items(1)
    assert len(world.claim(a).work) == 1
    assert len(world.claim(b).work) == 1
    assert world.claim(c).work == ()


def test_a_tab_gets_the_same_leases_again_after_a_refresh(world: World) -> None:
    (a,) = world.graders(1)
    world.items(5)
    first = world.claim(a, "tab", 3)
    again = world.claim(a, "tab", 3)
    assert [w.assignment for w in first.work] == [w.assignment for w in again.work]
    other = world.claim(a, "tab-2", 2)
    assert not {w.item for w in other.work} & {w.item for w in first.work}


def test_the_same_answer_again_is_one_grade(world: World) -> None:
    (a,) = world.graders(1)
    world.items(1)
    work = world.claim(a).work[0]
    said = Answer(work.assignment, 0, 3, shown_ms_ago=10)
    assert not grading.answer(world.store, a, said).again
    assert grading.answer(world.store, a, Answer(work.assignment, 0, 3, shown_ms_ago=5000)).again
    with world.store.reader() as reader:
        assert reader.value("select count(*) from answer") == 1


def test_the_same_key_with_another_answer_is_an_error_and_changes_nothing(world: World) -> None:
    (a,) = world.graders(1)
    world.items(1)
    work = world.claim(a).work[0]
    grading.answer(world.store, a, Answer(work.assignment, 0, 3))
    with pytest.raises(Conflict):
        grading.answer(world.store, a, Answer(work.assignment, 0, 2))
    with world.store.reader() as reader:
        assert reader.all("select level from answer") == [(3,)]


def test_a_correction_is_a_new_record_that_supersedes(world: World) -> None:
    a, b = world.graders(2)
    (item,) = world.items(1)
    work = world.claim(a).work[0]
    grading.answer(world.store, a, Answer(work.assignment, 0, 1))
    grading.answer(world.store, a, Answer(work.assignment, 1, 3))
    world.grade(b, 3)
    assert world.state(item) == ("settled", 3)
    with world.store.reader() as reader:
        assert reader.all("select seq, level from answer where assignment = ? order by seq", [work.assignment]) == [
            (0, 1),
            (1, 3),
        ]


def test_a_correction_that_arrives_before_its_original_still_wins(world: World) -> None:
    a, b = world.graders(2)
    (item,) = world.items(1)
    work = world.claim(a).work[0]
    grading.answer(world.store, a, Answer(work.assignment, 1, 3))
    grading.answer(world.store, a, Answer(work.assignment, 0, 0))
    world.grade(b, 3)
    assert world.state(item) == ("settled", 3)


def test_a_correction_may_resolve_or_make_a_dispute(world: World) -> None:
    a, b = world.graders(2)
    (item,) = world.items(1)
    work = world.claim(a).work[0]
    grading.answer(world.store, a, Answer(work.assignment, 0, 0))
    world.grade(b, 3)
    assert world.state(item) == ("disputed", None)
    grading.answer(world.store, a, Answer(work.assignment, 1, 3))
    assert world.state(item) == ("settled", 3)


def test_an_expired_leases_answer_counts_if_the_item_still_wants_it(world: World) -> None:
    (a,) = world.graders(1)
    (item,) = world.items(1)
    work = world.claim(a).work[0]
    world.clock.advance(3600)
    assert world.claim(world.person("late"), want=1).work  # expires the lease
    said = grading.answer(world.store, a, Answer(work.assignment, 0, 3))
    assert said.counted, item


def test_an_expired_leases_answer_is_surplus_if_others_took_its_place(world: World) -> None:
    a, b, c = world.graders(3)
    (item,) = world.items(1)
    work = world.claim(a).work[0]
    world.clock.advance(3600)
    world.claim(b)
    world.claim(c)
    said = grading.answer(world.store, a, Answer(work.assignment, 0, 3))
    assert (said.counted, said.why_not) == (False, "expired")
    with world.store.reader() as reader:
        assert reader.all("select counts, why_not from answer where item = ?", [item]) == [(False, "expired")]


def test_an_answer_after_the_item_became_a_dispute_is_kept_as_surplus(world: World) -> None:
    a, b, c = world.graders(3)
    policies.change(world.store, a.__class__(account=0, admin=True), world.project, overlap=3)
    (item,) = world.items(1)
    late = world.claim(c).work[0]
    world.grade_all([a, b], [3, 0])
    said = grading.answer(world.store, c, Answer(late.assignment, 0, 3))
    assert (said.counted, said.why_not) == (False, "disputed")
    assert world.state(item) == ("disputed", None)


def test_letting_go_at_sign_out_frees_the_item_and_the_same_person_gets_the_same_assignment(world: World) -> None:
    (a,) = world.graders(1)
    world.items(1)
    work = world.claim(a).work[0]
    assert grading.release(world.store, a) == 1
    again = world.claim(a, "new-tab").work[0]
    assert again.assignment == work.assignment


def test_a_flag_about_the_clip_holds_its_other_items_until_the_question_is_answered(world: World) -> None:
    a, b = world.graders(2)
    lead = world.person("lead", Role.LEAD)
    world.items(3, clips=1)
    world.grade(a, None, flag="bad_clip", flag_text="black")
    assert world.claim(b).why_none == "held"
    (question,) = questions.of(world.store, lead, world.project)
    assert (question.kind, question.waiting, question.flags) == ("clip", 3, (("G0", "black"),))
    questions.answer(world.store, lead, question.id, "grade", "It is meant to be black.")
    work = world.claim(b).work[0]
    assert work.answers == ("It is meant to be black.",)


def test_a_project_that_has_no_items_yet_does_not_say_that_all_is_graded(world: World) -> None:
    a, b = world.graders(2)
    assert world.claim(a).why_none == "no_items"
    world.items(1)
    world.grade(a, 2)
    world.grade(b, 2)
    assert world.claim(world.person("late")).why_none == "nothing_left"


def test_withdrawing_a_clip_withdraws_all_items_that_hang_on_it(world: World) -> None:
    a, b = world.graders(2)
    lead = world.person("lead", Role.LEAD)
    items = world.items(3, clips=1)
    world.grade(a, None, flag="bad_clip")
    (question,) = questions.of(world.store, lead, world.project)
    assert questions.answer(world.store, lead, question.id, "withdraw", "broken") == 3
    assert {world.state(item) for item in items} == {("withdrawn", None)}
    assert world.claim(b).why_none == "nothing_left"


def test_a_flag_without_a_rule_makes_a_dispute(world: World) -> None:
    (a,) = world.graders(1)
    (item,) = world.items(1)
    world.grade(a, None, flag="no_rule", flag_text="?")
    assert world.state(item) == ("disputed", None)


def test_another_graders_assignment_is_refused(world: World) -> None:
    a, b = world.graders(2)
    world.items(1)
    work = world.claim(a).work[0]
    with pytest.raises(NotAllowed):
        grading.answer(world.store, b, Answer(work.assignment, 0, 3))
    with pytest.raises(NotFound):
        grading.answer(world.store, b, Answer(99, 0, 3))


@pytest.mark.parametrize(
    "said",
    [
        Answer(1, 0),
        Answer(1, 0, 4),
        Answer(1, -1, 3),
        Answer(1, 0, 3, decision_ms=-5),
        Answer(1, 0, None, "odd"),
        Answer(1, 0, 3, watched_share=float("nan")),
    ],
)
def test_a_bad_answer_says_what_is_wrong(world: World, said: Answer) -> None:
    (a,) = world.graders(1)
    with pytest.raises(BadInput):
        grading.answer(world.store, a, said)


def test_a_paused_project_gives_nothing_but_takes_what_is_on_its_way(world: World) -> None:
    (a,) = world.graders(1)
    lead = world.person("lead", Role.LEAD)
    world.items(2)
    work = world.claim(a).work[0]
    projects.pause(world.store, lead, world.project, "lunch")
    assert world.claim(a).why_none == "paused"
    assert grading.answer(world.store, a, Answer(work.assignment, 0, 3)).counted
    projects.resume(world.store, lead, world.project)
    assert world.claim(a).work


def test_all_is_the_same_after_a_restart(world: World) -> None:
    a, b, c = world.graders(3)
    world.items(6, keywords=2)
    for person, levels in ((a, (3, 3, 0)), (b, (3, 2, 3))):
        for level in levels:
            world.grade(person, level)
    world.grade(c, None, flag="no_rule")
    held = world.claim(c, "tab", 2)
    counts = {key: n for key, n in world.store.live.counts.items() if n}
    standings = {i.id: i.standing for i in world.store.live.items.values()}
    world.reopen()
    assert {key: n for key, n in world.store.live.counts.items() if n} == counts
    assert {i.id: i.standing for i in world.store.live.items.values()} == standings
    assert [w.assignment for w in world.claim(c, "tab", 2).work] == [w.assignment for w in held.work]


def test_an_audited_item_is_graded_once_more_by_somebody_else_and_keeps_its_label(world: World) -> None:
    a, b, c = world.graders(3)
    policies.change(world.store, a.__class__(account=0, admin=True), world.project, audit_share=1.0)
    (item,) = world.items(1)
    world.grade_all([a, b], [3, 3])
    assert world.claim(a).work == ()
    world.grade(c, 0)
    assert world.state(item) == ("settled", 3)
    with world.store.reader() as reader:
        assert reader.all(
            "select grader, purpose, counts from answer where item = ? order by made_at, assignment", [item]
        )[-1] == (c.account, "audit", True)
    assert world.claim(world.person("d")).work == ()


def test_a_clip_that_was_handed_back_goes_to_others_and_never_comes_again(world: World) -> None:
    a, b, c = world.graders(3)
    (item,) = world.items(1)
    said = world.grade(a, None, flag="handed_back")
    assert (said.counted, said.why_not) == (False, "handed_back")
    assert world.claim(a).work == ()
    world.grade_all([b, c], [3, 3])
    assert world.state(item) == ("settled", 3)


def test_a_clip_that_two_people_hand_back_is_a_dispute(world: World) -> None:
    a, b = world.graders(2)
    (item,) = world.items(1)
    world.grade(a, None, flag="handed_back")
    assert world.state(item) == ("open", None)
    world.grade(b, None, flag="handed_back")
    assert world.state(item) == ("disputed", None)
