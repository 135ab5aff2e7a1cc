"""`python -m tests.torture --kills N`: kill -9 under load, again and again; nothing confirmed may be missing.

A temporary store, a free port, the real server, graders who speak the protocol and keep each answer until it is
confirmed. At random moments the server is killed and started again; `verify` runs in it. In the end every confirmed
answer, correction, flag and question must be in the store exactly once, as it was said. The last line is the verdict.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

from relevance import door
from relevance.settings import Settings
from relevance.store.store import Store
from tests.traffic import Grader, Journal, Server, all_of, build, signed_in


async def torment(server: Server, project: int, kills: int, graders: int, seed: int, journal: Journal) -> list[str]:
    """Lets graders work while the server is killed and started. Returns the faults that `verify` found."""
    chance = random.Random(seed)
    faults: list[str] = []
    over = False
    people = [
        Grader(
            f"g{n}",
            server.port,
            project,
            journal,
            lambda: chance.uniform(0.0, 0.3),
            random.Random(seed * 1000 + n),
            True,
        )
        for n in range(graders)
    ]

    async def destroy() -> None:
        nonlocal over
        try:
            for number in range(1, kills + 1):
                await asyncio.sleep(chance.choice((0.05, 0.5, 1.0, 2.0, 4.0, 6.0)) * (0.5 + chance.random()))
                server.kill()
                begun = time.monotonic()
                await asyncio.to_thread(server.start)
                back = time.monotonic() - begun
                found = await asyncio.to_thread(door.call, Settings(data=server.data), "verify")
                faults.extend(f"after kill {number}: {fault}" for fault in found)
                print(
                    f"kill {number}: back in {back:.1f} s, {len(journal.confirmed)} confirmed, {journal.gone} requests cut off, "
                    f"{len(found)} faults",
                    flush=True,
                )
        finally:
            over = True

    await signed_in(people)
    await all_of([destroy(), *(person.work(lambda: over) for person in people)])
    return faults


def missing(data: Path, journal: Journal) -> tuple[list[str], list[str]]:
    """What was confirmed and is not in the store as it was said; what is there more than once."""
    store = Store.open(data)
    with store.reader() as reader:
        answers = {
            (row[0], row[1]): row[2:]
            for row in reader.all("select assignment, seq, item, level, flag, note, counts from answer")
        }
        asks = Counter(
            reader.all("select receipt.request, ask.id from receipt join ask on ask.id::varchar = receipt.result")
        )
        twice = [
            f"item {row[0]}, grader {row[1]}"
            for row in reader.all(
                "select item, grader from assignment group by item, grader, round, purpose having count(*) > 1"
            )
        ]
        texts = reader.value("select count(*) from ask")
    store.close()
    lost = []
    for key, said in journal.confirmed.items():
        there = answers.get(key)
        if there is None:
            lost.append(f"answer {key}")
        elif there != (said["item"], said["level"], said["flag"], said["note"], journal.replies[key][0]):
            lost.append(f"answer {key} says {there}, said was {said}")
    lost += [f"question {request}" for request, ask in journal.asked.items() if asks[request, ask] != 1]
    if texts != sum(asks.values()):
        twice.append(f"{texts} questions for {sum(asks.values())} requests")
    return lost, twice


def main(argv: list[str]) -> int:
    """Runs it; 0 where nothing was lost, doubled or found wrong."""
    parser = argparse.ArgumentParser(prog="python -m tests.torture", description=__doc__)
    parser.add_argument("--kills", type=int, default=10)
    parser.add_argument("--graders", type=int, default=40)
    parser.add_argument("--items", type=int, default=20_000)
    parser.add_argument("--seed", type=int, default=None)
    asked = parser.parse_args(argv)
    seed = asked.seed if asked.seed is not None else random.SystemRandom().randrange(10**6)
    journal = Journal()
    with tempfile.TemporaryDirectory(prefix="relevance-torture-") as folder:
        data = Path(folder) / "data"
        data.mkdir()
        project = build(data, asked.items, asked.graders, keywords=50)
        server = Server(data).start()
        try:
            faults = asyncio.run(torment(server, project, asked.kills, asked.graders, seed, journal))
        finally:
            if server.process.poll() is None:
                server.stop()
        lost, twice = missing(data, journal)
        told = [line for line in server.log.read_text("utf-8", "replace").splitlines() if "Traceback" in line]
    for one in [*faults, *lost, *twice, *journal.errors][:50]:
        print(f"  {one}")
    good = not (faults or lost or twice or journal.errors)
    print(
        f"torture: seed {seed}, {asked.kills} kills, {len(journal.confirmed)} answers and {len(journal.asked)} questions "
        f"confirmed, {journal.resent} sent again, {len(lost)} lost, {len(twice)} doubled, {len(faults)} faults, "
        f"{len(journal.errors)} errors, {len(told)} tracebacks: {'PASSED' if good else 'FAILED'}"
    )
    return 0 if good else 1


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
