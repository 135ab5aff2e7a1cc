"""The board is kept: what moves is put in without growing anew, and nobody who looks waits for what is grown behind."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from relevance.services import board, disputes, reopenings, triage
from relevance.services.board_keeper import Keeper
from relevance.store.store import Tx
from tests.house import House


@pytest.fixture
def home(tmp_path: Path) -> Iterator[House]:
    """Keyword one: five of six clips are disputed between 0 and 3."""
    made = House(tmp_path, clips=6)
    made.say({item: [3, 0] for item in made.all_items[:5]}, note="只有标志")
    yield made
    made.store.close()


def test_a_new_dispute_joins_the_cluster_that_there_is(home: House) -> None:
    (before,) = triage.clusters(home.store, home.lead, home.project)
    grown = board.of(home.store, home.project).grown
    home.say({home.all_items[5]: [3, 0]}, note="只有标志")
    (after,) = triage.clusters(home.store, home.lead, home.project)
    assert set(after.items) == {*before.items, home.all_items[5]}
    assert board.of(home.store, home.project).grown is grown  # nothing was grown anew for it
    disputes.decide(home.store, home.lead, home.all_items[0], 3, "整车可见")
    (rest,) = triage.clusters(home.store, home.lead, home.project)
    assert set(rest.items) == set(home.all_items[1:6])


def test_what_the_ranking_takes_of_the_facts_stands_beside_its_cases_after_any_move(home: House) -> None:
    def columns() -> list[tuple[int, float, int, bool]]:
        triage.clusters(home.store, home.lead, home.project)
        mine = board.of(home.store, home.project)
        assert mine.arranged is not None
        beside, items = mine._beside, mine.arranged.cases.item.tolist()
        found = list(zip(items, beside.since.tolist(), beside.returned.tolist(), beside.appealed.tolist(), strict=True))
        facts = mine.arranged.facts
        assert found == [(one, facts[one].since, facts[one].returned, facts[one].appealed) for one in sorted(facts)]
        return found

    def reopen(tx: Tx) -> None:
        item = tx.live.get(home.all_items[0])
        assert item is not None
        reopenings.reopen(tx, home.lead, item, "appeal", tx.new_act("test", home.lead, home.project))

    assert len(columns()) == 5
    grown = board.of(home.store, home.project).grown
    disputes.decide(home.store, home.lead, home.all_items[0], 3, "整车可见")
    disputes.send_back(home.store, home.lead, home.all_items[2], 1, "再看")
    assert len(columns()) == 3
    home.say({home.all_items[2]: [9, 9, "no_rule"]})  # the third grader has no rule for it
    home.store.act(reopen)
    found = {item: (returned, appealed) for item, _, returned, appealed in columns()}
    assert len(found) == 5
    assert found[home.all_items[2]] == (1, False)
    assert found[home.all_items[0]] == (0, True)
    assert board.of(home.store, home.project).grown is grown  # all of it was put in


def test_among_many_what_there_is_is_shown_with_its_age_and_the_keeper_brings_it_up(
    home: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(board, "SMALL", 3)
    keeper = Keeper(home.store)
    board.of(home.store, home.project).kept = True
    first = triage.page(home.store, home.lead, home.project)
    assert (first.as_of, first.rows, first.behind) == (None, (), 5)  # being arranged for the first time
    keeper.look(home.project)
    shown = triage.page(home.store, home.lead, home.project)
    assert (shown.behind, shown.disputes) == (0, 5)
    disputes.decide(home.store, home.lead, home.all_items[0], 3, "整车可见")
    stale = triage.page(home.store, home.lead, home.project)
    assert (stale.behind, stale.disputes, stale.as_of) == (1, 5, shown.as_of)
    keeper.look(home.project)
    assert triage.page(home.store, home.lead, home.project).disputes == 4


def test_while_nobody_looks_the_keeper_leaves_the_processor_to_the_graders(home: House) -> None:
    keeper = Keeper(home.store)
    keeper.look(home.project)
    assert 10 < keeper.due_in(home.project) <= 20
    triage.page(home.store, home.lead, home.project)
    keeper.look(home.project)
    assert keeper.due_in(home.project) <= 10


def test_an_act_of_one_s_own_shows_at_once(home: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(board, "SMALL", 3)
    Keeper(home.store).look(home.project)
    act = triage.gather(home.store, home.lead, home.project, home.all_items[:2], "同一品牌")
    assert set(triage.cluster(home.store, home.lead, home.project, f"h{act}").items) == set(home.all_items[:2])


def test_a_server_that_starts_arranges_the_list_of_disputes_before_anybody_opens_it(home: House) -> None:
    home.reopen()
    assert home.store.live.disputed._shelves is None  # a start has none
    keeper = Keeper(home.store, every=3600).start()
    keeper.stop()  # what it began with is finished first
    assert home.store.live.disputed._shelves is not None
    assert len(home.store.live.disputed._shelves[home.project]) == 5
