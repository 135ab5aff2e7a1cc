"""What holds a cluster together is said in its reader's language, on an agenda, in the room and in the minutes."""

from __future__ import annotations

import pytest

from relevance import agenda
from relevance.roles import SYSTEM
from relevance.services import agendas, guidelines, meetings, minutes, policies, room_view, triage
from relevance.services.cluster_line import Holds, line
from relevance.store.store import Tx
from tests.meeting_table import Table
from tests.world import World

ZH = "# G\n## 等级\n- 100 % | 全: 全\n- 67 % | 多: 多\n- 33 % | 少: 少\n- 0 % | 无: 无\n## 主体\n### R3 被遮挡 {#hidden}\n看到。\n"
EN = "# G\n## Levels\n- 100 % | All: a\n- 67 % | Most: m\n- 33 % | Some: s\n- 0 % | None: n\n## S\n### R3 Partly hidden {#hidden}\nSeen.\n"
HOLDS = Holds((1, 3), (("rule", "hidden", 4), ("flag", "no_rule", 2), ("word", "影子", 3)))
SAID = {
    "zh": "介于 33% 与 100% 之间 · 4 条引用规则 R3 被遮挡 · 2 条被标记：评分标准里没有规定 · 备注提到：影子",
    "en": "between 33% and 100% · 4 cite rule R3 Partly hidden · 2 flagged: No rule for this · notes say: 影子",
}


@pytest.fixture
def case(world: World, table: Table) -> int:
    """A case of the table's meeting that a rule, a flag and a word hold together."""
    guidelines.import_markdown(world.store, SYSTEM, world.project, zh=ZH, en=EN)
    item = table.items[0]
    agendas.take_off(world.store, table.lead, table.meeting, table.cases[0])
    keyword = world.store.live.items[item].keyword

    def put(tx: Tx) -> int:
        one = agenda.Candidate("c1", item, (item,), 9.0, 4.0, keyword, "boundary", HOLDS.kept())
        return agendas.put(tx, meetings.known(tx, table.meeting), one, 0, 0)

    return world.store.act(put)


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_room_and_the_minutes_say_it_in_the_readers_language(
    world: World, table: Table, case: int, language: str
) -> None:
    table.open()
    seat = table.seat(table.lead)
    (shown,) = [one["why"] for one in room_view.state(world.store, seat)["agenda"] if one["case"] == case]
    assert shown[language] == SAID[language]
    text = minutes.write(world.store, None, seat, language, "md").data.decode()
    assert SAID[language] in text


def test_a_closed_meetings_line_keeps_the_percentages_of_its_time(world: World, table: Table, case: int) -> None:
    table.open()
    meetings.close(world.store, table.lead, table.meeting)
    world.clock.advance(60)
    policies.change(world.store, table.lead, world.project, percents=(0, 25, 75, 100))
    seat = table.seat(table.lead)
    (shown,) = [one["why"] for one in room_view.state(world.store, seat)["agenda"] if one["case"] == case]
    assert shown["en"] == SAID["en"] and SAID["en"] in minutes.write(world.store, None, seat, "en", "md").data.decode()


def test_an_agenda_keeps_what_a_cluster_shares_and_what_a_person_said_of_it(world: World, table: Table) -> None:
    item = table.items[0]
    agendas.take_off(world.store, table.lead, table.meeting, table.cases[0])
    made = triage.gather(world.store, table.lead, world.project, [item], "all of them shadows")
    agendas.add_cluster(world.store, table.lead, table.meeting, f"h{made}")
    (last,) = [one for one in agendas.of(world.store, table.lead, table.meeting) if one.item == item]
    assert last.why.said == "all of them shadows"


def test_the_line_of_an_older_agenda_stands_as_it_was_written(world: World) -> None:
    book = guidelines.current(world.store, world.project)
    assert line(Holds.read("0/33 % · 玩具"), book, "en") == "0/33 % · 玩具" and line(Holds(), book, "zh") == ""
