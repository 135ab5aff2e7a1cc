"""Single questions to the client: a link opens one question, is answered once, and a lead lets the answer settle."""

from __future__ import annotations

from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

import pytest

from relevance.errors import BadInput, NotAllowed, NotFound, Stale
from relevance.services import client_questions, disputes, policies, precedents, propagation
from relevance.services.client_questions import Choice
from relevance.services.verify import verify
from relevance.store.api_schema import VIEWS
from tests.house import House

CHOICES = [Choice(3, "算"), Choice(0, "不算")]


@pytest.fixture
def home(tmp_path: Path) -> Iterator[House]:
    made = House(tmp_path, clips=3)
    made.say({item: [3, 0] for item in made.all_items[:3]})
    yield made
    made.store.close()


def asked(home: House, **more: object) -> tuple[int, str]:
    return client_questions.ask(
        home.store, home.lead, home.project, home.all_items[0], "车标算不算？", CHOICES, **more  # type: ignore[arg-type]
    )  # fmt: skip


def test_a_link_opens_its_question_and_no_name_of_a_grader(home: House) -> None:
    _number, token = asked(home)
    seen = client_questions.opened(home.store, token)
    assert (seen.text, seen.choices, seen.keyword) == ("车标算不算？", tuple(CHOICES), "红色汽车")
    assert "评分员" not in repr(seen)


def test_the_token_itself_is_nowhere_in_the_store(home: House) -> None:
    _number, token = asked(home)
    with home.store.reader() as reader:
        rows = reader.all("select * from client_question") + reader.all("select * from act")
    assert token not in repr(rows)


def test_an_answer_is_given_once(home: House) -> None:
    number, token = asked(home)
    client_questions.answer(home.store, token, 1, "只有标志不算")
    with pytest.raises(Stale):
        client_questions.answer(home.store, token, 0)
    (row,) = client_questions.of(home.store, home.lead, home.project)
    assert (row.id, row.state, row.level, row.comment) == (number, "answered", 0, "只有标志不算")
    assert client_questions.opened(home.store, token).answer == 1  # the link still says what was answered


@pytest.mark.parametrize("end", ["expired", "taken_back", "another"])
def test_a_link_that_is_good_no_more_opens_nothing(home: House, end: str) -> None:
    number, token = asked(home, days=2)
    if end == "expired":
        home.clock.advance(2 * 86_400 + 1)
    elif end == "taken_back":
        client_questions.take_back(home.store, home.lead, home.project, number)
    else:
        token = token[:-1] + ("A" if token[-1] != "A" else "B")
    with pytest.raises(NotFound):
        client_questions.opened(home.store, token)
    with pytest.raises(NotFound):
        client_questions.answer(home.store, token, 0)
    if end != "another":
        assert client_questions.of(home.store, home.lead, home.project)[0].state == end


def test_what_was_answered_cannot_be_taken_back(home: House) -> None:
    number, token = asked(home)
    client_questions.answer(home.store, token, 0)
    with pytest.raises(Stale):
        client_questions.take_back(home.store, home.lead, home.project, number)


def test_the_answer_settles_what_the_lead_named_as_one_act(home: House) -> None:
    number, token = asked(home)
    with pytest.raises(NotFound):  # no answer yet
        client_questions.apply(home.store, home.lead, home.project, number, home.all_items[:3], "客户答复")
    client_questions.answer(home.store, token, 1)
    done = client_questions.apply(home.store, home.lead, home.project, number, home.all_items[:3], "客户答复")
    assert done.items == 3
    details = [disputes.one(home.store, home.lead, item) for item in home.all_items[:3]]
    assert {(one.state, one.level) for one in details} == {("decided", 0)}
    assert client_questions.of(home.store, home.lead, home.project)[0].applied


def test_the_answer_leaves_a_precedent_that_stands_beside_the_next_clip_and_what_it_settled_can_be_taken_back(
    home: House,
) -> None:
    number, token = asked(home)
    client_questions.answer(home.store, token, 1)
    one, two, three = home.all_items[:3]
    done = client_questions.apply(
        home.store, home.lead, home.project, number, [one, two], "客户：不算", scope="keyword"
    )
    (row,) = precedents.of(home.store, home.lead, home.project)
    assert (row.precedent.id, row.precedent.item, row.precedent.level, row.precedent.scope) == (
        done.precedent, one, 0, "keyword",
    )  # fmt: skip
    assert [near.reason for near in precedents.closest(home.store, three)] == ["客户：不算"]
    assert sorted(precedents.resting(home.store, home.lead, home.project, done.precedent)) == [one, two]
    with home.store.reader() as reader:
        said = reader.all("select name, detail from act where detail like '%\"question\"%' order by id")
    assert [name for name, _detail in said if name.endswith((".apply", ".precedent"))] == [
        "client_question.apply", "propagation.precedent",
    ]  # fmt: skip
    assert done.carried is not None
    propagation.undo(home.store, home.lead, done.carried)
    assert [home.state(item) for item in (one, two, three)] == [("decided", 0), ("disputed", None), ("disputed", None)]
    with pytest.raises(Stale):  # decided already
        client_questions.apply(home.store, home.lead, home.project, number, [one, two], "客户：不算")
    assert verify(home.store) == []


def test_the_answer_settles_a_large_cluster_after_a_second_clip_the_clients_own_or_the_leads(home: House) -> None:
    policies.change(home.store, home.lead, home.project, tiers={"check_from": 3})
    one, two, three = home.all_items[:3]
    number, token = asked(home)
    client_questions.answer(home.store, token, 1)  # 0 for the first item
    further, second = client_questions.ask(home.store, home.lead, home.project, two, "这个呢？", CHOICES)

    def settle(*looks: tuple[int, int]) -> int:
        given = home.store, home.lead, home.project, number, [one, two, three], "客户答复", looks
        return client_questions.apply(*given).items

    for looks, said in (((), "second clip"), (((one, 0),), "another clip"), (((two, 3), (three, 3)), "another level")):
        with pytest.raises(BadInput, match=said):
            settle(*looks)
    rows = client_questions.of(home.store, home.lead, home.project)
    assert client_questions.answered_too(rows, number, [one, two, three]) == []  # he has not answered yet
    client_questions.answer(home.store, second, 1)
    rows = client_questions.of(home.store, home.lead, home.project)
    assert client_questions.answered_too(rows, number, [one, two, three]) == [(two, 0)]
    assert client_questions.answered_too(rows, number, [one, three]) == []
    assert client_questions.answered_too(rows, further, [one, two, three]) == [(one, 0)]
    assert settle((two, 3), (three, 0)) == 2
    assert [home.state(item) for item in (one, two, three)] == [("decided", 0), ("disputed", None), ("decided", 0)]


def test_a_question_has_two_or_three_answers_of_different_levels_and_a_text(home: House) -> None:
    item = home.all_items[0]
    for text, choices in (
        ("", CHOICES), ("?", CHOICES[:1]), ("?", [Choice(3, "a"), Choice(3, "b")]), ("?", [Choice(3, "a"), Choice(0, " ")]),
        ("?", [Choice(level, "x") for level in range(4)]),
    ):  # fmt: skip
        with pytest.raises(BadInput):
            client_questions.ask(home.store, home.lead, home.project, item, text, choices)
    with pytest.raises(NotFound):
        client_questions.ask(home.store, home.lead, home.project, home.all_items[4], "?", CHOICES)


def test_only_leads_and_specialists_ask_and_only_a_lead_settles(home: House) -> None:
    with pytest.raises(NotAllowed):
        client_questions.ask(home.store, home.client, home.project, home.all_items[0], "?", CHOICES)
    number, token = asked(home)
    client_questions.answer(home.store, token, 0)
    with pytest.raises(NotAllowed):
        client_questions.apply(home.store, home.client, home.project, number, home.all_items[:1], "x")


def test_what_was_asked_and_answered_verifies_and_reaches_the_analysts_without_the_link(home: House) -> None:
    _number, token = asked(home)
    client_questions.answer(home.store, token, 0, "好")
    assert verify(home.store) == []
    view = next(one for one in VIEWS if one.name == "client_questions")
    with home.store.reader() as reader:
        (row,) = reader.rows(view.query)
    assert tuple(row) == tuple(name for name, _meaning in view.columns)
    assert (row["level"], row["comment"]) == (3, "好")
    assert sha256(token.encode()).hexdigest() not in repr(row)
