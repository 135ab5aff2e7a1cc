"""Makes the store of a release for tests/store/releases/: run once at each release, never again for the same one.

    python -m tests.store.releases 0.1.0

A small project through the real services: people, guideline, items, grades with corrections and flags, a decision, a
question with its answer, an ask with its reply, an audit. Every later release must open it (test_releases.py).
"""

from __future__ import annotations

import gzip
import shutil
import sys
import tempfile
from pathlib import Path

import duckdb

from relevance.roles import SYSTEM, Role
from relevance.services import asks, disputes, grading, guidelines, policies, questions
from relevance.store.files import DATABASE
from tests.world import World

HERE = Path(__file__).parent / "releases"
GUIDELINE = (Path(__file__).resolve().parent.parent.parent / "data" / "samples" / "guideline.en.md").read_text("utf-8")


def fill(world: World) -> None:
    """The work that the fixture holds."""
    guidelines.import_markdown(world.store, SYSTEM, world.project, en=GUIDELINE)
    policies.change(world.store, SYSTEM, world.project, audit_share=1.0, goal=1500)
    a, b, c = world.graders(3)
    lead = world.person("lead", Role.LEAD)
    world.items(12, keywords=4, clips=3, deadline_h=48)
    for level_a, level_b in ((3, 3), (3, 0), (2, 2), (1, 1)):
        world.grade(a, level_a)
        world.clock.advance(13.5)
        world.grade(b, level_b)
    work = world.claim(c, "tab").work[0]
    grading.answer(
        world.store, c, grading.Answer(work.assignment, 0, 2, note="hm", evidence_ms=(1200,), decision_ms=9000)
    )
    grading.answer(world.store, c, grading.Answer(work.assignment, 1, 3, rule="subject"))
    asked = grading.ask(world.store, c, work.assignment, "Is this one meant?", "request-1")
    asks.reply(world.store, lead, asked, "Yes.")
    world.grade(c, None, flag="bad_clip", flag_text="black")
    (question,) = questions.of(world.store, lead, world.project)
    questions.answer(world.store, lead, question.id, "grade", "It is meant to be dark.")
    (row,) = disputes.page(world.store, lead, world.project).rows
    disputes.decide(world.store, lead, row.item, 3, "R1", expects=row.version)


def main(release: str) -> None:
    """Writes releases/RELEASE.duckdb.gz."""
    target = HERE / f"{release}.duckdb.gz"
    if target.exists():
        sys.exit(f"{target} is there already; a release's store is never made anew.")
    with tempfile.TemporaryDirectory() as folder:
        world = World(Path(folder))
        fill(world)
        world.store.close()
        with duckdb.connect(str(Path(folder) / DATABASE)) as con:
            con.execute("checkpoint")
        HERE.mkdir(exist_ok=True)
        with (Path(folder) / DATABASE).open("rb") as store, gzip.open(target, "wb", 9) as out:
            shutil.copyfileobj(store, out)
    sys.stdout.write(f"{target}: {target.stat().st_size} bytes\n")


if __name__ == "__main__":
    main(sys.argv[1])
