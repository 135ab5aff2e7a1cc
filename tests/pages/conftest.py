"""A small labelling house with a real store: a project, its people, items, and graders who answer through the service."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from relevance.clock import ManualClock
from relevance.roles import SYSTEM, Actor, Role
from relevance.services import grading, projects
from relevance.store.store import Store, Tx

MONDAY = datetime(2026, 1, 5, 1, 0, tzinfo=UTC)  # 09:00 in Shanghai


@dataclass
class House:
    """What a test works with. `say` maps an item to what graders one, two, ... say of it."""

    store: Store
    clock: ManualClock
    project: int
    people: dict[str, int]
    batches: list[int] = field(default_factory=list)
    keywords: list[int] = field(default_factory=list)
    items: list[int] = field(default_factory=list)

    def actor(self, name: str, *roles: Role, admin: bool = False) -> Actor:
        return Actor(self.people[name], roles={self.project: frozenset(roles)}, admin=admin)

    @property
    def lead(self) -> Actor:
        return self.actor("陈组长", Role.LEAD)

    @property
    def graders(self) -> list[Actor]:
        return [self.actor(name, Role.GRADER) for name in self.people if name.startswith("评分员")]

    def grade(self, say: Mapping[int, list[int | str]], default: int | None = None, **more: object) -> int:
        """Every grader takes what is there and answers it; an item that `say` lacks gets the default, or is let go."""
        given = 0
        for number, grader in enumerate(self.graders):
            while True:
                work = grading.claim(self.store, grader, self.project, "tab").work
                said = 0
                for one in work:
                    words = say.get(one.item, [] if default is None else [default] * 9)
                    if number >= len(words):
                        continue
                    self.clock.advance(10)
                    word = words[number]
                    answer = grading.Answer(
                        assignment=one.assignment, seq=one.seq, decision_ms=10_000, watched_share=0.9,
                        level=word if isinstance(word, int) else None, flag=word if isinstance(word, str) else None,
                        flag_text="看不清" if isinstance(word, str) else None, **more,
                    )  # fmt: skip
                    grading.answer(self.store, grader, answer)
                    said += 1
                given += said
                if not said:
                    break
            grading.release(self.store, grader)
        return given


def _person(tx: Tx, name: str, admin: bool = False) -> int:
    account = tx.new_id("account")
    tx.insert("account", id=account, kind="person", created_at=tx.now)
    tx.insert("person", account=account, login=f"p{account}", name=name, is_admin=admin)
    return account


def _items(
    tx: Tx, project: int, words: list[tuple[str, str]], clips: int, batches: list[tuple[str, datetime | None]]
) -> tuple[list[int], list[int], list[int]]:
    act = tx.new_act("import", SYSTEM, project)
    clip_ids = []
    for number in range(clips):
        source, clip = tx.new_id("source"), tx.new_id("clip")
        tx.insert(
            "source",
            id=source,
            project=project,
            sha256=f"s{clip}",
            name=f"clip{number}.mp4",
            path=f"/in/clip{number}.mp4",
            bytes=1,
            status="ready",
            reason="",
            detail="{}",
            received_at=tx.now,
            act=act,
        )
        tx.insert(
            "clip",
            id=clip,
            project=project,
            source=source,
            content_id=f"{clip:064x}",
            name=f"clip{number}.mp4",
            duration_ms=8000,
            width=640,
            height=360,
            fps=25.0,
            frames=200,
            bytes=1,
            has_audio=False,
            strip=json.dumps({}),
            made_at=tx.now,
            act=act,
        )
        clip_ids.append(clip)
    keywords = []
    for zh, en in words:
        keyword = tx.new_id("keyword")
        tx.insert(
            "keyword", id=keyword, project=project, key=zh, text_zh=zh, text_en=en, weight=1.0, made_at=tx.now, act=act
        )
        keywords.append(keyword)
    from relevance.store.live import LiveBatch

    batch_ids, found = [], []
    for name, deadline in batches:
        batch = tx.new_id("batch")
        tx.insert("batch", id=batch, project=project, name=name, deadline=deadline, made_at=tx.now, act=act)
        tx.live.batches[batch] = LiveBatch(batch, project, name, deadline, None)
        tx.live.projects[project].line.deadline(batch, deadline)
        imported = tx.new_id("import")
        tx.insert(
            "import",
            id=imported,
            project=project,
            file="items.csv",
            digest="d",
            rows=1,
            started_at=tx.now,
            committed_at=tx.now,
            made_by=0,
            act=act,
        )
        for keyword in keywords:
            ids = list(tx.new_ids("item", clips))
            for item, clip in zip(ids, clip_ids, strict=True):
                tx.insert(
                    "item",
                    **{
                        "id": item,
                        "project": project,
                        "batch": batch,
                        "keyword": keyword,
                        "clip": clip,
                        "import": imported,
                    },
                )
            tx.live.add_items(project, batch, keyword, ids, clip_ids)
            found += ids
        batch_ids.append(batch)
    return batch_ids, keywords, found


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(MONDAY)


@pytest.fixture
def house(tmp_path: Path, clock: ManualClock) -> Iterator[Callable[..., House]]:
    """Builds a house: `house(clips=4)` has two keywords, one batch due on Friday, a lead, a client and five graders."""
    stores: list[Store] = []

    def build(
        clips: int = 4, graders: int = 5, batches: list[tuple[str, datetime | None]] | None = None, demo: bool = False
    ) -> House:
        store = Store.open(
            tmp_path / f"data{len(stores)}" if (tmp_path / f"data{len(stores)}").mkdir() is None else tmp_path, clock
        )
        stores.append(store)
        project = projects.add(store, SYSTEM, "版权检索" if not demo else "演示项目", demo=demo)

        def people(tx: Tx) -> dict[str, int]:
            names = ["陈组长", "林组长", "王客户", *(f"评分员{n + 1}" for n in range(graders))]
            return {name: _person(tx, name) for name in names}

        home = House(store, clock, project, store.act(people))
        for name, account in home.people.items():
            role = "grader" if name.startswith("评分员") else "lead" if "组长" in name else "client"
            projects.set_member(store, SYSTEM, project, account, role)
        due = batches if batches is not None else [("一月第一批", MONDAY + timedelta(days=4, hours=9))]
        words = [("红色汽车", "red car"), ("下雨的街道", "rainy street")]
        home.batches, home.keywords, home.items = store.act(lambda tx: _items(tx, project, words, clips, due))
        return home

    yield build
    for store in stores:
        store.close()
