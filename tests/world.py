"""A small project in a real store, made through the real services: what most tests begin with."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from functools import cache
from pathlib import Path
from typing import Any

from relevance.clock import ManualClock
from relevance.roles import SYSTEM, Actor, Role
from relevance.services import grading, membership, projects
from relevance.store.files import DATABASE
from relevance.store.store import Store, Tx

GUIDELINE = """# Standard
## Levels
- 100 % | Full: all of it
- 67 % | Mostly: most of it
- 33 % | Partly: some of it
- 0 % | Not: none of it
## Main
### R1 The subject first {#subject}
It fills the picture.
### R2 In the background {#background}
Nobody would notice it.
"""


@cache
def _empty() -> tuple[bytes, int]:
    """The file of a store with one empty project, and its number: migrations are run once a process, not once a test."""
    with tempfile.TemporaryDirectory() as folder:
        store = Store.open(Path(folder), ManualClock())
        project = projects.add(store, SYSTEM, "test")
        store.close()
        return (Path(folder) / DATABASE).read_bytes(), project


@dataclass
class World:
    """A store with one project: keywords `k0`, `k1` ..., clips, and as many items as were asked for."""

    folder: Path
    clock: ManualClock = field(default_factory=ManualClock)
    store: Store = field(init=False)
    project: int = field(init=False)

    def __post_init__(self) -> None:
        # A store that was made at another time than this clock's is made anew, so that its records are of that time.
        self.anew = self.clock != ManualClock() or (self.folder / DATABASE).exists()

    def __getattr__(self, name: str) -> Any:
        """The store is opened when it is first asked for: who begins with another world's store opens only that."""
        if name not in ("store", "project"):
            raise AttributeError(name)
        if self.anew:
            self.store = Store.open(self.folder, self.clock)
            self.project = projects.add(self.store, SYSTEM, "test")
        else:
            file, self.project = _empty()
            (self.folder / DATABASE).write_bytes(file)
            self.store = Store.open(self.folder, self.clock)
        return vars(self)[name]

    def close(self) -> None:
        if "store" in vars(self):
            self.store.close()

    def reopen(self) -> None:
        self.store.close()
        self.store = Store.open(self.folder, self.clock)

    def kept(self) -> bytes:
        """The store's file as it is now; the store is closed for it, for good."""
        self.store.close()
        return (self.folder / DATABASE).read_bytes()

    def become(self, file: bytes) -> None:
        """Goes on with another world's store: what many tests begin with is made once."""
        self.close()
        self.project = _empty()[1]  # of every world
        (self.folder / DATABASE).write_bytes(file)
        self.store = Store.open(self.folder, self.clock)

    def person(self, name: str, role: Role = Role.GRADER) -> Actor:
        def act(tx: Tx) -> int:
            account = tx.new_id("account")
            tx.insert("account", id=account, kind="person", created_at=tx.now)
            tx.insert("person", account=account, login=name, name=name.title())
            return account

        account = self.store.act(act)
        membership.put(self.store, SYSTEM, self.project, account, role.value)
        return Actor(account=account, roles={self.project: frozenset({role})})

    def graders(self, n: int) -> list[Actor]:
        return [self.person(f"g{i}") for i in range(n)]

    def items(
        self, n: int, keywords: int = 1, clips: int | None = None, batch: str = "b1", deadline_h: float | None = None
    ) -> list[int]:
        """Adds n items, keyword i % keywords, straight into the tables as a committed import."""

        def act(tx: Tx) -> list[int]:
            number = tx.new_id("batch")
            deadline = None if deadline_h is None else tx.now + timedelta(hours=deadline_h)
            tx.insert(
                "batch",
                id=number,
                project=self.project,
                name=f"{batch}-{number}",
                deadline=deadline,
                made_at=tx.now,
                act=0,
            )
            imported = tx.new_id("import")
            tx.insert(
                "import",
                id=imported,
                project=self.project,
                file="t",
                digest="t",
                rows=n,
                started_at=tx.now,
                committed_at=tx.now,
                made_by=0,
                act=0,
            )
            source = tx.new_id("source")
            tx.insert(
                "source",
                id=source,
                project=self.project,
                sha256=f"s{source}",
                name="s.mp4",
                path="s.mp4",
                bytes=1,
                status="ready",
                reason="ok",
                detail="{}",
                received_at=tx.now,
                act=0,
            )
            words = [tx.new_id("keyword") for _ in range(keywords)]
            for word in words:
                tx.insert(
                    "keyword",
                    id=word,
                    project=self.project,
                    key=f"k{word}",
                    text_zh=f"词{word}",
                    text_en=f"k{word}",
                    made_at=tx.now,
                    act=0,
                )
            films = [tx.new_id("clip") for _ in range(clips or n)]
            for film in films:
                tx.insert(
                    "clip",
                    id=film,
                    project=self.project,
                    source=source,
                    content_id=f"{film:064x}",
                    name=f"c{film}.mp4",
                    duration_ms=5000,
                    width=640,
                    height=360,
                    fps=25.0,
                    frames=125,
                    bytes=1,
                    has_audio=False,
                    made_at=tx.now,
                    act=0,
                )
            made = []
            by_word: dict[int, list[tuple[int, int]]] = {}
            for i in range(n):
                item, word, film = tx.new_id("item"), words[i % keywords], films[i % len(films)]
                tx.insert(
                    "item", id=item, project=self.project, batch=number, keyword=word, clip=film, **{"import": imported}
                )
                by_word.setdefault(word, []).append((item, film))
                made.append(item)
            from relevance.store.live import LiveBatch

            tx.live.batches[number] = LiveBatch(number, self.project, f"{batch}-{number}", deadline, None)
            tx.live.projects[self.project].line.deadline(number, deadline)
            tx.live.projects[self.project].audits.deadline(number, deadline)
            for word, pairs in by_word.items():
                tx.live.add_items(self.project, number, word, [p[0] for p in pairs], [p[1] for p in pairs])
            return made

        return self.store.act(act)

    def claim(self, who: Actor, tab: str = "t", want: int = 1) -> grading.Claimed:
        return grading.claim(self.store, who, self.project, tab, want)

    def grade(self, who: Actor, level: int | None = None, tab: str = "t", **said: object) -> grading.Accepted:
        """Claims the next item and answers it."""
        work = self.claim(who, tab).work[0]
        return grading.answer(self.store, who, grading.Answer(work.assignment, work.seq, level, **said))  # type: ignore[arg-type]

    def grade_all(self, who: Iterable[Actor], levels: Sequence[int]) -> list[grading.Accepted]:
        """Each person in turn claims one item and gives his level."""
        return [self.grade(person, level) for person, level in zip(who, levels, strict=True)]

    def state(self, item: int) -> tuple[str, int | None]:
        with self.store.reader() as reader:
            row = reader.one("select max_by(state, id), arg_max(row(level), id) from item_event where item = ?", [item])
        if row is None or row[0] is None:
            return "open", None
        return row[0], next(iter(row[1]))
