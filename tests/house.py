"""A small labelling house: two keywords in two languages, batches with deadlines, a lead, a client, graders who answer."""

from __future__ import annotations

import copy
import tempfile
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

from relevance.clock import ManualClock
from relevance.roles import SYSTEM, Actor, Role
from relevance.services import grading, membership
from relevance.store.files import DATABASE
from relevance.store.load import add_project
from relevance.store.store import Store
from tests.world import World

WORDS = (("红色汽车", "red car"), ("下雨的街道", "rainy street"))


@cache
def _built(
    clips: int, graders: int, batches: tuple[tuple[str, float | None], ...], demo: bool
) -> tuple[bytes, dict[str, Any]]:
    """The file of a house and what its makers know of it: each kind is built once a process, and copied for each test."""
    with tempfile.TemporaryDirectory() as folder:
        home = House.build(Path(folder), clips, graders, batches, demo)
        home.store.close()
        kept = {name: value for name, value in vars(home).items() if name not in ("folder", "clock", "store")}
        return (Path(folder) / DATABASE).read_bytes(), kept


class House(World):
    """`items[batch * clips * 2 + keyword * clips + clip]`, `graders_[0]` ..., `lead`, `other_lead`, `client`."""

    def __init__(
        self, folder: Path, clips: int = 4, graders: int = 5, batches: Sequence[tuple[str, float | None]] = (("一月第一批", 105),),
        demo: bool = False,
    ) -> None:  # fmt: skip
        file, kept = _built(clips, graders, tuple(batches), demo)
        (folder / DATABASE).write_bytes(file)
        self.folder = folder
        self.clock = ManualClock()
        self.store = Store.open(folder, self.clock)
        for name, value in copy.deepcopy(kept).items():
            setattr(self, name, value)

    @classmethod
    def build(
        cls, folder: Path, clips: int, graders: int, batches: Sequence[tuple[str, float | None]], demo: bool
    ) -> House:
        """The house from the ground up, through the services."""
        home = cls.__new__(cls)
        World.__init__(home, folder)
        name = "版权检索"

        def named(tx) -> None:  # type: ignore[no-untyped-def]
            tx.execute("update project set name = ?, is_demo = ? where id = ?", [name, demo, home.project])
            add_project(tx, tx.live, home.project)

        home.store.act(named)
        home.lead = home.called("陈组长", Role.LEAD)
        home.other_lead = home.called("林组长", Role.LEAD)
        home.client = home.called("王客户", Role.CLIENT)
        home.graders_ = [home.called(f"评分员{n + 1}", Role.GRADER) for n in range(graders)]
        home.batches = []
        home.all_items = []
        for title, hours in batches:
            made = home.items(clips * 2, keywords=2, clips=clips, batch=title, deadline_h=hours)
            home.all_items += made[0::2] + made[1::2]
        home.store.act(home._words)
        home.store.act(lambda tx: home._pair(tx, clips))
        return home

    def called(self, name: str, role: Role) -> Actor:
        actor = self.person(f"p{name}", role)
        self.store.act(lambda tx: tx.execute("update person set name = ? where account = ?", [name, actor.account]))
        return actor

    def _words(self, tx) -> None:  # type: ignore[no-untyped-def]
        found = [row[0] for row in tx.all("select id from keyword order by id")]
        # Every batch was made with keywords of its own; all of them become the same two.
        for at, keyword in enumerate(found):
            if at > 1:
                tx.execute("update item set keyword = ? where keyword = ?", [found[at % 2], keyword])
                tx.execute("delete from keyword where id = ?", [keyword])
            else:
                zh, en = WORDS[at]
                tx.execute("update keyword set key = ?, text_zh = ?, text_en = ? where id = ?", [en, zh, en, keyword])
        for batch, name in tx.all("select id, name from batch order by id"):
            tx.execute("update batch set name = ? where id = ?", [name.rsplit("-", 1)[0], batch])
            self.batches.append(batch)

    def _pair(self, tx, clips: int) -> None:  # type: ignore[no-untyped-def]
        # Every keyword meets every clip once.
        films = [row[0] for row in tx.all("select id from clip order by id")]
        for at, item in enumerate(self.all_items):
            film = films[at // (clips * 2) * clips + at % clips]
            tx.execute("update item set clip = ? where id = ?", [film, item])

    def say(self, words: Mapping[int, Sequence[int | str]], default: int | None = None, **more: object) -> int:
        """Grader one, two, ... says of an item what `words` has for it (a level, or a flag); else the default, if any."""
        given = 0
        for number, grader in enumerate(self.graders_):
            # One item a tab: what he has nothing to say of stays in its tab's hands, so that the next one comes.
            for tab in range(10_000):
                work = grading.claim(self.store, grader, self.project, f"tab{tab}", want=1).work
                if not work:
                    break
                of = words.get(work[0].item, [] if default is None else [default] * 9)
                if number >= len(of):
                    continue
                self.clock.advance(10)
                word = of[number]
                answer = grading.Answer(
                    assignment=work[0].assignment, seq=work[0].seq, decision_ms=10_000, watched_share=0.9,
                    level=word if isinstance(word, int) else None, flag=word if isinstance(word, str) else None,
                    flag_text="看不清" if isinstance(word, str) else None, **more,  # type: ignore[arg-type]
                )  # fmt: skip
                grading.answer(self.store, grader, answer)
                given += 1
            grading.release(self.store, grader)
        return given

    def set_member(self, account: int, role: Role) -> None:
        membership.put(self.store, SYSTEM, self.project, account, role.value)

    def in_days(self, days: float) -> datetime:
        return self.clock.now() + timedelta(days=days)
